// Who the backend sees as its client, as golden/network/behaviour.json and conntrack.json recorded it on three iptables nodes: the
// address of the outgoing interface where something masquerades, the client's own where nothing does.
import { expect, test } from 'vitest';
import { createSim } from '../../sim/sim.ts';
import type { NetworkStack, StackResult } from '../../posix/stack.ts';
import { iptablesMode } from '../proxy/iptables/iptables.ts';
import { type ProxyNode, servicePorts } from '../proxy/service-port.ts';
import { createPodNetwork } from './pod-network.ts';

const NAMES = ['minikube', 'minikube-m02', 'minikube-m03'];

function cluster() {
  const sim = createSim({ seed: 2 });
  const answers = new Map<number, StackResult>();
  const network = createPodNetwork({ sim, callbacks: { complete: (ticket, result) => answers.set(ticket, result) } });
  const nodes = NAMES.map((name, i) => network.addNode({ name, ip: `192.168.49.${i + 2}`, podSubnet: `10.244.${i}.0/24` }));
  const pods = nodes.map((node, i) => node.addPod(`nt/b${i}`));
  const client = nodes[1]!.addPod('nt/client');
  const meta = (name: string) => ({ name, namespace: 'nt', uid: '', resourceVersion: '1', creationTimestamp: '' });
  const slice = (name: string, at: readonly number[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice' as const,
    metadata: meta(name),
    addressType: 'IPv4' as const,
    ports: [{ name: '', protocol: 'TCP' as const, port: 8080 }],
    endpoints: at.map((i) => ({
      addresses: [i < 0 ? '10.244.0.250' : pods[i]!.ip],
      nodeName: NAMES[Math.max(0, i)]!,
      conditions: { ready: true },
    })),
  });
  const service = (name: string, clusterIP: string, spec: object, port: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service' as const,
    metadata: meta(name),
    spec: {
      type: 'NodePort',
      clusterIP,
      sessionAffinity: 'None',
      ports: [{ protocol: 'TCP', port: 80, targetPort: 8080, ...port }],
      ...spec,
    },
    status: { loadBalancer: { ingress: [{ ip: '198.51.100.10' }] } },
  });
  const services = [
    [service('m02', '10.98.0.1', { type: 'ClusterIP' }), [1]],
    [service('m03', '10.98.0.2', { type: 'ClusterIP' }), [2]],
    [service('none', '10.98.0.3', { type: 'ClusterIP' }), []],
    [service('itp', '10.98.0.4', { type: 'ClusterIP', internalTrafficPolicy: 'Local' }), [2]],
    [service('dead', '10.98.0.5', { type: 'ClusterIP' }), [-1]],
    [service('np', '10.98.0.6', {}, { nodePort: 30080 }), [1]],
    [service('np-none', '10.98.0.7', {}, { nodePort: 30081 }), []],
    [service('np-local', '10.98.0.8', { externalTrafficPolicy: 'Local' }, { nodePort: 30083 }), [1]],
    [
      service(
        'lb',
        '10.98.0.9',
        { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.168.49.1/32', '10.0.0.0/8'] },
        { nodePort: 30094 },
      ),
      [1],
    ],
  ] as const;
  for (const node of nodes) {
    const self: ProxyNode = { name: node.name, ip: node.ip, zone: undefined, isLocal: (ip) => node.isLocal(ip) };
    const ports = services.flatMap(([object, at]) => servicePorts(object as never, [slice(object.metadata.name, at)], self));
    const rules = iptablesMode.compile(new Map(ports.map((port) => [port.name, port])), self, {
      clusterCIDR: '10.244.0.0/16',
      nfacct: false,
    });
    const memory = { recent: new Map(), counters: new Map() };
    node.setRules({ route: (packet, from, random) => iptablesMode.route(rules, packet, { from, random, now: sim.now, memory }) });
  }
  const listeners = pods.map((pod) => (pod.stack.listen(1, 8080, undefined) as { id: number }).id);
  let ticket = 1;
  /** The client's address as the pod that was reached sees it, or what became of the attempt after at most 5 s. */
  const ask = (from: NetworkStack, ip: string, port: number): string => {
    const accepts = pods.map((pod, i) => {
      pod.stack.accept(++ticket, listeners[i]!);
      return ticket;
    });
    const mine = ++ticket;
    from.connect(mine, { ip, port }, 5000, undefined);
    while (!answers.has(mine) && sim.step(sim.now + 10_000)) {}
    sim.runUntil(sim.now + 10);
    const result = answers.get(mine)!;
    const seen = accepts.map((each) => answers.get(each)).find((each) => each !== undefined) as
      | { ok: { from: { ip: string } } }
      | undefined;
    for (const [i, each] of accepts.entries()) pods[i]!.stack.abandon(each);
    return 'errno' in result ? result.errno : (seen?.ok.from.ip ?? 'nobody');
  };
  const clients: Record<string, NetworkStack> = {
    pod: client.stack,
    backend: pods[1]!.stack,
    host: network.host,
    minikube: nodes[0]!.stack,
    'minikube-m02': nodes[1]!.stack,
  };
  return { ask: (from: string, ip: string, port: number) => ask(clients[from]!, ip, port), clientIp: client.ip };
}

