// Roads: where light may travel. Packets go along stalk, stem, gate and wire, so they never cross a caption; control goes along the
// dotted line above the tanks. A road is a polyline in world units.
import type { Place, Purpose } from '../../feed/records.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A pod's end of its stalk. */
export interface PodAnchor extends Point {
  readonly node: string;
  /** Where the stalk leaves the stem. */
  readonly joinY: number;
}

export interface NodeAnchor {
  /** Middle of stem and ring. */
  readonly x: number;
  readonly ringY: number;
  readonly wireY: number;
  /** Valve of the kubelet, on the rim. */
  readonly valveY: number;
  readonly controlY: number;
}

export interface Atlas {
  readonly pods: ReadonlyMap<string, PodAnchor>;
  readonly nodes: ReadonlyMap<string, NodeAnchor>;
  readonly apiserver?: Point;
  /** Where the wire reaches the user's machine and the rest of the world. */
  readonly outside: Point;
  /** Wires of several rows meet here. */
  readonly trunkX: number;
}

export type Road = readonly Point[];

/** Lanes keep kinds of light apart on stem and wire. */
const lanes: Readonly<Record<Purpose, number>> = { request: 0, dns: -7, reply: 7, probe: 0, control: 0, reset: 7 };
const turn = 8;

/** The road of one hop; `via` = where the packet was before, which says from which side it leaves the wire. Undefined when unknown here. */
export function roadOf(atlas: Atlas, from: Place, to: Place, purpose: Purpose, via?: Place): Road | undefined {
  const lane = lanes[purpose];
  if (purpose === 'control') return controlRoad(atlas, from, to);
  const a = endOf(atlas, from);
  const b = endOf(atlas, to);
  if (a?.pod && b?.node) return podToRing(a.pod, nodeOf(atlas, a.pod.node), lane);
  if (a?.node && b?.pod) return reversed(podToRing(b.pod, nodeOf(atlas, b.pod.node), lane));
  if (a?.node && to === 'wire') return smooth([ring(a.node, lane), { x: a.node.x + lane, y: a.node.wireY + lane / 3 }]);
  if (from === 'wire' && b?.node) return wireRoad(atlas, via === undefined ? undefined : wireEnd(atlas, via, lane), b.node, lane);
  if (from === 'wire' && to === 'outside') return wireToOutside(atlas, via, lane);
  if (from === 'outside' && to === 'wire') return smooth([atlas.outside, { x: atlas.outside.x + 16, y: atlas.outside.y }]);
  if (a?.node && b?.node) return join(ringToWire(a.node, lane), wireRoad(atlas, { x: a.node.x + lane, y: a.node.wireY }, b.node, lane));
  if (from === 'outside' && b?.node) return wireRoad(atlas, atlas.outside, b.node, lane);
  if (a?.node && to === 'outside')
    return join(ringToWire(a.node, lane), alongWires(atlas, { x: a.node.x + lane, y: a.node.wireY }, atlas.outside, lane));
  return undefined;
}

function endOf(atlas: Atlas, place: Place): { readonly pod?: PodAnchor; readonly node?: NodeAnchor } | undefined {
  if (place.startsWith('pod:')) return { pod: atlas.pods.get(place.slice(4)) };
  if (place.startsWith('node:')) return { node: atlas.nodes.get(place.slice(5)) };
  return undefined;
}

function nodeOf(atlas: Atlas, name: string): NodeAnchor | undefined {
  return atlas.nodes.get(name);
}

const ring = (node: NodeAnchor, lane: number): Point => ({ x: node.x + lane, y: node.ringY });

function podToRing(pod: PodAnchor, node: NodeAnchor | undefined, lane: number): Road | undefined {
  if (!node) return undefined;
  const x = node.x + lane;
  return [...stalkRoad(pod, x, pod.joinY), { x, y: node.ringY }];
}

/** From a pod's side along its stalk to the stem. */
export function stalkRoad(pod: Point, stemX: number, joinY: number): Road {
  return bezier(pod, { x: stemX + (pod.x - stemX) * 0.45, y: pod.y + 4 }, { x: stemX, y: pod.y + 18 }, { x: stemX, y: joinY });
}

const ringToWire = (node: NodeAnchor, lane: number): Road => [ring(node, lane), { x: node.x + lane, y: node.wireY + lane / 3 }];

function wireEnd(atlas: Atlas, place: Place, lane: number): Point | undefined {
  if (place === 'outside') return atlas.outside;
  const node = place.startsWith('node:') ? atlas.nodes.get(place.slice(5)) : undefined;
  return node && { x: node.x + lane, y: node.wireY };
}

