// dig 9.18: one or more questions, the answer in master-file columns.
import { type DnsMessage, type DnsQuestion, type DnsRecord, type DnsType, absoluteName, isIpv4, reverseName, wireSize } from '../dns.ts';
import { type Answered, askServer, parseDnsType } from '../dnsclient.ts';
import { type Body, defineProgram, type Os } from '../program.ts';
import { resolverConfig, resolveName, searchNames } from '../resolver.ts';
import { formatTime } from './date.ts';

/** Blanks from one column to another, by tabs where one is passed; at least one. Models: bind9 lib/dns/masterdump.c indent */
function indent(from: number, to: number): string {
  const end = Math.max(to, from + 1);
  const tabs = Math.floor(end / 8) - Math.floor(from / 8);
  const start = tabs > 0 ? Math.floor(end / 8) * 8 : from;
  return '\t'.repeat(Math.max(0, tabs)) + ' '.repeat(end - start);
}

function columns(cells: readonly string[], stops: readonly number[]): string {
  let text = '';
  let column = 0;
  for (const [index, cell] of cells.entries()) {
    if (index > 0) {
      const stop = stops[index - 1] as number;
      text += indent(column, stop);
      column = Math.max(stop, column + 1);
    }
    text += cell;
    column += cell.length;
  }
  return text;
}

export function recordLine(record: DnsRecord): string {
  return columns([record.name, String(record.ttl), 'IN', record.type, record.data], [24, 32, 40, 48]);
}

function questionLine(question: DnsQuestion): string {
  return `;${columns([question.name, 'IN', question.type], [32, 40])}`;
}

interface Lookup {
  name: string;
  type: DnsType | undefined;
  reverse: boolean;
}

interface Options {
  server: string | undefined;
  port: number;
  short: boolean;
  search: boolean;
  showSearch: boolean;
  recurse: boolean;
  edns: boolean;
  tries: number;
  timeoutMs: number;
  cmd: boolean;
  comments: boolean;
  question: boolean;
  answer: boolean;
  authority: boolean;
  additional: boolean;
  stats: boolean;
  multiline: boolean;
  readonly lookups: Lookup[];
}

/** An option of the form `+noall`; false when it is none. */
function plusOption(options: Options, word: string): boolean {
  const [name = '', value = ''] = word.slice(1).split('=');
  const off = name.startsWith('no') && name !== 'notcp';
  const key = off ? name.slice(2) : name;
  const on = !off;
  switch (key) {
    case 'short':
      options.short = on;
      return true;
    case 'search':
      options.search = on;
      return true;
    case 'showsearch':
      options.showSearch = on;
      options.search = options.search || on;
      return true;
    case 'all':
      options.comments = options.question = options.answer = options.authority = options.additional = options.stats = options.cmd = on;
      return true;
    case 'cmd':
    case 'comments':
    case 'question':
    case 'answer':
    case 'authority':
    case 'additional':
    case 'stats':
    case 'edns':
    case 'multiline':
      (options as unknown as Record<string, boolean>)[key] = on;
      return true;
    case 'recurse':
    case 'rec':
      options.recurse = on;
      return true;
    case 'time':
    case 'timeout':
      options.timeoutMs = Math.max(1, Number(value)) * 1000;
      return true;
    case 'tries':
      options.tries = Number(value);
      return true;
    case 'retry':
      options.tries = Number(value) + 1;
      return true;
    case 'tcp':
    case 'cookie':
    case 'dnssec':
    case 'trace':
    case 'ndots':
    case 'ignore':
    case 'yaml':
    case 'identify':
    case 'ttlid':
    case 'class':
    case 'notcp':
      return true;
  }
  return false;
}

function parse(words: readonly string[]): Options | string {
  const options: Options = {
    server: undefined,
    port: 53,
    short: false,
    search: false,
    showSearch: false,
    recurse: true,
    edns: true,
    tries: 3,
    timeoutMs: 5000,
    cmd: true,
    comments: true,
    question: true,
    answer: true,
    authority: true,
    additional: true,
    stats: true,
    multiline: false,
    lookups: [],
  };
  let current: Lookup | undefined;
  const add = (): Lookup => {
    current = { name: '', type: undefined, reverse: false };
    options.lookups.push(current);
    return current;
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word.startsWith('@')) options.server = word.slice(1);
    else if (word.startsWith('+')) {
      if (!plusOption(options, word)) return `Invalid option: ${word}`;
    } else if (word === '-x') {
      const lookup = add();
      lookup.name = words[++index] ?? '';
      lookup.reverse = true;
    } else if (word === '-t' || word === '-p' || word === '-q' || word === '-c' || word === '-b') {
      const value = words[++index] ?? '';
      if (word === '-p') options.port = Number(value);
      else if (word === '-q') add().name = value;
      else if (word === '-t') (current ?? add()).type = parseDnsType(value);
    } else if (/^-[46]$/.test(word)) continue;
    else if (word.startsWith('-')) return `Invalid option: ${word}`;
    else if (word.toUpperCase() === 'IN') continue;
    else {
      const type = word.includes('.') ? undefined : parseDnsType(word);
      if (type === undefined) {
        if (current === undefined || current.name !== '') add();
        (current as unknown as Lookup).name = word;
      } else
        (current !== undefined && current.name === ''
          ? current
          : current !== undefined && current.type === undefined && !current.reverse
            ? current
            : add()).type = type;
    }
  }
  return options;
}

