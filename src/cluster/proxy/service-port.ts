// One port of one Service as every proxy mode sees it, with the endpoints that are eligible on this node. Models: kubernetes v1.37
// pkg/proxy/{serviceport,endpoint,topology,endpointslicecache}.go
import { ipv4, type Prefix, prefix } from '../network/address.ts';
import type { EndpointSlice } from '../kinds/endpointslice/endpointslice.ts';
import type { Service, ServicePort as PortSpec } from '../kinds/service/types.ts';

/** The node a proxy works for. */
export interface ProxyNode {
  readonly name: string;
  /** Label `topology.kubernetes.io/zone`. */
  readonly zone: string | undefined;
  readonly ip: string;
  /** True for every address of this node, loopback included. */
  isLocal(ip: string): boolean;
}

export interface Backend {
  readonly ip: string;
  readonly port: number;
  /** `ip:port`. */
  readonly name: string;
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

export interface Eligible {
  /** For policy Cluster, sorted by name. */
  readonly cluster: readonly Backend[];
  /** For policy Local, sorted by name. */
  readonly local: readonly Backend[];
  /** Both, sorted by name: what needs a chain of its own. */
  readonly all: readonly Backend[];
  /** Is anybody eligible anywhere? */
  readonly any: boolean;
}

const NONE: Eligible = { cluster: [], local: [], all: [], any: false };

export class ServicePort {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly node: ProxyNode;
  readonly spec: PortSpec;
  /** `namespace/name` or `namespace/name:port`. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  #eligible: Eligible | undefined;

  constructor(service: Service, spec: PortSpec, slices: readonly EndpointSlice[], node: ProxyNode) {
    this.service = service;
    this.spec = spec;
    this.slices = slices;
    this.node = node;
    const { namespace, name } = service.metadata;
    this.name = spec.name ? `${namespace}/${name}:${spec.name}` : `${namespace}/${name}`;
    this.protocol = spec.protocol ?? 'TCP';
  }

  get clusterIP(): string {
    return this.service.spec.clusterIP!;
  }

  get port(): number {
    return this.spec.port;
  }

  get nodePort(): number {
    return this.spec.nodePort ?? 0;
  }

  get externalIPs(): readonly string[] {
    return (this.service.spec.externalIPs ?? []).filter((ip) => ipv4(ip) >= 0);
  }

  /** Addresses the load balancer hands packets over with unchanged (ipMode VIP, the default). */
  get loadBalancerIPs(): readonly string[] {
    if (this.service.spec.type !== 'LoadBalancer') return [];
    const ingress = (this.service.status?.loadBalancer?.ingress ?? []) as readonly { ip?: string; ipMode?: string }[];
    return ingress.filter(({ ip, ipMode }) => ip !== undefined && ip !== '' && ipMode !== 'Proxy' && ipv4(ip) >= 0).map(({ ip }) => ip!);
  }

  get sourceRanges(): readonly Prefix[] {
    const ranges = (this.service.spec.loadBalancerSourceRanges ?? []).map((range) => prefix(range.trim()));
    return ranges.filter((range) => range !== undefined);
  }

