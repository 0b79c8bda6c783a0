// A part of a world with names of its own: the same components can be composed again under another prefix after the first went away
// (a cluster deleted and started anew). Time, queue, chance and journal stay the world's.
import type { Journal } from './journal.ts';
import type { Plain } from './plain.ts';
import type { RandomStream } from './random.ts';
import type { Handler, Keeper, Sim, TimerId } from './sim.ts';

export class ScopedSim implements Sim {
  readonly #parent: Sim;
  readonly #prefix: string;
  #closed = false;

  constructor(parent: Sim, prefix: string) {
    this.#parent = parent;
    this.#prefix = prefix;
  }

  /** From now on nothing of this part runs any more: its pending timers do nothing. */
  close(): void {
    this.#closed = true;
  }

  get now(): number {
    return this.#parent.now;
  }

  get epoch(): number {
    return this.#parent.epoch;
  }

  get seed(): number {
    return this.#parent.seed;
  }

  get journal(): Journal {
    return this.#parent.journal;
  }

  handler<P extends Plain>(name: string, run: (payload: P) => void): Handler<P> {
    return this.#parent.handler<P>(this.#prefix + name, (payload) => {
      if (!this.#closed) run(payload);
    });
  }

  after<P extends Plain>(delayMs: number, handler: Handler<P>, payload: P): TimerId {
    return this.#parent.after(delayMs, handler, payload);
  }

  at<P extends Plain>(time: number, handler: Handler<P>, payload: P): TimerId {
    return this.#parent.at(time, handler, payload);
  }

  cancel(timer: TimerId): void {
    this.#parent.cancel(timer);
  }

  random(name: string): RandomStream {
    return this.#parent.random(this.#prefix + name);
  }

  keep(name: string, keeper: Keeper): void {
    this.#parent.keep(this.#prefix + name, keeper);
  }

  due(timer: TimerId): number | undefined {
    return this.#parent.due(timer);
  }

  step(limit?: number): boolean {
    return this.#parent.step(limit);
  }

  runUntil(time: number): void {
    this.#parent.runUntil(time);
  }

  nextTime(): number | undefined {
    return this.#parent.nextTime();
  }

  timestamp(time?: number, precision?: 'second' | 'micro'): string {
    return this.#parent.timestamp(time, precision);
  }
}
