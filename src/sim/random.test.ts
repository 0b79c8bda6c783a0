import { expect, test } from 'vitest';
import { initialState, Xoshiro } from './random.ts';
import { createSim } from './sim.ts';

const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

test('the words are those of the published xoshiro128** from state 1, 2, 3, 4', () => {
  const stream = new Xoshiro([1, 2, 3, 4]);
  const published = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
  expect(many(10, () => stream.next() * 2 ** 32)).toEqual(published);
});

test('what one stream draws never shifts what another sees, in whatever order they are made', () => {
  const first = createSim({ seed: 9 });
  const second = createSim({ seed: 9 });
  const alone = many(20, () => first.random('a').next());
  many(7, () => second.random('b').next());
  expect(many(20, () => second.random('a').next())).toEqual(alone);
  expect(many(20, () => createSim({ seed: 10 }).random('a').next())[0]).not.toBe(alone[0]);
  expect(many(20, () => second.random('c').next())).not.toEqual(alone);
});

test('streams of close seeds and names begin in different states', () => {
  const states = new Set<string>();
  for (let seed = 0; seed < 300; seed++)
    for (const name of ['', 'a', 'b', 'pods/web-1', 'pods/web-2']) states.add(initialState(seed, name).join());
  expect(states.size).toBe(1500);
});

test('the shapes of what is drawn', () => {
  const stream = createSim().random('shapes');
  expect(
    many(3, () => [stream.suffix(5), stream.hex(8), stream.uuid()])
      .flat()
      .join(' '),
  ).toMatch(/^([bcdfghjklmnpqrstvwxz2456789]{5} [0-9a-f]{8} [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} ?){3}$/);
  expect(new Set(many(1000, () => stream.below(3)))).toEqual(new Set([0, 1, 2]));
  expect(new Set(many(1000, () => stream.pick(['x', 'y'])))).toEqual(new Set(['x', 'y']));
  expect(many(1000, () => stream.between(-5, 5)).every((value) => value >= -5 && value < 5)).toBe(true);
  expect(() => stream.below(0)).toThrow('below(0): the bound is a whole number of at least 1');
  expect(() => stream.pick([])).toThrow(RangeError);
});

test('normal draws have the mean and deviation of a bell cut at three deviations', () => {
  const stream = createSim().random('bell');
  const drawn = many(200_000, () => stream.normal(100, 10));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length);
  const within = (deviations: number) => drawn.filter((value) => Math.abs(value - 100) < deviations * 10).length / drawn.length;
  expect([mean, deviation / 10, within(1), within(2), within(3)]).toEqual([
    // Cutting the tails of 0.27 % takes 1.3 % off the deviation.
    expect.closeTo(100, 0),
    expect.closeTo(0.987, 2),
    expect.closeTo(0.6845, 2),
    expect.closeTo(0.9571, 2),
    1,
  ]);
});
