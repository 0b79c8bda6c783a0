import type { Taint } from '../../kinds/node/node.ts';
import { isTolerated, untolerated } from '../../kinds/pod/placement.ts';
import { defaultNormalize, definePlugin, type Rejection } from '../plugin.ts';

const FILTERED: readonly Taint['effect'][] = ['NoSchedule', 'NoExecute'];

const REJECTION: Rejection = { reasons: ['node(s) had untolerated taint(s)'], resolvable: false };

export const taintToleration = definePlugin({
  name: 'TaintToleration',
  hints: {
    nodeAdded: (pod, { node }) => untolerated(pod.spec, node, FILTERED) === undefined,
    nodeUpdated: (pod, { node, old }) =>
      untolerated(pod.spec, old, FILTERED) !== undefined && untolerated(pod.spec, node, FILTERED) === undefined,
  },
  filter: ({ pod: { spec } }) => {
    return ({ node }) => (node.spec.taints === undefined || untolerated(spec, node, FILTERED) === undefined ? undefined : REJECTION);
  },
  weight: 3,
  score({ pod }) {
    const tolerations = pod.spec.tolerations?.filter((one) => !one.effect || one.effect === 'PreferNoSchedule');
    return ({ node }) => {
      const { taints } = node.spec;
      if (taints === undefined) return 0;
      let count = 0;
      for (const taint of taints) if (taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)) count += 1;
      return count;
    };
  },
  normalize: (scores) => defaultNormalize(scores, true),
});
