// The sockets of one namespace as the process kernel calls them; the work is done by `tcp.ts` and `udp.ts`.
import type { Plain } from '../../sim/plain.ts';
import type { ConnectOptions, NetworkStack } from '../../posix/stack.ts';
import { ipv4 } from './address.ts';
import { type Core, failed } from './core.ts';
import type { Tcp } from './tcp.ts';
import type { Udp } from './udp.ts';

/** The sockets of one namespace; nothing but its number, so that it stays valid over a keyframe. */
export class Stack implements NetworkStack {
  readonly #core: Core;
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  readonly #id: number;

  constructor(core: Core, tcp: Tcp, udp: Udp, id: number) {
    this.#core = core;
    this.#tcp = tcp;
    this.#udp = udp;
    this.#id = id;
  }

  interfaces(): readonly { readonly name: string; readonly ip: string; readonly prefix: number }[] {
    const namespace = this.#core.namespaces.get(this.#id);
    const lo = { name: 'lo', ip: '127.0.0.1', prefix: 8 };
    if (namespace === undefined) return [lo];
    const eth0 = { name: 'eth0', ip: namespace.ip, prefix: 24 };
    if (namespace.kind !== 'node') return [lo, eth0];
    const { podSubnet, bridge, bridged } = this.#core.wires.nodes.get(namespace.node!)!;
    // The CNI makes the bridge with the node's first pod.
    return bridged ? [lo, eth0, { name: 'bridge', ip: bridge, prefix: podSubnet.bits }] : [lo, eth0];
  }

  connect(
    ticket: number,
    to: { ip: string; port: number },
    timeoutMs: number | undefined,
    fromPort: number | undefined,
    options: ConnectOptions = {},
  ): void {
    const namespace = this.#core.namespaces.get(this.#id);
    if (namespace === undefined || ipv4(to.ip) < 0) {
      this.#core.pending.set(ticket, ['connect', 0]);
      this.#core.answerLater(ticket, failed('ENETUNREACH'));
    } else this.#tcp.connect(namespace, ticket, to, timeoutMs, fromPort, options);
  }

  listen(owner: number, port: number, ip: string | undefined) {
    const namespace = this.#core.namespaces.get(this.#id);
    return namespace === undefined ? { errno: 'ENETUNREACH' as const } : this.#tcp.listen(namespace, owner, port, ip);
  }

  accept(ticket: number, listener: number): void {
    this.#tcp.accept(ticket, listener);
  }

  send(connection: number, text: string) {
    return this.#tcp.send(connection, text);
  }

  receive(ticket: number, connection: number, timeoutMs: number | undefined): void {
    this.#tcp.receive(ticket, connection, timeoutMs);
  }

  close(id: number): void {
    if (this.#udp.sockets.has(id)) this.#udp.close(id);
    else this.#tcp.close(id);
  }

  bindUdp(owner: number, port: number) {
    const namespace = this.#core.namespaces.get(this.#id);
    return namespace === undefined ? { errno: 'ENETUNREACH' as const } : this.#udp.bind(namespace, owner, port);
  }

  sendTo(socket: number, to: { ip: string; port: number }, datagram: Plain) {
    return ipv4(to.ip) < 0 ? ('ENETUNREACH' as const) : this.#udp.sendTo(socket, to, datagram);
  }

  receiveFrom(ticket: number, socket: number, timeoutMs: number | undefined): void {
    this.#udp.receiveFrom(ticket, socket, timeoutMs);
  }

  ping(ticket: number, ip: string, timeoutMs: number): void {
    const namespace = this.#core.namespaces.get(this.#id);
    if (namespace !== undefined && ipv4(ip) >= 0) this.#udp.ping(namespace, ticket, ip, timeoutMs);
    else {
      this.#core.pending.set(ticket, ['ping', 0]);
      this.#core.answerLater(ticket, { ok: null }, timeoutMs);
    }
  }

  abandon(ticket: number): void {
    const waiting = this.#core.pending.get(ticket);
    if (waiting === undefined) return;
    this.#core.pending.delete(ticket);
    const [kind, id] = waiting;
    if (kind === 'receiveFrom') this.#udp.abandon(id, ticket);
    else if (kind !== 'ping') this.#tcp.abandon(kind, id, ticket);
  }

  closeOwner(owner: number): void {
    const namespace = this.#core.namespaces.get(this.#id);
    if (namespace === undefined) return;
    this.#tcp.closeOwner(namespace, owner);
    this.#udp.closeOwner(namespace, owner);
  }
}
