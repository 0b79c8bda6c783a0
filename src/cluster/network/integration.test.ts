// CoreDNS, kube-proxy's tools and clients as real processes on the network, through the rules of every node.
import { describe, expect, test } from 'vitest';
import { createSim } from '../../sim/sim.ts';
import { createProcesses } from '../../posix/kernel.ts';
import type { Device, Machine } from '../../posix/machine.ts';
import type { Body, Os, Program } from '../../posix/program.ts';
import type { NetworkStack } from '../../posix/stack.ts';
import { TreeFileSystem, buildTree } from '../../posix/tree.ts';
import { createClient } from '../client/client.ts';
import { TestServer } from '../client/test-server.ts';
import { DnsView } from '../dns-view.ts';
import { coredns } from '../images/coredns/coredns.ts';
import { upstreamResolver } from '../images/coredns/upstream.ts';
import { kubeProxy } from '../images/kube-proxy/kube-proxy.ts';
import { createProxyDevice } from '../proxy/device.ts';
import { iptablesMode } from '../proxy/iptables/iptables.ts';
import { createNetfilterDevice } from '../proxy/netfilter-device.ts';
import { createProxy } from '../proxy/proxy.ts';
import { createPodNetwork } from './pod-network.ts';
import { netfilterPrograms } from './programs/netfilter.ts';

