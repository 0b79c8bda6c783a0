// Between fleet and node: a texel has grown into a pod of 4 to 20 pixels, a cell into a small tank. Pods are stamped from sprites, one per
// state and size, so that a screen of several thousand stays cheap.
import { type Mark, marks } from '../feed/records.ts';
import { fill, letter, type Pen, stroke } from './canvas.ts';
import type { Census } from './layout/census.ts';
import { cell, type FleetPlan, fleetScale } from './layout/fleet.ts';
import { colourOfMark, drawMark, heptagon } from './shapes.ts';
import type { Theme } from './theme.ts';

interface RackView {
  /** Screen = world × k + (x, y). */
  readonly k: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

export class RackPainter {
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  #theme: Theme | undefined;

  /** Draws every node in view, in screen pixels. */
  draw(pen: CanvasRenderingContext2D, census: Census, plan: FleetPlan, view: RackView, theme: Theme, most: number): void {
    if (theme !== this.#theme) this.#sprites.clear();
    this.#theme = theme;
    const s = view.k * fleetScale;
    for (let node = 0; node < census.nodes.length; node++) {
      const x = plan.x[node]! * s + view.x;
      const y = plan.y[node]! * s + view.y;
      if (x > view.width || y > view.height || x + cell.w * s < 0 || y + cell.h * s < 0) continue;
      this.#node(pen, census, node, x, y, (cell.w - 1) * s, (cell.h - 1) * s, theme, most, view.ratio);
    }
  }

  #node(
    pen: CanvasRenderingContext2D,
    census: Census,
    node: number,
    x: number,
    y: number,
    w: number,
    h: number,
    theme: Theme,
    most: number,
    ratio: number,
  ): void {
    const state = census.state[node]!;
    const lost = state === 1 || state === 2;
    const named = h > 84;
    const head = named ? 17 : 2;
    drawCell(pen as unknown as Pen, x, y, w, h, lost, census.cpu[node]! / 255, theme);
    if (named)
      letter(pen as unknown as Pen, census.nodes[node]!, x + 5, y + 12.5, {
        font: `600 11.5px ${theme.ui}`,
        colour: theme.colour.ink,
        halo: theme.colour['water-1'],
      });
    const count = census.start[node + 1]! - census.start[node]!;
    const room = { w: w - 6, h: h - head - 5 };
    const fit = Math.max(most, 1);
    const columns = Math.max(1, Math.min(fit, Math.ceil(Math.sqrt((fit * room.w) / room.h))));
    const size = Math.min(room.w / columns, room.h / Math.ceil(fit / columns), 22);
    for (let i = 0; i < count; i++) {
      const own = marks[census.mark[census.start[node]! + i]!]!;
      if (own === 'none') continue;
      const mark = lost && (own === 'ready' || own === 'running') ? 'unreachable' : own;
      const px = x + 3 + (i % columns) * size;
      const py = y + head + 1 + Math.floor(i / columns) * size;
      pen.drawImage(this.#sprite(mark, size, ratio, theme), px, py, size, size);
    }
  }

  #sprite(mark: Mark, size: number, ratio: number, theme: Theme): HTMLCanvasElement {
    const px = Math.max(2, Math.round(size * ratio));
    const key = `${mark} ${px}`;
    let sprite = this.#sprites.get(key);
    if (!sprite) {
      if (this.#sprites.size > 400) this.#sprites.clear();
      sprite = document.createElement('canvas');
      sprite.width = px;
      sprite.height = px;
      const pen = sprite.getContext('2d')!;
      pen.scale(px / size, px / size);
      drawSmallPod(pen as unknown as Pen, mark, size / 2, size / 2, size * 0.45, theme);
      this.#sprites.set(key, sprite);
    }
    return sprite;
  }
}

function drawCell(pen: Pen, x: number, y: number, w: number, h: number, lost: boolean, cpu: number, theme: Theme): void {
  const colour = theme.colour;
  const corner = Math.min(7, w / 12);
  pen.beginPath();
  pen.roundRect(x, y, w, h, corner);
  fill(pen, colour.glass, 0.7);
  if (!lost) {
    pen.beginPath();
    pen.roundRect(x, y + h * (1 - cpu), w, h * cpu, [0, 0, corner, corner] as never);
    fill(pen, colour['tank-water'], 0.6);
    pen.beginPath();
    pen.moveTo(x, y + h * (1 - cpu));
    pen.lineTo(x + w, y + h * (1 - cpu));
    stroke(pen, { colour: colour.accent, width: 1, alpha: 0.6 });
  }
  pen.beginPath();
  pen.roundRect(x, y, w, h, corner);
  stroke(pen, { colour: lost ? colour.failed : colour['glass-edge'], width: w > 60 ? 1.6 : 1, dash: lost ? [7, 5] : undefined });
}

/** Square below 8.5 px, heptagon above, mark from 10 px; crosses and bars tell states apart even when tiny. */
export function drawSmallPod(pen: Pen, mark: Mark, x: number, y: number, r: number, theme: Theme): void {
  const own = theme.colour[colourOfMark[mark]];
  const solid = mark !== 'terminating' && mark !== 'pending' && mark !== 'creating';
  if (r < 4.25) {
    pen.beginPath();
    if (mark === 'failed' || mark === 'unreachable' || mark === 'restarting') {
      pen.moveTo(x - 0.85 * r, y - 0.85 * r);
      pen.lineTo(x + 0.85 * r, y + 0.85 * r);
      pen.moveTo(x + 0.85 * r, y - 0.85 * r);
      pen.lineTo(x - 0.85 * r, y + 0.85 * r);
      stroke(pen, { colour: own, width: Math.max(1, 0.4 * r) });
      return;
    }
    if (mark === 'terminating') pen.rect(x - 0.9 * r, y - 0.25 * r, 1.8 * r, 0.5 * r);
    else pen.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r);
    fill(pen, own, mark === 'ready' ? 0.7 : 1);
    return;
  }
  heptagon(pen, x, y, r);
  if (solid) fill(pen, own, mark === 'ready' ? 0.85 : 1);
  else {
    fill(pen, own, 0.25);
    stroke(pen, { colour: own, width: 1.3, dash: [0.42 * r, 0.25 * r] });
  }
  if (r >= 5) drawMark(pen, mark, x, y, r * 0.8, solid ? theme.colour['water-0'] : own);
}
