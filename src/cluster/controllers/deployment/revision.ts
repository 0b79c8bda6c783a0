// Revisions of a Deployment: which ReplicaSet is the new one, which number it has, what its annotations say.
// Models: kubernetes v1.37 pkg/controller/deployment/util/deployment_util.go
import { sameData } from '../../apimachinery/equality.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import type { PodTemplate } from '../../kinds/pod/types.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import { maxSurge } from './fenceposts.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MAX = 'deployment.kubernetes.io/max-replicas';
const HISTORY_LENGTH = 2000;

/** Annotations a ReplicaSet does not inherit. */
const OWN_ANNOTATIONS = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  HISTORY,
  DESIRED,
  MAX,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Readonly<Record<string, string>>;

/** Equal but for the hash label. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  if (!sameData(a.spec, b.spec)) return false;
  return sameData({ ...a.metadata, labels: withoutHash(a) }, { ...b.metadata, labels: withoutHash(b) });
}

function withoutHash(template: PodTemplate): Annotations {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return labels;
}

export function byCreation(a: KubeObject, b: KubeObject): number {
  const order =
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? 1 : 0;
  return order !== 0 ? order : a.metadata.name < b.metadata.name ? -1 : 1;
}

export function revisionOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[REVISION];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0;
}

/** Number that the new ReplicaSet gets when `old` are the others. */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return old.reduce((max, set) => Math.max(max, revisionOf(set)), 0) + 1;
}

export function numberAnnotation(object: KubeObject, name: string): number | undefined {
  const text = object.metadata.annotations?.[name];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** Annotations of the new ReplicaSet: the Deployment's own, its revision, and for one that is being made the sizes. */
export function annotationsFor(deployment: Deployment, old: Annotations | undefined, revision: number, exists: boolean): Annotations {
  const next: Record<string, string> = { ...old };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!OWN_ANNOTATIONS.has(name)) next[name] = value;
  }
  const known = old?.[REVISION];
  if (Number(known ?? 0) < revision) {
    next[REVISION] = String(revision);
    if (known !== undefined) next[HISTORY] = history(old?.[HISTORY], known);
  }
  return exists ? next : withSizes(deployment, next);
}

/** Comma-separated revisions this ReplicaSet had before; the oldest are dropped when it grows too long. */
function history(old: string | undefined, revision: string): string {
  let revisions = old === undefined || old === '' ? [] : old.split(',');
  while (revisions.length > 0 && [...revisions, revision].join(',').length > HISTORY_LENGTH) revisions = revisions.slice(1);
  return [...revisions, revision].join(',');
}

export function withSizes(deployment: Deployment, annotations: Annotations | undefined): Annotations {
  const { replicas } = deployment.spec;
  return { ...annotations, [DESIRED]: String(replicas), [MAX]: String(replicas + maxSurge(deployment)) };
}
