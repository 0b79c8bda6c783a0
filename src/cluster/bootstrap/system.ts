// What stands in a cluster before anybody types: namespaces, the API's own Service, CoreDNS, kube-proxy, the network plugin and the
// storage provisioner, as minikube v1.38.1 and kubeadm make them.
// Models: kubeadm v1.37 phases/addons/{dns,proxy}/manifests.go, minikube v1.38.1 deploy/addons, pkg/minikube/cni/kindnet.go
import type { AnyObject } from '../apimachinery/object.ts';

export interface SystemOptions {
  /** Address of the control plane's node. */
  readonly controlPlaneIp: string;
  readonly apiPort: number;
  readonly controlPlane: string;
  /** `iptables`, … for kube-proxy's configuration. */
  readonly proxyMode: string;
  /** One CoreDNS replica, as minikube scales it down to. */
  readonly dnsReplicas: number;
  /** Pods of a cluster with several nodes are connected by kindnet. */
  readonly kindnet: boolean;
  readonly kubernetesVersion: string;
}

type Manifest = { readonly path: string; readonly object: Record<string, unknown> };

const manifest = (path: string, object: Record<string, unknown>): Manifest => ({ path, object });

const meta = (name: string, namespace?: string, labels?: Record<string, string>, annotations?: Record<string, string>) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  ...(labels === undefined ? {} : { labels }),
  ...(annotations === undefined ? {} : { annotations }),
});

const SYSTEM = 'kube-system';
const DNS_LABELS = { 'k8s-app': 'kube-dns' };

/** The Corefile kubeadm writes since 1.32, with minikube's `log` and `hosts`. */
export function corefile(hostIp: string): string {
  return `.:53 {
    log
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    hosts {
       ${hostIp} host.minikube.internal
       fallthrough
    }
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;
}

function dnsService(): Manifest {
  return manifest(`/api/v1/namespaces/${SYSTEM}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(
      'kube-dns',
      SYSTEM,
      { ...DNS_LABELS, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
    ),
    spec: {
      clusterIP: '10.96.0.10',
      selector: DNS_LABELS,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
    },
  });
}

function dnsDeployment(replicas: number): Manifest {
  return manifest(`/apis/apps/v1/namespaces/${SYSTEM}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('coredns', SYSTEM, DNS_LABELS),
    spec: {
      replicas,
      selector: { matchLabels: DNS_LABELS },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels: DNS_LABELS },
        spec: {
          priorityClassName: 'system-cluster-critical',
          serviceAccountName: 'coredns',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          dnsPolicy: 'Default',
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          containers: [
            {
              name: 'coredns',
              image: 'registry.k8s.io/coredns/coredns:v1.14.6',
              imagePullPolicy: 'IfNotPresent',
              args: ['-conf', '/etc/coredns/Corefile'],
              resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
              ports: [
                { containerPort: 53, name: 'dns', protocol: 'UDP' },
                { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
                { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
                { containerPort: 8080, name: 'liveness-probe', protocol: 'TCP' },
                { containerPort: 8181, name: 'readiness-probe', protocol: 'TCP' },
              ],
              volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
              livenessProbe: {
                httpGet: { path: '/health', port: 'liveness-probe', scheme: 'HTTP' },
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 5,
              },
              readinessProbe: { httpGet: { path: '/ready', port: 'readiness-probe', scheme: 'HTTP' } },
            },
          ],
          volumes: [{ name: 'config-volume', configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] } }],
        },
      },
    },
  });
}

function proxyConfig(options: SystemOptions): string {
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clusterCIDR: 10.244.0.0/16
conntrack:
  maxPerCore: 0
  tcpCloseWaitTimeout: 0s
  tcpEstablishedTimeout: 0s
kind: KubeProxyConfiguration
metricsBindAddress: 0.0.0.0:10249
mode: ${options.proxyMode === 'iptables' ? '""' : options.proxyMode}
`;
}

function proxyDaemonSet(options: SystemOptions): Manifest {
  return manifest(`/apis/apps/v1/namespaces/${SYSTEM}/daemonsets`, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('kube-proxy', SYSTEM, { 'k8s-app': 'kube-proxy' }),
    spec: {
      selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-proxy' } },
        spec: {
          priorityClassName: 'system-node-critical',
          serviceAccountName: 'kube-proxy',
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'kube-proxy',
              image: `registry.k8s.io/kube-proxy:${options.kubernetesVersion}`,
              imagePullPolicy: 'IfNotPresent',
              command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { privileged: true },
              volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
            },
          ],
          volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
        },
      },
    },
  });
}

