// agnhost: the many-purpose test image of Kubernetes; one folder entry per subcommand we run.
// Models: kubernetes v1.37 test/images/agnhost/{netexec,serve-hostname,guestbook,pause,…}
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { formatRequest, httpResponse, type HttpResponse, parseResponse } from '../../../posix/http.ts';
import { acceptAll, type Exchange, pathOf, queryOf, serveHttp, text } from '../http-server.ts';
import { defineImage } from '../image.ts';
import { flag } from './flag.ts';
import { guestbook } from './guestbook.ts';

type Subcommand = (os: Os, args: readonly string[]) => Body<number>;

function* netexecAnswer({ os, request, from }: Exchange) {
  const query = queryOf(request.target);
  switch (pathOf(request.target)) {
    case '/':
    case '/index.html': {
      const now = yield* os.time();
      return text(200, `NOW: ${new Date(now).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC')}`);
    }
    case '/hostname':
    case '/hostName':
      return text(200, yield* os.hostname());
    case '/clientip':
      return text(200, `${from.ip}:${from.port}`);
    case '/echo':
      return text(Number(query['code'] ?? 200), query['msg'] ?? '');
    case '/healthz':
      return text(200, '');
    case '/header':
      return text(200, request.headers.find(([name]) => name.toLowerCase() === (query['key'] ?? '').toLowerCase())?.[1] ?? '');
    case '/redirect':
      return httpResponse(Number(query['code'] ?? 302), [['Location', query['loc'] ?? '/']], '');
    case '/shell':
      return yield* runShell(os, query['cmd'] ?? query['shellCommand'] ?? '');
    case '/dial':
      return yield* dial(os, query);
    default:
      return text(404, '404 page not found\n');
  }
}

/** What `/shell?cmd=` answers: the command's output as JSON. */
function* runShell(os: Os, command: string): Body<HttpResponse> {
  const [reading, writing] = yield* os.pipe();
  const pid = yield* os.spawn(['/bin/sh', '-c', command], { fds: { 0: 0, 1: writing, 2: writing } });
  yield* os.close(writing);
  const output = yield* os.readAll(reading);
  yield* os.close(reading);
  const { code } = yield* os.wait(pid);
  const error = code === 0 ? {} : { error: `exit status ${code}` };
  return text(200, JSON.stringify({ ...error, output }), 'application/json');
}

/** `/dial?host=&port=&request=&protocol=&tries=`: asks another netexec and reports who answered. */
function* dial(os: Os, query: Readonly<Record<string, string>>): Body<HttpResponse> {
  const { host = '', port = '', request = 'hostname', protocol = 'http', tries = '1' } = query;
  const responses: string[] = [];
  const errors: string[] = [];
  const [ip] = /^[\d.]+$/.test(host) ? [host] : yield* os.net.resolve(host);
  for (let attempt = 0; attempt < Number(tries); attempt++) {
    try {
      if (ip === undefined) throw new SystemError('EHOSTUNREACH');
      const answer = yield* protocol === 'udp' ? dialUdp(os, ip, Number(port), request) : dialHttp(os, ip, Number(port), request);
      responses.push(answer);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      errors.push(`${protocol} ${host}:${port}: ${error.errno}`);
    }
  }
  return text(200, JSON.stringify({ ...(errors.length === 0 ? {} : { errors }), responses }), 'application/json');
}

function* dialHttp(os: Os, ip: string, port: number, request: string): Body<string> {
  const connection = yield* os.net.connect({ ip, port }, { timeoutMs: 5000 });
  const headers = [
    ['Host', `${ip}:${port}`],
    ['Connection', 'close'],
  ] as const;
  yield* os.net.send(connection, formatRequest({ method: 'GET', target: `/${request}`, version: 'HTTP/1.1', headers, body: '' }));
  let received = '';
  for (;;) {
    const chunk = yield* os.net.receive(connection, 5000);
    if (chunk !== undefined) received += chunk;
    const parsed = parseResponse(received, { closed: chunk === undefined, method: 'GET' });
    if (parsed.state === 'incomplete' && chunk !== undefined) continue;
    yield* os.net.close(connection);
    return parsed.state === 'complete' ? parsed.message.body : '';
  }
}

function* dialUdp(os: Os, ip: string, port: number, request: string): Body<string> {
  const socket = yield* os.net.bindUdp(0);
  yield* os.net.sendTo(socket, { ip, port }, request);
  const { datagram } = yield* os.net.receiveFrom(socket, 5000);
  return String(datagram);
}

/** Go programs that catch no signal end with 2 when TERM reaches them as the first process. */
const GO_TERMINATED = 2;

function* netexec(os: Os, args: readonly string[]): Body<number> {
  const port = Number(flag(args, 'http-port', '8080'));
  const udp = Number(flag(args, 'udp-port', '8081'));
  yield* os.write(
    2,
    `I1124 12:00:00.000000       1 log.go:245] Started HTTP server on port ${port}\nI1124 12:00:00.000000       1 log.go:245] Started UDP server on port  ${udp}\n`,
  );
  yield* os.spawn(['netexec-udp'], { body: (thread) => netexecUdp(thread, udp) });
  return yield* serveHttp(os, port, netexecAnswer, { stops: ['TERM'] });
}

function* netexecUdp(os: Os, port: number): Body<number> {
  const socket = yield* os.net.bindUdp(port);
  for (;;) {
    const { from, datagram } = yield* os.net.receiveFrom(socket);
    const words = String(datagram).trim().split(/\s+/);
    const reply =
      words[0]?.toLowerCase() === 'hostname'
        ? yield* os.hostname()
        : words[0]?.toLowerCase() === 'echo'
          ? words.slice(1).join(' ')
          : words[0]?.toLowerCase() === 'clientip'
            ? `${from.ip}:${from.port}`
            : undefined;
    if (reply !== undefined) yield* os.net.sendTo(socket, from, reply);
  }
}

