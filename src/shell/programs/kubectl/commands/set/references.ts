// kubectl set selector, serviceaccount, subject.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set/set_{selector,serviceaccount,subject}.go
import { sameData } from '../../../../../cluster/apimachinery/equality.ts';
import { changePatch } from '../../apply.ts';
import { defineCommand } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure } from '../../errors.ts';
import { array, text } from '../../flags.ts';
import { parseLabelPairs } from '../../label-arguments.ts';
import { doneLine, dryRunOf, objectPrinter } from '../../printers/printer.ts';
import { eachTarget, flagOptions } from '../../targets.ts';
import { subjectsOf } from '../create/access.ts';
import { changeTemplates, SET_FLAGS } from './template-change.ts';

export const setSelector = defineCommand({
  name: 'selector',
  short: 'Set the selector on a resource',
  use: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  flags: [
    ...SET_FLAGS,
    text(
      'resource-version',
      'If non-empty, the selectors update will only succeed if this is the current resource-version for the object.',
    ),
  ],
  *run(k) {
    const expressions = k.args.length > 0 ? k.args.at(-1)! : '';
    const resources = k.args.slice(0, -1);
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, flagOptions(k, resources), function* (info) {
      if (info.object.kind !== 'Service') throw new Failure('setting a selector is only supported for Services');
      const selector = parseLabelPairs(expressions);
      const after = { ...info.object, spec: { ...info.object.spec, selector } };
      let result = after;
      if (dryRun !== 'client' && !k.flags.bool('local')) {
        const client = yield* k.client();
        const patch = changePatch(info.object, after);
        result = yield* client.patch(resourcePath(info.resource, info.namespace, info.name), patch.type, patch.body, {
          fieldManager: k.flags.text('field-manager') || 'kubectl-set',
          ...(dryRun === 'server' ? { dryRun: 'All' } : {}),
        });
      }
      yield* k.out(
        printer === undefined ? doneLine(info.resource, info.name, 'selector updated', dryRun) : printer.print(result, info.resource),
      );
    });
  },
});

export const setServiceAccount = defineCommand({
  name: 'serviceaccount',
  aliases: ['sa'],
  short: 'Update the service account of a resource',
  use: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  flags: SET_FLAGS,
  *run(k) {
    if (k.args.length === 0) throw new Failure('serviceaccount is required');
    const name = k.args.at(-1)!;
    yield* changeTemplates(
      k,
      k.args.slice(0, -1),
      'serviceaccount updated',
      function* (spec) {
        return { ...spec, serviceAccountName: name, ...(spec.serviceAccount === undefined ? {} : { serviceAccount: name }) };
      },
      { always: true, wraps: 'failed to patch ServiceAccountName ' },
    );
  },
});

export const setSubject = defineCommand({
  name: 'subject',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  use: '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: [
    ...SET_FLAGS,
    array('user', 'Usernames to bind to the role'),
    array('group', 'Groups to bind to the role'),
    array('serviceaccount', 'Service accounts to bind to the role'),
  ],
  *run(k) {
    const subjects = subjectsOf(k);
    if (subjects.length === 0) throw new Failure('you must specify at least one value of user, group or serviceaccount');
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, flagOptions(k), function* (info) {
      if (!/^(Cluster)?RoleBinding$/.test(info.object.kind))
        throw new Failure('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
      const before: readonly any[] = info.object.subjects ?? [];
      const added = subjects.filter((one) => !before.some((other) => sameData(one, other)));
      if (added.length === 0) return;
      const after = { ...info.object, subjects: [...before, ...added] };
      let result = after;
      if (dryRun !== 'client' && !k.flags.bool('local')) {
        const client = yield* k.client();
        const patch = changePatch(info.object, after);
        result = yield* client.patch(resourcePath(info.resource, info.namespace, info.name), patch.type, patch.body, {
          fieldManager: k.flags.text('field-manager') || 'kubectl-set',
          ...(dryRun === 'server' ? { dryRun: 'All' } : {}),
        });
      }
      yield* k.out(
        printer === undefined ? doneLine(info.resource, info.name, 'subjects updated', dryRun) : printer.print(result, info.resource),
      );
    });
  },
});
