import { isTolerated, untolerated } from '../matching.ts';
import { defaultNormalize, definePlugin } from '../plugin.ts';

const REFUSING = ['NoSchedule', 'NoExecute'] as const;

export const taintToleration = definePlugin({
  name: 'TaintToleration',
  filter:
    ({ pod }) =>
    ({ node }) =>
      untolerated(pod.spec, node, REFUSING) === undefined
        ? undefined
        : { reasons: ['node(s) had untolerated taint(s)'], resolvable: false },
  weight: 3,
  score({ pod }) {
    const tolerations = pod.spec.tolerations?.filter((one) => !one.effect || one.effect === 'PreferNoSchedule');
    return ({ node: { spec } }) => {
      if (spec.taints === undefined) return 0;
      let count = 0;
      for (const taint of spec.taints) if (taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)) count += 1;
      return count;
    };
  },
  normalize: (scores) => defaultNormalize(scores, true),
});
