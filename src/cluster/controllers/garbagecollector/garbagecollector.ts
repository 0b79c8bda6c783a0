// Garbage collector: dependents whose owners are gone go too; an owner deleted in the foreground waits for them, one that orphans them
// takes its reference off. The graph of owners is the caches' index of owner uids.
// Models: kubernetes v1.37 pkg/controller/garbagecollector/{garbagecollector,graph_builder}.go
import type { KubeObject, OwnerReference } from '../../apimachinery/object.ts';
import { byOwner, keyOf } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import { kinds } from '../../kinds/kinds.ts';
import { type Change, defineController, type EventDraft, NOTHING, type Outcome, type View, type Write } from '../controller.ts';
import { patch, type Propagation, remove } from '../writes.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Events are owned by nobody and too many to keep. */
const watched = kinds.filter((kind) => kind.resource !== 'events' && kind.verbs.includes('delete'));
const resourceOf = new Map(watched.map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]));

interface Dependent {
  readonly resource: string;
  readonly object: KubeObject;
}

const dependentKey = ({ resource, object }: Dependent): string => `${resource} ${keyOf(object)}`;

const isDeletingDependents = (object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.includes(FOREGROUND) === true;

function dependentsOf(uid: string, view: View): readonly Dependent[] {
  const found: Dependent[] = [];
  for (const { resource } of watched) {
    const cache = view.list(resource);
    for (const key of cache.keysBy('owner', uid)) found.push({ resource, object: cache.get(key)! });
  }
  return found;
}

type Fate = 'solid' | 'absent' | 'waiting';

/** What has become of the owner a reference names. */
function fateOf(reference: OwnerReference, dependent: KubeObject, view: View): Fate {
  const kind = resourceOf.get(`${reference.apiVersion} ${reference.kind}`);
  // Simplified: an owner of a kind the cluster does not know keeps its dependents for ever; the real one retries discovery.
  if (kind === undefined) return 'solid';
  const key = kind.namespaced ? `${dependent.metadata.namespace}/${reference.name}` : reference.name;
  const owner = view.list(kind.resource).get(key);
  if (owner === undefined || owner.metadata.uid !== reference.uid) return 'absent';
  return isDeletingDependents(owner) ? 'waiting' : 'solid';
}

function keysFor(resource: string) {
  return function* ({ type, object, old }: Change, view: View): Iterable<string> {
    const { metadata } = object;
    if (type === 'deleted') {
      for (const dependent of dependentsOf(metadata.uid, view)) yield dependentKey(dependent);
      for (const reference of metadata.ownerReferences ?? []) {
        const kind = resourceOf.get(`${reference.apiVersion} ${reference.kind}`);
        if (kind === undefined || fateOf(reference, object, view) !== 'waiting') continue;
        yield `${kind.resource} ${kind.namespaced ? `${metadata.namespace}/${reference.name}` : reference.name}`;
      }
      return;
    }
    const owners = metadata.ownerReferences;
    const newOwners = owners !== undefined && owners !== old?.metadata.ownerReferences;
    if (newOwners && owners.some((reference) => fateOf(reference, object, view) !== 'solid')) yield `${resource} ${keyOf(object)}`;
    // What begins to be deleted with a finalizer of ours, or has got one now.
    if (metadata.deletionTimestamp === undefined || metadata.finalizers === undefined) return;
    if (old?.metadata.deletionTimestamp !== undefined && old.metadata.finalizers === metadata.finalizers) return;
    if (metadata.finalizers.includes(ORPHAN) || metadata.finalizers.includes(FOREGROUND)) {
      yield `${resource} ${keyOf(object)}`;
      if (metadata.finalizers.includes(FOREGROUND)) for (const dependent of dependentsOf(metadata.uid, view)) yield dependentKey(dependent);
    }
  };
}

function reconcile(key: string, view: View): Outcome {
  const at = key.indexOf(' ');
  const resource = key.slice(0, at);
  const object = view.list(resource).get(key.slice(at + 1));
  if (object === undefined) return NOTHING;
  const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
  if (deletionTimestamp !== undefined) {
    if (finalizers.includes(ORPHAN)) return orphanDependents(resource, object, view);
    if (finalizers.includes(FOREGROUND)) return afterDependents(resource, object, view);
    return NOTHING;
  }
  if (ownerReferences.length === 0) return NOTHING;
  const fates = ownerReferences.map((reference) => ({ reference, fate: fateOf(reference, object, view) }));
  const events = fates.flatMap(({ reference, fate }) => (fate === 'absent' ? foreignOwner(reference, object, view) : []));
  const lost = fates.filter(({ fate }) => fate !== 'solid').map(({ reference }) => reference);
  if (lost.length === 0) return NOTHING;
  if (lost.length < ownerReferences.length) return { events, batches: [[withoutOwners(resource, object, lost)]] };
  const waiting = fates.some(({ fate }) => fate === 'waiting');
  if (waiting && dependentsOf(object.metadata.uid, view).length > 0)
    return { events, batches: [unblocking(resource, object), [deletion(resource, object, 'Foreground')]] };
  return { events, batches: [[deletion(resource, object, policyOf(finalizers))]] };
}

function policyOf(finalizers: readonly string[]): Propagation {
  return finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

function deletion(resource: string, object: KubeObject, propagation: Propagation): Write {
  return remove(resource, object, { propagation, accept: [404, 409] });
}

function withoutOwners(resource: string, object: KubeObject, owners: readonly OwnerReference[]): Write {
  const ownerReferences = owners.map(({ uid }) => ({ $patch: 'delete', uid }));
  return patch(resource, object, { metadata: { ownerReferences, uid: object.metadata.uid } }, { accept: [404] });
}

/** Its own references block no longer, or a circle of owners would wait for itself. */
function unblocking(resource: string, object: KubeObject): readonly Write[] {
  const blocking = (object.metadata.ownerReferences ?? []).filter((one) => one.blockOwnerDeletion === true);
  if (blocking.length === 0) return [];
  const ownerReferences = blocking.map(({ uid }) => ({ uid, blockOwnerDeletion: false }));
  return [patch(resource, object, { metadata: { ownerReferences, uid: object.metadata.uid } }, { accept: [404] })];
}

function withoutFinalizer(resource: string, object: KubeObject, name: string): Write {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== name);
  const metadata = { resourceVersion: object.metadata.resourceVersion, finalizers: finalizers.length === 0 ? null : finalizers };
  const write = patch(resource, object, { metadata }, { accept: [404] });
  return { ...write, request: { ...write.request, headers: { 'content-type': 'application/merge-patch+json' } } };
}

function orphanDependents(resource: string, object: KubeObject, view: View): Outcome {
  const releases = dependentsOf(object.metadata.uid, view).map((dependent) => {
    const references = (dependent.object.metadata.ownerReferences ?? []).filter((one) => one.uid === object.metadata.uid);
    return withoutOwners(dependent.resource, dependent.object, references);
  });
  return { batches: [releases, [withoutFinalizer(resource, object, ORPHAN)]] };
}

/** In the foreground: the owner goes when no dependent blocks it any more. */
function afterDependents(resource: string, object: KubeObject, view: View): Outcome {
  const { uid } = object.metadata;
  const blocking = dependentsOf(uid, view).some((dependent) =>
    dependent.object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true),
  );
  return blocking ? NOTHING : { batches: [[withoutFinalizer(resource, object, FOREGROUND)]] };
}

/** An owner that exists, but in another namespace. */
function foreignOwner(reference: OwnerReference, object: KubeObject, view: View): readonly EventDraft[] {
  const kind = resourceOf.get(`${reference.apiVersion} ${reference.kind}`);
  if (kind?.namespaced !== true) return [];
  const { namespace } = object.metadata;
  for (const owner of view.list(kind.resource).by('uid', reference.uid)) {
    if (owner.metadata.namespace === namespace) continue;
    const { apiVersion, kind: ownerKind, namespace: _none, name, uid } = { ...reference, namespace };
    const message = `ownerRef [${apiVersion}/${ownerKind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace}"`;
    return [{ subject: subjectOf(object), type: 'Warning', reason: 'OwnerRefInvalidNamespace', message }];
  }
  return [];
}

const byUid = {
  name: 'uid',
  values: (object: KubeObject) => [object.metadata.uid],
  same: (next: KubeObject, old: KubeObject) => next.metadata.uid === old.metadata.uid,
};

export const garbageCollector = defineController({
  name: 'generic-garbage-collector',
  component: 'garbage-collector-controller',
  workers: 20,
  watches: watched.map(({ resource }) => ({ resource, indexes: [byOwner, byUid], keys: keysFor(resource) })),
  reconcile,
});
