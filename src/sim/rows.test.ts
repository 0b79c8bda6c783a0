import { expect, test } from 'vitest';
import { forkFrom, saveKeyframe } from './keyframe.ts';
import { Rows } from './rows.ts';
import { createSim, type Sim } from './sim.ts';

test('rows are small numbers, reused, also after a keyframe', () => {
  const compose = (sim: Sim) => new Rows(sim, 'rows');
  const sim = createSim();
  const rows = compose(sim);
  expect([rows.take(), rows.take(), rows.take(), rows.take()]).toEqual([0, 1, 2, 3]);
  rows.release(1);
  rows.release(2);
  expect(() => rows.release(2)).toThrow('row 2 is not taken');
  const fork = forkFrom(JSON.parse(JSON.stringify(saveKeyframe(sim))), compose).world;
  for (const each of [rows, fork]) {
    expect([each.count, each.length, each.take(), each.take(), each.take(), each.count, each.length]).toEqual([2, 4, 2, 1, 4, 5, 5]);
    each.release(0);
    expect(() => each.release(7)).toThrow('row 7 is not taken');
  }
});
