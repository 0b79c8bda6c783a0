// From API objects to the feed's summaries: what the eye needs of a pod, a node, a Service. Pure functions of the objects.
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../cluster/apimachinery/quantity.ts';
import { podSummary } from '../cluster/kinds/pod/row.ts';
import type { Pod } from '../cluster/kinds/pod/types.ts';
import type { ContainerSummary, EndpointSummary, Mark, NodeRecord, PodRecord, ServiceRecord } from '../feed/records.ts';

export const keyOf = (object: AnyObject): string =>
  object.metadata.namespace === undefined ? object.metadata.name : `${object.metadata.namespace}/${object.metadata.name}`;

/** RFC 3339 → virtual milliseconds. */
export const virtualTime = (timestamp: string | undefined, epoch: number): number => (timestamp ? Date.parse(timestamp) - epoch : 0);

const failedWaits =
  /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

function containerMark(status: AnyObject | undefined, state: ContainerSummary['state'], reason: string | undefined): Mark {
  if (state === 'running') return status?.['ready'] === true ? 'ready' : 'running';
  if (state === 'terminated') return status?.['state']?.terminated?.exitCode === 0 ? 'succeeded' : 'failed';
  if (reason === 'CrashLoopBackOff') return 'restarting';
  return reason !== undefined && failedWaits.test(reason) ? 'failed' : 'creating';
}

/** `back-off 1m20s restarting failed container=…` → 80000. The kubelet tells the length only in this sentence. */
export function backOffMs(message: string | undefined): number | undefined {
  const found = /^back-off (?:(\d+)m)?(?:(\d+)s)? restarting/.exec(message ?? '');
  if (!found || (found[1] === undefined && found[2] === undefined)) return undefined;
  return (Number(found[1] ?? 0) * 60 + Number(found[2] ?? 0)) * 1000;
}

function containerSummary(container: { name: string; image: string }, status: any, init: boolean, epoch: number): ContainerSummary {
  const state = status?.state?.running ? 'running' : status?.state?.terminated ? 'terminated' : 'waiting';
  const reason: string | undefined = status?.state?.[state]?.reason;
  const waitMs = backOffMs(status?.state?.waiting?.message);
  const ended = status?.lastState?.terminated?.finishedAt;
  const from = ended === undefined ? undefined : virtualTime(ended, epoch);
  return {
    name: container.name,
    image: container.image,
    mark: containerMark(status, state, reason),
    state,
    ...(reason === undefined ? {} : { reason }),
    restarts: status?.restartCount ?? 0,
    ...(init ? { init } : {}),
    ...(waitMs === undefined || from === undefined ? {} : { backOff: { from, until: from + waitMs } }),
  };
}

function containersOf(pod: Pod, epoch: number): readonly ContainerSummary[] {
  const statusOf = (list: readonly { name: string }[] | undefined, name: string) => list?.find((each) => each.name === name);
  const { spec, status } = pod;
  return [
    ...(spec.initContainers ?? []).map((each) =>
      containerSummary(each as never, statusOf(status?.initContainerStatuses, each.name), true, epoch),
    ),
    ...spec.containers.map((each) => containerSummary(each as never, statusOf(status?.containerStatuses, each.name), false, epoch)),
  ];
}

/** The state the eye sees. `lost` = its node is not heard of. */
export function podMark(pod: Pod, lost: boolean): Mark {
  const { status, metadata, spec } = pod;
  const phase = status?.phase;
  if (phase === 'Succeeded') return 'succeeded';
  if (phase === 'Failed') return 'failed';
  if (lost) return 'unreachable';
  if (metadata.deletionTimestamp !== undefined) return 'terminating';
  if (!spec.nodeName) return 'pending';
  const waits = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map((each) => each.state?.waiting?.reason);
  if (waits.includes('CrashLoopBackOff')) return 'restarting';
  if (waits.some((reason) => reason !== undefined && failedWaits.test(reason))) return 'failed';
  if (phase !== 'Running') return phase === 'Unknown' ? 'unknown' : 'creating';
  if ((status?.containerStatuses ?? []).some((each) => each.state?.terminated && each.state.terminated.exitCode !== 0)) return 'restarting';
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ? 'ready' : 'running';
}

/** The workload's name and what is left of the pod's own. */
export function nameParts(pod: AnyObject): { readonly workload: string; readonly suffix: string } {
  const { name, labels, ownerReferences } = pod.metadata;
  const owner = ownerReferences?.find((each) => each.controller) ?? ownerReferences?.[0];
  const node: string | undefined = pod['spec']?.nodeName;
  const mirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  if (mirror && node !== undefined && name.endsWith(`-${node}`)) return { workload: name.slice(0, -node.length - 1), suffix: '' };
  if (!owner) return { workload: name, suffix: '' };
  if (owner.kind === 'Node')
    return { workload: name.endsWith(`-${owner.name}`) ? name.slice(0, -owner.name.length - 1) : name, suffix: '' };
  const suffix = name.startsWith(`${owner.name}-`) ? name.slice(owner.name.length + 1) : '';
  const hash = labels?.['pod-template-hash'];
  const workload = hash !== undefined && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
  return { workload, suffix };
}

function placeOf(pod: AnyObject): PodRecord['place'] {
  const owners = pod.metadata.ownerReferences ?? [];
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined || owners.some((each) => each.kind === 'Node'))
    return 'ledge';
  if (owners.some((each) => each.kind === 'DaemonSet')) return 'sand';
  return pod.metadata.namespace === 'kube-system' && owners.length === 0 ? 'sand' : 'water';
}

