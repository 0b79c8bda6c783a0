import { definePlugin } from '../plugin.ts';

export const nodeName = definePlugin({
  name: 'NodeName',
  filter: ({ pod: { spec } }) =>
    spec.nodeName
      ? ({ node }) =>
          spec.nodeName === node.metadata.name
            ? undefined
            : { reasons: ["node(s) didn't match the requested node name"], resolvable: false }
      : undefined,
});
