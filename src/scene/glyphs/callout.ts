// A note of the field guide with its thin line to the thing it names: the specimen tank of the first screen.
import { fill, letter, stroke } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';

export interface CalloutLook {
  readonly title: string;
  readonly detail: string;
  readonly align: 'left' | 'right';
  /** From the words to the thing: a line, or one soft curve. */
  readonly to: { readonly x: number; readonly y: number };
}

export const callout = defineGlyph<CalloutLook>({
  name: 'callout',
  draw(pen, live, frame) {
    const { colour, ui } = frame.theme;
    const { title, detail, align, to } = live.look;
    const fromX = align === 'right' ? live.x + 4 : live.x;
    const fromY = align === 'right' ? live.y - 4 : live.y + 23;
    pen.beginPath();
    pen.moveTo(fromX, fromY);
    if (Math.abs(to.y - fromY) < 1 || Math.abs(to.x - fromX) < 1) pen.lineTo(to.x, to.y);
    else pen.bezierCurveTo(fromX + (to.x - fromX) * 0.4, fromY, fromX + (to.x - fromX) * 0.45, to.y, to.x, to.y);
    stroke(pen, { colour: colour['ink-2'], width: 1.2 });
    pen.beginPath();
    pen.arc(to.x, to.y, 3, 0, 2 * Math.PI);
    fill(pen, colour.ink);
    letter(pen, title, live.x, live.y, { font: `650 15px ${ui}`, colour: colour.ink, align });
    if (detail !== '') letter(pen, detail, live.x, live.y + 18, { font: `400 13px ${ui}`, colour: colour['ink-2'], align });
  },
});
