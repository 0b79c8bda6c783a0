// nslookup: bind 9.18's and busybox's, which differ in almost every line.
import { type DnsMessage, type DnsRecord, type DnsType, isIpv4, reverseName } from '../dns.ts';
import type { Flavour } from '../arguments.ts';
import { askServer, parseDnsType } from '../dnsclient.ts';
import { type Body, defineProgram, type Os } from '../program.ts';
import { type ResolverConfig, resolverConfig, resolveName, searchNames } from '../resolver.ts';

interface Wanted {
  readonly names: readonly string[];
  readonly server: string | undefined;
  readonly type: DnsType | undefined;
  readonly timeoutMs: number | undefined;
}

function parse(words: readonly string[]): Wanted {
  let type: DnsType | undefined;
  let timeoutMs: number | undefined;
  const names: string[] = [];
  for (const word of words) {
    const option = /^-(?:query)?(?:type|ty|q|querytype)=(.+)$/i.exec(word);
    const timeout = /^-timeout=(\d+)$/.exec(word);
    if (option !== null) type = parseDnsType(option[1] as string);
    else if (timeout !== null) timeoutMs = Number(timeout[1]) * 1000;
    else if (!word.startsWith('-')) names.push(word);
  }
  return { names: names.slice(0, 1), server: names[1], type, timeoutMs };
}

function recordText(record: DnsRecord): string {
  const name = record.name.replace(/\.$/, '');
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${record.data}\n`;
    case 'CNAME':
      return `${name}\tcanonical name = ${record.data}\n`;
    case 'PTR':
      return `${name}\tname = ${record.data}\n`;
    case 'SRV':
      return `${name}\tservice = ${record.data}\n`;
    case 'MX':
      return `${name}\tmail exchanger = ${record.data}\n`;
    case 'TXT':
      return `${name}\ttext = ${record.data}\n`;
    case 'NS':
      return `${name}\tnameserver = ${record.data}\n`;
    case 'SOA': {
      const [origin, mail, serial, refresh, retry, expire, minimum] = record.data.split(' ');
      return `${name}\n\torigin = ${origin}\n\tmail addr = ${mail}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}\n`;
    }
    default:
      return `${name}\t${record.data}\n`;
  }
}

function* bind(os: Os, wanted: Wanted, config: ResolverConfig, server: string): Body<number> {
  const name = wanted.names[0] as string;
  const reverse = wanted.type === undefined ? reverseName(name) : undefined;
  const names = reverse === undefined ? searchNames(name, config) : [reverse];
  const ask = (candidate: string, type: DnsType) =>
    askServer(os, server, candidate, type, {
      tries: 3,
      timeoutMs: wanted.timeoutMs ?? 5000,
      failed: (reason) => os.write(1, `;; communications error to ${server}#53: ${reason}\n`),
    });
  const noRecursion = function* (message: DnsMessage): Body<void> {
    if (!message.flags.ra) yield* os.write(1, `;; Got recursion not available from ${server}\n`);
  };
  for (const [index, candidate] of names.entries()) {
    const first = yield* ask(candidate, wanted.type ?? (reverse === undefined ? 'A' : 'PTR'));
    if (first === undefined) {
      yield* os.write(1, ';; no servers could be reached\n\n');
      return 1;
    }
    const { message } = first;
    yield* noRecursion(message);
    if (message.rcode === 'NXDOMAIN' && index < names.length - 1) continue;
    if (reverse === undefined || message.rcode !== 'NOERROR') yield* os.write(1, `Server:\t\t${server}\nAddress:\t${server}#53\n\n`);
    if (message.rcode !== 'NOERROR') {
      const shown = message.rcode === 'NXDOMAIN' ? (reverse?.replace(/\.$/, '') ?? name) : candidate.replace(/\.$/, '');
      yield* os.write(1, `** server can't find ${shown}: ${message.rcode}\n\n`);
      return 1;
    }
    const authoritative = message.flags.aa || reverse !== undefined;
    if (!authoritative && message.answers.length > 0) yield* os.write(1, 'Non-authoritative answer:\n');
    yield* os.write(1, message.answers.map(recordText).join(''));
    if (wanted.type === undefined && reverse === undefined) {
      const target = message.answers.findLast((record) => record.type === 'CNAME')?.data ?? candidate;
      const second = yield* ask(target, 'AAAA');
      if (second !== undefined) {
        yield* noRecursion(second.message);
        yield* os.write(
          1,
          second.message.answers
            .filter((record) => record.type === 'AAAA')
            .map(recordText)
            .join(''),
        );
        if (message.answers.length + second.message.answers.length === 0) yield* os.write(1, `*** Can't find ${name}: No answer\n`);
      }
    } else if (message.answers.length === 0) yield* os.write(1, `*** Can't find ${name}: No answer\n`);
    yield* os.write(1, '\n');
    return 0;
  }
  return 1;
}

