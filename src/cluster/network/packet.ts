// One packet as rules, conntrack and links see it, and one hop of it as the journal keeps it.
import type { Plain } from '../../sim/plain.ts';

export interface Packet {
  /** Grows by one per packet of the world. */
  readonly id: number;
  readonly protocol: 'TCP' | 'UDP' | 'ICMP';
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** TCP: SYN, SYN-ACK, ACK with data, FIN, RST; UDP: DATA; ICMP: ECHO, ECHO-REPLY, UNREACHABLE. */
  readonly flag: 'SYN' | 'SYN-ACK' | 'DATA' | 'FIN' | 'RST' | 'ECHO' | 'ECHO-REPLY' | 'UNREACHABLE';
  /** What it is for the eye: shape and colour in the picture. */
  readonly purpose: 'request' | 'reply' | 'dns' | 'probe' | 'control' | 'reset';
  /** In words a reader recognises: `GET /guestbook.php`, `A redis-leader?`. */
  readonly caption: string;
  readonly payload: Plain;
}

/** Journal data of a `Hopped` record (source `network`, subject = the pod or node at the `to` end). */
export interface Hop {
  readonly packet: number;
  /** Connection or exchange the packet belongs to, so that request and reply can be followed as one. */
  readonly flow: number;
  /** Places: `pod:<namespace>/<name>`, `node:<name>` (its root namespace, where the rules are), `wire`, `outside`. */
  readonly from: string;
  readonly to: string;
  /** Virtual milliseconds with fractions. */
  readonly t0: number;
  readonly t1: number;
  readonly purpose: Packet['purpose'];
  readonly caption: string;
  /** Addresses `ip:port` when it left `from`, and after what happened at `to` (same = untouched). */
  readonly before: { readonly source: string; readonly destination: string };
  readonly after: { readonly source: string; readonly destination: string };
  /** Where a rule at `to` decided: `DNAT`, `SNAT`, `REJECT`, `DROP`, `ACCEPT`; the rule as the node's own tool prints it; whose Service. */
  readonly verdict?: string;
  readonly rule?: string;
  readonly service?: string;
}
