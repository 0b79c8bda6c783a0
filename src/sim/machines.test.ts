// The contract of the runners: whatever is sent and however time passes, XState's own actor, the host and the table log the same.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, createActor, createMachine, fromPromise, not, setup } from 'xstate';
import { HostRunner } from './host.ts';
import { type AnyOwner, actions, delays, eventsOf, guards, type Machine, type MachineRunner, nameOfState, type Owner } from './machines.ts';
import { forkFrom, saveKeyframe } from './keyframe.ts';
import { brokenRules } from './rules.ts';
import { createSim, type Sim, type SimEngine } from './sim.ts';
import { compile } from './table.ts';
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

/** The same machine with one small mistake in its definition. */
function mistaken(machine: Machine, change: (config: any) => void): Machine {
  const config = structuredClone(machine.config);
  change(config);
  return createMachine(config as any, machine.implementations as any);
}

test.each<[string, (config: any) => void]>([
  ['another target', (config) => (config.states.CrashLoopBackOff.after.crashLoopBackOff = 'Terminating')],
  ['a missing action', (config) => delete config.states.Green.on.EXITED[1].actions],
  ['another delay', (config) => (config.states.Terminating.after = { crashLoopBackOff: 'Off' })],
  ['another guard', (config) => (config.states.Red.on.START[0].guard = 'exitedWithSuccess')],
  ['a state that is not final', (config) => (config.states.Off = { entry: 'publishStatus', on: { START: 'Red' } })],
  ['a timer that is not cleared', (config) => (config.states.Terminating.on.EXITED = { actions: 'countRestart' })],
])('the comparison notices %s', (_what, change) => {
  const wrong = mistaken(podLightMachine, change);
  for (const make of [makeActor, makeHost, makeTable]) {
    const check = fc.check(
      fc.property(
        scripts,
        (script) => logOf(make, wrong, script).log.join('\n') === logOf(makeTable, podLightMachine, script).log.join('\n'),
      ),
      { numRuns: 1500, endOnFailure: true },
    );
    expect(check.failed).toBe(true);
  }
});

const runners = [
  ['host', HostRunner],
  ['table', TableRunner],
] as const;
const silent = {
  guards: { imageCached: () => true, exitedWithSuccess: () => false },
  delays: { imagePullBackOff: () => 1, crashLoopBackOff: () => 10, terminationGracePeriod: () => 5 },
};

describe.each(runners)('the %s', (_kind, Runner) => {
  test('keeps an event that a row sends to itself until the step is done, and takes one to another row at once', () => {
    const log: string[] = [];
    const pods: MachineRunner<typeof podLightMachine> = new Runner(createSim(), podLightMachine, {
      ...silent,
      actions: {
        pullImage: () => {},
        countRestart: () => {},
        publishStatus: (row) => {
          log.push(`${row} ${pods.stateName(row)}`);
          if (row === 0 && pods.matches(0, 'Green')) {
            pods.send(0, { type: 'STOP' });
            pods.send(1, { type: 'START' });
            log.push(`still ${pods.stateName(0)}`);
          }
        },
      },
    });
    pods.start(0);
    pods.start(1);
    pods.send(0, { type: 'START' });
    log.push(`then ${pods.stateName(0)}`);
    expect(log).toEqual(['0 Green', '1 Green', 'still Green', 'then Terminating']);
  });

  test('forgets a row and its timers, also from inside an action, and runs it afresh', () => {
    const sim = createSim();
    const pods: MachineRunner<typeof podLightMachine> = new Runner(sim, podLightMachine, {
      ...silent,
      actions: {
        pullImage: () => {},
        countRestart: () => {},
        publishStatus: (row) => pods.matches(row, 'CrashLoopBackOff') && pods.remove(row),
      },
    });
    pods.start(7);
    pods.send(7, { type: 'START' });
    pods.send(7, { type: 'STOP' });
    expect(sim.nextTime()).toBe(5);
    pods.remove(7);
    pods.remove(7);
    expect([pods.has(7), sim.nextTime()]).toEqual([false, undefined]);
    pods.start(7);
    pods.send(7, { type: 'START' });
    pods.send(7, { type: 'EXITED', code: 1 });
    expect([pods.has(7), sim.nextTime()]).toEqual([false, undefined]);
  });

  test('says what is wrong', () => {
    const actions = { pullImage: () => {}, countRestart: () => {}, publishStatus: () => {} };
    const make = (owner: any, name: string) => new Runner(createSim(), podLightMachine, owner, { name });
    expect(() => make({ ...silent, actions: { ...actions, pullImage: undefined, fly: () => {} } }, 'a')).toThrow(
      'machine podLight declares no actions fly',
    );
    expect(() => make({ ...silent, actions: { pullImage: () => {} } }, 'b')).toThrow(
      'the owner of machine podLight lacks the actions countRestart, publishStatus',
    );
    const pods = make({ ...silent, actions }, 'pods');
    expect(() => pods.send(3, { type: 'START' })).toThrow('row 3 of machine pods was not started');
    pods.start(3);
    expect(() => pods.start(3)).toThrow('row 3 of machine pods runs already');
    expect(() => pods.start(-1)).toThrow('a row of machine pods is a whole number, not -1');
    expect(() => pods.send(3, { type: 'JUMP' } as any)).toThrow('machine pods names no event JUMP');
    expect(() => pods.matches(3, 'Blue')).toThrow('machine pods has no state Blue');
  });

  test('goes on from a keyframe with the same states, timers and journal', () => {
    const compose = (sim: Sim): MachineRunner<typeof everythingMachine> =>
      new Runner(sim, everythingMachine, new RandomOwner(everythingMachine, sim, 5) as unknown as Owner<typeof everythingMachine>, {
        journal,
      });
    const events = eventsOf(everythingMachine);
    fc.assert(
      fc.property(scripts, fc.nat(50), (script, cut) => {
        const play = (sim: Sim, machine: MachineRunner, steps: readonly Step[]) => {
          for (const [index, step] of steps.entries()) {
            if ('event' in step) machine.send(index % 3, { type: events[step.event % events.length]! });
            else sim.runUntil(sim.now + step.ms);
          }
        };
        const sim = createSim();
        const machine = compose(sim);
        for (let row = 0; row < 3; row++) machine.start(row);
        const at = cut - (cut % 3);
        play(sim, machine, script.steps.slice(0, at));
        const fork = forkFrom(JSON.parse(JSON.stringify(saveKeyframe(sim))), compose);
        const view = (which: MachineRunner) => [0, 1, 2].map((row) => [which.value(row), which.done(row), which.timers(row)]);
        expect(view(fork.world)).toEqual(view(machine));
        play(sim, machine, script.steps.slice(at));
        play(fork.sim, fork.world, script.steps.slice(at));
        expect(view(fork.world)).toEqual(view(machine));
        expect(fork.sim.journal.hash).toBe(sim.journal.hash);
      }),
      { numRuns: 150 },
    );
  });
});

