// ReplicaSet controller: as many active pods as wanted. Pods are counted by index, not walked; only surplus, adoption and
// minReadySeconds look at single pods.
// Models: kubernetes v1.37 pkg/controller/replicaset/{replica_set,replica_set_utils}.go
import { sameData } from '../../apimachinery/equality.ts';
import { byController, byNamespace, controllerOf } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import { podIsActive, podIsAvailable, podIsReady, podIsTerminating, podReadySince } from '../../kinds/pod/facts.ts';
import type { Condition, Pod } from '../../kinds/pod/types.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type Refusal, type View, type Write } from '../controller.ts';
import { claim, controllerReference, ownersOf } from '../ownership.ts';
import { byOwnedLabel, byOwnedState, orphansByNamespace } from '../pod-indexes.ts';
import { create, remove, updateStatus } from '../writes.ts';
import { inOrderOfDeletion } from './ranking.ts';

const RESOURCE = 'replicasets.apps';
/** Most pods created or deleted in one go. */
const BURST = 500;
const FIRST_BATCH = 1;

/** What is known of a ReplicaSet's pods. */
interface Counts {
  readonly active: number;
  readonly ready: number;
  readonly available: number;
  readonly fullyLabeled: number;
  readonly terminating: number;
  /** Until the next ready pod becomes available. */
  readonly nextAvailableMs?: number;
}

function podKeys({ object, old }: Change<Pod>, view: View): readonly string[] {
  return ownersOf(object, old, 'ReplicaSet', view.list<ReplicaSet>(RESOURCE));
}

/** Pods of this uid, and whether all of them surely match the selector and carry the template's labels. */
function uniform(set: ReplicaSet, view: View): boolean {
  const pods = view.list<Pod>('pods');
  const { uid } = set.metadata;
  const all = pods.keysBy('controller', uid).size;
  if (set.spec.selector.matchExpressions !== undefined) return false;
  const wanted = { ...set.spec.selector.matchLabels, ...set.spec.template.metadata?.labels };
  return Object.keys(wanted).every((key) => pods.keysBy('owned-label', `${uid} ${key}=${wanted[key]}`).size === all);
}

function counted(set: ReplicaSet, view: View): Counts {
  const pods = view.list<Pod>('pods');
  const { uid } = set.metadata;
  const active = pods.keysBy('owned-state', `${uid} active`).size;
  const ready = pods.keysBy('owned-state', `${uid} ready`).size;
  const terminating = pods.keysBy('owned-state', `${uid} terminating`).size;
  const { minReadySeconds = 0 } = set.spec;
  if (minReadySeconds === 0) return { active, ready, available: ready, fullyLabeled: active, terminating };
  return {
    active,
    ready,
    fullyLabeled: active,
    terminating,
    ...availability(pods.by('owned-state', `${uid} ready`), minReadySeconds, view),
  };
}

function availability(ready: readonly Pod[], minReadySeconds: number, view: View): Pick<Counts, 'available' | 'nextAvailableMs'> {
  let available = 0;
  let next = Number.POSITIVE_INFINITY;
  for (const pod of ready) {
    if (podIsAvailable(pod, minReadySeconds, view.wallNow)) available++;
    else next = Math.min(next, (podReadySince(pod) ?? view.wallNow) + minReadySeconds * 1000 - view.wallNow);
  }
  return next === Number.POSITIVE_INFINITY ? { available } : { available, nextAvailableMs: Math.max(next, 1) };
}

function countedOneByOne(set: ReplicaSet, mine: readonly Pod[], view: View): Counts {
  const active = mine.filter(podIsActive);
  const ready = active.filter(podIsReady);
  const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
  const fullyLabeled = active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length;
  const terminating = mine.filter(podIsTerminating).length;
  const available = availability(ready, set.spec.minReadySeconds ?? 0, view);
  return { active: active.length, ready: ready.length, fullyLabeled, terminating, ...available };
}

