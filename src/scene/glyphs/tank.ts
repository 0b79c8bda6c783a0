// A node: glass tank, water as high as its CPU, sand as high as its memory, the glass ledge of the control plane, name and address.
import { fill, letter, type Pen, stroke } from '../canvas.ts';
import { defineGlyph, type Frame, type Live } from '../glyph.ts';
import type { TankLook } from '../layout/tank.ts';
import { grain } from '../motion.ts';
import { drawMark } from '../shapes.ts';

type Tank = Live<TankLook>;

export const tank = defineGlyph<TankLook>({
  name: 'tank',
  state: (look) => `${look.node.ready} ${look.node.schedulable}`,
  hit: (box, x, y) => x >= box.x && x <= box.x + box.w && y >= box.y - 36 && y <= box.y + box.h,
  draw(pen, live, frame) {
    const before = pen.globalAlpha;
    pen.globalAlpha = before * live.grow;
    const { x, y, w, h, look } = live;
    const colour = frame.theme.colour;
    const glass = pen.createLinearGradient(0, y, 0, y + h);
    glass.addColorStop(0, clear(colour.glass, 0.5));
    glass.addColorStop(1, clear(colour.glass, 0.85));
    pen.beginPath();
    pen.roundRect(x, y, w, h, 12);
    fill(pen, glass);
    pen.save();
    pen.beginPath();
    pen.roundRect(x, y, w, h, 12);
    pen.clip();
    drawWater(pen, live, frame);
    drawShafts(pen, live, frame);
    drawSand(pen, live, frame);
    pen.restore();
    if (look.ledgeY !== undefined) drawLedge(pen, live, frame, look.ledgeY);
    drawGlass(pen, live, frame);
    if (look.node.ready === 'True') drawBubbles(pen, live, frame);
    if (!look.bare) drawWords(pen, live, frame);
    pen.globalAlpha = before;
  },
});

/** `#rrggbb` with an alpha; other notations stay as they are. */
function clear(colour: string, alpha: number): string {
  return colour.startsWith('#') && colour.length === 7
    ? `${colour}${Math.round(alpha * 255)
        .toString(16)
        .padStart(2, '0')}`
    : colour;
}

/** Level by which the water stands now, leaving room for its easing in the join. */
function drawWater(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h, look } = live;
  if (look.node.ready !== 'True') return;
  const colour = frame.theme.colour;
  const bottom = y + h;
  const phase = frame.still ? 0 : (frame.ranMs / 4000) * 2 * Math.PI;
  const water = pen.createLinearGradient(0, look.waterY, 0, bottom);
  water.addColorStop(0, clear(colour['tank-water'], 0.62));
  water.addColorStop(1, clear(colour['tank-water'], 0.34));
  wave(pen, x, look.waterY, w, phase, look.node.name);
  pen.lineTo(x + w, bottom);
  pen.lineTo(x, bottom);
  pen.closePath();
  fill(pen, water);
  wave(pen, x, look.waterY, w, phase, look.node.name);
  stroke(pen, { colour: colour.accent, width: 1.6, alpha: 0.75 });
  wave(pen, x, look.waterY + 7, w, phase * 0.8 + 1.9, `${look.node.name} below`);
  stroke(pen, { colour: colour.accent, width: 1.2, alpha: 0.18 });
}

function wave(pen: Pen, x: number, y: number, w: number, phase: number, word: string): void {
  const random = grain(word);
  const parts = 24;
  const step = w / parts;
  pen.beginPath();
  pen.moveTo(x, y);
  for (let i = 0; i < parts; i++) {
    const crest = (2 + 3 * random()) * Math.sin(phase + i * 1.9 + random());
    pen.quadraticCurveTo(x + (i + 0.5) * step, y + crest, x + (i + 1) * step, y);
  }
}

function drawShafts(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h } = live;
  for (const [at, width, spread, alpha] of [
    [0.18, 0.12, 0.1, 0.022],
    [0.62, 0.07, 0.08, 0.018],
  ] as const) {
    pen.beginPath();
    pen.moveTo(x + at * w, y);
    pen.lineTo(x + (at + width) * w, y);
    pen.lineTo(x + (at + width - spread) * w, y + h);
    pen.lineTo(x + (at - spread - 0.1 * width) * w, y + h);
    pen.closePath();
    fill(pen, frame.theme.colour.ink, alpha);
  }
}

function drawSand(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h, look } = live;
  const colour = frame.theme.colour;
  const random = grain(`${look.node.name} sand`);
  const dunes = Array.from({ length: 17 }, () => (random() - 0.5) * 8);
  const ridge = (): void => {
    pen.beginPath();
    pen.moveTo(x, look.sandY + dunes[0]!);
    for (let i = 0; i < 16; i += 2) {
      const step = w / 16;
      pen.quadraticCurveTo(x + (i + 1) * step, look.sandY + dunes[i + 1]! * 1.3, x + (i + 2) * step, look.sandY + dunes[i + 2]! * 0.4);
    }
  };
  ridge();
  pen.lineTo(x + w, y + h);
  pen.lineTo(x, y + h);
  pen.closePath();
  fill(pen, colour.sediment);
  ridge();
  stroke(pen, { colour: colour['sediment-edge'], width: 1.2 });
  const before = pen.globalAlpha;
  pen.globalAlpha = before * 0.6;
  pen.fillStyle = colour['sediment-edge'];
  for (let i = 0; i < 90; i++) {
    const gx = x + 4 + random() * (w - 8);
    const gy = look.sandY + 8 + random() * Math.max(4, y + h - look.sandY - 12);
    const r = 0.5 + 0.7 * random();
    pen.fillRect(gx - r, gy - r, 2 * r, 2 * r);
  }
  pen.globalAlpha = before;
}

