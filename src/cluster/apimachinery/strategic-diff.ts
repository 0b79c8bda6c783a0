// The strategic merge patch between two or three versions of an object: what `kubectl apply`, `edit` and `set` send.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go CreateThreeWayMergePatch, diffMaps
import { sameData } from './equality.ts';
import type { FieldSchema, StructSchema } from './schema.ts';
import { structOf } from './schema.ts';
import { DELETE_FROM_PRIMITIVE_LIST, DIRECTIVE, isMap, RETAIN_KEYS, SET_ELEMENT_ORDER, type Tree } from './strategic-merge.ts';

interface DiffOptions {
  readonly ignoreDeletions: boolean;
  readonly ignoreChangesAndAdditions: boolean;
  readonly setElementOrder: boolean;
  readonly buildRetainKeys: boolean;
}

/** The patch that makes `modified` of `original`; `{}` when they are equal. */
export function createTwoWayMergePatch(original: unknown, modified: unknown, struct: StructSchema | undefined): Tree {
  return diffMaps((original ?? {}) as Tree, (modified ?? {}) as Tree, struct, {
    ignoreDeletions: false,
    ignoreChangesAndAdditions: false,
    setElementOrder: true,
    buildRetainKeys: false,
  });
}

/**
 * The patch of `kubectl apply`: additions and changes between `current` (live) and `modified` (file), deletions between `original`
 * (last applied) and `modified`.
 */
export function createThreeWayMergePatch(original: unknown, modified: unknown, current: unknown, struct: StructSchema | undefined): Tree {
  const changes = diffMaps((current ?? {}) as Tree, (modified ?? {}) as Tree, struct, {
    ignoreDeletions: true,
    ignoreChangesAndAdditions: false,
    setElementOrder: true,
    buildRetainKeys: true,
  });
  const deletions = diffMaps((original ?? {}) as Tree, (modified ?? {}) as Tree, struct, {
    ignoreDeletions: false,
    ignoreChangesAndAdditions: true,
    setElementOrder: true,
    buildRetainKeys: true,
  });
  return combine(deletions, changes, struct);
}

function diffMaps(original: Tree, modified: Tree, struct: StructSchema | undefined, options: DiffOptions): Tree {
  const patch: Tree = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    if (after === undefined) continue;
    const before = original[key];
    if (before === undefined) {
      if (!options.ignoreChangesAndAdditions) patch[key] = after;
      continue;
    }
    if (isMap(before) && isMap(after)) diffMapField(patch, key, before, after, struct?.fields.get(key), options);
    else if (Array.isArray(before) && Array.isArray(after)) diffListField(patch, key, before, after, struct?.fields.get(key), options);
    else if (!options.ignoreChangesAndAdditions && !sameData(before, after)) patch[key] = after;
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original)) if (original[key] !== undefined && modified[key] === undefined) patch[key] = null;
  }
  return patch;
}

function diffMapField(patch: Tree, key: string, before: Tree, after: Tree, field: FieldSchema | undefined, options: DiffOptions): void {
  const inner = diffMaps(before, after, field === undefined ? undefined : structOf(field.type), options);
  if (Object.keys(inner).length === 0) return;
  if (field?.retainKeys && options.buildRetainKeys) inner[RETAIN_KEYS] = Object.keys(after).sort();
  patch[key] = inner;
}

function diffListField(
  patch: Tree,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  field: FieldSchema | undefined,
  options: DiffOptions,
): void {
  if (field?.mergeKey === undefined) {
    if (!options.ignoreChangesAndAdditions && !sameData(before, after)) patch[key] = after;
    return;
  }
  if (field.mergeKey === '') diffScalars(patch, key, before, after, options);
  else diffElements(patch, key, before as Tree[], after as Tree[], field, options);
}

function diffScalars(patch: Tree, key: string, before: readonly unknown[], after: readonly unknown[], options: DiffOptions): void {
  const added = after.filter((one) => !before.some((other) => sameData(one, other)));
  const removed = before.filter((one) => !after.some((other) => sameData(one, other)));
  const byText = (list: readonly unknown[]) => [...list].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  let changed = false;
  if (!options.ignoreDeletions && removed.length > 0) {
    patch[DELETE_FROM_PRIMITIVE_LIST + key] = byText(removed);
    changed = true;
  }
  if (!options.ignoreChangesAndAdditions && added.length > 0) {
    patch[key] = after.filter((one) => added.includes(one));
    changed = true;
  }
  if (options.setElementOrder && (changed || (!options.ignoreChangesAndAdditions && !sameData(before, after)))) {
    if (after.length > 0) patch[SET_ELEMENT_ORDER + key] = [...after];
  }
}

