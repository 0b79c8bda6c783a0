// In-place resize: a changed request is allocated when the node has room for it, else deferred until it has; containers whose policy
// says so are restarted for it.
// Models: kubernetes v1.37 pkg/kubelet/allocation/allocation_manager.go, kuberuntime_manager.go doPodResizeAction
// Simplified: a resize is done as soon as it is allocated; PodResizeInProgress is never seen.
import { sameData } from '../apimachinery/equality.ts';
import { type EventSubject, subjectOf } from '../client/recorder.ts';
import type { Container } from '../kinds/pod/types.ts';
import { shortage } from './admission.ts';
import type { Fleet } from './fleet.ts';
import type { ContainerRow, PodRow } from './rows.ts';

/** Looks whether the spec asks for other resources than are allocated, and does what can be done. */
export function considerResize(fleet: Fleet, pod: PodRow): void {
  const changed = pod.containers.filter(({ role, spec, allocated }) => role !== 'ephemeral' && !sameData(spec.resources, allocated));
  if (changed.length === 0 || pod.terminating) {
    pod.resizeDeferred = undefined;
    return;
  }
  const { node } = pod;
  const before = changed.map(({ allocated }) => allocated);
  node.count(pod, -1);
  for (const container of changed) container.allocated = container.spec.resources;
  const lack = shortage(pod);
  if (lack === undefined) {
    node.count(pod, 1);
    pod.resizeDeferred = undefined;
    carryOut(fleet, pod, changed, before);
    return;
  }
  changed.forEach((container, at) => {
    container.allocated = before[at];
  });
  node.count(pod, 1);
  if (pod.resizeDeferred === lack.message) return;
  pod.resizeDeferred = lack.message;
  tell(pod, 'Warning', 'ResizeDeferred', `Pod resize ${lack.reason}: ${wordsOf(pod, lack.message)}`);
  fleet.status.publish(pod);
}

function carryOut(fleet: Fleet, pod: PodRow, changed: readonly ContainerRow[], before: readonly Container['resources'][]): void {
  tell(pod, 'Normal', 'ResizeStarted', `Pod resize started: ${wordsOf(pod)}`);
  changed.forEach((container, at) => {
    if (!needsRestart(container.spec, before[at]) || !fleet.containerMachine.matches(container.row, 'Running')) return;
    container.stopMessage = `Container ${container.spec.name} resize requires restart`;
    container.restartWanted = true;
    container.stopGraceMs = (pod.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    fleet.containerMachine.send(container.row, { type: 'STOP' });
  });
  tell(pod, 'Normal', 'ResizeCompleted', `Pod resize completed: ${wordsOf(pod)}`);
  fleet.status.publish(pod);
}

function needsRestart({ resizePolicy = [], resources }: Container, before: Container['resources']): boolean {
  return resizePolicy.some(({ resourceName, restartPolicy }) => {
    if (restartPolicy !== 'RestartContainer') return false;
    return (
      resources?.limits?.[resourceName] !== before?.limits?.[resourceName] ||
      resources?.requests?.[resourceName] !== before?.requests?.[resourceName]
    );
  });
}

function wordsOf({ pod, containers }: PodRow, error?: string): string {
  const shown = containers
    .filter(({ role }) => role !== 'ephemeral')
    .map(({ spec }) => {
      const { limits, requests } = spec.resources ?? {};
      return {
        name: spec.name,
        resources: {
          ...(limits === undefined ? {} : { limits: sorted(limits) }),
          ...(requests === undefined ? {} : { requests: sorted(requests) }),
        },
      };
    });
  return JSON.stringify({ containers: shown, generation: pod.metadata.generation, ...(error === undefined ? {} : { error }) });
}

function sorted(list: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tell(pod: PodRow, type: 'Normal' | 'Warning', reason: string, message: string): void {
  const subject: EventSubject = subjectOf(pod.pod);
  pod.node.recorder.event(subject, type, reason, message);
}
