// Who must hear of a change: watchers sorted by what they watch, so that 5,000 kubelets, each watching its own node, cost nothing
// per event.
// Models: kubernetes v1.37 storage/cacher/cacher.go indexedWatchers and its trigger functions
import type { AnyObject } from '../apimachinery/object.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** Virtual milliseconds of the commit. */
  readonly at: number;
  readonly resource: string;
  readonly key: string;
  /** The new state; for DELETED the last state under the revision of the deletion. */
  readonly object: AnyObject;
  /** The state before, absent for ADDED. */
  readonly old: AnyObject | undefined;
}

export interface Watcher {
  readonly resource: string;
  /** Only one object. Narrower than `namespace`. */
  readonly key?: string;
  readonly namespace?: string;
  /** An indexed field the object has now or had before. Narrower than `namespace`. */
  readonly field?: { readonly name: string; readonly value: string };
  notify(event: StoreEvent): void;
}

type Bucket = Set<Watcher>;

interface Buckets {
  readonly all: Bucket;
  readonly byNamespace: Map<string, Bucket>;
  readonly byKey: Map<string, Bucket>;
  /** `spec.nodeName` → value → watchers. */
  readonly byField: Map<string, Map<string, Bucket>>;
}

export class WatcherIndex {
  readonly #resources = new Map<string, Buckets>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): () => void {
    let buckets = this.#resources.get(watcher.resource);
    if (buckets === undefined) {
      buckets = { all: new Set(), byNamespace: new Map(), byKey: new Map(), byField: new Map() };
      this.#resources.set(watcher.resource, buckets);
    }
    const bucket = bucketOf(buckets, watcher);
    bucket.add(watcher);
    this.#size++;
    return () => {
      if (bucket.delete(watcher)) this.#size--;
    };
  }

  clear(): void {
    this.#resources.clear();
    this.#size = 0;
  }

  dispatch(event: StoreEvent, fieldIndexes: Readonly<Record<string, (object: AnyObject) => string | undefined>> | undefined): void {
    const buckets = this.#resources.get(event.resource);
    if (buckets === undefined) return;
    notifyAll(buckets.all, event);
    if (buckets.byNamespace.size > 0) notifyAll(buckets.byNamespace.get(event.object.metadata.namespace ?? ''), event);
    if (buckets.byKey.size > 0) notifyAll(buckets.byKey.get(event.key), event);
    for (const [name, values] of buckets.byField) {
      const value = fieldIndexes?.[name];
      if (value === undefined) continue;
      const now = value(event.object);
      const before = event.old === undefined ? undefined : value(event.old);
      if (now !== undefined) notifyAll(values.get(now), event);
      if (before !== undefined && before !== now) notifyAll(values.get(before), event);
    }
  }
}

function bucketOf(buckets: Buckets, watcher: Watcher): Bucket {
  if (watcher.key !== undefined) return entry(buckets.byKey, watcher.key);
  if (watcher.field !== undefined) {
    let values = buckets.byField.get(watcher.field.name);
    if (values === undefined) {
      values = new Map();
      buckets.byField.set(watcher.field.name, values);
    }
    return entry(values, watcher.field.value);
  }
  return watcher.namespace === undefined ? buckets.all : entry(buckets.byNamespace, watcher.namespace);
}

function entry(map: Map<string, Bucket>, key: string): Bucket {
  let bucket = map.get(key);
  if (bucket === undefined) {
    bucket = new Set();
    map.set(key, bucket);
  }
  return bucket;
}

function notifyAll(bucket: Bucket | undefined, event: StoreEvent): void {
  if (bucket === undefined || bucket.size === 0) return;
  // A watcher may stop itself or start others while it is told: only those there now hear of this event.
  for (const watcher of bucket.size === 1 ? bucket : [...bucket]) watcher.notify(event);
}