test('a machine with a context runs on the host', () => {
  const sim = createSim();
  const counter = setup({ types: { context: {} as { n: number }, events: {} as { type: 'ADD' } }, delays: delays('rest') }).createMachine({
    id: 'counter',
    context: { n: 0 },
    initial: 'awake',
    on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    states: { awake: { after: { rest: 'asleep' } }, asleep: {} },
  });
  const compose = (on: Sim) => new HostRunner(on, counter, { delays: { rest: () => 50 } });
  const host = compose(sim);
  host.start(0);
  host.send(0, { type: 'ADD' });
  const fork = forkFrom(JSON.parse(JSON.stringify(saveKeyframe(sim))), compose);
  fork.world.send(0, { type: 'ADD' });
  fork.sim.runUntil(50);
  expect([host.context(0), host.value(0), fork.world.context(0), fork.world.value(0)]).toEqual([{ n: 1 }, 'awake', { n: 2 }, 'asleep']);
});

test('a machine that cannot be compiled is told every broken rule', () => {
  const wrong = setup({
    actions: { body: () => {}, ...actions('fine') },
    guards: guards('known'),
    delays: delays('wait'),
    actors: { child: fromPromise(async () => 1) },
  }).createMachine({
    id: 'wrong',
    context: { n: 1 },
    initial: 'a',
    states: {
      a: { entry: assign({ n: 2 }), invoke: { src: 'child' }, after: { 300: 'b' }, exit: () => {} },
      b: { on: { 'GO.*': 'a', GO: { target: 'a', guard: () => true, actions: ['fine', { type: 'fine', params: () => ({}) } as any] } } },
      c: { on: { GO: { guard: not('unknown' as any), target: 'a', actions: 'missing' as any } } },
    },
  });
  expect([...brokenRules(wrong)]).toEqual([
    'context is not allowed: numbers live in the columns of the owner',
    "actions.body has a body: declare it with actions('body'), its owner answers it",
    'a: invoke is not allowed: ask with an action, be answered with an event',
    'a: entry: assign is not allowed; use a named action',
    'a: exit: inline function; name the action and let the owner answer it',
    'a: after 300: name the delay after its Kubernetes parameter',
    'b: GO.*: only the whole wildcard * is allowed',
    'b: GO: the params of fine must be data',
    'b: GO: inline guard; name it and let the owner answer it',
    'c: GO: setup declares no action missing',
    'c: GO: setup declares no guard unknown',
  ]);
  expect(() => compile(wrong)).toThrow('machine wrong cannot be compiled:\n  context is not allowed');
});
