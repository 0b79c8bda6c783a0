import { describe, expect, test } from 'vitest';
import { modelAt } from '../feed/recording.ts';
import { guestbook } from '../feed/testdata/scripted.ts';
import { marks } from '../feed/records.ts';
import { recordingPen } from './canvas.ts';
import { paintNode, paletteOf } from './fleet-painter.ts';
import type { Box, Frame, Live } from './glyph.ts';
import { glyphOrder, glyphs, glyphsByName } from './glyphs.ts';
import { nodeAt, subjectAt } from './hit.ts';
import { Join } from './join.ts';
import { census } from './layout/census.ts';
import { planFleet } from './layout/fleet.ts';
import { layScene, orderNodes } from './layout/layout.ts';
import { calmMs, ease, hopMs } from './motion.ts';
import { Play } from './play.ts';
import { hops } from '../feed/testdata/scripted.ts';
import { kernels, membraneDash } from './shapes.ts';
import { namedTheme } from './theme.ts';

const frame: Frame = { theme: namedTheme, zoom: 1, now: 252_384, ranMs: 0, still: true };
const standing = (box: Box): Live => ({ ...box, grow: 1, leaving: false, flash: 0, fade: 1 });

function guestbookScene() {
  const model = modelAt(guestbook);
  return layScene(model, { width: 1096, height: 556 }, planFleet(census(model), 2), orderNodes(model.nodes.values()), new Map());
}

function drawn(boxes: readonly Box[], more: Partial<Frame> = {}): string[] {
  const { pen, log } = recordingPen();
  for (const box of [...boxes].sort((a, b) => glyphOrder.get(a.glyph)! - glyphOrder.get(b.glyph)!)) {
    log.push(`-- ${box.key}`);
    glyphsByName.get(box.glyph)!.draw(pen, standing(box), { ...frame, ...more });
  }
  return log;
}

describe('glyphs', () => {
  test('draw one tank, its pod and ring with exactly these strokes', async () => {
    const wanted =
      /^(wire 508|pod default\/frontend-6b46678c94-2vb8l|caption default\/frontend-6b46678c94-2vb8l|stalk default\/frontend-6b46678c94-2vb8l|stem minikube-m02|ring minikube-m02|tank minikube-m02)$/;
    const log = drawn(
      guestbookScene().boxes.filter((box) => wanted.test(box.key)),
      { selected: 'pods/default/frontend-6b46678c94-2vb8l' },
    );
    await expect(`${log.join('\n')}\n`).toMatchFileSnapshot('testdata/one-tank.log');
  });

  test('leave the pen as they found it', () => {
    for (const box of guestbookScene().boxes) {
      const { pen } = recordingPen();
      glyphsByName.get(box.glyph)!.draw(pen, standing(box), frame);
      expect([pen.globalAlpha, pen.lineDashOffset], box.key).toEqual([1, 0]);
    }
  });

  test('have a name each and no two the same', () => {
    expect(new Set(glyphs.map((glyph) => glyph.name)).size).toBe(glyphs.length);
  });

  test('tell every state of a pod apart without colour', () => {
    const shapes = marks
      .filter((mark) => mark !== 'none' && mark !== 'unreachable')
      .map((mark) => {
        const { pen, log } = recordingPen();
        const look = { pod: { mark, containers: [{ name: 'a', image: '', mark, state: 'running', restarts: 0 }] }, quiet: false };
        glyphsByName.get('pod')!.draw(pen, standing({ key: 'p', glyph: 'pod', x: 0, y: 0, w: 50, h: 50, look }), frame);
        return log.map((call) => call.replace(/\) .*/, ')')).join('\n');
      });
    expect(new Set(shapes).size).toBe(shapes.length);
  });
});

describe('shapes', () => {
  test('place up to eight kernels inside the membrane without overlap', () => {
    for (let count = 1; count <= 8; count++) {
      const its = kernels(count);
      expect(its.length).toBe(count);
      for (const [i, a] of its.entries()) {
        expect(Math.hypot(a.x, a.y) + a.r).toBeLessThan(0.9);
        for (const b of its.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.r + b.r - 0.001);
      }
    }
  });

  test('break the membrane only of states that are on the way', () => {
    expect(marks.filter((mark) => membraneDash(mark, 10) !== undefined)).toEqual(['creating', 'pending', 'restarting', 'terminating']);
  });
});

