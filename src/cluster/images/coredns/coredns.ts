// The CoreDNS process: reads its Corefile, waits for the API server, serves DNS, health, readiness and metrics, reloads, and stays for
// its lameduck time after SIGTERM. One process owns the sockets and the cache; what takes time (upstreams, clocks, HTTP) are helpers
// that report by datagrams on loopback. Simplified: DNS over TCP is not served. Models: coredns 1.14.6 coremain, plugin/*
import { asDnsMessage, dnsDatagram, type DnsMessage, type DnsQuestion, type DnsRecord, wireSize } from '../../../posix/dns.ts';
import { type Body, defineProgram, type Endpoint, type Os, SystemError } from '../../../posix/program.ts';
import type { Plain } from '../../../sim/plain.ts';
import { pathOf, serveHttp, text } from '../http-server.ts';
import { inZone, readConfig, type ServerConfig } from './config.ts';
import { CorefileError, parseCorefile } from './corefile.ts';
import { type Reaction, Server } from './server.ts';
import { sha512 } from './sha512.ts';
import { type View, viewOf } from './view.ts';

export const COREDNS_VERSION = '1.14.6';
/** Listing the cluster for the first time takes the real plugin long enough to say so once or twice. */
const SYNC_CHECK_MS = 100;
const SYNC_LOG_MS = 500;
const SYNC_LEAST_MS = 600;
const SYNC_GIVE_UP_MS = 5000;
const RELOAD_MS = 30_000;
const RELOAD_JITTER_MS = 15_000;
const UPSTREAM_TIMEOUT_MS = 2000;

/** What a helper tells the server: datagrams with this field come from loopback only. */
type Note =
  | { readonly coredns: 'forwarded'; readonly id: number; readonly message: Plain; readonly error: string }
  | { readonly coredns: 'reload' }
  | { readonly coredns: 'stop' };

interface Pending {
  readonly server: Server;
  readonly query: DnsMessage;
  readonly from: Endpoint;
  readonly asked: DnsQuestion;
  readonly prefix: readonly DnsRecord[];
  readonly sinceMs: number;
}

export const coredns = defineProgram({
  name: 'coredns',
  *run(os) {
    return yield* new CoreDns(os).run();
  },
});

class CoreDns {
  readonly #os: Os;
  readonly #view: View;
  #file = '';
  #text = '';
  #servers: Server[] = [];
  #socket = 0;
  #port = 53;
  #ownIp = '';
  #stopping = false;
  readonly #pending = new Map<number, Pending>();
  #nextPending = 1;

  constructor(os: Os) {
    this.#os = os;
    this.#view = viewOf(os);
  }

  *run(): Body<number> {
    const os = this.#os;
    const conf = os.argv.indexOf('-conf');
    this.#file = conf < 0 ? 'Corefile' : (os.argv[conf + 1] ?? 'Corefile');
    yield* os.trap('TERM', 'queue');
    yield* this.#say('maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined');
    let configs: ServerConfig[];
    try {
      this.#text = yield* os.readFile(this.#file);
      configs = readConfig(this.#text, this.#file);
    } catch (error) {
      return yield* this.#fail(error);
    }
    this.#ownIp = (yield* os.net.interfaces()).find(({ name }) => name !== 'lo')?.ip ?? '127.0.0.1';
    this.#servers = configs.map((config) => new Server(config));
    this.#port = configs[0]?.port ?? 53;
    yield* this.#watchHealth();
    if (configs.some(({ kubernetes }) => kubernetes !== undefined)) yield* this.#waitForApi();
    this.#socket = yield* os.net.bindUdp(this.#port);
    for (const { zone, port } of configs) yield* this.#say(`${zone}:${port}`);
    if (configs.some(({ reload }) => reload)) {
      yield* this.#say(`[INFO] plugin/reload: Running configuration SHA512 = ${configurationHash(this.#text, this.#file)}`);
      yield* this.#tick();
    }
    yield* this.#say(`CoreDNS-${COREDNS_VERSION}`);
    yield* this.#say('linux/amd64, go1.26.8, 0000000');
    if (configs.some(({ loop }) => loop)) yield* this.#probeLoop();
    return yield* this.#serve();
  }

  *#say(line: string): Body<void> {
    yield* this.#os.write(1, `${line}\n`);
  }

