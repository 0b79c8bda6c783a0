// A test double of the API server: objects by path, revisions, list and watch, merge patches. It judges nothing.
import type { Sim } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest, ApiResponse, ServerStream, WatchEvent } from '../apimachinery/rest.ts';

interface Change {
  readonly revision: number;
  readonly collection: string;
  readonly event: WatchEvent;
}

type Tree = Record<string, any>;

function merged(target: any, patch: any): any {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out: Tree = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete out[key];
    else out[key] = merged(out[key], patch[key]);
  }
  return out;
}

/** `/apis/apps/v1/namespaces/default/deployments/web/status` in parts. */
function parse(path: string) {
  const [, base, namespace, plural, name, subresource] =
    /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/[a-z]+(?:\/|$)))?\/([a-z]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path)!;
  return { collection: `${base}/${plural}`, namespace, plural, name, subresource };
}

export class TestServer {
  readonly requests: ApiRequest[] = [];
  revision = 0;
  /** Changes below it cannot be watched any more. */
  oldest = 0;
  readonly objects = new Map<string, AnyObject>();
  readonly #changes: Change[] = [];
  readonly #watchers = new Set<(change: Change) => void>();
  readonly #sim: Sim;

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  readonly handle = (request: ApiRequest): ApiResponse => {
    this.requests.push(request);
    const { collection, namespace, name, subresource } = parse(request.path);
    const key = `${collection} ${namespace ?? ''}/${name ?? (request.body as AnyObject | undefined)?.metadata?.name}`;
    const old = this.objects.get(key);
    if (request.method === 'GET' && name === undefined) {
      return request.query?.['watch'] === 'true'
        ? this.#watch(collection, Number(request.query['resourceVersion']))
        : this.#list(collection);
    }
    if (request.method === 'POST' && subresource === undefined) return this.#create(collection, namespace, request.body as AnyObject);
    if (old === undefined) return { status: 404, body: { kind: 'Status', code: 404 } };
    if (request.method === 'GET') return { status: 200, body: old };
    if (request.method === 'DELETE') return this.#remove(collection, key, old);
    if (subresource === 'binding') {
      const nodeName = (request.body as AnyObject)['target'].name;
      return this.#put(collection, key, { ...old, spec: { ...old['spec'], nodeName } });
    }
    if (request.method === 'PATCH') return this.#put(collection, key, merged(old, request.body) as AnyObject);
    const body = request.body as AnyObject;
    const next = subresource === 'status' ? { ...old, status: body['status'] } : { ...body, status: old['status'] };
    return this.#put(collection, key, { ...next, metadata: body.metadata } as AnyObject);
  };

  #list(collection: string): ApiResponse {
    const items = [...this.objects].filter(([key]) => key.startsWith(`${collection} `)).map(([, object]) => object);
    return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: String(this.revision) }, items } as never };
  }

  #create(collection: string, namespace: string | undefined, body: AnyObject): ApiResponse {
    const name = body.metadata.name ?? `${body.metadata.generateName}${this.#sim.random('test').suffix(5)}`;
    const key = `${collection} ${namespace ?? ''}/${name}`;
    if (this.objects.has(key)) return { status: 409, body: { kind: 'Status', code: 409, message: 'already exists' } };
    const metadata = {
      ...body.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: body.metadata.uid ?? this.#sim.random('test').uuid(),
      creationTimestamp: this.#sim.timestamp(),
      generation: 1,
    };
    return { ...this.#put(collection, key, { ...body, metadata }), status: 201 };
  }

  #put(collection: string, key: string, object: AnyObject): ApiResponse {
    const type = this.objects.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.revision) } };
    this.objects.set(key, stored);
    this.#announce(collection, { type, object: stored });
    return { status: 200, body: stored };
  }

  #remove(collection: string, key: string, old: AnyObject): ApiResponse {
    this.objects.delete(key);
    const last = { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.revision) } };
    this.#announce(collection, { type: 'DELETED', object: last });
    return { status: 200, body: { kind: 'Status', status: 'Success' } };
  }

  #announce(collection: string, event: WatchEvent): void {
    const change = { revision: this.revision, collection, event };
    this.#changes.push(change);
    for (const watcher of this.#watchers) watcher(change);
  }

  #watch(collection: string, after: number): ApiResponse {
    if (after < this.oldest) return { status: 410, body: { kind: 'Status', code: 410 } };
    const known = this.#changes.filter((change) => change.collection === collection && change.revision > after);
    const watchers = this.#watchers;
    let notify: ((change: Change) => void) | undefined;
    const stream: ServerStream = {
      open(sink) {
        for (const change of known) sink.frame({ kind: 'watch', event: change.event });
        notify = (change) => {
          if (change.collection === collection) sink.frame({ kind: 'watch', event: change.event });
        };
        watchers.add(notify);
      },
      close() {
        if (notify !== undefined) watchers.delete(notify);
      },
    };
    return { status: 200, stream };
  }
}
