// Any machine's shape as nested boxes with edges between them. Children are ranked by how far they are from the initial state and set in
// columns; parallel regions stand below each other. Pure: shape in, rectangles and polylines out.
import type { EdgeShape, ShapeRecord, StateShape } from '../../feed/records.ts';

export interface StateBox {
  readonly path: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly leaf: boolean;
  readonly initial: boolean;
  readonly final: boolean;
  readonly depth: number;
}

export interface EdgeLine {
  readonly from: string;
  readonly to: string;
  /** Events of all edges between the two, in the order of the definition. */
  readonly labels: readonly string[];
  readonly after: readonly boolean[];
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' };
}

export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  readonly states: readonly StateBox[];
  readonly edges: readonly EdgeLine[];
}

interface Sized {
  readonly shape: StateShape;
  readonly w: number;
  readonly h: number;
  readonly children: readonly (Sized & { readonly dx: number; readonly dy: number })[];
}

const leafH = 36;
const charPx = 8.2;
const title = 34;
const pad = 16;
/** Between columns: room for a label. */
const gapX = 64;
const wordedGapY = 54;
const plainGapX = 30;
const plainGapY = 34;
const labelPx = 7;

/** More edges than this are too many words: only those that matter now are drawn with theirs. */
export const edgesAtMost = 14;
const widths = [1, 0.8, 0.66, 0.55, 0.45, 0.36];

/** `width` × `height` is the room; the arrangement that can be drawn largest is taken. */
export function layChart(shape: ShapeRecord, width: number, height = 400): ChartLayout {
  const worded = shape.edges.length <= edgesAtMost;
  let best: { readonly layout: ChartLayout; readonly scale: number } | undefined;
  for (const part of widths) {
    const states = placed(arrange(shape.root, shape.edges, width, width * part, true, worded));
    const right = Math.max(...states.map((state) => state.x + state.w), 1);
    const bottom = Math.max(...states.map((state) => state.y + state.h), 1);
    const scale = Math.min(1.15, width / right, height / bottom);
    if (best && scale <= best.scale + 0.01) continue;
    best = { layout: { width: right, height: bottom, states, edges: layEdges(shape.edges, states) }, scale };
  }
  return best!.layout;
}

function placed(root: Sized): StateBox[] {
  const states: StateBox[] = [];
  const place = (sized: Sized, x: number, y: number, depth: number, initial: boolean): void => {
    if (depth > 0) {
      const { path, name, type } = sized.shape;
      states.push({ path, name, x, y, w: sized.w, h: sized.h, leaf: sized.children.length === 0, initial, final: type === 'final', depth });
    }
    for (const child of sized.children) place(child, x + child.dx, y + child.dy, depth + 1, sized.shape.initial === child.shape.name);
  };
  place(root, 0, 0, 0, false);
  return states;
}

/** Children in rows, in the order a run meets them; parallel regions below each other. */
function arrange(shape: StateShape, edges: readonly EdgeShape[], room: number, inner: number, root: boolean, worded: boolean): Sized {
  if (shape.states.length === 0) return { shape, w: Math.max(88, shape.name.length * charPx + 26), h: leafH, children: [] };
  const inside = root ? room : Math.min(room, inner) - 2 * pad;
  const sized = shape.states.map((child) => arrange(child, edges, inside, inner, false, worded));
  const ranks = rank(shape, edges);
  const order = sized.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  const gapY = worded ? wordedGapY : plainGapY;
  const left = root ? 0 : pad;
  const children: (Sized & { dx: number; dy: number })[] = [];
  let x = left;
  let y = root ? 0 : title;
  let rowBottom = y;
  let widest = 0;
  order.forEach((index, n) => {
    const child = sized[index]!;
    const alone = shape.type === 'parallel' && n > 0;
    if ((x > left && x + child.w > left + inside) || alone) {
      x = left;
      y = rowBottom + gapY;
    }
    children.push({ ...child, dx: x, dy: y });
    rowBottom = Math.max(rowBottom, y + child.h);
    widest = Math.max(widest, x + child.w);
    const next = sized[order[n + 1] ?? -1];
    x += child.w + (worded ? gapBetween([child], next && [next], edges, root) : plainGapX);
  });
  const nameW = shape.name.length * charPx + 2 * pad + 8;
  return { shape, w: root ? widest : Math.max(nameW, widest + pad), h: rowBottom + (root ? 0 : pad), children };
}

