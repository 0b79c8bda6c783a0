// How ill a zone is decides how fast its nodes lose their pods, so that a cut cable does not empty half a cluster.
// Models: kubernetes v1.37 pkg/controller/nodelifecycle (ComputeZoneState, handleDisruption, setLimiterInZone)
import type { Node } from '../../kinds/node/node.ts';
import { NODE_EVICTION_EVERY_MS, NODE_SECONDARY_EVICTION_EVERY_MS } from '../timings.ts';

const UNHEALTHY_ZONE_THRESHOLD = 0.55;
const LARGE_CLUSTER_NODES = 50;

export interface Zones {
  /** Between two nodes of the zone that get a NoExecute taint; infinite = none does. */
  everyMs(node: Node): number;
  /** No node anywhere is ready: more likely the control plane lost its network than all of them theirs. */
  readonly disrupted: boolean;
}

export function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return `${region}:${zone}`;
}

/** `ready` says what Ready is after this pass. */
export function zonesOf(nodes: readonly Node[], ready: (node: Node) => boolean): Zones {
  const counts = new Map<string, { ready: number; unready: number }>();
  for (const node of nodes) {
    if (node.metadata.labels?.['node.kubernetes.io/exclude-disruption'] !== undefined) continue;
    const zone = zoneOf(node);
    const count = counts.get(zone) ?? { ready: 0, unready: 0 };
    if (ready(node)) count.ready += 1;
    else count.unready += 1;
    counts.set(zone, count);
  }
  return {
    disrupted: counts.size > 0 && [...counts.values()].every((count) => count.ready === 0),
    everyMs(node) {
      const count = counts.get(zoneOf(node));
      // A zone where nothing is ready keeps the usual rate as long as another one is well.
      if (count === undefined || count.ready === 0) return NODE_EVICTION_EVERY_MS;
      const size = count.ready + count.unready;
      const partly = count.unready > 2 && count.unready / size >= UNHEALTHY_ZONE_THRESHOLD;
      if (!partly) return NODE_EVICTION_EVERY_MS;
      return size > LARGE_CLUSTER_NODES ? NODE_SECONDARY_EVICTION_EVERY_MS : Number.POSITIVE_INFINITY;
    },
  };
}
