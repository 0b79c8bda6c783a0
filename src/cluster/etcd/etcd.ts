// The store behind the API server: every object under its key, one revision counter for all of them, a log of recent changes to
// watch from. Objects are kept as they are given (immutable, shared), with indexes so that no list scans the fleet.
// Models: etcd 3.7 (revisions, transactions comparing mod revisions, compaction) and kubernetes v1.37 storage/{etcd3,cacher}
import type { Sim } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import { Collection, type Selection } from './collection.ts';
import { type StoreEvent, type Watcher, WatcherIndex } from './watchers.ts';

export type { Selection } from './collection.ts';
export type { StoreEvent, Watcher } from './watchers.ts';

/** One write: succeeds only while the key still has the expected mod revision. */
export interface Txn {
  readonly resource: string;
  /** `namespace/name`, or `name` for cluster scope. */
  readonly key: string;
  /** Mod revision the key must have; 0 = it must not exist. */
  readonly expected: number;
  /** The new object, whose resourceVersion is the store's next revision; for a deletion the last state with that revision. */
  readonly object: AnyObject;
  readonly delete?: boolean;
}

/** Values of an object that lists and watches select by: `spec.nodeName`. */
export type FieldIndex = (object: AnyObject) => string | undefined;

export interface StoreOptions {
  readonly sim: Sim;
  /** Per resource (`pods`), the fields to index besides namespace, labels and owners. */
  readonly fieldIndexes?: Readonly<Record<string, Readonly<Record<string, FieldIndex>>>>;
}

export interface Store {
  /** Revision of the last write. */
  readonly revision: number;
  get(resource: string, key: string): AnyObject | undefined;
  /** Mod revision of a key, 0 when it does not exist. */
  modRevision(resource: string, key: string): number;
  /** False when the compare failed: nothing happened. */
  commit(txn: Txn): boolean;
  /** Everything selected, in key order, as of now. */
  list(resource: string, selection?: Selection): readonly AnyObject[];
  count(resource: string): number;
  /** As of an older revision; undefined when that is compacted. */
  listAt(resource: string, revision: number, selection?: Selection): readonly AnyObject[] | undefined;
  /** Oldest revision a watch of this resource may start after. */
  oldestRevision(resource: string): number;
  /** Changes after `revision`, oldest first. */
  eventsAfter(resource: string, revision: number): readonly StoreEvent[];
  /** Calls back at every commit that concerns the watcher, within the commit. Returns how to stop. */
  watch(watcher: Watcher): () => void;
  /** Restoring a keyframe forgets all watchers: their owners subscribe again when they are restored. */
  readonly watcherCount: number;
}

/** etcd is compacted every 5 minutes; until then a watch can resume. */
const COMPACTION_WINDOW_MS = 5 * 60 * 1000;
/** Events kept per resource whatever their age. */
const MIN_EVENTS = 100;
/** Events kept per resource at most: the watch cache grows no further either. */
const MAX_EVENTS = 10_000;

interface Log {
  events: StoreEvent[];
  /** Events before this position are compacted (the array is cut now and then). */
  start: number;
  /** Revision of the newest compacted event. */
  compacted: number;
}

export function createStore(options: StoreOptions): Store {
  return new EtcdStore(options);
}

class EtcdStore implements Store {
  readonly #sim: Sim;
  readonly #fieldIndexes: Readonly<Record<string, Readonly<Record<string, FieldIndex>>>>;
  readonly #collections = new Map<string, Collection>();
  readonly #logs = new Map<string, Log>();
  readonly #watchers = new WatcherIndex();
  #revision = 1;
  /** Older revisions are gone for lists. Watches have their own window, per resource. */
  #compacted = 0;
  /** What the next compaction compacts to, and when that was the current revision. */
  #checkpoint = { revision: 0, at: 0 };

