// Replays recorded watch scenarios: watchers are opened, steps run one after the other, and what every watcher saw is compared.
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import type { ApiResponse, WatchEvent } from '../cluster/apimachinery/rest.ts';
import type { Kind } from '../cluster/kinds/kind.ts';
import type { Masks } from './vector-normal.ts';
import { VectorServer } from './vector-server.ts';
import type { VectorCase } from './vectors.ts';

type Judge = (file: string, name: string, inScope: boolean, recorded: unknown, ours: unknown, masks: Masks) => VectorCase;

const NAMESPACE = 'gv-watch';
/** Scenarios in which controllers act; there are none here. */
const NEEDS_CONTROLLERS = /^(gc-|namespace-delete|bookmarks)/;

export function replayWatch(data: any, judge: Judge): VectorCase[] {
  const scenarios = data.vectors.flatMap((vector: any) => replayScenario(vector, judge));
  return [...scenarios, ...data.generation.map((vector: any) => replayGeneration(vector, judge))];
}

function kindNamed(server: VectorServer, name: string): Kind | undefined {
  return server.kinds.find((kind) => kind.kind === name);
}

function pathOf(kind: Kind, name = '', sub = ''): string {
  const prefix = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return `${prefix}${kind.namespaced ? `/namespaces/${NAMESPACE}` : ''}/${kind.plural}${name && `/${name}`}${sub && `/${sub}`}`;
}

function replayScenario(vector: any, judge: Judge): VectorCase[] {
  const server = new VectorServer();
  server.namespace(NAMESPACE);
  if (NEEDS_CONTROLLERS.test(vector.name) || vector.steps === undefined) {
    return [{ file: 'watch', name: vector.name, inScope: false, equal: false, differences: [] }];
  }
  const kinds = new Set<string>([...vector.steps.map((one: any) => one.step.kind), ...vector.watchers.map((one: any) => one.kind)]);
  kinds.delete(undefined as never);
  const inScope = [...kinds].every((name) => kindNamed(server, name) !== undefined);
  if (!inScope) return [{ file: 'watch', name: vector.name, inScope, equal: false, differences: [] }];
  for (const step of vector.setup ?? []) runStep(server, step.step ?? step);
  const listRevision = String(server.revision);
  const watchers = vector.watchers.map((watcher: any) => ({ watcher, seen: openWatcher(server, watcher, listRevision) }));
  const results = vector.steps.map(({ step }: any) => runStep(server, step));
  const ordinals = ordinalsOf(listRevision, [results, watchers.map((one: any) => one.seen)]);
  const cases = [
    judge(
      'watch',
      `${vector.name}/steps`,
      true,
      vector.steps.map((one: any) => ({ status: one.status, result: one.result })),
      withOrdinals(results, ordinals),
      { given: JSON.stringify(vector.steps) },
    ),
  ];
  for (const { watcher, seen } of watchers) {
    const recorded = { status: watcher.status, events: withoutClock(watcher.events) };
    const ours = withOrdinals({ status: seen.status, events: withoutClock(seen.events) }, ordinals);
    cases.push(judge('watch', `${vector.name}/${watcher.name}`, true, recorded, ours, { given: JSON.stringify(vector.steps) }));
  }
  return cases;
}

interface Seen {
  readonly status: number;
  readonly events: WatchEvent[];
}

function openWatcher(server: VectorServer, watcher: any, listRevision: string): Seen {
  const kind = kindNamed(server, watcher.kind)!;
  const query = String(watcher.query ?? '').replace('<rv1>', listRevision);
  const response = server.call('GET', `${pathOf(kind)}?watch=true${query && `&${query}`}`, undefined, { accept: watcher.accept });
  const events: WatchEvent[] = [];
  response.stream?.open({
    frame: (frame) => {
      if (frame.kind === 'watch') events.push(frame.event);
    },
    end: () => {},
  });
  if (response.stream === undefined) events.push(response.body as never);
  return { status: response.status, events };
}

function runStep(server: VectorServer, step: any): { status?: number; result?: unknown } {
  if (step.op === 'sleep') return {};
  const kind = kindNamed(server, step.kind)!;
  const response = request(server, kind, step);
  const body = response.body as AnyObject;
  const result = body.kind === 'Status' ? body : { kind: body.kind, metadata: body.metadata };
  return { status: response.status, result };
}

