// Who is where: nodes with their pod subnets and tables, pods by address, machines outside, and the way from one to another through
// the hooks of every node passed. This file decides; `sockets.ts` sends.
// Models: a routed cluster with the CNI bridge plugin (bridge cni0 = first address of the node's pod subnet, ipMasq)
import { type Prefix, ipv4, isLoopback, nthAddress, prefix, within } from './address.ts';
import type { RandomStream } from '../../sim/random.ts';
import type { Conntrack, ConntrackEntry, Tuple } from './conntrack.ts';
import type { Leg, Namespace, Route, Tracked } from './namespace.ts';
import type { NodeRules, Verdict } from './network.ts';
import type { Packet } from './packet.ts';
import { LINKS } from './timings.ts';

export interface NodeWires {
  readonly name: string;
  readonly ip: string;
  readonly podSubnet: Prefix;
  /** Address of the bridge: what a masqueraded packet to a pod of this node carries. */
  readonly bridge: string;
  readonly root: Namespace;
  readonly conntrack: Conntrack;
  rules: NodeRules | undefined;
  reachable: boolean;
  /** A pod was here, so the CNI's bridge is. */
  bridged: boolean;
}

export type Fate =
  | { readonly fate: 'delivered'; readonly route: Route }
  /** ICMP port unreachable from a rule; `near` = the sender's own kernel. */
  | { readonly fate: 'rejected'; readonly legs: readonly Leg[]; readonly ms: number; readonly near: boolean }
  /** Nobody answers the neighbour requests: ICMP host unreachable after a while. */
  | { readonly fate: 'unreachable'; readonly legs: readonly Leg[]; readonly ms: number; readonly by: string }
  | { readonly fate: 'lost'; readonly legs: readonly Leg[]; readonly ms: number };

/** Addresses of a packet on its way, rewritten as it goes. */
interface Walker {
  readonly packet: Packet;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  place: string;
  node: NodeWires | undefined;
  ms: number;
  hops: number;
  readonly legs: Leg[];
  readonly tracked: Tracked[];
  /** Whether its legs are kept for the journal. */
  readonly shown: boolean;
  readonly nodes: string[];
}

const ACCEPT: Verdict = { action: 'accept', rules: [] };
const NOWHERE: Leg['before'] = { source: '', destination: '' };
/** A packet that passes more nodes than this goes in circles. */
const MOST_NODES = 8;

export class Wires {
  readonly nodes = new Map<string, NodeWires>();
  readonly #nodeByIp = new Map<string, NodeWires>();
  /** Length of a pod subnet's prefix → its base → its node. */
  readonly #subnets = new Map<number, Map<number, NodeWires>>();
  readonly podByIp = new Map<string, Namespace>();
  readonly outsideByIp = new Map<string, Namespace>();
  /** Routes of the user's machine beyond its own link, as `minikube tunnel` adds them. */
  readonly hostRoutes: { readonly range: Prefix; readonly node: string }[] = [];
  readonly host: Namespace;
  readonly #random: RandomStream;
  readonly #podMasquerade: boolean;
  readonly #chance = (): number => this.#random.next();

  constructor(host: Namespace, random: RandomStream, podMasquerade: boolean) {
    this.host = host;
    this.#random = random;
    this.#podMasquerade = podMasquerade;
    this.outsideByIp.set(host.ip, host);
  }

  addNode(node: NodeWires): void {
    this.nodes.set(node.name, node);
    this.#nodeByIp.set(node.ip, node);
    const { bits, base } = node.podSubnet;
    if (!this.#subnets.has(bits)) this.#subnets.set(bits, new Map());
    this.#subnets.get(bits)!.set(base, node);
  }

  removeNode(name: string): void {
    const node = this.nodes.get(name);
    if (node === undefined) return;
    this.nodes.delete(name);
    this.#nodeByIp.delete(node.ip);
    this.#subnets.get(node.podSubnet.bits)?.delete(node.podSubnet.base);
  }

  isLocal(node: NodeWires, ip: string): boolean {
    return ip === node.ip || ip === node.bridge || isLoopback(ip);
  }

  /** The way of a first packet, or of one that has no connection. Adds and moves conntrack entries on its way. */
  walk(from: Namespace, packet: Packet, shown: boolean): Fate {
    const walker: Walker = {
      packet,
      source: packet.source,
      sourcePort: packet.sourcePort,
      destination: packet.destination,
      destinationPort: packet.destinationPort,
      place: from.place,
      node: from.node === undefined ? undefined : this.nodes.get(from.node),
      ms: 0,
      hops: 0,
      legs: [],
      tracked: [],
      nodes: [],
      shown,
    };
    if (from.kind !== 'node' && (walker.destination === from.ip || isLoopback(walker.destination)))
      return this.#deliver(walker, from, LINKS.loopbackMs);
    if (from.kind === 'outside') return this.#fromOutside(walker);
    if (walker.node === undefined) return this.#lost(walker, 'wire');
    return this.#throughNode(walker, walker.node, from.kind);
  }

  #fromOutside(walker: Walker): Fate {
    const outside = this.outsideByIp.get(walker.destination);
    if (outside !== undefined) return this.#deliver(walker, outside, LINKS.internetMs);
    const node = this.#nodeByIp.get(walker.destination) ?? this.#hostRoute(walker.destination);
    if (node === undefined) return this.#lost(walker, 'outside');
    if (!node.reachable) return this.#unreachable(walker, 'outside', LINKS.hostMs);
    return this.#throughNode(walker, node, 'outside');
  }

