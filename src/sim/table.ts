// Compiles a machine into integers by running XState itself over every reachable state, every event and every outcome of its
// guards. XState stays the only definition of what a machine means; the table remembers its answers. About 1000 times faster than
// a transition of XState and two bytes per instance, so a fleet of 150,000 containers can run its statecharts.
import {
  activePaths,
  eventsOf,
  firstStep,
  type Machine,
  nameOfState,
  nextStep,
  nodeAt,
  nodesOf,
  passedBy,
  pathOf,
  type Snapshot,
  type StateValue,
  type Step,
  timersOf,
} from './machines.ts';
import type { Plain } from './plain.ts';
import { assertCompilable } from './rules.ts';

/** A program asks guards until it reaches a leaf: `ASK guard skip` skips `skip` numbers when the guard says no. */
export const ASK = 0;
/** `MOVE state count (op arg)×count`: the new state, then the effects in order. */
export const MOVE = 1;
export const ACT = 0;
export const SET = 1;
export const CLEAR = 2;
/** No program: the event changes and causes nothing. */
export const NOTHING = -1;
/** A chart with more states than this should be several. */
const MOST_STATES = 4096;

export interface TableState {
  readonly value: StateValue;
  readonly name: string;
  readonly done: boolean;
}

/** A name to ask the owner for. `event` stands for the event at hand, unless an inner event (raised, or a region's end) is the reason. */
export interface Call {
  readonly name: string;
  readonly params: Plain;
  readonly event: { readonly type: string } | undefined;
}

export interface TableTimer {
  readonly event: string;
  readonly eventIndex: number;
  readonly delay: string;
  readonly state: string;
}

export interface MachineTable {
  readonly machine: Machine;
  readonly states: readonly TableState[];
  /** The machine's events, then its timers'. */
  readonly events: readonly string[];
  readonly eventIndex: ReadonlyMap<string, number>;
  readonly guards: readonly Call[];
  readonly actions: readonly Call[];
  readonly timers: readonly TableTimer[];
  /** Program of the start. */
  readonly start: number;
  /** Program of each state × event, or `NOTHING`. */
  readonly entry: Int32Array;
  readonly code: Int32Array;
  /** For every state's path: one byte per table state, 1 where it is active. */
  readonly active: ReadonlyMap<string, Uint8Array>;
}

const compiled = new WeakMap<Machine, MachineTable>();

/** The table of a machine; compiled once. Throws an error that lists the broken rules. */
export function compile(machine: Machine): MachineTable {
  let table = compiled.get(machine);
  if (table === undefined) {
    assertCompilable(machine);
    table = new Compiler(machine).run();
    compiled.set(machine, table);
  }
  return table;
}

/** Paths of all states that some sequence of events and guard outcomes enters, also those the machine never rests in. For tests. */
export function visitedPaths(machine: Machine): ReadonlySet<string> {
  assertCompilable(machine);
  return new Compiler(machine).visits();
}

/** One way through the guards: their answers in the order they were asked, and where that leads. */
interface Outcome {
  readonly asked: readonly { readonly guard: number; readonly yes: boolean }[];
  readonly move: readonly number[];
}

