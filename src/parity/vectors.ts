// Replays the recorded API vectors (requests and exact answers of a real kube-apiserver) against ours and says what differs.
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import type { ApiResponse } from '../cluster/apimachinery/rest.ts';
import type { Kind } from '../cluster/kinds/kind.ts';
import { type Difference, differences, type Masks, normal } from './vector-normal.ts';
import { VectorServer } from './vector-server.ts';
import { replayWatch } from './vector-watch.ts';

export interface VectorCase {
  readonly file: string;
  readonly name: string;
  /** False for kinds that are not served yet. */
  readonly inScope: boolean;
  readonly equal: boolean;
  readonly differences: readonly Difference[];
}

export type VectorFile = 'defaulting' | 'errors' | 'patches' | 'tables' | 'watch';
export const VECTOR_FILES: readonly VectorFile[] = ['defaulting', 'errors', 'patches', 'tables', 'watch'];

/** @param data The parsed recording. Vectors whose answer is withheld are run for their effect and not judged. */
export function replayVectors(file: VectorFile, data: any): VectorCase[] {
  switch (file) {
    case 'defaulting':
      return replayDefaulting(data);
    case 'errors':
      return replayErrors(data);
    case 'patches':
      return replayPatches(data);
    case 'tables':
      return replayTables(data);
    default:
      return replayWatch(data, judged);
  }
}

export function judged(file: string, name: string, inScope: boolean, recorded: unknown, ours: unknown, masks: Masks): VectorCase {
  const found = differences(normal(recorded, masks), normal(ours, masks));
  return { file, name, inScope, equal: found.length === 0, differences: found };
}

/** Lists of the real server leave kind and apiVersion of their items out. */
export function withoutItemKinds(body: unknown): unknown {
  const list = body as { items?: readonly AnyObject[]; kind?: string } | undefined;
  if (!Array.isArray(list?.items) || !list.kind?.endsWith('List')) return body;
  return { ...list, items: list.items.map(({ kind: _kind, apiVersion: _version, ...rest }) => rest) };
}

function warningsOf(response: ApiResponse): string[] {
  return response.headers?.['warning']?.split('\n') ?? [];
}

function replayDefaulting(data: any): VectorCase[] {
  return data.vectors.map((vector: any) => {
    const server = new VectorServer();
    const namespace = /namespaces\/([^/?]+)\//.exec(vector.path)?.[1];
    if (namespace !== undefined) server.namespace(namespace);
    const inScope = server.kindOf(vector.input) !== undefined && !needsMissing(vector, server);
    const response = server.call('POST', vector.path, JSON.stringify(vector.input), { 'content-type': 'application/json' });
    const masks: Masks = { given: JSON.stringify(vector.input), generateName: vector.input.metadata?.generateName };
    const recorded = { status: vector.status, object: vector.stored ?? vector.response, warnings: vector.warnings ?? [] };
    const ours = { status: response.status, object: response.body, warnings: warningsOf(response) };
    return judged('defaulting', vector.name, inScope, recorded, ours, masks);
  });
}

/** Admission vectors lean on objects (limit ranges, accounts with secrets) that the recording made beforehand. */
function needsMissing(vector: any, server: VectorServer): boolean {
  if (!vector.name.startsWith('admission/')) return false;
  if (vector.name.includes('limitrange')) return !server.kinds.some((kind) => kind.plural === 'limitranges');
  return vector.name.includes('pullsecrets');
}

/** Groups whose vectors stand alone: what they change is taken back. */
const ALONE = new Set(['create', 'update', '405', '406', '415', 'body', 'fieldValidation', 'query', 'podsecurity']);

function resourceIn(path: string): string {
  const parts = path
    .split('?')[0]!
    .split('/')
    .filter((part) => part !== '');
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  if (rest[0] === 'watch') rest.shift();
  if (rest[0] === 'namespaces' && rest.length > 2) return rest[2]!;
  return rest[0] ?? '';
}

