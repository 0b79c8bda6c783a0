import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { emptyModel, reduce } from '../../feed/model.ts';
import { modelAt } from '../../feed/recording.ts';
import { fleetOf, guestbook, pod } from '../../feed/testdata/scripted.ts';
import type { Box } from '../glyph.ts';
import { pointOn, roadLength, roadOf } from './atlas.ts';
import { census, compareNames } from './census.ts';
import { cell, planFleet, planTexels } from './fleet.ts';
import { inRow, layScene, orderNodes, type Scene } from './layout.ts';
import { assignSlots } from './slots.ts';
import { laySpecimen } from './specimen.ts';
import { planStem } from './stem.ts';
import { type CaptionLook, ringArcs } from './tank.ts';
import { shorten, textWidth } from './text.ts';

const view = { width: 1096, height: 556 };

function scene(model = modelAt(guestbook), size = view): Scene {
  const order = orderNodes(model.nodes.values());
  return layScene(model, size, planFleet(census(model), size.width / size.height), order, new Map());
}

/** A box in one line: what a golden file compares. */
const line = (box: Box): string => `${box.glyph} ${box.key} ${[box.x, box.y, box.w, box.h].map((n) => Math.round(n * 10) / 10).join(' ')}`;

function captionRect(box: Box<CaptionLook>): { left: number; right: number; top: number; bottom: number } {
  const { name, lines, align, quiet } = box.look;
  const w = Math.max(name === undefined ? 0 : textWidth(name, 'name'), ...lines.map((each) => textWidth(each, quiet ? 'quiet' : 'id')));
  const left = align === 'left' ? box.x : align === 'right' ? box.x - w : box.x - w / 2;
  return { left, right: left + w, top: box.y - 11, bottom: box.y + (name === undefined ? 0 : 15) + 14 * (lines.length - 1) + 3 };
}

describe('the picture of a guestbook on three nodes', () => {
  test('stands exactly as drawn', async () => {
    await expect(`${scene().boxes.map(line).join('\n')}\n`).toMatchFileSnapshot('testdata/guestbook.boxes');
  });

  test('has no caption on a stem, on a pod or on another caption', () => {
    const { boxes } = scene();
    const captions = boxes.filter((box) => box.glyph === 'caption') as Box<CaptionLook>[];
    const rects = captions.map(captionRect);
    for (const [i, rect] of rects.entries()) {
      for (const stem of boxes.filter((box) => box.glyph === 'stem')) {
        const clear = rect.right <= stem.x - 2 || rect.left >= stem.x + 2 || rect.bottom <= stem.y;
        expect(clear, `${captions[i]!.key} over ${stem.key}`).toBe(true);
      }
      for (const box of boxes) {
        if (box.glyph !== 'pod') continue;
        const r = box.w / 2;
        const apart = rect.right < box.x - r || rect.left > box.x + r || rect.bottom < box.y - r || rect.top > box.y + r;
        expect(apart || box.key.endsWith(captions[i]!.key.slice(8)), `${captions[i]!.key} over ${box.key}`).toBe(true);
      }
      for (const other of rects.slice(i + 1))
        expect(rect.right <= other.left || other.right <= rect.left || rect.bottom <= other.top || other.bottom <= rect.top).toBe(true);
    }
  });

  test('keeps every pod where it hangs when a sibling goes', () => {
    const model = modelAt(guestbook);
    const before = scene(model);
    const gone = reduce(model, { now: 1, records: [{ kind: 'gone', what: 'pod', key: 'default/frontend-6b46678c94-2vb8l' }] });
    const after = layScene(gone, view, planFleet(census(gone), 2), orderNodes(gone.nodes.values()), before.slots);
    const at = (boxes: readonly Box[]) => new Map(boxes.filter((box) => box.glyph === 'pod').map((box) => [box.key, `${box.x} ${box.y}`]));
    for (const [key, place] of at(after.boxes)) expect(at(before.boxes).get(key)).toBe(place);
  });

  test('puts pods without a node beside the tanks', () => {
    const model = reduce(modelAt(guestbook), {
      now: 1,
      records: [pod({ name: 'web-1', workload: 'web', mark: 'pending', node: undefined })],
    });
    const { boxes, tanks } = scene(model);
    const box = boxes.find((each) => each.key === 'pod default/web-1')!;
    for (const tank of tanks.values()) expect(box.x - box.w / 2).toBeGreaterThan(tank.x + tank.w);
    expect(boxes.some((each) => each.key === 'stalk default/web-1')).toBe(false);
  });

  test('stands in a grid where the window is too narrow for a row', () => {
    expect([inRow(3, 1096), inRow(3, 420), inRow(5, 4000)]).toEqual([true, false, false]);
    const { tanks } = scene(modelAt(guestbook), { width: 420, height: 700 });
    expect([...tanks.values()].map((tank) => [tank.x, tank.y])).toEqual([
      [33, 84],
      [429, 84],
      [33, 552],
    ]);
  });
});

