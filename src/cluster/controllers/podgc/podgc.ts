// Pod garbage collector: removes by force the pods no kubelet will ever remove, and the oldest of too many that have ended.
// Models: kubernetes v1.37 pkg/controller/podgc/gc_controller.go
import { byNodeName, type Index, NO_VALUES } from '../../client/cache.ts';
import type { Node } from '../../kinds/node/node.ts';
import { podIsTerminal } from '../../kinds/pod/facts.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import { defineController, type Outcome, type View, type Write } from '../controller.ts';
import { ORPHAN_QUARANTINE_MS, POD_GC_PERIOD_MS } from '../timings.ts';
import { patch, remove } from '../writes.ts';

const PASS = '/gc';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

const UNSCHEDULED: readonly string[] = ['unscheduled'];
const ENDED: readonly string[] = ['ended'];

/** What is garbage whatever its node does. */
const byGarbage: Index<Pod> = {
  name: 'garbage',
  values(pod) {
    if (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName) return UNSCHEDULED;
    return podIsTerminal(pod) ? ENDED : NO_VALUES;
  },
};

/** When a node with pods was first missed, in virtual milliseconds. */
type Memory = Readonly<Record<string, number>>;

const byAge = (a: Pod, b: Pod): number => {
  const evicted = Number(b.status.reason === 'Evicted') - Number(a.status.reason === 'Evicted');
  if (evicted !== 0) return evicted;
  const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (x !== y) return x < y ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
};

/** Ended pods above the threshold, the evicted and the oldest first. */
function tooMany(view: View): readonly Pod[] {
  const threshold = view.options.terminatedPodThreshold;
  const count = view.list<Pod>('pods').keysBy('garbage', 'ended').size - threshold;
  if (threshold <= 0 || count <= 0) return [];
  return view.list<Pod>('pods').by('garbage', 'ended').sort(byAge).slice(0, count);
}

/** Pods that should end on machines somebody declared out of service. */
function outOfService(view: View): readonly Pod[] {
  const pods: Pod[] = [];
  for (const node of view.list<Node>('nodes').all()) {
    if (node.spec.taints?.some((taint) => taint.key === OUT_OF_SERVICE) !== true) continue;
    if (node.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')) continue;
    const here = view.list<Pod>('pods').by('nodeName', node.metadata.name);
    pods.push(...here.filter((pod) => pod.metadata.deletionTimestamp !== undefined));
  }
  return pods.sort(byAge);
}

/** Nodes that pods name and that do not exist, with the time they were first missed. */
function missing(view: View, known: Memory): Memory {
  const found: Record<string, number> = {};
  const nodes = view.list<Node>('nodes');
  for (const name of view.list<Pod>('pods').values('nodeName')) {
    if (nodes.get(name) === undefined) found[name] = known[name] ?? view.now;
  }
  return found;
}

function reconcile(_key: string, view: View): Outcome {
  const marks: Write[] = [];
  const removals: Write[] = [];
  const seen = new Set<string>();
  const collect = (pod: Pod, reason?: object): void => {
    if (seen.has(pod.metadata.uid)) return;
    seen.add(pod.metadata.uid);
    if (!podIsTerminal(pod)) {
      const status = reason === undefined ? {} : { conditions: [{ ...reason, observedGeneration: pod.metadata.generation }] };
      const change = { metadata: { uid: pod.metadata.uid }, status: { phase: 'Failed', ...status } };
      marks.push(patch('pods', pod, change, { subresource: 'status', accept: [404, 409] }));
    }
    removals.push(remove('pods', pod, { gracePeriodSeconds: 0, accept: [404, 409] }));
  };
  for (const pod of tooMany(view)) collect(pod);
  for (const pod of outOfService(view)) collect(pod);
  const known = (view.memory as Memory | undefined) ?? {};
  const missed = missing(view, known);
  const orphan = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: view.timestamp,
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
  for (const name of Object.keys(missed)) {
    if (view.now - missed[name]! < ORPHAN_QUARANTINE_MS) continue;
    for (const pod of view.list<Pod>('pods').by('nodeName', name)) collect(pod, orphan);
  }
  for (const pod of view.list<Pod>('pods').by('garbage', 'unscheduled')) collect(pod);
  return { batches: [marks, removals], remember: missed };
}

export const podGcController = defineController({
  name: 'pod-garbage-collector',
  workers: 1,
  periodic: { key: PASS, everyMs: POD_GC_PERIOD_MS },
  watches: [{ resource: 'pods', indexes: [byNodeName, byGarbage] }, { resource: 'nodes' }],
  reconcile,
});
