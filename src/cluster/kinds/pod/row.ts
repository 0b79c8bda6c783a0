// The cells of `kubectl get pods`: READY, STATUS and RESTARTS by the fixed algorithm of the server's printer.
// Models: kubernetes v1.37 pkg/printers/internalversion/printers.go printPod
import { ageCell, humanDuration, type TableClock, type TableRow } from '../../apimachinery/table.ts';
import type { ContainerStatus, Pod } from './types.ts';

/** Native sidecar: an init container that keeps running. */
export function isSidecar(container: { readonly restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always';
}

interface Progress {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: number;
}

function terminatedReason(status: ContainerStatus): string {
  const ended = status.state.terminated!;
  if (ended.reason !== undefined && ended.reason !== '') return ended.reason;
  return ended.signal !== undefined && ended.signal !== 0 ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`;
}

function countRestart(status: ContainerStatus, progress: Progress): void {
  progress.restarts += status.restartCount;
  const finished = status.lastState.terminated?.finishedAt;
  if (finished) progress.lastRestart = Math.max(progress.lastRestart, Date.parse(finished));
}

/** True while the pod is initializing; writes the reason `Init:…`. */
function initProgress(pod: Pod, progress: Progress, sidecars: Progress): boolean {
  const containers = pod.spec.initContainers ?? [];
  const statuses = pod.status.initContainerStatuses ?? [];
  for (let i = 0; i < statuses.length; i++) {
    const status = statuses[i];
    const container = containers.find((one) => one.name === status.name);
    countRestart(status, progress);
    if (container !== undefined && isSidecar(container)) countRestart(status, sidecars);
    if (status.state.terminated?.exitCode === 0) continue;
    if (container !== undefined && isSidecar(container) && status.started === true) {
      if (status.ready) progress.ready += 1;
      continue;
    }
    if (status.state.terminated !== undefined) {
      progress.reason = `Init:${terminatedReason(status)}`;
    } else if (status.state.waiting?.reason && status.state.waiting.reason !== 'PodInitializing') {
      progress.reason = `Init:${status.state.waiting.reason}`;
    } else progress.reason = `Init:${i}/${containers.length}`;
    return true;
  }
  return false;
}

function mainProgress(pod: Pod, progress: Progress): boolean {
  const statuses = pod.status.containerStatuses ?? [];
  let hasRunning = false;
  for (let i = statuses.length - 1; i >= 0; i--) {
    const status = statuses[i];
    countRestart(status, progress);
    if (status.state.waiting?.reason) progress.reason = status.state.waiting.reason;
    else if (status.state.terminated !== undefined) progress.reason = terminatedReason(status);
    else if (status.ready && status.state.running !== undefined) {
      hasRunning = true;
      progress.ready += 1;
    }
  }
  return hasRunning;
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** What stands under STATUS, READY and RESTARTS. */
export function podSummary(pod: Pod): {
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  readonly lastRestart: number;
} {
  const status = pod.status ?? {};
  const total = pod.spec.containers.length + (pod.spec.initContainers ?? []).filter(isSidecar).length;
  let reason: string = status.reason || status.phase || '';
  if (status.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) reason = 'SchedulingGated';
  const progress: Progress = { reason, ready: 0, restarts: 0, lastRestart: 0 };
  const sidecars: Progress = { reason: '', ready: 0, restarts: 0, lastRestart: 0 };
  const initializing = initProgress(pod, progress, sidecars);
  const initialized = status.conditions?.some((one) => one.type === 'Initialized' && one.status === 'True') ?? false;
  if (!initializing || initialized) {
    progress.restarts = sidecars.restarts;
    progress.lastRestart = sidecars.lastRestart;
    const hasRunning = mainProgress(pod, progress);
    if (progress.reason === 'Completed') {
      const failed = pod.status.containerStatuses?.find((one) => one.state.terminated !== undefined && one.state.terminated.exitCode !== 0);
      if (hasRunning && isReady(pod)) progress.reason = 'Running';
      else if (failed !== undefined) progress.reason = terminatedReason(failed);
      else if (hasRunning) progress.reason = 'NotReady';
    }
  }
  if (pod.metadata.deletionTimestamp !== undefined && status.reason === 'NodeLost') progress.reason = 'Unknown';
  else if (pod.metadata.deletionTimestamp !== undefined && status.phase !== 'Failed' && status.phase !== 'Succeeded')
    progress.reason = 'Terminating';
  return { status: progress.reason, ready: progress.ready, total, restarts: progress.restarts, lastRestart: progress.lastRestart };
}

const SUCCEEDED = { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' };
const FAILED = { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' };

export function podRow(pod: Pod, clock: TableClock): TableRow {
  const { status, ready, total, restarts, lastRestart } = podSummary(pod);
  const restartsText =
    restarts !== 0 && lastRestart !== 0 ? `${restarts} (${humanDuration((clock.nowMs - lastRestart) / 1000)} ago)` : String(restarts);
  const gates = pod.spec.readinessGates ?? [];
  const trueGates = gates.filter((gate) => pod.status.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'));
  const cells = [
    pod.metadata.name,
    `${ready}/${total}`,
    status,
    restartsText,
    ageCell(pod.metadata.creationTimestamp, clock),
    pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
    pod.spec.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    gates.length === 0 ? '<none>' : `${trueGates.length}/${gates.length}`,
  ];
  const phase = pod.status?.phase;
  return phase === 'Succeeded' ? { cells, conditions: [SUCCEEDED] } : phase === 'Failed' ? { cells, conditions: [FAILED] } : { cells };
}
