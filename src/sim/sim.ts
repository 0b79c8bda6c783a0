// The clock, the queue and the chance of one world. Everything that happens later goes through `after`/`at`; a timer is a
// registered handler plus plain data, never a closure, so that a keyframe can save it.
import { type Journal, WindowedJournal } from './journal.ts';
import type { Plain } from './plain.ts';
import { Queue } from './queue.ts';
import { type RandomStream, Xoshiro128 } from './random.ts';

/** A named continuation, registered once while the world is composed. Timers refer to it by name in keyframes. */
export interface Handler<P extends Plain = Plain> {
  readonly name: string;
  readonly index: number;
  /** Phantom: ties the payload type to the handler. */
  readonly payload?: P;
}

/** 0 is never a timer, so `0` can stand for "none" in columns. */
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
  /** Runs the handler `delayMs` from now (rounded up to a whole millisecond); equal times run in the order they were set. */
  after<P extends Plain>(delayMs: number, handler: Handler<P>, payload: P): TimerId;
  at<P extends Plain>(time: number, handler: Handler<P>, payload: P): TimerId;
  /** Cancelling a timer that ran or was cancelled before does nothing. */
  cancel(timer: TimerId): void;
  /** The stream of that name: same seed and name, same numbers, whatever else draws. */
  random(name: string): RandomStream;
  /** Takes part in keyframes: plain data out, the same plain data in. Throws if the name is taken. */
  keep(name: string, keeper: Keeper): void;
  /** Runs the next queued event. False when the queue is empty. */
  step(): boolean;
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
  readonly seed?: number;
  /** Milliseconds since 1970 of virtual 0; default 2026-11-24T12:00:00Z. */
  readonly epoch?: number;
  /** Journal records kept. */
  readonly journalWindow?: number;
}

export function createSim(options: SimOptions = {}): SimEngine {
  return new SimEngine(options);
}

/** The one implementation of `Sim`. Its insides are public for `keyframe.ts` alone. */
export class SimEngine implements Sim {
  now = 0;
  readonly epoch: number;
  readonly seed: number;
  readonly journal: WindowedJournal;
  readonly queue = new Queue();
  readonly streams = new Map<string, Xoshiro128>();
  readonly keepers = new Map<string, Keeper>();
  readonly handlers: { readonly name: string; readonly run: (payload: any) => void }[] = [];
  readonly #names = new Set<string>();
  /** Events run since the beginning. */
  events = 0;

  constructor(options: SimOptions) {
    this.seed = options.seed ?? 1;
    this.epoch = options.epoch ?? Date.UTC(2026, 10, 24, 12);
    this.journal = new WindowedJournal(() => this.now, options.journalWindow);
  }

  handler<P extends Plain>(name: string, run: (payload: P) => void): Handler<P> {
    if (this.#names.has(name)) throw new Error(`handler ${name} is registered twice`);
    this.#names.add(name);
    this.handlers.push({ name, run });
    return { name, index: this.handlers.length - 1 };
  }

  after<P extends Plain>(delayMs: number, handler: Handler<P>, payload: P): TimerId {
    return this.queue.push(this.now + Math.max(0, Math.ceil(delayMs)), handler.index, this.journal.cause, payload);
  }

  at<P extends Plain>(time: number, handler: Handler<P>, payload: P): TimerId {
    return this.queue.push(Math.max(this.now, Math.ceil(time)), handler.index, this.journal.cause, payload);
  }

  cancel(timer: TimerId): void {
    this.queue.cancel(timer);
  }

  random(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new Xoshiro128(this.seed, name);
      this.streams.set(name, stream);
    }
    return stream;
  }

  keep(name: string, keeper: Keeper): void {
    if (this.keepers.has(name)) throw new Error(`keeper ${name} is registered twice`);
    this.keepers.set(name, keeper);
  }

  step(): boolean {
    return this.#run(Number.POSITIVE_INFINITY);
  }

  runUntil(time: number): void {
    while (this.#run(time)) {}
    if (time > this.now) this.now = time;
    this.journal.cause = 0;
  }

  nextTime(): number | undefined {
    return this.queue.nextTime();
  }

  timestamp(time = this.now, precision: 'second' | 'micro' = 'second'): string {
    const text = new Date(this.epoch + time).toISOString();
    return precision === 'second' ? `${text.slice(0, 19)}Z` : `${text.slice(0, 23)}000Z`;
  }

  #run(limit: number): boolean {
    const entry = this.queue.pop(limit);
    if (entry === undefined) return false;
    this.now = entry.time;
    this.journal.cause = entry.cause;
    this.events += 1;
    this.handlers[entry.handler].run(entry.payload);
    this.journal.cause = 0;
    return true;
  }
}
