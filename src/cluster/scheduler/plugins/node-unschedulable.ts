import type { Taint } from '../../kinds/node/node.ts';
import { isTolerated } from '../../kinds/pod/placement.ts';
import { definePlugin, type Rejection } from '../plugin.ts';

const CORDONED: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const REJECTION: Rejection = { reasons: ['node(s) were unschedulable'], resolvable: false };

export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  hints: {
    nodeAdded: (_pod, { node }) => node.spec.unschedulable !== true,
    nodeUpdated: (_pod, { node, old }) => old.spec.unschedulable === true && node.spec.unschedulable !== true,
  },
  filter({ pod }) {
    if (isTolerated(pod.spec.tolerations, CORDONED)) return undefined;
    return ({ node }) => (node.spec.unschedulable === true ? REJECTION : undefined);
  },
});
