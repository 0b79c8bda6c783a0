// Deployment controller: a ReplicaSet for every version of the template, and the step that comes next between them.
// Models: kubernetes v1.37 pkg/controller/deployment/{deployment_controller,rolling,recreate,sync}.go
import { sameData } from '../../apimachinery/equality.ts';
import { byController, byNamespace, controllerOf } from '../../client/cache.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { Deployment } from '../../kinds/deployment/deployment.ts';
import { podIsTerminal } from '../../kinds/pod/facts.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import type { ReplicaSet } from '../../kinds/replicaset/replicaset.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type Refusal, type View } from '../controller.ts';
import { claim, controllerReference, ownersOf } from '../ownership.ts';
import { orphansByNamespace } from '../pod-indexes.ts';
import { create, update, updateStatus } from '../writes.ts';
import { DEPLOYMENTS, Plan, SETS } from './plan.ts';
import {
  annotationsFor,
  byCreation,
  DESIRED,
  HASH_LABEL,
  nextRevision,
  numberAnnotation,
  REVISION,
  revisionOf,
  sameTemplate,
} from './revision.ts';
import { isActive, newSize, proportional, scaleDownOld } from './rolling.ts';
import {
  conditionOf,
  countedStatus,
  deadlineCheckMs,
  hasDeadline,
  isComplete,
  newCondition,
  rolloutStatus,
  withCondition,
} from './status.ts';
import { templateHash } from './template-hash.ts';

/** `revisionHistoryLimit` of this size keeps everything. */
const NO_LIMIT = 2_147_483_647;

function setKeys({ object, old }: Change<ReplicaSet>, view: View): readonly string[] {
  return ownersOf(object, old, 'Deployment', view.list<Deployment>(DEPLOYMENTS));
}

/** Recreate waits for the last old pod to go. */
function podKeys({ type, object }: Change<Pod>, view: View): readonly string[] {
  const owner = type === 'deleted' ? controllerOf(object) : undefined;
  if (owner?.kind !== 'ReplicaSet') return [];
  const set = view.list<ReplicaSet>(SETS).get(`${object.metadata.namespace}/${owner.name}`);
  const deployment = set === undefined ? undefined : controllerOf(set);
  if (deployment === undefined) return [];
  const key = `${object.metadata.namespace}/${deployment.name}`;
  return view.list<Deployment>(DEPLOYMENTS).get(key)?.spec.strategy.type === 'Recreate' ? [key] : [];
}

function reconcile(key: string, view: View): Outcome {
  const deployment = view.list<Deployment>(DEPLOYMENTS).get(key);
  if (deployment === undefined) return NOTHING;
  const sets = view.list<ReplicaSet>(SETS);
  const { spec, metadata } = deployment;
  const orphans = sets.by('orphans', metadata.namespace!);
  const { mine, writes } = claim(deployment, SETS, spec.selector, sets.by('controller', metadata.uid), orphans);
  if (writes.length > 0) return { batches: [writes] };
  const ordered = [...mine].sort(byCreation);
  const newSet = ordered.find((set) => sameTemplate(set.spec.template, spec.template));
  const plan = new Plan(
    deployment,
    newSet,
    ordered.filter((set) => set !== newSet),
  );
  if (metadata.deletionTimestamp !== undefined) return plan.finish(countedStatus(deployment, plan.all, newSet, view));
  const paused = pausedCondition(deployment, view);
  if (paused !== undefined) return { batches: [[updateStatus(DEPLOYMENTS, paused)]] };
  if (spec.paused === true || isScaling(plan)) return resize(plan, view);
  return spec.strategy.type === 'Recreate' ? recreate(plan, view) : roll(plan, view);
}

