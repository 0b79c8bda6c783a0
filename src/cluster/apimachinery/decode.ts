// Bodies become what Go would hold after decoding them into the type: unknown fields reported, wrong types refused in the words of
// encoding/json, empty values dropped or printed as the struct tags say, quantities and times canonical.
// Models: sigs.k8s.io/json, apimachinery pkg/runtime/serializer/json, encoding/json UnmarshalTypeError
import { canonicalQuantity, formatQuantity, milliQuantity, parseQuantity, quantity, quantityMilliValue } from './quantity.ts';
import { type FieldSchema, goTypeName, type StructSchema, type TypeSchema } from './schema.ts';

/** A body that does not fit its type; the text is what the real server says after `cannot be handled as a X: `. */
export class DecodeError extends Error {}

export interface Decoded {
  readonly object: any;
  /** `unknown field "spec.foo"`, `duplicate field "metadata.name"`, in the order of the body. */
  readonly strictErrors: readonly string[];
}

/** Keys given twice per object of a parsed text, so that decoding can report them in place. */
export type DuplicateKeys = WeakMap<object, readonly string[]>;

interface Walk {
  readonly strictErrors: string[];
  readonly duplicates: DuplicateKeys | undefined;
}

const NO_STRICT_ERRORS: readonly string[] = [];

/**
 * @param old The stored object: parts of the body that are identical to it are taken as they are.
 * @throws DecodeError
 */
export function decode(body: unknown, struct: StructSchema, old?: unknown, duplicates?: DuplicateKeys): Decoded {
  const walk: Walk = { strictErrors: [], duplicates };
  const object = decodeStruct(body as object, struct, old as object | undefined, walk, '', '');
  return { object, strictErrors: walk.strictErrors.length === 0 ? NO_STRICT_ERRORS : walk.strictErrors };
}

/** Structs worth remembering by identity: shared by all pods of one template. */
const SHARED = new Set(['core.v1.PodSpec', 'core.v1.PodTemplateSpec']);
const knownGood = new WeakSet<object>();

/** `path` has indexes (strict errors), `goPath` has none (type errors). */
function decodeStruct(value: object, struct: StructSchema, old: object | undefined, walk: Walk, path: string, goPath: string): object {
  if (value === old || knownGood.has(value)) return value;
  const duplicates = walk.duplicates?.get(value);
  let changed = false;
  let lastOrder = -1;
  let printedSeen = 0;
  /** Only once something differs from what was given. */
  let out: Record<string, unknown> | undefined;
  for (const key in value) {
    const given = (value as Record<string, unknown>)[key];
    if (given === undefined) continue;
    const field = struct.fields.get(key);
    if (field === undefined) {
      walk.strictErrors.push(`unknown field "${path}${key}"`);
      changed = true;
      continue;
    }
    if (field.order < lastOrder) changed = true;
    lastOrder = field.order;
    const before = (old as Record<string, unknown> | undefined)?.[key];
    const result = isAsStored(given, field, before) ? given : decodeField(given, field, struct, before, walk, path + key, goPath + key);
    if (duplicates?.includes(key)) walk.strictErrors.push(`duplicate field "${path}${key}"`);
    if (result !== given) {
      changed = true;
      out ??= fieldsBefore(value as Record<string, unknown>, key);
    }
    if (out !== undefined) out[key] = result;
    if (result !== undefined && field.printed) printedSeen++;
  }
  if (printedSeen < struct.printedFields.length) changed = true;
  const result = changed ? inGoOrder(out ?? (value as Record<string, unknown>), struct, printedSeen < struct.printedFields.length) : value;
  if (SHARED.has(struct.name)) knownGood.add(result);
  return result;
}

/** The commonest fields, which decoding would leave as they are: parts of the stored object, and texts. */
function isAsStored(given: unknown, field: FieldSchema, before: unknown): boolean {
  if (typeof given === 'string') return given !== '' && (given === before || field.type.kind === 'string');
  return given === before && typeof given === 'object' && given !== null;
}

function fieldsBefore(value: Record<string, unknown>, end: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key in value) {
    if (key === end) break;
    fields[key] = value[key];
  }
  return fields;
}

function inGoOrder(fields: Record<string, unknown>, struct: StructSchema, complete: boolean): object {
  const out: Record<string, unknown> = {};
  for (const field of struct.fields.values()) {
    let value = fields[field.name];
    if (value === undefined && complete && field.printed && !neverStoredEmpty(field)) value = emptyValue(field.type, field.pointer);
    if (value !== undefined) out[field.name] = value;
  }
  return out;
}

