// What a proxy mode is: Services and endpoints compiled into rules, packets judged by them, rules printed as the node's tools print
// them. A new mode is one folder and one line in `modes.ts`. Models: kubernetes v1.37 pkg/proxy/types.go Provider
import type { Packet } from '../network/packet.ts';
import type { Verdict } from '../network/network.ts';
import type { ProxyNode, ServicePort } from './service-port.ts';

/** What a mode remembers beside its rules: who was sent where (session affinity, round robin). Plain data for keyframes. */
export interface Memory {
  /** List name → client address → virtual milliseconds of its last packet. */
  readonly recent: Map<string, Map<string, number>>;
  /** Counters by name, as round robin needs them. */
  readonly counters: Map<string, number>;
}

export interface RouteContext {
  readonly from: 'pod' | 'node' | 'outside';
  readonly random: () => number;
  readonly now: number;
  readonly memory: Memory;
}

export interface ProxyConfig {
  /** Pods' addresses: traffic from elsewhere to a cluster IP is masqueraded. */
  readonly clusterCIDR: string;
  /** The kernel has nfacct: a counting rule stands before each NodePort rule. */
  readonly nfacct: boolean;
}

/** How much one sync has to write, by which its duration is told. */
export interface SyncWork {
  readonly full: boolean;
  readonly ports: number;
  /** Service ports whose rules differ from the last sync. */
  readonly changedPorts: number;
  /** Endpoints of those. */
  readonly changedEndpoints: number;
  /** Whether anything but a REJECT is written for them. */
  readonly addsChains: boolean;
}

export interface ProxyMode<R = any> {
  /** As in kube-proxy's configuration, `mode: iptables`. */
  readonly name: string;
  /** Ports by name; `previous` is what this mode compiled last on this node, to reuse what did not change. */
  compile(ports: ReadonlyMap<string, ServicePort>, node: ProxyNode, config: ProxyConfig, previous?: R): R;
  /** The first packet of a flow. */
  route(rules: R, packet: Packet, context: RouteContext): Verdict;
  /** What a tool of the node prints: `print(rules, 'iptables-save', …)`. Undefined when the mode leaves nothing for that tool. */
  print(rules: R, tool: string, table: string): readonly string[] | undefined;
  /** Milliseconds one sync takes until its rules are in force. */
  syncMs(work: SyncWork): number;
  /** Milliseconds the proxy is busy after that, before the next may start to count. */
  readonly minSyncPeriodMs: number;
  readonly fullSyncPeriodMs: number;
  /** kube-proxy's own first log lines of the mode, from `file:line]` on. */
  readonly startLog: readonly string[];
}

/** Declares a proxy mode. */
export function defineProxyMode<R>(mode: ProxyMode<R>): ProxyMode<R> {
  return mode;
}
