// What TCP, UDP and ping have in common: namespaces, pending calls, ids, and the journal of hops.
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim, TimerId } from '../../sim/sim.ts';
import type { RandomStream } from '../../sim/random.ts';
import type { Endpoint, Errno } from '../../posix/program.ts';
import type { StackCallbacks, StackResult, Ticket } from '../../posix/stack.ts';
import { ipv4, isLoopback, within } from './address.ts';
import { captionOf, purposeOf } from './caption.ts';
import { ConntrackRows } from './conntrack.ts';
import { type Leg, Namespace, type Route } from './namespace.ts';
import type { Hop, Packet } from './packet.ts';
import { Wires } from './wires.ts';

/** Exact, however few hops are shown. */
export interface NetworkCounters {
  /** Connections and datagram exchanges begun. */
  flows: number;
  packets: number;
  /** By fate of the first packet. */
  delivered: number;
  rejected: number;
  lost: number;
  unreachable: number;
}

/** What a flow of packets shows of itself. */
export interface Show {
  readonly flow: number;
  readonly flag: Packet['flag'];
  /** Port of the server, by which DNS and control traffic are told apart. */
  readonly port: number;
  readonly reply: boolean;
  readonly probe: boolean;
  readonly payload: Plain;
}

const FIRST_EPHEMERAL = 32_768;
const EPHEMERAL_PORTS = 28_232;

export class Core {
  readonly sim: Sim;
  readonly callbacks: StackCallbacks;
  readonly random: RandomStream;
  readonly wires: Wires;
  readonly rows: ConntrackRows;
  readonly namespaces = new Map<number, Namespace>();
  readonly counters: NetworkCounters = { flows: 0, packets: 0, delivered: 0, rejected: 0, lost: 0, unreachable: 0 };
  /** Calls not answered yet, with how to take them back. */
  readonly pending = new Map<Ticket, readonly [kind: string, id: number]>();
  /** Every n-th flow is shown; 1 = all. */
  sampling = 1;
  nextId = 1;
  nextPacket = 1;
  readonly #answered: Handler<Plain>;

