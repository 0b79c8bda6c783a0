// The network tools against a small network: one name server, one web server, closed and silent addresses. Expected texts are the
// real tools' (bind 9.18, curl 7.88, busybox 1.35).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSim, type SimEngine } from '../sim/sim.ts';
import { asDnsMessage, dnsAnswer, dnsDatagram, type DnsMessage } from './dns.ts';
import { formatResponse, httpResponse, parseRequest } from './http.ts';
import { buildRoot, lookupIn } from './installed.ts';
import { createProcesses, type ProcessKernel } from './kernel.ts';
import type { Machine } from './machine.ts';
import { busyboxPrograms, gnuPrograms } from './programs.ts';
import type { NetworkStack, StackResult } from './stack.ts';
import { TreeFileSystem } from './tree.ts';

const zone: Readonly<Record<string, readonly string[]>> = {
  'web.default.svc.cluster.local.': ['10.96.184.178'],
  'h3.default.svc.cluster.local.': ['10.244.1.96', '10.244.0.132'],
  'example.com.': ['93.184.215.14'],
};
const server = '10.96.0.10';

function answer(query: DnsMessage): DnsMessage {
  const { name, type } = query.question;
  const local = name.endsWith('.cluster.local.') || name.endsWith('.in-addr.arpa.');
  const soa = local
    ? [
        {
          name: 'cluster.local.',
          type: 'SOA',
          ttl: 30,
          data: 'ns.dns.cluster.local. hostmaster.cluster.local. 1763800000 7200 1800 86400 30',
        } as const,
      ]
    : [];
  const base = { authoritative: local, recursionAvailable: !local };
  if (name === '178.184.96.10.in-addr.arpa.') {
    return dnsAnswer(query, { ...base, answers: [{ name, type: 'PTR', ttl: 30, data: 'web.default.svc.cluster.local.' }] });
  }
  const addresses = zone[name];
  if (addresses === undefined) return dnsAnswer(query, { ...base, rcode: 'NXDOMAIN', authority: soa });
  if (type !== 'A') return dnsAnswer(query, { ...base, authority: soa });
  return dnsAnswer(query, { ...base, answers: addresses.map((data) => ({ name, type: 'A' as const, ttl: local ? 30 : 300, data })) });
}

/** Answers at once or, for silent addresses, at the caller's limit. */
class SmallNetwork implements NetworkStack {
  complete: (ticket: number, result: StackResult) => void = () => {};
  readonly #sim: SimEngine;
  readonly #later;
  #next = 1;
  readonly #received = new Map<number, string>();
  readonly #answers = new Map<number, DnsMessage[]>();

