// Everything that is due later, ordered by (time, order of setting): a hierarchical timing wheel on typed arrays. Four levels
// of 256 slots cover 2^32 ms (49.7 days) around the base; what is due in a later span waits in one overflow list.
// O(1) push and cancel, amortised O(1) pop, no allocation per timer.
//
// The one invariant that gives first-in-first-out: two entries due at the same time are always in the same list, in the order
// they were pushed. The slot of an entry depends only on its time and the base, and when the base enters a slot's span the
// whole slot moves down at once.
import type { Plain } from './plain.ts';

const LEVELS = 4;
const SLOTS = 256;
const OVERFLOW = LEVELS * SLOTS;
const SPAN = 2 ** 32;
const NONE = -1;
/** An id is generation × 2^24 + index + 1, so a reused place answers to its newest id only. */
const PLACES = 2 ** 24;

/** One waiting entry, as a keyframe keeps it. */
export interface QueueEntry {
  readonly id: number;
  readonly time: number;
  readonly handler: number;
  readonly payload: Plain;
  readonly cause: number;
}

/** A queue as plain data: the waiting entries in the order they will run, and the ids that come next. */
export interface QueueState {
  readonly entries: readonly QueueEntry[];
  /** Generation of every place ever used. */
  readonly generations: readonly number[];
  /** Free places, the next one to be used last. */
  readonly free: readonly number[];
}

export class Queue {
  /** The entry that `pop` took. */
  time = 0;
  handler = 0;
  payload: Plain = undefined;
  cause = 0;

  /** Start of the span that level 0 counts from; never later than the owner's clock while nothing runs. */
  private baseSpan = 0;
  private base = 0;
  private count = 0;
  private used = 0;
  private freeHead = NONE;
  /** Known earliest time, or NaN when it must be looked up. */
  private earliest = Number.NaN;

  private readonly head = new Int32Array(OVERFLOW + 1).fill(NONE);
  private readonly tail = new Int32Array(OVERFLOW + 1).fill(NONE);
  /** One bit per slot that is not empty. */
  private readonly bits = new Uint32Array(OVERFLOW / 32);

  private times = new Float64Array(0);
  private handlers = new Uint16Array(0);
  private causes = new Float64Array(0);
  private generations = new Uint32Array(0);
  private next = new Int32Array(0);
  private previous = new Int32Array(0);
  private slots = new Int16Array(0);
  private readonly payloads: Plain[] = [];

