// kube-proxy's iptables mode: one jump per Service port, a coin toss per endpoint, DNAT. The rules are indexed by address and port so
// that a packet costs the same with one Service and with ten thousand; what is printed are the rules themselves.
// Models: kubernetes v1.37 pkg/proxy/iptables/proxier.go
import { ipv4, prefix, within } from '../../network/address.ts';
import type { Verdict } from '../../network/network.ts';
import type { Packet } from '../../network/packet.ts';
import { defineProxyMode, type ProxyConfig, type RouteContext } from '../mode.ts';
import type { Backend, ProxyNode, ServicePort } from '../service-port.ts';
import { chainNames, endpointChain } from './chains.ts';
import { CompiledPort, type Entry, type IptablesRules, type Target } from './compiled.ts';
import { type Rule, saveLine } from './rule.ts';
import { printTable } from './tables.ts';

class ServiceVerdict implements Verdict {
  readonly action: Verdict['action'];
  readonly destination: Verdict['destination'];
  readonly masquerade: boolean;
  readonly service: string;
  readonly #tell: () => readonly string[];
  #rules: readonly string[] | undefined;

  constructor(
    action: Verdict['action'],
    service: string,
    masquerade: boolean,
    backend: Backend | undefined,
    tell: () => readonly string[],
  ) {
    this.action = action;
    this.service = service;
    this.masquerade = masquerade;
    this.destination = backend === undefined ? undefined : { ip: backend.ip, port: backend.port };
    this.#tell = tell;
  }

  get rules(): readonly string[] {
    this.#rules ??= this.#tell();
    return this.#rules;
  }
}

const ACCEPT: Verdict = { action: 'accept', rules: [] };

function compile(
  ports: ReadonlyMap<string, ServicePort>,
  node: ProxyNode,
  config: ProxyConfig,
  previous: IptablesRules | undefined,
): IptablesRules {
  const compiled = new Map<string, CompiledPort>();
  const addresses = new Map<string, Target>();
  const nodePorts = new Map<string, CompiledPort>();
  const reusable = previous !== undefined && previous.config === config ? previous.ports : undefined;
  for (const [name, port] of ports) {
    const before = reusable?.get(name);
    const each = before?.port === port ? before : new CompiledPort(port, config);
    compiled.set(name, each);
    const claim = (ip: string, entry: Entry) => {
      const key = `${port.protocol}${ip}:${port.port}`;
      if (!addresses.has(key)) addresses.set(key, { compiled: each, entry });
    };
    claim(port.clusterIP, 'cluster');
    for (const ip of port.externalIPs) claim(ip, 'external');
    for (const ip of port.loadBalancerIPs) claim(ip, port.sourceRanges.length > 0 ? 'firewall' : 'external');
    if (port.nodePort !== 0) nodePorts.set(`${port.protocol}${port.nodePort}`, each);
  }
  return { node, config, clusterRange: prefix(config.clusterCIDR)!, ports: compiled, addresses, nodePorts };
}

function route(rules: IptablesRules, packet: Packet, context: RouteContext): Verdict {
  const target = rules.addresses.get(`${packet.protocol}${packet.destination}:${packet.destinationPort}`);
  if (target !== undefined) {
    if (target.entry === 'cluster') return toClusterIp(rules, target.compiled, packet, context);
    return toExternal(rules, target.compiled, target.entry, packet, context);
  }
  const byPort = rules.nodePorts.get(`${packet.protocol}${packet.destinationPort}`);
  if (byPort !== undefined && rules.node.isLocal(packet.destination)) return toExternal(rules, byPort, 'external', packet, context);
  return ACCEPT;
}

function toClusterIp(rules: IptablesRules, compiled: CompiledPort, packet: Packet, context: RouteContext): Verdict {
  const { policies, port } = compiled;
  if (!policies.hasInternal) return refuse(compiled, 'KUBE-SERVICES', packet);
  const masquerade = !within(ipv4(packet.source), rules.clusterRange);
  return deliver(compiled, policies.internal, port.internalLocal ? 'local' : 'service', masquerade, packet, context);
}

function toExternal(rules: IptablesRules, compiled: CompiledPort, entry: Entry, packet: Packet, context: RouteContext): Verdict {
  const { policies, port } = compiled;
  if (!port.eligible.any) return refuse(compiled, 'KUBE-EXTERNAL-SERVICES', packet);
  if (entry === 'firewall' && !admitted(rules, port, packet)) return refuse(compiled, 'KUBE-PROXY-FIREWALL', packet);
  if (!port.externalLocal) return deliver(compiled, policies.external, 'service', true, packet, context);
  if (within(ipv4(packet.source), rules.clusterRange)) return deliver(compiled, port.eligible.cluster, 'service', false, packet, context);
  const own = context.from === 'node' || rules.node.isLocal(packet.source);
  if (own) return deliver(compiled, port.eligible.cluster, 'service', true, packet, context);
  if (!policies.hasExternal) return refuse(compiled, 'KUBE-EXTERNAL-SERVICES', packet);
  return deliver(compiled, policies.external, 'local', false, packet, context);
}

