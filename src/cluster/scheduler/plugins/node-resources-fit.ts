// Enough left of everything the pod asks for? Emptier nodes score higher (LeastAllocated over cpu and memory).
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { PodSpec } from '../../kinds/pod/types.ts';
import { definePlugin } from '../plugin.ts';
import { podRequests, podScoringRequests } from '../resources.ts';

const ORDER = ['cpu', 'memory', 'ephemeral-storage'];

/** What is asked for, in the order in which it is told. */
const askedInOrder = memoByIdentity((spec: PodSpec): readonly (readonly [string, number])[] => {
  const requests = podRequests(spec);
  return [...ORDER, ...Object.keys(requests).filter((one) => !ORDER.includes(one))]
    .map((resource) => [resource, requests[resource] ?? 0] as const)
    .filter(([, wanted]) => wanted !== 0);
});

function leastRequested(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}

export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  filter({ pod }) {
    const asked = askedInOrder(pod.spec);
    return (node) => {
      let reasons: string[] | undefined;
      let resolvable = true;
      if (node.pods.size + 1 > (node.allocatable['pods'] ?? 110)) reasons = ['Too many pods'];
      for (const [resource, wanted] of asked) {
        const has = node.allocatable[resource] ?? 0;
        if (wanted > has - (node.requested[resource] ?? 0)) reasons = [...(reasons ?? []), `Insufficient ${resource}`];
        if (wanted > has) resolvable = false;
      }
      return reasons === undefined ? undefined : { reasons, resolvable };
    };
  },
  weight: 1,
  score({ pod }) {
    const asked = podScoringRequests(pod.spec);
    return (node) => {
      const cpu = leastRequested(node.scoring.cpu + asked['cpu'], node.allocatable['cpu'] ?? 0);
      const memory = leastRequested(node.scoring.memory + asked['memory'], node.allocatable['memory'] ?? 0);
      return Math.floor((cpu + memory) / 2);
    };
  },
});
