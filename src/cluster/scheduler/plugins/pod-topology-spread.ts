// Pods of one kind over the domains of a node label. Hard constraints filter, soft ones and the cluster's defaults score.
import { selectorMatches } from '../../kinds/pod/template.ts';
import type { Pod, TopologySpreadConstraint } from '../../kinds/pod/types.ts';
import { nodeSelectorMatches } from '../matching.ts';
import type { NodeInfo } from '../node-info.ts';
import { type Cycle, definePlugin } from '../plugin.ts';

/** Cluster defaults, for pods that a Service or workload selects. */
const DEFAULTS: readonly { readonly topologyKey: string; readonly maxSkew: number }[] = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly matches: (pod: Pod) => boolean;
}

interface Counted extends Constraint {
  /** Matching pods per domain. */
  readonly counts: ReadonlyMap<string, number>;
}

function constraint(
  pod: Pod,
  { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
): Constraint {
  const namespace = pod.metadata.namespace;
  const labels = pod.metadata.labels ?? {};
  return {
    topologyKey,
    maxSkew,
    minDomains,
    matches: (other) =>
      other.metadata.namespace === namespace &&
      other.metadata.deletionTimestamp === undefined &&
      selectorMatches(labelSelector, other.metadata.labels) &&
      matchLabelKeys.every((key) => other.metadata.labels?.[key] === labels[key]),
  };
}

function count(cycle: Cycle, one: Constraint, counts: (node: NodeInfo) => boolean): Counted {
  const domains = new Map<string, number>();
  for (const info of cycle.nodes) {
    const domain = info.node.metadata.labels?.[one.topologyKey];
    if (domain === undefined || !counts(info)) continue;
    let matching = domains.get(domain) ?? 0;
    for (const pod of info.pods.values()) if (one.matches(pod)) matching += 1;
    domains.set(domain, matching);
  }
  return { ...one, counts: domains };
}

function hard(cycle: Cycle): readonly Counted[] {
  return cycle.once('PodTopologySpread/hard', () =>
    (cycle.pod.spec.topologySpreadConstraints ?? [])
      .filter((one) => one.whenUnsatisfiable === 'DoNotSchedule')
      .map((one) =>
        count(
          cycle,
          constraint(cycle.pod, one),
          (info) => one.nodeAffinityPolicy === 'Ignore' || nodeSelectorMatches(cycle.pod.spec, info.node),
        ),
      ),
  );
}

function soft(cycle: Cycle, feasible: readonly NodeInfo[]): readonly (Counted & { readonly weight: number })[] {
  return cycle.once('PodTopologySpread/soft', () => {
    const { pod } = cycle;
    const own = (pod.spec.topologySpreadConstraints ?? [])
      .filter((one) => one.whenUnsatisfiable === 'ScheduleAnyway')
      .map((one) => constraint(pod, one));
    const selects = pod.spec.topologySpreadConstraints?.length ? undefined : cycle.defaultSpreadSelector(pod);
    const defaults = selects === undefined ? [] : DEFAULTS.map((one) => ({ ...one, minDomains: 1, matches: selects }));
    // Defaults tolerate nodes without the label; a domain then is missing and adds nothing.
    return [...own, ...defaults].map((one) => {
      const counted = count(cycle, one, (info) => nodeSelectorMatches(pod.spec, info.node));
      const domains = new Set(
        feasible.map((info) => info.node.metadata.labels?.[one.topologyKey]).filter((domain) => domain !== undefined),
      );
      return { ...counted, weight: Math.log(domains.size + 2) };
    });
  });
}

export const podTopologySpread = definePlugin({
  name: 'PodTopologySpread',
  filter(cycle, { node }) {
    for (const { topologyKey, maxSkew, minDomains, counts, matches } of hard(cycle)) {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain === undefined)
        return { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], resolvable: false };
      const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
      const self = matches(cycle.pod) ? 1 : 0;
      if ((counts.get(domain) ?? 0) + self - (Number.isFinite(least) ? least : 0) > maxSkew) {
        return { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };
      }
    }
    return undefined;
  },
  weight: 2,
  scores: (cycle) => soft(cycle, cycle.nodes).length > 0,
  score(cycle, { node }, feasible) {
    let sum = 0;
    for (const { topologyKey, counts, maxSkew, weight } of soft(cycle, feasible)) {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain !== undefined) sum += (counts.get(domain) ?? 0) * weight + (maxSkew - 1);
    }
    return Math.round(sum);
  },
  normalize(scores) {
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    for (let i = 0; i < scores.length; i++) scores[i] = max === 0 ? 100 : Math.floor((100 * (max + min - scores[i])) / max);
  },
});
