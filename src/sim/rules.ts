// The rules a machine keeps so that it can be compiled: everything is named data. Numbers live in the owner's columns, not in a
// context; a machine asks with actions and is answered with events, so it invokes and spawns nothing.
import { isDeclared, type Machine, type MachineNode, nodesOf, pathOf } from './machines.ts';

/** Throws an error that lists every broken rule of the machine, with its place. */
export function assertCompilable(machine: Machine): void {
  const broken = [...brokenRules(machine)];
  if (broken.length > 0) throw new Error(`machine ${machine.id} cannot be compiled:\n${broken.map((line) => `  ${line}`).join('\n')}`);
}

/** One sentence per broken rule. */
export function* brokenRules(machine: Machine): Iterable<string> {
  if (machine.config.context !== undefined) yield 'context is not allowed: numbers live in the columns of the owner';
  for (const kind of ['guards', 'actions', 'delays'] as const) {
    for (const [name, body] of Object.entries(machine.implementations[kind] ?? {})) {
      if (!isDeclared(body)) yield `${kind}.${name} has a body: declare it with ${kind}('${name}'), its owner answers it`;
    }
  }
  for (const node of nodesOf(machine.root)) {
    const place = pathOf(node) || '(root)';
    for (const found of rulesOfNode(machine, node)) yield `${place}: ${found}`;
  }
}

function* rulesOfNode(machine: Machine, node: MachineNode): Iterable<string> {
  if (node.config.invoke !== undefined) yield 'invoke is not allowed: ask with an action, be answered with an event';
  for (const where of ['entry', 'exit'] as const)
    for (const action of listOf(node.config[where])) yield* rulesOfAction(machine, action, where);
  for (const delay of Object.keys(node.config.after ?? {})) {
    if (!Number.isNaN(Number(delay))) yield `after ${delay}: name the delay after its Kubernetes parameter`;
    else if (!(delay in machine.implementations.delays)) yield `after ${delay}: setup declares no such delay`;
  }
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  for (const found of transitions) {
    const where = found.eventType === '' ? 'always' : found.eventType;
    if (found.eventType.endsWith('.*')) yield `${where}: only the whole wildcard * is allowed`;
    for (const action of found.actions) yield* rulesOfAction(machine, action, where);
    if (found.guard !== undefined) yield* rulesOfGuard(machine, found.guard, where);
    if (typeof (found as { target?: unknown }).target === 'function') yield `${where}: the target must be data`;
  }
}

function* rulesOfAction(machine: Machine, action: any, where: string): Iterable<string> {
  if (typeof action === 'function') {
    const type: string | undefined = action.type;
    if (type === 'xstate.raise' && action.delay === undefined && typeof action.event === 'object') return;
    if (type === 'xstate.raise') yield `${where}: raise takes a plain event and no delay; wait with after`;
    else if (type === undefined) yield `${where}: inline function; name the action and let the owner answer it`;
    else yield `${where}: ${type.replace('xstate.', '')} is not allowed; use a named action`;
    return;
  }
  const name = typeof action === 'string' ? action : action.type;
  if (!(name in machine.implementations.actions)) yield `${where}: setup declares no action ${name}`;
  if (typeof action.params === 'function') yield `${where}: the params of ${name} must be data`;
}

function* rulesOfGuard(machine: Machine, guard: any, where: string): Iterable<string> {
  if (typeof guard === 'function') {
    if (!('check' in guard)) yield `${where}: inline guard; name it and let the owner answer it`;
    for (const inner of guard.guards ?? []) yield* rulesOfGuard(machine, inner, where);
    return;
  }
  const name = typeof guard === 'string' ? guard : guard.type;
  if (!(name in machine.implementations.guards)) yield `${where}: setup declares no guard ${name}`;
  if (typeof guard.params === 'function') yield `${where}: the params of ${name} must be data`;
}

function listOf(actions: unknown): readonly unknown[] {
  return actions === undefined ? [] : Array.isArray(actions) ? actions : [actions];
}
