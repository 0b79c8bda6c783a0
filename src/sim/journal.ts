// What happened, in order, and why. One record per thing worth knowing; `cause` is the record that was being handled.
import { fold, Hasher } from './hash.ts';
import type { Plain } from './plain.ts';

export interface JournalRecord {
  /** 1, 2, 3, …; never reused. */
  readonly seq: number;
  /** Virtual milliseconds. */
  readonly at: number;
  /** `seq` of the record whose handling made this one; 0 = came from outside. */
  readonly cause: number;
  /** Who says it, in the words of the architecture: `apiserver`, `etcd`, `deployment-controller`, `scheduler`, `kubelet`, `network`. */
  readonly source: string;
  /** What happened, past tense in CamelCase: `Requested`, `Stored`, `Reconciled`, `Filtered`, `Bound`, `Moved`, `Hopped`. */
  readonly type: string;
  /** Whom it is about: `pods/default/web-1`, `nodes/minikube`; empty when nobody. */
  readonly subject: string;
  readonly data?: Plain;
}

export interface Journal {
  /** Appends a record caused by the one being handled and makes it the current cause until the running event ends. Returns seq. */
  record(source: string, type: string, subject: string, data?: Plain): number;
  /** Runs `body` with `cause` as the current cause (a reply, a delivered packet); 0 for what comes from outside the world. */
  because<T>(cause: number, body: () => T): T;
  /** `seq` of the current cause. */
  readonly cause: number;
  /** Running hash over all records: same seed and inputs, same hash. Hexadecimal. */
  readonly hash: string;
  readonly length: number;
  /** Undefined once dropped from the bounded window. */
  get(seq: number): JournalRecord | undefined;
  /** Records after `seq` that are still kept, oldest first. */
  since(seq: number): Iterable<JournalRecord>;
}

/** A journal as a keyframe keeps it. */
export interface JournalState {
  readonly length: number;
  readonly high: number;
  readonly low: number;
  /** Not 0 between two calls from outside, before the next event runs. */
  readonly cause: number;
  /** The newest records, oldest first, as many as the keyframe was asked to carry. */
  readonly records: readonly JournalRecord[];
}

/** The journal of one world: a ring of the newest records and a hash over all of them. */
export class RingJournal implements Journal {
  /** `seq` of the record being handled. The sim sets it around each event. */
  cause = 0;
  private count = 0;
  /** `seq` of the oldest record that is kept. */
  private oldest = 1;
  private high = 0x6a09e667;
  private low = 0x3b1c71d5;
  private ring: JournalRecord[] = [];
  /** `seq` at place 0 of the ring. */
  private origin = 1;
  private readonly hasher = new Hasher();

  private readonly window: number;
  private readonly clock: { readonly now: number };

  constructor(window: number, clock: { readonly now: number }) {
    if (!(window >= 1)) throw new RangeError(`the journal keeps at least one record, not ${window}`);
    this.window = window;
    this.clock = clock;
  }

  get length(): number {
    return this.count;
  }

  get hash(): string {
    return hexOf(this.high) + hexOf(this.low);
  }

  record(source: string, type: string, subject: string, data?: Plain): number {
    const seq = ++this.count;
    const record: JournalRecord = { seq, at: this.clock.now, cause: this.cause, source, type, subject, data };
    this.ring[(seq - this.origin) % this.window] = record;
    if (seq - this.oldest >= this.window) this.oldest = seq - this.window + 1;
    this.digest(record);
    this.cause = seq;
    return seq;
  }

  because<T>(cause: number, body: () => T): T {
    const outer = this.cause;
    this.cause = cause;
    try {
      return body();
    } finally {
      this.cause = outer;
    }
  }

  get(seq: number): JournalRecord | undefined {
    return seq >= this.oldest && seq <= this.count ? this.ring[(seq - this.origin) % this.window] : undefined;
  }

  *since(seq: number): Iterable<JournalRecord> {
    for (let next = Math.max(seq + 1, this.oldest); next <= this.count; next = Math.max(next + 1, this.oldest)) {
      yield this.ring[(next - this.origin) % this.window]!;
    }
  }

  save(records: number): JournalState {
    const kept = records === 0 ? [] : [...this.since(this.count - records)];
    return { length: this.count, high: this.high, low: this.low, cause: this.cause, records: kept };
  }

  restore(state: JournalState): void {
    this.count = state.length;
    this.high = state.high;
    this.low = state.low;
    this.cause = state.cause;
    this.ring = state.records.slice(-this.window);
    this.oldest = state.length - this.ring.length + 1;
    this.origin = this.oldest;
  }

  private digest(record: JournalRecord): void {
    const hasher = this.hasher;
    const source = hasher.name(record.source);
    const type = hasher.name(record.type);
    let high = fold(fold(this.high, source[0]), type[0]);
    let low = fold(fold(this.low, source[1]), type[1]);
    hasher.number(record.at);
    high = fold(high, hasher.high);
    low = fold(low, hasher.low ^ record.cause);
    hasher.text(record.subject);
    high = fold(high, hasher.high);
    low = fold(low, hasher.low);
    if (record.data !== undefined) {
      hasher.plain(record.data);
      high = fold(high, hasher.high);
      low = fold(low, hasher.low);
    }
    this.high = high;
    this.low = low;
  }
}

function hexOf(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
