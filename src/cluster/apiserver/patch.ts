// PATCH: the four kinds of patches, applied to the stored object and then treated like an update.
// Models: kubernetes v1.37 endpoints/handlers/patch.go
import { decode, DecodeError } from '../apimachinery/decode.ts';
import { invalid } from '../apimachinery/field.ts';
import { goJson, goValue } from '../apimachinery/go-text.ts';
import { applyJsonPatch, applyMergePatch, type JsonPatchOperation, PatchFailed } from '../apimachinery/json-patch.ts';
import { JsonSyntaxError, parseJson } from '../apimachinery/json-text.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { type TypeSchema, typedJson } from '../apimachinery/schema.ts';
import { badRequest, conflict, failure, invalidObject, notFound, OBJECT_MODIFIED, type StatusError } from '../apimachinery/status-error.ts';
import { applyStrategicMergePatch, StrategicMergeError } from '../apimachinery/strategic-merge.ts';
import { serverSideApply } from './apply.ts';
import { apiVersionOf, checkIdentity, contentType, kindSchema, schemaOf, serverError } from './body.ts';
import { storeKey } from './core.ts';
import { present } from './present.ts';
import type { Route } from './routes.ts';
import type { Scope } from './scope.ts';
import { finishUpdate } from './update.ts';

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];
const APPLY_TYPES = ['application/apply-patch+yaml', 'application/apply-patch+cbor'];

export function patch(scope: Scope): ApiResponse {
  const type = contentType(scope.request);
  if (APPLY_TYPES.includes(type)) {
    scope.readWriteOptions('PatchOptions', true);
    return serverSideApply(scope);
  }
  if (!PATCH_TYPES.includes(type)) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  scope.readWriteOptions('PatchOptions');
  const { core, route } = scope;
  const { kind } = route;
  const old = core.store.get(kind.resource, storeKey(route.namespace, route.name!));
  if (old === undefined) throw notFound(kind.group, kind.plural, route.name!);
  const parsed = parsePatch(scope, type);
  const given = checkIdentity(patchedObject(scope, type, parsed, old), route);
  const version = given.metadata.resourceVersion;
  if (version && version !== old.metadata.resourceVersion) throw conflict(kind.group, kind.plural, route.name!, OBJECT_MODIFIED);
  return present(scope, finishUpdate(scope, given, old), 200);
}

function parsePatch(scope: Scope, type: string): unknown {
  const { body } = scope.request;
  if (typeof body !== 'string') {
    if (type === 'application/json-patch+json' && !Array.isArray(body)) throw badRequest('invalid JSON patch');
    return body ?? {};
  }
  let value: unknown;
  try {
    ({ value } = parseJson(body));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw badRequest(type === 'application/merge-patch+json' ? `error decoding patch: ${error.message}` : 'invalid JSON patch');
  }
  if (type === 'application/json-patch+json') {
    if (!Array.isArray(value))
      throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  } else if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw badRequest(`error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  return value;
}

/** The 422 of a patch whose result does not fit the type. */
function unfit(shown: string, why: string): StatusError {
  return invalidObject('', '', '', [invalid('patch', shown, why)]);
}

function patchedObject(scope: Scope, type: string, patchBody: unknown, old: AnyObject): AnyObject {
  const { route } = scope;
  const { kind, served } = route;
  const struct = schemaOf(route);
  const before = served === undefined ? old : served.fromStored(old);
  let result: any;
  try {
    if (type === 'application/json-patch+json') result = applyJsonPatch(before, patchBody as JsonPatchOperation[]);
    else if (type === 'application/merge-patch+json') result = applyMergePatch(before, patchBody);
    else result = withIdentity(applyStrategicMergePatch(before, patchBody, struct), route);
  } catch (error) {
    if (error instanceof PatchFailed) throw failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    if (error instanceof StrategicMergeError) throw serverError(error.message);
    throw error;
  }
  const strategic = type === 'application/strategic-merge-patch+json';
  const shown = () => (strategic ? goValue(patchBody) : patchedJson(result, before, { kind: 'struct', struct }));
  const apiVersion = served === undefined ? kind.apiVersion : apiVersionOf(served);
  if (result.kind !== kind.kind || result.apiVersion !== apiVersion) {
    throw unfit(shown(), otherKindError(scope, result));
  }
  try {
    const decoded = decode(result, struct, before);
    if (decoded.strictErrors.length > 0) {
      // The converter of strategic patches looks at a level before it descends.
      const depth = (error: string) => error.split('.').length;
      const errors = strategic ? [...decoded.strictErrors].sort((a, b) => depth(a) - depth(b)) : decoded.strictErrors;
      if (scope.fieldValidation === 'Strict') throw unfit(shown(), `strict decoding error: ${errors.join(', ')}`);
      if (scope.fieldValidation === 'Warn') for (const error of errors) scope.warn(error);
    }
    const stored = served === undefined ? decoded.object : served.toStored(decoded.object);
    return kind.defaults(stored);
  } catch (error) {
    if (error instanceof DecodeError) throw unfit(shown(), strategic ? unstructuredError(error.message) : error.message);
    throw error;
  }
}

/** A patch that makes another kind of the object: decoded as that kind first, then not convertible. */
function otherKindError(scope: Scope, result: any): string {
  const { kind } = scope.route;
  const other = scope.core.routes.findKind(result.apiVersion ?? '', result.kind ?? '');
  if (other === undefined)
    return `no kind "${result.kind}" is registered for version "${result.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  try {
    decode(result, kindSchema(other));
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
  return `converting (${other.version}.${other.kind}) to (${kind.group.split('.')[0] || 'core'}.${kind.kind}): unknown conversion`;
}

/** A strategic patch works on the typed object, which always is of its kind. */
function withIdentity(object: any, route: Route): any {
  const apiVersion = route.served === undefined ? route.kind.apiVersion : apiVersionOf(route.served);
  return object.kind === route.kind.kind && object.apiVersion === apiVersion ? object : { ...object, kind: route.kind.kind, apiVersion };
}

/** The patched document as the patch library prints it: levels it touched have sorted keys, the others are as they were encoded. */
function patchedJson(value: unknown, before: unknown, type: TypeSchema | undefined): string {
  if (value === before && type !== undefined) return typedJson(type, value);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || typeof before !== 'object' || before === null)
    return goJson(value);
  const object = value as Record<string, unknown>;
  const inner = (key: string) =>
    type?.kind === 'struct' ? type.struct.fields.get(key)?.type : type?.kind === 'map' ? type.values : undefined;
  const parts = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${goJson(key)}:${patchedJson(object[key], (before as Record<string, unknown>)[key], inner(key))}`);
  return `{${parts.join(',')}}`;
}

/** The words of the converter from maps to structs, which strategic patches go through instead of the JSON decoder. */
function unstructuredError(message: string): string {
  const match = /^json: cannot unmarshal (\w+)(?: [\d.]+)? into Go struct field \S+ of type (.+)$/.exec(message);
  // Bytes are read from their text, so it is the reading of JSON that fails.
  if (message.startsWith('illegal base64')) return `error decoding from json: ${message}`;
  if (match === null) return message;
  const [, from, to] = match as unknown as [string, string, string];
  const given = from === 'object' ? 'map' : from === 'array' ? 'slice' : from === 'number' ? 'int64' : from;
  if (to.startsWith('[]')) return `cannot restore slice from ${given}`;
  if (to.startsWith('map[')) return `cannot restore map from ${given}`;
  if (/^\w+\.\w+$/.test(to)) return `cannot restore struct from: ${given}`;
  return `unrecognized type: ${to}`;
}
