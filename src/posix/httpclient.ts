// One HTTP exchange over the simulated sockets, with the limits curl and wget have. Says what failed; the tools find the words.
import { type HttpHeaders, type HttpResponse, formatRequest, parseResponse, type Url } from './http.ts';
import { type Body, type Os, SystemError } from './program.ts';
import { resolveName } from './resolver.ts';
import { clientHello, readServerHello, type ServerIdentity } from './tls.ts';

export interface Exchange {
  readonly url: Url;
  readonly method: string;
  readonly headers: HttpHeaders;
  readonly body: string;
  readonly family?: 4 | 6;
  readonly connectTimeoutMs?: number;
  /** For everything together. */
  readonly totalTimeoutMs?: number;
  /** For each wait for data. */
  readonly idleTimeoutMs?: number;
  /** Instead of looking the name up. */
  readonly address?: string;
}

export type ExchangeFailure =
  | { readonly kind: 'resolve'; readonly again: boolean }
  | { readonly kind: 'resolve-timeout' }
  | { readonly kind: 'connect'; readonly errno: SystemError['errno']; readonly ms: number; readonly ip: string }
  | { readonly kind: 'connect-timeout'; readonly ms: number }
  | { readonly kind: 'timeout'; readonly ms: number; readonly received: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'malformed' };

export interface ExchangeResult {
  readonly response: HttpResponse;
  readonly ip: string;
  readonly resolvedMs: number;
  readonly connectedMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly identity?: ServerIdentity;
}

/** Reports along the way, for -v. */
export interface ExchangeEvents {
  trying?(ip: string): Body<void>;
  connected?(ip: string): Body<void>;
  secured?(identity: ServerIdentity): Body<ExchangeFailure | undefined>;
}

export function* exchangeHttp(
  os: Os,
  exchange: Exchange,
  events: ExchangeEvents = {},
): Body<ExchangeResult | { readonly failure: ExchangeFailure }> {
  const began = yield* os.time();
  const elapsed = function* () {
    return (yield* os.time()) - began;
  };
  const addresses = exchange.address === undefined ? yield* lookUp(os, exchange) : [exchange.address];
  if (!Array.isArray(addresses)) return { failure: addresses as ExchangeFailure };
  const resolvedMs = yield* elapsed();
  if (exchange.totalTimeoutMs !== undefined && resolvedMs >= exchange.totalTimeoutMs) return { failure: { kind: 'resolve-timeout' } };
  let failure: ExchangeFailure = { kind: 'resolve', again: false };
  for (const ip of addresses as readonly string[]) {
    if (events.trying) yield* events.trying(ip);
    const connectMs = yield* elapsed();
    const limits = [
      exchange.connectTimeoutMs,
      exchange.totalTimeoutMs === undefined ? undefined : exchange.totalTimeoutMs - connectMs,
    ].filter((limit) => limit !== undefined);
    let connection: number;
    try {
      connection = yield* os.net.connect(
        { ip, port: exchange.url.port },
        limits.length > 0 ? { timeoutMs: Math.max(1, Math.min(...limits)) } : {},
      );
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno === 'EINTR') throw error;
      const ms = yield* elapsed();
      failure =
        error.errno === 'ETIMEDOUT' && limits.length > 0
          ? { kind: 'connect-timeout', ms }
          : { kind: 'connect', errno: error.errno, ms, ip };
      continue;
    }
    const connectedMs = yield* elapsed();
    if (events.connected) yield* events.connected(ip);
    try {
      return yield* converse(os, exchange, events, connection, ip, { resolvedMs, connectedMs }, elapsed);
    } finally {
      yield* os.net.close(connection);
    }
  }
  return { failure };
}

function* lookUp(os: Os, exchange: Exchange): Body<readonly string[] | ExchangeFailure> {
  const found = yield* resolveName(os, exchange.url.host, exchange.family);
  return found.addresses.length > 0 ? found.addresses : { kind: 'resolve', again: found.failure === 'again' };
}

function* converse(
  os: Os,
  exchange: Exchange,
  events: ExchangeEvents,
  connection: number,
  ip: string,
  times: { readonly resolvedMs: number; readonly connectedMs: number },
  elapsed: () => Body<number>,
): Body<ExchangeResult | { readonly failure: ExchangeFailure }> {
  let received = '';
  let identity: ServerIdentity | undefined;
  let firstByteMs = 0;
  const left = function* (): Body<number | undefined> {
    const total = exchange.totalTimeoutMs === undefined ? undefined : Math.max(1, exchange.totalTimeoutMs - (yield* elapsed()));
    if (total === undefined) return exchange.idleTimeoutMs;
    return exchange.idleTimeoutMs === undefined ? total : Math.min(total, exchange.idleTimeoutMs);
  };
  try {
    if (exchange.url.scheme === 'https') {
      yield* os.net.send(connection, clientHello(exchange.url.host));
      const answer = yield* os.net.receive(connection, yield* left());
      const hello = answer === undefined ? undefined : readServerHello(answer);
      if (hello === undefined) return { failure: { kind: 'not-tls' } };
      identity = hello.identity;
      received = hello.rest;
      const refused = events.secured ? yield* events.secured(identity) : undefined;
      if (refused !== undefined) return { failure: refused };
    }
    yield* os.net.send(
      connection,
      formatRequest({
        method: exchange.method,
        target: exchange.url.target,
        version: 'HTTP/1.1',
        headers: exchange.headers,
        body: exchange.body,
      }),
    );
    for (;;) {
      const chunk = yield* os.net.receive(connection, yield* left());
      if (firstByteMs === 0) firstByteMs = yield* elapsed();
      if (chunk === undefined && received === '') return { failure: { kind: 'empty' } };
      received += chunk ?? '';
      const parsed = parseResponse(received, { closed: chunk === undefined, method: exchange.method });
      if (parsed.state === 'complete') {
        const done = { response: parsed.message, ip, ...times, firstByteMs, totalMs: yield* elapsed() };
        return identity === undefined ? done : { ...done, identity };
      }
      if (parsed.state === 'malformed') return { failure: { kind: 'malformed' } };
      if (chunk === undefined) return { failure: { kind: 'empty' } };
    }
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno === 'EINTR') throw error;
    if (error.errno === 'ETIMEDOUT') return { failure: { kind: 'timeout', ms: yield* elapsed(), received: received.length } };
    return { failure: { kind: 'reset' } };
  }
}