  #hostRoute(ip: string): NodeWires | undefined {
    const address = ipv4(ip);
    const route = this.hostRoutes.find(({ range }) => within(address, range));
    return route === undefined ? undefined : this.nodes.get(route.node);
  }

  /** The hooks of one node: PREROUTING or OUTPUT, routing, FORWARD or INPUT, POSTROUTING. */
  #throughNode(walker: Walker, node: NodeWires, from: 'pod' | 'node' | 'outside'): Fate {
    const before = walker.shown ? addresses(walker) : NOWHERE;
    const near = walker.nodes.length === 0 && from !== 'outside';
    walker.nodes.push(node.name);
    if (++walker.hops > MOST_NODES) return this.#lost(walker, 'wire');
    const known = node.conntrack.find(walker.packet.protocol, walker.source, walker.sourcePort, walker.destination, walker.destinationPort);
    let verdict = ACCEPT;
    let what: string | undefined;
    if (known !== undefined) what = follow(walker, node, known);
    else {
      const original: Tuple = tupleOf(walker);
      verdict = node.rules?.route(seenAs(walker), from, this.#chance) ?? ACCEPT;
      if (verdict.action === 'reject' || verdict.action === 'drop') {
        this.#arrive(walker, node, from, before, verdict.action.toUpperCase(), verdict);
        return verdict.action === 'reject'
          ? { fate: 'rejected', legs: walker.legs, ms: walker.ms, near }
          : { fate: 'lost', legs: walker.legs, ms: walker.ms };
      }
      if (verdict.action === 'dnat') {
        walker.destination = verdict.destination!.ip;
        walker.destinationPort = verdict.destination!.port;
        what = 'DNAT';
      }
      if (this.#masquerade(walker, node, from, verdict)) what = what === undefined ? 'SNAT' : `${what},SNAT`;
      const reply = inverse(tupleOf(walker));
      const entry = node.conntrack.add(walker.packet.protocol, original, reply, verdict.service);
      walker.tracked.push({ node: node.name, table: node.conntrack, entry, direction: 'original' });
    }
    this.#arrive(walker, node, from, before, what, verdict, known);
    return this.#leave(walker, node);
  }

  #masquerade(walker: Walker, node: NodeWires, from: 'pod' | 'node' | 'outside', verdict: Verdict): boolean {
    const toOwnPod = within(ipv4(walker.destination), node.podSubnet) && walker.destination !== node.bridge;
    const leaving = toOwnPod ? node.bridge : node.ip;
    if (verdict.masquerade === true) {
      walker.source = leaving;
      walker.sourcePort = this.#freePort(walker, node);
      return true;
    }
    const away = !toOwnPod && !this.isLocal(node, walker.destination);
    if (this.#podMasquerade && from === 'pod' && away && within(ipv4(walker.source), node.podSubnet)) {
      walker.source = leaving;
      // The CNI's rule is not `--random-fully`: the port stays if it is free.
      if (node.conntrack.taken(walker.packet.protocol, inverse(tupleOf(walker)))) walker.sourcePort = this.#freePort(walker, node);
      return true;
    }
    // A node's own packet carries the address of the interface it leaves by.
    if (from === 'node' && verdict.action === 'dnat' && isLoopback(walker.source)) {
      walker.source = leaving;
      return true;
    }
    return false;
  }

  #freePort(walker: Walker, node: NodeWires): number {
    if (walker.packet.protocol === 'ICMP') return walker.sourcePort;
    for (let tries = 0; tries < 128; tries++) {
      walker.sourcePort = 1024 + this.#random.below(64_512);
      if (!node.conntrack.taken(walker.packet.protocol, inverse(tupleOf(walker)))) break;
    }
    return walker.sourcePort;
  }

  /** The leg to this node's root namespace, with what its rules did. */
  #arrive(
    walker: Walker,
    node: NodeWires,
    from: 'pod' | 'node' | 'outside',
    before: Leg['before'],
    verdict: string | undefined,
    decided: Verdict,
    known?: ConntrackEntry,
  ): void {
    const ms = from === 'pod' ? LINKS.vethMs : from === 'node' ? 0 : walker.place === 'outside' ? LINKS.hostMs : LINKS.wireMs;
    // A node's own packet starts where the rules are: its leg exists only to show what they did.
    if (from === 'node' && verdict === undefined) return;
    if (!walker.shown) {
      walker.ms += ms;
      walker.place = node.root.place;
      return;
    }
    const service = decided.service ?? known?.service;
    walker.legs.push({
      from: walker.place,
      to: node.root.place,
      subject: node.root.subject,
      ms,
      before,
      after: addresses(walker),
      ...(verdict === undefined ? {} : { verdict }),
      ...(verdict === undefined || decided.rules.length === 0 ? {} : { rule: decided.rules[decided.rules.length - 1] }),
      ...(service === undefined ? {} : { service }),
    });
    walker.ms += ms;
    walker.place = node.root.place;
  }

  /** Routing on a node. */
  #leave(walker: Walker, node: NodeWires): Fate {
    const { destination } = walker;
    if (this.isLocal(node, destination)) return this.#deliver(walker, node.root, 0);
    const address = ipv4(destination);
    if (within(address, node.podSubnet)) {
      const pod = this.podByIp.get(destination);
      return pod === undefined ? this.#unreachable(walker, node.root.place, 0, node) : this.#deliver(walker, pod, LINKS.vethMs);
    }
    const next = this.#nodeByIp.get(destination) ?? this.#nodeOfPod(address);
    if (next !== undefined) {
      if (!next.reachable || !node.reachable) return this.#unreachable(walker, 'wire', LINKS.wireMs, node);
      return this.#throughNode(walker, next, 'outside');
    }
    const outside = this.outsideByIp.get(destination);
    if (outside !== undefined && node.reachable) {
      return this.#deliver(walker, outside, outside === this.host ? LINKS.hostMs : LINKS.internetMs);
    }
    return this.#lost(walker, node.reachable ? 'outside' : 'wire');
  }

  #nodeOfPod(address: number): NodeWires | undefined {
    for (const [bits, nodes] of this.#subnets) {
      const node = nodes.get((address & (-1 << (32 - bits))) >>> 0);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #deliver(walker: Walker, target: Namespace, ms: number): Fate {
    if (walker.place !== target.place || walker.ms === 0) this.#leg(walker, target.place, target.subject, ms);
    return {
      fate: 'delivered',
      route: {
        legs: walker.legs,
        tracked: walker.tracked,
        nodes: walker.nodes,
        target: target.id,
        source: { ip: walker.source, port: walker.sourcePort },
        destination: { ip: walker.destination, port: walker.destinationPort },
        ms: walker.ms,
      },
    };
  }

  #lost(walker: Walker, place: string): Fate {
    this.#leg(walker, place, place, place === 'outside' ? LINKS.hostMs : LINKS.wireMs);
    return { fate: 'lost', legs: walker.legs, ms: walker.ms };
  }

  #unreachable(walker: Walker, place: string, ms: number, node?: NodeWires): Fate {
    if (walker.place !== place) this.#leg(walker, place, place, ms);
    return { fate: 'unreachable', legs: walker.legs, ms: walker.ms, by: node?.root.place ?? walker.place };
  }

  #leg(walker: Walker, to: string, subject: string, ms: number): void {
    if (walker.shown) {
      const here = addresses(walker);
      walker.legs.push({ from: walker.place, to, subject, ms, before: here, after: here });
    }
    walker.place = to;
    walker.ms += ms;
  }
}

