// Pod affinity terms against pods. Models: kubernetes v1.37 pkg/scheduler/framework/types.go AffinityTerm.Matches
import { selectorMatches } from '../kinds/pod/template.ts';
import type { Pod, PodAffinityTerm } from '../kinds/pod/types.ts';
import type { Cycle } from './plugin.ts';

/** Does an affinity term of `owner` speak of `pod`? */
export function affinityTermMatches(term: PodAffinityTerm, owner: Pod, pod: Pod, cycle: Cycle): boolean {
  const namespaces = term.namespaces ?? [];
  const namespace = pod.metadata.namespace ?? '';
  const own = namespaces.length === 0 && term.namespaceSelector === undefined;
  const named = own ? namespace === owner.metadata.namespace : namespaces.includes(namespace);
  const selected = term.namespaceSelector !== undefined && selectorMatches(term.namespaceSelector, cycle.namespaceLabels(namespace) ?? {});
  return (named || selected) && selectorMatches(term.labelSelector, pod.metadata.labels);
}
