// Volumes of a pod, by their source.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go describeVolumes, print*VolumeSource
import { canonicalQuantity } from '../../../../cluster/apimachinery/quantity.ts';
import type { Lines } from './lines.ts';

type Rows = readonly (readonly [string, unknown])[];

const SOURCES: Readonly<Record<string, readonly [string, (source: any) => Rows]>> = {
  hostPath: [
    'HostPath (bare host directory volume)',
    (one) => [
      ['Path', one.path],
      ['HostPathType', one.type ?? '<none>'],
    ],
  ],
  emptyDir: [
    "EmptyDir (a temporary directory that shares a pod's lifetime)",
    (one) => [
      ['Medium', one.medium ?? ''],
      ['SizeLimit', one.sizeLimit === undefined || canonicalQuantity(one.sizeLimit) === '0' ? '<unset>' : canonicalQuantity(one.sizeLimit)],
    ],
  ],
  secret: [
    'Secret (a volume populated by a Secret)',
    (one) => [
      ['SecretName', one.secretName ?? ''],
      ['Optional', one.optional ?? false],
    ],
  ],
  configMap: [
    'ConfigMap (a volume populated by a ConfigMap)',
    (one) => [
      ['Name', one.name ?? ''],
      ['Optional', one.optional ?? false],
    ],
  ],
  persistentVolumeClaim: [
    'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    (one) => [
      ['ClaimName', one.claimName],
      ['ReadOnly', one.readOnly ?? false],
    ],
  ],
  nfs: [
    'NFS (an NFS mount that lasts the lifetime of a pod)',
    (one) => [
      ['Server', one.server],
      ['Path', one.path],
      ['ReadOnly', one.readOnly ?? false],
    ],
  ],
  gitRepo: [
    'GitRepo (a volume that is pulled from git when the pod is created)',
    (one) => [
      ['Repository', one.repository],
      ['Revision', one.revision ?? ''],
    ],
  ],
  local: ['LocalVolume (a persistent volume backed by local storage on a node)', (one) => [['Path', one.path]]],
  csi: [
    'CSI (a Container Storage Interface (CSI) volume source)',
    (one) => [
      ['Driver', one.driver],
      ['FSType', one.fsType ?? ''],
      ['ReadOnly', one.readOnly ?? false],
    ],
  ],
  ephemeral: [
    'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    (one) => [
      ['StorageClass', one.volumeClaimTemplate?.spec?.storageClassName ?? ''],
      ['Volume', one.volumeClaimTemplate?.spec?.volumeName ?? ''],
    ],
  ],
  image: [
    'Image (a container image or OCI artifact)',
    (one) => [
      ['Reference', one.reference],
      ['PullPolicy', one.pullPolicy ?? ''],
    ],
  ],
};

export function describeVolume(lines: Lines, volume: any): void {
  if (volume.projected != null) {
    projected(lines, volume.projected);
    return;
  }
  if (volume.downwardAPI != null) {
    lines.put(2, 'Type:\tDownwardAPI (a volume populated by information about the pod)');
    lines.put(2, 'Items:');
    for (const item of volume.downwardAPI.items ?? []) {
      if (item.fieldRef != null) lines.put(3, `${item.fieldRef.fieldPath} -> ${item.path}`);
      else lines.put(3, `${item.resourceFieldRef?.resource} -> ${item.path}`);
    }
    return;
  }
  for (const [field, [type, rows]] of Object.entries(SOURCES)) {
    if (volume[field] == null) continue;
    lines.put(2, `Type:\t${type}`);
    for (const [name, value] of rows(volume[field])) lines.put(2, `${name}:\t${String(value)}`);
    return;
  }
  lines.put(1, '<unknown>');
}

function projected(lines: Lines, source: any): void {
  lines.put(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)');
  for (const one of source.sources ?? []) {
    if (one.secret != null) {
      lines.put(2, `SecretName:\t${one.secret.name}`);
      lines.put(2, `Optional:\t${one.secret.optional ?? false}`);
    } else if (one.downwardAPI != null) lines.put(2, 'DownwardAPI:\ttrue');
    else if (one.configMap != null) {
      lines.put(2, `ConfigMapName:\t${one.configMap.name}`);
      lines.put(2, `Optional:\t${one.configMap.optional ?? false}`);
    } else if (one.serviceAccountToken != null)
      lines.put(2, `TokenExpirationSeconds:\t${one.serviceAccountToken.expirationSeconds ?? 3600}`);
  }
}
