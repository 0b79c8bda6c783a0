// What must hold for every cluster, whatever its pods do: answers undo their rewriting, packets are neither made nor lost on the way,
// and a world restored from a keyframe goes on as the one it was taken from.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forkFrom, saveKeyframe } from '../../sim/keyframe.ts';
import { createSim, type Sim } from '../../sim/sim.ts';
import type { NetworkStack, StackResult } from '../../posix/stack.ts';
import type { Plain } from '../../sim/plain.ts';
import { ipv4 } from './address.ts';
import type { NodeNetwork, Verdict } from './network.ts';
import type { Packet } from './packet.ts';
import type { Hop } from './packet.ts';
import { createPodNetwork } from './pod-network.ts';

const NODES = 3;
const PODS_PER_NODE = 3;
const VIP = '10.96.0.50';

type Act =
  | { readonly do: 'connect'; readonly from: number; readonly to: number; readonly via: 'pod' | 'vip' | 'nodePort' | 'nowhere' }
  | { readonly do: 'datagram'; readonly from: number; readonly to: number; readonly via: 'pod' | 'vip' | 'nodePort' | 'nowhere' }
  | { readonly do: 'close'; readonly which: number }
  | { readonly do: 'unplug'; readonly node: number; readonly on: boolean }
  | { readonly do: 'rules'; readonly backends: readonly number[]; readonly masquerade: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const via = fc.constantFrom('pod' as const, 'vip' as const, 'nodePort' as const, 'nowhere' as const);
const pod = fc.nat(NODES * PODS_PER_NODE - 1);
const acts = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('connect' as const), from: pod, to: pod, via }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('datagram' as const), from: pod, to: pod, via }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unplug' as const), node: fc.nat(NODES - 1), on: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('rules' as const), backends: fc.array(pod, { maxLength: 3 }), masquerade: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2500) }) },
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Act[]>;

/** A world whose servers echo, driven act by act. Everything it remembers is in the sim or given to it. */
class World {
  readonly sim: Sim;
  readonly network;
  readonly nodes: NodeNetwork[];
  readonly pods: { readonly ip: string; readonly stack: NetworkStack }[] = [];
  readonly seen: string[] = [];
  backends: readonly number[] = [];
  masquerade = false;
  next = 1;
  readonly connections: number[] = [];
  /** Ticket → what waits: `connect <pod>`, `accept <pod> <listener>`, `receive <pod> <id>`, `datagram <pod> <socket>`. */
  readonly waiting = new Map<number, string>();

  constructor(sim: Sim, podMasquerade: boolean) {
    this.sim = sim;
    this.network = createPodNetwork({ sim, podMasquerade, callbacks: { complete: (ticket, result) => this.complete(ticket, result) } });
    this.nodes = Array.from({ length: NODES }, (_, i) =>
      this.network.addNode({ name: `n${i}`, ip: `192.168.49.${i + 2}`, podSubnet: `10.244.${i}.0/24` }),
    );
    for (const node of this.nodes) {
      node.setRules({ route: (packet, _from, random) => this.judge(packet, node, random) });
      for (let k = 0; k < PODS_PER_NODE; k++) this.pods.push(node.addPod(`default/p${this.pods.length}`));
    }
    sim.keep('test world', {
      save: () =>
        ({
          backends: this.backends,
          masquerade: this.masquerade,
          next: this.next,
          connections: [...this.connections],
          waiting: [...this.waiting],
        }) as unknown as Plain,
      restore: (state) => {
        const saved = state as any;
        this.backends = saved.backends;
        this.masquerade = saved.masquerade;
        this.next = saved.next;
        this.connections.splice(0, this.connections.length, ...saved.connections);
        this.waiting.clear();
        for (const [ticket, what] of saved.waiting) this.waiting.set(ticket, what);
      },
    });
  }

  serve(): this {
    this.pods.forEach(({ stack }, i) => {
      const listener = stack.listen(1, 80, undefined) as { id: number };
      this.call(`accept ${i} ${listener.id}`, (ticket) => stack.accept(ticket, listener.id));
      const socket = stack.bindUdp(1, 80) as { id: number };
      this.call(`datagram ${i} ${socket.id}`, (ticket) => stack.receiveFrom(ticket, socket.id, undefined));
    });
    return this;
  }

