// Lease: who holds something, and since when; a node's heartbeat. Models: kubernetes v1.37 pkg/apis/coordination/validation
import { type FieldError, type FieldErrors, FieldPath, invalid } from '../../apimachinery/field.ts';
import { NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';

export interface Lease extends KubeObject {
  readonly kind: 'Lease';
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** RFC 3339 with microseconds. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
    readonly strategy?: string;
    readonly preferredHolder?: string;
  };
}

const spec = FieldPath.root('spec');

function validate(object: Lease): FieldErrors {
  const errors: FieldError[] = [];
  const { leaseDurationSeconds, leaseTransitions } = object.spec ?? {};
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid(spec.child('leaseDurationSeconds'), leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0)
    errors.push(invalid(spec.child('leaseTransitions'), leaseTransitions, NOT_NEGATIVE));
  return errors;
}

export const lease = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  type: 'io.k8s.api.coordination.v1.Lease',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: validate,
  columns: columnsOf('Lease'),
  row: (object, clock) => ({
    cells: [object.metadata.name, object.spec?.holderIdentity ?? '', ageCell(object.metadata.creationTimestamp, clock)],
  }),
});