function* busybox(os: Os, wanted: Wanted, config: ResolverConfig, server: string): Body<number> {
  const name = wanted.names[0] as string;
  const reverse = wanted.type === undefined ? reverseName(name) : undefined;
  // A name with a dot is not expanded.
  const names =
    reverse !== undefined
      ? [reverse]
      : name.includes('.') || config.search.length === 0
        ? [name]
        : config.search.map((domain) => `${name}.${domain}`);
  const types: readonly DnsType[] = reverse !== undefined ? ['PTR'] : wanted.type === undefined ? ['A', 'AAAA'] : [wanted.type];
  const answers: DnsMessage[] = [];
  for (const type of types) {
    for (const candidate of names) {
      let refused = false;
      const answered = yield* askServer(os, server, candidate, type, {
        tries: 1,
        timeoutMs: wanted.timeoutMs ?? 5000,
        *failed(reason) {
          refused = reason === 'connection refused';
        },
      });
      if (answered === undefined) {
        if (refused) yield* os.write(2, `nslookup: write to '${server}': Connection refused\n`);
        yield* os.write(1, ';; connection timed out; no servers could be reached\n\n');
        return 1;
      }
      answers.push(answered.message);
    }
  }
  yield* os.write(1, `Server:\t\t${server}\nAddress:\t${server}:53\n\n`);
  let status = 0;
  for (const message of answers) {
    if (message.rcode !== 'NOERROR') {
      yield* os.write(1, `** server can't find ${message.question.name.replace(/\.$/, '')}: ${message.rcode}\n\n`);
      status = 1;
      continue;
    }
    const shown = message.answers
      .map((record) =>
        recordText(
          record.type === 'PTR' || record.type === 'CNAME' || record.type === 'SRV'
            ? { ...record, data: record.data.replace(/\.$/, '') }
            : record,
        ),
      )
      .join('');
    const heading = message.answers.length > 0 && !message.flags.aa ? 'Non-authoritative answer:\n' : '';
    const none =
      message.answers.length === 0 && (wanted.type !== undefined || reverse !== undefined)
        ? `*** Can't find ${message.question.name.replace(/\.$/, '')}: No answer\n`
        : '';
    yield* os.write(1, `${heading}${shown}${none}\n`);
  }
  return status;
}

export const nslookup = (flavour: Flavour) =>
  defineProgram({
    name: 'nslookup',
    *run(os) {
      const wanted = parse(os.argv.slice(1));
      if (wanted.names.length === 0) {
        if (flavour === 'busybox')
          yield* os.write(2, 'BusyBox v1.35.0 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n');
        return flavour === 'busybox' ? 1 : 0;
      }
      const config = yield* resolverConfig(os);
      let server = wanted.server ?? (config.servers[0] as string);
      if (!isIpv4(server)) {
        const found = (yield* resolveName(os, server, 4)).addresses[0];
        if (found === undefined) {
          yield* os.write(
            2,
            flavour === 'gnu' ? `nslookup: couldn't get address for '${server}': not found\n` : `nslookup: bad address '${server}'\n`,
          );
          return 1;
        }
        server = found;
      }
      return yield* flavour === 'gnu' ? bind(os, wanted, config, server) : busybox(os, wanted, config, server);
    },
  });
