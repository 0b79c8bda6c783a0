import { sameData } from '../../apimachinery/equality.ts';
import { nodeSelectorMatches, termMatches } from '../../kinds/pod/placement.ts';
import { defaultNormalize, definePlugin } from '../plugin.ts';

export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  hints: {
    nodeAdded: (pod, { node }) => nodeSelectorMatches(pod.spec, node),
    nodeUpdated: (pod, { node, old }) => !sameData(node.metadata.labels, old.metadata.labels) && nodeSelectorMatches(pod.spec, node),
  },
  filter({ pod: { spec } }) {
    if (spec.nodeSelector === undefined && spec.affinity?.nodeAffinity === undefined) return undefined;
    return ({ node }) =>
      nodeSelectorMatches(spec, node) ? undefined : { reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false };
  },
  weight: 2,
  score({ pod }) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return ({ node }) => {
      let sum = 0;
      for (const { weight, preference } of preferred) if (termMatches(preference, node)) sum += weight;
      return sum;
    };
  },
  normalize: (scores) => defaultNormalize(scores, false),
});
