// Redis: a server that keeps strings and lists and passes writes on to its followers, and redis-cli to talk to it.
// Models: redis 7.0 (RESP over TCP, texts of redis-server and redis-cli), the leader/follower pair of the guestbook tutorial
// Simplified: the commands a guestbook or a curious hand needs; nothing is written to disk; keys do not expire.
import { type Body, type ConnectionId, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { acceptAll } from '../http-server.ts';
import { defineImage, type ImageDefinition } from '../image.ts';
import { runCommand, type Store, WRITES } from './commands.ts';
import { decode, decodeReply, encode, shown } from './resp.ts';

const PORT = 6379;
const two = (value: number): string => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function stamp(role: 'C' | 'M' | 'S', ms: number): string {
  const date = new Date(ms);
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
  return `1:${role} ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} `;
}

function option(args: readonly string[], ...names: readonly string[]): readonly string[] | undefined {
  for (let i = 0; i < args.length; i++) if (names.includes(args[i])) return args.slice(i + 1);
  return undefined;
}

/** Host and port of an address that may be a name. */
function* dial(os: Os, host: string, port: number): Body<ConnectionId> {
  const ip = /^[\d.]+$/.test(host) ? host : (yield* os.net.resolve(host))[0];
  if (ip === undefined) throw new SystemError('ENOENT', host);
  return yield* os.net.connect({ ip, port });
}

function* serveClient(os: Os, connection: ConnectionId, store: Store, followers: Set<ConnectionId>, readOnly: boolean): Body<number> {
  let buffer = '';
  try {
    for (;;) {
      const chunk = yield* os.net.receive(connection);
      if (chunk === undefined) break;
      buffer += chunk;
      for (;;) {
        const parsed = decode(buffer);
        if (parsed === undefined) break;
        buffer = parsed.rest;
        const [name = '', ...args] = parsed.words;
        const command = name.toUpperCase();
        if (command === 'SYNC') {
          followers.add(connection);
          for (const [key, value] of store)
            yield* os.net.send(connection, encode(typeof value === 'string' ? ['SET', key, value] : ['RPUSH', key, ...value]));
          continue;
        }
        if (readOnly && WRITES.has(command)) {
          yield* os.net.send(connection, "-READONLY You can't write against a read only replica.\r\n");
          continue;
        }
        yield* os.net.send(
          connection,
          runCommand(store, command, args, { role: readOnly ? 'slave' : 'master', followers: followers.size }),
        );
        if (!WRITES.has(command)) continue;
        for (const follower of followers) yield* os.net.send(follower, encode(parsed.words));
      }
    }
    yield* os.net.close(connection);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  followers.delete(connection);
  return 0;
}

/** A follower's road to its leader: everything it holds, then every write; again and again when it breaks. */
function* follow(os: Os, host: string, port: number, store: Store): Body<number> {
  for (;;) {
    yield* os.write(1, `${stamp('S', yield* os.time())}* Connecting to MASTER ${host}:${port}\n`);
    try {
      const connection = yield* dial(os, host, port);
      yield* os.write(1, `${stamp('S', yield* os.time())}* MASTER <-> REPLICA sync started\n`);
      yield* os.net.send(connection, encode(['SYNC']));
      store.clear();
      yield* os.write(1, `${stamp('S', yield* os.time())}* MASTER <-> REPLICA sync: Finished with success\n`);
      let buffer = '';
      for (let chunk = yield* os.net.receive(connection); chunk !== undefined; chunk = yield* os.net.receive(connection)) {
        buffer += chunk;
        for (let parsed = decode(buffer); parsed !== undefined; parsed = decode(buffer)) {
          buffer = parsed.rest;
          const [name = '', ...args] = parsed.words;
          runCommand(store, name.toUpperCase(), args, { role: 'slave', followers: 0 });
        }
      }
      yield* os.write(1, `${stamp('S', yield* os.time())}* Connection with master lost.\n`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* os.write(
        1,
        `${stamp('S', yield* os.time())}# Unable to connect to MASTER: ${error.errno === 'ECONNREFUSED' ? 'Connection refused' : 'Invalid argument'}\n`,
      );
    }
    yield* os.sleep(1000);
  }
}

const server = defineProgram({
  name: 'redis-server',
  *run(os) {
    const args = os.argv.slice(1);
    const port = Number(option(args, '--port')?.[0] ?? PORT);
    const leader = option(args, '--slaveof', '--replicaof');
    const [host, leaderPort] = leader?.[0]?.includes(' ') ? leader[0].split(' ') : [leader?.[0], leader?.[1]];
    const store: Store = new Map();
    const now = yield* os.time();
    const role = host === undefined ? 'M' : 'S';
    yield* os.write(
      1,
      `${stamp('C', now)}* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n${stamp('C', now)}* Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=1, just started\n${stamp(role, now)}* Running mode=standalone, port=${port}.\n${stamp(role, now)}* Server initialized\n`,
    );
    if (host !== undefined)
      yield* os.spawn(['redis-server'], { body: (thread) => follow(thread, host, Number(leaderPort ?? PORT), store) });
    const listener = yield* os.net.listen(port);
    yield* os.write(1, `${stamp(role, now)}* Ready to accept connections\n`);
    const followers = new Set<ConnectionId>();
    return yield* acceptAll(os, listener, (thread, connection) => serveClient(thread, connection, store, followers, host !== undefined), {
      stops: ['TERM', 'INT'],
    });
  },
});

const client = defineProgram({
  name: 'redis-cli',
  *run(os) {
    const args = [...os.argv.slice(1)];
    let host = '127.0.0.1';
    let port = PORT;
    while (args[0]?.startsWith('-')) {
      const name = args.shift();
      if (name === '-h') host = args.shift() ?? host;
      else if (name === '-p') port = Number(args.shift());
    }
    try {
      const connection = yield* dial(os, host, port);
      const commands =
        args.length > 0
          ? [args]
          : (yield* os.readAll(0))
              .split('\n')
              .filter((line) => line.trim() !== '')
              .map((line) => line.trim().split(/\s+/));
      for (const words of commands) {
        yield* os.net.send(connection, encode(words));
        let buffer = '';
        let reply = decodeReply(buffer);
        while (reply === undefined) {
          const chunk = yield* os.net.receive(connection);
          if (chunk === undefined) return 1;
          buffer += chunk;
          reply = decodeReply(buffer);
        }
        yield* os.write(1, shown(reply.value, yield* os.isTty(1)));
      }
      return 0;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const why =
        error.errno === 'ECONNREFUSED'
          ? 'Connection refused'
          : error.errno === 'ETIMEDOUT'
            ? 'Connection timed out'
            : 'Name or service not known';
      yield* os.write(2, `Could not connect to Redis at ${host}:${port}: ${why}\n`);
      return 1;
    }
  },
});

const programs = { ...gnuPrograms, '/usr/bin/redis-server': server, '/usr/bin/redis-cli': client };

function redisImage(repository: string, tags: ImageDefinition['tags'], cmd: readonly string[]): ImageDefinition {
  return defineImage({
    repository,
    tags,
    sizeMiB: 45,
    entrypoint: [],
    cmd,
    env: { PATH: DEBIAN_PATH, REDIS_VERSION: '7.0.15' },
    workingDir: '/data',
    exposedPorts: [PORT],
    files: { ...DEBIAN_FILES, '/data/': '' },
    programs,
  });
}

export const redis = redisImage(
  'docker.io/library/redis',
  (tag) => /^(latest|alpine|bookworm|[5-8](\.\d+){0,2}(-alpine|-bookworm)?)$/.test(tag),
  ['redis-server'],
);

/** The followers of the guestbook tutorial find their leader by its Service's name. */
const FOLLOWER = ['redis-server', '--slaveof', 'redis-leader', '6379'];
export const guestbookFollowers: readonly ImageDefinition[] = [
  redisImage('us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower', ['v1', 'v2'], FOLLOWER),
  redisImage('gcr.io/google_samples/gb-redis-follower', ['v1', 'v2'], FOLLOWER),
  redisImage('gcr.io/google_samples/gb-redisslave', ['v1', 'v2', 'v3'], ['redis-server', '--slaveof', 'redis-master', '6379']),
];
export const guestbookLeaders: readonly ImageDefinition[] = [
  redisImage('registry.k8s.io/redis', ['e2e', 'v1', 'latest'], ['redis-server']),
];
