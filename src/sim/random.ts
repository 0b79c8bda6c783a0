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

/** The state of a stream: four 32-bit words. */
export type RandomState = readonly [number, number, number, number];

/** apimachinery's alphabet for generated names: no vowels and no look-alikes, so that no words appear. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const HEX_ALPHABET = '0123456789abcdef';

/** xoshiro128**, seeded from the world's seed and the stream's name. Only arithmetic that is exact in every JavaScript engine. */
export class Xoshiro implements RandomStream {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(state: RandomState) {
    this.restore(state);
  }

  save(): RandomState {
    return [this.a, this.b, this.c, this.d];
  }

  restore(state: RandomState): void {
    [this.a, this.b, this.c, this.d] = state;
  }

  next(): number {
    const five = Math.imul(this.b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c = (this.c ^ this.a) >>> 0;
    this.d = (this.d ^ this.b) >>> 0;
    this.b = (this.b ^ this.c) >>> 0;
    this.a = (this.a ^ this.d) >>> 0;
    this.c = (this.c ^ shifted) >>> 0;
    this.d = ((this.d << 11) | (this.d >>> 21)) >>> 0;
    return result / 2 ** 32;
  }

  below(bound: number): number {
    if (!(bound >= 1) || !Number.isInteger(bound)) throw new RangeError(`below(${bound}): the bound is a whole number of at least 1`);
    return Math.floor(this.next() * bound);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  normal(mean: number, deviation: number): number {
    // Rejection under the bell itself: engines may differ in the last digit of Math.log, Math.exp and Math.cos.
    for (;;) {
      const x = this.between(-3, 3);
      if (this.next() < bell(x)) return mean + x * deviation;
    }
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  suffix(length: number): string {
    return this.text(SUFFIX_ALPHABET, length);
  }

  hex(length: number): string {
    return this.text(HEX_ALPHABET, length);
  }

  uuid(): string {
    const variant = HEX_ALPHABET[8 + this.below(4)]!;
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`;
  }

  private text(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[this.below(alphabet.length)];
    return text;
  }
}

/** exp(-x²/2) for |x| ≤ 3, by the power series of its 16th root. */
function bell(x: number): number {
  const y = (x * x) / 32;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 12; n++) {
    term = (-term * y) / n;
    sum += term;
  }
  const squared = sum * sum;
  const fourth = squared * squared;
  const eighth = fourth * fourth;
  return eighth * eighth;
}

/** The state a stream of that name begins with: FNV-1a over the name, spread to four words with splitmix32. */
export function initialState(seed: number, name: string): RandomState {
  let hash = 0x811c9dc5;
  const mix = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  mix(seed >>> 0);
  mix(Math.floor(seed / 2 ** 32) >>> 0);
  for (let i = 0; i < name.length; i++) mix(name.charCodeAt(i));
  let state = hash >>> 0;
  const word = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}
