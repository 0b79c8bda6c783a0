// Enough left of everything the pod asks for? Emptier nodes score higher (LeastAllocated over cpu and memory).
import { sameData } from '../../apimachinery/equality.ts';
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { Node } from '../../kinds/node/node.ts';
import type { Pod, PodSpec } from '../../kinds/pod/types.ts';
import type { NodeInfo } from '../node-info.ts';
import { definePlugin, type Rejection } from '../plugin.ts';
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

interface Asked {
  readonly cpu: number;
  readonly memory: number;
  /** Everything else. */
  readonly others: readonly (readonly [string, number])[];
}

function askedBy(spec: PodSpec): Asked {
  const all = wants(spec);
  const one = (name: string) => all.find(([resource]) => resource === name)?.[1] ?? 0;
  return { cpu: one('cpu'), memory: one('memory'), others: all.filter(([name]) => name !== 'cpu' && name !== 'memory') };
}

function fits({ cpu, memory, others }: Asked, node: NodeInfo): boolean {
  if (node.pods.size >= node.maxPods || cpu > node.cpu - node.usedCpu || memory > node.memory - node.usedMemory) {
    // Only what is asked for can be missing; a node may be overcommitted otherwise.
    if (
      node.pods.size >= node.maxPods ||
      (cpu > 0 && cpu > node.cpu - node.usedCpu) ||
      (memory > 0 && memory > node.memory - node.usedMemory)
    )
      return false;
  }
  for (const [resource, wanted] of others) if (wanted > (node.allocatable[resource] ?? 0) - (node.requested[resource] ?? 0)) return false;
  return true;
}

function refusal(spec: PodSpec, node: NodeInfo): Rejection {
  const reasons: string[] = [];
  let resolvable = true;
  if (node.pods.size >= node.maxPods) reasons.push('Too many pods');
  for (const [resource, wanted] of wants(spec)) {
    const has = node.allocatable[resource] ?? 0;
    if (wanted > has - (node.requested[resource] ?? 0)) reasons.push(`Insufficient ${resource}`);
    if (wanted > has) resolvable = false;
  }
  return { reasons, resolvable };
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
    nodeUpdated: (pod, { node, old }) => !sameData(node.status.allocatable, old.status.allocatable) && hasRoom(pod, node),
    podDeleted: () => true,
    podUpdated: (_pod, { pod: other, old }) => !sameData(other.spec.containers, old.spec.containers),
  },
  filter({ pod: { spec } }) {
    const asked = askedBy(spec);
    return (node) => (fits(asked, node) ? undefined : refusal(spec, node));
  },
  weight: 1,
  score({ pod }) {
    const asked = podScoringRequests(pod.spec);
    const cpu = asked['cpu']!;
    const memory = asked['memory']!;
    return (node) =>
      Math.floor((leastRequested(node.scoring.cpu + cpu, node.cpu) + leastRequested(node.scoring.memory + memory, node.memory)) / 2);
  },
});
