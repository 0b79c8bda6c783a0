// EndpointSlice controller: the pods behind a Service, in slices of at most a hundred, changing as few slices as possible.
// Models: kubernetes v1.37 pkg/controller/endpointslice, staging/src/k8s.io/endpointslice/reconciler.go
import { byLabel, byNamespace, keyOf } from '../../client/cache.ts';
import type { Endpoint, EndpointSlice } from '../../kinds/endpointslice/endpointslice.ts';
import type { Node } from '../../kinds/node/node.ts';
import { podIsReady } from '../../kinds/pod/facts.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import type { Service } from '../../kinds/service/types.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import { controllerReference } from '../ownership.ts';
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
  triggerTime,
} from '../service-endpoints.ts';
import { ENDPOINTS_BACKOFF, POD_DELETION_MS, SERVICE_CHANGE_MS } from '../timings.ts';
import { create, remove, update } from '../writes.ts';
import { arrange, type Desired, type SliceDraft } from './arrange.ts';

export const SLICES = 'endpointslices.discovery.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE = 'topology.kubernetes.io/zone';

function sliceKeys({ object }: Change<EndpointSlice>): readonly string[] {
  const { labels, namespace } = object.metadata;
  return labels?.[MANAGED_BY] === MANAGER && labels[SERVICE_NAME] !== undefined ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];
}

function reconcile(key: string, view: View): Outcome {
  const service = view.list<Service>('services').get(key);
  const slices = ownSlices(key, view);
  // A deleted Service takes its slices with it (garbage collection).
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) return NOTHING;
  if (service.spec.type === 'ExternalName' || !hasSelector(service)) return NOTHING;
  const pods = selectedPods(service, view.list<Pod>('pods')).filter((pod) => mayBeEndpoint(pod, true));
  const labels = labelsOf(service);
  const drafts: SliceDraft[] = [];
  const removed: EndpointSlice[] = [];
  const families = service.spec.ipFamilies ?? ['IPv4'];
  for (const family of families) {
    const mine = slices.filter((slice) => slice.addressType === family);
    const plan = arrange(mine, groupsOf(service, pods, family, view), labels, family as 'IPv4');
    drafts.push(...plan.drafts);
    removed.push(...plan.removed);
  }
  for (const slice of slices) if (!families.includes(slice.addressType)) removed.push(slice);
  if (drafts.length === 0 && removed.length === 0) return NOTHING;
  const changed = drafts.flatMap((draft) => draft.changed);
  const trigger = triggerTime(service, changed, slices.length === 0);
  const annotations = trigger === undefined ? undefined : { 'endpoints.kubernetes.io/last-change-trigger-time': trigger };
  const creates = drafts.filter((draft) => draft.existing === undefined);
  const updates = drafts.filter((draft) => draft.existing !== undefined);
  return {
    batches: [
      creates.map((draft) => create(SLICES, service.metadata.namespace, sliceOf(service, draft, annotations))),
      updates.map((draft) => update(SLICES, updated(draft, annotations))),
      removed.map((slice) => remove(SLICES, slice)),
    ],
  };
}

function ownSlices(key: string, view: View): readonly EndpointSlice[] {
  const at = key.indexOf('/');
  const value = `${key.slice(0, at)}/${SERVICE_NAME}=${key.slice(at + 1)}`;
  const slices = view.list<EndpointSlice>(SLICES).by('label', value);
  return slices.filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER && slice.metadata.deletionTimestamp === undefined);
}

/** The Service's own labels and those that say whose slice it is. */
function labelsOf(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _headless, [SERVICE_NAME]: _name, [MANAGED_BY]: _manager, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [MANAGED_BY]: MANAGER,
    [SERVICE_NAME]: service.metadata.name,
    ...(service.spec.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
  };
}

/** Endpoints by the ports their pods resolve the Service's ports to. */
function groupsOf(service: Service, pods: readonly Pod[], family: string, view: View): readonly Desired[] {
  const numeric = (service.spec.ports ?? []).every((port) => typeof port.targetPort === 'number');
  const nodes = view.list<Node>('nodes');
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Map<string, { endpoint: Endpoint; pod: Pod }> }>();
  let shared: readonly EndpointPort[] | undefined;
  for (const pod of pods) {
    const addresses = addressesOf(pod, family);
    if (addresses.length === 0) continue;
    const ports = numeric ? (shared ??= endpointPorts(service, pod)) : endpointPorts(service, pod);
    const key = ports.map((port) => `${port.name} ${port.protocol} ${port.port} ${port.appProtocol ?? ''}`).join();
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, endpoints: new Map() };
      groups.set(key, group);
    }
    group.endpoints.set(keyOf(pod), { endpoint: endpointOf(service, pod, addresses, nodes.get(pod.spec.nodeName ?? '')), pod });
  }
  return [...groups.values()];
}

function addressesOf(pod: Pod, family: string): readonly string[] {
  const all = pod.status.podIPs?.map((one) => one.ip) ?? [pod.status.podIP!];
  return all.filter((ip) => ip.includes(':') === (family === 'IPv6')).slice(0, 1);
}

function endpointOf(service: Service, pod: Pod, addresses: readonly string[], node: Node | undefined): Endpoint {
  const serving = podIsReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { namespace, name, uid } = pod.metadata;
  const hostname = endpointHostname(pod, service);
  const zone = node?.metadata.labels?.[ZONE];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}

type Annotations = Readonly<Record<string, string>> | undefined;

function sliceOf(service: Service, draft: SliceDraft, annotations: Annotations): object {
  return {
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: draft.labels,
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(service)],
    },
    addressType: draft.addressType,
    endpoints: draft.endpoints,
    ports: draft.ports,
  };
}

function updated({ existing, endpoints, labels, ports }: SliceDraft, trigger: Annotations): EndpointSlice {
  const { 'endpoints.kubernetes.io/last-change-trigger-time': _old, ...others } = existing!.metadata.annotations ?? {};
  return { ...existing!, metadata: { ...existing!.metadata, labels, annotations: { ...others, ...trigger } }, endpoints, ports };
}

export const endpointSliceController = defineController({
  name: 'endpointslice-controller',
  component: 'endpoint-slice-controller',
  workers: 5,
  backoff: ENDPOINTS_BACKOFF,
  watches: [
    { resource: 'services', indexes: [byNamespace, bySelectorLabel], keys: ownKey, delayMs: () => SERVICE_CHANGE_MS },
    {
      resource: 'pods',
      indexes: [byLabel],
      keys: serviceKeys,
      delayMs: ({ object, old }) =>
        object.metadata.deletionTimestamp !== undefined && old?.metadata.deletionTimestamp === undefined ? POD_DELETION_MS : 0,
    },
    { resource: SLICES, indexes: [byLabel], keys: sliceKeys },
    { resource: 'nodes' },
  ],
  reconcile,
});