function* serveHostname(os: Os, args: readonly string[]): Body<number> {
  const port = Number(flag(args, 'port', '9376'));
  yield* serveHttp(
    os,
    port,
    function* ({ os: thread }) {
      return text(200, yield* thread.hostname());
    },
    { stops: ['TERM'] },
  );
  return GO_TERMINATED;
}

function* testWebserver(os: Os, args: readonly string[]): Body<number> {
  yield* serveHttp(
    os,
    Number(flag(args, 'port', '80')),
    function* ({ os: thread, request }) {
      try {
        return text(200, yield* thread.readFile(pathOf(request.target)));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return text(404, '404 page not found\n');
      }
    },
    { stops: ['TERM'] },
  );
  return GO_TERMINATED;
}

/** `agnhost liveness`: answers 200 for ten seconds, then 500. */
function* liveness(os: Os, args: readonly string[]): Body<number> {
  const begun = yield* os.time();
  yield* serveHttp(
    os,
    Number(flag(args, 'port', '8080')),
    function* ({ os: thread, request }) {
      const seconds = ((yield* thread.time()) - begun) / 1000;
      if (pathOf(request.target) !== '/healthz') return text(200, String(begun));
      return seconds > 10 ? text(500, `error: ${seconds}`) : text(200, 'ok');
    },
    { stops: ['TERM'] },
  );
  return GO_TERMINATED;
}

/** `agnhost grpc-health-checking`: the gRPC health service on 5000, switched over HTTP on 8080. See kube-probe.ts for the protocol. */
function* grpcHealthChecking(os: Os, args: readonly string[]): Body<number> {
  const health = { word: 'SERVING' };
  const grpc = Number(flag(args, 'port', '5000'));
  yield* os.spawn(['grpc'], {
    body: function* (thread: Os): Body<number> {
      const listener = yield* thread.net.listen(grpc);
      return yield* acceptAll(thread, listener, function* (worker, connection) {
        if ((yield* worker.net.receive(connection))?.startsWith('GRPC ') === true) yield* worker.net.send(connection, `${health.word}\n`);
        yield* worker.net.close(connection);
        return 0;
      });
    },
  });
  yield* os.write(2, `I1124 12:00:00.000000       1 log.go:245] Http server starting to listen on :${flag(args, 'http-port', '8080')}\n`);
  yield* serveHttp(
    os,
    Number(flag(args, 'http-port', '8080')),
    function* ({ request }) {
      if (pathOf(request.target) === '/make-serving') health.word = 'SERVING';
      else if (pathOf(request.target) === '/make-not-serving') health.word = 'NOT_SERVING';
      else return text(404, '404 page not found\n');
      return text(200, '');
    },
    { stops: ['TERM'] },
  );
  return GO_TERMINATED;
}

function* entrypointTester(os: Os): Body<number> {
  yield* os.write(1, `[${os.argv.join(' ')}]\n`);
  return 0;
}

/** Tells by its exit code which signal it got. */
function* pauseCommand(os: Os): Body<number> {
  for (const signal of ['INT', 'TERM'] as const) yield* os.trap(signal, 'queue');
  yield* os.write(1, 'Paused\nSignals registered\n');
  try {
    for (;;) yield* os.pause();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  return (yield* os.pendingSignals())[0] === 'INT' ? 1 : GO_TERMINATED;
}

function* connectTo(os: Os, args: readonly string[]): Body<number> {
  const target = args.find((arg) => !arg.startsWith('--')) ?? '';
  const [host, port] = [target.slice(0, target.lastIndexOf(':')), Number(target.slice(target.lastIndexOf(':') + 1))];
  const seconds = Number.parseFloat(flag(args, 'timeout', '0s')) || 0;
  const addresses = /^[\d.]+$/.test(host) ? [host] : yield* os.net.resolve(host);
  if (addresses.length === 0) {
    yield* os.write(2, 'DNS\n');
    return 1;
  }
  try {
    const connection = yield* os.net.connect({ ip: addresses[0], port }, seconds > 0 ? { timeoutMs: seconds * 1000 } : {});
    yield* os.net.close(connection);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* os.write(2, error.errno === 'ECONNREFUSED' ? 'REFUSED\n' : error.errno === 'ETIMEDOUT' ? 'TIMEOUT\n' : 'OTHER\n');
    return 1;
  }
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  netexec,
  'serve-hostname': serveHostname,
  'test-webserver': testWebserver,
  liveness,
  guestbook,
  connect: connectTo,
  'entrypoint-tester': entrypointTester,
  'grpc-health-checking': grpcHealthChecking,
  pause: pauseCommand,
};

const agnhostProgram = defineProgram({
  name: 'agnhost',
  *run(os) {
    const [, name = 'pause', ...args] = os.argv;
    const subcommand = SUBCOMMANDS[name];
    if (subcommand === undefined) {
      yield* os.write(2, `Error: unknown command "${name}" for "app"\nRun 'app --help' for usage.\n`);
      return 1;
    }
    return yield* subcommand(os, args);
  },
});

export const agnhost = defineImage({
  repository: 'registry.k8s.io/e2e-test-images/agnhost',
  tags: (tag) => /^2\.\d+$/.test(tag) && Number(tag.slice(2)) <= 63,
  sizeMiB: 52,
  entrypoint: ['/agnhost'],
  cmd: ['pause'],
  env: { PATH: DEBIAN_PATH },
  files: DEBIAN_FILES,
  programs: { ...gnuPrograms, '/agnhost': agnhostProgram },
});
