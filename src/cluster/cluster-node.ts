// One machine of a cluster: its place on the network, its kubelet and its kube-proxy, and the operating system one can log in to.
import type { Device, Machine } from '../posix/machine.ts';
import type { ApiResponse } from './apimachinery/rest.ts';
import { preloadedImages, staticPods } from './bootstrap/static-pods.ts';
import { createClient } from './client/client.ts';
import { LINK_MS } from './client/timings.ts';
import type { Cluster } from './cluster.ts';
import { corednsImage } from './images/coredns/image.ts';
import { VIEW_DEVICE } from './images/coredns/view.ts';
import { findImage } from './images/images.ts';
import { kubeProxyImage, PROXY_DEVICE } from './images/kube-proxy/kube-proxy.ts';
import { createKubelet, type Kubelet } from './kubelet/kubelet.ts';
import type { NodeNetwork } from './network/network.ts';
import { NETFILTER_DEVICE, netfilterPrograms } from './network/programs/netfilter.ts';
import { createProxyDevice } from './proxy/device.ts';
import { createNetfilterDevice } from './proxy/netfilter-device.ts';
import { createProxy, type KubeProxy } from './proxy/proxy.ts';

export interface NodeOptions {
  readonly name: string;
  readonly controlPlane: boolean;
  readonly ip: string;
  readonly podSubnet: string;
}

/** What a component on a machine without power or cable gets instead of an answer. */
const UNREACHABLE: ApiResponse = {
  status: 503,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'dial tcp: connect: no route to host', code: 503 },
};

export class ClusterNode {
  readonly name: string;
  readonly controlPlane: boolean;
  readonly ip: string;
  readonly network: NodeNetwork;
  readonly kubelet: Kubelet;
  readonly proxy: KubeProxy;
  readonly #cluster: Cluster;
  /** The machine is on. */
  powered = true;
  /** kubelet and kube-proxy run. */
  joined = false;

  constructor(cluster: Cluster, { name, controlPlane, ip, podSubnet }: NodeOptions) {
    this.#cluster = cluster;
    this.name = name;
    this.controlPlane = controlPlane;
    this.ip = ip;
    this.network = cluster.network.addNode({ name, ip, podSubnet });
    const { sim, processes, kubernetesVersion, apiPort, cpus, memory } = cluster.options;
    const client = (component: string, user: string, groups: readonly string[]) =>
      createClient({
        sim,
        transport: (request) => (this.powered ? cluster.transport(request) : UNREACHABLE),
        name: `${component} ${name}`,
        userAgent: `${component}/v1.37.2`,
        user: { name: user, groups },
        latencyMs: LINK_MS,
      });
    this.kubelet = createKubelet({
      sim,
      client: client('kubelet', `system:node:${name}`, ['system:nodes', 'system:authenticated']),
      node: {
        name,
        ip,
        podSubnet,
        labels: nodeLabels(name, controlPlane),
        capacity: {
          cpu: String(cpus),
          'ephemeral-storage': '263103368Ki',
          'hugepages-2Mi': '0',
          memory,
          pods: String(cluster.options.podsPerNode),
        },
      },
      network: this.network,
      processes,
      registry: findImage,
      preloaded: [...preloadedImages(kubernetesVersion), ...cluster.options.preloadedImages],
      devices: (image): Readonly<Record<string, Device>> | undefined => {
        if (image === corednsImage) return { [VIEW_DEVICE]: cluster.dnsView };
        return image === kubeProxyImage
          ? {
              [PROXY_DEVICE]: createProxyDevice(sim, this.proxy, (ticket, result) => processes.answer(ticket, result)),
              ...this.#netfilter(),
            }
          : undefined;
      },
      hostDevices: () => this.#netfilter(),
      hostPrograms: netfilterPrograms,
      staticPods: controlPlane ? staticPods(ip, apiPort, kubernetesVersion) : [],
    });
    this.proxy = createProxy({
      sim,
      client: client('kube-proxy', 'system:serviceaccount:kube-system:kube-proxy', ['system:authenticated']),
      node: name,
      network: this.network,
      mode: cluster.mode,
    });
  }

  #netfilter(): Readonly<Record<string, Device>> {
    return { [NETFILTER_DEVICE]: createNetfilterDevice(this.network, this.proxy) };
  }

  get machine(): Machine {
    return this.kubelet.machine;
  }

  /** The kubelet starts: the node registers and becomes Ready; kube-proxy comes as a pod. */
  join(): void {
    if (this.joined) return;
    this.joined = true;
    this.#cluster.api.registerNode(this.name, this.kubelet.proxy);
    this.kubelet.start();
  }

  /** The machine goes dark: nothing runs on it, nothing reaches it. */
  powerOff(): void {
    this.powered = false;
    if (this.joined) {
      this.kubelet.stop();
      this.proxy.stop();
      this.#cluster.api.unregisterNode(this.name);
    }
    this.joined = false;
    this.#cluster.network.setReachable(this.name, false);
  }

  powerOn(): void {
    this.powered = true;
    this.#cluster.network.setReachable(this.name, true);
  }
}

function nodeLabels(name: string, controlPlane: boolean): Readonly<Record<string, string>> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}),
  };
}
