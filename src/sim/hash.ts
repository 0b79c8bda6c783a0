// A 64-bit running hash over plain data, fast enough for every journal record and equal in every JavaScript engine. Not
// cryptographic: it tells two worlds apart, it does not keep anybody out. Fields count in any order and undefined fields not at
// all, so data has the same hash before and after a trip through JSON.
import type { Plain } from './plain.ts';

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Field names are few; names used as fields (labels, pods) are not. */
const NAMES_KEPT = 20_000;

/** Objects of at least this many values remember their hash: pods of one template share it by identity. */
const REMEMBER_FROM = 12;

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h = (h << 13) | (h >>> 19);
  return Math.imul(h, 5) + 0x4cf5ad43;
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Two independent 32-bit lanes. `high` and `low` hold the value hashed last. */
export class Hasher {
  high = 0;
  low = 0;
  private visited = 0;
  private readonly names = new Map<string, readonly [number, number]>();
  private readonly remembered = new WeakMap<object, readonly [number, number]>();

  /** Hash of a text that comes back often: a source, a type, a field name. */
  name(text: string): readonly [number, number] {
    let hash = this.names.get(text);
    if (hash === undefined) {
      this.text(text);
      hash = [this.high, this.low];
      if (this.names.size < NAMES_KEPT) this.names.set(text, hash);
    }
    return hash;
  }

  text(text: string): void {
    let high = 0x2545f491 ^ text.length;
    let low = 0x5bd1e995;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995);
      low ^= low >>> 15;
    }
    this.high = finish(high);
    this.low = finish(low);
  }

  number(value: number): void {
    if ((value | 0) === value) {
      this.high = finish(value ^ 0x68e31da4);
      this.low = finish(value + 0x1b56c4e9);
      return;
    }
    float[0] = value;
    this.high = finish(mix(words[0]!, words[1]!));
    this.low = finish(mix(words[1]! ^ 0x7ed55d16, words[0]!));
  }

  plain(value: Plain): void {
    this.visited = 0;
    this.value(value);
  }

  private value(value: Plain): void {
    this.visited++;
    switch (typeof value) {
      case 'string':
        this.text(value);
        return;
      case 'number':
        this.number(value);
        return;
      case 'boolean':
        this.high = value ? 0x3c6ef372 : 0x1f83d9ab;
        this.low = value ? 0x510e527f : 0x5be0cd19;
        return;
      case 'object':
        if (value !== null) {
          this.object(value);
          return;
        }
    }
    this.high = 0x6a09e667;
    this.low = 0x243f6a88;
  }

  private object(value: object): void {
    const known = this.remembered.get(value);
    if (known !== undefined) {
      this.high = known[0];
      this.low = known[1];
      return;
    }
    const before = this.visited;
    if (Array.isArray(value)) this.list(value);
    else this.fields(value as { readonly [field: string]: Plain });
    if (this.visited - before >= REMEMBER_FROM) this.remembered.set(value, [this.high, this.low]);
  }

  private list(list: readonly Plain[]): void {
    let high = 0x1d872b41;
    let low = list.length;
    for (const item of list) {
      this.value(item);
      high = mix(high, this.high);
      low = mix(low, this.low);
    }
    this.high = finish(high);
    this.low = finish(low);
  }

  private fields(fields: { readonly [field: string]: Plain }): void {
    let high = 0;
    let low = 0;
    for (const field in fields) {
      const value = fields[field];
      if (value === undefined) continue;
      const name = this.name(field);
      this.value(value);
      // A sum, so that the order in which fields were written does not count.
      high = (high + finish(mix(name[0], this.high))) | 0;
      low = (low + finish(mix(name[1], this.low))) | 0;
    }
    this.high = finish(high ^ 0x7fb5d329);
    this.low = finish(low ^ 0x0b4711e5);
  }
}

/** Folds the hasher's value into a running hash and answers the new lane. */
export function fold(lane: number, value: number): number {
  return mix(lane, value) | 0;
}
