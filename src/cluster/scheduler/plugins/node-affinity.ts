import { nodeSelectorMatches, termMatches } from '../matching.ts';
import { defaultNormalize, definePlugin } from '../plugin.ts';

export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  hints: {
    nodeAdded: (pod, { node }) => nodeSelectorMatches(pod.spec, node),
    nodeUpdated: (pod, { node, old }) => node.metadata.labels !== old.metadata.labels && nodeSelectorMatches(pod.spec, node),
  },
  filter: ({ pod }, { node }) =>
    nodeSelectorMatches(pod.spec, node) ? undefined : { reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false },
  weight: 2,
  scores: ({ pod }) => (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0,
  score({ pod }, { node }) {
    let sum = 0;
    for (const { weight, preference } of pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (termMatches(preference, node)) sum += weight;
    }
    return sum;
  },
  normalize: (scores) => defaultNormalize(scores, false),
});
