// Node lifecycle controller: a node that is not heard of becomes Unknown, its conditions become taints, its pods are no longer ready.
// Models: kubernetes v1.37 pkg/controller/nodelifecycle/node_lifecycle_controller.go
// Simplified: one zone; taints of unready nodes are set at once, not one per ten seconds.
import { sameData } from '../../apimachinery/equality.ts';
import { byNodeName } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { Lease } from '../../kinds/lease/lease.ts';
import type { Node, Taint } from '../../kinds/node/node.ts';
import type { Condition, Pod } from '../../kinds/pod/types.ts';
import { type Change, defineController, type EventDraft, NOTHING, type Outcome, type View, type Write } from '../controller.ts';
import { NODE_MONITOR_GRACE_MS, NODE_MONITOR_PERIOD_MS, NODE_STARTUP_GRACE_MS } from '../timings.ts';
import { patch, updateStatus } from '../writes.ts';

const ALL = '*';
/** Prefix of keys that only say hello to a node. */
const REGISTER = 'register ';
const REMOVED = 'removed ';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** Conditions a kubelet posts, in the order they are doubted. */
const POSTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** condition type and status → key of its NoSchedule taint. */
const SCHEDULE_TAINTS: Readonly<Record<string, string>> = {
  'Ready False': NOT_READY,
  'Ready Unknown': UNREACHABLE,
  'MemoryPressure True': 'node.kubernetes.io/memory-pressure',
  'DiskPressure True': 'node.kubernetes.io/disk-pressure',
  'NetworkUnavailable True': 'node.kubernetes.io/network-unavailable',
  'PIDPressure True': 'node.kubernetes.io/pid-pressure',
};
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const SCHEDULE_KEYS = new Set([...Object.values(SCHEDULE_TAINTS), UNSCHEDULABLE]);

function nodeKeys({ type, object, old }: Change<Node>): readonly string[] {
  const { name } = object.metadata;
  if (type === 'deleted') return [`${REMOVED}${name} ${object.metadata.uid}`];
  if (type === 'added') return [`${REGISTER}${name}`, name];
  return object.spec === old!.spec && object.status.conditions === old!.status.conditions ? [] : [name];
}

/** A pod bound to a node that is not ready cannot be ready either. */
function podKeys({ type, object, old }: Change<Pod>): readonly string[] {
  const { nodeName } = object.spec;
  return type === 'updated' && nodeName !== undefined && old!.spec.nodeName === undefined ? [nodeName] : [];
}

function conditionOf(node: Node, type: string): Condition | undefined {
  return node.status.conditions?.find((one) => one.type === type);
}

function reconcile(key: string, view: View): Outcome {
  if (key === ALL) return monitor(view);
  if (key.startsWith(REMOVED)) {
    const [name, uid] = key.slice(REMOVED.length).split(' ') as [string, string];
    return { events: [nodeEvent(name, uid, 'RemovingNode', `Removing Node ${name} from Controller`)] };
  }
  const node = view.list<Node>('nodes').get(key.startsWith(REGISTER) ? key.slice(REGISTER.length) : key);
  if (node === undefined) return NOTHING;
  const { name, uid } = node.metadata;
  if (key.startsWith(REGISTER)) return { events: [nodeEvent(name, uid, 'RegisteredNode', `Registered Node ${name} in Controller`)] };
  const taints = taintsOf(node, view);
  const writes: Write[] = sameData(taints, node.spec.taints ?? []) ? [] : [taintPatch(node, taints)];
  return { batches: [writes, markPods(node, view)] };
}

/** Events about nodes carry the uid a node controller knows. */
function nodeEvent(name: string, uid: string, reason: string, text: string): EventDraft {
  const subject = { kind: 'Node', name, uid, apiVersion: 'v1' };
  return { subject, type: 'Normal', reason, message: `Node ${name} event: ${text}` };
}

/** Milliseconds since 1970 of the last sign of life. */
function lastHeardOf(node: Node, view: View): number {
  const lease = view.list<Lease>('leases.coordination.k8s.io').get(`kube-node-lease/${node.metadata.name}`)?.spec.renewTime;
  const posted = conditionOf(node, 'Ready')?.lastHeartbeatTime;
  return Math.max(lease === undefined ? 0 : Date.parse(lease), posted ? Date.parse(posted) : 0);
}