  constructor(capacity = 1024) {
    this.grow(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** `time` must be whole and not before the last popped time. */
  push(time: number, handler: number, payload: Plain, cause: number): number {
    const place = this.take();
    this.fill(place, time, handler, payload, cause);
    return this.generations[place]! * PLACES + place + 1;
  }

  /** False when that timer ran, was cancelled or never was. */
  cancel(id: number): boolean {
    const place = this.find(id);
    if (place === NONE) return false;
    if (this.times[place] === this.earliest) this.earliest = Number.NaN;
    this.unlink(place);
    this.release(place);
    return true;
  }

  /** When that timer is due, undefined when it is not waiting. */
  due(id: number): number | undefined {
    const place = this.find(id);
    return place === NONE ? undefined : this.times[place];
  }

  /** Takes the first entry due at or before `limit` into the fields `time`, `handler`, `payload`, `cause`. */
  pop(limit: number): boolean {
    if (this.count === 0 || this.earliest > limit) return false;
    for (;;) {
      const slot = this.findSlot(0, this.base & 255);
      if (slot !== NONE) {
        const place = this.head[slot]!;
        const time = this.times[place]!;
        if (time > limit) {
          this.earliest = time;
          return false;
        }
        this.base = ((this.base & ~255) | slot) >>> 0;
        this.time = time;
        this.handler = this.handlers[place]!;
        this.payload = this.payloads[place];
        this.cause = this.causes[place]!;
        this.unlink(place);
        this.release(place);
        this.earliest = this.head[slot] === NONE ? Number.NaN : time;
        return true;
      }
      if (!this.descend(limit)) return false;
    }
  }

  /** Time of the first entry. Moves nothing, so earlier entries may still be pushed. */
  peek(): number | undefined {
    if (this.count === 0) return undefined;
    if (Number.isNaN(this.earliest)) this.earliest = this.lookUpEarliest();
    return this.earliest;
  }

  save(): QueueState {
    const entries: QueueEntry[] = [];
    for (let slot = 0; slot <= OVERFLOW; slot++) {
      for (let place = this.head[slot]!; place !== NONE; place = this.next[place]!) {
        entries.push({
          id: this.generations[place]! * PLACES + place + 1,
          time: this.times[place]!,
          handler: this.handlers[place]!,
          payload: this.payloads[place],
          cause: this.causes[place]!,
        });
      }
    }
    // Stable, and equal times come from one list: the order among them stays.
    entries.sort((a, b) => a.time - b.time);
    const free: number[] = [];
    for (let place = this.freeHead; place !== NONE; place = this.next[place]!) free.push(place);
    return { entries, generations: Array.from(this.generations.subarray(0, this.used)), free: free.reverse() };
  }

  /** Becomes what was saved, standing at `now`. */
  restore(state: QueueState, now: number): void {
    this.head.fill(NONE);
    this.tail.fill(NONE);
    this.bits.fill(0);
    this.payloads.length = 0;
    this.baseSpan = Math.floor(now / SPAN);
    this.base = now >>> 0;
    this.earliest = Number.NaN;
    this.count = 0;
    this.used = state.generations.length;
    if (this.used > this.times.length) this.grow(this.used);
    this.generations.fill(0);
    this.generations.set(state.generations);
    this.slots.fill(NONE);
    for (const entry of state.entries) {
      this.fill((entry.id % PLACES) - 1, entry.time, entry.handler, entry.payload, entry.cause);
    }
    this.freeHead = NONE;
    for (const place of state.free) {
      this.next[place] = this.freeHead;
      this.freeHead = place;
    }
  }

  private fill(place: number, time: number, handler: number, payload: Plain, cause: number): void {
    this.times[place] = time;
    this.handlers[place] = handler;
    this.payloads[place] = payload;
    this.causes[place] = cause;
    if (this.count === 0 || time < this.earliest) this.earliest = time;
    this.count++;
    this.link(place, time);
  }

  private find(id: number): number {
    const place = (id % PLACES) - 1;
    if (place < 0 || place >= this.used || this.slots[place] === NONE) return NONE;
    return this.generations[place] === Math.floor(id / PLACES) ? place : NONE;
  }

  private take(): number {
    const place = this.freeHead;
    if (place !== NONE) {
      this.freeHead = this.next[place]!;
      return place;
    }
    if (this.used === this.times.length) {
      if (this.used >= PLACES - 1) throw new Error(`more than ${PLACES - 1} timers wait at once`);
      this.grow(Math.min(PLACES - 1, this.used * 2));
    }
    return this.used++;
  }

  private release(place: number): void {
    this.payloads[place] = undefined;
    this.slots[place] = NONE;
    this.generations[place]!++;
    this.next[place] = this.freeHead;
    this.freeHead = place;
    this.count--;
  }

  private slotOf(time: number): number {
    if (Math.floor(time / SPAN) !== this.baseSpan) return OVERFLOW;
    const low = time >>> 0;
    const differing = (low ^ this.base) >>> 0;
    if (differing < 0x100) return low & 255;
    if (differing < 0x10000) return 256 | ((low >>> 8) & 255);
    if (differing < 0x1000000) return 512 | ((low >>> 16) & 255);
    return 768 | (low >>> 24);
  }

  private link(place: number, time: number): void {
    const slot = this.slotOf(time);
    const last = this.tail[slot]!;
    this.next[place] = NONE;
    this.previous[place] = last;
    if (last === NONE) {
      this.head[slot] = place;
      if (slot !== OVERFLOW) this.bits[slot >> 5]! |= 1 << (slot & 31);
    } else this.next[last] = place;
    this.tail[slot] = place;
    this.slots[place] = slot;
  }

  private unlink(place: number): void {
    const slot = this.slots[place]!;
    const before = this.previous[place]!;
    const after = this.next[place]!;
    if (before === NONE) this.head[slot] = after;
    else this.next[before] = after;
    if (after === NONE) this.tail[slot] = before;
    else this.previous[after] = before;
    if (this.head[slot] === NONE && slot !== OVERFLOW) this.bits[slot >> 5]! &= ~(1 << (slot & 31));
  }

  /** First slot of a level at or after `from` that is not empty. */
  private findSlot(level: number, from: number): number {
    const words = level * (SLOTS / 32);
    let word = from >> 5;
    let set = this.bits[words + word]! & (-1 << (from & 31));
    while (set === 0) {
      if (++word === SLOTS / 32) return NONE;
      set = this.bits[words + word]!;
    }
    return level * SLOTS + (word << 5) + 31 - Math.clz32(set & -set);
  }

  /** Level 0 is empty: moves the next slot of the lowest filled level down, unless its span begins after `limit`. */
  private descend(limit: number): boolean {
    for (let level = 1; level < LEVELS; level++) {
      const shift = level * 8;
      const slot = this.findSlot(level, (this.base >>> shift) & 255);
      if (slot === NONE) continue;
      const above = level === LEVELS - 1 ? 0 : this.base & (-1 << (shift + 8));
      const start = (above | ((slot & 255) << shift)) >>> 0;
      if (this.baseSpan * SPAN + start > limit) return false;
      this.base = start;
      this.bits[slot >> 5]! &= ~(1 << (slot & 31));
      this.relink(slot);
      return true;
    }
    const first = this.lookUpEarliestIn(OVERFLOW);
    if (first > limit) return false;
    this.baseSpan = Math.floor(first / SPAN);
    this.base = 0;
    this.relink(OVERFLOW);
    return true;
  }

  private relink(slot: number): void {
    let place = this.head[slot]!;
    this.head[slot] = NONE;
    this.tail[slot] = NONE;
    while (place !== NONE) {
      const after = this.next[place]!;
      this.link(place, this.times[place]!);
      place = after;
    }
  }

  private lookUpEarliest(): number {
    for (let level = 0; level < LEVELS; level++) {
      const slot = this.findSlot(level, (this.base >>> (level * 8)) & 255);
      if (slot !== NONE) return level === 0 ? this.times[this.head[slot]!]! : this.lookUpEarliestIn(slot);
    }
    return this.lookUpEarliestIn(OVERFLOW);
  }

  private lookUpEarliestIn(slot: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let place = this.head[slot]!; place !== NONE; place = this.next[place]!) {
      const time = this.times[place]!;
      if (time < earliest) earliest = time;
    }
    return earliest;
  }

  private grow(capacity: number): void {
    const floats = (old: Float64Array<ArrayBuffer>) => copyInto(new Float64Array(capacity), old);
    const ints = (old: Int32Array<ArrayBuffer>) => copyInto(new Int32Array(capacity), old);
    this.times = floats(this.times);
    this.causes = floats(this.causes);
    this.handlers = copyInto(new Uint16Array(capacity), this.handlers);
    this.generations = copyInto(new Uint32Array(capacity), this.generations);
    this.next = ints(this.next);
    this.previous = ints(this.previous);
    this.slots = copyInto(new Int16Array(capacity), this.slots);
  }
}

function copyInto<A extends Float64Array | Int32Array | Uint32Array | Uint16Array | Int16Array>(target: A, source: A): A {
  target.set(source);
  return target;
}
