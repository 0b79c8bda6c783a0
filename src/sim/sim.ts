// The clock, the queue and the chance of one world. Everything that happens later goes through `after`/`at`; a timer is a
// registered handler plus plain data, never a closure, so that a keyframe can save it.
import type { Journal } from './journal.ts';
import type { Plain } from './plain.ts';
import type { RandomStream } from './random.ts';

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
