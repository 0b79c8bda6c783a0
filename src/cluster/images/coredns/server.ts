// One CoreDNS server block at work: the chain of its plugins for one question. What must be asked elsewhere is handed back as a wish,
// so that the program can go on serving meanwhile. Models: coredns 1.14.6 core/dnsserver, plugin/{hosts,cache,forward,loadbalance}
import { dnsAnswer, type DnsMessage, type DnsQuestion, type DnsRecord, isIpv4, wireSize } from '../../../posix/dns.ts';
import type { Body } from '../../../posix/program.ts';
import { type CachedAnswer, DnsCache } from './cache.ts';
import { inZone, type ServerConfig, zoneOf } from './config.ts';
import { addressOf, kubernetesLookup } from './kubernetes.ts';
import type { View } from './view.ts';

export type Reaction =
  | { readonly kind: 'answer'; readonly message: DnsMessage }
  /** Ask an upstream this; `prefix` are records to put before its answer, `question` what the client asked. */
  | { readonly kind: 'forward'; readonly question: DnsQuestion; readonly prefix: readonly DnsRecord[] };

interface Parts extends CachedAnswer {
  readonly authoritative: boolean;
}

export class Server {
  readonly config: ServerConfig;
  readonly cache: DnsCache | undefined;

  constructor(config: ServerConfig) {
    this.config = config;
    this.cache = config.cache === undefined ? undefined : new DnsCache(config.cache);
  }

  *react(query: DnsMessage, view: View, ownIp: string, nowMs: number, shuffle: (bound: number) => Body<number>): Body<Reaction> {
    const { question } = query;
    const cached = this.cache?.get(question, nowMs);
    if (cached !== undefined) return yield* this.#answer(query, { ...cached, authoritative: true }, shuffle);
    const local = this.#hosts(question);
    if (local !== undefined) return yield* this.#answer(query, this.#keep(question, local, nowMs), shuffle);
    if (this.config.kubernetes !== undefined) {
      const outcome = yield* kubernetesLookup(this.config.kubernetes, view, question, ownIp);
      if (outcome !== 'next') {
        if (outcome.chase !== undefined) return yield* this.#chase(query, outcome.chase, outcome.answers, nowMs, shuffle);
        const parts = { ...outcome, recursionAvailable: false, authoritative: true };
        return yield* this.#answer(query, this.#keep(question, parts, nowMs), shuffle);
      }
    }
    const { forward } = this.config;
    const name = question.name.toLowerCase();
    if (forward !== undefined && inZone(name, forward.from) && zoneOf(name, forward.except) === undefined) {
      return { kind: 'forward', question, prefix: [] };
    }
    return { kind: 'answer', message: dnsAnswer(query, { rcode: this.config.kubernetes === undefined ? 'REFUSED' : 'SERVFAIL' }) };
  }

