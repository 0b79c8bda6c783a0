// What a component knows of the cluster: one list, then a watch for ever; every change goes into an indexed cache and to the
// handlers. A broken watch resumes where it stopped; when the server has forgotten that revision, everything is listed again.
// Models: kubernetes v1.37 client-go tools/cache/{reflector,shared_informer}.go, informers/factory.go
import type { Handler, Sim } from '../../sim/sim.ts';
import type { AnyObject, KubeObject, Status } from '../apimachinery/object.ts';
import type { ApiRequest, ApiResponse, StreamFrame } from '../apimachinery/rest.ts';
import { Cache, type Index, keyOf, type Lister } from './cache.ts';
import type { Client, ClientStream, Reply, SavedStream } from './client.ts';
import { oncePerSim } from './once-per-sim.ts';
import { RELIST_MAX_MS, RELIST_MIN_MS, WATCH_TIMEOUT_MIN_SECONDS } from './timings.ts';

export interface InformerHandler<T extends KubeObject> {
  /** A new object; while the first list comes in `initial` is true. */
  added?(object: T, initial: boolean): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
  /** After each change, whatever it was, when the handlers of the kind of change have run: `version` has moved. */
  moved?(version: number): void;
  /** The first list has arrived and its objects were handed over. */
  synced?(): void;
}

export interface InformerOptions {
  /** `/api/v1/pods`, `/apis/apps/v1/replicasets`. */
  readonly path: string;
  /** `fieldSelector`, `labelSelector`. */
  readonly query?: Readonly<Record<string, string>>;
}

export interface Informer<T extends KubeObject = AnyObject> extends Lister<T> {
  readonly name: string;
  /** The first list has arrived. */
  readonly synced: boolean;
  /** Revision up to which this cache knows everything of its kind. */
  readonly version: number;
  index(index: Index<T>): void;
  /** Handlers belong to the composition, not to a keyframe: add them before the world runs. */
  handle(handler: InformerHandler<T>): void;
  start(): void;
  /** Forgets everything and closes the watch (the component stopped). */
  stop(): void;
}

type Phase = 'stopped' | 'listing' | 'watching' | 'waiting';

interface Saved {
  readonly phase: Phase;
  readonly synced: boolean;
  readonly version: string;
  readonly backoffMs: number;
  readonly generation: number;
  readonly stream: SavedStream | null;
  readonly objects: readonly KubeObject[];
}

type Turn = { readonly informer: string; readonly generation: number };

/** Handlers shared by all informers of a world. */
class Reflectors {
  readonly informers = new Map<string, Reflector<any>>();
  readonly listed: Handler<any>;
  readonly retry: Handler<any>;

  constructor(sim: Sim) {
    this.listed = sim.handler<any>('informer/listed', (reply: Reply<Turn>) => {
      const informer = this.informers.get(reply.context.informer);
      if (informer?.generation === reply.context.generation) informer.listed(reply.response);
    });
    this.retry = sim.handler<any>('informer/retry', (turn: Turn) => {
      const informer = this.informers.get(turn.informer);
      if (informer?.generation === turn.generation) informer.resume();
    });
  }
}

const reflectorsOf = oncePerSim((sim) => new Reflectors(sim));

/** One cache per kind and component, shared by everything in the component. */
export class InformerFactory {
  readonly client: Client;
  readonly #informers = new Map<string, Reflector<any>>();
  readonly #all: Reflectors;
  #started = false;

  constructor(client: Client) {
    this.client = client;
    this.#all = reflectorsOf(client.sim);
  }

