import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dnsAnswer, dnsQuery, type DnsMessage, type DnsType, wireSize } from '../../../posix/dns.ts';
import type { Body } from '../../../posix/program.ts';
import { readConfig } from './config.ts';
import { CorefileError } from './corefile.ts';
import { Server } from './server.ts';
import { sha512 } from './sha512.ts';
import type { DnsEndpoint, DnsService, View } from './view.ts';

const recorded = JSON.parse(readFileSync(new URL('../../../../e2e/recorded/network/dns.json', import.meta.url), 'utf8')) as {
  vectors: { name: string; steps?: { run: string; out: string; 'coredns log'?: string[] }[] }[];
};

const KUBEADM = `.:53 {
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
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

function endpoint(ip: string, ports: readonly (readonly [string, number])[], hostname = ''): DnsEndpoint {
  return { ip, hostname, pod: '', ports: ports.map(([name, port]) => ({ name, port, protocol: 'TCP' })) };
}

function cluster(
  name: string,
  ip: string,
  ports: readonly (readonly [string, number, string?])[],
  endpoints: readonly DnsEndpoint[] = [],
): DnsService {
  return {
    namespace: 'nt-dns',
    name,
    type: 'ClusterIP',
    clusterIPs: ip === '' ? [] : [ip],
    externalName: '',
    ports: ports.map(([port, number, protocol = 'TCP']) => ({ name: port, port: number, protocol })),
    endpoints,
  };
}

const external = (name: string, externalName: string): DnsService => ({ ...cluster(name, '', []), type: 'ExternalName', externalName });
const H3 = ['10.244.0.132', '10.244.1.96', '10.244.2.99'];

/** The recorded namespace. */
const SERVICES: readonly DnsService[] = [
  cluster('web', '10.97.170.190', [['http', 80]], [endpoint('10.244.2.98', [['http', 8080]])]),
  cluster('multi', '10.109.232.209', [
    ['http', 80],
    ['dns', 53, 'UDP'],
  ]),
  cluster('unnamed', '10.100.216.95', [['', 80]]),
  cluster(
    'h3',
    '',
    [['http', 8080]],
    H3.map((ip) => endpoint(ip, [['http', 8080]])),
  ),
  cluster('h0', '', [['http', 8080]]),
  cluster('h1', '', [['http', 8080]], [endpoint('10.244.1.99', [['http', 8080]])]),
  cluster('hnr', '', [['http', 8080]]),
  cluster('hpub', '', [['http', 8080]], [endpoint('10.244.0.133', [['http', 8080]])]),
  cluster(
    'hnoport',
    '',
    [],
    H3.map((ip) => endpoint(ip, [])),
  ),
  cluster('sub', '', [['http', 8080]], [endpoint('10.244.1.97', [['http', 8080]], 'alpha')]),
  cluster(
    'db',
    '',
    [['http', 8080]],
    [endpoint('10.244.0.134', [['http', 8080]], 'db-0'), endpoint('10.244.1.98', [['http', 8080]], 'db-1')],
  ),
  cluster('cd-log', '10.96.219.218', [['dns', 53, 'UDP']], [endpoint('10.244.1.200', [['dns', 53]])]),
  external('ext', 'example.com'),
  external('extin', 'web.nt-dns.svc.cluster.local'),
  external('extip', '10.1.2.3'),
];

function* give<T>(value: T): Body<T> {
  return value;
}

const view: View = {
  synced: () => give(true),
  serial: () => give(1795519466),
  namespace: (name) => give(['nt-dns', 'default', 'kube-system'].includes(name)),
  service: (namespace, name) => give(SERVICES.find((each) => each.namespace === namespace && each.name === name) ?? null),
  address: (ip) =>
    give({
      services: SERVICES.filter(({ clusterIPs }) => clusterIPs.includes(ip)).map(({ namespace, name }) => ({ namespace, name })),
      endpoints: SERVICES.flatMap((each) =>
        each.endpoints.filter((one) => one.ip === ip).map((one) => ({ namespace: each.namespace, service: each.name, endpoint: one })),
      ),
    }),
};

function finish<T>(body: Body<T>): T {
  const step = body.next();
  if (!step.done) throw new Error('a system call');
  return step.value;
}

/** The recorded upstream. */
function upstream(query: DnsMessage): DnsMessage {
  const known = query.question.name.toLowerCase() === 'example.com.' || query.question.name.toLowerCase() === 'www.example.com.';
  const data = '93.184.215.14';
  if (known && query.question.type === 'A') {
    return dnsAnswer(query, { recursionAvailable: true, answers: [{ name: query.question.name, type: 'A', ttl: 300, data }] });
  }
  const soa = {
    name: '.',
    type: 'SOA' as const,
    ttl: 86400,
    data: 'a.root-servers.net. nstld.verisign-grs.com. 2026112400 1800 900 604800 86400',
  };
  return dnsAnswer(query, { rcode: known ? 'NOERROR' : 'NXDOMAIN', recursionAvailable: true, authority: [soa] });
}

function ask(server: Server, name: string, type: DnsType, nowMs = 0): DnsMessage {
  const query = dnsQuery(7, name, type, { udpSize: 1232 });
  const last = (bound: number) => give(bound - 1);
  const reaction = finish(server.react(query, view, '10.244.1.200', nowMs, last));
  if (reaction.kind === 'answer') return reaction.message;
  const asked = upstream({ ...query, question: reaction.question });
  return finish(server.settle(query, reaction.question, reaction.prefix, asked, nowMs, last));
}

function server(text = KUBEADM): Server {
  return new Server(readConfig(text, '/etc/coredns/Corefile')[0]!);
}

/** What dig printed, as far as the server decides it. */
function parseDig(out: string) {
  const records = out
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => line.replace(/\s+/g, ' ').replace(/ 1795\d{6} /, ' <serial> '));
  return {
    rcode: /status: (\w+)/.exec(out)![1],
    flags: /;; flags: ([^;]*);/.exec(out)![1],
    records: records.sort(),
    size: Number(/rcvd: (\d+)/.exec(out)![1]),
  };
}

function asDig(message: DnsMessage) {
  const records = [...message.answers, ...message.authority, ...message.additional].map(({ name, ttl, type, data }) =>
    `${name} ${ttl} IN ${type} ${data}`.replace(/ 1795\d{6} /, ' <serial> '),
  );
  const flags = Object.entries(message.flags).filter(([, set]) => set);
  return { rcode: message.rcode, flags: flags.map(([flag]) => flag).join(' '), records: records.sort(), size: wireSize(message) };
}

const TYPES = 'A AAAA SRV TXT MX ANY CNAME SOA NS PTR'.split(' ');

/** `dig [options] [TYPE] name` without a search list: [name, type]. */
function digged(run: string): readonly [string, DnsType] | undefined {
  const words = run
    .split(' ')
    .slice(1)
    .filter((word) => !word.startsWith('+'));
  if (!run.startsWith('dig ') || run.includes('search') || words.some((word) => word.startsWith('@') || word.startsWith('-t')))
    return undefined;
  if (words[0] === '-x') return [`${words[1]!.split('.').reverse().join('.')}.in-addr.arpa.`, 'PTR'];
  const type = words.find((word) => TYPES.includes(word)) ?? 'A';
  return [words.find((word) => word !== type)!, type as DnsType];
}

describe('recorded answers', () => {
  const cases = recorded.vectors.flatMap(({ name, steps = [] }) =>
    steps
      .filter(({ run, out }) => out.includes('->>HEADER<<-') && digged(run) !== undefined)
      .map(({ run, out }) => [`${name}: ${run}`, digged(run)!, out] as const),
  );

  test('there are enough of them', () => expect(cases.length).toBeGreaterThan(50));

  test.each(cases)('%s', (_name, [name, type], out) => {
    expect(asDig(ask(server(), name, type))).toEqual(parseDig(out));
  });
});

test('a miss in a cluster that is not listed yet is SERVFAIL, a hit is answered', () => {
  const unsynced = { ...view, synced: () => give(false) };
  const react = (name: string) => finish(server().react(dnsQuery(1, name, 'A'), unsynced, '', 0, (bound) => give(bound - 1)));
  expect(
    [react('nosuch.nt-dns.svc.cluster.local'), react('web.nt-dns.svc.cluster.local')].map(
      (one) => one.kind === 'answer' && one.message.rcode,
    ),
  ).toEqual(['SERVFAIL', 'NOERROR']);
});

test('with the Corefile of 1.31 a denial holds for 30 seconds, with that of 1.32 for none', () => {
  const missing = { ...view, service: () => give(null) };
  const name = 'web.nt-dns.svc.cluster.local';
  const rcodes = (text: string) => {
    const one = server(text);
    const at = (ms: number, seen: View) => {
      const reaction = finish(one.react(dnsQuery(1, name, 'A'), seen, '', ms, (bound) => give(bound - 1)));
      return reaction.kind === 'answer'
        ? `${reaction.message.rcode} ${reaction.message.authority[0]?.ttl ?? reaction.message.answers[0]?.ttl}`
        : '';
    };
    return [at(0, missing), at(10_000, view), at(29_999, view), at(30_000, view), at(40_000, view)];
  };
  const old = KUBEADM.replace(/cache 30 \{[^}]*\}/, 'cache 30');
  expect(rcodes(old)).toEqual(['NXDOMAIN 30', 'NXDOMAIN 20', 'NXDOMAIN 1', 'NOERROR 30', 'NOERROR 20']);
  expect(rcodes(KUBEADM)).toEqual(['NXDOMAIN 30', 'NOERROR 30', 'NOERROR 30', 'NOERROR 30', 'NOERROR 30']);
});

test('an answer from outside is cached for at most 30 seconds, and comes back with aa', () => {
  const one = server();
  const first = ask(one, 'example.com', 'A', 0);
  const second = finish(one.react(dnsQuery(2, 'example.com', 'A'), view, '', 12_000, (bound) => give(bound - 1)));
  expect([first.flags.aa, first.answers[0]!.ttl]).toEqual([false, 30]);
  expect(second).toMatchObject({ kind: 'answer', message: { flags: { aa: true, ra: true }, answers: [{ ttl: 18 }] } });
});

test('the hosts block that minikube adds answers before the cluster and falls through', () => {
  const text = KUBEADM.replace(
    '    forward',
    '    hosts {\n       192.168.49.1 host.minikube.internal\n       fallthrough\n    }\n    forward',
  );
  expect(asDig(ask(server(text), 'host.minikube.internal', 'A')).records).toEqual(['host.minikube.internal. 30 IN A 192.168.49.1']);
  expect(ask(server(text), 'web.nt-dns.svc.cluster.local', 'A').answers).toHaveLength(1);
});

test('more addresses than fit into a datagram come truncated', () => {
  const many = cluster(
    'many',
    '',
    [['p', 80]],
    Array.from({ length: 60 }, (_, i) => endpoint(`10.244.3.${i}`, [['p', 80]])),
  );
  const full = { ...view, service: () => give(many) };
  const query = dnsQuery(1, 'many.nt-dns.svc.cluster.local', 'A');
  const reaction = finish(server().react(query, full, '', 0, (bound) => give(bound - 1)));
  expect(reaction).toMatchObject({ kind: 'answer', message: { flags: { tc: true } } });
  if (reaction.kind === 'answer') expect(reaction.message.answers.length).toBeLessThan(60);
});

test.each([
  ['an unknown plugin', KUBEADM.replace('errors', 'erors'), "/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'erors'"],
  ['a ttl that is no number', KUBEADM.replace('ttl 30', 'ttl abc'), 'plugin/kubernetes: strconv.Atoi: parsing "abc": invalid syntax'],
  [
    'a ttl out of range',
    KUBEADM.replace('ttl 30', 'ttl 4000'),
    'plugin/kubernetes: /etc/coredns/Corefile:10 - Error during parsing: ttl must be in range [0, 3600]: 4000',
  ],
  [
    'an unknown property',
    KUBEADM.replace('ttl 30', 'ttle 30'),
    "plugin/kubernetes: /etc/coredns/Corefile:10 - Error during parsing: unknown property 'ttle'",
  ],
  ['a missing brace', KUBEADM.replace(/\}\n$/, ''), '/etc/coredns/Corefile:22 - Error during parsing: Unexpected EOF'],
])('a Corefile with %s is refused in CoreDNS words', (_name, text, message) => {
  expect(() => readConfig(text, '/etc/coredns/Corefile')).toThrow(new CorefileError(message));
});

test.each(['', 'abc', 'ü', 'x'.repeat(111), 'x'.repeat(112), 'x'.repeat(1000)])('SHA-512 of %j is that of the standard', (text) => {
  expect(sha512(text)).toBe(createHash('sha512').update(text).digest('hex'));
});
