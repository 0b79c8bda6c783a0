import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace, type PaceHost } from './pace.ts';
import { createSim, type Sim } from './sim.ts';

/** A wall clock that the test moves, and the callbacks that wait for it. Each event may cost real time. */
class Wall implements PaceHost {
  now = 5000;
  changes = 0;
  readonly sliceMs = 8;
  private waiting: { readonly at: number; readonly callback: () => void }[] = [];

  wallMs(): number {
    return this.now;
  }

  later(callback: () => void, waitMs: number): void {
    this.waiting.push({ at: this.now + waitMs, callback });
  }

  changed(): void {
    this.changes++;
  }

  /** Runs callbacks for so many real milliseconds; a callback costs at least a hundredth. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.waiting.sort((a, b) => a.at - b.at);
      const next = this.waiting[0];
      if (next === undefined || next.at > end || this.now > end) break;
      this.waiting.shift();
      this.now = Math.max(this.now, next.at) + 0.01;
      next.callback();
    }
    this.now = Math.max(this.now, end);
  }
}

/** A clock that ticks every `everyMs` and journals it. `cost` real milliseconds per tick. */
function ticking(everyMs: number, wall?: Wall, cost = 0): Sim {
  const sim = createSim();
  const tick = sim.handler<number>('tick', (n) => {
    if (wall !== undefined) wall.now += cost;
    sim.journal.record('clock', 'Ticked', `ticks/${n}`, { draw: sim.random('ticks').below(100) });
    sim.after(everyMs, tick, n + 1);
  });
  sim.after(everyMs, tick, 1);
  return sim;
}

test.each([0.1, 1, 20, 1000])('at %s× virtual time passes that much faster than real time', (speed) => {
  const wall = new Wall();
  const sim = ticking(100);
  const pace = new Pace(sim, wall);
  pace.setSpeed(speed);
  wall.pass(500);
  expect([pace.running, sim.now]).toEqual([false, 0]);
  pace.play();
  wall.pass(2000);
  expect(Math.abs(sim.now - 2000 * speed)).toBeLessThanOrEqual(16.1 * speed);
  expect(sim.journal.length).toBe(Math.floor(sim.now / 100));
  pace.pause();
  const stood = sim.now;
  wall.pass(2000);
  expect([pace.running, sim.now]).toEqual([false, stood]);
});

test('a change of speed takes effect at once and loses no time', () => {
  const wall = new Wall();
  const sim = createSim();
  const pace = new Pace(sim, wall);
  pace.play();
  wall.pass(1000);
  pace.setSpeed(10);
  expect(sim.now).toBe(1000);
  wall.pass(1000);
  pace.setSpeed(0.5);
  wall.pass(1000);
  pace.pause();
  expect(sim.now).toBe(11_500);
});

test('changing the speed again and again loses no fraction of a millisecond', () => {
  const wall = new Wall();
  const sim = createSim();
  const pace = new Pace(sim, wall);
  pace.play();
  for (let i = 0; i < 1000; i++) {
    wall.pass(0.25);
    pace.setSpeed(i % 2 === 0 ? 0.5 : 1.5);
  }
  // A quarter at 1×, 500 at 0.5×, 499 at 1.5×: 249.875.
  expect(sim.now).toBe(249);
});

test('one step runs one event and stands still', () => {
  const wall = new Wall();
  const sim = ticking(100);
  const pace = new Pace(sim, wall);
  pace.play();
  wall.pass(130);
  expect([pace.step(), sim.now, pace.running]).toEqual([true, 200, false]);
  expect([pace.step(), sim.now]).toEqual([true, 300]);
  wall.pass(1000);
  expect(sim.now).toBe(300);
  expect(new Pace(createSim(), wall).step()).toBe(false);
});

test('running until a moment ends there, tells, and stands still', () => {
  const wall = new Wall();
  const sim = ticking(100);
  const pace = new Pace(sim, wall);
  const told: number[] = [];
  for (const [speed, time] of [
    [100, 1250],
    [Number.POSITIVE_INFINITY, 86_400_000],
  ] as const) {
    pace.setSpeed(speed);
    pace.runUntil(time, () => told.push(sim.now));
    wall.pass(1000);
    expect([sim.now, pace.running, sim.journal.length]).toEqual([time, false, Math.floor(time / 100)]);
  }
  expect(told).toEqual([1250, 86_400_000]);
});

test('a slice never computes longer than it may, however much is due', () => {
  const wall = new Wall();
  const sim = ticking(1, wall, 0.5);
  const pace = new Pace(sim, wall);
  let longest = 0;
  const later = wall.later.bind(wall);
  wall.later = (callback, waitMs) =>
    later(() => {
      const start = wall.now;
      callback();
      longest = Math.max(longest, wall.now - start);
    }, waitMs);
  for (const speed of [Number.POSITIVE_INFINITY, 1000]) {
    pace.setSpeed(speed);
    pace.play();
    wall.pass(500);
  }
  // One look at the clock every eight events of 0.5 ms.
  expect(longest).toBeGreaterThan(7);
  expect(longest).toBeLessThanOrEqual(8 + 8 * 0.5);
});

test('a world too heavy for its speed says so and does not run ahead when the load is gone', () => {
  const wall = new Wall();
  const sim = ticking(1, wall, 0.5);
  const pace = new Pace(sim, wall);
  pace.setSpeed(100);
  pace.play();
  wall.pass(1000);
  expect(pace.behind).toBe(true);
  const before = sim.now;
  expect(before).toBeGreaterThan(1500);
  pace.setSpeed(1);
  wall.pass(100);
  expect([pace.behind, sim.now - before <= 101]).toEqual([false, true]);
});

test('whatever the pace, the world is the same', () => {
  const end = 30_000;
  const straight = ticking(70);
  straight.runUntil(end);
  const moves = fc.array(
    fc.oneof(
      fc.record({ speed: fc.oneof(fc.double({ min: 0.1, max: 1000, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)) }),
      fc.record({ passMs: fc.nat(60) }),
      fc.record({ does: fc.constantFrom('pause', 'play', 'step', 'nudge') }),
    ),
    { maxLength: 25, size: 'max' },
  );
  fc.assert(
    fc.property(moves, (script) => {
      const wall = new Wall();
      const sim = ticking(70, wall, 0.2);
      const pace = new Pace(sim, wall);
      pace.runUntil(end);
      for (const move of script) {
        if ('speed' in move) pace.setSpeed(move.speed);
        else if ('passMs' in move) {
          if (sim.now < end - 1000) wall.pass(move.passMs);
        } else if (sim.now < end - 1000) pace[move.does as 'pause' | 'play' | 'step' | 'nudge']();
        if (sim.now > end) return;
      }
      pace.pause();
      pace.setSpeed(Number.POSITIVE_INFINITY);
      pace.runUntil(end);
      wall.pass(10_000);
      expect([sim.now, sim.journal.hash, sim.journal.length]).toEqual([end, straight.journal.hash, straight.journal.length]);
    }),
    { numRuns: 300 },
  );
});
