import { expect, test } from 'vitest';
import { type TestCluster, testCluster } from '../test-cluster.ts';
import { nodeLifecycleController } from './nodelifecycle.ts';
import { zonesOf } from './zones.ts';

const SMP = { 'content-type': 'application/strategic-merge-patch+json' };
const HEALTHY = [
  ['MemoryPressure', 'False'],
  ['DiskPressure', 'False'],
  ['PIDPressure', 'False'],
  ['Ready', 'True'],
] as const;

/** Nodes whose kubelets beat every ten seconds, except those that were unplugged. */
function machines(names: readonly string[]) {
  const cluster = testCluster([nodeLifecycleController]);
  const { ask, sim } = cluster;
  const conditions = (ready = 'True') =>
    HEALTHY.map(([type, status]) => ({
      type,
      status: type === 'Ready' ? ready : status,
      lastHeartbeatTime: sim.timestamp(),
      lastTransitionTime: sim.timestamp(),
    }));
  const post = (name: string, ready = 'True'): void => {
    ask('PATCH', `/api/v1/nodes/${name}/status`, { status: { conditions: conditions(ready) } }, SMP);
  };
  const beat = (name: string): void => {
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: sim.timestamp(sim.now, 'micro') };
    ask('PATCH', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`, { spec }, SMP);
  };
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' } });
  for (const name of names) {
    ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { conditions: conditions() } });
    ask('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name },
    });
    beat(name);
  }
  cluster.manager.start();
  const run = (seconds: number, alive: readonly string[] = names): void => {
    for (let left = seconds; left > 0; left -= 10) {
      for (const name of alive) beat(name);
      cluster.run(Math.min(left, 10) * 1000);
    }
  };
  return { ...cluster, run, post };
}

const taints = ({ ask }: TestCluster | Pick<TestCluster, 'ask'>, name: string): string[] =>
  (ask('GET', `/api/v1/nodes/${name}`).spec.taints ?? []).map((one: any) => `${one.key}:${one.effect}`);
const conditionsOf = ({ ask }: Pick<TestCluster, 'ask'>, name: string): string[] =>
  ask('GET', `/api/v1/nodes/${name}`).status.conditions.map((one: any) => [one.type, one.status, one.reason, one.message].join(' '));

test('a node that is ready loses the taint of its registration, and is registered once', () => {
  const cluster = machines(['n1', 'n2']);
  expect(taints(cluster, 'n1')).toEqual(['node.kubernetes.io/not-ready:NoSchedule']);
  cluster.run(30);
  expect(taints(cluster, 'n1')).toEqual([]);
  expect(cluster.events()).toEqual([
    'RegisteredNode: Node n1 event: Registered Node n1 in Controller',
    'RegisteredNode: Node n2 event: Registered Node n2 in Controller',
  ]);
});

test('a silent node becomes Unknown after 50 seconds, is tainted, and its pods are not ready; heard again, it is well', () => {
  const cluster = machines(['n1', 'n2', 'n3']);
  const { ask, run, events, post } = cluster;
  ask('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx' }] },
  });
  run(20);
  cluster.kubelet();
  run(40, ['n2', 'n3']);
  expect(taints(cluster, 'n1')).toEqual([]);
  run(10, ['n2', 'n3']);
  expect(conditionsOf(cluster, 'n1')).toEqual(
    ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map(
      (type) => `${type} Unknown NodeStatusUnknown Kubelet stopped posting node status.`,
    ),
  );
  expect(taints(cluster, 'n1').sort()).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
  expect(taints(cluster, 'n2')).toEqual([]);
  const ready = ask('GET', '/api/v1/namespaces/default/pods/web').status.conditions.find((one: any) => one.type === 'Ready');
  expect(ready.status).toBe('False');
  expect(events().filter((one) => one.startsWith('NodeNotReady'))).toEqual([
    'NodeNotReady: Node n1 status is now: NodeNotReady',
    'NodeNotReady: Node is not ready',
  ]);
  post('n1');
  run(10);
  expect(taints(cluster, 'n1')).toEqual([]);
  expect(conditionsOf(cluster, 'n1').at(-1)).toMatch(/^Ready True/);
});

test('a node that says it is not ready gets the other taints at once, and cordon and pressure their own', () => {
  const cluster = machines(['n1', 'n2']);
  cluster.run(10);
  cluster.post('n1', 'False');
  cluster.run(10);
  expect(taints(cluster, 'n1').sort()).toEqual(['node.kubernetes.io/not-ready:NoExecute', 'node.kubernetes.io/not-ready:NoSchedule']);
  cluster.ask('PATCH', '/api/v1/nodes/n2', { spec: { unschedulable: true } }, SMP);
  cluster.ask('PATCH', '/api/v1/nodes/n2/status', { status: { conditions: [{ type: 'MemoryPressure', status: 'True' }] } }, SMP);
  cluster.run(1);
  expect(taints(cluster, 'n2').sort()).toEqual([
    'node.kubernetes.io/memory-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
});

test('when no node is heard of, nothing is evicted', () => {
  const cluster = machines(['n1', 'n2']);
  cluster.run(10);
  cluster.run(120, []);
  expect(taints(cluster, 'n1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
  expect(taints(cluster, 'n2')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
});

test('of several nodes that fall silent one every ten seconds loses its pods', () => {
  const names = Array.from({ length: 7 }, (_, i) => `n${i}`);
  const cluster = machines(names);
  cluster.run(10);
  const alive = names.slice(3);
  const tainted = (): number => names.filter((name) => taints(cluster, name).some((one) => one.endsWith(':NoExecute'))).length;
  let first = 0;
  for (let second = 0; second < 60 && tainted() === 0; second++) {
    cluster.run(1, alive);
    first = second;
  }
  expect(first).toBeGreaterThan(40);
  expect(tainted()).toBe(1);
  cluster.run(8, alive);
  expect(tainted()).toBe(1);
  cluster.run(3, alive);
  expect(tainted()).toBe(2);
  cluster.run(10, alive);
  expect(tainted()).toBe(3);
});

test('a node that never reported is declared after a minute', () => {
  const cluster = machines(['n1']);
  cluster.run(1);
  cluster.ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'ghost' } });
  cluster.run(58);
  expect(cluster.ask('GET', '/api/v1/nodes/ghost').status.conditions ?? []).toEqual([]);
  cluster.run(10);
  expect(conditionsOf(cluster, 'ghost')).toEqual(
    ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map(
      (type) => `${type} Unknown NodeStatusNeverUpdated Kubelet never posted node status.`,
    ),
  );
});

test('a controller that was away gives every node its whole time', () => {
  const cluster = machines(['n1', 'n2']);
  cluster.run(10);
  cluster.manager.stop();
  cluster.run(300, []);
  cluster.manager.start();
  cluster.run(45, []);
  expect(conditionsOf(cluster, 'n1').at(-1)).toMatch(/^Ready True/);
  cluster.run(15, []);
  expect(conditionsOf(cluster, 'n1').at(-1)).toMatch(/^Ready Unknown/);
});

test('a zone that is mostly ill slows down when it is large and stops when it is small', () => {
  const zone = (size: number, ill: number) => {
    const nodes = Array.from({ length: size }, (_, i) => ({ metadata: { name: `n${i}` } }) as any);
    const zones = zonesOf(nodes, (node) => nodes.indexOf(node) >= ill);
    return zones.disrupted ? 'disrupted' : zones.everyMs(nodes[0]);
  };
  expect([zone(3, 2), zone(10, 5), zone(10, 6), zone(100, 54), zone(100, 55), zone(4, 4)]).toEqual([
    10_000,
    10_000,
    Number.POSITIVE_INFINITY,
    10_000,
    100_000,
    'disrupted',
  ]);
});
