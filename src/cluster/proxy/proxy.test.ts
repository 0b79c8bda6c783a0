import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forkFrom, saveKeyframe } from '../../sim/keyframe.ts';
import { leavesOf, toMermaid, unreachableLeaves } from '../../sim/shape.ts';
import { createSim, type Sim } from '../../sim/sim.ts';
import { createClient } from '../client/client.ts';
import { TestServer } from '../client/test-server.ts';
import { createPodNetwork } from '../network/pod-network.ts';
import { iptablesMode } from './iptables/iptables.ts';
import { proxierMachine } from './proxier.machine.ts';
import { createProxy, proxierRunner } from './proxy.ts';

function compose(sim: Sim, server = new TestServer(sim)) {
  const answers: [number, unknown][] = [];
  const network = createPodNetwork({ sim, callbacks: { complete: (ticket, result) => answers.push([ticket, result]) } });
  const node = network.addNode({ name: 'minikube', ip: '192.168.49.2', podSubnet: '10.244.0.0/24' });
  const client = createClient({ sim, transport: server.handle, userAgent: 'kube-proxy', latencyMs: 2 });
  const proxy = createProxy({ sim, client, node: 'minikube', network: node, mode: iptablesMode });
  const send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => server.handle({ method, path, body: body as never });
  return { sim, server, network, node, proxy, send, answers };
}

const SERVICES = '/api/v1/namespaces/default/services';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

function service(name: string, i: number, protocol = 'TCP') {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIP: `10.96.1.${i}`, ports: [{ protocol, port: 80, targetPort: 8080 }], sessionAffinity: 'None' },
    status: {},
  };
}

function slice(name: string, ips: readonly string[], protocol = 'TCP') {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol, port: 8080 }],
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true, serving: true, terminating: false }, nodeName: 'minikube' })),
  };
}

type World = ReturnType<typeof compose>;

/** What a packet to the address meets now. */
function fate({ proxy }: World, ip: string): string {
  const verdict = proxy.route(
    {
      id: 1,
      protocol: 'TCP',
      source: '10.244.0.9',
      sourcePort: 1,
      destination: ip,
      destinationPort: 80,
      flag: 'SYN',
      purpose: 'request',
      caption: '',
      payload: null,
    },
    'pod',
    () => 0,
  );
  return verdict.destination?.ip ?? verdict.action;
}

/** Moments of completed syncs. */
function syncs(world: World): number[] {
  return [...world.sim.journal.since(0)].filter(({ type }) => type === 'Synced').map(({ at }) => at);
}

function quiet(): World {
  const world = compose(createSim({ seed: 3 }));
  world.proxy.start();
  world.sim.runUntil(10_000);
  return world;
}

test('a new Service is refused at once and answers after the pacing: its endpoints missed the first sync by 15 ms', () => {
  const world = quiet();
  const seen: string[] = [fate(world, '10.96.1.1')];
  world.send('POST', SERVICES, service('web', 1));
  world.sim.runUntil(10_015);
  world.send('POST', SLICES, slice('web', ['10.244.0.5']));
  const moments: number[] = [];
  while (world.sim.now < 12_000) {
    world.sim.runUntil(world.sim.now + 1);
    const now = fate(world, '10.96.1.1');
    if (now !== seen[seen.length - 1]) {
      seen.push(now);
      moments.push(world.sim.now - 10_000);
    }
  }
  expect(seen).toEqual(['accept', 'reject', '10.244.0.5']);
  // Recorded on an idle cluster: 1314, 1326, 1334 ms (p10, p50, p90) after the request, which takes 12 ms to get here.
  expect(moments).toEqual([38, 1310]);
});

test('after a quiet second a pod that becomes ready is written at once', () => {
  const world = quiet();
  world.send('POST', SERVICES, service('web', 1));
  world.sim.runUntil(20_000);
  world.send('POST', SLICES, slice('web', ['10.244.0.5']));
  world.sim.runUntil(30_000);
  expect(
    syncs(world)
      .map((at) => at - 20_000)
      .filter((at) => at > 0),
  ).toEqual([274]);
});