  constructor(sim: SimEngine) {
    this.#sim = sim;
    this.#later = sim.handler<any>('test.network', ({ ticket, result }) => this.complete(ticket, result));
  }
  #reply(ticket: number, result: StackResult, ms = 0): void {
    this.#sim.after(ms, this.#later, { ticket, result } as any);
  }
  interfaces() {
    return [
      { name: 'lo', ip: '127.0.0.1', prefix: 8 },
      { name: 'eth0', ip: '10.244.0.7', prefix: 24 },
    ];
  }
  connect(ticket: number, to: { ip: string; port: number }, timeoutMs: number | undefined): void {
    if (to.ip === '10.96.77.77') this.#reply(ticket, { errno: 'ETIMEDOUT' }, timeoutMs ?? 130_000);
    else if (to.ip !== '10.96.184.178' || to.port !== 80) this.#reply(ticket, { errno: 'ECONNREFUSED' });
    else this.#reply(ticket, { ok: this.#next++ });
  }
  listen = () => ({ id: this.#next++ });
  accept(): void {}
  send(connection: number, text: string): undefined {
    this.#received.set(connection, (this.#received.get(connection) ?? '') + text);
  }
  receive(ticket: number, connection: number, timeoutMs: number | undefined): void {
    const parsed = parseRequest(this.#received.get(connection) ?? '');
    if (parsed.state !== 'complete') {
      this.#reply(ticket, { ok: null });
      return;
    }
    const { target, method, body } = parsed.message;
    if (target === '/slow') this.#reply(ticket, { errno: 'ETIMEDOUT' }, timeoutMs ?? 60_000);
    else {
      const status = target === '/nope' ? 404 : target === '/err' ? 500 : 200;
      const text = method === 'POST' ? `posted ${body}\n` : 'Hello from web-1 (10.244.0.5)\n';
      this.#reply(ticket, {
        ok: formatResponse(
          httpResponse(
            status,
            [
              ['Server', 'nginx/1.27.0'],
              ['Content-Type', 'text/plain'],
            ],
            method === 'HEAD' ? '' : text,
          ),
        ),
      });
    }
  }
  close(): void {}
  bindUdp = () => ({ id: this.#next++, port: 40000 });
  sendTo(socket: number, to: { ip: string }, datagram: any): undefined {
    const query = asDnsMessage(datagram);
    if (to.ip === server && query !== undefined) this.#answers.set(socket, [...(this.#answers.get(socket) ?? []), answer(query)]);
  }
  receiveFrom(ticket: number, socket: number, timeoutMs: number | undefined): void {
    const waiting = this.#answers.get(socket) ?? [];
    const message = waiting.shift();
    if (message === undefined) this.#reply(ticket, { errno: 'ECONNREFUSED' }, timeoutMs === undefined ? 0 : 1);
    else this.#reply(ticket, { ok: { from: { ip: server, port: 53 }, datagram: dnsDatagram(message) } as any }, 4);
  }
  ping(ticket: number, ip: string, timeoutMs: number): void {
    if (ip === '10.244.0.5') this.#reply(ticket, { ok: 0.5 });
    else this.#reply(ticket, { ok: null }, timeoutMs);
  }
  abandon(): void {}
  closeOwner(): void {}
}

function world(kind: string) {
  const sim = createSim();
  const kernel: ProcessKernel = createProcesses(sim);
  const network = new SmallNetwork(sim);
  network.complete = (ticket, result) => kernel.complete(ticket, result);
  const programs = kind === 'busybox' ? busyboxPrograms : gnuPrograms;
  const files = new TreeFileSystem(
    buildRoot(programs, {
      '/etc/resolv.conf': `search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${server}\noptions ndots:5\n`,
      '/etc/hosts': '127.0.0.1\tlocalhost\n10.244.0.7\tclient\n',
      '/root/': '',
      '/tmp/': '',
    }),
  );
  const machine: Machine = { hostname: 'client', files, lookup: lookupIn(programs, files), network, devices: {} };
  let owner = 1;
  return (line: string): string => {
    let output = '';
    let code: number | undefined;
    kernel.start(
      {
        machine,
        argv: [kind === 'busybox' ? 'sh' : 'bash', '-c', line],
        env: { PATH: '/usr/bin:/bin:/sbin', HOME: '/root' },
        cwd: '/root',
        owner: owner++,
      },
      { output: (_fd, text) => (output += text), exit: (status) => (code = status.code) },
    );
    while (code === undefined && sim.now < 3_600_000 && sim.step());
    return (code === 0 ? output : `${output}[exit ${code}]\n`).replace(/id: \d+/, 'id: N');
  };
}

describe('network tools', () => {
  const folder = join(import.meta.dirname, 'testdata', 'network');
  for (const file of readdirSync(folder)) {
    it(`print what ${file} says`, () => {
      const text = readFileSync(join(folder, file), 'utf8');
      const run = world(/^# machine: (\S+)/.exec(text)?.[1] ?? 'debian');
      const parts = text.split(/^\$ /m).slice(1);
      const clean = (body: string) => body.replace(/\n+$/, '\n');
      const actual = parts.map((part) => {
        const command = part.slice(0, part.indexOf('\n'));
        return clean(`${command}\n${run(command)}`);
      });
      expect(actual.join('')).toBe(parts.map((part) => clean(part)).join(''));
    });
  }
});
