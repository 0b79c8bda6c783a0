// Runs any machine without child actors on the sim's queue, by XState's pure transition: for the few machines of which there are
// few, and as the reference that `table.ts` is tested against. A machine here may have a context and `assign`.
import {
  type AnyOwner,
  assertAnswered,
  type EventOf,
  firstStep,
  isDeclared,
  type Machine,
  type MachineRunner,
  nameOfState,
  nextStep,
  nodeAt,
  type Owner,
  type PendingTimer,
  persist,
  revive,
  type RunnerOptions,
  type Snapshot,
  type StateValue,
  type Step,
  activePaths,
  eventsOf,
  timersOf,
} from './machines.ts';
import type { Plain } from './plain.ts';
import type { Handler, Sim, TimerId } from './sim.ts';

interface Row {
  snapshot: Snapshot;
  readonly timers: Map<string, TimerId>;
}

type SavedRow = readonly [row: number, snapshot: Plain, timers: readonly (readonly [string, TimerId])[]];

export class HostRunner<M extends Machine = Machine> implements MachineRunner<M> {
  readonly name: string;
  readonly machine: M;
  private readonly sim: Sim;
  private readonly owner: AnyOwner;
  private readonly journal: RunnerOptions['journal'];
  private readonly answered: Machine;
  private readonly events: ReadonlySet<string>;
  private readonly waits: ReturnType<typeof timersOf>;
  private readonly ranOut: Handler<readonly [number, string]>;
  private readonly rows = new Map<number, Row>();
  private readonly running = new Set<number>();
  private readonly waiting: { readonly row: number; readonly event: { readonly type: string } }[] = [];
  /** Row whose guards XState asks at the moment. */
  private asking = 0;

  constructor(sim: Sim, machine: M, owner: Owner<M>, options: RunnerOptions = {}) {
    assertAnswered(machine, owner as AnyOwner);
    this.sim = sim;
    this.machine = machine;
    this.owner = owner as AnyOwner;
    this.name = options.name ?? machine.id;
    this.journal = options.journal;
    this.events = new Set(eventsOf(machine));
    this.waits = timersOf(machine);
    const guards = Object.entries(this.owner.guards ?? {}).map(([name, answer]) => [
      name,
      ({ event }: { event: unknown }, params: Plain) => answer(this.asking, event, params),
    ]);
    // A number, so that XState makes a timer of it; the owner is asked when the timer is set.
    const delays = Object.keys(this.owner.delays ?? {}).map((name) => [name, 1]);
    this.answered = machine.provide({ guards: Object.fromEntries(guards), delays: Object.fromEntries(delays) });
    this.ranOut = sim.handler<readonly [number, string]>(`machine ${this.name}`, ([row, type]) => {
      this.rows.get(row)?.timers.delete(type);
      this.deliver(row, { type });
    });
    sim.keep(`machine ${this.name}`, {
      save: () => this.save(),
      restore: (state) => this.restore(state as unknown as readonly SavedRow[]),
    });
  }

  start(row: number): void {
    if (!Number.isInteger(row) || row < 0) throw new RangeError(`a row of machine ${this.name} is a whole number, not ${row}`);
    if (this.rows.has(row) || this.running.has(row)) throw new Error(`row ${row} of machine ${this.name} runs already`);
    this.step(row, { type: 'xstate.init' }, () => firstStep(this.answered));
  }

  remove(row: number): void {
    for (const timer of this.rows.get(row)?.timers.values() ?? []) this.sim.cancel(timer);
    this.rows.delete(row);
  }

  has(row: number): boolean {
    return this.rows.has(row);
  }

  send(row: number, event: EventOf<M>): boolean {
    this.rowAt(row);
    const { type } = event as { type: string };
    if (!this.events.has(type)) throw new Error(`machine ${this.name} names no event ${type}`);
    return this.deliver(row, event);
  }

  value(row: number): StateValue {
    return this.rowAt(row).snapshot.value;
  }

  /** The machine's own numbers, plain data. */
  context(row: number): Plain {
    return this.rowAt(row).snapshot.context as Plain;
  }

  stateName(row: number): string {
    return nameOfState(this.value(row));
  }

  matches(row: number, path: string): boolean {
    const value = this.value(row);
    if (nodeAt(this.machine, path) === undefined || path === '') throw new Error(`machine ${this.name} has no state ${path}`);
    return activePaths(value).includes(path);
  }

