// Pods of one kind over the domains of a node label. Hard constraints filter, soft ones and the cluster's defaults score.
import { memoByIdentity } from '../../apimachinery/memo.ts';
import { selectorMatches } from '../../kinds/pod/template.ts';
import type { Pod, TopologySpreadConstraint } from '../../kinds/pod/types.ts';
import { nodeSelectorMatches } from '../matching.ts';
import type { NodeInfo, PodTest } from '../node-info.ts';
import { type Cycle, definePlugin, type Score } from '../plugin.ts';

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
  readonly matches: PodTest;
}

interface Counted extends Constraint {
  /** Matching pods per domain. */
  readonly counts: ReadonlyMap<string, number>;
}

const testsOf = memoByIdentity((_constraint: TopologySpreadConstraint) => new Map<string, PodTest>());

/** The same function for all pods of one template, so that nodes can keep their counts by it. */
function testOf(pod: Pod, one: TopologySpreadConstraint): PodTest {
  const { labelSelector, matchLabelKeys = [] } = one;
  const { namespace = '', labels = {} } = pod.metadata;
  const tests = testsOf(one);
  const key = [namespace, ...matchLabelKeys.map((name) => labels[name] ?? ' ')].join('/');
  const known = tests.get(key);
  if (known !== undefined) return known;
  const fresh: PodTest = ({ metadata }) =>
    metadata.namespace === namespace &&
    metadata.deletionTimestamp === undefined &&
    selectorMatches(labelSelector, metadata.labels) &&
    matchLabelKeys.every((name) => metadata.labels?.[name] === labels[name]);
  tests.set(key, fresh);
  return fresh;
}

function constraint(pod: Pod, one: TopologySpreadConstraint): Constraint {
  const { topologyKey, maxSkew, minDomains = 1 } = one;
  return { topologyKey, maxSkew, minDomains, matches: testOf(pod, one) };
}

function count(cycle: Cycle, one: Constraint, counts: (node: NodeInfo) => boolean): Counted {
  const domains = new Map<string, number>();
  for (const info of cycle.nodes) {
    const domain = info.node.metadata.labels?.[one.topologyKey];
    if (domain === undefined || !counts(info)) continue;
    domains.set(domain, (domains.get(domain) ?? 0) + info.tally(one.matches));
  }
  return { ...one, counts: domains };
}

function hard(cycle: Cycle): readonly Counted[] {
  return (cycle.pod.spec.topologySpreadConstraints ?? [])
    .filter((one) => one.whenUnsatisfiable === 'DoNotSchedule')
    .map((one) =>
      count(
        cycle,
        constraint(cycle.pod, one),
        (info) => one.nodeAffinityPolicy === 'Ignore' || nodeSelectorMatches(cycle.pod.spec, info.node),
      ),
    );
}

function soft(cycle: Cycle): readonly Constraint[] {
  const { pod } = cycle;
  const { topologySpreadConstraints: all = [] } = pod.spec;
  if (all.length > 0) return all.filter((one) => one.whenUnsatisfiable === 'ScheduleAnyway').map((one) => constraint(pod, one));
  const matches = cycle.defaultSpreadSelector(pod);
  return matches === undefined ? [] : DEFAULTS.map((one) => ({ ...one, minDomains: 1, matches }));
}

/** What a constraint adds to a node's raw score. A node without the label is in no domain, and nothing is added. */
function scoreOf(cycle: Cycle, one: Constraint, feasible: readonly NodeInfo[]): Score | undefined {
  const { topologyKey, maxSkew, matches } = one;
  const domains = new Set<string>();
  for (const { node } of feasible) {
    const domain = node.metadata.labels?.[topologyKey];
    if (domain !== undefined) domains.add(domain);
  }
  if (domains.size === 0) return undefined;
  const weight = Math.log(domains.size + 2);
  // A host is one node: nothing needs to be added up over the others.
  if (topologyKey === HOSTNAME)
    return (info) => (info.node.metadata.labels?.[HOSTNAME] === undefined ? 0 : info.tally(matches) * weight + (maxSkew - 1));
  const { counts } = count(cycle, one, (info) => nodeSelectorMatches(cycle.pod.spec, info.node));
  return ({ node }) => {
    const domain = node.metadata.labels?.[topologyKey];
    return domain === undefined ? 0 : (counts.get(domain) ?? 0) * weight + (maxSkew - 1);
  };
}

export const podTopologySpread = definePlugin({
  name: 'PodTopologySpread',
  filter(cycle) {
    const constraints = hard(cycle).map((one) => {
      const least = one.counts.size < one.minDomains ? 0 : Math.min(...one.counts.values());
      return { ...one, least: Number.isFinite(least) ? least : 0, self: one.matches(cycle.pod) ? 1 : 0 };
    });
    if (constraints.length === 0) return undefined;
    return ({ node }) => {
      for (const { topologyKey, maxSkew, counts, least, self } of constraints) {
        const domain = node.metadata.labels?.[topologyKey];
        if (domain === undefined)
          return { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], resolvable: false };
        if ((counts.get(domain) ?? 0) + self - least > maxSkew)
          return { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };
      }
      return undefined;
    };
  },
  weight: 2,
  score(cycle, feasible) {
    const constraints = soft(cycle);
    if (constraints.length === 0) return undefined;
    const scores = constraints.map((one) => scoreOf(cycle, one, feasible)).filter((one) => one !== undefined);
    return (info) => {
      let sum = 0;
      for (const score of scores) sum += score(info);
      return Math.round(sum);
    };
  },
  normalize(scores) {
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    for (let i = 0; i < scores.length; i++) scores[i] = max === 0 ? 100 : Math.floor((100 * (max + min - scores[i])) / max);
  },
});