  judge({ source, destination, destinationPort: port }: Packet, node: NodeNetwork, random: () => number): Verdict {
    const meant = (destination === VIP && port === 80) || (node.isLocal(destination) && port === 30080);
    if (!meant) return { action: 'accept', rules: [] };
    if (this.backends.length === 0) return { action: 'reject', rules: ['reject'] };
    const chosen = this.pods[this.backends[Math.floor(random() * this.backends.length)]!]!;
    return {
      action: 'dnat',
      destination: { ip: chosen.ip, port: 80 },
      // Real rules always masquerade the pod that reaches itself: it would answer itself past the conntrack.
      masquerade: this.masquerade || destination !== VIP || source === chosen.ip,
      rules: ['dnat'],
    };
  }

  call(what: string, ask: (ticket: number) => void): void {
    const ticket = this.next++;
    this.waiting.set(ticket, what);
    ask(ticket);
  }

  complete(ticket: number, result: StackResult): void {
    const what = this.waiting.get(ticket);
    if (what === undefined) throw new Error(`ticket ${ticket} is answered, but nobody waits`);
    this.waiting.delete(ticket);
    const [kind, at, id] = what.split(' ');
    const { stack, ip } = this.pods[Number(at)]!;
    this.seen.push(`${this.sim.now} ${what} ${JSON.stringify(result)}`);
    if (!('ok' in result)) return;
    const ok = result.ok as any;
    if (kind === 'connect') {
      this.connections.push(ok);
      stack.send(ok, `to ${ip}`);
      this.call(`answer ${at} ${ok}`, (next) => stack.receive(next, ok, 5000));
    } else if (kind === 'accept') {
      this.call(what, (next) => stack.accept(next, Number(id)));
      this.call(`receive ${at} ${ok.connection}`, (next) => stack.receive(next, ok.connection, undefined));
    } else if (kind === 'receive') {
      if (ok === null) stack.close(Number(id));
      else {
        stack.send(Number(id), `echo ${ok}`);
        this.call(what, (next) => stack.receive(next, Number(id), undefined));
      }
    } else if (kind === 'datagram') {
      stack.sendTo(Number(id), ok.from, `echo ${ok.datagram}`);
      this.call(what, (next) => stack.receiveFrom(next, Number(id), undefined));
    }
  }

  act(act: Act): void {
    if (act.do === 'wait') this.sim.runUntil(this.sim.now + act.ms);
    else if (act.do === 'unplug') this.network.setReachable(`n${act.node}`, act.on);
    else if (act.do === 'rules') {
      this.backends = act.backends;
      this.masquerade = act.masquerade;
    } else if (act.do === 'close') {
      const id = this.connections.splice(act.which % Math.max(1, this.connections.length), 1)[0];
      if (id !== undefined) this.pods[0]!.stack.close(id);
    } else {
      const to = {
        pod: { ip: this.pods[act.to]!.ip, port: 80 },
        vip: { ip: VIP, port: 80 },
        nodePort: { ip: `192.168.49.${2 + (act.to % NODES)}`, port: 30080 },
        nowhere: { ip: '10.99.9.9', port: 80 },
      }[act.via];
      const { stack, ip } = this.pods[act.from]!;
      if (act.do === 'connect') this.call(`connect ${act.from}`, (ticket) => stack.connect(ticket, to, 20_000, undefined));
      else {
        const socket = stack.bindUdp(2, 0) as { id: number };
        stack.sendTo(socket.id, to, `from ${ip}`);
        this.call(`reply ${act.from} ${socket.id}`, (ticket) => stack.receiveFrom(ticket, socket.id, 3000));
      }
    }
  }

  hops(): Hop[] {
    return [...this.sim.journal.since(0)].filter(({ type }) => type === 'Hopped').map(({ data }) => data as unknown as Hop);
  }
}

function byPacket(hops: readonly Hop[]): Hop[][] {
  const packets = new Map<number, Hop[]>();
  for (const hop of hops) packets.set(hop.packet, [...(packets.get(hop.packet) ?? []), hop]);
  return [...packets.values()];
}

