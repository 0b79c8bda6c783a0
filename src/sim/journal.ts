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
