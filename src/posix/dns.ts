// DNS messages as they travel in simulated datagrams: plain objects instead of wire format, with the wire size where tools print it.
// Shared by the resolver, dig, nslookup, host and the CoreDNS image. Models: RFC 1035, RFC 2782, RFC 6891.
import type { Plain } from '../sim/plain.ts';

export type DnsType =
  | 'HINFO'
  | 'A'
  | 'AAAA'
  | 'CNAME'
  | 'SRV'
  | 'PTR'
  | 'TXT'
  | 'SOA'
  | 'NS'
  | 'MX'
  | 'ANY'
  | 'AXFR'
  | 'CAA'
  | 'HTTPS'
  | 'NAPTR';
export type DnsRcode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED';

/** Header bits in the order dig prints them. */
export interface DnsFlags {
  readonly qr: boolean;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly ad?: boolean;
}

export interface DnsQuestion {
  /** Fully qualified with the last dot: `web.default.svc.cluster.local.`; case is kept. */
  readonly name: string;
  readonly type: DnsType;
}

/** `data` is presentation format as dig prints it: `10.96.0.1`, `0 100 80 web.default.svc.cluster.local.`, `"1.1.0"`. */
export interface DnsRecord {
  readonly name: string;
  readonly type: DnsType;
  readonly ttl: number;
  readonly data: string;
}

export interface DnsMessage {
  readonly id: number;
  readonly question: DnsQuestion;
  readonly rcode: DnsRcode;
  readonly flags: DnsFlags;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** EDNS0 OPT: the sender's UDP buffer size and cookie (16 hexadecimal characters), absent without EDNS. */
  readonly edns?: { readonly udpSize: number; readonly cookie?: string };
}

/** With the last dot. */
export function absoluteName(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

export function dnsQuery(id: number, name: string, type: DnsType, edns?: DnsMessage['edns']): DnsMessage {
  return {
    id,
    question: { name: absoluteName(name), type },
    rcode: 'NOERROR',
    flags: { qr: false, aa: false, tc: false, rd: true, ra: false },
    answers: [],
    authority: [],
    additional: [],
    ...(edns ? { edns } : {}),
  };
}

/** The answer to `query`: same id, question, `rd` and EDNS echo; everything else as given. */
export function dnsAnswer(
  query: DnsMessage,
  parts: {
    readonly rcode?: DnsRcode;
    readonly authoritative?: boolean;
    readonly recursionAvailable?: boolean;
    readonly truncated?: boolean;
    readonly answers?: readonly DnsRecord[];
    readonly authority?: readonly DnsRecord[];
    readonly additional?: readonly DnsRecord[];
  },
): DnsMessage {
  return {
    id: query.id,
    question: query.question,
    rcode: parts.rcode ?? 'NOERROR',
    flags: {
      qr: true,
      aa: parts.authoritative ?? false,
      tc: parts.truncated ?? false,
      rd: query.flags.rd,
      ra: parts.recursionAvailable ?? false,
    },
    answers: parts.answers ?? [],
    authority: parts.authority ?? [],
    additional: parts.additional ?? [],
    ...(query.edns ? { edns: query.edns } : {}),
  };
}

/** A datagram read as a DNS message; undefined when it is something else. */
export function asDnsMessage(datagram: Plain): DnsMessage | undefined {
  if (typeof datagram !== 'object' || datagram === null || Array.isArray(datagram)) return undefined;
  const message = datagram as unknown as Partial<DnsMessage>;
  return typeof message.id === 'number' && message.question !== undefined && message.flags !== undefined
    ? (message as DnsMessage)
    : undefined;
}

export function dnsDatagram(message: DnsMessage): Plain {
  return message as unknown as Plain;
}

/** `4.3.2.1.in-addr.arpa.` of `1.2.3.4`, the `ip6.arpa.` form of an IPv6 address; undefined when it is not an address. */
export function reverseName(ip: string): string | undefined {
  if (isIpv4(ip)) return `${ip.split('.').reverse().join('.')}.in-addr.arpa.`;
  const groups = expandIpv6(ip);
  if (groups === undefined) return undefined;
  return `${groups.join('').split('').reverse().join('.')}.ip6.arpa.`;
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** Eight groups of four hexadecimal digits, or undefined. */
export function expandIpv6(text: string): readonly string[] | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined) => (half === undefined || half === '' ? [] : half.split(':'));
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: halves.length === 1 ? 0 : missing }, () => '0'), ...tail];
  return all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? all.map((group) => group.toLowerCase().padStart(4, '0')) : undefined;
}

/** Bytes of the message on the wire, names uncompressed as CoreDNS writes small answers: what `MSG SIZE  rcvd:` prints. */
export function wireSize(message: DnsMessage): number {
  let size = 12 + nameSize(message.question.name) + 4;
  for (const record of [...message.answers, ...message.authority, ...message.additional]) {
    size += nameSize(record.name) + 10 + dataSize(record);
  }
  // OPT: root name, type, size, flags, length; a cookie option is 4 bytes of header and 8 of client cookie.
  if (message.edns) size += 11 + (message.edns.cookie === undefined ? 0 : 12);
  return size;
}

function nameSize(name: string): number {
  return name === '.' ? 1 : absoluteName(name).length + 1;
}

function dataSize(record: DnsRecord): number {
  const fields = record.data.split(' ');
  switch (record.type) {
    case 'A':
      return 4;
    case 'AAAA':
      return 16;
    case 'SRV':
      return 6 + nameSize(fields[3] ?? '.');
    case 'MX':
      return 2 + nameSize(fields[1] ?? '.');
    case 'SOA':
      return nameSize(fields[0] ?? '.') + nameSize(fields[1] ?? '.') + 20;
    case 'TXT':
      return record.data.length - 1;
    default:
      return nameSize(record.data);
  }
}
