// Strategic merge patch: a merge patch that knows by which key the elements of a list are the same.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go
import { sameData } from './equality.ts';
import { goValue } from './go-text.ts';
import type { FieldSchema, StructSchema } from './schema.ts';
import { structOf } from './schema.ts';

/** Refused with 500 and this text. */
export class StrategicMergeError extends Error {}

export type Tree = Record<string, unknown>;

export const DIRECTIVE = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';
export const SET_ELEMENT_ORDER = '$setElementOrder/';

export const isMap = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Applies `patch` to `original` (of type `struct`; undefined = no schema knowledge below here). Neither is changed.
 *
 * @throws StrategicMergeError
 */
export function applyStrategicMergePatch(original: unknown, patch: unknown, struct: StructSchema | undefined): any {
  return mergeMap(isMap(original) ? original : {}, patch as Tree, struct);
}

function mergeMap(original: Tree, patch: Tree, struct: StructSchema | undefined): Tree {
  if (DIRECTIVE in patch) {
    const directive = patch[DIRECTIVE];
    if (directive === 'replace') return without(patch, DIRECTIVE);
    if (directive === 'delete') return {};
    if (directive !== 'merge') throw new StrategicMergeError(`unknown patch type: ${String(directive)} in map: ${goValue(patch)}`);
  }
  const out: Tree = RETAIN_KEYS in patch ? retainKeys(original, patch) : { ...original };
  const ordered = orderedLists(original, patch, struct, out);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined || key === DIRECTIVE || key === RETAIN_KEYS || ordered.has(key) || key.startsWith(SET_ELEMENT_ORDER)) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) {
      const field = key.slice(DELETE_FROM_PRIMITIVE_LIST.length);
      if (Array.isArray(out[field])) out[field] = out[field].filter((one) => !(value as unknown[]).some((bad) => sameData(bad, one)));
      continue;
    }
    if (value === null) {
      delete out[key];
      continue;
    }
    out[key] = mergeValue(original[key] === undefined ? undefined : out[key], value, struct?.fields.get(key), key);
  }
  return out;
}

function without(map: Tree, key: string): Tree {
  const { [key]: _dropped, ...rest } = map;
  return rest;
}

function retainKeys(original: Tree, patch: Tree): Tree {
  const keep = patch[RETAIN_KEYS];
  if (!Array.isArray(keep)) {
    throw new StrategicMergeError('retainKeys directive is malformed: $retainKeys must be a list');
  }
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null && !key.startsWith('$') && !keep.includes(key)) {
      throw new StrategicMergeError(`retainKeys patch is not a superset of fields in patch: ${key}`);
    }
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keep.includes(key)));
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}

function mergeValue(original: unknown, patch: unknown, field: FieldSchema | undefined, name: string): unknown {
  if (original === undefined || original === null || kindOf(original) !== kindOf(patch)) return withoutDirectives(patch);
  if (isMap(patch)) {
    if (field?.atomic && field.mergeKey === undefined && field.type.kind !== 'map') return withoutDirectives(patch);
    return mergeMap(original as Tree, patch, field === undefined ? undefined : structOf(field.type));
  }
  if (Array.isArray(patch) && field?.mergeKey !== undefined) {
    return mergeList(original as unknown[], patch, field, patch, name);
  }
  return Array.isArray(patch) ? withoutDirectives(patch) : patch;
}

/** A value new to the document: nulls and directives in it mean nothing. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => !(isMap(one) && one[DIRECTIVE] === 'delete')).map(withoutDirectives);
  }
  if (!isMap(value)) return value;
  const out: Tree = {};
  for (const key of Object.keys(value)) {
    if (value[key] === null || key === DIRECTIVE || key === RETAIN_KEYS) continue;
    if (key.startsWith(SET_ELEMENT_ORDER) || key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) continue;
    out[key] = withoutDirectives(value[key]);
  }
  return out;
}

/** Lists whose order the patch dictates, merged into `out`; answers their names. */
function orderedLists(original: Tree, patch: Tree, struct: StructSchema | undefined, out: Tree): ReadonlySet<string> {
  const names = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ELEMENT_ORDER)) continue;
    const name = key.slice(SET_ELEMENT_ORDER.length);
    const field = struct?.fields.get(name);
    const order = patch[key];
    if (field?.mergeKey === undefined || !Array.isArray(order)) continue;
    const change = patch[name];
    if (change === null) continue;
    const removed = patch[DELETE_FROM_PRIMITIVE_LIST + name];
    let before = Array.isArray(original[name]) ? (original[name] as unknown[]) : undefined;
    if (before !== undefined && Array.isArray(removed)) before = before.filter((one) => !removed.some((bad) => sameData(bad, one)));
    if (Array.isArray(change)) checkOrder(change, order, field.mergeKey);
    if (before === undefined && change === undefined) continue;
    names.add(name);
    if (before === undefined) {
      out[name] = arrange((withoutDirectives(change) as unknown[]) ?? [], order, [], field.mergeKey);
    } else if (Array.isArray(change)) {
      out[name] = mergeList(before, change, field, order, name);
    } else {
      out[name] = arrange(before, order, before, field.mergeKey);
    }
  }
  return names;
}

