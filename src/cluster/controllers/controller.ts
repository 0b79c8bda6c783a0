// A controller as data: what it watches and one pure function from what is known now to what it wants. The runner (runner.ts) does
// everything that takes time: queues, requests, retries, and waiting until a controller's own writes are visible to it.
// Models: kubernetes v1.37 pkg/controller (one folder per controller here as there)
import type { Plain } from '../../sim/plain.ts';
import type { KubeObject, AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import type { Index, Lister } from '../client/cache.ts';
import type { EventSubject, EventType } from '../client/recorder.ts';

/** An event to report. `{name}` in the message becomes the name of the object a write answered, `{error}` the text of its refusal. */
export interface EventDraft {
  readonly subject: EventSubject;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** One request of a reconcile, and what it means when it is answered. Plain data. */
export interface Write {
  /** `pods`, `deployments.apps`: whose cache must show the result before the key is worked on again. */
  readonly resource: string;
  readonly request: ApiRequest;
  /** Reported when the request succeeds. */
  readonly done?: EventDraft;
  /** Reported when it is refused. */
  readonly refused?: EventDraft;
  /** Refusals that are as good as success: 404 for a delete, 409 for a create of what exists. */
  readonly accept?: readonly number[];
  /** Answered by a list (delete of a collection): nothing to wait for. */
  readonly collection?: true;
  /** The write of a delete: visible when the object is gone or marked. */
  readonly gone?: { readonly key: string; readonly uid: string };
}

/** The first refusal of a batch. */
export interface Refusal {
  readonly write: Write;
  /** HTTP status. */
  readonly code: number;
  /** Text of the Status. */
  readonly error: string;
}

/** What a controller wants now. */
export interface Outcome {
  /** Sent one after the other; the writes of a batch at the same time. The first batch with a refusal is the last. */
  readonly batches?: readonly (readonly Write[])[];
  readonly events?: readonly EventDraft[];
  /** Look again after so long, even if nothing changes. */
  readonly requeueAfterMs?: number;
  /** This attempt failed: retry with back-off after the batches. */
  readonly error?: string;
  /** What the controller wants to know about this key at the next look, e.g. when it began to wait; `null` forgets. Lost in a restart. */
  readonly remember?: Plain | null;
}

export const NOTHING: Outcome = {};

/** What a controller knows: its caches and the time. Reading it has no effect. */
export interface View {
  /** Virtual milliseconds. */
  readonly now: number;
  /** Milliseconds since 1970 of now, to compare with timestamps in objects. */
  readonly wallNow: number;
  /** RFC 3339 of now, whole seconds. */
  readonly timestamp: string;
  /** The cache of a resource the controller watches. */
  list<T extends KubeObject = AnyObject>(resource: string): Lister<T>;
  /** Failed attempts of this key in a row. */
  readonly failures: number;
  /** What the last outcome of this key asked to remember. */
  readonly memory: Plain | undefined;
  /** Numbers the controller's options carry (`--terminated-pod-gc-threshold`). */
  readonly options: ControllerOptions;
}

/** Flags of kube-controller-manager that controllers read, with their defaults in controller-manager.ts. */
export interface ControllerOptions {
  readonly terminatedPodThreshold: number;
  readonly clusterCidr: string;
  readonly rootCertificate: string;
}

export interface Change<T extends KubeObject = AnyObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  readonly old?: T;
}

export interface Watch {
  readonly resource: string;
  readonly indexes?: readonly Index[];
  /** Keys to look at because of this change; absent = the controller only reads this cache. */
  keys?(change: Change<any>, view: View): Iterable<string>;
  /** Between the change and the look at it, e.g. because many such changes come together. Default 0. */
  delayMs?(change: Change<any>): number;
}

export interface ControllerDefinition {
  /** Service account, queue and journal source: `deployment-controller`. */
  readonly name: string;
  /** Source of its events; default the name. */
  readonly component?: string;
  /** Keys worked on at the same time (`--concurrent-deployment-syncs`). */
  readonly workers: number;
  /** First and longest pause after a failure; default 5 ms and 1000 s. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  readonly watches: readonly Watch[];
  /** Keys that are looked at again and again, first when the caches are filled. */
  readonly periodic?: { readonly key: string; readonly everyMs: number };
  reconcile(key: string, view: View): Outcome;
  /** What to write when a batch was refused, before the back-off. */
  afterRefusal?(key: string, view: View, refusal: Refusal): Outcome;
}

/** Checks nothing at run time; it gives the definition its type and its place in the registry. */
export function defineController(definition: ControllerDefinition): ControllerDefinition {
  return definition;
}

/** An object's own key for the watch that drives a controller. */
export function ownKey(change: Change): readonly string[] {
  const { namespace, name } = change.object.metadata;
  return [namespace === undefined ? name : `${namespace}/${name}`];
}

/** `namespace/name` in parts; the namespace is undefined for cluster scope. */
export function splitKey(key: string): readonly [string | undefined, string] {
  const at = key.indexOf('/');
  return at < 0 ? [undefined, key] : [key.slice(0, at), key.slice(at + 1)];
}