  /** Seconds a client stays with its endpoint, 0 = no affinity. */
  get affinitySeconds(): number {
    const { sessionAffinity, sessionAffinityConfig } = this.service.spec;
    return sessionAffinity === 'ClientIP' ? (sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
  }

  get internalLocal(): boolean {
    return this.service.spec.internalTrafficPolicy === 'Local';
  }

  get externalLocal(): boolean {
    return this.externallyAccessible && this.service.spec.externalTrafficPolicy === 'Local';
  }

  get externallyAccessible(): boolean {
    return this.nodePort !== 0 || this.loadBalancerIPs.length > 0 || this.externalIPs.length > 0;
  }

  get healthCheckNodePort(): number {
    const { type, externalTrafficPolicy, healthCheckNodePort } = this.service.spec;
    return type === 'LoadBalancer' && externalTrafficPolicy === 'Local' ? (healthCheckNodePort ?? 0) : 0;
  }

  /** Even with external policy Local, pods and the node itself are short-circuited to all endpoints. */
  get usesCluster(): boolean {
    return !this.internalLocal || this.externallyAccessible;
  }

  get usesLocal(): boolean {
    return this.internalLocal || this.externalLocal;
  }

  get eligible(): Eligible {
    this.#eligible ??= categorize(this);
    return this.#eligible;
  }

  /** Every endpoint of this port, whatever its conditions. */
  backends(): Backend[] {
    const found = new Map<string, Backend>();
    for (const slice of this.slices) {
      if (slice.addressType !== 'IPv4') continue;
      const port = (slice.ports ?? []).find(
        (each) => (each.name ?? '') === (this.spec.name ?? '') && (each.protocol ?? 'TCP') === this.protocol && each.port !== undefined,
      );
      if (port === undefined) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const ip = endpoint.addresses[0];
        if (ip === undefined) continue;
        const { ready, serving, terminating } = endpoint.conditions ?? {};
        const backend: Backend = {
          ip,
          port: port.port!,
          name: `${ip}:${port.port}`,
          local: endpoint.nodeName === this.node.name,
          ready: ready ?? true,
          serving: serving ?? ready ?? true,
          terminating: terminating ?? false,
          forZones: (endpoint.hints?.forZones ?? []).map(({ name }) => name),
          forNodes: (endpoint.hints?.forNodes ?? []).map(({ name }) => name),
        };
        // The same address in two slices (a pod moving between them): the ready one counts.
        const before = found.get(backend.name);
        if (before === undefined || (!before.ready && backend.ready)) found.set(backend.name, backend);
      }
    }
    return [...found.values()];
  }
}

function categorize(port: ServicePort): Eligible {
  const backends = port.backends();
  if (backends.length === 0) return NONE;
  const ready = backends.filter((backend) => backend.ready);
  const leaving = ready.length > 0 ? [] : backends.filter((backend) => backend.serving && backend.terminating);
  const everywhere = ready.length > 0 ? hinted(ready, port.node) : leaving;
  const readyHere = ready.filter((backend) => backend.local);
  const here = readyHere.length > 0 ? readyHere : backends.filter((backend) => backend.local && backend.serving && backend.terminating);
  const cluster = port.usesCluster ? sorted(everywhere) : [];
  const local = port.usesLocal ? sorted(here) : [];
  const any = ready.length > 0 || backends.some((backend) => backend.serving && backend.terminating);
  if (!port.usesLocal) return { cluster, local, all: cluster, any: cluster.length > 0 };
  const all = sorted([...new Map([...cluster, ...local].map((backend) => [backend.name, backend])).values()]);
  return { cluster, local, all, any };
}

/** Topology hints, honoured only when every ready endpoint carries them and one is for here: nodes first, then zones. */
function hinted(ready: readonly Backend[], node: ProxyNode): readonly Backend[] {
  if (ready.every(({ forNodes }) => forNodes.length > 0)) {
    const mine = ready.filter(({ forNodes }) => forNodes.includes(node.name));
    if (mine.length > 0) return mine;
  }
  if (node.zone !== undefined && ready.every(({ forZones }) => forZones.length > 0)) {
    const mine = ready.filter(({ forZones }) => forZones.includes(node.zone!));
    if (mine.length > 0) return mine;
  }
  return ready;
}

function sorted(backends: readonly Backend[]): readonly Backend[] {
  return backends.length < 2 ? backends : [...backends].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The ports a proxy makes rules for: none of headless and ExternalName Services. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], node: ProxyNode): ServicePort[] {
  const { type, clusterIP, ports } = service.spec;
  if (type === 'ExternalName' || clusterIP === undefined || ipv4(clusterIP) < 0) return [];
  return (ports ?? []).map((spec) => new ServicePort(service, spec, slices, node));
}