const COREFILE = `.:53 {
    log
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

function compose() {
  const sim = createSim({ seed: 11 });
  const processes = createProcesses(sim);
  const network = createPodNetwork({ sim, callbacks: processes });
  const nodes = ['minikube', 'minikube-m02'].map((name, i) =>
    network.addNode({ name, ip: `192.168.49.${i + 2}`, podSubnet: `10.244.${i}.0/24` }),
  );
  const server = new TestServer(sim);
  const view = new DnsView(sim, server.handle);
  const proxies = nodes.map((node) =>
    createProxy({
      sim,
      client: createClient({ sim, transport: server.handle, userAgent: 'kube-proxy', name: `kube-proxy ${node.name}`, latencyMs: 1 }),
      node: node.name,
      network: node,
      mode: iptablesMode,
    }),
  );
  let owner = 1;
  const start = (
    program: Program,
    argv: readonly string[],
    stack: NetworkStack,
    options: { files?: Record<string, string>; devices?: Record<string, Device>; uid?: number } = {},
  ) => {
    const output = {
      text: '',
      code: undefined as number | undefined,
      pid: 0,
      files: new TreeFileSystem(buildTree(options.files ?? {}, 0)),
    };
    const machine: Machine = {
      hostname: 'test',
      files: output.files,
      lookup: (command) => (command === argv[0] ? program : undefined),
      network: stack,
      devices: options.devices ?? {},
    };
    output.pid = processes.start(
      { machine, argv, env: {}, cwd: '/', uid: options.uid ?? 0, owner: owner++ },
      { output: (_fd, text) => (output.text += text), exit: (status) => (output.code = status.code) },
    );
    return output;
  };
  const script = (stack: NetworkStack, body: (os: Os) => Body<string>, files: Record<string, string> = {}) => {
    const program: Program = {
      name: 'script',
      *run(os) {
        yield* os.write(1, yield* body(os));
        return 0;
      },
    };
    return start(program, ['script'], stack, { files });
  };
  const api = (path: string, object: unknown) => server.handle({ method: 'POST', path, body: object as never });
  return { sim, processes, network, nodes, server, view, proxies, start, script, api };
}

function service(namespace: string, name: string, clusterIP: string, port: number, protocol = 'TCP') {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'main', protocol, port, targetPort: port }],
      sessionAffinity: 'None',
    },
    status: {},
  };
}

function slice(namespace: string, name: string, ip: string, port: number, protocol = 'TCP') {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'main', protocol, port }],
    endpoints: [{ addresses: [ip], conditions: { ready: true, serving: true, terminating: false } }],
  };
}

/** Answers every connection with who asked. */
const hello: Program = {
  name: 'hello',
  *run(os) {
    const listener = yield* os.net.listen(8080);
    for (;;) {
      const { connection, from } = yield* os.net.accept(listener);
      const asked = yield* os.net.receive(connection);
      yield* os.net.send(connection, `${asked} from ${from.ip}`);
      yield* os.net.close(connection);
    }
  },
};

function running() {
  const world = compose();
  const { sim, nodes, view, proxies, start, api, network } = world;
  for (const name of ['default', 'kube-system']) api('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  view.start();
  for (const proxy of proxies) proxy.start();
  start(upstreamResolver, ['dnsmasq'], network.host);
  const dns = nodes[0]!.addPod('kube-system/coredns');
  const web = nodes[1]!.addPod('default/web');
  const client = nodes[0]!.addPod('default/client');
  const server = start(coredns, ['coredns', '-conf', '/etc/coredns/Corefile'], dns.stack, {
    files: { '/etc/coredns/Corefile': COREFILE, '/etc/resolv.conf': 'nameserver 192.168.49.1\n' },
    devices: { 'cluster-view': view },
  });
  start(hello, ['hello'], web.stack);
  api('/api/v1/namespaces/kube-system/services', service('kube-system', 'kube-dns', '10.96.0.10', 53, 'UDP'));
  api('/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices', slice('kube-system', 'kube-dns', dns.ip, 53, 'UDP'));
  api('/api/v1/namespaces/default/services', service('default', 'web', '10.96.5.5', 8080));
  api('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice('default', 'web', web.ip, 8080));
  sim.runUntil(10_000);
  return { ...world, dns, web, client, coreDns: server };
}

const RESOLV = {
  '/etc/resolv.conf': 'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
};

describe('a cluster at work', () => {
  test('CoreDNS starts with its log, then a name is resolved through the VIP and answered by a pod on the other node', () => {
    const world = running();
    const { script, client, sim, coreDns, nodes } = world;
    const lines = coreDns.text.split('\n');
    expect(lines.map((line) => line.replace(/= [0-9a-f]{128}/, '= <hash>').replace(/^\[INFO\] 127.*"HINFO.*$/, '<loop>'))).toEqual([
      'maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined',
      '[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server',
      '.:53',
      '[INFO] plugin/reload: Running configuration SHA512 = <hash>',
      'CoreDNS-1.14.6',
      'linux/amd64, go1.26.8, 0000000',
      '<loop>',
      '',
    ]);
    const asked = script(
      client.stack,
      function* (os) {
        const [ip] = yield* os.net.resolve('web');
        const connection = yield* os.net.connect({ ip: ip!, port: 8080 });
        yield* os.net.send(connection, 'hello');
        const answer = yield* os.net.receive(connection);
        yield* os.net.close(connection);
        return `${ip}: ${answer}`;
      },
      RESOLV,
    );
    sim.runUntil(11_000);
    expect([asked.text, asked.code]).toEqual(['10.96.5.5: hello from 192.168.49.2', 0]);
    expect(coreDns.text).toMatch(
      /\[INFO\] 10\.244\.0\.3:\d+ - \d+ "A IN web\.default\.svc\.cluster\.local\. udp 47 false \d+" NOERROR qr,aa,rd \d+ 0\.\d+s\n/,
    );
    const flows = nodes[0]!.conntrack.list().map((entry) => nodes[0]!.conntrack.line(entry));
    expect(flows.find((line) => line.includes('dport=8080'))).toMatch(
      /^tcp {6}6 119 TIME_WAIT src=10\.244\.0\.3 dst=10\.96\.5\.5 sport=(\d+) dport=8080 src=10\.244\.1\.2 dst=192\.168\.49\.2 sport=8080 dport=\1 \[ASSURED\] mark=0 use=1$/,
    );
  });

  test('a name that does not exist, one outside, and CoreDNS that is gone', () => {
    const world = running();
    const { script, client, sim, coreDns, processes } = world;
    const names = (...wanted: string[]) =>
      script(
        client.stack,
        function* (os) {
          const found: string[] = [];
          for (const name of wanted) found.push((yield* os.net.resolve(name)).join(',') || '-');
          return found.join(' ');
        },
        RESOLV,
      );
    const first = names('nosuch', 'example.com', 'web.default.svc.cluster.local.');
    sim.runUntil(12_000);
    expect(first.text).toBe('- 93.184.215.14 10.96.5.5');
    processes.signal(coreDns.pid, 'TERM');
    sim.runUntil(14_000);
    const lame = names('web');
    sim.runUntil(20_000);
    expect([lame.text, coreDns.code, coreDns.text.includes('[INFO] plugin/health: Going into lameduck mode for 5s')]).toEqual([
      '10.96.5.5',
      0,
      true,
    ]);
    const after = names('web');
    sim.runUntil(80_000);
    expect(after.text).toBe('-');
  });

  test('the packets of one request are hops that join, with the DNAT where it happened', () => {
    const { script, client, sim } = running();
    const mark = sim.journal.length;
    script(client.stack, function* (os) {
      const connection = yield* os.net.connect({ ip: '10.96.5.5', port: 8080 });
      yield* os.net.send(connection, 'GET / HTTP/1.1\r\n\r\n');
      return String(yield* os.net.receive(connection));
    });
    sim.runUntil(11_000);
    const hops = [...sim.journal.since(mark)].filter(({ type }) => type === 'Hopped').map(({ data }) => data as any);
    const request = hops.filter(({ caption, purpose }) => caption === 'GET /' && purpose === 'request');
    expect(request.map(({ from, to, verdict, service }) => [from, to, verdict, service])).toEqual([
      ['pod:default/client', 'node:minikube', 'DNAT,SNAT', 'default/web:main'],
      ['node:minikube', 'node:minikube-m02', undefined, undefined],
      ['node:minikube-m02', 'pod:default/web', undefined, undefined],
    ]);
    expect(request[0].rule).toContain('-j DNAT --to-destination 10.244.1.2:8080');
    for (let i = 1; i < request.length; i++) {
      expect(request[i].before).toEqual(request[i - 1].after);
      expect(request[i].t0).toBe(request[i - 1].t1);
    }
  });
});

describe('tools of a node', () => {
  test.each([
    [
      ['iptables', '-t', 'nat', '-nL', 'KUBE-SERVICES'],
      0,
      /^Chain KUBE-SERVICES \(2 references\)\ntarget {5}prot opt source {15}destination {9}\nKUBE-SVC-\w{16} {2}17 {3}-- {2}0\.0\.0\.0\/0 {12}10\.96\.0\.10 {11}\/\* kube-system\/kube-dns:main cluster IP \*\/ udp dpt:53\n/,
    ],
    [['iptables', '-t', 'nat', '-S', 'KUBE-MARK-MASQ'], 0, /^-N KUBE-MARK-MASQ\n-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000\/0x4000\n$/],
    [
      ['iptables', '-t', 'nat', '-L', 'NOPE'],
      1,
      /^iptables v1\.8\.9 \(nf_tables\): chain `NOPE' in table `nat' is incompatible, use 'nft' tool\.\n$/,
    ],
    [
      ['iptables', '-t', 'foo', '-L'],
      3,
      /^iptables v1\.8\.9 \(nf_tables\): table 'foo' does not exist\nPerhaps iptables or your kernel needs to be upgraded\.\n$/,
    ],
    [
      ['iptables-save', '-t', 'nat'],
      0,
      /^# Generated by iptables-save v1\.8\.9 \(nf_tables\) on Tue Nov 24 12:00:\d\d 2026\n\*nat\n:PREROUTING ACCEPT \[0:0\]\n/,
    ],
    [['conntrack', '-C'], 0, /^\d+\n$/],
    [
      ['conntrack', '-L', '-p', 'udp', '--dport', '53'],
      0,
      /^udp {6}17 \d+ src=.*conntrack v1\.4\.7 \(conntrack-tools\): \d+ flow entries have been shown\.\n$/s,
    ],
    [['conntrack', '-D', '-d', '1.2.3.4'], 1, /^conntrack v1\.4\.7 \(conntrack-tools\): 0 flow entries have been deleted\.\n$/],
  ] as const)('%j', (argv, code, text) => {
    const { nodes, proxies, start, sim, script, client } = running();
    script(
      client.stack,
      function* (os) {
        return (yield* os.net.resolve('web')).join();
      },
      RESOLV,
    );
    sim.runUntil(10_500);
    const devices = { netfilter: createNetfilterDevice(nodes[0]!, proxies[0]!) };
    const run = start(netfilterPrograms[`/usr/sbin/${argv[0]}`]!, argv, nodes[0]!.stack, { devices });
    sim.runUntil(sim.now + 100);
    expect([run.code, run.text]).toEqual([code, expect.stringMatching(text)]);
  });

  test('nobody but root sees the rules', () => {
    const { nodes, proxies, start, sim } = running();
    const devices = { netfilter: createNetfilterDevice(nodes[0]!, proxies[0]!) };
    const run = start(netfilterPrograms['/usr/sbin/iptables']!, ['iptables', '-L'], nodes[0]!.stack, { devices, uid: 1000 });
    sim.runUntil(sim.now + 100);
    expect([run.code, run.text]).toEqual([
      4,
      'iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n',
    ]);
  });
});

