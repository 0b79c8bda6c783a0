// kubectl describe of PersistentVolumeClaim, PersistentVolume and StorageClass.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import { canonicalQuantity } from '../../../../cluster/apimachinery/quantity.ts';
import { humanDuration } from '../../../../cluster/apimachinery/table.ts';
import { defineDescriber, describeEvents, getOr, heading } from './describer.ts';
import { type Lines, longTime } from './lines.ts';
import { describeVolume } from './volumes.ts';
import { accessModes } from './workloads.ts';

const finalizers = (object: any): string => `[${(object.metadata.finalizers ?? []).join(' ')}]`;

export const claimDescriber = defineDescriber({
  kinds: ['PersistentVolumeClaim'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    const pods = (yield* getOr(d, `/api/v1/namespaces/${metadata.namespace}/pods`, {}, { items: [] })).items;
    const users: string[] = pods
      .filter((pod: any) =>
        (pod.spec.volumes ?? []).some(
          (one: any) =>
            one.persistentVolumeClaim?.claimName === metadata.name ||
            (one.ephemeral != null && `${pod.metadata.name}-${one.name}` === metadata.name),
        ),
      )
      .map((pod: any) => pod.metadata.name);
    heading(lines, object);
    lines.put(0, `StorageClass:\t${metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? ''}`);
    if (metadata.deletionTimestamp !== undefined) {
      lines.put(0, `Status:\tTerminating (lasts ${lasting(d.nowMs, metadata.deletionTimestamp)})`);
    } else lines.put(0, `Status:\t${status.phase ?? ''}`);
    lines.put(0, `Volume:\t${spec.volumeName ?? ''}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Finalizers:\t${finalizers(object)}`);
    const bound = Boolean(spec.volumeName);
    const capacity = status.capacity?.storage;
    lines.put(0, `Capacity:\t${bound && capacity !== undefined ? canonicalQuantity(capacity) : ''}`);
    lines.put(0, `Access Modes:\t${bound ? accessModes(status.accessModes) : ''}`);
    if (spec.volumeMode != null) lines.put(0, `VolumeMode:\t${spec.volumeMode}`);
    if (spec.dataSource != null) {
      lines.put(0, 'DataSource:');
      if (spec.dataSource.apiGroup != null) lines.put(1, `APIGroup:\t${spec.dataSource.apiGroup}`);
      lines.put(1, `Kind:\t${spec.dataSource.kind}`);
      lines.put(1, `Name:\t${spec.dataSource.name}`);
    }
    if (users.length === 0) lines.put(0, 'Used By:\t<none>');
    users.forEach((name, index) => {
      lines.put(0, `${index === 0 ? 'Used By:' : ''}\t${name}`);
    });
    claimConditions(lines, status.conditions ?? []);
    yield* describeEvents(d, lines);
  },
});

const lasting = (nowMs: number, timestamp: string): string => humanDuration((nowMs - Date.parse(timestamp)) / 1000);

