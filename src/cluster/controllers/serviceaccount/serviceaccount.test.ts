import { expect, test } from 'vitest';
import { testCluster } from '../test-cluster.ts';
import { serviceAccountController } from './serviceaccount.ts';

test('every active namespace has the account default a few milliseconds after it was made, and again when it is deleted', () => {
  const { ask, run, list, manager } = testCluster([serviceAccountController]);
  manager.start();
  run(20);
  const names = (namespace: string) => list(`/api/v1/namespaces/${namespace}/serviceaccounts`).map((one) => one.metadata.name);
  expect(names('kube-system')).toEqual(['default']);
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  expect(names('shop')).toEqual([]);
  run(10);
  expect(names('shop')).toEqual(['default']);
  const first = ask('GET', '/api/v1/namespaces/shop/serviceaccounts/default').metadata.uid;
  ask('DELETE', '/api/v1/namespaces/shop/serviceaccounts/default');
  run(10);
  expect(names('shop')).toEqual(['default']);
  expect(ask('GET', '/api/v1/namespaces/shop/serviceaccounts/default').metadata.uid).not.toBe(first);
});

test('a namespace that is ending gets no new account', () => {
  const { ask, run, list, manager } = testCluster([serviceAccountController]);
  manager.start();
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  run(50);
  ask('DELETE', '/api/v1/namespaces/shop');
  run(10);
  ask('DELETE', '/api/v1/namespaces/shop/serviceaccounts/default');
  run(1000);
  expect(list('/api/v1/namespaces/shop/serviceaccounts')).toEqual([]);
});