  *#fail(error: unknown): Body<number> {
    if (error instanceof CorefileError) yield* this.#say(error.message);
    else if (error instanceof SystemError) yield* this.#say(`loading Caddyfile via flag: open ${this.#file}: no such file or directory`);
    else throw error;
    return 1;
  }

  *#waitForApi(): Body<void> {
    for (let waited = SYNC_CHECK_MS; waited <= SYNC_GIVE_UP_MS; waited += SYNC_CHECK_MS) {
      yield* this.#os.sleep(SYNC_CHECK_MS);
      if (waited >= SYNC_LEAST_MS && (yield* this.#view.synced())) return;
      if (waited % SYNC_LOG_MS === 0) yield* this.#say('[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server');
    }
    yield* this.#say('[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API');
  }

  // --- Serving

  *#serve(): Body<number> {
    const os = this.#os;
    for (;;) {
      try {
        const { from, datagram } = yield* os.net.receiveFrom(this.#socket);
        const note = noteOf(from, datagram);
        if (note?.coredns === 'stop') return 0;
        if (note !== undefined) yield* this.#heed(note);
        else {
          const query = asDnsMessage(datagram);
          if (query !== undefined && !query.flags.qr) yield* this.#query(query, from);
        }
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (error.errno === 'EINTR') yield* this.#interrupted();
        // An ICMP error for an answer nobody waited for any more says nothing here.
        else if (error.errno !== 'ECONNREFUSED' && error.errno !== 'EHOSTUNREACH') throw error;
      }
    }
  }

  *#interrupted(): Body<void> {
    const signals = yield* this.#os.pendingSignals();
    if (!signals.includes('TERM') || this.#stopping) return;
    this.#stopping = true;
    yield* this.#say('[INFO] SIGTERM: Shutting down servers then terminating');
    const lameduckMs = Math.max(0, ...this.#servers.map(({ config }) => config.lameduckMs));
    if (lameduckMs > 0) yield* this.#say(`[INFO] plugin/health: Going into lameduck mode for ${lameduckMs / 1000}s`);
    const port = this.#port;
    yield* this.#helper(function* (os) {
      yield* os.sleep(lameduckMs);
      yield* tell(os, port, { coredns: 'stop' });
      return 0;
    });
  }

  #serverFor(name: string): Server | undefined {
    let best: Server | undefined;
    for (const server of this.#servers) {
      if (server.config.port !== this.#port || !inZone(name.toLowerCase(), server.config.zone)) continue;
      if (best === undefined || server.config.zone.length > best.config.zone.length) best = server;
    }
    return best;
  }

  *#query(query: DnsMessage, from: Endpoint): Body<void> {
    const server = this.#serverFor(query.question.name);
    if (server === undefined) {
      yield* this.#os.net.sendTo(this.#socket, from, dnsDatagram({ ...query, rcode: 'REFUSED', flags: { ...query.flags, qr: true } }));
      return;
    }
    const now = yield* this.#os.time();
    const reaction: Reaction = yield* server.react(query, this.#view, this.#ownIp, now, (bound) => this.#os.random(bound));
    if (reaction.kind === 'answer') yield* this.#reply(server, query, from, reaction.message, now);
    else yield* this.#forward(server, query, from, reaction.question, reaction.prefix, now);
  }

  *#reply(server: Server, query: DnsMessage, from: Endpoint, message: DnsMessage, sinceMs: number): Body<void> {
    yield* this.#os.net.sendTo(this.#socket, from, dnsDatagram(message));
    if (server.config.log) yield* this.#log(query, from, message, sinceMs);
  }

  *#log(query: DnsMessage, from: Endpoint, message: DnsMessage, sinceMs: number): Body<void> {
    const tookMs = (yield* this.#os.time()) - sinceMs;
    const nanoseconds = 60_000 + (yield* this.#os.random(700_000));
    const seconds = String((tookMs * 1_000_000 + nanoseconds) / 1_000_000_000);
    const { name, type } = query.question;
    const asked = `"${type} IN ${name.toLowerCase()} udp ${wireSize(query)} false ${query.edns?.udpSize ?? 512}"`;
    const flags = Object.entries(message.flags).filter(([, set]) => set);
    const { edns, ...bare } = message;
    void edns;
    yield* this.#say(
      `[INFO] ${from.ip}:${from.port} - ${query.id} ${asked} ${message.rcode} ${flags.map(([flag]) => flag).join(',')} ${wireSize(bare)} ${seconds}s`,
    );
  }

  // --- Upstreams

  *#forward(
    server: Server,
    query: DnsMessage,
    from: Endpoint,
    asked: DnsQuestion,
    prefix: readonly DnsRecord[],
    sinceMs: number,
  ): Body<void> {
    const upstreams = yield* this.#upstreams(server.config.forward!.to);
    const id = this.#nextPending++;
    this.#pending.set(id, { server, query, from, asked, prefix, sinceMs });
    const start = upstreams.length === 0 ? 0 : yield* this.#os.random(upstreams.length);
    const order = [...upstreams.slice(start), ...upstreams.slice(0, start)];
    const port = this.#port;
    const message = { ...query, question: asked };
    const ownIp = this.#ownIp;
    yield* this.#helper(function* (os) {
      const { answer, error } = yield* askUpstreams(os, order, message, ownIp);
      yield* tell(os, port, { coredns: 'forwarded', id, message: answer === undefined ? null : dnsDatagram(answer), error });
      return 0;
    });
  }

  /** Addresses with ports; a path means the name servers of that resolv.conf. */
  *#upstreams(to: readonly string[]): Body<Endpoint[]> {
    const found: Endpoint[] = [];
    for (const each of to) {
      if (each.startsWith('/')) {
        const text = yield* this.#os.readFile(each);
        for (const [, ip] of text.matchAll(/^nameserver\s+(\S+)/gm)) found.push({ ip: ip!, port: 53 });
      } else {
        const [, ip = each, port = '53'] = /^(?:dns:\/\/)?([\d.]+)(?::(\d+))?$/.exec(each) ?? [];
        found.push({ ip, port: Number(port) });
      }
    }
    return found;
  }

  *#heed(note: Note): Body<void> {
    if (note.coredns === 'reload') {
      yield* this.#reload();
      return;
    }
    if (note.coredns !== 'forwarded') return;
    const pending = this.#pending.get(note.id);
    if (pending === undefined) return;
    this.#pending.delete(note.id);
    const { server, query, from, asked, prefix, sinceMs } = pending;
    const upstream = note.message === null ? undefined : asDnsMessage(note.message);
    if (upstream === undefined && server.config.errors)
      yield* this.#say(`[ERROR] plugin/errors: 2 ${asked.name} ${asked.type}: ${note.error}`);
    // An inner look-up is a query of its own to the chain, and logged as one.
    if (prefix.length > 0 && upstream !== undefined && server.config.log) {
      yield* this.#log({ ...query, question: asked }, from, { ...upstream, edns: undefined }, sinceMs);
    }
    const now = yield* this.#os.time();
    const message = yield* server.settle(query, asked, prefix, upstream, now, (bound) => this.#os.random(bound));
    if (from.port !== 0) yield* this.#reply(server, query, from, message, sinceMs);
    else if (server.config.log)
      yield* this.#log(query, { ip: '127.0.0.1', port: 32_768 + (yield* this.#os.random(28_000)) }, message, sinceMs);
  }

  /** loop: a question with a random name must not come back here. */
  *#probeLoop(): Body<void> {
    const server = this.#serverFor('.');
    if (server?.config.forward === undefined) return;
    const digits = function* (os: Os): Body<string> {
      return `${1 + (yield* os.random(8999))}${String(yield* os.random(1e9)).padStart(9, '0')}${String(yield* os.random(1e6)).padStart(6, '0')}`;
    };
    const name = `${yield* digits(this.#os)}.${yield* digits(this.#os)}.`;
    const question = { name, type: 'HINFO' as const };
    const query: DnsMessage = {
      id: yield* this.#os.random(65_536),
      question,
      rcode: 'NOERROR',
      flags: { qr: false, aa: false, tc: false, rd: true, ra: false },
      answers: [],
      authority: [],
      additional: [],
    };
    yield* this.#forward(server, query, { ip: '127.0.0.1', port: 0 }, question, [], yield* this.#os.time());
  }

  // --- Reload, health

  *#reload(): Body<void> {
    yield* this.#tick();
    const text = yield* this.#os.readFile(this.#file);
    if (text === this.#text) return;
    yield* this.#say('[INFO] Reloading');
    try {
      const configs = readConfig(text, this.#file);
      this.#servers = configs.map((config) => new Server(config));
      this.#text = text;
      yield* this.#say(`[INFO] plugin/reload: Running configuration SHA512 = ${configurationHash(text, this.#file)}`);
      yield* this.#say('[INFO] Reloading complete');
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      this.#text = text;
      yield* this.#say(`[ERROR] Restart failed: ${error.message}`);
      yield* this.#say(`[ERROR] plugin/reload: Corefile changed but reload failed: ${error.message}`);
    }
  }

  *#tick(): Body<void> {
    const port = this.#port;
    const delayMs = RELOAD_MS + (yield* this.#os.random(RELOAD_JITTER_MS));
    yield* this.#helper(function* (os) {
      yield* os.sleep(delayMs);
      yield* tell(os, port, { coredns: 'reload' });
      return 0;
    });
  }

  *#watchHealth(): Body<void> {
    const [config] = this.#servers.map((server) => server.config);
    if (config?.healthPort !== undefined) yield* this.#http(config.healthPort, '/health', alwaysOk);
    if (config?.readyPort !== undefined)
      yield* this.#http(config.readyPort, '/ready', config.kubernetes === undefined ? alwaysOk : readiness);
    if (config?.metricsPort !== undefined) yield* this.#http(config.metricsPort, '/metrics', metrics);
  }

  *#http(port: number, path: string, answer: (os: Os) => Body<readonly [status: number, body: string]>): Body<void> {
    yield* this.#helper((helper) =>
      serveHttp(helper, port, function* ({ os, request }) {
        if (pathOf(request.target) !== path) return text(404, '404 page not found\n');
        const [status, body] = yield* answer(os);
        return text(status, body);
      }),
    );
  }

  *#helper(body: (os: Os) => Body<number>): Body<void> {
    yield* this.#os.spawn(['coredns'], { body });
  }
}