function claimConditions(lines: Lines, conditions: readonly any[]): void {
  if (conditions.length === 0) return;
  lines.put(0, 'Conditions:');
  lines.put(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage');
  lines.put(1, '----\t------\t-----------------\t------------------\t------\t-------');
  for (const one of conditions)
    lines.put(
      1,
      `${one.type} \t${one.status} \t${longTime(one.lastProbeTime)} \t${longTime(one.lastTransitionTime)} \t${one.reason ?? ''} \t${one.message ?? ''}`,
    );
}

export const volumeDescriber = defineDescriber({
  kinds: ['PersistentVolume'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    lines.put(0, `Name:\t${metadata.name}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Finalizers:\t${finalizers(object)}`);
    lines.put(0, `StorageClass:\t${spec.storageClassName ?? ''}`);
    if (metadata.deletionTimestamp !== undefined)
      lines.put(0, `Status:\tTerminating (lasts ${lasting(d.nowMs, metadata.deletionTimestamp)})`);
    else lines.put(0, `Status:\t${status.phase ?? ''}`);
    lines.put(0, `Claim:\t${spec.claimRef == null ? '' : `${spec.claimRef.namespace}/${spec.claimRef.name}`}`);
    lines.put(0, `Reclaim Policy:\t${spec.persistentVolumeReclaimPolicy ?? ''}`);
    lines.put(0, `Access Modes:\t${accessModes(spec.accessModes)}`);
    if (spec.volumeMode != null) lines.put(0, `VolumeMode:\t${spec.volumeMode}`);
    lines.put(0, `Capacity:\t${canonicalQuantity(spec.capacity?.storage ?? '0')}`);
    nodeAffinity(lines, spec.nodeAffinity);
    lines.put(0, `Message:\t${status.message ?? ''}`);
    lines.put(0, 'Source:');
    describeVolume(lines, spec);
    yield* describeEvents(d, lines);
  },
});

function nodeAffinity(lines: Lines, affinity: any): void {
  if (affinity?.required == null) {
    lines.put(0, 'Node Affinity:\t<none>');
    return;
  }
  lines.put(0, 'Node Affinity:\t');
  lines.raw('  Required Terms:\t');
  const terms: readonly any[] = affinity.required.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    lines.raw('<none>\n');
    return;
  }
  lines.raw('\n');
  terms.forEach((term, index) => {
    lines.raw(`    Term ${index}:\t`);
    const parts: readonly any[] = term.matchExpressions ?? [];
    if (parts.length === 0) {
      lines.raw('<none>\n');
      return;
    }
    parts.forEach((part, at) => {
      const values = (part.values ?? []).length > 0 ? ` [${part.values.join(', ')}]` : '';
      lines.raw(`${at === 0 ? '' : '\t'}${part.key} ${String(part.operator).toLowerCase()}${values}\n`);
    });
  });
}

const commaPairs = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${map![key]}`)
    .join(',') || '<none>';

export const storageClassDescriber = defineDescriber({
  kinds: ['StorageClass.storage.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    lines.put(0, `Name:\t${object.metadata.name}`);
    lines.put(
      0,
      `IsDefaultClass:\t${object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? 'Yes' : 'No'}`,
    );
    lines.put(0, `Annotations:\t${commaPairs(object.metadata.annotations)}`);
    lines.put(0, `Provisioner:\t${object.provisioner}`);
    lines.put(0, `Parameters:\t${commaPairs(object.parameters)}`);
    lines.put(
      0,
      `AllowVolumeExpansion:\t${object.allowVolumeExpansion == null ? '<unset>' : object.allowVolumeExpansion ? 'True' : 'False'}`,
    );
    if ((object.mountOptions ?? []).length === 0) lines.put(0, 'MountOptions:\t<none>');
    else {
      lines.put(0, 'MountOptions:');
      for (const option of object.mountOptions) lines.put(1, option);
    }
    if (object.reclaimPolicy != null) lines.put(0, `ReclaimPolicy:\t${object.reclaimPolicy}`);
    if (object.volumeBindingMode != null) lines.put(0, `VolumeBindingMode:\t${object.volumeBindingMode}`);
    yield* describeEvents(d, lines);
  },
});

export const priorityClassDescriber = defineDescriber({
  kinds: ['PriorityClass.scheduling.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    lines.put(0, `Name:\t${object.metadata.name}`);
    lines.put(0, `Value:\t${object.value}`);
    lines.put(0, `GlobalDefault:\t${object.globalDefault ?? false}`);
    lines.put(0, `PreemptionPolicy:\t${object.preemptionPolicy ?? ''}`);
    lines.put(0, `Description:\t${object.description ?? ''}`);
    lines.put(0, `Annotations:\t${commaPairs(object.metadata.annotations)}`);
    yield* describeEvents(d, lines);
  },
});
