// DaemonSet controller: a pod on every node that fits, placed there by the scheduler through a node affinity to its name.
// Models: kubernetes v1.37 pkg/controller/daemon/{daemon_controller,update}.go, util/daemonset_util.go
// Simplified: no ControllerRevisions are kept, so `rollout history` and `undo` of a DaemonSet have nothing to show.
import { sameData } from '../../apimachinery/equality.ts';
import { memoByIdentity } from '../../apimachinery/memo.ts';
import { byController, byNamespace } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { DaemonSet } from '../../kinds/daemonset/daemonset.ts';
import type { Node } from '../../kinds/node/node.ts';
import { podIsActive, podIsAvailable, podIsReady } from '../../kinds/pod/facts.ts';
import { nodeSelectorMatches, untolerated } from '../../kinds/pod/placement.ts';
import type { Affinity, Pod, PodSpec, Toleration } from '../../kinds/pod/types.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type View, type Write } from '../controller.ts';
import { claim, controllerReference, ownersOf } from '../ownership.ts';
import { orphansByNamespace } from '../pod-indexes.ts';
import { create, remove, updateStatus } from '../writes.ts';
import { revisionHash } from './template-hash.ts';

const RESOURCE = 'daemonsets.apps';
const HASH_LABEL = 'controller-revision-hash';

/** Every DaemonSet pod tolerates these, whatever its template says. */
function addedTolerations(hostNetwork: boolean): readonly Toleration[] {
  const exists = (key: string, effect: Toleration['effect']): Toleration => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect,
  });
  return [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ];
}

const sameToleration = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key && a.operator === b.operator && a.effect === b.effect && a.value === b.value;

const tolerationsOf = memoByIdentity(({ tolerations: own = [], hostNetwork }: PodSpec): readonly Toleration[] => {
  const added = addedTolerations(hostNetwork === true);
  return [...own, ...added.filter((one) => !own.some((other) => sameToleration(one, other)))];
});

interface Verdict {
  /** Should a pod be started on the node? */
  readonly run: boolean;
  /** May one that runs there stay? */
  readonly stay: boolean;
}

/** One set is looked at again whenever one of its pods changes: what it thinks of a node is found out once per state of the node. */
const verdictsOf = memoByIdentity((spec: PodSpec) => memoByIdentity((node: Node) => judge(spec, node)));

function judge(spec: PodSpec, node: Node): Verdict {
  const { nodeName } = spec;
  const fits = (nodeName === undefined || nodeName === node.metadata.name) && nodeSelectorMatches(spec, node);
  if (!fits) return { run: false, stay: false };
  const tolerant = { ...spec, tolerations: tolerationsOf(spec) };
  return {
    run: untolerated(tolerant, node, ['NoSchedule', 'NoExecute']) === undefined,
    stay: untolerated(tolerant, node, ['NoExecute']) === undefined,
  };
}

/** The template's affinity with the node's name required in every term. */
function affinityTo(node: string, affinity: Affinity | undefined): Affinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

