import { expect, test } from 'vitest';
import { endpointsController } from '../endpoints/endpoints.ts';
import { endpointSliceMirroringController } from '../endpointslicemirroring/endpointslicemirroring.ts';
import { testCluster } from '../test-cluster.ts';
import { endpointSliceController } from './endpointslice.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const PODS = '/api/v1/namespaces/default/pods';

const service = (spec: object = {}, labels?: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec },
});

function started() {
  const cluster = testCluster([endpointSliceController, endpointsController, endpointSliceMirroringController]);
  cluster.manager.start();
  cluster.run(20);
  const endpoints = () =>
    cluster.list(SLICES).map((slice) => ({
      ports: slice['ports'],
      endpoints: (slice['endpoints'] ?? []).map(
        (one: any) =>
          `${one.targetRef.name} ${Object.entries(one.conditions)
            .filter(([, on]) => on)
            .map(([name]) => name)}`,
      ),
    }));
  return { ...cluster, endpoints };
}

test('a Service without pods gets one empty slice, which its pods then fill; a terminating pod stays, not ready', () => {
  const { ask, run, kubelet, list, endpoints } = started();
  ask('POST', SERVICES, service({}, { team: 'a' }));
  run(100);
  const [slice] = list(SLICES);
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    metadata: { generateName: 'web-', ownerReferences: [{ kind: 'Service', name: 'web', controller: true }] },
  });
  expect(slice!.metadata.labels).toEqual({
    team: 'a',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  expect(endpoints()).toMatchObject([{ endpoints: [] }]);
  ask('POST', PODS, pod('a'));
  ask('POST', PODS, pod('b'));
  run(100);
  kubelet();
  run(100);
  expect(endpoints()).toEqual([{ ports: [{ name: '', port: 8080, protocol: 'TCP' }], endpoints: ['a ready,serving', 'b ready,serving'] }]);
  expect(list(SLICES)[0]!.metadata.name).toBe(slice!.metadata.name);
  ask('DELETE', `${PODS}/a`);
  run(100);
  expect(endpoints()[0]!.endpoints).toEqual(['a serving,terminating', 'b ready,serving']);
  kubelet();
  run(100);
  expect(endpoints()[0]!.endpoints).toEqual(['b ready,serving']);
});

test('the slice of a new Service is seen 27 ms after the request, a pod that became ready 6 ms after its status', () => {
  const { ask, run, sim, kubelet, endpoints, list } = started();
  ask('POST', PODS, pod('a'));
  run(50);
  kubelet();
  run(50);
  ask('POST', SERVICES, service());
  // The test asks the server directly: one road less on the way in and out.
  let waited = 0;
  while (list(SLICES).length === 0) {
    sim.runUntil(sim.now + 1);
    waited++;
  }
  expect(waited + 3 + 3).toBe(27);
  expect(endpoints()[0]!.endpoints).toEqual(['a ready,serving']);
});

test('at most a hundred endpoints stand in one slice', () => {
  const { ask, run, kubelet, endpoints } = started();
  ask('POST', SERVICES, service());
  for (let i = 0; i < 150; i++) ask('POST', PODS, pod(`p${i}`));
  run(50);
  kubelet();
  run(200);
  expect(
    endpoints()
      .map((slice) => slice.endpoints.length)
      .sort(),
  ).toEqual([100, 50]);
});

test('a named port is looked up in every pod; pods that differ stand in slices of their own', () => {
  const { ask, run, kubelet, endpoints } = started();
  ask('POST', SERVICES, service({ ports: [{ port: 80, targetPort: 'http' }] }));
  ask('POST', PODS, pod('a'));
  ask('POST', PODS, pod('b', { containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'http', containerPort: 9090 }] }] }));
  run(50);
  kubelet();
  run(100);
  expect(endpoints().map((slice) => [slice.ports[0].port, ...slice.endpoints])).toEqual(
    expect.arrayContaining([
      [8080, 'a ready,serving'],
      [9090, 'b ready,serving'],
    ]),
  );
});

test('Endpoints tell ready and unready addresses apart', () => {
  const { ask, run, kubelet } = started();
  ask('POST', SERVICES, service({ clusterIP: 'None' }));
  ask('POST', PODS, pod('a'));
  ask('POST', PODS, pod('b'));
  run(50);
  kubelet();
  run(100);
  const b = ask('GET', `${PODS}/b`);
  const conditions = b.status.conditions.map((one: any) => (one.type === 'Ready' ? { ...one, status: 'False' } : one));
  ask('PUT', `${PODS}/b/status`, { ...b, status: { ...b.status, conditions } });
  run(100);
  const endpoints = ask('GET', '/api/v1/namespaces/default/endpoints/web');
  expect(endpoints.metadata.labels).toEqual({
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    'service.kubernetes.io/headless': '',
  });
  expect(endpoints.subsets).toMatchObject([
    {
      addresses: [{ targetRef: { name: 'a' } }],
      notReadyAddresses: [{ targetRef: { name: 'b' } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
  ask('DELETE', `${SERVICES}/web`);
  run(100);
  expect(() => ask('GET', '/api/v1/namespaces/default/endpoints/web')).toThrow('endpoints "web" not found');
});

test('Endpoints written by hand are mirrored to a slice', () => {
  const { ask, run, list } = started();
  ask('POST', SERVICES, service({ selector: undefined }));
  const subsets = [{ addresses: [{ ip: '1.2.3.4' }], ports: [{ port: 5432 }] }];
  ask('POST', '/api/v1/namespaces/default/endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web' }, subsets });
  run(100);
  expect(list(SLICES)).toMatchObject([
    {
      metadata: {
        labels: {
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          'kubernetes.io/service-name': 'web',
        },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['1.2.3.4'], conditions: { ready: true } }],
      ports: [{ name: '', port: 5432, protocol: 'TCP' }],
    },
  ]);
});
