// What is due when: a hierarchical timing wheel ordered by (time, insertion). Five levels of 256 slots; level k holds what differs from
// the wheel's base first in its k-th byte, so an entry moves down at most four times and equal times keep their order.
// Insert, cancel and pop are O(1); the horizon is 256 × 2^32 ms ≈ 34.8 years after the base.
import type { Plain } from './plain.ts';

const LEVELS = 5;
const SLOTS = 256;
const LOW = 2 ** 32;
/** A timer id is generation × 2^24 + row, so that an id of a row used again no longer cancels. */
const ROWS = 2 ** 24;

/** One pending entry as a keyframe keeps it. */
export interface QueueEntry {
  readonly id: number;
  readonly time: number;
  readonly handler: number;
  readonly cause: number;
  readonly payload: Plain;
}

export class Queue {
  #base = 0;
  #size = 0;
  #free = 0;
  #top = 1;
  #next = new Int32Array(1024);
  #previous = new Int32Array(1024);
  /** Slot number an entry hangs in, -1 when the row is free. */
  #slot = new Int32Array(1024).fill(-1);
  #generation = new Int32Array(1024);
  #time = new Float64Array(1024);
  #cause = new Float64Array(1024);
  #handler = new Int32Array(1024);
  #payload: Plain[] = [];
  #head = new Int32Array(LEVELS * SLOTS);
  #tail = new Int32Array(LEVELS * SLOTS);
  #occupied = new Int32Array(LEVELS * 8);

  get size(): number {
    return this.#size;
  }

  /** `time` must not lie before what was popped last. Throws RangeError beyond the horizon. */
  push(time: number, handler: number, cause: number, payload: Plain): number {
    const row = this.#row();
    this.#time[row] = time;
    this.#handler[row] = handler;
    this.#cause[row] = cause;
    this.#payload[row] = payload;
    this.#hang(row);
    this.#size += 1;
    return this.#generation[row] * ROWS + row;
  }

