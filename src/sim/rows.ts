// Numbers for the instances of a machine and for the owner's columns beside it: small, reused, the same in every run.
import type { Plain } from './plain.ts';
import type { Sim } from './sim.ts';

export class Rows {
  /** One more than the highest row ever taken: how long columns must be. */
  private top = 0;
  /** Given back, the next to be taken last. */
  private free: number[] = [];
  private readonly taken = new Set<number>();

  /** `name` as in `Sim.keep`: the numbers take part in keyframes. */
  constructor(sim: Sim, name: string) {
    sim.keep(name, { save: () => this.save(), restore: (state) => this.restore(state as { top: number; free: readonly number[] }) });
  }

  /** How long a column must be to hold every row. */
  get length(): number {
    return this.top;
  }

  get count(): number {
    return this.taken.size;
  }

  take(): number {
    const row = this.free.pop() ?? this.top++;
    this.taken.add(row);
    return row;
  }

  /** Throws for a row that is not taken: two owners of one row would be hard to find later. */
  release(row: number): void {
    if (!this.taken.delete(row)) throw new Error(`row ${row} is not taken`);
    this.free.push(row);
  }

  private save(): Plain {
    return { top: this.top, free: [...this.free] };
  }

  private restore({ top, free }: { readonly top: number; readonly free: readonly number[] }): void {
    this.top = top;
    this.free = [...free];
    this.taken.clear();
    for (let row = 0; row < top; row++) this.taken.add(row);
    for (const row of free) this.taken.delete(row);
  }
}