function admitted(rules: IptablesRules, port: ServicePort, packet: Packet): boolean {
  const source = ipv4(packet.source);
  if (port.sourceRanges.some((range) => within(source, range))) return true;
  const nodeMay = port.sourceRanges.some((range) => within(ipv4(rules.node.ip), range));
  return nodeMay && port.loadBalancerIPs.includes(packet.source);
}

function deliver(
  compiled: CompiledPort,
  backends: readonly Backend[],
  chain: 'service' | 'local',
  masquerade: boolean,
  packet: Packet,
  context: RouteContext,
): Verdict {
  const at = choose(compiled.port, backends, packet, context);
  const chosen = backends[at]!;
  const masked = masquerade || chosen.ip === packet.source;
  const known = compiled.delivered(packet.destination, chain === 'service' ? (masked ? 1 : 0) : masked ? 3 : 2);
  let verdict = known[at];
  if (verdict === undefined) {
    const { destination } = packet;
    verdict = new ServiceVerdict('dnat', compiled.port.name, masked, chosen, () => tellDelivery(compiled, chosen, chain, destination));
    known[at] = verdict;
  }
  return verdict;
}

/** `recent` first, then the coin tosses: uniform over the endpoints. */
function choose(port: ServicePort, backends: readonly Backend[], packet: Packet, context: RouteContext): number {
  const limitMs = port.affinitySeconds * 1000;
  if (limitMs === 0) return backends.length === 1 ? 0 : Math.floor(context.random() * backends.length);
  const { recent } = context.memory;
  const known = backends.findIndex((backend) => {
    const last = recent.get(endpointChain(port, backend))?.get(packet.source);
    return last !== undefined && context.now - last < limitMs;
  });
  const chosen = known >= 0 ? known : Math.floor(context.random() * backends.length);
  const list = endpointChain(port, backends[chosen]!);
  if (!recent.has(list)) recent.set(list, new Map());
  recent.get(list)!.set(packet.source, context.now);
  return chosen;
}

function refuse(compiled: CompiledPort, chain: string, packet: Packet): Verdict {
  const action = chain === 'KUBE-PROXY-FIREWALL' ? 'drop' : compiled.policies.refusal.jump === 'REJECT' ? 'reject' : 'drop';
  return compiled.verdict(`${chain}>${packet.destination}`, () => {
    const tell = () =>
      compiled
        .rules(false)
        .filter.filter((rule) => rule.chain === chain && (rule.destination === undefined || rule.destination === packet.destination))
        .slice(0, 1)
        .map(saveLine);
    return new ServiceVerdict(action, compiled.port.name, false, undefined, tell);
  });
}

function tellDelivery(compiled: CompiledPort, chosen: Backend, policy: 'service' | 'local', destination: string): readonly string[] {
  const names = chainNames(compiled.port);
  const sep = endpointChain(compiled.port, chosen);
  const { nat } = compiled.rules(false);
  const first = (fits: (rule: Rule) => boolean) => nat.filter(fits).slice(0, 1).map(saveLine);
  const entry = first((rule) => rule.chain === 'KUBE-SERVICES' && rule.destination === destination);
  const byNodePort = entry.length > 0 ? entry : first((rule) => rule.chain === 'KUBE-NODEPORTS' && rule.destination === undefined);
  return [
    ...byNodePort,
    ...first((rule) => rule.chain === names[policy] && rule.jump === sep),
    ...first((rule) => rule.chain === sep && rule.jump === 'DNAT'),
  ];
}

/** Base of a restore without new chains, and what new chains add on a node with nf_tables (golden/network latency-idle). */
const SYNC_MS = { restore: 36, newChains: 236, fullPerPort: 0.35, perEndpoint: 0.02 };

export const iptablesMode = defineProxyMode<IptablesRules>({
  name: 'iptables',
  compile,
  route,
  print: (rules, tool, table) => printTable(rules, tool, table),
  syncMs: ({ full, ports, addsChains, changedEndpoints }) =>
    SYNC_MS.restore +
    (addsChains ? SYNC_MS.newChains : 0) +
    (full ? SYNC_MS.fullPerPort * ports : 0) +
    SYNC_MS.perEndpoint * Math.max(0, changedEndpoints - 10),
  minSyncPeriodMs: 1000,
  fullSyncPeriodMs: 3_600_000,
  startLog: [
    'server_linux.go:144] "Using iptables Proxier"',
    'proxier.go:231] "Setting route_localnet=1 to allow node-ports on localhost; to change this either disable iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses" ipFamily="IPv4"',
  ],
});
