// kubectl apply: client-side, server-side, with pruning by label.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go
import type { Body } from '../../../../posix/program.ts';
import { isEmptyPatch, applyPatch, liveObject, patched, sendApplyPatch } from '../apply.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { type ApiResource, kindPrefix, resourcePath } from '../discovery.ts';
import { Failure, StatusFailure, throwAll, VerbatimFailure, withSource } from '../errors.ts';
import { array, bool, duration, text, whole } from '../flags.ts';
import { FILENAME_FLAGS, SELECTOR_FLAG, VALIDATE_FLAG } from '../global-flags.ts';
import {
  DRY_RUN_FLAG,
  doneLine,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  type ObjectPrinter,
  objectPrinter,
  PRINT_FLAGS,
} from '../printers/printer.ts';
import { build, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { LAST_APPLIED, withLastApplied, writeQuery } from '../writes.ts';
import { editLastApplied, setLastApplied, viewLastApplied } from './apply/last-applied.ts';
import { waitAll } from './delete.ts';

const CONFLICT_ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

export const apply = defineCommand({
  name: 'apply',
  short: 'Apply a configuration to a resource by file name or stdin',
  use: '(-f FILENAME | -k DIRECTORY)',
  long: `Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.

 JSON and YAML formats are accepted.`,
  subcommands: [viewLastApplied, setLastApplied, editLastApplied],
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    bool('all', 'Select all resources in the namespace of the specified resource types.'),
    text('field-manager', 'Name of the manager used to track field ownership.'),
    bool('server-side', 'If true, apply runs in the server instead of the client.'),
    bool('force-conflicts', 'If true, server-side apply will force the changes against conflicts.'),
    bool(
      'overwrite',
      'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
      { value: 'true' },
    ),
    bool(
      'openapi-patch',
      'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.',
      { value: 'true' },
    ),
    bool(
      'prune',
      'Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all.',
    ),
    array('prune-allowlist', 'Overwrite the default allowlist with <group/version/kind> for --prune'),
    text('cascade', 'Must be "background", "orphan", or "foreground".', { value: 'background', bare: 'background' }),
    bool('force', 'If true, immediately remove resources from API and bypass graceful deletion.'),
    whole('grace-period', 'Period of time in seconds given to the resource to terminate gracefully.', { value: '-1' }),
    duration(
      'timeout',
      'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
      { value: '0s' },
    ),
    bool('wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.'),
    text('subresource', 'If specified, apply will operate on the subresource of the requested object.'),
  ],
  *run(k) {
    const { flags } = k;
    if (k.args.length > 0) throw k.usage(`Unexpected args: [${k.args.join(' ')}]`);
    const dryRun = dryRunOf(k);
    if (flags.bool('force-conflicts') && !flags.bool('server-side')) throw new Failure('--force-conflicts only works with --server-side');
    if (dryRun === 'client' && flags.bool('server-side'))
      throw new Failure("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
    if (flags.bool('force') && flags.bool('server-side')) throw new Failure('--force cannot be used with --server-side');
    if (flags.bool('prune') && flags.bool('all') && flags.text('selector') !== '')
      throw new Failure('cannot set --all and --selector at the same time');
    if (flags.list('filename').length === 0 && flags.text('kustomize') === '') throw new Failure('must specify one of -f and -k');
    if (flags.bool('prune') && !flags.bool('all') && flags.text('selector') === '') {
      throw new Failure(
        'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
      );
    }
    yield* applyAll(k, dryRun);
  },
});

function* applyAll(k: Kubectl, dryRun: DryRun): Body<void> {
  const printer = yield* objectPrinter(k);
  const built = yield* build(k, { ...flagOptions(k), latest: false, all: false });
  const errors: Failure[] = [...built.errors];
  if (built.infos.length === 0 && errors.length === 0) throw new Failure('no objects passed to apply');
  const results: { info: Info; object: any }[] = [];
  for (const info of built.infos) {
    try {
      const serverSide = k.flags.bool('server-side');
      const object = serverSide ? yield* applyServerSide(k, info, dryRun) : yield* applyOne(k, info, dryRun, printer);
      results.push({ info, object: object.object });
      if (printer === undefined || printer.each)
        yield* k.out(
          printer === undefined
            ? doneLine(info.resource, object.object.metadata.name, object.operation, dryRun)
            : printer.print(object.object, info.resource),
        );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
    }
  }
  if (printer !== undefined && !printer.each && results.length > 0) {
    const objects = results.map((one) => one.object);
    yield* k.out(
      printer.print(
        objects.length === 1 ? objects[0] : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } },
      ),
    );
  }
  throwAll(errors);
  if (k.flags.bool('prune')) yield* prune(k, results, dryRun);
}

interface Applied {
  readonly object: any;
  readonly operation: string;
}

