// The requests controllers make, as writes: paths, bodies, and what must be visible afterwards.
import type { AnyObject, KubeObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { keyOf } from '../client/cache.ts';
import type { Kind } from '../kinds/kind.ts';
import { kinds } from '../kinds/kinds.ts';
import type { Write } from './controller.ts';

type Extra = Partial<Pick<Write, 'done' | 'refused' | 'accept'>>;

const byResource = new Map<string, Kind<any>>(kinds.map((kind) => [kind.resource, kind]));

export function kindOf(resource: string): Kind<any> {
  const kind = byResource.get(resource);
  if (kind === undefined) throw new Error(`no kind ${resource}`);
  return kind;
}

/** `/api/v1/pods`, `/apis/apps/v1/replicasets`. */
export function collectionPath(resource: string): string {
  const { group, version, plural } = kindOf(resource);
  return group === '' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`;
}

export function objectPath(resource: string, namespace: string | undefined, name: string): string {
  const { group, version, plural } = kindOf(resource);
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined ? `${base}/${plural}/${name}` : `${base}/namespaces/${namespace}/${plural}/${name}`;
}

function namespacePath(resource: string, namespace: string | undefined): string {
  const { group, version, plural } = kindOf(resource);
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${namespace}/${plural}`;
}

/** `body` without apiVersion and kind, which the resource says. */
export function create(resource: string, namespace: string | undefined, body: object, extra: Extra = {}): Write {
  const { apiVersion, kind } = kindOf(resource);
  const request: ApiRequest = {
    method: 'POST',
    path: namespacePath(resource, namespace),
    body: { apiVersion, kind, ...body } as AnyObject,
  };
  return { resource, request, ...extra };
}

export function update<T extends KubeObject>(resource: string, object: T, extra: Extra = {}): Write {
  const { namespace, name } = object.metadata;
  return {
    resource,
    request: { method: 'PUT', path: objectPath(resource, namespace, name), body: object as unknown as AnyObject },
    ...extra,
  };
}

export function updateStatus<T extends KubeObject>(resource: string, object: T, extra: Extra = {}): Write {
  const { namespace, name } = object.metadata;
  return {
    resource,
    request: { method: 'PUT', path: `${objectPath(resource, namespace, name)}/status`, body: object as unknown as AnyObject },
    ...extra,
  };
}

export function patch(resource: string, object: KubeObject, change: object, extra: Extra & { subresource?: string } = {}): Write {
  const { subresource, ...rest } = extra;
  const { namespace, name } = object.metadata;
  const path = objectPath(resource, namespace, name);
  const request: ApiRequest = {
    method: 'PATCH',
    path: subresource === undefined ? path : `${path}/${subresource}`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: change as never,
  };
  return { resource, request, ...rest };
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export function remove(
  resource: string,
  object: KubeObject,
  extra: Extra & { propagation?: Propagation; gracePeriodSeconds?: number; checkVersion?: boolean } = {},
): Write {
  const { propagation, gracePeriodSeconds, checkVersion, ...rest } = extra;
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const body = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: checkVersion ? { uid, resourceVersion } : { uid },
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  return {
    resource,
    request: { method: 'DELETE', path: objectPath(resource, namespace, name), body },
    gone: { key: keyOf(object), uid },
    accept: [404],
    ...rest,
  };
}

/** Everything of a resource in a namespace. */
export function removeCollection(resource: string, namespace: string): Write {
  return { resource, request: { method: 'DELETE', path: namespacePath(resource, namespace) }, collection: true, accept: [404] };
}

/** A namespace whose content is gone loses its own finalizer. */
export function finalize<T extends KubeObject>(resource: string, object: T): Write {
  const { namespace, name } = object.metadata;
  const path = `${objectPath(resource, namespace, name)}/finalize`;
  return { resource, request: { method: 'PUT', path, body: object as unknown as AnyObject }, accept: [404] };
}
