// How many pods may be too many during a rolling update, and how many too few.
// Models: kubernetes v1.37 pkg/controller/deployment/util/deployment_util.go ResolveFenceposts
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import type { IntOrString } from '../../kinds/pod/types.ts';

export function resolve(value: IntOrString | undefined, total: number, up: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (Number.parseInt(value, 10) * total) / 100;
  return up ? Math.ceil(share) : Math.floor(share);
}

/** Surge and unavailable in pods; both zero would never move, so one may be unavailable. */
export function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { replicas, strategy } = deployment.spec;
  const surge = resolve(strategy.rollingUpdate?.maxSurge, replicas, true);
  const unavailable = resolve(strategy.rollingUpdate?.maxUnavailable, replicas, false);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy.type === 'RollingUpdate';

export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

export function maxUnavailable(deployment: Deployment): number {
  const { replicas } = deployment.spec;
  if (!isRolling(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}
