// What a pod's status says, in the words every component uses: active, ready, available, terminal.
// Models: kubernetes v1.37 pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go
import type { Condition, Pod } from './types.ts';

export function podCondition(pod: Pod, type: string): Condition | undefined {
  const conditions = pod.status.conditions;
  if (conditions !== undefined) for (const one of conditions) if (one.type === type) return one;
  return undefined;
}

export function podIsReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Succeeded or Failed: it will never run again. */
export function podIsTerminal(pod: Pod): boolean {
  const { phase } = pod.status;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Counts towards a controller's replicas: neither terminal nor being deleted. */
export function podIsActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !podIsTerminal(pod);
}

export function podIsTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !podIsTerminal(pod);
}

/** Milliseconds since 1970 of the moment the pod became ready; undefined when it is not. */
export function podReadySince(pod: Pod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True' || !ready.lastTransitionTime) return undefined;
  return Date.parse(ready.lastTransitionTime);
}

/** Ready for at least so long; `wallNow` in milliseconds since 1970. */
export function podIsAvailable(pod: Pod, minReadySeconds: number, wallNow: number): boolean {
  if (minReadySeconds === 0) return podIsReady(pod);
  const since = podReadySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= wallNow;
}