export function podRecord(pod: Pod, lost: boolean, epoch: number): PodRecord {
  const { metadata, spec, status } = pod;
  const owner = metadata.ownerReferences?.[0];
  const summary = podSummary(pod);
  return {
    kind: 'pod',
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    uid: metadata.uid,
    mark: podMark(pod, lost),
    phase: status?.phase ?? 'Pending',
    status: summary.status,
    ...(spec.nodeName ? { node: spec.nodeName } : {}),
    ...(status?.podIP ? { ip: status.podIP } : {}),
    ...nameParts(pod),
    ...(owner === undefined ? {} : { owner: { kind: owner.kind, name: owner.name } }),
    place: placeOf(pod),
    quiet: metadata.namespace === 'kube-system',
    containers: containersOf(pod, epoch),
    restarts: summary.restarts,
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    createdAt: virtualTime(metadata.creationTimestamp, epoch),
  };
}

export interface Requests {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

const requestsOfSpec = new WeakMap<object, Requests>();

/** What the containers of a pod ask for. Pods of one template share their spec, so this is computed once per template. */
export function requestsOf(pod: Pod): Requests {
  let requests = requestsOfSpec.get(pod.spec);
  if (requests) return requests;
  let cpuMilli = 0;
  let memoryBytes = 0;
  for (const container of pod.spec.containers) {
    const asked = (container as { resources?: { requests?: Record<string, string> } }).resources?.requests;
    cpuMilli += milli(asked?.['cpu']);
    memoryBytes += whole(asked?.['memory']);
  }
  requests = { cpuMilli, memoryBytes };
  requestsOfSpec.set(pod.spec, requests);
  return requests;
}

function milli(text: string | undefined): number {
  const parsed = text === undefined ? '' : parseQuantity(text);
  return typeof parsed === 'string' ? 0 : quantityMilliValue(parsed);
}

function whole(text: string | undefined): number {
  const parsed = text === undefined ? '' : parseQuantity(text);
  return typeof parsed === 'string' ? 0 : quantityValue(parsed);
}

/** What a pod that asks for nothing is drawn to use, so that an idle pod still raises the water a little. */
const idle: Requests = { cpuMilli: 10, memoryBytes: 24 * 1024 * 1024 };

export const readyOf = (node: AnyObject): NodeRecord['ready'] =>
  (node['status']?.conditions ?? []).find((each: { type: string }) => each.type === 'Ready')?.status ?? 'Unknown';

/**
 * Simplified: the water is what the node's pods request (10m and 24Mi for one that requests nothing), not what their processes use.
 */
export function nodeRecord(node: AnyObject, pods: Iterable<Pod>, epoch: number): NodeRecord {
  const status = node['status'] ?? {};
  const labels = node.metadata.labels ?? {};
  let cpuMilli = 0;
  let memoryBytes = 0;
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    const asked = requestsOf(pod);
    cpuMilli += asked.cpuMilli || idle.cpuMilli;
    memoryBytes += asked.memoryBytes || idle.memoryBytes;
  }
  const allocatable = status.allocatable ?? status.capacity ?? {};
  const address = (status.addresses ?? []).find((each: { type: string }) => each.type === 'InternalIP')?.address;
  const zone = labels['topology.kubernetes.io/zone'];
  return {
    kind: 'node',
    name: node.metadata.name,
    ip: address ?? '',
    role: labels['node-role.kubernetes.io/control-plane'] === undefined ? 'worker' : 'control plane',
    ready: readyOf(node),
    schedulable: node['spec']?.unschedulable !== true,
    cpu: Math.min(1, cpuMilli / Math.max(1, milli(allocatable.cpu))),
    memory: Math.min(1, memoryBytes / Math.max(1, whole(allocatable.memory))),
    ...(zone === undefined ? {} : { zone }),
    ...(node['spec']?.podCIDR === undefined ? {} : { podCIDR: node['spec'].podCIDR }),
    createdAt: virtualTime(node.metadata.creationTimestamp, epoch),
  };
}

export function serviceRecord(service: AnyObject, slices: Iterable<AnyObject>, order: number, epoch: number): ServiceRecord {
  const spec = service['spec'] ?? {};
  const endpoints: EndpointSummary[] = [];
  for (const slice of slices) {
    const port: number = slice['ports']?.[0]?.port ?? 0;
    for (const endpoint of slice['endpoints'] ?? []) {
      const target = endpoint.targetRef;
      endpoints.push({
        ip: endpoint.addresses?.[0] ?? '',
        port,
        ready: endpoint.conditions?.ready !== false,
        ...(target?.kind === 'Pod' ? { pod: `${target.namespace}/${target.name}` } : {}),
        ...(endpoint.nodeName === undefined ? {} : { node: endpoint.nodeName }),
      });
    }
  }
  return {
    kind: 'service',
    namespace: service.metadata.namespace ?? 'default',
    name: service.metadata.name,
    order,
    type: spec.type ?? 'ClusterIP',
    clusterIP: spec.clusterIP ?? '',
    ports: (spec.ports ?? []).map((port: any) => ({
      ...(port.name === undefined ? {} : { name: port.name }),
      port: port.port,
      target: String(port.targetPort ?? port.port),
      ...(port.nodePort ? { nodePort: port.nodePort } : {}),
      protocol: port.protocol ?? 'TCP',
    })),
    endpoints,
    createdAt: virtualTime(service.metadata.creationTimestamp, epoch),
  };
}
