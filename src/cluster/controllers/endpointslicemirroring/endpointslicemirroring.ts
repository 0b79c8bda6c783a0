// EndpointSlice mirroring controller: Endpoints written by hand, for a Service without selector, as slices that kube-proxy reads.
// Models: kubernetes v1.37 pkg/controller/endpointslicemirroring
import { sameData } from '../../apimachinery/equality.ts';
import { byLabel } from '../../client/cache.ts';
import type { EndpointAddress, Endpoints, EndpointSubset } from '../../kinds/endpoints/endpoints.ts';
import type { Endpoint, EndpointSlice } from '../../kinds/endpointslice/endpointslice.ts';
import type { Service } from '../../kinds/service/types.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, splitKey, type View, type Write } from '../controller.ts';
import { controllerReference } from '../ownership.ts';
import { hasSelector, TRIGGER_TIME } from '../service-endpoints.ts';
import { ENDPOINTS_BACKOFF } from '../timings.ts';
import { create, remove, update } from '../writes.ts';

const SLICES = 'endpointslices.discovery.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MAX_PER_SUBSET = 1000;

function sliceKeys({ object }: Change<EndpointSlice>): readonly string[] {
  const { labels, namespace } = object.metadata;
  return labels?.[MANAGED_BY] === MANAGER && labels[SERVICE_NAME] !== undefined ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];
}

function isMirrored(endpoints: Endpoints | undefined, service: Service | undefined): endpoints is Endpoints {
  if (endpoints === undefined || service === undefined || hasSelector(service)) return false;
  const { labels, annotations, deletionTimestamp } = endpoints.metadata;
  if (deletionTimestamp !== undefined || labels?.[SKIP_MIRROR] === 'true' || annotations?.[LEADER] !== undefined) return false;
  // The API server keeps the slice of its own Service itself.
  return !(endpoints.metadata.namespace === 'default' && endpoints.metadata.name === 'kubernetes');
}

function reconcile(key: string, view: View): Outcome {
  const [namespace, name] = splitKey(key);
  const endpoints = view.list<Endpoints>('endpoints').get(key);
  const service = view.list<Service>('services').get(key);
  const existing = view
    .list<EndpointSlice>(SLICES)
    .by('label', `${namespace}/${SERVICE_NAME}=${name}`)
    .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER);
  if (!isMirrored(endpoints, service)) {
    return existing.length === 0 ? NOTHING : { batches: [existing.map((slice) => remove(SLICES, slice))] };
  }
  const writes: Write[] = [];
  const unused = new Set(existing);
  for (const draft of (endpoints.subsets ?? []).flatMap((subset) => slicesOf(endpoints, subset))) {
    const match = existing.find(
      (slice) => unused.has(slice) && slice.addressType === draft.addressType && sameData(slice.ports ?? [], draft.ports),
    );
    if (match === undefined) {
      writes.push(create(SLICES, namespace, draft));
      continue;
    }
    unused.delete(match);
    if (sameData(match.endpoints, draft.endpoints) && sameData(match.metadata.labels, draft.metadata.labels)) continue;
    const metadata = { ...match.metadata, labels: draft.metadata.labels, annotations: draft.metadata.annotations };
    writes.push(update(SLICES, { ...match, metadata, endpoints: draft.endpoints }));
  }
  for (const slice of unused) writes.push(remove(SLICES, slice));
  return writes.length === 0 ? NOTHING : { batches: [writes] };
}

function slicesOf(endpoints: Endpoints, subset: EndpointSubset) {
  const ports = (subset.ports ?? []).map(({ name = '', port, protocol, appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
  const all = [
    ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
    ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
  ].slice(0, MAX_PER_SUBSET);
  return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
    const mine = all.filter((endpoint) => endpoint.addresses[0]!.includes(':') === (addressType === 'IPv6'));
    return mine.length === 0 ? [] : [{ metadata: metadataOf(endpoints), addressType, endpoints: mine, ports }];
  });
}

function metadataOf(endpoints: Endpoints) {
  const { name, namespace, labels, annotations } = endpoints.metadata;
  const { [LAST_APPLIED]: _applied, [TRIGGER_TIME]: _time, ...kept } = annotations ?? {};
  return {
    generateName: `${name}-`,
    namespace,
    labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
    annotations: kept,
    ownerReferences: [controllerReference(endpoints)],
  };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

export const endpointSliceMirroringController = defineController({
  name: 'endpointslicemirroring-controller',
  component: 'endpoint-slice-mirroring-controller',
  workers: 5,
  backoff: ENDPOINTS_BACKOFF,
  watches: [
    { resource: 'endpoints', keys: ownKey },
    { resource: 'services', keys: ownKey },
    { resource: SLICES, indexes: [byLabel], keys: sliceKeys },
  ],
  reconcile,
});