  cancel(id: number): void {
    const row = id % ROWS;
    if (row === 0 || this.#slot[row] < 0 || this.#generation[row] !== Math.floor(id / ROWS)) return;
    this.#unhang(row);
    this.#release(row);
  }

  has(id: number): boolean {
    const row = id % ROWS;
    return row > 0 && this.#slot[row] >= 0 && this.#generation[row] === Math.floor(id / ROWS);
  }

  /** Takes the first entry due at or before `limit`; undefined when there is none. */
  pop(limit: number): QueueEntry | undefined {
    const slot = this.#advance(limit);
    if (slot < 0) return undefined;
    const row = this.#head[slot];
    const entry = this.#entry(row);
    this.#unhang(row);
    this.#release(row);
    return entry;
  }

  /** Time of the next entry, without moving the wheel. */
  nextTime(): number | undefined {
    for (let level = 0; level < LEVELS; level++) {
      const digit = this.#firstOccupied(level, level === 0 ? digitOf(this.#base, 0) : digitOf(this.#base, level) + 1);
      if (digit < 0) continue;
      let earliest = Number.POSITIVE_INFINITY;
      for (let row = this.#head[level * SLOTS + digit]; row !== 0; row = this.#next[row]) earliest = Math.min(earliest, this.#time[row]);
      return earliest;
    }
    return undefined;
  }

  /** All pending entries in the order they will run. */
  entries(): QueueEntry[] {
    const all: QueueEntry[] = [];
    for (let level = 0; level < LEVELS; level++)
      for (let digit = 0; digit < SLOTS; digit++)
        for (let row = this.#head[level * SLOTS + digit]; row !== 0; row = this.#next[row]) all.push(this.#entry(row));
    return all.sort((a, b) => a.time - b.time);
  }

  /** Replaces the whole content; entries of equal time keep their order, ids stay valid. */
  load(base: number, entries: readonly QueueEntry[]): void {
    const highest = entries.reduce((most, entry) => Math.max(most, entry.id % ROWS), this.#top);
    this.#clear(base);
    while (highest >= this.#time.length) this.#grow();
    for (const entry of entries) {
      const row = entry.id % ROWS;
      this.#generation[row] = Math.floor(entry.id / ROWS);
      this.#time[row] = entry.time;
      this.#handler[row] = entry.handler;
      this.#cause[row] = entry.cause;
      this.#payload[row] = entry.payload;
      this.#hang(row);
      this.#size += 1;
    }
    this.#top = highest + 1;
    for (let row = highest; row > 0; row--) {
      if (this.#slot[row] >= 0) continue;
      this.#next[row] = this.#free;
      this.#free = row;
    }
  }

  #clear(base: number): void {
    this.#base = base;
    this.#size = 0;
    this.#free = 0;
    this.#slot.fill(-1);
    this.#payload = [];
    this.#head.fill(0);
    this.#tail.fill(0);
    this.#occupied.fill(0);
  }

  #entry(row: number): QueueEntry {
    return {
      id: this.#generation[row] * ROWS + row,
      time: this.#time[row],
      handler: this.#handler[row],
      cause: this.#cause[row],
      payload: this.#payload[row],
    };
  }

  #row(): number {
    if (this.#free !== 0) {
      const row = this.#free;
      this.#free = this.#next[row];
      return row;
    }
    if (this.#top >= this.#time.length) this.#grow();
    return this.#top++;
  }

  #release(row: number): void {
    this.#slot[row] = -1;
    this.#payload[row] = undefined;
    this.#generation[row] = (this.#generation[row] + 1) & 0xfffffff;
    this.#next[row] = this.#free;
    this.#free = row;
    this.#size -= 1;
  }

  #grow(): void {
    const size = this.#time.length * 2;
    if (size > ROWS) throw new RangeError(`more than ${ROWS} timers pending`);
    const wider = <A extends Int32Array | Float64Array>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    this.#next = wider(this.#next, new Int32Array(size));
    this.#previous = wider(this.#previous, new Int32Array(size));
    this.#slot = wider(this.#slot, new Int32Array(size).fill(-1));
    this.#generation = wider(this.#generation, new Int32Array(size));
    this.#handler = wider(this.#handler, new Int32Array(size));
    this.#time = wider(this.#time, new Float64Array(size));
    this.#cause = wider(this.#cause, new Float64Array(size));
  }

  #hang(row: number): void {
    const slot = slotOf(this.#base, this.#time[row]);
    const tail = this.#tail[slot];
    this.#slot[row] = slot;
    this.#next[row] = 0;
    this.#previous[row] = tail;
    if (tail === 0) {
      this.#head[slot] = row;
      this.#occupied[slot >> 5] |= 1 << (slot & 31);
    } else this.#next[tail] = row;
    this.#tail[slot] = row;
  }

  #unhang(row: number): void {
    const slot = this.#slot[row];
    const next = this.#next[row];
    const previous = this.#previous[row];
    if (previous === 0) this.#head[slot] = next;
    else this.#next[previous] = next;
    if (next === 0) this.#tail[slot] = previous;
    else this.#previous[next] = previous;
    if (this.#head[slot] === 0) this.#occupied[slot >> 5] &= ~(1 << (slot & 31));
  }

  /** Turns the wheel to the next due slot of level 0 and returns it, or -1 when nothing is due by `limit`. */
  #advance(limit: number): number {
    for (;;) {
      const digit = this.#firstOccupied(0, digitOf(this.#base, 0));
      if (digit >= 0) {
        const time = this.#base - digitOf(this.#base, 0) + digit;
        if (time > limit) return -1;
        this.#base = time;
        return digit;
      }
      if (!this.#cascade(limit)) return -1;
    }
  }

  /** Opens the earliest occupied slot above level 0, if it begins by `limit`, and hangs its entries one or more levels lower. */
  #cascade(limit: number): boolean {
    for (let level = 1; level < LEVELS; level++) {
      const digit = this.#firstOccupied(level, digitOf(this.#base, level) + 1);
      if (digit < 0) continue;
      const width = 256 ** level;
      const start = Math.floor(this.#base / (width * SLOTS)) * width * SLOTS + digit * width;
      if (start > limit) return false;
      this.#base = start;
      const slot = level * SLOTS + digit;
      let row = this.#head[slot];
      this.#head[slot] = 0;
      this.#tail[slot] = 0;
      this.#occupied[slot >> 5] &= ~(1 << (slot & 31));
      while (row !== 0) {
        const next = this.#next[row];
        this.#hang(row);
        row = next;
      }
      return true;
    }
    return false;
  }

  #firstOccupied(level: number, from: number): number {
    for (let word = from >> 5; word < 8; word++) {
      let bits = this.#occupied[level * 8 + word];
      if (word === from >> 5) bits &= -1 << (from & 31);
      if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
    }
    return -1;
  }
}

function digitOf(time: number, level: number): number {
  return level === 4 ? Math.floor(time / LOW) & 255 : ((time % LOW) >>> (8 * level)) & 255;
}

function slotOf(base: number, time: number): number {
  const high = Math.floor(time / LOW);
  if (high !== Math.floor(base / LOW)) {
    if (high > 255) throw new RangeError(`time ${time} ms lies beyond the horizon of the queue`);
    return 4 * SLOTS + high;
  }
  const low = (time % LOW) >>> 0;
  const differing = (low ^ ((base % LOW) >>> 0)) >>> 0;
  const level = differing < 256 ? 0 : differing < 65536 ? 1 : differing < 16777216 ? 2 : 3;
  return level * SLOTS + ((low >>> (8 * level)) & 255);
}
