// eviction: a deletion that respects disruption budgets.
// Models: kubernetes v1.37 pkg/registry/core/pod/storage/eviction.go
import { matchesSelector } from '../../apimachinery/labels.ts';
import type { AnyObject, Status } from '../../apimachinery/object.ts';
import type { ApiResponse } from '../../apimachinery/rest.ts';
import { badRequest, failure, internalFailure, methodNotAllowed, notFound } from '../../apimachinery/status-error.ts';
import { parseBody } from '../body.ts';
import { storeKey } from '../core.ts';
import { removeObject } from '../delete.ts';
import { present } from '../present.ts';
import { queryValues } from '../routes.ts';
import type { Scope } from '../scope.ts';

const EVICTED = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const satisfies Status;
const BUDGETS = 'poddisruptionbudgets.policy';
/** A budget that has seen this many evictions at once must settle first. */
const MAX_DISRUPTED_PODS = 2000;

export function evict(scope: Scope): ApiResponse {
  if (scope.request.method !== 'POST') throw methodNotAllowed();
  const { core, route } = scope;
  const eviction = parseBody(scope.request, 'Eviction').value as { metadata?: { name?: string }; deleteOptions?: any };
  if (eviction.metadata?.name !== undefined && eviction.metadata.name !== route.name) {
    throw badRequest(`the name of the object (${eviction.metadata.name}) does not match the name on the URL (${route.name})`);
  }
  scope.dryRun = queryValues(scope.request, 'dryRun').includes('All') || (eviction.deleteOptions?.dryRun?.length ?? 0) > 0;
  const pod = core.store.get('pods', storeKey(route.namespace, route.name!));
  if (pod === undefined) throw notFound('', 'pods', route.name!);
  if (!ignoresBudgets(pod)) checkBudgets(scope, pod);
  removeObject(scope, withDisruptionTarget(scope, pod), eviction.deleteOptions ?? {});
  return present(scope, EVICTED as unknown as AnyObject, 201);
}

function ignoresBudgets(pod: AnyObject): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(pod['status']?.phase) || pod.metadata.deletionTimestamp !== undefined;
}

function isReady(pod: AnyObject): boolean {
  return pod['status']?.conditions?.some((one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True') ?? false;
}

function checkBudgets(scope: Scope, pod: AnyObject): void {
  const { core, route } = scope;
  const budgets = scope.list(BUDGETS, route.namespace).filter((budget) => matchesSelector(budget['spec'].selector, pod.metadata.labels));
  if (budgets.length > 1) {
    throw internalFailure('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  }
  const budget = budgets[0];
  if (budget === undefined) return;
  const status = budget['status'] ?? {};
  const policy = budget['spec'].unhealthyPodEvictionPolicy;
  if (
    !isReady(pod) &&
    (policy === 'AlwaysAllow' || ((status.currentHealthy ?? 0) >= (status.desiredHealthy ?? 0) && (status.desiredHealthy ?? 0) > 0))
  )
    return;
  const name = budget.metadata.name;
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw tooMany(name, `The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if ((status.disruptionsAllowed ?? 0) < 0) throw internalFailure('pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS) {
    throw internalFailure('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if ((status.disruptionsAllowed ?? 0) === 0) {
    throw tooMany(
      name,
      `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
      0,
    );
  }
  const next = {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: status.disruptionsAllowed - 1,
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: scope.now },
    },
  };
  core.write(scope, core.routes.kind(BUDGETS)!, next, budget);
}

function tooMany(_budget: string, message: string, retryAfterSeconds: number) {
  return failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}

function withDisruptionTarget(scope: Scope, pod: AnyObject): AnyObject {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: scope.now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const others = (pod['status']?.conditions ?? []).filter((one: { type: string }) => one.type !== 'DisruptionTarget');
  return scope.core.write(scope, scope.route.kind, { ...pod, status: { ...pod['status'], conditions: [...others, condition] } }, pod);
}
