// ReplicaSet: so many pods of one template, at any time.
// Models: kubernetes v1.37 pkg/registry/apps/replicaset, pkg/apis/apps/validation ValidateReplicaSetSpec
import { sameData } from '../../apimachinery/equality.ts';
import { type FieldError, type FieldErrors, FieldPath, invalid } from '../../apimachinery/field.ts';
import { FIELD_IS_IMMUTABLE, NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind, specChanged } from '../kind.ts';
import { templateDefaults } from '../pod/defaults.ts';
import { containerCells, selectorText, validateSelectorAndTemplate } from '../pod/template.ts';
import type { Condition, LabelSelector, PodTemplate } from '../pod/types.ts';
import { validateTemplate } from '../pod/validation.ts';
import { templateSpecWarnings } from '../pod/warnings.ts';

export interface ReplicaSet extends KubeObject {
  readonly kind: 'ReplicaSet';
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status: {
    readonly replicas: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}

const spec = FieldPath.root('spec');

function validate(object: ReplicaSet): FieldErrors {
  const errors: FieldError[] = [];
  if (object.spec.replicas < 0) errors.push(invalid(spec.child('replicas'), object.spec.replicas, NOT_NEGATIVE));
  if ((object.spec.minReadySeconds ?? 0) < 0)
    errors.push(invalid(spec.child('minReadySeconds'), object.spec.minReadySeconds, NOT_NEGATIVE));
  errors.push(...validateSelectorAndTemplate(object.spec, spec, validateTemplate));
  return errors;
}

export const replicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  type: 'io.k8s.api.apps.v1.ReplicaSet',
  statusOnCreate: 'keep',
  defaults(object) {
    const template = object.spec.template === undefined ? undefined : templateDefaults(object.spec.template);
    const complete = object.spec.replicas !== undefined && template === object.spec.template && object.status?.replicas !== undefined;
    if (complete) return object;
    return {
      ...object,
      spec: { ...object.spec, replicas: object.spec.replicas ?? 1, ...(template === undefined ? {} : { template }) },
      status: { ...object.status, replicas: object.status?.replicas ?? 0 },
    };
  },
  prepareForCreate: (object) => ({ ...object, status: { replicas: 0 } }),
  generation: specChanged,
  validate,
  warningsOnCreate: (object) => templateSpecWarnings(object.spec.template.spec),
  warningsOnUpdate: (next, old) => (next.spec.template === old.spec.template ? [] : templateSpecWarnings(next.spec.template.spec)),
  validateUpdate: (next, old) =>
    sameData(next.spec.selector, old.spec.selector)
      ? validate(next)
      : [...validate(next), invalid(spec.child('selector'), next.spec.selector ?? null, FIELD_IS_IMMUTABLE)],
  subresources: {
    status: { type: 'status' },
    scale: {
      type: 'scale',
      replicas: (object) => object.spec.replicas,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: (object) => object.status.replicas,
      selector: (object) => selectorText(object.spec.selector),
    },
  },
  columns: columnsOf('ReplicaSet'),
  row: (object, clock) => ({
    cells: [
      object.metadata.name,
      object.spec.replicas,
      object.status.replicas ?? 0,
      object.status.readyReplicas ?? 0,
      ageCell(object.metadata.creationTimestamp, clock),
      ...containerCells(object.spec.template),
      selectorText(object.spec.selector),
    ],
  }),
});
