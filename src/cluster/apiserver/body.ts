// From the body of a request to a decoded object of the right kind.
// Models: kubernetes v1.37 apimachinery pkg/runtime/serializer, apiserver pkg/endpoints/handlers/{create,update}.go
import { decode, DecodeError, type DuplicateKeys } from '../apimachinery/decode.ts';
import { JsonSyntaxError, parseJson } from '../apimachinery/json-text.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { structSchema, type StructSchema } from '../apimachinery/schema.ts';
import { badRequest, failure, unsupportedMediaType } from '../apimachinery/status-error.ts';
import { parseYamlDocuments, YamlError } from '../apimachinery/yaml.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Route } from './routes.ts';
import type { Scope } from './scope.ts';

const ACCEPTED = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export interface ParsedBody {
  readonly value: any;
  readonly duplicates: DuplicateKeys | undefined;
  /** `line 7: key "a" already set in map`, of YAML. */
  readonly lineErrors: readonly string[];
}

const NO_LINE_ERRORS: readonly string[] = [];

export function contentType(request: ApiRequest): string {
  return (request.headers?.['content-type'] ?? '').split(';')[0]!.trim();
}

/** The body as data. `what` is the Kind expected, for the text of a refusal. */
export function parseBody(request: ApiRequest, what: string): ParsedBody {
  const { body } = request;
  const type = contentType(request);
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${ACCEPTED}`);
  }
  if (typeof body !== 'string') return { value: body ?? {}, duplicates: undefined, lineErrors: NO_LINE_ERRORS };
  const unrecognized = (why: string, shown: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${what}): ${why} (${shown})`);
  if (type === 'application/yaml') {
    try {
      const parsed = parseYamlDocuments(body)[0] ?? { value: {}, duplicateKeys: NO_LINE_ERRORS };
      return { value: parsed.value ?? {}, duplicates: undefined, lineErrors: parsed.duplicateKeys };
    } catch (error) {
      if (error instanceof YamlError) throw unrecognized(error.message, hexadecimal(body));
      throw error;
    }
  }
  try {
    const { value, duplicates } = parseJson(body);
    return { value: value ?? {}, duplicates, lineErrors: NO_LINE_ERRORS };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw unrecognized(`couldn't get version/kind; json parse error: ${error.message}`, body === '' ? '<empty>' : shorten(body));
  }
}

function hexadecimal(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.length > 100 ? `${hex.slice(0, 100)} ...` : hex;
}

function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
}

/** Refuses bodies that say they are something else; absent kind and apiVersion are taken as the expected ones. */
function checkKind(value: any, route: Route, scope: Scope): void {
  const { kind, served } = route;
  const wantedVersion = served === undefined ? kind.apiVersion : apiVersionOf(served);
  const apiVersion = value.apiVersion ?? wantedVersion;
  const kindName = value.kind ?? kind.kind;
  if (apiVersion === wantedVersion && kindName === kind.kind) return;
  if (typeof apiVersion !== 'string' || apiVersion.split('/').length > 2) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): unexpected GroupVersion string: ${apiVersion} (${shorten(JSON.stringify(value))})`,
    );
  }
  const version = apiVersion.split('/').at(-1)!;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  const known = scope.core.routes.findKind(apiVersion, kindName) !== undefined || (apiVersion === 'v1' && kindName === 'List');
  const internal = `${(kind.group.split('.')[0] || 'core') as string}.${kind.kind}`;
  const why = known
    ? `converting (${version}.${kindName}) to (${internal}): unknown conversion`
    : `no kind "${kindName}" is registered for version "${group === '' ? version : apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  throw badRequest(`${kindName} in version "${version}" cannot be handled as a ${kind.kind}: ${why}`);
}

export function apiVersionOf(version: { readonly group: string; readonly version: string }): string {
  return version.group === '' ? version.version : `${version.group}/${version.version}`;
}

/** Decodes, reports strict errors as the request wants them, and completes with defaults. `old` lets unchanged parts be shared. */
export function readObject(scope: Scope, old?: AnyObject): AnyObject {
  const { route, request } = scope;
  const parsed = parseBody(request, route.kind.kind);
  if (typeof parsed.value !== 'object' || Array.isArray(parsed.value)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${route.kind.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(parsed.value) ? 'array' : typeof parsed.value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${shorten(JSON.stringify(parsed.value))})`,
    );
  }
  checkKind(parsed.value, route, scope);
  const struct = schemaOf(route);
  let decoded: AnyObject;
  let strictErrors: readonly string[];
  try {
    const result = decode(withKind(parsed.value, route), struct, route.served === undefined ? old : undefined, parsed.duplicates);
    decoded = result.object;
    strictErrors = parsed.lineErrors.length === 0 ? result.strictErrors : [...parsed.lineErrors, ...result.strictErrors];
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(cannotBeHandled(route, error.message));
    throw error;
  }
  if (strictErrors.length > 0) reportStrict(scope, strictErrors);
  const stored = route.served === undefined ? decoded : route.served.toStored(decoded);
  return route.kind.defaults(stored);
}

function withKind(value: any, route: Route): any {
  const apiVersion = route.served === undefined ? route.kind.apiVersion : apiVersionOf(route.served);
  return value.kind === route.kind.kind && value.apiVersion === apiVersion ? value : { ...value, kind: route.kind.kind, apiVersion };
}

function reportStrict(scope: Scope, errors: readonly string[]): void {
  if (scope.fieldValidation === 'Strict') {
    throw badRequest(cannotBeHandled(scope.route, `strict decoding error: ${errors.join(', ')}`));
  }
  if (scope.fieldValidation === 'Warn') for (const error of errors) scope.warn(error);
}

function cannotBeHandled(route: Route, why: string): string {
  const version = route.served?.version ?? route.kind.version;
  return `${route.kind.kind} in version "${version}" cannot be handled as a ${route.kind.kind}: ${why}`;
}

export function schemaOf(route: Route): StructSchema {
  return kindSchema(route.kind, route.served?.type);
}

const schemas = new WeakMap<Kind, StructSchema>();

export function kindSchema(kind: Kind, servedType?: string): StructSchema {
  if (servedType !== undefined) return structSchema(servedType);
  let struct = schemas.get(kind);
  if (struct === undefined) {
    struct = structSchema(kind.type);
    schemas.set(kind, struct);
  }
  return struct;
}

/** Name and namespace of a body must be those of the path; an absent namespace is filled in. */
export function checkIdentity(object: AnyObject, route: Route): AnyObject {
  const meta = object.metadata ?? ({} as AnyObject['metadata']);
  if (route.name !== undefined && meta.name !== route.name) {
    throw badRequest(
      meta.name
        ? `the name of the object (${meta.name}) does not match the name on the URL (${route.name})`
        : `the name of the object (${route.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (meta.namespace === route.namespace) return object;
  if (meta.namespace && meta.namespace !== (route.namespace ?? '')) {
    if (!route.kind.namespaced) return object;
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return { ...object, metadata: { ...meta, namespace: route.namespace } };
}

export const serverError = (message: string) => failure(500, '', message);
