import { describe, expect, test } from 'vitest';
import { createSim, type SimEngine } from '../../sim/sim.ts';
import type { NetworkStack, StackResult } from '../../posix/stack.ts';
import type { NodeNetwork, NodeRules, Verdict } from './network.ts';
import type { Hop } from './packet.ts';
import { createPodNetwork, type PodNetwork } from './pod-network.ts';

/** A process kernel that only remembers answers. */
class Kernel {
  readonly answers = new Map<number, { readonly at: number; readonly result: StackResult }>();
  readonly sim: SimEngine;
  next = 1;
  constructor(sim: SimEngine) {
    this.sim = sim;
  }
  complete(ticket: number, result: StackResult): void {
    if (this.answers.has(ticket)) throw new Error(`ticket ${ticket} is answered twice`);
    this.answers.set(ticket, { at: this.sim.now, result });
  }
  /** Makes a call and runs the world until it is answered. */
  call(ask: (ticket: number) => void, limitMs = 200_000): any {
    const ticket = this.next++;
    ask(ticket);
    if (this.answers.has(ticket)) throw new Error('answered inside the call');
    const until = this.sim.now + limitMs;
    while (!this.answers.has(ticket) && this.sim.step(until)) {}
    const answer = this.answers.get(ticket);
    if (answer === undefined) return 'nothing';
    return 'ok' in answer.result ? answer.result.ok : answer.result.errno;
  }
}

interface World {
  sim: SimEngine;
  kernel: Kernel;
  network: PodNetwork;
  nodes: NodeNetwork[];
}

function world(options: { podMasquerade?: boolean } = {}): World {
  const sim = createSim({ seed: 7 });
  const kernel = new Kernel(sim);
  const network = createPodNetwork({ sim, callbacks: kernel, ...options });
  const nodes = ['minikube', 'minikube-m02'].map((name, i) =>
    network.addNode({ name, ip: `192.168.49.${i + 2}`, podSubnet: `10.244.${i}.0/24` }),
  );
  return { sim, kernel, network, nodes };
}

/** Listens, and answers whatever comes with the client's address as the server sees it. */
function connectAndAccept(
  { kernel, sim }: World,
  client: NetworkStack,
  server: NetworkStack,
  to: { ip: string; port: number },
  listenPort: number,
) {
  const listener = server.listen(1, listenPort, undefined);
  if (!('id' in listener)) throw new Error(listener.errno);
  const started = sim.now;
  const connection = kernel.call((ticket) => client.connect(ticket, to, undefined, undefined));
  const took = sim.now - started;
  const accepted = kernel.call((ticket) => server.accept(ticket, listener.id));
  return { connection, accepted, took };
}

function rules(route: (packet: { destination: string; destinationPort: number }, from: string) => Verdict | undefined): NodeRules {
  return { route: (packet, from) => route(packet, from) ?? { action: 'accept', rules: [] } };
}

function hops(sim: SimEngine): Hop[] {
  return [...sim.journal.since(0)].filter((record) => record.type === 'Hopped').map((record) => record.data as unknown as Hop);
}