  constructor(options: StoreOptions) {
    this.#sim = options.sim;
    this.#fieldIndexes = options.fieldIndexes ?? {};
    options.sim.keep('etcd', { save: () => this.#save(), restore: (state) => this.#restore(state as never) });
  }

  get revision(): number {
    return this.#revision;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  get(resource: string, key: string): AnyObject | undefined {
    return this.#collections.get(resource)?.get(key);
  }

  modRevision(resource: string, key: string): number {
    return this.#collections.get(resource)?.revision(key) ?? 0;
  }

  commit(txn: Txn): boolean {
    const collection = this.#collection(txn.resource);
    if (collection.revision(txn.key) !== txn.expected) return false;
    const revision = ++this.#revision;
    const old = collection.get(txn.key);
    if (txn.delete) collection.delete(txn.key);
    else collection.put(txn.key, txn.object, revision);
    const event: StoreEvent = {
      type: txn.delete ? 'DELETED' : old === undefined ? 'ADDED' : 'MODIFIED',
      revision,
      at: this.#sim.now,
      resource: txn.resource,
      key: txn.key,
      object: txn.object,
      old,
    };
    if (event.at - this.#checkpoint.at >= COMPACTION_WINDOW_MS) {
      this.#compacted = this.#checkpoint.revision;
      this.#checkpoint = { revision: revision - 1, at: event.at };
    }
    this.#append(event);
    this.#watchers.dispatch(event, this.#fieldIndexes[txn.resource]);
    return true;
  }

  list(resource: string, selection?: Selection): readonly AnyObject[] {
    return this.#collections.get(resource)?.list(selection) ?? [];
  }

  count(resource: string): number {
    return this.#collections.get(resource)?.size ?? 0;
  }

  listAt(resource: string, revision: number, selection: Selection = {}): readonly AnyObject[] | undefined {
    if (revision < Math.max(this.#compacted, this.oldestRevision(resource))) return undefined;
    const later = this.eventsAfter(resource, revision);
    if (later.length === 0) return this.list(resource, selection);
    const then = new Map<string, AnyObject | undefined>();
    // The oldest event after the revision says what the key held at it.
    for (const event of later) if (!then.has(event.key)) then.set(event.key, event.old);
    const collection = this.#collection(resource);
    const entries = collection.keys(selection).filter((key) => !then.has(key));
    const objects = new Map(entries.map((key) => [key, collection.get(key)!]));
    for (const [key, object] of then) {
      if (object !== undefined && collection.selects(object, selection)) objects.set(key, object);
    }
    return [...objects.keys()].sort().map((key) => objects.get(key)!);
  }

  oldestRevision(resource: string): number {
    return this.#logs.get(resource)?.compacted ?? 0;
  }

  eventsAfter(resource: string, revision: number): readonly StoreEvent[] {
    const log = this.#logs.get(resource);
    if (log === undefined) return [];
    let low = log.start;
    let high = log.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (log.events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low === log.events.length ? [] : log.events.slice(low);
  }

  watch(watcher: Watcher): () => void {
    return this.#watchers.add(watcher);
  }

  #collection(resource: string): Collection {
    let collection = this.#collections.get(resource);
    if (collection === undefined) {
      collection = new Collection(this.#fieldIndexes[resource] ?? {});
      this.#collections.set(resource, collection);
    }
    return collection;
  }

  #append(event: StoreEvent): void {
    let log = this.#logs.get(event.resource);
    if (log === undefined) {
      log = { events: [], start: 0, compacted: 0 };
      this.#logs.set(event.resource, log);
    }
    log.events.push(event);
    const oldest = event.at - COMPACTION_WINDOW_MS;
    while (
      log.events.length - log.start > MAX_EVENTS ||
      (log.events.length - log.start > MIN_EVENTS && log.events[log.start]!.at < oldest)
    ) {
      log.compacted = log.events[log.start]!.revision;
      log.start++;
    }
    if (log.start > 1024 && log.start * 2 > log.events.length) {
      log.events = log.events.slice(log.start);
      log.start = 0;
    }
  }

  #save() {
    return {
      revision: this.#revision,
      compacted: this.#compacted,
      checkpoint: this.#checkpoint,
      collections: [...this.#collections].map(([resource, collection]) => [resource, collection.save()]),
      logs: [...this.#logs].map(([resource, log]) => [resource, log.events.slice(log.start), log.compacted]),
    } as never;
  }

  #restore(state: {
    revision: number;
    compacted: number;
    checkpoint: { revision: number; at: number };
    collections: [string, [string, AnyObject, number][]][];
    logs: [string, StoreEvent[], number][];
  }): void {
    this.#revision = state.revision;
    this.#compacted = state.compacted;
    this.#checkpoint = state.checkpoint;
    this.#collections.clear();
    this.#logs.clear();
    this.#watchers.clear();
    for (const [resource, entries] of state.collections) {
      const collection = this.#collection(resource);
      for (const [key, object, revision] of entries) collection.put(key, object, revision);
    }
    for (const [resource, events, compacted] of state.logs) this.#logs.set(resource, { events: [...events], start: 0, compacted });
  }
}
