// What the scheduler knows of the cluster between two cycles: its nodes with their pods, groups of pods to spread, images and
// affinities, all kept up to date one change at a time. It is computed from the caches and never saved.
// Models: kubernetes v1.37 pkg/scheduler/backend/cache/{cache,snapshot}.go
import { sameData } from '../apimachinery/equality.ts';
import type { Node } from '../kinds/node/node.ts';
import type { Pod } from '../kinds/pod/types.ts';
import { NodeInfo } from './node-info.ts';
import { SpreadGroup } from './spread-group.ts';

/** Groups kept per namespace; the one not used for longest goes first. */
const GROUPS_KEPT = 256;

/** Candidates for a new group: pods with one label, bound or assumed, with the name of their node. */
export type Placed = Iterable<{ readonly pod: Pod; readonly node: string }>;

export class ClusterState {
  readonly nodes = new Map<string, NodeInfo>();
  /** Nodes with pods that have any affinity to others, and those with required anti-affinity. */
  readonly affine = new Set<NodeInfo>();
  readonly antiAffine = new Set<NodeInfo>();
  /** Image name → nodes that have it. */
  readonly imageHolders = new Map<string, number>();
  /** Pods of nodes not (yet) known. */
  readonly #stray = new Map<string, Map<string, Pod>>();
  readonly #groups = new Map<string, Map<string, SpreadGroup>>();
  /** Node label key → value → nodes. */
  readonly #domains = new Map<string, ReadonlyMap<string, number>>();
  #order: readonly NodeInfo[] | undefined;

  /** In the order they came. */
  get order(): readonly NodeInfo[] {
    this.#order ??= [...this.nodes.values()];
    return this.#order;
  }

  clear(): void {
    for (const map of [this.nodes, this.affine, this.antiAffine, this.imageHolders, this.#stray, this.#groups, this.#domains]) map.clear();
    this.#order = undefined;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const known = this.nodes.get(name);
    if (known !== undefined) {
      const relabelled = !sameData(known.node.metadata.labels, node.metadata.labels);
      this.#countImages(known, -1);
      known.setNode(node);
      this.#countImages(known, 1);
      if (relabelled) this.#relabelled();
      return;
    }
    const info = new NodeInfo(node);
    this.nodes.set(name, info);
    this.#countImages(info, 1);
    this.#order = undefined;
    this.#domains.clear();
    for (const [key, pod] of this.#stray.get(name) ?? []) this.#add(info, key, pod);
    this.#stray.delete(name);
  }

  removeNode(name: string): void {
    const info = this.nodes.get(name);
    if (info === undefined) return;
    this.#stray.set(name, new Map(info.pods));
    this.nodes.delete(name);
    this.affine.delete(info);
    this.antiAffine.delete(info);
    this.#countImages(info, -1);
    for (const groups of this.#groups.values()) for (const group of groups.values()) group.forget(info);
    this.#order = undefined;
    this.#domains.clear();
  }

  /** Puts a pod on a node, in the place of its older state. */
  place(key: string, node: string, pod: Pod): void {
    const info = this.nodes.get(node);
    if (info === undefined) {
      const strays = this.#stray.get(node) ?? new Map<string, Pod>();
      strays.set(key, pod);
      this.#stray.set(node, strays);
      return;
    }
    const old = info.pods.get(key);
    if (
      old !== undefined &&
      isLeaving(old) === isLeaving(pod) &&
      sameData(old.metadata.labels, pod.metadata.labels) &&
      sameData(old.spec, pod.spec)
    ) {
      info.pods.set(key, pod);
      return;
    }
    if (old !== undefined) this.#remove(info, key, old);
    this.#add(info, key, pod);
  }

  remove(key: string, node: string): void {
    const info = this.nodes.get(node);
    const pod = info?.pods.get(key);
    if (info !== undefined && pod !== undefined) this.#remove(info, key, pod);
    this.#stray.get(node)?.delete(key);
  }

  /** The group of that name; `candidates` are all pods of the namespace that may match. */
  group(namespace: string, name: string, matches: (pod: Pod) => boolean, candidates: () => Placed): SpreadGroup {
    let groups = this.#groups.get(namespace);
    if (groups === undefined) {
      groups = new Map();
      this.#groups.set(namespace, groups);
    }
    let group = groups.get(name);
    if (group === undefined) {
      group = new SpreadGroup(matches);
      for (const { pod, node } of candidates()) {
        const info = this.nodes.get(node);
        if (info !== undefined && counts(group, namespace, pod)) group.bump(info, 1);
      }
      if (groups.size >= GROUPS_KEPT) groups.delete(groups.keys().next().value!);
    } else groups.delete(name);
    groups.set(name, group);
    return group;
  }

  /** Values of a node label and how many nodes have each. */
  domains(key: string): ReadonlyMap<string, number> {
    let domains = this.#domains.get(key);
    if (domains === undefined) {
      const found = new Map<string, number>();
      for (const { node } of this.order) {
        const value = node.metadata.labels?.[key];
        if (value !== undefined) found.set(value, (found.get(value) ?? 0) + 1);
      }
      domains = found;
      this.#domains.set(key, domains);
    }
    return domains;
  }

  #relabelled(): void {
    this.#domains.clear();
    for (const groups of this.#groups.values()) for (const group of groups.values()) group.forgetDomains();
  }

  #add(info: NodeInfo, key: string, pod: Pod): void {
    info.add(key, pod);
    this.#affinities(info);
    this.#bump(info, pod, 1);
  }

  #remove(info: NodeInfo, key: string, pod: Pod): void {
    info.remove(key);
    this.#affinities(info);
    this.#bump(info, pod, -1);
  }

  #affinities(info: NodeInfo): void {
    if (info.affine.size > 0) this.affine.add(info);
    else this.affine.delete(info);
    if (info.antiAffine.size > 0) this.antiAffine.add(info);
    else this.antiAffine.delete(info);
  }

  #bump(info: NodeInfo, pod: Pod, change: 1 | -1): void {
    const namespace = pod.metadata.namespace ?? '';
    const groups = this.#groups.get(namespace);
    if (groups !== undefined) for (const group of groups.values()) if (counts(group, namespace, pod)) group.bump(info, change);
  }

  #countImages(info: NodeInfo, change: 1 | -1): void {
    for (const name of info.images.keys()) {
      const holders = (this.imageHolders.get(name) ?? 0) + change;
      if (holders > 0) this.imageHolders.set(name, holders);
      else this.imageHolders.delete(name);
    }
  }
}

const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

function counts(group: SpreadGroup, namespace: string, pod: Pod): boolean {
  return pod.metadata.namespace === namespace && !isLeaving(pod) && group.matches(pod);
}
