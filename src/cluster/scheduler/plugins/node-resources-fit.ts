// Enough left of everything the pod asks for? Emptier nodes score higher (LeastAllocated over cpu and memory).
import { definePlugin } from '../plugin.ts';
import { podRequests, podScoringRequests } from '../resources.ts';

const ORDER = ['cpu', 'memory', 'ephemeral-storage'];

function leastRequested(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}

export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  filter({ pod }, node) {
    const reasons: string[] = [];
    let resolvable = true;
    if (node.pods.size + 1 > (node.allocatable['pods'] ?? 110)) reasons.push('Too many pods');
    const requests = podRequests(pod.spec);
    for (const resource of [...ORDER, ...Object.keys(requests).filter((one) => !ORDER.includes(one))]) {
      const wanted = requests[resource] ?? 0;
      if (wanted === 0) continue;
      const has = node.allocatable[resource] ?? 0;
      if (wanted > has - (node.requested[resource] ?? 0)) reasons.push(`Insufficient ${resource}`);
      if (wanted > has) resolvable = false;
    }
    return reasons.length === 0 ? undefined : { reasons, resolvable };
  },
  weight: 1,
  score({ pod }, node) {
    const asked = podScoringRequests(pod.spec);
    const cpu = leastRequested(node.scoring.cpu + asked['cpu'], node.allocatable['cpu'] ?? 0);
    const memory = leastRequested(node.scoring.memory + asked['memory'], node.allocatable['memory'] ?? 0);
    return Math.floor((cpu + memory) / 2);
  },
});
