import { expect, test } from 'vitest';
import { testCluster } from '../test-cluster.ts';
import { stayMs, taintEvictionController } from './tainteviction.ts';

const SMP = { 'content-type': 'application/strategic-merge-patch+json' };
const POD = '/api/v1/namespaces/default/pods/web';
const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };

function world(tolerations: readonly object[] = []) {
  const cluster = testCluster([taintEvictionController]);
  const { ask } = cluster;
  ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  ask('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx' }], tolerations },
  });
  cluster.kubelet();
  cluster.manager.start();
  cluster.run(50);
  const taint = (...taints: object[]): void => {
    ask('PATCH', '/api/v1/nodes/n1', { spec: { taints } }, SMP);
  };
  const marked = (): boolean => ask('GET', POD).metadata.deletionTimestamp !== undefined;
  return { ...cluster, taint, marked };
}

test('a pod leaves an unreachable node after the five minutes every pod tolerates', () => {
  const { taint, run, marked, events, ask } = world();
  taint(unreachable);
  run(299_000);
  expect(marked()).toBe(false);
  expect(events()).toEqual([]);
  run(1100);
  expect(marked()).toBe(true);
  expect(events()).toEqual(['TaintManagerEviction: Marking for deletion Pod default/web']);
  expect(ask('GET', POD).status.conditions.find((one: any) => one.type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  });
  expect(ask('GET', '/api/v1/events').items[0]).toMatchObject({
    type: 'Normal',
    source: { component: 'taint-eviction-controller' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', apiVersion: 'v1' },
  });
});

test('a taint that goes away in time cancels the deletion, and the clock starts anew with the next', () => {
  const { taint, run, marked, events } = world();
  taint(unreachable);
  run(200_000);
  taint();
  run(200_000);
  expect(marked()).toBe(false);
  expect(events()).toEqual(['TaintManagerEviction: Cancelling deletion of Pod default/web']);
  taint(unreachable);
  run(250_000);
  expect(marked()).toBe(false);
  run(51_000);
  expect(marked()).toBe(true);
});

test('a taint nobody tolerates takes the pod at once, also while another one is waited for', () => {
  const { taint, run, marked, events } = world();
  taint(unreachable);
  run(10_000);
  taint(unreachable, { key: 'dedicated', value: 'gpu', effect: 'NoExecute' });
  run(100);
  expect(marked()).toBe(true);
  expect(events().sort()).toEqual([
    'TaintManagerEviction: Cancelling deletion of Pod default/web',
    'TaintManagerEviction: Marking for deletion Pod default/web',
  ]);
});

test('a pod that is deleted while it waits is cancelled; one that tolerates for ever stays', () => {
  const waiting = world();
  waiting.taint(unreachable);
  waiting.run(1000);
  waiting.ask('DELETE', POD, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  waiting.run(1000);
  expect(waiting.events()).toEqual(['TaintManagerEviction: Cancelling deletion of Pod default/web']);
  const patient = world([{ operator: 'Exists' }]);
  patient.taint(unreachable, { key: 'dedicated', value: 'gpu', effect: 'NoExecute' });
  patient.run(1_000_000);
  expect(patient.marked()).toBe(false);
  expect(patient.events()).toEqual([]);
});

test('how long a pod stays is the shortest of the tolerations it needs', () => {
  const taints = [
    { key: 'a', value: 'x', effect: 'NoExecute' },
    { key: 'b', effect: 'NoExecute' },
  ] as const;
  const a = (tolerationSeconds?: number) => ({ key: 'a', value: 'x', tolerationSeconds });
  expect(stayMs(taints, [a(10)])).toBe(0);
  expect(stayMs(taints, [a(10), { key: 'b', operator: 'Exists', tolerationSeconds: 5 }])).toBe(5000);
  expect(stayMs(taints, [a(10), { key: 'b', operator: 'Exists' }])).toBe(10_000);
  expect(stayMs(taints, [a(), { key: 'b', operator: 'Exists' }])).toBe(Number.POSITIVE_INFINITY);
  expect(stayMs(taints, [a(-3), { key: 'b', operator: 'Exists' }])).toBe(0);
  expect(stayMs(taints, [{ key: 'a', value: 'y' }, { key: 'b' }])).toBe(0);
});
