import { expect, test } from 'vitest';
import { controllers } from '../controllers.ts';
import { testCluster } from '../test-cluster.ts';

const container = { name: 'c', image: 'nginx' };

function started() {
  const cluster = testCluster(controllers);
  cluster.manager.start();
  cluster.run(50);
  const { ask, run } = cluster;
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  run(100);
  return cluster;
}

const configMap = (name: string, metadata: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } });
const conditions = (namespace: any) =>
  namespace.status.conditions
    .filter((one: any) => /Remaining$/.test(one.type))
    .map((one: any) => `${one.lastTransitionTime.slice(14, 19)} ${one.status} ${one.message}`);

test('a new namespace gets its ServiceAccount and the root certificate', () => {
  const { list } = started();
  expect(list('/api/v1/namespaces/shop/serviceaccounts').map((one) => one.metadata.name)).toEqual(['default']);
  expect(list('/api/v1/namespaces/shop/configmaps').map((one) => one.metadata.name)).toEqual(['kube-root-ca.crt']);
});

test('an empty namespace is gone five seconds after its deletion', () => {
  const { ask, run, list } = started();
  ask('DELETE', '/api/v1/namespaces/shop');
  run(4900);
  expect(ask('GET', '/api/v1/namespaces/shop').status).toEqual({ phase: 'Terminating' });
  run(200);
  expect(() => ask('GET', '/api/v1/namespaces/shop')).toThrow('namespaces "shop" not found');
  expect(list('/api/v1/configmaps').filter((one) => one.metadata.namespace === 'shop')).toEqual([]);
});

test('pods go first, a foreign finalizer holds the namespace and is named in its conditions', () => {
  const { ask, run, kubelet } = started();
  ask('POST', '/api/v1/namespaces/shop/configmaps', configMap('held', { finalizers: ['example.com/hold'] }));
  ask('POST', '/api/v1/namespaces/shop/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [container] },
  });
  run(100);
  kubelet();
  ask('DELETE', '/api/v1/namespaces/shop');
  run(5100);
  expect(conditions(ask('GET', '/api/v1/namespaces/shop'))).toEqual([
    '00:05 False All content successfully removed',
    '00:05 False All content-preserving finalizers finished',
  ]);
  expect(ask('GET', '/api/v1/namespaces/shop/configmaps/held').metadata.deletionTimestamp).toBeUndefined();
  kubelet();
  run(5100);
  expect(conditions(ask('GET', '/api/v1/namespaces/shop'))).toEqual([
    '00:10 True Some resources are remaining: configmaps. has 1 resource instances',
    '00:10 True Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  ]);
  ask(
    'PATCH',
    '/api/v1/namespaces/shop/configmaps/held',
    { metadata: { finalizers: null } },
    { 'content-type': 'application/merge-patch+json' },
  );
  run(8100);
  expect(() => ask('GET', '/api/v1/namespaces/shop')).toThrow('namespaces "shop" not found');
});

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
  },
};

test.each([
  ['Background', []],
  ['Foreground', []],
  ['Orphan', ['ReplicaSet']],
])('deleting a Deployment, %s', (propagationPolicy, left) => {
  const { ask, run, list, kubelet } = started();
  ask('POST', DEPLOYMENTS, deployment);
  run(200);
  kubelet();
  run(100);
  ask('DELETE', `${DEPLOYMENTS}/web`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy });
  run(5);
  if (propagationPolicy === 'Foreground') expect(ask('GET', `${DEPLOYMENTS}/web`).metadata.finalizers).toEqual(['foregroundDeletion']);
  run(200);
  kubelet();
  run(500);
  expect(list(DEPLOYMENTS)).toEqual([]);
  const sets = list('/apis/apps/v1/namespaces/shop/replicasets');
  expect(sets.map((one) => one.kind)).toEqual(left);
  expect(sets.every((one) => one.metadata.ownerReferences === undefined)).toBe(true);
  expect(list('/api/v1/namespaces/shop/pods')).toHaveLength(left.length * 2);
});

test('a dependent of an owner that never was is deleted, one with another living owner loses the reference', () => {
  const { ask, run, list } = started();
  const maps = '/api/v1/namespaces/shop/configmaps';
  const parent = ask('POST', maps, configMap('parent'));
  const dead = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' };
  const alive = { apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid: parent.metadata.uid };
  ask('POST', maps, configMap('dangling', { ownerReferences: [dead] }));
  ask('POST', maps, configMap('both', { ownerReferences: [dead, alive] }));
  ask('POST', maps, configMap('child', { ownerReferences: [alive] }));
  run(100);
  expect(list(maps).map((one) => one.metadata.name)).toEqual(['both', 'child', 'kube-root-ca.crt', 'parent']);
  expect(ask('GET', `${maps}/both`).metadata.ownerReferences).toEqual([alive]);
  ask('DELETE', `${maps}/parent`);
  run(100);
  expect(list(maps).map((one) => one.metadata.name)).toEqual(['kube-root-ca.crt']);
});
