// A moment of the whole world as plain data: clock, pending timers by handler name, random streams, journal position, and what every
// keeper hands over. Restoring needs a world composed by the same code; a fork is a restore into a second one.
import type { JournalState } from './journal.ts';
import type { Plain } from './plain.ts';
import type { SimEngine } from './sim.ts';

export interface Keyframe {
  readonly now: number;
  readonly events: number;
  readonly timers: readonly {
    readonly id: number;
    readonly time: number;
    readonly handler: string;
    readonly cause: number;
    readonly payload: Plain;
  }[];
  readonly streams: Readonly<Record<string, readonly number[]>>;
  readonly journal: JournalState;
  readonly kept: Readonly<Record<string, Plain>>;
}

/** To be called between events only. */
export function saveKeyframe(sim: SimEngine): Keyframe {
  const streams: Record<string, readonly number[]> = {};
  for (const [name, stream] of sim.streams) streams[name] = stream.save();
  const kept: Record<string, Plain> = {};
  for (const [name, keeper] of sim.keepers) kept[name] = keeper.save();
  const timers = sim.queue.entries().map(({ handler, ...entry }) => ({ ...entry, handler: sim.handlers[handler].name }));
  return { now: sim.now, events: sim.events, timers, streams, journal: sim.journal.save(), kept };
}

/** Throws when the keyframe names a handler or keeper this world lacks. */
export function restoreKeyframe(sim: SimEngine, keyframe: Keyframe): void {
  const indexes = new Map(sim.handlers.map((handler, index) => [handler.name, index]));
  const entries = keyframe.timers.map(({ handler, ...entry }) => {
    const index = indexes.get(handler);
    if (index === undefined) throw new Error(`keyframe names an unknown handler ${handler}`);
    return { ...entry, handler: index };
  });
  sim.queue.load(keyframe.now, entries);
  sim.now = keyframe.now;
  sim.events = keyframe.events;
  sim.journal.restore(keyframe.journal);
  for (const name of [...sim.streams.keys()]) if (!(name in keyframe.streams)) sim.streams.delete(name); // drawn from only later: starts afresh
  for (const [name, state] of Object.entries(keyframe.streams)) {
    sim.random(name);
    sim.streams.get(name)?.restore(state);
  }
  for (const [name, state] of Object.entries(keyframe.kept)) {
    const keeper = sim.keepers.get(name);
    if (keeper === undefined) throw new Error(`keyframe names an unknown keeper ${name}`);
    keeper.restore(state);
  }
}
