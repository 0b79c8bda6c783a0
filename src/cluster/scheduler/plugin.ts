// One opinion about where a pod may or should go. A plugin is one file in `plugins/` and one line in `plugins.ts`.
// Models: kubernetes v1.37 pkg/scheduler/framework/interface.go (PreEnqueue, PreFilter, Filter, Score, NormalizeScore)
import type { Node } from '../kinds/node/node.ts';
import type { LabelSelector, Pod } from '../kinds/pod/types.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { SpreadGroup } from './spread-group.ts';

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
  readonly state: ClusterState;
  readonly nodes: readonly NodeInfo[];
  /** A node looked at as it would be: without victims, or with pods nominated to come. */
  readonly changed?: { readonly from: NodeInfo; readonly to: NodeInfo };
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined;
  /** The pods that everything selecting this pod (Services, its workload) selects together; undefined when nothing does. */
  defaultSpread(): SpreadGroup | undefined;
  /** Pods of this pod's namespace that match (`selector` holds for all of them); `name` says which they are, for the books. */
  spread(selector: LabelSelector | undefined, name: string, matches: (pod: Pod) => boolean): SpreadGroup;
  /** Computed once per cycle and plugin. */
  once<T>(name: string, compute: () => T): T;
}

/** Something that happened in the cluster and may make room for a pod that was refused. */
export type ClusterChange =
  | { readonly type: 'nodeAdded'; readonly node: Node }
  | { readonly type: 'nodeUpdated'; readonly node: Node; readonly old: Node }
  | { readonly type: 'nodeDeleted'; readonly node: Node }
  | { readonly type: 'podAdded'; readonly pod: Pod }
  | { readonly type: 'podDeleted'; readonly pod: Pod }
  | { readonly type: 'podUpdated'; readonly pod: Pod; readonly old: Pod };

export type NodeFilter = (node: NodeInfo) => Rejection | undefined;
/** Raw score; without `normalize` it must lie in 0…100. */
export type NodeScore = (node: NodeInfo) => number;

export interface Plugin {
  readonly name: string;
  /** Before the queue; a text keeps the pod out of it (SchedulingGates). */
  preEnqueue?(pod: Pod): string | undefined;
  /** Prepared once per cycle (PreFilter), then asked node by node; undefined = nothing to say about this pod. */
  filter?(cycle: Cycle): NodeFilter | undefined;
  /** Changes after which a pod this plugin refused is worth another try (queueing hints); absent = none. */
  readonly hints?: { readonly [Type in ClusterChange['type']]?: (pod: Pod, change: Extract<ClusterChange, { type: Type }>) => boolean };
  /** Multiplies the normalised score. */
  readonly weight?: number;
  /** Prepared once per cycle (PreScore); undefined = 0 for all. */
  score?(cycle: Cycle, feasible: readonly NodeInfo[]): NodeScore | undefined;
  normalize?(scores: Float64Array): void;
}

/** Declares a plugin; checks nothing but types, so that a file reads as data. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/** 100·x/max, or inverted; all 0 (inverted: all 100) when max is 0. */
export function defaultNormalize(scores: Float64Array, inverted: boolean): void {
  let max = 0;
  for (const score of scores) max = Math.max(max, score);
  for (let i = 0; i < scores.length; i++) {
    const share = max === 0 ? 0 : Math.floor((100 * scores[i]) / max);
    scores[i] = inverted ? 100 - share : share;
  }
}

export function bounds(scores: Float64Array): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  return { min, max };
}
