// The two shapes everything is made of: the rounded heptagon of a pod, and the mark cut into a kernel.
// Measures: visual language, "Glyphs".
import type { Mark } from '../feed/records.ts';
import type { Pen } from './canvas.ts';
import { fill, stroke } from './canvas.ts';
import type { ColourName } from './theme.ts';

export const colourOfMark: Readonly<Record<Mark, ColourName>> = {
  none: 'unknown',
  ready: 'ready',
  running: 'running',
  creating: 'creating',
  pending: 'pending',
  restarting: 'failed',
  failed: 'failed',
  unreachable: 'failed',
  succeeded: 'succeeded',
  terminating: 'terminating',
  unknown: 'unknown',
};

/** Corners one point up, the first at the top. */
const corners = Array.from({ length: 7 }, (_, i) => {
  const angle = -Math.PI / 2 + (i * 2 * Math.PI) / 7;
  return [Math.cos(angle), Math.sin(angle)] as const;
});
const side = 2 * Math.sin(Math.PI / 7);

/** Begins and closes the path of a heptagon whose corners are rounded by 0.30 R on each side. */
export function heptagon(pen: Pen, x: number, y: number, radius: number): void {
  const cut = 0.3 / side;
  pen.beginPath();
  for (let i = 0; i < 7; i++) {
    const [ax, ay] = corners[(i + 6) % 7]!;
    const [bx, by] = corners[i]!;
    const [cx, cy] = corners[(i + 1) % 7]!;
    const inX = x + radius * (bx + (ax - bx) * cut);
    const inY = y + radius * (by + (ay - by) * cut);
    if (i === 0) pen.moveTo(inX, inY);
    else pen.lineTo(inX, inY);
    pen.quadraticCurveTo(x + radius * bx, y + radius * by, x + radius * (bx + (cx - bx) * cut), y + radius * (by + (cy - by) * cut));
  }
  pen.closePath();
}

/** Membrane of each state as dashes in parts of R; whole when absent. */
export function membraneDash(mark: Mark, radius: number, dissolving = 0): readonly number[] | undefined {
  if (mark === 'creating' || mark === 'pending') return [0.42 * radius, 0.2 * radius];
  if (mark === 'restarting') return [0.23 * radius, 0.09 * radius];
  if (mark === 'terminating') return [0.3 * radius, (0.22 + 0.35 * dissolving) * radius];
  return undefined;
}

/** Where the kernels of `count` containers stand, in parts of R, and how large they are. */
export function kernels(count: number): readonly { readonly x: number; readonly y: number; readonly r: number }[] {
  if (count <= 1) return [{ x: 0, y: 0, r: 0.46 }];
  if (count === 2) return [-0.31, 0.31].map((x) => ({ x, y: 0, r: 0.29 }));
  return Array.from({ length: count }, (_, i) => {
    const angle = -Math.PI / 2 + (i * 2 * Math.PI) / count;
    return { x: 0.48 * Math.cos(angle), y: 0.48 * Math.sin(angle), r: Math.min(0.27, (0.45 * Math.PI) / count) };
  });
}

type MarkDrawing = (pen: Pen, x: number, y: number, h: number, colour: string) => void;

const cut = (pen: Pen, h: number, colour: string): void => stroke(pen, { colour, width: 0.42 * h, cap: 'round' });

const drawings: Readonly<Record<Mark, MarkDrawing>> = {
  none: dash,
  unknown: dash,
  ready(pen, x, y, h, colour) {
    pen.moveTo(x - h, y + 0.05 * h);
    pen.lineTo(x - 0.3 * h, y + 0.75 * h);
    pen.lineTo(x + h, y - 0.75 * h);
    cut(pen, h, colour);
  },
  running(pen, x, y, h, colour) {
    pen.moveTo(x - 0.6 * h, y - 0.95 * h);
    pen.lineTo(x + h, y);
    pen.lineTo(x - 0.6 * h, y + 0.95 * h);
    pen.closePath();
    fill(pen, colour);
  },
  creating(pen, x, y, h, colour) {
    for (const dx of [-0.84, 0, 0.84]) {
      pen.moveTo(x + dx * h + 0.28 * h, y);
      pen.arc(x + dx * h, y, 0.28 * h, 0, 2 * Math.PI);
    }
    fill(pen, colour);
  },
  pending(pen, x, y, h, colour) {
    pen.arc(x, y, h, 0, 2 * Math.PI);
    pen.moveTo(x, y - 0.55 * h);
    pen.lineTo(x, y);
    pen.lineTo(x + 0.45 * h, y);
    cut(pen, h, colour);
  },
  restarting(pen, x, y, h, colour) {
    pen.arc(x, y, 0.92 * h, -0.4, 0.4, true);
    cut(pen, h, colour);
    pen.beginPath();
    pen.moveTo(x + 1.15 * h, y - 1.1 * h);
    pen.lineTo(x + 1.15 * h, y - 0.05 * h);
    pen.lineTo(x + 0.1 * h, y - 0.05 * h);
    pen.closePath();
    fill(pen, colour);
  },
  failed: cross,
  unreachable: cross,
  succeeded(pen, x, y, h, colour) {
    pen.rect(x - 0.7 * h, y - 0.7 * h, 1.4 * h, 1.4 * h);
    fill(pen, colour);
  },
  terminating(pen, x, y, h, colour) {
    pen.moveTo(x - 0.95 * h, y + 0.8 * h);
    pen.lineTo(x + 0.95 * h, y + 0.8 * h);
    pen.moveTo(x, y + 0.8 * h);
    pen.lineTo(x, y - 0.9 * h);
    cut(pen, h, colour);
  },
};

function dash(pen: Pen, x: number, y: number, h: number, colour: string): void {
  pen.moveTo(x - 0.8 * h, y);
  pen.lineTo(x + 0.8 * h, y);
  cut(pen, h, colour);
}

function cross(pen: Pen, x: number, y: number, h: number, colour: string): void {
  pen.moveTo(x - 0.8 * h, y - 0.8 * h);
  pen.lineTo(x + 0.8 * h, y + 0.8 * h);
  pen.moveTo(x + 0.8 * h, y - 0.8 * h);
  pen.lineTo(x - 0.8 * h, y + 0.8 * h);
  cut(pen, h, colour);
}

/** The state mark, cut into a kernel of radius `r` in the water's colour: half-width 0.52 r, stroke 0.42 of that. */
export function drawMark(pen: Pen, mark: Mark, x: number, y: number, r: number, colour: string): void {
  pen.beginPath();
  drawings[mark](pen, x, y, 0.52 * r, colour);
}
