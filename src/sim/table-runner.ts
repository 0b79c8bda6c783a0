// Runs all instances of a compiled machine: two bytes of state per row, timers in the sim's queue, no object per instance.
import {
  type AnyOwner,
  assertAnswered,
  type EventOf,
  type InternalEvent,
  type Machine,
  type MachineRunner,
  type Move,
  type Owner,
  type PendingTimer,
  type RunnerOptions,
  type StateValue,
} from './machines.ts';
import type { Handler, Sim } from './sim.ts';
import { ACT, ASK, type Call, compile, type MachineTable, NOTHING, SET } from './table.ts';

const NOT_STARTED = 0xffff;
const STARTED: InternalEvent = { type: 'xstate.init' };

/** What a keyframe keeps: the state of every row by name of its number, and the timers as (row × timers + timer, id) pairs. */
interface Saved {
  readonly states: readonly number[];
  readonly timers: readonly number[];
  readonly [field: string]: readonly number[];
}

export class TableRunner<M extends Machine = Machine> implements MachineRunner<M> {
  readonly name: string;
  readonly machine: M;
  readonly table: MachineTable;
  private readonly sim: Sim;
  private readonly journal: RunnerOptions['journal'];
  private readonly guards: readonly ((row: number, event: any) => boolean)[];
  private readonly actions: readonly ((row: number, event: any) => void)[];
  private readonly delays: readonly ((row: number) => number)[];
  private readonly ranOut: Handler<number>;
  private readonly timerEvents: readonly InternalEvent[];
  private states = new Uint16Array(64).fill(NOT_STARTED);
  private running = new Uint8Array(64);
  /** Row × timer → the queue's id, 0 when not set. */
  private timerIds: Float64Array;
  /** Events a row got while it was inside a step. */
  private readonly waiting = new Map<number, EventOf<M>[]>();
  /** Journal data by (from, to, event): few, so their hashes are remembered too. */
  private readonly moves = new Map<number, Move>();
  private readonly eventNames: readonly string[];

  constructor(sim: Sim, machine: M, owner: Owner<M>, options: RunnerOptions = {}) {
    assertAnswered(machine, owner as AnyOwner);
    this.sim = sim;
    this.machine = machine;
    this.table = compile(machine);
    this.name = options.name ?? machine.id;
    this.journal = options.journal;
    const answers = owner as AnyOwner;
    this.guards = this.table.guards.map((call) => bind(answers.guards![call.name]!, call));
    this.actions = this.table.actions.map((call) => bind(answers.actions![call.name]!, call));
    this.delays = this.table.timers.map((timer) => answers.delays![timer.delay]!);
    this.timerEvents = this.table.timers.map((timer) => ({ type: timer.event as InternalEvent['type'] }));
    this.timerIds = new Float64Array(64 * this.table.timers.length);
    const labels = new Map(this.table.timers.map((timer) => [timer.event, `after ${timer.delay}`]));
    this.eventNames = this.table.events.map((event) => labels.get(event) ?? event);
    this.ranOut = sim.handler<number>(`machine ${this.name}`, (cell) => this.runOut(cell));
    sim.keep(`machine ${this.name}`, { save: () => this.save(), restore: (state) => this.restore(state as unknown as Saved) });
  }

  start(row: number): void {
    if (!Number.isInteger(row) || row < 0) throw new RangeError(`a row of machine ${this.name} is a whole number, not ${row}`);
    if (row >= this.states.length) this.grow(row + 1);
    if (this.states[row] !== NOT_STARTED || this.running[row] === 1) throw new Error(`row ${row} of machine ${this.name} runs already`);
    this.step(row, this.table.start, STARTED, NOTHING);
  }

  remove(row: number): void {
    if (!this.has(row)) return;
    this.states[row] = NOT_STARTED;
    this.waiting.delete(row);
    for (let timer = 0; timer < this.table.timers.length; timer++) this.clear(row, timer);
  }

  has(row: number): boolean {
    return row < this.states.length && this.states[row] !== NOT_STARTED;
  }

  send(row: number, event: EventOf<M>): boolean {
    const state = this.stateIndex(row);
    const { type } = event as { type: string };
    const index = this.table.eventIndex.get(type);
    if (index === undefined) throw new Error(`machine ${this.name} names no event ${type}`);
    if (this.running[row] === 1) {
      const queued = this.waiting.get(row);
      if (queued === undefined) this.waiting.set(row, [event]);
      else queued.push(event);
      return true;
    }
    const program = this.table.entry[state * this.table.events.length + index]!;
    return program !== NOTHING && this.step(row, program, event, index);
  }

  value(row: number): StateValue {
    return this.table.states[this.stateIndex(row)]!.value;
  }

  stateName(row: number): string {
    return this.table.states[this.stateIndex(row)]!.name;
  }

  /** Number of the row's state in `table.states`. */
  stateIndex(row: number): number {
    const state = row < this.states.length ? this.states[row]! : NOT_STARTED;
    if (state === NOT_STARTED) throw new Error(`row ${row} of machine ${this.name} was not started`);
    return state;
  }

  matches(row: number, path: string): boolean {
    const active = this.table.active.get(path);
    if (active === undefined) throw new Error(`machine ${this.name} has no state ${path}`);
    return active[this.stateIndex(row)] === 1;
  }

