// What the page believes about the world: a pure function of the records so far. Maps are copied once per batch that changes them,
// so identity means "unchanged" for whoever draws.
import type {
  BarsRecord,
  ChartRecord,
  ClockRecord,
  CrashRecord,
  FeedBatch,
  FeedRecord,
  FlagRecord,
  FleetChangeRecord,
  FleetRecord,
  InputRecord,
  InspectedRecord,
  LogRecord,
  MoveRecord,
  NodeRecord,
  PodRecord,
  RoadRecord,
  ServiceRecord,
  ShapeRecord,
  TerminalRecord,
  TimersRecord,
  TrafficRecord,
  WhyRecord,
  WorldRecord,
} from './records.ts';

export interface Model {
  readonly world: WorldRecord | undefined;
  readonly clock: ClockRecord;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodRecord>;
  readonly services: ReadonlyMap<string, ServiceRecord>;
  /** Hops not yet forgotten, in the order told. */
  readonly roads: readonly RoadRecord[];
  /** Hops ever told: the last `roadsTold - n` of `roads` are new to whoever had seen n. */
  readonly roadsTold: number;
  readonly traffic: TrafficRecord | undefined;
  readonly fleet: FleetRecord | undefined;
  /** Grows with every change of the fleet's columns, which are updated in place. */
  readonly fleetVersion: number;
  readonly bars: { readonly widthMs: number; readonly counts: readonly number[] };
  readonly flags: readonly FlagRecord[];
  readonly inputs: readonly InputRecord[];
  readonly terminals: ReadonlyMap<string, TerminalRecord>;
  readonly shapes: ReadonlyMap<string, ShapeRecord>;
  /** Of the selected object, by instance. */
  readonly charts: ReadonlyMap<string, ChartRecord>;
  readonly inspected: InspectedRecord | undefined;
  readonly why: WhyRecord | undefined;
  readonly log: LogRecord | undefined;
  readonly crash: CrashRecord | undefined;
}

/** How long the light of a finished hop stays drawn, virtual milliseconds. */
export const afterglowMs = 400;
/** More hops than this are not drawn; the oldest go first. */
const roadsKept = 4000;
const movesKept = 12;
const emptyClock: ClockRecord = { kind: 'clock', now: 0, running: false, speed: 1, reached: 0 };

export const emptyModel: Model = {
  world: undefined,
  clock: emptyClock,
  nodes: new Map(),
  pods: new Map(),
  services: new Map(),
  roads: [],
  roadsTold: 0,
  traffic: undefined,
  fleet: undefined,
  fleetVersion: 0,
  bars: { widthMs: 1000, counts: [] },
  flags: [],
  inputs: [],
  terminals: new Map(),
  shapes: new Map(),
  charts: new Map(),
  inspected: undefined,
  why: undefined,
  log: undefined,
  crash: undefined,
};

/** While one batch is applied, each map is copied at most once. */
interface Draft {
  model: Model;
  readonly copied: Set<keyof Model>;
}

type MapField = 'nodes' | 'pods' | 'services' | 'terminals' | 'shapes' | 'charts';

function own<F extends MapField>(draft: Draft, field: F): Model[F] extends ReadonlyMap<string, infer V> ? Map<string, V> : never {
  if (!draft.copied.has(field)) {
    draft.copied.add(field);
    draft.model = { ...draft.model, [field]: new Map(draft.model[field] as ReadonlyMap<string, unknown>) };
  }
  return draft.model[field] as never;
}

function set(draft: Draft, change: Partial<Model>): void {
  draft.model = { ...draft.model, ...change };
}

/** The model after a batch. Terminal output is not part of it: whoever owns the terminal reads it from the batch. */
export function reduce(model: Model, batch: FeedBatch): Model {
  const draft: Draft = { model, copied: new Set() };
  for (const record of batch.records) apply(draft, record);
  forgetRoads(draft, batch.now);
  return draft.model;
}

type Appliers = { readonly [K in FeedRecord['kind']]: (draft: Draft, record: Extract<FeedRecord, { kind: K }>) => void };

