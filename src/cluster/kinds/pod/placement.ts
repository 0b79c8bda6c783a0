// May a pod be on a node: taints against tolerations, node selectors against labels. The scheduler, the kubelet and the controllers ask.
// Models: kubernetes v1.37 staging/src/k8s.io/component-helpers/scheduling/corev1
import type { Node, Taint } from '../node/node.ts';
import type { Labels, NodeSelectorTerm, PodSpec, Toleration } from './types.ts';

/** What a selector looks at. */
export interface Placed {
  readonly metadata: { readonly name: string; readonly labels?: Labels };
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.value ?? '') === (taint.value ?? '') && toleration.key !== undefined && toleration.key !== '';
}

export function isTolerated(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** The first taint of these effects that the pod does not tolerate. */
export function untolerated(spec: PodSpec, node: Node, effects: readonly Taint['effect'][]): Taint | undefined {
  return node.spec.taints?.find((taint) => effects.includes(taint.effect) && !isTolerated(spec.tolerations, taint));
}

type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

function requirementMatches({ key, operator, values = [] }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key];
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

/** A term without any requirement matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: Placed): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const fieldValues = { 'metadata.name': node.metadata.name };
  return expressions.every((one) => requirementMatches(one, labels)) && fields.every((one) => requirementMatches(one, fieldValues));
}

/** nodeSelector and required node affinity together. */
export function nodeSelectorMatches(spec: PodSpec, node: Placed): boolean {
  const labels = node.metadata.labels ?? {};
  for (const key in spec.nodeSelector ?? {}) if (labels[key] !== spec.nodeSelector![key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node));
}
