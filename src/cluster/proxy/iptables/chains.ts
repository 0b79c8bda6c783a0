// The rules kube-proxy writes for one Service port. Models: kubernetes v1.37 pkg/proxy/iptables/proxier.go syncProxyRules
import { ipv4, ipv4Text, type Prefix, within } from '../../network/address.ts';
import { hashName } from '../sha256.ts';
import type { Backend, ServicePort } from '../service-port.ts';
import type { Match, Rule } from './rule.ts';

/** Above this many endpoints in the cluster the comments of service and endpoint chains are left out. */
export const LARGE_CLUSTER_ENDPOINTS = 1000;
const REJECT = { jump: 'REJECT', options: '--reject-with icmp-port-unreachable', listed: 'reject-with icmp-port-unreachable' };

export interface PortRules {
  /** User chains of the nat table, in the order they are written. */
  readonly chains: readonly string[];
  readonly nat: readonly Rule[];
  readonly filter: readonly Rule[];
}

export interface ChainNames {
  readonly service: string;
  readonly local: string;
  readonly external: string;
  readonly firewall: string;
}

const names = new WeakMap<ServicePort, ChainNames>();
const hashes = new Map<string, string>();

function hash16(text: string): string {
  let hash = hashes.get(text);
  if (hash === undefined) {
    hash = hashName(text, 16);
    if (hashes.size > 100_000) hashes.clear();
    hashes.set(text, hash);
  }
  return hash;
}

export function chainNames(port: ServicePort): ChainNames {
  let found = names.get(port);
  if (found === undefined) {
    const hash = hash16(port.name + port.protocol.toLowerCase());
    found = { service: `KUBE-SVC-${hash}`, local: `KUBE-SVL-${hash}`, external: `KUBE-EXT-${hash}`, firewall: `KUBE-FW-${hash}` };
    names.set(port, found);
  }
  return found;
}

export function endpointChain(port: ServicePort, backend: Backend): string {
  return `KUBE-SEP-${hash16(port.name + port.protocol.toLowerCase() + backend.name)}`;
}

export interface Policies {
  readonly internal: readonly Backend[];
  readonly external: readonly Backend[];
  readonly hasInternal: boolean;
  readonly hasExternal: boolean;
  /** What becomes of packets that find no endpoint. */
  readonly refusal: { readonly jump: 'REJECT' | 'DROP'; readonly why: string };
}

/** Which endpoints serve packets from inside and outside. */
export function policiesOf(port: ServicePort): Policies {
  const { cluster, local, any } = port.eligible;
  const internal = port.internalLocal ? local : cluster;
  const external = port.externalLocal ? local : cluster;
  return {
    internal,
    external,
    hasInternal: any && internal.length > 0,
    hasExternal: any && external.length > 0,
    refusal: any ? { jump: 'DROP', why: 'has no local endpoints' } : { jump: 'REJECT', why: 'has no endpoints' },
  };
}

export function portRules(port: ServicePort, clusterCIDR: string, nfacct: boolean, large: boolean): PortRules {
  return new PortWriter(port, clusterCIDR, nfacct, large).write();
}

class PortWriter {
  readonly #port: ServicePort;
  readonly #clusterCIDR: string;
  readonly #nfacct: boolean;
  readonly #large: boolean;
  readonly #protocol: string;
  readonly #names: ChainNames;
  readonly #policies: Policies;
  readonly #nat: Rule[] = [];
  readonly #filter: Rule[] = [];
  readonly #chains: string[] = [];

  constructor(port: ServicePort, clusterCIDR: string, nfacct: boolean, large: boolean) {
    this.#port = port;
    this.#clusterCIDR = clusterCIDR;
    this.#nfacct = nfacct;
    this.#large = large;
    this.#protocol = port.protocol.toLowerCase();
    this.#names = chainNames(port);
    this.#policies = policiesOf(port);
  }