/** An object of which nothing is set, as Go prints it: what bookmarks carry besides their metadata. */
export function emptyObject(struct: StructSchema): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of struct.printedFields) {
    const nested = field.type.kind === 'struct' && !field.pointer;
    out[field.name] = nested ? emptyObject((field.type as TypeSchema & { kind: 'struct' }).struct) : emptyValue(field.type, field.pointer);
  }
  return out;
}

/** Validation refuses objects without these, so they are left out instead of being null: validators need not tell the two apart. */
function neverStoredEmpty(field: FieldSchema): boolean {
  return field.required && (field.pointer ? field.type.kind === 'struct' : field.name === 'containers');
}

/** What Go prints for a field that is always printed and was never set. */
function emptyValue(type: TypeSchema, pointer: boolean): unknown {
  if (pointer) return null;
  switch (type.kind) {
    case 'string':
      return '';
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return 0;
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'struct':
      return emptyStruct(type.struct);
    default:
      return null;
  }
}

const emptyStructs = new Map<StructSchema, object>();

function emptyStruct(struct: StructSchema): object {
  let empty = emptyStructs.get(struct);
  if (empty === undefined) {
    empty = inGoOrder({}, struct, struct.printedFields.length > 0);
    emptyStructs.set(struct, empty);
  }
  return empty;
}

function decodeField(
  given: unknown,
  field: FieldSchema,
  struct: StructSchema,
  old: unknown,
  walk: Walk,
  path: string,
  goPath: string,
): unknown {
  if (given === old && (typeof given === 'object' || given === '')) return given === null && !field.printed ? undefined : given;
  if (given === null) return field.printed && !neverStoredEmpty(field) ? emptyValue(field.type, field.pointer) : undefined;
  const where = { field, struct, goPath };
  const value = decodeValue(given, field.type, old, walk, path, where);
  if (field.pointer) return value;
  if (isEmpty(value, field.type)) return field.printed && !neverStoredEmpty(field) ? emptyValue(field.type, false) : undefined;
  return value;
}

/** What `omitempty` leaves out. Structs are never empty to Go. */
function isEmpty(value: unknown, type: TypeSchema): boolean {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return value === '';
    case 'int32':
    case 'int64':
    case 'float':
      return value === 0;
    case 'bool':
      return value === false;
    case 'list':
      return (value as unknown[]).length === 0;
    case 'map':
      for (const _key in value as object) return false;
      return true;
    default:
      return false;
  }
}

interface Where {
  readonly field: FieldSchema;
  readonly struct: StructSchema;
  readonly goPath: string;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function typeError(value: unknown, type: TypeSchema, where: Where, exact = false): DecodeError {
  const kind = goKind(value) + (exact && typeof value === 'number' ? ` ${value}` : '');
  return new DecodeError(
    `json: cannot unmarshal ${kind} into Go struct field ${where.struct.shortName}.${where.goPath} of type ${goTypeName(type, where.field)}`,
  );
}

function decodeValue(value: unknown, type: TypeSchema, old: unknown, walk: Walk, path: string, where: Where): unknown {
  switch (type.kind) {
    case 'string':
      if (typeof value !== 'string') throw typeError(value, type, where);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw typeError(value, type, where);
      return value;
    case 'int32':
    case 'int64':
      return decodeInteger(value, type, where);
    case 'float':
      if (typeof value !== 'number') throw typeError(value, type, where);
      return value;
    case 'list':
      return decodeList(value, type, old, walk, path, where);
    case 'map':
      return decodeMap(value, type, old, walk, path, where);
    case 'struct':
      if (typeof value !== 'object' || Array.isArray(value)) throw typeError(value, type, where);
      return decodeStruct(value as object, type.struct, old as object | undefined, walk, path + '.', where.goPath + '.');
    case 'quantity':
      return decodeQuantity(value);
    case 'intOrString':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' && Number.isInteger(value)) return value;
      throw new DecodeError(
        `json: cannot unmarshal ${goKind(value)}${typeof value === 'number' ? ` ${value}` : ''} into Go value of type int32`,
      );
    case 'time':
    case 'microTime':
      return decodeTime(value, type.kind);
    case 'bytes':
      return decodeBytes(value, type, where);
    default:
      return value;
  }
}

function decodeInteger(value: unknown, type: TypeSchema, where: Where): number {
  if (typeof value !== 'number') throw typeError(value, type, where);
  const limit = type.kind === 'int32' ? 2147483647 : Number.MAX_SAFE_INTEGER * 1024;
  if (!Number.isInteger(value) || value > limit || value < -limit - 1) throw typeError(value, type, where, true);
  return value;
}

function decodeList(value: unknown, type: TypeSchema & { kind: 'list' }, old: unknown, walk: Walk, path: string, where: Where): unknown {
  if (!Array.isArray(value)) throw typeError(value, type, where);
  let out: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const given = value[index];
    const before = (old as unknown[] | undefined)?.[index];
    if (given === before) {
      if (out !== undefined) out.push(given);
      continue;
    }
    const result =
      given === null ? emptyValue(type.items, false) : decodeValue(given, type.items, before, walk, `${path}[${index}]`, where);
    if (out === undefined && result !== given) out = value.slice(0, index);
    if (out !== undefined) out.push(result);
  }
  return out ?? value;
}

