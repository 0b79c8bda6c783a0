// The diff that a refused pod update prints: both specs as Go dumps the internal struct, compared line by line, three lines around.
// Models: kubernetes v1.37 pkg/apis/core/validation (diff of the internal PodSpec), apimachinery pkg/util/diff
// Simplified: fields the simulation does not know are left out of the dump, so line numbers of the hunks can differ.
import type { PodSpec } from './types.ts';

/** Internal field order of PodSpec and Container; `null` where Go prints nil for an absent pointer, list or map. */
const POD_FIELDS: readonly (readonly [string, string, unknown])[] = [
  ['Volumes', 'volumes', null],
  ['InitContainers', 'initContainers', null],
  ['Containers', 'containers', null],
  ['EphemeralContainers', 'ephemeralContainers', null],
  ['RestartPolicy', 'restartPolicy', ''],
  ['TerminationGracePeriodSeconds', 'terminationGracePeriodSeconds', null],
  ['ActiveDeadlineSeconds', 'activeDeadlineSeconds', null],
  ['DNSPolicy', 'dnsPolicy', ''],
  ['NodeSelector', 'nodeSelector', null],
  ['ServiceAccountName', 'serviceAccountName', ''],
  ['DeprecatedServiceAccount', 'serviceAccount', ''],
  ['AutomountServiceAccountToken', 'automountServiceAccountToken', null],
  ['NodeName', 'nodeName', ''],
  ['HostNetwork', 'hostNetwork', false],
  ['HostPID', 'hostPID', false],
  ['HostIPC', 'hostIPC', false],
  ['ShareProcessNamespace', 'shareProcessNamespace', null],
  ['HostUsers', 'hostUsers', null],
  ['SecurityContext', 'securityContext', null],
  ['ImagePullSecrets', 'imagePullSecrets', null],
  ['Hostname', 'hostname', ''],
  ['Subdomain', 'subdomain', ''],
  ['SetHostnameAsFQDN', 'setHostnameAsFQDN', null],
  ['HostnameOverride', 'hostnameOverride', null],
  ['Affinity', 'affinity', null],
  ['SchedulerName', 'schedulerName', ''],
  ['Tolerations', 'tolerations', null],
  ['HostAliases', 'hostAliases', null],
  ['PriorityClassName', 'priorityClassName', ''],
  ['Priority', 'priority', null],
  ['DNSConfig', 'dnsConfig', null],
  ['ReadinessGates', 'readinessGates', null],
  ['RuntimeClassName', 'runtimeClassName', null],
  ['PreemptionPolicy', 'preemptionPolicy', null],
  ['Overhead', 'overhead', null],
  ['EnableServiceLinks', 'enableServiceLinks', null],
  ['TopologySpreadConstraints', 'topologySpreadConstraints', null],
  ['OS', 'os', null],
  ['SchedulingGates', 'schedulingGates', null],
  ['ResourceClaims', 'resourceClaims', null],
  ['Resources', 'resources', null],
];

const CONTAINER_FIELDS: readonly (readonly [string, string, unknown])[] = [
  ['Name', 'name', ''],
  ['Image', 'image', ''],
  ['Command', 'command', null],
  ['Args', 'args', null],
  ['WorkingDir', 'workingDir', ''],
  ['Ports', 'ports', null],
  ['EnvFrom', 'envFrom', null],
  ['Env', 'env', null],
  ['Resources', 'resources', {}],
  ['ResizePolicy', 'resizePolicy', null],
  ['RestartPolicy', 'restartPolicy', null],
  ['RestartPolicyRules', 'restartPolicyRules', null],
  ['VolumeMounts', 'volumeMounts', null],
  ['VolumeDevices', 'volumeDevices', null],
  ['LivenessProbe', 'livenessProbe', null],
  ['ReadinessProbe', 'readinessProbe', null],
  ['StartupProbe', 'startupProbe', null],
  ['Lifecycle', 'lifecycle', null],
  ['TerminationMessagePath', 'terminationMessagePath', ''],
  ['TerminationMessagePolicy', 'terminationMessagePolicy', ''],
  ['ImagePullPolicy', 'imagePullPolicy', ''],
  ['SecurityContext', 'securityContext', null],
  ['Stdin', 'stdin', false],
  ['StdinOnce', 'stdinOnce', false],
  ['TTY', 'tty', false],
];

