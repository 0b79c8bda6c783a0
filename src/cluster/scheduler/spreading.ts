// Which pods belong together when they are spread: those a constraint selects, or those of the same Services and workload.
// Models: kubernetes v1.37 pkg/scheduler/framework/plugins/helper/spread.go DefaultSelector
import type { Lister } from '../client/cache.ts';
import { keyOf } from '../client/cache.ts';
import type { KubeObject } from '../apimachinery/object.ts';
import { selectorMatches, selectorText } from '../kinds/pod/template.ts';
import type { LabelSelector, Pod } from '../kinds/pod/types.ts';
import type { Service } from '../kinds/service/types.ts';
import type { ClusterState, Placed } from './cluster-state.ts';
import type { SpreadGroup } from './spread-group.ts';

/** A workload with a selector: ReplicaSet, StatefulSet. */
export type Selecting = KubeObject & { readonly spec: { readonly selector?: LabelSelector } };

export class Spreading {
  readonly #state: ClusterState;
  readonly #pods: Lister<Pod>;
  readonly #services: Lister<Service>;
  readonly #workloads: readonly Lister<Selecting>[];
  readonly #assumedNode: (key: string) => string | undefined;

  constructor(
    state: ClusterState,
    pods: Lister<Pod>,
    services: Lister<Service>,
    workloads: readonly Lister<Selecting>[],
    assumedNode: (key: string) => string | undefined,
  ) {
    this.#state = state;
    this.#pods = pods;
    this.#services = services;
    this.#workloads = workloads;
    this.#assumedNode = assumedNode;
  }

  /** Pods that everything selecting this pod selects too; undefined when nothing selects it. */
  defaultGroup(pod: Pod): SpreadGroup | undefined {
    const selectors = this.#selectorsOf(pod);
    if (selectors.length === 0) return undefined;
    const name = `default ${selectors.map(selectorText).join(';')}`;
    return this.group(pod, selectors[0], name, (other) => selectors.every((one) => selectorMatches(one, other.metadata.labels)));
  }

  /** The group in the pod's namespace; `selector` must hold for all its members. */
  group(pod: Pod, selector: LabelSelector | undefined, name: string, matches: (other: Pod) => boolean): SpreadGroup {
    const namespace = pod.metadata.namespace ?? '';
    return this.#state.group(namespace, name, matches, () => this.#candidates(namespace, selector));
  }

  #selectorsOf(pod: Pod): readonly LabelSelector[] {
    const { namespace = '', labels = {}, ownerReferences } = pod.metadata;
    const selectors: LabelSelector[] = [];
    const owner = ownerReferences?.find((reference) => reference.controller === true);
    for (const cache of owner === undefined ? [] : this.#workloads) {
      const workload = cache.get(`${namespace}/${owner!.name}`);
      if (workload?.metadata.uid === owner!.uid && workload.spec.selector !== undefined) selectors.push(workload.spec.selector);
    }
    for (const key of this.#services.keysBy('namespace', namespace)) {
      const { selector } = this.#services.get(key)!.spec;
      if (selector === undefined) continue;
      const names = Object.keys(selector);
      if (names.length > 0 && names.every((one) => labels[one] === selector[one])) selectors.push({ matchLabels: selector });
    }
    return selectors;
  }

  *#candidates(namespace: string, selector: LabelSelector | undefined): Placed {
    const [key, value] = Object.entries(selector?.matchLabels ?? {})[0] ?? [];
    const pods = key === undefined ? this.#pods.by('namespace', namespace) : this.#pods.by('label', `${namespace}/${key}=${value}`);
    for (const pod of pods) {
      const node = pod.spec.nodeName || this.#assumedNode(keyOf(pod));
      if (node !== undefined && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed') yield { pod, node };
    }
  }
}
