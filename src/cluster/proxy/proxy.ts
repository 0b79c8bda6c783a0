// kube-proxy of one node: what it knows of Services and EndpointSlices, when it writes rules, and the rules its node's hooks ask.
// Simplified: kube-proxy's own health and metrics servers are its program's business (images/kube-proxy).
// Models: kubernetes v1.37 cmd/kube-proxy, pkg/proxy/{servicechangetracker,endpointschangetracker}.go, pkg/proxy/iptables/proxier.go
import type { Plain } from '../../sim/plain.ts';
import type { Sim } from '../../sim/sim.ts';
import { TableRunner } from '../../sim/table-runner.ts';
import type { Client } from '../client/client.ts';
import { type Informer, InformerFactory } from '../client/informer.ts';
import { oncePerSim } from '../client/once-per-sim.ts';
import type { EndpointSlice } from '../kinds/endpointslice/endpointslice.ts';
import type { Node } from '../kinds/node/node.ts';
import type { Service } from '../kinds/service/types.ts';
import type { NodeNetwork, Verdict } from '../network/network.ts';
import type { Packet } from '../network/packet.ts';
import { cleanUdpFlows } from './cleanup.ts';
import type { Memory, ProxyConfig, ProxyMode } from './mode.ts';
import { proxierMachine } from './proxier.machine.ts';
import { type ProxyNode, type ServicePort, servicePorts } from './service-port.ts';

export interface ProxyOptions {
  readonly sim: Sim;
  /** Its own, with a name of its own: `kube-proxy minikube`. */
  readonly client: Client;
  readonly node: string;
  readonly network: NodeNetwork;
  readonly mode: ProxyMode;
  readonly config?: Partial<ProxyConfig>;
}

/** A Service and the slices its rules were made of. */
type Source = readonly [service: Service, slices: readonly EndpointSlice[]];

interface SavedProxy {
  readonly written: readonly Source[];
  readonly collected: readonly Source[] | null;
  readonly pending: readonly string[];
  readonly lastFullMs: number;
  readonly recent: readonly (readonly [string, readonly (readonly [string, number])[]])[];
  readonly counters: readonly (readonly [string, number])[];
  readonly zone: string | null;
  readonly syncs: number;
  readonly durationMs: number;
  readonly row: number;
  readonly healthTicket: { readonly ticket: number; readonly known: string } | null;
}

/** All proxies of a world are rows of one runner. */
class Proxiers {
  readonly proxies: KubeProxy[] = [];
  readonly runner: TableRunner<typeof proxierMachine>;

  constructor(sim: Sim) {
    const of = (row: number) => this.proxies[row]!;
    this.runner = new TableRunner(
      sim,
      proxierMachine,
      {
        guards: { changesPending: (row) => of(row).pendingChanges > 0 },
        actions: {
          collectChanges: (row) => of(row).collect(false),
          collectEverything: (row) => of(row).collect(true),
          writeRules: (row) => of(row).write(),
        },
        delays: {
          syncDuration: (row) => of(row).durationMs,
          minSyncPeriod: (row) => of(row).mode.minSyncPeriodMs,
          fullSyncPeriod: (row) => of(row).untilFullSyncMs,
        },
      },
      { journal: { source: 'kube-proxy', subject: (row) => `nodes/${of(row).node.name}` } },
    );
  }
}

const proxiersOf = oncePerSim((sim) => new Proxiers(sim));

/** The statechart runner of all proxies of a world, for the lens; a proxy's row is `proxy.row`. */
export function proxierRunner(sim: Sim): TableRunner<typeof proxierMachine> {
  return proxiersOf(sim).runner;
}

export function createProxy(options: ProxyOptions): KubeProxy {
  return new KubeProxy(options);
}

const SERVICE_NAME = 'kubernetes.io/service-name';
const ZONE = 'topology.kubernetes.io/zone';