function drawLedge(pen: Pen, live: Tank, frame: Frame, ledgeY: number): void {
  pen.beginPath();
  pen.moveTo(live.x + 8, ledgeY);
  pen.lineTo(live.x + live.w - 8, ledgeY);
  stroke(pen, { colour: frame.theme.colour['glass-edge'], width: 2 });
  pen.beginPath();
  pen.moveTo(live.x + 8, ledgeY + 3.5);
  pen.lineTo(live.x + live.w - 8, ledgeY + 3.5);
  stroke(pen, { colour: frame.theme.colour.ink, width: 2, alpha: 0.08 });
}

function drawGlass(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h, look } = live;
  const colour = frame.theme.colour;
  const broken = look.node.ready !== 'True';
  pen.beginPath();
  pen.roundRect(x, y, w, h, 12);
  stroke(pen, { colour: broken ? colour.failed : colour['glass-edge'], width: 2, dash: broken ? [7, 5] : undefined });
  pen.beginPath();
  pen.roundRect(x + 4, y + 4, w - 8, h - 8, 9);
  stroke(pen, { colour: colour.ink, width: 1, alpha: 0.06 });
  pen.beginPath();
  pen.moveTo(x + 10, y + 26);
  pen.lineTo(x + 10, y + 14);
  pen.quadraticCurveTo(x + 10, y + 10, x + 14, y + 10);
  pen.lineTo(x + 44, y + 10);
  stroke(pen, { colour: colour.ink, width: 2, alpha: 0.35, cap: 'round' });
  pen.beginPath();
  pen.moveTo(x - 1, y + 1);
  pen.lineTo(x + w + 1, y + 1);
  stroke(pen, { colour: colour['glass-edge'], width: 5, cap: 'round' });
  pen.beginPath();
  pen.moveTo(x, y - 0.4);
  pen.lineTo(x + w, y - 0.4);
  stroke(pen, { colour: colour.ink, width: 1.2, alpha: 0.28, cap: 'round' });
  pen.beginPath();
  pen.moveTo(x + w - 9, y + 0.2 * h);
  pen.lineTo(x + w - 9, y + 0.62 * h);
  stroke(pen, { colour: colour.ink, width: 3, alpha: 0.13, cap: 'round' });
  pen.beginPath();
  for (let i = 1; i < 8; i++) {
    pen.moveTo(x + w - 2, y + (i * h) / 8);
    pen.lineTo(x + w - (i % 2 ? 6 : 9), y + (i * h) / 8);
  }
  stroke(pen, { colour: colour['glass-edge'], width: 1.2 });
}

/** Only near the walls, where no caption is. */
function drawBubbles(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h, look } = live;
  const random = grain(`${look.node.name} bubbles`);
  const depth = look.sandY - look.waterY - 24;
  if (depth < 10) return;
  pen.beginPath();
  for (let i = 0; i < 9; i++) {
    const side = random() < 0.5 ? x + 10 + random() * 22 : x + w - 14 - random() * 20;
    const r = 1.4 + 2.5 * random();
    const speed = 4 + 6 * random();
    const risen = frame.still ? 0 : (frame.ranMs / 1000) * speed;
    const by = look.sandY - 10 - ((random() * depth + risen) % depth);
    if (by < look.waterY + 8 || by > y + h) continue;
    pen.moveTo(side + r, by);
    pen.arc(side, by, r, 0, 2 * Math.PI);
  }
  stroke(pen, { colour: frame.theme.colour.ink, width: 1, alpha: 0.22 });
}

function drawWords(pen: Pen, live: Tank, frame: Frame): void {
  const { x, y, w, h, look } = live;
  const { colour, ui } = frame.theme;
  const { node } = look;
  // Close up words grow slower than shapes, from afar they keep a legible size.
  const s = 1 / Math.max(1, frame.zoom * 0.8);
  const nameSize = Math.max(16 * s, 11.5 / frame.zoom);
  const mark = node.ready === 'True' ? 'ready' : node.ready === 'False' ? 'failed' : 'unreachable';
  pen.beginPath();
  pen.arc(x + 11, y - 15, 8, 0, 2 * Math.PI);
  fill(pen, node.ready === 'True' ? colour.ready : colour.failed);
  drawMark(pen, mark, x + 11, y - 15, 8.6, colour['water-0']);
  letter(pen, node.name, x + 27, y - 9, { font: `650 ${nameSize}px ${ui}`, colour: colour.ink });
  const quiet = { font: `500 ${11.5 * s}px ${ui}`, colour: colour['ink-2'], align: 'right' as const, halo: colour['water-1'] };
  if (frame.zoom < 0.7) return;
  if (w > 40 + node.name.length * 9.4 + node.ip.length * 7 + 90) letter(pen, `${titleOf(node)}  ${node.ip}`, x + w - 2, y - 9, quiet);
  if (node.ready !== 'True') {
    letter(pen, node.ready === 'Unknown' ? 'no word from its kubelet' : 'NotReady', x + 16, y + 44, {
      ...quiet,
      align: 'left',
      colour: colour.failed,
    });
    return;
  }
  letter(pen, `cpu ${Math.round(node.cpu * 100)}%`, x + w - 12, look.cpuY ?? look.waterY - 8, quiet);
  letter(pen, `mem ${Math.round(node.memory * 100)}%`, x + w - 12, y + h - 9, quiet);
}

const titleOf = (node: TankLook['node']): string => (node.schedulable ? node.role : `${node.role}, cordoned`);
