// An API server to replay recorded requests against: no controllers, no nodes, and any object can be put into its store as recorded.
import { createApiServer } from '../cluster/apiserver/apiserver.ts';
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import type { ApiRequest, ApiResponse } from '../cluster/apimachinery/rest.ts';
import type { Kind } from '../cluster/kinds/kind.ts';
import { kinds as allKinds } from '../cluster/kinds/kinds.ts';
import { type Keeper, SimEngine } from '../sim/sim.ts';

/** Shortly after the recordings were made, so that no age is negative. */
const RECORDED_AT = Date.parse('2026-11-24T12:00:00Z');
/** Revisions of ours start above those of recorded objects, so that both can live in one store. */
const FIRST_REVISION = 20_000;

const CA_DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

interface StoreState {
  readonly revision: number;
  readonly compacted: number;
  readonly collections: readonly (readonly [string, readonly (readonly [string, AnyObject, number])[]])[];
  readonly logs: readonly unknown[];
}

/** A sim whose keepers can be asked one by one. */
class OpenSim extends SimEngine {
  readonly kept = new Map<string, Keeper>();
  override keep(name: string, keeper: Keeper): void {
    this.kept.set(name, keeper);
    super.keep(name, keeper);
  }
}

export class VectorServer {
  readonly sim = new OpenSim({ seed: 1, epoch: RECORDED_AT });
  readonly kinds: readonly Kind[] = allKinds;
  readonly #api = createApiServer({ sim: this.sim, kinds: allKinds });
  readonly #namespaces = new Set<string>();

  constructor() {
    this.#change((state) => ({ ...state, revision: FIRST_REVISION, compacted: FIRST_REVISION - 1 }));
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) this.namespace(name);
    const ports = [{ name: 'https', port: 443, targetPort: 8443 }];
    this.call('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'kubernetes' }, spec: { clusterIP: '10.96.0.1', ports } });
  }

  get revision(): number {
    return this.#api.revision;
  }

  kindOf(object: { readonly apiVersion: string; readonly kind: string }): Kind | undefined {
    return this.kinds.find((kind) => kind.kind === object.kind && kind.apiVersion === object.apiVersion);
  }

  /** A namespace with what its controllers put into it. */
  namespace(name: string, labels?: Record<string, string>): void {
    if (this.#namespaces.has(name)) return;
    this.#namespaces.add(name);
    this.call('POST', '/api/v1/namespaces', { metadata: { name, labels } });
    this.call('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
    this.call('POST', `/api/v1/namespaces/${name}/configmaps`, {
      metadata: { name: 'kube-root-ca.crt', annotations: { 'kubernetes.io/description': CA_DESCRIPTION } },
      data: { 'ca.crt': 'x' },
    });
  }

  call(method: string, pathAndQuery: string, body?: unknown, headers: Record<string, string> = {}): ApiResponse {
    return this.#api.handle(requestOf(method, pathAndQuery, body, headers));
  }

  /** Puts objects into the store exactly as given. */
  seed(objects: readonly AnyObject[]): void {
    for (const object of objects) {
      const kind = this.kindOf(object);
      if (kind === undefined) continue;
      const { namespace, name, resourceVersion } = object.metadata;
      if (namespace !== undefined) this.namespace(namespace);
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      const revision = Number(resourceVersion);
      this.#change((state) => {
        const before = state.collections.find(([resource]) => resource === kind.resource)?.[1] ?? [];
        const others = state.collections.filter(([resource]) => resource !== kind.resource);
        const entries = [...before.filter(([other]) => other !== key), [key, object, revision] as const];
        return { ...state, collections: [...others, [kind.resource, entries]] };
      });
    }
  }

  /** Runs `body` and takes back whatever it changed. */
  aside<T>(body: () => T): T {
    const store = this.#keeper('etcd').save();
    const allocators = this.#keeper('apiserver/allocators').save();
    try {
      return body();
    } finally {
      this.#keeper('etcd').restore(store);
      this.#keeper('apiserver/allocators').restore(allocators);
    }
  }

  #keeper(name: string) {
    const keeper = this.sim.kept.get(name);
    if (keeper === undefined) throw new Error(`no keeper ${name}`);
    return keeper;
  }

  #change(edit: (state: StoreState) => StoreState): void {
    const keeper = this.#keeper('etcd');
    keeper.restore(edit(keeper.save() as unknown as StoreState) as never);
  }
}

/** A recorded request as the server takes it: query split off, the text of a body kept as text. */
export function requestOf(method: string, pathAndQuery: string, body: unknown, headers: Record<string, string>): ApiRequest {
  const [path, search = ''] = pathAndQuery.split('?') as [string, string?];
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    const before = query[name];
    query[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return {
    method: method as ApiRequest['method'],
    path,
    ...(search === '' ? {} : { query }),
    headers: { 'user-agent': 'gv', ...headers },
    body: body as never,
  };
}
