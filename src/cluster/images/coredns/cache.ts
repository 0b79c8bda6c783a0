// The cache plugin: answers and denials by name and type, with what is left of their time to live.
// Models: coredns 1.14.6 plugin/cache/{handler,item}.go, plugin/pkg/dnsutil/ttl.go
import type { DnsMessage, DnsQuestion, DnsRecord } from '../../../posix/dns.ts';
import { type CacheConfig, type CacheKind, inZone, zoneOf } from './config.ts';

interface Item {
  readonly rcode: DnsMessage['rcode'];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  readonly ra: boolean;
  /** Virtual milliseconds. */
  readonly storedMs: number;
  readonly ttlSeconds: number;
}

export interface CachedAnswer {
  readonly rcode: DnsMessage['rcode'];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  readonly recursionAvailable: boolean;
}

export class DnsCache {
  readonly #config: CacheConfig;
  readonly #success = new Map<string, Item>();
  readonly #denial = new Map<string, Item>();

  constructor(config: CacheConfig) {
    this.#config = config;
  }

  /** What is cached and still lives, its times counted down. */
  get(question: DnsQuestion, nowMs: number): CachedAnswer | undefined {
    const key = keyOf(question);
    const ageOf = (item: Item) => Math.floor((nowMs - item.storedMs) / 1000);
    const item = [this.#denial.get(key), this.#success.get(key)].find((each) => each !== undefined && ageOf(each) < each.ttlSeconds);
    if (item === undefined) return undefined;
    const age = ageOf(item);
    const left = (records: readonly DnsRecord[]) => records.map((record) => ({ ...record, ttl: item.ttlSeconds - age }));
    return {
      rcode: item.rcode,
      answers: left(item.answers),
      authority: left(item.authority),
      additional: left(item.additional),
      recursionAvailable: item.ra,
    };
  }

  /** Stores an answer where the configuration allows, and returns it with its times capped. */
  put(question: DnsQuestion, answer: CachedAnswer, nowMs: number): CachedAnswer {
    const name = question.name.toLowerCase();
    if (zoneOf(name, this.#config.zones) === undefined) return answer;
    if (answer.rcode === 'SERVFAIL') {
      this.#store(this.#denial, this.#config.denial, question, answer, nowMs, this.#config.servfailSeconds);
      return answer;
    }
    const denied = answer.rcode === 'NXDOMAIN' || answer.answers.length === 0;
    if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') return answer;
    // A denial without SOA does not say for how long.
    if (denied && !answer.authority.some(({ type }) => type === 'SOA')) return answer;
    const kind = denied ? this.#config.denial : this.#config.success;
    if (kind.disabled.some((zone) => inZone(name, zone))) return answer;
    const ttl = Math.min(kind.maxTtl, Math.max(kind.minTtl, shortest(answer)));
    const capped = (records: readonly DnsRecord[]) => records.map((record) => ({ ...record, ttl }));
    const kept = { ...answer, answers: capped(answer.answers), authority: capped(answer.authority), additional: capped(answer.additional) };
    this.#store(denied ? this.#denial : this.#success, kind, question, kept, nowMs, ttl);
    // A new answer makes the denial of before untrue.
    if (!denied) this.#denial.delete(keyOf(question));
    return kept;
  }

  #store(
    into: Map<string, Item>,
    kind: CacheKind,
    question: DnsQuestion,
    answer: CachedAnswer,
    storedMs: number,
    ttlSeconds: number,
  ): void {
    const key = keyOf(question);
    into.delete(key);
    // Simplified: the oldest entry makes room; the real cache evicts at random within a shard.
    if (into.size >= kind.capacity) into.delete(into.keys().next().value!);
    const { rcode, answers, authority, additional, recursionAvailable } = answer;
    into.set(key, { rcode, answers, authority, additional, ra: recursionAvailable, storedMs, ttlSeconds });
  }

  get entries(): number {
    return this.#success.size + this.#denial.size;
  }
}

function keyOf({ name, type }: DnsQuestion): string {
  return `${name.toLowerCase()} ${type}`;
}

function shortest({ answers, authority, additional }: CachedAnswer): number {
  return Math.min(3600, ...[...answers, ...authority, ...additional].map(({ ttl }) => ttl));
}
