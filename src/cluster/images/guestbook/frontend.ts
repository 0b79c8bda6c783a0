// The guestbook's frontend: a PHP page that writes to the Redis leader and reads from its followers, found by name or by variables.
// Models: GoogleCloudPlatform/kubernetes-engine-samples guestbook/php-redis (guestbook.php, GET_HOSTS_FROM)
import { httpResponse } from '../../../posix/http.ts';
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { type Exchange, pathOf, queryOf, serveHttp, text } from '../http-server.ts';
import { defineImage, type ImageDefinition } from '../image.ts';
import { decodeReply, encode } from '../redis/resp.ts';

interface Names {
  readonly leader: string;
  readonly follower: string;
}

/** Redis as the page finds it: a name for DNS, or what the environment says. */
function hostOf(os: Os, service: string): string {
  if ((os.env['GET_HOSTS_FROM'] ?? 'dns') !== 'env') return service;
  return os.env[`${service.toUpperCase().replaceAll('-', '_')}_SERVICE_HOST`] ?? '';
}

type Answer = { readonly value: string } | { readonly error: string };

function* askRedis(os: Os, host: string, words: readonly string[]): Body<Answer> {
  const port = 6379;
  const ip = /^[\d.]+$/.test(host) ? host : host === '' ? undefined : (yield* os.net.resolve(host))[0];
  const failed = (why: string): Answer => ({
    error: `PHP Fatal error:  Uncaught Predis\\Connection\\ConnectionException: ${why} [tcp://${host}:${port}]`,
  });
  if (ip === undefined) return failed('php_network_getaddresses: getaddrinfo failed: Name or service not known');
  try {
    const connection = yield* os.net.connect({ ip, port }, { timeoutMs: 5000 });
    yield* os.net.send(connection, encode(words));
    let buffer = '';
    for (;;) {
      const chunk = yield* os.net.receive(connection, 5000);
      if (chunk === undefined) return failed('Connection reset by peer');
      buffer += chunk;
      const reply = decodeReply(buffer);
      if (reply === undefined) continue;
      yield* os.net.close(connection);
      const value = reply.value as any;
      if (value !== null && typeof value === 'object' && 'error' in value) return { error: value.error };
      return { value: value === null ? '' : typeof value === 'object' && 'status' in value ? value.status : String(value) };
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return failed(error.errno === 'ECONNREFUSED' ? 'Connection refused' : 'Connection timed out');
  }
}

const PAGE = `<html ng-app="redis">
  <head>
    <title>Guestbook</title>
  </head>
  <body>
    <h2>Guestbook</h2>
    <form><input type="text" name="value" placeholder="Messages"><button>Submit</button></form>
  </body>
</html>
`;

function* page({ os, request }: Exchange, names: Names) {
  const path = pathOf(request.target);
  const { cmd, key = '', value = '' } = queryOf(request.target);
  if (path === '/' || path === '/index.html') return text(200, PAGE, 'text/html');
  if (path !== '/guestbook.php') return text(404, 'Not Found');
  if (cmd === undefined) return text(200, '', 'text/html; charset=UTF-8');
  const answer =
    cmd === 'set'
      ? yield* askRedis(os, hostOf(os, names.leader), ['SET', key, value])
      : yield* askRedis(os, hostOf(os, names.follower), ['GET', key]);
  const json = [
    ['Access-Control-Allow-Origin', '*'],
    ['Content-Type', 'application/json'],
  ] as const;
  if ('error' in answer) {
    yield* os.write(2, `[php] ${answer.error}\n`);
    return httpResponse(500, json, '');
  }
  return httpResponse(200, json, cmd === 'set' ? '{"message": "Updated"}' : `{"data": "${answer.value}"}`);
}

function frontend(names: Names) {
  return defineProgram({
    name: 'apache2-foreground',
    *run(os) {
      yield* os.write(
        2,
        "AH00558: apache2: Could not reliably determine the server's fully qualified domain name. Set the 'ServerName' directive globally to suppress this message\n",
      );
      return yield* serveHttp(
        os,
        80,
        function* (exchange) {
          const response = yield* page(exchange, names);
          const { request, from } = exchange;
          yield* exchange.os.write(
            1,
            `${from.ip} - - "${request.method} ${request.target} ${request.version}" ${response.status} ${response.body.length}\n`,
          );
          return response;
        },
        { stops: ['TERM', 'WINCH'] },
      );
    },
  });
}

function image(repository: string, tags: readonly string[], names: Names): ImageDefinition {
  return defineImage({
    repository,
    tags,
    sizeMiB: 160,
    entrypoint: ['docker-php-entrypoint'],
    cmd: ['apache2-foreground'],
    env: { PATH: DEBIAN_PATH },
    workingDir: '/var/www/html',
    exposedPorts: [80],
    files: DEBIAN_FILES,
    programs: { ...gnuPrograms, '/usr/local/bin/apache2-foreground': frontend(names), '/usr/local/bin/docker-php-entrypoint': entrypoint },
  });
}

/** Becomes the command it is given. */
const entrypoint = defineProgram({
  name: 'docker-php-entrypoint',
  *run(os) {
    yield* os.exec(os.argv.slice(1));
    return 0;
  },
});

const LEADER: Names = { leader: 'redis-leader', follower: 'redis-follower' };
const MASTER: Names = { leader: 'redis-master', follower: 'redis-slave' };

export const guestbookFrontends: readonly ImageDefinition[] = [
  image('us-docker.pkg.dev/google-samples/containers/gke/gb-frontend', ['v5', 'v6'], LEADER),
  image('gcr.io/google_samples/gb-frontend', ['v5', 'v6'], LEADER),
  image('gcr.io/google-samples/gb-frontend', ['v3', 'v4'], MASTER),
];
