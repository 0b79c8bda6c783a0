// The picture in its canvas: takes models, keeps layout, motion and eye, draws one frame when something moved. Knows nothing of React.
import type { Distance } from '../feed/commands.ts';
import type { Model } from '../feed/model.ts';
import { Camera, distanceAt, type Eye, eyeOver, glyphsFrom } from './camera.ts';
import type { Pen } from './canvas.ts';
import { fill, letter, stroke } from './canvas.ts';
import { FleetPainter, mostPods } from './fleet-painter.ts';
import type { Frame, Live } from './glyph.ts';
import { glyphOrder, glyphsByName } from './glyphs.ts';
import { nodeAt, subjectAt } from './hit.ts';
import { Join } from './join.ts';
import { type Census, census } from './layout/census.ts';
import { type FleetPlan, fleetScale, planFleet } from './layout/fleet.ts';
import { inRow, layScene, orderNodes, type Rect, rowOf, type Scene } from './layout/layout.ts';
import type { Slots } from './layout/slots.ts';
import { laySpecimen } from './layout/specimen.ts';
import type { RingLook } from './layout/tank.ts';
import { calmMs } from './motion.ts';
import { Play, type PlayFrame } from './play.ts';
import { RackPainter } from './rack-painter.ts';
import type { Theme } from './theme.ts';

export interface StageEvents {
  select(subject: string | undefined): void;
  hover(subject: string | undefined, x: number, y: number): void;
  /** The eye came to another distance, or other nodes came into view. */
  look(distance: Distance, nodes: readonly string[] | undefined): void;
}

const calmFrameMs = 30;
const noLit: ReadonlyMap<string, number> = new Map();

export class Stage {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #events: StageEvents;
  readonly #camera: Camera;
  readonly #join = new Join(glyphsByName);
  readonly #play = new Play();
  readonly #fleet = new FleetPainter();
  readonly #racks = new RackPainter();
  #theme: Theme;
  #model: Model | undefined;
  #laidOut: Model | undefined;
  #scene: Scene | undefined;
  #census: Census | undefined;
  #plan: FleetPlan | undefined;
  #order: readonly string[] = [];
  #slots: Slots = new Map();
  #width = 0;
  #height = 0;
  #ratio = 1;
  #still = false;
  #selected: string | undefined;
  #hovered: string | undefined;
  #roadsSeen = 0;
  #ranMs = 0;
  #lastWall = 0;
  #drawnAt = 0;
  #graceMs = 0;
  #dirty = true;
  #relay = true;
  #home = true;
  /** Something changed while tanks were not laid out. */
  #stale = false;
  #distance: Distance = 'node';
  #lookKey = '';

