// The arithmetic of a rolling update: how many pods may be too many, how many too few, and what to scale next.
// Models: kubernetes v1.37 pkg/controller/deployment/{rolling,sync}.go, util/deployment_util.go
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import { isRolling, maxSurge, maxUnavailable } from './fenceposts.ts';
import { byCreation, MAX, numberAnnotation } from './revision.ts';

/** A ReplicaSet and the size it should get. */
export interface Scaling {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export const wantedOf = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + set.spec.replicas, 0);
export const availableOf = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
export const isActive = (set: ReplicaSet): boolean => set.spec.replicas > 0;

/** Size of the new ReplicaSet (its own spec counts in `all`). */
export function newSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const { replicas } = deployment.spec;
  if (!isRolling(deployment)) return replicas;
  const room = replicas + maxSurge(deployment) - wantedOf(all);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** Old ReplicaSets that lose pods now: first those that are not available anyway, then as many as may be missing. */
export function scaleDownOld(deployment: Deployment, newSet: ReplicaSet, old: readonly ReplicaSet[]): readonly Scaling[] {
  if (wantedOf(old) === 0) return [];
  const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
  const newUnavailable = newSet.spec.replicas - (newSet.status.availableReplicas ?? 0);
  const most = wantedOf([...old, newSet]) - minAvailable - newUnavailable;
  if (most <= 0) return [];
  const ordered = [...old].sort(byCreation);
  const sizes = new Map(ordered.map((set) => [set, set.spec.replicas]));
  let left = most;
  for (const set of ordered) {
    const { replicas } = set.spec;
    const available = set.status.availableReplicas ?? 0;
    if (left <= 0) break;
    // The ReplicaSet has not counted its last change yet: its numbers cannot be used, the rollout waits for them.
    if (replicas > 0 && available > replicas) return scalings(ordered, sizes);
    const count = Math.min(left, replicas - Math.min(available, replicas));
    sizes.set(set, replicas - count);
    left -= count;
  }
  let surplus = Math.max(0, availableOf([...old, newSet]) - minAvailable);
  for (const set of ordered) {
    const size = sizes.get(set)!;
    const count = Math.min(size, surplus);
    sizes.set(set, size - count);
    surplus -= count;
  }
  return scalings(ordered, sizes);
}

function scalings(sets: readonly ReplicaSet[], sizes: ReadonlyMap<ReplicaSet, number>): readonly Scaling[] {
  return sets.filter((set) => sizes.get(set) !== set.spec.replicas).map((set) => ({ set, replicas: sizes.get(set)! }));
}

/** A new size of the Deployment spread over ReplicaSets in the middle of a rollout, in proportion to theirs. */
export function proportional(deployment: Deployment, active: readonly ReplicaSet[]): readonly Scaling[] {
  const { replicas } = deployment.spec;
  const allowed = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const toAdd = allowed - wantedOf(active);
  const newerFirst = toAdd > 0 ? -1 : 1;
  const ordered = [...active].sort((a, b) => b.spec.replicas - a.spec.replicas || newerFirst * byCreation(a, b));
  let added = 0;
  const sizes = ordered.map((set) => {
    const share = portion(deployment, set, toAdd, added);
    added += share;
    return set.spec.replicas + share;
  });
  if (toAdd !== 0 && sizes.length > 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  return ordered.map((set, i) => ({ set, replicas: sizes[i]! }));
}

function portion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (set.spec.replicas === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction(deployment: Deployment, set: ReplicaSet): number {
  const { replicas } = deployment.spec;
  if (replicas === 0) return -set.spec.replicas;
  const before = numberAnnotation(set, MAX) ?? deployment.status.replicas ?? 0;
  if (before === 0) return 0;
  return Math.round((set.spec.replicas * (replicas + maxSurge(deployment))) / before) - set.spec.replicas;
}
