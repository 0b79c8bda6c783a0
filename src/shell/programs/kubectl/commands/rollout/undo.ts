// kubectl rollout undo.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/rollout/rollout_undo,polymorphichelpers/rollback}.go
import { sameData } from '../../../../../cluster/apimachinery/equality.ts';
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { templateText } from '../../describers/pod-parts.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure } from '../../errors.ts';
import { whole } from '../../flags.ts';
import { DRY_RUN_FLAG, type DryRun, doneLine, dryRunOf, dryRunSuffix, objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget } from '../../targets.ts';
import { LAST_APPLIED } from '../../writes.ts';
import { checkKeeper } from './history.ts';
import { type Revision, REVISION, revisionsOf } from './revisions.ts';
import { ROLLOUT_FLAGS, rolloutTargets } from './shared-flags.ts';

export const rolloutUndo = defineCommand({
  name: 'undo',
  short: 'Undo a previous rollout',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...ROLLOUT_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    whole('to-revision', 'The revision to rollback to. Default to 0 (last revision).'),
  ],
  *run(k) {
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, rolloutTargets(k), function* (info) {
      if (info.object.metadata.annotations?.[LAST_APPLIED] !== undefined) {
        yield* k.err(
          `Warning: resource ${info.resource.name}/${info.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
        );
      }
      checkKeeper(info, 'rollbacker');
      const result = yield* undo(k, info, k.flags.int('to-revision'), dryRun);
      if (printer === undefined) yield* k.out(doneLine(info.resource, info.name, result, dryRun === 'server' ? dryRun : 'none'));
      else yield* k.out(printer.print(info.object, info.resource));
    });
  },
});

function* undo(k: Kubectl, info: Info, to: number, dryRun: DryRun): Body<string> {
  const revisions = yield* revisionsOf(k, info);
  const isDeployment = info.resource.kind === 'Deployment';
  if (isDeployment && revisions.length === 0) throw new Failure(`no rollout history found for deployment ${JSON.stringify(info.name)}`);
  const target = chosen(info, revisions, to);
  if (dryRun === 'client')
    return `${templateText(isDeployment ? withoutHash(target.template) : target.template).trimEnd()}${dryRunSuffix(dryRun)}`.replace(
      /^/,
      'Would roll back to ',
    );
  if (isDeployment && info.object.spec.paused) {
    throw new Failure("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again");
  }
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name);
  const query = dryRun === 'server' ? { dryRun: 'All' } : {};
  const skipped = `skipped rollback (current template already matches revision ${to > 0 ? to : target.number})`;
  if (!isDeployment) {
    if (sameData(target.template, info.object.spec.template)) return skipped;
    yield* client.patch(path, 'strategic', target.source.data, query as Record<string, string>);
    return 'rolled back';
  }
  const template = withoutHash(target.source.spec.template);
  if (sameData(template, info.object.spec.template)) return skipped;
  const annotations: Record<string, string> = {};
  const own = info.object.metadata.annotations ?? {};
  const theirs = target.source.metadata.annotations ?? {};
  for (const [key, value] of Object.entries(own)) if (KEPT.includes(key)) annotations[key] = value as string;
  for (const [key, value] of Object.entries(theirs)) if (!KEPT.includes(key)) annotations[key] = value as string;
  yield* client.patch(
    path,
    'json',
    [
      { op: 'replace', path: '/spec/template', value: template },
      { op: 'replace', path: '/metadata/annotations', value: annotations },
    ] as never,
    query as Record<string, string>,
  );
  return 'rolled back';
}

/** Annotations a Deployment keeps through a rollback. */
const KEPT = [
  LAST_APPLIED,
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

function chosen(info: Info, revisions: readonly Revision[], to: number): Revision {
  if (to > 0) {
    const found = revisions.find((one) => one.number === to);
    if (found === undefined) throw new Failure(`unable to find specified revision ${to} in history`);
    return found;
  }
  if (info.resource.kind === 'Deployment') {
    const previous = revisions.at(-2);
    if (previous === undefined) throw new Failure(`no rollout history found for deployment ${JSON.stringify(info.name)}`);
    return previous;
  }
  if (revisions.length <= 1) throw new Failure('no last revision to roll back to');
  return revisions.at(-2)!;
}

function withoutHash(template: any): any {
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
