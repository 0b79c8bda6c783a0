// Labels of the pod itself that its spread and affinity terms name by key become part of their selectors when it is created.
// Models: kubernetes v1.37 pkg/registry/core/pod/strategy.go applyMatchLabelKeysAndMismatchLabelKeys, applySchedulingGated…
import type { LabelSelector, Pod, PodSpec } from './types.ts';

type Term = {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
};

function completed<T extends Term>(term: T, labels: Readonly<Record<string, string>>): T {
  if (term.labelSelector === undefined) return term;
  const added = (keys: readonly string[] | undefined, operator: 'In' | 'NotIn') =>
    (keys ?? []).filter((key) => labels[key] !== undefined).map((key) => ({ key, operator, values: [labels[key]!] }));
  const expressions = [...added(term.matchLabelKeys, 'In'), ...added(term.mismatchLabelKeys, 'NotIn')];
  if (expressions.length === 0) return term;
  return {
    ...term,
    labelSelector: { ...term.labelSelector, matchExpressions: [...(term.labelSelector.matchExpressions ?? []), ...expressions] },
  };
}

export function withMatchLabelKeys(pod: Pod): PodSpec {
  const { spec } = pod;
  if (spec.topologySpreadConstraints === undefined && spec.affinity === undefined) return spec;
  const labels = pod.metadata.labels ?? {};
  const rules = (group: any): any =>
    group === undefined
      ? undefined
      : {
          ...group,
          ...(group.requiredDuringSchedulingIgnoredDuringExecution === undefined
            ? {}
            : {
                requiredDuringSchedulingIgnoredDuringExecution: group.requiredDuringSchedulingIgnoredDuringExecution.map((term: Term) =>
                  completed(term, labels),
                ),
              }),
          ...(group.preferredDuringSchedulingIgnoredDuringExecution === undefined
            ? {}
            : {
                preferredDuringSchedulingIgnoredDuringExecution: group.preferredDuringSchedulingIgnoredDuringExecution.map(
                  (one: { podAffinityTerm: Term }) => ({
                    ...one,
                    podAffinityTerm: completed(one.podAffinityTerm, labels),
                  }),
                ),
              }),
        };
  const affinity = spec.affinity;
  return {
    ...spec,
    ...(spec.topologySpreadConstraints === undefined
      ? {}
      : { topologySpreadConstraints: spec.topologySpreadConstraints.map((one) => completed(one, labels)) }),
    ...(affinity === undefined
      ? {}
      : {
          affinity: {
            ...affinity,
            ...(affinity.podAffinity === undefined ? {} : { podAffinity: rules(affinity.podAffinity) }),
            ...(affinity.podAntiAffinity === undefined ? {} : { podAntiAffinity: rules(affinity.podAntiAffinity) }),
          },
        }),
  };
}
