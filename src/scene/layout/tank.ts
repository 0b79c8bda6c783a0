// One node as boxes: glass, water and sand, the ledge with the control plane, the sand's dwellers, pods hanging from the stem, the gate
// with its ring. Measures: mock-up sandbox-deep (a tank of 330 × 332, its upper left corner 84 below the stage's).
import type { ContainerSummary, Mark, NodeRecord, PodRecord, ServiceRecord } from '../../feed/records.ts';
import type { Box } from '../glyph.ts';
import type { NodeAnchor, PodAnchor } from './atlas.ts';
import { keyOf, type Slots } from './slots.ts';
import { planStem } from './stem.ts';
import { shorten, textWidth } from './text.ts';

export interface TankLook {
  readonly node: NodeRecord;
  /** Middle of the gate. */
  readonly stemX: number;
  readonly waterY: number;
  readonly sandY: number;
  readonly ledgeY?: number;
  /** Where the CPU's number stands, clear of captions. */
  readonly cpuY?: number;
  /** Without words: the specimen. */
  readonly bare?: boolean;
}

export interface PodLook {
  readonly pod: { readonly mark: Mark; readonly containers: readonly ContainerSummary[] };
  readonly quiet: boolean;
}

export interface CaptionLook {
  readonly name?: string;
  readonly lines: readonly string[];
  readonly align: 'left' | 'right' | 'center';
  readonly quiet: boolean;
  /** More lines for who comes near: images and volumes. */
  readonly near?: readonly string[];
}

export interface StalkLook {
  readonly stemX: number;
  readonly joinY: number;
}

export interface RingLook {
  readonly node: string;
  readonly arcs: readonly { readonly key: string; readonly caption: string }[];
  /** One ring with a number, when there are too many for arcs. */
  readonly count?: number;
  readonly wireY: number;
  /** How brightly arcs shine, by key. */
  readonly lit?: ReadonlyMap<string, number>;
}

