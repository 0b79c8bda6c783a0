// The gate of a node: one arc per Service, the same on every node, because a virtual address is a rule on every node. The arc in use is
// thick. Lit arcs are named in the frame by the traffic that passes.
import { fill, letter, stroke } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';
import type { RingLook } from '../layout/tank.ts';

/** Arc under a point, or undefined. */
export function arcAt(look: RingLook, cx: number, cy: number, x: number, y: number): string | undefined {
  const distance = Math.hypot(x - cx, y - cy);
  if (distance < 16 || distance > 33 || look.arcs.length === 0) return undefined;
  const step = (2 * Math.PI) / look.arcs.length;
  const angle = Math.atan2(y - cy, x - cx) + Math.PI / 2 + step / 2;
  return look.arcs[Math.floor((((angle % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) / step)]?.key;
}

export const ring = defineGlyph<RingLook>({
  name: 'ring',
  hit: (box, x, y) => Math.hypot(x - box.x, y - box.y) <= 33,
  draw(pen, live, frame) {
    const { x, y, look } = live;
    const { colour, ui } = frame.theme;
    pen.beginPath();
    pen.moveTo(x, y + 26);
    pen.lineTo(x, look.wireY - 7);
    stroke(pen, { colour: colour['glass-edge'], width: 6 });
    stroke(pen, { colour: colour['water-0'], width: 3 });
    pen.beginPath();
    pen.arc(x, y, 31, 0, 2 * Math.PI);
    fill(pen, colour['water-1']);
    stroke(pen, { colour: colour['glass-edge'], width: 1.5 });
    const count = look.arcs.length;
    if (count === 0) {
      if (look.count === undefined) return;
      pen.beginPath();
      pen.arc(x, y, 24, 0, 2 * Math.PI);
      stroke(pen, { colour: colour.vip, width: 3, alpha: 0.6 });
      letter(pen, String(look.count), x, y + 4, { font: `600 12px ${ui}`, colour: colour.vip, align: 'center' });
      return;
    }
    const step = (2 * Math.PI) / count;
    const gap = count === 1 ? 0 : Math.min(0.14, step / 4);
    look.arcs.forEach((arc, i) => {
      const middle = -Math.PI / 2 + i * step;
      const lit = look.lit?.get(arc.key) ?? 0;
      pen.beginPath();
      pen.arc(x, y, 24, middle - step / 2 + gap / 2, middle + step / 2 - gap / 2);
      stroke(pen, { colour: colour.vip, width: 3 + 4 * lit, alpha: 0.6 + 0.4 * lit });
    });
  },
});
