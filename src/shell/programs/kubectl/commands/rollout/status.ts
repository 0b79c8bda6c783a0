// kubectl rollout status.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/rollout/rollout_status,polymorphichelpers/rollout_status}.go
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { bool, duration, whole } from '../../flags.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget } from '../../targets.ts';
import { timedOut, watchObject } from '../../waiting.ts';
import { groupKind, ROLLOUT_FLAGS, rolloutTargets } from './shared-flags.ts';

export interface RolloutState {
  readonly message: string;
  readonly done: boolean;
}

export const rolloutStatus = defineCommand({
  name: 'status',
  short: 'Show the status of the rollout',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...ROLLOUT_FLAGS,
    whole('revision', 'Pin to a specific revision for showing its status. Defaults to 0 (last revision).'),
    duration(
      'timeout',
      'The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
      { value: '0s' },
    ),
    bool('watch', "Watch the status of the rollout until it's done.", { short: 'w', value: 'true' }),
  ],
  *run(k) {
    if (k.flags.int('revision') < 0) throw new Failure(`revision must be a positive integer: ${k.flags.int('revision')}`);
    yield* eachTarget(k, rolloutTargets(k), (info) => follow(k, info));
  },
});

function* follow(k: Kubectl, info: Info): Body<void> {
  const view = STATUS[groupKind(info)];
  if (view === undefined) throw new Failure(`no status viewer has been implemented for ${groupKind(info)}`);
  const revision = k.flags.int('revision');
  let failure: Failure | undefined;
  const see = function* (object: any): Body<boolean> {
    const state = view(object, revision);
    yield* k.out(state.message);
    return state.done || !k.flags.bool('watch');
  };
  const timeout = k.flags.duration('timeout');
  const done = yield* watchObject(
    k,
    info.resource,
    info.namespace,
    info.name,
    timeout === 0 ? 365 * 24 * 3_600_000 : timeout,
    function* (sighting) {
      if (sighting.type === 'SYNCED') return false;
      if (sighting.type === 'DELETED') {
        failure = new Failure('object has been deleted');
        return true;
      }
      return yield* see(sighting.object);
    },
  );
  if (failure !== undefined) throw failure;
  if (!done) throw timedOut();
}

const STATUS: Readonly<Record<string, (object: any, revision: number) => RolloutState>> = {
  'Deployment.apps': deployment,
  'DaemonSet.apps': daemonSet,
  'StatefulSet.apps': statefulSet,
};

function deployment(object: any, revision: number): RolloutState {
  const { name } = object.metadata;
  const status = object.status ?? {};
  if (revision > 0) {
    const running = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    if (running !== revision) throw new Failure(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if ((object.metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return { message: 'Waiting for deployment spec update to be observed...\n', done: false };
  const progressing = (status.conditions ?? []).find((one: any) => one.type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new Failure(`deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  const updated = status.updatedReplicas ?? 0;
  const replicas = status.replicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const waiting = `Waiting for deployment ${JSON.stringify(name)} rollout to finish: `;
  const wanted = object.spec.replicas;
  if (wanted !== undefined && updated < wanted)
    return { message: `${waiting}${updated} out of ${wanted} new replicas have been updated...\n`, done: false };
  if (replicas > updated) return { message: `${waiting}${replicas - updated} old replicas are pending termination...\n`, done: false };
  if (available < updated) return { message: `${waiting}${available} of ${updated} updated replicas are available...\n`, done: false };
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out\n`, done: true };
}

function daemonSet(object: any): RolloutState {
  if (object.spec.updateStrategy?.type !== 'RollingUpdate')
    throw new Failure('rollout status is only available for RollingUpdate strategy type');
  const { name } = object.metadata;
  const status = object.status ?? {};
  if ((object.metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return { message: 'Waiting for daemon set spec update to be observed...\n', done: false };
  const desired = status.desiredNumberScheduled ?? 0;
  const updated = status.updatedNumberScheduled ?? 0;
  const available = status.numberAvailable ?? 0;
  const waiting = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: `;
  if (updated < desired) return { message: `${waiting}${updated} out of ${desired} new pods have been updated...\n`, done: false };
  if (available < desired) return { message: `${waiting}${available} of ${desired} updated pods are available...\n`, done: false };
  return { message: `daemon set ${JSON.stringify(name)} successfully rolled out\n`, done: true };
}

function statefulSet(object: any): RolloutState {
  const strategy = object.spec.updateStrategy ?? {};
  if (strategy.type !== 'RollingUpdate') throw new Failure('rollout status is only available for RollingUpdate strategy type');
  const status = object.status ?? {};
  const observed = status.observedGeneration ?? 0;
  if (observed === 0 || (object.metadata.generation ?? 0) > observed)
    return { message: 'Waiting for statefulset spec update to be observed...\n', done: false };
  const wanted = object.spec.replicas ?? 0;
  const ready = status.readyReplicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  if (ready < wanted) return { message: `Waiting for ${wanted - ready} pods to be ready...\n`, done: false };
  const partition = strategy.rollingUpdate?.partition;
  if (partition !== undefined && partition !== null) {
    if (updated < wanted - partition) {
      return {
        message: `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...\n`,
        done: false,
      };
    }
    return { message: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
  }
  if (status.updateRevision !== status.currentRevision) {
    return {
      message: `waiting for statefulset rolling update to complete ${updated} pods at revision ${status.updateRevision}...\n`,
      done: false,
    };
  }
  return {
    message: `statefulset rolling update complete ${status.currentReplicas ?? 0} pods at revision ${status.currentRevision}...\n`,
    done: true,
  };
}
