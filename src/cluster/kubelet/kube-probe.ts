// The kubelet's own requests to pods, as a program of the node: http, tcp, grpc probes and the sleep of hooks. It prints what the
// probe says and exits 0 for success, 1 for failure; `!` and 2 for a warning that is a success.
// Models: kubernetes v1.37 pkg/probe/{http,tcp,grpc}, pkg/probe/dialer_others.go; texts of Go's net/http
import { formatRequest, header, parseResponse, parseUrl } from '../../posix/http.ts';
import { type Body, type Os, type Program, SystemError } from '../../posix/program.ts';

const HTTP_REDIRECTS = 10;

export const kubeProbe: Program = {
  name: 'kube-probe',
  *run(os: Os): Body<number> {
    const [, kind, ...rest] = os.argv as [string, string, ...string[]];
    if (kind === 'sleep') {
      yield* os.sleep(Number(rest[0]) * 1000);
      return 0;
    }
    const failure = kind === 'http' ? yield* http(os, rest) : kind === 'tcp' ? yield* tcp(os, rest) : yield* grpc(os, rest);
    if (failure === undefined) return 0;
    yield* os.write(1, failure);
    return 1;
  },
};

function* tcp(os: Os, [ip, port, timeout]: readonly string[]): Body<string | undefined> {
  try {
    const connection = yield* os.net.connect({ ip: ip!, port: Number(port) }, { timeoutMs: Number(timeout) * 1000 });
    yield* os.net.close(connection);
    return undefined;
  } catch (error) {
    return `dial tcp ${ip}:${port}: ${dialError(error)}`;
  }
}

function dialError(error: unknown): string {
  if (!(error instanceof SystemError)) throw error;
  switch (error.errno) {
    case 'ECONNREFUSED':
      return 'connect: connection refused';
    case 'EHOSTUNREACH':
      return 'connect: no route to host';
    case 'ENETUNREACH':
      return 'connect: network is unreachable';
    case 'ECONNRESET':
      return 'connect: connection reset by peer';
    default:
      return 'i/o timeout';
  }
}

function* http(os: Os, [ip, port, scheme, path, timeout, ...pairs]: readonly string[]): Body<string | undefined> {
  const deadline = (yield* os.time()) + Number(timeout) * 1000;
  let target = path!;
  const host = `${ip}:${port}`;
  for (let redirects = 0; redirects <= HTTP_REDIRECTS; redirects++) {
    const url = `${scheme}://${host}${target}`;
    const answer = yield* request(os, { ip: ip!, port: Number(port) }, host, target, pairs, deadline);
    if ('error' in answer) return `Get "${url}": ${answer.error.replace('%s', host)}`;
    if (answer.status >= 300 && answer.status < 400 && answer.location !== undefined) {
      const next = parseUrl(answer.location);
      const isSame = answer.location.startsWith('/') || (next !== undefined && next.host === ip);
      // A redirect to elsewhere counts as success; the kubelet tells it as a warning.
      if (!isSame) return undefined;
      target = answer.location.startsWith('/') ? answer.location : answer.location.slice(answer.location.indexOf('/', 8));
      continue;
    }
    return answer.status >= 200 && answer.status < 400 ? undefined : `HTTP probe failed with statuscode: ${answer.status}`;
  }
  return `Get "${scheme}://${host}${target}": stopped after 10 redirects`;
}

const HEADERS_TIMEOUT = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

function* request(
  os: Os,
  to: { readonly ip: string; readonly port: number },
  host: string,
  target: string,
  pairs: readonly string[],
  deadline: number,
): Body<{ readonly status: number; readonly location: string | undefined } | { readonly error: string }> {
  const left = function* (): Body<number> {
    return Math.max(1, deadline - (yield* os.time()));
  };
  let connection: number;
  try {
    connection = yield* os.net.connect(to, { timeoutMs: yield* left() });
  } catch (error) {
    const why = dialError(error);
    return { error: why === 'i/o timeout' ? HEADERS_TIMEOUT : `dial tcp %s: ${why}` };
  }
  const own: [string, string][] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) own.push([pairs[at]!, pairs[at + 1]!]);
  const named = (name: string): boolean => own.some(([key]) => key.toLowerCase() === name);
  const headers: [string, string][] = [];
  if (!named('host')) headers.push(['Host', host]);
  if (!named('user-agent')) headers.push(['User-Agent', 'kube-probe/1.37']);
  if (!named('accept')) headers.push(['Accept', '*/*']);
  headers.push(...own, ['Connection', 'close']);
  let text = '';
  try {
    yield* os.net.send(connection, formatRequest({ method: 'GET', target, version: 'HTTP/1.1', headers, body: '' }));
    for (;;) {
      const chunk = yield* os.net.receive(connection, yield* left());
      if (chunk !== undefined) text += chunk;
      const parsed = parseResponse(text, { closed: chunk === undefined, method: 'GET' });
      if (parsed.state === 'complete') {
        yield* os.net.close(connection);
        return { status: parsed.message.status, location: header(parsed.message.headers, 'location') };
      }
      if (parsed.state === 'malformed' || chunk === undefined) {
        yield* os.net.close(connection);
        return {
          error:
            text === ''
              ? 'EOF'
              : `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(text.split('\n')[0])}`,
        };
      }
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { error: error.errno === 'ECONNRESET' ? `read tcp %s: read: connection reset by peer` : HEADERS_TIMEOUT };
  }
}

/** Simplified: the health service is asked in one line of text instead of HTTP/2; a server that does not know it is as silent as one
 *  that does not speak gRPC. */
function* grpc(os: Os, [ip, port, timeout, service]: readonly string[]): Body<string | undefined> {
  const limitMs = Number(timeout) * 1000;
  const start = yield* os.time();
  const failure = `timeout: failed to connect service "${ip}:${port}" within ${timeout}s: context deadline exceeded`;
  try {
    const connection = yield* os.net.connect({ ip: ip!, port: Number(port) }, { timeoutMs: limitMs });
    yield* os.net.send(connection, `GRPC /grpc.health.v1.Health/Check ${service}\n`);
    const answer = yield* os.net.receive(connection, limitMs);
    yield* os.net.close(connection);
    const word = answer?.trim();
    if (word === 'SERVING') return undefined;
    if (word === 'NOT_SERVING' || word === 'UNKNOWN') return `service unhealthy (responded with "${word}")`;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  yield* os.sleep(Math.max(0, start + limitMs - (yield* os.time())));
  return failure;
}
