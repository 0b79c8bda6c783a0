// Near some pods, away from others, by the domains of a node label.
import type { Pod, PodAffinityTerm } from '../../kinds/pod/types.ts';
import { sameData } from '../../apimachinery/equality.ts';
import { selectorMatches } from '../../kinds/pod/template.ts';
import { affinityTermMatches } from '../matching.ts';
import type { NodeInfo } from '../node-info.ts';
import { bounds, type Cycle, definePlugin, type Rejection } from '../plugin.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const HARD_WEIGHT = 1;

const domainOf = (info: NodeInfo, key: string): string | undefined => info.node.metadata.labels?.[key];
const pair = (key: string, domain: string): string => `${key}=${domain}`;

/** Nodes as this cycle looks at them. */
function* seen({ changed }: Cycle, nodes: Iterable<NodeInfo>): Iterable<NodeInfo> {
  for (const info of nodes) yield changed?.from === info ? changed.to : info;
}

/** Domains in which a pod matching the term runs. */
function domainsWith(cycle: Cycle, term: PodAffinityTerm): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const info of seen(cycle, cycle.nodes)) {
    const domain = domainOf(info, term.topologyKey);
    if (domain === undefined || domains.has(domain)) continue;
    for (const pod of info.pods.values()) {
      if (!affinityTermMatches(term, cycle.pod, pod, cycle)) continue;
      domains.add(domain);
      break;
    }
  }
  return domains;
}

interface Needs {
  readonly near: readonly { readonly term: PodAffinityTerm; readonly domains: ReadonlySet<string> }[];
  readonly away: readonly { readonly term: PodAffinityTerm; readonly domains: ReadonlySet<string> }[];
  /** Domains where an existing pod does not want the newcomer. */
  readonly refused: ReadonlySet<string>;
  readonly firstOfItsKind: boolean;
}

function needs(cycle: Cycle): Needs {
  return cycle.once('InterPodAffinity/needs', () => {
    const { pod, state } = cycle;
    const affinity = pod.spec.affinity;
    const refused = new Set<string>();
    for (const info of seen(cycle, state.antiAffine)) {
      for (const other of info.antiAffine.values()) {
        for (const term of other.spec.affinity?.podAntiAffinity?.[REQUIRED] ?? []) {
          const domain = domainOf(info, term.topologyKey);
          if (domain !== undefined && affinityTermMatches(term, other, pod, cycle)) refused.add(pair(term.topologyKey, domain));
        }
      }
    }
    const near = (affinity?.podAffinity?.[REQUIRED] ?? []).map((term) => ({ term, domains: domainsWith(cycle, term) }));
    const away = (affinity?.podAntiAffinity?.[REQUIRED] ?? []).map((term) => ({ term, domains: domainsWith(cycle, term) }));
    const firstOfItsKind = near.every(({ term, domains }) => domains.size === 0 && affinityTermMatches(term, pod, pod, cycle));
    return { near, away, refused, firstOfItsKind };
  });
}

function weigh(cycle: Cycle): ReadonlyMap<string, number> {
  return cycle.once('InterPodAffinity/weights', () => {
    const weights = new Map<string, number>();
    const add = (info: NodeInfo, key: string, weight: number): void => {
      const domain = domainOf(info, key);
      if (domain !== undefined) weights.set(pair(key, domain), (weights.get(pair(key, domain)) ?? 0) + weight);
    };
    const wishes = (owner: Pod, other: Pod, info: NodeInfo): void => {
      const affinity = owner.spec.affinity;
      for (const { weight, podAffinityTerm: term } of affinity?.podAffinity?.[PREFERRED] ?? [])
        if (affinityTermMatches(term, owner, other, cycle)) add(info, term.topologyKey, weight);
      for (const { weight, podAffinityTerm: term } of affinity?.podAntiAffinity?.[PREFERRED] ?? [])
        if (affinityTermMatches(term, owner, other, cycle)) add(info, term.topologyKey, -weight);
    };
    const { podAffinity, podAntiAffinity } = cycle.pod.spec.affinity ?? {};
    const choosy = (podAffinity?.[PREFERRED]?.length ?? 0) + (podAntiAffinity?.[PREFERRED]?.length ?? 0) > 0;
    for (const info of choosy ? cycle.nodes : cycle.state.affine) {
      for (const other of (choosy ? info.pods : info.affine).values()) {
        wishes(cycle.pod, other, info);
        if (other.spec.affinity === undefined) continue;
        wishes(other, cycle.pod, info);
        for (const term of other.spec.affinity.podAffinity?.[REQUIRED] ?? [])
          if (affinityTermMatches(term, other, cycle.pod, cycle)) add(info, term.topologyKey, HARD_WEIGHT);
      }
    }
    return weights;
  });
}

/** Does any required term of the pod, or the other's against it, name the two? Namespaces selected by labels count as named. */
function concerns(pod: Pod, other: Pod): boolean {
  const near = pod.spec.affinity?.podAffinity?.[REQUIRED] ?? [];
  const away = pod.spec.affinity?.podAntiAffinity?.[REQUIRED] ?? [];
  return [...near, ...away].some((term) => selectorMatches(term.labelSelector, other.metadata.labels));
}

const refuses = (other: Pod, pod: Pod): boolean =>
  (other.spec.affinity?.podAntiAffinity?.[REQUIRED] ?? []).some((term) => selectorMatches(term.labelSelector, pod.metadata.labels));

function refusal({ near, away, refused, firstOfItsKind }: Needs, info: NodeInfo): Rejection | undefined {
  if (!(near.length > 0 && firstOfItsKind)) {
    for (const { term, domains } of near) {
      const domain = domainOf(info, term.topologyKey);
      if (domain === undefined || !domains.has(domain)) return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
    }
  } else if (near.some(({ term }) => domainOf(info, term.topologyKey) === undefined)) {
    return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
  }
  for (const { term, domains } of away) {
    const domain = domainOf(info, term.topologyKey);
    if (domain !== undefined && domains.has(domain)) return { reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
  }
  if (refused.size > 0) {
    for (const [key, value] of Object.entries(info.node.metadata.labels ?? {})) {
      if (refused.has(pair(key, value))) return { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true };
    }
  }
  return undefined;
}

export const interPodAffinity = definePlugin({
  name: 'InterPodAffinity',
  hints: {
    nodeAdded: () => true,
    nodeUpdated: (_pod, { node, old }) => !sameData(node.metadata.labels, old.metadata.labels),
    podAdded: (pod, { pod: other }) => concerns(pod, other),
    podDeleted: (pod, { pod: other }) => concerns(pod, other) || refuses(other, pod),
    podUpdated: (pod, { pod: other, old }) => concerns(pod, other) || concerns(pod, old),
  },
  filter(cycle) {
    const { podAffinity, podAntiAffinity } = cycle.pod.spec.affinity ?? {};
    if (podAffinity === undefined && podAntiAffinity === undefined && cycle.state.antiAffine.size === 0) return undefined;
    const needed = needs(cycle);
    return (info) => refusal(needed, info);
  },
  weight: 2,
  score(cycle) {
    const weights = weigh(cycle);
    if (weights.size === 0) return undefined;
    return (info) => {
      let sum = 0;
      for (const [key, value] of Object.entries(info.node.metadata.labels ?? {})) sum += weights.get(pair(key, value)) ?? 0;
      return sum;
    };
  },
  normalize(scores) {
    const { max, min } = bounds(scores);
    for (let i = 0; i < scores.length; i++) scores[i] = max === min ? 0 : Math.trunc((100 * (scores[i] - min)) / (max - min));
  },
});