describe('the kube-proxy process', () => {
  const config = (mode: string) => ({ '/var/lib/kube-proxy/config.conf': `clusterCIDR: 10.244.0.0/16\nmode: ${mode}\n` });
  const ARGV = ['kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=minikube'];

  test('starts the proxier of its node, answers its health port, and leaves the rules behind', () => {
    const { nodes, proxies, start, sim, processes, script, network } = compose();
    const devices = { 'kube-proxy': createProxyDevice(sim, proxies[0]!) };
    const run = start(kubeProxy, ARGV, nodes[0]!.stack, { files: config('""'), devices });
    sim.runUntil(5000);
    expect(run.text).toMatch(
      /^I1124 12:00:00\.\d{6} {7}\d+ server\.go:228\] "Successfully retrieved NodeIPs" NodeIPs=\["192\.168\.49\.2"\]\n/m,
    );
    expect(run.text).toMatch(/server_linux\.go:144\] "Using iptables Proxier"/);
    const health = script(network.host, function* (os) {
      const connection = yield* os.net.connect({ ip: '192.168.49.2', port: 10_256 });
      yield* os.net.send(connection, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      return String(yield* os.net.receive(connection));
    });
    sim.runUntil(6000);
    expect(health.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"nodeEligible":true,"healthy":true/);
    processes.signal(run.pid, 'TERM');
    sim.runUntil(7000);
    expect([run.code, proxies[0]!.running, proxies[0]!.print('iptables-save', 'nat')?.[0]]).toEqual([0, false, '*nat']);
  });

  test('answers at the health check node port of a Service with external policy Local, and only while there is one', () => {
    const { nodes, proxies, start, sim, processes, script, network, api, server } = compose();
    const device = createProxyDevice(sim, proxies[0]!, (ticket, result) => processes.answer(ticket, result));
    start(kubeProxy, ARGV, nodes[0]!.stack, { files: config('iptables'), devices: { 'kube-proxy': device } });
    const ask = () => {
      sim.runUntil(sim.now + 2000);
      const run = script(network.host, function* (os) {
        try {
          const connection = yield* os.net.connect({ ip: '192.168.49.2', port: 30_192 });
          yield* os.net.send(connection, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          return String(yield* os.net.receive(connection));
        } catch (error) {
          return String((error as { errno?: string }).errno);
        }
      });
      sim.runUntil(sim.now + 5000);
      return run.text;
    };
    sim.runUntil(5000);
    const before = ask();
    const object = service('default', 'lb', '10.96.7.7', 80);
    const spec = { ...object.spec, type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30_192 };
    api('/api/v1/namespaces/default/services', { ...object, spec });
    const none = ask();
    const local = slice('default', 'lb', nodes[0]!.addPod('default/lb').ip, 80);
    api('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      ...local,
      endpoints: [{ ...local.endpoints[0], nodeName: 'minikube' }],
    });
    const one = ask();
    server.handle({ method: 'DELETE', path: '/api/v1/namespaces/default/services/lb' });
    const after = ask();
    expect([before, after]).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    expect(none).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\nContent-Type: application\/json\r\nX-Content-Type-Options: nosniff\r\nX-Load-Balancing-Endpoint-Weight: 0\r\n/,
    );
    expect(one.slice(one.indexOf('{'))).toBe(
      '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "lb"\n\t},\n\t"localEndpoints": 1,\n\t"serviceProxyHealthy": true\n}',
    );
    expect(one).toMatch(/Content-Length: 113\r\n/);
  });

  test.each([
    [
      'nope',
      /E1124 .* run\.go:72\] "command failed" err="KubeProxyConfiguration\.Mode: Invalid value: \\"nope\\": must be iptables,ipvs,nftables or blank/,
    ],
    ['ipvs', /"command failed" err="can't use the IPVS proxier: ipvs not supported"/],
  ])('mode %s ends with its message', (mode, text) => {
    const { nodes, proxies, start, sim } = compose();
    const run = start(kubeProxy, ARGV, nodes[0]!.stack, {
      files: config(mode),
      devices: { 'kube-proxy': createProxyDevice(sim, proxies[0]!) },
    });
    sim.runUntil(1000);
    expect([run.code, run.text]).toEqual([1, expect.stringMatching(text)]);
  });
});
