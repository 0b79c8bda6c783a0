// Who may import whom, as data: the import table of the design. `architecture.test.ts` walks every import and holds it against this.
// A folder may always import itself; `*.test.ts` may import anything. What is not listed may import nothing of ours.

/** Longest prefix wins: `cluster/kinds` before `cluster`. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  sim: [],
  feed: [],
  lessons: [],
  'cluster/apimachinery': [],
  /** Programs, processes, files and sockets: the same shell language runs in the terminal and in containers. */
  posix: ['sim'],
  'cluster/etcd': ['sim', 'cluster/apimachinery'],
  'cluster/kinds': ['cluster/apimachinery'],
  'cluster/apiserver': ['sim', 'cluster/apimachinery', 'cluster/etcd', 'cluster/kinds'],
  'cluster/client': ['sim', 'cluster/apimachinery'],
  'cluster/controllers': ['sim', 'cluster/apimachinery', 'cluster/kinds', 'cluster/client'],
  'cluster/scheduler': ['sim', 'cluster/apimachinery', 'cluster/kinds', 'cluster/client'],
  'cluster/network': ['sim', 'posix', 'cluster/apimachinery'],
  'cluster/images': ['sim', 'posix', 'cluster/apimachinery', 'cluster/network'],
  'cluster/kubelet': ['sim', 'posix', 'cluster/apimachinery', 'cluster/kinds', 'cluster/client', 'cluster/images', 'cluster/network'],
  'cluster/proxy': ['sim', 'posix', 'cluster/apimachinery', 'cluster/kinds', 'cluster/client', 'cluster/network'],
  'cluster/mesh': ['sim', 'posix', 'cluster/apimachinery', 'cluster/kinds', 'cluster/client', 'cluster/network'],
  /** The composition: control plane and nodes. */
  cluster: ['sim', 'posix', 'cluster'],
  shell: ['sim', 'posix', 'cluster/apimachinery', 'cluster/client'],
  world: ['sim', 'posix', 'cluster', 'shell', 'lessons', 'feed'],
  scene: ['feed'],
  ui: ['feed', 'scene', 'lessons'],
  server: ['world', 'cluster/apiserver', 'cluster/apimachinery'],
  parity: ['world', 'cluster', 'sim', 'posix', 'shell'],
  entries: ['sim', 'posix', 'cluster', 'shell', 'world', 'feed', 'scene', 'ui', 'server', 'parity', 'lessons'],
};

/** External packages have one home each; a prefix ending in `*` covers a family. Paths are relative to `src`. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly RegExp[]>> = {
  xstate: [/^sim\/(machines|statechart)[^/]*\.ts$/, /^sim\/machines\//, /\.machine\.ts$/, /^sim\/[^/]*\.machine\.ts$/],
  'd3-*': [/^scene\//, /^ui\//, /^sim\/random\.ts$/],
  '@xterm/*': [/^ui\/terminal\//],
  yaml: [/^cluster\/apimachinery\/yaml[^/]*\.ts$/],
  react: [/^ui\//, /^entries\/page\.tsx?$/],
  'react-dom': [/^ui\//, /^entries\/page\.tsx?$/],
  zustand: [/^ui\//],
  fflate: [/^world\//, /^entries\//],
  '@fontsource-variable/*': [/^ui\//, /^entries\/page\.tsx?$/],
  'node:*': [/^server\//, /^parity\//, /^entries\/(node|cli)[^/]*\.ts$/],
  vite: [],
};
