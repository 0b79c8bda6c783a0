// Are the images here already? Bigger ones count more, rare ones less.
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { PodSpec } from '../../kinds/pod/types.ts';
import type { NodeInfo } from '../node-info.ts';
import { definePlugin } from '../plugin.ts';

const MB = 1024 * 1024;
const MIN_BYTES = 23 * MB;
const MAX_PER_CONTAINER = 1000 * MB;

/** `nginx` is known to nodes as `docker.io/library/nginx:latest`. */
export function normalizedImage(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const tagged = name.includes(':') || name.includes('@') ? image : `${image}:latest`;
  const first = tagged.split('/')[0];
  if (!tagged.includes('/')) return `docker.io/library/${tagged}`;
  return first.includes('.') || first.includes(':') || first === 'localhost' ? tagged : `docker.io/${tagged}`;
}

const imagesOf = memoByIdentity((spec: PodSpec): readonly string[] =>
  [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => normalizedImage(image ?? '')),
);

const spreads = memoByIdentity((_nodes: readonly NodeInfo[]) => new Map<string, number>());

/** The share of nodes that have the image; counted once per list of nodes. */
function spreadOf(name: string, nodes: readonly NodeInfo[]): number {
  const known = spreads(nodes);
  let spread = known.get(name);
  if (spread === undefined) {
    let holders = 0;
    for (const { images } of nodes) if (images.has(name)) holders += 1;
    spread = holders / nodes.length;
    known.set(name, spread);
  }
  return spread;
}

export const imageLocality = definePlugin({
  name: 'ImageLocality',
  weight: 1,
  score({ pod, nodes }) {
    const images = imagesOf(pod.spec);
    const spreads = images.map((name) => spreadOf(name, nodes));
    const max = MAX_PER_CONTAINER * images.length;
    return (node) => {
      let sum = 0;
      for (let i = 0; i < images.length; i++) sum += Math.trunc((node.images.get(images[i]) ?? 0) * spreads[i]);
      return Math.trunc((100 * (Math.max(MIN_BYTES, Math.min(max, sum)) - MIN_BYTES)) / (max - MIN_BYTES));
    };
  },
});
