// A pod: a rounded heptagon with one kernel per container, the state cut into each. Close up, containers carry their names.
import type { Mark } from '../../feed/records.ts';
import { fill, letter, type Pen, stroke } from '../canvas.ts';
import { defineGlyph, type Frame, type Live } from '../glyph.ts';
import type { PodLook } from '../layout/tank.ts';
import { colourOfMark, drawMark, heptagon, kernels, membraneDash } from '../shapes.ts';

export const pod = defineGlyph<PodLook>({
  name: 'pod',
  state: (look) => `${look.pod.mark} ${look.pod.containers.map((container) => container.mark).join(' ')}`,
  hit: (box, x, y) => Math.hypot(x - box.x, y - box.y) <= box.w / 2 + 4,
  draw(pen, live, frame) {
    const r = (live.w / 2) * (live.leaving ? 0.4 + 0.6 * live.grow : live.grow);
    if (r < 0.5) return;
    const before = pen.globalAlpha;
    if (live.leaving) pen.globalAlpha = before * live.grow;
    const { mark, containers } = live.look.pod;
    const chosen = live.subject !== undefined && frame.selected === live.subject;
    if (chosen || (live.subject !== undefined && frame.hovered === live.subject)) {
      heptagon(pen, live.x, live.y, r + 8);
      stroke(pen, { colour: frame.theme.colour.focus, width: 1.5, alpha: chosen ? 1 : 0.45 });
    }
    drawMembrane(pen, live, r, mark, frame);
    const shown = containers.filter((container) => !container.init || container.state === 'running');
    kernels(shown.length).forEach((kernel, i) => {
      const container = shown[i];
      const now = mark === 'terminating' || mark === 'unreachable' || !container ? mark : container.mark === 'none' ? mark : container.mark;
      drawKernel(pen, live, live.x + kernel.x * r, live.y + (kernel.y + (shown.length <= 1 ? 0.02 : 0)) * r, kernel.r * r, now, frame);
      if (container?.backOff) drawRing(pen, live.x + kernel.x * r, live.y + kernel.y * r, kernel.r * r, container.backOff, frame);
      if (container && r * frame.zoom > 50) drawName(pen, live.x + kernel.x * r, live.y + (kernel.y + kernel.r) * r, container.name, frame);
    });
    pen.globalAlpha = before;
  },
});

function drawMembrane(pen: Pen, live: Live<PodLook>, r: number, mark: Mark, frame: Frame): void {
  const colour = frame.theme.colour;
  const own = colour[colourOfMark[mark]];
  const quiet = live.look.quiet;
  heptagon(pen, live.x, live.y, r);
  fill(pen, colour['water-0'], 0.55);
  fill(pen, own, quiet ? 0.1 : 0.17);
  const width = r <= 20 || mark === 'running' ? 1.5 : 2.2;
  const dash = membraneDash(mark, r, live.leaving ? 1 - live.grow : 0);
  stroke(pen, { colour: own, width: width + 1.2 * live.flash, alpha: quiet ? 0.6 + 0.4 * live.flash : 1, dash });
  if (quiet || r < 18) return;
  pen.beginPath();
  pen.moveTo(live.x - 0.6 * r, live.y - 0.34 * r);
  pen.quadraticCurveTo(live.x - 0.44 * r, live.y - 0.62 * r, live.x - 0.14 * r, live.y - 0.72 * r);
  stroke(pen, { colour: colour.ink, width: 1.8, alpha: 0.55, cap: 'round' });
}

function drawKernel(pen: Pen, live: Live<PodLook>, x: number, y: number, full: number, mark: Mark, frame: Frame): void {
  const colour = frame.theme.colour;
  const r = mark === 'succeeded' ? 0.6 * full : full;
  const old = live.before?.pod.mark;
  if (old !== undefined && live.fade < 1) {
    pen.beginPath();
    pen.arc(x, y, r, 0, 2 * Math.PI);
    fill(pen, colour[colourOfMark[old]], 1 - live.fade);
  }
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  fill(pen, colour[colourOfMark[mark]], (live.look.quiet ? 0.55 : 1) * live.fade);
  drawMark(pen, mark, x, y, r, colour['water-0']);
}

/** Fills with the back-off: the next start is when it is full. */
function drawRing(
  pen: Pen,
  x: number,
  y: number,
  kernel: number,
  backOff: { readonly from: number; readonly until: number },
  frame: Frame,
): void {
  const r = kernel * 1.18;
  const done = Math.min(1, Math.max(0, (frame.now - backOff.from) / Math.max(1, backOff.until - backOff.from)));
  const width = Math.max(1.5, kernel * 0.12);
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  stroke(pen, { colour: frame.theme.colour.failed, width, alpha: 0.28 });
  pen.beginPath();
  pen.arc(x, y, r, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * done);
  stroke(pen, { colour: frame.theme.colour.failed, width, cap: 'round' });
}

function drawName(pen: Pen, x: number, y: number, name: string, frame: Frame): void {
  const size = 11.5 / frame.zoom;
  letter(pen, name, x, y + size * 1.5, {
    font: `600 ${size}px ${frame.theme.ui}`,
    colour: frame.theme.colour.ink,
    align: 'center',
    halo: frame.theme.colour['water-1'],
    haloWidth: 3 / frame.zoom,
  });
}
