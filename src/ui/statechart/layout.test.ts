import { describe, expect, test } from 'vitest';
import type { ShapeRecord, StateShape } from '../../feed/records.ts';
import { containerShape } from '../../feed/testdata/scripted.ts';
import { layChart, type StateBox } from './layout.ts';

const shape = containerShape as ShapeRecord;

const inside = (outer: StateBox, inner: StateBox): boolean =>
  inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h;
const apart = (a: StateBox, b: StateBox): boolean => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;

/** A machine of `n` leaves in groups, far larger than ours. */
function large(n: number): ShapeRecord {
  const states: StateShape[] = Array.from({ length: n }, (_, i) => ({
    path: `G${i}`,
    name: `G${i}`,
    type: 'compound',
    initial: 'A',
    states: ['A', 'BackOffOfSomething', 'C'].map((name) => ({ path: `G${i}.${name}`, name, type: 'atomic', states: [] })),
  }));
  const edges = states.map((state, i) => ({ from: `${state.path}.A`, to: `G${(i + 1) % n}`, event: 'NEXT', after: false }));
  return { kind: 'shape', machine: 'large', root: { path: '', name: 'large', type: 'compound', initial: 'G0', states }, edges };
}

describe('the layout of a statechart', () => {
  test.each([
    ['container', shape],
    ['large', large(9)],
  ] as const)('nests every state of the %s machine and lets no two touch', (_, its) => {
    const { states, width, height } = layChart(its, 990);
    for (const [i, a] of states.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.w <= width && a.y + a.h <= height).toBe(true);
      for (const b of states.slice(i + 1)) {
        const nested = b.path.startsWith(`${a.path}.`) ? inside(a, b) : a.path.startsWith(`${b.path}.`) ? inside(b, a) : apart(a, b);
        expect(nested, `${a.path} and ${b.path}`).toBe(true);
      }
    }
  });

  test('draws one line for all edges between two states and none for what a machine does not have', () => {
    const twice = {
      ...shape,
      edges: [
        ...shape.edges,
        { from: 'Running', to: 'Terminated', event: 'KILLED', after: false },
        { from: 'Running', to: 'Nowhere', event: 'X', after: false },
      ],
    };
    const lines = layChart(twice, 990).edges.filter((edge) => edge.from === 'Running');
    expect(lines.map((line) => [line.to, line.labels])).toEqual([['Terminated', ['EXITED', 'KILLED']]]);
  });

  test('stands below the most room it is given when the machine is large', () => {
    const { width, height } = layChart(large(9), 990, 400);
    expect(Math.min(990 / width, 400 / height)).toBeGreaterThan(0.5);
  });
});
