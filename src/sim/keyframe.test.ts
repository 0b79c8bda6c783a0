import { expect, test } from 'vitest';
import { forkFrom, restoreKeyframe, saveKeyframe } from './keyframe.ts';
import { createSim, type Sim } from './sim.ts';

/** Counts, keeps the id of its next tick, and can be stopped by that id. */
function counter(sim: Sim) {
  let state = { count: 0, next: 0 };
  sim.keep('counter', { save: () => state, restore: (saved) => void (state = saved as typeof state) });
  const tick = sim.handler<{ readonly by: number }>('tick', ({ by }) => {
    sim.journal.record('counter', 'Counted', '', { by, luck: sim.random('luck').below(6) });
    state = { count: state.count + by, next: sim.after(10, tick, { by }) };
  });
  state = { count: 0, next: sim.after(10, tick, { by: 2 }) };
  return { count: () => state.count, stop: () => sim.cancel(state.next) };
}

test('a world put back in time lives the same life again, and held timer ids stay valid', () => {
  const sim = createSim({ seed: 4 });
  const world = counter(sim);
  sim.runUntil(55);
  const keyframe = saveKeyframe(sim, { records: 2 });
  sim.runUntil(500);
  const first = sim.journal.hash;
  restoreKeyframe(sim, keyframe);
  expect([sim.now, world.count(), sim.journal.length, sim.nextTime()]).toEqual([55, 10, 5, 60]);
  expect([...sim.journal.since(0)].map(({ seq }) => seq)).toEqual([4, 5]);
  sim.runUntil(500);
  expect(sim.journal.hash).toBe(first);
  restoreKeyframe(sim, keyframe);
  world.stop();
  expect(sim.nextTime()).toBeUndefined();
});

test('a fork goes its own way and leaves the first world alone', () => {
  const sim = createSim({ seed: 4 });
  const world = counter(sim);
  sim.runUntil(55);
  const before = saveKeyframe(sim);
  const fork = forkFrom(before, counter);
  fork.sim.runUntil(1000);
  expect(saveKeyframe(sim)).toEqual(before);
  sim.runUntil(1000);
  expect([fork.sim.journal.hash, fork.world.count()]).toEqual([sim.journal.hash, world.count()]);
  fork.world.stop();
  fork.sim.runUntil(2000);
  sim.runUntil(2000);
  expect([fork.world.count(), world.count()]).toEqual([200, 400]);
});

test('a part that keeps less than it needs is noticed by the hash', () => {
  const forgetful = (sim: Sim) => {
    let count = 0;
    sim.keep('counter', { save: () => 0, restore: () => {} });
    const tick = sim.handler<null>('tick', () => {
      sim.journal.record('counter', 'Counted', '', count++);
      sim.after(10, tick, null);
    });
    sim.after(10, tick, null);
  };
  const sim = createSim();
  forgetful(sim);
  sim.runUntil(55);
  const fork = forkFrom(saveKeyframe(sim), forgetful);
  for (const each of [sim, fork.sim]) each.runUntil(100);
  expect(fork.sim.journal.hash).not.toBe(sim.journal.hash);
});

test('a keyframe says why it does not fit, and changes nothing', () => {
  const keyframe = saveKeyframe(forkFrom(saveKeyframe(withCounter(4)), counter).sim);
  const refuse = (sim: Sim) => {
    const before = JSON.stringify(saveKeyframe(sim));
    let message = '';
    try {
      restoreKeyframe(sim, keyframe);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(JSON.stringify(saveKeyframe(sim))).toBe(before);
    return message;
  };
  const epoch = keyframe.epoch;
  expect(refuse(withCounter(5))).toBe(`a keyframe of seed 4, epoch ${epoch} does not fit a world of seed 5, epoch ${epoch}`);
  expect(refuse(createSim({ seed: 4 }))).toBe('this world has no handler tick');
  const idle = createSim({ seed: 4 });
  idle.handler('tick', () => {});
  expect(refuse(idle)).toBe('this world has no keeper counter');
  const more = withCounter(4);
  more.keep('more', { save: () => 1, restore: () => {} });
  expect(refuse(more)).toBe('the keyframe has no data for more');
  expect(() => restoreKeyframe(withCounter(4), { ...keyframe, format: 2 as 1 })).toThrow('keyframe format 2 is not 1');
});

test('a running event can neither be saved nor stepped', () => {
  const sim = createSim();
  const said: string[] = [];
  const handler = sim.handler('self', () => {
    for (const attempt of [() => sim.step(), () => sim.runUntil(5), () => saveKeyframe(sim)]) {
      try {
        attempt();
      } catch (error) {
        said.push((error as Error).message);
      }
    }
  });
  sim.after(1, handler, null);
  sim.step();
  expect(said).toEqual([
    'cannot step while an event runs',
    'cannot step while an event runs',
    'cannot save a keyframe while an event runs',
  ]);
});

function withCounter(seed: number): Sim {
  const sim = createSim({ seed });
  counter(sim);
  return sim;
}