function decodeMap(value: unknown, type: TypeSchema & { kind: 'map' }, old: unknown, walk: Walk, path: string, where: Where): unknown {
  if (typeof value !== 'object' || Array.isArray(value)) throw typeError(value, type, where);
  const duplicates = walk.duplicates?.get(value as object);
  let out: Record<string, unknown> | undefined;
  for (const key in value as object) {
    const given = (value as Record<string, unknown>)[key];
    let result: unknown;
    if (given === undefined) result = undefined;
    else if (given === null) result = emptyValue(type.values, false) ?? undefined;
    else if (type.values.kind === 'quantity') result = roundedUpToMilli(decodeQuantity(given) as string);
    else result = decodeValue(given, type.values, (old as Record<string, unknown> | undefined)?.[key], walk, `${path}.${key}`, where);
    if (duplicates?.includes(key)) walk.strictErrors.push(`duplicate field "${path}.${key}"`);
    if (result !== given) {
      out ??= { ...(value as Record<string, unknown>) };
      if (result === undefined) delete out[key];
      else out[key] = result;
    }
  }
  return out ?? value;
}

function decodeQuantity(value: unknown): unknown {
  if (typeof value === 'string' && value.length < 8 && /^[1-9]\d{0,2}(m|Mi|Gi)?$/.test(value)) return value;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const parsed = parseQuantity(text);
  if (typeof parsed === 'string') throw new DecodeError(parsed);
  return canonicalQuantity(text);
}

/** Amounts of resources are never finer than a thousandth. Models: SetDefaults_ResourceList. */
function roundedUpToMilli(text: string): string {
  if (!text.endsWith('u') && !text.endsWith('n')) return text;
  return formatQuantity(milliQuantity(quantityMilliValue(quantity(text))));
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const CANONICAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CANONICAL_MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const LAYOUTS = { time: '2006-01-02T15:04:05Z07:00', microTime: '2006-01-02T15:04:05.000000Z07:00' };
const LAYOUT_PARTS: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01'],
  [/^-/, '-'],
  [/^\d\d/, '02'],
  [/^T/, 'T'],
  [/^\d\d/, '15'],
  [/^:/, ':'],
  [/^\d\d/, '04'],
  [/^:/, ':'],
  [/^\d\d(\.\d+)?/, '05'],
  [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
];

function decodeTime(value: unknown, kind: 'time' | 'microTime'): unknown {
  if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type string`);
  if ((kind === 'time' ? CANONICAL_TIME : CANONICAL_MICRO_TIME).test(value)) return value;
  if (value === '') return null;
  const match = TIME.exec(value);
  const wall = match === null ? Number.NaN : Date.parse(value);
  if (match === null || Number.isNaN(wall)) throw new DecodeError(timeError(value, LAYOUTS[kind]));
  const seconds = new Date(Math.floor(wall / 1000) * 1000).toISOString().slice(0, 19);
  return kind === 'time' ? `${seconds}Z` : `${seconds}${(match[7] ?? '.').padEnd(7, '0').slice(0, 7)}Z`;
}

function timeError(value: string, layout: string): string {
  let rest = value;
  for (const [part, name] of LAYOUT_PARTS) {
    const match = part.exec(rest);
    if (match === null) return `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${name}"`;
    rest = rest.slice(match[0].length);
  }
  if (rest !== '') return `parsing time ${JSON.stringify(value)}: extra text: ${JSON.stringify(rest)}`;
  return `parsing time ${JSON.stringify(value)}: day out of range`;
}

function decodeBytes(value: unknown, type: TypeSchema, where: Where): unknown {
  if (typeof value !== 'string') throw typeError(value, type, where);
  const text = value.replace(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/=]/.exec(text);
  const padding = text.indexOf('=');
  if (bad !== null) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`);
  if (padding >= 0 && !/^={1,2}$/.test(text.slice(padding))) throw new DecodeError(`illegal base64 data at input byte ${padding}`);
  if (text.length % 4 !== 0) throw new DecodeError(`illegal base64 data at input byte ${text.length - (text.length % 4)}`);
  return text;
}