export class KubeProxy {
  readonly #sim: Sim;
  readonly #network: NodeNetwork;
  readonly #informers: InformerFactory;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #all: Proxiers;
  mode: ProxyMode;
  readonly config: ProxyConfig;
  node: ProxyNode;
  readonly row: number;
  /** Slices by `namespace/service`; made anew from the cache after a keyframe. */
  #byService: Map<string, Map<string, EndpointSlice>> | undefined;
  #pending = new Set<string>();
  #ports = new Map<string, readonly ServicePort[]>();
  #collected: { ports: Map<string, readonly ServicePort[]>; rules: unknown } | undefined;
  #rules: unknown;
  readonly #memory: Memory = { recent: new Map(), counters: new Map() };
  #lastFullMs = 0;
  #zoneMoved = false;
  syncs = 0;
  durationMs = 0;
  #running = false;
  #healthTicket: { readonly ticket: number; readonly known: string } | undefined;
  /** The process kernel's, set by the device. */
  answerHealthPorts: (ticket: number, result: unknown) => void = () => {};

  constructor({ sim, client, node, network, mode, config }: ProxyOptions) {
    this.#sim = sim;
    this.#network = network;
    this.mode = mode;
    this.config = { clusterCIDR: '10.244.0.0/16', nfacct: true, ...config };
    this.node = this.#nodeWith(node, undefined);
    this.#all = proxiersOf(sim);
    this.row = this.#all.proxies.push(this) - 1;
    this.#informers = new InformerFactory(client);
    this.#services = this.#informers.informer<Service>({
      path: '/api/v1/services',
      query: { labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name' },
    });
    this.#slices = this.#informers.informer<EndpointSlice>({
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      query: { labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name' },
    });
    const nodes = this.#informers.informer<Node>({ path: '/api/v1/nodes', query: { fieldSelector: `metadata.name=${node}` } });
    this.#services.handle(onEvery((service: Service) => this.#changed(`${service.metadata.namespace}/${service.metadata.name}`)));
    this.#slices.handle({
      added: (slice) => this.#sliceMoved(slice, slice),
      updated: (slice, old) => this.#sliceMoved(slice, old),
      deleted: (slice) => this.#sliceMoved(undefined, slice),
    });
    nodes.handle({ added: (own) => this.#nodeMoved(own), updated: (own) => this.#nodeMoved(own) });
    this.#informers.onSynced(() => this.#all.runner.send(this.row, { type: 'CACHES_SYNCED' }));
    sim.keep(`kube-proxy ${node}`, {
      save: () => this.#save() as unknown as Plain,
      restore: (state) => this.#restore(state as unknown as SavedProxy),
    });
  }

  /** Lists, watches, and from then on writes rules. Another mode than before removes what the old one left. */
  start(mode: ProxyMode = this.mode): void {
    if (this.#running) return;
    if (mode !== this.mode) {
      this.mode = mode;
      this.#rules = undefined;
      this.#ports = new Map();
    }
    this.#running = true;
    this.#all.runner.remove(this.row);
    this.#all.runner.start(this.row);
    this.#informers.start();
    // Traffic of a node without any rules passes unchanged until the first sync; those of an earlier life stay in the kernel.
    this.#network.setRules(this);
  }

  /** The process ends: what it has written stays in the kernel. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#informers.stop();
    this.#all.runner.send(this.row, { type: 'STOPPED' });
    this.#byService = undefined;
  }

  get running(): boolean {
    return this.#running;
  }

  /** What a packet meets on this node. */
  route(packet: Packet, from: 'pod' | 'node' | 'outside', random: () => number): Verdict {
    if (this.#rules === undefined) return { action: 'accept', rules: [] };
    return this.mode.route(this.#rules, packet, { from, random, now: this.#sim.now, memory: this.#memory });
  }

  /** Lines of a tool of the node, `print('iptables-save', 'nat')`; undefined before the first sync. */
  print(tool: string, table: string): readonly string[] | undefined {
    return this.#rules === undefined ? undefined : this.mode.print(this.#rules, tool, table);
  }

  /** Service ports whose rules are in force. */
  get ports(): ReadonlyMap<string, ServicePort> {
    return flat(this.#ports);
  }

  get pendingChanges(): number {
    return this.#pending.size + (this.#zoneMoved ? 1 : 0);
  }

  get untilFullSyncMs(): number {
    return Math.max(1, this.#lastFullMs + this.mode.fullSyncPeriodMs - this.#sim.now);
  }

  // --- Health check node ports

  /** Ports of Services with external policy Local at which load balancers ask, in the order of their Services. */
  healthPorts(): readonly number[] {
    const ports: number[] = [];
    for (const own of this.#ports.values()) {
      const port = own[0]?.healthCheckNodePort ?? 0;
      if (port !== 0) ports.push(port);
    }
    return ports;
  }

  serviceHealth(
    port: number,
  ): { readonly namespace: string; readonly name: string; readonly localEndpoints: number; readonly healthy: boolean } | undefined {
    for (const own of this.#ports.values()) {
      if (own[0]?.healthCheckNodePort !== port) continue;
      const { namespace = '', name } = own[0].service.metadata;
      const local = new Set(
        own.flatMap((each) =>
          each
            .backends()
            .filter((backend) => backend.local && backend.ready)
            .map(({ ip }) => ip),
        ),
      );
      return { namespace, name, localEndpoints: local.size, healthy: this.#running };
    }
    return undefined;
  }

  /** Answers once the ports are other than `known` (joined by commas). */
  waitForHealthPorts(ticket: number, known: string): { readonly now: readonly number[] } | 'later' {
    const ports = this.healthPorts();
    if (ports.join() !== known) return { now: ports };
    this.#healthTicket = { ticket, known };
    return 'later';
  }

  forgetHealthPorts(ticket: number): void {
    if (this.#healthTicket?.ticket === ticket) this.#healthTicket = undefined;
  }

  #tellHealthPorts(): void {
    const waiting = this.#healthTicket;
    const ports = this.healthPorts();
    if (waiting === undefined || ports.join() === waiting.known) return;
    this.#healthTicket = undefined;
    this.answerHealthPorts(waiting.ticket, ports);
  }

  // --- What the statechart asks

  /** Takes what changed so far and works out the rules; they come into force when `durationMs` has passed. */
  collect(full: boolean): void {
    const everything = full || this.#zoneMoved;
    const keys = everything ? new Set([...this.#ports.keys(), ...this.#serviceKeys()]) : this.#pending;
    const ports = new Map(this.#ports);
    const changed: ServicePort[] = [];
    for (const key of keys) {
      const next = this.#portsOf(key);
      const before = ports.get(key);
      if (before !== undefined && sameSources(before, next) && !this.#zoneMoved) continue;
      changed.push(...next);
      if (next.length === 0) ports.delete(key);
      else ports.set(key, next);
    }
    this.#pending = new Set();
    this.#zoneMoved = false;
    if (full) this.#lastFullMs = this.#sim.now;
    const rules = this.mode.compile(flat(ports), this.node, this.config, this.#rules);
    this.#collected = { ports, rules };
    this.durationMs = this.mode.syncMs({
      full,
      ports: ports.size,
      changedPorts: changed.length,
      changedEndpoints: changed.reduce((sum, port) => sum + port.eligible.all.length, 0),
      addsChains: changed.some((port) => port.eligible.any),
    });
    const services = [...keys].slice(0, 20);
    this.#sim.journal.record('kube-proxy', 'SyncStarted', `nodes/${this.node.name}`, { mode: this.mode.name, full: everything, services });
  }

  write(): void {
    const { ports, rules } = this.#collected!;
    this.#collected = undefined;
    this.#ports = ports;
    this.#rules = rules;
    this.syncs++;
    this.#network.setRules(this);
    this.#tellHealthPorts();
    const cleaned = cleanUdpFlows(this.#network, flat(ports));
    this.#sim.journal.record('kube-proxy', 'Synced', `nodes/${this.node.name}`, {
      mode: this.mode.name,
      services: ports.size,
      durationMs: this.durationMs,
      ...(cleaned > 0 ? { entriesDeleted: cleaned } : {}),
    });
  }

  // --- What the informers say

  #changed(key: string): void {
    this.#pending.add(key);
    if (this.#all.runner.has(this.row)) this.#all.runner.send(this.row, { type: 'CHANGED' });
  }

  #sliceMoved(next: EndpointSlice | undefined, old: EndpointSlice): void {
    const index = this.#index();
    const before = serviceOf(old);
    if (before !== undefined) index.get(before)?.delete(old.metadata.name);
    const after = next === undefined ? undefined : serviceOf(next);
    if (after !== undefined) {
      if (!index.has(after)) index.set(after, new Map());
      index.get(after)!.set(next!.metadata.name, next!);
    }
    if (before !== undefined) this.#changed(before);
    if (after !== undefined && after !== before) this.#changed(after);
  }

  #nodeMoved(own: Node): void {
    const zone = own.metadata.labels?.[ZONE];
    if (zone === this.node.zone) return;
    this.node = this.#nodeWith(this.node.name, zone);
    this.#zoneMoved = true;
    if (this.#all.runner.has(this.row)) this.#all.runner.send(this.row, { type: 'CHANGED' });
  }

  #nodeWith(name: string, zone: string | undefined): ProxyNode {
    const network = this.#network;
    return { name, zone, ip: network.ip, isLocal: (ip) => network.isLocal(ip) };
  }

  #index(): Map<string, Map<string, EndpointSlice>> {
    if (this.#byService === undefined) {
      this.#byService = new Map();
      for (const slice of this.#slices.all()) {
        const key = serviceOf(slice);
        if (key === undefined) continue;
        if (!this.#byService.has(key)) this.#byService.set(key, new Map());
        this.#byService.get(key)!.set(slice.metadata.name, slice);
      }
    }
    return this.#byService;
  }

  *#serviceKeys(): Iterable<string> {
    for (const service of this.#services.all()) yield `${service.metadata.namespace}/${service.metadata.name}`;
  }

  #portsOf(key: string): readonly ServicePort[] {
    const service = this.#services.get(key);
    if (service === undefined) return [];
    return servicePorts(service, [...(this.#index().get(key)?.values() ?? [])], this.node);
  }

  // --- Keyframes

  #save(): SavedProxy {
    return {
      written: sourcesOf(this.#ports),
      collected: this.#collected === undefined ? null : sourcesOf(this.#collected.ports),
      pending: [...this.#pending],
      lastFullMs: this.#lastFullMs,
      recent: [...this.#memory.recent].map(([list, clients]) => [list, [...clients]] as const),
      counters: [...this.#memory.counters],
      zone: this.node.zone ?? null,
      syncs: this.syncs,
      durationMs: this.durationMs,
      row: this.#running ? 1 : 0,
      healthTicket: this.#healthTicket ?? null,
    };
  }

  #restore(saved: SavedProxy): void {
    this.node = this.#nodeWith(this.node.name, saved.zone ?? undefined);
    this.#byService = undefined;
    this.#pending = new Set(saved.pending);
    this.#lastFullMs = saved.lastFullMs;
    this.syncs = saved.syncs;
    this.durationMs = saved.durationMs;
    this.#running = saved.row === 1;
    this.#healthTicket = saved.healthTicket ?? undefined;
    this.#memory.recent.clear();
    for (const [list, clients] of saved.recent) this.#memory.recent.set(list, new Map(clients));
    this.#memory.counters.clear();
    for (const [name, count] of saved.counters) this.#memory.counters.set(name, count);
    this.#ports = portsOfSources(saved.written, this.node);
    this.#rules = saved.syncs > 0 ? this.mode.compile(flat(this.#ports), this.node, this.config) : undefined;
    this.#collected = undefined;
    if (saved.collected !== null) {
      const ports = portsOfSources(saved.collected, this.node);
      this.#collected = { ports, rules: this.mode.compile(flat(ports), this.node, this.config, this.#rules) };
    }
    if (this.#running || saved.syncs > 0) this.#network.setRules(this);
  }
}

function onEvery<T>(body: (object: T) => void) {
  return { added: body, updated: body, deleted: body };
}

function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return name === undefined || name === '' ? undefined : `${slice.metadata.namespace}/${name}`;
}

function flat(ports: ReadonlyMap<string, readonly ServicePort[]>): Map<string, ServicePort> {
  const named = new Map<string, ServicePort>();
  for (const own of ports.values()) for (const port of own) named.set(port.name, port);
  return named;
}

/** Made of the very same objects? */
function sameSources(before: readonly ServicePort[], next: readonly ServicePort[]): boolean {
  if (before.length !== next.length) return false;
  return before.every((port, i) => {
    const { service, slices } = next[i]!;
    return port.service === service && port.slices.length === slices.length && port.slices.every((slice, n) => slice === slices[n]);
  });
}

function sourcesOf(ports: ReadonlyMap<string, readonly ServicePort[]>): Source[] {
  return [...ports.values()].filter((own) => own.length > 0).map((own) => [own[0]!.service, own[0]!.slices] as const);
}

function portsOfSources(sources: readonly Source[], node: ProxyNode): Map<string, readonly ServicePort[]> {
  return new Map(
    sources.map(
      ([service, slices]) => [`${service.metadata.namespace}/${service.metadata.name}`, servicePorts(service, slices, node)] as const,
    ),
  );
}
