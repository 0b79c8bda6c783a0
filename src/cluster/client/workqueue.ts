// Keys waiting for a worker: each at most once, never two workers on one key, with delays and exponential back-off per key. All of
// it plain data, kept in keyframes.
// Models: kubernetes v1.37 client-go util/workqueue/{queue,delaying_queue,rate_limiting_queue,default_rate_limiters}.go
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim, TimerId } from '../../sim/sim.ts';
import { BACKOFF_BASE_MS, BACKOFF_MAX_MS } from './timings.ts';

export interface WorkqueueOptions {
  readonly sim: Sim;
  /** Unique in the world: `deployment-controller`. */
  readonly name: string;
  /** Keys worked on at the same time. */
  readonly workers: number;
  /** Between a free worker's wake-up and its work; keys added meanwhile wait together. Default 0: at the end of this moment. */
  readonly pauseMs?: number;
  /** First and longest pause after a failure; default 5 ms and 1000 s. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  /** Works on one key. It is held until `done(key)`. */
  readonly work: (key: string) => void;
}

interface Saved {
  readonly waiting: readonly string[];
  readonly working: readonly string[];
  readonly again: readonly string[];
  readonly failures: readonly (readonly [string, number])[];
  readonly delayed: readonly (readonly [string, TimerId])[];
  readonly waking: boolean;
  readonly running: boolean;
}

export class Workqueue {
  readonly name: string;
  readonly #sim: Sim;
  readonly #options: WorkqueueOptions;
  /** In order; a Set keeps each key once. */
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  /** Added while a worker held them. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, TimerId>();
  #waking = false;
  #running = false;
  readonly #wake: Handler<any>;
  readonly #due: Handler<any>;

  constructor(options: WorkqueueOptions) {
    this.name = options.name;
    this.#sim = options.sim;
    this.#options = options;
    this.#wake = options.sim.handler<any>(`${options.name}/wake`, () => this.#run());
    this.#due = options.sim.handler<any>(`${options.name}/due`, (key: string) => {
      this.#delayed.delete(key);
      this.add(key);
    });
    options.sim.keep(`workqueue ${options.name}`, { save: () => this.#save(), restore: (state) => this.#restore(state as never) });
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** Workers begin; before, keys only gather. */
  start(): void {
    this.#running = true;
    this.#arrange();
  }

  /** Workers end and everything is forgotten. */
  stop(): void {
    this.#running = false;
    this.#waiting.clear();
    this.#working.clear();
    this.#again.clear();
    this.#failures.clear();
    for (const timer of this.#delayed.values()) this.#sim.cancel(timer);
    this.#delayed.clear();
  }

  add(key: string): void {
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.add(key);
    this.#arrange();
  }

  /** Adds later; of several delays for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const known = this.#delayed.get(key);
    if (known !== undefined) {
      const due = this.#sim.due(known);
      if (due !== undefined && due <= this.#sim.now + delayMs) return;
      this.#sim.cancel(known);
    }
    this.#delayed.set(key, this.#sim.after(delayMs, this.#due, key as Plain));
  }

  /** Adds after a pause that doubles with every failure of the key. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const { baseMs, maxMs } = this.#options.backoff ?? { baseMs: BACKOFF_BASE_MS, maxMs: BACKOFF_MAX_MS };
    this.addAfter(key, Math.min(baseMs * 2 ** failures, maxMs));
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded: its next failure pauses shortly again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The worker lets go of the key; if it was added meanwhile it waits again. */
  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.#waiting.add(key);
    this.#arrange();
  }

  #arrange(): void {
    if (this.#waking || !this.#running || this.#waiting.size === 0 || this.#working.size >= this.#options.workers) return;
    this.#waking = true;
    this.#sim.after(this.#options.pauseMs ?? 0, this.#wake, null);
  }

  #run(): void {
    this.#waking = false;
    if (!this.#running) return;
    const { journal } = this.#sim;
    const { cause } = journal;
    for (const key of this.#waiting) {
      if (this.#working.size >= this.#options.workers) break;
      this.#waiting.delete(key);
      this.#working.add(key);
      journal.because(cause, () => this.#options.work(key));
    }
    this.#arrange();
  }

  #save(): Plain {
    const saved: Saved = {
      waiting: [...this.#waiting],
      working: [...this.#working],
      again: [...this.#again],
      failures: [...this.#failures],
      delayed: [...this.#delayed],
      waking: this.#waking,
      running: this.#running,
    };
    return saved as unknown as Plain;
  }

  #restore(saved: Saved): void {
    refill(this.#waiting, saved.waiting);
    refill(this.#working, saved.working);
    refill(this.#again, saved.again);
    this.#failures.clear();
    for (const [key, count] of saved.failures) this.#failures.set(key, count);
    this.#delayed.clear();
    for (const [key, timer] of saved.delayed) this.#delayed.set(key, timer);
    this.#waking = saved.waking;
    this.#running = saved.running;
  }
}

function refill(set: Set<string>, keys: readonly string[]): void {
  set.clear();
  for (const key of keys) set.add(key);
}
