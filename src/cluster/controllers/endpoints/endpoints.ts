// Endpoints controller: the old single list of a Service's addresses, kept for those who still read it.
// Models: kubernetes v1.37 pkg/controller/endpoint/endpoints_controller.go, staging api/v1/endpoints RepackSubsets
import { sameData } from '../../apimachinery/equality.ts';
import { byLabel, byNamespace } from '../../client/cache.ts';
import type { EndpointAddress, Endpoints, EndpointSubset } from '../../kinds/endpoints/endpoints.ts';
import { podIsReady } from '../../kinds/pod/facts.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import type { Service } from '../../kinds/service/types.ts';
import { defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import {
  bySelectorLabel,
  type EndpointPort,
  endpointHostname,
  endpointPorts,
  hasSelector,
  HEADLESS_LABEL,
  mayBeEndpoint,
  selectedPods,
  serviceKeys,
  TRIGGER_TIME,
  triggerTime,
} from '../service-endpoints.ts';
import { ENDPOINTS_BACKOFF } from '../timings.ts';
import { create, remove, update } from '../writes.ts';

const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MAX_ADDRESSES = 1000;

interface Placed {
  readonly address: EndpointAddress;
  readonly ready: boolean;
  readonly pod: Pod;
}

function reconcile(key: string, view: View): Outcome {
  const service = view.list<Service>('services').get(key);
  const current = view.list<Endpoints>('endpoints').get(key);
  if (service === undefined) return current === undefined || !isOurs(current) ? NOTHING : { batches: [[remove('endpoints', current)]] };
  if (service.spec.type === 'ExternalName' || !hasSelector(service)) return NOTHING;
  const include = service.spec.publishNotReadyAddresses === true;
  const pods = selectedPods(service, view.list<Pod>('pods')).filter((pod) => mayBeEndpoint(pod, include));
  const all = subsetsOf(service, pods);
  const { subsets, truncated } = capped(all);
  const labels = labelsOf(service);
  const { [TRIGGER_TIME]: _time, [OVER_CAPACITY]: _capacity, ...others } = current?.metadata.annotations ?? {};
  const isTruncated = current?.metadata.annotations?.[OVER_CAPACITY] === 'truncated';
  if (
    current !== undefined &&
    truncated === isTruncated &&
    sameData(current.subsets ?? [], subsets) &&
    sameData(current.metadata.labels, labels)
  ) {
    return NOTHING;
  }
  const trigger = triggerTime(service, changedPods(service, current, pods), current === undefined);
  const annotations = {
    ...others,
    ...(trigger === undefined ? {} : { [TRIGGER_TIME]: trigger }),
    ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}),
  };
  const { name, namespace } = service.metadata;
  if (current === undefined)
    return { batches: [[create('endpoints', namespace, { metadata: { name, namespace, labels, annotations }, subsets })]] };
  return { batches: [[update('endpoints', { ...current, metadata: { ...current.metadata, labels, annotations }, subsets })]] };
}

function isOurs(endpoints: Endpoints): boolean {
  return endpoints.metadata.labels?.[MANAGED_BY] === 'endpoint-controller';
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _headless, ...labels } = service.metadata.labels ?? {};
  return { ...labels, [MANAGED_BY]: 'endpoint-controller', ...(service.spec.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}) };
}

/** Addresses with the same ports stand together, ready ones and others apart, sorted. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; placed: Placed[] }>();
  const headlessWithoutPorts = service.spec.clusterIP === 'None' && (service.spec.ports ?? []).length === 0;
  for (const pod of pods) {
    const ports = endpointPorts(service, pod);
    if (ports.length === 0 && !headlessWithoutPorts) continue;
    const key = ports.map((port) => `${port.name} ${port.port} ${port.protocol}`).join();
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, placed: [] };
      groups.set(key, group);
    }
    const ready = service.spec.publishNotReadyAddresses === true || podIsReady(pod);
    group.placed.push({ address: addressOf(service, pod), ready, pod });
  }
  return [...groups.values()].map(({ ports, placed }) => {
    const sorted = placed.sort(byAddress);
    const ready = sorted.filter((one) => one.ready).map((one) => one.address);
    const others = sorted.filter((one) => !one.ready).map((one) => one.address);
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(others.length > 0 ? { notReadyAddresses: others } : {}),
      ...(ports.length > 0 ? { ports: ports.map((port) => (port.name === '' ? { port: port.port, protocol: port.protocol } : port)) } : {}),
    };
  });
}

function byAddress(a: Placed, b: Placed): number {
  if (a.address.ip !== b.address.ip) return a.address.ip < b.address.ip ? -1 : 1;
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const hostname = endpointHostname(pod, service);
  return {
    ip: pod.status.podIP!,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** Pods whose readiness the current object does not know. */
function changedPods(service: Service, current: Endpoints | undefined, pods: readonly Pod[]): readonly Pod[] {
  const known = new Map<string, boolean>();
  for (const { addresses = [], notReadyAddresses = [] } of current?.subsets ?? []) {
    for (const address of addresses) known.set(address.ip, true);
    for (const address of notReadyAddresses) known.set(address.ip, false);
  }
  const ready = (pod: Pod) => service.spec.publishNotReadyAddresses === true || podIsReady(pod);
  return pods.filter((pod) => known.get(pod.status.podIP!) !== ready(pod));
}

/** At most a thousand addresses, ready ones first. */
function capped(subsets: readonly EndpointSubset[]): { readonly subsets: readonly EndpointSubset[]; readonly truncated: boolean } {
  let total = 0;
  for (const subset of subsets) total += (subset.addresses?.length ?? 0) + (subset.notReadyAddresses?.length ?? 0);
  if (total <= MAX_ADDRESSES) return { subsets, truncated: false };
  // Simplified: the real controller takes the same share of every subset; ours fills them in order.
  let left = MAX_ADDRESSES;
  const take = (list: readonly EndpointAddress[] = []) => {
    const taken = list.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const readyOf = subsets.map((subset) => take(subset.addresses));
  const out = subsets.map((subset, i) => {
    const { addresses: _ready, notReadyAddresses, ...ports } = subset;
    const others = take(notReadyAddresses);
    return {
      ...(readyOf[i]!.length > 0 ? { addresses: readyOf[i]! } : {}),
      ...(others.length > 0 ? { notReadyAddresses: others } : {}),
      ...ports,
    };
  });
  return { subsets: out.filter((subset) => subset.addresses !== undefined || subset.notReadyAddresses !== undefined), truncated: true };
}

export const endpointsController = defineController({
  name: 'endpoint-controller',
  workers: 5,
  backoff: ENDPOINTS_BACKOFF,
  watches: [
    { resource: 'services', indexes: [byNamespace, bySelectorLabel], keys: ownKey },
    { resource: 'pods', indexes: [byLabel], keys: serviceKeys },
    { resource: 'endpoints', keys: (change) => (change.type === 'added' ? [] : ownKey(change)) },
  ],
  reconcile,
});
