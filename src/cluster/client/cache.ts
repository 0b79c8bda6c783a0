// An informer's objects with indexes, so that nobody ever walks all of them to find or count a few. Plain immutable objects; an
// index holds keys, so that a change of an object that leaves its values alone costs nothing.
// Models: kubernetes v1.37 client-go tools/cache/{store,thread_safe_store}.go
import type { KubeObject } from '../apimachinery/object.ts';

/** What objects are found by. */
export interface Index<T extends KubeObject = any> {
  readonly name: string;
  /** Values under which an object is found; several for labels, none when it has no place in the index. */
  values(object: T): readonly string[];
  /** True when the values surely are the same, told by identities; absent = always computed. */
  same?(next: T, old: T): boolean;
}

export const NO_VALUES: readonly string[] = [];
const NO_KEYS: ReadonlySet<string> = new Set();

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
  /** Keys of those with `value` in the index, in the order they came there; `.size` counts them. */
  keysBy(index: string, value: string): ReadonlySet<string>;
  /** The objects behind `keysBy`. */
  by(index: string, value: string): T[];
  /** Values of an index that have objects. */
  values(index: string): Iterable<string>;
}

interface Entry<T extends KubeObject> {
  readonly index: Index<T>;
  readonly sets: Map<string, Set<string>>;
}

export class Cache<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Entry<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): Iterable<T> {
    return this.#objects.values();
  }

  keysBy(name: string, value: string): ReadonlySet<string> {
    return this.#entry(name).sets.get(value) ?? NO_KEYS;
  }

  by(name: string, value: string): T[] {
    const objects: T[] = [];
    for (const key of this.keysBy(name, value)) objects.push(this.#objects.get(key)!);
    return objects;
  }

  values(name: string): Iterable<string> {
    return this.#entry(name).sets.keys();
  }

  /** Adding an index twice keeps the first. */
  addIndex(index: Index<T>): void {
    if (this.#indexes.has(index.name)) return;
    const entry: Entry<T> = { index, sets: new Map() };
    this.#indexes.set(index.name, entry);
    for (const [key, object] of this.#objects) insert(entry.sets, index.values(object), key);
  }

  /** Answers the object that was there before. */
  put(key: string, object: T): T | undefined {
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const { index, sets } of this.#indexes.values()) {
      if (old === undefined) insert(sets, index.values(object), key);
      else if (index.same?.(object, old) !== true) move(sets, index.values(old), index.values(object), key);
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const { index, sets } of this.#indexes.values()) remove(sets, index.values(old), key);
    return old;
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  clear(): void {
    this.#objects.clear();
    for (const { sets } of this.#indexes.values()) sets.clear();
  }

  #entry(name: string): Entry<T> {
    const entry = this.#indexes.get(name);
    if (entry === undefined) throw new Error(`no index ${name}`);
    return entry;
  }
}

type Sets = Map<string, Set<string>>;

function move(sets: Sets, before: readonly string[], after: readonly string[], key: string): void {
  if (before.length === after.length && before.every((value, at) => value === after[at])) return;
  remove(sets, before.length === 0 ? before : before.filter((value) => !after.includes(value)), key);
  insert(sets, after, key);
}

function insert(sets: Sets, values: readonly string[], key: string): void {
  for (const value of values) {
    let set = sets.get(value);
    if (set === undefined) {
      set = new Set();
      sets.set(value, set);
    }
    set.add(key);
  }
}

function remove(sets: Sets, values: readonly string[], key: string): void {
  for (const value of values) {
    const set = sets.get(value);
    if (set === undefined) continue;
    set.delete(key);
    if (set.size === 0) sets.delete(value);
  }
}

/** The indexes components share. */
export const byNamespace: Index = {
  name: 'namespace',
  values: (object: KubeObject) => [object.metadata.namespace ?? ''],
  same: () => true,
};

/** uid of the controlling owner; undefined without one. */
export function controllerOf(object: KubeObject) {
  const owners = object.metadata.ownerReferences;
  if (owners !== undefined) for (const owner of owners) if (owner.controller === true) return owner;
  return undefined;
}

export const byController: Index = {
  name: 'controller',
  values(object: KubeObject) {
    const owner = controllerOf(object);
    return owner === undefined ? NO_VALUES : [owner.uid];
  },
  same: (next: KubeObject, old: KubeObject) => next.metadata.ownerReferences === old.metadata.ownerReferences,
};

/** uids of all owners, controlling or not. */
export const byOwner: Index = {
  name: 'owner',
  values: (object: KubeObject) => object.metadata.ownerReferences?.map((owner) => owner.uid) ?? NO_VALUES,
  same: (next: KubeObject, old: KubeObject) => next.metadata.ownerReferences === old.metadata.ownerReferences,
};

type Bindable = KubeObject & { readonly spec?: { readonly nodeName?: string } };

/** Node of a pod; not bound = no place. */
export const byNodeName: Index = {
  name: 'nodeName',
  values(object: Bindable) {
    const node = object.spec?.nodeName;
    return node === undefined || node === '' ? NO_VALUES : [node];
  },
  same: (next: Bindable, old: Bindable) => next.spec === old.spec || next.spec?.nodeName === old.spec?.nodeName,
};

/** `namespace/key=value` for every label. */
export const byLabel: Index = {
  name: 'label',
  values(object: KubeObject) {
    const { labels, namespace = '' } = object.metadata;
    return labels === undefined ? NO_VALUES : Object.keys(labels).map((key) => `${namespace}/${key}=${labels[key]}`);
  },
  same: (next: KubeObject, old: KubeObject) => next.metadata.labels === old.metadata.labels,
};
