// The rules of metadata, the same for every kind: who may set what, and which names, labels and owners are good.
// Models: kubernetes v1.37 apimachinery pkg/api/validation/objectmeta.go, apiserver pkg/registry/rest/{create,update,meta}.go
import { sameData } from '../apimachinery/equality.ts';
import { type FieldError, FieldPath, type FieldErrors, forbidden, invalid, NO_ERRORS, required, tooLong } from '../apimachinery/field.ts';
import { labelValue, nameIsDNSLabel, qualifiedName } from '../apimachinery/names.ts';
import type { AnyObject, ObjectMeta, OwnerReference } from '../apimachinery/object.ts';
import type { Kind } from '../kinds/kind.ts';

const META = FieldPath.root('metadata');
const LABELS = META.child('labels');
const ANNOTATIONS = META.child('annotations');
const FINALIZERS = META.child('finalizers');
const OWNERS = META.child('ownerReferences');
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const MAX_GENERATE_BASE = 58;

/** Metadata of a new object: what its author may say, and what the server says. */
export function newMetadata(
  meta: Partial<ObjectMeta>,
  name: string,
  namespace: string | undefined,
  uid: string,
  now: string,
  generation: boolean,
): ObjectMeta {
  const out: Record<string, unknown> = { name };
  if (meta.generateName) out['generateName'] = meta.generateName;
  if (namespace !== undefined) out['namespace'] = namespace;
  out['uid'] = uid;
  // Its place among the fields; the store fills it in.
  out['resourceVersion'] = undefined;
  if (generation) out['generation'] = 1;
  out['creationTimestamp'] = now;
  if (meta.labels !== undefined) out['labels'] = meta.labels;
  if (meta.annotations !== undefined) out['annotations'] = meta.annotations;
  if (meta.ownerReferences !== undefined) out['ownerReferences'] = meta.ownerReferences;
  if (meta.finalizers !== undefined) out['finalizers'] = meta.finalizers;
  return out as unknown as ObjectMeta;
}

/** `base` cut to 58 characters plus 5 random ones. */
export function generatedName(base: string, suffix: string): string {
  return base.slice(0, MAX_GENERATE_BASE) + suffix;
}

const validLabels = new WeakSet<object>();
const validNames = new WeakMap<Kind, Set<string>>();

export function validateNewMetadata(meta: ObjectMeta, kind: Kind): FieldErrors {
  const errors: FieldError[] = [];
  if (meta.generateName && !knownGood(kind, meta.generateName)) {
    const masked =
      meta.generateName.length > 1 && meta.generateName.endsWith('-') ? meta.generateName.slice(0, -2) + 'a' : meta.generateName;
    const faults = kind.nameRule(masked);
    for (const fault of faults) errors.push(invalid(META.child('generateName'), meta.generateName, fault));
    if (faults.length === 0) validNames.get(kind)!.add(meta.generateName);
  }
  if (!meta.name) errors.push(required(META.child('name'), 'name or generateName is required'));
  else for (const fault of kind.nameRule(meta.name)) errors.push(invalid(META.child('name'), meta.name, fault));
  if (kind.namespaced) {
    if (!meta.namespace) errors.push(required(META.child('namespace')));
    else if (!knownGood(namespaceNames, meta.namespace)) {
      const faults = nameIsDNSLabel(meta.namespace);
      for (const fault of faults) errors.push(invalid(META.child('namespace'), meta.namespace, fault));
      if (faults.length === 0) validNames.get(namespaceNames)!.add(meta.namespace);
    }
  } else if (meta.namespace) errors.push(forbidden(META.child('namespace'), 'not allowed on this type'));
  validateCommon(meta, errors);
  return errors.length === 0 ? NO_ERRORS : errors;
}

/** Stands for "names of namespaces" among the caches per kind. */
const namespaceNames = {} as Kind;

function knownGood(kind: Kind, name: string): boolean {
  let names = validNames.get(kind);
  if (names === undefined || names.size > 10_000) validNames.set(kind, (names = new Set()));
  return names.has(name);
}

function validateCommon(meta: ObjectMeta, errors: FieldError[]): void {
  if (meta.labels !== undefined && !validLabels.has(meta.labels)) validateLabels(meta.labels, LABELS, errors);
  if (meta.annotations !== undefined && !validLabels.has(meta.annotations)) validateAnnotations(meta.annotations, errors);
  if (meta.ownerReferences !== undefined && !validLabels.has(meta.ownerReferences)) validateOwners(meta.ownerReferences, errors);
  if (meta.finalizers !== undefined) validateFinalizers(meta.finalizers, errors);
}

function validateLabels(labels: Readonly<Record<string, string>>, path: FieldPath, errors: FieldError[]): void {
  const before = errors.length;
  for (const key of Object.keys(labels).sort()) {
    for (const fault of qualifiedName(key)) errors.push(invalid(path, key, fault));
    for (const fault of labelValue(labels[key]!)) errors.push(invalid(path, labels[key], fault));
  }
  if (errors.length === before) validLabels.add(labels);
}

