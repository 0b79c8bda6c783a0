// DELETE: preconditions, grace, finalizers, what becomes of dependents; one object or a whole collection.
// Models: kubernetes v1.37 registry/generic/registry/store.go Delete, registry/rest/delete.go BeforeDelete
import { type FieldError, invalid, notSupported } from '../apimachinery/field.ts';
import type { AnyObject, ObjectMeta, Status } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { conflict, invalidObject, notFound } from '../apimachinery/status-error.ts';
import type { Kind } from '../kinds/kind.ts';
import { judge } from './admission/admission.ts';
import { parseBody } from './body.ts';
import { storeKey } from './core.ts';
import { deletionIsDue } from './object-meta.ts';
import { present } from './present.ts';
import { listResponse, selectObjects } from './read.ts';
import { queryValue, queryValues } from './routes.ts';
import { integerQuery, type Scope } from './scope.ts';

interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil'];
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

function readOptions(scope: Scope): DeleteOptions {
  const { request } = scope;
  const body = (request.body === undefined || request.body === '' ? {} : parseBody(request, 'DeleteOptions').value) as DeleteOptions;
  const orphanText = queryValue(request, 'orphanDependents');
  const options: DeleteOptions = {
    gracePeriodSeconds: body.gracePeriodSeconds ?? integerQuery(request, 'gracePeriodSeconds'),
    preconditions: body.preconditions,
    orphanDependents: body.orphanDependents ?? (orphanText === undefined ? undefined : orphanText === 'true'),
    propagationPolicy: body.propagationPolicy ?? queryValue(request, 'propagationPolicy'),
    dryRun: body.dryRun ?? queryValues(request, 'dryRun').filter((one) => one !== ''),
  };
  const errors: FieldError[] = [];
  if (options.orphanDependents !== undefined && options.propagationPolicy !== undefined) {
    errors.push(invalid('propagationPolicy', options.propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (options.propagationPolicy !== undefined && !POLICIES.slice(0, 3).includes(options.propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', options.propagationPolicy, POLICIES));
  }
  if (options.dryRun!.some((one) => one !== 'All')) errors.push(notSupported('dryRun', options.dryRun, ['All']));
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'DeleteOptions', '', errors);
  scope.dryRun = options.dryRun!.length > 0;
  return options;
}

export function remove(scope: Scope): ApiResponse {
  const options = readOptions(scope);
  const { core, route } = scope;
  const object = core.store.get(route.kind.resource, storeKey(route.namespace, route.name!));
  if (object === undefined) throw notFound(route.kind.group, route.kind.plural, route.name!);
  judge(scope, 'DELETE', object, object);
  return removeObject(scope, object, options);
}

export function removeCollection(scope: Scope): ApiResponse {
  const options = readOptions(scope);
  const objects = selectObjects(scope).objects;
  const removed: AnyObject[] = [];
  for (const object of objects) {
    judge(scope, 'DELETE', object, object);
    const answer = removeObject(scope, object, options).body as AnyObject;
    removed.push(answer.kind === 'Status' ? object : answer);
  }
  return listResponse(scope, removed, String(core(scope).store.revision), {});
}

const core = (scope: Scope) => scope.core;

/** Deletes one object as far as it may go now. */
export function removeObject(scope: Scope, object: AnyObject, options: DeleteOptions): ApiResponse {
  const { kind } = scope.route;
  checkPreconditions(kind, object, options);
  if (kind.markForDeletion !== undefined) return present(scope, mark(scope, object), 200);
  const graced = withGrace(scope, object, options);
  // Already on its way out, and nothing new is asked.
  if (graced === 'pending') return present(scope, object, 200);
  const finalizers = finalizersFor(kind, object.metadata, options);
  const pending = finalizers.length > 0;
  if (graced === undefined && !pending) return removedResponse(scope, object, scope.core.remove(scope, kind, object));
  const metadata: ObjectMeta = graced?.metadata ?? markedMetadata(object.metadata, scope.now);
  const next: AnyObject = { ...object, metadata: withFinalizers(metadata, finalizers) };
  const unchanged =
    metadata === object.metadata && (finalizers === object.metadata.finalizers || finalizers.join() === object.metadata.finalizers?.join());
  const marked = unchanged ? object : scope.core.write(scope, kind, next, object);
  if (pending || (graced !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) > 0)) return present(scope, marked, 200);
  return removedResponse(scope, object, scope.core.remove(scope, kind, marked));
}

/** A namespace is only marked; its controller empties it. */
function mark(scope: Scope, object: AnyObject): AnyObject {
  const { kind } = scope.route;
  if (object.metadata.deletionTimestamp !== undefined && !deletionIsDue(object, kind)) return object;
  const next = kind.markForDeletion!({ ...object, metadata: { ...object.metadata, deletionTimestamp: scope.now } }, scope);
  if (deletionIsDue(next, kind)) return scope.core.remove(scope, kind, next);
  return scope.core.write(scope, kind, next, object);
}

function checkPreconditions(kind: Kind, object: AnyObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const meta = object.metadata;
  if (uid !== undefined && uid !== meta.uid) {
    throw conflict(
      kind.group,
      kind.kind,
      meta.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) {
    throw conflict(
      kind.group,
      kind.kind,
      meta.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion}). The object might have been modified`,
    );
  }
}

/** The object with its deletion time, `pending` when it keeps the one it has, undefined for kinds without grace. */
function withGrace(scope: Scope, object: AnyObject, options: DeleteOptions): AnyObject | 'pending' | undefined {
  const { kind } = scope.route;
  if (kind.deletionGracePeriodSeconds === undefined) return undefined;
  const meta = object.metadata;
  if (meta.deletionTimestamp !== undefined) {
    const running = meta.deletionGracePeriodSeconds ?? 0;
    if (running === 0) return undefined;
    const wanted = options.gracePeriodSeconds;
    if (wanted === undefined || wanted >= running) return 'pending';
    const began = Date.parse(meta.deletionTimestamp) - running * 1000;
    return { ...object, metadata: { ...meta, deletionTimestamp: wall(began + wanted * 1000), deletionGracePeriodSeconds: wanted } };
  }
  const seconds = kind.deletionGracePeriodSeconds(object, options.gracePeriodSeconds);
  const at = wall(Date.parse(scope.now) + seconds * 1000);
  return {
    ...object,
    metadata: {
      ...meta,
      ...(meta.generation === undefined ? {} : { generation: meta.generation + 1 }),
      deletionTimestamp: at,
      deletionGracePeriodSeconds: seconds,
    },
  };
}

function wall(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function markedMetadata(meta: ObjectMeta, now: string): ObjectMeta {
  if (meta.deletionTimestamp !== undefined) return meta;
  return {
    ...meta,
    ...(meta.generation === undefined ? {} : { generation: meta.generation + 1 }),
    deletionTimestamp: now,
    deletionGracePeriodSeconds: 0,
  };
}

/** Finalizers that make the garbage collector orphan or delete dependents first. */
function finalizersFor(kind: Kind, meta: ObjectMeta, options: DeleteOptions): readonly string[] {
  const current = meta.finalizers ?? [];
  const explicit = options.orphanDependents !== undefined || options.propagationPolicy !== undefined;
  let orphan = options.orphanDependents === true || options.propagationPolicy === 'Orphan';
  let foreground = options.propagationPolicy === 'Foreground';
  if (!explicit) {
    orphan = current.includes(ORPHAN);
    foreground = current.includes(FOREGROUND);
    if (!orphan && !foreground) orphan = kind.defaultPropagation === 'Orphan';
  }
  const others = current.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  const wanted = [...others, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
  return wanted.length === current.length && wanted.every((name) => current.includes(name)) ? current : wanted;
}

function withFinalizers(meta: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  if (finalizers === meta.finalizers || (finalizers.length === 0 && meta.finalizers === undefined)) return meta;
  const { finalizers: _old, ...rest } = meta;
  return finalizers.length === 0 ? rest : { ...rest, finalizers };
}

/** The last state for kinds that answer it, else a Status. */
function removedResponse(scope: Scope, object: AnyObject, last: AnyObject): ApiResponse {
  const { kind } = scope.route;
  if (kind.returnsDeletedObject) return present(scope, last, 200);
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: object.metadata.uid,
    },
  };
  return present(scope, status as unknown as AnyObject, 200);
}