test('every hop begins where and when the one before ended, and carries what that one made of the packet', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (script, podMasquerade) => {
      const world = new World(createSim({ seed: 5 }), podMasquerade).serve();
      for (const act of script) world.act(act);
      world.sim.runUntil(world.sim.now + 30_000);
      for (const way of byPacket(world.hops())) {
        for (let i = 1; i < way.length; i++) {
          expect(way[i]!.from).toBe(way[i - 1]!.to);
          expect(way[i]!.t0).toBe(way[i - 1]!.t1);
          expect(way[i]!.before).toEqual(way[i - 1]!.after);
        }
        // A rewriting happens on nodes only, and is always told.
        for (const hop of way) {
          const moved = hop.before.source !== hop.after.source || hop.before.destination !== hop.after.destination;
          if (moved) expect([hop.to.startsWith('node:'), hop.verdict]).toEqual([true, expect.stringMatching(/DNAT|SNAT/)]);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a client that was answered was answered from the address it asked, whatever happened in between', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (script, podMasquerade) => {
      const world = new World(createSim({ seed: 6 }), podMasquerade).serve();
      for (const act of script) world.act(act);
      world.sim.runUntil(world.sim.now + 30_000);
      const ways = byPacket(world.hops());
      const asked = new Set(ways.map((way) => `${way[0]!.before.source} ${way[0]!.before.destination}`));
      for (const way of ways) {
        const last = way[way.length - 1]!;
        if (!last.to.startsWith('pod:')) continue;
        const { source, destination } = last.after;
        const arrivedAtItsPod = world.pods[Number(last.to.replace('pod:default/p', ''))]!.ip;
        expect(destination.split(':')[0]).toBe(arrivedAtItsPod);
        // An answer is the exact inverse of a question; a question arrives at a server port.
        expect(asked.has(`${destination} ${source}`) || destination.endsWith(':80')).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('the reply of an entry is the inverse of what left the node, and no two entries share one', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (script, podMasquerade) => {
      const world = new World(createSim({ seed: 7 }), podMasquerade).serve();
      for (const act of script) world.act(act);
      for (const node of world.nodes) {
        const keys = node.conntrack
          .list()
          .map(({ protocol, reply }) => `${protocol} ${reply.source}:${reply.sourcePort} ${reply.destination}:${reply.destinationPort}`);
        expect(new Set(keys).size).toBe(keys.length);
        for (const entry of node.conntrack.list()) {
          const { protocol, original, reply } = entry;
          expect(node.conntrack.find(protocol, original.source, original.sourcePort, original.destination, original.destinationPort)).toBe(
            entry,
          );
          expect(node.conntrack.find(protocol, reply.source, reply.sourcePort, reply.destination, reply.destinationPort)).toBe(entry);
          expect(ipv4(reply.source)).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('every call is answered exactly once or still waits, and what was sent to a living server came back whole', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (script, podMasquerade) => {
      const world = new World(createSim({ seed: 8 }), podMasquerade).serve();
      for (const act of script) world.act(act);
      for (let node = 0; node < NODES; node++) world.network.setReachable(`n${node}`, true);
      world.sim.runUntil(world.sim.now + 200_000);
      const left = [...world.waiting.values()].map((what) => what.split(' ')[0]);
      expect(left.filter((kind) => kind === 'connect' || kind === 'answer' || kind === 'reply')).toEqual([]);
      for (const line of world.seen.filter((each) => / answer /.test(each) && each.includes('"ok":"')))
        expect(line).toMatch(/"ok":"echo to 10\.244\.\d\.\d+"/);
      const { flows, delivered, rejected, lost, unreachable } = world.network.counters;
      expect(delivered + rejected + lost + unreachable).toBe(flows);
    }),
    { numRuns: 60 },
  );
});

test('a keyframe taken at any moment goes on to the same end', () => {
  fc.assert(
    fc.property(acts, acts, fc.boolean(), (before, after, podMasquerade) => {
      const world = new World(createSim({ seed: 9 }), podMasquerade).serve();
      for (const act of before) world.act(act);
      const frame = JSON.parse(JSON.stringify(saveKeyframe(world.sim)));
      const fork = forkFrom(frame, (sim) => new World(sim, podMasquerade));
      const mark = world.seen.length;
      for (const each of [world, fork.world]) {
        for (const act of after) each.act(act);
        each.sim.runUntil(each.sim.now + 10_000);
      }
      expect(fork.world.seen).toEqual(world.seen.slice(mark));
      expect(fork.world.sim.journal.hash).toBe(world.sim.journal.hash);
    }),
    { numRuns: 40 },
  );
});
