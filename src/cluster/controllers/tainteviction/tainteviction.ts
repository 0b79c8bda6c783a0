// Taint eviction controller: NoExecute taints drive pods away, at once or when their toleration ends.
// Models: kubernetes v1.37 pkg/controller/tainteviction/taint_eviction.go
import { byNodeName } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { Node, Taint } from '../../kinds/node/node.ts';
import type { Condition, Pod, Toleration } from '../../kinds/pod/types.ts';
import { type Change, defineController, NOTHING, type Outcome, type View, type Write } from '../controller.ts';
import { remove, updateStatus } from '../writes.ts';

const MESSAGE = 'Taint manager: deleting due to NoExecute taint';

const executing = (node: Node | undefined): readonly Taint[] => (node?.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute');

function nodeKeys({ type, object, old }: Change<Node>): readonly string[] {
  if (type === 'deleted' || object.spec === old?.spec) return [];
  return executing(object).length === 0 && executing(old).length === 0 ? [] : [object.metadata.name];
}

function podKeys({ type, object, old }: Change<Pod>, view: View): readonly string[] {
  const { nodeName = '', tolerations } = object.spec;
  if (type === 'deleted' || nodeName === '') return [];
  if (old !== undefined && old.spec.nodeName === nodeName && old.spec.tolerations === tolerations) return [];
  return executing(view.list<Node>('nodes').get(nodeName)).length === 0 ? [] : [nodeName];
}

function tolerates({ key, operator, value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== undefined && key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || value === (taint.value ?? '');
}

/** Milliseconds the pod may stay after the taints came; 0 = it must go, infinity = it may stay. */
function patience(pod: Pod, taints: readonly Taint[]): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const tolerations = (pod.spec.tolerations ?? []).filter((one) => tolerates(one, taint));
    if (tolerations.length === 0) return 0;
    for (const { tolerationSeconds } of tolerations) if (tolerationSeconds !== undefined) seconds = Math.min(seconds, tolerationSeconds);
  }
  return Math.max(0, seconds) * 1000;
}

function reconcile(key: string, view: View): Outcome {
  const taints = executing(view.list<Node>('nodes').get(key));
  if (taints.length === 0) return NOTHING;
  const since = Math.max(...taints.map((taint) => (taint.timeAdded === undefined ? view.wallNow : Date.parse(taint.timeAdded))));
  const marks: Write[] = [];
  const deletions: Write[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const pod of view.list<Pod>('pods').by('nodeName', key)) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const due = since + patience(pod, taints);
    if (due > view.wallNow) next = Math.min(next, due - view.wallNow);
    else {
      const { namespace, name } = pod.metadata;
      const done = {
        subject: subjectOf(pod),
        type: 'Normal',
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod ${namespace}/${name}`,
      } as const;
      marks.push(updateStatus<Pod>('pods', disrupted(pod, view), { accept: [404, 409] }));
      deletions.push(remove('pods', pod, { done }));
    }
  }
  return { batches: [marks, deletions], ...(Number.isFinite(next) ? { requeueAfterMs: next } : {}) };
}

function disrupted(pod: Pod, view: View): Pod {
  const condition: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: view.timestamp,
    reason: 'DeletionByTaintManager',
    message: MESSAGE,
  };
  const others = (pod.status.conditions ?? []).filter((one) => one.type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}

export const taintEvictionController = defineController({
  name: 'taint-eviction-controller',
  workers: 8,
  watches: [
    { resource: 'nodes', keys: nodeKeys },
    { resource: 'pods', indexes: [byNodeName], keys: podKeys },
  ],
  reconcile,
});