describe('pods and nodes', () => {
  test('pod addresses are handed out in order and reused only after coming round', () => {
    const { nodes } = world();
    const first = nodes[0]!.addPod('default/a');
    const second = nodes[0]!.addPod('default/b');
    nodes[0]!.removePod(first.id);
    const third = nodes[0]!.addPod('default/c');
    expect([first.ip, second.ip, third.ip, nodes[1]!.addPod('default/d').ip]).toEqual([
      '10.244.0.2',
      '10.244.0.3',
      '10.244.0.4',
      '10.244.1.2',
    ]);
  });

  test('a subnet without free addresses says so in the words of the CNI plugin', () => {
    const { nodes } = world();
    for (let i = 0; i < 253; i++) nodes[0]!.addPod(`default/p${i}`);
    expect(() => nodes[0]!.addPod('default/late')).toThrow('no IP addresses available in range set: 10.244.0.1-10.244.0.254');
  });

  test('a pod reaches a pod on its own node unchanged, and one on another node with its node address (ipMasq)', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const near = here.nodes[0]!.addPod('default/near');
    const far = here.nodes[1]!.addPod('default/far');
    expect(connectAndAccept(here, client, near.stack, { ip: near.ip, port: 80 }, 80).accepted.from.ip).toBe('10.244.0.2');
    expect(connectAndAccept(here, client, far.stack, { ip: far.ip, port: 80 }, 80).accepted.from.ip).toBe('192.168.49.2');
  });

  test('without ipMasq, as with kindnet, the pod address stays', () => {
    const here = world({ podMasquerade: false });
    const client = here.nodes[0]!.addPod('default/client').stack;
    const far = here.nodes[1]!.addPod('default/far');
    expect(connectAndAccept(here, client, far.stack, { ip: far.ip, port: 80 }, 80).accepted.from.ip).toBe('10.244.0.2');
  });

  test('containers of one pod share localhost, and a port taken is taken', () => {
    const here = world();
    const pod = here.nodes[0]!.addPod('default/two').stack;
    expect(connectAndAccept(here, pod, pod, { ip: '127.0.0.1', port: 8080 }, 8080).accepted.from.ip).toBe('127.0.0.1');
    expect(pod.listen(2, 8080, undefined)).toEqual({ errno: 'EADDRINUSE' });
    pod.closeOwner(1);
    expect(pod.listen(2, 8080, undefined)).toHaveProperty('id');
  });

  test('the host reaches node addresses, not pod addresses', () => {
    const here = world();
    const pod = here.nodes[0]!.addPod('default/web');
    expect(connectAndAccept(here, here.network.host, here.nodes[0]!.stack, { ip: '192.168.49.2', port: 22 }, 22).accepted.from.ip).toBe(
      '192.168.49.1',
    );
    pod.stack.listen(1, 80, undefined);
    expect(here.kernel.call((ticket) => here.network.host.connect(ticket, { ip: pod.ip, port: 80 }, 5000, undefined))).toBe('ETIMEDOUT');
  });
});