function* print(os: Os, options: Options, answered: Answered, server: string): Body<void> {
  const { message, ms } = answered;
  let text = '';
  if (options.comments) text += header(message);
  if (options.comments && message.edns) {
    text += `;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n`;
    if (message.edns.cookie !== undefined) text += `; COOKIE: ${message.edns.cookie} (echoed)\n`;
  }
  if (options.question)
    text += `${options.comments ? ';; QUESTION SECTION:\n' : ''}${questionLine(message.question)}\n${options.comments ? '\n' : ''}`;
  const sections = [
    ['ANSWER', options.answer, message.answers],
    ['AUTHORITY', options.authority, message.authority],
    ['ADDITIONAL', options.additional, message.additional],
  ] as const;
  for (const [title, shown, records] of sections) {
    if (!shown || records.length === 0) continue;
    text += `${options.comments ? `;; ${title} SECTION:\n` : ''}${records.map((record) => `${recordLine(record)}\n`).join('')}${options.comments ? '\n' : ''}`;
  }
  if (options.stats) {
    const when = formatTime(yield* os.time(), '%a %b %d %H:%M:%S UTC %Y');
    text += `;; Query time: ${ms} msec\n;; SERVER: ${server}#${options.port}(${options.server ?? server}) (UDP)\n;; WHEN: ${when}\n;; MSG SIZE  rcvd: ${wireSize(message)}\n\n`;
  }
  yield* os.write(1, text);
}

function header(message: DnsMessage): string {
  const { flags, question } = message;
  const names = (['qr', 'aa', 'tc', 'rd', 'ra', 'ad'] as const).filter((name) => flags[name]).join(' ');
  const local = /\.local\.$/.test(question.name)
    ? ';; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n'
    : '';
  const additional = message.additional.length + (message.edns ? 1 : 0);
  const recursion = flags.rd && !flags.ra ? ';; WARNING: recursion requested but not available\n' : '';
  return `;; Got answer:\n${local};; ->>HEADER<<- opcode: QUERY, status: ${message.rcode}, id: ${message.id}\n;; flags: ${names}; QUERY: 1, ANSWER: ${message.answers.length}, AUTHORITY: ${message.authority.length}, ADDITIONAL: ${additional}\n${recursion}\n`;
}

export const dig = () =>
  defineProgram({
    name: 'dig',
    *run(os) {
      const options = parse(os.argv.slice(1));
      if (typeof options === 'string') {
        yield* os.write(
          2,
          `${options}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse "dig -h" (or "dig -h | more") for complete list of options\n`,
        );
        return 1;
      }
      const config = yield* resolverConfig(os);
      let server = options.server ?? (config.servers[0] as string);
      if (!isIpv4(server)) {
        const found = (yield* resolveName(os, server, 4)).addresses[0];
        if (found === undefined) {
          yield* os.write(1, `dig: couldn't get address for '${server}': not found\n`);
          return 10;
        }
        server = found;
      }
      let status = 0;
      const banner = `\n; <<>> DiG 9.18.49-1~deb12u1-Debian <<>> ${os.argv.slice(1).join(' ')}\n;; global options: +cmd\n`;
      let bannerShown = !options.cmd || options.short;
      for (const lookup of options.lookups.length === 0 ? [{ name: '.', type: 'NS' as DnsType, reverse: false }] : options.lookups) {
        const name = lookup.reverse ? (reverseName(lookup.name) ?? absoluteName(lookup.name)) : lookup.name;
        const type = lookup.type ?? (lookup.reverse ? 'PTR' : 'A');
        if (type === 'AXFR') {
          yield* os.write(1, `${bannerShown ? '' : banner}; Transfer failed.\n`);
          bannerShown = true;
          continue;
        }
        const names = options.search && !lookup.reverse ? searchNames(name, config) : [absoluteName(name)];
        for (const [index, candidate] of names.entries()) {
          const answered = yield* askServer(os, server, candidate, type, {
            tries: options.tries,
            timeoutMs: options.timeoutMs,
            edns: options.edns,
            port: options.port,
            recursion: options.recurse,
            failed: (reason) => os.write(1, `;; communications error to ${server}#${options.port}: ${reason}\n`),
          });
          const last = index === names.length - 1 || answered === undefined || answered.message.rcode !== 'NXDOMAIN';
          if (answered === undefined) {
            yield* os.write(1, `${bannerShown ? '' : banner};; no servers could be reached\n${options.short ? '' : ''}`);
            bannerShown = true;
            status = 9;
            break;
          }
          if (last || options.showSearch) {
            if (options.short) {
              if (last) yield* os.write(1, answered.message.answers.map((record) => `${record.data}\n`).join(''));
            } else {
              if (!bannerShown || (options.showSearch && options.cmd && index > 0)) yield* os.write(1, banner);
              bannerShown = true;
              yield* print(os, options, answered, server);
            }
          }
          if (last) break;
        }
      }
      return status;
    },
  });
