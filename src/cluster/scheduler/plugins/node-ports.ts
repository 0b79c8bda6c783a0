import { hostPorts, portsConflict } from '../node-info.ts';
import { definePlugin } from '../plugin.ts';

export const nodePorts = definePlugin({
  name: 'NodePorts',
  filter: ({ pod }) =>
    hostPorts(pod.spec).length === 0
      ? undefined
      : (node) =>
          portsConflict(pod, node)
            ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true }
            : undefined,
});
