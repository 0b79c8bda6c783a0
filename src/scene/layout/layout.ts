// From model to boxes. Up to four nodes stand in one row that fills the stage; more stand on the fleet's grid, of which only what is in
// the window is laid out.
import type { Model } from '../../feed/model.ts';
import type { NodeRecord, PodRecord } from '../../feed/records.ts';
import type { Box } from '../glyph.ts';
import type { Atlas, NodeAnchor, PodAnchor, Point } from './atlas.ts';
import { compareNames } from './census.ts';
import { type FleetPlan, fleetScale } from './fleet.ts';
import { assignSlots, keyOf, type Slots } from './slots.ts';
import { layTank, ringArcs, type TankPlace } from './tank.ts';

export interface View {
  readonly width: number;
  readonly height: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Scene {
  readonly boxes: readonly Box[];
  readonly atlas: Atlas;
  /** Where each node's tank stands. */
  readonly tanks: ReadonlyMap<string, TankPlace>;
  readonly bounds: Rect;
  readonly slots: Slots;
}

/** A row of this many fills the stage, if it is wide enough for them. */
export const rowOf = 4;
const leastTank = 230;

export function inRow(count: number, width: number): boolean {
  return count <= rowOf && (width - 2 * gutter) / Math.max(1, count) - gutter >= leastTank;
}

const gutter = 20;
const top = 84;
const below = 140;
const shoreWidth = 168;

export function layScene(
  model: Model,
  view: View,
  plan: FleetPlan,
  nodeOrder: readonly string[],
  slotsBefore: Slots,
  window?: Rect,
): Scene {
  const places = inRow(nodeOrder.length, view.width) ? rowPlaces(nodeOrder, view, hasShore(model)) : gridPlaces(nodeOrder, plan);
  const byNode = podsByNode(model.pods.values());
  const { arcs, count } = ringArcs(model.services.values());
  const boxes: Box[] = [];
  const nodes = new Map<string, NodeAnchor>();
  const pods = new Map<string, PodAnchor>();
  const slots = new Map<string, number>();
  let apiserver: Point | undefined;
  for (const [name, place] of places) {
    const node = model.nodes.get(name);
    const near = !window || overlaps(window, place);
    if (!node || !near) {
      nodes.set(name, anchorOf(place));
      continue;
    }
    const its = byNode.get(name) ?? [];
    const given = assignSlots(
      slotsBefore,
      its.filter((pod) => pod.place === 'water'),
    );
    for (const [key, slot] of given) slots.set(key, slot);
    const tank = layTank(place, node, its, given, arcs, count);
    boxes.push(...tank.boxes);
    nodes.set(name, tank.anchor);
    for (const [key, anchor] of tank.pods) pods.set(key, anchor);
    apiserver ??= tank.apiserver;
  }
  const tanks = boundsOf([...places.values()], view, inRow(nodeOrder.length, view.width));
  const shore = byNode.get('') ?? [];
  if (shore.length > 0) boxes.push(...layShore(shore, tanks, view, inRow(nodeOrder.length, view.width)));
  const bounds = shore.length > 0 && !inRow(nodeOrder.length, view.width) ? { ...tanks, w: tanks.w + 200 } : tanks;
  const atlas: Atlas = { nodes, pods, apiserver, outside: outsideOf(places, tanks), trunkX: tanks.x + 4 };
  boxes.unshift(...layWires(nodes, tanks, atlas, view), ...layControl(nodes, apiserver));
  return { boxes, atlas, tanks: places, bounds, slots };
}

const hasShore = (model: Model): boolean => [...model.pods.values()].some((pod) => pod.node === undefined);

/** The names in the order the picture shows them. */
export function orderNodes(nodes: Iterable<NodeRecord>): readonly string[] {
  return [...nodes].sort((a, b) => a.createdAt - b.createdAt || compareNames(a.name, b.name)).map((node) => node.name);
}

function podsByNode(pods: Iterable<PodRecord>): Map<string, PodRecord[]> {
  const byNode = new Map<string, PodRecord[]>();
  const sorted = [...pods].sort((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
  for (const pod of sorted) {
    const its = byNode.get(pod.node ?? '');
    if (its) its.push(pod);
    else byNode.set(pod.node ?? '', [pod]);
  }
  return byNode;
}

function rowPlaces(names: readonly string[], view: View, shore: boolean): Map<string, TankPlace> {
  const room = view.width - 2 * gutter - (shore ? shoreWidth : 0);
  const w = Math.min(760, (room - (names.length - 1) * gutter) / Math.max(1, names.length));
  const h = Math.max(240, view.height - top - below);
  const left = gutter + Math.max(0, (room - names.length * w - (names.length - 1) * gutter) / 2);
  return new Map(names.map((name, i) => [name, { x: left + i * (w + gutter), y: top, w, h }]));
}

function gridPlaces(names: readonly string[], plan: FleetPlan): Map<string, TankPlace> {
  return new Map(names.map((name, i) => [name, { x: plan.x[i]! * fleetScale + 33, y: plan.y[i]! * fleetScale + top, w: 330, h: 332 }]));
}

function boundsOf(places: readonly TankPlace[], view: View, row: boolean): Rect {
  if (row) return { x: 0, y: 0, w: view.width, h: view.height };
  const right = Math.max(...places.map((place) => place.x + place.w));
  const bottom = Math.max(...places.map((place) => place.y + place.h));
  return { x: 0, y: 0, w: right + 33, h: bottom + 132 };
}

const anchorOf = (place: TankPlace): NodeAnchor => ({
  x: place.x + place.w / 2,
  ringY: place.y + place.h + 30,
  wireY: place.y + place.h + 92,
  valveY: place.y,
  controlY: place.y - 54,
});

function outsideOf(places: ReadonlyMap<string, TankPlace>, bounds: Rect): Point {
  const first = places.values().next().value;
  return { x: bounds.x, y: first ? first.y + first.h + 92 : bounds.h - 48 };
}

/** Pods no node has taken: beside the tanks, on dry ground. */
function layShore(pods: readonly PodRecord[], bounds: Rect, view: View, row: boolean): Box[] {
  const x = row ? view.width - shoreWidth + 30 : bounds.x + bounds.w + 40;
  const step = Math.min(64, (view.height - 260) / Math.max(1, pods.length - 1));
  const r = Math.max(9, Math.min(22, step * 0.4));
  const heading: Box = {
    key: 'shore',
    glyph: 'caption',
    x: x - 22,
    y: 112,
    w: 130,
    h: 16,
    look: { name: 'no node yet', lines: [], align: 'left', quiet: false },
  };
  return [
    heading,
    ...pods.flatMap((pod, i) => {
      const y = 152 + i * step;
      const pods: Box = {
        key: `pod ${keyOf(pod)}`,
        glyph: 'pod',
        x,
        y,
        w: 2 * r,
        h: 2 * r,
        look: { pod, quiet: false },
        subject: `pods/${keyOf(pod)}`,
      };
      const lines = step > 30 ? [pod.suffix, pod.status].filter((line) => line !== '') : [];
      const caption: Box = {
        key: `caption ${keyOf(pod)}`,
        glyph: 'caption',
        x: x + r + 8,
        y: y - 6,
        w: 100,
        h: 43,
        look: { name: pod.workload, lines, align: 'left', quiet: false },
      };
      return i < 40 ? [pods, ...(step > 22 ? [caption] : [])] : [];
    }),
  ];
}

function layWires(nodes: ReadonlyMap<string, NodeAnchor>, bounds: Rect, atlas: Atlas, view: View): Box[] {
  const rows = [...new Set([...nodes.values()].map((node) => node.wireY))];
  const reach = inRow(nodes.size, view.width) ? { x: 0, w: view.width } : { x: bounds.x, w: bounds.w };
  const wires: Box[] = rows.map((y) => ({
    key: `wire ${y}`,
    glyph: 'wire',
    x: reach.x,
    y: y - 7,
    w: reach.w,
    h: 14,
    look: { upright: false },
  }));
  if (rows.length < 2) return wires;
  const first = Math.min(...rows);
  return [
    ...wires,
    {
      key: 'wire trunk',
      glyph: 'wire',
      x: atlas.trunkX - 7,
      y: first + 7,
      w: 14,
      h: Math.max(...rows) - first - 14,
      look: { upright: true },
    },
  ];
}

/** The dotted line of the watches: from the API server over the tanks to each kubelet's valve. */
function layControl(nodes: ReadonlyMap<string, NodeAnchor>, apiserver: Point | undefined): Box[] {
  if (!apiserver || nodes.size > 80) return [];
  const valves = [...nodes.values()].map(({ x, valveY, controlY }) => ({ x, valveY, controlY }));
  return [{ key: 'control', glyph: 'control', x: apiserver.x, y: apiserver.y, w: 0, h: 0, look: { valves } }];
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w + 60 && b.x < a.x + a.w + 60 && a.y < b.y + b.h + 140 && b.y < a.y + a.h + 140;
}
