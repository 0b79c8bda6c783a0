// The types of the Kubernetes API as data: every struct with its fields in Go's order, what is printed when empty, how lists merge.
// Lines of schema.generated.ts are parsed when a type is first asked for.
// Models: kubernetes v1.37 published OpenAPI plus the struct tags of k8s.io/api
import { goJson } from './go-text.ts';
import { SCHEMA_LINES } from './schema.generated.ts';

export type TypeSchema =
  | { readonly kind: 'string' | 'int32' | 'int64' | 'bool' | 'bytes' | 'float' | 'quantity' | 'intOrString' | 'time' | 'microTime' }
  /** Any object (`raw`: runtime.RawExtension, FieldsV1) or any JSON value. */
  | { readonly kind: 'raw' | 'any' }
  | { readonly kind: 'list'; readonly items: TypeSchema }
  | { readonly kind: 'map'; readonly values: TypeSchema }
  | { readonly kind: 'struct'; readonly struct: StructSchema };

export interface FieldSchema {
  readonly name: string;
  /** Position in the Go struct. */
  readonly order: number;
  /** Field name in Go: `PodIP`, `TTY`. */
  readonly goName: string;
  readonly type: TypeSchema;
  /** A Go pointer: its zero value is kept. */
  readonly pointer: boolean;
  /** Printed even when empty: `{}`, `null`, `""`, `0`. */
  readonly printed: boolean;
  readonly required: boolean;
  /** Go's name of a named scalar: `v1.RestartPolicy`. */
  readonly goScalar?: string;
  readonly enum?: readonly string[];
  /** Keys of an associative list under server-side apply. */
  readonly listMapKeys?: readonly string[];
  readonly set: boolean;
  readonly atomic: boolean;
  /** Strategic merge: key of the elements, `''` for lists of scalars; undefined = the list is replaced. */
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
  /** Default the schema declares (`TCP`). */
  readonly defaultValue?: unknown;
}

export interface StructSchema {
  /** `core.v1.PodSpec`. */
  readonly name: string;
  /** `PodSpec`, as in decoding errors. */
  readonly shortName: string;
  /** `v1.PodSpec`. */
  readonly goType: string;
  /** Owned and replaced as a whole under server-side apply (LabelSelector, LocalObjectReference). */
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Fields printed even when empty. */
  readonly printedFields: readonly FieldSchema[];
}

let lines: Map<string, string> | undefined;
const structs = new Map<string, StructSchema>();

function allLines(): Map<string, string> {
  if (lines === undefined) {
    lines = new Map();
    for (const line of SCHEMA_LINES.split('\n')) lines.set(/^[^ |]+/.exec(line)![0], line.slice(line.indexOf('|') + 1));
  }
  return lines;
}

function shortTypeName(name: string): string {
  return name
    .replace('io.k8s.api.', '')
    .replace('io.k8s.apimachinery.pkg.apis.', '')
    .replace('io.k8s.apiextensions-apiserver.pkg.apis.', '')
    .replace('io.k8s.kube-aggregator.pkg.apis.', '')
    .replace('io.k8s.apimachinery.pkg.', '');
}

/** By the name in the published schema (`io.k8s.api.core.v1.Pod`) or its short form (`core.v1.Pod`). */
export function structSchema(name: string): StructSchema {
  const found = findStructSchema(name);
  if (found === undefined) throw new Error(`no type ${name} in the schema`);
  return found;
}

export function findStructSchema(fullName: string): StructSchema | undefined {
  const known = structs.get(fullName);
  if (known !== undefined) return known;
  const name = shortTypeName(fullName);
  let struct = structs.get(name);
  if (struct === undefined) {
    const line = allLines().get(name);
    if (line === undefined) return undefined;
    struct = parseStruct(name, line);
  }
  return struct;
}

/** Names of all types, short form. */
export function schemaTypeNames(): readonly string[] {
  return [...allLines().keys()];
}

function parseStruct(name: string, line: string): StructSchema {
  const pkg = name.slice(0, name.lastIndexOf('.') + 1);
  const shortName = name.slice(pkg.length);
  const fields = new Map<string, FieldSchema>();
  const printedFields: FieldSchema[] = [];
  const struct: StructSchema = {
    name,
    shortName,
    goType: `${pkg.split('.').at(-2) ?? ''}.${shortName}`,
    atomic: line.endsWith('|&'),
    fields,
    printedFields,
  };
  // Registered before its fields are parsed: types refer to themselves (JSONSchemaProps).
  structs.set(name, struct);
  const body = line.split('|')[0]!;
  if (body !== '') for (const text of body.split(';')) parseField(text, pkg, fields);
  for (const field of fields.values()) if (field.printed) printedFields.push(field);
  return struct;
}

function parseField(text: string, pkg: string, fields: Map<string, FieldSchema>): void {
  const [head, ...options] = text.split(' ');
  const [, flags, name, code] = /^([*!+]*)([^:]+):(.*)$/.exec(head!)!;
  const option = (mark: string) => options.find((one) => one.startsWith(mark))?.slice(mark.length);
  const defaultText = option('d');
  fields.set(name!, {
    name: name!,
    order: fields.size,
    goName: option('n') ?? name![0]!.toUpperCase() + name!.slice(1),
    type: parseType(code!, pkg),
    pointer: flags!.includes('*'),
    printed: flags!.includes('!'),
    required: flags!.includes('+'),
    goScalar: option('@'),
    enum: option('=')?.split(','),
    listMapKeys: option('~')?.split(','),
    set: options.includes('#'),
    atomic: options.includes('&'),
    mergeKey: option('^'),
    retainKeys: options.includes('$'),
    defaultValue: defaultText === undefined ? undefined : JSON.parse(defaultText),
  });
}

