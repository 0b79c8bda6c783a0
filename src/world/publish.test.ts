import { describe, expect, test } from 'vitest';
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import { containerMachine } from '../cluster/kubelet/container.machine.ts';
import { modelAt } from '../feed/recording.ts';
import type { FeedBatch, FeedRecord, FleetRecord } from '../feed/records.ts';
import { shapeOf } from '../sim/shape.ts';
import { createSim, type SimEngine } from '../sim/sim.ts';
import { Columns } from './columns.ts';
import { Publisher, podsToldSingly, shapeRecord } from './publish.ts';
import { backOffMs, nameParts, nodeRecord, podMark, podRecord } from './summaries.ts';
import { sayObject, whyOf } from './why.ts';

const clock = (now: number) => ({ now, running: true, speed: 1, reached: now });
const epoch = Date.UTC(2026, 10, 24);

function pod(name: string, more: Record<string, any> = {}): any {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-24T00:00:10Z',
      ...more['metadata'],
    },
    spec: {
      nodeName: 'minikube',
      containers: [{ name: 'app', image: 'nginx', resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
      ...more['spec'],
    },
    status: {
      phase: 'Running',
      podIP: '10.244.0.9',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} }, lastState: {} }],
      ...more['status'],
    },
  };
}

const node = (name: string, ready = 'True'): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-11-24T00:00:01Z',
    labels: { 'node-role.kubernetes.io/control-plane': '' },
  },
  spec: { podCIDR: '10.244.0.0/24' },
  status: {
    allocatable: { cpu: '2', memory: '4Gi' },
    addresses: [{ type: 'InternalIP', address: '192.168.49.2' }],
    conditions: [{ type: 'Ready', status: ready }],
  },
});

const added = (object: any) => ({ type: 'ADDED' as const, object });
const waiting = (reason: string, message = '') => ({
  phase: 'Running',
  conditions: [],
  containerStatuses: [
    {
      name: 'app',
      ready: false,
      restartCount: 3,
      state: { waiting: { reason, message } },
      lastState: { terminated: { exitCode: 1, finishedAt: '2026-11-24T00:01:00Z' } },
    },
  ],
});

describe('the summary of a pod', () => {
  test.each([
    ['ready', pod('a'), false],
    ['running', pod('a', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }), false],
    ['creating', pod('a', { status: { phase: 'Pending', containerStatuses: [] } }), false],
    ['pending', pod('a', { spec: { nodeName: undefined }, status: { phase: 'Pending' } }), false],
    ['restarting', pod('a', { status: waiting('CrashLoopBackOff') }), false],
    ['failed', pod('a', { status: { ...waiting('ImagePullBackOff'), phase: 'Pending' } }), false],
    ['failed', pod('a', { status: { phase: 'Failed' } }), false],
    ['succeeded', pod('a', { status: { phase: 'Succeeded' } }), false],
    ['terminating', pod('a', { metadata: { deletionTimestamp: '2026-11-24T00:02:00Z' } }), false],
    ['unreachable', pod('a'), true],
  ] as const)('marks it %s', (mark, object, lost) => {
    expect(podMark(object, lost)).toBe(mark);
  });

  test('knows from when to when a crashed container waits', () => {
    const record = podRecord(
      pod('a', { status: waiting('CrashLoopBackOff', 'back-off 1m20s restarting failed container=app pod=a_default(uid-a)') }),
      false,
      epoch,
    );
    expect(record.containers[0]).toEqual({
      name: 'app',
      image: 'nginx',
      mark: 'restarting',
      state: 'waiting',
      reason: 'CrashLoopBackOff',
      restarts: 3,
      backOff: { from: 60_000, until: 140_000 },
    });
    expect([record.status, record.restarts]).toEqual(['CrashLoopBackOff', 3]);
    expect([backOffMs('back-off 10s restarting failed'), backOffMs('back-off 5m0s restarting failed'), backOffMs('no')]).toEqual([
      10_000,
      300_000,
      undefined,
    ]);
  });

  test.each([
    [
      'frontend-6b46678c94-2vb8l',
      { kind: 'ReplicaSet', name: 'frontend-6b46678c94' },
      { 'pod-template-hash': '6b46678c94' },
      'frontend',
      '2vb8l',
    ],
    ['kube-proxy-x7k2q', { kind: 'DaemonSet', name: 'kube-proxy' }, {}, 'kube-proxy', 'x7k2q'],
    ['etcd-minikube', { kind: 'Node', name: 'minikube' }, {}, 'etcd', ''],
    ['web-0', { kind: 'StatefulSet', name: 'web' }, {}, 'web', '0'],
    ['alone', undefined, {}, 'alone', ''],
  ])('divides the name %s', (name, owner, labels, workload, suffix) => {
    const object = pod(name, { metadata: { labels, ownerReferences: owner && [{ ...owner, apiVersion: '', uid: '', controller: true }] } });
    expect(nameParts(object)).toEqual({ workload, suffix });
  });

  test('of a node fills its tank with what its pods request', () => {
    expect(nodeRecord(node('minikube'), [pod('a'), pod('b'), pod('done', { status: { phase: 'Succeeded' } })], epoch)).toEqual({
      kind: 'node',
      name: 'minikube',
      ip: '192.168.49.2',
      role: 'control plane',
      ready: 'True',
      schedulable: true,
      cpu: 0.1,
      memory: 0.03125,
      podCIDR: '10.244.0.0/24',
      createdAt: 1000,
    });
  });
});

