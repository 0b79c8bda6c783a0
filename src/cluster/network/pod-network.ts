// The network of one cluster: nodes on a wire, pods behind their node's bridge, the user's machine, machines beyond it.
// Models: minikube's docker network (192.168.49.0/24), kubeadm pod subnets with the CNI bridge plugin
import type { Plain } from '../../sim/plain.ts';
import type { Sim } from '../../sim/sim.ts';
import type { NetworkStack, StackCallbacks } from '../../posix/stack.ts';
import { ipv4Text, prefix } from './address.ts';
import { Conntrack } from './conntrack.ts';
import { Core, type NetworkCounters } from './core.ts';
import { Namespace } from './namespace.ts';
import { Stack } from './namespace-stack.ts';
import type { Network, NodeNetwork, NodeRules } from './network.ts';
import { Tcp } from './tcp.ts';
import { Udp } from './udp.ts';
import { bridgeOf, type NodeWires, podSubnetOf } from './wires.ts';

export interface PodNetworkOptions {
  readonly sim: Sim;
  readonly callbacks: StackCallbacks;
  /** The CNI bridge's ipMasq: a pod's packets to other nodes carry their node's address (default, as recorded); kindnet keeps the pod's. */
  readonly podMasquerade?: boolean;
}

export function createPodNetwork(options: PodNetworkOptions): PodNetwork {
  return new PodNetwork(options);
}

/** First host address of a pod subnet that a pod gets: .1 is the bridge. */
const FIRST_POD = 2;
const LAST_POD = 254;

export class PodNetwork implements Network {
  readonly #sim: Sim;
  readonly #core: Core;
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  readonly host: NetworkStack;
  readonly #nodes = new Map<string, Node>();
  readonly #outside = new Map<string, NetworkStack>();

