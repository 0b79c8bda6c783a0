// host (bind 9.18): short answers in sentences.
import { parseArguments } from '../arguments.ts';
import { type DnsRecord, type DnsType, reverseName } from '../dns.ts';
import { askServer, parseDnsType } from '../dnsclient.ts';
import { defineProgram } from '../program.ts';
import { resolverConfig, searchNames } from '../resolver.ts';

function sentence(record: DnsRecord): string {
  const name = record.name.replace(/\.$/, '');
  switch (record.type) {
    case 'A':
      return `${name} has address ${record.data}`;
    case 'AAAA':
      return `${name} has IPv6 address ${record.data}`;
    case 'CNAME':
      return `${name} is an alias for ${record.data}`;
    case 'PTR':
      return `${name} domain name pointer ${record.data}`;
    case 'MX':
      return `${name} mail is handled by ${record.data}`;
    case 'SRV':
      return `${name} has SRV record ${record.data}`;
    case 'TXT':
      return `${name} descriptive text ${record.data}`;
    case 'NS':
      return `${name} name server ${record.data}`;
    default:
      return `${name} has ${record.type} record ${record.data}`;
  }
}

export const host = () =>
  defineProgram({
    name: 'host',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 't:W:R:N:avdrsT46c:', long: {} });
      const [name, given] = args.operands;
      if (name === undefined || args.error !== undefined) {
        yield* os.write(
          2,
          'Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n',
        );
        return 1;
      }
      const config = yield* resolverConfig(os);
      const server = given ?? (config.servers[0] as string);
      if (given !== undefined) yield* os.write(1, `Using domain server:\nName: ${given}\nAddress: ${given}#53\nAliases: \n\n`);
      const reverse = reverseName(name);
      const wanted = args.value('t') === undefined ? undefined : parseDnsType(args.value('t') ?? '');
      const types: readonly DnsType[] = wanted !== undefined ? [wanted] : reverse !== undefined ? ['PTR'] : ['A', 'AAAA', 'MX'];
      const options = {
        tries: 2,
        timeoutMs: Number(args.value('W') ?? 5) * 1000,
        failed: (reason: string) => os.write(1, `;; communications error to ${server}#53: ${reason}\n`),
      };
      for (const candidate of reverse === undefined ? searchNames(name, config) : [reverse]) {
        const first = yield* askServer(os, server, candidate, types[0] as DnsType, options);
        if (first === undefined) {
          yield* os.write(1, ';; no servers could be reached\n');
          return 1;
        }
        if (first.message.rcode === 'NXDOMAIN') continue;
        if (first.message.rcode !== 'NOERROR') {
          yield* os.write(
            1,
            `Host ${name} not found: ${first.message.rcode === 'SERVFAIL' ? '2(SERVFAIL)' : `5(${first.message.rcode})`}\n`,
          );
          return 1;
        }
        yield* os.write(1, first.message.answers.map((record) => `${sentence(record)}\n`).join(''));
        let any = first.message.answers.length > 0;
        // What an alias leads to is asked for the rest.
        const target = first.message.answers.findLast((record) => record.type === 'CNAME')?.data ?? candidate;
        for (const type of types.slice(1)) {
          const more = yield* askServer(os, server, target, type, options);
          const records = more?.message.answers.filter((record) => record.type === type) ?? [];
          any ||= records.length > 0;
          yield* os.write(1, records.map((record) => `${sentence(record)}\n`).join(''));
        }
        if (!any) yield* os.write(1, `${candidate.replace(/\.$/, '')} has no ${wanted ?? 'A'} record\n`);
        return any || wanted === undefined ? 0 : 1;
      }
      yield* os.write(1, `Host ${(reverse ?? name).replace(/\.$/, '.')} not found: 3(NXDOMAIN)\n`);
      return 1;
    },
  });