/** Wide enough for the words of the edges that run between two columns. */
function gapBetween(column: readonly Sized[], next: readonly Sized[] | undefined, edges: readonly EdgeShape[], root: boolean): number {
  const within = (side: readonly Sized[] | undefined, path: string): boolean =>
    side?.some(({ shape }) => path === shape.path || path.startsWith(`${shape.path}.`)) === true;
  const words = edges
    .filter((edge) => (within(column, edge.from) && within(next, edge.to)) || (within(next, edge.from) && within(column, edge.to)))
    .map((edge) => edge.event.length + (edge.after ? 6 : 0));
  return Math.max(root ? gapX : 36, Math.max(0, ...words) * labelPx + 18);
}

/** Breadth-first from the initial child along edges between children (or out of them). */
function rank(shape: StateShape, edges: readonly EdgeShape[]): number[] {
  const names = shape.states.map((child) => child.path);
  const childOf = (path: string): number => names.findIndex((name) => path === name || path.startsWith(`${name}.`));
  const ranks = names.map(() => -1);
  const first = Math.max(
    0,
    shape.states.findIndex((child) => child.name === shape.initial),
  );
  ranks[first] = 0;
  const queue = [first];
  while (queue.length > 0) {
    const here = queue.shift()!;
    for (const edge of edges) {
      if (childOf(edge.from) !== here) continue;
      const there = childOf(edge.to);
      if (there < 0 || ranks[there]! >= 0) continue;
      ranks[there] = ranks[here]! + 1;
      queue.push(there);
    }
  }
  const last = Math.max(0, ...ranks);
  return ranks.map((value) => (value < 0 ? last : value));
}

function layEdges(edges: readonly EdgeShape[], states: readonly StateBox[]): readonly EdgeLine[] {
  const boxes = new Map(states.map((state) => [state.path, state]));
  const merged = new Map<string, { from: StateBox; to: StateBox; labels: string[]; after: boolean[] }>();
  for (const edge of edges) {
    const from = boxes.get(edge.from);
    const to = boxes.get(edge.to);
    if (!from || !to || from === to) continue;
    const key = `${edge.from} ${edge.to}`;
    const known = merged.get(key);
    if (!known) merged.set(key, { from, to, labels: [edge.event], after: [edge.after] });
    else if (!known.labels.includes(edge.event)) {
      known.labels.push(edge.event);
      known.after.push(edge.after);
    }
  }
  const leaves = states.filter((state) => state.leaf);
  const ports = new Map<string, number>();
  return [...merged.values()].map(({ from, to, labels, after }) => {
    const n = ports.get(from.path) ?? 0;
    ports.set(from.path, n + 1);
    return { from: from.path, to: to.path, labels, after, ...route(from, to, n, leaves) };
  });
}

type Routed = Pick<EdgeLine, 'points' | 'label'>;

/** Opposite edges keep apart: rightwards above, leftwards below; down left, up right. Lines go around states, through the gaps between rows. */
function route(from: StateBox, to: StateBox, n: number, leaves: readonly StateBox[]): Routed {
  const others = leaves.filter((leaf) => leaf !== from && leaf !== to && !within(leaf, from) && !within(leaf, to));
  const beside = to.x >= from.x + from.w || from.x >= to.x + to.w;
  if (!beside) {
    const direct = upright(from, to);
    const [a, b] = direct.points;
    if (clear(others, a!.x, a!.y, b!.y)) return direct;
    return around(from, to, n, others);
  }
  const rightwards = to.x >= from.x + from.w;
  const ax = rightwards ? from.x + from.w : from.x;
  const bx = rightwards ? to.x : to.x + to.w;
  const straight = overlapY(from, to, rightwards ? -6 : 6);
  if (straight === undefined) return around(from, to, n, others);
  const between = others.filter(
    (leaf) => leaf.x + leaf.w > Math.min(ax, bx) && leaf.x < Math.max(ax, bx) && leaf.y < straight + 4 && leaf.y + leaf.h > straight - 4,
  );
  if (between.length > 0) return detour(from, to, between);
  return {
    points: [
      { x: ax, y: straight },
      { x: bx, y: straight },
    ],
    label: { x: (ax + bx) / 2, y: rightwards ? straight - 6 : straight + 14, anchor: 'middle' },
  };
}