function reconcile(key: string, view: View): Outcome {
  const set = view.list<ReplicaSet>(RESOURCE).get(key);
  if (set === undefined) return NOTHING;
  const pods = view.list<Pod>('pods');
  const orphans = pods.by('orphans', set.metadata.namespace!);
  let writes: readonly Write[] = [];
  let counts: Counts;
  let active: () => readonly Pod[];
  if (orphans.length === 0 && uniform(set, view)) {
    counts = counted(set, view);
    active = () => pods.by('owned-state', `${set.metadata.uid} active`);
  } else {
    const candidates = orphans.filter((pod) => !(pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'));
    const claimed = claim(set, 'pods', set.spec.selector, pods.by('controller', set.metadata.uid), candidates);
    writes = claimed.writes;
    counts = countedOneByOne(set, claimed.mine, view);
    const mine = claimed.mine.filter(podIsActive);
    active = () => mine;
  }
  const manage = set.metadata.deletionTimestamp === undefined ? batchesFor(set, counts.active, active, view) : [];
  const status = statusOf(set, counts, undefined);
  const last = status === undefined ? [] : [[updateStatus(RESOURCE, status)]];
  const wait = counts.nextAvailableMs === undefined ? {} : { requeueAfterMs: counts.nextAvailableMs };
  return { batches: [writes, ...manage, ...last], ...wait };
}

/** Creations in slowly growing batches, or deletions all at once. */
function batchesFor(set: ReplicaSet, have: number, active: () => readonly Pod[], view: View): readonly (readonly Write[])[] {
  const missing = set.spec.replicas - have;
  if (missing < 0) return [surplusOf(set, Math.min(-missing, BURST), active(), view)];
  const batches: Write[][] = [];
  let left = Math.min(missing, BURST);
  for (let size = FIRST_BATCH; left > 0; size *= 2) {
    const count = Math.min(size, left);
    batches.push(Array.from({ length: count }, () => creation(set)));
    left -= count;
  }
  return batches;
}

function creation(set: ReplicaSet): Write {
  const { metadata = {}, spec } = set.spec.template;
  const subject = subjectOf(set);
  const body = {
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ...(metadata.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
      ownerReferences: [controllerReference(set)],
    },
    spec,
  };
  return create('pods', set.metadata.namespace, body, {
    done: { subject, type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
    refused: { subject, type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
  });
}

function surplusOf(set: ReplicaSet, count: number, active: readonly Pod[], view: View): readonly Write[] {
  const subject = subjectOf(set);
  const byNode = neighbours(set, view);
  const ranked = active.map((pod) => ({ pod, neighbours: byNode.get(pod.spec.nodeName ?? '') ?? 0 }));
  const order = count >= active.length ? active : inOrderOfDeletion(ranked, view.wallNow);
  return order.slice(0, count).map((pod) =>
    remove('pods', pod, {
      done: { subject, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` },
      refused: { subject, type: 'Warning', reason: 'FailedDelete', message: 'Error deleting: {error}' },
    }),
  );
}

/** Active pods per node of all ReplicaSets with the same owner. */
function neighbours(set: ReplicaSet, view: View): ReadonlyMap<string, number> {
  const owner = controllerOf(set);
  const related = owner === undefined ? [set] : view.list<ReplicaSet>(RESOURCE).by('controller', owner.uid);
  const counts = new Map<string, number>();
  for (const other of related) {
    for (const pod of view.list<Pod>('pods').by('owned-state', `${other.metadata.uid} active`)) {
      const node = pod.spec.nodeName ?? '';
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return counts;
}

/** The object with its new status; undefined when nothing changes. */
function statusOf(set: ReplicaSet, counts: Counts, failure: Condition | undefined): ReplicaSet | undefined {
  const old = set.status;
  const others = (old.conditions ?? []).filter((one) => one.type !== 'ReplicaFailure');
  const conditions = failure === undefined ? others : [...others, failure];
  const status: ReplicaSet['status'] = {
    replicas: counts.active,
    ...(counts.fullyLabeled > 0 ? { fullyLabeledReplicas: counts.fullyLabeled } : {}),
    ...(counts.ready > 0 ? { readyReplicas: counts.ready } : {}),
    ...(counts.available > 0 ? { availableReplicas: counts.available } : {}),
    terminatingReplicas: counts.terminating,
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return sameData(status, old) ? undefined : { ...set, status };
}

function afterRefusal(key: string, view: View, { write, error }: Refusal): Outcome {
  const set = view.list<ReplicaSet>(RESOURCE).get(key);
  if (set === undefined || write.refused === undefined) return NOTHING;
  const known = set.status.conditions?.find((one) => one.type === 'ReplicaFailure');
  const failure: Condition = known ?? {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: view.timestamp,
    reason: write.refused.reason,
    message: error,
  };
  const status = statusOf(set, counted(set, view), failure);
  return status === undefined ? NOTHING : { batches: [[updateStatus(RESOURCE, status)]] };
}

export const replicaSetController = defineController({
  name: 'replicaset-controller',
  workers: 5,
  watches: [
    { resource: RESOURCE, indexes: [byNamespace, byController], keys: ownKey },
    { resource: 'pods', indexes: [byController, byOwnedState, byOwnedLabel, orphansByNamespace], keys: podKeys },
  ],
  reconcile,
  afterRefusal,
});