function noteOf(from: Endpoint, datagram: Plain): Note | undefined {
  if (from.ip !== '127.0.0.1' || typeof datagram !== 'object' || datagram === null || Array.isArray(datagram)) return undefined;
  return 'coredns' in datagram ? (datagram as unknown as Note) : undefined;
}

function* tell(os: Os, port: number, note: Note): Body<void> {
  const socket = yield* os.net.bindUdp(0);
  yield* os.net.sendTo(socket, { ip: '127.0.0.1', port }, note as unknown as Plain);
  yield* os.net.close(socket);
}

function* askUpstreams(
  os: Os,
  upstreams: readonly Endpoint[],
  query: DnsMessage,
  ownIp: string,
): Body<{ readonly answer: DnsMessage | undefined; readonly error: string }> {
  let error = 'no upstream host';
  for (const upstream of upstreams) {
    const socket = yield* os.net.bindUdp(0);
    try {
      yield* os.net.sendTo(socket, upstream, dnsDatagram({ ...query, edns: undefined }));
      const { datagram } = yield* os.net.receiveFrom(socket, UPSTREAM_TIMEOUT_MS);
      const answer = asDnsMessage(datagram);
      yield* os.net.close(socket);
      if (answer !== undefined) return { answer, error: '' };
    } catch (failure) {
      if (!(failure instanceof SystemError)) throw failure;
      yield* os.net.close(socket);
      const port = 32_768 + (yield* os.random(28_000));
      const why =
        failure.errno === 'ECONNREFUSED'
          ? 'read: connection refused'
          : failure.errno === 'EHOSTUNREACH'
            ? 'read: no route to host'
            : 'i/o timeout';
      error = `read udp ${ownIp}:${port}->${upstream.ip}:${upstream.port}: ${why}`;
    }
  }
  return { answer: undefined, error };
}

