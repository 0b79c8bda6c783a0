import type { Taint } from '../../kinds/node/node.ts';
import { isTolerated, untolerated } from '../matching.ts';
import { defaultNormalize, definePlugin } from '../plugin.ts';

const FILTERED: readonly Taint['effect'][] = ['NoSchedule', 'NoExecute'];

export const taintToleration = definePlugin({
  name: 'TaintToleration',
  hints: {
    nodeAdded: (pod, { node }) => untolerated(pod.spec, node, FILTERED) === undefined,
    nodeUpdated: (pod, { node, old }) =>
      untolerated(pod.spec, old, FILTERED) !== undefined && untolerated(pod.spec, node, FILTERED) === undefined,
  },
  filter: ({ pod }, { node }) =>
    untolerated(pod.spec, node, FILTERED) === undefined ? undefined : { reasons: ['node(s) had untolerated taint(s)'], resolvable: false },
  weight: 3,
  score({ pod }, { node }) {
    const tolerations = pod.spec.tolerations?.filter((one) => !one.effect || one.effect === 'PreferNoSchedule');
    let count = 0;
    for (const taint of node.spec.taints ?? []) if (taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)) count += 1;
    return count;
  },
  normalize: (scores) => defaultNormalize(scores, true),
});
