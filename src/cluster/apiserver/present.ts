// In which form an answer leaves: the objects themselves, only their metadata, or a Table of printed rows.
// Models: kubernetes v1.37 endpoints/handlers/{response,negotiation}.go, apimachinery meta/v1 Table
import type { AnyObject, Plain, Status } from '../apimachinery/object.ts';
import type { ApiRequest, ApiResponse } from '../apimachinery/rest.ts';
import { badRequest, failure, notAcceptable } from '../apimachinery/status-error.ts';
import { AGE_COLUMN, NAME_COLUMN, type TableClock, type TableColumn, type TableRow } from '../apimachinery/table.ts';
import { apiVersionOf } from './body.ts';
import { queryValue, type Route } from './routes.ts';
import type { Scope } from './scope.ts';

export interface Form {
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of the Table or PartialObjectMetadata asked for. */
  readonly version: string;
}

const OBJECT: Form = { as: 'object', version: '' };
const REPRESENTATIONS = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const MEDIA_TYPES = new Set([...REPRESENTATIONS.split(', '), 'application/*', '*/*', 'application/json;stream=watch']);
const FORMS: Readonly<Record<string, readonly string[]>> = {
  Table: ['v1', 'v1beta1'],
  PartialObjectMetadata: ['v1', 'v1beta1'],
  PartialObjectMetadataList: ['v1', 'v1beta1'],
};

const negotiated = new Map<string, Form>();

/** @throws StatusError 406 */
export function negotiate(request: ApiRequest): Form {
  const accept = request.headers?.['accept'];
  if (accept === undefined || accept === '' || accept === 'application/json') return OBJECT;
  let form = negotiated.get(accept);
  if (form === undefined) {
    form = chooseForm(accept);
    negotiated.set(accept, form);
  }
  return form;
}

function chooseForm(accept: string): Form {
  let known = false;
  for (const clause of accept.split(',')) {
    const [type, ...parameters] = clause.split(';').map((part) => part.trim());
    if (!MEDIA_TYPES.has(type!)) continue;
    known = true;
    const parameter = (name: string) => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const as = parameter('as');
    if (as === undefined) return OBJECT;
    const version = parameter('v') ?? '';
    if (parameter('g') === 'meta.k8s.io' && FORMS[as]?.includes(version)) return { as: as as Form['as'], version };
  }
  if (!known) throw failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${REPRESENTATIONS}`, {});
  throw notAcceptable(`only the following media types are accepted: ${REPRESENTATIONS}`);
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** Headers of an answer; warnings one per line. */
export function headersOf(scope: Scope): Readonly<Record<string, string>> {
  if (scope.warnings.length === 0) return JSON_HEADERS;
  return { ...JSON_HEADERS, warning: warningHeader(scope.warnings) };
}

export function warningHeader(warnings: readonly string[]): string {
  return warnings.map((text) => `299 - ${JSON.stringify(text)}`).join('\n');
}

/** The object as the version the path names. */
export function asServed(route: Route, object: AnyObject): AnyObject {
  return route.served === undefined || object.kind === 'Status' ? object : route.served.fromStored(object);
}

/** Answers one object (or Status) in the form the client asked for. */
export function present(scope: Scope, object: AnyObject, status: number): ApiResponse {
  const form = negotiate(scope.request);
  return { status, headers: headersOf(scope), body: presentObject(scope, form, object) };
}

function presentObject(scope: Scope, form: Form, object: AnyObject): AnyObject {
  if (form.as === 'object' || object.kind === 'Status') return asServed(scope.route, object);
  if (form.as === 'PartialObjectMetadata') return partial(object, form.version);
  if (form.as === 'PartialObjectMetadataList') {
    const { kind } = scope.route;
    throw notAcceptable(
      `you requested PartialObjectMetadataList, but the requested object is not a list (*${kind.group.split('.')[0] || 'core'}.${kind.kind})`,
    );
  }
  return table(scope, form, [object], { resourceVersion: object.metadata.resourceVersion }, false);
}

export function partial(object: AnyObject, version: string): AnyObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata } as AnyObject;
}

export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/**
 * Answers a list in the form the client asked for.
 * Simplified: items are the stored objects themselves, so they carry kind and apiVersion, which the real server leaves out.
 */
export function presentList(scope: Scope, objects: readonly AnyObject[], metadata: ListMeta): ApiResponse {
  const form = negotiate(scope.request);
  const { kind, served } = scope.route;
  let body: unknown;
  if (form.as === 'object') {
    body = {
      kind: `${kind.kind}List`,
      apiVersion: served === undefined ? kind.apiVersion : apiVersionOf(served),
      metadata,
      items: served === undefined ? objects : objects.map((object) => asServed(scope.route, object)),
    };
  } else if (form.as === 'Table') {
    body = table(scope, form, objects, metadata, true);
  } else if (form.as === 'PartialObjectMetadataList') {
    body = {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata,
      items: objects.map((object) => partial(object, form.version)),
    };
  } else {
    throw notAcceptable(
      `you requested PartialObjectMetadata, but the requested object is a list (*${kind.group.split('.')[0] || 'core'}.${kind.kind}List)`,
    );
  }
  return { status: 200, headers: headersOf(scope), body: body as Plain };
}

/** Columns of kinds whose printer nobody wrote. */
const DEFAULT_COLUMNS: readonly TableColumn[] = [NAME_COLUMN, { ...AGE_COLUMN, name: 'Created At', type: 'date' }];

/** `columns` false: later events of a watch leave the definitions out. */
export function table(
  scope: Scope,
  form: Form,
  objects: readonly AnyObject[],
  metadata: ListMeta,
  list: boolean,
  columns = true,
): AnyObject {
  const { kind, served } = scope.route;
  const include = queryValue(scope.request, 'includeObject') || 'Metadata';
  if (!['None', 'Metadata', 'Object'].includes(include)) {
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  }
  const definitions = served?.columns ?? kind.columns ?? DEFAULT_COLUMNS;
  const clock: TableClock = { nowMs: scope.core.sim.epoch + scope.core.sim.now, list };
  const rows = objects.map((object) => {
    const row = printRow(scope.route, object, clock);
    const shown = include === 'None' ? null : include === 'Object' ? asServed(scope.route, object) : partial(object, form.version);
    return { cells: row.cells, ...(row.conditions === undefined ? {} : { conditions: row.conditions }), object: shown };
  });
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata,
    columnDefinitions: columns ? definitions : null,
    rows,
  } as unknown as AnyObject;
}

function printRow(route: Route, object: AnyObject, clock: TableClock): TableRow {
  if (route.served?.row !== undefined) return route.served.row(asServed(route, object), clock);
  if (route.kind.row !== undefined) return route.kind.row(object, clock);
  return { cells: [object.metadata.name, object.metadata.creationTimestamp ?? '<unknown>'] };
}

/** The answer of a refused request. */
export function presentStatus(status: Status, warnings: readonly string[]): ApiResponse {
  const retryAfter = status.details?.retryAfterSeconds;
  return {
    status: status.code ?? 500,
    headers: {
      ...JSON_HEADERS,
      ...(warnings.length === 0 ? {} : { warning: warningHeader(warnings) }),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: status,
  };
}
