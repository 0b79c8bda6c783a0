// Node lifecycle controller: watches the heartbeats, declares silent nodes Unknown, and taints nodes by their conditions.
// Models: kubernetes v1.37 pkg/controller/nodelifecycle/node_lifecycle_controller.go
import { sameData } from '../../apimachinery/equality.ts';
import { byNodeName } from '../../client/cache.ts';
import type { Lease } from '../../kinds/lease/lease.ts';
import type { Node } from '../../kinds/node/node.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import { type Change, defineController, type EventDraft, NOTHING, type Outcome, type View, type Write } from '../controller.ts';
import { declareUnknown, isSilent, nodeSubject, podsNotReady } from './health.ts';
import { NODE_MONITOR_PERIOD_MS, NODE_TAINT_PERIOD_MS } from '../timings.ts';
import { readyStatus, taintPatch, withNoExecute, withNoSchedule } from './taints.ts';
import { type Zones, zoneOf, zonesOf } from './zones.ts';

/** Not a node's name: the pass over all of them. */
const PASS = '/health';

/** What the passes know of each other. Plain data. */
type Memory = {
  /** Nobody listened before; milliseconds since 1970. */
  readonly since: number;
  /** uid by name of the nodes that were there. */
  readonly known: Readonly<Record<string, string>>;
  /** No node was ready. */
  readonly disrupted: boolean;
  /** When a node of the zone got its last NoExecute taint. */
  readonly taintedAt: Readonly<Record<string, number>>;
  /** Declared Unknown, their pods still to be marked. */
  readonly marking: readonly string[];
};

function memberEvents(nodes: readonly Node[], known: Readonly<Record<string, string>>): readonly EventDraft[] {
  const draft = (name: string, uid: string, reason: string, text: string): EventDraft => ({
    subject: nodeSubject(name, uid),
    type: 'Normal',
    reason,
    message: `Node ${name} event: ${text}`,
  });
  const here = new Set(nodes.map((node) => node.metadata.name));
  return [
    ...nodes
      .filter(({ metadata }) => known[metadata.name] === undefined)
      .map(({ metadata }) => draft(metadata.name, metadata.uid, 'RegisteredNode', `Registered Node ${metadata.name} in Controller`)),
    ...Object.keys(known)
      .filter((name) => !here.has(name))
      .map((name) => draft(name, known[name]!, 'RemovingNode', `Removing Node ${name} from Controller`)),
  ];
}

interface Tainting {
  readonly writes: readonly Write[];
  readonly taintedAt: Readonly<Record<string, number>>;
  /** Somebody waits for the rate or for a taint of the other effect. */
  readonly againMs: number | undefined;
}

/** NoExecute taints of this pass, at most one first taint per zone and interval. */
function noExecute(nodes: readonly Node[], zones: Zones, memory: Memory, view: View): Tainting {
  const writes: Write[] = [];
  const taintedAt = { ...memory.taintedAt };
  let againMs = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const change = withNoExecute(node, view.timestamp, zones.disrupted);
    if (change === undefined) continue;
    if (withNoSchedule(node, view.timestamp) !== undefined) {
      // The other key of this controller is about to write the same list.
      againMs = Math.min(againMs, NODE_TAINT_PERIOD_MS);
      continue;
    }
    if (change.first) {
      const zone = zoneOf(node);
      const last = taintedAt[zone];
      const everyMs = zones.everyMs(node);
      const waitMs = last === undefined && everyMs < Number.POSITIVE_INFINITY ? 0 : (last ?? view.now) + everyMs - view.now;
      if (waitMs > 0) {
        againMs = Math.min(againMs, waitMs);
        continue;
      }
      taintedAt[zone] = view.now;
    }
    writes.push(taintPatch(node, change.taints));
  }
  return { writes, taintedAt, againMs: againMs < NODE_MONITOR_PERIOD_MS ? againMs : undefined };
}

/** One look at every node. */
function pass(view: View): Outcome {
  const nodes = [...view.list<Node>('nodes').all()];
  const leases = view.list<Lease>('leases.coordination.k8s.io');
  const pods = view.list<Pod>('pods');
  const first: Memory = { since: view.wallNow, known: {}, disrupted: false, taintedAt: {}, marking: [] };
  const memory = (view.memory as Memory | undefined) ?? first;
  const silent = new Set<Node>();
  for (const node of nodes) {
    const lease = leases.get(`kube-node-lease/${node.metadata.name}`);
    if (readyStatus(node) !== 'Unknown' && isSilent(node, lease, memory.since, view.wallNow)) silent.add(node);
  }
  const zones = zonesOf(nodes, (node) => readyStatus(node) === 'True' && !silent.has(node));
  const { disrupted } = zones;
  // Those declared in this pass are tainted in the next look, when the cache shows them.
  const tainting = noExecute(
    nodes.filter((node) => !silent.has(node)),
    zones,
    memory,
    view,
  );
  const marks = memory.marking
    .filter((name) => {
      const node = view.list<Node>('nodes').get(name);
      return node !== undefined && readyStatus(node) === 'Unknown';
    })
    .flatMap((name) => podsNotReady(pods.by('nodeName', name), view.timestamp));
  const events = memberEvents(nodes, memory.known);
  const marking = [...silent].filter((node) => readyStatus(node) === 'True').map((node) => node.metadata.name);
  const remember: Memory = {
    // After a general outage every node gets its full time again.
    since: memory.disrupted && !disrupted ? view.wallNow : memory.since,
    known: events.length === 0 ? memory.known : Object.fromEntries(nodes.map(({ metadata }) => [metadata.name, metadata.uid])),
    disrupted,
    taintedAt: tainting.taintedAt,
    marking,
  };
  const againMs = silent.size > 0 ? 1 : tainting.againMs;
  return {
    events,
    batches: [[...[...silent].map((node) => declareUnknown(node, view.timestamp)), ...marks], tainting.writes],
    remember: sameData(remember, memory) ? (view.memory === undefined ? remember : undefined) : remember,
    ...(againMs === undefined ? {} : { requeueAfterMs: againMs }),
  };
}

function reconcile(key: string, view: View): Outcome {
  if (key === PASS) return pass(view);
  const node = view.list<Node>('nodes').get(key);
  const taints = node && withNoSchedule(node, view.timestamp);
  return taints === undefined ? NOTHING : { batches: [[taintPatch(node!, taints)]] };
}

export const nodeLifecycleController = defineController({
  name: 'node-controller',
  workers: 8,
  periodic: { key: PASS, everyMs: NODE_MONITOR_PERIOD_MS },
  watches: [
    {
      resource: 'nodes',
      keys: ({ type, object, old }: Change<Node>) =>
        type === 'deleted' || (old !== undefined && old.spec === object.spec && old.status.conditions === object.status.conditions)
          ? []
          : [object.metadata.name],
    },
    { resource: 'leases.coordination.k8s.io' },
    { resource: 'pods', indexes: [byNodeName] },
  ],
  reconcile,
});