const appliers: Appliers = {
  world: (draft, record) => set(draft, { world: record }),
  clock: (draft, record) => set(draft, { clock: record }),
  node: (draft, record) => void own(draft, 'nodes').set(record.name, record),
  pod: (draft, record) => void own(draft, 'pods').set(`${record.namespace}/${record.name}`, record),
  service: (draft, record) => void own(draft, 'services').set(`${record.namespace}/${record.name}`, record),
  gone: (draft, record) =>
    void own(draft, record.what === 'node' ? 'nodes' : record.what === 'pod' ? 'pods' : 'services').delete(record.key),
  road: addRoad,
  traffic: (draft, record) => set(draft, { traffic: record.lanes.length > 0 ? record : undefined }),
  fleet: (draft, record) => set(draft, { fleet: record, fleetVersion: draft.model.fleetVersion + 1 }),
  fleetChange: changeFleet,
  bars: (draft, record) => set(draft, { bars: changeBars(draft.model.bars, record) }),
  flag: (draft, record) => set(draft, { flags: [...draft.model.flags, record] }),
  input: (draft, record) => set(draft, { inputs: [...draft.model.inputs, record] }),
  output: () => {},
  terminal: changeTerminal,
  shape: (draft, record) => void own(draft, 'shapes').set(record.machine, record),
  chart: (draft, record) => void own(draft, 'charts').set(record.instance, record),
  move,
  timers: changeTimers,
  inspected: inspect,
  why: (draft, record) => set(draft, { why: record }),
  log: (draft, record) => set(draft, { log: record }),
  crash: (draft, record) => set(draft, { crash: record, clock: { ...draft.model.clock, running: false } }),
  reset,
};

function apply(draft: Draft, record: FeedRecord): void {
  (appliers[record.kind] as (draft: Draft, record: FeedRecord) => void)(draft, record);
}

function addRoad(draft: Draft, record: RoadRecord): void {
  if (!draft.copied.has('roads')) {
    draft.copied.add('roads');
    set(draft, { roads: draft.model.roads.slice() });
  }
  (draft.model.roads as RoadRecord[]).push(record);
  draft.model = { ...draft.model, roadsTold: draft.model.roadsTold + 1 };
}

function changeTerminal(draft: Draft, record: TerminalRecord): void {
  if (record.closed) own(draft, 'terminals').delete(record.terminal);
  else own(draft, 'terminals').set(record.terminal, record);
}

function changeTimers(draft: Draft, record: TimersRecord): void {
  const chart = draft.model.charts.get(record.instance);
  if (!chart) return;
  own(draft, 'charts').set(record.instance, { ...chart, timers: record.timers, guards: record.guards ?? chart.guards });
}

/** Charts belong to the selected object: another one's charts go when it is inspected. */
function inspect(draft: Draft, record: InspectedRecord): void {
  if (draft.model.inspected?.subject !== record.subject) {
    const charts = own(draft, 'charts');
    for (const [instance, chart] of charts) if (chart.subject !== record.subject) charts.delete(instance);
    set(draft, { why: draft.model.why?.subject === record.subject ? draft.model.why : undefined });
  }
  set(draft, { inspected: record });
}

function move(draft: Draft, record: MoveRecord): void {
  const chart = draft.model.charts.get(record.instance);
  if (!chart) return;
  own(draft, 'charts').set(record.instance, {
    ...chart,
    active: record.active,
    since: record.move.at,
    moves: [record.move, ...chart.moves].slice(0, movesKept),
  });
}

function changeBars(bars: Model['bars'], record: BarsRecord): Model['bars'] {
  const kept = bars.widthMs === record.widthMs ? bars.counts.slice(0, record.first) : [];
  while (kept.length < record.first) kept.push(0);
  return { widthMs: record.widthMs, counts: [...kept, ...record.counts] };
}

/** The columns are large, so they are written in place and the version tells that they changed. */
function changeFleet(draft: Draft, record: FleetChangeRecord): void {
  const fleet = draft.model.fleet;
  if (!fleet) return;
  for (let i = 0; i < record.rows.length; i++) fleet.mark[record.rows[i]!] = record.mark[i]!;
  record.nodes?.forEach((node, i) => {
    if (record.cpu) fleet.cpu[node] = record.cpu[i]!;
    if (record.state) fleet.state[node] = record.state[i]!;
  });
  const unscheduled = record.unscheduled ?? fleet.unscheduled;
  set(draft, {
    fleet: unscheduled === fleet.unscheduled ? fleet : { ...fleet, unscheduled },
    fleetVersion: draft.model.fleetVersion + 1,
  });
}

/** A hop stays while its flow is under way, plus the afterglow. */
function forgetRoads(draft: Draft, now: number): void {
  const roads = draft.model.roads;
  if (roads.length === 0) return;
  const lastOfFlow = new Map<number, number>();
  for (const road of roads) lastOfFlow.set(road.flow, Math.max(lastOfFlow.get(road.flow) ?? 0, road.t1));
  const kept = roads.filter((road) => lastOfFlow.get(road.flow)! + afterglowMs >= now);
  if (kept.length !== roads.length || kept.length > roadsKept) set(draft, { roads: kept.slice(-roadsKept) });
}

function reset(draft: Draft): void {
  const { inputs, terminals, shapes, bars, flags, roadsTold } = draft.model;
  draft.copied.clear();
  draft.model = { ...emptyModel, inputs, terminals, shapes, bars, flags, roadsTold };
}
