// The road of a Service and of its endpoint, from the request to the node's rules, against golden/network/latency-idle.json: how long
// each stage takes on an idle cluster.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createProcesses } from '../posix/kernel.ts';
import { createSim } from '../sim/sim.ts';
import { Cluster } from './cluster.ts';

const recorded = JSON.parse(readFileSync(new URL('../../e2e/recorded/network/latency-idle.json', import.meta.url), 'utf8')) as {
  vectors: { name: string; p50: number }[];
};
const SERVICES = '/api/v1/namespaces/default/services';
const PODS = '/api/v1/namespaces/default/pods';
/** One way of a client's request. */
const LINK_MS = 3;

function started(seed: number) {
  const sim = createSim({ seed });
  const cluster = new Cluster({
    sim,
    processes: createProcesses(sim),
    kubernetesVersion: 'v1.37.2',
    apiPort: 8443,
    proxyMode: 'iptables',
    kindnet: false,
    dnsReplicas: 1,
    preloadedImages: ['nginx'],
    podMasquerade: true,
    cpus: 2,
    memory: '4Gi',
    podsPerNode: 110,
  });
  const nodes = ['minikube', 'minikube-m02'].map((name, i) => cluster.addNode(name, i === 0));
  cluster.startControlPlane(nodes[0]!);
  for (const node of nodes) node.join();
  sim.runUntil(60_000);
  return { sim, cluster, proxy: nodes[1]!.proxy };
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'nginx', imagePullPolicy: 'IfNotPresent' }], terminationGracePeriodSeconds: 1 },
};
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } };

/** Milliseconds after a request that takes one way to arrive, until something is so. */
function until(
  { sim, cluster }: ReturnType<typeof started>,
  request: { method: 'POST' | 'DELETE'; path: string; body?: unknown },
  so: () => boolean,
): number {
  const start = sim.now;
  sim.runUntil(start + LINK_MS);
  const { status } = cluster.transport({ ...request, body: request.body as never });
  if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status}`);
  while (!so()) {
    if (sim.now - start > 60_000) throw new Error('never');
    sim.runUntil(sim.now + 1);
  }
  return sim.now - start;
}

function measure(seed: number): Record<string, number> {
  const world = started(seed);
  const { sim, cluster, proxy } = world;
  const verdict = (): string => {
    const address = cluster.transport({ method: 'GET', path: `${SERVICES}/web` }).body as any;
    const destination: string = address.spec?.clusterIP ?? before;
    const packet = {
      id: 0,
      protocol: 'TCP',
      source: '10.244.1.9',
      sourcePort: 1,
      destination,
      destinationPort: 80,
      flag: 'SYN',
      purpose: 'request',
      caption: '',
      payload: null,
    } as const;
    return proxy.route(packet, 'pod', () => 0).action;
  };
  let before = '';
  const slices = (): any[] =>
    (cluster.transport({ method: 'GET', path: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices' }).body as any).items;
  const ready = (): boolean =>
    slices().some(
      (slice) =>
        slice.metadata.labels['kubernetes.io/service-name'] === 'web' && slice.endpoints?.some((each: any) => each.conditions.ready),
    );
  const known = (): boolean => cluster.dnsView.call(0, 'service', { namespace: 'default', name: 'web' }).now !== null;

  until(
    world,
    { method: 'POST', path: PODS, body: pod },
    () =>
      (cluster.transport({ method: 'GET', path: `${PODS}/web` }).body as any).status.conditions?.some(
        (each: any) => each.type === 'Ready' && each.status === 'True',
      ) === true,
  );
  sim.runUntil(sim.now + 5000);
  let named = 0;
  let sliced = 0;
  const start = sim.now;
  const vip = until(world, { method: 'POST', path: SERVICES, body: service }, () => {
    if (named === 0 && known()) named = sim.now - start;
    if (sliced === 0 && ready()) sliced = sim.now - start;
    return verdict() === 'dnat';
  });
  before = (cluster.transport({ method: 'GET', path: `${SERVICES}/web` }).body as any).spec.clusterIP;
  const gone = until(world, { method: 'DELETE', path: `${SERVICES}/web` }, () => verdict() !== 'dnat');
  sim.runUntil(sim.now + 5000);
  cluster.transport({ method: 'POST', path: SERVICES, body: service as never });
  until(world, { method: 'DELETE', path: `${PODS}/web` }, () => cluster.transport({ method: 'GET', path: `${PODS}/web` }).status === 404);
  sim.runUntil(sim.now + 5000);
  const podVip = until(world, { method: 'POST', path: PODS, body: pod }, () => verdict() === 'dnat');
  return {
    'service: DNS answer, replica 1': named,
    'service: slice ready seen': sliced,
    'service: VIP answers [iptables]': vip,
    'service: VIP gone [iptables]': gone,
    'pod create: VIP answers [iptables]': podVip,
  };
}

test('the medians of the idle cluster are met within 20 %', () => {
  const trials = [1, 2, 3, 4, 5].map(measure);
  const medians = Object.keys(trials[0]!).map((name) => {
    const sorted = trials.map((trial) => trial[name]!).sort((a, b) => a - b);
    return [name, sorted[2]!, recorded.vectors.find((vector) => vector.name === name)!.p50] as const;
  });
  expect(medians.filter(([, ours, real]) => Math.abs(ours - real) > 0.2 * real)).toEqual([]);
});