function wireRoad(atlas: Atlas, start: Point | undefined, node: NodeAnchor, lane: number): Road {
  const end = { x: node.x + lane, y: node.wireY };
  return smooth([...alongWires(atlas, start ?? end, end, lane), ring(node, lane)]);
}

function wireToOutside(atlas: Atlas, via: Place | undefined, lane: number): Road | undefined {
  const start = via === undefined ? undefined : wireEnd(atlas, via, lane);
  return start && smooth(alongWires(atlas, start, atlas.outside, lane));
}

function alongWires(atlas: Atlas, a: Point, b: Point, lane: number): Road {
  const ay = a.y + lane / 3;
  const by = b.y + lane / 3;
  if (Math.abs(a.y - b.y) < 1)
    return [
      { x: a.x, y: ay },
      { x: b.x, y: by },
    ];
  return [
    { x: a.x, y: ay },
    { x: atlas.trunkX, y: ay },
    { x: atlas.trunkX, y: by },
    { x: b.x, y: by },
  ];
}

function controlRoad(atlas: Atlas, from: Place, to: Place): Road | undefined {
  const place = from === 'apiserver' ? to : to === 'apiserver' ? from : undefined;
  const name = place?.replace(/^(kubelet|node):/, '');
  const node = name === undefined ? undefined : atlas.nodes.get(name);
  if (!node || !atlas.apiserver) return undefined;
  const road = smooth([
    atlas.apiserver,
    { x: atlas.apiserver.x, y: node.controlY },
    { x: node.x, y: node.controlY },
    { x: node.x, y: node.valveY },
  ]);
  return from === 'apiserver' ? road : reversed(road);
}

function join(a: Road | undefined, b: Road | undefined): Road | undefined {
  return a && b ? smooth([...a, ...b.slice(1)]) : undefined;
}

function reversed(road: Road): Road;
function reversed(road: Road | undefined): Road | undefined;
function reversed(road: Road | undefined): Road | undefined {
  return road && [...road].reverse();
}

function bezier(a: Point, b: Point, c: Point, d: Point): Point[] {
  const points: Point[] = [];
  for (let i = 0; i <= 10; i++) {
    const t = i / 10;
    const u = 1 - t;
    points.push({
      x: u * u * u * a.x + 3 * u * u * t * b.x + 3 * u * t * t * c.x + t * t * t * d.x,
      y: u * u * u * a.y + 3 * u * u * t * b.y + 3 * u * t * t * c.y + t * t * t * d.y,
    });
  }
  return points;
}

/** Rounds the corners. */
function smooth(points: Road): Road {
  const out: Point[] = [];
  points.forEach((p, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before && Math.hypot(p.x - before.x, p.y - before.y) < 0.5) return;
    if (!before || !after) {
      out.push(p);
      return;
    }
    const inLength = Math.hypot(p.x - before.x, p.y - before.y);
    const outLength = Math.hypot(after.x - p.x, after.y - p.y);
    const r = Math.min(turn, inLength / 2, outLength / 2);
    if (r < 1) {
      out.push(p);
      return;
    }
    const a = { x: p.x + ((before.x - p.x) * r) / inLength, y: p.y + ((before.y - p.y) * r) / inLength };
    const b = { x: p.x + ((after.x - p.x) * r) / outLength, y: p.y + ((after.y - p.y) * r) / outLength };
    for (let k = 0; k <= 4; k++) {
      const t = k / 4;
      const u = 1 - t;
      out.push({ x: u * u * a.x + 2 * u * t * p.x + t * t * b.x, y: u * u * a.y + 2 * u * t * p.y + t * t * b.y });
    }
  });
  return out;
}

export function roadLength(road: Road): number {
  let length = 0;
  for (let i = 1; i < road.length; i++) length += Math.hypot(road[i]!.x - road[i - 1]!.x, road[i]!.y - road[i - 1]!.y);
  return length;
}

/** The point at a fraction of a road, and the direction there in radians. */
export function pointOn(road: Road, fraction: number): Point & { readonly angle: number } {
  let left = roadLength(road) * Math.min(1, Math.max(0, fraction));
  for (let i = 1; i < road.length; i++) {
    const a = road[i - 1]!;
    const b = road[i]!;
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (left <= length || i === road.length - 1) {
      const t = length === 0 ? 0 : Math.min(1, left / length);
      return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t, angle: Math.atan2(b.y - a.y, b.x - a.x) };
    }
    left -= length;
  }
  return { ...road[0]!, angle: 0 };
}
