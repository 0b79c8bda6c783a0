// A node as the scheduler sees it: its pods and the sums of what they ask for, kept up to date one pod at a time.
// Models: kubernetes v1.37 pkg/scheduler/framework/types.go NodeInfo
import { memoByIdentity } from '../apimachinery/memo.ts';
import type { Node } from '../kinds/node/node.ts';
import type { Pod, PodSpec } from '../kinds/pod/types.ts';
import { type Amounts, amountsOf, podRequests, podScoringRequests } from './resources.ts';

/** Host ports in use: `TCP/0.0.0.0/80`. */
export const hostPorts = memoByIdentity((spec: PodSpec): readonly string[] => {
  const ports: string[] = [];
  for (const container of spec.containers) {
    for (const port of container.ports ?? [])
      if (port.hostPort) ports.push(`${port.protocol ?? 'TCP'}/${port.hostIP || '0.0.0.0'}/${port.hostPort}`);
  }
  return ports;
});

const NO_IMAGES: ReadonlyMap<string, number> = new Map();

const imagesOf = memoByIdentity((list: NonNullable<Node['status']['images']>): ReadonlyMap<string, number> => {
  const images = new Map<string, number>();
  for (const image of list) for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
  return images;
});

export class NodeInfo {
  node: Node;
  allocatable: Amounts = {};
  readonly pods = new Map<string, Pod>();
  readonly requested: Record<string, number> = {};
  readonly scoring = { cpu: 0, memory: 0 };
  /** Allocatable and requested milli-CPU and bytes once more, as plain fields for the inner loop. */
  cpu = 0;
  memory = 0;
  maxPods = 110;
  usedCpu = 0;
  usedMemory = 0;
  readonly ports = new Map<string, number>();
  /** Image name → bytes. */
  images: ReadonlyMap<string, number> = NO_IMAGES;
  /** Pods here with any affinity to other pods. */
  readonly affine = new Map<string, Pod>();
  /** Pods here with required anti-affinity, which newcomers must respect. */
  readonly antiAffine = new Map<string, Pod>();

  constructor(node: Node) {
    this.node = node;
    this.setNode(node);
  }

  setNode(node: Node): void {
    this.node = node;
    this.allocatable = amountsOf(node.status.allocatable ?? {});
    this.cpu = this.allocatable['cpu'] ?? 0;
    this.memory = this.allocatable['memory'] ?? 0;
    this.maxPods = this.allocatable['pods'] ?? 110;
    this.images = node.status.images === undefined ? NO_IMAGES : imagesOf(node.status.images);
  }

  add(key: string, pod: Pod): void {
    this.remove(key);
    this.pods.set(key, pod);
    this.#count(pod, 1);
    const { affinity } = pod.spec;
    if (affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined) this.affine.set(key, pod);
    if ((affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0) this.antiAffine.set(key, pod);
  }

  remove(key: string): void {
    const pod = this.pods.get(key);
    if (pod === undefined) return;
    this.pods.delete(key);
    this.antiAffine.delete(key);
    this.affine.delete(key);
    this.#count(pod, -1);
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const requests = podRequests(pod.spec);
    for (const resource in requests) this.requested[resource] = (this.requested[resource] ?? 0) + sign * requests[resource];
    this.usedCpu = this.requested['cpu'] ?? 0;
    this.usedMemory = this.requested['memory'] ?? 0;
    const scoring = podScoringRequests(pod.spec);
    this.scoring.cpu += sign * scoring['cpu'];
    this.scoring.memory += sign * scoring['memory'];
    for (const port of hostPorts(pod.spec)) {
      const users = (this.ports.get(port) ?? 0) + sign;
      if (users > 0) this.ports.set(port, users);
      else this.ports.delete(port);
    }
  }

  /** A copy without some pods (what preemption would leave) and with others (those nominated to come). */
  changed(without: ReadonlySet<string>, additional: ReadonlyMap<string, Pod>): NodeInfo {
    const copy = new NodeInfo(this.node);
    for (const [key, pod] of this.pods) if (!without.has(key)) copy.add(key, pod);
    for (const [key, pod] of additional) copy.add(key, pod);
    return copy;
  }
}

/** Does the pod's host port clash with one in use? 0.0.0.0 clashes with every address. */
export function portsConflict(pod: Pod, info: NodeInfo): boolean {
  if (info.ports.size === 0) return false;
  for (const wanted of hostPorts(pod.spec)) {
    const [protocol, ip, port] = wanted.split('/');
    for (const used of info.ports.keys()) {
      const [otherProtocol, otherIp, otherPort] = used.split('/');
      if (protocol === otherProtocol && port === otherPort && (ip === otherIp || ip === '0.0.0.0' || otherIp === '0.0.0.0')) return true;
    }
  }
  return false;
}
