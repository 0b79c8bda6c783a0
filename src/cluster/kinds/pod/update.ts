// What may change in a pod that exists: images, the deadline (down), more tolerations; everything else is refused with a diff.
// Models: kubernetes v1.37 pkg/apis/core/validation ValidatePodUpdate, ValidatePodEphemeralContainersUpdate, ValidatePodResize
import { sameData } from '../../apimachinery/equality.ts';
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  FieldPath,
  forbidden,
  invalid,
  notFoundValue,
  required,
} from '../../apimachinery/field.ts';
import { dns1123Label } from '../../apimachinery/names.ts';
import { specDiff } from './diff.ts';
import type { Container, Pod, PodSpec, PodStatus, Toleration } from './types.ts';
import { validatePod } from './validation.ts';
import { IP_FAULT, isIp, validateResources } from './validation-resources.ts';

const spec = FieldPath.root('spec');
const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function withImagesOf(
  containers: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
): readonly Container[] | undefined {
  return containers?.map((container, i) =>
    old?.[i] === undefined || container.image === old[i].image ? container : { ...container, image: old[i].image },
  );
}

function validateDeadline(next: PodSpec, old: PodSpec): FieldErrors {
  const path = spec.child('activeDeadlineSeconds');
  const value = next.activeDeadlineSeconds;
  if (value === old.activeDeadlineSeconds) return [];
  if (value === undefined) return [invalid(path, null, 'must not update from a positive integer to nil value')];
  if (value < 0 || value > 2147483647) return [invalid(path, value, 'must be between 0 and 2147483647, inclusive')];
  if (old.activeDeadlineSeconds !== undefined && old.activeDeadlineSeconds < value) {
    return [invalid(path, value, 'must be less than or equal to previous value')];
  }
  return [];
}

/** Existing tolerations must stay, apart from the seconds of NoExecute ones. */
function onlyAdded(next: readonly Toleration[], old: readonly Toleration[]): boolean {
  const bare = ({ tolerationSeconds: _, ...rest }: Toleration): object => rest;
  return old.every((one) =>
    next.some(
      (other) => sameData(bare(one), bare(other)) && (one.effect === 'NoExecute' || one.tolerationSeconds === other.tolerationSeconds),
    ),
  );
}

export function validatePodUpdate(next: Pod, old: Pod): FieldErrors {
  if (next.spec === old.spec) return [];
  const errors: FieldError[] = [...validatePod(next)];
  if (next.spec.containers.length !== old.spec.containers.length) {
    return [...errors, forbidden(spec.child('containers'), 'pod updates may not add or remove containers')];
  }
  if ((next.spec.initContainers?.length ?? 0) !== (old.spec.initContainers?.length ?? 0)) {
    return [...errors, forbidden(spec.child('initContainers'), 'pod updates may not add or remove containers')];
  }
  errors.push(...validateDeadline(next.spec, old.spec));
  if (!onlyAdded(next.spec.tolerations ?? [], old.spec.tolerations ?? [])) {
    errors.push(forbidden(spec.child('tolerations'), 'existing toleration can not be modified except its tolerationSeconds'));
  }
  const gated = (old.spec.schedulingGates ?? []).length > 0;
  const munged: PodSpec = {
    ...next.spec,
    containers: withImagesOf(next.spec.containers, old.spec.containers) ?? [],
    ...(next.spec.initContainers === undefined ? {} : { initContainers: withImagesOf(next.spec.initContainers, old.spec.initContainers) }),
    activeDeadlineSeconds: old.spec.activeDeadlineSeconds,
    tolerations: old.spec.tolerations,
    ...(gated
      ? {
          schedulingGates: old.spec.schedulingGates,
          nodeSelector: { ...next.spec.nodeSelector, ...old.spec.nodeSelector },
          affinity: old.spec.affinity,
        }
      : {}),
    ...((old.spec.terminationGracePeriodSeconds ?? 0) < 0 && next.spec.terminationGracePeriodSeconds === 1
      ? { terminationGracePeriodSeconds: old.spec.terminationGracePeriodSeconds }
      : {}),
  };
  const before = gated ? { ...old.spec, nodeSelector: munged.nodeSelector } : old.spec;
  if (!sameData(munged, before)) errors.push(forbidden(spec, `${MUTABLE}\n${specDiff(munged, before)}`));
  return errors;
}

export function validateStatusUpdate(next: Pod, old: Pod): FieldErrors {
  if (next.status === old.status) return [];
  return (next.status.podIPs ?? []).flatMap(({ ip }, i) =>
    isIp(ip) ? [] : [invalid(FieldPath.root('status').child('podIPs').index(i), ip, IP_FAULT)],
  );
}

const FORBIDDEN_IN_EPHEMERAL = ['ports', 'resources', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;

export function validateEphemeralUpdate(next: Pod, old: Pod): FieldErrors {
  const errors: FieldError[] = [];
  const path = spec.child('ephemeralContainers');
  const names = new Set([...next.spec.containers, ...(next.spec.initContainers ?? [])].map((container) => container.name));
  const targets = new Set(names);
  const list = next.spec.ephemeralContainers ?? [];
  list.forEach((container, i) => {
    const at = path.index(i);
    if (!container.name) errors.push(required(at.child('name')));
    else for (const fault of dns1123Label(container.name)) errors.push(invalid(at.child('name'), container.name, fault));
    if (names.has(container.name)) errors.push(duplicate(at.child('name'), container.name));
    names.add(container.name);
    if (!container.image) errors.push(required(at.child('image')));
    if (container.targetContainerName && !targets.has(container.targetContainerName)) {
      errors.push(notFoundValue(at.child('targetContainerName'), container.targetContainerName));
    }
    for (const field of FORBIDDEN_IN_EPHEMERAL) {
      const value = container[field] as object | undefined;
      if (value !== undefined && Object.keys(value).length > 0)
        errors.push(forbidden(at.child(field), 'cannot be set for an Ephemeral Container'));
    }
  });
  for (const before of old.spec.ephemeralContainers ?? []) {
    const after = list.find((one) => one.name === before.name);
    if (after === undefined) errors.push(forbidden(path, `existing ephemeral containers "${before.name}" may not be removed`));
    else if (!sameData(after, before)) errors.push(forbidden(path, `existing ephemeral containers "${before.name}" may not be changed`));
  }
  return errors;
}

export function validateResize(next: Pod, old: Pod, qosClass: (spec: PodSpec) => NonNullable<PodStatus['qosClass']>): FieldErrors {
  const errors = next.spec.containers.flatMap((container, i) =>
    validateResources(container.resources, [], spec.child('containers').index(i).child('resources')),
  );
  if (qosClass(next.spec) !== qosClass(old.spec)) {
    errors.push(invalid(spec, qosClass(old.spec), 'Pod QOS Class may not change as a result of resizing'));
  }
  return errors;
}