  done(row: number): boolean {
    return this.rowAt(row).snapshot.status !== 'active';
  }

  timers(row: number): PendingTimer[] {
    const pending = [...this.rowAt(row).timers].map(([event, timer]) => ({ ...this.waits.get(event)!, due: this.sim.due(timer)! }));
    return pending.sort((a, b) => a.due - b.due);
  }

  private rowAt(row: number): Row {
    const found = this.rows.get(row);
    if (found === undefined) throw new Error(`row ${row} of machine ${this.name} was not started`);
    return found;
  }

  private deliver(row: number, event: { readonly type: string }): boolean {
    if (this.running.has(row)) {
      this.waiting.push({ row, event });
      return true;
    }
    const { snapshot } = this.rowAt(row);
    return snapshot.status === 'active' && this.step(row, event, () => nextStep(this.answered, snapshot, event));
  }

  private step(row: number, event: { readonly type: string }, decide: () => Step): boolean {
    this.running.add(row);
    let changed: boolean;
    try {
      this.asking = row;
      changed = this.apply(row, event, decide());
    } catch (error) {
      this.takeWaiting(row);
      throw error;
    } finally {
      this.running.delete(row);
    }
    for (const next of this.takeWaiting(row)) if (this.rows.has(row)) this.deliver(row, next);
    return changed;
  }

  private takeWaiting(row: number): { readonly type: string }[] {
    const own = this.waiting.filter((entry) => entry.row === row).map(({ event }) => event);
    if (own.length > 0) this.waiting.splice(0, this.waiting.length, ...this.waiting.filter((entry) => entry.row !== row));
    return own;
  }

  private apply(row: number, event: { readonly type: string }, { snapshot, effects }: Step): boolean {
    const before = this.rows.get(row);
    const current: Row = before ?? { snapshot, timers: new Map() };
    const from = before === undefined ? '' : nameOfState(before.snapshot.value);
    const same = before !== undefined && before.snapshot.status === snapshot.status && isSame(before.snapshot, snapshot);
    current.snapshot = snapshot;
    this.rows.set(row, current);
    if (!same && this.journal !== undefined) {
      const wait = this.waits.get(event.type);
      const cause = before === undefined ? '' : wait === undefined ? event.type : `after ${wait.name}`;
      const data = { machine: this.name, from, to: nameOfState(snapshot.value), event: cause };
      this.sim.journal.record(this.journal.source, 'Moved', this.journal.subject(row), data);
    }
    for (const effect of effects) {
      if (effect.kind === 'action') this.act(row, effect.name, effect.event, effect.params);
      else if (effect.kind === 'clear') this.clear(current, effect.timer);
      else this.set(row, current, effect.timer, effect.delay);
      if (this.rows.get(row) !== current) break;
    }
    return !same || effects.length > 0;
  }

  private act(row: number, name: string, event: { readonly type: string }, params: Plain): void {
    const answer = this.owner.actions?.[name];
    if (answer === undefined) throw new Error(`the owner of machine ${this.name} lacks the action ${name}`);
    answer(row, event, params);
  }

  private set(row: number, current: Row, event: string, delayMs: number): void {
    this.clear(current, event);
    const name = this.waits.get(event)?.name ?? '';
    const asked = isDeclared(this.machine.implementations.delays[name]) ? this.owner.delays![name]!(row) : delayMs;
    current.timers.set(event, this.sim.after(asked, this.ranOut, [row, event]));
  }

  private clear(current: Row, event: string): void {
    const timer = current.timers.get(event);
    if (timer === undefined) return;
    this.sim.cancel(timer);
    current.timers.delete(event);
  }

  private save(): Plain {
    return [...this.rows]
      .sort(([a], [b]) => a - b)
      .map(([row, { snapshot, timers }]) => [row, persist(this.answered, snapshot), [...timers].map(([event, timer]) => [event, timer])]);
  }

  private restore(saved: readonly SavedRow[]): void {
    this.waiting.length = 0;
    this.rows.clear();
    for (const [row, snapshot, timers] of saved) this.rows.set(row, { snapshot: revive(this.answered, snapshot), timers: new Map(timers) });
  }
}

/** Same state and same remembered history: what one number of a table stands for. */
function isSame(a: Snapshot, b: Snapshot): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf(snapshot: Snapshot): string {
  const history = Object.entries(snapshot.historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]);
  return JSON.stringify([snapshot.value, history]);
}