describe('what a client sees', () => {
  test('text travels in order both ways and the end of it is seen', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const server = here.nodes[1]!.addPod('default/web');
    const { connection, accepted } = connectAndAccept(here, client, server.stack, { ip: server.ip, port: 80 }, 80);
    client.send(connection, 'GET / HTTP/1.1\r\n');
    client.send(connection, '\r\n');
    here.sim.runUntil(here.sim.now + 5);
    const seen = here.kernel.call((ticket) => server.stack.receive(ticket, accepted.connection, undefined));
    server.stack.send(accepted.connection, 'HTTP/1.1 200 OK\r\n\r\nhello');
    server.stack.close(accepted.connection);
    here.sim.runUntil(here.sim.now + 5);
    const answer = here.kernel.call((ticket) => client.receive(ticket, connection, undefined));
    const end = here.kernel.call((ticket) => client.receive(ticket, connection, undefined));
    client.close(connection);
    here.sim.runUntil(here.sim.now + 5);
    expect([seen, answer, end, here.network.connections()]).toEqual(['GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nhello', null, []]);
  });

  test.each([
    ['a closed port', '10.244.1.2', 81, 'ECONNREFUSED', 0, 2],
    ['a free address of a pod subnet', '10.244.1.250', 80, 'EHOSTUNREACH', 3000, 3100],
    ['an address nobody has', '10.111.222.33', 80, 'ETIMEDOUT', 131_000, 131_001],
  ])('connecting to %s', (_name, ip, port, errno, least, most) => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    here.nodes[1]!.addPod('default/web');
    expect(here.kernel.call((ticket) => client.connect(ticket, { ip, port }, undefined, undefined))).toBe(errno);
    expect(here.sim.now).toBeGreaterThanOrEqual(least);
    expect(here.sim.now).toBeLessThanOrEqual(most);
  });

  test('SYNs of an unanswered connect leave at 0, 1, 2, 3, 4, 5, 7, 11 s', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    here.kernel.call((ticket) => client.connect(ticket, { ip: '10.111.222.33', port: 80 }, 12_000, undefined));
    const leaving = hops(here.sim).filter((hop) => hop.to === 'outside');
    expect(leaving.map((hop) => Math.round(hop.t0 / 1000))).toEqual([0, 1, 2, 3, 4, 5, 7, 11]);
    expect(new Set(leaving.map((hop) => hop.before.source)).size).toBe(1);
    expect(leaving[0]!.before.source).toMatch(/^192\.168\.49\.2:/);
  });

  test('a rule that rejects refuses at once, and a blocking connect only after the second SYN', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    here.nodes[0]!.setRules(
      rules(({ destination }) => (destination === '10.96.1.1' ? { action: 'reject', rules: ['-j REJECT'] } : undefined)),
    );
    const to = { ip: '10.96.1.1', port: 80 };
    expect(here.kernel.call((ticket) => client.connect(ticket, to, undefined, undefined))).toBe('ECONNREFUSED');
    const first = here.sim.now;
    expect(here.kernel.call((ticket) => client.connect(ticket, to, undefined, undefined, { blocking: true }))).toBe('ECONNREFUSED');
    expect([first, here.sim.now - first]).toEqual([0, 1000]);
  });

  test('a SYN that met no rule stays lost although the rule comes: conntrack keeps it un-rewritten, while a new connection works', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const web = here.nodes[0]!.addPod('default/web');
    web.stack.listen(1, 8080, undefined);
    const to = { ip: '10.96.1.1', port: 80 };
    client.connect(9001, to, 30_000, undefined);
    here.sim.runUntil(300);
    const dnat = rules(({ destination }) =>
      destination === to.ip ? { action: 'dnat', destination: { ip: web.ip, port: 8080 }, rules: [] } : undefined,
    );
    here.nodes[0]!.setRules(dnat);
    expect(here.kernel.call((ticket) => client.connect(ticket, to, undefined, undefined))).toBeTypeOf('number');
    here.sim.runUntil(40_000);
    expect(here.kernel.answers.get(9001)).toEqual({ at: 30_000, result: { errno: 'ETIMEDOUT' } });
  });

  test('a SYN that a rule dropped or rejected is judged anew, so a blocking connect gets through a second later', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const web = here.nodes[0]!.addPod('default/web');
    web.stack.listen(1, 8080, undefined);
    here.nodes[0]!.setRules(rules(() => ({ action: 'reject', rules: [] })));
    client.connect(9001, { ip: '10.96.1.1', port: 80 }, undefined, undefined, { blocking: true });
    here.sim.runUntil(300);
    here.nodes[0]!.setRules(rules(() => ({ action: 'dnat', destination: { ip: web.ip, port: 8080 }, rules: [] })));
    here.sim.runUntil(2000);
    expect(here.kernel.answers.get(9001)).toMatchObject({ at: 1000, result: { ok: expect.any(Number) } });
  });

  test('an established connection survives every change of rules, and a killed server is seen', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const web = here.nodes[1]!.addPod('default/web');
    here.nodes[0]!.setRules(rules(() => ({ action: 'dnat', destination: { ip: web.ip, port: 8080 }, rules: [] })));
    const { connection, accepted } = connectAndAccept(here, client, web.stack, { ip: '10.96.1.1', port: 80 }, 8080);
    here.nodes[0]!.setRules(rules(() => ({ action: 'reject', rules: [] })));
    client.send(connection, 'still');
    expect(here.kernel.call((ticket) => web.stack.receive(ticket, accepted.connection, undefined))).toBe('still');
    here.nodes[1]!.removePod(web.id);
    expect(here.kernel.call((ticket) => client.receive(ticket, connection, undefined))).toBe(null);
    expect(here.kernel.call((ticket) => client.connect(ticket, { ip: web.ip, port: 8080 }, undefined, undefined))).toBe('ECONNREFUSED');
  });

  test('data to an unplugged node is retransmitted and arrives in order when it is back', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const web = here.nodes[1]!.addPod('default/web');
    const { connection, accepted } = connectAndAccept(here, client, web.stack, { ip: web.ip, port: 80 }, 80);
    here.network.setReachable('minikube-m02', false);
    client.send(connection, 'one ');
    here.sim.runUntil(here.sim.now + 1000);
    client.send(connection, 'two');
    here.network.setReachable('minikube-m02', true);
    here.sim.runUntil(here.sim.now + 5000);
    expect(here.kernel.call((ticket) => web.stack.receive(ticket, accepted.connection, undefined))).toBe('one two');
    expect(here.kernel.call((ticket) => client.connect(ticket, { ip: web.ip, port: 80 }, undefined, undefined))).toBeTypeOf('number');
    here.network.setReachable('minikube-m02', false);
    expect(here.kernel.call((ticket) => client.connect(ticket, { ip: web.ip, port: 80 }, undefined, undefined))).toBe('EHOSTUNREACH');
    client.send(connection, 'three');
    expect(here.kernel.call((ticket) => client.receive(ticket, connection, undefined), 2_000_000)).toBe('ETIMEDOUT');
  });

  test('a datagram to a closed port comes back as an error, to nobody as silence', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const server = here.nodes[1]!.addPod('default/dns');
    const socket = client.bindUdp(1, 0) as { id: number; port: number };
    client.sendTo(socket.id, { ip: server.ip, port: 53 }, 'hello');
    expect(here.kernel.call((ticket) => client.receiveFrom(ticket, socket.id, 5000))).toBe('ECONNREFUSED');
    const bound = server.stack.bindUdp(1, 53) as { id: number };
    client.sendTo(socket.id, { ip: server.ip, port: 53 }, { q: 1 });
    const asked = here.kernel.call((ticket) => server.stack.receiveFrom(ticket, bound.id, undefined));
    expect(asked).toEqual({ from: { ip: '192.168.49.2', port: socket.port }, datagram: { q: 1 } });
    server.stack.sendTo(bound.id, asked.from, { a: 1 });
    expect(here.kernel.call((ticket) => client.receiveFrom(ticket, socket.id, 5000))).toEqual({
      from: { ip: server.ip, port: 53 },
      datagram: { a: 1 },
    });
    client.sendTo(socket.id, { ip: '10.111.0.1', port: 53 }, {});
    expect(here.kernel.call((ticket) => client.receiveFrom(ticket, socket.id, 5000))).toBe('ETIMEDOUT');
  });

  test('two pods with the same source port behind one node address are told apart', () => {
    const here = world();
    const pods = ['a', 'b'].map((name) => here.nodes[0]!.addPod(`default/${name}`).stack);
    const server = here.nodes[1]!.addPod('default/echo');
    const bound = server.stack.bindUdp(1, 7) as { id: number };
    const asked = pods.map((stack, i) => {
      const socket = stack.bindUdp(1, 5555) as { id: number };
      stack.sendTo(socket.id, { ip: server.ip, port: 7 }, i);
      const { from, datagram } = here.kernel.call((ticket) => server.stack.receiveFrom(ticket, bound.id, undefined));
      server.stack.sendTo(bound.id, from, `answer ${datagram}`);
      return { from, answer: here.kernel.call((ticket) => stack.receiveFrom(ticket, socket.id, 1000)).datagram };
    });
    expect(asked[0]).toEqual({ from: { ip: '192.168.49.2', port: 5555 }, answer: 'answer 0' });
    expect(asked[1]!.answer).toBe('answer 1');
    expect(asked[1]!.from.port).not.toBe(5555);
  });

  test('ping answers from pods and nodes and from nobody else', () => {
    const here = world();
    const client = here.nodes[0]!.addPod('default/client').stack;
    const web = here.nodes[1]!.addPod('default/web');
    expect(here.kernel.call((ticket) => client.ping(ticket, web.ip, 1000))).toBeCloseTo(0.42, 1);
    expect(here.kernel.call((ticket) => client.ping(ticket, '192.168.49.3', 1000))).toBeGreaterThan(0);
    expect(here.kernel.call((ticket) => client.ping(ticket, '10.96.0.1', 1000))).toBe(null);
  });
});
