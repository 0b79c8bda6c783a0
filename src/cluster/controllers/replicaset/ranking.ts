// Which pods a ReplicaSet gives up first: those whose loss hurts least.
// Models: kubernetes v1.37 pkg/controller/controller_utils.go ActivePodsWithRanks
import { podIsReady, podReadySince } from '../../kinds/pod/facts.ts';
import type { Pod } from '../../kinds/pod/types.ts';

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

export interface RankedPod {
  readonly pod: Pod;
  /** Active pods of related ReplicaSets on the same node. */
  readonly neighbours: number;
}

/** Sorted, first to go first. `wallNow` in milliseconds since 1970. */
export function inOrderOfDeletion(pods: readonly RankedPod[], wallNow: number): readonly Pod[] {
  return [...pods].sort((a, b) => compare(a, b, wallNow)).map((ranked) => ranked.pod);
}

function compare(a: RankedPod, b: RankedPod, wallNow: number): number {
  const assigned = Number(isAssigned(a.pod)) - Number(isAssigned(b.pod));
  if (assigned !== 0) return assigned;
  const phase = (PHASES[a.pod.status.phase ?? ''] ?? 0) - (PHASES[b.pod.status.phase ?? ''] ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(podIsReady(a.pod)) - Number(podIsReady(b.pod));
  if (ready !== 0) return ready;
  const cost = deletionCost(a.pod) - deletionCost(b.pod);
  if (cost !== 0) return cost;
  if (a.neighbours !== b.neighbours) return b.neighbours - a.neighbours;
  if (podIsReady(a.pod) && podIsReady(b.pod)) {
    const since = byAge(podReadySince(a.pod), podReadySince(b.pod), a.pod, b.pod, wallNow);
    if (since !== 0) return since;
  }
  const restarts = mostRestarts(b.pod) - mostRestarts(a.pod);
  if (restarts !== 0) return restarts;
  return byAge(createdAt(a.pod), createdAt(b.pod), a.pod, b.pod, wallNow);
}

const isAssigned = (pod: Pod): boolean => (pod.spec.nodeName ?? '') !== '';
const createdAt = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp);

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  return text !== undefined && /^(0|-?[1-9]\d*|\+[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function mostRestarts(pod: Pod): number {
  let most = 0;
  for (const status of pod.status.containerStatuses ?? []) most = Math.max(most, status.restartCount);
  return most;
}

/** Younger first, by powers of two of the age; within one power by uid. Unknown counts as youngest. */
function byAge(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, wallNow: number): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const rank = ageRank(wallNow - a) - ageRank(wallNow - b);
  if (rank !== 0) return rank;
  return podA.metadata.uid < podB.metadata.uid ? -1 : 1;
}

/** Whole part of the base-2 logarithm of an age in nanoseconds; -1 for none. */
function ageRank(ageMs: number): number {
  if (ageMs <= 0) return -1;
  let rank = 0;
  for (let rest = ageMs * 1e6; rest >= 2; rest /= 2) rank++;
  return rank;
}
