// Hops on stage. The world's links take fractions of a millisecond, so each hop is shown long enough to be seen and the hops of one
// flow follow one another; the order is the journal's, only the pace is the eye's. All times are run time: pause stops everything.
import type { Place, Purpose, RoadRecord } from '../feed/records.ts';
import type { Box } from './glyph.ts';
import type { LaneLook, PacketLook, TicketLook, TrailLook } from './glyphs/packet.ts';
import { type Atlas, pointOn, type Road, roadOf } from './layout/atlas.ts';
import { hopMs } from './motion.ts';

/** Above this speed single packets become a density. */
export const densityFrom = 10;
const glowMs = 700;
const shownAtMost = 2000;
const backlogMs = 9000;

interface Shown {
  readonly record: RoadRecord;
  readonly via: Place | undefined;
  readonly start: number;
  readonly end: number;
  readonly rewritten: boolean;
}

interface Flow {
  end: number;
  readonly rewritten: Set<number>;
  readonly last: Map<number, Place>;
}

interface Lane {
  readonly from: Place;
  readonly to: Place;
  readonly purpose: Purpose;
  packets: number;
  seen: number;
}

export interface PlayFrame {
  readonly boxes: readonly Box[];
  /** Per node: how brightly each Service's arc is lit. */
  readonly lit: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly moving: boolean;
}

export class Play {
  #shown: Shown[] = [];
  readonly #flows = new Map<number, Flow>();
  readonly #lanes = new Map<string, Lane>();

  /** Hops told since last time. */
  tell(records: readonly RoadRecord[], speed: number, ranMs: number): void {
    for (const record of records) {
      if (speed > densityFrom) this.#count(record, ranMs);
      else if (this.#shown.length < shownAtMost) this.#show(record, speed, ranMs);
    }
  }

  #show(record: RoadRecord, speed: number, ranMs: number): void {
    let flow = this.#flows.get(record.flow);
    if (!flow) this.#flows.set(record.flow, (flow = { end: ranMs, rewritten: new Set(), last: new Map() }));
    const lateMs = Math.max(0, flow.end - ranMs);
    const full = hopMs(record.t1 - record.t0, speed);
    const start = Math.max(ranMs, flow.end);
    const end = start + (lateMs > backlogMs ? full / 4 : full);
    flow.end = end;
    if (flow.rewritten.has(record.packet) || isRewrite(record)) flow.rewritten.add(record.packet);
    const rewritten = flow.rewritten.has(record.packet) && !isRewrite(record);
    this.#shown.push({ record, via: flow.last.get(record.packet), start, end, rewritten });
    flow.last.set(record.packet, record.from);
  }

