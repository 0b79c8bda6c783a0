import { expect, test } from 'vitest';
import { forkFrom, saveKeyframe } from '../../sim/keyframe.ts';
import { createSim, type Sim } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import { byController, byLabel, byNamespace } from './cache.ts';
import { createClient, type Reply } from './client.ts';
import { InformerFactory } from './informer.ts';
import { createRecorder, createSeriesRecorder } from './recorder.ts';
import { TestServer } from './test-server.ts';
import { Workqueue } from './workqueue.ts';

const pod = (name: string, labels: Record<string, string> = {}) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels } }) as unknown as AnyObject;

function compose(sim: Sim, server = new TestServer(sim)) {
  const client = createClient({ sim, transport: server.handle, userAgent: 'test', latencyMs: 3 });
  const log: string[] = [];
  const answered = sim.handler<any>('test/answered', (reply: Reply<string>) =>
    log.push(`${sim.now} ${reply.context} ${reply.response.status}`),
  );
  const factory = new InformerFactory(client);
  const pods = factory.informer({ path: '/api/v1/pods' });
  pods.index(byNamespace);
  pods.index(byController);
  pods.index(byLabel);
  pods.handle({
    added: (object, initial) => log.push(`${sim.now} added ${object.metadata.name}${initial ? ' initially' : ''}`),
    updated: (object, old) =>
      log.push(`${sim.now} ${old.metadata.resourceVersion}→${object.metadata.resourceVersion} ${object.metadata.name}`),
    deleted: (object) => log.push(`${sim.now} deleted ${object.metadata.name}`),
    synced: () => log.push(`${sim.now} synced`),
  });
  const create = (name: string, labels?: Record<string, string>) =>
    client.send({ method: 'POST', path: '/api/v1/namespaces/default/pods', body: pod(name, labels) }, answered, name);
  return { sim, server, client, log, factory, pods, create };
}

test('a request is handled after one way and answered after two; the informer lists, then watches', () => {
  const { sim, log, factory, create, client, pods } = compose(createSim());
  create('before');
  sim.runUntil(10);
  factory.start();
  sim.runUntil(30);
  create('after', { app: 'web' });
  sim.runUntil(40);
  client.send({ method: 'PATCH', path: '/api/v1/namespaces/default/pods/after', body: { spec: { x: 1 } } });
  client.send({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/before' });
  sim.runUntil(50);
  expect(log).toEqual([
    '6 before 201',
    '16 added before initially',
    '16 synced',
    '36 added after',
    '36 after 201',
    '46 2→3 after',
    '46 deleted before',
  ]);
  expect(pods.by('label', 'default/app=web').map((one) => one.metadata.name)).toEqual(['after']);
  expect(pods.version).toBe(4);
});

test('a watch the server has forgotten lists again and tells only the differences', () => {
  const { sim, server, log, factory, create } = compose(createSim());
  create('one');
  factory.start();
  sim.runUntil(20);
  log.length = 0;
  server.oldest = 99;
  factory.stop();
  factory.start();
  sim.runUntil(40);
  expect(log).toEqual(['26 added one initially', '26 synced']);
});

test('flow control lets a burst through and spaces the rest', () => {
  const sim = createSim();
  const server = new TestServer(sim);
  const client = createClient({ sim, transport: server.handle, userAgent: 'slow', latencyMs: 1, limit: { qps: 10, burst: 2 } });
  const times: number[] = [];
  const answered = sim.handler<any>('answered', () => times.push(sim.now));
  for (let i = 0; i < 5; i++) client.send({ method: 'GET', path: '/api/v1/pods' }, answered, i);
  sim.runUntil(1000);
  expect(times).toEqual([2, 2, 102, 202, 302]);
});

test('the queue keeps each key once, holds it while it is worked on and backs off after failures', () => {
  const sim = createSim();
  const log: string[] = [];
  const queue: Workqueue = new Workqueue({ sim, name: 'q', workers: 1, work: (key) => log.push(`${sim.now} ${key}`) });
  const done = sim.handler<any>('done', (key: string) => queue.done(key));
  queue.start();
  queue.add('a');
  queue.add('a');
  queue.add('b');
  sim.step();
  queue.add('a');
  sim.after(5, done, 'a');
  sim.after(7, done, 'b');
  sim.runUntil(20);
  expect(log).toEqual(['0 a', '5 b', '7 a']);
  queue.done('a');
  log.length = 0;
  for (const wait of [5, 10, 20]) {
    queue.addRateLimited('c');
    sim.runUntil(sim.now + wait);
    queue.done('c');
  }
  queue.forget('c');
  queue.addRateLimited('c');
  sim.runUntil(sim.now + 10);
  expect(log).toEqual(['25 c', '35 c', '55 c', '60 c']);
});

test('a keyframe in the middle goes on exactly like the original', () => {
  const original = compose(createSim());
  original.factory.start();
  original.sim.runUntil(10);
  original.create('a');
  original.sim.runUntil(14);
  const keyframe = saveKeyframe(original.sim);
  // The double is no keeper: the fork shares it, as a fork of a real world has a restored store.
  const fork = forkFrom(keyframe, (sim) => compose(sim, original.server));
  original.log.length = 0;
  fork.sim.runUntil(30);
  expect(fork.world.log).toEqual(['16 added a', '16 a 201']);
});

const subject = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web', uid: 'u1' };

test('repeated events count up, many alike are combined, too many about one object are dropped', () => {
  const { sim, server, client } = compose(createSim());
  const recorder = createRecorder({ client, component: 'tester', host: 'n1' });
  recorder.event(subject, 'Warning', 'BackOff', 'again');
  recorder.event(subject, 'Warning', 'BackOff', 'again');
  for (let i = 0; i < 12; i++) recorder.event(subject, 'Normal', 'Scaled', `to ${i}`);
  for (let i = 0; i < 30; i++) recorder.event(subject, 'Normal', 'Noise', `same`);
  sim.runUntil(10);
  const events = [...server.objects.values()].filter((one) => one.kind === 'Event');
  expect(events.map((one) => `${one['reason']} ${one['message']} x${one['count']}`)).toEqual([
    'BackOff again x2',
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `Scaled to ${i} x1`),
    'Scaled (combined from similar events): to 11 x3',
    'Noise same x11',
  ]);
  expect(events[0]!.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
  expect(events[0]!['source']).toEqual({ component: 'tester', host: 'n1' });
});

test("the scheduler's events: the same about the same version becomes a series", () => {
  const { sim, server, client } = compose(createSim());
  const recorder = createSeriesRecorder({ client, component: 'default-scheduler', instance: 'default-scheduler-minikube' });
  const fail = (resourceVersion: string) =>
    recorder.event({ ...subject, resourceVersion }, undefined, 'Warning', 'FailedScheduling', 'Scheduling', '0/1 nodes');
  for (const version of ['5', '7', '7', '7']) {
    fail(version);
    sim.runUntil(sim.now + 1000);
  }
  const events = [...server.objects.values()];
  expect(events.map((one) => one['series'] ?? null)).toEqual([null, { count: 2, lastObservedTime: '2026-11-24T12:00:02.000000Z' }]);
});
