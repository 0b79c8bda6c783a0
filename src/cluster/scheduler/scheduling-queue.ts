// Pods that want a node: ready ones by priority and age, refused ones waiting for something to change, and those backing off.
// Models: kubernetes v1.37 pkg/scheduler/backend/queue/scheduling_queue.go
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim, TimerId } from '../../sim/sim.ts';

const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 10_000;
/** What found no node is tried again after this long even if nothing seems to have changed. */
const UNSCHEDULABLE_MAX_MS = 300_000;
const FLUSH_MS = 30_000;

interface Waiting {
  readonly priority: number;
  /** Order of arrival. */
  readonly order: number;
  readonly attempts: number;
  readonly since: number;
  /** Plugins that refused it the last time: only what they care about wakes it. */
  readonly refusers: readonly string[];
}

interface Saved {
  readonly active: readonly (readonly [string, Waiting])[];
  readonly backingOff: readonly (readonly [string, Waiting, TimerId])[];
  readonly unschedulable: readonly (readonly [string, Waiting])[];
  readonly order: number;
}

export class SchedulingQueue {
  readonly #sim: Sim;
  readonly #ready: () => void;
  readonly #active = new Map<string, Waiting>();
  readonly #backingOff = new Map<string, { readonly waiting: Waiting; readonly timer: TimerId }>();
  readonly #unschedulable = new Map<string, Waiting>();
  /** Plugin → keys it refused. */
  readonly #refused = new Map<string, Set<string>>();
  #order = 0;
  readonly #backoffDue: Handler<any>;
  readonly #flush: Handler<any>;

  /** `ready` is called whenever the active queue may have become non-empty. */
  constructor(sim: Sim, ready: () => void) {
    this.#sim = sim;
    this.#ready = ready;
    this.#backoffDue = sim.handler<any>('scheduler/backoff', (key: string) => {
      const entry = this.#backingOff.get(key);
      if (entry === undefined) return;
      this.#backingOff.delete(key);
      this.#activate(key, entry.waiting);
    });
    this.#flush = sim.handler<any>('scheduler/flush', () => {
      for (const [key, waiting] of [...this.#unschedulable]) if (sim.now - waiting.since >= UNSCHEDULABLE_MAX_MS) this.#retry(key, waiting);
      sim.after(FLUSH_MS, this.#flush, null);
    });
    sim.keep('scheduler/queue', { save: () => this.#save() as unknown as Plain, restore: (state) => this.#restore(state as never) });
  }

  start(): void {
    this.#sim.after(FLUSH_MS, this.#flush, null);
  }

  add(key: string, priority: number): void {
    if (this.has(key)) return;
    this.#activate(key, { priority, order: this.#order++, attempts: 0, since: this.#sim.now, refusers: [] });
  }

  has(key: string): boolean {
    return this.#active.has(key) || this.#backingOff.has(key) || this.#unschedulable.has(key);
  }

  delete(key: string): void {
    const active = this.#active.get(key);
    if (active !== undefined) this.#count(active.priority, -1);
    this.#active.delete(key);
    this.#unpark(key);
    const entry = this.#backingOff.get(key);
    if (entry !== undefined) this.#sim.cancel(entry.timer);
    this.#backingOff.delete(key);
  }

  /** The next pod, highest priority first, then oldest; with nothing else to do the one whose back-off ends first. */
  pop(): { readonly key: string; readonly attempts: number } | undefined {
    if (this.#active.size === 0) return this.#popBackingOff();
    let best: string | undefined;
    let bestWaiting: Waiting | undefined;
    for (const [key, waiting] of this.#active) {
      if (bestWaiting === undefined || waiting.priority > bestWaiting.priority) {
        best = key;
        bestWaiting = waiting;
      }
      // Arrival order is the map's own: a scan is needed only while several priorities wait.
      if (this.#priorities.size <= 1) break;
    }
    this.#active.delete(best!);
    this.#count(bestWaiting!.priority, -1);
    return { key: best!, attempts: bestWaiting!.attempts + 1 };
  }

  #popBackingOff(): { readonly key: string; readonly attempts: number } | undefined {
    let best: string | undefined;
    let due = Number.POSITIVE_INFINITY;
    for (const [key, { timer }] of this.#backingOff) {
      const at = this.#sim.due(timer) ?? this.#sim.now;
      if (at >= due) continue;
      best = key;
      due = at;
    }
    if (best === undefined) return undefined;
    const { waiting, timer } = this.#backingOff.get(best)!;
    this.#sim.cancel(timer);
    this.#backingOff.delete(best);
    return { key: best, attempts: waiting.attempts + 1 };
  }

  get length(): number {
    return this.#active.size + this.#backingOff.size;
  }

  /** No node would do: the pod waits until something its refusers care about happens, see {@link wake}. */
  park(key: string, priority: number, attempts: number, refusers: readonly string[]): void {
    this.#unschedulable.set(key, { priority, order: this.#order++, attempts, since: this.#sim.now, refusers });
    for (const plugin of refusers) entryOf(this.#refused, plugin).add(key);
  }

  /** Tries again those a plugin refused for which `helps` holds. */
  wake(plugin: string, helps: (key: string) => boolean): void {
    const keys = this.#refused.get(plugin);
    if (keys === undefined || keys.size === 0) return;
    for (const key of [...keys]) if (helps(key)) this.changed(key);
  }

  /** A parked pod itself changed. */
  changed(key: string): void {
    const waiting = this.#unschedulable.get(key);
    if (waiting !== undefined) this.#retry(key, waiting);
  }

  #unpark(key: string): void {
    const waiting = this.#unschedulable.get(key);
    if (waiting === undefined) return;
    this.#unschedulable.delete(key);
    for (const plugin of waiting.refusers) this.#refused.get(plugin)?.delete(key);
  }

  #retry(key: string, waiting: Waiting): void {
    this.#unpark(key);
    const backoffMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.max(0, waiting.attempts - 1), BACKOFF_MAX_MS);
    const left = waiting.since + backoffMs - this.#sim.now;
    if (left <= 0) this.#activate(key, waiting);
    else {
      this.#backingOff.set(key, { waiting, timer: this.#sim.after(left, this.#backoffDue, key) });
      this.#ready();
    }
  }

  #activate(key: string, waiting: Waiting): void {
    this.#active.set(key, waiting);
    this.#count(waiting.priority, 1);
    this.#ready();
  }

  readonly #priorities = new Map<number, number>();

  #count(priority: number, sign: 1 | -1): void {
    const count = (this.#priorities.get(priority) ?? 0) + sign;
    if (count > 0) this.#priorities.set(priority, count);
    else this.#priorities.delete(priority);
  }

  #save(): Saved {
    return {
      active: [...this.#active],
      backingOff: [...this.#backingOff].map(([key, { waiting, timer }]) => [key, waiting, timer] as const),
      unschedulable: [...this.#unschedulable],
      order: this.#order,
    };
  }

  #restore(saved: Saved): void {
    this.#active.clear();
    this.#backingOff.clear();
    this.#unschedulable.clear();
    this.#refused.clear();
    this.#priorities.clear();
    for (const [key, waiting] of saved.active) {
      this.#active.set(key, waiting);
      this.#count(waiting.priority, 1);
    }
    for (const [key, waiting, timer] of saved.backingOff) this.#backingOff.set(key, { waiting, timer });
    for (const [key, waiting] of saved.unschedulable) {
      this.#unschedulable.set(key, waiting);
      for (const plugin of waiting.refusers) entryOf(this.#refused, plugin).add(key);
    }
    this.#order = saved.order;
  }
}

function entryOf(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}
