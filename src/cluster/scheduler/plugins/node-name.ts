import { definePlugin } from '../plugin.ts';

export const nodeName = definePlugin({
  name: 'NodeName',
  hints: { nodeAdded: (pod, { node }) => pod.spec.nodeName === node.metadata.name },
  filter: ({ pod }, { node }) =>
    pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name
      ? { reasons: ["node(s) didn't match the requested node name"], resolvable: false }
      : undefined,
});
