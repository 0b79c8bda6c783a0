// What EndpointSlices and Endpoints have in common: which pods stand behind a Service, on which ports, and who must look when a
// pod changes.
// Models: kubernetes v1.37 staging/src/k8s.io/endpointslice, pkg/controller/util/endpoint/controller_utils.go
import { sameData } from '../apimachinery/equality.ts';
import type { Index, Lister } from '../client/cache.ts';
import { podIsReady, podIsTerminal, podReadySince } from '../kinds/pod/facts.ts';
import type { Pod } from '../kinds/pod/types.ts';
import type { Service } from '../kinds/service/types.ts';
import type { Change, View } from './controller.ts';

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';

export interface EndpointPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol?: string;
}

/** Services by one label of their selector: `namespace/key=value`. Services without selector have no place. */
export const bySelectorLabel: Index<Service> = {
  name: 'selector-label',
  values(service) {
    const first = firstSelectorLabel(service);
    return first === undefined ? [] : [first];
  },
};

function firstSelectorLabel(service: Service): string | undefined {
  const { selector } = service.spec;
  if (selector === undefined) return undefined;
  const key = Object.keys(selector).sort()[0];
  return key === undefined ? undefined : `${service.metadata.namespace}/${key}=${selector[key]}`;
}

export function hasSelector(service: Service): boolean {
  return Object.keys(service.spec.selector ?? {}).length > 0;
}

function selects(service: Service, pod: Pod): boolean {
  const { selector = {} } = service.spec;
  const { labels } = pod.metadata;
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

/** Pods the Service selects, by the selector's rarest label. */
export function selectedPods(service: Service, pods: Lister<Pod>): readonly Pod[] {
  const { selector = {} } = service.spec;
  let rarest: string | undefined;
  for (const key in selector) {
    const value = `${service.metadata.namespace}/${key}=${selector[key]}`;
    if (rarest === undefined || pods.keysBy('label', value).size < pods.keysBy('label', rarest).size) rarest = value;
  }
  if (rarest === undefined) return [];
  return pods.by('label', rarest).filter((pod) => selects(service, pod));
}

function addServices(keys: Set<string>, pod: Pod, services: Lister<Service>): void {
  const { labels, namespace } = pod.metadata;
  for (const key in labels) {
    for (const service of services.by('selector-label', `${namespace}/${key}=${labels[key]}`)) {
      if (selects(service, pod)) keys.add(`${namespace}/${service.metadata.name}`);
    }
  }
}

/** Services that must look because of a pod; none when nothing an endpoint is made of changed. */
export function serviceKeys({ object, old, type }: Change<Pod>, view: View): Iterable<string> {
  if (type === 'updated' && sameEndpoint(object, old!)) return [];
  const keys = new Set<string>();
  const services = view.list<Service>('services');
  addServices(keys, object, services);
  if (old !== undefined && old.metadata.labels !== object.metadata.labels) addServices(keys, old, services);
  return keys;
}

function sameEndpoint(next: Pod, old: Pod): boolean {
  return (
    next.metadata.deletionTimestamp === old.metadata.deletionTimestamp &&
    next.status.podIP === old.status.podIP &&
    podIsReady(next) === podIsReady(old) &&
    podIsTerminal(next) === podIsTerminal(old) &&
    next.spec.nodeName === old.spec.nodeName &&
    (next.metadata.labels === old.metadata.labels || sameData(next.metadata.labels, old.metadata.labels)) &&
    sameData(next.status.podIPs, old.status.podIPs)
  );
}

/** A pod that has an address and may still answer. */
export function mayBeEndpoint(pod: Pod, includeTerminating: boolean): boolean {
  if (podIsTerminal(pod)) return false;
  if (!includeTerminating && pod.metadata.deletionTimestamp !== undefined) return false;
  return (pod.status.podIP ?? '') !== '';
}

/** Name of an endpoint in the headless Service of its subdomain. */
export function endpointHostname(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? hostname : undefined;
}

/** The Service's ports as this pod has them; a named port the pod does not have is left out. */
export function endpointPorts(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const { name = '', protocol, port, targetPort, appProtocol } of service.spec.ports ?? []) {
    const target =
      targetPort === 0 || targetPort === undefined
        ? port
        : typeof targetPort === 'number'
          ? targetPort
          : namedPort(pod, targetPort, protocol);
    if (target !== undefined) ports.push({ name, port: target, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const port of container.ports ?? []) if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort;
  }
  return undefined;
}

/** When the oldest of these changes happened: a pod became ready, the Service was made. */
export function triggerTime(service: Service, changed: readonly Pod[], isNew: boolean): string | undefined {
  let oldest = isNew ? Date.parse(service.metadata.creationTimestamp) : Number.POSITIVE_INFINITY;
  for (const pod of changed) oldest = Math.min(oldest, podReadySince(pod) ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(oldest) ? `${new Date(oldest).toISOString().slice(0, 19)}Z` : undefined;
}
