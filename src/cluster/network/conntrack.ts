// Connection tracking of every node: which flows are known, how each is rewritten, and how its answers are rewritten back.
// One statechart runner serves all entries of the world; an entry is its row. Models: Linux nf_conntrack; conntrack-tools 1.4.7
import type { Plain } from '../../sim/plain.ts';
import type { Sim } from '../../sim/sim.ts';
import { ipv4 } from './address.ts';
import { TableRunner } from '../../sim/table-runner.ts';
import { conntrackMachine } from './conntrack.machine.ts';
import type { Packet } from './packet.ts';
import { CONNTRACK_TIMEOUTS, UDP_STREAM_AFTER_MS } from './timings.ts';

export interface Tuple {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export interface ConntrackEntry {
  readonly row: number;
  readonly protocol: Packet['protocol'];
  readonly original: Tuple;
  /** What an answer looks like when it arrives here. */
  readonly reply: Tuple;
  readonly service: string | undefined;
  readonly since: number;
  expiresAt: number;
  /** An answer was seen / the flow is worth keeping when the table is full. */
  replied: boolean;
  assured: boolean;
  /** Which side closed first, once one did. */
  closer: 'original' | 'reply' | undefined;
}

type State = keyof typeof CONNTRACK_TIMEOUTS | 'NEW' | 'DESTROYED';

const NUMBERS = { TCP: 6, UDP: 17, ICMP: 1, SCTP: 132 } as const;
const PRUNE_EVERY = 4096;
/** Events without data, made once. */
const EXPIRED = { type: 'EXPIRED' } as const;
const DELETED = { type: 'DELETED' } as const;
const SYN_PASSED = { type: 'SYN_PASSED' } as const;
const SYN_ACK_PASSED = { type: 'SYN_ACK_PASSED' } as const;
const ORIGINAL_PASSED = { type: 'ORIGINAL_PASSED' } as const;
const FIN_PASSED = { type: 'FIN_PASSED' } as const;
const REPLY_PASSED = { type: 'REPLY_PASSED' } as const;
const LAST_FIN_PASSED = { type: 'LAST_FIN_PASSED' } as const;
const LAST_ACK_PASSED = { type: 'LAST_ACK_PASSED' } as const;
const STARTED = { TCP: { type: 'TCP_STARTED' }, UDP: { type: 'UDP_STARTED' }, ICMP: { type: 'ICMP_STARTED' } } as const;

/** Rows of the statechart, shared by the tables of all nodes. */
export class ConntrackRows {
  readonly runner: TableRunner<typeof conntrackMachine>;
  #free: number[] = [];
  #next = 0;

  constructor(sim: Sim) {
    this.runner = new TableRunner(sim, conntrackMachine, {});
  }

  take(): number {
    const row = this.#free.pop() ?? this.#next++;
    this.runner.start(row);
    return row;
  }

  give(row: number): void {
    this.runner.remove(row);
    this.#free.push(row);
  }

