// kubectl rollout pause, resume, restart.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/rollout,polymorphichelpers/object{pauser,resumer,restarter}}.go
import { type Command, defineCommand } from '../../command.ts';
import { qualifiedName, resourcePath } from '../../discovery.ts';
import { Failure } from '../../errors.ts';
import { FIELD_MANAGER } from '../../global-flags.ts';
import { doneLine, objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget } from '../../targets.ts';
import { groupKind, ROLLOUT_FLAGS, rolloutTargets } from './shared-flags.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

interface Change {
  readonly name: string;
  readonly short: string;
  readonly done: string;
  /** As in `pausing is not supported`. */
  readonly doing: string;
  readonly kinds: readonly string[];
  /** Why it cannot be done now. */
  refuse(object: any): string | undefined;
  patch(nowMs: number): any;
}

function changeCommand(change: Change): Command {
  return defineCommand({
    name: change.name,
    short: change.short,
    use: 'RESOURCE',
    flags: [...ROLLOUT_FLAGS, ...PRINT_FLAGS, FIELD_MANAGER('kubectl-rollout')],
    *run(k) {
      const printer = yield* objectPrinter(k);
      yield* eachTarget(k, rolloutTargets(k), function* (info) {
        const what = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)}`;
        if (!change.kinds.includes(groupKind(info))) throw new Failure(`${what} ${change.doing} is not supported`);
        const refusal = change.refuse(info.object);
        if (refusal !== undefined) throw new Failure(`${what} ${refusal}`);
        const now = yield* k.os.time();
        const client = yield* k.client();
        const body = change.patch(now);
        if (change.name === 'restart' && restartedNow(info, body)) {
          throw new Failure(
            `failed to create patch for ${info.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
          );
        }
        const object = yield* client.patch(resourcePath(info.resource, info.namespace, info.name), 'strategic', body, {
          fieldManager: k.flags.text('field-manager') || 'kubectl-rollout',
        });
        yield* k.out(printer === undefined ? doneLine(info.resource, info.name, change.done) : printer.print(object, info.resource));
      });
    },
  });
}

function restartedNow(info: Info, body: any): boolean {
  return info.object.spec.template.metadata?.annotations?.[RESTARTED_AT] === body.spec.template.metadata.annotations[RESTARTED_AT];
}

export const rolloutPause = changeCommand({
  name: 'pause',
  short: 'Mark the provided resource as paused',
  done: 'paused',
  doing: 'pausing',
  kinds: ['Deployment.apps'],
  refuse: (object) => (object.spec.paused ? 'is already paused' : undefined),
  patch: () => ({ spec: { paused: true } }),
});

export const rolloutResume = changeCommand({
  name: 'resume',
  short: 'Resume a paused resource',
  done: 'resumed',
  doing: 'resuming',
  kinds: ['Deployment.apps'],
  refuse: (object) => (object.spec.paused ? undefined : 'is not paused'),
  patch: () => ({ spec: { paused: null } }),
});

export const rolloutRestart = changeCommand({
  name: 'restart',
  short: 'Restart a resource',
  done: 'restarted',
  doing: 'restarting',
  kinds: ['Deployment.apps', 'DaemonSet.apps', 'StatefulSet.apps'],
  refuse: (object) => (object.spec.paused ? "can't restart paused deployment (run rollout resume first)" : undefined),
  patch: (nowMs) => ({
    spec: { template: { metadata: { annotations: { [RESTARTED_AT]: `${new Date(nowMs).toISOString().slice(0, 19)}Z` } } } },
  }),
});
