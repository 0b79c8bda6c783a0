// What the parts of the API server share: the store, the kinds, time and names, and the one way an object is written.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go
import type { RandomStream } from '../../sim/random.ts';
import type { Sim } from '../../sim/sim.ts';
import type { NodeProxy } from '../apimachinery/node-proxy.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import { createStore, type FieldIndex, type Store } from '../etcd/etcd.ts';
import type { Kind } from '../kinds/kind.ts';
import { Allocators } from './allocators.ts';
import { RouteTable } from './routes.ts';
import type { Scope } from './scope.ts';
import { WatchTimers } from './watch-timers.ts';

/** Fields that lists and watches find by index. */
const FIELD_INDEXES: Readonly<Record<string, Readonly<Record<string, FieldIndex>>>> = {
  pods: { 'spec.nodeName': (pod) => pod['spec']?.nodeName ?? '' },
  events: { 'involvedObject.uid': (event) => event['involvedObject']?.uid ?? '' },
};

export class Core {
  readonly sim: Sim;
  readonly store: Store;
  readonly kinds: readonly Kind[];
  readonly routes: RouteTable;
  readonly allocators: Allocators;
  readonly random: RandomStream;
  readonly nodes = new Map<string, NodeProxy>();
  readonly watchTimers: WatchTimers;
  readonly #uids: RandomStream;
  #timestamp = '';
  #timestampAt = -1;

  constructor(sim: Sim, kinds: readonly Kind[]) {
    this.sim = sim;
    this.kinds = kinds;
    this.store = createStore({ sim, fieldIndexes: FIELD_INDEXES });
    this.routes = new RouteTable(kinds);
    this.allocators = new Allocators(sim, kinds);
    this.random = sim.random('apiserver/names');
    this.#uids = sim.random('apiserver/uids');
    this.watchTimers = new WatchTimers(sim);
  }

  /** RFC 3339 of now, formatted once per moment. */
  timestamp(): string {
    if (this.#timestampAt !== this.sim.now) {
      this.#timestamp = this.sim.timestamp();
      this.#timestampAt = this.sim.now;
    }
    return this.#timestamp;
  }

  uid(): string {
    return this.#uids.uuid();
  }

  /** Writes under the next revision; a dry run writes nothing and answers the object as it would be. */
  write(scope: Scope, kind: Kind, object: AnyObject, old: AnyObject | undefined): AnyObject {
    if (scope.dryRun) return object;
    const revision = this.store.revision + 1;
    const stored: AnyObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.#commit(kind, stored, old, false);
    return stored;
  }

  /** Removes; answers the last state under the revision of the deletion. */
  remove(scope: Scope, kind: Kind, object: AnyObject): AnyObject {
    if (scope.dryRun) return object;
    const revision = this.store.revision + 1;
    const last: AnyObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.#commit(kind, last, object, true);
    kind.afterDelete?.(last, scope);
    return last;
  }

  #commit(kind: Kind, object: AnyObject, old: AnyObject | undefined, deletion: boolean): void {
    const key = storeKey(object.metadata.namespace, object.metadata.name);
    this.sim.journal.record('etcd', 'Stored', `${kind.resource}/${key}`, {
      revision: this.store.revision + 1,
      type: deletion ? 'DELETED' : old === undefined ? 'ADDED' : 'MODIFIED',
    });
    const expected = old === undefined ? 0 : this.store.modRevision(kind.resource, key);
    if (!this.store.commit({ resource: kind.resource, key, expected, object, delete: deletion })) {
      throw new Error(`${kind.resource}/${key} changed while its request was handled`);
    }
  }
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
