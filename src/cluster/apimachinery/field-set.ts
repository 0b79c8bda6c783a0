// Sets of fields of an object, as managedFields hold them, and the two ways to make one: all that an object says, and what two
// states differ in.
// Models: sigs.k8s.io/structured-merge-diff/v6 fieldpath, typed/{tofieldset,compare}.go
import { sameData } from './equality.ts';
import type { Plain } from './object.ts';
import { type FieldSchema, type StructSchema, structOf, type TypeSchema } from './schema.ts';

/**
 * A tree by path element (`f:spec`, `k:{"name":"web"}`, `v:"x"`): `member` = the path itself is in the set. Immutable.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
export const EMPTY_SET: FieldSet = { member: false, children: NO_CHILDREN };
const LEAF: FieldSet = { member: true, children: NO_CHILDREN };

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

function node(member: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  if (children.size === 0) return member ? LEAF : EMPTY_SET;
  return { member, children };
}

export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [key, child] of b.children) children.set(key, children.has(key) ? unionSets(children.get(key)!, child) : child);
  return node(a.member || b.member, children);
}

export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other === undefined) continue;
    const both = intersectSets(child, other);
    if (!isEmptySet(both)) children.set(key, both);
  }
  return node(a.member && b.member, children);
}

/** What is in `a` and not in `b`, path by path. */
export function subtractSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  const children = new Map<string, FieldSet>();
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    const left = other === undefined ? child : subtractSets(child, other);
    if (!isEmptySet(left)) children.set(key, left);
  }
  return node(a.member && !b.member, children);
}

/** As {@link subtractSets}, and everything below a path in `b` as well. */
export function subtractRecursively(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other?.member) continue;
    const left = other === undefined ? child : subtractRecursively(child, other);
    if (!isEmptySet(left)) children.set(key, left);
  }
  return node(a.member && !b.member, children);
}

export function sameSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other === undefined || !sameSets(child, other)) return false;
  }
  return true;
}

/** FieldsV1: `{"f:data":{".":{},"f:a":{}}}`, keys sorted. */
export function printFieldSet(set: FieldSet): Record<string, Plain> {
  const out: Record<string, Plain> = {};
  if (set.member && set.children.size > 0) out['.'] = {};
  for (const key of [...set.children.keys()].sort()) out[key] = printFieldSet(set.children.get(key)!);
  return out;
}

export function parseFieldSet(fields: unknown, root = true): FieldSet {
  const children = new Map<string, FieldSet>();
  let member = false;
  for (const [key, value] of Object.entries((fields ?? {}) as Record<string, unknown>)) {
    if (key === '.') member = true;
    else children.set(key, parseFieldSet(value, false));
  }
  return node(member || (!root && children.size === 0), children);
}

/** `.spec.template.spec.containers[name="web"].image` of every member, sorted as they stand. */
export function fieldSetPaths(set: FieldSet, prefix = ''): string[] {
  const out = set.member ? [prefix] : [];
  for (const key of [...set.children.keys()].sort()) out.push(...fieldSetPaths(set.children.get(key)!, prefix + elementText(key)));
  return out;
}

function elementText(key: string): string {
  const value = key.slice(2);
  if (key.startsWith('f:')) return `.${value}`;
  if (key.startsWith('v:')) return `[=${value}]`;
  const parts = Object.entries(JSON.parse(value) as Record<string, unknown>).map(([name, one]) => `${name}=${JSON.stringify(one)}`);
  return `[${parts.join(',')}]`;
}

/** How a value is owned: as a whole, or part by part. */
export function isAtomic(type: TypeSchema, field: FieldSchema | undefined): boolean {
  switch (type.kind) {
    case 'struct':
      return type.struct.atomic || field?.atomic === true;
    case 'map':
      return field?.atomic === true;
    case 'list':
      return !field?.set && field?.listMapKeys === undefined;
    default:
      return true;
  }
}

