// One network namespace: a pod's, a node's root, a machine outside. Its addresses and who listens on them.
// Sockets are plain data with ids, so that a keyframe can hold them.
import type { Plain } from '../../sim/plain.ts';
import type { Endpoint, Errno } from '../../posix/program.ts';
import type { Ticket } from '../../posix/stack.ts';
import type { Conntrack, ConntrackEntry } from './conntrack.ts';

/** Its tables are made when something is put into them: most pods of a big cluster never listen. */
export class Namespace {
  readonly id: number;
  readonly kind: 'pod' | 'node' | 'outside';
  /** As in `Hop`: `pod:default/web-1`, `node:minikube`, `outside`. */
  readonly place: string;
  /** Journal subject: `pods/default/web-1`, `nodes/minikube`. */
  readonly subject: string;
  readonly ip: string;
  /** Node of a pod or root namespace. */
  readonly node: string | undefined;
  /** Virtual milliseconds with fractions: what has arrived last. What it sends next cannot leave earlier. */
  clockMs = 0;
  #listeners: Map<number, readonly Listener[]> | undefined;
  #udp: Map<number, UdpSocket> | undefined;
  #ports: Map<number, number> | undefined;
  #ends: Set<number> | undefined;

  constructor(fields: NamespaceFields) {
    this.id = fields.id;
    this.kind = fields.kind;
    this.place = fields.place;
    this.subject = fields.subject;
    this.ip = fields.ip;
    this.node = fields.node;
  }

  /** By port; several when they listen on different addresses. */
  get listeners(): Map<number, readonly Listener[]> {
    this.#listeners ??= new Map();
    return this.#listeners;
  }

  get udp(): Map<number, UdpSocket> {
    this.#udp ??= new Map();
    return this.#udp;
  }

  /** Local ports in use by connections and UDP sockets, with how many use each. */
  get ports(): Map<number, number> {
    this.#ports ??= new Map();
    return this.#ports;
  }

  /** Ends of TCP connections, by id. */
  get ends(): Set<number> {
    this.#ends ??= new Set();
    return this.#ends;
  }
}

export type NamespaceFields = Pick<Namespace, 'id' | 'kind' | 'place' | 'subject' | 'ip' | 'node'>;

export interface Listener {
  readonly id: number;
  readonly owner: number;
  readonly namespace: number;
  readonly port: number;
  readonly ip: string | undefined;
  /** Ends nobody accepted yet, and tickets nobody answered yet. */
  readonly backlog: number[];
  readonly waiting: Ticket[];
}

export interface UdpSocket {
  readonly id: number;
  readonly owner: number;
  readonly namespace: number;
  readonly port: number;
  readonly inbox: { readonly from: Endpoint; readonly datagram: Plain }[];
  readonly waiting: Wait[];
  /** An ICMP error that the next receive reports. */
  error: Errno | undefined;
}

/** A pending receive with its own limit: `timer` of the sim, 0 = none. */
export interface Wait {
  readonly ticket: Ticket;
  readonly timer: number;
}

/** One side of a TCP connection. */
export interface End {
  readonly id: number;
  readonly connection: number;
  readonly side: 'client' | 'server';
  readonly namespace: number;
  owner: number;
  readonly inbox: string[];
  /** Packets that found no way and are retransmitted. */
  readonly outbox: ['DATA' | 'FIN', string][];
  readonly waiting: Wait[];
  /** The peer will send no more. */
  finished: boolean;
  error: Errno | undefined;
  /** This side closed. */
  closed: boolean;
  /** Earliest moment of the next packet from here, so that packets keep their order. */
  clockMs: number;
}

export interface Connection {
  readonly id: number;
  readonly client: End;
  server: End | undefined;
  /** Ticket of the connect() that waits, 0 = answered. */
  ticket: Ticket;
  limitTimer: number;
  readonly startedMs: number;
  readonly to: Endpoint;
  readonly fromPort: number;
  readonly blocking: boolean;
  syns: number;
  /** How its packets travel, once the first SYN found its way. */
  route: Route | undefined;
  /** Whether its hops go to the journal. */
  readonly shown: boolean;
  readonly probe: boolean;
}

/** One link of a way, with addresses before and after what the far end did. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly ms: number;
  readonly before: { readonly source: string; readonly destination: string };
  readonly after: { readonly source: string; readonly destination: string };
  readonly verdict?: string;
  readonly rule?: string;
  readonly service?: string;
}

export interface Tracked {
  readonly node: string;
  readonly table: Conntrack;
  readonly entry: ConntrackEntry;
  readonly direction: 'original' | 'reply';
}

export interface Route {
  readonly legs: readonly Leg[];
  /** Conntrack entries passed. */
  readonly tracked: readonly Tracked[];
  /** Namespaces passed on nodes, for reachability. */
  readonly nodes: readonly string[];
  readonly target: number;
  /** Addresses as the target sees them. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ms: number;
}
