// Named random streams: what one part draws never shifts what another sees.

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
