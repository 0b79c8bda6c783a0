// Words beside a pod: workload, what tells siblings apart, address. Never over a stem: the layout puts them on the far side.
import { letter } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';
import type { CaptionLook } from '../layout/tank.ts';

export const caption = defineGlyph<CaptionLook>({
  name: 'caption',
  draw(pen, live, frame) {
    const { colour, ui, mono } = frame.theme;
    const { name, lines, align, quiet, near } = live.look;
    if (12 * frame.zoom < 8.5) return;
    // Close up words grow slower than shapes.
    const s = 1 / Math.max(1, frame.zoom * 0.8);
    const how = { align, halo: colour['water-1'], alpha: live.grow };
    let y = live.y;
    if (name !== undefined) {
      letter(pen, name, live.x, y, { ...how, font: `600 ${12.5 * s}px ${ui}`, colour: colour.ink });
      y += 15 * s;
    }
    for (const line of frame.zoom > 1.8 && near ? [...lines, ...near] : lines) {
      letter(pen, line, live.x, y, {
        ...how,
        font: quiet ? `500 ${11.5 * s}px ${mono}` : `450 ${12 * s}px ${mono}`,
        colour: colour['ink-2'],
      });
      y += 14 * s;
    }
  },
});
