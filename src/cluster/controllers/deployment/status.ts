// What a Deployment says about itself: counts, and the conditions Available, Progressing and ReplicaFailure.
// Models: kubernetes v1.37 pkg/controller/deployment/{sync,progress}.go
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import type { Condition } from '../../kinds/pod/types.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import type { View } from '../controller.ts';
import { maxUnavailable } from './fenceposts.ts';
import { availableOf, wantedOf } from './rolling.ts';

export type DeploymentStatus = Deployment['status'];

/** `progressDeadlineSeconds` of this size means none. */
const NO_DEADLINE = 2_147_483_647;

export const hasDeadline = (deployment: Deployment): boolean =>
  deployment.spec.progressDeadlineSeconds !== undefined && deployment.spec.progressDeadlineSeconds !== NO_DEADLINE;

export function conditionOf(status: DeploymentStatus, type: string): Condition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

export function newCondition(view: View, type: string, status: Condition['status'], reason: string, message: string): Condition {
  return { type, status, lastUpdateTime: view.timestamp, lastTransitionTime: view.timestamp, reason, message };
}

/** Replaces the condition of the type, unless status and reason say the same already. */
export function withCondition(status: DeploymentStatus, condition: Condition): DeploymentStatus {
  const current = conditionOf(status, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return status;
  const next = current?.status === condition.status ? { ...condition, lastTransitionTime: current.lastTransitionTime } : condition;
  return { ...status, conditions: [...withoutCondition(status, condition.type), next] };
}

function withoutCondition(status: DeploymentStatus, type: string): readonly Condition[] {
  return (status.conditions ?? []).filter((one) => one.type !== type);
}

type Count = 'replicas' | 'readyReplicas' | 'terminatingReplicas';
const sum = (sets: readonly ReplicaSet[], field: Count): number => sets.reduce((total, set) => total + (set.status[field] ?? 0), 0);

/** Counts and the condition Available. */
export function countedStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  view: View,
): DeploymentStatus {
  const available = availableOf(all);
  const counts = {
    replicas: sum(all, 'replicas'),
    updatedReplicas: newSet?.status.replicas ?? 0,
    readyReplicas: sum(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedOf(all) - available),
  };
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
    terminatingReplicas: sum(all, 'terminatingReplicas'),
    ...(deployment.status.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    ...(deployment.status.conditions === undefined ? {} : { conditions: deployment.status.conditions }),
  };
  const enough = available >= deployment.spec.replicas - maxUnavailable(deployment);
  return withCondition(
    status,
    enough
      ? newCondition(view, 'Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
      : newCondition(view, 'Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'),
  );
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const { replicas } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(old: DeploymentStatus, next: DeploymentStatus): boolean {
  const outdated = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(next) < outdated(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

/** Milliseconds until the progress deadline, negative when it has passed. */
function untilDeadline(deployment: Deployment, condition: Condition, view: View): number {
  return Date.parse(condition.lastUpdateTime!) + deployment.spec.progressDeadlineSeconds! * 1000 - view.wallNow;
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, view: View): boolean {
  const condition = conditionOf(status, 'Progressing');
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  return condition.reason === 'ProgressDeadlineExceeded' || untilDeadline(deployment, condition, view) < 0;
}

/** The status after a step of a rollout. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  view: View,
): DeploymentStatus {
  let status = countedStatus(deployment, all, newSet, view);
  const current = conditionOf(deployment.status, 'Progressing');
  if (!hasDeadline(deployment)) status = { ...status, conditions: withoutCondition(status, 'Progressing') };
  const done = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (hasDeadline(deployment) && !done) status = progress(deployment, status, newSet, view, current);
  const failure = failureOf(all, newSet);
  if (failure !== undefined) return withCondition(status, failure);
  return conditionOf(status, 'ReplicaFailure') === undefined
    ? status
    : { ...status, conditions: withoutCondition(status, 'ReplicaFailure') };
}

function progress(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  view: View,
  current: Condition | undefined,
): DeploymentStatus {
  const who = newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(deployment, status)) {
    return withCondition(
      status,
      newCondition(view, 'Progressing', 'True', 'NewReplicaSetAvailable', `${who} has successfully progressed.`),
    );
  }
  if (isProgressing(deployment.status, status)) {
    const condition = newCondition(view, 'Progressing', 'True', 'ReplicaSetUpdated', `${who} is progressing.`);
    const since = current?.status === 'True' ? { ...condition, lastTransitionTime: current.lastTransitionTime } : condition;
    // Every step renews lastUpdateTime: the deadline starts again.
    return { ...status, conditions: [...withoutCondition(status, 'Progressing'), since] };
  }
  if (isTimedOut(deployment, status, view)) {
    return withCondition(
      status,
      newCondition(view, 'Progressing', 'False', 'ProgressDeadlineExceeded', `${who} has timed out progressing.`),
    );
  }
  return status;
}

function failureOf(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  const failed = (set: ReplicaSet | undefined) => set?.status.conditions?.find((one) => one.type === 'ReplicaFailure');
  const found = failed(newSet) ?? all.map(failed).find((one) => one !== undefined);
  if (found === undefined) return undefined;
  const { status, lastTransitionTime, reason, message } = found;
  return { type: 'ReplicaFailure', status, lastUpdateTime: lastTransitionTime, lastTransitionTime, reason, message };
}

/** When to look again at a rollout that does not move. */
export function deadlineCheckMs(deployment: Deployment, status: DeploymentStatus, view: View): number | undefined {
  const current = conditionOf(status, 'Progressing');
  if (!hasDeadline(deployment) || current === undefined) return undefined;
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded' || current.reason === 'NewReplicaSetAvailable')
    return undefined;
  return Math.max(1000, untilDeadline(deployment, current, view) + 1000);
}
