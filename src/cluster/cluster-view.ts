// The device `cluster-view` of a CoreDNS container: its own informers of Namespaces, Services and EndpointSlices, and what they know by
// name and by address. One per pod, so that replicas are late by themselves. Models: coredns plugin/kubernetes/controller.go
import type { Plain } from '../sim/plain.ts';
import type { Sim } from '../sim/sim.ts';
import type { Device } from '../posix/machine.ts';
import type { Client } from './client/client.ts';
import { type Informer, InformerFactory } from './client/informer.ts';
import type { DnsAddress, DnsEndpoint, DnsService } from './images/coredns/view.ts';
import type { EndpointSlice } from './kinds/endpointslice/endpointslice.ts';
import type { Service } from './kinds/service/types.ts';
import type { KubeObject } from './apimachinery/object.ts';

export interface ClusterView extends Device {
  /** Lists and watches; the container started. */
  start(): void;
  /** The container ended. */
  stop(): void;
}

/** `client` needs a name of its own per container: `coredns kube-system/coredns-abc`. */
export function createClusterView(sim: Sim, client: Client): ClusterView {
  return new View(sim, client);
}

const SERVICE_NAME = 'kubernetes.io/service-name';

class View implements ClusterView {
  readonly #sim: Sim;
  readonly #informers: InformerFactory;
  readonly #namespaces: Informer<KubeObject>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  /** `namespace/service` → its slices by name. */
  readonly #byService = new Map<string, Map<string, EndpointSlice>>();
  /** Address → keys of Services or slices that have it. */
  readonly #clusterIps = new Map<string, Set<string>>();
  readonly #endpointIps = new Map<string, Map<string, EndpointSlice>>();
  #changedMs = 0;
  #stale = false;

  constructor(sim: Sim, client: Client) {
    this.#sim = sim;
    this.#informers = new InformerFactory(client);
    this.#namespaces = this.#informers.informer({ path: '/api/v1/namespaces' });
    this.#services = this.#informers.informer<Service>({ path: '/api/v1/services' });
    this.#slices = this.#informers.informer<EndpointSlice>({ path: '/apis/discovery.k8s.io/v1/endpointslices' });
    this.#services.handle({
      added: (service) => this.#serviceMoved(undefined, service),
      updated: (service, old) => this.#serviceMoved(old, service),
      deleted: (service) => this.#serviceMoved(service, undefined),
    });
    this.#slices.handle({
      added: (slice) => this.#sliceMoved(undefined, slice),
      updated: (slice, old) => this.#sliceMoved(old, slice),
      deleted: (slice) => this.#sliceMoved(slice, undefined),
    });
    sim.keep(`cluster-view ${client.name}`, {
      save: () => this.#changedMs,
      restore: (state) => {
        this.#changedMs = state as number;
        // The caches are restored by their own keepers, maybe after this one.
        this.#stale = true;
      },
    });
  }

  start(): void {
    this.#changedMs = this.#sim.now;
    this.#informers.start();
  }

  stop(): void {
    this.#informers.stop();
    this.#clear();
  }

  call(_ticket: number, call: string, args: Plain): { readonly now: unknown } {
    if (this.#stale) this.#rebuild();
    const { name = '', namespace = '', ip = '' } = (args ?? {}) as { name?: string; namespace?: string; ip?: string };
    switch (call) {
      case 'synced':
        return { now: this.#informers.synced };
      case 'serial':
        return { now: Math.floor((this.#sim.epoch + this.#changedMs) / 1000) };
      case 'namespace':
        return { now: this.#namespaces.get(name) !== undefined };
      case 'service':
        return { now: this.#service(namespace, name) };
      case 'address':
        return { now: this.#address(ip) };
      default:
        throw new Error(`device cluster-view has no call ${call}`);
    }
  }

  #service(namespace: string, name: string): DnsService | null {
    const key = `${namespace}/${name}`;
    const service = this.#services.get(key);
    if (service === undefined) return null;
    const { spec } = service;
    const ips = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
    return {
      namespace,
      name,
      type: spec.type,
      clusterIPs: ips.filter((ip) => ip !== 'None' && ip !== ''),
      externalName: spec.externalName ?? '',
      ports: (spec.ports ?? []).map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol ?? 'TCP' })),
      endpoints: [...(this.#byService.get(key)?.values() ?? [])].flatMap(readyEndpoints),
    };
  }

  #address(ip: string): DnsAddress {
    const services = [...(this.#clusterIps.get(ip) ?? [])].map((key) => ({ namespace: key.split('/')[0]!, name: key.split('/')[1]! }));
    const endpoints = [...(this.#endpointIps.get(ip)?.values() ?? [])].flatMap((slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME] ?? '';
      return readyEndpoints(slice)
        .filter((endpoint) => endpoint.ip === ip)
        .map((endpoint) => ({ namespace: slice.metadata.namespace!, service, endpoint }));
    });
    return { services, endpoints };
  }

  #serviceMoved(old: Service | undefined, next: Service | undefined): void {
    this.#changedMs = this.#sim.now;
    for (const ip of ipsOf(old)) {
      const keys = this.#clusterIps.get(ip);
      keys?.delete(keyOf(old!));
      if (keys?.size === 0) this.#clusterIps.delete(ip);
    }
    for (const ip of ipsOf(next)) into(this.#clusterIps, ip, () => new Set()).add(keyOf(next!));
  }

  #sliceMoved(old: EndpointSlice | undefined, next: EndpointSlice | undefined): void {
    this.#changedMs = this.#sim.now;
    if (old !== undefined) {
      this.#byService.get(serviceKey(old))?.delete(old.metadata.name);
      for (const { ip } of readyEndpoints(old)) {
        const slices = this.#endpointIps.get(ip);
        slices?.delete(keyOf(old));
        if (slices?.size === 0) this.#endpointIps.delete(ip);
      }
    }
    if (next === undefined) return;
    into(this.#byService, serviceKey(next), () => new Map()).set(next.metadata.name, next);
    for (const { ip } of readyEndpoints(next)) into(this.#endpointIps, ip, () => new Map()).set(keyOf(next), next);
  }

  #clear(): void {
    this.#byService.clear();
    this.#clusterIps.clear();
    this.#endpointIps.clear();
  }

  #rebuild(): void {
    this.#stale = false;
    const changedMs = this.#changedMs;
    this.#clear();
    for (const service of this.#services.all()) this.#serviceMoved(undefined, service);
    for (const slice of this.#slices.all()) this.#sliceMoved(undefined, slice);
    this.#changedMs = changedMs;
  }
}

function into<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function serviceKey({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME] ?? ''}`;
}

function ipsOf(service: Service | undefined): readonly string[] {
  return (service?.spec.clusterIPs ?? []).filter((ip) => ip !== 'None' && ip !== '');
}

const endpointsOf = new WeakMap<EndpointSlice, readonly DnsEndpoint[]>();

/** Endpoints whose condition is ready, or unknown. */
function readyEndpoints(slice: EndpointSlice): readonly DnsEndpoint[] {
  let found = endpointsOf.get(slice);
  if (found === undefined) {
    const ports = (slice.ports ?? [])
      .filter((port) => port.port !== undefined)
      .map((port) => ({ name: port.name ?? '', port: port.port!, protocol: port.protocol ?? 'TCP' }));
    found = (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap((endpoint) =>
        endpoint.addresses.map((ip) => ({ ip, hostname: endpoint.hostname ?? '', pod: endpoint.targetRef?.name ?? '', ports })),
      );
    endpointsOf.set(slice, found);
  }
  return found;
}
