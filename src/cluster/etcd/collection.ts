// All objects of one resource, and the sets of them that lists ask for: a namespace, a label pair, an owner, a node.
// Models: kubernetes v1.37 storage/cacher/watch_cache.go indexers
import type { AnyObject } from '../apimachinery/object.ts';

/** Conditions that have an index; several are intersected. */
export interface Selection {
  readonly namespace?: string;
  /** `app=web`. */
  readonly label?: string;
  readonly ownerUid?: string;
  readonly field?: { readonly name: string; readonly value: string };
}

interface Entry {
  readonly key: string;
  object: AnyObject;
  revision: number;
}

/** A set of entries that remembers its order until it changes. */
class EntrySet {
  readonly members = new Set<Entry>();
  #sorted: Entry[] | undefined;

  add(entry: Entry): void {
    this.members.add(entry);
    this.#sorted = undefined;
  }
  delete(entry: Entry): void {
    this.members.delete(entry);
    this.#sorted = undefined;
  }
  sorted(): readonly Entry[] {
    this.#sorted ??= [...this.members].sort((a, b) => (a.key < b.key ? -1 : 1));
    return this.#sorted;
  }
}

type FieldIndexes = Readonly<Record<string, (object: AnyObject) => string | undefined>>;

const NO_ENTRIES: readonly Entry[] = [];

export class Collection {
  readonly #entries = new Map<string, Entry>();
  readonly #all = new EntrySet();
  readonly #namespaces = new Map<string, EntrySet>();
  readonly #labels = new Map<string, EntrySet>();
  readonly #owners = new Map<string, EntrySet>();
  readonly #fields: readonly (readonly [string, (object: AnyObject) => string | undefined, Map<string, EntrySet>])[];

  constructor(fieldIndexes: FieldIndexes) {
    this.#fields = Object.entries(fieldIndexes).map(([name, value]) => [name, value, new Map()] as const);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): AnyObject | undefined {
    return this.#entries.get(key)?.object;
  }

  revision(key: string): number {
    return this.#entries.get(key)?.revision ?? 0;
  }

  put(key: string, object: AnyObject, revision: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const added: Entry = { key, object, revision };
      this.#entries.set(key, added);
      this.#all.add(added);
      this.#index(added, undefined, object);
    } else {
      const old = entry.object;
      entry.object = object;
      entry.revision = revision;
      this.#index(entry, old, object);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#all.delete(entry);
    this.#index(entry, entry.object, undefined);
  }

  list(selection: Selection = {}): readonly AnyObject[] {
    const objects: AnyObject[] = [];
    for (const entry of this.#select(selection)) objects.push(entry.object);
    return objects;
  }

  keys(selection: Selection = {}): readonly string[] {
    const keys: string[] = [];
    for (const entry of this.#select(selection)) keys.push(entry.key);
    return keys;
  }

  /** Whether an object that is not stored (any more) would be in the selection. */
  selects(object: AnyObject, selection: Selection): boolean {
    const meta = object.metadata;
    if (selection.namespace !== undefined && meta.namespace !== selection.namespace) return false;
    if (selection.label !== undefined) {
      const split = selection.label.indexOf('=');
      if (meta.labels?.[selection.label.slice(0, split)] !== selection.label.slice(split + 1)) return false;
    }
    if (selection.ownerUid !== undefined && !meta.ownerReferences?.some((owner) => owner.uid === selection.ownerUid)) return false;
    if (selection.field !== undefined) {
      const index = this.#fields.find(([name]) => name === selection.field!.name);
      if (index !== undefined && index[1](object) !== selection.field.value) return false;
    }
    return true;
  }

  save(): (readonly [string, AnyObject, number])[] {
    return [...this.#entries.values()].map((entry) => [entry.key, entry.object, entry.revision] as const);
  }

  /** Starts from the smallest indexed set and checks the other conditions per object. */
  #select(selection: Selection): readonly Entry[] {
    let best: EntrySet | undefined = this.#all;
    let conditions = 0;
    const consider = (set: EntrySet | undefined) => {
      conditions++;
      if (best !== undefined && (set === undefined || set.members.size <= best.members.size)) best = set;
    };
    if (selection.namespace !== undefined) consider(this.#namespaces.get(selection.namespace));
    if (selection.label !== undefined) consider(this.#labels.get(selection.label));
    if (selection.ownerUid !== undefined) consider(this.#owners.get(selection.ownerUid));
    if (selection.field !== undefined) {
      const index = this.#fields.find(([name]) => name === selection.field!.name);
      if (index !== undefined) consider(index[2].get(selection.field.value));
    }
    if (best === undefined) return NO_ENTRIES;
    const entries = best.sorted();
    return conditions <= 1 ? entries : entries.filter((entry) => this.selects(entry.object, selection));
  }

  #index(entry: Entry, old: AnyObject | undefined, next: AnyObject | undefined): void {
    const before = old?.metadata;
    const after = next?.metadata;
    if (before?.namespace !== after?.namespace) move(this.#namespaces, entry, before?.namespace, after?.namespace);
    if (before?.labels !== after?.labels) {
      for (const key in before?.labels) {
        const value = before!.labels![key]!;
        if (after?.labels?.[key] !== value) move(this.#labels, entry, `${key}=${value}`, undefined);
      }
      for (const key in after?.labels) {
        const value = after!.labels![key]!;
        if (before?.labels?.[key] !== value) move(this.#labels, entry, undefined, `${key}=${value}`);
      }
    }
    if (before?.ownerReferences !== after?.ownerReferences) {
      for (const owner of before?.ownerReferences ?? []) move(this.#owners, entry, owner.uid, undefined);
      for (const owner of after?.ownerReferences ?? []) move(this.#owners, entry, undefined, owner.uid);
    }
    for (const [, value, index] of this.#fields) {
      const from = old === undefined ? undefined : value(old);
      const to = next === undefined ? undefined : value(next);
      if (from !== to) move(index, entry, from, to);
    }
  }
}

function move(index: Map<string, EntrySet>, entry: Entry, from: string | undefined, to: string | undefined): void {
  if (from !== undefined) {
    const set = index.get(from);
    set?.delete(entry);
    if (set?.members.size === 0) index.delete(from);
  }
  if (to !== undefined) {
    let set = index.get(to);
    if (set === undefined) {
      set = new EntrySet();
      index.set(to, set);
    }
    set.add(entry);
  }
}