/** The path element of a list item: by its keys (missing ones by their defaults) or by its value. */
export function itemElement(item: unknown, type: TypeSchema & { kind: 'list' }, field: FieldSchema): string {
  if (field.set) return `v:${JSON.stringify(item)}`;
  const struct = structOf(type.items);
  const keys: Record<string, unknown> = {};
  for (const key of [...field.listMapKeys!].sort()) {
    const keyField = struct?.fields.get(key);
    const given = (item as Record<string, unknown>)[key];
    keys[key] = given ?? keyField?.defaultValue ?? (keyField?.type.kind === 'string' ? '' : 0);
  }
  return `k:${JSON.stringify(keys)}`;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isHollow = (value: unknown): boolean => value === null || (isMap(value) && Object.keys(value).length === 0);

/** Every field an applied configuration speaks of. */
export function fieldSetOf(value: unknown, struct: StructSchema): FieldSet {
  return structSet(value, struct);
}

function structSet(value: unknown, struct: StructSchema): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, item] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const field = struct.fields.get(key);
    if (field === undefined || item === undefined) continue;
    const set = isHollow(item) ? LEAF : valueSet(item, field.type, field);
    if (!isEmptySet(set)) children.set(`f:${key}`, set);
  }
  return node(false, children);
}

function valueSet(value: unknown, type: TypeSchema, field: FieldSchema | undefined): FieldSet {
  if (isAtomic(type, field)) return LEAF;
  if (type.kind === 'struct') return structSet(value, type.struct);
  const children = new Map<string, FieldSet>();
  if (type.kind === 'map') {
    for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
      const below = isHollow(item) ? LEAF : valueSet(item, type.values, undefined);
      children.set(`f:${key}`, node(true, below.children));
    }
  } else if (type.kind === 'list') {
    for (const item of value as unknown[]) {
      const below = field!.set ? LEAF : valueSet(item, type.items, undefined);
      children.set(itemElement(item, type, field!), node(true, below.children));
    }
  }
  return node(false, children);
}

export interface Comparison {
  /** Added and modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** What an update from `before` to `after` touched. */
export function compareObjects(before: unknown, after: unknown, struct: StructSchema): Comparison {
  const type: TypeSchema = { kind: 'struct', struct };
  return {
    changed: changes(before, after, type, undefined, true),
    removed: changes(after, before, type, undefined, false),
  };
}

/** Paths of `to` that `from` lacks, and leaves that differ (when `modified`). */
function changes(from: unknown, to: unknown, type: TypeSchema, field: FieldSchema | undefined, modified: boolean): FieldSet {
  if (from === to || to === undefined) return EMPTY_SET;
  const missing = from === undefined;
  const size = (value: unknown) => (Array.isArray(value) ? value.length : isMap(value) ? Object.keys(value).length : 0);
  if (isAtomic(type, field) || (size(to) === 0 && size(from) === 0)) {
    if (missing) return LEAF;
    return modified && !sameData(from, to) ? LEAF : EMPTY_SET;
  }
  const children = new Map<string, FieldSet>();
  const visit = (key: string, before: unknown, after: unknown, inner: TypeSchema, innerField: FieldSchema | undefined) => {
    const set = changes(before, after, inner, innerField, modified);
    if (!isEmptySet(set)) children.set(key, set);
  };
  if (type.kind === 'struct') {
    for (const [key, after] of Object.entries((to ?? {}) as Record<string, unknown>)) {
      const inner = type.struct.fields.get(key);
      if (inner !== undefined) visit(`f:${key}`, (from as Record<string, unknown> | null | undefined)?.[key], after, inner.type, inner);
    }
  } else if (type.kind === 'map') {
    for (const [key, after] of Object.entries((to ?? {}) as Record<string, unknown>)) {
      visit(`f:${key}`, (from as Record<string, unknown> | null | undefined)?.[key], after, type.values, undefined);
    }
  } else if (type.kind === 'list') {
    const before = new Map(((from ?? []) as unknown[]).map((item) => [itemElement(item, type, field!), item]));
    for (const after of (to ?? []) as unknown[]) {
      const key = itemElement(after, type, field!);
      visit(key, before.get(key), after, type.items, undefined);
    }
  }
  return node(missing, children);
}