/** The Deployment with the condition that it was paused or resumed, when that is news. */
function pausedCondition(deployment: Deployment, view: View): Deployment | undefined {
  if (!hasDeadline(deployment)) return undefined;
  const reason = conditionOf(deployment.status, 'Progressing')?.reason;
  const paused = deployment.spec.paused === true;
  if (reason === 'ProgressDeadlineExceeded' || paused === (reason === 'DeploymentPaused')) return undefined;
  const condition = paused
    ? newCondition(view, 'Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused')
    : newCondition(view, 'Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  return { ...deployment, status: withCondition(deployment.status, condition) };
}

/** Some active ReplicaSet was sized for another number of replicas. */
function isScaling({ all, deployment }: Plan): boolean {
  return all.some((set) => {
    const desired = isActive(set) ? numberAnnotation(set, DESIRED) : undefined;
    return desired !== undefined && desired !== deployment.spec.replicas;
  });
}

/** Another size, or paused: nothing is rolled, only scaled. */
function resize(plan: Plan, view: View): Outcome {
  const annotations = syncRevision(plan, view);
  scale(plan);
  if (plan.deployment.spec.paused === true) cleanUp(plan);
  const status = { ...countedStatus(annotations.deployment, plan.all, plan.newSet, view) };
  return plan.finish(status, annotations.deployment.metadata.annotations);
}

function scale(plan: Plan): void {
  const { deployment, newSet, old } = plan;
  const { replicas } = deployment.spec;
  const active = plan.all.filter(isActive);
  const only = active.length === 1 ? active[0] : active.length === 0 ? (newSet ?? [...old].sort(byCreation).at(-1)) : undefined;
  if (active.length <= 1) {
    if (only !== undefined && only.spec.replicas !== replicas) plan.scale(only, replicas);
    return;
  }
  const saturated =
    newSet !== undefined &&
    numberAnnotation(newSet, DESIRED) === replicas &&
    newSet.spec.replicas === replicas &&
    newSet.status.availableReplicas === replicas;
  if (saturated) for (const set of old.filter(isActive)) plan.scale(set, 0);
  else if (deployment.spec.strategy.type === 'RollingUpdate')
    for (const next of proportional(deployment, active)) plan.scale(next.set, next.replicas);
}

/**
 * Revision and annotations of the new ReplicaSet that exists. Answers the Deployment as its status writes should begin from, and
 * whether the ReplicaSet was written (then the Deployment's own revision waits for the next look).
 */
function syncRevision(plan: Plan, view: View): { readonly deployment: Deployment } {
  const { deployment, newSet } = plan;
  if (newSet === undefined) return { deployment };
  const annotations = annotationsFor(deployment, newSet.metadata.annotations, nextRevision(plan.old), true);
  const minReady = (newSet.spec.minReadySeconds ?? 0) !== (deployment.spec.minReadySeconds ?? 0);
  if (minReady || !sameData(annotations, newSet.metadata.annotations)) {
    const { minReadySeconds } = deployment.spec;
    const next = { ...newSet, metadata: { ...newSet.metadata, annotations }, spec: { ...newSet.spec, minReadySeconds } };
    plan.write(update(SETS, next));
    plan.replace(next);
    return { deployment };
  }
  const revision = newSet.metadata.annotations?.[REVISION] ?? '0';
  let next = deployment;
  if (deployment.metadata.annotations?.[REVISION] !== revision) {
    next = { ...next, metadata: { ...next.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } } };
  }
  if (hasDeadline(deployment) && conditionOf(deployment.status, 'Progressing') === undefined) {
    const found = newCondition(view, 'Progressing', 'True', 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata.name}"`);
    next = { ...next, status: withCondition(next.status, found) };
  }
  return { deployment: next };
}