  /** What the upstream said, `undefined` when it did not answer. */
  *settle(
    query: DnsMessage,
    asked: DnsQuestion,
    prefix: readonly DnsRecord[],
    upstream: DnsMessage | undefined,
    nowMs: number,
    shuffle: (bound: number) => Body<number>,
  ): Body<DnsMessage> {
    const failed = {
      rcode: 'SERVFAIL' as const,
      answers: [],
      authority: [],
      additional: [],
      recursionAvailable: false,
      authoritative: false,
    };
    if (upstream === undefined) {
      const parts = prefix.length > 0 ? { ...failed, authoritative: true } : failed;
      if (prefix.length === 0) this.cache?.put(asked, failed, nowMs);
      return (yield* this.#answer(query, parts, shuffle)).message;
    }
    const { rcode, answers, authority, additional, flags } = upstream;
    const parts = { rcode, answers, authority, additional, recursionAvailable: flags.ra, authoritative: false };
    const kept = this.#keep(asked, parts, nowMs);
    if (prefix.length === 0) return (yield* this.#answer(query, kept, shuffle)).message;
    const whole = {
      ...kept,
      rcode: 'NOERROR' as const,
      answers: [...prefix, ...kept.answers],
      authority: [],
      recursionAvailable: false,
      authoritative: true,
    };
    return (yield* this.#answer(query, this.#keep(query.question, whole, nowMs), shuffle)).message;
  }

  *#chase(
    query: DnsMessage,
    target: string,
    prefix: readonly DnsRecord[],
    nowMs: number,
    shuffle: (bound: number) => Body<number>,
  ): Body<Reaction> {
    const question = { name: target, type: query.question.type };
    const cached = this.cache?.get(question, nowMs);
    if (cached === undefined) {
      if (this.config.forward !== undefined) return { kind: 'forward', question, prefix };
      const alone = {
        rcode: 'NOERROR' as const,
        answers: prefix,
        authority: [],
        additional: [],
        recursionAvailable: false,
        authoritative: true,
      };
      return yield* this.#answer(query, alone, shuffle);
    }
    const parts = {
      ...cached,
      rcode: 'NOERROR' as const,
      answers: [...prefix, ...cached.answers],
      authority: [],
      recursionAvailable: false,
      authoritative: true,
    };
    return yield* this.#answer(query, parts, shuffle);
  }

  #keep(question: DnsQuestion, parts: Parts, nowMs: number): Parts {
    return this.cache === undefined ? parts : { ...this.cache.put(question, parts, nowMs), authoritative: parts.authoritative };
  }

  #hosts(question: DnsQuestion): Parts | undefined {
    const { hosts } = this.config;
    if (hosts === undefined) return undefined;
    const name = question.name.toLowerCase();
    const record = (data: string): DnsRecord => ({ name: question.name, type: question.type, ttl: hosts.ttl, data });
    const found = (answers: readonly DnsRecord[]): Parts => ({
      rcode: 'NOERROR',
      answers,
      authority: [],
      additional: [],
      recursionAvailable: false,
      authoritative: true,
    });
    const reverse = question.type === 'PTR' ? addressOf(name) : undefined;
    if (reverse !== undefined) {
      const names = [...hosts.entries].filter(([, ips]) => ips.includes(reverse)).map(([host]) => record(host));
      if (names.length > 0) return found(names);
    }
    const ips = hosts.entries.get(name);
    if (ips !== undefined && (question.type === 'A' || question.type === 'AAAA')) {
      return found(ips.filter((ip) => isIpv4(ip) === (question.type === 'A')).map(record));
    }
    if (hosts.fallthrough) return undefined;
    return ips === undefined ? { ...found([]), rcode: 'NXDOMAIN' } : found([]);
  }

  *#answer(
    query: DnsMessage,
    parts: Parts,
    shuffle: (bound: number) => Body<number>,
  ): Body<{ readonly kind: 'answer'; readonly message: DnsMessage }> {
    const answers = this.config.loadbalance ? yield* shuffled(parts.answers, shuffle) : parts.answers;
    const additional = this.config.loadbalance ? yield* shuffled(parts.additional, shuffle) : parts.additional;
    const message = dnsAnswer(query, {
      rcode: parts.rcode,
      authoritative: parts.authoritative,
      recursionAvailable: parts.recursionAvailable,
      answers,
      authority: parts.authority,
      additional,
    });
    return { kind: 'answer', message: fitting(message, query.edns?.udpSize ?? 512) };
  }
}

/** loadbalance: addresses in random order, everything else before them as it was. */
function* shuffled(records: readonly DnsRecord[], below: (bound: number) => Body<number>): Body<readonly DnsRecord[]> {
  const addresses = records.filter(({ type }) => type === 'A' || type === 'AAAA' || type === 'MX');
  if (addresses.length < 2) return records;
  for (let i = addresses.length - 1; i > 0; i--) {
    const j = yield* below(i + 1);
    [addresses[i], addresses[j]] = [addresses[j]!, addresses[i]!];
  }
  return [...records.filter((record) => !addresses.includes(record)), ...addresses];
}

/** Bytes of a record whose owner's name is a pointer. */
const COMPRESSED_RECORD = 16;

/** Cut to what the client can take in one datagram; with compression more fits. */
function fitting(message: DnsMessage, limit: number): DnsMessage {
  if (wireSize(message) <= limit) return message;
  const head = 12 + message.question.name.length + 5 + (message.edns === undefined ? 0 : 11);
  const room = Math.max(0, Math.floor((limit - head) / COMPRESSED_RECORD));
  if (message.answers.length + message.authority.length + message.additional.length <= room) return message;
  return { ...message, flags: { ...message.flags, tc: true }, answers: message.answers.slice(0, room), additional: [] };
}