function creation(set: DaemonSet, node: string): Write {
  const { metadata = {}, spec } = set.spec.template;
  const body = {
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: {
        ...metadata.labels,
        [HASH_LABEL]: revisionHash(set.spec.template),
        'pod-template-generation': set.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '1',
      },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ownerReferences: [controllerReference(set)],
    },
    spec: { ...spec, affinity: affinityTo(node, spec.affinity), tolerations: tolerationsOf(spec) },
  };
  const subject = subjectOf(set);
  return create('pods', set.metadata.namespace, body, {
    done: { subject, type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
    refused: { subject, type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
  });
}

function deletion(set: DaemonSet, pod: Pod): Write {
  return remove('pods', pod, {
    done: { subject: subjectOf(set), type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` },
  });
}

/** The node a pod is on, or is meant for. */
function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0];
}

function percentOf(value: number | string | undefined, total: number): number {
  if (typeof value === 'number') return value;
  return value === undefined ? 0 : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** Pods of old templates that may go now so that not too many nodes are without. */
function outdated(set: DaemonSet, wanted: readonly Node[], byNode: ReadonlyMap<string, readonly Pod[]>, view: View): readonly Pod[] {
  if (set.spec.updateStrategy.type !== 'RollingUpdate') return [];
  const hash = revisionHash(set.spec.template);
  let allowed = Math.max(1, percentOf(set.spec.updateStrategy.rollingUpdate?.maxUnavailable, wanted.length));
  const old: Pod[] = [];
  const broken: Pod[] = [];
  for (const { metadata } of wanted) {
    const pods = byNode.get(metadata.name) ?? [];
    const available = pods.some((pod) => podIsAvailable(pod, set.spec.minReadySeconds ?? 0, view.wallNow));
    if (!available) allowed -= 1;
    for (const pod of pods) {
      if (pod.metadata.labels?.[HASH_LABEL] === hash || pod.metadata.deletionTimestamp !== undefined) continue;
      (available ? old : broken).push(pod);
    }
  }
  return [...broken, ...old.slice(0, Math.max(0, allowed))];
}

function statusOf(
  set: DaemonSet,
  nodes: readonly Node[],
  wanted: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  view: View,
): DaemonSet | undefined {
  const hash = revisionHash(set.spec.template);
  const chosen = new Set(wanted.map((node) => node.metadata.name));
  const counts = { current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const { metadata } of nodes) {
    const pod = (byNode.get(metadata.name) ?? [])[0];
    if (pod === undefined) continue;
    if (!chosen.has(metadata.name)) {
      counts.misscheduled += 1;
      continue;
    }
    counts.current += 1;
    if (podIsReady(pod)) counts.ready += 1;
    if (podIsAvailable(pod, set.spec.minReadySeconds ?? 0, view.wallNow)) counts.available += 1;
    if (pod.metadata.labels?.[HASH_LABEL] === hash) counts.updated += 1;
  }
  const unavailable = wanted.length - counts.available;
  const status: DaemonSet['status'] = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: wanted.length,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    ...(counts.updated === 0 ? {} : { updatedNumberScheduled: counts.updated }),
    ...(counts.available === 0 ? {} : { numberAvailable: counts.available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
  };
  return sameData(status, set.status) ? undefined : { ...set, status };
}

function reconcile(key: string, view: View): Outcome {
  const set = view.list<DaemonSet>(RESOURCE).get(key);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return NOTHING;
  const podCache = view.list<Pod>('pods');
  const claimed = claim(
    set,
    'pods',
    set.spec.selector,
    podCache.by('controller', set.metadata.uid),
    podCache.by('orphans', set.metadata.namespace!),
  );
  const byNode = new Map<string, Pod[]>();
  for (const pod of claimed.mine) {
    const node = nodeOf(pod);
    if (node === undefined) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  const nodes = [...view.list<Node>('nodes').all()];
  const wanted: Node[] = [];
  const writes: Write[] = [...claimed.writes];
  const verdict = verdictsOf(set.spec.template.spec);
  for (const node of nodes) {
    const { run, stay } = verdict(node);
    const pods = byNode.get(node.metadata.name) ?? [];
    if (run) wanted.push(node);
    const alive = pods.filter(podIsActive);
    if (run && alive.length === 0 && pods.every((pod) => pod.metadata.deletionTimestamp === undefined))
      writes.push(creation(set, node.metadata.name));
    for (const pod of pods) if (!podIsActive(pod) && pod.metadata.deletionTimestamp === undefined) writes.push(deletion(set, pod));
    const surplus = stay ? alive.slice(1) : alive;
    for (const pod of surplus) writes.push(deletion(set, pod));
  }
  if (writes.length === 0) for (const pod of outdated(set, wanted, byNode, view)) writes.push(deletion(set, pod));
  const status = statusOf(set, nodes, wanted, byNode, view);
  return { batches: [writes, status === undefined ? [] : [updateStatus(RESOURCE, status)]] };
}

export const daemonSetController = defineController({
  name: 'daemon-set-controller',
  component: 'daemonset-controller',
  workers: 2,
  watches: [
    { resource: RESOURCE, indexes: [byNamespace], keys: ownKey },
    {
      resource: 'pods',
      indexes: [byController, orphansByNamespace],
      keys: ({ object, old }: Change<Pod>, view: View) => ownersOf(object, old, 'DaemonSet', view.list<DaemonSet>(RESOURCE)),
    },
    {
      resource: 'nodes',
      keys({ type, object, old }: Change<Node>, view: View) {
        const same =
          type === 'updated' &&
          old !== undefined &&
          sameData(object.spec, old.spec) &&
          sameData(object.metadata.labels, old.metadata.labels);
        return same ? [] : [...view.list<DaemonSet>(RESOURCE).all()].map((set) => `${set.metadata.namespace}/${set.metadata.name}`);
      },
    },
  ],
  reconcile,
});