const within = (leaf: StateBox, outer: StateBox): boolean => leaf.path.startsWith(`${outer.path}.`);

/** No state stands on the upright at `x` between two heights. */
function clear(leaves: readonly StateBox[], x: number, y1: number, y2: number): boolean {
  const [low, high] = [Math.min(y1, y2), Math.max(y1, y2)];
  return leaves.every((leaf) => x < leaf.x - 4 || x > leaf.x + leaf.w + 4 || high < leaf.y - 2 || low > leaf.y + leaf.h + 2);
}

const gutter = 11;

/** Out into the gap beside its row, along it to a free upright, and in from the gap beside the other's row. */
function around(from: StateBox, to: StateBox, n: number, others: readonly StateBox[]): Routed {
  const spread = ((n % 3) - 1) * 10;
  const down = to.y + to.h / 2 > from.y + from.h / 2;
  const ax = from.x + from.w / 2 + spread;
  const bx = to.x + to.w / 2 - spread;
  const a = { x: ax, y: down ? from.y + from.h : from.y };
  const b = { x: bx, y: down ? to.y : to.y + to.h };
  const y1 = a.y + (down ? gutter : -gutter);
  const y2 = b.y + (down ? -gutter : gutter);
  const crossed = (p: number, q: number, y: number): number =>
    others.filter((leaf) => leaf.x < Math.max(p, q) && leaf.x + leaf.w > Math.min(p, q) && y > leaf.y - 2 && y < leaf.y + leaf.h + 2)
      .length;
  const cost = (x: number): number => Math.abs(x - ax) + Math.abs(x - bx) + 400 * (crossed(ax, x, y1) + crossed(x, bx, y2));
  const candidates = [ax, bx, ...others.flatMap((leaf) => [leaf.x - 12, leaf.x + leaf.w + 12]), -10].filter((x) =>
    clear(others, x, y1, y2),
  );
  const x = candidates.sort((p, q) => cost(p) - cost(q))[0] ?? ax;
  const middle = Math.abs(x - ax) >= Math.abs(x - bx) ? { x: (ax + x) / 2, y: y1 - 5 } : { x: (bx + x) / 2, y: y2 - 5 };
  const flat = Math.max(Math.abs(x - ax), Math.abs(x - bx)) > 60;
  return {
    points: [a, { x: ax, y: y1 }, { x, y: y1 }, { x, y: y2 }, { x: bx, y: y2 }, b],
    label: flat ? { ...middle, anchor: 'middle' } : { x: x + 8, y: (y1 + y2) / 2 + 4, anchor: 'start' },
  };
}

/** Under what stands between. */
function detour(from: StateBox, to: StateBox, between: readonly StateBox[]): Routed {
  const y = Math.max(from.y + from.h, to.y + to.h, ...between.map((leaf) => leaf.y + leaf.h)) + 12;
  const ax = from.x + from.w * 0.3;
  const bx = to.x + to.w * 0.7;
  return {
    points: [
      { x: ax, y: from.y + from.h },
      { x: ax, y },
      { x: bx, y },
      { x: bx, y: to.y + to.h },
    ],
    label: { x: (ax + bx) / 2, y: y + 14, anchor: 'middle' },
  };
}

function upright(from: StateBox, to: StateBox): Routed {
  const down = to.y >= from.y + from.h;
  const left = Math.max(from.x, to.x);
  const shared = Math.min(from.x + from.w, to.x + to.w) - left;
  const x = left + shared / 2 + (down ? -1 : 1) * Math.min(26, shared / 4);
  const a = { x, y: down ? from.y + from.h : from.y };
  const b = { x, y: down ? to.y : to.y + to.h };
  return { points: [a, b], label: { x: down ? x - 8 : x + 8, y: (a.y + b.y) / 2 + 4, anchor: down ? 'end' : 'start' } };
}

function overlapY(a: StateBox, b: StateBox, shift: number): number | undefined {
  const low = Math.max(a.y, b.y) + 8;
  const high = Math.min(a.y + a.h, b.y + b.h) - 8;
  return high >= low ? Math.min(high, Math.max(low, (low + high) / 2 + shift)) : undefined;
}
