// What joins pods to the world: stems and stalks of the pod network, the wire under the tanks, the watches' dotted line above them.
import { fill, letter, stroke } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';
import type { StalkLook } from '../layout/tank.ts';

export const stem = defineGlyph<object>({
  name: 'stem',
  draw(pen, live, frame) {
    pen.beginPath();
    const foot = live.y + live.h;
    const top = foot - live.h * live.grow;
    pen.moveTo(live.x, foot);
    pen.bezierCurveTo(live.x - 5, foot - (foot - top) * 0.3, live.x + 5, top + (foot - top) * 0.4, live.x, top);
    stroke(pen, { colour: frame.theme.colour.kelp, width: 5, alpha: 0.55, cap: 'round' });
  },
});

export const stalk = defineGlyph<StalkLook>({
  name: 'stalk',
  draw(pen, live, frame) {
    const { stemX, joinY } = live.look;
    pen.beginPath();
    pen.moveTo(stemX, joinY);
    const x = stemX + (live.x - stemX) * live.grow;
    const y = joinY + (live.y - joinY) * live.grow;
    pen.bezierCurveTo(stemX, y + 18, stemX + (x - stemX) * 0.45, y + 4, x, y);
    stroke(pen, { colour: frame.theme.colour.kelp, width: 3, alpha: 0.55 * live.grow, cap: 'round' });
  },
});

export const wire = defineGlyph<{ readonly upright: boolean }>({
  name: 'wire',
  draw(pen, live, frame) {
    const { x, y, w, h } = live;
    pen.beginPath();
    pen.rect(x, y, w, h);
    fill(pen, frame.theme.colour['water-0'], 0.55);
    pen.beginPath();
    if (live.look.upright) {
      pen.moveTo(x - 0.5, y);
      pen.lineTo(x - 0.5, y + h);
      pen.moveTo(x + w + 0.5, y);
      pen.lineTo(x + w + 0.5, y + h);
    } else {
      pen.moveTo(x, y - 0.5);
      pen.lineTo(x + w, y - 0.5);
      pen.moveTo(x, y + h + 0.5);
      pen.lineTo(x + w, y + h + 0.5);
    }
    stroke(pen, { colour: frame.theme.colour['glass-edge'], width: 1, alpha: 0.8 });
  },
});

interface ControlLook {
  readonly valves: readonly { readonly x: number; readonly valveY: number; readonly controlY: number }[];
}

export const control = defineGlyph<ControlLook>({
  name: 'control',
  draw(pen, live, frame) {
    const { colour, ui } = frame.theme;
    const { valves } = live.look;
    if (valves.length === 0) return;
    const y = valves[0]!.controlY;
    const rows = new Map<number, typeof valves>();
    for (const valve of valves) rows.set(valve.controlY, [...(rows.get(valve.controlY) ?? []), valve]);
    pen.beginPath();
    pen.moveTo(live.x, live.y);
    pen.lineTo(live.x, y);
    for (const [row, its] of rows) {
      const xs = [...its.map((valve) => valve.x), live.x];
      pen.moveTo(Math.min(...xs), row);
      pen.lineTo(Math.max(...xs), row);
      for (const valve of its) {
        pen.moveTo(valve.x, row);
        pen.lineTo(valve.x, valve.valveY);
      }
    }
    stroke(pen, { colour: colour['packet-control'], width: 1.5, alpha: 0.45, dash: [0.1, 5.5], cap: 'round' });
    const s = 1 / Math.max(1, frame.zoom * 0.8);
    const quiet = { font: `500 ${11.5 * s}px ${ui}`, colour: colour['ink-2'], halo: colour['water-1'] };
    for (const valve of valves) {
      pen.beginPath();
      pen.arc(valve.x, valve.valveY, 6, 0, 2 * Math.PI);
      fill(pen, colour['water-1']);
      stroke(pen, { colour: colour['packet-control'], width: 1.6, alpha: 0.8 });
      pen.beginPath();
      pen.arc(valve.x, valve.valveY, 2, 0, 2 * Math.PI);
      fill(pen, colour['packet-control']);
      if (frame.zoom >= 0.7) letter(pen, 'kubelet', valve.x + 12, valve.valveY + 17, quiet);
    }
    if (frame.zoom >= 0.7) letter(pen, 'every watch starts at the API server', live.x, y - 9, quiet);
  },
});
