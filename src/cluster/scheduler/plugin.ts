// One opinion about where a pod may or should go. A plugin is one file in `plugins/` and one line in `plugins.ts`.
// Models: kubernetes v1.37 pkg/scheduler/framework/interface.go (PreEnqueue, PreFilter, Filter, Score, NormalizeScore)
import type { Pod } from '../kinds/pod/types.ts';
import type { NodeInfo } from './node-info.ts';

/** Why a node will not do. */
export interface Rejection {
  /** Exact texts; each counts by itself in the message. */
  readonly reasons: readonly string[];
  /** Would removing other pods help? False is UnschedulableAndUnresolvable. */
  readonly resolvable: boolean;
}

/** What plugins see during the cycle of one pod. */
export interface Cycle {
  readonly pod: Pod;
  readonly nodes: readonly NodeInfo[];
  /** Values of a node label that any node has: topology domains. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined;
  /** Does a Service, ReplicaSet or the like select the pod? Its selector, for the default spreading. */
  defaultSpreadSelector(pod: Pod): ((other: Pod) => boolean) | undefined;
  /** Computed once per cycle and plugin. */
  once<T>(name: string, compute: () => T): T;
}

export interface Plugin {
  readonly name: string;
  /** Before the queue; a text keeps the pod out of it (SchedulingGates). */
  preEnqueue?(pod: Pod): string | undefined;
  filter?(cycle: Cycle, node: NodeInfo): Rejection | undefined;
  /** Multiplies the normalised score. */
  readonly weight?: number;
  /** False when the plugin has nothing to say about this pod: its score is then 0 for all. */
  scores?(cycle: Cycle): boolean;
  /** Raw score; without `normalize` it must lie in 0…100. */
  score?(cycle: Cycle, node: NodeInfo, feasible: readonly NodeInfo[]): number;
  normalize?(scores: number[]): void;
}

/** Declares a plugin; checks nothing but types, so that a file reads as data. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/** 100·x/max, or inverted; all 0 (inverted: all 100) when max is 0. */
export function defaultNormalize(scores: number[], inverted: boolean): void {
  let max = 0;
  for (const score of scores) max = Math.max(max, score);
  for (let i = 0; i < scores.length; i++) {
    const share = max === 0 ? 0 : Math.floor((100 * scores[i]) / max);
    scores[i] = inverted ? 100 - share : share;
  }
}
