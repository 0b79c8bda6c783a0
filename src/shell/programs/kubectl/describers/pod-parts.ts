// Containers, volumes and templates, as pods and everything that makes pods describe them.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go describeContainers, describeVolumes, DescribePodTemplate
import { formatSelector } from '../../../../cluster/apimachinery/labels.ts';
import { canonicalQuantity, quantity, quantityMilliValue, quantityValue } from '../../../../cluster/apimachinery/quantity.ts';
import { Lines, longTime, orNone, trueFalse } from './lines.ts';
import { describeVolume } from './volumes.ts';

export function describeContainers(
  lines: Lines,
  label: string,
  containers: readonly any[],
  statuses: readonly any[],
  pod: any,
  space: string,
): void {
  lines.put(0, `${space}${label}:${containers.length === 0 ? ' <none>' : ''}`);
  for (const container of containers) {
    const status = statuses.find((one) => one.name === container.name);
    basics(lines, container, status, space === '' ? '' : ' ');
    words(lines, 'Command', container.command);
    words(lines, 'Args', container.args);
    if (status !== undefined) state(lines, status);
    resources(lines, container.resources);
    for (const [title, field] of PROBES) if (container[field] != null) lines.put(2, `${title}:\t${probeText(container[field])}`);
    environmentFrom(lines, container.envFrom ?? []);
    environment(lines, container, pod);
    mounts(lines, container);
  }
}

const PROBES = [
  ['Liveness', 'livenessProbe'],
  ['Readiness', 'readinessProbe'],
  ['Startup', 'startupProbe'],
] as const;

function basics(lines: Lines, container: any, status: any, indent: string): void {
  lines.put(1, `${indent}${container.name}:`);
  if (status !== undefined) lines.put(2, `Container ID:\t${status.containerID ?? ''}`);
  lines.put(2, `Image:\t${container.image}`);
  if (status !== undefined) lines.put(2, `Image ID:\t${status.imageID ?? ''}`);
  const port = (one: any, number: number) => `${number}/${one.protocol ?? 'TCP'}${one.name ? ` (${one.name})` : ''}`;
  const ports: readonly any[] = container.ports ?? [];
  const own = ports.map((one) => port(one, one.containerPort)).join(', ');
  const host = ports.map((one) => port(one, one.hostPort ?? 0)).join(', ');
  lines.put(2, own.includes(',') ? `Ports:\t${own}` : `Port:\t${orNone(own)}`);
  lines.put(2, host.includes(',') ? `Host Ports:\t${host}` : `Host Port:\t${orNone(host)}`);
  const seccomp = container.securityContext?.seccompProfile;
  if (seccomp != null) {
    lines.put(2, `SeccompProfile:\t${seccomp.type}`);
    if (seccomp.type === 'Localhost') lines.put(3, `LocalhostProfile:\t${seccomp.localhostProfile}`);
  }
}

function words(lines: Lines, title: string, list: readonly string[] | undefined): void {
  if ((list ?? []).length === 0) return;
  lines.put(2, `${title}:`);
  for (const word of list!) for (const line of word.split('\n')) lines.put(3, line);
}

function state(lines: Lines, status: any): void {
  oneState(lines, 'State', status.state ?? {});
  if (status.lastState?.terminated != null) oneState(lines, 'Last State', status.lastState);
  lines.put(2, `Ready:\t${trueFalse(status.ready)}`);
  lines.put(2, `Restart Count:\t${status.restartCount ?? 0}`);
}

function oneState(lines: Lines, title: string, value: any): void {
  if (value.running != null) {
    lines.put(2, `${title}:\tRunning`);
    lines.put(3, `Started:\t${longTime(value.running.startedAt)}`);
  } else if (value.terminated != null) {
    const ended = value.terminated;
    lines.put(2, `${title}:\tTerminated`);
    if (ended.reason) lines.put(3, `Reason:\t${ended.reason}`);
    if (ended.message) lines.put(3, `Message:\t${ended.message}`);
    lines.put(3, `Exit Code:\t${ended.exitCode ?? 0}`);
    if (ended.signal > 0) lines.put(3, `Signal:\t${ended.signal}`);
    lines.put(3, `Started:\t${longTime(ended.startedAt)}`);
    lines.put(3, `Finished:\t${longTime(ended.finishedAt)}`);
  } else {
    lines.put(2, `${title}:\tWaiting`);
    if (value.waiting?.reason) lines.put(3, `Reason:\t${value.waiting.reason}`);
  }
}