function request(server: VectorServer, kind: Kind, step: any): ApiResponse {
  const json = { 'content-type': 'application/json' };
  const query = step.query ?? '';
  switch (step.op) {
    case 'create':
      return server.call(
        'POST',
        pathOf(kind) + query,
        JSON.stringify({ apiVersion: kind.apiVersion, kind: kind.kind, ...step.object }),
        json,
      );
    case 'patch':
      return server.call('PATCH', pathOf(kind, step.name, step.sub) + query, JSON.stringify(step.patch), {
        'content-type': step.contentType ?? 'application/merge-patch+json',
      });
    case 'delete':
      return server.call('DELETE', pathOf(kind, step.name) + query, step.body === undefined ? undefined : JSON.stringify(step.body), json);
    case 'evict': {
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: step.name } };
      return server.call('POST', pathOf(kind, step.name, 'eviction'), JSON.stringify(body), json);
    }
    case 'put-same': {
      const current = server.call('GET', pathOf(kind, step.name)).body as AnyObject;
      return server.call('PUT', pathOf(kind, step.name) + query, JSON.stringify(current), json);
    }
    default:
      throw new Error(`unknown step ${step.op}`);
  }
}

/** Bookmarks come at their own pace, and cells hold ages. */
function withoutClock(events: readonly any[]): unknown[] {
  return events
    .filter((event) => event.type !== 'BOOKMARK' || event.object.metadata.annotations !== undefined)
    .map((event) => {
      if (event.object?.kind !== 'Table') return event;
      const rows = event.object.rows.map((row: any) => ({
        ...row,
        cells: row.cells.map((cell: unknown) => (typeof cell === 'string' && /^\d+[smh]/.test(cell) ? '<age>' : cell)),
      }));
      return { ...event, object: { ...event.object, rows } };
    });
}

/** resourceVersion → rv1, rv2, … in the order of the numbers seen. */
function ordinalsOf(listRevision: string, seen: unknown): ReadonlyMap<string, string> {
  const numbers = new Set<number>([Number(listRevision)]);
  const collect = (value: unknown, key: string): void => {
    if (key === 'resourceVersion' && typeof value === 'string' && value !== '') numbers.add(Number(value));
    else if (typeof value === 'object' && value !== null) for (const [name, field] of Object.entries(value)) collect(field, name);
  };
  collect(seen, '');
  return new Map(
    [...numbers]
      .filter((one) => one >= Number(listRevision))
      .sort((a, b) => a - b)
      .map((one, index) => [String(one), `rv${index + 1}`]),
  );
}

/** Ordinals under another name, so that the common normaliser leaves them alone on both sides. */
function withOrdinals(value: unknown, ordinals: ReadonlyMap<string, string>, key = ''): unknown {
  if (typeof value === 'string') return key === 'resourceVersion' ? (ordinals.get(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((one) => withOrdinals(one, ordinals));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withOrdinals(field, ordinals, name)]));
}

const MINIMAL_SPECS: Readonly<Record<string, unknown>> = {
  ConfigMap: { data: { k: 'v' } },
  Secret: { data: { k: 'dg==' } },
  Service: { spec: { selector: { a: 'b' }, ports: [{ port: 80 }] } },
  Pod: { spec: { containers: [{ name: 'c', image: 'a:1' }], schedulerName: 'none' } },
  EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], ports: [] },
  Lease: { spec: { holderIdentity: 'a' } },
  ServiceAccount: {},
  Event: { involvedObject: { kind: 'Pod', name: 'p', namespace: NAMESPACE }, reason: 'R' },
  Deployment: workload(),
  ReplicaSet: workload(),
};

function workload(): unknown {
  return {
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'a:1' }] } },
    },
  };
}

/** metadata.generation after label, annotation, spec and empty patches. */
function replayGeneration(vector: any, judge: Judge): VectorCase {
  const server = new VectorServer();
  server.namespace(NAMESPACE);
  const kind = kindNamed(server, vector.kind);
  const name = `generation/${vector.kind}`;
  const minimal = MINIMAL_SPECS[vector.kind];
  if (kind === undefined || minimal === undefined) return { file: 'watch', name, inScope: false, equal: false, differences: [] };
  const created = server.call('POST', pathOf(kind), { metadata: { name: 'gv-gen' }, ...(minimal as object) }).body as AnyObject;
  let last = created;
  const patch = (body: unknown) => {
    const next = server.call('PATCH', pathOf(kind, 'gv-gen'), JSON.stringify(body), { 'content-type': 'application/merge-patch+json' })
      .body as AnyObject;
    const change = {
      generation: next.metadata.generation ?? null,
      before: last.metadata.generation ?? null,
      changed: next.metadata.resourceVersion !== last.metadata.resourceVersion,
    };
    last = next;
    return change;
  };
  const shape = (one: any) => one && { generation: one.generation, before: one.before, changed: one.resourceVersionChanged };
  const recorded = {
    created: vector.created,
    label: shape(vector.label),
    annotation: shape(vector.annotation),
    spec: shape(vector.spec),
    empty: shape(vector.empty),
  };
  const ours = {
    created: created.metadata.generation ?? null,
    label: vector.label && patch({ metadata: { labels: { zz: '1' } } }),
    annotation: vector.annotation && patch({ metadata: { annotations: { zz: '1' } } }),
    spec: vector.spec && patch(vector.specPatch),
    empty: vector.empty && patch({}),
  };
  return judge('watch', name, true, recorded, ours, { given: '' });
}