  write(): PortRules {
    this.#clusterIP();
    this.#externalIPs();
    this.#loadBalancer();
    this.#nodePort();
    if (this.#port.eligible.any) {
      if (this.#port.externallyAccessible) this.#externalChain();
      if (this.#firewalled) this.#firewallChain();
      this.#policyChains();
      for (const backend of this.#port.eligible.all) this.#endpoint(backend);
    }
    return { chains: this.#chains, nat: this.#nat, filter: this.#filter };
  }

  get #firewalled(): boolean {
    return this.#port.eligible.any && this.#port.loadBalancerIPs.length > 0 && this.#port.sourceRanges.length > 0;
  }

  #to(chain: string, destination: string, port: number, why: string, rest: Partial<Rule>): Rule {
    return {
      chain,
      destination,
      protocol: this.#protocol,
      matches: [comment(`${this.#port.name} ${why}`), { match: 'port', protocol: this.#protocol, destination: port }],
      ...rest,
    };
  }

  #refuse(): { jump: string; options?: string; listed?: string } {
    return this.#policies.refusal.jump === 'REJECT' ? REJECT : { jump: 'DROP' };
  }

  #clusterIP(): void {
    const { clusterIP, port, internalLocal } = this.#port;
    const chain = internalLocal ? this.#names.local : this.#names.service;
    if (!this.#policies.hasInternal) {
      this.#filter.push(this.#to('KUBE-SERVICES', clusterIP, port, this.#policies.refusal.why, this.#refuse()));
      return;
    }
    this.#nat.push(this.#to('KUBE-SERVICES', clusterIP, port, 'cluster IP', { jump: chain }));
    this.#nat.push(this.#to(chain, clusterIP, port, 'cluster IP', { source: this.#clusterCIDR, notSource: true, jump: 'KUBE-MARK-MASQ' }));
  }

  #externalIPs(): void {
    for (const ip of this.#port.externalIPs) {
      if (this.#port.eligible.any)
        this.#nat.push(this.#to('KUBE-SERVICES', ip, this.#port.port, 'external IP', { jump: this.#names.external }));
      this.#refuseExternal(ip);
    }
  }

  #refuseExternal(ip: string): void {
    if (this.#policies.hasExternal) return;
    this.#filter.push(this.#to('KUBE-EXTERNAL-SERVICES', ip, this.#port.port, this.#policies.refusal.why, this.#refuse()));
  }

  #loadBalancer(): void {
    const { port, loadBalancerIPs } = this.#port;
    for (const ip of loadBalancerIPs) {
      const entry = this.#firewalled ? this.#names.firewall : this.#names.external;
      if (this.#port.eligible.any) this.#nat.push(this.#to('KUBE-SERVICES', ip, port, 'loadbalancer IP', { jump: entry }));
      if (this.#firewalled) {
        this.#filter.push(this.#to('KUBE-PROXY-FIREWALL', ip, port, `traffic not accepted by ${this.#names.firewall}`, { jump: 'DROP' }));
      }
    }
    for (const ip of loadBalancerIPs) this.#refuseExternal(ip);
  }

  #nodePort(): void {
    const { name, nodePort, healthCheckNodePort } = this.#port;
    const port = (destination: number): Match => ({ match: 'port', protocol: this.#protocol, destination });
    if (nodePort !== 0 && this.#port.eligible.any) {
      const rule: Rule = {
        chain: 'KUBE-NODEPORTS',
        protocol: this.#protocol,
        matches: [comment(name), port(nodePort)],
        jump: this.#names.external,
      };
      if (this.#nfacct) {
        this.#nat.push({
          ...rule,
          destination: '127.0.0.0/8',
          matches: [...rule.matches, { match: 'nfacct', name: 'localhost_nps_accepted_pkts' }],
        });
      }
      this.#nat.push(rule);
    }
    if (nodePort !== 0 && !this.#policies.hasExternal) {
      this.#filter.push({
        chain: 'KUBE-EXTERNAL-SERVICES',
        protocol: this.#protocol,
        matches: [comment(`${name} ${this.#policies.refusal.why}`), { match: 'addrtype', destination: 'LOCAL' }, port(nodePort)],
        ...this.#refuse(),
      });
    }
    if (healthCheckNodePort !== 0) {
      this.#filter.push({
        chain: 'KUBE-NODEPORTS',
        protocol: 'tcp',
        matches: [comment(`${name} health check node port`), { match: 'port', protocol: 'tcp', destination: healthCheckNodePort }],
        jump: 'ACCEPT',
      });
    }
  }

  #externalChain(): void {
    const { external: chain, service, local } = this.#names;
    const { name, externalLocal } = this.#port;
    this.#chains.push(chain);
    const traffic = (what: string) => comment(`${what} traffic for ${name} external destinations`);
    if (!externalLocal) this.#nat.push({ chain, matches: [traffic('masquerade')], jump: 'KUBE-MARK-MASQ' });
    else {
      const local: Match = { match: 'addrtype', source: 'LOCAL' };
      this.#nat.push({ chain, source: this.#clusterCIDR, matches: [traffic('pod')], jump: service });
      this.#nat.push({ chain, matches: [traffic('masquerade LOCAL'), local], jump: 'KUBE-MARK-MASQ' });
      this.#nat.push({ chain, matches: [traffic('route LOCAL'), local], jump: service });
    }
    if (this.#policies.hasExternal) this.#nat.push({ chain, matches: [], jump: externalLocal ? local : service });
  }

  #firewallChain(): void {
    const { firewall: chain, external } = this.#names;
    const { name, sourceRanges, loadBalancerIPs, node } = this.#port;
    this.#chains.push(chain);
    const why = comment(`${name} loadbalancer IP`);
    for (const range of sourceRanges) this.#nat.push({ chain, source: fullRange(range), matches: [why], jump: external });
    // A node that may call the load balancer loops back with the balancer's address as its source.
    if (sourceRanges.some((range) => within(ipv4(node.ip), range))) {
      for (const ip of loadBalancerIPs) this.#nat.push({ chain, source: ip, matches: [why], jump: external });
    }
    this.#nat.push({ chain, matches: [comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`)] });
  }

  #policyChains(): void {
    const { cluster, local } = this.#port.eligible;
    if (this.#port.usesCluster && cluster.length > 0) this.#jumps(this.#names.service, cluster);
    if (this.#port.usesLocal && local.length > 0) this.#jumps(this.#names.local, local);
  }

  #jumps(chain: string, backends: readonly Backend[]): void {
    this.#chains.push(chain);
    const { name, affinitySeconds } = this.#port;
    const why = (backend: Backend) => (this.#large ? [] : [comment(`${name} -> ${backend.name}`)]);
    if (affinitySeconds > 0) {
      for (const backend of backends) {
        const list = endpointChain(this.#port, backend);
        this.#nat.push({ chain, matches: [...why(backend), { match: 'recent', name: list, seconds: affinitySeconds }], jump: list });
      }
    }
    backends.forEach((backend, i) => {
      const left = backends.length - i;
      const odds: Match[] = left > 1 ? [{ match: 'statistic', probability: 1 / left }] : [];
      this.#nat.push({ chain, matches: [...why(backend), ...odds], jump: endpointChain(this.#port, backend) });
    });
  }

  #endpoint(backend: Backend): void {
    const chain = endpointChain(this.#port, backend);
    this.#chains.push(chain);
    const why = this.#large ? [] : [comment(this.#port.name)];
    const remember: Match[] = this.#port.affinitySeconds > 0 ? [{ match: 'recent', name: chain, set: true }] : [];
    this.#nat.push({ chain, source: backend.ip, matches: why, jump: 'KUBE-MARK-MASQ' });
    this.#nat.push({
      chain,
      protocol: this.#protocol,
      matches: [...why, ...remember, { match: 'port', protocol: this.#protocol }],
      jump: 'DNAT',
      options: `--to-destination ${backend.name}`,
      listed: `to:${backend.name}`,
    });
  }
}

function comment(text: string): Match {
  return { match: 'comment', text };
}

/** As the kernel keeps it: host bits cleared. */
function fullRange(range: Prefix): string {
  return `${ipv4Text(range.base)}/${range.bits}`;
}
