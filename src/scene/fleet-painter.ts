// The fleet: one texel per pod in one bitmap, scaled by `drawImage`, so that 150,000 pods cost no more than one picture. Only the cells
// of nodes that changed are painted again.
import { marks } from '../feed/records.ts';
import type { Census } from './layout/census.ts';
import { cell, type FleetPlan, planTexels } from './layout/fleet.ts';
import { grain } from './motion.ts';
import { colourOfMark } from './shapes.ts';
import type { Theme } from './theme.ts';

type Rgb = readonly [number, number, number];

const number = Object.fromEntries(marks.map((mark, i) => [mark, i])) as Record<(typeof marks)[number], number>;

function parse(colour: string): Rgb {
  const hex = colour.replace('#', '');
  return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) || 0) as unknown as Rgb;
}

/** Bytes in memory order R, G, B, A on every little-endian machine. */
const pack = ([r, g, b]: Rgb, alpha: number): number => (Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r;

/** A texel's colours: solid, dim, and for ready pods one of 16 brightnesses. */
interface Palette {
  readonly empty: number;
  readonly ready: Uint32Array;
  readonly solid: Uint32Array;
  readonly dim: Uint32Array;
}

function paletteOf(theme: Theme): Palette {
  const ready = parse(theme.colour.ready);
  const colours = marks.map((mark) => parse(theme.colour[colourOfMark[mark]]));
  return {
    empty: pack(parse(theme.colour['water-0']), 0.55),
    ready: Uint32Array.from({ length: 16 }, (_, i) => pack(ready, 0.12 + (0.62 * i) / 15)),
    solid: Uint32Array.from(colours, (colour) => pack(colour, 1)),
    dim: Uint32Array.from(colours, (colour) => pack(colour, 0.16)),
  };
}

/** Paints one node's cell of 10 × 12 texels at (x, y) of a bitmap `width` wide. Exported for the golden test. */
export function paintNode(
  bitmap: Uint32Array,
  width: number,
  x: number,
  y: number,
  census: Census,
  node: number,
  most: number,
  palette: Palette,
): void {
  const { columns, rows, w, h } = planTexels(most);
  for (let r = 0; r < cell.h - 1; r++) bitmap.fill(palette.empty, (y + r) * width + x, (y + r) * width + x + cell.w - 1);
  const first = census.start[node]!;
  const count = Math.min(census.start[node + 1]! - first, columns * rows);
  const cpu = census.cpu[node]! / 255;
  const lost = census.state[node] === 1 || census.state[node] === 2;
  const random = grain(`${node}`);
  for (let i = 0; i < count; i++) {
    const mark = census.mark[first + i]!;
    if (mark === number.none) continue;
    const px = i % columns;
    const py = Math.floor(i / columns);
    let colour: number;
    let height = h;
    if (mark === number.ready || mark === number.running) {
      colour = lost
        ? crossed(palette, number.unreachable, px / (columns - 1), py / (rows - 1))
        : palette.ready[Math.min(15, Math.max(0, Math.round(cpu * 13 + 2 * random())))]!;
    } else if (mark === number.unreachable || (mark === number.failed && lost))
      colour = crossed(palette, mark, px / (columns - 1), py / (rows - 1));
    else if (mark === number.terminating) {
      if (py % 2 === 0 || random() > 0.85) continue;
      colour = palette.solid[mark]!;
      height = 1;
    } else colour = palette.solid[mark]!;
    for (let dy = 0; dy < height; dy++) {
      const at = (y + py * h + dy) * width + x + px * w;
      bitmap.fill(colour, at, at + w);
    }
  }
}

/** The texels of a node no one can reach form one cross. */
function crossed(palette: Palette, mark: number, u: number, v: number): number {
  return Math.abs(u - v) < 0.18 || Math.abs(1 - u - v) < 0.18 ? palette.solid[mark]! : palette.dim[mark]!;
}

export class FleetPainter {
  #canvas: HTMLCanvasElement | undefined;
  #image: ImageData | undefined;
  #bitmap = new Uint32Array(0);
  #plan: FleetPlan | undefined;
  #theme: Theme | undefined;
  #palette: Palette | undefined;
  #mark = new Uint8Array(0);
  #cpu = new Uint8Array(0);
  #state = new Uint8Array(0);
  #start = new Uint32Array(0);
  #most = 0;

  /** Brings the bitmap up to date and returns it. */
  paint(census: Census, plan: FleetPlan, theme: Theme): HTMLCanvasElement {
    const most = mostPods(census);
    const fresh =
      plan !== this.#plan || theme !== this.#theme || planTexels(most).columns !== planTexels(this.#most).columns || !this.#canvas;
    if (fresh) this.#renew(plan, theme);
    this.#most = most;
    const canvas = this.#canvas!;
    let top = Number.POSITIVE_INFINITY;
    let bottom = -1;
    for (let node = 0; node < census.nodes.length; node++) {
      if (!fresh && !this.#changed(census, node)) continue;
      const y = plan.y[node]!;
      paintNode(this.#bitmap, canvas.width, plan.x[node]!, y, census, node, most, this.#palette!);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + cell.h);
    }
    if (bottom >= 0) canvas.getContext('2d')!.putImageData(this.#image!, 0, 0, 0, top, canvas.width, bottom - top);
    this.#remember(census);
    return canvas;
  }

  #renew(plan: FleetPlan, theme: Theme): void {
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, plan.width);
    canvas.height = Math.max(1, plan.height);
    this.#image = new ImageData(canvas.width, canvas.height);
    this.#bitmap = new Uint32Array(this.#image.data.buffer);
    this.#canvas = canvas;
    this.#plan = plan;
    this.#theme = theme;
    this.#palette = paletteOf(theme);
  }

  #changed(census: Census, node: number): boolean {
    if (this.#cpu[node] !== census.cpu[node] || this.#state[node] !== census.state[node]) return true;
    const from = census.start[node]!;
    const to = census.start[node + 1]!;
    if (this.#start[node] !== from || this.#start[node + 1] !== to) return true;
    for (let row = from; row < to; row++) if (this.#mark[row] !== census.mark[row]) return true;
    return false;
  }

  #remember(census: Census): void {
    if (this.#mark.length !== census.mark.length) this.#mark = new Uint8Array(census.mark.length);
    this.#mark.set(census.mark);
    this.#cpu = census.cpu.slice();
    this.#state = census.state.slice();
    this.#start = census.start.slice();
  }
}

export function mostPods(census: Census): number {
  let most = 0;
  for (let i = 0; i < census.nodes.length; i++) most = Math.max(most, census.start[i + 1]! - census.start[i]!);
  return most;
}

export { paletteOf };
