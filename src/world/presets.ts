// Ready-made worlds: the three-node cluster the recordings were made on, and plain clusters of any size for measurements.
import { printYaml } from '../cluster/apimachinery/yaml.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { World } from './world.ts';

const REPOSITORY = 'docker.io/library/';

/** Images on every node of the recorded cluster before the first step. */
const RECORDED_IMAGES: readonly string[] = [
  ...['1.28', '1.36', 'latest'].map((tag) => `${REPOSITORY}busybox:${tag}`),
  ...['latest', '1.14.2', '1.16.1', '1.27', '1.29'].map((tag) => `${REPOSITORY}nginx:${tag}`),
  ...['latest', '7', '6.0.5'].map((tag) => `${REPOSITORY}redis:${tag}`),
  `${REPOSITORY}debian:12`,
  'registry.k8s.io/e2e-test-images/agnhost:2.53',
  'registry.k8s.io/e2e-test-images/agnhost:2.39',
  'registry.k8s.io/e2e-test-images/jessie-dnsutils:1.7',
  'registry.k8s.io/pause:3.10',
];

export interface PlainClusterOptions {
  readonly nodes: number;
  readonly preloadedImages: readonly string[];
  readonly cpus: number;
  readonly memory: string;
  readonly podsPerNode: number;
  readonly dnsReplicas: number;
  /** Client-side flow control of the components; null = none. */
  readonly limit?: null;
}

/** `minikube`, `minikube-m02`, … as minikube names them. */
export function nodeName(index: number): string {
  return index === 0 ? 'minikube' : `minikube-m${String(index + 1).padStart(2, '0')}`;
}

/** A cluster without minikube's ceremony, all nodes joined at once. */
export function startPlainCluster(world: World, { nodes, ...options }: PlainClusterOptions): Cluster {
  const cluster = world.createCluster('minikube', {
    ...options,
    kubernetesVersion: 'v1.37.2',
    apiPort: 8443,
    proxyMode: 'iptables',
    kindnet: false,
    podMasquerade: true,
  });
  const first = cluster.addNode(nodeName(0), true);
  cluster.startControlPlane(first);
  first.join();
  for (let i = 1; i < nodes; i++) cluster.addNode(nodeName(i), false).join();
  return cluster;
}

function kubeconfig(server: string, namespace: string): string {
  return printYaml({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority': '/home/user/.minikube/ca.crt', server }, name: 'minikube' }],
    contexts: [{ context: { cluster: 'minikube', namespace, user: 'minikube' }, name: 'minikube' }],
    'current-context': 'minikube',
    kind: 'Config',
    users: [
      {
        name: 'minikube',
        user: {
          'client-certificate': '/home/user/.minikube/profiles/minikube/client.crt',
          'client-key': '/home/user/.minikube/profiles/minikube/client.key',
        },
      },
    ],
  });
}

/** What minikube remembers of it. */
const PROFILE = {
  profile: 'minikube',
  driver: 'docker',
  kubernetesVersion: 'v1.37.2',
  containerRuntime: 'containerd',
  cni: 'bridge',
  serviceCidr: '10.96.0.0/12',
  dnsDomain: 'cluster.local',
  apiServerPort: 8443,
  extraConfig: [],
  featureGates: '',
  cpus: 2,
  memoryMiB: 24105,
  nodes: [
    { name: '', ip: '192.168.49.2', controlPlane: true },
    { name: 'm02', ip: '192.168.49.3', controlPlane: false },
    { name: 'm03', ip: '192.168.49.4', controlPlane: false },
  ],
  multiNode: true,
  addons: [],
} as const;

/** The world recordings are replayed in. */
export class RecordedWorld extends World {
  switchNamespace(namespace: string): void {
    this.writeFile('.kube/config', kubeconfig('https://192.168.49.2:8443', namespace));
  }
}

/** The three-node cluster of the recordings, settled, with kubectl pointed at it. */
export function recordedWorld(seed = 1): RecordedWorld {
  const world = new RecordedWorld({ seed, preloadedImages: RECORDED_IMAGES, home: {} });
  startPlainCluster(world, { nodes: 3, preloadedImages: RECORDED_IMAGES, cpus: 2, memory: '24683620Ki', podsPerNode: 110, dnsReplicas: 2 });
  world.switchNamespace('default');
  world.writeFile('.minikube/profiles/minikube/config.json', `${JSON.stringify(PROFILE, undefined, '\t')}\n`);
  world.advance(30_000);
  return world;
}
