// The statecharts' language and the only home of XState beside the `*.machine.ts` files: how a machine names its guards, actions
// and delays, what its owner must answer, which rules a machine keeps, and XState's pure transition as a plain function.
// `table.ts` compiles machines there are many of, `host.ts` runs the rest, `shape.ts` shows either.
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
  type EventFrom,
  getInitialMicrosteps,
  getMicrosteps,
  type StateMachine,
} from 'xstate';
import type { Plain } from './plain.ts';

/** Any XState machine; inference keeps its events and names. */
export type Machine = AnyStateMachine;
export type MachineNode = AnyStateMachine['root'];
/** A state in all its regions: `'Running'`, `{ active: { main: 'waiting', probe: 'ready' } }`. */
export type StateValue = string | { readonly [region: string]: StateValue | undefined };

// --- Vocabulary: what a machine file passes to `setup`.

const declared = new WeakSet<object>();

function declare(kind: string, name: string): () => never {
  const body = () => {
    throw new Error(`the ${kind} ${name} belongs to the machine's owner`);
  };
  declared.add(body);
  return body;
}

function declareAll<Name extends string, Body>(kind: string, names: readonly Name[]): { [K in Name]: Body } {
  return Object.fromEntries(names.map((name) => [name, declare(kind, name)])) as unknown as { [K in Name]: Body };
}

/** Names the guards of a machine: `setup({ guards: guards('imageCached', 'exitOk') })`. Its owner answers them. */
export function guards<Name extends string>(...names: readonly Name[]): { [K in Name]: (args: any, params: undefined) => boolean } {
  return declareAll('guard', names);
}

/** Names what a machine asks of its owner: `setup({ actions: actions('pullImage', 'publishStatus') })`. */
export function actions<Name extends string>(...names: readonly Name[]): { [K in Name]: (args: any, params: undefined) => void } {
  return declareAll('action', names);
}

/** Names the delays of a machine after their Kubernetes parameters; the owner answers milliseconds. */
export function delays<Name extends string>(...names: readonly Name[]): { [K in Name]: (args: any) => number } {
  return declareAll('delay', names);
}

/** An action that carries fixed data: `actions: { ...actions('a'), setPhase: actionWith<{ phase: string }>('setPhase') }`. */
export function actionWith<Params extends Plain>(name: string): (args: any, params: Params) => void {
  return declare('action', name);
}

/** A guard that carries fixed data, like `actionWith`. */
export function guardWith<Params extends Plain>(name: string): (args: any, params: Params) => boolean {
  return declare('guard', name);
}

// --- The owner: what answers a machine's names.

/** What guards and actions see when no event of the machine's own is the reason: a timer ran out, the row started, a region ended. */
export interface InternalEvent {
  readonly type: `xstate.${string}`;
}

export type EventOf<M extends Machine> = EventFrom<M>;
type Names<M extends Machine> =
  M extends StateMachine<any, any, any, any, infer A, infer G, infer D, any, any, any, any, any, any, any, any>
    ? { actions: A; guards: G; delays: D }
    : never;
type ParamsOf<Union, Name> = Extract<Union, { type: Name }> extends { params: infer P } ? P : undefined;
type NameOf<Union> = Union extends { type: infer Name extends string } ? Name : never;
type Needed<Key extends string, Of> = [keyof Of] extends [never] ? { readonly [K in Key]?: Of } : { readonly [K in Key]: Of };

/**
 * Answers a machine's names for every row (one row = one instance, a whole number the owner chose). Guards are asked before
 * anything of the step happens; then the row stands in its new state; then actions and timers follow in the machine's order, each
 * delay asked when its timer is set. An action may send to any row: to its own, the event waits until the step is done.
 */
export type Owner<M extends Machine> = Needed<
  'guards',
  {
    readonly [N in NameOf<Names<M>['guards']>]: (
      row: number,
      event: EventOf<M> | InternalEvent,
      params: ParamsOf<Names<M>['guards'], N>,
    ) => boolean;
  }
