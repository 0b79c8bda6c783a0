// kubectl rollout history.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/rollout/rollout_history.go
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { kindPrefix } from '../../discovery.ts';
import { templateText } from '../../describers/pod-parts.ts';
import { Failure } from '../../errors.ts';
import { whole } from '../../flags.ts';
import { objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import { alignTabs } from '../../printers/tabwriter.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget } from '../../targets.ts';
import { revisionsOf } from './revisions.ts';
import { groupKind, ROLLOUT_FLAGS, rolloutTargets } from './shared-flags.ts';

const KEEPERS = ['Deployment.apps', 'DaemonSet.apps', 'StatefulSet.apps'];
const VISITED = [...KEEPERS, 'ReplicaSet.apps', 'Job.batch', 'CronJob.batch', 'Pod', 'ReplicationController'];

/** @throws Failure for kinds without revisions. */
export function checkKeeper(info: Info, what: 'history' | 'rollbacker'): void {
  const kind = groupKind(info);
  if (KEEPERS.includes(kind)) return;
  const shown = JSON.stringify(kind);
  if (!VISITED.includes(kind))
    throw new Failure(`error retrieving ${what} for ${shown}, no visitor method exists for {${info.resource.group} ${info.resource.kind}}`);
  throw new Failure(
    what === 'history' ? `no history viewer has been implemented for ${shown}` : `no rollbacker has been implemented for ${shown}`,
  );
}

export const rolloutHistory = defineCommand({
  name: 'history',
  short: 'View rollout history',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: [...ROLLOUT_FLAGS, ...PRINT_FLAGS, whole('revision', 'See the details, including podTemplate of the revision specified')],
  *run(k) {
    const revision = k.flags.int('revision');
    if (revision < 0) throw new Failure(`revision must be a positive integer: ${revision}`);
    yield* eachTarget(k, rolloutTargets(k), (info) => show(k, info, revision));
  },
});

function* show(k: Kubectl, info: Info, revision: number): Body<void> {
  checkKeeper(info, 'history');
  const revisions = yield* revisionsOf(k, info);
  const printer = yield* objectPrinter(k);
  if (printer !== undefined) {
    const found = revision > 0 ? revisions.find((one) => one.number === revision) : undefined;
    if (revision > 0 && found === undefined) throw new Failure('unable to find the specified revision');
    const objects = found === undefined ? revisions.map((one) => one.source) : [found.source];
    for (const object of objects) yield* k.out(printer.print(object));
    return;
  }
  const name = `${kindPrefix(info.resource)}/${info.name}`;
  if (revision > 0) {
    const found = revisions.find((one) => one.number === revision);
    if (found === undefined) throw new Failure('unable to find the specified revision');
    yield* k.out(`${name} with revision #${revision}\n${templateText(found.template)}\n`);
    return;
  }
  if (revisions.length === 0) {
    yield* k.out(`${name} \nNo rollout history found.\n`);
    return;
  }
  const rows = revisions.map((one) => `${one.number}\t${one.changeCause || '<none>'}\n`).join('');
  yield* k.out(`${name} \n${alignTabs(`REVISION\tCHANGE-CAUSE\n${rows}`)}\n`);
}
