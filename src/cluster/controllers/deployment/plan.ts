// One look at a Deployment: its ReplicaSets as they will be after the writes planned so far, and those writes in order.
// Models: kubernetes v1.37 pkg/controller/deployment/sync.go scaleReplicaSet
import { sameData } from '../../apimachinery/equality.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import type { EventDraft, Outcome, Write } from '../controller.ts';
import { remove, update, updateStatus } from '../writes.ts';
import { withSizes } from './revision.ts';
import type { DeploymentStatus } from './status.ts';

export const SETS = 'replicasets.apps';
export const DEPLOYMENTS = 'deployments.apps';

export class Plan {
  readonly deployment: Deployment;
  newSet: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
  readonly batches: Write[][] = [];

  constructor(deployment: Deployment, newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]) {
    this.deployment = deployment;
    this.newSet = newSet;
    this.old = old;
  }

  get all(): readonly ReplicaSet[] {
    return this.newSet === undefined ? this.old : [...this.old, this.newSet];
  }

  write(write: Write): void {
    this.batches.push([write]);
  }

  /** Puts `next` in the place of the ReplicaSet of its name. */
  replace(next: ReplicaSet): void {
    if (this.newSet?.metadata.name === next.metadata.name) this.newSet = next;
    else this.old = this.old.map((set) => (set.metadata.name === next.metadata.name ? next : set));
  }

  /** Size and size annotations of a ReplicaSet; true when the size changes. */
  scale(set: ReplicaSet, replicas: number): boolean {
    const annotations = withSizes(this.deployment, set.metadata.annotations);
    const resized = set.spec.replicas !== replicas;
    if (!resized && sameData(annotations, set.metadata.annotations)) return false;
    const next: ReplicaSet = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
    this.write(update(SETS, next, resized ? { done: this.scaled(set.metadata.name, set.spec.replicas, replicas) } : {}));
    this.replace(next);
    return resized;
  }

  scaled(name: string, from: number, to: number): EventDraft {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    return { subject: subjectOf(this.deployment), type: 'Normal', reason: 'ScalingReplicaSet', message };
  }

  remove(set: ReplicaSet): void {
    this.write(remove(SETS, set));
  }

  /** The outcome with this status, written only when it or the annotations differ. */
  finish(status: DeploymentStatus, annotations = this.deployment.metadata.annotations, requeueAfterMs?: number): Outcome {
    const old = this.deployment;
    if (!sameData(status, old.status) || !sameData(annotations, old.metadata.annotations)) {
      this.write(updateStatus(DEPLOYMENTS, { ...old, metadata: { ...old.metadata, annotations }, status } as Deployment));
    }
    return { batches: this.batches, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
  }
}