function validateAnnotations(annotations: Readonly<Record<string, string>>, errors: FieldError[]): void {
  const before = errors.length;
  let size = 0;
  for (const key of Object.keys(annotations).sort()) {
    // The rule is applied to the lower-cased key, so that upper case is fine.
    for (const fault of qualifiedName(key.toLowerCase())) errors.push(invalid(ANNOTATIONS, key, fault));
    size += key.length + annotations[key]!.length;
  }
  if (size > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(ANNOTATIONS, MAX_ANNOTATIONS_BYTES));
  if (errors.length === before) validLabels.add(annotations);
}

function validateOwners(owners: readonly OwnerReference[], errors: FieldError[]): void {
  const before = errors.length;
  let controller = '';
  owners.forEach((owner, index) => {
    const path = OWNERS.index(index);
    if (!owner.apiVersion) errors.push(required(path.child('apiVersion'), 'must not be empty'));
    if (!owner.kind) errors.push(required(path.child('kind'), 'must not be empty'));
    if (!owner.name) errors.push(required(path.child('name'), 'must not be empty'));
    if (!owner.uid) errors.push(required(path.child('uid'), 'must not be empty'));
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.push(invalid(path, owner.name, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) return;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== '') {
      errors.push(
        invalid(
          OWNERS,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    } else controller = name;
  });
  if (errors.length === before) validLabels.add(owners);
}

function validateFinalizers(finalizers: readonly string[], errors: FieldError[]): void {
  for (const name of finalizers) for (const fault of qualifiedName(name)) errors.push(invalid(FINALIZERS, name, fault));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(FINALIZERS, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  finalizers.forEach((name, index) => {
    if (!name.includes('/') && !STANDARD_FINALIZERS.has(name)) {
      errors.push(invalid(FINALIZERS.index(index), name, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  });
}

/** What an update says about metadata, with everything it may not change put back. Identity is kept when nothing differs. */
export function updatedMetadata(next: ObjectMeta, old: ObjectMeta): ObjectMeta {
  if (next === old) return old;
  const out: Record<string, unknown> = { ...old };
  assign(out, 'labels', next.labels, old.labels);
  assign(out, 'annotations', next.annotations, old.annotations);
  assign(out, 'ownerReferences', next.ownerReferences, old.ownerReferences);
  assign(out, 'finalizers', next.finalizers, old.finalizers);
  return sameMetadata(out as unknown as ObjectMeta, old) ? old : (out as unknown as ObjectMeta);
}

function assign(out: Record<string, unknown>, key: string, next: unknown, old: unknown): void {
  const empty = next === undefined || (Array.isArray(next) ? next.length === 0 : Object.keys(next as object).length === 0);
  if (empty) delete out[key];
  else out[key] = sameData(next, old) ? old : next;
}

function sameMetadata(a: ObjectMeta, b: ObjectMeta): boolean {
  return (
    a.labels === b.labels && a.annotations === b.annotations && a.ownerReferences === b.ownerReferences && a.finalizers === b.finalizers
  );
}

/** Judges the metadata given in an update against what is stored (`given` before anything was put back). */
export function validateUpdatedMetadata(given: ObjectMeta, next: ObjectMeta, old: ObjectMeta): FieldErrors {
  if (given === old) return NO_ERRORS;
  const errors: FieldError[] = [];
  if (next !== old) {
    validateCommon(next, errors);
    if (old.deletionTimestamp !== undefined) {
      const added = (next.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
      if (added.length > 0) {
        errors.push(
          forbidden(
            FINALIZERS,
            `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
          ),
        );
      }
    }
  }
  immutable('uid', given.uid, old.uid, errors);
  immutable('deletionTimestamp', given.deletionTimestamp, old.deletionTimestamp, errors);
  immutable('deletionGracePeriodSeconds', given.deletionGracePeriodSeconds, old.deletionGracePeriodSeconds, errors);
  return errors.length === 0 ? NO_ERRORS : errors;
}

function immutable(name: string, given: unknown, old: unknown, errors: FieldError[]): void {
  if (given === undefined || given === null || given === '' || given === old) return;
  errors.push(invalid(META.child(name), given, 'field is immutable'));
}

/** Whether nothing is left to wait for: a marked object without finalizers and without grace goes. */
export function deletionIsDue(object: AnyObject, kind: Kind): boolean {
  const meta = object.metadata;
  if (meta.deletionTimestamp === undefined || (meta.finalizers?.length ?? 0) > 0) return false;
  if (kind.mayBeRemoved !== undefined) return kind.mayBeRemoved(object);
  return (meta.deletionGracePeriodSeconds ?? 0) === 0;
}
