// scale: any workload seen as a number of replicas and a selector.
// Models: kubernetes v1.37 autoscaling/v1 Scale, pkg/registry/apps/deployment/storage ScaleREST
import { decode, DecodeError } from '../../apimachinery/decode.ts';
import { invalid } from '../../apimachinery/field.ts';
import { applyJsonPatch, applyMergePatch, type JsonPatchOperation } from '../../apimachinery/json-patch.ts';
import { NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { AnyObject } from '../../apimachinery/object.ts';
import type { ApiResponse } from '../../apimachinery/rest.ts';
import { structSchema } from '../../apimachinery/schema.ts';
import { badRequest, conflict, invalidObject, methodNotAllowed, notFound, OBJECT_MODIFIED } from '../../apimachinery/status-error.ts';
import type { ScaleSubresource } from '../../kinds/kind.ts';
import { contentType, parseBody } from '../body.ts';
import { storeKey } from '../core.ts';
import { present } from '../present.ts';
import type { Scope } from '../scope.ts';
import { finishUpdate } from '../update.ts';

const SCALE_TYPE = 'autoscaling.v1.Scale';

export function scale(scope: Scope, subresource: ScaleSubresource<AnyObject>): ApiResponse {
  const { core, route, request } = scope;
  const { kind } = route;
  const object = core.store.get(kind.resource, storeKey(route.namespace, route.name!));
  if (object === undefined) throw notFound(kind.group, kind.plural, route.name!);
  const current = scaleOf(object, subresource);
  if (request.method === 'GET') return present(scope, current, 200);
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  scope.readWriteOptions(request.method === 'PUT' ? 'UpdateOptions' : 'PatchOptions');
  const wanted = decodeScale(scope, request.method === 'PUT' ? parseBody(request, 'Scale').value : patched(scope, current));
  if (wanted.metadata?.name !== route.name) {
    throw badRequest(
      wanted.metadata?.name
        ? `the name of the object (${wanted.metadata.name}) does not match the name on the URL (${route.name})`
        : `the name of the object (${route.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  const version = wanted.metadata.resourceVersion;
  if (version && version !== object.metadata.resourceVersion) throw conflict(kind.group, kind.plural, route.name!, OBJECT_MODIFIED);
  const replicas: number = wanted.spec?.replicas ?? 0;
  if (replicas < 0) throw invalidObject('autoscaling', 'Scale', route.name!, [invalid('spec.replicas', replicas, NOT_NEGATIVE)]);
  const next = subresource.withReplicas(object, replicas);
  return present(scope, scaleOf(finishUpdate(scope, next, object), subresource), 200);
}

function patched(scope: Scope, current: AnyObject): any {
  const { request } = scope;
  const patch = typeof request.body === 'string' ? JSON.parse(request.body) : request.body;
  return contentType(request) === 'application/json-patch+json'
    ? applyJsonPatch(current, patch as JsonPatchOperation[])
    : applyMergePatch(current, patch);
}

function decodeScale(scope: Scope, value: unknown): any {
  try {
    const { object, strictErrors } = decode(value, structSchema(SCALE_TYPE));
    if (scope.fieldValidation === 'Strict' && strictErrors.length > 0) {
      throw badRequest(`Scale in version "v1" cannot be handled as a Scale: strict decoding error: ${strictErrors.join(', ')}`);
    }
    for (const error of strictErrors) if (scope.fieldValidation === 'Warn') scope.warn(error);
    return object;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${error.message}`);
    throw error;
  }
}

function scaleOf(object: AnyObject, subresource: ScaleSubresource<AnyObject>): AnyObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = subresource.replicas(object);
  const selector = subresource.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: subresource.statusReplicas(object), ...(selector === undefined ? {} : { selector }) },
  } as unknown as AnyObject;
}
