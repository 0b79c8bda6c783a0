import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreKeyframe, saveKeyframe } from './keyframe.ts';
import { createSim, type SimEngine } from './sim.ts';

/** A little world that draws, waits and branches: three kinds of events, one counter kept. */
function toy(seed: number): SimEngine {
  const sim = createSim({ seed });
  let total = 0;
  sim.keep('toy', { save: () => total, restore: (state) => void (total = state as number) });
  const grow = sim.handler<number>('grow', (depth) => {
    total += depth;
    sim.journal.record('toy', 'Grew', `cells/${depth}`, { total, draw: sim.random('growth').below(1000) });
    if (depth < 6) for (let i = 0; i < 2; i++) sim.after(sim.random('delay').between(0, 50_000), grow, depth + 1);
    sim.cancel(sim.after(5, grow, 99));
  });
  sim.after(0, grow, 1);
  return sim;
}

test('the same seed gives the same journal, another seed another one', () => {
  const hash = (seed: number) => {
    const sim = toy(seed);
    while (sim.step()) {}
    return sim.journal.hash;
  };
  expect(hash(7)).toBe(hash(7));
  expect(hash(7)).not.toBe(hash(8));
});

test('a world restored from a keyframe at any step, or run in steps of any size, ends with the same journal', () => {
  const whole = toy(3);
  while (whole.step()) {}
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 40 }), (steps, strides) => {
      const first = toy(3);
      for (let i = 0; i < steps && first.step(); i++) {}
      const keyframe = JSON.parse(JSON.stringify(saveKeyframe(first)));
      for (const stride of strides) first.runUntil(first.now + stride);
      while (first.step()) {}
      const second = toy(3);
      restoreKeyframe(second, keyframe);
      while (second.step()) {}
      expect([first.journal.hash, second.journal.hash]).toEqual([whole.journal.hash, whole.journal.hash]);
    }),
    { numRuns: 50 },
  );
});

test('a record knows the record that caused it across the queue', () => {
  const sim = createSim();
  const second = sim.handler<null>('second', () => void sim.journal.record('b', 'Heard', ''));
  const first = sim.handler<null>('first', () => {
    sim.journal.record('a', 'Said', '');
    sim.after(10, second, null);
  });
  sim.after(1, first, null);
  while (sim.step()) {}
  expect([...sim.journal.since(0)].map(({ seq, at, cause, type }) => ({ seq, at, cause, type }))).toEqual([
    { seq: 1, at: 1, cause: 0, type: 'Said' },
    { seq: 2, at: 11, cause: 1, type: 'Heard' },
  ]);
});

test('time is whole milliseconds: delays round up, the past is now, and what is no time throws', () => {
  const sim = createSim();
  const ran: string[] = [];
  const note = sim.handler<string>('note', (what) => ran.push(`${what} ${sim.now}`));
  sim.runUntil(10);
  sim.after(0.2, note, 'after 0.2');
  sim.after(-5, note, 'after -5');
  sim.at(3, note, 'at 3');
  const cancelled = sim.after(4, note, 'cancelled');
  sim.cancel(cancelled);
  sim.cancel(cancelled);
  sim.cancel(0);
  expect([sim.due(cancelled), sim.due(sim.after(7, note, 'after 7'))]).toEqual([undefined, 17]);
  expect([sim.step(9), sim.step(10), sim.step(10), sim.step(10)]).toEqual([false, true, true, false]);
  sim.runUntil(100);
  expect(ran).toEqual(['after -5 10', 'at 3 10', 'after 0.2 11', 'after 7 17']);
  expect(sim.now).toBe(100);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => sim.after(bad, note, '')).toThrow(`note cannot run at ${bad}`);
  expect(() => sim.handler('note', () => {})).toThrow('a handler is already called note');
});

test('a handler that throws leaves a world that can go on', () => {
  const sim = createSim();
  const fail = sim.handler<null>('fail', () => {
    sim.journal.record('a', 'Tried', '');
    throw new Error('handler');
  });
  const ask = sim.handler<null>('ask', () => void sim.journal.record('a', 'Asked', ''));
  sim.after(1, fail, null);
  sim.after(2, ask, null);
  expect(() => sim.runUntil(5)).toThrow('handler');
  sim.runUntil(5);
  expect([...sim.journal.since(0)].map(({ at, cause, type }) => [at, cause, type])).toEqual([
    [1, 0, 'Tried'],
    [2, 0, 'Asked'],
  ]);
});

test('timestamps are the epoch plus virtual time, in the two precisions of the API', () => {
  const sim = createSim({ epoch: Date.UTC(2026, 10, 24, 23, 59, 59, 500) });
  sim.runUntil(1234);
  expect([sim.timestamp(), sim.timestamp(0), sim.timestamp(1234, 'micro')]).toEqual([
    '2026-11-25T00:00:00Z',
    '2026-11-24T23:59:59Z',
    '2026-11-25T00:00:00.734000Z',
  ]);
});