function kindnet(): Manifest {
  const labels = { app: 'kindnet', 'k8s-app': 'kindnet', tier: 'node' };
  return manifest(`/apis/apps/v1/namespaces/${SYSTEM}/daemonsets`, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('kindnet', SYSTEM, labels),
    spec: {
      selector: { matchLabels: { app: 'kindnet' } },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          serviceAccountName: 'kindnet',
          tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
          containers: [
            {
              name: 'kindnet-cni',
              image: 'docker.io/kindest/kindnetd:v20250512-df8de77b',
              imagePullPolicy: 'IfNotPresent',
              resources: { requests: { cpu: '100m', memory: '50Mi' }, limits: { cpu: '100m', memory: '50Mi' } },
            },
          ],
        },
      },
    },
  });
}

function storageProvisioner(controlPlane: string): Manifest {
  return manifest(`/api/v1/namespaces/${SYSTEM}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('storage-provisioner', SYSTEM, {
      'addonmanager.kubernetes.io/mode': 'Reconcile',
      'integration-test': 'storage-provisioner',
    }),
    spec: {
      serviceAccountName: 'storage-provisioner',
      hostNetwork: true,
      nodeName: controlPlane,
      containers: [
        {
          name: 'storage-provisioner',
          image: 'gcr.io/k8s-minikube/storage-provisioner:v5',
          imagePullPolicy: 'IfNotPresent',
          command: ['/storage-provisioner'],
        },
      ],
    },
  });
}

/** Objects in the order they are created; each `path` is the collection it is posted to. */
export function systemObjects(options: SystemOptions): readonly { readonly path: string; readonly object: AnyObject }[] {
  const namespaces = ['default', SYSTEM, 'kube-public', 'kube-node-lease'].map((name) =>
    manifest('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: meta(name) }),
  );
  const accounts = ['coredns', 'kube-proxy', ...(options.kindnet ? ['kindnet'] : []), 'storage-provisioner'].map((name) =>
    manifest(`/api/v1/namespaces/${SYSTEM}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(name, SYSTEM) }),
  );
  const objects: Manifest[] = [
    ...namespaces,
    manifest('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('kubernetes', 'default', { component: 'apiserver', provider: 'kubernetes' }),
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: options.apiPort }] },
    }),
    manifest('/api/v1/namespaces/default/endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: meta('kubernetes', 'default', { 'endpointslice.kubernetes.io/skip-mirror': 'true' }),
      subsets: [{ addresses: [{ ip: options.controlPlaneIp }], ports: [{ name: 'https', port: options.apiPort, protocol: 'TCP' }] }],
    }),
    manifest('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: meta('kubernetes', 'default', { 'kubernetes.io/service-name': 'kubernetes' }),
      addressType: 'IPv4',
      endpoints: [{ addresses: [options.controlPlaneIp], conditions: { ready: true } }],
      ports: [{ name: 'https', port: options.apiPort, protocol: 'TCP' }],
    }),
    ...accounts,
    manifest(`/api/v1/namespaces/${SYSTEM}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta('coredns', SYSTEM),
      data: { Corefile: corefile('192.168.49.1') },
    }),
    dnsService(),
    dnsDeployment(options.dnsReplicas),
    manifest(`/api/v1/namespaces/${SYSTEM}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta('kube-proxy', SYSTEM, { app: 'kube-proxy' }),
      data: { 'config.conf': proxyConfig(options) },
    }),
    proxyDaemonSet(options),
    ...(options.kindnet ? [kindnet()] : []),
    storageProvisioner(options.controlPlane),
  ];
  return objects as unknown as readonly { readonly path: string; readonly object: AnyObject }[];
}
