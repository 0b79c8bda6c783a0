// What a node checks again before it accepts a pod: its selector and affinity, and whether the resources are still free.
// Models: kubernetes v1.37 pkg/kubelet/lifecycle/predicate.go
import { quantity, quantityMilliValue, quantityValue } from '../apimachinery/quantity.ts';
import type { Labels, NodeSelectorTerm, Pod } from '../kinds/pod/types.ts';
import type { PodRow } from './rows.ts';
import { allocatedSpec, podResources } from './status.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Undefined = accepted. */
export function admissionError(row: PodRow): Refusal | undefined {
  const { node, pod } = row;
  if (!matchesNode(pod, node.labels, node.name)) {
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

function matchesNode(pod: Pod, labels: Labels, name: string): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, labels, name));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, labels: Labels, name: string): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields: Labels = { 'metadata.name': name };
  return matchExpressions.every((one) => matches(one, labels[one.key])) && matchFields.every((one) => matches(one, fields[one.key]));
}

function matches(
  { operator, values = [] }: { readonly operator: string; readonly values?: readonly string[] },
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
