// Are the images here already? Bigger ones count more, rare ones less.
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

export const imageLocality = definePlugin({
  name: 'ImageLocality',
  weight: 1,
  score({ pod, nodes, state }) {
    const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => {
      const name = normalizedImage(container.image ?? '');
      return { name, spread: (state.imageHolders.get(name) ?? 0) / nodes.length };
    });
    const max = MAX_PER_CONTAINER * images.length;
    const known = images.filter(({ spread }) => spread > 0);
    return (node) => {
      let sum = 0;
      for (const { name, spread } of known) sum += Math.trunc((node.images.get(name) ?? 0) * spread);
      return Math.trunc((100 * (Math.max(MIN_BYTES, Math.min(max, sum)) - MIN_BYTES)) / (max - MIN_BYTES));
    };
  },
});
