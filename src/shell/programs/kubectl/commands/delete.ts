// kubectl delete: by name, file, selector; waits until the objects are gone.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go
import type { Body } from '../../../../posix/program.ts';
import type { Query } from '../client.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { kindPrefix, resourcePath } from '../discovery.ts';
import { Failure, isNotFound, StatusFailure, throwAll, withSource } from '../errors.ts';
import { bool, duration, text, whole } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FIELD_SELECTOR_FLAG, FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, type DryRun, dryRunOf, dryRunSuffix, PRINT_FLAGS } from '../printers/printer.ts';
import { type BuildOptions, build, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { untilGone } from '../waiting.ts';

const FORCE_WARNING =
  'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n';

export interface DeleteRequest {
  readonly gracePeriod: number;
  readonly propagation: string;
  readonly dryRun: DryRun;
  readonly force: boolean;
}

export const deleteCommand = defineCommand({
  name: 'delete',
  suggestFor: ['remove', 'rm'],
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  use: '([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    DRY_RUN_FLAG,
    bool('all', 'Delete all resources, in the namespace of the specified resource types.'),
    text(
      'cascade',
      'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
      { value: 'background', bare: 'background' },
    ),
    bool(
      'force',
      'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
    ),
    whole(
      'grace-period',
      'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
      { value: '-1' },
    ),
    bool('ignore-not-found', 'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.'),
    bool('interactive', 'If true, delete resource only when user confirms.', { short: 'i' }),
    bool('now', 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).'),
    PRINT_FLAGS[0]!,
    text('raw', 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.'),
    duration(
      'timeout',
      'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
      { value: '0s' },
    ),
    bool('wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.', { value: 'true' }),
  ],
  *run(k) {
    const raw = k.flags.text('raw');
    if (raw !== '') {
      const client = yield* k.client();
      yield* k.out(`${JSON.stringify(yield* client.delete(raw))}\n`);
      return 0;
    }
    const request = yield* requestOf(k);
    const options: BuildOptions = { ...flagOptions(k), noRead: true, latest: false };
    const built = yield* build(k, options);
    const errors: Failure[] = [...built.errors];
    const infos = built.infos;
    if (k.flags.changed('namespace') && infos.some((info) => !info.resource.namespaced)) {
      yield* k.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
    }
    if (k.flags.bool('interactive') && infos.length > 0 && !(yield* confirmed(k, infos))) return 0;
    const deleted: Info[] = [];
    for (const info of infos) yield* deleteOne(k, info, request, deleted, errors);
    if (infos.length === 0 && errors.length === 0) yield* k.out('No resources found\n');
    if (errors.length > 0) throwAll(errors);
    const waits =
      k.flags.bool('wait') && request.dryRun === 'none' && !(request.gracePeriod === 0 && request.force && !k.flags.changed('wait'));
    if (waits) yield* waitAll(k, deleted, k.flags.duration('timeout'));
    return 0;
  },
});

function* requestOf(k: Kubectl): Body<DeleteRequest> {
  const { flags } = k;
  const dryRun = dryRunOf(k);
  let gracePeriod = flags.int('grace-period');
  const cascade = flags.text('cascade');
  const propagation = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan', true: 'Background', false: 'Orphan' }[
    cascade
  ];
  if (propagation === undefined) throw new Failure(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  if (flags.bool('all') && flags.text('selector') !== '') throw new Failure("setting 'all' parameter but found a non empty selector. ");
  if (flags.text('output') !== '' && flags.text('output') !== 'name')
    throw new Failure(`unexpected -o output mode: ${flags.text('output')}. We only support '-o name'`);
  if (flags.bool('now')) {
    if (gracePeriod !== -1) throw new Failure('--now and --grace-period cannot be specified together');
    gracePeriod = 1;
  }
  if (gracePeriod === 0 && !flags.bool('force')) gracePeriod = 1;
  if (flags.bool('force') && gracePeriod < 0) gracePeriod = 0;
  if (flags.bool('force') && gracePeriod === 0 && dryRun === 'none') yield* k.err(FORCE_WARNING);
  return { gracePeriod, propagation, dryRun, force: flags.bool('force') };
}

function* confirmed(k: Kubectl, infos: readonly Info[]): Body<boolean> {
  yield* k.out(`You are about to delete the following ${infos.length} resource(s):\n`);
  for (const info of infos) yield* k.out(`${kindPrefix(info.resource)}/${info.name}\n`);
  yield* k.out('Do you want to continue? (y/N): ');
  const answer = yield* k.os.readLine(0);
  if (/^y$/i.test(answer ?? '')) return true;
  yield* k.out('deletion is cancelled\n');
  return false;
}

function* deleteOne(k: Kubectl, info: Info, request: DeleteRequest, deleted: Info[], errors: Failure[]): Body<void> {
  try {
    if (request.dryRun !== 'client') {
      const answer = yield* sendDelete(k, info, request);
      const uid = answer?.kind === 'Status' ? answer.details?.uid : answer?.metadata?.uid;
      deleted.push({ ...info, object: { metadata: { uid } } });
    } else if (info.object === undefined) {
      const client = yield* k.client();
      yield* client.get(resourcePath(info.resource, info.namespace, info.name));
    }
    yield* k.out(k.flags.text('output') === 'name' ? `${kindPrefix(info.resource)}/${info.name}\n` : deletedLine(info, request));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const ignore = k.flags.bool('ignore-not-found') || (k.flags.bool('all') && !k.flags.changed('ignore-not-found'));
    if (isNotFound(error) && ignore) return;
    errors.push(withSource('deleting', info.source, error) as Failure);
  }
}

/** The request itself, also used by `replace --force`, `run --rm` and drain. */
export function* sendDelete(k: Kubectl, info: Info, request: DeleteRequest): Body<any> {
  const client = yield* k.client();
  const body: Record<string, unknown> = { propagationPolicy: request.propagation };
  if (request.gracePeriod >= 0) body['gracePeriodSeconds'] = request.gracePeriod;
  const query: Query = request.dryRun === 'server' ? { dryRun: 'All' } : {};
  return yield* client.delete(resourcePath(info.resource, info.namespace, info.name), body as never, query);
}

/** `pod "x" force deleted from default namespace (dry run)`. */
export function deletedLine(
  info: Info,
  request: { readonly force: boolean; readonly gracePeriod: number; readonly dryRun: DryRun },
): string {
  const operation = request.force && request.gracePeriod === 0 ? 'force deleted' : 'deleted';
  const place = info.resource.namespaced && info.namespace !== '' ? ` from ${info.namespace} namespace` : '';
  return `${kindPrefix(info.resource)} "${info.name}" ${operation}${place}${dryRunSuffix(request.dryRun)}\n`;
}

export function* waitAll(k: Kubectl, infos: readonly Info[], timeoutMs: number): Body<void> {
  const limit = timeoutMs === 0 ? 7 * 24 * 3_600_000 : timeoutMs;
  const end = (yield* k.os.time()) + limit;
  const errors: Failure[] = [];
  for (const info of infos) {
    try {
      const gone = yield* untilGone(k, info, Math.max(0, end - (yield* k.os.time())));
      if (!gone) errors.push(new Failure(`timed out waiting for the condition on ${info.resource.name}/${info.name}`));
    } catch (error) {
      // Who may not look only gets no waiting.
      if (!(error instanceof StatusFailure && error.reason === 'Forbidden')) throw error;
    }
  }
  throwAll(errors);
}
