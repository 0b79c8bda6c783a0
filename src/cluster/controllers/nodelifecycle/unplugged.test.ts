import { expect, test } from 'vitest';
import { controllers } from '../controllers.ts';
import { testCluster } from '../test-cluster.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };

function started(count: number) {
  const cluster = testCluster(controllers);
  const { ask, run, sim, kubelet } = cluster;
  cluster.manager.start();
  run(50);
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' } });
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  for (const name of names) {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'ok',
      lastHeartbeatTime: sim.timestamp(),
      lastTransitionTime: sim.timestamp(),
    };
    ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { conditions: [ready] } });
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: sim.timestamp(sim.now, 'micro') };
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    ask('POST', path, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec });
  }
  const renew = (name: string) =>
    ask(
      'PATCH',
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`,
      { spec: { renewTime: sim.timestamp(sim.now, 'micro') } },
      MERGE,
    );
  const live = (seconds: number, alive: readonly string[]) => {
    for (let i = 0; i < seconds; i += 10) {
      for (const name of alive) renew(name);
      run(10_000);
    }
  };
  const node = (name: string) => ask('GET', `/api/v1/nodes/${name}`);
  const taints = (name: string) => (node(name).spec.taints ?? []).map((one: any) => `${one.key}:${one.effect}`);
  return { ...cluster, live, node, taints, kubelet };
}

test('a ready node gets its addresses and its annotation and loses the taint it was born with', () => {
  const { run, node, taints, events } = started(2);
  run(100);
  expect(node('n1').spec).toEqual({ podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] });
  expect(node('n2').spec.podCIDR).toBe('10.244.1.0/24');
  expect(node('n1').metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '0' });
  expect(taints('n1')).toEqual([]);
  run(5000);
  expect(events()).toContain('RegisteredNode: Node n1 event: Registered Node n1 in Controller');
});

test('cordon and uncordon: the taint follows', () => {
  const { ask, run, taints } = started(1);
  ask('PATCH', '/api/v1/nodes/n1', { spec: { unschedulable: true } }, MERGE);
  run(50);
  expect(taints('n1')).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
  ask('PATCH', '/api/v1/nodes/n1', { spec: { unschedulable: null } }, MERGE);
  run(50);
  expect(taints('n1')).toEqual([]);
});

test('a silent node is unknown after 50 s, its pods are not ready, and after five minutes they are evicted', () => {
  const { ask, live, node, taints, kubelet, list, events } = started(2);
  ask('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'c', image: 'nginx' }] },
  });
  kubelet();
  live(40, ['n2']);
  expect(node('n1').status.conditions[0].status).toBe('True');
  live(20, ['n2']);
  expect(node('n1').status.conditions[0]).toMatchObject({
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(taints('n1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
  const ready = () => list('/api/v1/pods')[0]!['status'].conditions.find((one: any) => one.type === 'Ready').status;
  expect(ready()).toBe('False');
  expect(events()).toEqual(
    expect.arrayContaining(['NodeNotReady: Node n1 status is now: NodeNotReady', 'NodeNotReady: Node is not ready']),
  );
  live(280, ['n2']);
  expect(list('/api/v1/pods')[0]!.metadata.deletionTimestamp).toBeUndefined();
  live(30, ['n2']);
  const [pod] = list('/api/v1/pods');
  expect(pod!.metadata.deletionTimestamp).toBeDefined();
  expect(pod!['status'].conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    }),
  );
  expect(events()).toContain('TaintManagerEviction: Marking for deletion Pod default/web');
});

test('when all nodes are silent nobody is evicted', () => {
  const { live, taints } = started(1);
  live(70, []);
  expect(taints('n1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
});

test('a NoExecute taint drives away who does not tolerate it; pods of a removed node are collected', () => {
  const { ask, run, live, kubelet, list } = started(1);
  const pod = (name: string, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
  });
  ask('POST', '/api/v1/namespaces/default/pods', pod('leaves'));
  ask('POST', '/api/v1/namespaces/default/pods', pod('stays', { tolerations: [{ key: 'k', operator: 'Exists' }] }));
  kubelet();
  ask('PATCH', '/api/v1/nodes/n1', { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } }, MERGE);
  run(100);
  kubelet();
  expect(list('/api/v1/pods').map((one) => one.metadata.name)).toEqual(['stays']);
  ask('DELETE', '/api/v1/nodes/n1');
  live(70, []);
  expect(list('/api/v1/pods')).toEqual([]);
});
