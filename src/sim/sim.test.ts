import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreKeyframe, saveKeyframe } from './keyframe.ts';
import { Queue } from './queue.ts';
import { createSim, type SimEngine } from './sim.ts';

const YEARS_10 = 10 * 365.25 * 24 * 3600 * 1000;

test('the queue pops in the order of time, then of insertion, as a sorted list does', () => {
  const script = fc.array(
    fc.oneof(
      fc.record({
        op: fc.constant('push' as const),
        delay: fc.oneof(fc.nat(3), fc.nat(70_000), fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: YEARS_10 })),
      }),
      fc.record({ op: fc.constant('pop' as const), within: fc.oneof(fc.nat(300), fc.constant(Number.POSITIVE_INFINITY)) }),
      fc.record({ op: fc.constant('cancel' as const), which: fc.nat(50) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(script, (steps) => {
      const queue = new Queue();
      let model: { id: number; time: number; order: number }[] = [];
      let now = 0;
      const ids: number[] = [];
      steps.forEach((step, order) => {
        if (step.op === 'push') {
          const id = queue.push(now + step.delay, 0, 0, null);
          ids.push(id);
          model.push({ id, time: now + step.delay, order });
        } else if (step.op === 'cancel') {
          const id = ids[step.which % Math.max(1, ids.length)] ?? 0;
          queue.cancel(id);
          model = model.filter((entry) => entry.id !== id);
        } else {
          model.sort((a, b) => a.time - b.time || a.order - b.order);
          expect(queue.nextTime()).toBe(model[0]?.time);
          const limit = now + step.within;
          const want = model[0] !== undefined && model[0].time <= limit ? model.shift() : undefined;
          const got = queue.pop(limit);
          expect(got?.id).toBe(want?.id);
          now = got?.time ?? (Number.isFinite(limit) ? limit : now);
        }
        expect(queue.size).toBe(model.length);
      });
    }),
    { numRuns: 500 },
  );
});

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
