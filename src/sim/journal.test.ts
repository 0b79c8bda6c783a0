import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Hasher } from './hash.ts';
import type { Plain } from './plain.ts';
import { createSim } from './sim.ts';

function hashOf(value: Plain): string {
  const hasher = new Hasher();
  hasher.plain(value);
  return `${hasher.high} ${hasher.low}`;
}

const plain = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Plain>;

/** The same data with the fields of every object written in the opposite order. */
function reversed(value: Plain): Plain {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

test('the hash of data does not depend on the order of fields, undefined fields, or a trip through JSON', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const hash = hashOf(value);
      expect(hashOf(reversed(value))).toBe(hash);
      expect(hashOf(JSON.parse(JSON.stringify(value)))).toBe(hash);
      expect(hashOf({ value, nothing: undefined })).toBe(hashOf({ value }));
    }),
  );
});

test('different data have different hashes, near misses included', () => {
  const near: Plain[] = [
    null,
    false,
    true,
    0,
    1,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    '',
    '0',
    '1',
    'ab',
    'ba',
    'a',
    [],
    {},
    [[]],
    [{}],
    [0],
    [1, 2],
    [2, 1],
  ];
  const nested: Plain[] = [
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    { a: { b: 1 } },
    { b: { a: 1 } },
    { a: [1], b: [2] },
    { a: [2], b: [1] },
    { a: '1' },
    { ab: 1 },
  ];
  const numbers: Plain[] = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? i : `pods/default/web-${i}`));
  const all = [...near, ...nested, ...numbers.slice(2)];
  expect(new Set(all.map(hashOf)).size).toBe(all.length);
  fc.assert(fc.property(plain, plain, (a, b) => (hashOf(a) === hashOf(b)) === (JSON.stringify(normal(a)) === JSON.stringify(normal(b)))));
});

function normal(value: Plain): Plain {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, normal(inner)]),
  );
}

test('every part of a record counts in the hash', () => {
  const hash = (change: {
    at?: number;
    cause?: number;
    source?: string;
    type?: string;
    subject?: string;
    data?: Plain;
    first?: string;
  }) => {
    const sim = createSim();
    if (change.first !== undefined) sim.journal.because(0, () => sim.journal.record(change.first!, 'First', ''));
    sim.runUntil(change.at ?? 5);
    const record = { source: 'etcd', type: 'Stored', subject: 'pods/a', data: { revision: 1 }, ...change };
    sim.journal.because(change.cause ?? 0, () => sim.journal.record(record.source, record.type, record.subject, record.data));
    return sim.journal.hash;
  };
  const changes = [
    {},
    { at: 6 },
    { cause: 1 },
    { source: 'kubelet' },
    { type: 'Moved' },
    { subject: 'pods/b' },
    { data: { revision: 2 } },
    { data: undefined },
    { first: 'x' },
  ];
  expect(new Set(changes.map(hash)).size).toBe(changes.length);
  expect(hash({})).toBe(hash({}));
});

test('the journal keeps the newest records, counts and hashes all', () => {
  const small = createSim({ journalWindow: 3 });
  const large = createSim();
  for (const sim of [small, large]) for (let n = 1; n <= 8; n++) sim.journal.because(n - 1, () => sim.journal.record('a', 'Was', `${n}`));
  expect([small.journal.length, small.journal.hash]).toEqual([8, large.journal.hash]);
  expect([...small.journal.since(0)].map(({ seq }) => seq)).toEqual([6, 7, 8]);
  expect([...small.journal.since(7)].map(({ seq, cause }) => [seq, cause])).toEqual([[8, 7]]);
  expect([0, 5, 6, 8, 9].map((seq) => small.journal.get(seq)?.subject)).toEqual([undefined, undefined, '6', '8', undefined]);
  expect([...large.journal.since(8)]).toEqual([]);
});

test('a reader may go on while records are added', () => {
  const { journal } = createSim({ journalWindow: 4 });
  journal.record('a', 'Was', '1');
  const seen: number[] = [];
  for (const { seq } of journal.since(0)) {
    seen.push(seq);
    if (seq === 1) for (let n = 2; n <= 7; n++) journal.record('a', 'Was', `${n}`);
  }
  expect(seen).toEqual([1, 4, 5, 6, 7]);
});

test('because holds for its body alone, also when that throws', () => {
  const { journal } = createSim();
  const first = journal.record('a', 'Was', '');
  expect(() =>
    journal.because(41, () => {
      expect(journal.cause).toBe(41);
      journal.record('b', 'Was', '');
      throw new Error('body');
    }),
  ).toThrow('body');
  expect([journal.cause, journal.get(2)?.cause]).toEqual([first, 41]);
});
