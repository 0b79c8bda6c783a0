// JSON patch (RFC 6902) and JSON merge patch (RFC 7386) on immutable data: what is not changed stays identical.
// Models: gopkg.in/evanphx/json-patch.v4 as the API server uses it
import { sameData } from './equality.ts';

export interface JsonPatchOperation {
  readonly op: string;
  readonly path?: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The patch cannot be applied to this document; the server answers all of these alike. */
export class PatchFailed extends Error {}

type Tree = any;

const unescapePart = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

function splitPath(path: string | undefined): string[] {
  if (path === undefined) throw new PatchFailed('missing path');
  if (path === '') return [];
  if (!path.startsWith('/')) throw new PatchFailed(`bad path ${path}`);
  return path.slice(1).split('/').map(unescapePart);
}

function index(part: string, length: number, adding: boolean): number {
  if (part === '-' && adding) return length;
  if (!/^-?\d+$/.test(part)) throw new PatchFailed(`bad index ${part}`);
  const position = Number(part);
  const limit = adding ? length : length - 1;
  // json-patch v4 counts negative indexes from the end.
  const resolved = position < 0 ? position + length + (adding ? 1 : 0) : position;
  if (resolved < 0 || resolved > limit) throw new PatchFailed(`index ${part} out of range`);
  return resolved;
}

function get(document: Tree, parts: readonly string[]): Tree {
  let at = document;
  for (const part of parts) {
    if (Array.isArray(at)) at = at[index(part, at.length, false)];
    else if (typeof at === 'object' && at !== null && part in at) at = at[part];
    else throw new PatchFailed(`missing ${part}`);
  }
  return at;
}

/** Copies the path down to the container of the last part and lets `change` alter that copy. */
function changeAt(document: Tree, parts: readonly string[], change: (container: Tree, last: string) => void): Tree {
  if (parts.length === 0) throw new PatchFailed('empty path');
  const [part, ...rest] = parts as [string, ...string[]];
  if (typeof document !== 'object' || document === null) throw new PatchFailed(`no container at ${part}`);
  const copy: Tree = Array.isArray(document) ? [...document] : { ...document };
  if (rest.length === 0) change(copy, part);
  else {
    const key = Array.isArray(copy) ? index(part, copy.length, false) : part;
    if (copy[key] === undefined) throw new PatchFailed(`missing ${part}`);
    copy[key] = changeAt(copy[key], rest, change);
  }
  return copy;
}

function add(document: Tree, parts: readonly string[], value: unknown): Tree {
  if (parts.length === 0) return value;
  return changeAt(document, parts, (container, last) => {
    if (Array.isArray(container)) container.splice(index(last, container.length, true), 0, value);
    else container[last] = value;
  });
}

function remove(document: Tree, parts: readonly string[]): Tree {
  return changeAt(document, parts, (container, last) => {
    if (Array.isArray(container)) container.splice(index(last, container.length, false), 1);
    else if (last in container) delete container[last];
    else throw new PatchFailed(`missing ${last}`);
  });
}

function apply(document: Tree, operation: JsonPatchOperation): Tree {
  const parts = splitPath(operation.path);
  switch (operation.op) {
    case 'add':
      if (!('value' in operation)) throw new PatchFailed('missing value');
      return add(document, parts, operation.value);
    case 'remove':
      return remove(document, parts);
    case 'replace':
      if (!('value' in operation)) throw new PatchFailed('missing value');
      if (parts.length === 0) return operation.value;
      return changeAt(document, parts, (container, last) => {
        // A missing key of a map is created: json-patch v4 does not look whether it was there.
        if (Array.isArray(container)) container[index(last, container.length, false)] = operation.value;
        else container[last] = operation.value;
      });
    case 'move': {
      const from = splitPath(operation.from);
      const value = get(document, from);
      return add(remove(document, from), parts, value);
    }
    case 'copy': {
      const from = splitPath(operation.from);
      const parent = get(document, from.slice(0, -1));
      // Copying a missing key copies null.
      const value = Array.isArray(parent) ? get(document, from) : (parent?.[from.at(-1)!] ?? null);
      return add(document, parts, value);
    }
    case 'test': {
      let value: unknown;
      try {
        value = get(document, parts);
      } catch {
        value = null;
      }
      if (!sameData(value ?? null, operation.value ?? null)) throw new PatchFailed('test failed');
      return document;
    }
    default:
      throw new PatchFailed(`unexpected kind: ${operation.op}`);
  }
}

/** @throws PatchFailed */
export function applyJsonPatch(document: unknown, patch: readonly JsonPatchOperation[]): any {
  let result: Tree = document;
  for (const operation of patch) result = apply(result, operation);
  return result;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386. Identical results keep their identity. */
export function applyMergePatch(target: unknown, patch: unknown): any {
  if (!isMap(patch)) return patch;
  const base: Record<string, unknown> = isMap(target) ? target : {};
  let out: Record<string, unknown> | undefined = isMap(target) ? undefined : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined) continue;
    if (value === null) {
      if (base[key] === undefined) continue;
      out ??= { ...base };
      delete out[key];
      continue;
    }
    const merged = applyMergePatch(base[key], value);
    if (merged === base[key] || (base[key] !== undefined && sameData(merged, base[key]))) continue;
    out ??= { ...base };
    out[key] = merged;
  }
  return out ?? base;
}

/** The merge patch that turns `from` into `to`; `{}` when they are equal. */
export function createMergePatch(from: unknown, to: unknown): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const before = isMap(from) ? from : {};
  const after = isMap(to) ? to : {};
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (value === undefined) continue;
    if (before[key] === undefined) out[key] = value;
    else if (isMap(value) && isMap(before[key])) {
      const inner = createMergePatch(before[key], value);
      if (Object.keys(inner).length > 0) out[key] = inner;
    } else if (!sameData(before[key], value)) out[key] = value;
  }
  for (const key of Object.keys(before)) if (before[key] !== undefined && after[key] === undefined) out[key] = null;
  return out;
}

function withoutDeletions(patch: Record<string, unknown>, keepDeletions: boolean): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      if (keepDeletions) out[key] = value;
    } else if (isMap(value)) {
      const inner = withoutDeletions(value, keepDeletions);
      if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) out[key] = inner;
    } else if (!keepDeletions) out[key] = value;
  }
  return out;
}

/**
 * The three-way merge of `kubectl apply` for kinds without a schema: additions and changes from current to modified, deletions
 * from original to modified.
 */
export function createThreeWayJsonMergePatch(original: unknown, modified: unknown, current: unknown): Record<string, unknown> {
  const changes = withoutDeletions(createMergePatch(current, modified), false);
  const deletions = withoutDeletions(createMergePatch(original ?? {}, modified), true);
  return mergeMaps(deletions, changes);
}

function mergeMaps(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const out = { ...a };
  for (const [key, value] of Object.entries(b)) {
    out[key] = isMap(out[key]) && isMap(value) ? mergeMaps(out[key] as Record<string, unknown>, value) : value;
  }
  return out;
}