const CODES: Readonly<Record<string, TypeSchema>> = {
  s: { kind: 'string' },
  i: { kind: 'int32' },
  l: { kind: 'int64' },
  b: { kind: 'bool' },
  y: { kind: 'bytes' },
  f: { kind: 'float' },
  Q: { kind: 'quantity' },
  I: { kind: 'intOrString' },
  T: { kind: 'time' },
  M: { kind: 'microTime' },
  R: { kind: 'raw' },
  J: { kind: 'any' },
};

function parseType(code: string, pkg: string): TypeSchema {
  if (code.startsWith('[]')) return { kind: 'list', items: parseType(code.slice(2), pkg) };
  if (code.startsWith('{}')) return { kind: 'map', values: parseType(code.slice(2), pkg) };
  const known = CODES[code];
  if (known !== undefined) return known;
  const name = code.includes('.') ? code : pkg + code;
  // Resolved when first looked at, so that one Pod does not parse the whole schema.
  let resolved: StructSchema | undefined;
  return {
    kind: 'struct',
    get struct() {
      resolved ??= structSchema(name);
      return resolved;
    },
  };
}

/** Schema of a field by path (`spec.template.spec.containers`), through lists and maps; undefined when there is none. */
export function fieldByPath(root: StructSchema, path: readonly string[]): FieldSchema | undefined {
  let struct: StructSchema | undefined = root;
  let field: FieldSchema | undefined;
  for (const name of path) {
    field = struct?.fields.get(name);
    if (field === undefined) return undefined;
    struct = structOf(field.type);
  }
  return field;
}

/** The struct a type is, or is a list or map of. */
export function structOf(type: TypeSchema): StructSchema | undefined {
  if (type.kind === 'struct') return type.struct;
  if (type.kind === 'list') return structOf(type.items);
  if (type.kind === 'map') return structOf(type.values);
  return undefined;
}

/** Go's name of a type as in decoding errors: `int32`, `[]string`, `map[string]string`, `v1.PodSpec`. */
export function goTypeName(type: TypeSchema, field?: FieldSchema): string {
  switch (type.kind) {
    case 'list':
      return '[]' + goTypeName(type.items, field);
    case 'map':
      return 'map[string]' + goTypeName(type.values, field);
    case 'struct':
      return type.struct.goType;
    case 'bytes':
      return '[]uint8';
    case 'float':
      return 'float64';
    case 'string':
    case 'int32':
    case 'int64':
    case 'bool':
      return field?.goScalar ?? type.kind;
    case 'quantity':
      return 'resource.Quantity';
    case 'intOrString':
      return 'intstr.IntOrString';
    case 'time':
      return 'v1.Time';
    case 'microTime':
      return 'v1.MicroTime';
    default:
      return 'interface {}';
  }
}

/**
 * What `encoding/json` prints for Kubernetes' *internal* form of a value, as error texts show it: Go field names, Go order, every
 * field present.
 */
export function internalJson(type: TypeSchema | string, value: unknown, pointer = false): string {
  if (typeof type === 'string') return internalStruct(structSchema(type), value);
  const absent = value === undefined || value === null;
  switch (type.kind) {
    case 'struct':
      if (absent && pointer) return 'null';
      // meta types have JSON tags and no internal form.
      return type.struct.name.startsWith('meta.v1.') ? plainJson(value ?? {}) : internalStruct(type.struct, value);
    case 'list':
      return absent ? 'null' : '[' + (value as unknown[]).map((one) => internalJson(type.items, one)).join(',') + ']';
    case 'map': {
      if (absent) return 'null';
      const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
      return '{' + entries.map(([key, one]) => `${JSON.stringify(key)}:${internalJson(type.values, one)}`).join(',') + '}';
    }
    case 'string':
      return absent ? (pointer ? 'null' : '""') : JSON.stringify(value);
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return absent ? (pointer ? 'null' : '0') : JSON.stringify(value);
    case 'bool':
      return absent ? (pointer ? 'null' : 'false') : String(value);
    case 'quantity':
      return absent ? (pointer ? 'null' : '"0"') : JSON.stringify(String(value));
    default:
      return absent ? 'null' : plainJson(value);
  }
}

/** `encoding/json` of a value of the published type: fields in Go's order, maps sorted. */
export function typedJson(type: TypeSchema | StructSchema, value: unknown): string {
  if ('fields' in type) return typedJson({ kind: 'struct', struct: type }, value);
  if (typeof value !== 'object' || value === null) return goJson(value);
  if (Array.isArray(value)) return `[${value.map((one) => typedJson(type.kind === 'list' ? type.items : type, one)).join(',')}]`;
  const object = value as Record<string, unknown>;
  const known = type.kind === 'struct' ? [...type.struct.fields.values()] : undefined;
  const keys = known === undefined ? Object.keys(object).sort() : known.map((field) => field.name);
  const parts: string[] = [];
  for (const key of keys) {
    if (object[key] === undefined) continue;
    const inner: TypeSchema | undefined =
      type.kind === 'struct' ? type.struct.fields.get(key)?.type : type.kind === 'map' ? type.values : undefined;
    parts.push(`${goJson(key)}:${inner === undefined ? goJson(object[key]) : typedJson(inner, object[key])}`);
  }
  return `{${parts.join(',')}}`;
}

function plainJson(value: unknown): string {
  return JSON.stringify(value);
}

function internalStruct(struct: StructSchema, value: unknown): string {
  const object = (value ?? {}) as Record<string, unknown>;
  const parts: string[] = [];
  for (const field of struct.fields.values()) {
    parts.push(`${JSON.stringify(field.goName)}:${internalJson(field.type, object[field.name], field.pointer)}`);
  }
  return '{' + parts.join(',') + '}';
}
