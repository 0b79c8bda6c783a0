// The Node object a kubelet registers and keeps up to date.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_node_status.go, pkg/kubelet/nodestatus/setters.go
import type { Labels, ResourceList } from '../kinds/pod/types.ts';
import type { PresentImage } from './puller.ts';
import { digestOf } from './puller.ts';

export interface NodeSettings {
  readonly name: string;
  readonly ip: string;
  readonly podSubnet: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** Default: 2 CPUs, 110 pods, as minikube's machines. */
  readonly capacity?: ResourceList;
  readonly allocatable?: ResourceList;
  /** Default `v1.37.2`. */
  readonly kubeletVersion?: string;
  readonly nodeInfo?: Readonly<Record<string, string>>;
}

export const DEFAULT_CAPACITY: ResourceList = {
  cpu: '2',
  'ephemeral-storage': '270553174016',
  'hugepages-1Gi': '0',
  'hugepages-2Mi': '0',
  memory: '24684092Ki',
  pods: '110',
};

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

export function nodeObject(settings: NodeSettings): unknown {
  const { name, labels, annotations, taints } = settings;
  const own: Labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...own, ...labels },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true', ...annotations },
    },
    spec: {
      podCIDR: settings.podSubnet,
      podCIDRs: [settings.podSubnet],
      ...(taints === undefined || taints.length === 0 ? {} : { taints }),
    },
  };
}

export interface StatusInput {
  readonly now: string;
  /** When each condition last changed. */
  readonly since: string;
  readonly ready: boolean;
  readonly images: Iterable<PresentImage>;
  readonly volumesInUse?: readonly string[];
}

const IMAGES_SHOWN = 50;

export function nodeStatus(settings: NodeSettings, { now, since, images }: StatusInput): unknown {
  const { name, ip, capacity = DEFAULT_CAPACITY, allocatable = capacity, kubeletVersion = 'v1.37.2' } = settings;
  const machine = digestOf(`machine ${name}`).slice(0, 32);
  const boot = digestOf(`boot ${name}`);
  const listed = [...images].sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, IMAGES_SHOWN);
  return {
    addresses: [
      { address: ip, type: 'InternalIP' },
      { address: name, type: 'Hostname' },
    ],
    allocatable,
    capacity,
    conditions: CONDITIONS.map(([type, status, reason, message]) => ({
      lastHeartbeatTime: now,
      lastTransitionTime: since,
      message,
      reason,
      status,
      type,
    })),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: listed.map((image) => ({
      names: [`${image.reference.repository}@sha256:${digestOf(`manifest ${image.reference.full}`)}`, image.reference.full],
      sizeBytes: image.sizeBytes,
    })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: `${boot.slice(0, 8)}-${boot.slice(8, 12)}-${boot.slice(12, 16)}-${boot.slice(16, 20)}-${boot.slice(20, 32)}`,
      containerRuntimeVersion: 'containerd://2.2.1',
      kernelVersion: '6.18.44-fc-v657',
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: machine,
      operatingSystem: 'linux',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      systemUUID: machine,
      ...settings.nodeInfo,
    },
    runtimeHandlers: [
      { features: { recursiveReadOnlyMounts: true, userNamespaces: true }, name: '' },
      { features: { recursiveReadOnlyMounts: true, userNamespaces: true }, name: 'runc' },
    ],
  };
}

/** The status of a node at its first registration, before anything has been measured. */
export function registeringNode(settings: NodeSettings, input: StatusInput): unknown {
  return { ...(nodeObject(settings) as object), status: nodeStatus(settings, input) };
}