  save(): Plain {
    return { free: [...this.#free], next: this.#next };
  }

  restore(state: Plain): void {
    const saved = state as { free: number[]; next: number };
    this.#free = [...saved.free];
    this.#next = saved.next;
  }
}

/** Small whole numbers are the cheapest keys of a map; flows that share one are told apart by their addresses. */
function hashOf(protocol: string, source: string, sourcePort: number, destination: string, destinationPort: number): number {
  let hash = Math.imul(ipv4(source) ^ (sourcePort << 8), 0x9e3779b1) ^ protocol.charCodeAt(0);
  hash = Math.imul(hash ^ (hash >>> 15) ^ ipv4(destination), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ (destinationPort << 4), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}

function isTuple(tuple: Tuple, source: string, sourcePort: number, destination: string, destinationPort: number): boolean {
  return (
    tuple.sourcePort === sourcePort &&
    tuple.destinationPort === destinationPort &&
    tuple.source === source &&
    tuple.destination === destination
  );
}

/** nf_conntrack_max. */
const MOST_ENTRIES = 262_144;
/** How many of the oldest are looked at when the table is full. */
const EARLY_DROP_LOOKS = 64;
/** States in which an entry may make room for a new flow. */
const DROPPABLE = new Set(['FIN_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT']);

export class Conntrack {
  readonly #sim: Sim;
  readonly #rows: ConntrackRows;
  /** One entry, or the few that share a hash. */
  readonly #byHash = new Map<number, ConntrackEntry | ConntrackEntry[]>();
  /** In order of creation. */
  readonly #entries = new Map<number, ConntrackEntry>();
  #added = 0;

  constructor(sim: Sim, rows: ConntrackRows) {
    this.#sim = sim;
    this.#rows = rows;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of that id, for paths restored from a keyframe. */
  byRow(row: number): ConntrackEntry | undefined {
    return this.#entries.get(row);
  }

  /** The flow a packet with these addresses belongs to, in either direction; an expired one is gone. */
  find(protocol: string, source: string, sourcePort: number, destination: string, destinationPort: number): ConntrackEntry | undefined {
    const held = this.#byHash.get(hashOf(protocol, source, sourcePort, destination, destinationPort));
    if (held === undefined) return undefined;
    const entry = Array.isArray(held)
      ? held.find((each) => this.#fits(each, protocol, source, sourcePort, destination, destinationPort))
      : this.#fits(held, protocol, source, sourcePort, destination, destinationPort)
        ? held
        : undefined;
    if (entry === undefined || entry.expiresAt > this.#sim.now) return entry;
    this.#end(entry, 'EXPIRED');
    return undefined;
  }

  #fits(
    entry: ConntrackEntry,
    protocol: string,
    source: string,
    sourcePort: number,
    destination: string,
    destinationPort: number,
  ): boolean {
    return (
      entry.protocol === protocol &&
      (isTuple(entry.original, source, sourcePort, destination, destinationPort) ||
        isTuple(entry.reply, source, sourcePort, destination, destinationPort))
    );
  }

  /** True when an answer to `reply` would be mistaken for another flow. */
  taken(protocol: string, reply: Tuple): boolean {
    return this.find(protocol, reply.source, reply.sourcePort, reply.destination, reply.destinationPort) !== undefined;
  }

  add(protocol: Packet['protocol'], original: Tuple, reply: Tuple, service: string | undefined): ConntrackEntry {
    if (this.#entries.size >= MOST_ENTRIES) this.#makeRoom();
    const row = this.#rows.take();
    this.#rows.runner.send(row, STARTED[protocol]);
    const entry: ConntrackEntry = {
      row,
      protocol,
      original,
      reply,
      service,
      since: this.#sim.now,
      expiresAt: this.#sim.now + CONNTRACK_TIMEOUTS[protocol === 'TCP' ? 'SYN_SENT' : protocol === 'UDP' ? 'UNREPLIED' : 'ICMP'],
      replied: false,
      assured: false,
      closer: undefined,
    };
    this.#index(entry);
    if (++this.#added >= Math.max(PRUNE_EVERY, this.#entries.size)) {
      this.#added = 0;
      this.prune();
    }
    return entry;
  }

  /** A packet of the flow passed: moves its state and its end. */
  passed(entry: ConntrackEntry, flag: Packet['flag'], direction: 'original' | 'reply'): void {
    const runner = this.#rows.runner;
    if (this.#entries.get(entry.row) !== entry) return;
    if (direction === 'reply') entry.replied = true;
    if (entry.protocol === 'UDP') {
      if (entry.replied && this.#sim.now - entry.since >= UDP_STREAM_AFTER_MS) {
        entry.assured = true;
        runner.send(entry.row, { type: 'STREAM_PASSED' });
      } else if (direction === 'reply') runner.send(entry.row, REPLY_PASSED);
    } else if (entry.protocol === 'TCP') this.#tcpPassed(entry, flag, direction);
    entry.expiresAt = this.#sim.now + this.#timeoutMs(entry);
  }

  /** A full table drops flows that are ending or were never answered, oldest first. Models: nf_conntrack early_drop */
  #makeRoom(): void {
    let looks = 0;
    for (const entry of this.#entries.values()) {
      if (!entry.assured || DROPPABLE.has(this.state(entry))) {
        this.#end(entry, 'DELETED');
        return;
      }
      if (++looks >= EARLY_DROP_LOOKS) return;
    }
  }

  #tcpPassed(entry: ConntrackEntry, flag: Packet['flag'], direction: 'original' | 'reply'): void {
    const runner = this.#rows.runner;
    const row = entry.row;
    if (flag === 'SYN') runner.send(row, SYN_PASSED);
    else if (flag === 'SYN-ACK') {
      runner.send(row, SYN_ACK_PASSED);
      // The client's ACK follows at once and carries nothing of its own here.
      runner.send(row, ORIGINAL_PASSED);
      entry.assured = true;
    } else if (flag === 'RST') runner.send(row, { type: 'RST_PASSED' });
    else if (flag === 'FIN') {
      if (entry.closer === undefined) {
        entry.closer = direction;
        runner.send(row, FIN_PASSED);
        runner.send(row, REPLY_PASSED);
      } else if (entry.closer !== direction) {
        runner.send(row, LAST_FIN_PASSED);
        runner.send(row, LAST_ACK_PASSED);
      }
    }
  }

  state(entry: ConntrackEntry): State {
    return this.#rows.runner.stateName(entry.row) as State;
  }

  #timeoutMs(entry: ConntrackEntry): number {
    return CONNTRACK_TIMEOUTS[this.state(entry) as keyof typeof CONNTRACK_TIMEOUTS];
  }

  /** Live entries, oldest first. */
  list(): ConntrackEntry[] {
    this.prune();
    return [...this.#entries.values()];
  }

  /** Removes entries as kube-proxy and `conntrack -D` do; returns them. */
  delete(which: (entry: ConntrackEntry) => boolean): ConntrackEntry[] {
    const found = this.list().filter(which);
    for (const entry of found) this.#end(entry, 'DELETED');
    return found;
  }

  /** Forgets what expired. */
  prune(): void {
    for (const entry of this.#entries.values()) if (entry.expiresAt <= this.#sim.now) this.#end(entry, 'EXPIRED');
  }

  /** One row of `conntrack -L`. */
  line(entry: ConntrackEntry): string {
    const seconds = Math.max(0, Math.floor((entry.expiresAt - this.#sim.now) / 1000));
    const state = entry.protocol === 'TCP' ? `${this.state(entry)} ` : '';
    const unreplied = entry.replied ? '' : '[UNREPLIED] ';
    const assured = entry.assured ? '[ASSURED] ' : '';
    return (
      `${entry.protocol.toLowerCase().padEnd(8)} ${NUMBERS[entry.protocol]} ${seconds} ${state}${sides(entry, entry.original)} ` +
      `${unreplied}${sides(entry, entry.reply)} ${assured}mark=0 use=1`
    );
  }

  #index(entry: ConntrackEntry): void {
    this.#entries.set(entry.row, entry);
    this.#hang(entry, entry.original);
    this.#hang(entry, entry.reply);
  }

  #hang(entry: ConntrackEntry, { source, sourcePort, destination, destinationPort }: Tuple): void {
    const hash = hashOf(entry.protocol, source, sourcePort, destination, destinationPort);
    const held = this.#byHash.get(hash);
    if (held === undefined) this.#byHash.set(hash, entry);
    else if (Array.isArray(held)) held.push(entry);
    else if (held !== entry) this.#byHash.set(hash, [held, entry]);
  }

  #unhang(entry: ConntrackEntry, { source, sourcePort, destination, destinationPort }: Tuple): void {
    const hash = hashOf(entry.protocol, source, sourcePort, destination, destinationPort);
    const held = this.#byHash.get(hash);
    if (held === entry) this.#byHash.delete(hash);
    else if (Array.isArray(held)) {
      const left = held.filter((each) => each !== entry);
      if (left.length > 0) this.#byHash.set(hash, left);
      else this.#byHash.delete(hash);
    }
  }

  #end(entry: ConntrackEntry, how: 'EXPIRED' | 'DELETED'): void {
    this.#rows.runner.send(entry.row, how === 'EXPIRED' ? EXPIRED : DELETED);
    this.#rows.give(entry.row);
    this.#entries.delete(entry.row);
    this.#unhang(entry, entry.original);
    this.#unhang(entry, entry.reply);
  }

  save(): Plain {
    return [...this.#entries.values()].map((entry) => ({ ...entry })) as unknown as Plain;
  }

  restore(state: Plain): void {
    this.#entries.clear();
    this.#byHash.clear();
    for (const entry of state as unknown as ConntrackEntry[]) this.#index({ ...entry });
  }
}

function sides(entry: ConntrackEntry, tuple: Tuple): string {
  const addresses = `src=${tuple.source} dst=${tuple.destination}`;
  if (entry.protocol === 'ICMP') return `${addresses} type=8 code=0 id=${tuple.sourcePort}`;
  return `${addresses} sport=${tuple.sourcePort} dport=${tuple.destinationPort}`;
}
