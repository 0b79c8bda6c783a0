// The wires of one cluster: node addresses on 192.168.49.0/24, one pod subnet per node, the user's machine and the outside.
// Models: a kubeadm cluster with the bridge CNI plugin and host routes (golden/network), packets through netfilter hooks.
import type { NetworkStack, StackCallbacks } from '../../posix/stack.ts';
import type { Conntrack } from './conntrack.ts';
import type { Packet } from './packet.ts';

/** Decides about packets at the hooks of one node: the proxy's rules. Set by `proxy`, asked by the network for every new flow. */
export interface NodeRules {
  /** PREROUTING (from a pod or the wire) and OUTPUT (from the node itself): what happens to the first packet of a flow. */
  route(packet: Packet, from: 'pod' | 'node' | 'outside', random: () => number): Verdict;
}

export interface Verdict {
  readonly action: 'accept' | 'dnat' | 'reject' | 'drop';
  /** New destination when `dnat`. */
  readonly destination?: { readonly ip: string; readonly port: number };
  /** The flow must also be source-rewritten when it leaves (KUBE-MARK-MASQ). */
  readonly masquerade?: boolean;
  /** `namespace/name:port` of the Service that decided. */
  readonly service?: string;
  /** The deciding rules as the node's tool prints them, in the order they matched. */
  readonly rules: readonly string[];
}

export interface Network {
  /** A new node's root namespace. */
  addNode(node: { readonly name: string; readonly ip: string; readonly podSubnet: string }): NodeNetwork;
  removeNode(name: string): void;
  /** The user's machine, 192.168.49.1: reaches node addresses, not pod addresses. */
  readonly host: NetworkStack;
  /** Unplugs or replugs a node from the wire (a dead node). */
  setReachable(node: string, reachable: boolean): void;
}

export interface NodeNetwork {
  readonly name: string;
  readonly ip: string;
  /** The node's own namespace: hostNetwork pods, kubelet probes, `minikube ssh`. */
  readonly stack: NetworkStack;
  /** Its pods' range, `10.244.0.0/24`. */
  readonly podSubnet: string;
  /** The flows this node knows. */
  readonly conntrack: Conntrack;
  setRules(rules: NodeRules): void;
  /** Is this one of the node's own addresses (its IP, the bridge's, loopback)? */
  isLocal(ip: string): boolean;
  /** A pod sandbox's namespace with the next free address of the node's subnet. `pod` = `namespace/name`. */
  addPod(pod: string): { readonly ip: string; readonly stack: NetworkStack; readonly id: number };
  removePod(id: number): void;
  /** What `addPod` handed out, for a kubelet restored from a keyframe. */
  pod(id: number): { readonly ip: string; readonly stack: NetworkStack; readonly id: number } | undefined;
}

/** Composition: `callbacks` is the process kernel, which gets the answers to pending socket calls. */
export interface NetworkOptions {
  readonly callbacks: StackCallbacks;
}
