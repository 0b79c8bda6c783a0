// WATCH: what is there now (when asked for), then every change that concerns the selectors, in the order of revisions.
// Models: kubernetes v1.37 endpoints/handlers/watch.go, storage/cacher/cache_watcher.go
import { emptyObject } from '../apimachinery/decode.ts';
import type { AnyObject, Status } from '../apimachinery/object.ts';
import { type ApiResponse, type ServerStream, type StreamFrame, WATCH_NUMBER, type WatchEvent } from '../apimachinery/rest.ts';
import { expired } from '../apimachinery/status-error.ts';
import type { StoreEvent, Watcher } from '../etcd/etcd.ts';
import { apiVersionOf, schemaOf } from './body.ts';
import { storeKey } from './core.ts';
import { asServed, type Form, headersOf, negotiate, partial, table } from './present.ts';
import { type ListOptions, matchesOptions, parseRevision, selectionOf } from './read.ts';
import type { Scope } from './scope.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export function watch(scope: Scope, options: ListOptions): ApiResponse {
  const revision = parseRevision(options.resourceVersion, true);
  const stream = new WatchStream(scope, options, negotiate(scope.request), revision);
  return { status: 200, headers: headersOf(scope), stream };
}

type Sink = Parameters<ServerStream['open']>[0];

class WatchStream implements ServerStream {
  readonly #scope: Scope;
  readonly #options: ListOptions;
  readonly #form: Form;
  readonly #timer: number;
  #stop: (() => void) | undefined;
  #sink: Sink | undefined;
  /** Frames made before the client opened the stream. */
  #pending: StreamFrame[] | undefined = [];
  #ended = false;
  #columnsSent = false;

  constructor(scope: Scope, options: ListOptions, form: Form, revision: number) {
    this.#scope = scope;
    this.#options = options;
    this.#form = form;
    const { core, route } = scope;
    const resource = route.kind.resource;
    this.#timer = core.watchTimers.start(
      { timeout: () => this.#timeout(), bookmark: () => this.#bookmark() },
      options.timeoutSeconds,
      options.bookmarks,
      takenNumber(scope),
    );
    const initial = options.sendInitialEvents ?? revision === 0;
    if (!initial && revision < core.store.oldestRevision(resource)) {
      const oldest = core.store.oldestRevision(resource);
      this.#emit({ type: 'ERROR', object: expired(`too old resource version: ${revision} (${oldest})`).status });
      this.#end();
      return;
    }
    if (initial) this.#sendExisting();
    else for (const event of core.store.eventsAfter(resource, revision)) this.#notify(event);
    const current = core.store.revision;
    this.#stop = core.store.watch(this.#watcher(current));
  }

  #watcher(after: number): Watcher {
    const { route } = this.#scope;
    const selection = selectionOf(this.#scope, this.#options);
    const named = this.#options.fields.find((one) => one.field === 'metadata.name' && one.operator === '=');
    const notify = (event: StoreEvent) => {
      if (event.revision > after) this.#notify(event);
    };
    const { resource } = route.kind;
    if (named !== undefined && (route.namespace !== undefined || !route.kind.namespaced)) {
      return { resource, key: storeKey(route.namespace, named.value), notify };
    }
    if (selection.field?.name === 'spec.nodeName') return { resource, field: selection.field, notify };
    return { resource, namespace: route.namespace, notify };
  }

  #sendExisting(): void {
    const { core, route } = this.#scope;
    for (const object of core.store.list(route.kind.resource, selectionOf(this.#scope, this.#options))) {
      if (this.#selects(object)) this.#send('ADDED', object);
    }
    if (this.#options.sendInitialEvents && this.#options.bookmarks) this.#bookmark(true);
  }

  #selects(object: AnyObject): boolean {
    const { route } = this.#scope;
    if (route.namespace !== undefined && object.metadata.namespace !== route.namespace) return false;
    return matchesOptions(route.kind, this.#options, object);
  }

  #notify(event: StoreEvent): void {
    const before = event.old !== undefined && this.#selects(event.old);
    const after = event.type !== 'DELETED' && this.#selects(event.object);
    if (after) this.#send(before ? 'MODIFIED' : 'ADDED', event.object);
    else if (before) this.#send('DELETED', event.type === 'DELETED' ? event.object : lastSeen(event));
  }

  #send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: AnyObject): void {
    let shown: AnyObject;
    if (this.#form.as === 'object') shown = asServed(this.#scope.route, object);
    else if (this.#form.as === 'Table') {
      shown = table(this.#scope, this.#form, [object], { resourceVersion: object.metadata.resourceVersion }, false, !this.#columnsSent);
      this.#columnsSent = true;
    } else shown = partial(object, this.#form.version);
    this.#emit({ type, object: shown });
  }

  #bookmark(initialEnd = false): void {
    const { core, route } = this.#scope;
    const metadata = {
      resourceVersion: String(core.store.revision),
      ...(initialEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
    };
    const empty = {
      kind: route.kind.kind,
      apiVersion: route.served === undefined ? route.kind.apiVersion : apiVersionOf(route.served),
      metadata,
    };
    let object: AnyObject;
    if (this.#form.as === 'object') object = { ...emptyObject(schemaOf(route)), ...empty } as AnyObject;
    else if (this.#form.as === 'Table') {
      object = { kind: 'Table', apiVersion: `meta.k8s.io/${this.#form.version}`, metadata, columnDefinitions: null, rows: [] } as never;
    } else object = partial(empty as never, this.#form.version);
    this.#emit({ type: 'BOOKMARK', object });
  }

  #emit(event: WatchEvent | { readonly type: 'ERROR'; readonly object: Status }): void {
    const frame: StreamFrame = { kind: 'watch', event };
    if (this.#sink !== undefined) this.#sink.frame(frame);
    else this.#pending?.push(frame);
  }

  #timeout(): void {
    if (this.#options.bookmarks) this.#bookmark();
    this.#end();
  }

  #end(): void {
    this.#release();
    this.#ended = true;
    this.#sink?.end();
  }

  #release(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#scope.core.watchTimers.stop(this.#timer);
  }

  get number(): number {
    return this.#timer;
  }

  open(sink: Sink): void {
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    this.#sink = sink;
    for (const frame of pending) sink.frame(frame);
    if (this.#ended) sink.end();
  }

  close(): void {
    this.#release();
    this.#sink = undefined;
    this.#pending = undefined;
  }
}

function takenNumber(scope: Scope): number | undefined {
  const text = scope.request.headers?.[WATCH_NUMBER];
  return text === undefined ? undefined : Number(text);
}

/** An object that left the selection: its last state that was in it, under the revision of the change. */
function lastSeen(event: StoreEvent): AnyObject {
  const old = event.old!;
  return { ...old, metadata: { ...old.metadata, resourceVersion: String(event.revision) } };
}