  informer<T extends KubeObject = AnyObject>(options: InformerOptions): Informer<T> {
    const query = new URLSearchParams(options.query).toString();
    const name = `${this.client.name} ${options.path}${query === '' ? '' : `?${query}`}`;
    let informer = this.#informers.get(name) as Reflector<T> | undefined;
    if (informer === undefined) {
      informer = new Reflector<T>(name, options, this.client, this.#all);
      this.#informers.set(name, informer);
      if (this.#started) informer.start();
    }
    return informer;
  }

  /** Lists and watches everything asked for so far and from now on. */
  start(): void {
    this.#started = true;
    for (const informer of this.#informers.values()) informer.start();
  }

  stop(): void {
    this.#started = false;
    for (const informer of this.#informers.values()) informer.stop();
  }

  get synced(): boolean {
    for (const informer of this.#informers.values()) if (!informer.synced) return false;
    return true;
  }

  /** Calls whenever the last missing cache of those asked for so far becomes synced. */
  onSynced(body: () => void): void {
    const synced = () => {
      if (this.synced) body();
    };
    for (const informer of this.#informers.values()) informer.handle({ synced });
  }
}

class Reflector<T extends KubeObject> extends Cache<T> implements Informer<T> {
  readonly name: string;
  readonly #options: InformerOptions;
  readonly #client: Client;
  readonly #sim: Sim;
  readonly #all: Reflectors;
  readonly #handlers: InformerHandler<T>[] = [];
  #phase: Phase = 'stopped';
  #version = '';
  #versionNumber = 0;
  #backoffMs = RELIST_MIN_MS;
  #stream: ClientStream | undefined;
  synced = false;
  /** Counts starts and stops, so that answers to an earlier life are dropped. */
  generation = 0;

  constructor(name: string, options: InformerOptions, client: Client, all: Reflectors) {
    super();
    this.name = name;
    this.#options = options;
    this.#client = client;
    this.#sim = client.sim;
    this.#all = all;
    if (all.informers.has(name)) throw new Error(`an informer is already called ${name}`);
    all.informers.set(name, this);
    this.#sim.keep(`informer ${name}`, { save: () => this.#save() as never, restore: (state) => this.#restore(state as never) });
  }

  get version(): number {
    return this.#versionNumber;
  }

  index(index: Index<T>): void {
    this.addIndex(index);
  }

  handle(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    if (!this.synced) return;
    for (const object of this.all()) handler.added?.(object, true);
    handler.synced?.();
  }

  start(): void {
    if (this.#phase !== 'stopped') return;
    this.generation++;
    this.#list();
  }

  stop(): void {
    this.generation++;
    this.#phase = 'stopped';
    this.synced = false;
    this.#stream?.close();
    this.#stream = undefined;
    this.clear();
    this.#setVersion('');
  }

  listed(response: ApiResponse): void {
    if (response.status !== 200) {
      this.#later();
      return;
    }
    this.#backoffMs = RELIST_MIN_MS;
    const list = response.body as unknown as { metadata: { resourceVersion: string }; items: readonly T[] | null };
    this.#setVersion(list.metadata.resourceVersion);
    this.#replace(list.items ?? []);
    this.#watch();
  }

  /** After a pause: from where we were, or from the beginning. */
  resume(): void {
    if (this.#version === '') this.#list();
    else this.#watch();
  }

  #list(): void {
    this.#phase = 'listing';
    const request: ApiRequest = { method: 'GET', path: this.#options.path, query: this.#options.query };
    this.#client.send(request, this.#all.listed, { informer: this.name, generation: this.generation });
  }

  #watchRequest(version: string): ApiRequest {
    const spread = this.#sim.random('informer/timeouts').next();
    const query = {
      ...this.#options.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(Math.floor(WATCH_TIMEOUT_MIN_SECONDS * (1 + spread))),
    };
    return { method: 'GET', path: this.#options.path, query };
  }

  #watch(): void {
    this.#phase = 'watching';
    this.#stream = this.#client.stream(this.#watchRequest(this.#version), this.#sink());
  }

  #sink() {
    const { generation } = this;
    return {
      frame: (frame: StreamFrame) => {
        if (generation === this.generation) this.#frame(frame);
      },
      end: (response: ApiResponse) => {
        if (generation === this.generation) this.#ended(response);
      },
    };
  }

  #frame(frame: StreamFrame): void {
    if (frame.kind !== 'watch') return;
    const { type, object } = frame.event;
    if (type === 'ERROR') {
      const code = (object as Status).code;
      this.#stream?.close();
      this.#stream = undefined;
      if (code === 410) this.#setVersion('');
      this.#later();
      return;
    }
    const next = object as unknown as T;
    this.#setVersion(next.metadata.resourceVersion);
    const { journal } = this.#sim;
    const { cause } = journal;
    if (type !== 'BOOKMARK') this.#change(keyOf(next), type === 'DELETED' ? undefined : next, next, cause);
    for (const handler of this.#handlers)
      if (handler.moved !== undefined) journal.because(cause, () => handler.moved!(this.#versionNumber));
  }

  #change(key: string, next: T | undefined, last: T, cause: number): void {
    const { journal } = this.#sim;
    const old = next === undefined ? this.delete(key) : this.put(key, next);
    for (const handler of this.#handlers) {
      journal.because(cause, () => {
        if (next === undefined) {
          if (old !== undefined) handler.deleted?.(last);
        } else if (old === undefined) handler.added?.(next, false);
        else handler.updated?.(next, old);
      });
    }
  }

  #ended(response: ApiResponse): void {
    this.#stream = undefined;
    if (response.status === 410) this.#setVersion('');
    if (response.status === 200) this.#watch();
    else this.#later();
  }

  #later(): void {
    this.#phase = 'waiting';
    this.#sim.after(this.#backoffMs, this.#all.retry, { informer: this.name, generation: this.generation });
    this.#backoffMs = Math.min(this.#backoffMs * 2, RELIST_MAX_MS);
  }

  #replace(items: readonly T[]): void {
    const { journal } = this.#sim;
    const { cause } = journal;
    const initial = !this.synced;
    const present = new Set<string>();
    for (const object of items) {
      const key = keyOf(object);
      present.add(key);
      const known = this.get(key);
      if (known !== undefined && known.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      const old = this.put(key, object);
      for (const handler of this.#handlers) {
        journal.because(cause, () => (old === undefined ? handler.added?.(object, initial) : handler.updated?.(object, old)));
      }
    }
    for (const key of [...this.keys()]) if (!present.has(key)) this.#change(key, undefined, this.get(key)!, cause);
    this.synced = true;
    for (const handler of this.#handlers) journal.because(cause, () => handler.moved?.(this.#versionNumber));
    if (initial) for (const handler of this.#handlers) journal.because(cause, () => handler.synced?.());
  }

  #setVersion(version: string): void {
    this.#version = version;
    this.#versionNumber = version === '' ? 0 : Number(version);
  }

  #save(): Saved {
    return {
      phase: this.#phase,
      synced: this.synced,
      version: this.#version,
      backoffMs: this.#backoffMs,
      generation: this.generation,
      stream: this.#stream === undefined ? null : this.#client.saveStream(this.#stream),
      objects: [...this.all()],
    };
  }

  #restore(saved: Saved): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#phase = saved.phase;
    this.synced = saved.synced;
    this.#backoffMs = saved.backoffMs;
    this.generation = saved.generation;
    this.#setVersion(saved.version);
    this.clear();
    for (const object of saved.objects) this.put(keyOf(object), object as T);
    if (saved.stream === null) return;
    const request = this.#watchRequest(saved.stream.sentVersion === '' ? saved.version : saved.stream.sentVersion);
    this.#stream = this.#client.reopen(saved.stream, request, this.#sink());
  }
}
