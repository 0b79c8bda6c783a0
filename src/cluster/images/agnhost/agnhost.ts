// agnhost: the many-purpose test image of Kubernetes; one folder entry per subcommand we run.
// Models: kubernetes v1.37 test/images/agnhost/{netexec,serve-hostname,guestbook,pause,…}
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { type Exchange, pathOf, queryOf, serveHttp, text } from '../http-server.ts';
import { defineImage } from '../image.ts';
import { pauseProgram } from '../pause/pause.ts';
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
    case '/exit':
      return text(200, '');
    case '/header':
      return text(200, request.headers.find(([name]) => name.toLowerCase() === (query['key'] ?? '').toLowerCase())?.[1] ?? '');
    case '/shell':
    case '/shutdown':
      return text(200, JSON.stringify({ output: '' }));
    default:
      return text(404, '404 page not found\n');
  }
}

function* netexec(os: Os, args: readonly string[]): Body<number> {
  const port = Number(flag(args, 'http-port', '8080'));
  const udp = Number(flag(args, 'udp-port', '8081'));
  yield* os.write(
    2,
    `I1124 12:00:00.000000       1 log.go:245] Started HTTP server on port ${port}\nI1124 12:00:00.000000       1 log.go:245] Started UDP server on port  ${udp}\n`,
  );
  yield* os.spawn(['netexec-udp'], { body: (thread) => netexecUdp(thread, udp) });
  return yield* serveHttp(os, port, netexecAnswer);
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
  return yield* serveHttp(os, port, function* ({ os: thread }) {
    return text(200, yield* thread.hostname());
  });
}

function* testWebserver(os: Os, args: readonly string[]): Body<number> {
  return yield* serveHttp(os, Number(flag(args, 'port', '80')), function* ({ os: thread, request }) {
    try {
      return text(200, yield* thread.readFile(pathOf(request.target)));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return text(404, '404 page not found\n');
    }
  });
}

/** `agnhost liveness`: answers 200 for ten seconds, then 500. */
function* liveness(os: Os, args: readonly string[]): Body<number> {
  const begun = yield* os.time();
  return yield* serveHttp(os, Number(flag(args, 'port', '8080')), function* ({ os: thread, request }) {
    const seconds = ((yield* thread.time()) - begun) / 1000;
    if (pathOf(request.target) !== '/healthz') return text(200, String(begun));
    return seconds > 10 ? text(500, `error: ${seconds}`) : text(200, 'ok');
  });
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
  pause: (os) => pauseProgram.run(os),
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
