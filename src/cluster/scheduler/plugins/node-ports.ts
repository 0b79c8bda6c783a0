import { hostPorts, portsConflict } from '../node-info.ts';
import { definePlugin } from '../plugin.ts';

export const nodePorts = definePlugin({
  name: 'NodePorts',
  hints: {
    nodeAdded: () => true,
    podDeleted: (_pod, { pod: other }) => hostPorts(other.spec).length > 0,
  },
  filter({ pod }) {
    if (hostPorts(pod.spec).length === 0) return undefined;
    return (node) =>
      portsConflict(pod, node) ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true } : undefined;
  },
});
