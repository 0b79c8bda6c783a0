// kubectl describe of Deployment, ReplicaSet, ReplicationController, DaemonSet and StatefulSet.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import { sameData } from '../../../../cluster/apimachinery/equality.ts';
import { formatSelector } from '../../../../cluster/apimachinery/labels.ts';
import { canonicalQuantity } from '../../../../cluster/apimachinery/quantity.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineDescriber, describeEvents, type Describing, getOr, heading } from './describer.ts';
import { controllerOf, longTime, type Lines } from './lines.ts';
import { describeTemplate } from './pod-parts.ts';

function conditionsWithReason(lines: Lines, conditions: readonly any[] | undefined): void {
  if ((conditions ?? []).length === 0) return;
  lines.put(0, 'Conditions:\n  Type\tStatus\tReason');
  lines.put(1, '----\t------\t------');
  for (const one of conditions!) lines.put(1, `${one.type} \t${one.status}\t${one.reason ?? ''}`);
}

function withoutHash(template: any): any {
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export const deploymentDescriber = defineDescriber({
  kinds: ['Deployment.apps'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    lines.put(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Selector:\t${formatSelector(spec.selector)}`);
    lines.put(
      0,
      `Replicas:\t${spec.replicas} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
    );
    lines.put(0, `StrategyType:\t${spec.strategy?.type ?? ''}`);
    lines.put(0, `MinReadySeconds:\t${spec.minReadySeconds ?? 0}`);
    const rolling = spec.strategy?.rollingUpdate;
    if (rolling != null) lines.put(0, `RollingUpdateStrategy:\t${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
    describeTemplate(lines, spec.template);
    conditionsWithReason(lines, status.conditions);
    const list = yield* getOr(
      d,
      `/apis/apps/v1/namespaces/${metadata.namespace}/replicasets`,
      { labelSelector: formatSelector(spec.selector), limit: '500' },
      { items: [] },
    );
    const owned = list.items
      .filter((one: any) => (one.metadata.ownerReferences ?? []).some((owner: any) => owner.controller && owner.uid === metadata.uid))
      .sort((a: any, b: any) =>
        a.metadata.creationTimestamp < b.metadata.creationTimestamp
          ? -1
          : a.metadata.creationTimestamp > b.metadata.creationTimestamp
            ? 1
            : a.metadata.name < b.metadata.name
              ? -1
              : 1,
      );
    const newest = owned.find((one: any) => sameData(withoutHash(one.spec.template), spec.template));
    const old = owned.filter((one: any) => one !== newest);
    const text = (sets: readonly any[]) =>
      sets.length === 0
        ? '<none>'
        : sets.map((one) => `${one.metadata.name} (${one.status?.replicas ?? 0}/${one.spec.replicas ?? 0} replicas created)`).join(', ');
    lines.put(0, `OldReplicaSets:\t${text(old)}`);
    lines.put(0, `NewReplicaSet:\t${text(newest === undefined ? [] : [newest])}`);
    yield* describeEvents(d, lines);
  },
});

interface PodCounts {
  readonly running: number;
  readonly waiting: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Pods of a controller by phase. */
function* podCounts(d: Describing, selector: string): Body<PodCounts> {
  const { namespace, uid } = d.object.metadata;
  const list = yield* getOr(d, `/api/v1/namespaces/${namespace}/pods`, { labelSelector: selector, limit: '500' }, { items: [] });
  const counts = { running: 0, waiting: 0, succeeded: 0, failed: 0 };
  for (const pod of list.items) {
    const owner = (pod.metadata.ownerReferences ?? []).find((one: any) => one.controller);
    if (owner === undefined || owner.uid !== uid) continue;
    const phase = pod.status?.phase;
    if (phase === 'Running') counts.running++;
    else if (phase === 'Pending') counts.waiting++;
    else if (phase === 'Succeeded') counts.succeeded++;
    else if (phase === 'Failed') counts.failed++;
  }
  return counts;
}

const podsStatus = (counts: PodCounts): string =>
  `${counts.running} Running / ${counts.waiting} Waiting / ${counts.succeeded} Succeeded / ${counts.failed} Failed`;

const mapSelector = (selector: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(selector ?? {})
    .sort()
    .map((key) => `${key}=${selector![key]}`)
    .join(',');

export const replicaSetDescriber = defineDescriber({
  kinds: ['ReplicaSet.apps', 'ReplicationController'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    const selector = object.kind === 'ReplicationController' ? mapSelector(spec.selector) : formatSelector(spec.selector);
    heading(lines, object);
    lines.put(0, `Selector:\t${selector}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    const owner = controllerOf(object);
    if (owner !== '' && object.kind === 'ReplicaSet') lines.put(0, `Controlled By:\t${owner}`);
    lines.put(0, `Replicas:\t${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`);
    lines.put(0, `Pods Status:\t${podsStatus(yield* podCounts(d, selector))}`);
    describeTemplate(lines, spec.template);
    conditionsWithReason(lines, status.conditions);
    yield* describeEvents(d, lines);
  },
});

export const daemonSetDescriber = defineDescriber({
  kinds: ['DaemonSet.apps'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    lines.put(0, `Selector:\t${formatSelector(spec.selector)}`);
    const nodeSelector = mapSelector(spec.template?.spec?.nodeSelector);
    lines.put(0, `Node-Selector:\t${nodeSelector || '<none>'}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}`);
    lines.put(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}`);
    lines.put(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`);
    lines.put(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`);
    lines.put(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}`);
    lines.put(0, `Pods Status:\t${podsStatus(yield* podCounts(d, formatSelector(spec.selector)))}`);
    describeTemplate(lines, spec.template);
    yield* describeEvents(d, lines);
  },
});

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
export const accessModes = (modes: readonly string[] | undefined): string =>
  [...new Set((modes ?? []).map((one) => ACCESS_MODES[one] ?? one))].join(',');

export const statefulSetDescriber = defineDescriber({
  kinds: ['StatefulSet.apps'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    lines.put(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
    lines.put(0, `Selector:\t${formatSelector(spec.selector)}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Service Name:\t${spec.serviceName ?? ''}`);
    lines.put(0, `Pod Management Policy:\t${spec.podManagementPolicy ?? ''}`);
    lines.put(0, `Replicas:\t${spec.replicas ?? 0} desired | ${status.replicas ?? 0} total`);
    lines.put(0, `Update Strategy:\t${spec.updateStrategy?.type ?? ''}`);
    const rolling = spec.updateStrategy?.rollingUpdate;
    if (rolling != null) {
      if (rolling.partition != null) lines.put(1, `Partition:\t${rolling.partition}`);
      if (rolling.maxUnavailable != null) lines.put(1, `MaxUnavailable:\t${rolling.maxUnavailable}`);
    }
    const retention = spec.persistentVolumeClaimRetentionPolicy;
    if (retention != null) {
      lines.put(0, 'Persistent Volume Claim Retention Policy:');
      lines.put(1, `WhenDeleted:\t${retention.whenDeleted}`);
      lines.put(1, `WhenScaled:\t${retention.whenScaled}`);
    }
    lines.put(0, `Pods Status:\t${podsStatus(yield* podCounts(d, formatSelector(spec.selector)))}`);
    describeTemplate(lines, spec.template);
    claims(lines, spec.volumeClaimTemplates ?? []);
    yield* describeEvents(d, lines);
  },
});

function claims(lines: Lines, templates: readonly any[]): void {
  if (templates.length === 0) {
    lines.put(0, 'Volume Claims:\t<none>');
    return;
  }
  lines.put(0, 'Volume Claims:');
  for (const one of templates) {
    lines.put(1, `Name:\t${one.metadata.name}`);
    lines.put(1, `StorageClass:\t${one.spec.storageClassName ?? ''}`);
    lines.labels('  Labels', one.metadata.labels, '', '\t');
    lines.annotations('  Annotations', one.metadata.annotations);
    const capacity = one.spec.resources?.requests?.storage;
    lines.put(1, `Capacity:\t${capacity === undefined ? '<default>' : canonicalQuantity(capacity)}`);
    lines.put(1, `Access Modes:\t[${(one.spec.accessModes ?? []).join(' ')}]`);
  }
}
