// The world as the page hears of it: watch events and journal records go in, one batch of feed records per frame comes out, with
// every object told at most once. Objects are summarised only when a batch is made, so a pod that changes ten times between two
// frames costs one summary.
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import type { WatchEvent } from '../cluster/apimachinery/rest.ts';
import { printYaml } from '../cluster/apimachinery/yaml-print.ts';
import type { Pod } from '../cluster/kinds/pod/types.ts';
import type { Hop } from '../cluster/network/packet.ts';
import type { Distance } from '../feed/commands.ts';
import type {
  ChartRecord,
  ClockRecord,
  EventSummary,
  FeedBatch,
  FeedRecord,
  GuardValue,
  InspectedRecord,
  Move,
  Plain,
  RoadRecord,
  StateShape as FeedStateShape,
  Timer,
  VariableSummary,
  WorldRecord,
} from '../feed/records.ts';
import type { JournalRecord } from '../sim/journal.ts';
import type { MachineShape, StateShape } from '../sim/shape.ts';
import type { Sim } from '../sim/sim.ts';
import { Columns } from './columns.ts';
import { keyOf, nodeRecord, podMark, podRecord, readyOf, serviceRecord, virtualTime } from './summaries.ts';
import { whyOf } from './why.ts';

/** More pods than this are told as columns, and one by one only on the nodes in view. */
export const podsToldSingly = 400;
/** More hops than this per batch are told as counts; the eye cannot follow more. */
const hopsPerBatch = 240;
const controlsPerBatch = 12;
const movesKept = 12;
const barsAtMost = 2400;

/** A machine that runs for a selected object. `Moved` records with its name and subject are its moves. */
export interface RunningMachine {
  /** Unique among the object's: `pods/default/web/containers/app`. */
  readonly instance: string;
  readonly title: string;
  readonly shape: MachineShape;
  /** `machine` and `subject` of its `Moved` records. */
  readonly name: string;
  readonly subject: string;
  /** Paths of the innermost active states. */
  readonly active: readonly string[];
  readonly timers: readonly { readonly name: string; readonly state: string; readonly due: number }[];
  readonly guards?: readonly GuardValue[];
}

/** What only the node's kubelet knows about a selected pod. */
export interface Insight {
  machines(subject: string): readonly RunningMachine[];
  variables?(subject: string): readonly VariableSummary[] | undefined;
  missing?(subject: string): InspectedRecord['missing'];
  lastLines?(subject: string): readonly string[] | undefined;
}

export interface PublisherOptions {
  readonly sim: Sim;
  readonly insight?: Insight;
}

type Resource = 'pods' | 'nodes' | 'services';

export class Publisher {
  readonly #sim: Sim;
  readonly #insight: Insight | undefined;
  #queue: FeedRecord[] = [];
  readonly #pods = new Map<string, Pod>();
  readonly #nodes = new Map<string, AnyObject>();
  readonly #services = new Map<string, AnyObject>();
  readonly #slices = new Map<string, Map<string, AnyObject>>();
  readonly #events = new Map<string, AnyObject[]>();
  readonly #podsOfNode = new Map<string, Set<string>>();
  readonly #orders = new Map<string, number>();
  #nextOrder = 0;
  readonly #dirty: Record<Resource, Set<string>> = { pods: new Set(), nodes: new Set(), services: new Set() };
  /** Newest watch event per node: what its kubelet hears. */
  readonly #controls = new Map<string, string>();
  readonly #columns = new Columns();
  #large = false;
  #looked: ReadonlySet<string> = new Set();
  #seen = 0;
  #bars: number[] = [];
  #barMs = 1000;
  #barFrom = Number.POSITIVE_INFINITY;
  #selected: string | undefined;
  #selectionDirty = false;
  #timersToldAt = -1;
  readonly #shapes = new Set<string>();
  #clock = '';
  #roadCount = 0;

  constructor({ sim, insight }: PublisherOptions) {
    this.#sim = sim;
    this.#insight = insight;
  }

  /** Any record the world itself makes: `world`, `output`, `terminal`, `flag`, `input`, `log`, `crash`. */
  tell(record: FeedRecord): void {
    const last = this.#queue.at(-1);
    // A program writes line by line; the page reads a batch of it at once.
    if (record.kind === 'output' && last?.kind === 'output' && last.terminal === record.terminal) {
      this.#queue[this.#queue.length - 1] = { ...last, text: last.text + record.text };
    } else this.#queue.push(record);
  }

