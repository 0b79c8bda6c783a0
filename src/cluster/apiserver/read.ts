// GET and LIST: one object, or all that selectors leave, in pages that share one revision.
// Models: kubernetes v1.37 endpoints/handlers/get.go, storage/{cacher,continue.go,selection_predicate.go}
import { type FieldError, forbidden, notSupported } from '../apimachinery/field.ts';
import { type FieldSelector, parseFieldSelector } from '../apimachinery/fields.ts';
import { JsonSyntaxError, parseJson } from '../apimachinery/json-text.ts';
import { type LabelSelectorTerms, matchesTerms, parseSelector } from '../apimachinery/labels.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { badRequest, expired, failure, invalidObject, notFound, StatusError } from '../apimachinery/status-error.ts';
import type { Selection } from '../etcd/etcd.ts';
import type { Kind } from '../kinds/kind.ts';
import { storeKey } from './core.ts';
import { type ListMeta, present, presentList } from './present.ts';
import { queryValue } from './routes.ts';
import { booleanQuery, integerQuery, type Scope } from './scope.ts';

export function get(scope: Scope): ApiResponse {
  const { core, route } = scope;
  const object = core.store.get(route.kind.resource, storeKey(route.namespace, route.name!));
  if (object === undefined) throw notFound(route.kind.group, route.kind.plural, route.name!);
  return present(scope, object, 200);
}

export interface ListOptions {
  readonly watch: boolean;
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly match: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  readonly labels: LabelSelectorTerms;
  readonly fields: FieldSelector;
}

const NO_LABELS: LabelSelectorTerms = [];
const NO_FIELDS: FieldSelector = [];

