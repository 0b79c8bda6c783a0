// What a pod spec may say. Models: kubernetes v1.37 pkg/apis/core/validation/validation.go ValidatePodSpec, ValidatePodTemplateSpec
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  FieldPath,
  forbidden,
  invalid,
  notSupported,
  required,
  Rendered,
} from '../../apimachinery/field.ts';
import { memoByIdentity } from '../../apimachinery/memo.ts';
import { dns1123Label, dns1123Subdomain, labelValue, NOT_NEGATIVE, qualifiedName } from '../../apimachinery/names.ts';
import { internalJson } from '../../apimachinery/schema.ts';
import type { Pod, PodSpec, PodTemplate } from './types.ts';
import { validateContainers, validateSeccomp } from './validation-container.ts';
import { IP_FAULT, isIp, validatePodLevelResources } from './validation-resources.ts';
import { validateAffinity, validateGates, validateSpread, validateTolerations } from './validation-scheduling.ts';
import { validateVolumes } from './validation-volumes.ts';

const MAX_INT32 = 2147483647;
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

const inRange = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

function validateDns(spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  if (spec.dnsPolicy === undefined || (spec.dnsPolicy as string) === '') errors.push(required(path.child('dnsPolicy')));
  else if (!DNS_POLICIES.includes(spec.dnsPolicy)) errors.push(notSupported(path.child('dnsPolicy'), spec.dnsPolicy, DNS_POLICIES));
  const at = path.child('dnsConfig');
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) return [...errors, required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0)
      errors.push(required(at.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  }
  if (config === undefined) return errors;
  const servers = config.nameservers ?? [];
  if (servers.length > 3) errors.push(invalid(at.child('nameservers'), servers, 'must not have more than 3 nameservers'));
  servers.forEach((server, i) => {
    if (!isIp(server)) errors.push(invalid(at.child('nameservers').index(i), server, IP_FAULT));
  });
  const searches = config.searches ?? [];
  if (searches.length > 32) errors.push(invalid(at.child('searches'), searches, 'must not have more than 32 search paths'));
  searches.forEach((search, i) => {
    if (search === '.') return;
    for (const fault of dns1123Subdomain(search.replace(/\.$/, '').replaceAll('_', '-')))
      errors.push(invalid(at.child('searches').index(i), search, fault));
  });
  (config.options ?? []).forEach((option, i) => {
    if (!option.name) errors.push(required(at.child('options').index(i), 'must not be empty'));
  });
  return errors;
}

function validateSecurity(spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const context = spec.securityContext ?? {};
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[field];
    if (id !== undefined && (id < 0 || id > MAX_INT32)) errors.push(invalid(path.child(field), id, inRange(0, MAX_INT32)));
  }
  (context['supplementalGroups'] ?? []).forEach((id: number, i: number) => {
    if (id < 0 || id > MAX_INT32) errors.push(invalid(path.child('supplementalGroups').index(i), id, inRange(0, MAX_INT32)));
  });
  errors.push(...validateSeccomp(context['seccompProfile'], path.child('seccompProfile')));
  const names = new Set<string>();
  (context['sysctls'] ?? []).forEach((sysctl: { name?: string }, i: number) => {
    const at = path.child('sysctls').index(i).child('name');
    const name = sysctl.name ?? '';
    if (name === '') errors.push(required(at));
    else if (!SYSCTL.test(name) || name.length > 253) {
      errors.push(
        invalid(
          at,
          name,
          'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        ),
      );
    } else if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
  });
  const policy = context['fsGroupChangePolicy'];
  if (policy !== undefined && !['OnRootMismatch', 'Always'].includes(policy))
    errors.push(notSupported(path.child('fsGroupChangePolicy'), policy, ['Always', 'OnRootMismatch']));
  return errors;
}

function validateHost(spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  (spec.hostAliases ?? []).forEach((alias, i) => {
    const at = path.child('hostAliases').index(i);
    if (!isIp(alias.ip)) errors.push(invalid(at.child('ip'), alias.ip, IP_FAULT));
    (alias.hostnames ?? []).forEach((name, j) => {
      for (const fault of dns1123Subdomain(name)) errors.push(invalid(at.child('hostnames').index(j), name, fault));
    });
  });
  for (const field of ['hostname', 'subdomain'] as const) {
    const name = spec[field];
    if (name !== undefined && name !== '') for (const fault of dns1123Label(name)) errors.push(invalid(path.child(field), name, fault));
  }
  if (spec.hostUsers === false) {
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
      if (spec[field] === true) errors.push(forbidden(path.child(field), 'when `hostUsers` is false'));
  }
  if (spec.os?.name === 'windows') {
    for (const field of ['hostPID', 'hostIPC'] as const)
      if (spec[field] === true) errors.push(forbidden(path.child(field), 'cannot be set for a windows pod'));
  } else if (spec.os !== undefined && spec.os.name !== 'linux') {
    errors.push(
      spec.os.name
        ? notSupported(path.child('os', 'name'), spec.os.name, ['linux', 'windows'])
        : required(path.child('os', 'name'), 'cannot be empty'),
    );
  }
  return errors;
}

