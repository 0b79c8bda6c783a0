// One pod through all plugins: which nodes will do, which of them is best, and what to say when none will.
// Models: kubernetes v1.37 pkg/scheduler/schedule_one.go (findNodesThatFitPod, prioritizeNodes, selectHost), framework/types.go FitError
import type { RandomStream } from '../../sim/random.ts';
import type { NodeInfo } from './node-info.ts';
import type { Cycle, Filter, Plugin, Rejection } from './plugin.ts';

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

/** Asks from node `start` on, round robin, until enough will do. */
export function filterNodes(cycle: Cycle, plugins: readonly Plugin[], start: number): Verdicts {
  const { nodes } = cycle;
  const filters = filtersFor(cycle, plugins);
  const enough = nodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const rejected = new Map<string, { plugin: string; rejection: Rejection }>();
  let looked = 0;
  for (; looked < nodes.length && feasible.length < enough; looked++) {
    const node = nodes[(start + looked) % nodes.length];
    const verdict = judge(filters, node);
    if (verdict === undefined) feasible.push(node);
    else rejected.set(node.node.metadata.name, verdict);
  }
  return { feasible, rejected, looked };
}

interface NamedFilter {
  readonly plugin: string;
  readonly filter: Filter;
}

/** Those of the plugins that have anything to refuse for this pod, in their order. */
export function filtersFor(cycle: Cycle, plugins: readonly Plugin[]): readonly NamedFilter[] {
  const filters: NamedFilter[] = [];
  for (const plugin of plugins) {
    const filter = plugin.filter?.(cycle);
    if (filter !== undefined) filters.push({ plugin: plugin.name, filter });
  }
  return filters;
}

/** The first plugin that refuses the node. */
export function judge(filters: readonly NamedFilter[], node: NodeInfo): { plugin: string; rejection: Rejection } | undefined {
  for (const { plugin, filter } of filters) {
    const rejection = filter(node);
    if (rejection !== undefined) return { plugin, rejection };
  }
  return undefined;
}

export interface Choice {
  readonly node: NodeInfo;
  /** Weighted sum per node, in the order of `feasible`. */
  readonly totals: readonly number[];
  /** Plugin → weighted scores in the same order. */
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

/** Highest sum; among equals one at random, each as likely. */
export function chooseNode(cycle: Cycle, plugins: readonly Plugin[], feasible: readonly NodeInfo[], random: RandomStream): Choice {
  if (feasible.length === 1) return { node: feasible[0], totals: [0], scores: {} };
  const totals: number[] = new Array(feasible.length).fill(0);
  const scores: Record<string, readonly number[]> = {};
  for (const plugin of plugins) {
    const score = plugin.score?.(cycle, feasible);
    if (score === undefined) continue;
    const raw: number[] = new Array(feasible.length);
    for (let i = 0; i < raw.length; i++) raw[i] = score(feasible[i]);
    plugin.normalize?.(raw);
    const weight = plugin.weight ?? 1;
    for (let i = 0; i < raw.length; i++) {
      raw[i] *= weight;
      totals[i] += raw[i];
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
