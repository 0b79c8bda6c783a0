// `agnhost guestbook`: a guestbook that keeps its entries by itself; followers register with the leader and take its changes.
// Models: kubernetes v1.37 test/images/agnhost/guestbook
import { formatRequest, parseResponse } from '../../../posix/http.ts';
import { type Body, type Os, SystemError } from '../../../posix/program.ts';
import { pathOf, queryOf, serveHttp, text } from '../http-server.ts';
import { flag } from './flag.ts';

const BACKEND_PORT = 6379;

function* ask(os: Os, host: string, port: number, target: string): Body<string | undefined> {
  const ip = /^[\d.]+$/.test(host) ? host : (yield* os.net.resolve(host))[0];
  if (ip === undefined) return undefined;
  try {
    const connection = yield* os.net.connect({ ip, port });
    yield* os.net.send(
      connection,
      formatRequest({
        method: 'GET',
        target,
        version: 'HTTP/1.1',
        headers: [
          ['Host', host],
          ['Connection', 'close'],
        ],
        body: '',
      }),
    );
    let buffer = '';
    for (;;) {
      const chunk = yield* os.net.receive(connection, 5000);
      buffer += chunk ?? '';
      const parsed = parseResponse(buffer, { closed: chunk === undefined });
      if (parsed.state === 'complete') return parsed.message.body;
      if (chunk === undefined || parsed.state === 'malformed') return undefined;
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

export function* guestbook(os: Os, args: readonly string[]): Body<number> {
  const backend = flag(args, 'backend-port', String(BACKEND_PORT));
  const port = Number(flag(args, 'http-port', '80'));
  const leader = flag(args, 'slaveof', '');
  const entries = new Map<string, string>();
  const followers: string[] = [];
  if (leader !== '') {
    const all = yield* ask(os, leader, Number(backend), `/register?host=${yield* os.hostname()}`);
    if (all !== undefined) entries.set('messages', all);
  }
  return yield* serveHttp(os, port, function* ({ os: thread, request, from }) {
    const query = queryOf(request.target);
    switch (pathOf(request.target)) {
      case '/':
        return text(200, 'PHP Redis\n', 'text/html');
      case '/register':
        followers.push(from.ip);
        return text(200, entries.get('messages') ?? '');
      case '/set': {
        entries.set(query['key'] ?? '', query['value'] ?? '');
        for (const follower of followers)
          yield* ask(
            thread,
            follower,
            port,
            `/set?key=${encodeURIComponent(query['key'] ?? '')}&value=${encodeURIComponent(query['value'] ?? '')}`,
          );
        return text(200, '{"message": "Updated"}', 'application/json');
      }
      case '/get':
        return text(200, JSON.stringify({ data: entries.get(query['key'] ?? '') ?? '' }), 'application/json');
      case '/guestbook': {
        const set = query['cmd'] === 'set';
        const host = set ? 'agnhost-primary' : 'agnhost-replica';
        const target = set
          ? `/set?key=${query['key'] ?? ''}&value=${encodeURIComponent(query['value'] ?? '')}`
          : `/get?key=${query['key'] ?? ''}`;
        const answer = yield* ask(thread, host, Number(backend), target);
        return answer === undefined ? text(500, `{"error": "cannot reach ${host}"}`) : text(200, answer, 'application/json');
      }
      default:
        return text(404, '404 page not found\n');
    }
  });
}