function diffElements(
  patch: Tree,
  key: string,
  before: readonly Tree[],
  after: readonly Tree[],
  field: FieldSchema,
  options: DiffOptions,
): void {
  const mergeKey = field.mergeKey!;
  const struct = structOf(field.type);
  const changes: Tree[] = [];
  const deletions: Tree[] = [];
  for (const item of after) {
    const old = before.find((one) => sameData(one[mergeKey], item[mergeKey]));
    if (old === undefined) {
      if (!options.ignoreChangesAndAdditions) changes.push(item);
      continue;
    }
    const inner = diffMaps(old, item, struct, options);
    if (Object.keys(inner).length === 0) continue;
    inner[mergeKey] = item[mergeKey];
    if (field.retainKeys && options.buildRetainKeys) inner[RETAIN_KEYS] = Object.keys(item).sort();
    changes.push(inner);
  }
  if (!options.ignoreDeletions) {
    for (const item of before) {
      if (!after.some((one) => sameData(one[mergeKey], item[mergeKey]))) {
        deletions.push({ [DIRECTIVE]: 'delete', [mergeKey]: item[mergeKey] });
      }
    }
  }
  const elements = [...changes, ...deletions];
  if (elements.length > 0) patch[key] = elements;
  const orderDiffers =
    !options.ignoreChangesAndAdditions &&
    !sameData(
      before.map((one) => one[mergeKey]),
      after.map((one) => one[mergeKey]),
    );
  if (options.setElementOrder && (elements.length > 0 || orderDiffers) && after.length > 0) {
    patch[SET_ELEMENT_ORDER + key] = after.map((one) => ({ [mergeKey]: one[mergeKey] }));
  }
}

/** Joins the patch of deletions with the patch of changes; both speak of the same modified object. */
function combine(deletions: Tree, changes: Tree, struct: StructSchema | undefined): Tree {
  const out: Tree = { ...deletions };
  for (const key of Object.keys(changes)) {
    const change = changes[key];
    const deletion = out[key];
    if (isMap(deletion) && isMap(change)) {
      const field = struct?.fields.get(key);
      out[key] = combine(deletion, change, field === undefined ? undefined : structOf(field.type));
    } else if (Array.isArray(deletion) && Array.isArray(change) && !key.startsWith('$')) {
      out[key] = inOrder(
        combineLists(deletion as Tree[], change as Tree[], struct?.fields.get(key)) as Tree[],
        changes[SET_ELEMENT_ORDER + key] ?? deletions[SET_ELEMENT_ORDER + key],
        struct?.fields.get(key),
      );
    } else {
      out[key] = change;
    }
  }
  return out;
}

function combineLists(deletions: readonly Tree[], changes: readonly Tree[], field: FieldSchema | undefined): unknown[] {
  const mergeKey = field?.mergeKey;
  if (mergeKey === undefined || mergeKey === '') return [...changes];
  const out: Tree[] = changes.map((change) => {
    const deletion = deletions.find((one) => !(DIRECTIVE in one) && sameData(one[mergeKey], change[mergeKey]));
    return deletion === undefined ? change : combine(deletion, change, structOf(field!.type));
  });
  for (const deletion of deletions) {
    if (DIRECTIVE in deletion || !changes.some((change) => sameData(change[mergeKey], deletion[mergeKey]))) out.push(deletion);
  }
  return out;
}

/** The server wants a list's elements in the order `$setElementOrder` names; deletions come last. */
function inOrder(elements: readonly Tree[], order: unknown, field: FieldSchema | undefined): unknown[] {
  const mergeKey = field?.mergeKey;
  if (!mergeKey || !Array.isArray(order)) return [...elements];
  const place = (one: Tree): number => {
    const at = (order as Tree[]).findIndex((other) => sameData(other[mergeKey], one[mergeKey]));
    return at < 0 ? order.length : at;
  };
  return elements
    .map((one, index) => ({ one, index }))
    .sort((a, b) => place(a.one) - place(b.one) || a.index - b.index)
    .map(({ one }) => one);
}