  constructor({ sim, callbacks, podMasquerade = true }: PodNetworkOptions) {
    this.#sim = sim;
    this.#core = new Core(sim, callbacks, podMasquerade);
    this.#tcp = new Tcp(this.#core);
    this.#udp = new Udp(this.#core);
    this.host = new Stack(this.#core, this.#tcp, this.#udp, this.#core.wires.host.id);
    sim.keep('network', { save: () => this.#save(), restore: (state) => this.#restore(state) });
  }

  get counters(): Readonly<NetworkCounters> {
    return this.#core.counters;
  }

  /** Journals every n-th flow only (0 = none); the counters stay exact. */
  setSampling(every: number): void {
    this.#core.sampling = every;
  }

  addNode({ name, ip, podSubnet }: { readonly name: string; readonly ip: string; readonly podSubnet: string }): NodeNetwork {
    if (this.#nodes.has(name)) throw new Error(`node ${name} is on the network already`);
    const range = podSubnetOf(podSubnet);
    const core = this.#core;
    const root = new Namespace({ id: core.nextId++, kind: 'node', place: `node:${name}`, subject: `nodes/${name}`, ip, node: name });
    core.namespaces.set(root.id, root);
    return this.#wire(name, ip, range, root);
  }

  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    node.removeAll();
    this.#nodes.delete(name);
    this.#core.wires.removeNode(name);
  }

  node(name: string): NodeNetwork | undefined {
    return this.#nodes.get(name);
  }

  setReachable(name: string, reachable: boolean): void {
    const wires = this.#core.wires.nodes.get(name);
    if (wires !== undefined) wires.reachable = reachable;
  }

  /** A machine beyond the user's, reachable from everywhere: an external database, an upstream resolver. */
  addOutside(ip: string): NetworkStack {
    const before = this.#outside.get(ip);
    if (before !== undefined) return before;
    const core = this.#core;
    const namespace = new Namespace({ id: core.nextId++, kind: 'outside', place: 'outside', subject: 'outside', ip, node: undefined });
    core.namespaces.set(namespace.id, namespace);
    core.wires.outsideByIp.set(ip, namespace);
    const stack = new Stack(core, this.#tcp, this.#udp, namespace.id);
    this.#outside.set(ip, stack);
    return stack;
  }

  /** `ip route add <range> via <node>` on the user's machine: what `minikube tunnel` does. Returns how to take it back. */
  addHostRoute(range: string, node: string): () => void {
    const parsed = prefix(range);
    if (parsed === undefined) throw new Error(`route ${range} is no CIDR`);
    const route = { range: parsed, node };
    const { hostRoutes } = this.#core.wires;
    hostRoutes.push(route);
    return () => {
      const at = hostRoutes.indexOf(route);
      if (at >= 0) hostRoutes.splice(at, 1);
    };
  }

  /** The statechart of connections, for the lens: rows by `connections()`. */
  get connectionRunner() {
    return this.#tcp.runner;
  }

  get conntrackRunner() {
    return this.#core.rows.runner;
  }

  connections(): readonly { readonly row: number; readonly from: string; readonly to: string; readonly state: string }[] {
    return [...this.#tcp.table.connections.values()].map((each) => ({
      row: each.id,
      from: this.#core.namespaces.get(each.client.namespace)?.place ?? '',
      to: `${each.to.ip}:${each.to.port}`,
      state: this.#tcp.runner.stateName(each.id),
    }));
  }

  #save(): Plain {
    const core = this.#core;
    return {
      nextId: core.nextId,
      nextPacket: core.nextPacket,
      counters: { ...core.counters },
      sampling: core.sampling,
      pending: [...core.pending].map(([ticket, [kind, id]]) => [ticket, kind, id]),
      rows: core.rows.save(),
      hostRoutes: core.wires.hostRoutes.map(({ range, node }) => [range.text, node]),
      outside: [...this.#outside.keys()],
      nodes: [...this.#nodes.values()].map((node) => node.save()),
      namespaces: [...core.namespaces.values()].map(({ id, kind, place, subject, ip, node, ports, clockMs }) => [
        id,
        kind,
        place,
        subject,
        ip,
        node ?? null,
        [...ports],
        clockMs,
      ]),
      tcp: this.#tcp.table.save(),
      udp: this.#udp.save(),
    } as unknown as Plain;
  }

  #restore(state: Plain): void {
    const core = this.#core;
    const saved = state as any;
    core.nextId = saved.nextId;
    core.nextPacket = saved.nextPacket;
    Object.assign(core.counters, saved.counters);
    core.sampling = saved.sampling;
    core.pending.clear();
    for (const [ticket, kind, id] of saved.pending) core.pending.set(ticket, [kind, id]);
    core.rows.restore(saved.rows);
    this.#restoreNamespaces(saved);
    this.#tcp.table.restore(saved.tcp);
    this.#udp.restore(saved.udp);
  }

  /** Namespaces keep their objects where they still exist, because stacks are held by others. */
  #restoreNamespaces(saved: any): void {
    const core = this.#core;
    const kept = new Set<number>(saved.namespaces.map(([id]: [number]) => id));
    for (const id of [...core.namespaces.keys()]) if (!kept.has(id)) core.namespaces.delete(id);
    core.wires.podByIp.clear();
    for (const [id, kind, place, subject, ip, node, ports, clockMs] of saved.namespaces) {
      const namespace = core.namespaces.get(id) ?? new Namespace({ id, kind, place, subject, ip, node: node ?? undefined });
      core.namespaces.set(id, namespace);
      namespace.listeners.clear();
      namespace.udp.clear();
      namespace.ports.clear();
      namespace.ends.clear();
      namespace.clockMs = clockMs;
      for (const [port, count] of ports) namespace.ports.set(port, count);
      if (kind === 'pod') core.wires.podByIp.set(ip, namespace);
    }
    for (const name of [...this.#nodes.keys()]) if (!saved.nodes.some((node: any) => node.name === name)) this.#dropNode(name);
    for (const each of saved.nodes) {
      if (!this.#nodes.has(each.name)) this.#revive(each);
      this.#nodes.get(each.name)!.restore(each);
    }
    core.wires.hostRoutes.length = 0;
    for (const [range, node] of saved.hostRoutes) core.wires.hostRoutes.push({ range: prefix(range)!, node });
    for (const ip of saved.outside) {
      const namespace = [...core.namespaces.values()].find((each) => each.kind === 'outside' && each.ip === ip)!;
      core.wires.outsideByIp.set(ip, namespace);
      if (!this.#outside.has(ip)) this.#outside.set(ip, new Stack(core, this.#tcp, this.#udp, namespace.id));
    }
  }

  #dropNode(name: string): void {
    this.#nodes.delete(name);
    this.#core.wires.removeNode(name);
  }

  #revive({ name, ip, podSubnet, root: rootId }: any): void {
    this.#wire(name, ip, podSubnetOf(podSubnet), this.#core.namespaces.get(rootId)!);
  }

  #wire(name: string, ip: string, range: ReturnType<typeof podSubnetOf>, root: Namespace): Node {
    const core = this.#core;
    const wires: NodeWires = {
      name,
      ip,
      podSubnet: range,
      bridge: bridgeOf(range),
      root,
      conntrack: new Conntrack(this.#sim, core.rows),
      rules: undefined,
      reachable: true,
      bridged: false,
    };
    core.wires.addNode(wires);
    const node = new Node(core, this.#tcp, this.#udp, wires);
    this.#nodes.set(name, node);
    return node;
  }
}

class Node implements NodeNetwork {
  readonly #core: Core;
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  readonly #wires: NodeWires;
  readonly stack: NetworkStack;
  readonly #pods = new Map<number, { readonly ip: string; readonly stack: NetworkStack; readonly id: number }>();
  /** Next address to try: the CNI hands them out in order and comes round. */
  #next = FIRST_POD;

  constructor(core: Core, tcp: Tcp, udp: Udp, wires: NodeWires) {
    this.#core = core;
    this.#tcp = tcp;
    this.#udp = udp;
    this.#wires = wires;
    this.stack = new Stack(core, tcp, udp, wires.root.id);
  }

  get name(): string {
    return this.#wires.name;
  }

  get ip(): string {
    return this.#wires.ip;
  }

  get podSubnet(): string {
    return this.#wires.podSubnet.text;
  }

  get conntrack(): Conntrack {
    return this.#wires.conntrack;
  }

  setRules(rules: NodeRules): void {
    this.#wires.rules = rules;
  }

  isLocal(ip: string): boolean {
    return this.#core.wires.isLocal(this.#wires, ip);
  }

  addPod(pod: string): { readonly ip: string; readonly stack: NetworkStack; readonly id: number } {
    const core = this.#core;
    const ip = this.#freeAddress();
    const namespace = new Namespace({
      id: core.nextId++,
      kind: 'pod',
      place: `pod:${pod}`,
      subject: `pods/${pod}`,
      ip,
      node: this.#wires.name,
    });
    core.namespaces.set(namespace.id, namespace);
    core.wires.podByIp.set(ip, namespace);
    this.#wires.bridged = true;
    return this.#hold(namespace);
  }

  #hold(namespace: Namespace) {
    const handed = { ip: namespace.ip, stack: new Stack(this.#core, this.#tcp, this.#udp, namespace.id), id: namespace.id };
    this.#pods.set(namespace.id, handed);
    return handed;
  }

  pod(id: number): { readonly ip: string; readonly stack: NetworkStack; readonly id: number } | undefined {
    return this.#pods.get(id);
  }

  removePod(id: number): void {
    const namespace = this.#core.namespaces.get(id);
    if (namespace === undefined || !this.#pods.delete(id)) return;
    this.#tcp.closeAll(namespace);
    this.#udp.closeAll(namespace);
    this.#core.namespaces.delete(id);
    this.#core.wires.podByIp.delete(namespace.ip);
  }

  removeAll(): void {
    for (const id of [...this.#pods.keys()]) this.removePod(id);
    const { root } = this.#wires;
    this.#tcp.closeAll(root);
    this.#udp.closeAll(root);
    this.#core.namespaces.delete(root.id);
  }

  #freeAddress(): string {
    const { podSubnet } = this.#wires;
    const size = Math.min(2 ** (32 - podSubnet.bits) - 2, LAST_POD);
    for (let tries = 0; tries < size; tries++) {
      const ip = ipv4Text(podSubnet.base + this.#next);
      this.#next = this.#next >= size ? FIRST_POD : this.#next + 1;
      if (!this.#core.wires.podByIp.has(ip)) return ip;
    }
    throw new Error(`no IP addresses available in range set: ${ipv4Text(podSubnet.base + 1)}-${ipv4Text(podSubnet.base + size)}`);
  }

  save(): Plain {
    const { name, ip, podSubnet, root, reachable, bridged, conntrack } = this.#wires;
    const pods = [...this.#pods.keys()];
    return { name, ip, podSubnet: podSubnet.text, root: root.id, reachable, bridged, conntrack: conntrack.save(), next: this.#next, pods };
  }

  restore(saved: any): void {
    this.#wires.reachable = saved.reachable;
    this.#wires.bridged = saved.bridged;
    this.#wires.conntrack.restore(saved.conntrack);
    this.#next = saved.next;
    for (const id of [...this.#pods.keys()]) if (!saved.pods.includes(id)) this.#pods.delete(id);
    for (const id of saved.pods) if (!this.#pods.has(id)) this.#hold(this.#core.namespaces.get(id)!);
  }
}
