// The specimen tank of the first screen: the legend, drawn with the real glyphs before there is any cluster.
// Measures: mock-up first-visit.
import type { ContainerSummary, Mark, NodeRecord } from '../../feed/records.ts';
import type { Box } from '../glyph.ts';
import type { CalloutLook } from '../glyphs/callout.ts';
import { pointOn, type Road, stalkRoad } from './atlas.ts';
import type { View } from './layout.ts';

const container = (mark: Mark, name = ''): ContainerSummary => ({ name, image: '', mark, state: 'running', restarts: 0 });

const node = (cpu: number, memory: number): NodeRecord => ({
  kind: 'node',
  name: '',
  ip: '',
  role: 'worker',
  ready: 'True',
  schedulable: true,
  cpu,
  memory,
  createdAt: 0,
});

function specimen(key: string, x: number, y: number, marks: readonly Mark[], name: string): Box[] {
  const pod = { mark: marks[0]!, containers: marks.map((mark) => container(mark)) };
  const boxes: Box[] = [{ key: `pod ${key}`, glyph: 'pod', x, y, w: 76, h: 76, look: { pod, quiet: false } }];
  if (name !== '')
    boxes.push({
      key: `caption ${key}`,
      glyph: 'caption',
      x: x + 47,
      y: y - 1,
      w: 60,
      h: 14,
      look: { name, lines: [], align: 'left', quiet: false },
    });
  return boxes;
}

export function laySpecimen(view: View): readonly Box[] {
  const x = Math.max(560, view.width * 0.593);
  const y = 78;
  const w = Math.min(364, view.width - x - 60);
  const h = Math.max(260, view.height - y - 140);
  const bottom = y + h;
  const stemX = x + w / 2;
  const ring = { x: stemX, y: bottom + 32 };
  const wireY = bottom + 92;
  const waterY = bottom - 0.6 * h;
  const sandY = bottom - 0.6 * 0.24 * h;
  const sites = [
    { x: stemX + 62, y: y + 0.26 * h, right: true },
    { x: stemX - 62, y: y + 0.438 * h, right: false },
    { x: stemX + 62, y: y + 0.633 * h, right: true },
  ];
  const packetX = Math.min(stemX + 204, view.width - 140);
  const first = sites[0]!;
  const road: Road = [
    ...stalkRoad({ x: first.x - 28, y: first.y + 9 }, stemX, first.y + 58),
    { x: stemX, y: wireY - 8 },
    { x: stemX + 2, y: wireY - 3 },
    { x: stemX + 8, y: wireY },
    { x: view.width, y: wireY },
  ];
  const reach = (packetX - stemX + wireY - first.y) / (view.width - stemX + wireY - first.y);
  const end = pointOn(road, reach);
  const notes: CalloutLook[] = [
    { title: 'A tank is a node', detail: 'one machine of the cluster', align: 'right', to: { x: x + 10, y: y + 22 } },
    { title: 'A cell is a pod', detail: 'each kernel, one container', align: 'right', to: { x: sites[1]!.x - 42, y: sites[1]!.y - 16 } },
    { title: 'Water is CPU in use', detail: 'it rises when pods work', align: 'right', to: { x: x + 16, y: waterY + 36 } },
    { title: 'Sand is memory', detail: '', align: 'right', to: { x: x + 24, y: sandY + 13 } },
    { title: 'The ring is every Service', detail: 'a rule on each node, not a box', align: 'right', to: { x: ring.x - 33, y: ring.y - 8 } },
  ];
  const noteY = [y + 26, y + 0.38 * h, y + 0.67 * h, sandY + 17, ring.y - 4];
  const arcs = ['', ' ', '  ', '   ', '    '].map((key) => ({ key, caption: '' }));
  return [
    { key: 'wire', glyph: 'wire', x: x - 214, y: wireY - 7, w: view.width - x + 214, h: 14, look: { upright: false } },
    { key: 'tank a', glyph: 'tank', x, y, w, h, look: { node: node(0.6, 0.6), stemX, waterY, sandY, bare: true } },
    {
      key: 'tank b',
      glyph: 'tank',
      x: x + w + 134,
      y,
      w: 330,
      h,
      look: { node: node(0.42, 0.38), stemX: 0, waterY: bottom - 0.42 * h, sandY: bottom - 0.09 * h, bare: true },
    },
    { key: 'stem', glyph: 'stem', x: stemX, y: first.y + 24, w: 0, h: bottom - first.y - 24, look: {} },
    ...sites.map(
      (site, i): Box => ({
        key: `stalk ${i}`,
        glyph: 'stalk',
        x: site.x + (site.right ? -28 : 28),
        y: site.y + 9,
        w: 0,
        h: 0,
        look: { stemX, joinY: site.y + 58 },
      }),
    ),
    { key: 'ring', glyph: 'ring', ...ring, w: 62, h: 62, look: { node: '', arcs, wireY, lit: new Map([[' ', 1]]) } },
    { key: 'trail', glyph: 'trail', x: 0, y: 0, w: 0, h: 0, look: { road, purpose: 'request', until: reach, ahead: true, alpha: 1 } },
    ...specimen('ready', first.x, first.y, ['ready'], 'ready'),
    ...specimen('two', sites[1]!.x, sites[1]!.y, ['ready', 'ready'], ''),
    ...specimen('creating', sites[2]!.x, sites[2]!.y, ['creating'], 'starting'),
    { key: 'packet', glyph: 'packet', x: end.x, y: end.y, w: 22, h: 22, look: { purpose: 'request', rewritten: true, angle: 0 } },
    ...(view.width < 1240 ? [] : notes).map(
      (look, i): Box<CalloutLook> => ({ key: `note ${i}`, glyph: 'callout', x: x - 18, y: noteY[i]!, w: 0, h: 0, look }),
    ),
    ...(view.width < 1240
      ? []
      : [
          {
            key: 'note packet',
            glyph: 'callout',
            x: packetX,
            y: wireY - 40,
            w: 0,
            h: 0,
            look: {
              title: 'Light is a packet',
              detail: 'notched: address rewritten',
              align: 'left',
              to: { x: packetX, y: wireY - 14 },
            } satisfies CalloutLook,
          },
        ]),
  ];
}
