// The network of the user's machine: that of the cluster it can reach at the moment, or none.
import type { Plain } from '../sim/plain.ts';
import type { Handler, Sim } from '../sim/sim.ts';
import type { Endpoint } from '../posix/program.ts';
import type { ConnectOptions, NetworkStack, StackCallbacks, Ticket } from '../posix/stack.ts';

/** Sockets of an address nothing can be reached from fail one queued event later: never inside the call. */
export class HostNetwork implements NetworkStack {
  readonly #sim: Sim;
  readonly #unreachable: Handler<any>;
  /** The cluster's side of the machine, while there is one. */
  current: NetworkStack | undefined;

  constructor(sim: Sim, callbacks: StackCallbacks) {
    this.#sim = sim;
    this.#unreachable = sim.handler<any>('host/unreachable', (ticket: number) => callbacks.complete(ticket, { errno: 'ENETUNREACH' }));
  }

  #fail(ticket: Ticket): void {
    this.#sim.after(0, this.#unreachable, ticket as Plain);
  }

  interfaces() {
    return this.current?.interfaces() ?? [{ name: 'lo', ip: '127.0.0.1', prefix: 8 }];
  }

  connect(ticket: Ticket, to: Endpoint, timeoutMs: number | undefined, fromPort: number | undefined, options?: ConnectOptions): void {
    if (this.current === undefined) this.#fail(ticket);
    else this.current.connect(ticket, to, timeoutMs, fromPort, options);
  }

  listen(owner: number, port: number, ip: string | undefined) {
    return this.current?.listen(owner, port, ip) ?? { errno: 'ENETUNREACH' as const };
  }

  accept(ticket: Ticket, listener: number): void {
    if (this.current === undefined) this.#fail(ticket);
    else this.current.accept(ticket, listener);
  }

  send(connection: number, text: string) {
    return this.current === undefined ? ('ENETUNREACH' as const) : this.current.send(connection, text);
  }

  receive(ticket: Ticket, connection: number, timeoutMs: number | undefined): void {
    if (this.current === undefined) this.#fail(ticket);
    else this.current.receive(ticket, connection, timeoutMs);
  }

  close(id: number): void {
    this.current?.close(id);
  }

  bindUdp(owner: number, port: number) {
    return this.current?.bindUdp(owner, port) ?? { errno: 'ENETUNREACH' as const };
  }

  sendTo(socket: number, to: Endpoint, datagram: Plain) {
    return this.current === undefined ? ('ENETUNREACH' as const) : this.current.sendTo(socket, to, datagram);
  }

  receiveFrom(ticket: Ticket, socket: number, timeoutMs: number | undefined): void {
    if (this.current === undefined) this.#fail(ticket);
    else this.current.receiveFrom(ticket, socket, timeoutMs);
  }

  ping(ticket: Ticket, ip: string, timeoutMs: number): void {
    if (this.current === undefined) this.#fail(ticket);
    else this.current.ping(ticket, ip, timeoutMs);
  }

  abandon(ticket: Ticket): void {
    this.current?.abandon(ticket);
  }

  closeOwner(owner: number): void {
    this.current?.closeOwner(owner);
  }
}
