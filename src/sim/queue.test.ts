import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Queue } from './queue.ts';

const TEN_YEARS = Math.ceil(10 * 365.25 * 86_400_000);

interface Step {
  readonly op: 'push' | 'pop' | 'cancel' | 'reload';
  /** Delay of a push, or how far a pop may look. */
  readonly ms: number;
  readonly which: number;
}

const delays = fc.oneof(fc.constantFrom(0, 1, 255, 256, 65_536, 2 ** 24, 2 ** 32), fc.nat(300), fc.nat(70_000), fc.nat(TEN_YEARS));
const scripts = fc.array(
  fc.record<Step>({ op: fc.constantFrom('push', 'push', 'push', 'pop', 'pop', 'cancel', 'reload'), ms: delays, which: fc.nat(40) }),
  { maxLength: 250, size: 'max' },
);

interface Waiting {
  readonly id: number;
  readonly time: number;
  readonly order: number;
}

/** Plays a script on the queue and on a sorted array; answers the first difference. `before` is the order under test. */
function firstDifference(steps: readonly Step[], before: (a: Waiting, b: Waiting) => number): string | undefined {
  let queue = new Queue(4);
  let model: Waiting[] = [];
  const ids: number[] = [];
  let now = 0;
  for (const [order, step] of steps.entries()) {
    if (step.op === 'push') {
      const id = queue.push(now + step.ms, order % 7, order, order * 2);
      if (ids.includes(id)) return `id ${id} given twice`;
      ids.push(id);
      model.push({ id, time: now + step.ms, order });
    } else if (step.op === 'cancel') {
      const id = ids[step.which % Math.max(1, ids.length)] ?? 0;
      const waits = model.some((entry) => entry.id === id);
      if (queue.cancel(id) !== waits) return `cancel of ${id} should answer ${waits}`;
      model = model.filter((entry) => entry.id !== id);
    } else if (step.op === 'reload') {
      const fresh = new Queue(4);
      fresh.restore(JSON.parse(JSON.stringify(queue.save())), now);
      queue = fresh;
    } else {
      model.sort(before);
      const first = model[0];
      if (step.which % 2 === 0 && queue.peek() !== first?.time) return `peek ${queue.peek()}, not ${first?.time}`;
      const limit = step.which === 1 ? Number.POSITIVE_INFINITY : now + step.ms;
      const expected = first !== undefined && first.time <= limit ? model.shift() : undefined;
      const popped = queue.pop(limit);
      if (popped !== (expected !== undefined)) return `pop(${limit}) answered ${popped}`;
      if (expected !== undefined) {
        const got = [queue.time, queue.payload, queue.handler, queue.cause];
        const want = [expected.time, expected.order, expected.order % 7, expected.order * 2];
        if (got.join() !== want.join()) return `popped ${got}, not ${want}`;
        now = expected.time;
      } else if (Number.isFinite(limit)) now = limit;
    }
    if (queue.length !== model.length) return `${queue.length} wait, not ${model.length}`;
    const watched = ids[step.which % Math.max(1, ids.length)] ?? 0;
    if (queue.due(watched) !== model.find((entry) => entry.id === watched)?.time) return `due of ${watched}`;
  }
  return undefined;
}

test('the queue runs any script like an array sorted by time, then by order of setting', () => {
  fc.assert(
    fc.property(scripts, (steps) => {
      expect(firstDifference(steps, (a, b) => a.time - b.time || a.order - b.order)).toBeUndefined();
    }),
    { numRuns: 1500 },
  );
});

test('that comparison notices a queue that runs equal times last in, first out', () => {
  const found = fc.check(
    fc.property(scripts, (steps) => firstDifference(steps, (a, b) => a.time - b.time || b.order - a.order) === undefined),
    { numRuns: 300 },
  );
  expect(found.failed).toBe(true);
});

test('an id of a place used again cancels nothing', () => {
  const queue = new Queue();
  const first = queue.push(5, 0, 'first', 0);
  queue.pop(5);
  const second = queue.push(9, 0, 'second', 0);
  expect(second).not.toBe(first);
  expect([queue.cancel(first), queue.due(second), queue.cancel(second), queue.cancel(second), queue.cancel(0)]).toEqual([
    false,
    9,
    true,
    false,
    false,
  ]);
});

test('a restored queue gives the same ids as the one it was saved from', () => {
  const queue = new Queue();
  const ids = [3, 1, 2, 1].map((time) => queue.push(time, 0, undefined, 0));
  queue.cancel(ids[2]!);
  queue.pop(1);
  const copy = new Queue();
  copy.restore(queue.save(), 1);
  const next = (which: Queue) => [7, 8, 9].map((time) => which.push(time, 0, undefined, 0));
  expect(next(copy)).toEqual(next(queue));
});

test('the order of a keyframe does not depend on how the queue came to its moment', () => {
  const stepped = new Queue();
  const straight = new Queue();
  for (const queue of [stepped, straight]) for (const time of [70_000, 300, 70_000, 2 ** 33, 65_536]) queue.push(time, 0, time, 0);
  for (let now = 0; now <= 66_000; now += 100) while (stepped.pop(now));
  while (straight.pop(66_000));
  expect(stepped.save()).toEqual(straight.save());
});
