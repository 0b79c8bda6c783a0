// UDP and ICMP echo of every namespace of the world. Each datagram finds its own way, so that a conntrack entry that was deleted
// makes the next datagram choose again. Models: Linux net/ipv4/{udp,icmp,ping}.c
import type { Plain } from '../../sim/plain.ts';
import type { Handler } from '../../sim/sim.ts';
import type { Endpoint, Errno } from '../../posix/program.ts';
import type { Ticket } from '../../posix/stack.ts';
import { backward, type Core, failed, type Show } from './core.ts';
import type { Leg, Namespace, UdpSocket } from './namespace.ts';
import { remove } from './tcp.ts';
import { NEIGHBOUR_FAILED_MS } from './timings.ts';

interface Arrival {
  readonly namespace: number;
  readonly datagram: Plain;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Who sent it, for the ICMP error when nobody is there. */
  readonly sender: number;
  readonly flow: number;
  readonly shown: boolean;
  /** The way it came, for the ICMP error back. */
  readonly legs: readonly Leg[];
  readonly ms: number;
  readonly atMs: number;
}

export class Udp {
  readonly #core: Core;
  readonly sockets = new Map<number, UdpSocket>();
  readonly #arrived: Handler<Plain>;
  readonly #limit: Handler<Plain>;
  readonly #error: Handler<Plain>;
  readonly #pinged: Handler<Plain>;

