import { expect, test } from 'vitest';
import { replicaSetController } from '../replicaset/replicaset.ts';
import { testCluster } from '../test-cluster.ts';
import { deploymentController } from './deployment.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const SETS = '/apis/apps/v1/namespaces/default/replicasets';
const MERGE = { 'content-type': 'application/merge-patch+json' };

function deployment(replicas: number, image = 'nginx:1', spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations: { note: 'kept' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
      ...spec,
    },
  };
}

function started() {
  const cluster = testCluster([deploymentController, replicaSetController]);
  cluster.manager.start();
  cluster.run(20);
  const { ask, kubelet, run } = cluster;
  const set = (image: string) =>
    ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } }, MERGE);
  /** Runs with a kubelet that starts pods of images it can run. */
  const live = (rounds: number, canRun = (image: string) => image !== 'bad') => {
    for (let i = 0; i < rounds; i++) {
      kubelet((pod) => canRun(pod['spec'].containers[0].image));
      run(100);
    }
  };
  const sizes = () =>
    Object.fromEntries(cluster.list(SETS).map((one) => [one['spec'].template.spec.containers[0].image, one['spec'].replicas]));
  const scaling = () =>
    cluster
      .events()
      .filter((one) => one.startsWith('ScalingReplicaSet'))
      .map((one) => one.replace(/^.*Scaled (up|down) replica set \S+ /, '$1 '));
  const status = () => ask('GET', `${DEPLOYMENTS}/web`).status;
  return { ...cluster, set, live, sizes, scaling, status };
}

const conditions = (status: any) => status.conditions.map((one: any) => `${one.type}=${one.status} ${one.reason}: ${one.message}`);

test('a new Deployment makes its ReplicaSet, revision 1, and becomes available', () => {
  const { ask, live, list, status } = started();
  ask('POST', DEPLOYMENTS, deployment(3));
  live(6);
  const [set] = list(SETS);
  const hash = set!.metadata.labels!['pod-template-hash']!;
  expect(set!.metadata.name).toBe(`web-${hash}`);
  expect(hash).toMatch(/^[456789bcdf]{8,10}$/);
  expect(set!['spec'].selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
  expect(set!.metadata.annotations).toEqual({
    note: 'kept',
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
    'deployment.kubernetes.io/revision': '1',
  });
  expect(ask('GET', `${DEPLOYMENTS}/web`).metadata.annotations).toEqual({ note: 'kept', 'deployment.kubernetes.io/revision': '1' });
  const { conditions: _conditions, ...counts } = status();
  expect(counts).toEqual({
    observedGeneration: 2,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  expect(conditions(status())).toEqual([
    'Available=True MinimumReplicasAvailable: Deployment has minimum availability.',
    `Progressing=True NewReplicaSetAvailable: ReplicaSet "web-${hash}" has successfully progressed.`,
  ]);
});

interface Rollout {
  readonly name: string;
  readonly replicas: number;
  readonly rollingUpdate?: object;
  readonly steps: readonly string[];
}

const rollouts: Rollout[] = [
  {
    name: 'three, 25 %/25 %',
    replicas: 3,
    steps: ['up from 0 to 1', 'down from 3 to 2', 'up from 1 to 2', 'down from 2 to 1', 'up from 2 to 3', 'down from 1 to 0'],
  },
  {
    name: 'surge 0, unavailable 1',
    replicas: 2,
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    steps: ['up from 0 to 0', 'down from 2 to 1', 'up from 0 to 1', 'down from 1 to 0', 'up from 1 to 2'].slice(1),
  },
  {
    name: 'surge 100 %, unavailable 0',
    replicas: 3,
    rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 },
    steps: ['up from 0 to 3', 'down from 3 to 0'],
  },
  {
    name: 'ten, 25 %/25 %: begins with 3 up, 2 down, 2 up',
    replicas: 10,
    steps: ['up from 0 to 3', 'down from 10 to 8', 'up from 3 to 5'],
  },
];

test.each(rollouts)('rolling update: $name', ({ replicas, rollingUpdate, steps }) => {
  const { ask, live, set, scaling, sizes } = started();
  ask('POST', DEPLOYMENTS, deployment(replicas, 'nginx:1', rollingUpdate === undefined ? {} : { strategy: { rollingUpdate } }));
  live(8);
  const before = scaling().length;
  set('nginx:2');
  live(40);
  expect(sizes()).toEqual({ 'nginx:1': 0, 'nginx:2': replicas });
  expect(scaling().slice(before).slice(0, steps.length)).toEqual(steps);
  if (replicas < 10) expect(scaling()).toHaveLength(before + steps.length);
});

test('scaling in the middle of a stuck rollout is proportional', () => {
  const { ask, live, set, sizes } = started();
  ask('POST', DEPLOYMENTS, deployment(10, 'nginx:1', { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  live(8);
  set('bad');
  live(10);
  expect(sizes()).toEqual({ 'nginx:1': 8, bad: 5 });
  ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 15 } }, MERGE);
  live(10);
  expect(sizes()).toEqual({ 'nginx:1': 11, bad: 7 });
  ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 5 } }, MERGE);
  live(1);
  live(10);
  expect(sizes()).toEqual({ 'nginx:1': 3, bad: 5 });
});

