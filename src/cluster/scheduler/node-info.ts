// A node as the scheduler sees it: its pods and the sums of what they ask for, kept up to date one pod at a time.
// Models: kubernetes v1.37 pkg/scheduler/framework/types.go NodeInfo
import { memoByIdentity } from '../apimachinery/memo.ts';
import type { Node } from '../kinds/node/node.ts';
import type { Pod, PodSpec } from '../kinds/pod/types.ts';
import { type Amounts, amountsOf, podRequests, podScoringRequests } from './resources.ts';

/** A host port in use: `TCP/0.0.0.0/80`. */
export const hostPorts = memoByIdentity((spec: PodSpec): readonly string[] => {
  const ports: string[] = [];
  for (const container of spec.containers) {
    for (const port of container.ports ?? [])
      if (port.hostPort) ports.push(`${port.protocol ?? 'TCP'}/${port.hostIP || '0.0.0.0'}/${port.hostPort}`);
  }
  return ports;
});

/** A question about a pod whose answer depends on its namespace, its labels and whether it is being deleted, nothing else. */
export type PodTest = (pod: Pod) => boolean;

export class NodeInfo {
  node: Node;
  allocatable: Amounts = {};
  readonly pods = new Map<string, Pod>();
  readonly requested: Record<string, number> = {};
  readonly scoring = { cpu: 0, memory: 0 };
  readonly ports = new Map<string, number>();
  /** Image name → bytes. */
  images: ReadonlyMap<string, number> = new Map();
  /** Pods here with required anti-affinity, which newcomers must respect. */
  readonly antiAffine = new Map<string, Pod>();
  /** Pods here with any affinity to other pods: those that may have wishes about newcomers. */
  readonly affine = new Map<string, Pod>();
  #imageList: Node['status']['images'];
  /** Grows whenever a {@link PodTest} may count differently. */
  #change = 0;
  readonly #tallies = new WeakMap<PodTest, { count: number; change: number }>();

  constructor(node: Node) {
    this.node = node;
    this.setNode(node);
  }

  setNode(node: Node): void {
    this.node = node;
    this.allocatable = amountsOf(node.status.allocatable ?? {});
    if (node.status.images === this.#imageList) return;
    this.#imageList = node.status.images;
    const images = new Map<string, number>();
    for (const image of node.status.images ?? []) for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
    this.images = images;
  }

  add(key: string, pod: Pod): void {
    const old = this.pods.get(key);
    if (old !== undefined && old.spec === pod.spec) {
      this.#replace(key, old, pod);
      return;
    }
    this.remove(key);
    this.pods.set(key, pod);
    this.#change += 1;
    this.#count(pod, 1);
    if ((pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0)
      this.antiAffine.set(key, pod);
    if (pod.spec.affinity?.podAffinity !== undefined || pod.spec.affinity?.podAntiAffinity !== undefined) this.affine.set(key, pod);
  }

  /** The commonest change: only the status or the metadata. */
  #replace(key: string, { metadata }: Pod, pod: Pod): void {
    this.pods.set(key, pod);
    if (this.antiAffine.has(key)) this.antiAffine.set(key, pod);
    if (this.affine.has(key)) this.affine.set(key, pod);
    if (metadata.labels !== pod.metadata.labels || metadata.deletionTimestamp !== pod.metadata.deletionTimestamp) this.#change += 1;
  }

  remove(key: string): void {
    const pod = this.pods.get(key);
    if (pod === undefined) return;
    this.pods.delete(key);
    this.antiAffine.delete(key);
    this.affine.delete(key);
    this.#change += 1;
    this.#count(pod, -1);
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const requests = podRequests(pod.spec);
    for (const resource in requests) this.requested[resource] = (this.requested[resource] ?? 0) + sign * requests[resource];
    const scoring = podScoringRequests(pod.spec);
    this.scoring.cpu += sign * scoring['cpu'];
    this.scoring.memory += sign * scoring['memory'];
    for (const port of hostPorts(pod.spec)) {
      const users = (this.ports.get(port) ?? 0) + sign;
      if (users > 0) this.ports.set(port, users);
      else this.ports.delete(port);
    }
  }

  /** How many of the pods pass; counted again only after a change of them. */
  tally(test: PodTest): number {
    const known = this.#tallies.get(test);
    if (known?.change === this.#change) return known.count;
    let count = 0;
    for (const pod of this.pods.values()) if (test(pod)) count += 1;
    if (known === undefined) this.#tallies.set(test, { count, change: this.#change });
    else {
      known.count = count;
      known.change = this.#change;
    }
    return count;
  }

  /** A copy without some pods: what preemption would leave. */
  without(keys: ReadonlySet<string>): NodeInfo {
    const copy = new NodeInfo(this.node);
    for (const [key, pod] of this.pods) if (!keys.has(key)) copy.add(key, pod);
    return copy;
  }
}

/** Does the pod's host port clash with one in use? 0.0.0.0 clashes with every address. */
export function portsConflict(pod: Pod, info: NodeInfo): boolean {
  for (const wanted of hostPorts(pod.spec)) {
    const [protocol, ip, port] = wanted.split('/');
    for (const used of info.ports.keys()) {
      const [otherProtocol, otherIp, otherPort] = used.split('/');
      if (protocol === otherProtocol && port === otherPort && (ip === otherIp || ip === '0.0.0.0' || otherIp === '0.0.0.0')) return true;
    }
  }
  return false;
}
