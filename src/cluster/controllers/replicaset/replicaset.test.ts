import { expect, test } from 'vitest';
import type { Pod } from '../../kinds/pod/types.ts';
import { testCluster } from '../test-cluster.ts';
import { inOrderOfDeletion } from './ranking.ts';
import { replicaSetController } from './replicaset.ts';

const SETS = '/apis/apps/v1/namespaces/default/replicasets';
const PODS = '/api/v1/namespaces/default/pods';
const container = { name: 'c', image: 'nginx' };
const set = (replicas: number, extra: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    ...extra,
  },
});

function started() {
  const cluster = testCluster([replicaSetController]);
  cluster.manager.start();
  cluster.run(20);
  return cluster;
}

test('a ReplicaSet gets its pods, counts them, and loses its surplus', () => {
  const { ask, run, list, kubelet, events } = started();
  ask('POST', SETS, set(5));
  run(100);
  expect(list(PODS)).toHaveLength(5);
  expect(list(PODS)[0]!.metadata.ownerReferences).toMatchObject([
    { kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true },
  ]);
  kubelet();
  run(100);
  expect(ask('GET', `${SETS}/web`).status).toEqual({
    replicas: 5,
    fullyLabeledReplicas: 5,
    readyReplicas: 5,
    availableReplicas: 5,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  ask('PATCH', `${SETS}/web`, { spec: { replicas: 2 } }, { 'content-type': 'application/merge-patch+json' });
  run(100);
  expect(ask('GET', `${SETS}/web`).status).toMatchObject({ replicas: 2, observedGeneration: 2 });
  kubelet();
  run(100);
  expect(list(PODS)).toHaveLength(2);
  expect(ask('GET', `${SETS}/web`).status).toMatchObject({ replicas: 2, readyReplicas: 2, terminatingReplicas: 0, observedGeneration: 2 });
  expect(events().filter((one) => one.startsWith('SuccessfulCreate'))).toHaveLength(5);
  expect(events().filter((one) => one.startsWith('SuccessfulDelete'))).toHaveLength(3);
});

test('a pod whose labels stop matching is released and replaced; an orphan that matches is adopted', () => {
  const { ask, run, list } = started();
  ask('POST', SETS, set(2));
  run(100);
  const [first] = list(PODS);
  ask(
    'PATCH',
    `${PODS}/${first!.metadata.name}`,
    { metadata: { labels: { app: 'other' } } },
    { 'content-type': 'application/merge-patch+json' },
  );
  run(100);
  expect(list(PODS)).toHaveLength(3);
  expect(ask('GET', `${PODS}/${first!.metadata.name}`).metadata.ownerReferences).toBeUndefined();
  ask('POST', PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bare', labels: { app: 'web' } },
    spec: { containers: [container] },
  });
  run(100);
  // The surplus goes at once: none runs yet, the younger by age goes first or the one with the smaller uid.
  expect(list(PODS).filter((pod) => pod.metadata.labels?.['app'] === 'web' && pod.metadata.deletionTimestamp === undefined)).toHaveLength(
    2,
  );
});

test('creation slows to one pod at a time when it fails, and says so', () => {
  const { ask, run, events } = started();
  ask(
    'POST',
    SETS,
    set(8, { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container], serviceAccountName: 'nobody' } } }),
  );
  run(4);
  run(50);
  const { status } = ask('GET', `${SETS}/web`);
  const text = 'pods "web-" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found';
  expect(status.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: text }]);
  expect(events()[0]).toMatch(`FailedCreate: Error creating: ${text}`);
});

test('minReadySeconds: ready pods become available later', () => {
  const { ask, run, kubelet } = started();
  ask('POST', SETS, set(2, { minReadySeconds: 10 }));
  run(100);
  kubelet();
  run(100);
  expect(ask('GET', `${SETS}/web`).status).toMatchObject({ readyReplicas: 2 });
  expect(ask('GET', `${SETS}/web`).status.availableReplicas).toBeUndefined();
  run(11_000);
  expect(ask('GET', `${SETS}/web`).status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
});

interface Case {
  readonly name: string;
  readonly first: Sketch;
  readonly second: Sketch;
}
interface Sketch {
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: string;
  readonly cost?: string;
  readonly neighbours?: number;
  readonly restarts?: number;
  readonly created?: string;
}

const T = (second: number) => new Date(second * 1000).toISOString();
const running = { node: 'n', phase: 'Running', ready: T(0), created: T(0) };
const cases: Case[] = [
  { name: 'unassigned before assigned', first: {}, second: running },
  { name: 'pending before running', first: { node: 'n', phase: 'Pending' }, second: running },
  { name: 'unknown before running', first: { node: 'n', phase: 'Unknown' }, second: running },
  { name: 'not ready before ready', first: { ...running, ready: undefined }, second: running },
  { name: 'cheap before dear', first: { ...running, cost: '-5' }, second: running },
  { name: 'a bad cost is none', first: { ...running, cost: '-5' }, second: { ...running, cost: '03' } },
  { name: 'crowded node before empty node', first: { ...running, neighbours: 2 }, second: { ...running, neighbours: 1 } },
  { name: 'ready for less time before longer', first: { ...running, ready: T(90) }, second: running },
  { name: 'more restarts before fewer', first: { ...running, restarts: 3 }, second: running },
  { name: 'younger before older', first: { ...running, created: T(90) }, second: running },
];

function sketched({ node, phase, ready, cost, restarts = 0, created = T(0) }: Sketch, uid: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: uid,
      uid,
      resourceVersion: '1',
      creationTimestamp: created,
      annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
    },
    spec: { containers: [], nodeName: node },
    status: {
      phase: phase as never,
      conditions: ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ready }],
      containerStatuses: [{ restartCount: restarts } as never],
    },
  };
}

test.each(cases)('deletion ranking: $name', ({ first, second }) => {
  const one = { pod: sketched(first, 'z'), neighbours: first.neighbours ?? 0 };
  const other = { pod: sketched(second, 'a'), neighbours: second.neighbours ?? 0 };
  const names = (order: readonly Pod[]) => order.map((pod) => pod.metadata.name);
  expect(names(inOrderOfDeletion([one, other], 100_000))).toEqual(['z', 'a']);
  expect(names(inOrderOfDeletion([other, one], 100_000))).toEqual(['z', 'a']);
});
