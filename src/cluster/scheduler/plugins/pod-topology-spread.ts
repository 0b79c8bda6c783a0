// Pods of one kind over the domains of a node label. Hard constraints filter, soft ones and the cluster's defaults score.
import { sameData } from '../../apimachinery/equality.ts';
import type { Node } from '../../kinds/node/node.ts';
import { selectorMatches, selectorText } from '../../kinds/pod/template.ts';
import type { Pod, TopologySpreadConstraint } from '../../kinds/pod/types.ts';
import { nodeSelectorMatches } from '../../kinds/pod/placement.ts';
import type { NodeInfo } from '../node-info.ts';
import { bounds, type Cycle, definePlugin, type Rejection } from '../plugin.ts';
import type { SpreadGroup } from '../spread-group.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** Cluster defaults, for pods that a Service or workload selects. */
const DEFAULTS: readonly { readonly topologyKey: string; readonly maxSkew: number }[] = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly group: SpreadGroup;
  /** Only nodes the pod may run on count. */
  readonly eligible: ((node: Node) => boolean) | undefined;
}

function constraintOf(cycle: Cycle, given: TopologySpreadConstraint): Constraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [], nodeAffinityPolicy } = given;
  const { spec } = cycle.pod;
  const labels = cycle.pod.metadata.labels ?? {};
  const values = matchLabelKeys.map((key) => labels[key]);
  const name = `own ${selectorText(labelSelector)} ${matchLabelKeys.map((key, i) => `${key}=${values[i]}`).join()}`;
  const group = cycle.spread(
    labelSelector,
    name,
    (other) =>
      selectorMatches(labelSelector, other.metadata.labels) && matchLabelKeys.every((key, i) => other.metadata.labels?.[key] === values[i]),
  );
  const picky = nodeAffinityPolicy !== 'Ignore' && (spec.nodeSelector !== undefined || spec.affinity?.nodeAffinity !== undefined);
  return { topologyKey, maxSkew, minDomains, group, eligible: picky ? (node) => nodeSelectorMatches(spec, node) : undefined };
}

/** Matching pods per domain, domains without any included; what the cycle changes on a node is in it. */
function domainCounts(cycle: Cycle, { topologyKey, group, eligible }: Constraint): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (eligible === undefined) {
    const found = group.domains(topologyKey);
    for (const domain of cycle.state.domains(topologyKey).keys()) counts.set(domain, found.get(domain) ?? 0);
  } else {
    for (const info of cycle.nodes) {
      const domain = info.node.metadata.labels?.[topologyKey];
      if (domain !== undefined && eligible(info.node)) counts.set(domain, (counts.get(domain) ?? 0) + group.count(info));
    }
  }
  const { changed } = cycle;
  const domain = changed?.from.node.metadata.labels?.[topologyKey];
  if (changed !== undefined && domain !== undefined && counts.has(domain)) {
    const namespace = cycle.pod.metadata.namespace;
    let now = 0;
    for (const pod of changed.to.pods.values()) {
      if (pod.metadata.namespace === namespace && pod.metadata.deletionTimestamp === undefined && group.matches(pod)) now++;
    }
    counts.set(domain, counts.get(domain)! + now - group.count(changed.from));
  }
  return counts;
}

interface Hard {
  readonly constraint: Constraint;
  readonly counts: ReadonlyMap<string, number>;
  /** Fewest in any domain; 0 while there are fewer domains than wanted. */
  readonly least: number;
  readonly self: 0 | 1;
}

const hasKind = (pod: Pod, kind: TopologySpreadConstraint['whenUnsatisfiable']): boolean =>
  pod.spec.topologySpreadConstraints?.some((one) => one.whenUnsatisfiable === kind) === true;

function hard(cycle: Cycle): readonly Hard[] {
  return cycle.once('PodTopologySpread/hard', () =>
    cycle.pod.spec
      .topologySpreadConstraints!.filter((one) => one.whenUnsatisfiable === 'DoNotSchedule')
      .map((one) => {
        const constraint = constraintOf(cycle, one);
        const counts = domainCounts(cycle, constraint);
        let least = counts.size < constraint.minDomains || counts.size === 0 ? 0 : Number.POSITIVE_INFINITY;
        for (const count of counts.values()) least = Math.min(least, count);
        return { constraint, counts, least, self: constraint.group.matches(cycle.pod) ? 1 : 0 } as const;
      }),
  );
}

