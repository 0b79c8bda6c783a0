// The contract of the runners: whatever is sent and however time passes, XState's own actor, the host and the table log the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { HostRunner } from './host.ts';
import { type AnyOwner, eventsOf, type Machine, type MachineRunner, nameOfState, type Owner } from './machines.ts';
import { createSim, type Sim, type SimEngine } from './sim.ts';
import { TableRunner } from './table-runner.ts';
import { everythingMachine } from './testdata/everything.machine.ts';
import { podLightMachine } from './testdata/pod-light.machine.ts';

/** An event by its number, or time that passes. */
type Step = { readonly event: number } | { readonly ms: number };

interface Script {
  readonly seed: number;
  readonly steps: readonly Step[];
}

const scripts: fc.Arbitrary<Script> = fc.record({
  seed: fc.nat(),
  steps: fc.array(
    fc.oneof({ weight: 4, arbitrary: fc.record({ event: fc.nat(20) }) }, { weight: 1, arbitrary: fc.record({ ms: fc.nat(9000) }) }),
    {
      maxLength: 60,
      size: 'max',
    },
  ),
});

/** Answers every name at random, but the same at the same moment of the same script. */
class RandomOwner implements AnyOwner {
  readonly guards: AnyOwner['guards'];
  readonly actions: AnyOwner['actions'];
  readonly delays: AnyOwner['delays'];
  readonly log: string[] = [];
  sends = 0;

  constructor(machine: Machine, sim: Sim, seed: number) {
    const draw = (name: string, bound: number) => {
      let hash = seed ^ Math.imul(sim.now, 0x9e3779b1) ^ Math.imul(this.sends, 0x85ebca6b);
      for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
      return ((hash ^ (hash >>> 15)) >>> 0) % bound;
    };
    const each = <T>(kind: 'guards' | 'actions' | 'delays', answer: (name: string) => T) =>
      Object.fromEntries(Object.keys(machine.implementations[kind]).map((name) => [name, answer(name)]));
    this.guards = each(
      'guards',
      (name) => (_row: number, event: { type: string }, params: { n?: number } | undefined) =>
        draw(name + event.type, 6) > (params?.n ?? 2),
    );
    this.actions = each('actions', (name) => (row: number, event: { type: string }, params: unknown) => {
      this.log.push(`${sim.now} ${row} ${name} ${JSON.stringify(params)} on ${event.type}`);
    });
    this.delays = each('delays', (name) => () => 1 + draw(name, 4000));
  }
}

interface Subject {
  start(): void;
  send(type: string): void;
  state(): string;
}

type Make = (sim: SimEngine, machine: Machine, owner: RandomOwner) => Subject;

/** XState's own actor; only its clock is ours. */
const makeActor: Make = (sim, machine, owner) => {
  const waiting = new Map<number, () => void>();
  let last = 0;
  const ranOut = sim.handler<number>('clock', (id) => {
    const run = waiting.get(id);
    waiting.delete(id);
    run?.();
  });
  const clock = {
    setTimeout: (run: () => void, ms: number) => {
      waiting.set(++last, run);
      sim.after(ms, ranOut, last);
      return last;
    },
    clearTimeout: (id: number) => waiting.delete(id),
  };
  const bind = (answers: AnyOwner['actions']) =>
    Object.fromEntries(
      Object.entries(answers ?? {}).map(([name, answer]) => [name, ({ event }: any, params: any) => answer(0, event, params)]),
    );
  const implementations = { guards: bind(owner.guards as any), actions: bind(owner.actions), delays: owner.delays };
  const actor = createActor(machine.provide(implementations as any), { clock: clock as any });
  return {
    start: () => void actor.start(),
    // XState complains on the console about events after the end.
    send: (type) => (actor.getSnapshot().status === 'active' ? actor.send({ type }) : undefined),
    state: () => `${nameOfState(actor.getSnapshot().value)} ${actor.getSnapshot().status === 'done'}`,
  };
};

const subjectOf = (runner: MachineRunner): Subject => ({
  start: () => runner.start(0),
  send: (type) => runner.send(0, { type }),
  state: () => `${runner.stateName(0)} ${runner.done(0)}`,
});
const journal = { source: 'test', subject: (row: number) => `rows/${row}` };
const makeHost: Make = (sim, machine, owner) => subjectOf(new HostRunner(sim, machine, owner as unknown as Owner<Machine>, { journal }));
const makeTable: Make = (sim, machine, owner) => subjectOf(new TableRunner(sim, machine, owner as unknown as Owner<Machine>, { journal }));

/** Everything that can be seen from outside while the script runs, and the journal's hash. */
function logOf(make: Make, machine: Machine, { seed, steps }: Script): { readonly log: readonly string[]; readonly hash: string } {
  const sim = createSim();
  const owner = new RandomOwner(machine, sim, seed);
  const subject = make(sim, machine, owner);
  const events = eventsOf(machine);
  subject.start();
  owner.log.push(subject.state());
  for (const step of steps) {
    owner.sends++;
    if ('event' in step) {
      subject.send(events[step.event % events.length]!);
      owner.log.push(subject.state());
    } else {
      const until = sim.now + step.ms;
      let before = subject.state();
      // The actor leaves cancelled timers in the queue, so only times at which something changed are comparable.
      while (sim.step(until)) {
        if (subject.state() !== before) owner.log.push(`${sim.now} ${subject.state()}`);
        before = subject.state();
      }
      sim.runUntil(until);
    }
  }
  return { log: owner.log, hash: sim.journal.hash };
}

const machines: readonly Machine[] = [podLightMachine, everythingMachine];

test.each(machines.map((machine) => [machine.id, machine] as const))(
  'the actor, the host and the table of %s log the same on 1,500 random scripts',
  (_id, machine) => {
    fc.assert(
      fc.property(scripts, (script) => {
        const host = logOf(makeHost, machine, script);
        const table = logOf(makeTable, machine, script);
        const actor = logOf(makeActor, machine, script);
        expect(host.log).toEqual(actor.log);
        expect(table).toEqual(host);
      }),
      { numRuns: 1500 },
    );
  },
);

test('the scripts reach every state of both machines and end some of them', () => {
  for (const machine of machines) {
    const seen = new Set<string>();
    for (const script of fc.sample(scripts, { numRuns: 1500, seed: 4 }))
      for (const line of logOf(makeTable, machine, script).log) seen.add(line.replace(/^\d+ /, ''));
    const states = new TableRunner(createSim(), machine, new RandomOwner(machine, createSim(), 1) as unknown as Owner<Machine>).table
      .states;
    expect(states.map(({ name, done }) => `${name} ${done}`).filter((state) => !seen.has(state))).toEqual([]);
  }
});