> &
  Needed<
    'actions',
    {
      readonly [N in NameOf<Names<M>['actions']>]: (
        row: number,
        event: EventOf<M> | InternalEvent,
        params: ParamsOf<Names<M>['actions'], N>,
      ) => void;
    }
  > &
  Needed<'delays', { readonly [N in Names<M>['delays']]: (row: number) => number }>;

/** An owner with its names no longer in the types, as the runners use it. */
export interface AnyOwner {
  readonly guards?: { readonly [name: string]: (row: number, event: any, params: any) => boolean };
  readonly actions?: { readonly [name: string]: (row: number, event: any, params: any) => void };
  readonly delays?: { readonly [name: string]: (row: number) => number };
}

// --- Running machines: what table and host have in common.

export interface PendingTimer {
  /** The delay's name. */
  readonly name: string;
  /** Path of the state that waits. */
  readonly state: string;
  /** Virtual milliseconds. */
  readonly due: number;
}

export interface RunnerOptions {
  /** Unique in the world; default the machine's id. Names the timers and the data in keyframes. */
  readonly name?: string;
  /** Journals every move as `Moved` with `{machine, from, to, event}`; left out, moves are not journaled. */
  readonly journal?: {
    readonly source: string;
    /** Whom a row is about: `pods/default/web-1`. */
    subject(row: number): string;
  };
}

/** All instances of one machine. Rows start in any order and number. */
export interface MachineRunner<M extends Machine = Machine> {
  readonly name: string;
  readonly machine: M;
  /** Enters the initial state. Throws when the row runs already. */
  start(row: number): void;
  /** Forgets the row and its timers. A row that does not run is fine. */
  remove(row: number): void;
  has(row: number): boolean;
  /**
   * Gives the row an event. False when it changed and caused nothing. Throws for a row that was not started and for an event the
   * machine does not name. After its top-level final state a row ignores events.
   */
  send(row: number, event: EventOf<M>): boolean;
  value(row: number): StateValue;
  /** The state in words: `Waiting.Pulling`, with regions `active.main.waiting, active.probe.ready`. */
  stateName(row: number): string;
  /** Is the state of that path active? Throws for a path the machine does not have. */
  matches(row: number, path: string): boolean;
  /** Has the row reached a top-level final state? */
  done(row: number): boolean;
  /** What the row waits for, soonest first. */
  timers(row: number): PendingTimer[];
}

/** `{machine, from, to, event}` of a `Moved` record. */
export interface Move {
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly [field: string]: Plain;
}

// --- States in words.

/** Paths of all active states below the root, outer before inner: `['active', 'active.main', 'active.main.waiting']`. */
export function activePaths(value: StateValue, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix + value];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key;
    return [path, ...(inner === undefined ? [] : activePaths(inner, `${path}.`))];
  });
}

