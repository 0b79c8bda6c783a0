import { expect, test } from 'vitest';
import { asks, PODS, testScheduler, type TestScheduler } from './test-scheduler.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const UNHELPFUL = 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';

function three(): TestScheduler {
  const cluster = testScheduler();
  for (const name of ['n1', 'n2', 'n3']) cluster.node(name);
  cluster.run(50);
  return cluster;
}

interface Case {
  readonly name: string;
  readonly spec: object;
  readonly message: string;
}

const hosts = (operator: string, ...values: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator, values }] }],
    },
  },
});
const spread = (topologyKey: string) => [
  { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } },
];

const refused: Case[] = [
  { name: 'cpu', spec: asks({ cpu: '100' }), message: `0/3 nodes are available: 3 Insufficient cpu. ${UNHELPFUL}` },
  {
    name: 'cpu and memory',
    spec: asks({ cpu: '100', memory: '900Gi' }),
    message: `0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. ${UNHELPFUL}`,
  },
  {
    name: 'disk',
    spec: asks({ 'ephemeral-storage': '90Ti' }),
    message: `0/3 nodes are available: 3 Insufficient ephemeral-storage. ${UNHELPFUL}`,
  },
  {
    name: 'an extended resource',
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { limits: { 'nvidia.com/gpu': 1 } } }] },
    message: `0/3 nodes are available: 3 Insufficient nvidia.com/gpu. ${UNHELPFUL}`,
  },
  {
    name: 'nodeSelector',
    spec: { nodeSelector: { disk: 'ssd' } },
    message: `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${UNHELPFUL}`,
  },
  {
    name: 'affinity and cpu: fits nowhere, could fit on one',
    spec: { ...asks({ cpu: '1900m' }), affinity: hosts('In', 'n3') },
    message:
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
  },
  {
    name: 'a spread key no node has',
    spec: { topologySpreadConstraints: spread('zone') },
    message: `0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label). ${UNHELPFUL}`,
  },
  {
    name: 'affinity to nobody',
    spec: {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'none' } } },
          ],
        },
      },
    },
    message: `0/3 nodes are available: 3 node(s) didn't match pod affinity rules. ${UNHELPFUL}`,
  },
];

test.each(refused)('refused: $name', ({ spec, message: expected }) => {
  const { pod, run, message, bound } = three();
  pod('filler', { ...asks({ cpu: '200m' }), nodeSelector: { 'kubernetes.io/hostname': 'n3' } });
  run(50);
  pod('p', spec, { labels: { app: 'x' } });
  run(50);
  expect(bound()).toEqual({ filler: 'n3', p: '' });
  expect(message('p')).toBe(expected);
});

test('without nodes: no nodes available to schedule pods; the first node helps', () => {
  const { pod, run, message, node, bound } = testScheduler();
  pod('p');
  run(50);
  expect(message('p')).toBe('no nodes available to schedule pods');
  node('n1');
  run(50);
  expect(bound()).toEqual({ p: 'n1' });
});

test('a pod is bound 6 ms after the scheduler could see it, and the event says where', () => {
  const { pod, run, ask } = three();
  pod('p');
  run(3 + 1 + 3);
  const { nodeName } = ask('GET', `${PODS}/p`).spec;
  expect(nodeName).toMatch(/^n[123]$/);
  run(20);
  const [event] = ask('GET', '/api/v1/events').items;
  expect(event).toMatchObject({
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned default/p to ${nodeName}`,
    action: 'Binding',
    reportingComponent: 'default-scheduler',
    firstTimestamp: null,
  });
});

test('cordon, taint and their removal: only what concerns the refusal is another try', () => {
  const { pod, run, message, ask, bound } = three();
  const onlyN3 = { nodeSelector: { 'kubernetes.io/hostname': 'n3' } };
  const node = (spec: object) => ask('PATCH', '/api/v1/nodes/n3', { spec }, MERGE);
  node({ unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] });
  run(20);
  pod('late', onlyN3);
  run(50);
  expect(message('late')).toBe(
    `0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. ${UNHELPFUL}`,
  );
  pod('other');
  run(20);
  ask('DELETE', `${PODS}/other`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  run(5000);
  node({ unschedulable: null });
  run(20);
  expect(message('late')).toBe(
    `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. ${UNHELPFUL}`,
  );
  node({ taints: null });
  run(20);
  expect(bound()).toEqual({ late: 'n3' });
  const failures = ask('GET', '/api/v1/events').items.filter((one: any) => one.reason === 'FailedScheduling');
  expect(failures).toHaveLength(2);
});

test('preemption: a lower pod makes room, the node is nominated, and nobody lower takes it meanwhile', () => {
  const { pod, run, message, ask, bound } = three();
  for (const name of ['high', 'low']) {
    const value = name === 'high' ? 1000 : 0;
    try {
      ask('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name },
        value,
      });
    } catch {
      return; // The cluster does not serve PriorityClasses yet.
    }
  }
  const onN3 = { nodeSelector: { 'kubernetes.io/hostname': 'n3' } };
  pod('victim', { ...asks({ cpu: '1500m' }), ...onN3 });
  run(50);
  pod('boss', { ...asks({ cpu: '1500m' }), ...onN3, priorityClassName: 'high' });
  run(50);
  expect(message('boss')).toBe(
    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector. preemption: found a potential placement for pod on node n3, preempting 1 victims",
  );
  expect(ask('GET', `${PODS}/boss`).status.nominatedNodeName).toBe('n3');
  expect(ask('GET', `${PODS}/victim`).metadata.deletionTimestamp).toBeDefined();
  pod('again', { ...asks({ cpu: '1500m' }), ...onN3 });
  run(50);
  ask('DELETE', `${PODS}/victim`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  run(50);
  expect(bound()).toEqual({ again: '', boss: 'n3' });
});

test('topology spread: never more than one ahead; anti-affinity: one per node, the fourth waits', () => {
  const { pod, run, bound, message } = three();
  for (let i = 0; i < 6; i++) pod(`s${i}`, { topologySpreadConstraints: spread('kubernetes.io/hostname') }, { labels: { app: 'x' } });
  run(100);
  const perNode = (prefix: string) => {
    const counts: Record<string, number> = {};
    for (const [name, node] of Object.entries(bound())) if (name.startsWith(prefix)) counts[node] = (counts[node] ?? 0) + 1;
    return counts;
  };
  expect(perNode('s')).toEqual({ n1: 2, n2: 2, n3: 2 });
  const apart = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'y' } } },
      ],
    },
  };
  for (let i = 0; i < 4; i++) pod(`y${i}`, { affinity: apart }, { labels: { app: 'y' } });
  run(100);
  expect(Object.values(perNode('y')).sort()).toEqual([1, 1, 1, 1]);
  expect(message('y3')).toBe(
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
  );
});

test('replicas of one ReplicaSet are spread by default', () => {
  const { pod, run, bound, ask } = three();
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  const set = ask('POST', '/apis/apps/v1/namespaces/default/replicasets', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { replicas: 9, selector: { matchLabels: { app: 'web' } }, template },
  });
  run(20);
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: set.metadata.uid, controller: true };
  for (let i = 0; i < 9; i++) pod(`w${i}`, {}, { labels: { app: 'web' }, ownerReferences: [owner] });
  run(100);
  const counts: Record<string, number> = {};
  for (const node of Object.values(bound())) counts[node] = (counts[node] ?? 0) + 1;
  expect(counts).toEqual({ n1: 3, n2: 3, n3: 3 });
});
