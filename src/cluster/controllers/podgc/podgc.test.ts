import { expect, test } from 'vitest';
import { createSim } from '../../../sim/sim.ts';
import { createApiServer } from '../../apiserver/apiserver.ts';
import { kinds } from '../../kinds/kinds.ts';
import { createControllerManager } from '../controller-manager.ts';
import { testCluster } from '../test-cluster.ts';
import { podGcController } from './podgc.ts';

const PODS = '/api/v1/namespaces/default/pods';
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
});
const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });

test('pods of a node that is gone go after its quarantine, Failed; those of a node that is there stay', () => {
  const { ask, run, list, manager, kubelet } = testCluster([podGcController]);
  for (const name of ['n1', 'n2']) ask('POST', '/api/v1/nodes', node(name));
  ask('POST', PODS, pod('lost', { nodeName: 'n1' }, { finalizers: ['example.com/keep'] }));
  ask('POST', PODS, pod('safe', { nodeName: 'n2' }));
  kubelet();
  manager.start();
  run(30_000);
  ask('DELETE', '/api/v1/nodes/n1');
  run(45_000);
  expect(ask('GET', `${PODS}/lost`).status.phase).toBe('Running');
  run(15_000 + 5000);
  const lost = ask('GET', `${PODS}/lost`);
  expect(lost.status.phase).toBe('Failed');
  expect(lost.metadata.deletionGracePeriodSeconds).toBe(0);
  expect(lost.status.conditions.find((one: any) => one.type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  });
  expect(ask('GET', `${PODS}/safe`).status.phase).toBe('Running');
  ask('PATCH', `${PODS}/lost`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
  run(100);
  expect(list(PODS).map((one) => one.metadata.name)).toEqual(['safe']);
});

test('a terminating pod is forced away from a node that is out of service, and only from there', () => {
  const { ask, run, list, manager, kubelet } = testCluster([podGcController]);
  for (const name of ['n1', 'n2']) {
    ask('POST', '/api/v1/nodes', node(name));
    ask('POST', PODS, pod(`on-${name}`, { nodeName: name }));
  }
  kubelet();
  for (const name of ['n1', 'n2']) ask('DELETE', `${PODS}/on-${name}`);
  manager.start();
  run(30_000);
  expect(list(PODS)).toHaveLength(2);
  const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }];
  ask('PATCH', '/api/v1/nodes/n1', { spec: { taints } }, { 'content-type': 'application/strategic-merge-patch+json' });
  run(20_000);
  expect(list(PODS).map((one) => one.metadata.name)).toEqual(['on-n2']);
});

test('of the pods that have ended the evicted and the oldest above the threshold are removed', () => {
  const sim = createSim({});
  const server = createApiServer({ sim, kinds });
  const ask = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, headers?: Record<string, string>): any => {
    const response = server.handle({ method, path, body: body as never, headers });
    if (response.status >= 300) throw new Error((response.body as any).message);
    return response.body;
  };
  const manager = createControllerManager({
    sim,
    transport: (request) => server.handle(request),
    definitions: [podGcController],
    limit: null,
    terminatedPodThreshold: 3,
  });
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  ask('POST', '/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  ask('POST', '/api/v1/nodes', node('n1'));
  const end = (name: string, status: object): void => {
    sim.runUntil(sim.now + 2000);
    ask('POST', PODS, pod(name, { nodeName: 'n1' }));
    ask('PATCH', `${PODS}/${name}/status`, { status }, { 'content-type': 'application/strategic-merge-patch+json' });
  };
  for (const name of ['a', 'b', 'c', 'd']) end(name, { phase: 'Succeeded' });
  end('evicted', { phase: 'Failed', reason: 'Evicted' });
  end('running', { phase: 'Running' });
  manager.start();
  sim.runUntil(sim.now + 1000);
  expect(ask('GET', PODS).items.map((one: any) => one.metadata.name)).toEqual(['b', 'c', 'd', 'running']);
});
