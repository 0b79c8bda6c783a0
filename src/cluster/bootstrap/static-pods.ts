// The control plane's own pods, which the kubelet of its node runs from /etc/kubernetes/manifests and mirrors into the API.
// Models: kubeadm v1.37 phases/controlplane, phases/etcd (manifests as minikube v1.38.1 has them)
import { podDefaults } from '../kinds/pod/defaults.ts';
import type { Pod, Probe } from '../kinds/pod/types.ts';

interface Component {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly cpu: string;
  readonly memory?: string;
  readonly port: number;
  readonly liveness: string;
}

const SYSTEM = 'kube-system';

function probe(path: string, port: number, ip: string): Probe {
  return {
    httpGet: { host: ip, path, port, scheme: 'HTTP' },
    initialDelaySeconds: 10,
    timeoutSeconds: 15,
    periodSeconds: 10,
    failureThreshold: 8,
  };
}

function components(ip: string, apiPort: number, version: string): readonly Component[] {
  return [
    {
      name: 'etcd',
      image: 'registry.k8s.io/etcd:3.7.0-0',
      command: [
        'etcd',
        `--advertise-client-urls=https://${ip}:2379`,
        '--data-dir=/var/lib/minikube/etcd',
        `--listen-client-urls=https://127.0.0.1:2379,https://${ip}:2379`,
        '--name=minikube',
      ],
      cpu: '100m',
      memory: '100Mi',
      port: 2381,
      liveness: '/livez',
    },
    {
      name: 'kube-apiserver',
      image: `registry.k8s.io/kube-apiserver:${version}`,
      command: [
        'kube-apiserver',
        `--advertise-address=${ip}`,
        '--allow-privileged=true',
        '--authorization-mode=Node,RBAC',
        `--secure-port=${apiPort}`,
        '--service-cluster-ip-range=10.96.0.0/12',
      ],
      cpu: '250m',
      port: 6443,
      liveness: '/livez',
    },
    {
      name: 'kube-controller-manager',
      image: `registry.k8s.io/kube-controller-manager:${version}`,
      command: [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        '--cluster-cidr=10.244.0.0/16',
        '--leader-elect=false',
        '--service-cluster-ip-range=10.96.0.0/12',
      ],
      cpu: '200m',
      port: 10257,
      liveness: '/healthz',
    },
    {
      name: 'kube-scheduler',
      image: `registry.k8s.io/kube-scheduler:${version}`,
      command: ['kube-scheduler', '--bind-address=127.0.0.1', '--kubeconfig=/etc/kubernetes/scheduler.conf', '--leader-elect=false'],
      cpu: '100m',
      port: 10259,
      liveness: '/livez',
    },
  ];
}

/** Manifests of a control-plane node, defaulted. */
export function staticPods(ip: string, apiPort: number, version: string): readonly Pod[] {
  return components(ip, apiPort, version).map(({ name, image, command, cpu, memory, port, liveness }) =>
    podDefaults({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: SYSTEM,
        labels: { component: name, tier: 'control-plane' },
        uid: '',
        resourceVersion: '',
        creationTimestamp: '',
      },
      spec: {
        hostNetwork: true,
        priority: 2000001000,
        priorityClassName: 'system-node-critical',
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        containers: [
          {
            name,
            image,
            command,
            imagePullPolicy: 'IfNotPresent',
            resources: { requests: { cpu, ...(memory === undefined ? {} : { memory }) } },
            livenessProbe: probe(liveness, port, '127.0.0.1'),
          },
        ],
      },
      status: {},
    }),
  );
}

/** Images every node of a minikube machine has before anything is pulled. */
export function preloadedImages(version: string): readonly string[] {
  return [
    'registry.k8s.io/pause:3.10.2',
    `registry.k8s.io/kube-apiserver:${version}`,
    `registry.k8s.io/kube-controller-manager:${version}`,
    `registry.k8s.io/kube-proxy:${version}`,
    `registry.k8s.io/kube-scheduler:${version}`,
    'registry.k8s.io/coredns/coredns:v1.14.6',
    'registry.k8s.io/etcd:3.7.0-0',
    'gcr.io/k8s-minikube/storage-provisioner:v5',
    'docker.io/kindest/kindnetd:v20250512-df8de77b',
  ];
}
