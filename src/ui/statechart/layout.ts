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
  readonly label: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' };
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
const gapY = 26;

export function layChart(shape: ShapeRecord, width: number): ChartLayout {
  const inner = arrange(shape.root, shape.edges, width, true);
  const states: StateBox[] = [];
  const place = (sized: Sized, x: number, y: number, depth: number, initial: boolean): void => {
    if (depth > 0) {
      const { path, name, type } = sized.shape;
      states.push({ path, name, x, y, w: sized.w, h: sized.h, leaf: sized.children.length === 0, initial, final: type === 'final', depth });
    }
    for (const child of sized.children) place(child, x + child.dx, y + child.dy, depth + 1, sized.shape.initial === child.shape.name);
  };
  place(inner, 0, 0, 0, false);
  const right = Math.max(...states.map((state) => state.x + state.w), 1);
  const bottom = Math.max(...states.map((state) => state.y + state.h), 1);
  return { width: right, height: bottom, states, edges: layEdges(shape.edges, states) };
}

function arrange(shape: StateShape, edges: readonly EdgeShape[], room: number, root: boolean): Sized {
  if (shape.states.length === 0) return { shape, w: Math.max(88, shape.name.length * charPx + 30), h: leafH, children: [] };
  const inside = root ? room : room - 2 * pad;
  const sized = shape.states.map((child) => arrange(child, edges, inside, false));
  const ranks = shape.type === 'parallel' ? sized.map(() => 0) : rank(shape, edges);
  const columns: Sized[][] = [];
  sized.forEach((child, i) => (columns[ranks[i]!] ??= []).push(child));
  const filled = columns.filter((column) => column !== undefined);
  const gap = root ? gapX : Math.min(gapX, 44);
  const children: (Sized & { dx: number; dy: number })[] = [];
  const top = root ? 0 : title;
  const left = root ? 0 : pad;
  let x = left;
  let y = top;
  let rowBottom = top;
  let widest = 0;
  for (const column of filled) {
    const w = Math.max(...column.map((child) => child.w));
    if (x > left && x + w > left + inside) {
      x = left;
      y = rowBottom + gapY;
    }
    let dy = y;
    for (const child of column) {
      children.push({ ...child, w, dx: x, dy });
      dy += child.h + gapY;
    }
    rowBottom = Math.max(rowBottom, dy - gapY);
    widest = Math.max(widest, x + w);
    x += w + gap;
  }
  const nameW = shape.name.length * charPx + 2 * pad + 8;
  return { shape, w: root ? widest : Math.max(nameW, widest + pad), h: rowBottom + (root ? 0 : pad), children };
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
  const ports = new Map<string, number>();
  return [...merged.values()].map(({ from, to, labels, after }) => {
    const n = ports.get(from.path) ?? 0;
    ports.set(from.path, n + 1);
    return { from: from.path, to: to.path, labels, after, ...route(from, to, n) };
  });
}

/** A line of at most three straight parts; `n` spreads several edges of one state. */
function route(from: StateBox, to: StateBox, n: number): Pick<EdgeLine, 'points' | 'label'> {
  const spread = ((n % 3) - 1) * 9;
  const fromY = from.y + from.h / 2;
  const toY = to.y + to.h / 2;
  const inside = to.x <= from.x && to.x + to.w >= from.x + from.w && to.y <= from.y && to.y + to.h >= from.y + from.h;
  if (to.x >= from.x + from.w || from.x >= to.x + to.w) {
    const rightwards = to.x >= from.x + from.w;
    const a = { x: rightwards ? from.x + from.w : from.x, y: clampInto(fromY + spread, from) };
    const b = { x: rightwards ? to.x : to.x + to.w, y: overlapY(from, to, spread) ?? clampInto(toY - spread, to) };
    const straight = overlapY(from, to, spread);
    if (straight !== undefined)
      return {
        points: [
          { x: a.x, y: straight },
          { x: b.x, y: straight },
        ],
        label: { x: (a.x + b.x) / 2, y: straight - 7, anchor: 'middle' },
      };
    const mid = (a.x + b.x) / 2 + spread;
    return { points: [a, { x: mid, y: a.y }, { x: mid, y: b.y }, b], label: { x: mid + 6, y: (a.y + b.y) / 2, anchor: 'start' } };
  }
  const down = to.y >= from.y + from.h;
  const x =
    Math.max(from.x, to.x) + Math.min(from.w, to.w, Math.min(from.x + from.w, to.x + to.w) - Math.max(from.x, to.x)) / 2 + spread * 2.4;
  const a = { x, y: down ? from.y + from.h : from.y };
  const b = { x, y: inside ? to.y + (down ? to.h : 0) : down ? to.y : to.y + to.h };
  return { points: [a, b], label: { x: x + 8, y: (a.y + b.y) / 2 + 4, anchor: 'start' } };
}

const clampInto = (y: number, box: StateBox): number => Math.min(box.y + box.h - 8, Math.max(box.y + 8, y));

function overlapY(a: StateBox, b: StateBox, spread: number): number | undefined {
  const low = Math.max(a.y, b.y) + 8;
  const high = Math.min(a.y + a.h, b.y + b.h) - 8;
  return high >= low ? Math.min(high, Math.max(low, (low + high) / 2 + spread)) : undefined;
}
