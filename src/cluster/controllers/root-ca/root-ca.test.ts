import { expect, test } from 'vitest';
import { testCluster } from '../test-cluster.ts';
import { rootCaController } from './root-ca.ts';

const PATH = '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

test('every namespace has the root certificate, and its text is put back when somebody changes or deletes it', () => {
  const { ask, run, manager } = testCluster([rootCaController]);
  manager.start();
  run(20);
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  run(10);
  const made = ask('GET', PATH);
  expect(made.metadata.annotations).toEqual({ 'kubernetes.io/description': DESCRIPTION });
  expect(Object.keys(made.data)).toEqual(['ca.crt']);
  expect(made.data['ca.crt']).toMatch(/^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE-----\n$/);
  ask('PATCH', PATH, { data: { 'ca.crt': 'mine' } }, { 'content-type': 'application/merge-patch+json' });
  run(10);
  expect(ask('GET', PATH).data).toEqual(made.data);
  ask('DELETE', PATH);
  run(10);
  expect(ask('GET', PATH).data).toEqual(made.data);
  expect(ask('GET', PATH).metadata.uid).not.toBe(made.metadata.uid);
});