  done(row: number): boolean {
    return this.table.states[this.stateIndex(row)]!.done;
  }

  timers(row: number): PendingTimer[] {
    this.stateIndex(row);
    const pending: PendingTimer[] = [];
    for (const [timer, { delay, state }] of this.table.timers.entries()) {
      const due = this.sim.due(this.timerIds[row * this.table.timers.length + timer]!);
      if (due !== undefined) pending.push({ name: delay, state, due });
    }
    return pending.sort((a, b) => a.due - b.due);
  }

  private runOut(cell: number): void {
    const count = this.table.timers.length;
    const row = Math.floor(cell / count);
    const timer = cell % count;
    this.timerIds[cell] = 0;
    this.send(row, this.timerEvents[timer] as EventOf<M>);
  }

  /** Runs a program and then whatever the row was sent meanwhile. */
  private step(row: number, program: number, event: EventOf<M> | InternalEvent, index: number): boolean {
    this.running[row] = 1;
    let changed: boolean;
    try {
      changed = this.run(row, program, event, index);
    } catch (error) {
      this.waiting.delete(row);
      throw error;
    } finally {
      this.running[row] = 0;
    }
    if (this.waiting.size > 0) this.deliverWaiting(row);
    return changed;
  }

  private deliverWaiting(row: number): void {
    const queued = this.waiting.get(row);
    if (queued === undefined) return;
    this.waiting.delete(row);
    for (const event of queued) if (this.has(row)) this.send(row, event);
  }

  private run(row: number, program: number, event: EventOf<M> | InternalEvent, index: number): boolean {
    const code = this.table.code;
    let at = program;
    while (code[at] === ASK) at += this.guards[code[at + 1]!]!(row, event) ? 3 : 3 + code[at + 2]!;
    const from = this.states[row]!;
    const to = code[at + 1]!;
    const count = code[at + 2]!;
    this.states[row] = to;
    if (from !== to && this.journal !== undefined) this.record(row, from, to, index);
    for (let effect = 0, next = at + 3; effect < count; effect++, next += 2) {
      const what = code[next + 1]!;
      if (code[next] === ACT) this.actions[what]!(row, event);
      else if (code[next] === SET) this.set(row, what);
      else this.clear(row, what);
      // The owner forgot the row in an action.
      if (this.states[row] === NOT_STARTED) break;
    }
    return from !== to || count > 0;
  }

  private record(row: number, from: number, to: number, event: number): void {
    const { states, events } = this.table;
    const key = ((from === NOT_STARTED ? states.length : from) * states.length + to) * (events.length + 1) + event + 1;
    let move = this.moves.get(key);
    if (move === undefined) {
      const before = from === NOT_STARTED ? '' : states[from]!.name;
      move = { machine: this.name, from: before, to: states[to]!.name, event: event === NOTHING ? '' : this.eventNames[event]! };
      this.moves.set(key, move);
    }
    this.sim.journal.record(this.journal!.source, 'Moved', this.journal!.subject(row), move);
  }

  private set(row: number, timer: number): void {
    this.clear(row, timer);
    const cell = row * this.table.timers.length + timer;
    // The owner may grow the columns while it answers, so ask before touching them.
    const delayMs = this.delays[timer]!(row);
    this.timerIds[cell] = this.sim.after(delayMs, this.ranOut, cell);
  }

  private clear(row: number, timer: number): void {
    const cell = row * this.table.timers.length + timer;
    if (this.timerIds[cell] === 0) return;
    this.sim.cancel(this.timerIds[cell]!);
    this.timerIds[cell] = 0;
  }

  private grow(rows: number): void {
    const capacity = Math.max(rows, this.states.length * 2);
    const states = new Uint16Array(capacity).fill(NOT_STARTED);
    states.set(this.states);
    this.states = states;
    const running = new Uint8Array(capacity);
    running.set(this.running);
    this.running = running;
    const timerIds = new Float64Array(capacity * this.table.timers.length);
    timerIds.set(this.timerIds);
    this.timerIds = timerIds;
  }

  private save(): Saved {
    let rows = this.states.length;
    while (rows > 0 && this.states[rows - 1] === NOT_STARTED) rows--;
    const timers: number[] = [];
    for (let cell = 0; cell < rows * this.table.timers.length; cell++)
      if (this.timerIds[cell] !== 0) timers.push(cell, this.timerIds[cell]!);
    return { states: Array.from(this.states.subarray(0, rows)), timers };
  }

  private restore(saved: Saved): void {
    this.waiting.clear();
    if (saved.states.length > this.states.length) this.grow(saved.states.length);
    this.states.fill(NOT_STARTED);
    this.states.set(saved.states);
    this.timerIds.fill(0);
    for (let i = 0; i < saved.timers.length; i += 2) this.timerIds[saved.timers[i]!] = saved.timers[i + 1]!;
  }
}

/** The owner's answer with the call's fixed parts filled in. */
function bind<R>(answer: (row: number, event: any, params: any) => R, { params, event: inner }: Call): (row: number, event: any) => R {
  if (inner !== undefined) return (row) => answer(row, inner, params);
  return params === undefined ? (row, event) => answer(row, event, undefined) : (row, event) => answer(row, event, params);
}
