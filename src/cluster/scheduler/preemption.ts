// When no node will do: could one, if pods of lower priority went away?
// Models: kubernetes v1.37 pkg/scheduler/framework/preemption, plugins/defaultpreemption
// Simplified: PodDisruptionBudgets are not weighed when victims are chosen.
import type { Pod } from '../kinds/pod/types.ts';
import { freshMemo, histogram, judge, prepareFilters, priorityOf, type Verdicts } from './cycle.ts';
import type { NodeInfo } from './node-info.ts';
import type { Cycle, Plugin } from './plugin.ts';

export interface Preemption {
  /** Second sentence of the FailedScheduling message. */
  readonly message: string;
  readonly nominated?: NodeInfo;
  readonly victims: readonly Pod[];
}

const NOBODY: ReadonlyMap<string, Pod> = new Map();

interface Candidate {
  readonly info: NodeInfo;
  readonly victims: readonly Pod[];
}

/** The fewest victims of a node: all lower ones out, then as many back as fit, most important first. */
function victimsOn(cycle: Cycle, plugins: readonly Plugin[], info: NodeInfo): readonly Pod[] | undefined {
  const lower = [...info.pods].filter(([, pod]) => priorityOf(pod) < priorityOf(cycle.pod));
  if (lower.length === 0) return undefined;
  const gone = new Set(lower.map(([key]) => key));
  const fits = (): boolean => {
    const left = info.changed(gone, NOBODY);
    const filters = prepareFilters({ ...cycle, changed: { from: info, to: left }, once: freshMemo() }, plugins);
    return judge(filters, left) === undefined;
  };
  if (!fits()) return undefined;
  lower.sort(([, a], [, b]) => priorityOf(b) - priorityOf(a) || (a.status.startTime ?? '').localeCompare(b.status.startTime ?? ''));
  const victims: Pod[] = [];
  for (const [key, pod] of lower) {
    gone.delete(key);
    if (fits()) continue;
    gone.add(key);
    victims.push(pod);
  }
  return victims;
}

function better(a: Candidate, b: Candidate): boolean {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priorityOf));
  const sum = ({ victims }: Candidate): number => victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0);
  if (highest(a) !== highest(b)) return highest(a) < highest(b);
  if (sum(a) !== sum(b)) return sum(a) < sum(b);
  return a.victims.length < b.victims.length;
}

export function preempt(cycle: Cycle, plugins: readonly Plugin[], { rejected }: Verdicts): Preemption {
  const total = cycle.nodes.length;
  const { pod } = cycle;
  if (pod.spec.preemptionPolicy === 'Never') return { message: 'preemption: not eligible due to preemptionPolicy=Never.', victims: [] };
  const nominated = cycle.nodes.find((info) => info.node.metadata.name === pod.status.nominatedNodeName);
  const leaving =
    nominated === undefined
      ? false
      : [...nominated.pods.values()].some((other) => other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod));
  if (leaving) return { message: 'preemption: not eligible due to a terminating pod on the nominated node.', victims: [] };
  const reasons: string[] = [];
  let best: Candidate | undefined;
  for (const info of cycle.nodes) {
    const verdict = rejected.get(info.node.metadata.name);
    if (verdict?.rejection.resolvable !== true) {
      reasons.push('Preemption is not helpful for scheduling');
      continue;
    }
    const victims = victimsOn(cycle, plugins, info);
    if (victims === undefined) reasons.push('No preemption victims found for incoming pod');
    else if (best === undefined || better({ info, victims }, best)) best = { info, victims };
  }
  if (best === undefined) return { message: `preemption: 0/${total} nodes are available: ${histogram(reasons)}.`, victims: [] };
  const { info, victims } = best;
  return {
    message: `preemption: found a potential placement for pod on node ${info.node.metadata.name}, preempting ${victims.length} victims`,
    nominated: info,
    victims,
  };
}