export interface TankPlace {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface TankLayout {
  readonly boxes: readonly Box[];
  readonly anchor: NodeAnchor;
  readonly pods: readonly (readonly [string, PodAnchor])[];
  readonly apiserver?: { readonly x: number; readonly y: number };
}

const ledgeDrop = 92;
const ringDrop = 30;
const wireDrop = 92;
const controlRise = 54;
/** Sand of a node that uses no memory: its dwellers need ground. */
const bedrock = 30;

export function layTank(
  place: TankPlace,
  node: NodeRecord,
  pods: readonly PodRecord[],
  slots: Slots,
  arcs: RingLook['arcs'],
  count?: number,
): TankLayout {
  const { x, y, w, h } = place;
  const bottom = y + h;
  const stemX = x + w / 2;
  const ledge = pods.filter((pod) => pod.place === 'ledge');
  const sand = pods.filter((pod) => pod.place === 'sand');
  const water = pods.filter((pod) => pod.place === 'water');
  const ledgeY = ledge.length > 0 ? y + ledgeDrop : undefined;
  const sandY = bottom - bedrock - Math.min(1, node.memory) * (0.24 * h - bedrock);
  const hung = hangPods(place, stemX, ledgeY, bottom - 74, water, slots);
  const standing = ledgeY === undefined ? [] : standPods(ledge, x + 10, w - 20, ledgeY);
  const lying = liePods(sand, place, stemX);
  const captions = [...hung.boxes, ...standing, ...lying].filter((box) => box.glyph === 'caption') as Box<CaptionLook>[];
  const waterY = node.ready === 'True' ? nudge(bottom - Math.min(1, node.cpu) * h, captions) : bottom;
  const look: TankLook = { node, stemX, waterY, sandY, ledgeY, cpuY: numberY(waterY, place, ledgeY, captions) };
  const anchor: NodeAnchor = { x: stemX, ringY: bottom + ringDrop, wireY: bottom + wireDrop, valveY: y, controlY: y - controlRise };
  const ring: RingLook = { node: node.name, arcs, count, wireY: anchor.wireY };
  const api = ledge.findIndex((pod) => pod.workload.includes('apiserver') || pod.name.startsWith('kube-apiserver'));
  return {
    boxes: [
      { key: `tank ${node.name}`, glyph: 'tank', ...place, look, subject: `nodes/${node.name}` },
      ...(hung.topY === undefined
        ? []
        : [{ key: `stem ${node.name}`, glyph: 'stem', x: stemX, y: hung.topY, w: 0, h: bottom - hung.topY, look: {} }]),
      ...hung.boxes,
      ...standing,
      ...lying,
      { key: `ring ${node.name}`, glyph: 'ring', x: stemX, y: anchor.ringY, w: 62, h: 62, look: ring, subject: `nodes/${node.name}` },
    ],
    anchor,
    pods: hung.anchors.map(([key, pod]) => [key, { ...pod, node: node.name }]),
    apiserver: api < 0 ? undefined : { x: standing.find((box) => box.key === `pod ${keyOf(ledge[api]!)}`)!.x, y: y + 34 },
  };
}

interface Hung {
  readonly boxes: readonly Box[];
  readonly anchors: readonly (readonly [string, Omit<PodAnchor, 'node'>])[];
  readonly topY?: number;
}

function hangPods(
  place: TankPlace,
  stemX: number,
  ledgeY: number | undefined,
  lowest: number,
  pods: readonly PodRecord[],
  slots: Slots,
): Hung {
  if (pods.length === 0) return { boxes: [], anchors: [] };
  const top = (ledgeY ?? place.y + 30) + 52;
  const need = 1 + Math.max(...pods.map((pod) => slots.get(keyOf(pod)) ?? 0));
  const { density, at } = planStem(need, stemX, top, lowest - 4, place.w / 2);
  const boxes: Box[] = [];
  const anchors: [string, Omit<PodAnchor, 'node'>][] = [];
  let topY = Number.POSITIVE_INFINITY;
  for (const pod of pods) {
    const key = keyOf(pod);
    const hang = at[(slots.get(key) ?? 0) % at.length]!;
    const r = density.radius;
    const end = { x: hang.x + (hang.right ? -1 : 1) * r * 0.72, y: hang.y + 0.23 * r };
    const joinY = hang.y + Math.min(44, r * 1.7);
    topY = Math.min(topY, joinY - 14);
    anchors.push([key, { ...end, joinY }]);
    boxes.push({ key: `stalk ${key}`, glyph: 'stalk', ...end, w: 0, h: 0, look: { stemX, joinY } satisfies StalkLook });
    boxes.push(podBox(pod, hang.x, hang.y, r, { x: stemX, y: joinY }));
    if (density.lines > 0) boxes.push(sideCaption(pod, hang, density.radius, density.lines, place));
  }
  return { boxes, anchors, topY };
}

function podBox(pod: PodRecord, x: number, y: number, r: number, from?: Box['from']): Box<PodLook> {
  const look: PodLook = { pod, quiet: pod.quiet && pod.place !== 'water' };
  return { key: `pod ${keyOf(pod)}`, glyph: 'pod', x, y, w: 2 * r, h: 2 * r, look, subject: `pods/${keyOf(pod)}`, from };
}

function sideCaption(
  pod: PodRecord,
  hang: { readonly x: number; readonly y: number; readonly right: boolean },
  r: number,
  lines: number,
  place: TankPlace,
): Box<CaptionLook> {
  const gap = r + 12;
  const x = hang.right ? hang.x + gap : hang.x - gap;
  const room = (hang.right ? place.x + place.w - x : x - place.x) - 2;
  const second = pod.suffix === '' ? [] : [shorten(pod.suffix, room, 'id')];
  const third = pod.ip ?? quietStatus(pod);
  return {
    key: `caption ${keyOf(pod)}`,
    glyph: 'caption',
    x,
    y: hang.y - 6,
    w: room,
    h: 43,
    look: {
      name: shorten(pod.workload, room, 'name'),
      lines: [...second, ...(third === '' ? [] : [shorten(third, room, 'id')])].slice(0, lines - 1),
      align: hang.right ? 'left' : 'right',
      quiet: false,
      near: [...pod.containers.map((each) => each.image.replace(/^docker\.io\/(library\/)?/, '')), ...(pod.volumes ?? [])].map((line) =>
        shorten(line, room * 1.5, 'id'),
      ),
    },
  };
}

/** `ImagePullBackOff` says more than no address. */
const quietStatus = (pod: PodRecord): string => (pod.status === 'ContainerCreating' ? 'starting' : pod.status);

const shortNames: Readonly<Record<string, string>> = { 'controller-manager': 'controllers', 'storage-provisioner': 'storage' };

/** `kube-apiserver-minikube` → `apiserver`: the ledge has room for one word each. */
export function shortName(pod: Pick<PodRecord, 'name' | 'workload' | 'node'>): string {
  const bare = pod.workload.replace(/^kube-/, '').replace(new RegExp(`-${pod.node ?? '$'}$`), '');
  return shortNames[bare] ?? (pod.workload.startsWith('kube-proxy') ? 'kube-proxy' : bare);
}

function standPods(pods: readonly PodRecord[], x: number, w: number, ledgeY: number): Box[] {
  const step = Math.min(84, w / pods.length);
  const first = x + w / 2 - ((pods.length - 1) * step) / 2;
  return pods.flatMap((pod, i) => [
    podBox(pod, first + i * step, ledgeY - 42, 16),
    underCaption(pod, first + i * step, ledgeY - 9, step - 4),
  ]);
}

/** On the sand, clear of the stem and of the memory's number at the right. */
function liePods(pods: readonly PodRecord[], place: TankPlace, stemX: number): Box[] {
  const y = place.y + place.h - 44;
  const narrow = place.w < 270;
  const leftMost = place.x + (narrow ? 22 : 48);
  const rightMost = place.x + place.w - (narrow ? 70 : 112);
  const perSide = Math.ceil(pods.length / 2);
  const stepOver = (room: number, count: number): number => (count < 2 ? 80 : Math.max(34, Math.min(80, room / (count - 1))));
  const leftStep = stepOver(stemX - (narrow ? 24 : 50) - leftMost, perSide);
  const rightStep = stepOver(rightMost - stemX - 40, pods.length - perSide);
  return pods.flatMap((pod, i) => {
    const x = i < perSide ? leftMost + i * leftStep : stemX + (narrow ? 34 : 58) + (i - perSide) * rightStep;
    const room = Math.min(78, i < perSide ? leftStep : rightStep);
    return narrow ? [podBox(pod, x, y, 10)] : [podBox(pod, x, y, 12), underCaption(pod, x, y + 27, room)];
  });
}

function underCaption(pod: PodRecord, x: number, y: number, room: number): Box<CaptionLook> {
  const text = shorten(shortName(pod), room + 4, 'quiet');
  return {
    key: `caption ${keyOf(pod)}`,
    glyph: 'caption',
    x,
    y,
    w: textWidth(text, 'quiet'),
    h: 14,
    look: { lines: [text], align: 'center', quiet: true },
  };
}

/** Beside the water line at the right wall: above it, or below, or wherever no caption is. */
function numberY(waterY: number, place: TankPlace, ledgeY: number | undefined, captions: readonly Box<CaptionLook>[]): number {
  const left = place.x + place.w - 66;
  const taken = (y: number): boolean =>
    captions.some(({ x, y: top, look }) => {
      if (look.align !== 'left') return false;
      const right = x + Math.max(textWidth(look.name ?? '', 'name'), ...look.lines.map((line) => textWidth(line, 'id')));
      return right > left && y > top - 14 && y - 12 < top + 15 * look.lines.length + 4;
    });
  const low = place.y + place.h - 40;
  for (const y of [waterY - 8, waterY + 19, waterY - 24, waterY + 36, waterY + 54, waterY - 44]) {
    if (y > (ledgeY ?? place.y) + 14 && y < low && !taken(y)) return y;
  }
  return Math.max(place.y + 16, waterY - 8);
}

/** Moves the water line by up to 8 units off the text it would cut through. */
function nudge(y: number, captions: readonly Box<CaptionLook>[]): number {
  const cut = (at: number): number =>
    captions.filter((box) => !box.look.quiet && at > box.y - 16 && at < box.y + 15 * box.look.lines.length + 8).length;
  let best = y;
  for (let d = 1; d <= 8 && cut(best) > 0; d++) {
    for (const at of [y - d, y + d]) if (cut(at) < cut(best)) best = at;
  }
  return best;
}

/** Arcs of the ring: one per Service in order of creation, over 12 one per namespace, over 12 namespaces only their number. */
export function ringArcs(services: Iterable<ServiceRecord>): { readonly arcs: RingLook['arcs']; readonly count?: number } {
  const all = [...services].sort((a, b) => a.order - b.order);
  if (all.length <= 12) return { arcs: all.map((service) => ({ key: keyOf(service), caption: service.name })) };
  const namespaces = [...new Set(all.map((service) => service.namespace))];
  if (namespaces.length <= 12) return { arcs: namespaces.map((namespace) => ({ key: namespace, caption: namespace })) };
  return { arcs: [], count: all.length };
}
