import { expect, test } from 'vitest';
import { createProcesses } from '../posix/kernel.ts';
import { createSim } from '../sim/sim.ts';
import { Cluster } from './cluster.ts';

/** Three machines as `minikube start --nodes 3` makes them, with two replicas that do not share a node. */
function started() {
  const sim = createSim({ seed: 7 });
  const cluster = new Cluster({
    sim,
    processes: createProcesses(sim),
    kubernetesVersion: 'v1.37.2',
    apiPort: 8443,
    proxyMode: 'iptables',
    kindnet: true,
    dnsReplicas: 1,
    preloadedImages: ['nginx'],
    podMasquerade: false,
    cpus: 2,
    memory: '4Gi',
    podsPerNode: 110,
  });
  const names = ['minikube', 'minikube-m02', 'minikube-m03'];
  const nodes = names.map((name, i) => cluster.addNode(name, i === 0));
  cluster.startControlPlane(nodes[0]!);
  for (const node of nodes) node.join();
  const run = (seconds: number) => sim.runUntil(sim.now + seconds * 1000);
  const get = (path: string): any => cluster.transport({ method: 'GET', path }).body;
  return { cluster, run, get };
}

test('a machine is unplugged: Unknown in a minute, evicted after five more, well again with its cable', () => {
  const { cluster, run, get } = started();
  run(60);
  cluster.transport({
    method: 'POST',
    path: '/apis/apps/v1/namespaces/default/deployments',
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 6,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'nginx', imagePullPolicy: 'IfNotPresent' }] },
        },
      },
    } as never,
  });
  run(30);
  const victim = 'minikube-m02';
  const node = (): string => {
    const { spec, status } = get(`/api/v1/nodes/${victim}`);
    const ready = status.conditions.find((one: any) => one.type === 'Ready');
    return [ready.status, ready.reason, ...(spec.taints ?? []).map((one: any) => `${one.key}:${one.effect}`)].join(' ');
  };
  /** `node phase Ready` of the pods, and how many there are of each. */
  const pods = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { metadata, spec, status } of get('/api/v1/namespaces/default/pods').items) {
      const ready = status.conditions?.find((one: any) => one.type === 'Ready')?.status;
      const words = `${spec.nodeName === victim ? 'victim' : 'other'} ${status.phase} ${ready}${metadata.deletionTimestamp ? ' deleting' : ''}`;
      counts[words] = (counts[words] ?? 0) + 1;
    }
    return counts;
  };
  const available = (): number => get('/apis/apps/v1/namespaces/default/deployments/web').status.availableReplicas;
  const calm = { 'other Running True': 4, 'victim Running True': 2 };
  expect([node(), pods(), available()]).toEqual(['True KubeletReady', calm, 6]);

  cluster.nodes.get(victim)!.powerOff();
  run(39);
  // Nobody can know yet.
  expect([node(), pods(), available()]).toEqual(['True KubeletReady', calm, 6]);
  run(26);
  const lost = 'Unknown NodeStatusUnknown node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute';
  expect([node(), pods(), available()]).toEqual([lost, { 'other Running True': 4, 'victim Running False': 2 }, 4]);
  run(270);
  expect([pods(), available()]).toEqual([{ 'other Running True': 4, 'victim Running False': 2 }, 4]);
  run(30);
  const replaced = { 'other Running True': 6, 'victim Running False deleting': 2 };
  expect([node(), pods(), available()]).toEqual([lost, replaced, 6]);
  run(600);
  expect(pods()).toEqual(replaced);

  cluster.nodes.get(victim)!.powerOn();
  cluster.nodes.get(victim)!.join();
  run(40);
  expect([node(), pods(), available()]).toEqual(['True KubeletReady', { 'other Running True': 6 }, 6]);

  const told = get('/api/v1/events').items.map((one: any) =>
    [one.metadata.namespace, one.source.component, one.type, one.reason, one.message.replace(/web-\w+-\w+/, 'POD')].join(' '),
  ) as string[];
  const count = (text: string): number => told.filter((one) => one === text).length;
  expect(count(`default node-controller Normal NodeNotReady Node ${victim} status is now: NodeNotReady`)).toBe(1);
  expect(count('default node-controller Warning NodeNotReady Node is not ready')).toBe(2);
  expect(count('default taint-eviction-controller Normal TaintManagerEviction Marking for deletion Pod default/POD')).toBe(2);
});

test('a machine that is unplugged for a moment loses nothing but its readiness', () => {
  const { cluster, run, get } = started();
  run(60);
  const post = (path: string, body: object) => cluster.transport({ method: 'POST', path, body: body as never });
  post('/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { nodeName: 'minikube-m02', containers: [{ name: 'c', image: 'nginx', imagePullPolicy: 'IfNotPresent' }] },
  });
  run(20);
  cluster.nodes.get('minikube-m02')!.powerOff();
  run(120);
  cluster.nodes.get('minikube-m02')!.powerOn();
  cluster.nodes.get('minikube-m02')!.join();
  run(60);
  const { metadata, status } = get('/api/v1/namespaces/default/pods/web');
  expect(metadata.deletionTimestamp).toBeUndefined();
  expect(status.conditions.find((one: any) => one.type === 'Ready').status).toBe('True');
  const cancelled = get('/api/v1/events').items.filter((one: any) => one.reason === 'TaintManagerEviction');
  expect(cancelled.map((one: any) => one.message)).toContain('Cancelling deletion of Pod default/web');
  run(600);
  expect(get('/api/v1/namespaces/default/pods/web').metadata.deletionTimestamp).toBeUndefined();
});
