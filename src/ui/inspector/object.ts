// Reading an object of the API without knowing its type: the page gets plain data and shows what is there.
import type { InspectedRecord, Plain } from '../../feed/records.ts';

export function at(object: Plain | undefined, ...path: readonly (string | number)[]): Plain | undefined {
  let here: Plain | undefined = object;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, Plain>)[step];
  }
  return here;
}

export const textAt = (object: Plain | undefined, ...path: readonly (string | number)[]): string | undefined => {
  const value = at(object, ...path);
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
};

export function listAt(object: Plain | undefined, ...path: readonly (string | number)[]): readonly Plain[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? (value as readonly Plain[]) : [];
}

/** Key and value of a map of strings. */
export function pairsAt(object: Plain | undefined, ...path: readonly (string | number)[]): readonly (readonly [string, string])[] {
  const value = at(object, ...path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([key, each]) => [key, String(each)] as const);
}

/** Only if it is the subject's: records of the previous selection may still be there. */
export const inspectedOf = (record: InspectedRecord | undefined, subject: string): InspectedRecord | undefined =>
  record?.subject === subject ? record : undefined;
