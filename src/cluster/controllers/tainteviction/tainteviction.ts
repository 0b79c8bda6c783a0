// Taint eviction controller: pods leave nodes with NoExecute taints, at once or when their toleration ends.
// Models: kubernetes v1.37 pkg/controller/tainteviction/taint_eviction.go
import { sameData } from '../../apimachinery/equality.ts';
import { byNodeName } from '../../client/cache.ts';
import type { Node, Taint } from '../../kinds/node/node.ts';
import { isTolerated, tolerates } from '../../kinds/pod/placement.ts';
import type { Pod, Toleration } from '../../kinds/pod/types.ts';
import { type Change, defineController, type EventDraft, NOTHING, type Outcome, ownKey, splitKey, type View } from '../controller.ts';
import { patch, remove } from '../writes.ts';

/** A pod's eviction: when its toleration began and when it ends, in virtual milliseconds, or that it was carried out. Plain data. */
type Eviction = { readonly from: number; readonly at: number } | { readonly done: true };

const NO_TAINTS: readonly Taint[] = [];

function noExecute(node: Node | undefined): readonly Taint[] {
  const taints = node?.spec.taints;
  if (taints === undefined || !taints.some((taint) => taint.effect === 'NoExecute')) return NO_TAINTS;
  return taints.filter((taint) => taint.effect === 'NoExecute');
}

/** How long a pod may stay: 0 = not at all, infinite = for ever. The first toleration that matches a taint counts for it. */
export function stayMs(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const used = tolerations.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return 0;
    if (used.tolerationSeconds !== undefined) shortest = Math.min(shortest, Math.max(0, used.tolerationSeconds * 1000));
  }
  return shortest;
}

function draft(key: string, text: string): EventDraft {
  const [namespace, name] = splitKey(key);
  // The real controller has only the pod's name here, so that `describe pod`, which asks by uid, does not find these events.
  const subject = { kind: 'Pod', namespace: namespace!, name, apiVersion: 'v1' };
  return { subject, type: 'Normal', reason: 'TaintManagerEviction', message: `${text} Pod ${key}` };
}

function cancelled(key: string, eviction: Eviction | undefined): readonly EventDraft[] {
  return eviction === undefined || 'done' in eviction ? [] : [draft(key, 'Cancelling deletion of')];
}

function evict(key: string, pod: Pod, view: View, before: readonly EventDraft[]): Outcome {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: view.timestamp,
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  const change = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } };
  return {
    events: [...before, draft(key, 'Marking for deletion')],
    batches: [[patch('pods', pod, change, { subresource: 'status', accept: [404, 409] })], [remove('pods', pod, { accept: [404, 409] })]],
    remember: { done: true },
  };
}

function reconcile(key: string, view: View): Outcome {
  const known = view.memory as Eviction | undefined;
  const pod = view.list<Pod>('pods').get(key);
  if (pod === undefined) return { events: cancelled(key, known), remember: null };
  if (known !== undefined && 'at' in known && known.at <= view.now) return evict(key, pod, view, []);
  const node = view.list<Node>('nodes').get(pod.spec.nodeName ?? '');
  const waiting = known !== undefined && 'at' in known;
  // A node that was deleted does not stop what it began.
  if (node === undefined) return waiting ? { requeueAfterMs: known.at - view.now } : NOTHING;
  const taints = noExecute(node);
  const ms = taints.length === 0 ? Number.POSITIVE_INFINITY : stayMs(taints, pod.spec.tolerations ?? []);
  if (ms === Number.POSITIVE_INFINITY) return { events: cancelled(key, known), remember: null };
  if (known !== undefined && 'done' in known) return NOTHING;
  const tolerated = taints.every((taint) => isTolerated(pod.spec.tolerations, taint));
  if (!tolerated) return evict(key, pod, view, cancelled(key, known));
  if (waiting) return { requeueAfterMs: known.at - view.now };
  if (ms === 0) return evict(key, pod, view, []);
  return { remember: { from: view.now, at: view.now + ms }, requeueAfterMs: ms };
}

export const taintEvictionController = defineController({
  name: 'taint-eviction-controller',
  workers: 8,
  watches: [
    {
      resource: 'pods',
      indexes: [byNodeName],
      keys(change: Change<Pod>, view: View) {
        const { type, object, old } = change;
        if (!object.spec.nodeName || (type === 'updated' && old !== undefined && sameStay(object, old))) return [];
        // Most nodes have no such taint, and their pods nothing to wait for.
        const node = view.list<Node>('nodes').get(object.spec.nodeName);
        return node !== undefined && noExecute(node).length === 0 ? [] : ownKey(change);
      },
    },
    {
      resource: 'nodes',
      keys({ type, object, old }: Change<Node>, view: View) {
        if (type === 'deleted') return [];
        const same = object.spec === old?.spec || sameData(noExecute(object), noExecute(old));
        return same ? [] : view.list<Pod>('pods').keysBy('nodeName', object.metadata.name);
      },
    },
  ],
  reconcile,
});

function sameStay(pod: Pod, old: Pod): boolean {
  if (pod.spec === old.spec) return true;
  return pod.spec.nodeName === old.spec.nodeName && sameData(pod.spec.tolerations ?? [], old.spec.tolerations ?? []);
}
