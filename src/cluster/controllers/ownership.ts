// Who owns whom: the reference a controller puts on its objects, adopting orphans that match, releasing those that no longer do.
// Models: kubernetes v1.37 pkg/controller/controller_ref_manager.go
import type { KubeObject, OwnerReference } from '../apimachinery/object.ts';
import { controllerOf, type Lister } from '../client/cache.ts';
import { selectorMatches } from '../kinds/pod/template.ts';
import type { LabelSelector } from '../kinds/pod/types.ts';
import type { Write } from './controller.ts';
import { patch } from './writes.ts';

export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export interface Claim<T> {
  /** Owned and matching, including those adopted by `writes`. */
  readonly mine: readonly T[];
  /** Adoptions and releases. */
  readonly writes: readonly Write[];
}

/** `owned` by uid, `orphans` of the namespace: which are the owner's from now on. */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  resource: string,
  selector: LabelSelector | undefined,
  owned: Iterable<T>,
  orphans: Iterable<T>,
): Claim<T> {
  const mine: T[] = [];
  const writes: Write[] = [];
  const dying = owner.metadata.deletionTimestamp !== undefined;
  for (const object of owned) {
    if (selectorMatches(selector, object.metadata.labels)) mine.push(object);
    else if (!dying) writes.push(release(owner, resource, object));
  }
  if (dying) return { mine, writes };
  for (const object of orphans) {
    if (object.metadata.deletionTimestamp !== undefined || !selectorMatches(selector, object.metadata.labels)) continue;
    mine.push(object);
    writes.push(adopt(owner, resource, object));
  }
  return { mine, writes };
}

function adopt(owner: KubeObject, resource: string, object: KubeObject): Write {
  const metadata = { ownerReferences: [controllerReference(owner)], uid: object.metadata.uid };
  return patch(resource, object, { metadata }, { accept: [404] });
}

function release(owner: KubeObject, resource: string, object: KubeObject): Write {
  const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }];
  return patch(resource, object, { metadata: { ownerReferences, uid: object.metadata.uid } }, { accept: [404, 422] });
}

/**
 * Keys of the owners (of `ownerKind`, found in `owners`) that must look because `object` changed: its controller, the one it had
 * before, and for an orphan all whose selector matches.
 */
export function ownersOf<O extends KubeObject & { readonly spec: { readonly selector?: any } }>(
  object: KubeObject,
  old: KubeObject | undefined,
  ownerKind: string,
  owners: Lister<O>,
): readonly string[] {
  const namespace = object.metadata.namespace ?? '';
  const keys: string[] = [];
  const before = old === undefined ? undefined : controllerOf(old);
  const now = controllerOf(object);
  if (before !== undefined && before.uid !== now?.uid && before.kind === ownerKind) keys.push(`${namespace}/${before.name}`);
  if (now !== undefined) {
    if (now.kind === ownerKind && owners.get(`${namespace}/${now.name}`)?.metadata.uid === now.uid) keys.push(`${namespace}/${now.name}`);
    return keys;
  }
  if (object.metadata.labels === undefined && old?.metadata.labels === undefined) return keys;
  for (const owner of owners.by('namespace', namespace)) {
    const { matchLabels, matchExpressions } = (owner.spec.selector ?? {}) as LabelSelector;
    if (matchLabels === undefined && matchExpressions === undefined) continue;
    if (selectorMatches(owner.spec.selector, object.metadata.labels)) keys.push(`${namespace}/${owner.metadata.name}`);
  }
  return keys;
}