/** Every five seconds: nodes that were silent too long. */
function monitor(view: View): Outcome {
  const writes: Write[] = [];
  const events: EventDraft[] = [];
  for (const node of view.list<Node>('nodes').all()) {
    const ready = conditionOf(node, 'Ready');
    if (ready?.status === 'Unknown') continue;
    const since = ready === undefined ? Date.parse(node.metadata.creationTimestamp) : lastHeardOf(node, view);
    if (view.wallNow - since <= (ready === undefined ? NODE_STARTUP_GRACE_MS : NODE_MONITOR_GRACE_MS)) continue;
    writes.push(updateStatus('nodes', doubted(node, view)));
    if (ready?.status !== 'True') continue;
    const { name, uid } = node.metadata;
    const message = `Node ${name} status is now: NodeNotReady`;
    events.push({ subject: { kind: 'Node', name, uid, apiVersion: 'v1' }, type: 'Normal', reason: 'NodeNotReady', message });
  }
  return { batches: [writes], events };
}

function doubted(node: Node, view: View): Node {
  const old = node.status.conditions ?? [];
  const kept = old.filter((one) => !POSTED.includes(one.type));
  const conditions = POSTED.map((type): Condition => {
    const known = conditionOf(node, type);
    if (known === undefined) {
      return {
        type,
        status: 'Unknown',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: view.timestamp,
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
      };
    }
    return {
      ...known,
      status: 'Unknown',
      lastTransitionTime: view.timestamp,
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    };
  });
  const inPlace = old.map((one) => conditions.find((next) => next.type === one.type) ?? one);
  const added = conditions.filter((one) => !old.some((known) => known.type === one.type));
  return {
    ...node,
    status: { ...node.status, conditions: kept.length + conditions.length === inPlace.length ? inPlace : [...inPlace, ...added] },
  };
}

/** When not a single node is ready the fault is ours, and nobody is evicted. */
function allAreLost(view: View): boolean {
  for (const node of view.list<Node>('nodes').all()) if (conditionOf(node, 'Ready')?.status === 'True') return false;
  return true;
}

/** The node's taints with those that its conditions ask for. */
function taintsOf(node: Node, view: View): readonly Taint[] {
  const schedule = new Set<string>();
  for (const { type, status } of node.status.conditions ?? []) {
    const taint = SCHEDULE_TAINTS[`${type} ${status}`];
    if (taint !== undefined) schedule.add(taint);
  }
  if (conditionOf(node, 'Ready') === undefined) schedule.add(NOT_READY);
  if (node.spec.unschedulable === true) schedule.add(UNSCHEDULABLE);
  const ready = conditionOf(node, 'Ready')?.status;
  const evict = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined;
  const execute = evict === undefined || allAreLost(view) ? undefined : evict;
  const current = node.spec.taints ?? [];
  const kept = current.filter(({ key, effect }) => {
    if (effect === 'NoSchedule' && SCHEDULE_KEYS.has(key)) return schedule.has(key);
    if (effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE)) return key === execute;
    return true;
  });
  const has = (key: string, effect: Taint['effect']) => kept.some((taint) => taint.key === key && taint.effect === effect);
  const added: Taint[] = [...schedule]
    .filter((key) => !has(key, 'NoSchedule'))
    .map((key) => ({ key, effect: 'NoSchedule', timeAdded: view.timestamp }));
  if (execute !== undefined && !has(execute, 'NoExecute')) added.push({ key: execute, effect: 'NoExecute', timeAdded: view.timestamp });
  return added.length === 0 && kept.length === current.length ? current : [...kept, ...added];
}

function taintPatch(node: Node, taints: readonly Taint[]): Write {
  const write = patch('nodes', node, {
    metadata: { resourceVersion: node.metadata.resourceVersion },
    spec: { taints: taints.length === 0 ? null : taints },
  });
  return { ...write, request: { ...write.request, headers: { 'content-type': 'application/merge-patch+json' } } };
}

/** Pods of a node that is not ready: their condition Ready becomes False, containers stay as they were last seen. */
function markPods(node: Node, view: View): readonly Write[] {
  const ready = conditionOf(node, 'Ready');
  if (ready === undefined || ready.status === 'True') return [];
  const writes: Write[] = [];
  for (const pod of view.list<Pod>('pods').by('nodeName', node.metadata.name)) {
    const condition = pod.status.conditions?.find((one) => one.type === 'Ready');
    if (condition?.status !== 'True') continue;
    const next = { ...condition, status: 'False', lastTransitionTime: view.timestamp } as Condition;
    const conditions = pod.status.conditions!.map((one) => (one === condition ? next : one));
    const done: EventDraft = { subject: subjectOf(pod), type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' };
    writes.push(updateStatus<Pod>('pods', { ...pod, status: { ...pod.status, conditions } }, { done, accept: [404, 409] }));
  }
  return writes;
}

export const nodeLifecycleController = defineController({
  name: 'node-controller',
  workers: 8,
  periodic: { key: ALL, everyMs: NODE_MONITOR_PERIOD_MS },
  watches: [
    { resource: 'nodes', keys: nodeKeys },
    { resource: 'leases.coordination.k8s.io' },
    { resource: 'pods', indexes: [byNodeName], keys: podKeys },
  ],
  reconcile,
});