  world(facts: Omit<WorldRecord, 'kind'>): void {
    this.tell({ kind: 'world', ...facts });
  }

  /** The world was rewound or replaced: the page forgets, and everything that exists is told again by new watches. */
  reset(): void {
    this.#queue = this.#queue.filter((record) => record.kind === 'output' || record.kind === 'terminal');
    this.tell({ kind: 'reset' });
    for (const map of [this.#pods, this.#nodes, this.#services, this.#slices, this.#events, this.#podsOfNode, this.#orders]) map.clear();
    for (const dirty of Object.values(this.#dirty)) dirty.clear();
    this.#seen = 0;
    this.#bars = [];
    this.#barFrom = 0;
    this.#shapes.clear();
    this.#large = false;
    this.#clock = '';
  }

  /** A change as a watch of the API server tells it: pods, nodes, services, endpointslices, events. Other kinds are ignored. */
  watched(event: WatchEvent): void {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') return;
    const object = event.object as AnyObject;
    const gone = event.type === 'DELETED';
    switch (object.kind) {
      case 'Pod':
        this.#podChanged(object as unknown as Pod, gone);
        break;
      case 'Node':
        this.#keep(this.#nodes, 'nodes', object, gone);
        this.#touchPodsOf(object);
        break;
      case 'Service':
        if (!this.#orders.has(keyOf(object))) this.#orders.set(keyOf(object), this.#nextOrder++);
        this.#keep(this.#services, 'services', object, gone);
        break;
      case 'EndpointSlice':
        this.#sliceChanged(object, gone);
        break;
      case 'Event':
        this.#eventChanged(object, gone);
        break;
    }
  }

  #keep<T extends AnyObject>(map: Map<string, T>, resource: Resource, object: T, gone: boolean): void {
    const key = keyOf(object);
    if (gone) map.delete(key);
    else map.set(key, object);
    this.#dirty[resource].add(key);
    if (this.#selected === `${resource}/${key}`) this.#selectionDirty = true;
  }

  #podChanged(pod: Pod, gone: boolean): void {
    const key = keyOf(pod as AnyObject);
    const before = this.#pods.get(key)?.spec.nodeName;
    const after = gone ? undefined : pod.spec.nodeName;
    if (before && before !== after) this.#podsOfNode.get(before)?.delete(key);
    if (after && before !== after) {
      const its = this.#podsOfNode.get(after);
      if (its) its.add(key);
      else this.#podsOfNode.set(after, new Set([key]));
    }
    for (const node of [before, after]) if (node) this.#dirty.nodes.add(node);
    if (after ?? before)
      this.#controls.set(
        (after ?? before)!,
        `watch: Pod ${pod.metadata.name} ${gone ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED'}`,
      );
    this.#keep(this.#pods as Map<string, AnyObject>, 'pods', pod as AnyObject, gone);
  }

  /** Pods of a node that came back or was lost look different. */
  #touchPodsOf(node: AnyObject): void {
    for (const key of this.#podsOfNode.get(node.metadata.name) ?? []) this.#dirty.pods.add(key);
  }

  #sliceChanged(slice: AnyObject, gone: boolean): void {
    const service = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`;
    let its = this.#slices.get(service);
    if (!its) this.#slices.set(service, (its = new Map()));
    if (gone) its.delete(slice.metadata.name);
    else its.set(slice.metadata.name, slice);
    this.#dirty.services.add(service);
  }

  #eventChanged(event: AnyObject, gone: boolean): void {
    const about = event['regarding'] ?? event['involvedObject'];
    if (!about?.kind) return;
    const name = about.namespace ? `${about.namespace}/${about.name}` : about.name;
    const subject = `${about.kind.toLowerCase()}s/${name}`;
    const others = (this.#events.get(subject) ?? []).filter((each) => each.metadata.uid !== event.metadata.uid);
    if (gone && others.length === 0) this.#events.delete(subject);
    else this.#events.set(subject, gone ? others : [...others, event]);
    if (this.#selected === subject) this.#selectionDirty = true;
  }

  /** The page selected an object, or nothing. */
  select(subject: string | undefined): void {
    this.#selected = subject;
    this.#selectionDirty = subject !== undefined;
    if (subject !== undefined) this.#queue.push(...this.#charts(subject));
  }

  why(subject: string): void {
    this.tell(whyOf(this.#sim.journal, subject));
  }

  /** What is on the screen: on these nodes pods are told one by one even in a large cluster. */
  look(_distance: Distance, nodes: readonly string[] | undefined): void {
    const before = this.#looked;
    this.#looked = new Set(nodes);
    if (!this.#large) return;
    for (const node of this.#looked) {
      if (before.has(node)) continue;
      this.#dirty.nodes.add(node);
      for (const key of this.#podsOfNode.get(node) ?? []) this.#dirty.pods.add(key);
    }
    for (const node of before) {
      if (this.#looked.has(node)) continue;
      this.tell({ kind: 'gone', what: 'node', key: node });
      for (const key of this.#podsOfNode.get(node) ?? []) this.tell({ kind: 'gone', what: 'pod', key });
    }
  }

  /** Everything since the last batch; undefined when nothing happened. At most 60 of these a second are worth making. */
  batch(clock: Omit<ClockRecord, 'kind'>): FeedBatch | undefined {
    const roads = this.#readJournal();
    const records: FeedRecord[] = [...this.#queue];
    this.#queue = [];
    this.#tellObjects(records);
    this.#tellControls(records, clock.now);
    this.#tellRoads(records, roads, clock);
    this.#tellBars(records);
    if (this.#selectionDirty && this.#selected !== undefined) records.push(this.#inspect(this.#selected));
    this.#selectionDirty = false;
    this.#tellTimers(records, clock.now);
    const said = `${clock.now} ${clock.running} ${clock.speed} ${clock.reached}`;
    if (said !== this.#clock) records.push({ kind: 'clock', ...clock });
    this.#clock = said;
    return records.length === 0 ? undefined : { now: clock.now, records };
  }

  #readJournal(): RoadRecord[] {
    const roads: RoadRecord[] = [];
    for (const record of this.#sim.journal.since(this.#seen)) {
      this.#seen = record.seq;
      this.#countBar(record.at);
      if (record.type === 'Hopped') roads.push({ kind: 'road', ...(record.data as unknown as Hop) });
      else if (record.type === 'Moved' && this.#selected !== undefined && record.subject.startsWith(this.#selected)) this.#moved(record);
    }
    return roads;
  }

  #countBar(at: number): void {
    let bar = Math.floor(at / this.#barMs);
    while (bar >= barsAtMost) {
      this.#bars = Array.from(
        { length: Math.ceil(this.#bars.length / 2) },
        (_, i) => (this.#bars[2 * i] ?? 0) + (this.#bars[2 * i + 1] ?? 0),
      );
      this.#barMs *= 2;
      this.#barFrom = 0;
      bar = Math.floor(at / this.#barMs);
    }
    while (this.#bars.length <= bar) this.#bars.push(0);
    this.#bars[bar]!++;
    this.#barFrom = Math.min(this.#barFrom, bar);
  }

  #tellBars(records: FeedRecord[]): void {
    if (this.#barFrom >= this.#bars.length) return;
    records.push({ kind: 'bars', widthMs: this.#barMs, first: this.#barFrom, counts: this.#bars.slice(this.#barFrom) });
    this.#barFrom = Number.POSITIVE_INFINITY;
  }

  #tellObjects(records: FeedRecord[]): void {
    const { pods, nodes, services } = this.#dirty;
    if (!this.#large && this.#pods.size > podsToldSingly) this.#growLarge(records);
    for (const name of nodes) this.#tellNode(records, name);
    for (const key of pods) this.#tellPod(records, key);
    for (const key of services) {
      const service = this.#services.get(key);
      const order = this.#orders.get(key) ?? 0;
      records.push(
        service
          ? serviceRecord(service, this.#slices.get(key)?.values() ?? [], order, this.#sim.epoch)
          : { kind: 'gone', what: 'service', key },
      );
      if (!service) this.#orders.delete(key);
    }
    for (const dirty of [pods, nodes, services]) dirty.clear();
    const fleet = this.#large ? this.#columns.drain() : undefined;
    if (fleet) records.push(fleet);
  }

  /** From here on pods are columns. */
  #growLarge(records: FeedRecord[]): void {
    this.#large = true;
    for (const key of this.#pods.keys()) {
      this.#dirty.pods.add(key);
      records.push({ kind: 'gone', what: 'pod', key });
    }
    for (const name of this.#nodes.keys()) {
      this.#dirty.nodes.add(name);
      records.push({ kind: 'gone', what: 'node', key: name });
    }
  }

  #tellNode(records: FeedRecord[], name: string): void {
    const node = this.#nodes.get(name);
    if (!node) {
      records.push({ kind: 'gone', what: 'node', key: name });
      if (this.#large) this.#columns.removeNode(name);
      return;
    }
    const record = nodeRecord(node, this.#podsOn(name), this.#sim.epoch);
    if (!this.#large || this.#looked.has(name)) records.push(record);
    if (this.#large) {
      const state = record.ready === 'True' ? (record.schedulable ? 0 : 3) : record.ready === 'False' ? 1 : 2;
      this.#columns.setNode({ name, zone: record.zone ?? '', cpu: record.cpu, state });
    }
  }

  *#podsOn(node: string): Generator<Pod> {
    for (const key of this.#podsOfNode.get(node) ?? []) {
      const pod = this.#pods.get(key);
      if (pod) yield pod;
    }
  }

  #tellPod(records: FeedRecord[], key: string): void {
    const pod = this.#pods.get(key);
    if (!pod) {
      records.push({ kind: 'gone', what: 'pod', key });
      if (this.#large) this.#columns.removePod(key);
      return;
    }
    const lost = this.#isLost(pod.spec.nodeName);
    if (!this.#large || this.#looked.has(pod.spec.nodeName ?? '')) records.push(podRecord(pod, lost, this.#sim.epoch));
    if (this.#large) this.#columns.setPod(key, pod.spec.nodeName || undefined, podMark(pod, lost));
  }

  #isLost(name: string | undefined): boolean {
    const node = name ? this.#nodes.get(name) : undefined;
    return node !== undefined && readyOf(node) === 'Unknown';
  }

  /** The API server tells a kubelet about its pods: light on the dotted line. */
  #tellControls(records: FeedRecord[], now: number): void {
    let told = 0;
    for (const [node, caption] of this.#controls) {
      if (++told > controlsPerBatch) break;
      const none = { source: '', destination: '' };
      const id = -++this.#roadCount;
      records.push({
        kind: 'road',
        packet: id,
        flow: id,
        from: 'apiserver',
        to: `kubelet:${node}`,
        t0: now,
        t1: now + 1,
        purpose: 'control',
        caption,
        before: none,
        after: none,
      });
    }
    this.#controls.clear();
  }

  /** Hops as they are, or when there are too many, counted per pair of places. */
  #tellRoads(records: FeedRecord[], roads: readonly RoadRecord[], clock: Omit<ClockRecord, 'kind'>): void {
    if (roads.length <= hopsPerBatch) {
      records.push(...roads);
      return;
    }
    const lanes = new Map<string, { from: string; to: string; purpose: RoadRecord['purpose']; packets: number; service?: string }>();
    for (const { from, to, purpose, service } of roads) {
      const lane = lanes.get(`${from} ${to} ${purpose}`);
      if (lane) lane.packets++;
      else lanes.set(`${from} ${to} ${purpose}`, { from, to, purpose, packets: 1, ...(service === undefined ? {} : { service }) });
    }
    records.push(...roads.slice(0, hopsPerBatch), { kind: 'traffic', from: roads[0]!.t0, until: clock.now, lanes: [...lanes.values()] });
  }

  #inspect(subject: string): InspectedRecord {
    const [resource, key] = [subject.slice(0, subject.indexOf('/')), subject.slice(subject.indexOf('/') + 1)];
    const maps: Readonly<Record<string, ReadonlyMap<string, unknown>>> = { pods: this.#pods, nodes: this.#nodes, services: this.#services };
    const object = maps[resource]?.get(key) as Plain | undefined;
    const events = (this.#events.get(subject) ?? []).map((event) => eventSummary(event, this.#sim.epoch)).sort((a, b) => a.at - b.at);
    const insight = this.#insight;
    return {
      kind: 'inspected',
      subject,
      ...(object === undefined ? {} : { object, yaml: printYaml(object) }),
      events,
      variables: insight?.variables?.(subject),
      missing: insight?.missing?.(subject),
      lastLines: insight?.lastLines?.(subject),
    };
  }

  /** The machines of a selected object, whole; shapes the page has not seen come first. */
  #charts(subject: string): FeedRecord[] {
    const records: FeedRecord[] = [];
    for (const machine of this.#insight?.machines(subject) ?? []) {
      if (!this.#shapes.has(machine.shape.id)) records.push(shapeRecord(machine.shape));
      this.#shapes.add(machine.shape.id);
      const moves = this.#movesOf(machine);
      const chart: ChartRecord = {
        kind: 'chart',
        subject,
        instance: machine.instance,
        machine: machine.shape.id,
        title: machine.title,
        active: machine.active,
        since: moves[0]?.at ?? 0,
        moves,
        timers: this.#timers(machine),
        guards: machine.guards ?? [],
      };
      records.push(chart);
    }
    return records;
  }

  /** Newest first. */
  #movesOf(machine: RunningMachine): Move[] {
    const moves: Move[] = [];
    for (const record of this.#sim.journal.since(0)) {
      if (record.type !== 'Moved' || record.subject !== machine.subject) continue;
      const data = record.data as unknown as { machine: string; from: string; to: string; event: string };
      if (data.machine === machine.name) moves.push({ at: record.at, event: data.event, from: data.from, to: data.to });
    }
    return moves.slice(-movesKept).reverse();
  }

  #moved(record: JournalRecord): void {
    const data = record.data as unknown as { machine: string; from: string; to: string; event: string };
    const machines = this.#insight?.machines(this.#selected!) ?? [];
    const machine = machines.find((each) => each.subject === record.subject && each.name === data.machine);
    if (!machine) return;
    const move: Move = { at: record.at, event: data.event, from: data.from, to: data.to };
    this.tell({ kind: 'move', instance: machine.instance, active: data.to.split(', '), move });
    this.tell({ kind: 'timers', instance: machine.instance, timers: this.#timers(machine), guards: machine.guards });
    this.#selectionDirty = true;
  }

  #timers(machine: RunningMachine): Timer[] {
    const set = this.#sim.now;
    const since = new Map(this.#movesOf(machine).map((move) => [move.to, move.at]));
    return machine.timers.map(({ name, state, due }) => ({ delay: name, state, setAt: since.get(state) ?? set, dueAt: due }));
  }

  /** New machines of the selected object (a container that started) come twice a second at most. */
  #tellTimers(records: FeedRecord[], now: number): void {
    if (this.#selected === undefined || !this.#insight || Math.abs(now - this.#timersToldAt) < 500) return;
    this.#timersToldAt = now;
    records.push(...this.#charts(this.#selected));
  }
}

function eventSummary(event: AnyObject, epoch: number): EventSummary {
  const last = event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  return {
    at: virtualTime(last, epoch),
    type: event['type'] ?? 'Normal',
    reason: event['reason'] ?? '',
    message: event['message'] ?? event['note'] ?? '',
    source: event['source']?.component ?? event['reportingComponent'] ?? event['reportingController'] ?? '',
    count: event['series']?.count ?? event['count'] ?? 1,
  };
}

/** A machine's shape in the feed's words: the tree of states and its edges, transitions without a target left out. */
export function shapeRecord(shape: MachineShape): FeedRecord {
  const edges: { from: string; to: string; event: string; after: boolean; guard?: string }[] = [];
  const tree = (state: StateShape): FeedStateShape => {
    for (const { event, delay, guard, targets } of state.transitions) {
      for (const to of targets)
        edges.push({ from: state.path, to, event: delay ?? event, after: delay !== undefined, ...(guard === undefined ? {} : { guard }) });
    }
    const initial = state.initial?.split('.').at(-1);
    return {
      path: state.path,
      name: state.key,
      type: state.type,
      ...(initial === undefined ? {} : { initial }),
      states: state.states.map(tree),
    };
  };
  return { kind: 'shape', machine: shape.id, root: tree(shape.root), edges };
}
