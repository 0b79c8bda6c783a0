// What every web server among the images shares: listen, answer each connection in a thread of its own, end on the stop signal.
import { type HttpRequest, type HttpResponse, formatResponse, header, httpResponse, parseRequest } from '../../posix/http.ts';
import { type Body, type ConnectionId, type Endpoint, type Os, type Signal, SystemError } from '../../posix/program.ts';

export interface Exchange {
  readonly os: Os;
  readonly request: HttpRequest;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export type HttpHandler = (exchange: Exchange) => Body<HttpResponse>;

export const text = (status: number, body: string, type = 'text/plain; charset=utf-8'): HttpResponse =>
  httpResponse(status, [['Content-Type', type]], body);

/** The path of a request target without its query. */
export function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

/** First value per name of a request target's query. */
export function queryOf(target: string): Readonly<Record<string, string>> {
  const start = target.indexOf('?');
  if (start < 0) return {};
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(target.slice(start + 1))) values[name] ??= value;
  return values;
}

function* converse(os: Os, connection: ConnectionId, from: Endpoint, to: Endpoint, handle: HttpHandler): Body<number> {
  let buffer = '';
  try {
    for (;;) {
      const chunk = yield* os.net.receive(connection);
      if (chunk === undefined) break;
      buffer += chunk;
      const parsed = parseRequest(buffer);
      if (parsed.state === 'incomplete') continue;
      if (parsed.state === 'malformed') {
        yield* os.net.send(connection, formatResponse(text(400, 'Bad Request')));
        break;
      }
      buffer = parsed.rest;
      const request = parsed.message;
      const response = yield* handle({ os, request, from, to });
      const last = header(request.headers, 'connection')?.toLowerCase() === 'close' || request.version === 'HTTP/1.0';
      const body = request.method === 'HEAD' ? { ...response, body: '' } : response;
      yield* os.net.send(connection, formatResponse(body));
      if (last) break;
    }
    yield* os.net.close(connection);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  return 0;
}

export interface ServeOptions {
  /** Signals that end the server with exit code 0; others do what they do to any process. */
  readonly stops?: readonly Signal[];
}

/** Accepts until a stop signal comes. Throws EADDRINUSE when the port is taken. */
export function* serveHttp(os: Os, port: number, handle: HttpHandler, options: ServeOptions = {}): Body<number> {
  const listener = yield* os.net.listen(port);
  return yield* acceptAll(os, listener, (thread, connection, from, to) => converse(thread, connection, from, to, handle), options);
}

/** One thread per connection of a listener. */
export function* acceptAll(
  os: Os,
  listener: number,
  serve: (os: Os, connection: ConnectionId, from: Endpoint, to: Endpoint) => Body<number>,
  { stops = [] }: ServeOptions = {},
): Body<number> {
  for (const signal of stops) yield* os.trap(signal, 'queue');
  for (;;) {
    try {
      const { connection, from, to } = yield* os.net.accept(listener);
      yield* os.spawn([os.argv[0] ?? 'worker'], { body: (thread) => serve(thread, connection, from, to) });
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      const signals = yield* os.pendingSignals();
      if (signals.some((signal) => stops.includes(signal))) return 0;
    }
  }
}