function replayErrors(data: any): VectorCase[] {
  const server = new VectorServer();
  const namespaces = new Set<string>();
  for (const vector of data.vectors) {
    const namespace = /namespaces\/([^/?]+)/.exec(vector.path)?.[1];
    if (namespace !== undefined && !namespace.includes('nope')) namespaces.add(namespace);
  }
  const labels: Record<string, Record<string, string>> = {
    'gv-err-psa': { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/warn': 'restricted' },
    'gv-err-psa-r': { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' },
  };
  for (const namespace of namespaces) server.namespace(namespace, labels[namespace]);
  const prepared = new Set<string>();
  const cases: VectorCase[] = [];
  for (const vector of data.vectors) {
    prepareContext(server, vector, prepared);
    const run = () => {
      if (vector.context?.existing !== undefined) server.seed([vector.context.existing]);
      return replayRequest(server, vector);
    };
    const response = ALONE.has(vector.name.split('/')[0]) ? server.aside(run) : run();
    if (vector.withheld) continue;
    const recorded = { status: vector.status, body: watchLines(vector.response), warnings: vector.warnings ?? [] };
    const body = withoutItemKinds(response.body ?? streamBody(response));
    const ours = {
      status: response.status,
      body: vector.name === 'list/continue-page' ? onlyMetadata(body) : body,
      warnings: warningsOf(response),
    };
    cases.push(judged('errors', vector.name, errorInScope(server, vector), recorded, ours, masksOf(vector)));
  }
  return cases;
}

function streamBody(response: ApiResponse): unknown {
  const lines: string[] = [];
  response.stream?.open({
    frame: (frame) => {
      if (frame.kind === 'watch') lines.push(JSON.stringify(frame.event));
    },
    end: () => {},
  });
  response.stream?.close();
  return lines.length === 0 ? undefined : watchLines(lines.join('\n'));
}

/** The lines of a recorded watch as data. */
function watchLines(body: unknown): unknown {
  if (typeof body !== 'string' || !body.startsWith('{"type"')) return body;
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The recording keeps only the metadata of a long list. */
function onlyMetadata(body: unknown): unknown {
  return { metadata: (body as { metadata: unknown }).metadata };
}

function masksOf(vector: any): Masks {
  const text = typeof vector.body === 'string' ? vector.body : JSON.stringify(vector.body ?? '');
  return { given: text + JSON.stringify(vector.context ?? ''), generateName: vector.body?.metadata?.generateName };
}

const BIG_BODY = /^\{\.\.\. ([\w.]+) = (\d+) x "(.)"\}$/;

function replayRequest(server: VectorServer, vector: any): ApiResponse {
  const headers: Record<string, string> = {};
  if (vector.contentType) headers['content-type'] = vector.contentType;
  if (vector.accept) headers['accept'] = vector.accept;
  let { body } = vector;
  const big = typeof body === 'string' ? BIG_BODY.exec(body) : null;
  if (big !== null) body = bigBody(vector, big);
  const text = body === undefined || typeof body === 'string' ? body : withOurUid(server, vector, JSON.stringify(body));
  return server.call(vector.method, vector.path, text, headers);
}

/** Bodies that say the uid of an object the recording had made: ours has another. */
function withOurUid(server: VectorServer, vector: any, text: string): string {
  const { uid } = vector.body.metadata ?? {};
  if (vector.context?.existing !== undefined || !/^[0-9a-f-]{36}$/.test(uid ?? '')) return text;
  const ours = (server.call('GET', vector.path.split('?')[0].replace(/\/(scale|status)$/, '')).body as AnyObject)?.metadata?.uid;
  return ours === undefined ? text : text.replaceAll(uid, ours);
}

/** `{... data.k = 1048577 x "z"}`: the recording describes bodies too big to print. */
function bigBody(vector: any, [, path, count, char]: RegExpExecArray): object {
  const body: any = { apiVersion: 'v1', kind: vector.name.split('/')[1], metadata: { name: 'x' } };
  let at = body;
  const names = path!.split('.');
  for (const name of names.slice(0, -1)) at = at[name] ??= {};
  at[names.at(-1)!] = char!.repeat(Number(count));
  return body;
}

/** Which kinds a vector leans on besides the one it asks for. */
const LEANS_ON: readonly (readonly [RegExp, string])[] = [
  [/^quota\//, 'resourcequotas'],
  [/^limitrange\//, 'limitranges'],
  [/^pod\/eviction-pdb/, 'poddisruptionbudgets'],
  [/^rbac\//, 'roles'],
  [/^auth\//, 'roles'],
  [/^token\//, 'tokenreviews'],
  [/priorityClass-|priority-/, 'pods'],
];

function errorInScope(server: VectorServer, vector: any): boolean {
  const served = (plural: string) => server.kinds.some((kind) => kind.plural === plural);
  for (const [pattern, plural] of LEANS_ON) if (pattern.test(vector.name) && !served(plural)) return false;
  if (vector.name.startsWith('service/proxy')) return false;
  const resource = resourceIn(vector.path);
  if (/^(404\/path|405|406|auth|415)/.test(vector.name))
    return resource === '' || served(resource) || !/^\/apis?\//.test(vector.path) || vector.name.startsWith('404/path');
  return served(resource);
}

/** What was there before a vector and is told only in words, or not at all. */
function prepareContext(server: VectorServer, vector: any, prepared: Set<string>): void {
  const { context } = vector;
  const once = (name: string, prepare: () => void) => {
    if (vector.name !== name || prepared.has(name)) return;
    prepared.add(name);
    prepare();
  };
  const held = '/api/v1/namespaces/gv-err-term/configmaps';
  once('list/continue-page', () => {
    for (const name of ['p0', 'p1', 'p2', 'p3']) server.call('POST', '/api/v1/namespaces/gv-err/configmaps', { metadata: { name } });
  });
  once('terminating/create-pod', () => {
    server.call('POST', held, { metadata: { name: 'held', finalizers: ['example.com/hold'] }, data: { a: 'b' } });
    server.call('DELETE', '/api/v1/namespaces/gv-err-term');
  });
  once('finalizer/delete-twice', () => {
    server.call('DELETE', `${held}/held`);
  });
  if (typeof context !== 'string' || prepared.has(context)) return;
  prepared.add(context);
  if (context.startsWith('namespace gv-err holds')) {
    server.call('POST', '/api/v1/namespaces/gv-err/configmaps', {
      metadata: { name: 'e1', labels: { a: 'b' }, annotations: { l: '1' } },
      data: { k: 'v' },
    });
    const spec = {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'a:1' }] } },
    };
    server.call('POST', '/apis/apps/v1/namespaces/gv-err/deployments', {
      metadata: { name: 'd1', annotations: { 'deployment.kubernetes.io/revision': '1' } },
      spec,
    });
    const at = '2026-11-24T10:49:42Z';
    const condition = { status: 'True', lastUpdateTime: at, lastTransitionTime: at };
    const conditions = [
      { type: 'Available', ...condition, reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' },
      {
        type: 'Progressing',
        ...condition,
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet "d1-748cf5c987" has successfully progressed.',
      },
    ];
    server.call(
      'PATCH',
      '/apis/apps/v1/namespaces/gv-err/deployments/d1/status',
      { status: { observedGeneration: 1, terminatingReplicas: 0, conditions } },
      { 'content-type': 'application/merge-patch+json' },
    );
    const ports = [{ port: 80, nodePort: 31888 }];
    server.call('POST', '/api/v1/namespaces/gv-err/services', {
      metadata: { name: 's1' },
      spec: { type: 'NodePort', clusterIP: '10.96.44.44', selector: { a: 'b' }, ports },
    });
  }
  if (context.startsWith('pods g1')) {
    const pods = '/api/v1/namespaces/gv-err/pods';
    const containers = [{ name: 'c', image: 'a:1' }];
    server.call('POST', pods, { metadata: { name: 'g1' }, spec: { nodeName: 'ghost', containers } });
    server.call('POST', pods, { metadata: { name: 'g2' }, spec: { schedulerName: 'none', containers } });
  }
  if (context.startsWith('namespace holds plain pod')) {
    const pods = '/api/v1/namespaces/gv-err-term/pods';
    const containers = [{ name: 'c', image: 'a:1' }];
    server.call('POST', pods, { metadata: { name: 'p1' }, spec: { containers } });
    server.call('POST', pods, { metadata: { name: 'p2' }, spec: { hostNetwork: true, containers } });
  }
}

function pathOf(kind: Kind, namespace: string | undefined, name = '', subresource = ''): string {
  const prefix = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced ? `/namespaces/${namespace}` : '';
  return `${prefix}${scope}/${kind.plural}${name && `/${name}`}${subresource && `/${subresource}`}`;
}

const PATCH_CONTENT_TYPES: Readonly<Record<string, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

function replayPatches(data: any): VectorCase[] {
  return data.vectors.map((vector: any) => {
    const server = new VectorServer();
    server.namespace('gv-patch');
    if (vector.patchType === 'apply-sequence') return replayApplySequence(server, vector);
    const kind = server.kindOf(vector.before);
    if (kind === undefined) return { file: 'patches', name: vector.name, inScope: false, equal: false, differences: [] };
    server.seed([vector.before]);
    const path = pathOf(kind, 'gv-patch', vector.before.metadata.name, vector.subresource) + (vector.query ?? '');
    const response = server.call('PATCH', path, JSON.stringify(vector.patch), { 'content-type': PATCH_CONTENT_TYPES[vector.patchType]! });
    const body = response.body as AnyObject;
    const changed = body?.metadata?.resourceVersion !== vector.before.metadata.resourceVersion;
    const keepManagedFields = vector.name.startsWith('managedFields/');
    const masks: Masks = { given: JSON.stringify([vector.before, vector.patch]), keepManagedFields };
    const recorded = {
      status: vector.status,
      object: vector.after ?? vector.error,
      changed: vector.after && vector.resourceVersionChanged,
    };
    const ours = { status: response.status, object: body, changed: vector.after && changed };
    return judged('patches', vector.name, true, recorded, ours, masks);
  });
}

function replayApplySequence(server: VectorServer, vector: any): VectorCase {
  const first = vector.steps[0].object;
  const kind = first === undefined ? undefined : server.kindOf(first);
  if (kind === undefined) return { file: 'patches', name: vector.name, inScope: false, equal: false, differences: [] };
  const collection = pathOf(kind, 'gv-patch');
  const given = JSON.stringify(vector.steps.map(({ response: _response, ...step }: any) => step));
  const recorded: unknown[] = [];
  const ours: unknown[] = [];
  for (const step of vector.steps) {
    const response = applyStep(server, collection, step);
    if (step.response === undefined) continue;
    recorded.push({ status: step.status, response: step.response });
    ours.push({ status: response.status, response: response.body });
  }
  return judged('patches', vector.name, true, recorded, ours, { given, keepManagedFields: true });
}

function applyStep(server: VectorServer, collection: string, step: any): ApiResponse {
  const json = { 'content-type': 'application/json' };
  const manager = `fieldManager=${step.manager}`;
  const { sub } = step;
  const path = `${collection}/x${sub === undefined ? '' : `/${sub}`}`;
  const query = step.query === undefined ? '' : `&${String(step.query).replace(/^[?&]/, '')}`;
  switch (step.op) {
    case 'create':
      return server.call('POST', `${collection}?${manager}${query}`, JSON.stringify(step.object), json);
    case 'apply': {
      const force = step.force ? '&force=true' : '';
      return server.call('PATCH', `${path}?${manager}${force}${query}`, JSON.stringify(step.object), {
        'content-type': 'application/apply-patch+yaml',
      });
    }
    case 'update': {
      const current = server.call('GET', path).body as AnyObject;
      return server.call('PUT', `${path}?${manager}${query}`, JSON.stringify(merged(current, step.change)), json);
    }
    case 'get':
      return server.call('GET', path);
    case 'merge':
      return server.call('PATCH', `${path}?${manager}${query}`, JSON.stringify(step.patch), {
        'content-type': PATCH_CONTENT_TYPES['merge']!,
      });
    default:
      throw new Error(`unknown step ${step.op}`);
  }
}

function merged(target: any, change: any): any {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const out = { ...(typeof target === 'object' && target !== null ? target : {}) };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}

const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AGE_COLUMNS = new Set(['Age', 'Last Seen', 'First Seen', 'Duration', 'Last Schedule']);
const AGE = /(\d+[ydhms])+|<unknown>|<invalid>/g;

function replayTables(data: any): VectorCase[] {
  const cases: VectorCase[] = [];
  for (const [name, columns] of Object.entries<any>(data.columns)) {
    const server = new VectorServer();
    const kind = server.kinds.find((one) => one.kind === name);
    const inScope = kind !== undefined;
    const table = kind === undefined ? undefined : (server.call('GET', pathOf(kind, 'default'), undefined, TABLE).body as any);
    cases.push(judged('tables', `columns/${name}`, inScope, columns, table?.columnDefinitions, { given: '' }));
  }
  for (const vector of data.vectors) {
    const server = new VectorServer();
    const recorded: unknown[] = [];
    const ours: unknown[] = [];
    let inScope = true;
    const columns: readonly { name: string }[] = data.columns[vector.kind] ?? [];
    const masked = (cells: readonly unknown[] | undefined) =>
      cells?.map((cell, index) => {
        if (typeof cell !== 'string') return cell;
        if (AGE_COLUMNS.has(columns[index]?.name ?? '')) return cell.replace(AGE, '<age>');
        return cell.replace(/\((\d+[ydhms])+ ago\)/g, '(<age> ago)');
      });
    for (const row of vector.rows) {
      const kind = server.kindOf(row.object);
      if (kind === undefined) {
        inScope = false;
        continue;
      }
      server.seed([row.object]);
      const { namespace, name } = row.object.metadata;
      const body = server.call('GET', pathOf(kind, namespace, name), undefined, TABLE).body as any;
      recorded.push({ cells: masked(row.cells), conditions: row.conditions });
      ours.push({ cells: masked(body.rows?.[0]?.cells), conditions: body.rows?.[0]?.conditions });
    }
    cases.push(judged('tables', vector.name, inScope, recorded, ours, { given: '' }));
  }
  return cases;
}