function publisher(): {
  readonly sim: SimEngine;
  readonly publisher: Publisher;
  readonly batches: FeedBatch[];
  take(now?: number): readonly FeedRecord[];
} {
  const sim = createSim({ seed: 7 });
  const its = new Publisher({ sim });
  const batches: FeedBatch[] = [];
  return {
    sim,
    publisher: its,
    batches,
    take(now = 0) {
      const batch = its.batch(clock(now));
      if (batch) batches.push(batch);
      return batch?.records ?? [];
    },
  };
}

describe('the publisher', () => {
  test('tells an object once per batch, as it is then', () => {
    const { publisher: its, take } = publisher();
    its.watched(added(node('minikube')));
    its.watched(added(pod('a', { status: { phase: 'Pending', containerStatuses: [] } })));
    its.watched({ type: 'MODIFIED', object: pod('a') });
    const records = take();
    expect(records.filter((record) => record.kind === 'pod').map((record) => record.kind === 'pod' && record.mark)).toEqual(['ready']);
    expect(records.map((record) => record.kind)).toEqual(['node', 'pod', 'road', 'clock']);
    expect(take()).toEqual([]);
    its.watched({ type: 'DELETED', object: pod('a') });
    expect(take().filter((record) => record.kind === 'gone')).toEqual([{ kind: 'gone', what: 'pod', key: 'default/a' }]);
  });

  test('gives Services their place on the ring in the order they came and tells their endpoints', () => {
    const { publisher: its, batches, take } = publisher();
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '2026-11-24T00:00:01Z' },
      spec: { clusterIP: '10.96.0.5', ports: [{ port: 80, targetPort: 'http' }] },
    });
    its.watched(added(service('web')));
    its.watched(added(service('db')));
    its.watched(
      added({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'db-x',
          namespace: 'default',
          uid: 's',
          resourceVersion: '1',
          creationTimestamp: '',
          labels: { 'kubernetes.io/service-name': 'db' },
        },
        ports: [{ port: 6379 }],
        endpoints: [
          { addresses: ['10.244.0.9'], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'default', name: 'a' } },
        ],
      }),
    );
    take();
    const { services } = modelAt(batches);
    expect([...services.values()].map((each) => [each.name, each.order, each.endpoints.length])).toEqual([
      ['web', 0, 0],
      ['db', 1, 1],
    ]);
    expect(services.get('default/db')!.endpoints).toEqual([{ ip: '10.244.0.9', port: 6379, ready: true, pod: 'default/a' }]);
  });

  test('turns hops of the journal into roads and counts every record in the time bar', () => {
    const { sim, take } = publisher();
    const hop = {
      packet: 1,
      flow: 1,
      from: 'pod:default/a',
      to: 'node:minikube',
      t0: 0,
      t1: 0.2,
      purpose: 'request',
      caption: 'GET /',
      before: { source: 'a', destination: 'b' },
      after: { source: 'a', destination: 'c' },
    };
    sim.journal.record('network', 'Hopped', 'nodes/minikube', hop);
    sim.journal.record('apiserver', 'Requested', 'pods/default/a');
    const records = take();
    expect(records.filter((record) => record.kind === 'road')).toEqual([{ kind: 'road', ...hop }]);
    expect(records.filter((record) => record.kind === 'bars')).toEqual([{ kind: 'bars', widthMs: 1000, first: 0, counts: [2] }]);
  });

  test('tells a large cluster in columns and single pods only of nodes in view', () => {
    const { publisher: its, batches, take } = publisher();
    for (const name of ['n1', 'n2']) its.watched(added(node(name)));
    for (let i = 0; i <= podsToldSingly; i++) its.watched(added(pod(`p${i}`, { spec: { nodeName: i % 2 === 0 ? 'n1' : 'n2' } })));
    const first = take();
    expect(first.filter((record) => record.kind === 'pod')).toEqual([]);
    const fleet = first.find((record) => record.kind === 'fleet') as FleetRecord;
    expect([fleet.nodes, fleet.mark.filter((mark) => mark === 1).length]).toEqual([['n1', 'n2'], podsToldSingly + 1]);
    its.look('node', ['n2']);
    expect(take().filter((record) => record.kind === 'pod').length).toBe(podsToldSingly / 2);
    its.watched({
      type: 'MODIFIED',
      object: pod('p4', { spec: { nodeName: 'n1' }, metadata: { deletionTimestamp: '2026-11-24T00:02:00Z' } }),
    });
    expect(take().find((record) => record.kind === 'fleetChange')).toMatchObject({ mark: Uint8Array.of(9) });
    its.look('fleet', undefined);
    take();
    expect(modelAt(batches).pods.size).toBe(0);
    expect(modelAt(batches).fleet!.mark.filter((mark) => mark === 9).length).toBe(1);
  });

  test('answers a selection with the object, its YAML and its events', () => {
    const { publisher: its, batches, take } = publisher();
    its.watched(added(pod('a')));
    its.watched(
      added({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'a.1', namespace: 'default', uid: 'e', resourceVersion: '1', creationTimestamp: '2026-11-24T00:00:11Z' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'a' },
        type: 'Normal',
        reason: 'Started',
        message: 'Container started',
        lastTimestamp: '2026-11-24T00:00:12Z',
      }),
    );
    its.select('pods/default/a');
    take();
    const inspected = modelAt(batches).inspected!;
    expect(inspected.yaml).toContain('kind: Pod');
    expect(inspected.events.map((event) => [event.reason, event.message, event.count])).toEqual([['Started', 'Container started', 1]]);
  });
});

