import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoopback, ipv4, prefix, within } from '../network/address.ts';
import type { Packet } from '../network/packet.ts';
import type { EndpointSlice } from '../kinds/endpointslice/endpointslice.ts';
import type { Service } from '../kinds/service/types.ts';
import { iptablesMode } from './iptables/iptables.ts';
import type { Memory, RouteContext } from './mode.ts';
import { proxyModes } from './modes.ts';
import { type ProxyNode, servicePorts } from './service-port.ts';

const CONFIG = { clusterCIDR: '10.244.0.0/16', nfacct: false };
const PODS = prefix(CONFIG.clusterCIDR)!;

function node(i: number): ProxyNode {
  const ip = `192.168.49.${i + 2}`;
  return {
    name: `node-${i}`,
    ip,
    zone: `zone-${i % 2}`,
    isLocal: (address) => address === ip || address === `10.244.${i}.1` || isLoopback(address),
  };
}

function packet(source: string, destination: string, destinationPort: number, protocol: 'TCP' | 'UDP' = 'TCP'): Packet {
  return {
    id: 1,
    protocol,
    source,
    sourcePort: 40000,
    destination,
    destinationPort,
    flag: 'SYN',
    purpose: 'request',
    caption: '',
    payload: null,
  };
}

function context(
  from: RouteContext['from'],
  random = 0.5,
  now = 0,
  memory: Memory = { recent: new Map(), counters: new Map() },
): RouteContext {
  return { from, random: () => random, now, memory };
}

interface Shape {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  internal: 'Cluster' | 'Local';
  external: 'Cluster' | 'Local';
  externalIP: boolean;
  ranges: boolean;
  affinity: boolean;
  endpoints: { node: number; state: 'ready' | 'not-ready' | 'leaving' | 'gone'; hint: number }[];
}

const shapes = fc.record<Shape>({
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  internal: fc.constantFrom('Cluster', 'Local'),
  external: fc.constantFrom('Cluster', 'Local'),
  externalIP: fc.boolean(),
  ranges: fc.boolean(),
  affinity: fc.boolean(),
  endpoints: fc.array(fc.record({ node: fc.nat(2), state: fc.constantFrom('ready', 'not-ready', 'leaving', 'gone'), hint: fc.nat(2) }), {
    maxLength: 6,
  }),
});

function service(shape: Shape, i: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${i}`, namespace: 'default', uid: `u${i}`, resourceVersion: '1', creationTimestamp: '2026-11-24T12:00:00Z' },
    spec: {
      type: shape.type,
      clusterIP: `10.96.0.${i + 20}`,
      clusterIPs: [`10.96.0.${i + 20}`],
      ports: [{ protocol: 'TCP', port: 80, targetPort: 8080, ...(shape.type === 'ClusterIP' ? {} : { nodePort: 30_000 + i }) }],
      sessionAffinity: shape.affinity ? 'ClientIP' : 'None',
      internalTrafficPolicy: shape.internal,
      externalTrafficPolicy: shape.external,
      ...(shape.externalIP ? { externalIPs: [`203.0.113.${i + 1}`] } : {}),
      ...(shape.ranges ? { loadBalancerSourceRanges: ['192.168.49.1/32'] } : {}),
    },
    status: shape.type === 'LoadBalancer' ? { loadBalancer: { ingress: [{ ip: `198.51.100.${i + 1}` }] } } : {},
  };
}

function slice(shape: Shape, i: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${i}-x`, namespace: 'default', uid: `e${i}`, resourceVersion: '1', creationTimestamp: '2026-11-24T12:00:00Z' },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: shape.endpoints.map((endpoint, n) => ({
      addresses: [address(i, n, endpoint.node)],
      nodeName: `node-${endpoint.node}`,
      conditions: {
        ready: endpoint.state === 'ready',
        serving: endpoint.state === 'ready' || endpoint.state === 'leaving',
        terminating: endpoint.state === 'leaving' || endpoint.state === 'gone',
      },
      ...(endpoint.hint === 2 ? {} : { hints: { forZones: [{ name: `zone-${endpoint.hint}` }] } }),
    })),
  };
}

