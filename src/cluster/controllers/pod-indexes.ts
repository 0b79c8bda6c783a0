// Indexes of the pods cache that let controllers count their pods without looking at them.
import type { KubeObject } from '../apimachinery/object.ts';
import { controllerOf, type Index, NO_VALUES } from '../client/cache.ts';
import { podIsActive, podIsReady, podIsTerminating } from '../kinds/pod/facts.ts';
import type { Pod } from '../kinds/pod/types.ts';

/** `<owner uid> active`, `<owner uid> ready` (active ones only), `<owner uid> terminating`. */
export const byOwnedState: Index<Pod> = {
  name: 'owned-state',
  values(pod) {
    const owner = controllerOf(pod);
    if (owner === undefined) return NO_VALUES;
    if (podIsActive(pod)) return podIsReady(pod) ? [`${owner.uid} active`, `${owner.uid} ready`] : [`${owner.uid} active`];
    return podIsTerminating(pod) ? [`${owner.uid} terminating`] : NO_VALUES;
  },
};

/** `<owner uid> key=value` for every label of an owned pod. */
export const byOwnedLabel: Index<Pod> = {
  name: 'owned-label',
  values(pod) {
    const owner = controllerOf(pod);
    const { labels } = pod.metadata;
    if (owner === undefined || labels === undefined) return NO_VALUES;
    return Object.keys(labels).map((key) => `${owner.uid} ${key}=${labels[key]}`);
  },
  same: (next, old) => next.metadata.labels === old.metadata.labels && next.metadata.ownerReferences === old.metadata.ownerReferences,
};

/** Namespace of pods nobody controls. */
export const orphansByNamespace: Index<KubeObject> = {
  name: 'orphans',
  values: (object) => (controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : NO_VALUES),
  same: (next, old) => next.metadata.ownerReferences === old.metadata.ownerReferences,
};
