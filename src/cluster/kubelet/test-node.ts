// For tests: one node under the real API server, process kernel and network, without scheduler and controllers.
import { createProcesses } from '../../posix/kernel.ts';
import type { Sim } from '../../sim/sim.ts';
import { createSim } from '../../sim/sim.ts';
import type { ApiRequest, ApiResponse } from '../apimachinery/rest.ts';
import { type ApiServer, createApiServer } from '../apiserver/apiserver.ts';
import { createClient } from '../client/client.ts';
import { findImage } from '../images/images.ts';
import { kinds } from '../kinds/kinds.ts';
import type { Pod } from '../kinds/pod/types.ts';
import { createPodNetwork } from '../network/pod-network.ts';
import { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts';

export const PRELOADED = [
  'busybox:1.28',
  'busybox:1.36',
  'busybox',
  'nginx',
  'nginx:1.27',
  'registry.k8s.io/e2e-test-images/agnhost:2.53',
  'registry.k8s.io/pause:3.10',
];

export interface TestNode {
  readonly sim: Sim & { runUntil(time: number): void };
  readonly api: ApiServer;
  readonly kubelet: Kubelet;
  call(method: ApiRequest['method'], path: string, body?: unknown, more?: Partial<ApiRequest>): any;
  /** Creates a pod in `default`, bound to the node. */
  create(name: string, spec: unknown, metadata?: unknown): Pod;
  get(name: string): any;
  /** What watching the pod showed: `[ms, phase, waiting or terminated reason or "running", restarts]` per change. */
  readonly seen: string[];
  events(name: string): string[];
  run(ms: number): void;
}

const VERBS = { 'content-type': 'application/merge-patch+json' };

export function createTestNode(options: Partial<KubeletOptions> & { readonly seed?: number } = {}): TestNode {
  const sim = createSim({ seed: options.seed ?? 1 });
  const api = createApiServer({ sim, kinds });
  const processes = createProcesses(sim);
  const network = createPodNetwork({ sim, callbacks: processes });
  const nodeNetwork = network.addNode({ name: 'minikube', ip: '192.168.49.2', podSubnet: '10.244.0.0/24' });
  const call: TestNode['call'] = (method, path, body, more = {}) => {
    const response: ApiResponse = api.handle({
      method,
      path,
      body: body as never,
      ...(method === 'PATCH' ? { headers: VERBS } : {}),
      ...more,
    });
    return response.body ?? response;
  };
  for (const name of ['default', 'kube-system', 'kube-node-lease']) call('POST', '/api/v1/namespaces', { metadata: { name } });
  call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': 'CERTIFICATE\n' } });
  const client = createClient({
    sim,
    transport: (request) => api.handle(request),
    userAgent: 'kubelet/v1.37.2',
    name: 'kubelet minikube',
    latencyMs: 3,
  });
  const kubelet = createKubelet({
    sim,
    client,
    node: { name: 'minikube', ip: '192.168.49.2', podSubnet: '10.244.0.0/24' },
    network: nodeNetwork,
    processes,
    registry: findImage,
    preloaded: PRELOADED,
    ...options,
  });
  api.registerNode('minikube', kubelet.proxy);
  kubelet.start();
  const seen: string[] = [];
  api.handle({ method: 'GET', path: '/api/v1/namespaces/default/pods', query: { watch: 'true' } }).stream!.open({
    frame: (frame) => {
      if (frame.kind === 'watch') seen.push(line(sim.now, frame.event.type, frame.event.object as never));
    },
    end: () => {},
  });
  const get = (name: string): any => call('GET', `/api/v1/namespaces/default/pods/${name}`);
  return {
    sim,
    api,
    kubelet,
    call,
    seen,
    get,
    create: (name, spec, metadata = {}) =>
      call('POST', '/api/v1/namespaces/default/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, ...(metadata as object) },
        spec: { nodeName: 'minikube', ...(spec as object) },
      }),
    events: (name) =>
      (call('GET', '/api/v1/namespaces/default/events').items ?? [])
        .filter((event: any) => event.involvedObject.name === name)
        .map((event: any) => `${event.type} ${event.reason} x${event.count} ${event.message}`),
    run: (ms) => sim.runUntil(sim.now + ms),
  };
}

function line(now: number, type: string, pod: any): string {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  const states = statuses.map(({ name, state, ready, restartCount }: any) => {
    const word = state.waiting?.reason ?? state.terminated?.reason ?? 'Running';
    return `${name}:${word}${ready ? '+' : ''}/${restartCount}`;
  });
  const deleted = pod.metadata.deletionTimestamp === undefined ? '' : ' deleting';
  return `${now} ${type} ${pod.metadata.name} ${pod.status.phase}${deleted} ${states.join(' ')}`.trimEnd();
}
