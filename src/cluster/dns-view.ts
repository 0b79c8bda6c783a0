// What CoreDNS sees of the cluster, answered from informers: the device behind `cluster-view`.
// Simplified: all replicas share one set of caches, so two of them never disagree about the cluster itself.
import type { Device } from '../posix/machine.ts';
import type { Sim } from '../sim/sim.ts';
import type { Plain } from '../sim/plain.ts';
import { type Client, createClient, type Transport } from './client/client.ts';
import { type Informer, InformerFactory } from './client/informer.ts';
import type { DnsAddress, DnsEndpoint, DnsService } from './images/coredns/view.ts';
import type { EndpointSlice } from './kinds/endpointslice/endpointslice.ts';
import type { Namespace } from './kinds/namespace/namespace.ts';
import type { Service } from './kinds/service/types.ts';

/** One way of CoreDNS's watch: it answers a new name 18 ms after the request (golden/network latency-idle). */
const WATCH_MS = 13;
const SERVICE_NAME = 'kubernetes.io/service-name';

export class DnsView implements Device {
  readonly #sim: Sim;
  readonly #factory: InformerFactory;
  readonly #namespaces: Informer<Namespace>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  #changedMs = 0;
  #started = false;

  constructor(sim: Sim, transport: Transport) {
    this.#sim = sim;
    const client: Client = createClient({
      sim,
      transport,
      name: 'coredns',
      userAgent: 'coredns/v1.14.6',
      user: { name: 'system:serviceaccount:kube-system:coredns', groups: ['system:authenticated'] },
      latencyMs: WATCH_MS,
    });
    this.#factory = new InformerFactory(client);
    this.#namespaces = this.#factory.informer({ path: '/api/v1/namespaces' });
    this.#services = this.#factory.informer({ path: '/api/v1/services' });
    this.#slices = this.#factory.informer({ path: '/apis/discovery.k8s.io/v1/endpointslices' });
    this.#services.index({ name: 'cluster-ip', values: ({ spec }) => (spec.clusterIPs ?? []).filter((ip) => ip !== 'None') });
    this.#slices.index({ name: 'service', values: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME] ?? ''}`] });
    this.#slices.index({ name: 'address', values: ({ endpoints }) => (endpoints ?? []).flatMap((endpoint) => [...endpoint.addresses]) });
    const moved = (): void => void (this.#changedMs = sim.now);
    for (const informer of [this.#namespaces, this.#services, this.#slices]) informer.handle({ moved });
  }

  /** The caches fill from the first question on. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#factory.start();
  }

  call(_ticket: number, call: string, args: Plain): { readonly now: unknown } {
    const given = args as any;
    switch (call) {
      case 'synced':
        return { now: this.#factory.synced };
      case 'serial':
        return { now: Math.floor((this.#sim.epoch + this.#changedMs) / 1000) };
      case 'namespace':
        return { now: this.#namespaces.get(given.name) !== undefined };
      case 'service':
        return { now: this.#service(given.namespace, given.name) };
      case 'address':
        return { now: this.#address(given.ip) };
      default:
        throw new Error(`the cluster view has no call ${call}`);
    }
  }

  #service(namespace: string, name: string): DnsService | null {
    const service = this.#services.get(`${namespace}/${name}`);
    if (service === undefined) return null;
    const { type, clusterIPs = [], externalName = '', ports = [], publishNotReadyAddresses = false } = service.spec;
    return {
      namespace,
      name,
      type,
      clusterIPs: clusterIPs.filter((ip) => ip !== 'None'),
      externalName,
      ports: ports.map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol })),
      endpoints: [...this.#slices.by('service', `${namespace}/${name}`)].flatMap((slice) => endpointsOf(slice, publishNotReadyAddresses)),
    };
  }

  #address(ip: string): DnsAddress {
    const services = [...this.#services.by('cluster-ip', ip)].map(({ metadata }) => ({
      namespace: metadata.namespace ?? '',
      name: metadata.name,
    }));
    const endpoints = [...this.#slices.by('address', ip)].flatMap((slice) =>
      endpointsOf(slice, false)
        .filter((endpoint) => endpoint.ip === ip)
        .map((endpoint) => ({ namespace: slice.metadata.namespace ?? '', service: slice.metadata.labels?.[SERVICE_NAME] ?? '', endpoint })),
    );
    return { services, endpoints };
  }
}

function endpointsOf({ endpoints, ports }: EndpointSlice, notReadyToo: boolean): readonly DnsEndpoint[] {
  // A slice without endpoints or ports may say null.
  const offered = (ports ?? []).map((port) => ({ name: port.name ?? '', port: port.port ?? 0, protocol: port.protocol ?? 'TCP' }));
  return (endpoints ?? [])
    .filter(({ conditions }) => notReadyToo || conditions?.ready !== false)
    .flatMap(({ addresses, hostname = '', targetRef }) =>
      addresses.map((ip) => ({ ip, hostname, pod: targetRef?.name ?? '', ports: offered })),
    );
}