describe('the join', () => {
  const box = (key: string, x: number): Box => ({
    key,
    glyph: 'caption',
    x,
    y: 0,
    w: 10,
    h: 10,
    look: { lines: [], align: 'left', quiet: true },
  });
  const at = (join: Join, wallMs: number) =>
    [...join.live(wallMs)].map((live) => [live.key, Math.round(live.x), Math.round(live.grow * 100)]);

  test('grows what comes, glides what moves and shrinks what goes', () => {
    const join = new Join(glyphsByName);
    join.update([box('a', 0), box('b', 50)], 0, false);
    expect(at(join, 0)).toEqual([
      ['a', 0, 0],
      ['b', 50, 0],
    ]);
    expect(at(join, calmMs)).toEqual([
      ['a', 0, 100],
      ['b', 50, 100],
    ]);
    join.update([box('a', 100)], 1000, false);
    expect(at(join, 1000)).toEqual([
      ['a', 0, 100],
      ['b', 50, 100],
    ]);
    const half = at(join, 1000 + calmMs / 2);
    expect(half[0]![1]).toBeGreaterThan(50);
    expect(half[1]![2]).toBeLessThan(50);
    expect(at(join, 1000 + calmMs)).toEqual([['a', 100, 100]]);
  });

  test('starts a move from where the last one had come', () => {
    const join = new Join(glyphsByName);
    join.update([box('a', 0)], 0, true);
    join.update([box('a', 100)], 1000, false);
    const there = [...join.live(1100)][0]!.x;
    join.update([box('a', 0)], 1100, false);
    expect([...join.live(1100)][0]!.x).toBeCloseTo(there, 5);
  });

  test('does all at once when motion is reduced', () => {
    const join = new Join(glyphsByName);
    join.update([box('a', 0), box('b', 0)], 0, true);
    join.update([box('a', 100)], 10, true);
    expect(at(join, 10)).toEqual([['a', 100, 100]]);
  });

  test('flashes and cross-fades a pod whose state changed', () => {
    const join = new Join(glyphsByName);
    const pod = (mark: string): Box => ({
      key: 'p',
      glyph: 'pod',
      x: 0,
      y: 0,
      w: 50,
      h: 50,
      look: { pod: { mark, containers: [] }, quiet: false },
    });
    join.update([pod('creating')], 0, true);
    join.update([pod('ready')], 500, false);
    const [live] = [...join.live(560)];
    expect([live!.flash > 0.5, live!.fade, (live!.before as { pod: { mark: string } }).pod.mark]).toEqual([true, 0.5, 'creating']);
    expect([...join.live(900)][0]!.flash).toBe(0);
  });
});

describe('light', () => {
  const scene = guestbookScene();
  const roads = hops(
    1,
    1,
    1000,
    [
      'pod:default/frontend-6b46678c94-2vb8l',
      'node:minikube-m02',
      'wire',
      'node:minikube-m03',
      'pod:default/redis-leader-766465cd9c-x4zqc',
    ],
    { caption: 'GET', before: { source: '10.244.1.4:1', destination: '10.98.141.7:6379' }, after: { source: '', destination: '' } },
    { place: 'node:minikube-m02', after: '10.244.2.5:6379', service: 'default/redis-leader:6379' },
  );
  const options = { still: false, tickets: true, right: 1096 };
  const glyphsAt = (play: Play, ranMs: number) => play.frame(scene.atlas, ranMs, options).boxes.map((box) => box.glyph);

  test('travels hop after hop, though all were told at once', () => {
    const play = new Play();
    play.tell(roads, 0.1, 0);
    const x = [100, 1600, 3100, 4600, 5900].map((ranMs) =>
      play
        .frame(scene.atlas, ranMs, options)
        .boxes.filter((box) => box.glyph === 'packet')
        .map((box) => Math.round(box.x)),
    );
    expect(x.map((each) => each.length)).toEqual([1, 1, 1, 1, 1]);
    expect(x.flat()[4]).toBeGreaterThan(x.flat()[1]!);
  });

  test('lights the arc of the Service and hangs a ticket where the address was rewritten', () => {
    const play = new Play();
    play.tell(roads, 0.1, 0);
    expect(glyphsAt(play, 700)).not.toContain('ticket');
    const shown = play.frame(scene.atlas, 2000, options);
    expect(shown.lit.get('minikube-m02')?.get('default/redis-leader')).toBe(1);
    expect(shown.boxes.find((box) => box.glyph === 'ticket')?.look).toMatchObject({
      title: 'Service redis-leader: destination rewritten',
      before: '10.98.141.7:6379',
      after: '10.244.2.5:6379',
    });
  });

  test('carries a notch after the rewrite and not before', () => {
    const play = new Play();
    play.tell(roads, 0.1, 0);
    const notch = (ranMs: number) =>
      (play.frame(scene.atlas, ranMs, options).boxes.find((box) => box.glyph === 'packet')!.look as { rewritten: boolean }).rewritten;
    expect([notch(700), notch(2000), notch(4600)]).toEqual([false, true, true]);
  });

  test('is gone some time after it arrived', () => {
    const play = new Play();
    play.tell(roads, 10, 0);
    expect(play.frame(scene.atlas, 60_000, options)).toEqual({ boxes: [], lit: new Map(), moving: false });
  });

  test('becomes a lane with a number when time runs fast', () => {
    const play = new Play();
    for (let i = 0; i < 40; i++) play.tell(roads.slice(0, 1), 100, i);
    expect(play.frame(scene.atlas, 50, options).boxes.map((box) => [box.glyph, (box.look as { packets: number }).packets])).toEqual([
      ['lane', 40],
    ]);
  });

  test('is shown longer the slower time goes, never longer than 1.5 s a hop', () => {
    expect(hopMs(0.2, 0.1)).toBe(1500);
    expect(hopMs(60_000, 1)).toBe(1500);
    expect(hopMs(0.2, 1)).toBeLessThan(500);
    expect(hopMs(0.2, 10)).toBeLessThan(hopMs(0.2, 1));
    expect([ease(0), ease(1), ease(0.5) > 0.8]).toEqual([0, 1, true]);
  });
});

