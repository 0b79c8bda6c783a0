import { isTolerated, untolerated } from '../matching.ts';
import { defaultNormalize, definePlugin } from '../plugin.ts';

export const taintToleration = definePlugin({
  name: 'TaintToleration',
  filter: ({ pod }, { node }) =>
    untolerated(pod.spec, node, ['NoSchedule', 'NoExecute']) === undefined
      ? undefined
      : { reasons: ['node(s) had untolerated taint(s)'], resolvable: false },
  weight: 3,
  score({ pod }, { node }) {
    const tolerations = pod.spec.tolerations?.filter((one) => !one.effect || one.effect === 'PreferNoSchedule');
    let count = 0;
    for (const taint of node.spec.taints ?? []) if (taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)) count += 1;
    return count;
  },
  normalize: (scores) => defaultNormalize(scores, true),
});
