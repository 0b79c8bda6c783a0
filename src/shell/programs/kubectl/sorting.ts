// `--sort-by`: objects and rows by a field.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/get/sorter.go
import { parseQuantity } from '../../../cluster/apimachinery/quantity.ts';
import { Failure } from './errors.ts';
import { type JsonPath, parseRelaxed } from './printers/jsonpath.ts';

export const sortPath = (text: string): JsonPath => parseRelaxed(text);

/** Digits inside names count as numbers. */
function natural(a: string, b: string): number {
  const left = a.match(/\d+|\D/g) ?? [];
  const right = b.match(/\d+|\D/g) ?? [];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const one = left[at]!;
    const other = right[at]!;
    if (one === other) continue;
    const numbers = /^\d/.test(one) && /^\d/.test(other);
    if (numbers && Number(one) !== Number(other)) return Number(one) - Number(other);
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

function order(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const left = String(a);
  const right = String(b);
  const one = parseQuantity(left);
  const other = parseQuantity(right);
  // Amounts are ordered by their size, when both are some.
  if (typeof one !== 'string' && typeof other !== 'string') return one.nano < other.nano ? -1 : one.nano > other.nano ? 1 : 0;
  return natural(left, right);
}

function sorted<T>(things: readonly T[], path: JsonPath, objectOf: (thing: T) => unknown, strict: boolean): T[] {
  const keyed = things.map((thing) => ({ thing, key: first(path, objectOf(thing)) }));
  if (strict && things.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new Failure(`couldn't find any field with path "${path.template}" in the list of objects`);
  }
  return keyed.sort((a, b) => order(a.key, b.key)).map(({ thing }) => thing);
}

function first(path: JsonPath, object: unknown): unknown {
  try {
    return path.values(object)[0];
  } catch {
    return undefined;
  }
}

export const sortObjects = (objects: readonly any[], path: JsonPath): any[] => sorted(objects, path, (object) => object, true);

/** A table whose rows do not have the field, or a path that does not parse, ends up empty, as the real one does. */
export function sortRows(rows: readonly any[], text: string): any[] {
  try {
    return sorted(rows, sortPath(text), (row) => row.object, true);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
