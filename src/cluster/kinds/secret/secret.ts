// Secret: a ConfigMap whose values are base64 and not shown. Models: kubernetes v1.37 pkg/registry/core/secret, ValidateSecret
import { sameData } from '../../apimachinery/equality.ts';
import { type FieldError, type FieldErrors, FieldPath, forbidden, invalid, required, tooLong } from '../../apimachinery/field.ts';
import { configMapKey, FIELD_IS_IMMUTABLE } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';

export interface Secret extends KubeObject {
  readonly kind: 'Secret';
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly type: string;
  readonly immutable?: boolean;
}

const MAX_SIZE_BYTES = 1024 * 1024;
const data = FieldPath.root('data');
const ANNOTATION = 'kubernetes.io/service-account.name';
/** Keys a Secret of the type must have. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

function encode(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

function validateDocker(object: Secret, key: string, errors: FieldError[]): void {
  const text = object.data?.[key];
  if (text === undefined) {
    errors.push(required(data.key(key)));
    return;
  }
  try {
    JSON.parse(decode(text));
  } catch {
    errors.push(invalid(data.key(key), '<secret contents redacted>', 'unexpected end of JSON input'));
  }
}

function validate(object: Secret): FieldErrors {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(object.data ?? {})) {
    for (const fault of configMapKey(key)) errors.push(invalid(data.key(key), key, fault));
    sizeBytes += Math.floor((value.length * 3) / 4) - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
  }
  if (sizeBytes > MAX_SIZE_BYTES) errors.push(tooLong('data', MAX_SIZE_BYTES));
  if (object.type === 'kubernetes.io/service-account-token' && !object.metadata.annotations?.[ANNOTATION]) {
    errors.push(required(FieldPath.root('metadata').child('annotations').key(ANNOTATION)));
  }
  for (const key of KEYS[object.type] ?? []) {
    const missing = object.type === 'kubernetes.io/ssh-auth' ? !object.data?.[key] : object.data?.[key] === undefined;
    if (missing) errors.push(required(data.key(key)));
  }
  if (object.type === 'kubernetes.io/basic-auth' && object.data?.username === undefined && object.data?.password === undefined) {
    errors.push(required(data.key('username')), required(data.key('password')));
  }
  if (object.type === 'kubernetes.io/dockercfg') validateDocker(object, '.dockercfg', errors);
  if (object.type === 'kubernetes.io/dockerconfigjson') validateDocker(object, '.dockerconfigjson', errors);
  return errors;
}

function validateUpdate(next: Secret, old: Secret): FieldErrors {
  const errors: FieldError[] = [];
  if (next.type !== old.type) errors.push(invalid('type', next.type, FIELD_IS_IMMUTABLE));
  if (old.immutable === true) {
    const why = 'field is immutable when `immutable` is set';
    if (next.immutable !== true) errors.push(forbidden('immutable', why));
    if (!sameData(next.data ?? {}, old.data ?? {})) errors.push(forbidden('data', why));
  }
  return [...errors, ...validate(next)];
}

export const secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  type: 'io.k8s.api.core.v1.Secret',
  defaults(object) {
    if (object.stringData === undefined && object.type) return object;
    const { stringData, ...rest } = object;
    const written = Object.fromEntries(Object.entries(stringData ?? {}).map(([key, value]) => [key, encode(value)]));
    const merged = stringData === undefined ? object.data : { ...object.data, ...written };
    return { ...rest, ...(merged === undefined ? {} : { data: merged }), type: object.type || 'Opaque' };
  },
  validate,
  validateUpdate,
  selectableFields: { type: (object) => object.type },
  columns: columnsOf('Secret'),
  row: (object, clock) => ({
    cells: [object.metadata.name, object.type, Object.keys(object.data ?? {}).length, ageCell(object.metadata.creationTimestamp, clock)],
  }),
});
