// The boundary between a process and the network it lives in: what `cluster/network` provides for each network namespace (a pod's,
// a node's, the user's machine). Calls that cannot be answered at once are answered later by ticket, so that nothing here is a closure.
import type { Plain } from '../sim/plain.ts';
import type { Endpoint, Errno } from './program.ts';

/** Names one pending call; the stack answers it exactly once through `StackCallbacks`, unless it is abandoned first. */
export type Ticket = number;

export type StackResult = { readonly ok: Plain } | { readonly errno: Errno };

export interface StackCallbacks {
  /** Answers a pending call. Never called from inside the call itself. */
  complete(ticket: Ticket, result: StackResult): void;
}

export interface ConnectOptions {
  /** Groups the connection with its container's other sockets for `closeOwner`. */
  readonly owner?: number;
  /** A connect() that blocks misses the first ICMP error of its own node's rules and learns it from the second, a second later. */
  readonly blocking?: boolean;
  /** A kubelet's probe, drawn as such. */
  readonly probe?: boolean;
}

export interface NetworkStack {
  interfaces(): readonly { readonly name: string; readonly ip: string; readonly prefix: number }[];
  /** Answers `{ ok: connectionId }`. */
  connect(ticket: Ticket, to: Endpoint, timeoutMs: number | undefined, fromPort: number | undefined, options?: ConnectOptions): void;
  /** At once: the listener's id, or EADDRINUSE. `owner` groups sockets so that all of a container's close with it. */
  listen(owner: number, port: number, ip: string | undefined): { readonly id: number } | { readonly errno: Errno };
  /** Answers `{ ok: { connection, from, to } }`. */
  accept(ticket: Ticket, listener: number): void;
  send(connection: number, text: string): Errno | undefined;
  /** Answers `{ ok: text }` or `{ ok: null }` once the peer closed. */
  receive(ticket: Ticket, connection: number, timeoutMs: number | undefined): void;
  close(id: number): void;
  bindUdp(owner: number, port: number): { readonly id: number; readonly port: number } | { readonly errno: Errno };
  sendTo(socket: number, to: Endpoint, datagram: Plain): Errno | undefined;
  /** Answers `{ ok: { from, datagram } }`. */
  receiveFrom(ticket: Ticket, socket: number, timeoutMs: number | undefined): void;
  /** Answers `{ ok: milliseconds }` or `{ ok: null }`. */
  ping(ticket: Ticket, ip: string, timeoutMs: number): void;
  /** The caller no longer waits (killed, or its signal came): forget the ticket. */
  abandon(ticket: Ticket): void;
  /** Closes every socket of that owner: listeners refuse, connections are reset or finished as the kernel would. */
  closeOwner(owner: number): void;
}
