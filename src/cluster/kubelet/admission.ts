// What a node checks again before it accepts a pod: its selector and affinity, and whether the resources are still free.
// Models: kubernetes v1.37 pkg/kubelet/lifecycle/predicate.go
import { quantity, quantityMilliValue, quantityValue } from '../apimachinery/quantity.ts';
import { nodeSelectorMatches } from '../kinds/pod/placement.ts';
import type { PodRow } from './rows.ts';
import { allocatedSpec, podResources } from './status.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Undefined = accepted. */
export function admissionError(row: PodRow): Refusal | undefined {
  const { node, pod } = row;
  if (!nodeSelectorMatches(pod.spec, { metadata: { name: node.name, labels: node.labels } })) {
    return { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
  }
  return shortage(row);
}

/** What the node lacks for the pod's allocated requests, the pod itself not counted. */
export function shortage(row: PodRow): Refusal | undefined {
  const { node } = row;
  const pods = Number(node.allocatable['pods'] ?? 110);
  const running = node.used.get('pods') ?? 0;
  if (running >= pods) {
    return { reason: 'OutOfpods', message: `Node didn't have enough resource: pods, requested: 1, used: ${running}, capacity: ${pods}` };
  }
  const { requests = {} } = podResources(allocatedSpec(row));
  for (const [resource, amount] of Object.entries(requests)) {
    const value = amountOf(resource, amount);
    const capacity = amountOf(resource, node.allocatable[resource] ?? '0');
    const taken = node.used.get(resource) ?? 0;
    if (value > 0 && taken + value > capacity) {
      return {
        reason: `OutOf${resource}`,
        message: `Node didn't have enough resource: ${resource}, requested: ${value}, used: ${taken}, capacity: ${capacity}`,
      };
    }
  }
  return undefined;
}

/** Millicores for cpu, whole units for everything else. */
export function amountOf(resource: string, text: string): number {
  return resource === 'cpu' ? quantityMilliValue(quantity(text)) : quantityValue(quantity(text));
}
