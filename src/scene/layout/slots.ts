// Which place on its node's stem a pod has. A pod keeps its place while it lives, so that nothing jumps when a sibling goes.
import type { PodRecord } from '../../feed/records.ts';

/** Place number by pod key. */
export type Slots = ReadonlyMap<string, number>;

export const keyOf = (pod: { readonly namespace: string; readonly name: string }): string => `${pod.namespace}/${pod.name}`;

/** `pods` of one node in the order they came. Newcomers take the lowest free place. */
export function assignSlots(previous: Slots, pods: readonly PodRecord[]): Slots {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const pod of pods) {
    const slot = previous.get(keyOf(pod));
    if (slot === undefined || taken.has(slot) || slot >= 2 * pods.length + 2) continue;
    slots.set(keyOf(pod), slot);
    taken.add(slot);
  }
  let free = 0;
  for (const pod of pods) {
    if (slots.has(keyOf(pod))) continue;
    while (taken.has(free)) free++;
    slots.set(keyOf(pod), free);
    taken.add(free);
  }
  return slots;
}