function* applyOne(k: Kubectl, info: Info, dryRun: DryRun, _printer: ObjectPrinter | undefined): Body<Applied> {
  const generate = info.object.metadata?.generateName;
  if (info.name === '' && generate) throw new Failure(`from ${generate}: cannot use generate name with apply`);
  const live = yield* liveObject(k, info);
  if (live === undefined) return yield* createApplied(k, info, dryRun);
  if (live.metadata?.annotations?.[LAST_APPLIED] === undefined) {
    yield* k.err(
      `Warning: resource ${info.resource.name}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  if (dryRun === 'client') {
    const patch = applyPatch(info, live);
    return { object: isEmptyPatch(patch) ? live : patched(live, patch), operation: isEmptyPatch(patch) ? 'unchanged' : 'configured' };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    yield* k.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
  }
  try {
    const { object, changed } = yield* sendApplyPatch(k, info, live, writeQuery(k, 'kubectl-client-side-apply', dryRun));
    return {
      object,
      operation:
        changed && (object.metadata.resourceVersion !== live.metadata.resourceVersion || dryRun === 'server') ? 'configured' : 'unchanged',
    };
  } catch (error) {
    const invalid = error instanceof StatusFailure && (error.reason === 'Invalid' || error.reason === 'Conflict');
    if (!k.flags.bool('force') || !invalid) throw error;
    return yield* recreate(k, info);
  }
}

function* createApplied(k: Kubectl, info: Info, dryRun: DryRun): Body<Applied> {
  const object = withLastApplied(info.object);
  if (dryRun === 'client') return { object, operation: 'created' };
  const client = yield* k.client();
  try {
    const made = yield* client.post(
      resourcePath(info.resource, info.namespace),
      object,
      writeQuery(k, 'kubectl-client-side-apply', dryRun),
    );
    return { object: made, operation: 'created' };
  } catch (error) {
    throw withSource('creating', info.source, error);
  }
}

/** `--force`: what cannot be patched is deleted and made again. */
function* recreate(k: Kubectl, info: Info): Body<Applied> {
  const client = yield* k.client();
  const grace = k.flags.int('grace-period');
  yield* client.delete(resourcePath(info.resource, info.namespace, info.name), {
    propagationPolicy: 'Background',
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
  } as never);
  yield* waitAll(k, [{ resource: info.resource, name: info.name, namespace: info.namespace }], k.flags.duration('timeout'));
  const made = yield* client.post(
    resourcePath(info.resource, info.namespace),
    withLastApplied(info.object),
    writeQuery(k, 'kubectl-client-side-apply'),
  );
  return { object: made, operation: 'configured' };
}

function* applyServerSide(k: Kubectl, info: Info, dryRun: DryRun): Body<Applied> {
  const client = yield* k.client();
  const query = { ...writeQuery(k, 'kubectl', dryRun), force: String(k.flags.bool('force-conflicts')) };
  const subresource = k.flags.text('subresource');
  if (info.name === '') throw new Failure('resource name may not be empty');
  const path = resourcePath(info.resource, info.namespace, info.name, subresource);
  try {
    let object = yield* client.patch(path, 'apply', info.object, query);
    if (object.metadata?.annotations?.[LAST_APPLIED] !== undefined && dryRun === 'none') {
      const annotation = withLastApplied(info.object).metadata.annotations[LAST_APPLIED];
      const body = {
        apiVersion: info.object.apiVersion,
        kind: info.object.kind,
        metadata: {
          annotations: { [LAST_APPLIED]: annotation },
          name: info.name,
          ...(info.namespace === '' ? {} : { namespace: info.namespace }),
        },
      };
      object = yield* client.patch(path, 'apply', body, { ...query, fieldManager: 'kubectl-last-applied' });
    }
    return { object, operation: 'serverside-applied' };
  } catch (error) {
    if (!(error instanceof StatusFailure) || error.reason !== 'Conflict') throw error;
    throw new VerbatimFailure(`error: ${error.message}\n${CONFLICT_ADVICE}`);
  }
}

const PRUNED_KINDS = [
  'ConfigMap',
  'Endpoints',
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Pod',
  'ReplicationController',
  'Secret',
  'Service',
  'Job',
  'CronJob',
  'Ingress',
  'DaemonSet',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
];

/** Deletes what was applied with this label before and is in no file now. */
function* prune(k: Kubectl, results: readonly { info: Info; object: any }[], dryRun: DryRun): Body<void> {
  const allowed = k.flags.list('prune-allowlist');
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const kept = new Set(results.map((one) => one.object.metadata.uid));
  const served = yield* (yield* k.discovery()).resources();
  const kinds: ApiResource[] = [];
  if (allowed.length === 0) {
    for (const kind of PRUNED_KINDS) kinds.push(...served.filter((one) => one.kind === kind).slice(0, 1));
  } else {
    for (const entry of allowed) {
      const [group, version, kind] = entry.split('/');
      const found = served.find((one) => one.kind === kind && one.version === version && one.group === (group === 'core' ? '' : group));
      if (found === undefined) throw new Failure(`invalid GroupVersionKind format: ${entry}, please follow <group/version/kind>`);
      kinds.push(found);
    }
  }
  const selector = k.flags.text('selector');
  for (const resource of kinds) {
    const list = yield* client.get(resourcePath(resource, resource.namespaced ? namespace : ''), {
      query: selector === '' ? {} : { labelSelector: selector },
    });
    for (const item of list.items ?? []) {
      if (item.metadata.annotations?.[LAST_APPLIED] === undefined || kept.has(item.metadata.uid)) continue;
      if (dryRun !== 'client') {
        yield* client.delete(
          resourcePath(resource, resource.namespaced ? namespace : '', item.metadata.name),
          { propagationPolicy: 'Background' } as never,
          dryRun === 'server' ? { dryRun: 'All' } : {},
        );
      }
      yield* k.out(`${kindPrefix(resource)}/${item.metadata.name} pruned${dryRunSuffix(dryRun)}\n`);
    }
  }
}
