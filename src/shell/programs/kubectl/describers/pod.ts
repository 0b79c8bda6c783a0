// kubectl describe pod.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go describePod
import { humanDuration } from '../../../../cluster/apimachinery/table.ts';
import { defineDescriber, describeEvents, heading } from './describer.ts';
import { controllerOf, longTime } from './lines.ts';
import { describeContainers, describeVolumes, resources, spreadConstraints } from './pod-parts.ts';

export const podDescriber = defineDescriber({
  kinds: ['Pod'],
  *describe(d, lines) {
    const { object } = d;
    const spec = object.spec;
    const status = object.status ?? {};
    heading(lines, object);
    if (spec.priority != null) lines.put(0, `Priority:\t${spec.priority}`);
    if (spec.priorityClassName) lines.put(0, `Priority Class Name:\t${spec.priorityClassName}`);
    if (spec.runtimeClassName != null) lines.put(0, `Runtime Class Name:\t${spec.runtimeClassName}`);
    if (spec.serviceAccountName) lines.put(0, `Service Account:\t${spec.serviceAccountName}`);
    lines.put(0, `Node:\t${spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>'}`);
    if (status.startTime != null) lines.put(0, `Start Time:\t${longTime(status.startTime)}`);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    const ended = status.phase === 'Failed' || status.phase === 'Succeeded';
    if (object.metadata.deletionTimestamp !== undefined && !ended) {
      const since = humanDuration((d.nowMs - Date.parse(object.metadata.deletionTimestamp)) / 1000);
      lines.put(0, `Status:\tTerminating (lasts ${since})`);
      lines.put(0, `Termination Grace Period:\t${object.metadata.deletionGracePeriodSeconds}s`);
    } else lines.put(0, `Status:\t${status.phase ?? ''}`);
    if (status.reason) lines.put(0, `Reason:\t${status.reason}`);
    if (status.message) lines.put(0, `Message:\t${status.message}`);
    const seccomp = spec.securityContext?.seccompProfile;
    if (seccomp != null) {
      lines.put(0, `SeccompProfile:\t${seccomp.type}`);
      if (seccomp.type === 'Localhost') lines.put(0, `LocalhostProfile:\t${seccomp.localhostProfile}`);
    }
    lines.put(0, `IP:\t${status.podIP ?? ''}`);
    const ips: readonly any[] = status.podIPs ?? [];
    if (ips.length === 0) lines.put(0, 'IPs:\t<none>');
    else {
      lines.put(0, 'IPs:');
      for (const one of ips) lines.put(1, `IP:\t${one.ip}`);
    }
    const owner = controllerOf(object);
    if (owner !== '') lines.put(0, `Controlled By:\t${owner}`);
    if (status.nominatedNodeName) lines.put(0, `NominatedNodeName:\t${status.nominatedNodeName}`);
    if (spec.resources != null) {
      lines.put(0, 'Resources:');
      resources(lines, spec.resources, 1);
    }
    if ((spec.initContainers ?? []).length > 0)
      describeContainers(lines, 'Init Containers', spec.initContainers, status.initContainerStatuses ?? [], object, '');
    describeContainers(lines, 'Containers', spec.containers ?? [], status.containerStatuses ?? [], object, '');
    if ((spec.ephemeralContainers ?? []).length > 0)
      describeContainers(lines, 'Ephemeral Containers', spec.ephemeralContainers, status.ephemeralContainerStatuses ?? [], object, '');
    const conditions: readonly any[] = status.conditions ?? [];
    if ((spec.readinessGates ?? []).length > 0) {
      lines.put(0, 'Readiness Gates:\n  Type\tStatus');
      for (const gate of spec.readinessGates) {
        lines.put(1, `${gate.conditionType} \t${conditions.find((one) => one.type === gate.conditionType)?.status ?? '<none>'} `);
      }
    }
    if (conditions.length > 0) {
      lines.put(0, 'Conditions:\n  Type\tStatus');
      for (const one of conditions) lines.put(1, `${one.type} \t${one.status} `);
    }
    describeVolumes(lines, spec.volumes ?? [], '');
    lines.put(0, `QoS Class:\t${status.qosClass ?? ''}`);
    lines.labels('Node-Selectors', spec.nodeSelector);
    lines.tolerations('Tolerations', spec.tolerations);
    spreadConstraints(lines, spec.topologySpreadConstraints ?? [], '');
    yield* describeEvents(d, lines);
  },
});
