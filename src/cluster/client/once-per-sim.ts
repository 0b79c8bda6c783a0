// Things all components of one world share (queue handlers, registries by name): made with the first use, one per world.
import type { Sim } from '../../sim/sim.ts';

export function oncePerSim<T>(make: (sim: Sim) => T): (sim: Sim) => T {
  const made = new WeakMap<Sim, T>();
  return (sim) => {
    let one = made.get(sim);
    if (one === undefined) {
      one = make(sim);
      made.set(sim, one);
    }
    return one;
  };
}
