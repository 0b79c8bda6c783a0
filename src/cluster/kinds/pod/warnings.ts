// What the server accepts in a pod but thinks better of. Models: kubernetes v1.37 pkg/api/pod/warnings.go
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { PodSpec } from './types.ts';

const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

function affinityWarnings(affinity: any, path: string): string[] {
  const warnings: string[] = [];
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const terms = affinity?.[kind] ?? {};
    (terms.requiredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term: any, i: number) => {
      if (!term.labelSelector) {
        warnings.push(`${path}.affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${NULL_SELECTOR}`);
      }
    });
    (terms.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term: any, i: number) => {
      if (!term.podAffinityTerm?.labelSelector) {
        const at = `${path}.affinity.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector`;
        warnings.push(`${at}: ${NULL_SELECTOR}`);
      }
    });
  }
  return warnings;
}

function containerWarnings(container: any, path: string): string[] {
  const warnings: string[] = [];
  const names = new Set<string>();
  (container.env ?? []).forEach((variable: any, i: number) => {
    // A variable that builds on its earlier self is meant to be there twice.
    const again = names.has(variable.name) && !String(variable.value ?? '').includes(`$(${variable.name})`);
    if (again) {
      warnings.push(
        `${path}.env[${i}]: hides previous definition of ${JSON.stringify(variable.name)}, which may be dropped when using apply`,
      );
    }
    names.add(variable.name);
  });
  return warnings;
}

/** Containers of one pod share its addresses, so two that name the same port are probably a mistake. */
function portWarnings(containers: readonly any[], path: string): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { readonly at: string; readonly port: any }[]>();
  containers.forEach((container, i) => {
    (container.ports ?? []).forEach((port: any, j: number) => {
      const at = `${path}.containers[${i}].ports[${j}]`;
      const key = `${port.containerPort}/${port.protocol ?? 'TCP'}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const fault = portConflict(port, other.port);
        if (fault !== undefined) warnings.push(`${at}: ${fault} port definition with ${other.at}`);
      }
      seen.set(key, [...others, { at, port }]);
    });
  });
  return warnings;
}

function portConflict(port: any, other: any): string | undefined {
  const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? ''];
  const [hostPort, otherHostPort] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (ip === otherIp && hostPort === otherHostPort) return 'duplicate';
  if (hostPort === 0 || otherHostPort === 0) return 'overlapping';
  if (hostPort === otherHostPort && (ip === '') !== (otherIp === '')) return 'dangerously ambiguous';
  return undefined;
}

const warningsAt = (spec: any, path: string): readonly string[] => {
  const warnings: string[] = [];
  (spec.topologySpreadConstraints ?? []).forEach((constraint: any, i: number) => {
    if (!constraint.labelSelector) warnings.push(`${path}.topologySpreadConstraints[${i}].labelSelector: ${NULL_SELECTOR}`);
  });
  warnings.push(...affinityWarnings(spec.affinity, path));
  for (const list of ['initContainers', 'containers'] as const) {
    (spec[list] ?? []).forEach((container: any, i: number) => {
      warnings.push(...containerWarnings(container, `${path}.${list}[${i}]`));
    });
  }
  warnings.push(...portWarnings(spec.containers ?? [], path));
  return warnings;
};

export const podSpecWarnings = memoByIdentity((spec: PodSpec) => warningsAt(spec, 'spec'));
export const templateSpecWarnings = memoByIdentity((spec: PodSpec) => warningsAt(spec, 'spec.template.spec'));