describe('columns', () => {
  test('keep every pod in a row of its node, whatever comes and goes', () => {
    const columns = new Columns();
    for (const name of ['n1', 'n2', 'n3']) columns.setNode({ name, zone: '', cpu: 0.5, state: 0 });
    const fleet = columns.drain() as FleetRecord;
    for (let i = 0; i < 80; i++) columns.setPod(`p${i}`, `n${1 + (i % 3)}`, 'ready');
    const whole = (columns.drain() ?? fleet) as FleetRecord;
    expect(whole.kind === 'fleet' ? whole.mark.filter((mark) => mark === 1).length : 80).toBe(80);
    for (let i = 0; i < 40; i++) columns.removePod(`p${i}`);
    columns.setPod('late', undefined, 'pending');
    const change = columns.drain()!;
    expect(change.kind).toBe('fleetChange');
    expect(change.unscheduled).toBe(1);
  });
});

describe('why', () => {
  test('walks from the newest change back to whoever asked', () => {
    const { sim } = publisher();
    const asked = sim.journal.record('apiserver', 'Requested', 'deployments/default/web', {
      method: 'POST',
      path: '/apis/apps/v1/namespaces/default/deployments',
      userAgent: 'kubectl/v1.37.2',
    });
    sim.journal.because(asked, () => {
      const reconciled = sim.journal.record('replicaset-controller', 'Reconciled', 'default/web-1', { writes: 1 });
      sim.journal.because(reconciled, () =>
        sim.journal.record('etcd', 'Stored', 'pods/default/web-1-abc', { revision: 12, type: 'ADDED' }),
      );
    });
    const why = whyOf(sim.journal, 'pods/default/web-1-abc');
    expect(why.steps.map((step) => step.title)).toEqual([
      'it was stored',
      'replicaset-controller compared wish and state',
      'kubectl created Deployment web',
    ]);
    expect(sayObject('endpointslices/default/web-x')).toBe('EndpointSlice web-x');
  });

  test('has no steps for what the journal never heard of', () => {
    expect(whyOf(publisher().sim.journal, 'pods/default/nobody').steps).toEqual([]);
  });
});

test('the shape of the real container machine becomes a tree with edges between its states', () => {
  const record = shapeRecord(shapeOf(containerMachine));
  if (record.kind !== 'shape') throw new Error('not a shape');
  expect(record.root.states.map((state) => state.name)).toEqual(['Waiting', 'Running', 'Exited', 'Ended', 'Terminated']);
  expect(record.edges).toContainEqual({
    from: 'Waiting.CrashLoopBackOff',
    to: 'Waiting.ImageCheck',
    event: 'crashLoopSync',
    after: true,
    guard: 'restartBackOffOver',
  });
});

test('what a terminal prints between two batches is one record, in its place among the others', () => {
  const publisher = new Publisher({ sim: createSim({ seed: 1, epoch }) });
  for (const text of ['a', 'b']) publisher.tell({ kind: 'output', terminal: 'main', text });
  publisher.tell({ kind: 'output', terminal: 'two', text: 'c' });
  publisher.tell({ kind: 'output', terminal: 'main', text: 'd' });
  expect(publisher.batch(clock(0))!.records.filter(({ kind }) => kind === 'output')).toEqual([
    { kind: 'output', terminal: 'main', text: 'ab' },
    { kind: 'output', terminal: 'two', text: 'c' },
    { kind: 'output', terminal: 'main', text: 'd' },
  ]);
});
