// kubectl auth can-i, whoami, reconcile.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure, isNotFound } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FILENAME_FLAGS } from '../global-flags.ts';
import { ruleRows } from '../describers/policies.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf, markTyped, objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import { TableWriter } from '../printers/tabwriter.ts';
import { eachTarget, flagOptions } from '../targets.ts';

const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  '*',
  'approve',
  'sign',
  'escalate',
  'attest',
  'proxy',
];

const canI = defineCommand({
  name: 'can-i',
  short: 'Check whether an action is allowed',
  use: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: [
    ALL_NAMESPACES_FLAG,
    bool('list', 'If true, prints all allowed actions.'),
    bool('no-headers', 'If true, prints allowed actions without headers'),
    bool('quiet', 'If true, suppress output and just return the exit code.', { short: 'q' }),
    text('subresource', 'SubResource such as pod/log or deployment/scale'),
  ],
  *run(k) {
    if (k.flags.bool('list')) {
      if (k.args.length > 0) throw new Failure('list option must be specified with no arguments');
      return yield* listAllowed(k);
    }
    if (k.args.length !== 2)
      throw new Failure(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      );
    const [verb, target] = k.args as [string, string];
    const { namespace } = yield* k.namespace();
    const attributes = yield* attributesOf(k, verb, target, k.flags.bool('all-namespaces') ? '' : namespace);
    const client = yield* k.client();
    const review = yield* client.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: attributes,
    } as never);
    const status = review.status ?? {};
    if (!k.flags.bool('quiet')) {
      if (status.allowed) yield* k.out('yes\n');
      else yield* k.out(`no${status.reason ? ` - ${status.reason}` : ''}${status.evaluationError ? ` - ${status.evaluationError}` : ''}\n`);
    }
    return status.allowed ? 0 : 1;
  },
});

function* attributesOf(k: Kubectl, verb: string, target: string, namespace: string): Body<any> {
  if (target.startsWith('/')) return { nonResourceAttributes: { path: target, verb } };
  if (!VERBS.includes(verb)) yield* k.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  const [type = '', rest = ''] = target.split('/') as [string, string?];
  // What follows the slash is a name, unless the type has a subresource of it.
  const subresource = k.flags.text('subresource');
  let resource = type;
  let group = '';
  if (type === '*') group = '*';
  else {
    try {
      const found = yield* (yield* k.discovery()).find(type);
      resource = found.name;
      group = found.group;
      if (!found.namespaced)
        yield* k.err(
          `Warning: resource '${found.name}' is not namespace scoped${found.group === '' ? '' : ` in group '${found.group}'`}\n\n`,
        );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const dot = type.indexOf('.');
      yield* k.err(
        `Warning: the server doesn't have a resource type '${dot < 0 ? type : type.slice(0, dot)}'${dot < 0 ? '' : ` in group '${type.slice(dot + 1)}'`}\n\n`,
      );
    }
  }
  return {
    resourceAttributes: {
      namespace,
      verb,
      group,
      resource,
      ...(subresource === '' ? {} : { subresource }),
      ...(rest === '' ? {} : { name: rest }),
    },
  };
}

function* listAllowed(k: Kubectl): Body<number> {
  const client = yield* k.client();
  const { namespace } = yield* k.namespace();
  const review = yield* client.post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: {},
    spec: { namespace },
  } as never);
  const rules = [...(review.status?.resourceRules ?? []), ...(review.status?.nonResourceRules ?? [])];
  const header = k.flags.bool('no-headers') ? [] : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']];
  yield* k.out(new TableWriter().rows([...header, ...ruleRows(rules)]));
  return 0;
}

const whoami = defineCommand({
  name: 'whoami',
  short: 'Experimental: Check self subject attributes',
  flags: PRINT_FLAGS,
  *run(k) {
    const printer = yield* objectPrinter(k);
    const client = yield* k.client();
    const review = yield* client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: {},
    } as never);
    if (printer !== undefined) return yield* k.out(printer.print(markTyped(review)));
    const user = review.status?.userInfo ?? {};
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', user.username ?? ''],
    ];
    if (user.uid) rows.push(['UID', user.uid]);
    if ((user.groups ?? []).length > 0) rows.push(['Groups', `[${user.groups.join(' ')}]`]);
    for (const key of Object.keys(user.extra ?? {}).sort()) rows.push([`Extra: ${key}`, `[${user.extra[key].join(' ')}]`]);
    yield* k.out(new TableWriter().rows(rows));
  },
});

const reconcile = defineCommand({
  name: 'reconcile',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  use: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    bool('remove-extra-permissions', 'If true, removes extra permissions added to roles'),
    bool('remove-extra-subjects', 'If true, removes extra subjects added to rolebindings'),
  ],
  *run(k) {
    const dryRun = dryRunOf(k);
    yield* eachTarget(k, { ...flagOptions(k), latest: false }, function* (info) {
      if (info.resource.group !== 'rbac.authorization.k8s.io') return;
      if (info.name === '' || (info.object.metadata.namespace === undefined && info.resource.namespaced))
        throw new Failure('resource name may not be empty');
      const client = yield* k.client();
      try {
        const live = yield* client.get(resourcePath(info.resource, info.namespace, info.name));
        if (dryRun !== 'client')
          yield* client.put(resourcePath(info.resource, info.namespace, info.name), {
            ...live,
            rules: info.object.rules ?? live.rules,
            subjects: info.object.subjects ?? live.subjects,
          });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (dryRun !== 'client') yield* client.post(resourcePath(info.resource, info.namespace), info.object);
      }
      yield* k.out(doneLine(info.resource, info.name, 'reconciled', dryRun));
    });
  },
});

export const auth = defineCommand({
  name: 'auth',
  short: 'Inspect authorization',
  long: 'Inspect authorization.',
  subcommands: [canI, reconcile, whoami],
});
