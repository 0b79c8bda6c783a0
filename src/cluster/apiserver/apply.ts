// Server-side apply: a manager says which fields it wants; conflicts with other managers are refused unless forced.
// Models: kubernetes v1.37 endpoints/handlers/patch.go applyPatcher, apimachinery pkg/util/managedfields, structured-merge-diff merge
import { ApplyTypeError, checkConfiguration, mergeConfiguration, removeFields } from '../apimachinery/apply-merge.ts';
import { decode, DecodeError, emptyObject } from '../apimachinery/decode.ts';
import { sameData } from '../apimachinery/equality.ts';
import {
  compareObjects,
  EMPTY_SET,
  fieldSetOf,
  fieldSetPaths,
  intersectSets,
  isEmptySet,
  subtractSets,
  unionSets,
} from '../apimachinery/field-set.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import type { StructSchema } from '../apimachinery/schema.ts';
import { badRequest, conflict, failure, OBJECT_MODIFIED } from '../apimachinery/status-error.ts';
import { parseYamlDocuments, YamlError } from '../apimachinery/yaml.ts';
import { kindSchema, serverError } from './body.ts';
import { storeKey } from './core.ts';
import { store } from './create.ts';
import { isManager, type Manager, ownable, readManagers } from './managed-fields.ts';
import { present } from './present.ts';
import { booleanQuery, type Scope } from './scope.ts';
import { finishUpdate } from './update.ts';

export function serverSideApply(scope: Scope): ApiResponse {
  const { core, route } = scope;
  const { kind } = route;
  const config = readConfiguration(scope);
  const struct = kindSchema(kind);
  const old = core.store.get(kind.resource, storeKey(route.namespace, route.name!));
  const { uid, resourceVersion } = config.metadata ?? {};
  if (old === undefined && uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(kind.group, kind.plural, route.name!, why);
  }
  if (old !== undefined && resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(kind.group, kind.plural, route.name!, OBJECT_MODIFIED);
  }
  try {
    checkConfiguration(config, struct);
  } catch (error) {
    if (!(error instanceof ApplyTypeError)) throw error;
    throw serverError(`failed to create typed patch object (${typedName(scope, config)}): ${error.message}`);
  }
  const { object, managers } = applied(scope, config, old, struct);
  let decoded: AnyObject;
  try {
    decoded = kind.defaults(decode(identified(scope, object), struct, old).object);
  } catch (error) {
    if (error instanceof DecodeError) throw serverError(`failed to convert merged object to last applied version: ${error.message}`);
    throw error;
  }
  scope.appliedManagers = managers;
  if (old === undefined) return present(scope, store(scope, decoded), 201);
  return present(scope, finishUpdate(scope, decoded, old), 200);
}

function typedName(scope: Scope, config: any): string {
  const namespace: string = config.metadata?.namespace ?? '';
  return `${namespace}/${scope.route.name}; ${scope.route.kind.apiVersion}, Kind=${scope.route.kind.kind}`;
}

function readConfiguration(scope: Scope): any {
  const { request, route } = scope;
  let config: any = request.body;
  if (typeof config === 'string') {
    try {
      config = parseYamlDocuments(config)[0]?.value ?? {};
    } catch (error) {
      if (error instanceof YamlError) throw badRequest(`error encoding patch: ${error.message}`);
      throw error;
    }
  }
  const apiVersion: string = config?.apiVersion ?? '';
  if (config?.kind !== route.kind.kind || apiVersion !== route.kind.apiVersion) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${config?.kind ?? ''}`);
  }
  if (config.metadata?.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const { name, namespace } = config.metadata ?? {};
  if (name && name !== route.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${route.name})`);
  }
  if (namespace && namespace !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return config;
}

function identified(scope: Scope, object: any): any {
  const { route } = scope;
  const metadata = { ...object.metadata, name: route.name, ...(route.namespace === undefined ? {} : { namespace: route.namespace }) };
  return { ...object, kind: route.kind.kind, apiVersion: route.kind.apiVersion, metadata };
}

interface Applied {
  readonly object: any;
  readonly managers: readonly Manager[];
}

/** Objects nobody has said a word about belong to this manager. */
function firstManagers(scope: Scope, old: AnyObject, struct: StructSchema): Manager[] {
  const set = ownable(compareObjects(emptyObject(struct), old, struct).changed, scope);
  return [
    { manager: 'before-first-apply', operation: 'Update', apiVersion: scope.route.kind.apiVersion, subresource: '', time: scope.now, set },
  ];
}

function applied(scope: Scope, config: any, old: AnyObject | undefined, struct: StructSchema): Applied {
  const { apiVersion } = scope.route.kind;
  const live: any = old ?? identified(scope, {});
  const untouched = old !== undefined && old.metadata.managedFields === undefined;
  const known = untouched ? firstManagers(scope, old, struct) : readManagers(old);
  const mine = known.find((one) => isManager(one, scope.fieldManager, 'Apply', apiVersion, scope.subresource));
  const others = known.filter((one) => one !== mine);
  const set = ownable(fieldSetOf(config, struct), scope);
  let owned = set;
  for (const other of others) owned = unionSets(owned, other.set);
  const abandoned = subtractSets(mine?.set ?? EMPTY_SET, owned);
  const object = removeFields(mergeConfiguration(live, config, struct), abandoned, struct);
  const { changed, removed } = compareObjects(live, object, struct);
  const touched = ownable(changed, scope);
  const conflicts = others.map((other) => ({ other, set: intersectSets(other.set, touched) })).filter((one) => !isEmptySet(one.set));
  if (conflicts.length > 0 && !booleanQuery(scope.request, 'force')) throw conflictsError(conflicts);
  const left = others.map((other) => ({ ...other, set: subtractSets(subtractSets(other.set, touched), removed) }));
  // An apply that changes nothing but ownership leaves its entry without a time, as the real server does.
  const time = object === live || sameData(object, live) ? mine?.time : scope.now;
  const own: Manager = { manager: scope.fieldManager, operation: 'Apply', apiVersion, subresource: scope.subresource, time, set };
  return { object, managers: [...left, own] };
}

function conflictsError(conflicts: readonly { readonly other: Manager; readonly set: typeof EMPTY_SET }[]) {
  const named = conflicts
    .map(({ other, set }) => {
      const subresource = other.subresource === '' ? '' : ` with subresource ${JSON.stringify(other.subresource)}`;
      const using = other.operation === 'Update' ? ` using ${other.apiVersion}` : '';
      return { who: `${JSON.stringify(other.manager)}${subresource}${using}`, paths: fieldSetPaths(set) };
    })
    .sort((a, b) => (a.who < b.who ? -1 : 1));
  const count = named.reduce((sum, one) => sum + one.paths.length, 0);
  const causes = named.flatMap(({ who, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const text =
    count === 1
      ? `conflict with ${named[0]!.who}: ${named[0]!.paths[0]}`
      : named.map(({ who, paths }) => `conflicts with ${who}:\n${paths.map((path) => `- ${path}`).join('\n')}`).join('\n');
  return failure(409, 'Conflict', `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${text}`, { causes });
}