  constructor(sim: Sim, callbacks: StackCallbacks, podMasquerade: boolean) {
    this.sim = sim;
    this.callbacks = callbacks;
    this.random = sim.random('network');
    this.rows = new ConntrackRows(sim);
    const host = new Namespace({
      id: this.nextId++,
      kind: 'outside',
      place: 'outside',
      subject: 'outside',
      ip: '192.168.49.1',
      node: undefined,
    });
    this.namespaces.set(host.id, host);
    this.wires = new Wires(host, sim.random('network rules'), podMasquerade);
    this.#answered = sim.handler('network answer', (payload) => {
      const { ticket, result } = payload as unknown as { ticket: Ticket; result: StackResult };
      this.answer(ticket, result);
    });
  }

  /** Answers a call that still waits. */
  answer(ticket: Ticket, result: StackResult): void {
    if (!this.pending.delete(ticket)) return;
    this.callbacks.complete(ticket, result);
  }

  /** The same, but after the running call or a delay. */
  answerLater(ticket: Ticket, result: StackResult, delayMs = 0): TimerId {
    return this.sim.after(Math.floor(delayMs), this.#answered, { ticket, result } as unknown as Plain);
  }

  /** The address a packet to `ip` carries when the program did not choose one. */
  sourceFor(from: Namespace, ip: string): string {
    if (isLoopback(ip)) return '127.0.0.1';
    if (from.kind !== 'node') return from.ip;
    const node = this.wires.nodes.get(from.node!);
    if (node === undefined) return from.ip;
    return within(ipv4(ip), node.podSubnet) ? node.bridge : from.ip;
  }

  /** A free local port; Linux takes them from this range at random. */
  ephemeralPort(namespace: Namespace): number {
    for (;;) {
      const port = FIRST_EPHEMERAL + this.random.below(EPHEMERAL_PORTS);
      if (!namespace.ports.has(port)) return port;
    }
  }

  holdPort(namespace: Namespace, port: number): void {
    namespace.ports.set(port, (namespace.ports.get(port) ?? 0) + 1);
  }

  freePort(namespace: Namespace | undefined, port: number): void {
    if (namespace === undefined) return;
    const left = (namespace.ports.get(port) ?? 0) - 1;
    if (left > 0) namespace.ports.set(port, left);
    else namespace.ports.delete(port);
  }

  /** When a packet that leaves a namespace now does so, with fractions. */
  startFrom(namespace: Namespace | undefined): number {
    const { now } = this.sim;
    return namespace === undefined || namespace.clockMs < now ? now : namespace.clockMs;
  }

  arrivedAt(namespace: number, ms: number): void {
    const target = this.namespaces.get(namespace);
    if (target !== undefined && ms > target.clockMs) target.clockMs = ms;
  }

  isShown(flow: number): boolean {
    return this.sampling === 1 || (this.sampling > 0 && flow % this.sampling === 0);
  }

  /** Moves the conntrack entries a packet passed. */
  track(route: Pick<Route, 'tracked'>, flag: Packet['flag'], reply = false): void {
    for (const { table, entry, direction } of route.tracked) {
      table.passed(entry, flag, reply ? (direction === 'original' ? 'reply' : 'original') : direction);
    }
  }

  /** A packet nobody looks at. */
  count(): void {
    this.nextPacket++;
    this.counters.packets++;
  }

  /**
   * Journals the legs of a packet that starts at `startMs`, runs `then` as caused by the last one, and leaves the cause as it was.
   * Without `shown` only counts.
   */
  journey<T>(legs: readonly Leg[], startMs: number, shown: boolean, show: Show, then: () => T): T {
    const packet = this.nextPacket;
    this.count();
    if (!shown) return then();
    const { journal } = this.sim;
    return journal.because(journal.cause, () => {
      const purpose = purposeOf(show.flag, show.port, show.reply, show.probe);
      const caption = captionOf(show.flag, show.payload);
      let t0 = startMs;
      for (const leg of legs) {
        const t1 = t0 + leg.ms;
        const hop: Hop = {
          packet,
          flow: show.flow,
          from: leg.from,
          to: leg.to,
          t0,
          t1,
          purpose,
          caption,
          before: leg.before,
          after: leg.after,
          ...(leg.verdict === undefined ? {} : { verdict: leg.verdict }),
          ...(leg.rule === undefined ? {} : { rule: leg.rule }),
          ...(leg.service === undefined ? {} : { service: leg.service }),
        };
        journal.record('network', 'Hopped', leg.subject, hop as unknown as Plain);
        t0 = t1;
      }
      return then();
    });
  }

  packet(fields: Omit<Packet, 'id' | 'purpose' | 'caption'>): Packet {
    return { id: this.nextPacket, purpose: 'request', caption: '', ...fields };
  }

  /** Can packets of this route still pass? */
  passable(route: Route, ends: readonly number[]): boolean {
    for (const end of ends) if (!this.namespaces.has(end)) return false;
    let crossing = route.nodes.length > 1;
    for (const end of ends) if (this.namespaces.get(end)!.kind === 'outside') crossing = true;
    for (const name of route.nodes) {
      const node = this.wires.nodes.get(name);
      if (node === undefined || (crossing && !node.reachable)) return false;
    }
    return true;
  }
}

/** The same way back, with every rewriting undone where it was done. */
export function backward(legs: readonly Leg[]): Leg[] {
  const back: Leg[] = [];
  for (let i = legs.length - 1; i >= 0; i--) {
    const leg = legs[i]!;
    if (leg.from === leg.to && legs.length > 1) continue;
    const before = swap(leg.before);
    const after = i > 0 ? swap(legs[i - 1]!.before) : before;
    const moved = after.source !== before.source || after.destination !== before.destination;
    const source = after.source !== before.source;
    const destination = after.destination !== before.destination;
    back.push({
      from: leg.to,
      to: leg.from,
      subject: subjectOf(leg.from),
      ms: leg.ms,
      before,
      after,
      // An answer is rewritten the other way round: what was DNAT undoes as SNAT.
      ...(moved ? { verdict: [destination ? 'DNAT' : '', source ? 'SNAT' : ''].filter(Boolean).join(',') } : {}),
      ...(i > 0 && legs[i - 1]!.service !== undefined ? { service: legs[i - 1]!.service! } : {}),
    });
  }
  return back;
}

function swap(sides: Leg['before']): Leg['before'] {
  return { source: sides.destination, destination: sides.source };
}

/** `pods/default/web-1` of `pod:default/web-1`. */
export function subjectOf(place: string): string {
  const colon = place.indexOf(':');
  return colon < 0 ? place : `${place.slice(0, colon)}s/${place.slice(colon + 1)}`;
}

export function failed(errno: Errno): StackResult {
  return { errno };
}

export function endpointText({ ip, port }: Endpoint): string {
  return `${ip}:${port}`;
}