test('Recreate: the new pods begin when the last old one is gone', () => {
  const { ask, run, live, set, sizes, list } = started();
  ask('POST', DEPLOYMENTS, deployment(2, 'nginx:1', { strategy: { type: 'Recreate' } }));
  live(6);
  set('nginx:2');
  run(500);
  expect(sizes()).toEqual({ 'nginx:1': 0 });
  expect(list('/api/v1/pods').every((pod) => pod.metadata.deletionTimestamp !== undefined)).toBe(true);
  live(8);
  expect(sizes()).toEqual({ 'nginx:1': 0, 'nginx:2': 2 });
});

test('a rollout that does not move runs into its deadline; going back gives the old ReplicaSet the next revision', () => {
  const { ask, run, live, set, status, list } = started();
  ask('POST', DEPLOYMENTS, deployment(2, 'nginx:1', { progressDeadlineSeconds: 30 }));
  live(6);
  set('bad');
  live(5);
  const bad = list(SETS).find((one) => one['spec'].template.spec.containers[0].image === 'bad')!.metadata.name;
  expect(conditions(status())).toContain(`Progressing=True ReplicaSetUpdated: ReplicaSet "${bad}" is progressing.`);
  run(32_000);
  expect(conditions(status())).toEqual([
    'Available=True MinimumReplicasAvailable: Deployment has minimum availability.',
    `Progressing=False ProgressDeadlineExceeded: ReplicaSet "${bad}" has timed out progressing.`,
  ]);
  set('nginx:1');
  live(8);
  const good = list(SETS).find((one) => one.metadata.name !== bad)!;
  expect(good.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect(ask('GET', `${DEPLOYMENTS}/web`).metadata.annotations['deployment.kubernetes.io/revision']).toBe('3');
  expect(conditions(status())[1]).toBe(
    `Progressing=True NewReplicaSetAvailable: ReplicaSet "${good.metadata.name}" has successfully progressed.`,
  );
});

test('paused: scaling works, a new template waits, resuming rolls it out once', () => {
  const { ask, live, set, sizes, status } = started();
  ask('POST', DEPLOYMENTS, deployment(2));
  live(6);
  ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { paused: true } }, MERGE);
  set('nginx:2');
  ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 4 } }, MERGE);
  live(5);
  expect(sizes()).toEqual({ 'nginx:1': 4 });
  expect(conditions(status())).toContain('Progressing=Unknown DeploymentPaused: Deployment is paused');
  ask('PATCH', `${DEPLOYMENTS}/web`, { spec: { paused: false } }, MERGE);
  live(20);
  expect(sizes()).toEqual({ 'nginx:1': 0, 'nginx:2': 4 });
});

test('revisions beyond the limit are forgotten, oldest first', () => {
  const { ask, live, set, list } = started();
  ask('POST', DEPLOYMENTS, deployment(1, 'v1', { revisionHistoryLimit: 1 }));
  live(6);
  for (const image of ['v2', 'v3', 'v4']) {
    set(image);
    live(12);
  }
  expect(
    list(SETS)
      .map((one) => one['spec'].template.spec.containers[0].image)
      .sort(),
  ).toEqual(['v3', 'v4']);
});
