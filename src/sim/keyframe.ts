// A whole world at one moment as plain data, and the way back: rewind the same world, or compose a second one and go on from
// there (a fork). A keyframe survives JSON and structured cloning.
import { createSim, type Sim, SimEngine, type SimState } from './sim.ts';

const FORMAT = 1;

export interface Keyframe extends SimState {
  readonly format: typeof FORMAT;
}

export interface KeyframeOptions {
  /** How many of the newest journal records to carry, so that causes can still be walked after restoring. Default 0. */
  readonly records?: number;
}

/** Throws while an event runs. Takes references, copies nothing that is immutable. */
export function saveKeyframe(sim: Sim, options: KeyframeOptions = {}): Keyframe {
  return { format: FORMAT, ...engineOf(sim).save(options.records ?? 0) };
}

/**
 * Puts a world back to the keyframe's moment. The world must have been composed by the same function: same seed, handlers and
 * keepers, else it throws and changes nothing. Timer ids and random streams held by its parts stay valid.
 */
export function restoreKeyframe(sim: Sim, keyframe: Keyframe): void {
  if (keyframe.format !== FORMAT) throw new Error(`keyframe format ${keyframe.format} is not ${FORMAT}`);
  engineOf(sim).restore(keyframe);
}

/** A second world that begins where the keyframe was taken. What `compose` queues or records itself is dropped. */
export function forkFrom<World>(keyframe: Keyframe, compose: (sim: Sim) => World): { readonly sim: Sim; readonly world: World } {
  const sim = createSim({ seed: keyframe.seed, epoch: keyframe.epoch });
  const world = compose(sim);
  restoreKeyframe(sim, keyframe);
  return { sim, world };
}

function engineOf(sim: Sim): SimEngine {
  if (!(sim instanceof SimEngine)) throw new Error('only a sim made by createSim can be saved');
  return sim;
}