interface Soft {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly weight: number;
  /** Of the domain, or for host names of the node itself. */
  count(info: NodeInfo): number | undefined;
}

function softOf(cycle: Cycle, constraint: Constraint, feasible: readonly NodeInfo[], all: boolean): Soft {
  const { topologyKey, maxSkew, group } = constraint;
  if (topologyKey === HOSTNAME) {
    return { topologyKey, maxSkew, weight: Math.log(feasible.length + 2), count: (info) => group.count(info) };
  }
  const known = cycle.state.domains(topologyKey);
  const domains = new Set<string>();
  if (known.size > 0) {
    for (const { node } of feasible) {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain !== undefined) domains.add(domain);
    }
  }
  const counts = all ? group.domains(topologyKey) : domainCounts(cycle, constraint);
  const count = ({ node }: NodeInfo): number | undefined => {
    const domain = node.metadata.labels?.[topologyKey];
    return domain === undefined ? undefined : (counts.get(domain) ?? 0);
  };
  return { topologyKey, maxSkew, weight: Math.log(domains.size + 2), count };
}

function soft(cycle: Cycle, feasible: readonly NodeInfo[]): readonly Soft[] {
  const { topologySpreadConstraints: own = [] } = cycle.pod.spec;
  if (own.length > 0) {
    return own
      .filter((one) => one.whenUnsatisfiable === 'ScheduleAnyway')
      .map((one) => constraintOf(cycle, one))
      .map((one) => softOf(cycle, one, feasible, one.eligible === undefined));
  }
  const group = cycle.defaultSpread();
  if (group === undefined) return [];
  return DEFAULTS.map(({ topologyKey, maxSkew }) =>
    softOf(cycle, { topologyKey, maxSkew, minDomains: 1, group, eligible: undefined }, feasible, true),
  );
}

/** Another pod of the same kind came, went or changed. */
const concerns = (pod: Pod, other: Pod): boolean =>
  other.metadata.namespace === pod.metadata.namespace &&
  pod.spec.topologySpreadConstraints?.some((one) => selectorMatches(one.labelSelector, other.metadata.labels)) === true;

const MISSING_LABEL: Rejection = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  resolvable: false,
};
const TOO_MANY: Rejection = { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };

export const podTopologySpread = definePlugin({
  name: 'PodTopologySpread',
  hints: {
    nodeAdded: () => true,
    nodeDeleted: () => true,
    nodeUpdated: (_pod, { node, old }) => !sameData(node.metadata.labels, old.metadata.labels),
    podAdded: (pod, { pod: other }) => concerns(pod, other),
    podDeleted: (pod, { pod: other }) => concerns(pod, other),
    podUpdated: (pod, { pod: other, old }) => concerns(pod, other) || concerns(pod, old),
  },
  filter(cycle) {
    if (!hasKind(cycle.pod, 'DoNotSchedule')) return undefined;
    const constraints = hard(cycle);
    return ({ node }) => {
      for (const { constraint, counts, least, self } of constraints) {
        const domain = node.metadata.labels?.[constraint.topologyKey];
        if (domain === undefined) return MISSING_LABEL;
        if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) return TOO_MANY;
      }
      return undefined;
    };
  },
  weight: 2,
  score(cycle, feasible) {
    const constraints = soft(cycle, feasible);
    if (constraints.length === 0) return undefined;
    return (info) => {
      let sum = 0;
      for (const { maxSkew, weight, count } of constraints) {
        const matching = count(info);
        if (matching !== undefined) sum += matching * weight + (maxSkew - 1);
      }
      return Math.round(sum);
    };
  },
  normalize(scores) {
    const { max, min } = bounds(scores);
    for (let i = 0; i < scores.length; i++) scores[i] = max === 0 ? 100 : Math.floor((100 * (max + min - scores[i])) / max);
  },
});
