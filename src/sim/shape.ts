// What a machine looks like, as plain data: for the page, which draws nested boxes and never imports a machine, for the Mermaid
// diagram beside each machine file, and for the tests that walk every path of a chart.
import { type Machine, type MachineNode, nodesOf, pathOf } from './machines.ts';
import { ASK, compile, type MachineTable, MOVE, NOTHING, visitedPaths } from './table.ts';

export interface TransitionShape {
  /** `IMAGE_PULLED`; `after crashLoopBackOff`; `always`; `done` when the state's inner states ended. */
  readonly event: string;
  /** The delay's name when time is the event. */
  readonly delay?: string;
  /** In words: `even and not lucky`. */
  readonly guard?: string;
  /** Paths of the states it enters; empty when it stays and only acts. */
  readonly targets: readonly string[];
  readonly actions: readonly string[];
  /** Leaves its own state and enters it again. */
  readonly reenter?: true;
}

export interface StateShape {
  /** Last part of the path. */
  readonly key: string;
  /** `Waiting.Pulling`; empty for the root. */
  readonly path: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Path of the inner state entered first. */
  readonly initial?: string;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** In the order in which they are tried. */
  readonly transitions: readonly TransitionShape[];
  readonly states: readonly StateShape[];
}

export interface MachineShape {
  readonly id: string;
  readonly root: StateShape;
}

const shapes = new WeakMap<Machine, MachineShape>();

/** The shape of a machine; the same object for the same machine. */
export function shapeOf(machine: Machine): MachineShape {
  let shape = shapes.get(machine);
  if (shape === undefined) {
    shape = { id: machine.id, root: stateShape(machine.root) };
    shapes.set(machine, shape);
  }
  return shape;
}

function stateShape(node: MachineNode): StateShape {
  const initial = node.type === 'compound' ? node.initial?.target?.[0] : undefined;
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  return {
    key: node.key,
    path: pathOf(node),
    type: node.type,
    ...(initial === undefined ? {} : { initial: pathOf(initial) }),
    entry: namesOf(node.entry),
    exit: namesOf(node.exit),
    transitions: transitions.map((transition) => transitionShape(node, transition)),
    states: Object.values(node.states).map((inner) => stateShape(inner)),
  };
}

function transitionShape(node: MachineNode, transition: any): TransitionShape {
  const { eventType, delay, guard, target, actions, reenter } = transition;
  const done = eventType === `xstate.done.state.${node.id}`;
  return {
    event: delay !== undefined ? `after ${delay}` : done ? 'done' : eventType === '' ? 'always' : eventType,
    ...(delay === undefined ? {} : { delay: String(delay) }),
    ...(guard === undefined ? {} : { guard: guardInWords(guard) }),
    targets: (target ?? []).map((entered: MachineNode) => pathOf(entered)),
    actions: namesOf(actions),
    ...(reenter ? { reenter: true as const } : {}),
  };
}

/** Names of actions; what XState adds for timers is left out. */
function namesOf(actions: readonly any[]): string[] {
  return actions.flatMap((action) => {
    if (typeof action === 'string') return [action];
    if (typeof action !== 'function') return [withParams(action.type, action.params)];
    if (action.type === 'xstate.raise' && action.delay === undefined) return [`raise ${action.event.type}`];
    return action.type === 'xstate.raise' || action.type === 'xstate.cancel' ? [] : [action.type ?? action.name];
  });
}

function guardInWords(guard: any): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard !== 'function') return withParams(guard.type, guard.params);
  const inner: string[] = (guard.guards ?? []).map((part: any) =>
    part.guards?.length > 1 ? `(${guardInWords(part)})` : guardInWords(part),
  );
  if (guard.name === 'not') return `not ${inner[0]}`;
  if (guard.stateValue !== undefined) return `in ${inPath(guard.stateValue)}`;
  return inner.length > 0 ? inner.join(` ${guard.name} `) : guard.name;
}

