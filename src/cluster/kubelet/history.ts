// A kubelet that meets a pod which ran here before (the machine was off): its sandbox is gone, its containers start again.
// Models: kubernetes v1.37 pkg/kubelet/kuberuntime after a reboot; containerd reports such containers as exit code 255, Unknown
import type { ContainerState } from '../kinds/pod/types.ts';
import type { PodRow, Termination } from './rows.ts';

/** Takes over restart counts and last states from the status in the API. True when the pod had a sandbox. */
export function adoptHistory(row: PodRow): boolean {
  const { status } = row.pod;
  if (row.isStatic || status.podIP === undefined) return false;
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of row.containers) {
    const known = all.find(({ name }) => name === container.spec.name);
    if (known?.containerID === undefined) continue;
    container.restartCount = known.restartCount + 1;
    container.lastTermination = terminationOf(row, known.state, known.containerID);
  }
  return true;
}

function terminationOf(row: PodRow, state: ContainerState, containerID: string): Termination {
  const { sim } = row.node;
  const end = state.terminated;
  return {
    exitCode: end?.exitCode ?? 255,
    reason: end?.reason ?? 'Unknown',
    ...(end?.message === undefined ? {} : { message: end.message }),
    startedAt: end?.startedAt ?? state.running?.startedAt ?? null,
    finishedAt: end?.finishedAt ?? sim.timestamp(),
    finishedMs: sim.now,
    containerID,
  };
}
