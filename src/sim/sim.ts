// The clock, the queue and the chance of one world. Everything that happens later goes through `after`/`at`; a timer is a
// registered handler plus plain data, never a closure, so that a keyframe can save it.
import { type Journal, type JournalState, RingJournal } from './journal.ts';
import type { Plain } from './plain.ts';
import { Queue, type QueueState } from './queue.ts';
import { initialState, type RandomState, type RandomStream, Xoshiro } from './random.ts';

/** A named continuation, registered once while the world is composed. Timers refer to it by name in keyframes. */
export interface Handler<P extends Plain = Plain> {
  readonly name: string;
  readonly index: number;
  /** Phantom: ties the payload type to the handler. */
  readonly payload?: P;
}

/** 0 is never a timer, so `0` can stand for "none" in columns. Up to 2^53: a column of timers is a Float64Array. */
export type TimerId = number;

export interface Sim {
  /** Virtual milliseconds since the world began; whole numbers. */
  readonly now: number;
  /** Wall date of virtual 0, for timestamps in objects: milliseconds since 1970, part of the seed. */
  readonly epoch: number;
  readonly seed: number;
  readonly journal: Journal;
  /** Registers a handler. Throws if the name is taken. */
  handler<P extends Plain>(name: string, run: (payload: P) => void): Handler<P>;
  /** Runs the handler `delayMs` from now (rounded up to a whole millisecond, negative means now); equal times run in the order they were set. */
  after<P extends Plain>(delayMs: number, handler: Handler<P>, payload: P): TimerId;
  /** Like `after`, for a point in virtual time; one that has passed means now. */
  at<P extends Plain>(time: number, handler: Handler<P>, payload: P): TimerId;
  /** Cancelling a timer that ran or was cancelled before does nothing. */
  cancel(timer: TimerId): void;
  /** The stream of that name: same seed and name, same numbers, whatever else draws. */
  random(name: string): RandomStream;
  /** Takes part in keyframes: plain data out, the same plain data in. Throws if the name is taken. */
  keep(name: string, keeper: Keeper): void;
  /** When that timer is due; undefined when it ran, was cancelled or is 0. */
  due(timer: TimerId): number | undefined;
  /** Runs the next queued event due at or before `limit` (default: any). False when there is none. */
  step(limit?: number): boolean;
  /** Runs everything due up to and including `time`, then stands at `time`. */
  runUntil(time: number): void;
  /** Time of the next queued event, or undefined. */
  nextTime(): number | undefined;
  /** RFC 3339 of a virtual time (default now), whole seconds or with `micro` six decimals: metav1.Time and metav1.MicroTime. */
  timestamp(time?: number, precision?: 'second' | 'micro'): string;
}

export interface Keeper {
  save(): Plain;
  restore(state: Plain): void;
}

export interface SimOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Milliseconds since 1970 at virtual 0; default 2026-11-24T12:00:00Z. */
  readonly epoch?: number;
  /** Records the journal keeps; the hash covers all. Default 200,000. */
  readonly journalWindow?: number;
}

export function createSim(options: SimOptions = {}): SimEngine {
  return new SimEngine(options);
}

/** What a keyframe holds of a sim, all of it plain data. */
export interface SimState {
  readonly seed: number;
  readonly epoch: number;
  readonly now: number;
  /** Name of the handler that each number in `queue` means. */
  readonly handlers: readonly string[];
  readonly queue: QueueState;
  readonly random: { readonly [name: string]: RandomState };
  readonly journal: JournalState;
  readonly keepers: { readonly [name: string]: Plain };
}

/** The implementation behind `Sim`. Others use the interface; keyframes use `save` and `restore`. */
export class SimEngine implements Sim {
  now = 0;
  readonly epoch: number;
  readonly seed: number;
  readonly journal: RingJournal;
  private running = false;
  private readonly queue = new Queue();
  private readonly handlers: { readonly name: string; readonly run: (payload: any) => void }[] = [];
  private readonly handlerNames = new Map<string, number>();
  private readonly streams = new Map<string, Xoshiro>();
  private readonly keepers = new Map<string, Keeper>();

  constructor(options: SimOptions) {
    this.seed = options.seed ?? 1;
    this.epoch = options.epoch ?? Date.UTC(2026, 10, 24, 12);
    this.journal = new RingJournal(options.journalWindow ?? 200_000, this);
  }

  handler<P extends Plain>(name: string, run: (payload: P) => void): Handler<P> {
    if (this.handlerNames.has(name)) throw new Error(`a handler is already called ${name}`);
    const index = this.handlers.length;
    if (index > 0xffff) throw new Error(`more than ${0xffff} handlers: register one per kind of event, not one per object`);
    this.handlers.push({ name, run });
    this.handlerNames.set(name, index);
    return { name, index };
  }

