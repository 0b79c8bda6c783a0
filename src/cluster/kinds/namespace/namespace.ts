// Namespace: a scope for names. Deleting one only marks it; the namespace controller empties it and then takes its finalizer away.
// Models: kubernetes v1.37 pkg/registry/core/namespace, pkg/apis/core/validation ValidateNamespace
import { type FieldErrors, FieldPath, NO_ERRORS } from '../../apimachinery/field.ts';
import { validateFinalizerName } from '../../apimachinery/finalizers.ts';
import { nameIsDNSLabel } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { AGE_COLUMN, ageCell, column, NAME_COLUMN } from '../../apimachinery/table.ts';
import { defineKind } from '../kind.ts';

export interface NamespaceCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Namespace extends KubeObject {
  readonly kind: 'Namespace';
  readonly spec: { readonly finalizers?: readonly string[] };
  readonly status: { readonly phase?: 'Active' | 'Terminating'; readonly conditions?: readonly NamespaceCondition[] };
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Every namespace carries its name as a label; a generated name gets it once it is known. */
function defaults(object: Namespace): Namespace {
  const name = object.metadata.name;
  if (!name || object.metadata.labels?.[NAME_LABEL] === name) return object;
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [NAME_LABEL]: name } } };
}

function validate(object: Namespace): FieldErrors {
  const finalizers = object.spec?.finalizers;
  if (finalizers === undefined || finalizers.every((name) => name === 'kubernetes')) return NO_ERRORS;
  const path = FieldPath.root('spec').child('finalizers');
  return finalizers.flatMap((name) => validateFinalizerName(name, path));
}

export const namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  type: 'io.k8s.api.core.v1.Namespace',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  nameRule: nameIsDNSLabel,
  statusOnCreate: 'keep',
  defaults,
  prepareForCreate(object) {
    const finalizers = object.spec?.finalizers ?? [];
    const labelled = defaults(object);
    return {
      ...labelled,
      spec: finalizers.includes('kubernetes') ? object.spec : { ...object.spec, finalizers: [...finalizers, 'kubernetes'] },
      status: { phase: 'Active' },
    };
  },
  prepareForUpdate: (next, old) => ({ ...next, spec: { ...next.spec, finalizers: old.spec.finalizers }, status: old.status }),
  validate,
  validateUpdate: () => NO_ERRORS,
  markForDeletion: (next) => ({ ...next, status: { ...next.status, phase: 'Terminating' } }),
  mayBeRemoved: (object) => (object.spec.finalizers?.length ?? 0) === 0,
  subresources: {
    status: { type: 'status' },
    finalize: {
      type: 'update',
      verbs: ['update'],
      prepareForUpdate: (next, old) => ({ ...next, status: old.status }),
      validateUpdate: validate,
    },
  },
  selectableFields: { 'status.phase': (object) => object.status?.phase ?? '', name: (object) => object.metadata.name },
  columns: [NAME_COLUMN, column('Status', 'The status of the namespace'), AGE_COLUMN],
  row: (object, clock) => ({
    cells: [object.metadata.name, object.status?.phase ?? '', ageCell(object.metadata.creationTimestamp, clock)],
  }),
});
