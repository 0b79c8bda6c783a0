import { definePlugin } from '../plugin.ts';

export const nodeName = definePlugin({
  name: 'NodeName',
  hints: { nodeAdded: (pod, { node }) => pod.spec.nodeName === node.metadata.name },
  filter({ pod }) {
    const { nodeName: wanted } = pod.spec;
    if (!wanted) return undefined;
    return ({ node }) =>
      node.metadata.name === wanted ? undefined : { reasons: ["node(s) didn't match the requested node name"], resolvable: false };
  },
});