test.each([
  ['a VIP, backend on the own node', 'pod', '10.98.0.1', 80, '10.244.1.3'],
  ['a VIP, backend on another node (ipMasq)', 'pod', '10.98.0.2', 80, '192.168.49.3'],
  ['itself through its own VIP: the bridge', 'backend', '10.98.0.1', 80, '10.244.1.1'],
  ['a VIP without endpoints', 'pod', '10.98.0.3', 80, 'ECONNREFUSED'],
  ['a port the VIP does not declare', 'pod', '10.98.0.1', 81, 'ETIMEDOUT'],
  ['an unallocated address of the service range', 'pod', '10.111.222.33', 80, 'ETIMEDOUT'],
  ['internal policy Local, nobody here', 'pod', '10.98.0.4', 80, 'ETIMEDOUT'],
  ['an endpoint whose address is dead', 'pod', '10.98.0.5', 80, 'EHOSTUNREACH'],
  ['a node port on the own node', 'pod', '192.168.49.3', 30080, '10.244.1.1'],
  ['a node port on another node', 'pod', '192.168.49.2', 30080, '192.168.49.2'],
  ['a node port without endpoints', 'pod', '192.168.49.2', 30081, 'ECONNREFUSED'],
  ['a node port nobody has', 'pod', '192.168.49.2', 30999, 'ECONNREFUSED'],
  ['a Local node port of the own node: short-circuited', 'pod', '192.168.49.3', 30083, '10.244.1.3'],
  ['a Local node port of a node without endpoint', 'pod', '192.168.49.2', 30083, 'ETIMEDOUT'],
  ['a load balancer address, inside its ranges', 'pod', '198.51.100.10', 80, '10.244.1.1'],
  ['a VIP from the node of the backend', 'minikube-m02', '10.98.0.1', 80, '10.244.1.1'],
  ['a VIP from another node', 'minikube', '10.98.0.1', 80, '192.168.49.2'],
  ['a node port on localhost', 'minikube', '127.0.0.1', 30080, '192.168.49.2'],
  ['a node port without endpoints on localhost', 'minikube', '127.0.0.1', 30081, 'ECONNREFUSED'],
  ['a Local node port from the node itself', 'minikube', '192.168.49.2', 30083, '192.168.49.2'],
  ['a Local node port of another node from a node', 'minikube', '192.168.49.3', 30083, '192.168.49.2'],
  ['a node port from outside, backend on the asked node', 'host', '192.168.49.3', 30080, '10.244.1.1'],
  ['a node port from outside, backend elsewhere', 'host', '192.168.49.2', 30080, '192.168.49.2'],
  ['a Local node port from outside: the real client', 'host', '192.168.49.3', 30083, '192.168.49.1'],
  ['a Local node port from outside, nobody there', 'host', '192.168.49.2', 30083, 'ETIMEDOUT'],
])('%s: %s to %s:%i is seen as %s', (_name, from, ip, port, seen) => {
  expect(cluster().ask(from, ip, port)).toBe(seen);
});
