// Objects a command makes itself: in the order and with the empty fields Go's structs print.
// Models: the JSON tags of k8s.io/api types, which decide what `create --dry-run=client -o yaml` shows
import { findStructSchema, type StructSchema, type TypeSchema } from '../../../cluster/apimachinery/schema.ts';
import { schemaTypeNames } from '../../../cluster/apimachinery/schema.ts';

/** Struct of a kind, as in `apps/v1`, `Deployment`; undefined for kinds the built-in schema does not know. */
export function schemaOfKind(apiVersion: string, kind: string): StructSchema | undefined {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  const folder = group === '' ? 'core' : group.split('.')[0]!;
  const direct = findStructSchema(`${folder}.${version}.${kind}`);
  if (direct !== undefined) return direct;
  const suffix = `.${version}.${kind}`;
  const name = schemaTypeNames().find((one) => one.endsWith(suffix) && one.includes(folder));
  return name === undefined ? undefined : findStructSchema(name);
}

/** The object with Go's key order and the fields that are printed even when empty. */
export function typedObject(object: any): any {
  const struct = schemaOfKind(object.apiVersion, object.kind);
  return struct === undefined ? object : typedStruct(object, struct);
}

function typedStruct(value: any, struct: StructSchema): any {
  const out: Record<string, unknown> = {};
  for (const field of struct.fields.values()) {
    const one = value[field.name];
    if (one !== undefined) out[field.name] = typedValue(one, field.type);
    else if (field.printed) out[field.name] = emptyOf(field.type, field.pointer);
  }
  for (const key of Object.keys(value)) if (!(key in out) && value[key] !== undefined) out[key] = value[key];
  return out;
}

function typedValue(value: any, type: TypeSchema): any {
  if (value === null || value === undefined) return value;
  if (type.kind === 'struct') return typeof value === 'object' ? typedStruct(value, type.struct) : value;
  if (type.kind === 'list') return Array.isArray(value) ? value.map((one) => typedValue(one, type.items)) : value;
  if (type.kind === 'map')
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, typedValue(value[key], type.values)]),
    );
  return value;
}

function emptyOf(type: TypeSchema, pointer: boolean): unknown {
  if (pointer) return null;
  switch (type.kind) {
    case 'struct':
      return typedStruct({}, type.struct);
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    default:
      return null;
  }
}
