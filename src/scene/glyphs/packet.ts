// Light: a packet's shape says what it is for, its notch that an address was rewritten; the road behind it is solid, the road already
// decided dotted. The ticket at the ring says what was rewritten.
import type { Purpose } from '../../feed/records.ts';
import { fill, letter, type Pen, stroke } from '../canvas.ts';
import { defineGlyph } from '../glyph.ts';
import type { Road } from '../layout/atlas.ts';
import type { ColourName } from '../theme.ts';

export const colourOfPurpose: Readonly<Record<Purpose, ColourName>> = {
  request: 'packet-request',
  reply: 'packet-reply',
  dns: 'packet-dns',
  probe: 'packet-probe',
  control: 'packet-control',
  reset: 'packet-rst',
};

export interface TrailLook {
  readonly road: Road;
  readonly purpose: Purpose;
  /** 0 to 1: how far the light has come; the rest is dotted when `ahead`. */
  readonly until: number;
  readonly ahead: boolean;
  readonly alpha: number;
}

export const trail = defineGlyph<TrailLook>({
  name: 'trail',
  draw(pen, live, frame) {
    const { road, purpose, until, ahead, alpha } = live.look;
    const colour = frame.theme.colour[colourOfPurpose[purpose]];
    const thin = purpose === 'probe' || purpose === 'control';
    if (!thin && trace(pen, road, 0, until)) stroke(pen, { colour, width: 2.6, alpha: 0.95 * alpha, cap: 'round' });
    if (!thin && ahead && until < 1 && trace(pen, road, until, 1))
      stroke(pen, { colour, width: 2, alpha: 0.8 * alpha, dash: [0.5, 7], cap: 'round' });
  },
});

/** Puts the part of a road between two fractions into the path; false when there is nothing. */
function trace(pen: Pen, road: Road, from: number, to: number): boolean {
  let total = 0;
  for (let i = 1; i < road.length; i++) total += Math.hypot(road[i]!.x - road[i - 1]!.x, road[i]!.y - road[i - 1]!.y);
  const a = from * total;
  const b = to * total;
  if (b - a < 0.5) return false;
  pen.beginPath();
  let at = 0;
  let begun = false;
  for (let i = 1; i < road.length; i++) {
    const p = road[i - 1]!;
    const q = road[i]!;
    const length = Math.hypot(q.x - p.x, q.y - p.y);
    if (at + length >= a && at <= b && length > 0) {
      const s = Math.max(0, (a - at) / length);
      const e = Math.min(1, (b - at) / length);
      if (!begun) pen.moveTo(p.x + (q.x - p.x) * s, p.y + (q.y - p.y) * s);
      begun = true;
      pen.lineTo(p.x + (q.x - p.x) * e, p.y + (q.y - p.y) * e);
    }
    at += length;
  }
  return begun;
}

export interface PacketLook {
  readonly purpose: Purpose;
  readonly rewritten: boolean;
  readonly angle: number;
}

export const packet = defineGlyph<PacketLook>({
  name: 'packet',
  hit: (box, x, y) => Math.hypot(x - box.x, y - box.y) <= box.w / 2 + 5,
  draw(pen, live, frame) {
    drawPacket(
      pen,
      live.look.purpose,
      live.x,
      live.y,
      live.w / 2,
      live.look.angle,
      frame.theme.colour[colourOfPurpose[live.look.purpose]],
      frame.theme.colour['water-0'],
    );
    if (!live.look.rewritten || live.look.purpose === 'control' || live.look.purpose === 'probe') return;
    const r = live.w / 2;
    pen.beginPath();
    pen.moveTo(live.x - 0.42 * r, live.y - 1.5 * r);
    pen.lineTo(live.x + 0.42 * r, live.y - 1.5 * r);
    pen.lineTo(live.x, live.y - 0.1 * r);
    pen.closePath();
    fill(pen, frame.theme.colour['water-0']);
  },
});

