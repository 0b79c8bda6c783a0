// What happened, in order, and why. One record per thing worth knowing; `cause` is the record that was being handled.
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
  /** Runs `body` with `cause` as the current cause (a reply, a delivered packet). */
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

/** How a keyframe keeps a journal. */
export interface JournalState {
  readonly seq: number;
  readonly lanes: readonly [number, number];
  readonly cause: number;
}

const wordHashes = new Map<string, number>();

/** Hash of a short string that comes again and again (sources, types, field names). */
function wordHash(word: string): number {
  let hash = wordHashes.get(word);
  if (hash === undefined) {
    hash = textHash(word);
    if (wordHashes.size < 10_000) wordHashes.set(word, hash);
  }
  return hash;
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash;
}

const bits = new DataView(new ArrayBuffer(8));

function plainHash(value: Plain): number {
  if (typeof value === 'string') return textHash(value);
  if (typeof value === 'number') {
    if ((value | 0) === value) return Math.imul(value ^ 0x5bd1e995, 0x85ebca6b);
    bits.setFloat64(0, value);
    return Math.imul(bits.getInt32(0) ^ bits.getInt32(4), 0xc2b2ae35);
  }
  if (value === null || value === undefined) return 0x27d4eb2f;
  if (typeof value === 'boolean') return value ? 0x165667b1 : 0x2545f491;
  let hash = 0x2c1b3c6d;
  if (Array.isArray(value)) {
    for (const item of value) hash = Math.imul(hash ^ plainHash(item), 0x01000193) + 1;
    return hash;
  }
  const fields = value as { readonly [field: string]: Plain };
  for (const field in fields) hash = Math.imul(hash ^ wordHash(field) ^ Math.imul(plainHash(fields[field]), 31), 0x01000193) + 1;
  return hash;
}

/** Keeps the last `window` records. */
export class WindowedJournal implements Journal {
  #now: () => number;
  #window: number;
  #records: (JournalRecord | undefined)[] = [];
  #seq = 0;
  #lane1 = 0x811c9dc5;
  #lane2 = 0x1b873593;
  cause = 0;

  constructor(now: () => number, window = 200_000) {
    this.#now = now;
    this.#window = window;
  }

  record(source: string, type: string, subject: string, data?: Plain): number {
    const seq = ++this.#seq;
    const at = this.#now();
    this.#records[seq % this.#window] = { seq, at, cause: this.cause, source, type, subject, data };
    const word =
      wordHash(source) ^ Math.imul(wordHash(type), 3) ^ Math.imul(textHash(subject), 5) ^ (data === undefined ? 0 : plainHash(data));
    this.#lane1 = Math.imul(this.#lane1 ^ word ^ at, 0x01000193);
    this.#lane2 = Math.imul(this.#lane2 ^ word, 0xcc9e2d51) + Math.imul(this.cause ^ seq, 0x1b873593);
    this.#lane2 = (this.#lane2 << 13) | (this.#lane2 >>> 19);
    this.cause = seq;
    return seq;
  }

  because<T>(cause: number, body: () => T): T {
    const before = this.cause;
    this.cause = cause;
    try {
      return body();
    } finally {
      this.cause = before;
    }
  }

  get hash(): string {
    return (this.#lane1 >>> 0).toString(16).padStart(8, '0') + (this.#lane2 >>> 0).toString(16).padStart(8, '0');
  }

  get length(): number {
    return this.#seq;
  }

  get(seq: number): JournalRecord | undefined {
    if (seq <= 0 || seq > this.#seq || seq <= this.#seq - this.#window) return undefined;
    return this.#records[seq % this.#window];
  }

  *since(seq: number): Iterable<JournalRecord> {
    for (let at = Math.max(seq, this.#seq - this.#window) + 1; at <= this.#seq; at++) {
      const record = this.get(at);
      if (record !== undefined) yield record;
    }
  }

  save(): JournalState {
    return { seq: this.#seq, lanes: [this.#lane1, this.#lane2], cause: this.cause };
  }

  /** Continues from a keyframe; what was recorded after it is forgotten. */
  restore(state: JournalState): void {
    for (let seq = state.seq + 1; seq <= this.#seq; seq++) this.#records[seq % this.#window] = undefined;
    this.#seq = state.seq;
    this.#lane1 = state.lanes[0];
    this.#lane2 = state.lanes[1];
    this.cause = state.cause;
  }
}