export function readListOptions(scope: Scope): ListOptions {
  const { request, route } = scope;
  const labelText = queryValue(request, 'labelSelector');
  const fieldText = queryValue(request, 'fieldSelector');
  const options: ListOptions = {
    watch: route.watchPath || booleanQuery(request, 'watch'),
    limit: integerQuery(request, 'limit') ?? 0,
    timeoutSeconds: integerQuery(request, 'timeoutSeconds'),
    continue: queryValue(request, 'continue') ?? '',
    resourceVersion: queryValue(request, 'resourceVersion') ?? '',
    match: queryValue(request, 'resourceVersionMatch') ?? '',
    sendInitialEvents: queryValue(request, 'sendInitialEvents') === undefined ? undefined : booleanQuery(request, 'sendInitialEvents'),
    bookmarks: booleanQuery(request, 'allowWatchBookmarks'),
    labels: labelText ? parsed(() => parseSelector(labelText)) : NO_LABELS,
    fields: fieldText ? parsed(() => parseFieldSelector(fieldText)) : NO_FIELDS,
  };
  const errors = validateListOptions(options);
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'ListOptions', '', errors);
  for (const { field } of options.fields) checkField(route.kind, field);
  return options;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function validateListOptions(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(forbidden('resourceVersionMatch', why));
  if (options.watch) {
    if (options.sendInitialEvents !== undefined && options.match !== 'NotOlderThan') {
      refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    }
    if (options.match !== '') {
      if (options.sendInitialEvents === undefined)
        refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
      if (options.match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', options.match, ['NotOlderThan']));
    }
    if (options.continue !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
    return errors;
  }
  if (options.match !== '') {
    if (options.resourceVersion === '') refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (options.continue !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
    if (options.match !== 'Exact' && options.match !== 'NotOlderThan') {
      errors.push(notSupported('resourceVersionMatch', options.match, ['Exact', 'NotOlderThan', '']));
    }
    if (options.match === 'Exact' && options.resourceVersion === '0') {
      refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (options.sendInitialEvents !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

const COMMON_FIELDS = new Set(['metadata.name', 'metadata.namespace']);

function checkField(kind: Kind, field: string): void {
  if (COMMON_FIELDS.has(field) || kind.selectableFields?.[field] !== undefined) return;
  throw badRequest(
    kind.selectableFields === undefined
      ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${field}`,
  );
}

export function fieldValue(kind: Kind, field: string, object: AnyObject): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return kind.selectableFields![field]!(object);
}

export function matchesOptions(kind: Kind, options: Pick<ListOptions, 'labels' | 'fields'>, object: AnyObject): boolean {
  if (options.labels.length > 0 && !matchesTerms(options.labels, object.metadata.labels)) return false;
  for (const { field, operator, value } of options.fields) {
    if ((fieldValue(kind, field, object) === value) !== (operator === '=')) return false;
  }
  return true;
}

/** The indexed part of what is asked for. */
export function selectionOf(scope: Scope, options: ListOptions): Selection {
  const label = options.labels.find((one) => one.operator === '=');
  const field = options.fields.find(
    (one) =>
      one.operator === '=' && ((scope.route.kind.plural === 'pods' && one.field === 'spec.nodeName') || one.field === 'involvedObject.uid'),
  );
  return {
    ...(scope.route.namespace === undefined ? {} : { namespace: scope.route.namespace }),
    ...(label === undefined ? {} : { label: `${label.key}=${label.values[0]}` }),
    ...(field === undefined ? {} : { field: { name: field.field, value: field.value } }),
  };
}

interface Token {
  readonly rv: number;
  readonly start: string;
}

const TOKEN_VERSION = 'meta.k8s.io/v1';

function decodeToken(text: string): Token {
  const bad = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const position = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : -1);
  if (position >= 0) throw bad(`illegal base64 data at input byte ${position}`);
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  let value: any;
  try {
    value = parseJson(new TextDecoder().decode(bytes)).value;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw bad(error.message);
    throw error;
  }
  if (value?.v !== TOKEN_VERSION) throw bad(`server does not recognize this encoded version ${String(value?.v ?? '')}`);
  if (typeof value.rv !== 'number' || value.rv === 0) throw bad('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof value.start !== 'string' || value.start === '')
    throw bad('continue key is empty'.replace('continue key is empty', 'empty start key'));
  return { rv: value.rv, start: value.start };
}

function encodeToken(token: Token): string {
  const text = `{"v":"${TOKEN_VERSION}","rv":${token.rv},"start":${JSON.stringify(token.start)}}`;
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The place of an object in its list, as continue tokens name it. */
function startKey(scope: Scope, object: AnyObject): string {
  const key =
    scope.route.namespace !== undefined || !scope.route.kind.namespaced
      ? object.metadata.name
      : storeKey(object.metadata.namespace, object.metadata.name);
  return `/${key}`;
}

export function list(scope: Scope, options: ListOptions): ApiResponse {
  const { objects, metadata } = page(scope, options);
  return presentList(scope, objects, metadata);
}

/** All objects a collection request means (DELETE collection). */
export function selectObjects(scope: Scope): { readonly objects: readonly AnyObject[]; readonly metadata: ListMeta } {
  return page(scope, readListOptions(scope));
}

export function listResponse(scope: Scope, objects: readonly AnyObject[], resourceVersion: string, more: ListMeta): ApiResponse {
  return presentList(scope, objects, { resourceVersion, ...more });
}

function page(scope: Scope, options: ListOptions): { objects: readonly AnyObject[]; metadata: ListMeta } {
  const { core } = scope;
  const token = options.continue === '' ? undefined : decodeToken(options.continue);
  const current = core.store.revision;
  const revision = token === undefined ? requestedRevision(options, current) : token.rv === -1 ? current : token.rv;
  const matching = objectsAt(scope, options, token, revision, current);
  const from = token === undefined ? 0 : firstAfter(scope, matching, token.start);
  const rest = from === 0 ? matching : matching.slice(from);
  const resourceVersion = String(revision);
  if (options.limit <= 0 || rest.length <= options.limit) return { objects: rest, metadata: { resourceVersion } };
  const objects = rest.slice(0, options.limit);
  const selective = options.labels.length > 0 || options.fields.length > 0;
  return {
    objects,
    metadata: {
      resourceVersion,
      continue: encodeToken({ rv: revision, start: `${startKey(scope, objects.at(-1)!)}\u0000` }),
      ...(selective ? {} : { remainingItemCount: rest.length - objects.length }),
    },
  };
}

/** Position of the first object at or behind a token's start; the list is in key order. */
function firstAfter(scope: Scope, sorted: readonly AnyObject[], start: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startKey(scope, sorted[middle]!) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function objectsAt(scope: Scope, options: ListOptions, token: Token | undefined, revision: number, current: number): readonly AnyObject[] {
  const { core, route } = scope;
  const selection = selectionOf(scope, options);
  let all: readonly AnyObject[] | undefined;
  const named = options.fields.find((one) => one.field === 'metadata.name' && one.operator === '=');
  if (revision === current && named !== undefined && (route.namespace !== undefined || !route.kind.namespaced)) {
    const one = core.store.get(route.kind.resource, storeKey(route.namespace, named.value));
    all = one === undefined ? [] : [one];
  } else if (revision === current) all = core.store.list(route.kind.resource, selection);
  else all = core.store.listAt(route.kind.resource, revision, selection);
  if (all === undefined) {
    if (token !== undefined) throw expiredToken(token);
    throw expired('The resourceVersion for the provided list is too old.');
  }
  if (options.labels.length === 0 && options.fields.length === 0) return all;
  return all.filter((object) => matchesOptions(route.kind, options, object));
}

function expiredToken(token: Token): StatusError {
  const { status } = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new StatusError({ ...status, metadata: { continue: encodeToken({ rv: -1, start: token.start }) } });
}

/** `abc` is no revision. Watches say it without the prefix and with 500. */
export function parseRevision(text: string, watch: boolean): number {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const why = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw watch ? failure(500, '', why) : badRequest(`invalid resource version: ${why}`);
}

function requestedRevision(options: ListOptions, current: number): number {
  const revision = parseRevision(options.resourceVersion, false);
  if (revision > current) {
    throw failure(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  }
  return options.match === 'Exact' && revision > 0 ? revision : current;
}