export function resources(lines: Lines, wanted: any, level = 2): void {
  for (const [title, field] of [
    ['Limits', 'limits'],
    ['Requests', 'requests'],
  ] as const) {
    const amounts = wanted?.[field] ?? {};
    const names = Object.keys(amounts).sort();
    if (names.length === 0) continue;
    lines.put(level, `${title}:`);
    for (const name of names) lines.put(level + 1, `${name}:\t${canonicalQuantity(amounts[name])}`);
  }
}

export function probeText(probe: any): string {
  const numbers = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s successThreshold=${probe.successThreshold ?? 0} failureThreshold=${probe.failureThreshold ?? 0}`;
  if (probe.exec != null) return `exec [${(probe.exec.command ?? []).join(' ')}] ${numbers}`;
  if (probe.httpGet != null) {
    const { scheme = '', host = '', port, path = '' } = probe.httpGet;
    const escaped = encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23');
    const slash = escaped === '' || escaped.startsWith('/') ? escaped : `/${escaped}`;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${slash} ${numbers}`;
  }
  if (probe.tcpSocket != null) return `tcp-socket ${probe.tcpSocket.host ?? ''}:${probe.tcpSocket.port} ${numbers}`;
  if (probe.grpc != null) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''} ${numbers}`;
  return `unknown ${numbers}`;
}

function environmentFrom(lines: Lines, sources: readonly any[]): void {
  if (sources.length === 0) return;
  lines.put(2, 'Environment Variables from:');
  for (const source of sources) {
    const [from, ref] = source.configMapRef != null ? ['ConfigMap', source.configMapRef] : ['Secret', source.secretRef ?? {}];
    const prefix = source.prefix ? ` with prefix '${source.prefix}'` : '';
    lines.put(3, `${ref.name}\t${from}${prefix}\tOptional: ${ref.optional ?? false}`);
  }
}

function environment(lines: Lines, container: any, pod: any): void {
  const list: readonly any[] = container.env ?? [];
  lines.put(2, `Environment:${list.length === 0 ? '\t<none>' : ''}`);
  for (const one of list) {
    const from = one.valueFrom;
    if (from == null)
      String(one.value ?? '')
        .split('\n')
        .forEach((line, index) => {
          lines.put(3, index === 0 ? `${one.name}:\t${line}` : `\t${line}`);
        });
    else if (from.fieldRef != null) {
      lines.put(
        3,
        `${one.name}:\t${pod === undefined ? '' : fieldOfPod(pod, from.fieldRef.fieldPath)} (${from.fieldRef.apiVersion ?? ''}:${from.fieldRef.fieldPath})`,
      );
    } else if (from.resourceFieldRef != null) {
      const resource = from.resourceFieldRef.resource;
      let value = resourceValue(container, from.resourceFieldRef);
      if ((resource === 'limits.cpu' || resource === 'limits.memory') && value === '0') value = 'node allocatable';
      lines.put(3, `${one.name}:\t${value} (${resource})`);
    } else if (from.secretKeyRef != null) {
      lines.put(
        3,
        `${one.name}:\t<set to the key '${from.secretKeyRef.key}' in secret '${from.secretKeyRef.name}'>\tOptional: ${from.secretKeyRef.optional ?? false}`,
      );
    } else if (from.configMapKeyRef != null) {
      lines.put(
        3,
        `${one.name}:\t<set to the key '${from.configMapKeyRef.key}' of config map '${from.configMapKeyRef.name}'>\tOptional: ${from.configMapKeyRef.optional ?? false}`,
      );
    } else if (from.fileKeyRef != null) {
      lines.put(
        3,
        `${one.name}:\t<set to the key '${from.fileKeyRef.key}' from file '${from.fileKeyRef.path}' of volume '${from.fileKeyRef.volumeName}'>\tOptional: ${from.fileKeyRef.optional ?? false}`,
      );
    }
  }
}

/** Only these two are known to the describer; other paths print nothing. */
function fieldOfPod(pod: any, path: string): string {
  if (path === 'metadata.name') return pod.metadata.name;
  return path === 'metadata.namespace' ? pod.metadata.namespace : '';
}

function resourceValue(container: any, ref: any): string {
  const [kind, ...rest] = ref.resource.split('.');
  const name = rest.join('.');
  const amount = container.resources?.[kind]?.[name];
  if (amount === undefined) return '0';
  const divisor = ref.divisor === undefined || ref.divisor === '0' || ref.divisor === 0 ? quantity('1') : quantity(ref.divisor);
  if (name === 'cpu') return String(Math.ceil(quantityMilliValue(quantity(amount)) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(quantity(amount)) / quantityValue(divisor)));
}

function mounts(lines: Lines, container: any): void {
  const list = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  lines.put(2, `Mounts:${list.length === 0 ? '\t<none>' : ''}`);
  for (const mount of list) {
    const flags = [mount.readOnly ? 'ro' : 'rw', ...(mount.subPath ? [`path=${JSON.stringify(mount.subPath)}`] : [])];
    lines.put(3, `${mount.mountPath} from ${mount.name} (${flags.join(',')})`);
  }
  const devices = [...(container.volumeDevices ?? [])].sort((a, b) => (a.devicePath < b.devicePath ? -1 : 1));
  if (devices.length > 0) {
    lines.put(2, 'Devices:');
    for (const device of devices) lines.put(3, `${device.devicePath} from ${device.name}`);
  }
}

export function describeVolumes(lines: Lines, volumes: readonly any[], space: string): void {
  if (volumes.length === 0) {
    lines.put(0, `${space}Volumes:\t<none>`);
    return;
  }
  lines.put(0, `${space}Volumes:`);
  for (const volume of volumes) {
    lines.put(1, `${space === '' ? '' : ' '}${volume.name}:`);
    describeVolume(lines, volume);
  }
}

export function spreadConstraints(lines: Lines, constraints: readonly any[], space: string): void {
  if (constraints.length === 0) return;
  lines.raw(`${space}Topology Spread Constraints:\t`);
  [...constraints]
    .sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : a.topologyKey > b.topologyKey ? 1 : 0))
    .forEach((one, index) => {
      const selector = one.labelSelector == null ? '' : ` for selector ${formatSelector(one.labelSelector)}`;
      lines.raw(
        `${index === 0 ? '' : `${space}\t`}${one.topologyKey}:${one.whenUnsatisfiable} when max skew ${one.maxSkew} is exceeded${selector}\n`,
      );
    });
}

export function describeTemplate(lines: Lines, template: any): void {
  lines.put(0, 'Pod Template:');
  if (template == null) {
    lines.raw('  <unset>');
    return;
  }
  lines.labels('  Labels', template.metadata?.labels);
  if (Object.keys(template.metadata?.annotations ?? {}).length > 0) lines.annotations('  Annotations', template.metadata.annotations);
  const spec = template.spec ?? {};
  if (spec.serviceAccountName) lines.put(0, `  Service Account:\t${spec.serviceAccountName}`);
  if ((spec.initContainers ?? []).length > 0) describeContainers(lines, 'Init Containers', spec.initContainers, [], undefined, '  ');
  describeContainers(lines, 'Containers', spec.containers ?? [], [], undefined, '  ');
  describeVolumes(lines, spec.volumes ?? [], '  ');
  spreadConstraints(lines, spec.topologySpreadConstraints ?? [], '  ');
  if (spec.priorityClassName) lines.put(0, `  Priority Class Name:\t${spec.priorityClassName}`);
  lines.labels('  Node-Selectors', spec.nodeSelector);
  lines.tolerations('Tolerations', spec.tolerations, '  ');
}

/** The template with its tabs, as `rollout history --revision` prints it. */
export function templateText(template: any): string {
  const lines = new Lines();
  describeTemplate(lines, template);
  return lines.tabbed();
}
