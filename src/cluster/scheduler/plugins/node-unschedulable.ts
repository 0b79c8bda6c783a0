import type { Taint } from '../../kinds/node/node.ts';
import { isTolerated } from '../matching.ts';
import { definePlugin } from '../plugin.ts';

const CORDONED: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  hints: {
    nodeAdded: (_pod, { node }) => node.spec.unschedulable !== true,
    nodeUpdated: (_pod, { node, old }) => old.spec.unschedulable === true && node.spec.unschedulable !== true,
  },
  filter: ({ pod }, { node }) =>
    node.spec.unschedulable === true && !isTolerated(pod.spec.tolerations, CORDONED)
      ? { reasons: ['node(s) were unschedulable'], resolvable: false }
      : undefined,
});
