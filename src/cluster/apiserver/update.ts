// PUT, and the second half of PATCH: what of the new state may be taken, and is it good.
// Models: kubernetes v1.37 endpoints/handlers/update.go, registry/generic/registry/store.go Update, registry/rest/update.go
import { sameData } from '../apimachinery/equality.ts';
import { type FieldErrors, invalid } from '../apimachinery/field.ts';
import type { AnyObject, ObjectMeta } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { conflict, failure, invalidObject, notFound, OBJECT_MODIFIED } from '../apimachinery/status-error.ts';
import type { Kind, UpdateStrategy } from '../kinds/kind.ts';
import { admit, judge } from './admission/admission.ts';
import { checkIdentity, readObject } from './body.ts';
import { storeKey } from './core.ts';
import { store } from './create.ts';
import { recordUpdate } from './managed-fields.ts';
import { deletionIsDue, updatedMetadata, validateUpdatedMetadata } from './object-meta.ts';
import { present } from './present.ts';
import type { Scope } from './scope.ts';

export function update(scope: Scope): ApiResponse {
  scope.readWriteOptions('UpdateOptions');
  const { core, route } = scope;
  const { kind } = route;
  const old = core.store.get(kind.resource, storeKey(route.namespace, route.name!));
  const given = checkIdentity(readObject(scope, old), route);
  if (old === undefined) {
    if (!kind.allowCreateOnUpdate || route.subresource !== '') throw notFound(kind.group, kind.plural, route.name!);
    if (given.metadata.uid) throw storageConflict(kind, given.metadata, '');
    return present(scope, store(scope, { ...given, metadata: { ...given.metadata, resourceVersion: '' } }), 201);
  }
  if (given.metadata.uid && given.metadata.uid !== old.metadata.uid) throw storageConflict(kind, given.metadata, old.metadata.uid);
  checkResourceVersion(kind, given.metadata, old);
  return present(scope, finishUpdate(scope, given, old), 200);
}

function storageConflict(kind: Kind, given: ObjectMeta, oldUid: string) {
  const key = `/registry/${kind.group === '' || !kind.group.includes('.') ? kind.plural : `${kind.group}/${kind.plural}`}/${storeKey(given.namespace, given.name)}`;
  return conflict(
    kind.group,
    kind.plural,
    given.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${oldUid}`,
  );
}

export function checkResourceVersion(kind: Kind, given: ObjectMeta, old: AnyObject): void {
  const version = given.resourceVersion;
  if (version === old.metadata.resourceVersion) return;
  if (!version || version === '0') {
    if (kind.allowUnconditionalUpdate !== false) return;
    throw invalidObject(kind.group, kind.plural, given.name, [invalid('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  if (!/^\d+$/.test(version)) throw failure(500, '', `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  throw conflict(kind.group, kind.plural, given.name, OBJECT_MODIFIED);
}

/** From the state a client wants to the state that is stored (or the old one, when nothing changes). */
export function finishUpdate(scope: Scope, given: AnyObject, old: AnyObject): AnyObject {
  const { core, route } = scope;
  const { kind } = route;
  const subresource = route.subresource === '' ? undefined : kind.subresources[route.subresource];
  const strategy: UpdateStrategy<AnyObject> =
    subresource === undefined || subresource.type === 'scale' || subresource.type === 'action' ? kind : subresource;
  const metadata = updatedMetadata(given.metadata, old.metadata);
  let next: AnyObject = metadata === given.metadata ? given : { ...given, metadata };
  if (subresource?.type === 'status') next = onlyStatus(next, old, metadata);
  else if (kind.subresources['status'] !== undefined && next['status'] !== old['status']) next = { ...next, status: old['status'] };
  next = admit(scope, 'UPDATE', next, old);
  if (strategy.prepareForUpdate !== undefined) next = strategy.prepareForUpdate(next, old, scope);
  next = withGeneration(kind, next, old);
  const metadataErrors = validateUpdatedMetadata(given.metadata, metadata, old.metadata);
  const errors: FieldErrors = strategy.validateUpdate?.(next, old, scope) ?? [];
  if (metadataErrors.length > 0 || errors.length > 0) {
    throw invalidObject(kind.group, kind.kind, old.metadata.name, [...metadataErrors, ...errors]);
  }
  if (strategy.warningsOnUpdate !== undefined) for (const warning of strategy.warningsOnUpdate(next, old, scope)) scope.warn(warning);
  judge(scope, 'UPDATE', next, old);
  if (deletionIsDue(next, kind) && (metadata !== old.metadata || kind.mayBeRemoved !== undefined)) {
    // The update itself is not stored: watchers see the last stored state go.
    core.remove(scope, kind, old);
    return next;
  }
  const recorded = scope.appliedManagers === undefined ? next : recordUpdate(scope, next, old);
  if (sameObject(recorded, old)) return old;
  return core.write(scope, kind, scope.appliedManagers === undefined ? recordUpdate(scope, next, old) : recorded, old);
}

function onlyStatus(next: AnyObject, old: AnyObject, metadata: ObjectMeta): AnyObject {
  return { ...old, metadata, status: next['status'] };
}

function withGeneration(kind: Kind, next: AnyObject, old: AnyObject): AnyObject {
  if (kind.generation === undefined || !kind.generation(next, old)) return next;
  return { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

function sameObject(next: AnyObject, old: AnyObject): boolean {
  for (const key in next) if (next[key] !== old[key] && !sameData(next[key], old[key])) return false;
  for (const key in old) if (old[key] !== undefined && next[key] === undefined) return false;
  return true;
}
