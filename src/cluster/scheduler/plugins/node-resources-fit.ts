// Enough left of everything the pod asks for? Emptier nodes score higher (LeastAllocated over cpu and memory).
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { Node } from '../../kinds/node/node.ts';
import type { Pod, PodSpec } from '../../kinds/pod/types.ts';
import type { NodeInfo } from '../node-info.ts';
import { definePlugin } from '../plugin.ts';
import { amountsOf, podRequests, podScoringRequests } from '../resources.ts';

const ORDER = ['cpu', 'memory', 'ephemeral-storage'];

function leastRequested(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}

/** What the pod asks for, in the order refusals are told. */
const wants = memoByIdentity((spec: PodSpec): readonly (readonly [string, number])[] => {
  const requests = podRequests(spec);
  const names = [...ORDER, ...Object.keys(requests).filter((one) => !ORDER.includes(one))];
  return names.map((name) => [name, requests[name] ?? 0] as const).filter(([, wanted]) => wanted > 0);
});

function fits({ spec }: Pod, { pods, allocatable, requested }: NodeInfo): boolean {
  if (pods.size + 1 > (allocatable['pods'] ?? 110)) return false;
  for (const [resource, wanted] of wants(spec)) if (wanted > (allocatable[resource] ?? 0) - (requested[resource] ?? 0)) return false;
  return true;
}

/** Would the pod fit were the node empty? */
function hasRoom({ spec }: Pod, { status }: Node): boolean {
  const allocatable = amountsOf(status.allocatable ?? {});
  return wants(spec).every(([resource, wanted]) => wanted <= (allocatable[resource] ?? 0));
}

export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  hints: {
    nodeAdded: (pod, { node }) => hasRoom(pod, node),
    nodeUpdated: (pod, { node, old }) => node.status.allocatable !== old.status.allocatable && hasRoom(pod, node),
    podDeleted: () => true,
    podUpdated: (_pod, { pod: other, old }) => other.spec.containers !== old.spec.containers,
  },
  filter({ pod }, node) {
    if (fits(pod, node)) return undefined;
    const reasons: string[] = [];
    let resolvable = true;
    if (node.pods.size + 1 > (node.allocatable['pods'] ?? 110)) reasons.push('Too many pods');
    for (const [resource, wanted] of wants(pod.spec)) {
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