  after<P extends Plain>(delayMs: number, handler: Handler<P>, payload: P): TimerId {
    return this.at(this.now + delayMs, handler, payload);
  }

  at<P extends Plain>(time: number, handler: Handler<P>, payload: P): TimerId {
    const due = Math.max(this.now, Math.ceil(time));
    // Also false for NaN; beyond it whole milliseconds cannot be told apart.
    if (!(due <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`${handler.name} cannot run at ${time}`);
    return this.queue.push(due, handler.index, payload, this.journal.cause);
  }

  cancel(timer: TimerId): void {
    this.queue.cancel(timer);
  }

  due(timer: TimerId): number | undefined {
    return this.queue.due(timer);
  }

  random(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new Xoshiro(initialState(this.seed, name));
      this.streams.set(name, stream);
    }
    return stream;
  }

  keep(name: string, keeper: Keeper): void {
    if (this.keepers.has(name)) throw new Error(`a keeper is already called ${name}`);
    this.keepers.set(name, keeper);
  }

  step(limit = Number.POSITIVE_INFINITY): boolean {
    this.assertAtRest('step');
    const queue = this.queue;
    if (!queue.pop(limit)) {
      this.journal.cause = 0;
      return false;
    }
    this.now = queue.time;
    this.journal.cause = queue.cause;
    this.running = true;
    try {
      this.handlers[queue.handler]!.run(queue.payload);
    } finally {
      this.running = false;
      this.journal.cause = 0;
    }
    return true;
  }

  runUntil(time: number): void {
    while (this.step(time));
    if (time > this.now) this.now = Math.floor(time);
  }

  nextTime(): number | undefined {
    return this.queue.peek();
  }

  private stampedSecond = Number.NaN;
  private stamp = '';

  timestamp(time = this.now, precision: 'second' | 'micro' = 'second'): string {
    if (precision === 'micro') return `${new Date(this.epoch + time).toISOString().slice(0, 23)}000Z`;
    // Thousands of objects are stamped within the same second.
    const second = Math.floor((this.epoch + time) / 1000);
    if (second !== this.stampedSecond) {
      this.stampedSecond = second;
      this.stamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    }
    return this.stamp;
  }

  /** `records`: how many of the newest journal records to carry. */
  save(records: number): SimState {
    this.assertAtRest('save a keyframe');
    const random: { [name: string]: RandomState } = {};
    for (const [name, stream] of this.streams) random[name] = stream.save();
    const keepers: { [name: string]: Plain } = {};
    for (const [name, keeper] of this.keepers) keepers[name] = keeper.save();
    return {
      seed: this.seed,
      epoch: this.epoch,
      now: this.now,
      handlers: this.handlers.map((handler) => handler.name),
      queue: this.queue.save(),
      random,
      journal: this.journal.save(records),
      keepers,
    };
  }

  restore(state: SimState): void {
    this.assertAtRest('restore a keyframe');
    this.assertFits(state);
    this.now = state.now;
    for (const [name, keeper] of this.keepers) keeper.restore(state.keepers[name]);
    // After the keepers: whatever their restoring drew, queued or recorded belongs to no history.
    for (const [name, stream] of this.streams) stream.restore(state.random[name] ?? initialState(this.seed, name));
    for (const name in state.random) if (!this.streams.has(name)) this.streams.set(name, new Xoshiro(state.random[name]!));
    const indexes = state.handlers.map((name) => this.handlerNames.get(name)!);
    const entries = state.queue.entries.map((entry) => ({ ...entry, handler: indexes[entry.handler]! }));
    this.queue.restore({ ...state.queue, entries }, state.now);
    this.journal.restore(state.journal);
  }

  private assertFits(state: SimState): void {
    if (state.seed !== this.seed || state.epoch !== this.epoch) {
      throw new Error(
        `a keyframe of seed ${state.seed}, epoch ${state.epoch} does not fit a world of seed ${this.seed}, epoch ${this.epoch}`,
      );
    }
    const awaited = new Set(state.queue.entries.map((entry) => state.handlers[entry.handler]!));
    const unknown = [...awaited].filter((name) => !this.handlerNames.has(name));
    if (unknown.length > 0) throw new Error(`this world has no handler ${unknown.join(', ')}`);
    const lost = Object.keys(state.keepers).filter((name) => !this.keepers.has(name));
    if (lost.length > 0) throw new Error(`this world has no keeper ${lost.join(', ')}`);
    const missing = [...this.keepers.keys()].filter((name) => !(name in state.keepers));
    if (missing.length > 0) throw new Error(`the keyframe has no data for ${missing.join(', ')}`);
  }

  private assertAtRest(what: string): void {
    if (this.running) throw new Error(`cannot ${what} while an event runs`);
  }
}