class Compiler {
  private readonly machine: Machine;
  private readonly oracle: Machine;
  private readonly states: TableState[] = [];
  private readonly snapshots: Snapshot[] = [];
  private readonly stateIndex = new Map<string, number>();
  private readonly events: string[];
  private readonly eventIndex: Map<string, number>;
  private readonly guards = new Interned<Call>();
  private readonly actions = new Interned<Call>();
  private readonly timers: TableTimer[];
  private readonly timerIndex: Map<string, number>;
  private readonly code: number[] = [];
  private readonly programs = new Map<string, number>();
  /** The answers to give, as far as they are decided, and the questions of the run at hand. */
  private answers: boolean[] = [];
  private asked: { guard: number; yes: boolean }[] = [];
  private event: { readonly type: string } | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    const ask = (name: string) => (args: { event: { type: string } }, params: Plain) => this.ask(name, params, args.event);
    this.oracle = machine.provide({
      guards: Object.fromEntries(Object.keys(machine.implementations.guards).map((name) => [name, ask(name)])),
      // A number, so that XState makes a timer of it; the runner asks the owner.
      delays: Object.fromEntries(Object.keys(machine.implementations.delays).map((name) => [name, 1])),
    });
    const timers = timersOf(machine);
    this.events = [...eventsOf(machine), ...timers.keys()];
    this.eventIndex = new Map(this.events.map((event, index) => [event, index]));
    this.timers = [...timers].map(([event, { name, state }]) => ({ event, eventIndex: this.eventIndex.get(event)!, delay: name, state }));
    this.timerIndex = new Map(this.timers.map((timer, index) => [timer.event, index]));
  }

  run(): MachineTable {
    const start = this.program(this.explore(undefined, () => firstStep(this.oracle)));
    const entry: number[] = [];
    for (let state = 0; state < this.states.length; state++) {
      const handled = this.handledIn(state);
      for (const event of this.events) entry.push(handled.has(event) ? this.entryOf(state, event) : NOTHING);
    }
    return {
      machine: this.machine,
      states: this.states,
      events: this.events,
      eventIndex: this.eventIndex,
      guards: this.guards.items,
      actions: this.actions.items,
      timers: this.timers,
      start,
      entry: Int32Array.from(entry),
      code: Int32Array.from(this.code),
      active: this.activeBytes(),
    };
  }

  visits(): Set<string> {
    this.run();
    const visited = new Set<string>();
    const visit = (snapshot: Snapshot | undefined, event: { readonly type: string }, step: () => Step) =>
      this.explore(event, () => {
        for (const passed of passedBy(this.oracle, snapshot, event)) for (const path of activePaths(passed.value)) visited.add(path);
        return step();
      });
    visit(undefined, { type: 'xstate.init' }, () => firstStep(this.oracle));
    for (const [state, snapshot] of this.snapshots.entries()) {
      for (const path of activePaths(snapshot.value)) visited.add(path);
      for (const type of this.handledIn(state)) {
        const event = { type };
        visit(snapshot, event, () => nextStep(this.oracle, snapshot, event));
      }
    }
    return visited;
  }

  /** Events that any active state listens to; for all others XState would answer "nothing". */
  private handledIn(state: number): Set<string> {
    const { value, done } = this.states[state]!;
    if (done) return new Set();
    const nodes = ['', ...activePaths(value)].map((path) => nodeAt(this.machine, path)!);
    const events = new Set(nodes.flatMap((node) => [...node.transitions.keys()]));
    return events.has('*') ? new Set(this.events) : events;
  }

  private entryOf(state: number, type: string): number {
    const event = { type };
    const outcomes = this.explore(event, () => nextStep(this.oracle, this.snapshots[state]!, event));
    const silent = outcomes.every(({ move }) => move[1] === state && move[2] === 0);
    return silent ? NOTHING : this.program(outcomes);
  }

  /** Runs a step once per way through its guards, counting through the answers like a binary number. */
  private explore(event: { readonly type: string } | undefined, step: () => Step): Outcome[] {
    const outcomes: Outcome[] = [];
    this.event = event;
    this.answers = [];
    do {
      this.asked = [];
      const { snapshot, effects } = step();
      outcomes.push({ asked: this.asked, move: this.moveOf(snapshot, effects) });
      this.answers = this.asked.map(({ yes }) => yes);
      while (this.answers.at(-1) === true) this.answers.pop();
      if (this.answers.length > 0) this.answers[this.answers.length - 1] = true;
    } while (this.answers.length > 0);
    return outcomes;
  }

  /** Nothing happens between two questions of one step, so the same question has the same answer. */
  private ask(name: string, params: Plain, event: { readonly type: string }): boolean {
    const guard = this.guards.index(this.callOf(name, params, event));
    const before = this.asked.find((question) => question.guard === guard);
    if (before !== undefined) return before.yes;
    const yes = this.answers[this.asked.length] ?? false;
    this.asked.push({ guard, yes });
    return yes;
  }

  private callOf(name: string, params: Plain, event: { readonly type: string }): Call {
    const atHand = event === this.event || event.type === 'xstate.init';
    return { name, params, event: atHand ? undefined : event };
  }

  private moveOf(snapshot: Snapshot, effects: Step['effects']): number[] {
    const move = [MOVE, this.indexOfState(snapshot), effects.length];
    for (const effect of effects) {
      if (effect.kind === 'action') move.push(ACT, this.actions.index(this.callOf(effect.name, effect.params, effect.event)));
      else move.push(effect.kind === 'set' ? SET : CLEAR, this.timerOf(effect.timer));
    }
    return move;
  }

  private timerOf(event: string): number {
    const timer = this.timerIndex.get(event);
    if (timer === undefined) throw new Error(`machine ${this.machine.id} sets no timer ${event}`);
    return timer;
  }

  private indexOfState(snapshot: Snapshot): number {
    const history = Object.entries(snapshot.historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]);
    const key = JSON.stringify([snapshot.value, snapshot.status, history]);
    let index = this.stateIndex.get(key);
    if (index === undefined) {
      index = this.states.length;
      if (index === MOST_STATES) throw new Error(`machine ${this.machine.id} has more than ${MOST_STATES} states: make it several`);
      this.stateIndex.set(key, index);
      this.snapshots.push(snapshot);
      this.states.push({ value: snapshot.value, name: nameOfState(snapshot.value), done: snapshot.status !== 'active' });
    }
    return index;
  }

  private program(outcomes: readonly Outcome[]): number {
    const program = decide(outcomes, 0);
    const key = program.join();
    let at = this.programs.get(key);
    if (at === undefined) {
      at = this.code.length;
      this.programs.set(key, at);
      for (const number of program) this.code.push(number);
    }
    return at;
  }

  private activeBytes(): Map<string, Uint8Array> {
    const active = new Map<string, Uint8Array>();
    for (const node of nodesOf(this.machine.root))
      if (node !== this.machine.root) active.set(pathOf(node), new Uint8Array(this.states.length));
    for (const [index, state] of this.states.entries()) for (const path of activePaths(state.value)) active.get(path)![index] = 1;
    return active;
  }
}

/** Outcomes that agree on the first `depth` answers, as one program. */
function decide(outcomes: readonly Outcome[], depth: number): number[] {
  const question = outcomes[0]!.asked[depth];
  if (question === undefined) return [...outcomes[0]!.move];
  const yes = decide(
    outcomes.filter(({ asked }) => asked[depth]!.yes),
    depth + 1,
  );
  const no = decide(
    outcomes.filter(({ asked }) => !asked[depth]!.yes),
    depth + 1,
  );
  // A question whose answer changes nothing is not asked.
  return yes.join() === no.join() ? yes : [ASK, question.guard, yes.length, ...yes, ...no];
}

/** Numbers equal things once. */
class Interned<T> {
  readonly items: T[] = [];
  private readonly indexes = new Map<string, number>();

  index(item: T): number {
    const key = JSON.stringify(item);
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.items.length;
      this.indexes.set(key, index);
      this.items.push(item);
    }
    return index;
  }
}