  constructor(canvas: HTMLCanvasElement, theme: Theme, events: StageEvents) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext('2d')!;
    this.#theme = theme;
    this.#events = events;
    this.#camera = new Camera(canvas, (byHand) => {
      this.#dirty = true;
      if (byHand) this.#home = false;
    });
    canvas.addEventListener('click', (gesture) => this.#click(gesture));
    canvas.addEventListener('pointermove', (gesture) => this.#move(gesture));
    canvas.addEventListener('pointerleave', () => this.#hover(undefined, 0, 0));
  }

  get #row(): boolean {
    return inRow(this.#order.length, this.#width);
  }

  get distance(): Distance {
    return this.#distance;
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#dirty = true;
  }

  setStill(still: boolean): void {
    this.#still = still;
    this.#dirty = true;
  }

  setSelected(subject: string | undefined): void {
    this.#selected = subject;
    this.#dirty = true;
  }

  setModel(model: Model): void {
    if (model === this.#model) return;
    const before = this.#model;
    this.#model = model;
    if (before && (before.world?.seed !== model.world?.seed || model.clock.now < before.clock.now - 1)) this.#play.clear();
  }

  resize(width: number, height: number, ratio: number): void {
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return;
    this.#width = width;
    this.#height = height;
    this.#ratio = ratio;
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
    this.#relay = true;
    this.#dirty = true;
  }

  /** Draws if needed. `wallMs` from requestAnimationFrame, `now` the virtual time to show. */
  frame(wallMs: number, now: number): void {
    const model = this.#model;
    if (!model || this.#width === 0) return;
    this.#advance(model, wallMs);
    this.#camera.tick(wallMs);
    this.#layOut(model, wallMs);
    const lively =
      this.#dirty || this.#camera.flying || this.#join.moving(wallMs) || this.#graceMs > 0 || (model.clock.running && this.#play.moving);
    // Water alone is calm enough for half the frames.
    const calm = model.clock.running && wallMs - this.#drawnAt >= calmFrameMs;
    if (!lively && !calm) return;
    this.#drawnAt = wallMs;
    this.#dirty = false;
    this.#draw(model, wallMs, now);
    this.#look();
  }

  /** Run time passes while the world runs; after a step it passes until what was told has arrived. */
  #advance(model: Model, wallMs: number): void {
    const passed = Math.min(100, wallMs - this.#lastWall);
    this.#lastWall = wallMs;
    const fresh = model.roadsTold - this.#roadsSeen;
    if (fresh > 0) {
      this.#play.tell(model.roads.slice(Math.max(0, model.roads.length - fresh)), model.clock.speed, this.#ranMs);
      this.#roadsSeen = model.roadsTold;
      if (!model.clock.running) this.#graceMs = 1500;
    } else if (fresh < 0) this.#roadsSeen = model.roadsTold;
    if (model.clock.running || this.#graceMs > 0) this.#ranMs += passed;
    if (!model.clock.running && this.#graceMs > 0) this.#graceMs -= passed;
  }

  #layOut(model: Model, wallMs: number): void {
    const before = this.#laidOut;
    const changed =
      !before ||
      before.nodes !== model.nodes ||
      before.pods !== model.pods ||
      before.services !== model.services ||
      before.fleetVersion !== model.fleetVersion ||
      before.world?.cluster !== model.world?.cluster;
    const cells = this.#inCells();
    const windowed = this.#order.length > rowOf * 10 && !cells && (this.#dirty || this.#camera.flying);
    const stale = this.#stale && !cells;
    if (!changed && !this.#relay && !windowed && !stale) return;
    this.#laidOut = model;
    this.#dirty = true;
    if (!model.world?.cluster) this.#laySpecimen(wallMs);
    else this.#layCluster(model, before, wallMs, changed);
    this.#relay = false;
  }

  #laySpecimen(wallMs: number): void {
    this.#scene = undefined;
    this.#order = [];
    this.#camera.go({ k: 1, x: 0, y: 0 }, 0);
    this.#join.update(laySpecimen({ width: this.#width, height: this.#height }), wallMs, true);
  }

  #layCluster(model: Model, before: Model | undefined, wallMs: number, changed: boolean): void {
    const moved = changed || this.#relay ? this.#survey(model) : false;
    // From afar nodes are cells of the census: tanks are laid out when somebody comes near.
    if (this.#scene && !moved && !this.#relay && this.#inCells()) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    this.#scene = layScene(model, { width: this.#width, height: this.#height }, this.#plan!, this.#order, this.#slots, this.#window());
    this.#slots = this.#scene.slots;
    this.#join.update(this.#scene.boxes, wallMs, this.#still || this.#relay || !before);
    if (this.#home) this.#goHome(this.#relay || !before ? 0 : calmMs);
  }

  #inCells(): boolean {
    return !this.#row && this.#order.length > 0 && this.#camera.eye.k < glyphsFrom;
  }

  /** Counts nodes and pods, and plans where nodes stand; true when that changed. */
  #survey(model: Model): boolean {
    const names = this.#order;
    this.#order = model.fleet ? model.fleet.nodes : orderNodes(model.nodes.values());
    this.#census = sorted(census(model), this.#order);
    const same = names.length === this.#order.length && names.every((name, i) => name === this.#order[i]);
    if (!same || !this.#plan || this.#relay) this.#plan = planFleet(this.#census, this.#width / this.#height);
    return !same;
  }

  /** The part of the world in the window; undefined = all of it. */
  #window(): Rect | undefined {
    if (this.#order.length <= rowOf * 10) return undefined;
    const { k, x, y } = this.#camera.eye;
    if (k < glyphsFrom) return { x: -1e9, y: -1e9, w: 0, h: 0 };
    return { x: -x / k, y: -y / k, w: this.#width / k, h: this.#height / k };
  }

  #goHome(ms: number): void {
    const bounds = this.#scene?.bounds ?? { x: 0, y: 0, w: this.#width, h: this.#height };
    const row = this.#row;
    const eye = row ? { k: 1, x: 0, y: 0 } : eyeOver(bounds, this.#width, this.#height, 24, this.#order.length > 80 ? 112 : 60);
    this.#camera.limits(row ? 0.6 : Math.min(eye.k, 0.6));
    const there = this.#camera.eye;
    if (Math.abs(there.k - eye.k) + Math.abs(there.x - eye.x) + Math.abs(there.y - eye.y) < 0.01) return;
    this.#camera.go(eye, this.#still ? 0 : ms);
  }

  /** Goes to one of the stations, looking at what is selected or at the middle. */
  goTo(distance: Distance, subject = this.#selected): void {
    const box = subject === undefined ? undefined : [...this.#join.boxes].find((each) => each.subject === subject && each.glyph !== 'ring');
    const whole = this.#scene?.bounds;
    this.#home = distance === 'fleet' || (distance === 'node' && this.#row);
    if (this.#home) {
      this.#goHome(calmMs);
      return;
    }
    const k =
      distance === 'rack' ? 0.36 : distance === 'node' ? 1 : Math.max(2.3, 62 / Math.max(8, (box?.glyph === 'pod' ? box.w : 52) / 2));
    const place = this.#placeOf(subject) ?? box;
    const middle = place
      ? { x: place.x + (box?.glyph === 'pod' ? 0 : place.w / 2), y: place.y + (box?.glyph === 'pod' ? 0 : place.h / 2) }
      : { x: (whole?.w ?? 0) / 2, y: (whole?.h ?? 0) / 2 };
    this.#camera.go(this.#eyeOn(middle.x, middle.y, k), this.#still ? 0 : calmMs * 1.6);
  }

  #placeOf(subject: string | undefined): Rect | undefined {
    if (!subject?.startsWith('nodes/')) return undefined;
    return this.#scene?.tanks.get(subject.slice(6));
  }

  #eyeOn(x: number, y: number, k: number): Eye {
    return { k, x: this.#width / 2 - x * k, y: this.#height / 2 - y * k };
  }

  zoomBy(factor: number): void {
    this.#home = false;
    this.#camera.scaleBy(factor);
  }

  panBy(dx: number, dy: number): void {
    this.#home = false;
    this.#camera.panBy(dx, dy);
  }

  #look(): void {
    const distance = this.#row ? (distanceAt(this.#camera.eye.k) === 'pod' ? 'pod' : 'node') : distanceAt(this.#camera.eye.k);
    const near = this.#order.length > 40 && (distance === 'node' || distance === 'pod') ? this.#nodesInView() : undefined;
    const key = `${distance} ${near?.join(' ') ?? ''}`;
    if (key === this.#lookKey) return;
    this.#lookKey = key;
    this.#distance = distance;
    this.#events.look(distance, near);
  }

  #nodesInView(): readonly string[] {
    const window = this.#window();
    if (!window || !this.#scene) return [];
    return [...this.#scene.tanks]
      .filter(([, t]) => t.x < window.x + window.w && t.x + t.w > window.x && t.y < window.y + window.h && t.y + t.h > window.y)
      .map(([name]) => name);
  }

  #draw(model: Model, wallMs: number, now: number): void {
    const pen = this.#pen;
    pen.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    drawSea(pen as unknown as Pen, this.#width, this.#height, this.#theme);
    const { k, x, y } = this.#camera.eye;
    const cells = !this.#row && this.#order.length > 0 && k < glyphsFrom && this.#census && this.#plan;
    if (cells) {
      this.#drawCells(this.#census!, this.#plan!);
      return;
    }
    pen.translate(x, y);
    pen.scale(k, k);
    const frame: Frame = {
      theme: this.#theme,
      zoom: k,
      now,
      ranMs: this.#ranMs,
      still: this.#still,
      selected: this.#selected,
      hovered: this.#hovered,
    };
    const right = this.#row ? this.#width : Number.POSITIVE_INFINITY;
    const play: PlayFrame = this.#scene
      ? this.#play.frame(this.#scene.atlas, this.#ranMs, { still: this.#still, tickets: model.clock.speed <= 2, right })
      : { boxes: [], lit: new Map(), moving: false };
    const all: Live[] = [];
    for (const live of this.#join.live(wallMs))
      all.push(live.glyph === 'ring' && this.#scene ? withLit(live as Live<RingLook>, play.lit) : live);
    for (const box of play.boxes) all.push({ ...box, grow: 1, leaving: false, flash: 0, fade: 1 });
    all.sort((a, b) => glyphOrder.get(a.glyph)! - glyphOrder.get(b.glyph)!);
    for (const live of all) glyphsByName.get(live.glyph)!.draw(pen as unknown as Pen, live, frame);
  }

  #drawCells(census: Census, plan: FleetPlan): void {
    const pen = this.#pen;
    const { k, x, y } = this.#camera.eye;
    const s = k * fleetScale;
    if (distanceAt(k) === 'fleet') {
      const bitmap = this.#fleet.paint(census, plan, this.#theme);
      pen.imageSmoothingEnabled = s < 1;
      pen.drawImage(bitmap, x, y, bitmap.width * s, bitmap.height * s);
    } else {
      this.#racks.draw(
        pen,
        census,
        plan,
        { k, x, y, width: this.#width, height: this.#height, ratio: this.#ratio },
        this.#theme,
        mostPods(census),
      );
    }
    this.#drawZones(census, plan, s, x, y);
    if (s > 1.4) this.#drawMap(census, plan, s, x, y);
    const chosen = this.#selected?.startsWith('nodes/') ? census.nodes.indexOf(this.#selected.slice(6)) : -1;
    if (chosen >= 0) {
      pen.beginPath();
      pen.rect(plan.x[chosen]! * s + x - 2, plan.y[chosen]! * s + y - 2, 10 * s + 4, 12 * s + 4);
      stroke(pen as unknown as Pen, { colour: this.#theme.colour.focus, width: 2 });
    }
  }

  #drawZones(census: Census, plan: FleetPlan, s: number, x: number, y: number): void {
    if (census.zones.length < 2 && census.zones[0] === '') return;
    const pen = this.#pen as unknown as Pen;
    const { colour, ui } = this.#theme;
    for (const zone of plan.zones) {
      if (zone.name === '') continue;
      const at = Math.max(y - 12, 16);
      letter(pen, zone.name, zone.x * s + x, at, { font: `650 15px ${ui}`, colour: colour.ink, halo: colour['water-1'] });
      letter(pen, `${zone.nodes.toLocaleString('en-US')} nodes`, zone.x * s + x + 14 + zone.name.length * 8.2, at, {
        font: `450 13px ${ui}`,
        colour: colour['ink-2'],
        halo: colour['water-1'],
      });
    }
  }

  /** The whole fleet small in the corner, with the window on it. */
  #drawMap(census: Census, plan: FleetPlan, s: number, x: number, y: number): void {
    const pen = this.#pen;
    const scale = Math.min(140 / plan.width, 76 / plan.height);
    const w = plan.width * scale;
    const h = plan.height * scale;
    const left = this.#width - w - 28;
    const top = this.#height - h - 28;
    pen.beginPath();
    pen.rect(left - 8, top - 8, w + 16, h + 16);
    fill(pen as unknown as Pen, this.#theme.colour['water-0']);
    stroke(pen as unknown as Pen, { colour: this.#theme.colour['glass-edge'], width: 1 });
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.#fleet.paint(census, plan, this.#theme), left, top, w, h);
    pen.beginPath();
    pen.rect(
      left + Math.max(0, (-x / s) * scale),
      top + Math.max(0, (-y / s) * scale),
      Math.min(w, (this.#width / s) * scale),
      Math.min(h, (this.#height / s) * scale),
    );
    stroke(pen as unknown as Pen, { colour: this.#theme.colour.focus, width: 1.5 });
  }

  #under(gesture: MouseEvent): { readonly subject?: string; readonly node?: number; readonly x: number; readonly y: number } {
    const rect = this.#canvas.getBoundingClientRect();
    const sx = gesture.clientX - rect.left;
    const sy = gesture.clientY - rect.top;
    const { k, x, y } = this.#camera.eye;
    const wx = (sx - x) / k;
    const wy = (sy - y) / k;
    if (!this.#row && this.#order.length > 0 && k < glyphsFrom && this.#plan) {
      const node = nodeAt(this.#plan, wx, wy);
      return { node, subject: node === undefined ? undefined : `nodes/${this.#order[node]}`, x: sx, y: sy };
    }
    return { subject: subjectAt(this.#join.boxes, wx, wy), x: sx, y: sy };
  }

  #click(gesture: MouseEvent): void {
    if (gesture.defaultPrevented) return;
    const under = this.#under(gesture);
    this.#events.select(under.subject);
    if (under.node !== undefined && under.subject === this.#selected) this.goTo('node', under.subject);
  }

  #move(gesture: PointerEvent): void {
    const under = this.#under(gesture);
    this.#hover(under.subject, under.x, under.y);
  }

  #hover(subject: string | undefined, x: number, y: number): void {
    if (subject !== this.#hovered) {
      this.#hovered = subject;
      this.#dirty = true;
      this.#canvas.style.cursor = subject === undefined ? 'default' : 'pointer';
    }
    this.#events.hover(subject, x, y);
  }
}

function withLit(live: Live<RingLook>, lit: PlayFrame['lit']): Live<RingLook> {
  return { ...live, look: { ...live.look, lit: lit.get(live.look.node) ?? noLit } };
}

/** Columns of a small cluster in the order the picture shows its nodes. */
function sorted(census: Census, order: readonly string[]): Census {
  if (census.nodes.every((name, i) => name === order[i])) return census;
  const rows = order.map((name) => census.nodes.indexOf(name));
  const start = new Uint32Array(order.length + 1);
  const mark = new Uint8Array(census.mark.length);
  const pods: string[] = [];
  rows.forEach((row, i) => {
    const from = census.start[row]!;
    const to = census.start[row + 1]!;
    mark.set(census.mark.subarray(from, to), start[i]!);
    if (census.pods) pods.push(...census.pods.slice(from, to));
    start[i + 1] = start[i]! + to - from;
  });
  return {
    ...census,
    nodes: order,
    start,
    mark,
    pods: census.pods && pods,
    zone: Uint8Array.from(rows, (row) => census.zone[row]!),
    cpu: Uint8Array.from(rows, (row) => census.cpu[row]!),
    state: Uint8Array.from(rows, (row) => census.state[row]!),
  };
}

export function drawSea(pen: Pen, width: number, height: number, theme: Theme): void {
  const sea = pen.createLinearGradient(0, 0, 0, height);
  sea.addColorStop(0, theme.colour['water-2']);
  sea.addColorStop(0.55, theme.colour['water-1']);
  sea.addColorStop(1, theme.colour['water-0']);
  pen.fillStyle = sea;
  pen.fillRect(0, 0, width, height);
  for (const [x, top, drift] of [
    [0.49, 150, 130],
    [0.75, 90, 90],
  ] as const) {
    pen.beginPath();
    pen.moveTo(x * width, 0);
    pen.lineTo(x * width + top, 0);
    pen.lineTo(x * width + top - drift, height);
    pen.lineTo(x * width - drift - top * 0.5, height);
    pen.closePath();
    fill(pen, theme.colour.ink, 0.02);
  }
}
