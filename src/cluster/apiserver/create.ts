// POST: decode → default → admit → complete → validate → store.
// Models: kubernetes v1.37 endpoints/handlers/create.go, registry/generic/registry/store.go Create, registry/rest/create.go
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { alreadyExists, failure, invalidObject, StatusError } from '../apimachinery/status-error.ts';
import { admit, judge } from './admission/admission.ts';
import { checkIdentity, readObject } from './body.ts';
import { storeKey } from './core.ts';
import { recordUpdate } from './managed-fields.ts';
import { generatedName, newMetadata, validateNewMetadata } from './object-meta.ts';
import { present } from './present.ts';
import type { Scope } from './scope.ts';

export function create(scope: Scope): ApiResponse {
  scope.readWriteOptions('CreateOptions');
  const object = checkIdentity(readObject(scope), scope.route);
  return present(scope, store(scope, object), 201);
}

/** Everything after decoding; also the way a PUT or an apply patch creates. */
export function store(scope: Scope, given: AnyObject): AnyObject {
  const { core, route } = scope;
  const { kind } = route;
  const admitted = admit(scope, 'CREATE', given, undefined);
  const meta = admitted.metadata;
  const name = meta.name || (meta.generateName ? freeName(scope, meta.generateName) : '');
  const metadata = newMetadata(meta, name, route.namespace, core.uid(), scope.now, kind.generation !== undefined);
  let object: AnyObject = { ...admitted, metadata };
  if (kind.subresources['status'] !== undefined && kind.statusOnCreate !== 'keep') object = withoutStatus(object);
  if (kind.prepareForCreate !== undefined) object = kind.prepareForCreate(object, scope);
  const metadataErrors = validateNewMetadata(object.metadata, kind);
  const errors = kind.validate(object, scope);
  if (metadataErrors.length > 0 || errors.length > 0) {
    throw invalidObject(kind.group, kind.kind, name, [...metadataErrors, ...errors]);
  }
  if (kind.warningsOnCreate !== undefined) for (const warning of kind.warningsOnCreate(object, scope)) scope.warn(warning);
  judge(scope, 'CREATE', object, undefined);
  if (meta.resourceVersion) throw failure(500, '', 'resourceVersion should not be set on objects to be created');
  const existing = core.store.get(kind.resource, storeKey(route.namespace, name));
  if (existing !== undefined) {
    const refusal = alreadyExists(kind.group, kind.plural, name);
    if (existing.metadata.deletionTimestamp === undefined) throw refusal;
    throw new StatusError({ ...refusal.status, message: `object is being deleted: ${refusal.status.message}` });
  }
  return core.write(scope, kind, recordUpdate(scope, object, undefined), undefined);
}

/** A generated name nobody has; after eight attempts the request fails as if it had been asked for. */
function freeName(scope: Scope, base: string): string {
  const { core, route } = scope;
  let name = '';
  for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt++) {
    name = generatedName(base, core.random.suffix(5));
    if (core.store.modRevision(route.kind.resource, storeKey(route.namespace, name)) === 0) break;
  }
  return name;
}

const MAX_NAME_ATTEMPTS = 8;
const EMPTY_STATUS = {};

function withoutStatus(object: AnyObject): AnyObject {
  return { ...object, status: EMPTY_STATUS };
}
