// Named random streams: what one part draws never shifts what another sees. xoshiro128** (Blackman, Vigna), seeded from a hash of the
// world's seed and the stream's name; its four words are the whole state.

export interface RandomStream {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number in [0, bound). */
  below(bound: number): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Gaussian around `mean`, cut at 3 deviations. */
  normal(mean: number, deviation: number): number;
  pick<T>(items: readonly T[]): T;
  /** `length` characters of apimachinery's alphabet `bcdfghjklmnpqrstvwxz2456789` (generateName, hashes). */
  suffix(length: number): string;
  /** `length` lower-case hexadecimal characters. */
  hex(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const HEX = '0123456789abcdef';

export class Xoshiro128 implements RandomStream {
  #state: Uint32Array;

  constructor(seed: number, name: string) {
    this.#state = new Uint32Array(4);
    let hash = (seed ^ 0x9e3779b9) >>> 0;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619) >>> 0;
    for (let word = 0; word < 4; word++) {
      hash = (hash + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      this.#state[word] = (mixed ^ (mixed >>> 16)) >>> 0;
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  save(): number[] {
    return [...this.#state];
  }

  restore(state: readonly number[]): void {
    this.#state.set(state);
  }

  #word(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  next(): number {
    return this.#word() / 4294967296;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const z = radius * Math.cos(2 * Math.PI * this.next());
    return mean + deviation * Math.max(-3, Math.min(3, z));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  suffix(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += ALPHABET[this.below(ALPHABET.length)];
    return text;
  }

  hex(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += HEX[this.below(16)];
    return text;
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${'89ab'[this.below(4)]}${this.hex(3)}-${this.hex(12)}`;
  }
}
