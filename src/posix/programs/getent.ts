// getent: the name service switch from the shell: hosts, ahosts, passwd, group.
import { isIpv4, reverseName } from '../dns.ts';
import { askServer } from '../dnsclient.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { parseHosts, resolverConfig, resolveName } from '../resolver.ts';

const row = (ip: string, rest: string) => `${ip.padEnd(15)} ${rest}\n`;

function* byAddress(os: Os, ip: string): Body<string | undefined> {
  const entry = parseHosts(yield* text(os, '/etc/hosts')).find((host) => host.ip === ip);
  if (entry !== undefined) return entry.names.join(' ');
  const config = yield* resolverConfig(os);
  const answered = yield* askServer(os, config.servers[0] as string, reverseName(ip) as string, 'PTR', {
    tries: config.attempts,
    timeoutMs: config.timeoutMs,
  });
  return answered?.message.answers[0]?.data.replace(/\.$/, '');
}

function* text(os: Os, path: string): Body<string> {
  try {
    return yield* os.readFile(path);
  } catch (error) {
    if (error instanceof SystemError) return '';
    throw error;
  }
}

function* hosts(os: Os, name: string): Body<string | undefined> {
  if (isIpv4(name)) {
    const found = yield* byAddress(os, name);
    return found === undefined ? undefined : row(name, found);
  }
  const local = parseHosts(yield* text(os, '/etc/hosts')).find((entry) => isIpv4(entry.ip) && entry.names.includes(name));
  if (local !== undefined) return row(local.ip, local.names.join(' '));
  // gethostbyname2: IPv6 first, through the whole search list, then IPv4.
  for (const family of [6, 4] as const) {
    const { addresses, canonical } = yield* resolveName(os, name, family);
    if (addresses.length > 0) return addresses.map((ip) => row(ip, canonical)).join('');
  }
  return undefined;
}

function* ahosts(os: Os, name: string, family: 4 | 6 | undefined): Body<string | undefined> {
  const { addresses, canonical } = yield* resolveName(os, name, family);
  if (addresses.length === 0) return undefined;
  const sorted = [...addresses].sort((a, b) => (a < b ? -1 : 1));
  return sorted.map((ip, index) => row(ip, `STREAM ${index === 0 ? canonical : ''}`) + row(ip, 'DGRAM  ') + row(ip, 'RAW    ')).join('');
}

export const getent = () =>
  defineProgram({
    name: 'getent',
    *run(os) {
      const [database, ...keys] = os.argv.slice(1).filter((word) => !word.startsWith('-'));
      if (database === undefined) {
        yield* os.write(2, "getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n");
        return 1;
      }
      if (database === 'passwd' || database === 'group' || database === 'services' || database === 'protocols') {
        const lines = (yield* text(os, `/etc/${database}`)).split('\n').filter((line) => line !== '');
        if (keys.length === 0) {
          yield* os.write(1, lines.map((line) => `${line}\n`).join(''));
          return 0;
        }
        let status = 0;
        for (const key of keys) {
          const line = lines.find((other) => other.split(':')[0] === key || other.split(':')[2] === key);
          if (line === undefined) status = 2;
          else yield* os.write(1, `${line}\n`);
        }
        return status;
      }
      if (!/^(?:hosts|ahosts|ahostsv4|ahostsv6)$/.test(database)) {
        yield* os.write(2, `Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`);
        return 1;
      }
      if (keys.length === 0 && database === 'hosts') {
        for (const { ip, names } of parseHosts(yield* text(os, '/etc/hosts'))) yield* os.write(1, row(ip, names.join(' ')));
        return 0;
      }
      let status = 0;
      for (const key of keys) {
        const found = yield* database === 'hosts'
          ? hosts(os, key)
          : ahosts(os, key, database === 'ahostsv4' ? 4 : database === 'ahostsv6' ? 6 : undefined);
        if (found === undefined) status = 2;
        else yield* os.write(1, found);
      }
      return status;
    },
  });