function inPath(value: string | { readonly [key: string]: any }): string {
  if (typeof value === 'string') return value.replace(/^#/, '');
  return Object.entries(value)
    .map(([key, inner]) => `${key}.${inPath(inner)}`)
    .join(' and ');
}

function withParams(name: string, params: unknown): string {
  if (params === undefined) return name;
  const fields = Object.values(params as object).map(String);
  return `${name}(${fields.join(', ')})`;
}

// --- Mermaid

/** A `stateDiagram-v2` of the machine, the golden `.mmd` beside its file. */
export function toMermaid(machine: Machine): string {
  const { id, root } = shapeOf(machine);
  const lines = ['stateDiagram-v2'];
  // Mermaid has no outermost state; the root gets a box only when it has something of its own to show.
  if (root.transitions.length > 0 || root.type === 'parallel') drawState({ ...root, key: id }, id, '  ', lines);
  else drawInside(root, id, '  ', lines);
  const edges = (state: StateShape): void => {
    for (const transition of state.transitions) drawTransition(state, transition, id, lines);
    for (const inner of state.states) edges(inner);
  };
  edges(root);
  return `${lines.join('\n')}\n`;
}

function drawState(state: StateShape, id: string, indent: string, lines: string[]): void {
  const name = mermaidId(state.path, id);
  const caption = state.type === 'history' ? 'H' : state.key;
  if (state.states.length === 0) lines.push(`${indent}state "${caption}" as ${name}`);
  else {
    lines.push(`${indent}state "${caption}" as ${name} {`);
    drawInside(state, id, `${indent}  `, lines);
    lines.push(`${indent}}`);
  }
  for (const action of state.entry) lines.push(`${indent}${name} : entry / ${action}`);
  for (const action of state.exit) lines.push(`${indent}${name} : exit / ${action}`);
}

function drawInside(state: StateShape, id: string, indent: string, lines: string[]): void {
  if (state.initial !== undefined) lines.push(`${indent}[*] --> ${mermaidId(state.initial, id)}`);
  for (const [index, inner] of state.states.entries()) {
    if (index > 0 && state.type === 'parallel') lines.push(`${indent}--`);
    drawState(inner, id, indent, lines);
    if (inner.type === 'final') lines.push(`${indent}${mermaidId(inner.path, id)} --> [*]`);
  }
}

function drawTransition(state: StateShape, transition: TransitionShape, id: string, lines: string[]): void {
  const source = mermaidId(state.path, id);
  const event = transition.event === 'always' ? '' : transition.event;
  const guard = transition.guard === undefined ? '' : `[${transition.guard}]`;
  const actions = transition.actions.length === 0 ? '' : `/ ${transition.actions.join(', ')}`;
  const label = [event, guard, actions].filter((part) => part !== '').join(' ');
  if (transition.targets.length === 0) lines.push(`  ${source} : ${label}`);
  for (const target of transition.targets) lines.push(`  ${source} --> ${mermaidId(target, id)}${label === '' ? '' : ` : ${label}`}`);
}

function mermaidId(path: string, id: string): string {
  return (path === '' ? id : path).replaceAll(/[^A-Za-z0-9]/g, '_');
}

// --- Paths

/** Paths of the innermost states that no sequence of events and guard outcomes reaches. A test wants this to be empty. */
export function unreachableLeaves(machine: Machine): string[] {
  const visited = visitedPaths(machine);
  return leavesOf(machine).filter((path) => !visited.has(path));
}

/** Paths of the innermost states, history left out. */
export function leavesOf(machine: Machine): string[] {
  return [...nodesOf(machine.root)].filter((node) => node.type === 'atomic' || node.type === 'final').map((node) => pathOf(node));
}

/** A shortest way to where a state is active: events to send, with `after <delay>` where time must pass. Undefined if it never rests there. */
export function eventsTo(machine: Machine, path: string): string[] | undefined {
  const table = compile(machine);
  const active = table.active.get(path);
  if (active === undefined) throw new Error(`machine ${machine.id} has no state ${path}`);
  const names = table.events.map((event) => {
    const timer = table.timers.find((candidate) => candidate.event === event);
    return timer === undefined ? event : `after ${timer.delay}`;
  });
  const ways = new Map<number, string[]>(landings(table, table.start).map((state) => [state, []]));
  for (const [state, way] of ways) {
    if (active[state] === 1) return way;
    for (let event = 0; event < names.length; event++) {
      const program = table.entry[state * names.length + event]!;
      if (program === NOTHING) continue;
      for (const next of landings(table, program)) if (!ways.has(next)) ways.set(next, [...way, names[event]!]);
    }
  }
  return undefined;
}

/** States a program can move to. */
function landings({ code }: MachineTable, program: number): number[] {
  const open = [program];
  const found: number[] = [];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (code[at] === MOVE) found.push(code[at + 1]!);
    else if (code[at] === ASK) open.push(at + 3 + code[at + 2]!, at + 3);
  }
  return found;
}
