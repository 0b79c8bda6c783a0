// Spreads endpoints over slices: what is there stays where it is, free places are filled, new slices come last.
// Models: kubernetes v1.37 staging/src/k8s.io/endpointslice/reconciler.go reconcileByPortMapping
import { sameData } from '../../apimachinery/equality.ts';
import type { Endpoint, EndpointSlice } from '../../kinds/endpointslice/endpointslice.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import type { EndpointPort } from '../service-endpoints.ts';

/** `--max-endpoints-per-slice`. */
const MAX_ENDPOINTS = 100;

export interface Desired {
  readonly ports: readonly EndpointPort[];
  /** By `namespace/name` of the pod. */
  readonly endpoints: Map<string, { readonly endpoint: Endpoint; readonly pod: Pod }>;
}

/** A slice to create (`existing` undefined) or to update. */
export interface SliceDraft {
  existing?: EndpointSlice;
  readonly addressType: 'IPv4' | 'IPv6';
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly EndpointPort[];
  endpoints: Endpoint[];
  /** Pods whose endpoint is new or different. */
  readonly changed: Pod[];
}

export interface Arrangement {
  readonly drafts: readonly SliceDraft[];
  readonly removed: readonly EndpointSlice[];
}

type Labels = SliceDraft['labels'];

export function arrange(
  existing: readonly EndpointSlice[],
  groups: readonly Desired[],
  labels: Labels,
  addressType: 'IPv4' | 'IPv6',
): Arrangement {
  const drafts: SliceDraft[] = [];
  const removed: EndpointSlice[] = [];
  const unused = new Set(existing);
  for (const group of groups) {
    const mine = existing.filter((slice) => unused.has(slice) && samePorts(slice, group.ports));
    for (const slice of mine) unused.delete(slice);
    arrangeGroup(mine, group, labels, addressType, drafts, removed);
  }
  const idle = [...unused];
  // There is always at least one slice, even with nothing in it.
  if (groups.length === 0 && drafts.length === 0) {
    const kept = idle.find(
      (slice) => (slice.endpoints ?? []).length === 0 && (slice.ports ?? []).length === 0 && sameData(slice.metadata.labels, labels),
    );
    if (kept !== undefined) return { drafts, removed: idle.filter((slice) => slice !== kept) };
    drafts.push({ addressType, labels, ports: [], endpoints: [], changed: [] });
  }
  return reused(drafts, [...removed, ...idle]);
}

/** A slice that would be removed while another is made becomes that other one. */
function reused(drafts: readonly SliceDraft[], removed: EndpointSlice[]): Arrangement {
  for (const draft of [...drafts].reverse()) {
    if (removed.length === 0) break;
    if (draft.existing === undefined) draft.existing = removed.shift();
  }
  return { drafts, removed };
}

function arrangeGroup(
  existing: readonly EndpointSlice[],
  { ports, endpoints }: Desired,
  labels: Labels,
  addressType: 'IPv4' | 'IPv6',
  drafts: SliceDraft[],
  removed: EndpointSlice[],
): void {
  const rest = new Map(endpoints);
  const updates: SliceDraft[] = [];
  const unchanged: EndpointSlice[] = [];
  for (const slice of existing) {
    const kept = keep(slice, rest);
    const sameLabels = sameData(slice.metadata.labels, labels);
    if (kept.endpoints.length === 0 && (slice.endpoints ?? []).length > 0) removed.push(slice);
    else if (kept.differs || !sameLabels) {
      updates.push({ existing: slice, addressType, labels, ports, endpoints: kept.endpoints, changed: kept.changed });
    } else unchanged.push(slice);
  }
  updates.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const draft of updates) fill(draft, rest);
  while (rest.size > 0) {
    const roomy = rest.size < MAX_ENDPOINTS ? fullestWithRoom(unchanged, rest.size) : undefined;
    const draft: SliceDraft =
      roomy === undefined
        ? { addressType, labels, ports, endpoints: [], changed: [] }
        : { existing: roomy, addressType, labels, ports, endpoints: [...(roomy.endpoints ?? [])], changed: [] };
    fill(draft, rest);
    updates.push(draft);
  }
  drafts.push(...updates);
}

/** Endpoints of the slice that are still wanted, as they are wanted now; takes them from `rest`. */
function keep(slice: EndpointSlice, rest: Map<string, { endpoint: Endpoint; pod: Pod }>) {
  const endpoints: Endpoint[] = [];
  const changed: Pod[] = [];
  let differs = false;
  for (const old of slice.endpoints ?? []) {
    const key = `${old.targetRef?.namespace}/${old.targetRef?.name}`;
    const wanted = rest.get(key);
    if (wanted === undefined || wanted.endpoint.addresses[0] !== old.addresses[0]) {
      differs = true;
      continue;
    }
    rest.delete(key);
    if (same(old, wanted.endpoint)) endpoints.push(old);
    else {
      endpoints.push(wanted.endpoint);
      changed.push(wanted.pod);
      differs = true;
    }
  }
  return { endpoints, changed, differs };
}

function same(a: Endpoint, b: Endpoint): boolean {
  return (
    a.conditions.ready === b.conditions.ready &&
    a.conditions.serving === b.conditions.serving &&
    a.conditions.terminating === b.conditions.terminating &&
    a.nodeName === b.nodeName &&
    a.hostname === b.hostname &&
    a.zone === b.zone &&
    a.targetRef?.uid === b.targetRef?.uid
  );
}

function fill(draft: SliceDraft, rest: Map<string, { endpoint: Endpoint; pod: Pod }>): void {
  for (const [key, { endpoint, pod }] of rest) {
    if (draft.endpoints.length >= MAX_ENDPOINTS) return;
    draft.endpoints.push(endpoint);
    draft.changed.push(pod);
    rest.delete(key);
  }
}

function fullestWithRoom(slices: EndpointSlice[], count: number): EndpointSlice | undefined {
  let best: EndpointSlice | undefined;
  for (const slice of slices) {
    const size = (slice.endpoints ?? []).length;
    if (size + count <= MAX_ENDPOINTS && (best === undefined || size > (best.endpoints ?? []).length)) best = slice;
  }
  if (best !== undefined) slices.splice(slices.indexOf(best), 1);
  return best;
}

function samePorts(slice: EndpointSlice, ports: readonly EndpointPort[]): boolean {
  const own = slice.ports ?? [];
  if (own.length !== ports.length) return false;
  return own.every((port) =>
    ports.some(
      (other) =>
        other.name === (port.name ?? '') &&
        other.port === port.port &&
        other.protocol === port.protocol &&
        (other.appProtocol ?? '') === (port.appProtocol ?? ''),
    ),
  );
}
