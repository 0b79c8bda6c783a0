import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { replayVectors, VECTOR_FILES, type VectorCase } from './vectors.ts';

const RECORDED = new URL('../../e2e/recorded/api/', import.meta.url);
/** Vectors known to differ, with the reason. May only shrink. */
const LEDGER: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('./testdata/known-differences.json', import.meta.url), 'utf8'),
);

const cases: readonly VectorCase[] = VECTOR_FILES.flatMap((file) =>
  replayVectors(file, JSON.parse(readFileSync(new URL(`${file}.json`, RECORDED), 'utf8'))),
);
const nameOf = (one: VectorCase) => `${one.file}: ${one.name}`;

describe('recorded API vectors', () => {
  test.each(VECTOR_FILES)('the answers of %s.json are the real server\u0027s', (file) => {
    const wrong = cases.filter((one) => one.file === file && one.inScope && !one.equal && LEDGER[nameOf(one)] === undefined);
    expect(wrong.map((one) => ({ name: one.name, differences: one.differences }))).toEqual([]);
  });

  test('the ledger holds no vector that is equal by now', () => {
    const equal = new Set(cases.filter((one) => one.equal).map(nameOf));
    expect(Object.keys(LEDGER).filter((name) => equal.has(name))).toEqual([]);
  });

  test('most recorded vectors are in scope', () => {
    expect(cases.filter((one) => one.inScope).length).toBeGreaterThanOrEqual(820);
  });
});
