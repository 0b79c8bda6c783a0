// kubectl cordon and uncordon.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/drain/drain.go, kubectl/pkg/drain/cordon.go
import type { Body } from '../../../../posix/program.ts';
import { type Command, defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { SELECTOR_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, type DryRun, dryRunOf } from '../printers/printer.ts';
import { buildAll, type Info } from '../resource-builder.ts';
import { eachTarget } from '../targets.ts';

/** Marks a node; says `already cordoned` when it was. */
export function* markNode(k: Kubectl, info: Info, unschedulable: boolean, dryRun: DryRun): Body<void> {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  if (Boolean(info.object.spec?.unschedulable) === unschedulable) {
    yield* k.out(doneLine(info.resource, info.name, `already ${word}`, dryRun));
    return;
  }
  if (dryRun !== 'client') {
    const client = yield* k.client();
    const body = { spec: { unschedulable: unschedulable ? true : null } };
    yield* client.patch(resourcePath(info.resource, '', info.name), 'strategic', body, dryRun === 'server' ? { dryRun: 'All' } : {});
  }
  yield* k.out(doneLine(info.resource, info.name, word, dryRun));
}

/** Nodes of arguments or selector. @throws Failure */
export function* nodesOf(k: Kubectl): Body<readonly Info[]> {
  const selector = k.flags.text('selector');
  if (k.args.length > 0 && selector !== '') throw new Failure('error: cannot specify both a node name and a --selector option');
  if (k.args.length === 0 && selector === '') throw k.usage(`USAGE: ${k.path.replace('kubectl ', '')} NODE [flags]`);
  return yield* buildAll(k, {
    args: k.args.length === 0 ? ['nodes'] : k.args.map((one) => (one.includes('/') ? one : `nodes/${one}`)),
    selector,
    flatten: true,
  });
}

function command(name: string, short: string, unschedulable: boolean): Command {
  return defineCommand({
    name,
    short,
    use: 'NODE',
    flags: [DRY_RUN_FLAG, SELECTOR_FLAG],
    *run(k) {
      const dryRun = dryRunOf(k);
      const selector = k.flags.text('selector');
      if (k.args.length === 0 && selector === '') throw k.usage(`USAGE: ${name} NODE [flags]`);
      if (k.args.length > 0 && selector !== '') throw new Failure('cannot specify both a node name and a --selector option');
      const args = k.args.length === 0 ? ['nodes'] : k.args.map((one) => (one.includes('/') ? one : `nodes/${one}`));
      yield* eachTarget(k, { args, selector, flatten: true }, (info) => markNode(k, info, unschedulable, dryRun));
    },
  });
}

export const cordon = command('cordon', 'Mark node as unschedulable', true);
export const uncordon = command('uncordon', 'Mark node as schedulable', false);
