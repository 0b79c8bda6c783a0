// What the server says of itself: its version, and whether it is alive.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/server/healthz, component-base version
import type { Plain } from '../apimachinery/object.ts';

export const VERSION: Plain = {
  major: '1',
  minor: '37',
  emulationMajor: '1',
  emulationMinor: '37',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '36',
  gitVersion: 'v1.37.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-10-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const STARTUP_CHECKS = [
  'ping',
  'log',
  'etcd',
  'etcd-readiness',
  'informer-sync',
  'poststarthook/start-apiserver-admission-initializer',
  'poststarthook/generic-apiserver-start-informers',
  'poststarthook/priority-and-fairness-config-consumer',
  'poststarthook/priority-and-fairness-filter',
  'poststarthook/storage-object-count-tracker-hook',
  'poststarthook/start-apiextensions-informers',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/crd-informer-synced',
  'poststarthook/start-system-namespaces-controller',
  'poststarthook/peer-endpoint-reconciler-controller',
  'poststarthook/start-cluster-authentication-info-controller',
  'poststarthook/start-kube-apiserver-identity-lease-controller',
  'poststarthook/start-kube-apiserver-identity-lease-garbage-collector',
  'poststarthook/storage-readiness',
  'poststarthook/start-legacy-token-tracking-controller',
  'poststarthook/start-service-ip-repair-controllers',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/scheduling/bootstrap-system-priority-classes',
  'poststarthook/priority-and-fairness-config-producer',
  'poststarthook/bootstrap-controller',
  'poststarthook/start-kubernetes-service-cidr-controller',
  'poststarthook/aggregator-reload-proxy-client-cert',
  'poststarthook/start-kube-aggregator-informers',
  'poststarthook/apiservice-status-local-available-controller',
  'poststarthook/apiservice-status-remote-available-controller',
  'poststarthook/apiservice-registration-controller',
  'poststarthook/apiservice-discovery-controller',
  'poststarthook/kube-apiserver-autoregistration',
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
  'shutdown',
];

const NOT_IN: Readonly<Record<string, ReadonlySet<string>>> = {
  readyz: new Set(),
  livez: new Set(['etcd-readiness', 'informer-sync', 'shutdown']),
  healthz: new Set(['etcd-readiness', 'informer-sync', 'shutdown']),
};

export const HEALTH_PATHS = /^\/(healthz|livez|readyz)(\/|$)/;

/** Undefined for a check that does not exist. */
export function healthAnswer(path: string, verbose: boolean): string | undefined {
  const [, endpoint, ...rest] = path.split('/');
  const checks = STARTUP_CHECKS.filter((check) => !NOT_IN[endpoint!]!.has(check));
  const check = rest.join('/');
  if (check !== '') return checks.includes(check) ? 'ok' : undefined;
  return verbose ? `${checks.map((one) => `[+]${one} ok\n`).join('')}${endpoint} check passed\n` : 'ok';
}
