// What a pod spec is accepted with, but not without a word. Models: kubernetes v1.37 pkg/api/pod/warnings.go
import { FieldPath } from '../../apimachinery/field.ts';
import { memoByIdentity } from '../../apimachinery/memo.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { Affinity, Container, Pod, PodSpec, PodTemplate } from './types.ts';

const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

function affinityWarnings(affinity: Affinity | undefined, path: FieldPath): string[] {
  const found: string[] = [];
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const rules = affinity?.[name];
    (rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, i) => {
      const at = path.child(name, 'requiredDuringSchedulingIgnoredDuringExecution').index(i);
      if (term.labelSelector === undefined) found.push(`${at.child('labelSelector')}: ${NULL_SELECTOR}`);
    });
    (rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((one, i) => {
      const at = path.child(name, 'preferredDuringSchedulingIgnoredDuringExecution').index(i).child('podAffinityTerm');
      if (one.podAffinityTerm.labelSelector === undefined) found.push(`${at.child('labelSelector')}: ${NULL_SELECTOR}`);
    });
  }
  return found;
}

function containerWarnings(container: Container, path: FieldPath): string[] {
  const found: string[] = [];
  for (const list of ['limits', 'requests'] as const) {
    for (const name of ['memory', 'ephemeral-storage']) {
      const text = container.resources?.[list]?.[name];
      const value = text === undefined ? undefined : parseQuantity(text);
      if (value === undefined || typeof value === 'string' || value.nano % 1_000_000_000n === 0n) continue;
      found.push(`${path.child('resources', list).key(name)}: fractional byte value "${text}" is invalid, must be an integer`);
    }
  }
  const names = new Set<string>();
  (container.env ?? []).forEach(({ name, value, valueFrom }, i) => {
    if (names.has(name) && (value !== undefined || valueFrom !== undefined)) {
      found.push(`${path.child('env').index(i)}: hides previous definition of "${name}", which may be dropped when using apply`);
    }
    names.add(name);
  });
  const ports = container.ports ?? [];
  ports.forEach((port, i) => {
    const twin = ports
      .slice(0, i)
      .findIndex(
        (other) =>
          other.containerPort === port.containerPort &&
          other.protocol === port.protocol &&
          other.hostIP === port.hostIP &&
          other.hostPort === port.hostPort,
      );
    if (twin >= 0) found.push(`${path.child('ports').index(i)}: duplicate port definition with ${path.child('ports').index(twin)}`);
    const named = port.name ? ports.slice(0, i).findIndex((other) => other.name === port.name) : -1;
    if (named >= 0)
      found.push(
        `${path.child('ports').index(i)}: duplicate port name "${port.name}" with ${path.child('ports').index(named)}, services and probes that select ports by name will use ${path.child('ports').index(named)}`,
      );
  });
  return found;
}

function specWarnings(spec: PodSpec, path: FieldPath): readonly string[] {
  const found = affinityWarnings(spec.affinity, path.child('affinity'));
  (spec.topologySpreadConstraints ?? []).forEach((one, i) => {
    if (one.labelSelector === undefined)
      found.push(`${path.child('topologySpreadConstraints').index(i).child('labelSelector')}: ${NULL_SELECTOR}`);
  });
  for (const list of ['initContainers', 'containers'] as const) {
    (spec[list] ?? []).forEach((container, i) => void found.push(...containerWarnings(container, path.child(list).index(i))));
  }
  (spec.imagePullSecrets ?? []).forEach((secret, i) => {
    if (!secret.name) found.push(`${path.child('imagePullSecrets').index(i).child('name')}: invalid empty name ""`);
  });
  return found;
}

const ofPod = memoByIdentity((spec: PodSpec) => specWarnings(spec, FieldPath.root('spec')));
const ofTemplate = memoByIdentity((template: PodTemplate) => specWarnings(template.spec, FieldPath.root('spec').child('template', 'spec')));

export const podWarnings = (pod: Pod): readonly string[] => ofPod(pod.spec);
export const templateWarnings = (template: PodTemplate): readonly string[] => ofTemplate(template);