describe('roads', () => {
  const { atlas } = scene();
  const leader = 'pod:default/redis-leader-766465cd9c-x4zqc';

  test('lead from a pod down its stem to the ring of its node', () => {
    const road = roadOf(atlas, leader, 'node:minikube-m03', 'request')!;
    const node = atlas.nodes.get('minikube-m03')!;
    expect(road[0]).toMatchObject({ x: atlas.pods.get('default/redis-leader-766465cd9c-x4zqc')!.x });
    expect(road.at(-1)).toEqual({ x: node.x, y: node.ringY });
  });

  test('back are the same way round', () => {
    const there = roadOf(atlas, leader, 'node:minikube-m03', 'dns')!;
    expect(roadOf(atlas, 'node:minikube-m03', leader, 'dns')).toEqual([...there].reverse());
  });

  test('leave the wire from the side the packet came from', () => {
    const road = roadOf(atlas, 'wire', 'node:minikube-m03', 'request', 'node:minikube')!;
    expect(road[0]!.x).toBe(atlas.nodes.get('minikube')!.x);
    expect(roadLength(road)).toBeGreaterThan(600);
    expect(pointOn(road, 0.5).y).toBe(atlas.nodes.get('minikube')!.wireY);
  });

  test('of the watches go over the tanks to the valve on the rim', () => {
    const road = roadOf(atlas, 'apiserver', 'kubelet:minikube-m02', 'control')!;
    expect(road[0]).toEqual(atlas.apiserver);
    expect(road.at(-1)).toEqual({ x: atlas.nodes.get('minikube-m02')!.x, y: 84 });
  });

  test('to places that are not in the picture do not exist', () => {
    expect(roadOf(atlas, 'pod:default/nobody', 'node:minikube', 'request')).toBeUndefined();
    expect(roadOf(atlas, 'apiserver', 'kubelet:elsewhere', 'control')).toBeUndefined();
  });
});

describe('places on a stem', () => {
  test('are given to newcomers from the lowest free one and kept by the others', () => {
    const pods = ['a', 'b', 'c'].map((name) => pod({ name, workload: name }));
    const first = assignSlots(new Map(), pods);
    expect([...first]).toEqual([
      ['default/a', 0],
      ['default/b', 1],
      ['default/c', 2],
    ]);
    const second = assignSlots(first, [pods[0]!, pods[2]!, pod({ name: 'd', workload: 'd' })]);
    expect([...second].sort()).toEqual([
      ['default/a', 0],
      ['default/c', 2],
      ['default/d', 1],
    ]);
  });

  test('are never shared, whoever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray([...'abcdefghijkl']), { maxLength: 12 }), (rounds) => {
        let slots: ReadonlyMap<string, number> = new Map();
        for (const names of rounds) {
          slots = assignSlots(
            slots,
            names.map((name) => pod({ name, workload: name })),
          );
          expect(new Set(slots.values()).size).toBe(names.length);
          expect(Math.max(-1, ...slots.values())).toBeLessThan(2 * names.length + 2);
        }
      }),
    );
  });

  test('hold 110 pods inside the tank without two touching', () => {
    for (const count of [1, 4, 8, 30, 60, 110]) {
      const { density, at } = planStem(count, 165, 136, 342, 165);
      const used = at.slice(0, count);
      expect(at.length, `${count} pods`).toBeGreaterThanOrEqual(count);
      for (const [i, a] of used.entries()) {
        expect(a.x - density.radius).toBeGreaterThanOrEqual(0);
        expect(a.x + density.radius).toBeLessThanOrEqual(330);
        for (const b of used.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThanOrEqual(2 * density.radius);
      }
    }
  });
});