/** `Waiting.Pulling`, or with regions their innermost paths in the machine's order, joined by commas. */
export function nameOfState(value: StateValue): string {
  const paths = activePaths(value);
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`))).join(', ');
}

/** The node of a path, undefined when the machine has none. The empty path is the root. */
export function nodeAt(machine: Machine, path: string): MachineNode | undefined {
  let node: MachineNode | undefined = machine.root;
  if (path !== '') for (const key of path.split('.')) node = node?.states[key];
  return node;
}

/** Every node, outer before inner, in the order of the definition. */
export function* nodesOf(node: MachineNode): Iterable<MachineNode> {
  yield node;
  for (const key of Object.keys(node.states)) yield* nodesOf(node.states[key]!);
}

/** Path of a node below the root. */
export function pathOf(node: MachineNode): string {
  return node.path.join('.');
}

/** The events that may be sent to a machine, in the order of its definition. */
export function eventsOf(machine: Machine): string[] {
  const all = [...nodesOf(machine.root)].flatMap((node) => [...node.transitions.keys()]);
  return [...new Set(all)].filter((event) => event !== '' && event !== '*' && !event.startsWith('xstate.'));
}

/** `xstate.after.backoff.pod.CrashLoop` → the waiting node and the name of its delay. */
export function timersOf(machine: Machine): Map<string, { readonly name: string; readonly state: string }> {
  const timers = new Map<string, { readonly name: string; readonly state: string }>();
  for (const node of nodesOf(machine.root)) {
    for (const found of node.after) timers.set(found.eventType, { name: String(found.delay), state: pathOf(node) });
  }
  return timers;
}

// --- XState's pure transition.

export type Snapshot = AnyMachineSnapshot;

/** One thing a step asks for, in order: an action, or a timer to set or clear. */
export type Effect =
  | { readonly kind: 'action'; readonly name: string; readonly params: Plain; readonly event: { readonly type: string } }
  | { readonly kind: 'set'; readonly timer: string; readonly delay: number }
  | { readonly kind: 'clear'; readonly timer: string };

export interface Step {
  readonly snapshot: Snapshot;
  readonly effects: readonly Effect[];
}

/**
 * XState's own `transition()` builds an actor per call, which enters the initial state, asks its guards and costs ten times the
 * step itself. This scope, of an actor that does nothing, serves every step.
 */
const idle = createActor(createMachine({}));
const scope = {
  self: idle,
  system: idle.system,
  id: '',
  sessionId: '',
  logger: () => {},
  defer: () => {},
  emit: () => {},
  stopChild: () => {},
  actionExecutor: (_action: Executed) => {},
};

interface Executed {
  readonly type: string;
  readonly params: any;
  readonly info: { readonly event: any };
}

export function firstStep(machine: Machine): Step {
  return stepBy(() => machine.getInitialSnapshot(scope as any));
}

export function nextStep(machine: Machine, snapshot: Snapshot, event: { readonly type: string }): Step {
  return stepBy(() => machine.transition(snapshot, event, scope as any));
}

/** Every snapshot a step passes through, also those it does not rest in. */
export function passedBy(machine: Machine, snapshot: Snapshot | undefined, event: { readonly type: string }): Snapshot[] {
  const steps = snapshot === undefined ? getInitialMicrosteps(machine) : getMicrosteps(machine, snapshot, event);
  return steps.map(([passed]) => passed as Snapshot);
}

function stepBy(run: () => Snapshot): Step {
  const effects: Effect[] = [];
  const outer = scope.actionExecutor;
  scope.actionExecutor = (action) => {
    const effect = effectOf(action);
    if (effect !== undefined) effects.push(effect);
  };
  try {
    return { snapshot: run(), effects };
  } finally {
    scope.actionExecutor = outer;
  }
}

function effectOf({ type, params, info }: Executed): Effect | undefined {
  if (type === 'xstate.cancel') return { kind: 'clear', timer: params.sendId };
  if (type === 'xstate.raise') {
    // Without a delay the step itself has handled it.
    return typeof params.delay === 'number' ? { kind: 'set', timer: params.id ?? params.event.type, delay: params.delay } : undefined;
  }
  if (type.startsWith('xstate.')) throw new Error(`${type} is not for our machines: ask the owner with a named action`);
  return { kind: 'action', name: type, params, event: info.event };
}

/** A snapshot as plain data, and back. */
export function persist(machine: Machine, snapshot: Snapshot): Plain {
  return machine.getPersistedSnapshot(snapshot) as unknown as Plain;
}

export function revive(machine: Machine, persisted: Plain): Snapshot {
  return createActor(machine, { snapshot: persisted as any }).getSnapshot() as Snapshot;
}

// --- Owners and rules, checked when a runner is made.

/** Throws unless the owner answers exactly the names that `setup` declared. */
export function assertAnswered(machine: Machine, owner: AnyOwner): void {
  for (const kind of ['guards', 'actions', 'delays'] as const) {
    const named: { readonly [name: string]: unknown } = machine.implementations[kind] ?? {};
    const answers = owner[kind] ?? {};
    const missing = Object.keys(named).filter((name) => isDeclared(named[name]) && !(name in answers));
    if (missing.length > 0) throw new Error(`the owner of machine ${machine.id} lacks the ${kind} ${missing.join(', ')}`);
    const surplus = Object.keys(answers).filter((name) => !(name in named));
    if (surplus.length > 0) throw new Error(`machine ${machine.id} declares no ${kind} ${surplus.join(', ')}`);
  }
}

export function isDeclared(body: unknown): boolean {
  return typeof body === 'function' && declared.has(body);
}
