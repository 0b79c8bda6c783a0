// One opinion about where a pod may or should go. A plugin is one file in `plugins/` and one line in `plugins.ts`.
// Models: kubernetes v1.37 pkg/scheduler/framework/interface.go (PreEnqueue, PreFilter, Filter, Score, NormalizeScore)
import type { Pod } from '../kinds/pod/types.ts';
import type { NodeInfo, PodTest } from './node-info.ts';

/** Why a node will not do. */
export interface Rejection {
  /** Exact texts; each counts by itself in the message. */
  readonly reasons: readonly string[];
  /** Would removing other pods help? False is UnschedulableAndUnresolvable. */
  readonly resolvable: boolean;
}

/** Undefined when the node will do. */
export type Filter = (node: NodeInfo) => Rejection | undefined;

/** Raw score of a node; without `normalize` it must lie in 0…100. */
export type Score = (node: NodeInfo) => number;

/** What plugins see during the cycle of one pod. */
export interface Cycle {
  readonly pod: Pod;
  /** The same list until a node comes, goes or changes its images. */
  readonly nodes: readonly NodeInfo[];
  /** Values of a node label that any node has: topology domains. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined;
  /** Does a Service, ReplicaSet or the like select the pod? Its selector, for the default spreading; the same function as long as the selectors are. */
  defaultSpreadSelector(pod: Pod): PodTest | undefined;
}

export interface Plugin {
  readonly name: string;
  /** Before the queue; a text keeps the pod out of it (SchedulingGates). */
  preEnqueue?(pod: Pod): string | undefined;
  /** Looks at the pod once and answers what to ask of every node; undefined when this pod gives it nothing to refuse. */
  filter?(cycle: Cycle): Filter | undefined;
  /** Multiplies the normalised score. */
  readonly weight?: number;
  /** Like `filter`, over the nodes that will do; undefined when it has nothing to say: its score is then 0 for all. */
  score?(cycle: Cycle, feasible: readonly NodeInfo[]): Score | undefined;
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
