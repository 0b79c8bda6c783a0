// One cluster, composed: the control plane's parts around one API server, and nodes on one network, each with kubelet and kube-proxy.
// Models: kubeadm init and join, as minikube v1.38.1 runs them
import type { Machine, Processes } from '../posix/machine.ts';
import type { StackCallbacks } from '../posix/stack.ts';
import type { Sim } from '../sim/sim.ts';
import type { ApiRequest, ApiResponse } from './apimachinery/rest.ts';
import { type ApiServer, createApiServer } from './apiserver/apiserver.ts';
import { systemObjects } from './bootstrap/system.ts';
import { createClient } from './client/client.ts';
import { LINK_MS } from './client/timings.ts';
import { ClusterNode } from './cluster-node.ts';
import { type ControllerManager, createControllerManager } from './controllers/controller-manager.ts';
import { kinds } from './kinds/kinds.ts';
import { DnsView } from './dns-view.ts';
import { createPodNetwork, type PodNetwork } from './network/pod-network.ts';
import { proxyMode } from './proxy/modes.ts';
import { Scheduler } from './scheduler/scheduler.ts';

export interface ClusterOptions {
  /** The cluster's own part of the world's sim. */
  readonly sim: Sim;
  readonly processes: Processes & StackCallbacks;
  /** With `v`. */
  readonly kubernetesVersion: string;
  readonly apiPort: number;
  readonly proxyMode: string;
  readonly kindnet: boolean;
  readonly dnsReplicas: number;
  /** Images on every node from the beginning, beside the cluster's own. */
  readonly preloadedImages: readonly string[];
  /** A pod's packets to other nodes carry their node's address (bridge plugin), or the pod's (kindnet). */
  readonly podMasquerade: boolean;
  /** Capacity of each node. */
  readonly cpus: number;
  readonly memory: string;
  readonly podsPerNode: number;
  /** `--kube-api-qps` of the components; null = as fast as they can, for the largest clusters. */
  readonly limit?: { readonly qps: number; readonly burst: number } | null;
}

const FIRST_HOST = 2;

export class Cluster {
  readonly options: ClusterOptions;
  readonly api: ApiServer;
  readonly network: PodNetwork;
  readonly nodes = new Map<string, ClusterNode>();
  /** What CoreDNS pods are told of the cluster. */
  readonly dnsView: DnsView;
  readonly #manager: ControllerManager;
  readonly #scheduler: Scheduler;
  readonly transport = (request: ApiRequest): ApiResponse => this.api.handle(request);
  #nextHost = FIRST_HOST;
  /** The API server accepts connections. */
  up = false;

  constructor(options: ClusterOptions) {
    this.options = options;
    const { sim, processes } = options;
    this.api = createApiServer({ sim, kinds });
    this.network = createPodNetwork({ sim, callbacks: processes, podMasquerade: options.podMasquerade });
    const { transport } = this;
    this.dnsView = new DnsView(sim, transport);
    this.#manager = createControllerManager({ sim, transport, ...(options.limit === undefined ? {} : { limit: options.limit }) });
    this.#scheduler = new Scheduler(
      sim,
      createClient({
        sim,
        transport,
        name: 'kube-scheduler',
        userAgent: 'kube-scheduler/v1.37.2',
        user: { name: 'system:kube-scheduler', groups: ['system:authenticated'] },
        latencyMs: LINK_MS,
      }),
    );
  }

  /** A machine on the cluster's network, powered on, without Kubernetes yet. */
  addNode(name: string, controlPlane: boolean): ClusterNode {
    const host = this.#nextHost++;
    const node = new ClusterNode(this, { name, controlPlane, ip: `192.168.49.${host}`, podSubnet: podSubnet(host - FIRST_HOST) });
    this.nodes.set(name, node);
    return node;
  }

  /** The control plane starts on its node: API server, controllers, scheduler, and what stands in every cluster. */
  startControlPlane(node: ClusterNode): void {
    this.up = true;
    for (const { path, object } of systemObjects({
      controlPlaneIp: node.ip,
      apiPort: this.options.apiPort,
      controlPlane: node.name,
      proxyMode: this.options.proxyMode,
      dnsReplicas: this.options.dnsReplicas,
      kindnet: this.options.kindnet,
      kubernetesVersion: this.options.kubernetesVersion,
    })) {
      const { status, body } = this.api.handle({ method: 'POST', path, body: object, headers: { 'user-agent': 'kubeadm/v1.37.2' } });
      if (status >= 300) throw new Error(`bootstrap: POST ${path}: ${JSON.stringify(body)}`);
    }
    this.dnsView.start();
    this.#manager.start();
    this.#scheduler.start();
  }

  removeNode(name: string): void {
    const node = this.nodes.get(name);
    if (node === undefined) return;
    node.powerOff();
    this.network.removeNode(name);
    this.nodes.delete(name);
  }

  get mode() {
    const mode = proxyMode(this.options.proxyMode);
    if (mode === undefined) throw new Error(`no proxy mode ${this.options.proxyMode}`);
    return mode;
  }

  machine(node: string): Machine | undefined {
    return this.nodes.get(node)?.machine;
  }
}

/** 10.244.0.0/24 for the first node, then onwards: at most 65,536 / 256 = 256 nodes have one; larger clusters use 10.128.0.0/9. */
function podSubnet(index: number): string {
  if (index < 256) return `10.244.${index}.0/24`;
  return `10.${128 + Math.floor(index / 256)}.${index % 256}.0/24`;
}