export function drawPacket(pen: Pen, purpose: Purpose, x: number, y: number, r: number, angle: number, colour: string, edge: string): void {
  pen.beginPath();
  if (purpose === 'reset') {
    pen.moveTo(x - 0.8 * r, y - 0.8 * r);
    pen.lineTo(x + 0.8 * r, y + 0.8 * r);
    pen.moveTo(x + 0.8 * r, y - 0.8 * r);
    pen.lineTo(x - 0.8 * r, y + 0.8 * r);
    stroke(pen, { colour, width: 0.5 * r, cap: 'round' });
    return;
  }
  if (purpose === 'probe') {
    pen.moveTo(x - Math.sin(angle) * 0.8 * r, y + Math.cos(angle) * 0.8 * r);
    pen.lineTo(x + Math.sin(angle) * 0.8 * r, y - Math.cos(angle) * 0.8 * r);
    stroke(pen, { colour, width: 3, cap: 'round' });
    return;
  }
  if (purpose === 'request') pen.arc(x, y, r, 0, 2 * Math.PI);
  else if (purpose === 'reply') pen.roundRect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r, 1.5);
  else if (purpose === 'dns') {
    pen.moveTo(x, y - 1.15 * r);
    pen.lineTo(x + 1.15 * r, y);
    pen.lineTo(x, y + 1.15 * r);
    pen.lineTo(x - 1.15 * r, y);
    pen.closePath();
  } else {
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    pen.moveTo(x + c * r, y + s * r);
    pen.lineTo(x - c * 0.7 * r - s * 0.75 * r, y - s * 0.7 * r + c * 0.75 * r);
    pen.lineTo(x - c * 0.7 * r + s * 0.75 * r, y - s * 0.7 * r - c * 0.75 * r);
    pen.closePath();
  }
  fill(pen, colour);
  stroke(pen, { colour: edge, width: 1.5 });
}

export interface TicketLook {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly purpose: Purpose;
  /** There is no room at the right. */
  readonly left: boolean;
  readonly alpha: number;
}

/** Hangs at the right of a ring (x = its middle) and stays until the packet arrives. */
export const ticket = defineGlyph<TicketLook>({
  name: 'ticket',
  draw(pen, live, frame) {
    const { colour, ui, mono } = frame.theme;
    const { title, before, after, purpose, left, alpha } = live.look;
    const x = left ? live.x - 60 - Math.max(title.length * 6.6, 32 + after.length * 7.6) : live.x + 47;
    const y = live.y;
    pen.beginPath();
    pen.moveTo(left ? live.x - 33 : live.x + 33, y);
    pen.lineTo(left ? live.x - 45 : x, y);
    stroke(pen, { colour: colour.vip, width: 1.5, alpha });
    pen.beginPath();
    pen.moveTo(x, y - 22);
    pen.lineTo(x, y + 24);
    stroke(pen, { colour: colour.vip, width: 2.5, alpha });
    const halo = { halo: colour['water-1'], alpha };
    letter(pen, title, x + 10, y - 11, { font: `600 12.5px ${ui}`, colour: colour.vip, ...halo });
    letter(pen, before, x + 10, y + 7, { font: `500 12.5px ${mono}`, colour: colour['ink-2'], ...halo });
    pen.beginPath();
    pen.moveTo(x + 9, y + 3);
    pen.lineTo(x + 11 + before.length * 7.55, y + 3);
    stroke(pen, { colour: colour['ink-2'], width: 1.2, alpha });
    const own = colour[colourOfPurpose[purpose]];
    pen.beginPath();
    pen.moveTo(x + 10, y + 19);
    pen.lineTo(x + 25, y + 19);
    pen.moveTo(x + 20.5, y + 15);
    pen.lineTo(x + 25, y + 19);
    pen.lineTo(x + 20.5, y + 23);
    stroke(pen, { colour: own, width: 1.8, alpha });
    letter(pen, after, x + 32, y + 23.5, { font: `700 12.5px ${mono}`, colour: colour.ink, ...halo });
  },
});

/** The packet's words, above the wire. */
export const saying = defineGlyph<{ readonly text: string; readonly purpose: Purpose }>({
  name: 'saying',
  draw(pen, live, frame) {
    const { colour, mono, ui } = frame.theme;
    const { text, purpose } = live.look;
    const quiet = purpose === 'control';
    letter(pen, text, live.x, live.y, {
      font: quiet ? `500 11.5px ${ui}` : `500 12.5px ${mono}`,
      colour: quiet ? colour['ink-2'] : colour[colourOfPurpose[purpose]],
      halo: colour['water-1'],
      align: live.w > 0 ? 'left' : 'right',
    });
  },
});

/** Traffic too dense for single packets: a moving dash with its exact number. */
export interface LaneLook {
  readonly road: Road;
  readonly purpose: Purpose;
  readonly packets: number;
}

export const lane = defineGlyph<LaneLook>({
  name: 'lane',
  draw(pen, live, frame) {
    const { road, purpose, packets } = live.look;
    const colour = frame.theme.colour[colourOfPurpose[purpose]];
    if (!trace(pen, road, 0, 1)) return;
    const gap = Math.max(5, 26 - 6 * Math.log10(1 + packets));
    const offset = frame.still ? 0 : -((frame.ranMs / 22) % (gap + 5));
    stroke(pen, { colour, width: 2.2, alpha: 0.85, dash: [5, gap], dashOffset: offset, cap: 'round' });
  },
});
