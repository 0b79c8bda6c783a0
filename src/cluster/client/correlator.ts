// Decides what becomes of an event: a new one, one more of a known one, one of many alike, or too many to tell.
// Models: kubernetes v1.37 client-go tools/record/events_cache.go (EventAggregator, eventLogger, EventSourceObjectSpamFilter)
import type { Plain } from '../../sim/plain.ts';
import type { Sim } from '../../sim/sim.ts';
import type { EventSubject } from './recorder.ts';

/** The tenth different message about one object within ten minutes, with the same reason, begins the combined event. */
const ALIKE_MAX = 10;
const ALIKE_MS = 600_000;
/** Per object: 25 events at once, then one every five minutes. */
const SPAM_BURST = 25;
const SPAM_INTERVAL_MS = 300_000;
/** Entries each cache keeps; the least recently used goes first. */
const KEPT = 4096;

/** What the recorder sends. */
export interface Sighting {
  /** Of the event object: the new name, or that of the one that is counted up. */
  readonly name: string;
  readonly message: string;
  readonly count: number;
  /** Virtual time of the first. */
  readonly firstAt: number;
}

interface Alike {
  readonly messages: readonly string[];
  readonly lastAt: number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export class Correlator {
  readonly #sim: Sim;
  readonly #alike = new Map<string, Alike>();
  readonly #seen = new Map<string, Sighting>();
  readonly #spam = new Map<string, Bucket>();

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  /** Undefined when the spam filter drops it. `name` is for a new event object. */
  see(subject: EventSubject, type: string, reason: string, message: string, name: string): Sighting | undefined {
    const about = `${subject.kind} ${subject.namespace ?? ''}/${subject.name} ${subject.uid} ${subject.apiVersion}`;
    const group = `${about} ${type} ${reason}`;
    const combined = this.#isOneOfMany(group, message);
    const key = combined ? group : `${group} ${subject.fieldPath ?? ''} ${message}`;
    const text = combined ? `(combined from similar events): ${message}` : message;
    const known = this.#seen.get(key);
    const sighting: Sighting =
      known === undefined ? { name, message: text, count: 1, firstAt: this.#sim.now } : { ...known, message: text, count: known.count + 1 };
    remember(this.#seen, key, sighting);
    return this.#allowed(about) ? sighting : undefined;
  }

  #isOneOfMany(group: string, message: string): boolean {
    const { now } = this.#sim;
    const known = this.#alike.get(group);
    const fresh = known !== undefined && now - known.lastAt <= ALIKE_MS ? known.messages : [];
    const messages = fresh.includes(message) ? fresh : [...fresh, message];
    const many = messages.length >= ALIKE_MAX;
    // The set never grows beyond the limit: one message makes room for the next.
    remember(this.#alike, group, { messages: many ? messages.slice(1) : messages, lastAt: now });
    return many;
  }

  #allowed(about: string): boolean {
    const { now } = this.#sim;
    const bucket = this.#spam.get(about) ?? { tokens: SPAM_BURST, at: now };
    const tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.at) / SPAM_INTERVAL_MS);
    const allowed = tokens >= 1;
    remember(this.#spam, about, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }

  save(): Plain {
    return { alike: [...this.#alike], seen: [...this.#seen], spam: [...this.#spam] } as unknown as Plain;
  }

  restore(state: Plain): void {
    const saved = state as unknown as { alike: [string, Alike][]; seen: [string, Sighting][]; spam: [string, Bucket][] };
    refill(this.#alike, saved.alike);
    refill(this.#seen, saved.seen);
    refill(this.#spam, saved.spam);
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > KEPT) map.delete(map.keys().next().value!);
}

function refill<V>(map: Map<string, V>, entries: readonly [string, V][]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
