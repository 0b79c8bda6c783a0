// TCP of every namespace of the world: handshake with retransmitted SYNs, ordered text, FIN and RST, as `connection.machine.ts` says.
// Simplified: acknowledgements are not packets of their own; windows and congestion do not exist; a backlog has no limit.
// Models: Linux net/ipv4/tcp*.c as recorded in golden/network/conntrack.json
import type { Plain } from '../../sim/plain.ts';
import type { Handler } from '../../sim/sim.ts';
import { TableRunner } from '../../sim/table-runner.ts';
import type { Endpoint, Errno } from '../../posix/program.ts';
import type { ConnectOptions, Ticket } from '../../posix/stack.ts';
import { isProbe } from './caption.ts';
import { connectionMachine } from './connection.machine.ts';
import { backward, type Core, failed, type Show } from './core.ts';
import type { Connection, End, Leg, Listener, Namespace, Wait } from './namespace.ts';
import type { Packet } from './packet.ts';
import { SocketTable } from './socket-table.ts';
import {
  DATA_GIVE_UP_MS,
  DATA_RETRANSMIT_LIMIT_MS,
  DATA_RETRANSMIT_MS,
  NEIGHBOUR_FAILED_MS,
  SYN_GIVE_UP_MS,
  SYN_RETRANSMITS_MS,
} from './timings.ts';

/** A packet under way on an established connection: `[connection, to which side, what, text]`. */
type Flight = readonly [
  connection: number,
  side: 'client' | 'server',
  flag: 'SYN' | 'SYN-ACK' | 'DATA' | 'FIN' | 'RST' | 'ICMP',
  text: string,
];
/** An end whose packets wait for a way: `[end, first tried, next delay]`. */
type Stuck = readonly [end: number, sinceMs: number, delayMs: number];

export class Tcp {
  readonly #core: Core;
  readonly runner: TableRunner<typeof connectionMachine>;
  readonly table: SocketTable;
  readonly #arrived: Handler<Plain>;
  readonly #limit: Handler<Plain>;
  readonly #retry: Handler<Plain>;
  readonly #unreachable: Handler<Plain>;

