// getaddrinfo as glibc does it: addresses as they are, /etc/hosts, then the servers of /etc/resolv.conf with search list and ndots,
// A and AAAA from one socket, answers in either order. Models: glibc 2.36 resolv/res_query.c, nss/nss_files
import { asDnsMessage, absoluteName, type DnsMessage, type DnsType, dnsDatagram, dnsQuery, expandIpv6, isIpv4 } from './dns.ts';
import { type Body, type Os, SystemError } from './program.ts';

export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

export interface Resolution {
  readonly addresses: readonly string[];
  /** The name that answered, without the last dot: what `getent hosts` prints. */
  readonly canonical: string;
  /** Why there is nothing: the name does not exist, or no server could be asked. */
  readonly failure?: 'unknown' | 'again';
}

export function parseResolvConf(text: string): ResolverConfig {
  let servers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  let timeoutMs = 5000;
  let attempts = 2;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) servers = [...servers, values[0]];
    if (keyword === 'search' || keyword === 'domain') search = values;
    if (keyword !== 'options') continue;
    for (const option of values) {
      const [name, value] = option.split(':');
      if (name === 'ndots') ndots = Math.min(15, Number(value));
      if (name === 'timeout') timeoutMs = Math.min(30, Number(value)) * 1000;
      if (name === 'attempts') attempts = Math.min(5, Number(value));
    }
  }
  return { servers: servers.slice(0, 3), search, ndots, timeoutMs, attempts };
}

export function* resolverConfig(os: Os): Body<ResolverConfig> {
  const text = yield* textOf(os, '/etc/resolv.conf');
  const config = parseResolvConf(text);
  return config.servers.length === 0 ? { ...config, servers: ['127.0.0.1'] } : config;
}

function* textOf(os: Os, path: string): Body<string> {
  try {
    return yield* os.readFile(path);
  } catch (error) {
    if (error instanceof SystemError) return '';
    throw error;
  }
}

/** Names to ask for, in glibc's order: as it is first when it has `ndots` dots or more, last otherwise; never more for a final dot. */
export function searchNames(name: string, config: ResolverConfig): readonly string[] {
  if (name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const expanded = config.search.map((domain) => absoluteName(`${name}.${domain.replace(/\.$/, '')}`));
  return dots >= config.ndots ? [absoluteName(name), ...expanded] : [...expanded, absoluteName(name)];
}

export interface HostsEntry {
  readonly ip: string;
  readonly names: readonly string[];
}

export function parseHosts(text: string): readonly HostsEntry[] {
  const entries: HostsEntry[] = [];
  for (const line of text.split('\n')) {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (ip !== undefined && ip !== '' && names.length > 0) entries.push({ ip, names });
  }
  return entries;
}

/** `family` undefined asks for A and AAAA, as most programs do. */
export function* resolveName(os: Os, name: string, family?: 4 | 6): Body<Resolution> {
  if (isIpv4(name)) return { addresses: family === 6 ? [] : [name], canonical: name };
  if (expandIpv6(name) !== undefined) return { addresses: family === 4 ? [] : [name], canonical: name };
  const wanted = name.replace(/\.$/, '').toLowerCase();
  const hosts = parseHosts(yield* textOf(os, '/etc/hosts')).filter(
    (entry) => entry.names.some((other) => other.toLowerCase() === wanted) && (family === undefined || isIpv4(entry.ip) === (family === 4)),
  );
  const first = hosts[0];
  if (first !== undefined) {
    // glibc gives the IPv6 loopback first for `localhost`; our networks have no IPv6, so IPv4 leads.
    const addresses = hosts.map((entry) => entry.ip).sort((a, b) => Number(isIpv4(b)) - Number(isIpv4(a)));
    return { addresses, canonical: first.names[0] ?? name };
  }
  const types: readonly DnsType[] = family === 4 ? ['A'] : family === 6 ? ['AAAA'] : ['A', 'AAAA'];
  return yield* searchDns(os, name, types);
}

function* searchDns(os: Os, name: string, types: readonly DnsType[]): Body<Resolution> {
  const config = yield* resolverConfig(os);
  let failure: 'unknown' | 'again' = 'unknown';
  for (const candidate of searchNames(name, config)) {
    const answers = yield* exchange(os, config, candidate, types);
    if (answers === undefined) return { addresses: [], canonical: name, failure: 'again' };
    const addresses: string[] = [];
    let canonical = candidate;
    for (const answer of answers) {
      if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') failure = 'again';
      for (const record of answer.answers) {
        if (record.type === 'A' || record.type === 'AAAA') {
          addresses.push(record.data);
          canonical = record.name;
        }
      }
    }
    if (addresses.length > 0) return { addresses, canonical: canonical.replace(/\.$/, '') };
  }
  return { addresses: [], canonical: name, failure };
}

/**
 * Asks each server in turn, `attempts` times round, all types from one socket at once.
 * Undefined: nobody answered. A server that refuses or fails is skipped at once, as glibc does.
 */
export function* exchange(
  os: Os,
  config: ResolverConfig,
  name: string,
  types: readonly DnsType[],
): Body<readonly DnsMessage[] | undefined> {
  for (let round = 0; round < config.attempts; round++) {
    for (const server of config.servers) {
      const answers = yield* askServer(os, server, name, types, config.timeoutMs);
      if (answers !== undefined) return answers;
    }
  }
  return undefined;
}

function* askServer(
  os: Os,
  server: string,
  name: string,
  types: readonly DnsType[],
  timeoutMs: number,
): Body<readonly DnsMessage[] | undefined> {
  const socket = yield* os.net.bindUdp(0);
  try {
    const ids = new Map<number, DnsType>();
    for (const type of types) {
      const id = yield* os.random(65536);
      ids.set(id, type);
      yield* os.net.sendTo(socket, { ip: server, port: 53 }, dnsDatagram(dnsQuery(id, name, type)));
    }
    const answers: DnsMessage[] = [];
    const deadline = (yield* os.time()) + timeoutMs;
    while (answers.length < types.length) {
      const left = deadline - (yield* os.time());
      if (left <= 0) return undefined;
      const { datagram } = yield* os.net.receiveFrom(socket, left);
      const message = asDnsMessage(datagram);
      if (message === undefined || !ids.delete(message.id)) continue;
      if (message.rcode === 'SERVFAIL' || message.rcode === 'REFUSED') return undefined;
      answers.push(message);
    }
    return answers;
  } catch (error) {
    if (error instanceof SystemError && error.errno !== 'EINTR') return undefined;
    throw error;
  } finally {
    yield* os.net.close(socket);
  }
}
