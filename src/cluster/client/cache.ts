// An informer's objects with indexes, so that nobody ever walks all of them to find a few. Plain immutable objects; what a pod's
// index values are is computed once per change.
// Models: kubernetes v1.37 client-go tools/cache/{store,thread_safe_store}.go
import type { KubeObject } from '../apimachinery/object.ts';

/** Values under which an object is found; several for labels, none when it has no place in the index. */
export type Indexer<T> = (object: T) => readonly string[];

const NONE: readonly string[] = [];
const EMPTY: ReadonlySet<never> = new Set();

/** `namespace/name`, or `name` for cluster scope. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Reading side of an informer's cache. */
export interface Lister<T extends KubeObject> {
  get(key: string): T | undefined;
  readonly size: number;
  /** All of them, in the order they came. */
  all(): Iterable<T>;
  /** Those with `value` in the index, in the order they came there. */
  by(index: string, value: string): ReadonlySet<T>;
  /** Values of an index that have objects. */
  values(index: string): Iterable<string>;
}

interface Index<T> {
  readonly values: Indexer<T>;
  readonly sets: Map<string, Set<T>>;
}

export class Cache<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): Iterable<T> {
    return this.#objects.values();
  }

  by(name: string, value: string): ReadonlySet<T> {
    return this.#index(name).sets.get(value) ?? EMPTY;
  }

  values(name: string): Iterable<string> {
    return this.#index(name).sets.keys();
  }

  /** Adding an index twice keeps the first. */
  addIndex(name: string, values: Indexer<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { values, sets: new Map() };
    this.#indexes.set(name, index);
    for (const object of this.#objects.values()) insert(index, values(object), object);
  }

  /** Answers the object that was there before. */
  put(key: string, object: T): T | undefined {
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) remove(index, index.values(old), old);
      insert(index, index.values(object), object);
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) remove(index, index.values(old), old);
    return old;
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  clear(): void {
    this.#objects.clear();
    for (const index of this.#indexes.values()) index.sets.clear();
  }

  #index(name: string): Index<T> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no index ${name}`);
    return index;
  }
}

function insert<T>(index: Index<T>, values: readonly string[], object: T): void {
  for (const value of values) {
    let set = index.sets.get(value);
    if (set === undefined) {
      set = new Set();
      index.sets.set(value, set);
    }
    set.add(object);
  }
}

function remove<T>(index: Index<T>, values: readonly string[], object: T): void {
  for (const value of values) {
    const set = index.sets.get(value);
    if (set === undefined) continue;
    set.delete(object);
    if (set.size === 0) index.sets.delete(value);
  }
}

/** The indexes components share, by the names they use them under. */
export const byNamespace = { name: 'namespace', values: (object: KubeObject): readonly string[] => [object.metadata.namespace ?? ''] };

/** uid of the controlling owner. */
export const byController = {
  name: 'controller',
  values: (object: KubeObject): readonly string[] => {
    for (const owner of object.metadata.ownerReferences ?? NONE) {
      const reference = owner as Exclude<typeof owner, string>;
      if (reference.controller === true) return [reference.uid];
    }
    return NONE;
  },
};

/** Node of a pod; not bound = no place. */
export const byNodeName = {
  name: 'nodeName',
  values: (object: KubeObject): readonly string[] => {
    const node = (object as { readonly spec?: { readonly nodeName?: string } }).spec?.nodeName;
    return node === undefined || node === '' ? NONE : [node];
  },
};

/** `namespace/key=value` for every label. */
export const byLabel = {
  name: 'label',
  values: (object: KubeObject): readonly string[] => {
    const { labels, namespace = '' } = object.metadata;
    if (labels === undefined) return NONE;
    return Object.keys(labels).map((key) => `${namespace}/${key}=${labels[key]}`);
  },
};
