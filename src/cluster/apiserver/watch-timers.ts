// Ends and bookmarks of watches: timers that name a watch by number, so that a keyframe can hold them. A watch that is gone when its
// timer fires (closed, or lost with its client in a restored world) is passed over.
import type { Handler, Sim } from '../../sim/sim.ts';

export interface TimedWatch {
  timeout(): void;
  bookmark(): void;
}

/** About one bookmark a minute. */
const BOOKMARK_PERIOD_MS = 60_000;

export class WatchTimers {
  readonly #sim: Sim;
  readonly #watches = new Map<number, TimedWatch>();
  readonly #timeout: Handler<number>;
  readonly #bookmark: Handler<number>;
  #last = 0;

  constructor(sim: Sim) {
    this.#sim = sim;
    this.#timeout = sim.handler<number>('apiserver/watch-timeout', (id) => this.#watches.get(id)?.timeout());
    this.#bookmark = sim.handler<number>('apiserver/watch-bookmark', (id) => {
      const watch = this.#watches.get(id);
      if (watch === undefined) return;
      watch.bookmark();
      this.#sim.after(BOOKMARK_PERIOD_MS, this.#bookmark, id);
    });
    // Numbers are never reused, not even after a keyframe was restored: an old timer must not end a new watch.
    sim.keep('apiserver/watches', {
      save: () => this.#last,
      restore: (last) => {
        this.#watches.clear();
        this.#last = Math.max(this.#last, last as number);
      },
    });
  }

  /** `taken`: the number of a watch of the keyframe, whose timers are in the queue already. */
  start(watch: TimedWatch, timeoutSeconds: number | undefined, bookmarks: boolean, taken?: number): number {
    if (taken !== undefined) {
      this.#watches.set(taken, watch);
      return taken;
    }
    const id = ++this.#last;
    this.#watches.set(id, watch);
    if (timeoutSeconds !== undefined && timeoutSeconds > 0) this.#sim.after(timeoutSeconds * 1000, this.#timeout, id);
    if (bookmarks) this.#sim.after(BOOKMARK_PERIOD_MS, this.#bookmark, id);
    return id;
  }

  stop(id: number): void {
    this.#watches.delete(id);
  }
}