function* alwaysOk(): Body<readonly [number, string]> {
  return [200, 'OK'];
}

function* readiness(os: Os): Body<readonly [number, string]> {
  if (yield* viewOf(os).synced()) return [200, 'OK'];
  yield* os.write(1, '[INFO] plugin/ready: Plugins not ready: "kubernetes"\n');
  return [503, 'kubernetes'];
}

function* metrics(): Body<readonly [number, string]> {
  return [
    200,
    `# HELP coredns_build_info A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.\n# TYPE coredns_build_info gauge\ncoredns_build_info{goversion="go1.26.8",revision="0000000",version="${COREDNS_VERSION}"} 1\n`,
  ];
}

/** The reload plugin hashes the parsed server blocks as JSON. */
export function configurationHash(text: string, file: string): string {
  const blocks = parseCorefile(text, file).map(({ keys, directives }) => {
    const found = new Map<string, { File: string; Line: number; Text: string }[]>();
    for (const directive of directives) {
      const list = found.get(directive.name) ?? [];
      list.push(...tokensOf(directive, file));
      found.set(directive.name, list);
    }
    return { Keys: keys, Tokens: Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))) };
  });
  return sha512(JSON.stringify(blocks));
}

function tokensOf(
  directive: { name: string; args: readonly string[]; options: readonly any[]; line: number },
  file: string,
): { File: string; Line: number; Text: string }[] {
  const token = (Text: string, Line: number) => ({ File: file, Line, Text });
  const own = [directive.name, ...directive.args].map((text) => token(text, directive.line));
  if (directive.options.length === 0) return own;
  const inner = directive.options.flatMap((option) => tokensOf(option, file));
  const last = inner[inner.length - 1]!.Line + 1;
  return [...own, token('{', directive.line), ...inner, token('}', last)];
}
