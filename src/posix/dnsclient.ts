// Single DNS questions as dig, nslookup and host ask them: one server, tries, what went wrong on the way.
import { asDnsMessage, type DnsMessage, type DnsType, dnsDatagram, dnsQuery } from './dns.ts';
import { type Body, type Os, SystemError } from './program.ts';

export interface AskOptions {
  readonly tries: number;
  readonly timeoutMs: number;
  readonly edns?: boolean;
  readonly port?: number;
  readonly recursion?: boolean;
  /** Told of each failed try. */
  failed?(reason: 'connection refused' | 'timed out' | 'host unreachable' | 'network unreachable'): Body<void>;
}

export interface Answered {
  readonly message: DnsMessage;
  readonly ms: number;
}

/** Undefined when no try was answered. */
export function* askServer(os: Os, server: string, name: string, type: DnsType, options: AskOptions): Body<Answered | undefined> {
  for (let attempt = 0; attempt < options.tries; attempt++) {
    const socket = yield* os.net.bindUdp(0);
    try {
      const id = yield* os.random(65536);
      const began = yield* os.time();
      const query = dnsQuery(id, name, type, options.edns ? { udpSize: 1232 } : undefined);
      const sent = options.recursion === false ? { ...query, flags: { ...query.flags, rd: false } } : query;
      yield* os.net.sendTo(socket, { ip: server, port: options.port ?? 53 }, dnsDatagram(sent));
      for (;;) {
        const left = began + options.timeoutMs - (yield* os.time());
        const { datagram } = yield* os.net.receiveFrom(socket, Math.max(1, left));
        const message = asDnsMessage(datagram);
        if (message?.id === id) return { message, ms: (yield* os.time()) - began };
      }
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno === 'EINTR') throw error;
      const reasons = { ECONNREFUSED: 'connection refused', EHOSTUNREACH: 'host unreachable', ENETUNREACH: 'network unreachable' } as const;
      if (options.failed) yield* options.failed(reasons[error.errno as 'ECONNREFUSED'] ?? 'timed out');
    } finally {
      yield* os.net.close(socket);
    }
  }
  return undefined;
}

/** `A`, `srv`, … ; undefined when it is no type. */
export function parseDnsType(text: string): DnsType | undefined {
  const types: readonly DnsType[] = ['A', 'AAAA', 'CNAME', 'SRV', 'PTR', 'TXT', 'SOA', 'NS', 'MX', 'ANY', 'AXFR', 'CAA', 'HTTPS', 'NAPTR'];
  return types.find((type) => type === text.toUpperCase());
}