test('a storm of changes is written once a second and nothing is forgotten', () => {
  const world = quiet();
  for (let i = 1; i <= 40; i++) {
    world.send('POST', SERVICES, service(`s${i}`, i));
    world.send('POST', SLICES, slice(`s${i}`, [`10.244.0.${i}`]));
    world.sim.runUntil(10_000 + i * 100);
  }
  world.sim.runUntil(20_000);
  const during = syncs(world).filter((at) => at > 10_000);
  expect(during.length).toBeLessThanOrEqual(6);
  for (let i = 1; i < during.length; i++) expect(during[i]! - during[i - 1]!).toBeGreaterThanOrEqual(1000);
  expect(Array.from({ length: 40 }, (_, i) => fate(world, `10.96.1.${i + 1}`))).toEqual(
    Array.from({ length: 40 }, (_, i) => `10.244.0.${i + 1}`),
  );
  world.send('DELETE', `${SERVICES}/s7`);
  world.sim.runUntil(30_000);
  expect([fate(world, '10.96.1.7'), fate(world, '10.96.1.8')]).toEqual(['accept', '10.244.0.8']);
});

test('headless and ExternalName Services get no rules', () => {
  const world = quiet();
  world.send('POST', SERVICES, { ...service('none', 1), spec: { ...service('none', 1).spec, clusterIP: 'None' } });
  world.send('POST', SERVICES, {
    ...service('out', 2),
    spec: { type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' },
  });
  world.sim.runUntil(20_000);
  expect(world.proxy.ports.size).toBe(0);
});

test('a stopped proxy leaves its rules in the kernel, and knows what it missed after its restart', () => {
  const world = quiet();
  world.send('POST', SERVICES, service('web', 1));
  world.send('POST', SLICES, slice('web', ['10.244.0.5']));
  world.sim.runUntil(20_000);
  world.proxy.stop();
  world.send('PUT', `${SLICES}/web-1`, slice('web', ['10.244.0.6']));
  world.send('POST', SERVICES, service('late', 2));
  world.sim.runUntil(30_000);
  expect([fate(world, '10.96.1.1'), fate(world, '10.96.1.2')]).toEqual(['10.244.0.5', 'accept']);
  world.proxy.start();
  world.sim.runUntil(40_000);
  expect([fate(world, '10.96.1.1'), fate(world, '10.96.1.2')]).toEqual(['10.244.0.6', 'reject']);
});

test('a UDP flow to an endpoint that is gone is forgotten, others are kept', () => {
  const world = quiet();
  const { node, sim, send } = world;
  const client = node.addPod('default/client').stack;
  const first = node.addPod('default/a');
  const second = node.addPod('default/b');
  send('POST', SERVICES, service('dns', 1, 'UDP'));
  send('POST', SLICES, slice('dns', [first.ip, second.ip], 'UDP'));
  sim.runUntil(20_000);
  const sockets = Array.from({ length: 8 }, () => client.bindUdp(1, 0) as { id: number });
  for (const socket of sockets) client.sendTo(socket.id, { ip: '10.96.1.1', port: 80 }, {});
  const before = node.conntrack.list().filter(({ original }) => original.destination === '10.96.1.1');
  expect(new Set(before.map(({ reply }) => reply.source))).toEqual(new Set([first.ip, second.ip]));
  send('PUT', `${SLICES}/dns-1`, slice('dns', [second.ip], 'UDP'));
  sim.runUntil(22_000);
  const after = node.conntrack.list().filter(({ original }) => original.destination === '10.96.1.1');
  expect(after.map(({ row }) => row)).toEqual(before.filter(({ reply }) => reply.source === second.ip).map(({ row }) => row));
});

test('a keyframe in the middle of a sync continues to the same end', () => {
  const world = quiet();
  world.send('POST', SERVICES, service('web', 1));
  world.sim.runUntil(10_020);
  world.send('POST', SLICES, slice('web', ['10.244.0.5']));
  world.sim.runUntil(10_030);
  const frame = saveKeyframe(world.sim);
  const fork = forkFrom(JSON.parse(JSON.stringify(frame)), (sim) => compose(sim));
  for (const each of [world, fork.world]) each.sim.runUntil(30_000);
  expect([fate(fork.world, '10.96.1.1'), fork.world.proxy.syncs, fork.sim.journal.hash]).toEqual([
    '10.244.0.5',
    world.proxy.syncs,
    world.sim.journal.hash,
  ]);
});

test('the statechart of the sync is what the diagram shows, and every state is reached', () => {
  expect(unreachableLeaves(proxierMachine)).toEqual([]);
  expect(leavesOf(proxierMachine)).toEqual(['WaitingForCaches', 'Syncing', 'Holding', 'Idle', 'Stopped']);
  expect(toMermaid(proxierMachine)).toBe(readFileSync(new URL('proxier.machine.mmd', import.meta.url), 'utf8'));
  const world = quiet();
  expect(proxierRunner(world.sim).stateName(world.proxy.row)).toBe('Idle');
});
