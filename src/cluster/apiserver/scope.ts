// One request while it is handled: who asks, with which options, what it allocated and warned of.
// Models: kubernetes v1.37 endpoints/handlers RequestScope, meta/v1 CreateOptions … and their validation
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../apimachinery/field.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { badRequest, invalidObject } from '../apimachinery/status-error.ts';
import type { Allocator, KindContext } from '../kinds/kind.ts';
import type { Core } from './core.ts';
import type { Manager } from './managed-fields.ts';
import { queryValue, queryValues, type Route } from './routes.ts';

/** The administrator of the kubeconfig. */
export const ADMIN = { name: 'minikube-user', groups: ['system:masters', 'system:authenticated'] } as const;

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const NO_WARNINGS: readonly string[] = [];

export class Scope implements KindContext {
  readonly core: Core;
  readonly request: ApiRequest;
  readonly route: Route;
  /** Set by DELETE bodies too. */
  dryRun = false;
  fieldValidation: FieldValidation = 'Warn';
  /** Set by server-side apply: who owns what from now on. */
  appliedManagers: readonly Manager[] | undefined;
  #warnings: string[] | undefined;
  #undo: (() => void)[] | undefined;

  constructor(core: Core, request: ApiRequest, route: Route) {
    this.core = core;
    this.request = request;
    this.route = route;
  }

  get now(): string {
    return this.core.timestamp();
  }
  get user(): { readonly name: string; readonly groups: readonly string[] } {
    return this.request.user ?? ADMIN;
  }
  get subresource(): string {
    return this.route.subresource;
  }
  get warnings(): readonly string[] {
    return this.#warnings ?? NO_WARNINGS;
  }
  /** Manager name: the parameter, else the User-Agent up to its first slash. */
  get fieldManager(): string {
    return queryValue(this.request, 'fieldManager') || (this.request.headers?.['user-agent'] ?? 'unknown').split('/')[0]!;
  }

  allocator(name: string): Allocator {
    this.#undo ??= [];
    return this.core.allocators.get(name, this.#undo);
  }
  read(resource: string, namespace: string | undefined, name: string): AnyObject | undefined {
    return this.core.store.get(resource, namespace === undefined ? name : `${namespace}/${name}`);
  }
  list(resource: string, namespace?: string): readonly AnyObject[] {
    return this.core.store.list(resource, namespace === undefined ? {} : { namespace });
  }
  suffix(length: number): string {
    return this.core.random.suffix(length);
  }
  warn(text: string): void {
    this.#warnings ??= [];
    if (!this.#warnings.includes(text)) this.#warnings.push(text);
  }
  /** Takes back every allocation: the request failed or was a dry run. */
  rollback(): void {
    const undo = this.#undo ?? [];
    this.#undo = undefined;
    for (const step of undo.reverse()) step();
  }

  /** Reads and checks the options every write has. */
  readWriteOptions(optionsKind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', applyPatch = false): void {
    if (this.request.query === undefined && !applyPatch) return;
    const errors: FieldError[] = [];
    const dryRun = queryValues(this.request, 'dryRun').filter((one) => one !== '');
    if (dryRun.some((one) => one !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
    this.dryRun = dryRun.length > 0;
    const manager = queryValue(this.request, 'fieldManager') ?? '';
    if (applyPatch && manager === '') errors.push(required('fieldManager', 'is required for apply patch'));
    if (manager.length > 128) errors.push(tooLong('fieldManager', 128));
    if ([...manager].some((char) => char < ' ')) errors.push(invalid('fieldManager', manager, 'should only contain printable characters'));
    if (optionsKind === 'PatchOptions' && !applyPatch && queryValue(this.request, 'force') !== undefined) {
      errors.push(forbidden('force', 'may not be specified for non-apply patch'));
    }
    const validation = queryValue(this.request, 'fieldValidation') ?? '';
    if (!['', 'Ignore', 'Strict', 'Warn'].includes(validation)) {
      errors.push(notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
    }
    if (errors.length > 0) throw invalidObject('meta.k8s.io', optionsKind, '', errors);
    this.fieldValidation = validation === '' ? 'Warn' : (validation as FieldValidation);
  }
}

/** A whole-number parameter. */
export function integerQuery(request: ApiRequest, name: string): number | undefined {
  const text = queryValue(request, name);
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** Anything that is not `false` or `0` is true. */
export function booleanQuery(request: ApiRequest, name: string): boolean {
  const text = queryValue(request, name);
  return text !== undefined && text.toLowerCase() !== 'false' && text !== '0';
}