const address = (i: number, n: number, at: number) => `10.244.${at}.${10 + i * 10 + n}`;

/** Who may get a packet, told without the proxy's own code. */
function eligible(shape: Shape, i: number, here: number, local: boolean): Set<string> {
  const all = shape.endpoints.map((endpoint, n) => ({ ...endpoint, ip: address(i, n, endpoint.node) }));
  const ready = all.filter(({ state }) => state === 'ready');
  const near = (list: typeof all) => list.filter((endpoint) => endpoint.node === here);
  const leaving = all.filter(({ state }) => state === 'leaving');
  if (local) return new Set((near(ready).length > 0 ? near(ready) : near(leaving)).map(({ ip }) => ip));
  const zoned = ready.filter(({ hint }) => hint === here % 2);
  const hinted = ready.length > 0 && ready.every(({ hint }) => hint !== 2) && zoned.length > 0 ? zoned : ready;
  return new Set((ready.length > 0 ? hinted : leaving).map(({ ip }) => ip));
}

describe.each(proxyModes.map((mode) => [mode.name, mode] as const))('%s', (_name, mode) => {
  test('delivers only to eligible endpoints, to every one of them, and says why not otherwise', () => {
    fc.assert(
      fc.property(fc.array(shapes, { minLength: 1, maxLength: 4 }), fc.nat(2), fc.boolean(), (cluster, here, fromPod) => {
        const self = node(here);
        const ports = new Map(
          cluster.flatMap((shape, i) => servicePorts(service(shape, i), [slice(shape, i)], self).map((port) => [port.name, port] as const)),
        );
        const rules = mode.compile(ports, self, CONFIG);
        cluster.forEach((shape, i) => {
          const source = fromPod ? '10.244.9.9' : '192.168.49.1';
          const from = fromPod ? 'pod' : 'outside';
          const doors: { ip: string; port: number; local: boolean; ranges: boolean }[] = [
            { ip: `10.96.0.${i + 20}`, port: 80, local: shape.internal === 'Local', ranges: false },
          ];
          const external = shape.external === 'Local' && !fromPod;
          if (shape.type !== 'ClusterIP') doors.push({ ip: self.ip, port: 30_000 + i, local: external, ranges: false });
          if (shape.externalIP) doors.push({ ip: `203.0.113.${i + 1}`, port: 80, local: external, ranges: false });
          if (shape.type === 'LoadBalancer') doors.push({ ip: `198.51.100.${i + 1}`, port: 80, local: external, ranges: shape.ranges });
          const anyone = shape.endpoints.some(({ state }) => state === 'ready' || state === 'leaving');
          for (const door of doors) {
            const may = eligible(shape, i, here, door.local);
            const seen = new Set<string>();
            for (let n = 0; n < 24; n++) {
              const verdict = mode.route(rules, packet(source, door.ip, door.port), context(from, (n + 0.5) / 24));
              if (!anyone) expect(verdict.action).toBe('reject');
              else if (door.ranges && fromPod) expect(verdict.action).toBe('drop');
              else if (may.size === 0) expect(verdict.action).toBe('drop');
              else {
                expect(verdict.action).toBe('dnat');
                expect(may).toContain(verdict.destination!.ip);
                expect(verdict.destination!.port).toBe(8080);
                seen.add(verdict.destination!.ip);
              }
              expect(verdict.service).toBe(`default/s${i}`);
              expect(verdict.rules.length).toBeGreaterThan(0);
            }
            if (anyone && may.size > 0 && !(door.ranges && fromPod)) expect(seen).toEqual(may);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test('an address or port that no Service has is left alone', () => {
    const rules = mode.compile(new Map(), node(0), CONFIG);
    expect(mode.route(rules, packet('10.244.0.5', '10.244.1.7', 8080), context('pod'))).toEqual({ action: 'accept', rules: [] });
  });
});

const base: Shape = {
  type: 'NodePort',
  internal: 'Cluster',
  external: 'Cluster',
  externalIP: false,
  ranges: false,
  affinity: false,
  endpoints: [
    { node: 0, state: 'ready', hint: 2 },
    { node: 1, state: 'ready', hint: 2 },
  ],
};

function compiled(shape: Shape, here = 0) {
  const ports = servicePorts(service(shape, 0), [slice(shape, 0)], node(here));
  return iptablesMode.compile(new Map(ports.map((port) => [port.name, port])), node(here), CONFIG);
}

test('the deciding rules are the lines that iptables-save prints, from the Service to the DNAT', () => {
  const rules = compiled(base);
  const verdict = iptablesMode.route(rules, packet('10.244.7.7', '10.96.0.20', 80), context('pod', 0.1));
  const printed = iptablesMode.print(rules, 'iptables-save', 'nat')!;
  expect(verdict.rules.map((rule) => printed.includes(rule))).toEqual([true, true, true]);
  expect(verdict.rules.map((rule) => rule.replace(/KUBE-(\w+)-\w{16}/g, 'KUBE-$1'))).toEqual([
    '-A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m comment --comment "default/s0 cluster IP" -m tcp --dport 80 -j KUBE-SVC',
    '-A KUBE-SVC -m comment --comment "default/s0 -> 10.244.0.10:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP',
    '-A KUBE-SEP -p tcp -m comment --comment "default/s0" -m tcp -j DNAT --to-destination 10.244.0.10:8080',
  ]);
});

test.each([
  ['a pod to a cluster IP', '10.244.7.7', '10.96.0.20', 80, 'pod', false],
  ['a node to a cluster IP', '192.168.49.2', '10.96.0.20', 80, 'node', true],
  ['an outsider to a node port', '192.168.49.1', '192.168.49.2', 30_000, 'outside', true],
  ['a pod to a node port', '10.244.7.7', '192.168.49.2', 30_000, 'pod', true],
  ['a node to its node port on localhost', '127.0.0.1', '127.0.0.1', 30_000, 'node', true],
  ['a pod to itself through its Service', '10.244.0.10', '10.96.0.20', 80, 'pod', true],
] as const)('%s: masquerade %#', (_name, source, destination, port, from, masquerade) => {
  const verdict = iptablesMode.route(compiled(base), packet(source, destination, port), context(from, 0.1));
  expect([verdict.destination?.ip, verdict.masquerade]).toEqual(['10.244.0.10', masquerade]);
});

test('affinity keeps a client with its endpoint until it was silent for the timeout', () => {
  const rules = compiled({ ...base, affinity: true });
  const memory: Memory = { recent: new Map(), counters: new Map() };
  const ask = (source: string, random: number, now: number) =>
    iptablesMode.route(rules, packet(source, '10.96.0.20', 80), context('pod', random, now, memory)).destination!.ip;
  const first = ask('10.244.7.7', 0.1, 0);
  expect(ask('10.244.7.7', 0.9, 10_799_000)).toBe(first);
  expect(ask('10.244.7.7', 0.9, 21_598_000)).toBe(first);
  expect(ask('10.244.8.8', 0.9, 21_598_000)).not.toBe(first);
  expect(ask('10.244.7.7', 0.9, 21_598_000 + 10_800_000)).not.toBe(first);
});

test('a Service port that did not change keeps what was compiled', () => {
  const self = node(0);
  const [port] = servicePorts(service(base, 0), [slice(base, 0)], self);
  const [other] = servicePorts(service(base, 1), [slice(base, 1)], self);
  const before = iptablesMode.compile(new Map([[port!.name, port!]]), self, CONFIG);
  const after = iptablesMode.compile(
    new Map([
      [port!.name, port!],
      [other!.name, other!],
    ]),
    self,
    CONFIG,
    before,
  );
  expect(after.ports.get(port!.name)).toBe(before.ports.get(port!.name));
  expect(after.ports.size).toBe(2);
});

test('pods are inside the cluster range and nodes are not', () => {
  expect([within(ipv4('10.244.255.255'), PODS), within(ipv4('192.168.49.2'), PODS)]).toEqual([true, false]);
});