const RESOURCE_FIELDS: readonly (readonly [string, string, unknown])[] = [
  ['Limits', 'limits', null],
  ['Requests', 'requests', null],
  ['Claims', 'claims', null],
];

function struct(
  value: any,
  fields: readonly (readonly [string, string, unknown])[],
  nested: Readonly<Record<string, (value: any) => unknown>>,
): object {
  return Object.fromEntries(
    fields.map(([name, field, absent]) => [
      name,
      value?.[field] === undefined ? (nested[name]?.(undefined) ?? absent) : (nested[name] ?? internal)(value[field]),
    ]),
  );
}

/** Any other value: keys as Go names them, in the order written. */
function internal(value: any): unknown {
  if (Array.isArray(value)) return value.map(internal);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [/[./]/.test(key) ? key : key[0]!.toUpperCase() + key.slice(1), internal(inner)]),
  );
}

const plain = (value: any): unknown => value;
const container = (value: any): unknown =>
  struct(value, CONTAINER_FIELDS, {
    Resources: (resources) => struct(resources, RESOURCE_FIELDS, { Limits: (list) => list ?? null, Requests: (list) => list ?? null }),
  });
const containers = (list: any): unknown => (list === undefined ? null : list.map(container));

function dump(spec: PodSpec): string[] {
  const value = struct(spec, POD_FIELDS, {
    InitContainers: containers,
    Containers: containers,
    NodeSelector: (labels) => (labels === undefined ? null : plain(labels)),
  });
  return JSON.stringify(value, null, 1).split('\n');
}

const CONTEXT = 3;

/** Longest common subsequence of two short lists of lines, as edit script. */
function edits(before: readonly string[], after: readonly string[]): { sign: ' ' | '-' | '+'; line: string }[] {
  const rows = before.length + 1;
  const columns = after.length + 1;
  const lengths = new Uint32Array(rows * columns);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const at = i * columns + j;
      lengths[at] = before[i] === after[j] ? lengths[at + columns + 1]! + 1 : Math.max(lengths[at + columns]!, lengths[at + 1]!);
    }
  }
  const script: { sign: ' ' | '-' | '+'; line: string }[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      script.push({ sign: ' ', line: before[i++]! });
      j++;
    } else if (i < before.length && (j >= after.length || lengths[(i + 1) * columns + j]! >= lengths[i * columns + j + 1]!))
      script.push({ sign: '-', line: before[i++]! });
    else script.push({ sign: '+', line: after[j++]! });
  }
  return script;
}

/** Unified diff from the spec that exists to the wanted one, as the API server prints it. */
export function specDiff(next: PodSpec, old: PodSpec): string {
  const script = edits(dump(old), dump(next));
  const lines: string[] = [];
  let at = 0;
  while (at < script.length) {
    while (at < script.length && script[at]!.sign === ' ') at++;
    if (at >= script.length) break;
    const start = Math.max(0, at - CONTEXT);
    let end = at;
    let quiet = 0;
    while (end < script.length && quiet <= CONTEXT * 2) quiet = script[end++]!.sign === ' ' ? quiet + 1 : 0;
    end -= Math.max(0, quiet - CONTEXT);
    const hunk = script.slice(start, end);
    const before = script.slice(0, start);
    const count = (list: typeof script, sign: '-' | '+'): number => list.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
    lines.push(`@@ -${count(before, '-') + 1},${count(hunk, '-')} +${count(before, '+') + 1},${count(hunk, '+')} @@`);
    for (const { sign, line } of hunk) lines.push(sign + line);
    at = end;
  }
  return `${lines.join('\n')}\n`;
}