  constructor(core: Core) {
    this.#core = core;
    this.table = new SocketTable(core);
    const { sim } = core;
    this.runner = new TableRunner(sim, connectionMachine, {
      actions: {
        sendSyn: (row) => this.#sendSyn(this.table.connections.get(row)!),
        reportConnected: (row) => this.#report(row, undefined),
        reportRefused: (row) => this.#report(row, 'ECONNREFUSED'),
        reportUnreachable: (row) => this.#report(row, 'EHOSTUNREACH'),
        reportTimedOut: (row) => this.#report(row, 'ETIMEDOUT'),
      },
      delays: { synRetransmit: (row) => this.#retransmitMs(row) },
    });
    this.#arrived = sim.handler('network tcp', (flight) => this.#arrive(flight as unknown as Flight));
    this.#limit = sim.handler('network tcp limit', (payload) =>
      this.#limitReached(payload as unknown as readonly [string, number, Ticket]),
    );
    this.#retry = sim.handler('network tcp retransmit', (stuck) => this.#retransmit(stuck as unknown as Stuck));
    this.#unreachable = sim.handler('network tcp unreachable', (row) => {
      const connection = this.table.connections.get(row as number);
      if (connection !== undefined && connection.ticket !== 0) this.runner.send(connection.id, { type: 'UNREACHABLE' });
    });
  }

  // --- Calls

  connect(
    namespace: Namespace,
    ticket: Ticket,
    to: Endpoint,
    timeoutMs: number | undefined,
    fromPort: number | undefined,
    options: ConnectOptions,
  ): void {
    const core = this.#core;
    const row = this.table.takeRow();
    const port = fromPort ?? core.ephemeralPort(namespace);
    core.holdPort(namespace, port);
    const client = this.#end(row, 'client', namespace.id, options.owner ?? 0);
    const connection: Connection = {
      id: row,
      client,
      server: undefined,
      ticket,
      limitTimer: timeoutMs === undefined ? 0 : core.sim.after(timeoutMs, this.#limit, ['connect', row, ticket] as unknown as Plain),
      startedMs: core.sim.now,
      to,
      fromPort: port,
      blocking: options.blocking ?? false,
      syns: 0,
      route: undefined,
      shown: core.isShown(core.counters.flows++),
      probe: options.probe ?? false,
    };
    this.table.connections.set(row, connection);
    core.pending.set(ticket, ['connect', row]);
    this.runner.start(row);
  }

  listen(namespace: Namespace, owner: number, port: number, ip: string | undefined): { readonly id: number } | { readonly errno: Errno } {
    const before = namespace.listeners.get(port) ?? [];
    if (before.some((other) => everywhere(other.ip) || everywhere(ip) || other.ip === ip)) return { errno: 'EADDRINUSE' };
    const listener: Listener = { id: this.#core.nextId++, owner, namespace: namespace.id, port, ip, backlog: [], waiting: [] };
    namespace.listeners.set(port, [...before, listener]);
    this.table.listeners.set(listener.id, listener);
    return { id: listener.id };
  }

  accept(ticket: Ticket, id: number): void {
    const listener = this.table.listeners.get(id);
    this.#core.pending.set(ticket, ['accept', id]);
    if (listener === undefined) {
      this.#core.answerLater(ticket, failed('EBADF'));
      return;
    }
    const end = listener.backlog.shift();
    if (end === undefined) listener.waiting.push(ticket);
    else this.#core.answerLater(ticket, this.#accepted(end));
  }

  send(id: number, text: string): Errno | undefined {
    const end = this.table.ends.get(id);
    if (end === undefined || end.closed) return 'EBADF';
    if (end.error !== undefined) return end.error;
    const connection = this.table.connections.get(end.connection)!;
    if (this.#peer(connection, end) === undefined) return 'EPIPE';
    this.#packet(connection, end, 'DATA', text);
    return undefined;
  }

  receive(ticket: Ticket, id: number, timeoutMs: number | undefined): void {
    const core = this.#core;
    core.pending.set(ticket, ['receive', id]);
    const end = this.table.ends.get(id);
    if (end === undefined) core.answerLater(ticket, failed('EBADF'));
    else if (end.inbox.length > 0) core.answerLater(ticket, { ok: takeAll(end) });
    else if (end.error !== undefined) core.answerLater(ticket, failed(end.error));
    else if (end.finished) core.answerLater(ticket, { ok: null });
    else {
      const timer = timeoutMs === undefined ? 0 : core.sim.after(timeoutMs, this.#limit, ['receive', id, ticket] as unknown as Plain);
      end.waiting.push({ ticket, timer });
    }
  }

  /** Closes a connection's end or a listener. Unread data makes it a reset, as the kernel does. */
  close(id: number): void {
    const listener = this.table.listeners.get(id);
    if (listener !== undefined) this.#closeListener(listener);
    const end = this.table.ends.get(id);
    if (end === undefined || end.closed) return;
    const connection = this.table.connections.get(end.connection)!;
    end.closed = true;
    for (const { ticket } of end.waiting.splice(0)) this.#core.answerLater(ticket, failed('EBADF'));
    if (connection.ticket !== 0) this.#giveUp(connection);
    else if (end.error !== undefined || this.#peer(connection, end) === undefined) this.#forgetWhenDone(connection);
    else if (end.inbox.length > 0) this.#reset(connection, end);
    else {
      this.#packet(connection, end, 'FIN', '');
      this.runner.send(connection.id, { type: end.side === 'client' ? 'CLIENT_CLOSED' : 'SERVER_CLOSED' });
      this.#forgetWhenDone(connection);
    }
  }

  closeOwner(namespace: Namespace, owner: number): void {
    for (const listener of [...namespace.listeners.values()].flat()) if (listener.owner === owner) this.#closeListener(listener);
    for (const id of [...namespace.ends]) if (this.table.ends.get(id)?.owner === owner) this.close(id);
  }

  /** The namespace goes: what its processes left open is closed first. */
  closeAll(namespace: Namespace): void {
    for (const listener of [...namespace.listeners.values()].flat()) this.#closeListener(listener);
    for (const id of [...namespace.ends]) this.close(id);
  }

  abandon(kind: string, id: number, ticket: Ticket): void {
    if (kind === 'connect') {
      const connection = this.table.connections.get(id);
      if (connection?.ticket === ticket) this.#giveUp(connection);
    } else if (kind === 'accept') remove(this.table.listeners.get(id)?.waiting, (waiting) => waiting === ticket);
    else {
      const wait = remove(this.table.ends.get(id)?.waiting, (waiting) => waiting.ticket === ticket);
      if (wait !== undefined && wait.timer !== 0) this.#core.sim.cancel(wait.timer);
    }
  }

  // --- Opening

  #sendSyn(connection: Connection): void {
    const core = this.#core;
    const namespace = core.namespaces.get(connection.client.namespace);
    const nth = connection.syns++;
    if (namespace === undefined || nth > SYN_RETRANSMITS_MS.length) {
      this.runner.send(connection.id, { type: 'DATA_TIMED_OUT' });
      return;
    }
    const packet = core.packet({
      protocol: 'TCP',
      source: core.sourceFor(namespace, connection.to.ip),
      sourcePort: connection.fromPort,
      destination: connection.to.ip,
      destinationPort: connection.to.port,
      flag: 'SYN',
      payload: null,
    });
    const fate = core.wires.walk(namespace, packet, connection.shown);
    if (nth === 0) core.counters[fate.fate]++;
    const legs = fate.fate === 'delivered' ? fate.route.legs : fate.legs;
    const start = core.startFrom(namespace);
    core.journey(legs, start, connection.shown, this.#show(connection, 'SYN', false, null), () => {
      if (fate.fate === 'delivered') {
        connection.route = fate.route;
        core.track(fate.route, 'SYN');
        this.#fly(connection, 'server', 'SYN', '', start + fate.route.ms);
      } else if (fate.fate === 'rejected') this.#refusedByRule(connection, legs, start, fate.ms, fate.near && nth === 0);
      else if (fate.fate === 'unreachable' && nth === 0) core.sim.after(NEIGHBOUR_FAILED_MS, this.#unreachable, connection.id);
    });
  }

  /** ICMP port unreachable comes back. A blocking connect() still holds its socket when its own kernel answers, and misses the first. */
  #refusedByRule(connection: Connection, legs: readonly Leg[], start: number, ms: number, missed: boolean): void {
    const core = this.#core;
    core.journey(backward(legs), start + ms, connection.shown, this.#show(connection, 'UNREACHABLE', true, null), () => {
      if (missed && connection.blocking) return;
      this.#fly(connection, 'client', 'ICMP', '', start + 2 * ms);
    });
  }

  #retransmitMs(row: number): number {
    // After the last one this timer only waits for the machine to take TimedOut.
    const nth = Math.min(this.table.connections.get(row)!.syns - 1, SYN_RETRANSMITS_MS.length);
    const next = SYN_RETRANSMITS_MS[nth] ?? SYN_GIVE_UP_MS;
    return next - (nth === 0 ? 0 : SYN_RETRANSMITS_MS[nth - 1]!);
  }

  /** SYN at the target: a listener takes it or the kernel refuses. */
  #synArrived(connection: Connection): void {
    const core = this.#core;
    const route = connection.route!;
    const target = core.namespaces.get(route.target);
    if (target === undefined || connection.server !== undefined) return;
    const listener = target.listeners.get(route.destination.port)?.find((each) => everywhere(each.ip) || each.ip === route.destination.ip);
    if (listener === undefined) {
      core.track(route, 'RST', true);
      this.#back(connection, 'RST');
      return;
    }
    const server = this.#end(connection.id, 'server', target.id, listener.owner);
    connection.server = server;
    core.track(route, 'SYN-ACK', true);
    this.#back(connection, 'SYN-ACK');
    const ticket = listener.waiting.shift();
    if (ticket === undefined) listener.backlog.push(server.id);
    else core.answer(ticket, this.#accepted(server.id));
  }

  #back(connection: Connection, flag: 'SYN-ACK' | 'RST'): void {
    const core = this.#core;
    const route = connection.route!;
    const start = core.startFrom(core.namespaces.get(route.target)!);
    const arrival = start + route.ms;
    if (connection.server !== undefined) connection.server.clockMs = arrival;
    core.journey(
      connection.shown ? backward(route.legs) : route.legs,
      start,
      connection.shown,
      this.#show(connection, flag, true, null),
      () => this.#fly(connection, 'client', flag, '', arrival),
    );
  }

  #accepted(end: number): { readonly ok: Plain } {
    const connection = this.table.connections.get(this.table.ends.get(end)?.connection ?? 0);
    if (connection?.route === undefined) return { ok: null };
    const { source, destination } = connection.route;
    return { ok: { connection: end, from: { ...source }, to: { ...destination } } };
  }

  #report(row: number, errno: Errno | undefined): void {
    const connection = this.table.connections.get(row)!;
    const { ticket } = connection;
    connection.ticket = 0;
    if (connection.limitTimer !== 0) this.#core.sim.cancel(connection.limitTimer);
    connection.limitTimer = 0;
    if (errno === undefined) {
      this.#core.answer(ticket, { ok: connection.client.id });
      return;
    }
    connection.client.closed = true;
    connection.client.error = errno;
    if (ticket === 0) return;
    // The machine has not finished its step when it asks: forget the row afterwards.
    this.#core.answerLater(ticket, failed(errno));
    this.#fly(connection, 'client', 'RST', 'forget', this.#core.sim.now);
  }

  #giveUp(connection: Connection): void {
    if (connection.limitTimer !== 0) this.#core.sim.cancel(connection.limitTimer);
    connection.ticket = 0;
    connection.client.closed = true;
    this.runner.send(connection.id, { type: 'ABANDONED' });
    if (connection.server !== undefined) this.#packet(connection, connection.client, 'RST', '');
    this.#forget(connection);
  }

  // --- Under way

  #fly(connection: Connection, side: 'client' | 'server', flag: Flight[2], text: string, arrivalMs: number): void {
    // Fractions add up along a conversation; the queue knows whole milliseconds.
    this.#core.sim.at(Math.floor(arrivalMs), this.#arrived, [
      connection.id,
      side,
      flag,
      text,
      connection.client.id,
      arrivalMs,
    ] as unknown as Plain);
  }

  #packet(connection: Connection, from: End, flag: 'DATA' | 'FIN' | 'RST', text: string): void {
    const core = this.#core;
    const route = connection.route!;
    const to = from.side === 'client' ? 'server' : 'client';
    const reply = from.side === 'server';
    if (from.outbox.length > 0 || !core.passable(route, [connection.client.namespace, route.target])) {
      core.counters.packets++;
      if (flag === 'RST') return;
      from.outbox.push([flag, text]);
      if (from.outbox.length === 1) this.#stick([from.id, core.sim.now, DATA_RETRANSMIT_MS]);
      return;
    }
    const start = Math.max(core.startFrom(core.namespaces.get(from.namespace)), from.clockMs);
    const arrival = start + route.ms;
    from.clockMs = arrival;
    core.track(route, flag, reply);
    if (!connection.shown) {
      core.count();
      this.#fly(connection, to, flag, text, arrival);
      return;
    }
    const legs = reply ? backward(route.legs) : route.legs;
    core.journey(legs, start, connection.shown, this.#show(connection, flag, reply, text), () =>
      this.#fly(connection, to, flag, text, arrival),
    );
  }

  #stick(stuck: Stuck): void {
    this.#core.sim.after(stuck[2], this.#retry, stuck as unknown as Plain);
  }

  #retransmit([id, since, delay]: Stuck): void {
    const end = this.table.ends.get(id);
    if (end === undefined) return;
    const core = this.#core;
    const connection = this.table.connections.get(end.connection)!;
    if (core.passable(connection.route!, [connection.client.namespace, connection.route!.target])) {
      for (const [flag, text] of end.outbox.splice(0)) this.#packet(connection, end, flag, text);
    } else if (core.sim.now - since < DATA_GIVE_UP_MS) this.#stick([id, since, Math.min(delay * 2, DATA_RETRANSMIT_LIMIT_MS)]);
    else {
      end.outbox.length = 0;
      this.runner.send(connection.id, { type: 'DATA_TIMED_OUT' });
      this.#fail(end, 'ETIMEDOUT');
      this.#forgetWhenDone(connection);
    }
  }

  #arrive(flight: Flight): void {
    const [id, side, flag, text] = flight;
    const connection = this.table.connections.get(id);
    // The row may serve another connection by now.
    if (connection === undefined || connection.client.id !== (flight as unknown as readonly number[])[4]) return;
    const end = side === 'client' ? connection.client : connection.server;
    this.#core.arrivedAt(
      side === 'client' ? connection.client.namespace : (connection.route?.target ?? 0),
      (flight as unknown as readonly number[])[5]!,
    );
    if (text === 'forget' && flag === 'RST') this.#forget(connection);
    else if (flag === 'SYN') this.#synArrived(connection);
    else if (side === 'client' && connection.ticket !== 0) this.#opened(connection, flag);
    else if (end === undefined) return;
    else if (flag === 'RST') this.#resetArrived(connection, end);
    else if (flag === 'FIN') this.#finArrived(connection, end);
    else if (flag === 'DATA') this.#dataArrived(connection, end, text);
  }

  #opened(connection: Connection, flag: Flight[2]): void {
    if (flag === 'SYN-ACK') this.runner.send(connection.id, { type: 'ACCEPTED' });
    else if (flag === 'RST' || flag === 'ICMP') this.runner.send(connection.id, { type: 'REFUSED' });
  }

  #dataArrived(connection: Connection, end: End, text: string): void {
    if (end.closed) {
      // Nobody reads here any more: the kernel resets the sender.
      this.#packet(connection, end, 'RST', '');
      return;
    }
    end.inbox.push(text);
    const wait = end.waiting.shift();
    if (wait === undefined) return;
    this.#woken(wait);
    this.#core.answer(wait.ticket, { ok: takeAll(end) });
  }

  #finArrived(connection: Connection, end: End): void {
    end.finished = true;
    for (const wait of end.waiting.splice(0)) {
      this.#woken(wait);
      this.#core.answer(wait.ticket, { ok: null });
    }
    this.#forgetWhenDone(connection);
  }

  #resetArrived(connection: Connection, end: End): void {
    this.runner.send(connection.id, { type: 'RESET' });
    this.#fail(end, 'ECONNRESET');
    this.#forgetWhenDone(connection);
  }

  #reset(connection: Connection, end: End): void {
    this.#packet(connection, end, 'RST', '');
    this.runner.send(connection.id, { type: 'RESET' });
    end.error = 'ECONNRESET';
  }

  #fail(end: End, errno: Errno): void {
    end.error = errno;
    end.inbox.length = 0;
    for (const wait of end.waiting.splice(0)) {
      this.#woken(wait);
      this.#core.answer(wait.ticket, failed(errno));
    }
  }

  #woken(wait: Wait): void {
    if (wait.timer !== 0) this.#core.sim.cancel(wait.timer);
  }

  #limitReached([kind, id, ticket]: readonly [string, number, Ticket]): void {
    if (kind === 'connect') {
      const connection = this.table.connections.get(id);
      if (connection?.ticket !== ticket) return;
      this.#giveUp(connection);
    } else if (remove(this.table.ends.get(id)?.waiting, (wait) => wait.ticket === ticket) === undefined) return;
    this.#core.answer(ticket, failed('ETIMEDOUT'));
  }

  // --- Ends

  #end(connection: number, side: End['side'], namespace: number, owner: number): End {
    const end: End = {
      id: this.#core.nextId++,
      connection,
      side,
      namespace,
      owner,
      inbox: [],
      outbox: [],
      waiting: [],
      finished: false,
      error: undefined,
      closed: false,
      clockMs: 0,
    };
    this.table.hold(end);
    return end;
  }

  #peer(connection: Connection, end: End): End | undefined {
    return end.side === 'client' ? connection.server : connection.client;
  }

  #closeListener(listener: Listener): void {
    this.table.listeners.delete(listener.id);
    const { listeners } = this.#core.namespaces.get(listener.namespace)!;
    const left = listeners.get(listener.port)!.filter((other) => other !== listener);
    if (left.length > 0) listeners.set(listener.port, left);
    else listeners.delete(listener.port);
    for (const ticket of listener.waiting.splice(0)) this.#core.answerLater(ticket, failed('EBADF'));
    for (const id of listener.backlog.splice(0)) {
      const end = this.table.ends.get(id);
      if (end === undefined) continue;
      end.closed = true;
      this.#reset(this.table.connections.get(end.connection)!, end);
    }
  }

  /** Both sides closed, and nothing of theirs is under way: the statechart's row is free again. */
  #forgetWhenDone(connection: Connection): void {
    const { client, server } = connection;
    const quiet = (end: End | undefined) => end === undefined || (end.closed && (end.finished || end.error !== undefined));
    const gone = client.closed && (server === undefined || server.closed) && (client.error !== undefined || server?.error !== undefined);
    if ((quiet(client) && quiet(server)) || gone) this.#forget(connection);
  }

  #forget(connection: Connection): void {
    if (!this.table.connections.delete(connection.id)) return;
    this.table.drop(connection.client);
    if (connection.server !== undefined) this.table.drop(connection.server);
    this.#core.freePort(this.#core.namespaces.get(connection.client.namespace), connection.fromPort);
    this.runner.remove(connection.id);
    this.table.giveRow(connection.id);
  }

  #show(connection: Connection, flag: Packet['flag'], reply: boolean, payload: Plain): Show {
    const probe = connection.probe || (typeof payload === 'string' && !reply && isProbe(payload));
    return { flow: connection.client.id, flag, port: connection.to.port, reply, probe, payload };
  }
}

function everywhere(ip: string | undefined): boolean {
  return ip === undefined || ip === '0.0.0.0' || ip === '::';
}

function takeAll(end: End): string {
  return end.inbox.splice(0).join('');
}

/** Takes the first item that fits out of a list. */
export function remove<T>(list: T[] | undefined, fits: (item: T) => boolean): T | undefined {
  const at = list?.findIndex(fits) ?? -1;
  return at < 0 ? undefined : list!.splice(at, 1)[0];
}