describe('a fleet', () => {
  test('of 5,000 nodes has a cell of its own for every node', () => {
    const its = census(modelAt(fleetOf(5000)));
    const plan = planFleet(its, 1096 / 556);
    const cells = new Set(Array.from(plan.x, (x, i) => `${x} ${plan.y[i]}`));
    expect(cells.size).toBe(5000);
    for (let i = 0; i < 5000; i++)
      expect(plan.x[i]! % 1 === 0 && plan.x[i]! + cell.w <= plan.width + 1 && plan.y[i]! + cell.h <= plan.height + 1).toBe(true);
    expect(plan.zones.map((zone) => zone.nodes)).toEqual([1667, 1667, 1666]);
  });

  test('gives a pod fewer texels the more pods a node has, but always one', () => {
    expect(planTexels(30)).toEqual({ columns: 5, rows: 6, w: 2, h: 2 });
    expect(planTexels(60)).toEqual({ columns: 5, rows: 12, w: 2, h: 1 });
    expect(planTexels(110)).toEqual({ columns: 10, rows: 12, w: 1, h: 1 });
  });

  test('counted from summaries says the same as told in columns', () => {
    const its = census(modelAt(guestbook));
    expect(its.nodes).toEqual(['minikube', 'minikube-m02', 'minikube-m03']);
    expect([...its.start]).toEqual([0, 9, 14, 19]);
    expect(its.unscheduled).toBe(0);
  });

  test('orders names as people count', () => {
    expect(['node-10', 'node-2', 'minikube-m02', 'minikube'].sort(compareNames)).toEqual(['minikube', 'minikube-m02', 'node-2', 'node-10']);
  });
});

describe('words', () => {
  test('are shortened in the middle and keep what tells siblings apart', () => {
    expect(shorten('frontend', 200, 'name')).toBe('frontend');
    expect(shorten('redis-follower-5ffdf87b7d-h8zkd', 110, 'id')).toBe('redis-fol…h8zkd');
    expect(shorten('abc', 1, 'id')).toBe('a');
  });

  test('of the ring are one per Service, then one per namespace, then a number', () => {
    const services = (count: number, namespaces: number) =>
      Array.from({ length: count }, (_, order) => ({
        ...modelAt(guestbook).services.get('default/frontend')!,
        name: `s${order}`,
        namespace: `n${order % namespaces}`,
        order,
      }));
    expect(ringArcs(services(12, 3)).arcs.length).toBe(12);
    expect(ringArcs(services(13, 3)).arcs.map((arc) => arc.key)).toEqual(['n0', 'n1', 'n2']);
    expect(ringArcs(services(26, 13))).toEqual({ arcs: [], count: 26 });
  });
});

test('the specimen tank of the first screen stands exactly as drawn', async () => {
  await expect(`${laySpecimen({ width: 1440, height: 556 }).map(line).join('\n')}\n`).toMatchFileSnapshot('testdata/specimen.boxes');
});

test('an empty model has nothing but the sea', () => {
  expect(layScene(emptyModel, view, planFleet(census(emptyModel), 2), [], new Map()).boxes).toEqual([]);
});