  #count(record: RoadRecord, ranMs: number): void {
    const key = `${record.from} ${record.to} ${record.purpose}`;
    const lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, { from: record.from, to: record.to, purpose: record.purpose, packets: 1, seen: ranMs });
    else {
      lane.packets = lane.seen < ranMs - 1000 ? 1 : lane.packets + 1;
      lane.seen = ranMs;
    }
  }

  get moving(): boolean {
    return this.#shown.length > 0 || this.#lanes.size > 0;
  }

  clear(): void {
    this.#shown = [];
    this.#flows.clear();
    this.#lanes.clear();
  }

  /** What to draw at a run time. `still`: packets stand at the middle of their hop. */
  frame(atlas: Atlas, ranMs: number, options: { readonly still: boolean; readonly tickets: boolean; readonly right: number }): PlayFrame {
    this.#forget(ranMs);
    const boxes: Box[] = [];
    const lit = new Map<string, Map<string, number>>();
    const tickets = new Map<string, Box<TicketLook>>();
    let sayings = 0;
    let controlSaid = false;
    for (const shown of this.#shown) {
      const { record, start, end } = shown;
      const flow = this.#flows.get(record.flow)!;
      const road = roadOf(atlas, record.from, record.to, record.purpose, shown.via);
      const over = Math.max(0, Math.min(1, 1 - (ranMs - flow.end) / glowMs));
      if (ranMs >= end - 120 && record.service !== undefined && record.to.startsWith('node:'))
        light(lit, record, over * Math.min(1, (ranMs - end + 120) / 120));
      if (ranMs >= end && options.tickets && isRewrite(record) && record.to.startsWith('node:'))
        tickets.set(record.to, ticketBox(atlas, record, options.right, over));
      if (!road) continue;
      const until = ranMs >= end ? 1 : ranMs <= start ? 0 : options.still ? 0.5 : (ranMs - start) / (end - start);
      boxes.push(trailBox(record, road, until, over));
      if (ranMs < start || ranMs >= end) continue;
      const point = pointOn(road, until);
      boxes.push(packetBox(shown, point));
      const told =
        record.purpose === 'control' ? !controlSaid : sayings < 3 && record.from === 'wire' && Math.abs(Math.sin(point.angle)) < 0.3;
      if (record.caption !== '' && told) {
        if (record.purpose === 'control') controlSaid = true;
        sayings++;
        boxes.push(sayingBox(record, point, options.right));
      }
    }
    boxes.push(...withRoom([...tickets.values()].reverse()));
    for (const lane of this.#lanes.values()) boxes.push(...laneBox(atlas, lane));
    return { boxes, lit, moving: this.moving };
  }

  /** The flow under a point, for a click. */
  flowAt(boxes: readonly Box[], x: number, y: number): number | undefined {
    const hit = boxes.find((box) => box.glyph === 'packet' && Math.hypot(box.x - x, box.y - y) < 14);
    return hit && Number(hit.key.split(' ')[1]);
  }

  #forget(ranMs: number): void {
    for (const [id, flow] of this.#flows) if (flow.end + glowMs < ranMs) this.#flows.delete(id);
    this.#shown = this.#shown.filter((shown) => this.#flows.has(shown.record.flow));
    for (const [key, lane] of this.#lanes) if (lane.seen + 1000 < ranMs) this.#lanes.delete(key);
  }
}

/** Newest first; a ticket that would lie over another one is not hung. */
function withRoom(tickets: readonly Box<TicketLook>[]): Box<TicketLook>[] {
  const hung: { readonly box: Box<TicketLook>; readonly from: number; readonly to: number }[] = [];
  for (const box of tickets) {
    const w = 66 + box.look.title.length * 6.6;
    const from = box.look.left ? box.x - w : box.x;
    const over = hung.some((each) => Math.abs(each.box.y - box.y) < 50 && from < each.to && from + w > each.from);
    if (!over) hung.push({ box, from, to: from + w });
  }
  return hung.map((each) => each.box);
}

const isRewrite = (record: RoadRecord): boolean =>
  record.before.destination !== record.after.destination || record.before.source !== record.after.source;

function light(lit: Map<string, Map<string, number>>, record: RoadRecord, brightness: number): void {
  const node = record.to.slice(5);
  let arcs = lit.get(node);
  if (!arcs) lit.set(node, (arcs = new Map()));
  const name = record.service!.replace(/:[^/]*$/, '');
  for (const key of [name, name.split('/')[0]!]) arcs.set(key, Math.max(arcs.get(key) ?? 0, brightness));
}

function ticketBox(atlas: Atlas, record: RoadRecord, right: number, grow: number): Box<TicketLook> {
  const node = atlas.nodes.get(record.to.slice(5));
  const name = record.service?.replace(/:[^/]*$/, '').split('/')[1];
  const destination = record.before.destination !== record.after.destination;
  const title = `${name === undefined ? '' : `Service ${name}: `}${destination ? 'destination' : 'source'} rewritten`;
  const x = node?.x ?? 0;
  const look: TicketLook = {
    title,
    before: destination ? record.before.destination : record.before.source,
    after: destination ? record.after.destination : record.after.source,
    purpose: record.purpose,
    left: x + 60 + title.length * 6.6 > right,
    alpha: grow,
  };
  return { key: `ticket ${record.to}`, glyph: 'ticket', x, y: node?.ringY ?? 0, w: 0, h: 0, look };
}

function trailBox(record: RoadRecord, road: Road, until: number, alpha: number): Box<TrailLook> {
  const look: TrailLook = { road, purpose: record.purpose, until, ahead: true, alpha };
  return { key: `trail ${record.packet} ${record.from}`, glyph: 'trail', x: 0, y: 0, w: 0, h: 0, look };
}

const sizes: Readonly<Record<Purpose, number>> = { request: 8, reply: 7.5, dns: 7.5, probe: 7, control: 7, reset: 8 };

function packetBox(shown: Shown, point: ReturnType<typeof pointOn>): Box<PacketLook> {
  const { record } = shown;
  const r = sizes[record.purpose];
  const look: PacketLook = { purpose: record.purpose, rewritten: shown.rewritten, angle: point.angle };
  return { key: `packet ${record.flow} ${record.packet}`, glyph: 'packet', x: point.x, y: point.y, w: 2 * r, h: 2 * r, look };
}

function sayingBox(record: RoadRecord, point: { readonly x: number; readonly y: number }, right: number): Box {
  const left = point.x + 14 + record.caption.length * 7.6 > right;
  return {
    key: `saying ${record.packet}`,
    glyph: 'saying',
    x: point.x + (left ? -14 : 14),
    y: record.purpose === 'control' ? point.y + 19 : point.y - 14,
    w: left ? 0 : 1,
    h: 0,
    look: { text: record.caption, purpose: record.purpose },
  };
}

function laneBox(atlas: Atlas, lane: Lane): Box<LaneLook>[] {
  const road = roadOf(atlas, lane.from, lane.to, lane.purpose);
  if (!road) return [];
  return [
    {
      key: `lane ${lane.from} ${lane.to} ${lane.purpose}`,
      glyph: 'lane',
      x: 0,
      y: 0,
      w: 0,
      h: 0,
      look: { road, purpose: lane.purpose, packets: lane.packets },
    },
  ];
}
