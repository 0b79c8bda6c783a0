// ConfigMap: plain text for containers, as environment or files.
// Models: kubernetes v1.37 pkg/registry/core/configmap, pkg/apis/core/validation ValidateConfigMap
import { sameData } from '../../apimachinery/equality.ts';
import { type FieldError, type FieldErrors, FieldPath, forbidden, invalid, NO_ERRORS, tooLong } from '../../apimachinery/field.ts';
import { configMapKey } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { AGE_COLUMN, ageCell, column, NAME_COLUMN } from '../../apimachinery/table.ts';
import { defineKind } from '../kind.ts';

export interface ConfigMap extends KubeObject {
  readonly kind: 'ConfigMap';
  readonly data?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

const MAX_SIZE_BYTES = 1024 * 1024;
const data = FieldPath.root('data');
const binaryData = FieldPath.root('binaryData');
const encoder = new TextEncoder();

function validate(object: ConfigMap): FieldErrors {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(object.data ?? {})) {
    for (const fault of configMapKey(key)) errors.push(invalid(data.key(key), key, fault));
    if (object.binaryData?.[key] !== undefined) errors.push(invalid(data.key(key), key, 'duplicate of key present in binaryData'));
    sizeBytes += value.length * 3 < MAX_SIZE_BYTES ? value.length : encoder.encode(value).length;
  }
  for (const [key, value] of Object.entries(object.binaryData ?? {})) {
    for (const fault of configMapKey(key)) errors.push(invalid(binaryData.key(key), key, fault));
    sizeBytes += Math.floor((value.length * 3) / 4);
  }
  // The real server names no field here, and an empty path prints as `[]`.
  if (sizeBytes > MAX_SIZE_BYTES) errors.push(tooLong('[]', MAX_SIZE_BYTES));
  return errors.length === 0 ? NO_ERRORS : errors;
}

function validateUpdate(next: ConfigMap, old: ConfigMap): FieldErrors {
  const errors: FieldError[] = [];
  if (old.immutable === true) {
    const why = 'field is immutable when `immutable` is set';
    if (next.immutable !== true) errors.push(forbidden('immutable', why));
    if (!sameData(next.data ?? {}, old.data ?? {})) errors.push(forbidden('data', why));
    if (!sameData(next.binaryData ?? {}, old.binaryData ?? {})) errors.push(forbidden('binaryData', why));
  }
  return [...errors, ...validate(next)];
}

export const configMap = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  type: 'io.k8s.api.core.v1.ConfigMap',
  validate,
  validateUpdate,
  columns: [
    NAME_COLUMN,
    column(
      'Data',
      "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
    ),
    AGE_COLUMN,
  ],
  row: (object, clock) => ({
    cells: [
      object.metadata.name,
      Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
      ageCell(object.metadata.creationTimestamp, clock),
    ],
  }),
});
