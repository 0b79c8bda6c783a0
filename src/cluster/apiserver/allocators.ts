// Numbers handed out once: cluster IPs and node ports. Their state is a plain list of what is taken, kept in keyframes.
// Models: kubernetes v1.37 pkg/registry/core/service/{ipallocator,portallocator}
import type { RandomStream } from '../../sim/random.ts';
import type { Sim } from '../../sim/sim.ts';
import type { Allocator, AllocatorRange, Kind } from '../kinds/kind.ts';

class RangeAllocator implements Allocator {
  readonly #range: AllocatorRange;
  readonly #random: RandomStream;
  taken = new Set<number>();

  constructor(range: AllocatorRange, random: RandomStream) {
    this.#range = range;
    this.#random = random;
  }

  has(value: number): boolean {
    return this.taken.has(value);
  }

  take(value: number): boolean {
    if (value < this.#range.low || value > this.#range.high || this.taken.has(value)) return false;
    this.taken.add(value);
    return true;
  }

  takeNext(): number | undefined {
    const { low, high, staticBand } = this.#range;
    const dynamic = low + staticBand;
    return this.#takeIn(dynamic, high) ?? this.#takeIn(low, dynamic - 1);
  }

  /** Starts at a random place and takes the first free one from there, wrapping around. */
  #takeIn(low: number, high: number): number | undefined {
    const size = high - low + 1;
    if (size <= 0) return undefined;
    const start = this.#random.below(size);
    for (let step = 0; step < size; step++) {
      const value = low + ((start + step) % size);
      if (this.take(value)) return value;
    }
    return undefined;
  }

  release(value: number): void {
    this.taken.delete(value);
  }
}

export class Allocators {
  readonly #allocators = new Map<string, RangeAllocator>();

  constructor(sim: Sim, kinds: readonly Kind[]) {
    for (const kind of kinds) {
      for (const [name, range] of Object.entries(kind.allocators ?? {})) {
        this.#allocators.set(name, new RangeAllocator(range, sim.random(`allocator/${name}`)));
      }
    }
    sim.keep('apiserver/allocators', {
      save: () => Object.fromEntries([...this.#allocators].map(([name, one]) => [name, [...one.taken]])),
      restore: (state) => {
        for (const [name, taken] of Object.entries(state as Record<string, number[]>)) {
          const allocator = this.#allocators.get(name);
          if (allocator !== undefined) allocator.taken = new Set(taken);
        }
      },
    });
  }

  /** An allocator whose takings and releases are noted in `undo`, newest last. */
  get(name: string, undo: (() => void)[]): Allocator {
    const allocator = this.#allocators.get(name);
    if (allocator === undefined) throw new Error(`no allocator ${name}`);
    return {
      has: (value) => allocator.has(value),
      take(value) {
        const taken = allocator.take(value);
        if (taken) undo.push(() => allocator.release(value));
        return taken;
      },
      takeNext() {
        const value = allocator.takeNext();
        if (value !== undefined) undo.push(() => allocator.release(value));
        return value;
      },
      release(value) {
        if (!allocator.has(value)) return;
        allocator.release(value);
        undo.push(() => allocator.take(value));
      },
    };
  }
}
