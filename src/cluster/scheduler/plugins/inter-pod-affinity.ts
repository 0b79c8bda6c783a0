// Near some pods, away from others, by the domains of a node label.
import type { Pod, PodAffinityTerm } from '../../kinds/pod/types.ts';
import { affinityTermMatches } from '../matching.ts';
import type { NodeInfo } from '../node-info.ts';
import { type Cycle, definePlugin } from '../plugin.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const HARD_WEIGHT = 1;

const domainOf = (info: NodeInfo, key: string): string | undefined => info.node.metadata.labels?.[key];
const pair = (key: string, domain: string): string => `${key}=${domain}`;

/** Domains in which a pod matching the term runs. */
function domainsWith(cycle: Cycle, term: PodAffinityTerm): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const info of cycle.nodes) {
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
  const { pod, nodes } = cycle;
  const affinity = pod.spec.affinity;
  const refused = new Set<string>();
  for (const info of nodes) {
    if (info.antiAffine.size === 0) continue;
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
}

function weigh(cycle: Cycle): ReadonlyMap<string, number> {
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
  const picky = podAffinity?.[PREFERRED] !== undefined || podAntiAffinity?.[PREFERRED] !== undefined;
  for (const info of cycle.nodes) {
    const others = picky ? info.pods : info.affine;
    if (others.size === 0) continue;
    for (const other of others.values()) {
      wishes(cycle.pod, other, info);
      if (other.spec.affinity === undefined) continue;
      wishes(other, cycle.pod, info);
      for (const term of other.spec.affinity.podAffinity?.[REQUIRED] ?? [])
        if (affinityTermMatches(term, other, cycle.pod, cycle)) add(info, term.topologyKey, HARD_WEIGHT);
    }
  }
  return weights;
}

export const interPodAffinity = definePlugin({
  name: 'InterPodAffinity',
  filter(cycle) {
    const { near, away, refused, firstOfItsKind } = needs(cycle);
    if (near.length === 0 && away.length === 0 && refused.size === 0) return undefined;
    return (info) => {
      if (!(near.length > 0 && firstOfItsKind)) {
        for (const { term, domains } of near) {
          const domain = domainOf(info, term.topologyKey);
          if (domain === undefined || !domains.has(domain))
            return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
        }
      } else if (near.some(({ term }) => domainOf(info, term.topologyKey) === undefined)) {
        return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
      }
      for (const { term, domains } of away) {
        const domain = domainOf(info, term.topologyKey);
        if (domain !== undefined && domains.has(domain))
          return { reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
      }
      if (refused.size > 0) {
        for (const [key, value] of Object.entries(info.node.metadata.labels ?? {})) {
          if (refused.has(pair(key, value)))
            return { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true };
        }
      }
      return undefined;
    };
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
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    for (let i = 0; i < scores.length; i++) scores[i] = max === min ? 0 : Math.trunc((100 * (scores[i] - min)) / (max - min));
  },
});
