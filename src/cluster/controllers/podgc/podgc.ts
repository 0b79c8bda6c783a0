// Pod garbage collector: pods nobody will ever clean up: too many finished ones, those of nodes that are gone, those deleted before
// they were scheduled.
// Models: kubernetes v1.37 pkg/controller/podgc/gc_controller.go
import { byNodeName } from '../../client/cache.ts';
import type { Node } from '../../kinds/node/node.ts';
import { podIsTerminal } from '../../kinds/pod/facts.ts';
import type { Condition, Pod } from '../../kinds/pod/types.ts';
import { type Change, defineController, type Outcome, type View, type Write } from '../controller.ts';
import { ORPHAN_QUARANTINE_MS, POD_GC_PERIOD_MS } from '../timings.ts';
import { remove, updateStatus } from '../writes.ts';

const ALL = '*';

/** Finished pods, and those being deleted without a node. */
const byFate = {
  name: 'fate',
  values(pod: Pod): readonly string[] {
    if (podIsTerminal(pod)) return ['finished'];
    return pod.metadata.deletionTimestamp !== undefined && (pod.spec.nodeName ?? '') === '' ? ['unscheduled'] : [];
  },
};

/** A node that goes away is given time to come back. */
function nodeKeys({ type, object }: Change<Node>): readonly string[] {
  return type === 'deleted' ? [`node ${object.metadata.name}`] : [];
}

function reconcile(key: string, view: View): Outcome {
  const pods = view.list<Pod>('pods');
  if (key !== ALL) {
    const name = key.slice('node '.length);
    return view.list<Node>('nodes').get(name) === undefined ? orphans(pods.by('nodeName', name), view) : {};
  }
  const lost: Pod[] = [];
  for (const name of pods.values('nodeName')) {
    if (view.list<Node>('nodes').get(name) !== undefined) continue;
    for (const pod of pods.by('nodeName', name)) {
      if (view.wallNow - Date.parse(pod.metadata.creationTimestamp) > ORPHAN_QUARANTINE_MS) lost.push(pod);
    }
  }
  const gone = orphans(lost, view).batches ?? [];
  return { batches: [[...excess(pods.by('fate', 'finished'), view), ...pods.by('fate', 'unscheduled').map(removal)], ...gone] };
}

const removal = (pod: Pod): Write => remove('pods', pod, { gracePeriodSeconds: 0 });

/** The oldest finished pods beyond the threshold. */
function excess(finished: readonly Pod[], view: View): readonly Write[] {
  const count = finished.length - view.options.terminatedPodThreshold;
  if (count <= 0 || view.options.terminatedPodThreshold <= 0) return [];
  const oldest = [...finished].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  return oldest.slice(0, count).map(removal);
}

function orphans(pods: readonly Pod[], view: View): Outcome {
  const running = pods.filter((pod) => !podIsTerminal(pod));
  return { batches: [running.map((pod) => updateStatus<Pod>('pods', failed(pod, view), { accept: [404, 409] })), pods.map(removal)] };
}

function failed(pod: Pod, view: View): Pod {
  const condition: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: view.timestamp,
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
  const others = (pod.status.conditions ?? []).filter((one) => one.type !== condition.type);
  return { ...pod, status: { ...pod.status, phase: 'Failed', conditions: [...others, condition] } };
}

export const podGarbageCollector = defineController({
  name: 'pod-garbage-collector',
  workers: 1,
  periodic: { key: ALL, everyMs: POD_GC_PERIOD_MS },
  watches: [
    { resource: 'pods', indexes: [byNodeName, byFate] },
    { resource: 'nodes', keys: nodeKeys, delayMs: () => ORPHAN_QUARANTINE_MS },
  ],
  reconcile,
});
