// metadata.managedFields: who set which field. Kept for requests of people and their tools (they name a fieldManager or are no
// component of the cluster).
// Simplified: what controllers, the scheduler and kubelets write is not tracked, so their entries are missing from
// --show-managed-fields and never conflict with an apply.
// Models: kubernetes v1.37 apimachinery pkg/util/managedfields, structured-merge-diff merge/update.go
import { emptyObject } from '../apimachinery/decode.ts';
import {
  compareObjects,
  EMPTY_SET,
  type FieldSet,
  intersectSets,
  isEmptySet,
  parseFieldSet,
  printFieldSet,
  sameSets,
  subtractRecursively,
  subtractSets,
  unionSets,
} from '../apimachinery/field-set.ts';
import type { AnyObject, Plain } from '../apimachinery/object.ts';
import type { StructSchema } from '../apimachinery/schema.ts';
import { kindSchema } from './body.ts';
import { queryValue } from './routes.ts';
import type { Scope } from './scope.ts';

export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

const UNTRACKED_AGENTS = /^(kube-|kubelet|coredns|.*controller|.*scheduler)/;
const UNTRACKED_RESOURCES = new Set(['events', 'leases.coordination.k8s.io']);
/** Fields nobody owns. */
const IGNORED = parseFieldSet({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries(
    [
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'clusterName',
      'generation',
      'managedFields',
      'resourceVersion',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
    ].map((name) => [`f:${name}`, {}]),
  ),
});
const STATUS = parseFieldSet({ 'f:status': {} });

const trackedAgents = new Map<string, boolean>();

function isTracked(agent: string): boolean {
  let tracked = trackedAgents.get(agent);
  if (tracked === undefined) {
    tracked = !UNTRACKED_AGENTS.test(agent);
    trackedAgents.set(agent, tracked);
  }
  return tracked;
}

export function tracks(scope: Scope): boolean {
  if (UNTRACKED_RESOURCES.has(scope.route.kind.resource)) return false;
  if (queryValue(scope.request, 'fieldManager')) return true;
  const agent = scope.request.headers?.['user-agent'];
  return agent !== undefined && isTracked(agent);
}

/** Without what no manager owns, and without what this endpoint resets. */
export function ownable(set: FieldSet, scope: Scope): FieldSet {
  const left = subtractRecursively(set, IGNORED);
  const resetsStatus = scope.subresource === '' && scope.route.kind.subresources['status'] !== undefined;
  return resetsStatus ? subtractRecursively(left, STATUS) : left;
}

export function readManagers(object: AnyObject | undefined): Manager[] {
  return ((object?.metadata.managedFields ?? []) as any[]).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    subresource: entry.subresource ?? '',
    time: entry.time,
    set: parseFieldSet(entry.fieldsV1),
  }));
}

export function withManagers(object: AnyObject, managers: readonly Manager[]): AnyObject {
  const { managedFields: _old, ...metadata } = object.metadata;
  const entries = managers.filter((one) => !isEmptySet(one.set)).sort(byPlace);
  if (entries.length === 0) return object.metadata.managedFields === undefined ? object : { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields: entries.map(printManager) } };
}

function printManager(entry: Manager): Plain {
  return {
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: printFieldSet(entry.set),
    ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  };
}

/** Applies first, then by time and name. */
function byPlace(a: Manager, b: Manager): number {
  const order = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);
  return (
    order(a.operation, b.operation) ||
    order(a.time ?? '', b.time ?? '') ||
    order(a.manager, b.manager) ||
    order(a.subresource, b.subresource)
  );
}

export function isManager(one: Manager, name: string, operation: Manager['operation'], apiVersion: string, subresource: string): boolean {
  return one.manager === name && one.operation === operation && one.apiVersion === apiVersion && one.subresource === subresource;
}

/** Notes what a write by anything but apply changed. */
export function recordUpdate(scope: Scope, next: AnyObject, old: AnyObject | undefined): AnyObject {
  if (scope.appliedManagers !== undefined) return withManagers(next, scope.appliedManagers);
  if (old?.metadata.managedFields === undefined && !tracks(scope)) return next;
  const struct = kindSchema(scope.route.kind);
  const { changed, removed } = compareObjects(old ?? emptyOf(scope, struct), next, struct);
  const touched = ownable(changed, scope);
  const name = scope.fieldManager;
  const managers: Manager[] = [];
  let own: Manager | undefined;
  for (const one of readManagers(old)) {
    if (isManager(one, name, 'Update', scope.route.kind.apiVersion, scope.subresource)) own = one;
    else managers.push({ ...one, set: subtractSets(subtractSets(one.set, intersectSets(one.set, touched)), removed) });
  }
  const set = ownable(unionSets(subtractSets(own?.set ?? EMPTY_SET, removed), touched), scope);
  if (tracks(scope)) {
    // The real server's detour through the Scale object loses the time.
    const time = scope.subresource === 'scale' ? undefined : own !== undefined && sameSets(own.set, set) ? own.time : scope.now;
    managers.push({
      manager: name,
      operation: 'Update',
      apiVersion: scope.route.kind.apiVersion,
      subresource: scope.subresource,
      time,
      set,
    });
  }
  return withManagers(next, managers);
}

function emptyOf(scope: Scope, struct: StructSchema): AnyObject {
  return { ...emptyObject(struct), kind: scope.route.kind.kind, apiVersion: scope.route.kind.apiVersion } as AnyObject;
}