/** Judges one spec at one path; pods of a template share the object, so the answer is remembered. */
function judgeSpec(spec: PodSpec, path: FieldPath, isTemplate: boolean): FieldErrors {
  const errors: FieldError[] = [];
  errors.push(...validateVolumes(spec.volumes ?? [], path.child('volumes')));
  errors.push(...validateContainers(spec, path));
  const restartPolicy = spec.restartPolicy;
  if (restartPolicy === undefined) errors.push(required(path.child('restartPolicy')));
  else if (!RESTART_POLICIES.includes(restartPolicy))
    errors.push(notSupported(path.child('restartPolicy'), restartPolicy, RESTART_POLICIES));
  errors.push(...validateDns(spec, path));
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    for (const fault of qualifiedName(key)) errors.push(invalid(path.child('nodeSelector'), key, fault));
    for (const fault of labelValue(value)) errors.push(invalid(path.child('nodeSelector'), value, fault));
  }
  errors.push(...validateSecurity(spec, path.child('securityContext')));
  errors.push(...validateAffinity(spec.affinity, path.child('affinity')));
  errors.push(...validatePodLevelResources(spec, path));
  (spec.readinessGates ?? []).forEach((gate, i) => {
    for (const fault of qualifiedName(gate.conditionType))
      errors.push(invalid(path.child('readinessGates').index(i).child('conditionType'), gate.conditionType, fault));
  });
  errors.push(...validateClaims((spec as { resourceClaims?: readonly any[] }).resourceClaims ?? [], path.child('resourceClaims')));
  errors.push(...validateGates(spec.schedulingGates ?? [], path.child('schedulingGates')));
  errors.push(...validateSpread(spec.topologySpreadConstraints ?? [], path.child('topologySpreadConstraints')));
  errors.push(...validateTolerations(spec.tolerations ?? [], path.child('tolerations')));
  errors.push(...validateHost(spec, path));
  if (spec.serviceAccountName) {
    for (const fault of dns1123Subdomain(spec.serviceAccountName))
      errors.push(invalid(path.child('serviceAccountName'), spec.serviceAccountName, fault));
  }
  if (spec.nodeName)
    for (const fault of dns1123Subdomain(spec.nodeName)) errors.push(invalid(path.child('nodeName'), spec.nodeName, fault));
  if (
    spec.activeDeadlineSeconds !== undefined &&
    !isTemplate &&
    (spec.activeDeadlineSeconds < 1 || spec.activeDeadlineSeconds > MAX_INT32)
  ) {
    errors.push(invalid(path.child('activeDeadlineSeconds'), spec.activeDeadlineSeconds, inRange(1, MAX_INT32)));
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0 && isTemplate) {
    errors.push(invalid(path.child('terminationGracePeriodSeconds'), spec.terminationGracePeriodSeconds, NOT_NEGATIVE));
  }
  if (spec.priorityClassName) {
    for (const fault of dns1123Subdomain(spec.priorityClassName))
      errors.push(invalid(path.child('priorityClassName'), spec.priorityClassName, fault));
  }
  if ((spec.schedulingGates ?? []).length > 0 && spec.nodeName)
    errors.push(forbidden(path.child('nodeName'), 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

function validateClaims(claims: readonly any[], path: FieldPath): FieldErrors {
  return claims.flatMap((claim, i) => {
    const both = claim.resourceClaimName !== undefined && claim.resourceClaimTemplateName !== undefined;
    const none = claim.resourceClaimName === undefined && claim.resourceClaimTemplateName === undefined;
    if (!both && !none) return [];
    const why = both
      ? 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      : 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    return [invalid(path.index(i), new Rendered(internalJson('core.v1.PodResourceClaim', claim)), why)];
  });
}

const podSpecPath = FieldPath.root('spec');
const judgePodSpec = memoByIdentity((spec: PodSpec) => judgeSpec(spec, podSpecPath, false));

/** Spec part of a Pod, at `spec`. */
export function validatePod(pod: Pod): FieldErrors {
  const errors = judgePodSpec(pod.spec);
  const mirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'];
  if (mirror === undefined || pod.spec.nodeName) return errors;
  const path = FieldPath.root('metadata').child('annotations').key('kubernetes.io/config.mirror');
  return [invalid(path, mirror, 'must set spec.nodeName if mirror pod annotation is set'), ...errors];
}

/** At creation also what only an update may set. */
export function validatePodCreate(pod: Pod): FieldErrors {
  const errors = validatePod(pod);
  return (pod.spec.ephemeralContainers ?? []).length === 0
    ? errors
    : [forbidden('spec.ephemeralContainers', 'cannot be set on create'), ...errors];
}

const templateJudgements = new WeakMap<PodTemplate, Map<string, FieldErrors>>();

/** A template inside a workload, at `path`. */
export function validateTemplate(template: PodTemplate, path: FieldPath): FieldErrors {
  const known = templateJudgements.get(template) ?? new Map<string, FieldErrors>();
  const key = path.toString();
  let errors = known.get(key);
  if (errors === undefined) {
    errors = [...validateTemplateLabels(template, path), ...judgeSpec(template.spec, path.child('spec'), true)];
    templateJudgements.set(template, known.set(key, errors));
  }
  return errors;
}

function validateTemplateLabels(template: PodTemplate, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(template.metadata?.labels ?? {})) {
    for (const fault of qualifiedName(key)) errors.push(invalid(path.child('labels'), key, fault));
    for (const fault of labelValue(value)) errors.push(invalid(path.child('labels'), value, fault));
  }
  return errors;
}