describe('pointing', () => {
  const { boxes } = guestbookScene();
  const pod = boxes.find((box) => box.key === 'pod default/frontend-6b46678c94-2vb8l')!;

  test('finds the pod before the tank it hangs in', () => {
    expect(subjectAt(boxes, pod.x, pod.y)).toBe('pods/default/frontend-6b46678c94-2vb8l');
    expect(subjectAt(boxes, pod.x - 100, pod.y - 60)).toBe('nodes/minikube-m02');
    expect(subjectAt(boxes, -50, 10)).toBeUndefined();
  });

  test('finds the Service under an arc of the ring', () => {
    const ring = boxes.find((box) => box.key === 'ring minikube')!;
    expect(subjectAt(boxes, ring.x, ring.y - 24)).toBe('services/default/kubernetes');
    expect(subjectAt(boxes, ring.x + 23, ring.y - 7)).toBe('services/kube-system/kube-dns');
  });

  test('finds the node of a cell by arithmetic', () => {
    const plan = planFleet({ nodes: ['a', 'b', 'c', 'd', 'e'], zones: [''], zone: new Uint8Array(5) }, 2);
    expect(nodeAt(plan, plan.x[4]! * 36 + 5, plan.y[4]! * 36 + 5)).toBe(4);
    expect(nodeAt(plan, -1, -1)).toBeUndefined();
  });
});

test('the texels of a node say its state by their shape', async () => {
  const theme = {
    ...namedTheme,
    colour: { ...namedTheme.colour, ready: '#00ff00', failed: '#ff0000', terminating: '#8800ff', 'water-0': '#000000' },
  };
  const number = (mark: (typeof marks)[number]) => marks.indexOf(mark);
  const picture = (mark: (typeof marks)[number], state: number): string => {
    const bitmap = new Uint32Array(11 * 13);
    const its = {
      nodes: ['n'],
      zones: [''],
      zone: Uint8Array.of(0),
      start: Uint32Array.of(0, 30),
      cpu: Uint8Array.of(128),
      state: Uint8Array.of(state),
      mark: new Uint8Array(30).fill(number(mark)),
      unscheduled: 0,
      version: 0,
    };
    paintNode(bitmap, 11, 0, 0, its, 0, 30, paletteOf(theme));
    return Array.from({ length: 12 }, (_, y) =>
      Array.from(
        { length: 10 },
        (_, x) => ' .:+#'[Math.min(4, Math.floor(((bitmap[y * 11 + x]! & 0xffffff) === 0 ? 0 : (bitmap[y * 11 + x]! >>> 24) / 256) * 5))],
      ).join(''),
    ).join('\n');
  };
  await expect(
    `ready\n${picture('ready', 0)}\nunreachable\n${picture('unreachable', 2)}\nterminating\n${picture('terminating', 0)}\n`,
  ).toMatchFileSnapshot('testdata/texels.txt');
});
