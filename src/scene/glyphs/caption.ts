// Words beside a pod: workload, what tells siblings apart, address. Never over a stem: the layout puts them on the far side.
import { letter } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';
import type { CaptionLook } from '../layout/tank.ts';

export const caption = defineGlyph<CaptionLook>({
  name: 'caption',
  draw(pen, live, frame) {
    const { colour, ui, mono } = frame.theme;
    const { name, lines, align, quiet } = live.look;
    if (12 * frame.zoom < 8.5) return;
    const how = { align, halo: colour['water-1'], alpha: live.grow };
    let y = live.y;
    if (name !== undefined) {
      letter(pen, name, live.x, y, { ...how, font: `600 12.5px ${ui}`, colour: colour.ink });
      y += 15;
    }
    for (const line of lines) {
      letter(pen, line, live.x, y, { ...how, font: quiet ? `500 11.5px ${mono}` : `450 12px ${mono}`, colour: colour['ink-2'] });
      y += 14;
    }
  },
});