/** Makes the new ReplicaSet; the rollout goes on when it is there. */
function makeNewSet(plan: Plan, view: View): Outcome {
  const { deployment, old } = plan;
  const { spec, metadata } = deployment;
  const hash = templateHash(spec.template, deployment.status.collisionCount);
  const name = `${metadata.name}-${hash}`;
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
  const replicas = newSize(deployment, old, 0);
  const revision = nextRevision(old);
  const body = {
    metadata: {
      name,
      namespace: metadata.namespace,
      labels,
      annotations: annotationsFor(deployment, undefined, revision, false),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  const subject = subjectOf(deployment);
  const failed = `Failed to create new replica set "${name}": {error}`;
  plan.write(
    create(SETS, metadata.namespace, body, {
      ...(replicas > 0 ? { done: plan.scaled(name, 0, replicas) } : {}),
      refused: { subject, type: 'Warning', reason: 'ReplicaSetCreateError', message: failed },
    }),
  );
  const created = newCondition(view, 'Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  const status = hasDeadline(deployment) ? withCondition(deployment.status, created) : deployment.status;
  return plan.finish(status, { ...metadata.annotations, [REVISION]: String(revision) });
}

function roll(plan: Plan, view: View): Outcome {
  const { newSet } = plan;
  if (newSet === undefined) return makeNewSet(plan, view);
  const { deployment } = syncRevision(plan, view);
  const current = plan.newSet!;
  const size =
    current.spec.replicas > deployment.spec.replicas ? deployment.spec.replicas : newSize(deployment, plan.all, current.spec.replicas);
  if (size !== current.spec.replicas) {
    plan.scale(current, size);
    return progressed(plan, deployment, view);
  }
  const down = scaleDownOld(deployment, current, plan.old);
  for (const { set, replicas } of down) plan.scale(set, replicas);
  if (down.length === 0 && isComplete(deployment, deployment.status)) cleanUp(plan);
  return progressed(plan, deployment, view);
}

function recreate(plan: Plan, view: View): Outcome {
  const { deployment } = syncRevision(plan, view);
  const active = plan.old.filter(isActive);
  if (active.length > 0) {
    for (const set of active) plan.scale(set, 0);
    return progressed(plan, deployment, view);
  }
  if (oldPodsRun(plan, view)) return progressed(plan, deployment, view);
  if (plan.newSet === undefined) return makeNewSet(plan, view);
  plan.scale(plan.newSet, deployment.spec.replicas);
  if (isComplete(deployment, deployment.status)) cleanUp(plan);
  return progressed(plan, deployment, view);
}

function oldPodsRun({ old }: Plan, view: View): boolean {
  const pods = view.list<Pod>('pods');
  return old.some((set) => set.status.replicas > 0 || pods.by('controller', set.metadata.uid).some((pod) => !podIsTerminal(pod)));
}

function progressed(plan: Plan, deployment: Deployment, view: View): Outcome {
  const status = rolloutStatus(deployment, plan.all, plan.newSet, view);
  return plan.finish(status, deployment.metadata.annotations, deadlineCheckMs(deployment, status, view));
}

/** Forgets the oldest revisions beyond the limit. */
function cleanUp(plan: Plan): void {
  const limit = plan.deployment.spec.revisionHistoryLimit ?? NO_LIMIT;
  if (limit === NO_LIMIT) return;
  const alive = plan.old.filter((set) => set.metadata.deletionTimestamp === undefined);
  const oldest = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b)).slice(0, Math.max(0, alive.length - limit));
  for (const set of oldest) {
    const settled =
      set.status.replicas === 0 && set.spec.replicas === 0 && (set.metadata.generation ?? 0) <= (set.status.observedGeneration ?? 0);
    if (settled) plan.remove(set);
  }
}

/** The new ReplicaSet was refused: its name is taken, or the server does not want it. */
function afterRefusal(key: string, view: View, { write, code, error }: Refusal): Outcome {
  const deployment = view.list<Deployment>(DEPLOYMENTS).get(key);
  if (deployment === undefined || write.request.method !== 'POST') return NOTHING;
  if (code === 409) {
    const status = { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 };
    return { batches: [[updateStatus(DEPLOYMENTS, { ...deployment, status })]] };
  }
  if (!hasDeadline(deployment) || error.includes('because it is being terminated')) return NOTHING;
  const name = (write.request.body as { metadata: { name: string } }).metadata.name;
  const message = `Failed to create new replica set "${name}": ${error}`;
  const status = withCondition(deployment.status, newCondition(view, 'Progressing', 'False', 'ReplicaSetCreateError', message));
  return status === deployment.status ? NOTHING : { batches: [[updateStatus(DEPLOYMENTS, { ...deployment, status })]] };
}

export const deploymentController = defineController({
  name: 'deployment-controller',
  workers: 5,
  watches: [
    { resource: DEPLOYMENTS, indexes: [byNamespace], keys: ownKey },
    { resource: SETS, indexes: [byNamespace, byController, orphansByNamespace], keys: setKeys },
    { resource: 'pods', indexes: [byController], keys: podKeys },
  ],
  reconcile,
  afterRefusal,
});
