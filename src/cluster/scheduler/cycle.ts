// One pod through all plugins: which nodes will do, which of them is best, and what to say when none will.
// Models: kubernetes v1.37 pkg/scheduler/schedule_one.go (findNodesThatFitPod, prioritizeNodes, selectHost), framework/types.go FitError
import type { RandomStream } from '../../sim/random.ts';
import type { Pod } from '../kinds/pod/types.ts';
import type { NodeInfo } from './node-info.ts';
import type { Cycle, NodeFilter, Plugin, Rejection } from './plugin.ts';

/** Below this many nodes all are looked at. */
const MIN_FEASIBLE = 100;
const MIN_PERCENT = 5;

/** How many feasible nodes are enough before scoring begins. */
export function nodesToFind(total: number): number {
  if (total < MIN_FEASIBLE) return total;
  const percent = Math.max(MIN_PERCENT, Math.trunc(50 - total / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc((total * percent) / 100));
}

export interface Verdicts {
  readonly feasible: readonly NodeInfo[];
  /** Node name → the plugin that refused it, and why. */
  readonly rejected: ReadonlyMap<string, { readonly plugin: string; readonly rejection: Rejection }>;
  /** Nodes looked at, for the next cycle's start. */
  readonly looked: number;
}

/** Node name → key → pod that preempted others there and waits for them to go. */
export type Nominations = ReadonlyMap<string, ReadonlyMap<string, Pod>>;

/** A filter of a plugin, prepared for one pod. */
interface Prepared {
  readonly plugin: string;
  readonly filter: NodeFilter;
}

export function prepareFilters(cycle: Cycle, plugins: readonly Plugin[]): readonly Prepared[] {
  const prepared: Prepared[] = [];
  for (const plugin of plugins) {
    const filter = plugin.filter?.(cycle);
    if (filter !== undefined) prepared.push({ plugin: plugin.name, filter });
  }
  return prepared;
}

/** Asks from node `start` on, round robin, until enough will do. */
export function filterNodes(cycle: Cycle, plugins: readonly Plugin[], start: number, nominations: Nominations): Verdicts {
  const { nodes } = cycle;
  const enough = nodesToFind(nodes.length);
  const filters = prepareFilters(cycle, plugins);
  const feasible: NodeInfo[] = [];
  const rejected = new Map<string, { plugin: string; rejection: Rejection }>();
  let looked = 0;
  let at = start;
  for (; looked < nodes.length && feasible.length < enough; looked++) {
    const node = nodes[at]!;
    at = at + 1 === nodes.length ? 0 : at + 1;
    const verdict = (nominations.size === 0 ? undefined : judgeWithNominated(cycle, plugins, node, nominations)) ?? judge(filters, node);
    if (verdict === undefined) feasible.push(node);
    else rejected.set(node.node.metadata.name, verdict);
  }
  return { feasible, rejected, looked };
}

/** As if pods of at least the same priority that are nominated to the node were there; the caller also asks without them. */
function judgeWithNominated(cycle: Cycle, plugins: readonly Plugin[], node: NodeInfo, nominations: Nominations) {
  const coming = nominations.get(node.node.metadata.name);
  if (coming === undefined) return undefined;
  const rivals = new Map(
    [...coming].filter(([, pod]) => pod.metadata.uid !== cycle.pod.metadata.uid && priorityOf(pod) >= priorityOf(cycle.pod)),
  );
  if (rivals.size === 0) return undefined;
  const to = node.changed(NONE, rivals);
  return judge(prepareFilters({ ...cycle, changed: { from: node, to }, once: freshMemo() }, plugins), to);
}

const NONE: ReadonlySet<string> = new Set();
export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/** Remembers what plugins computed for one cycle. */
export function freshMemo(): Cycle['once'] {
  const memo = new Map<string, unknown>();
  return <T>(name: string, compute: () => T): T => {
    if (!memo.has(name)) memo.set(name, compute());
    return memo.get(name) as T;
  };
}

/** The first plugin that refuses the node. */
export function judge(filters: readonly Prepared[], node: NodeInfo): { plugin: string; rejection: Rejection } | undefined {
  for (const { plugin, filter } of filters) {
    const rejection = filter(node);
    if (rejection !== undefined) return { plugin, rejection };
  }
  return undefined;
}

export interface Choice {
  readonly node: NodeInfo;
  /** Weighted sum per node, in the order of `feasible`. */
  readonly totals: Float64Array;
  /** Plugin → weighted scores in the same order. */
  readonly scores: Readonly<Record<string, Float64Array>>;
}

/** Highest sum; among equals one at random, each as likely. */
export function chooseNode(cycle: Cycle, plugins: readonly Plugin[], feasible: readonly NodeInfo[], random: RandomStream): Choice {
  const count = feasible.length;
  const totals = new Float64Array(count);
  if (count === 1) return { node: feasible[0]!, totals, scores: {} };
  const scores: Record<string, Float64Array> = {};
  for (const plugin of plugins) {
    const score = plugin.score?.(cycle, feasible);
    if (score === undefined) continue;
    const raw = new Float64Array(count);
    for (let i = 0; i < count; i++) raw[i] = score(feasible[i]!);
    plugin.normalize?.(raw);
    const weight = plugin.weight ?? 1;
    for (let i = 0; i < count; i++) {
      raw[i]! *= weight;
      totals[i]! += raw[i]!;
    }
    scores[plugin.name] = raw;
  }
  let best = 0;
  let equals = 1;
  for (let i = 1; i < totals.length; i++) {
    if (totals[i] > totals[best]) {
      best = i;
      equals = 1;
    } else if (totals[i] === totals[best]) {
      equals += 1;
      if (random.below(equals) === 0) best = i;
    }
  }
  return { node: feasible[best], totals, scores };
}

/** `1 Insufficient cpu, 2 node(s) had untolerated taint(s)`: counts first, sorted as text. */
export function histogram(reasons: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join(', ');
}
