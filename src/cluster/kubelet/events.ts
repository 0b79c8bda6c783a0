// Events about a container carry where it stands in its pod: `spec.containers{web}`.
// Models: kubernetes v1.37 pkg/kubelet/container/ref.go, pkg/kubelet/events/event.go
import { type EventSubject, subjectOf } from '../client/recorder.ts';
import type { ContainerRow } from './rows.ts';

const FIELDS = { app: 'containers', init: 'initContainers', sidecar: 'initContainers', ephemeral: 'ephemeralContainers' } as const;

export interface Reporter {
  normal(reason: string, message: string): void;
  warning(reason: string, message: string): void;
}

export function containerSubject(container: ContainerRow): EventSubject {
  container.subject ??= subjectOf(container.pod.pod, `spec.${FIELDS[container.role]}{${container.spec.name}}`);
  return container.subject;
}

export function reporterOf(container: ContainerRow): Reporter {
  const { recorder } = container.pod.node;
  return {
    normal: (reason, message) => recorder.event(containerSubject(container), 'Normal', reason, message),
    warning: (reason, message) => recorder.event(containerSubject(container), 'Warning', reason, message),
  };
}