const keyOf = (item: unknown, mergeKey: string): unknown => (mergeKey === '' ? item : (item as Tree)[mergeKey]);

function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const listed = patch.filter((item) => !(isMap(item) && DIRECTIVE in item));
  let at = 0;
  for (const item of listed) {
    const key = keyOf(item, mergeKey);
    while (at < order.length && !sameData(keyOf(order[at], mergeKey), key)) at++;
    if (at === order.length) {
      throw new StrategicMergeError(
        `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
      );
    }
  }
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  field: FieldSchema,
  order: readonly unknown[],
  name: string,
): unknown[] {
  const mergeKey = field.mergeKey!;
  if (mergeKey === '') {
    const merged: unknown[] = [];
    for (const item of [...original, ...patch]) if (!merged.some((one) => sameData(one, item))) merged.push(item);
    return arrange(merged, order, original, mergeKey);
  }
  let base = [...original];
  const changes: Tree[] = [];
  let replace = false;
  for (const item of patch) {
    if (!isMap(item)) throw new StrategicMergeError(`cannot merge lists with different element types for ${name}`);
    const directive = item[DIRECTIVE];
    if (directive === undefined) changes.push(item);
    else if (directive === 'delete') {
      const key = item[mergeKey];
      if (key === undefined) throw missingKey(item, mergeKey);
      base = base.filter((one) => !sameData((one as Tree)[mergeKey], key));
    } else if (directive === 'replace') {
      replace = true;
    } else if (directive === 'merge') {
      throw new StrategicMergeError('merging lists cannot yet be specified in the patch');
    } else {
      throw new StrategicMergeError(`unknown patch type: ${String(directive)} in map: ${goValue(item)}`);
    }
  }
  if (replace) return changes.map(withoutDirectives);
  const struct = structOf(field.type);
  const merged = [...base];
  for (const change of changes) {
    const key = change[mergeKey];
    if (key === undefined) throw missingKey(change, mergeKey);
    const at = merged.findIndex((one) => sameData((one as Tree)[mergeKey], key));
    if (at >= 0) merged[at] = mergeMap(merged[at] as Tree, change, struct);
    else merged.push(withoutDirectives(change));
  }
  return arrange(
    merged,
    order.filter((item) => !(isMap(item) && DIRECTIVE in item)),
    original,
    mergeKey,
  );
}

function missingKey(item: Tree, mergeKey: string): StrategicMergeError {
  return new StrategicMergeError(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}

/** Items named by the patch in the patch's order, the others in the server's, woven together. */
function arrange(items: readonly unknown[], order: readonly unknown[], server: readonly unknown[], mergeKey: string): unknown[] {
  const place = (list: readonly unknown[], item: unknown) => {
    const key = keyOf(item, mergeKey);
    return list.findIndex((one) => sameData(keyOf(one, mergeKey), key));
  };
  const byPatch = items.filter((item) => place(order, item) >= 0).sort((a, b) => place(order, a) - place(order, b));
  const serverOnly = items.filter((item) => place(order, item) < 0).sort((a, b) => place(server, a) - place(server, b));
  const out: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < byPatch.length || right < serverOnly.length) {
    if (left >= byPatch.length) out.push(serverOnly[right++]);
    else if (right >= serverOnly.length) out.push(byPatch[left++]);
    else {
      const leftPlace = place(server, byPatch[left]);
      const rightPlace = place(server, serverOnly[right]);
      const serverFirst = leftPlace >= 0 && rightPlace >= 0 && leftPlace >= rightPlace;
      out.push(serverFirst ? serverOnly[right++] : byPatch[left++]);
    }
  }
  return out;
}