/** Rewrites a packet of a known flow as its entry says; the verdict for the eye. */
function follow(walker: Walker, node: NodeWires, entry: ConntrackEntry): string | undefined {
  const { original, reply } = entry;
  const forward =
    walker.source === original.source &&
    walker.sourcePort === original.sourcePort &&
    walker.destination === original.destination &&
    walker.destinationPort === original.destinationPort;
  const other = forward ? reply : original;
  const before = tupleOf(walker);
  walker.source = other.destination;
  walker.sourcePort = other.destinationPort;
  walker.destination = other.source;
  walker.destinationPort = other.sourcePort;
  walker.tracked.push({ node: node.name, table: node.conntrack, entry, direction: forward ? 'original' : 'reply' });
  const destinationMoved = before.destination !== walker.destination || before.destinationPort !== walker.destinationPort;
  const sourceMoved = before.source !== walker.source || before.sourcePort !== walker.sourcePort;
  if (destinationMoved && sourceMoved) return 'DNAT,SNAT';
  return destinationMoved ? 'DNAT' : sourceMoved ? 'SNAT' : undefined;
}

function tupleOf(walker: Walker): Tuple {
  return {
    source: walker.source,
    sourcePort: walker.sourcePort,
    destination: walker.destination,
    destinationPort: walker.destinationPort,
  };
}

export function inverse(tuple: Tuple): Tuple {
  return {
    source: tuple.destination,
    sourcePort: tuple.destinationPort,
    destination: tuple.source,
    destinationPort: tuple.sourcePort,
  };
}

function seenAs(walker: Walker): Packet {
  const { packet } = walker;
  if (packet.source === walker.source && packet.destination === walker.destination && packet.destinationPort === walker.destinationPort)
    return packet;
  return { ...packet, ...tupleOf(walker) };
}

function addresses(walker: Walker): Leg['before'] {
  return { source: `${walker.source}:${walker.sourcePort}`, destination: `${walker.destination}:${walker.destinationPort}` };
}

export function bridgeOf(podSubnet: Prefix): string {
  return nthAddress(podSubnet, 1);
}

export function podSubnetOf(text: string): Prefix {
  const range = prefix(text);
  if (range === undefined) throw new Error(`pod subnet ${text} is no CIDR`);
  return range;
}