  constructor(core: Core) {
    this.#core = core;
    const { sim } = core;
    this.#arrived = sim.handler('network udp', (arrival) => this.#arrive(arrival as unknown as Arrival));
    this.#limit = sim.handler('network udp limit', (payload) => this.#limitReached(payload as unknown as readonly [number, Ticket]));
    this.#error = sim.handler('network udp error', (payload) => {
      const [socket, errno] = payload as unknown as readonly [number, Errno];
      this.#failed(socket, errno);
    });
    this.#pinged = sim.handler('network ping limit', (ticket) => core.answer(ticket as number, { ok: null }));
  }

  bind(namespace: Namespace, owner: number, port: number): { readonly id: number; readonly port: number } | { readonly errno: Errno } {
    const core = this.#core;
    if (port !== 0 && namespace.udp.has(port)) return { errno: 'EADDRINUSE' };
    const chosen = port === 0 ? core.ephemeralPort(namespace) : port;
    const socket: UdpSocket = { id: core.nextId++, owner, namespace: namespace.id, port: chosen, inbox: [], waiting: [], error: undefined };
    namespace.udp.set(chosen, socket);
    core.holdPort(namespace, chosen);
    this.sockets.set(socket.id, socket);
    return { id: socket.id, port: chosen };
  }

  sendTo(id: number, to: Endpoint, datagram: Plain): Errno | undefined {
    const core = this.#core;
    const socket = this.sockets.get(id);
    const namespace = core.namespaces.get(socket?.namespace ?? 0);
    if (socket === undefined || namespace === undefined) return 'EBADF';
    const flow = core.counters.flows++;
    const shown = core.isShown(flow);
    const packet = core.packet({
      protocol: 'UDP',
      source: core.sourceFor(namespace, to.ip),
      sourcePort: socket.port,
      destination: to.ip,
      destinationPort: to.port,
      flag: 'DATA',
      payload: datagram,
    });
    const fate = core.wires.walk(namespace, packet, shown);
    core.counters[fate.fate]++;
    const legs = fate.fate === 'delivered' ? fate.route.legs : fate.legs;
    // A server answers from the port it was asked on.
    const reply = to.port !== 53 && socket.port === 53;
    const show: Show = { flow: id, flag: 'DATA', port: reply ? socket.port : to.port, reply, probe: false, payload: datagram };
    const start = core.startFrom(namespace);
    core.journey(legs, start, shown, show, () => {
      if (fate.fate === 'delivered') {
        const { route } = fate;
        core.track(route, 'DATA');
        const arrival: Arrival = {
          namespace: route.target,
          datagram,
          from: route.source,
          to: route.destination,
          sender: id,
          flow: id,
          shown,
          legs: route.legs,
          ms: route.ms,
          atMs: start + route.ms,
        };
        core.sim.at(Math.floor(start + route.ms), this.#arrived, arrival as unknown as Plain);
      } else if (fate.fate === 'rejected') core.sim.after(Math.floor(2 * fate.ms), this.#error, [id, 'ECONNREFUSED'] as unknown as Plain);
      else if (fate.fate === 'unreachable') core.sim.after(NEIGHBOUR_FAILED_MS, this.#error, [id, 'EHOSTUNREACH'] as unknown as Plain);
    });
    return undefined;
  }

  receiveFrom(ticket: Ticket, id: number, timeoutMs: number | undefined): void {
    const core = this.#core;
    core.pending.set(ticket, ['receiveFrom', id]);
    const socket = this.sockets.get(id);
    const first = socket?.inbox.shift();
    if (socket === undefined) core.answerLater(ticket, failed('EBADF'));
    else if (first !== undefined) core.answerLater(ticket, { ok: first as unknown as Plain });
    else if (socket.error !== undefined) {
      core.answerLater(ticket, failed(socket.error));
      socket.error = undefined;
    } else {
      const timer = timeoutMs === undefined ? 0 : core.sim.after(timeoutMs, this.#limit, [id, ticket] as unknown as Plain);
      socket.waiting.push({ ticket, timer });
    }
  }

  ping(namespace: Namespace, ticket: Ticket, ip: string, timeoutMs: number): void {
    const core = this.#core;
    core.pending.set(ticket, ['ping', 0]);
    const identifier = core.ephemeralPort(namespace);
    const packet = core.packet({
      protocol: 'ICMP',
      source: core.sourceFor(namespace, ip),
      sourcePort: identifier,
      destination: ip,
      destinationPort: identifier,
      flag: 'ECHO',
      payload: null,
    });
    const flow = core.counters.flows++;
    const shown = core.isShown(flow);
    const fate = core.wires.walk(namespace, packet, shown);
    core.counters[fate.fate]++;
    const legs = fate.fate === 'delivered' ? fate.route.legs : fate.legs;
    const show: Show = { flow: identifier, flag: 'ECHO', port: 0, reply: false, probe: false, payload: null };
    core.journey(legs, core.sim.now, shown, show, () => {
      if (fate.fate !== 'delivered' || 2 * fate.route.ms > timeoutMs) {
        core.sim.after(timeoutMs, this.#pinged, ticket);
        return;
      }
      const { route } = fate;
      core.track(route, 'ECHO');
      core.track(route, 'ECHO-REPLY', true);
      core.journey(backward(route.legs), core.sim.now + route.ms, shown, { ...show, flag: 'ECHO-REPLY', reply: true }, () =>
        core.answerLater(ticket, { ok: 2 * route.ms }, 2 * route.ms),
      );
    });
  }

  close(id: number): void {
    const socket = this.sockets.get(id);
    if (socket === undefined) return;
    this.sockets.delete(id);
    const namespace = this.#core.namespaces.get(socket.namespace);
    namespace?.udp.delete(socket.port);
    this.#core.freePort(namespace, socket.port);
    for (const { ticket, timer } of socket.waiting.splice(0)) {
      if (timer !== 0) this.#core.sim.cancel(timer);
      this.#core.answerLater(ticket, failed('EBADF'));
    }
  }

  closeOwner(namespace: Namespace, owner: number): void {
    for (const socket of [...namespace.udp.values()]) if (socket.owner === owner) this.close(socket.id);
  }

  closeAll(namespace: Namespace): void {
    for (const socket of [...namespace.udp.values()]) this.close(socket.id);
  }

  abandon(id: number, ticket: Ticket): void {
    const wait = remove(this.sockets.get(id)?.waiting, (waiting) => waiting.ticket === ticket);
    if (wait !== undefined && wait.timer !== 0) this.#core.sim.cancel(wait.timer);
  }

  #arrive(arrival: Arrival): void {
    const core = this.#core;
    core.arrivedAt(arrival.namespace, arrival.atMs);
    const socket = core.namespaces.get(arrival.namespace)?.udp.get(arrival.to.port);
    if (socket === undefined) {
      const show: Show = { flow: arrival.flow, flag: 'UNREACHABLE', port: arrival.to.port, reply: true, probe: false, payload: null };
      core.journey(backward(arrival.legs), core.sim.now, arrival.shown, show, () =>
        core.sim.after(Math.floor(arrival.ms), this.#error, [arrival.sender, 'ECONNREFUSED'] as unknown as Plain),
      );
      return;
    }
    const message = { from: { ...arrival.from }, datagram: arrival.datagram };
    const wait = socket.waiting.shift();
    if (wait === undefined) {
      socket.inbox.push(message);
      return;
    }
    if (wait.timer !== 0) core.sim.cancel(wait.timer);
    core.answer(wait.ticket, { ok: message as unknown as Plain });
  }

  /** An ICMP error: the receive that waits fails, or the next one. */
  #failed(id: number, errno: Errno): void {
    const socket = this.sockets.get(id);
    if (socket === undefined) return;
    const wait = socket.waiting.shift();
    if (wait === undefined) socket.error = errno;
    else {
      if (wait.timer !== 0) this.#core.sim.cancel(wait.timer);
      this.#core.answer(wait.ticket, failed(errno));
    }
  }

  #limitReached([id, ticket]: readonly [number, Ticket]): void {
    if (remove(this.sockets.get(id)?.waiting, (wait) => wait.ticket === ticket) === undefined) return;
    this.#core.answer(ticket, failed('ETIMEDOUT'));
  }

  save(): Plain {
    return [...this.sockets.values()].map((socket) => ({
      ...socket,
      error: socket.error ?? null,
      inbox: [...socket.inbox],
      waiting: [...socket.waiting],
    })) as unknown as Plain;
  }

  restore(state: Plain): void {
    this.sockets.clear();
    for (const each of state as unknown as UdpSocket[]) {
      const socket: UdpSocket = { ...each, error: each.error ?? undefined, inbox: [...each.inbox], waiting: [...each.waiting] };
      this.sockets.set(socket.id, socket);
      this.#core.namespaces.get(socket.namespace)?.udp.set(socket.port, socket);
    }
  }
}
