// Server-side apply on values: the configuration laid over the live object, and fields taken out again that nobody wants any more.
// Models: sigs.k8s.io/structured-merge-diff/v6 typed/{merge,remove,validate}.go
import { type FieldSet, isAtomic, itemElement } from './field-set.ts';
import type { FieldSchema, StructSchema, TypeSchema } from './schema.ts';

/** `.spec.foo: field not declared in schema`, …: answered with 500 after `failed to create typed patch object (…): `. */
export class ApplyTypeError extends Error {}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The live object with everything the configuration says. */
export function mergeConfiguration(live: unknown, config: unknown, struct: StructSchema): any {
  return merge(live, config, { kind: 'struct', struct }, undefined);
}

function merge(live: unknown, config: unknown, type: TypeSchema, field: FieldSchema | undefined): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null || config === null || isAtomic(type, field)) return config;
  if (type.kind === 'struct' || type.kind === 'map') {
    const out = { ...(live as Record<string, unknown>) };
    for (const [key, value] of Object.entries(config as Record<string, unknown>)) {
      const inner = type.kind === 'struct' ? type.struct.fields.get(key) : undefined;
      const innerType = type.kind === 'map' ? type.values : inner?.type;
      out[key] = innerType === undefined ? value : merge(out[key], value, innerType, inner);
    }
    return out;
  }
  if (type.kind === 'list') return mergeList(live as unknown[], config as unknown[], type, field!);
  return config;
}

/** Shared items in the configuration's order; what only the live object has stays before what it stood before. */
function mergeList(
  live: readonly unknown[],
  config: readonly unknown[],
  type: TypeSchema & { kind: 'list' },
  field: FieldSchema,
): unknown[] {
  const keyOf = (item: unknown) => itemElement(item, type, field);
  const liveItems = new Map(live.map((item) => [keyOf(item), item]));
  const configKeys = new Set(config.map(keyOf));
  const placed = new Set<string>();
  const out: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < live.length || right < config.length) {
    const leftKey = left < live.length ? keyOf(live[left]) : undefined;
    if (leftKey !== undefined && placed.has(leftKey)) {
      left++;
      continue;
    }
    if (leftKey !== undefined && !configKeys.has(leftKey)) {
      out.push(live[left++]);
      placed.add(leftKey);
      continue;
    }
    if (right >= config.length) break;
    const item = config[right++];
    const key = keyOf(item);
    out.push(field.set ? item : merge(liveItems.get(key), item, type.items, undefined));
    placed.add(key);
  }
  return out;
}

/** The value without the paths of the set. */
export function removeFields(value: unknown, set: FieldSet, struct: StructSchema): any {
  return remove(value, set, { kind: 'struct', struct }, undefined);
}

function remove(value: unknown, set: FieldSet, type: TypeSchema, field: FieldSchema | undefined): unknown {
  if (set.children.size === 0 || value === null || value === undefined) return value;
  if (type.kind === 'list' && Array.isArray(value)) {
    if (isAtomic(type, field)) return value;
    const out: unknown[] = [];
    for (const item of value) {
      const below = set.children.get(itemElement(item, type, field!));
      if (below === undefined) out.push(item);
      else if (!below.member) out.push(remove(item, below, type.items, undefined));
    }
    return out;
  }
  if (!isMap(value)) return value;
  const out: Record<string, unknown> = { ...value };
  for (const [key, below] of set.children) {
    const name = key.slice(2);
    if (!key.startsWith('f:') || out[name] === undefined) continue;
    const inner = type.kind === 'struct' ? type.struct.fields.get(name) : undefined;
    const innerType = type.kind === 'map' ? type.values : inner?.type;
    if (below.member && below.children.size === 0) delete out[name];
    else if (innerType !== undefined) {
      const left = remove(out[name], below, innerType, inner);
      const hollow = (Array.isArray(left) && left.length === 0) || (isMap(left) && Object.keys(left).length === 0);
      if (hollow) delete out[name];
      else out[name] = left;
    }
  }
  return out;
}

/** @throws ApplyTypeError when the configuration is not of the type */
export function checkConfiguration(config: unknown, struct: StructSchema): void {
  const faults: string[] = [];
  check(config, { kind: 'struct', struct }, undefined, '', faults);
  if (faults.length === 1) throw new ApplyTypeError(faults[0]);
  if (faults.length > 1) throw new ApplyTypeError(`errors:\n${faults.map((one) => `  ${one}`).join('\n')}`);
}

function kindText(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'map' : typeof value;
}

function check(value: unknown, type: TypeSchema, field: FieldSchema | undefined, path: string, faults: string[]): void {
  if (value === null || value === undefined) return;
  const wrong = (expected: string) => faults.push(`${path}: expected ${expected}, got ${valueText(value)}`);
  switch (type.kind) {
    case 'struct':
      if (!isMap(value)) wrong('map');
      else {
        for (const [key, item] of Object.entries(value)) {
          const inner = type.struct.fields.get(key);
          if (inner === undefined) faults.push(`${path}.${key}: field not declared in schema`);
          else check(item, inner.type, inner, `${path}.${key}`, faults);
        }
      }
      return;
    case 'map':
      if (!isMap(value)) wrong('map');
      else for (const [key, item] of Object.entries(value)) check(item, type.values, undefined, `${path}.${key}`, faults);
      return;
    case 'list':
      if (!Array.isArray(value)) wrong('list');
      else checkItems(value, type, field, path, faults);
      return;
    case 'int32':
    case 'int64':
    case 'float':
      if (typeof value !== 'number') wrong('numeric (int or float)');
      return;
    case 'bool':
      if (typeof value !== 'boolean') wrong('boolean');
      return;
    case 'string':
    case 'time':
    case 'microTime':
    case 'bytes':
      if (typeof value !== 'string') wrong('string');
      return;
    default:
  }
}

function valueText(value: unknown): string {
  if (isMap(value)) return `&value.valueUnstructured{Value:map[string]interface {}{...}}`;
  return kindText(value);
}

function checkItems(
  items: readonly unknown[],
  type: TypeSchema & { kind: 'list' },
  field: FieldSchema | undefined,
  path: string,
  faults: string[],
): void {
  if (isAtomic(type, field)) {
    items.forEach((item, index) => {
      check(item, type.items, undefined, `${path}[${index}]`, faults);
    });
    return;
  }
  const seen = new Set<string>();
  for (const item of items) {
    if (!field!.set && !isMap(item)) {
      faults.push(`${path}: associative list with keys may not have non-map elements`);
      continue;
    }
    const key = itemElement(item, type, field!);
    const shown = field!.set
      ? `[=${key.slice(2)}]`
      : `[${Object.entries(JSON.parse(key.slice(2)) as object)
          .map(([name, one]) => `${name}=${JSON.stringify(one)}`)
          .join(',')}]`;
    if (seen.has(key)) faults.push(`${path}: duplicate entries for key ${shown}`);
    seen.add(key);
    check(item, type.items, undefined, `${path}${shown}`, faults);
  }
}
