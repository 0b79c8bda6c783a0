// kubectl replace.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/replace/replace.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure, isNotFound, throwAll, withSource } from '../errors.ts';
import { bool, duration, text, whole } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, SAVE_CONFIG_FLAG, VALIDATE_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../printers/printer.ts';
import { build, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { unversioned, withLastApplied, writeQuery } from '../writes.ts';
import { deletedLine, sendDelete, waitAll } from './delete.ts';

export const replace = defineCommand({
  name: 'replace',
  short: 'Replace a resource by file name or stdin',
  use: '-f FILENAME',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    FIELD_MANAGER('kubectl-replace'),
    text('cascade', 'Must be "background", "orphan", or "foreground".', { value: 'background', bare: 'background' }),
    bool('force', 'If true, immediately remove resources from API and bypass graceful deletion.'),
    whole('grace-period', 'Period of time in seconds given to the resource to terminate gracefully.', { value: '-1' }),
    text('raw', 'Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file.'),
    text('subresource', 'If specified, replace will operate on the subresource of the requested object.'),
    duration(
      'timeout',
      'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
      { value: '0s' },
    ),
    bool('wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.'),
  ],
  *run(k) {
    if (k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') throw new Failure('must specify one of -f and -k');
    if (k.flags.int('grace-period') >= 0 && !k.flags.bool('force')) throw new Failure('--grace-period must have --force specified');
    if (k.flags.duration('timeout') !== 0 && !k.flags.bool('force')) throw new Failure('--timeout must have --force specified');
    const raw = k.flags.text('raw');
    if (raw !== '') {
      const file = k.flags.list('filename')[0]!;
      const body = file === '-' ? yield* k.os.readAll(0) : yield* k.os.readFile(file);
      yield* k.out(`${JSON.stringify(yield* (yield* k.client()).put(raw, body))}\n`);
      return;
    }
    yield* replaceAll(k);
  },
});

function* replaceAll(k: Kubectl): Body<void> {
  const dryRun = dryRunOf(k);
  const printer = yield* objectPrinter(k);
  const built = yield* build(k, { ...flagOptions(k), latest: false });
  const errors: Failure[] = [...built.errors];
  if (built.infos.length === 0 && errors.length === 0) throw new Failure('no objects passed to replace');
  const force = k.flags.bool('force');
  if (force) yield* deleteFirst(k, built.infos);
  for (const info of built.infos) {
    try {
      const object = k.flags.bool('save-config') ? withLastApplied(info.object) : info.object;
      const client = yield* k.client();
      const subresource = k.flags.text('subresource');
      const path = resourcePath(info.resource, info.namespace, info.name, subresource);
      const query = writeQuery(k, 'kubectl-replace', dryRun);
      let result = object;
      if (force) result = yield* client.post(resourcePath(info.resource, info.namespace), unversioned(object), query);
      else if (dryRun !== 'client') {
        // Without a version of its own the file replaces whatever is there.
        const version = object.metadata?.resourceVersion ?? (yield* client.get(path)).metadata.resourceVersion;
        result = yield* client.put(path, { ...object, metadata: { ...object.metadata, resourceVersion: version } }, query);
      }
      yield* report(k, printer, info.resource, result, 'replaced', dryRun);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(withSource('replacing', info.source, error) as Failure);
    }
  }
  throwAll(errors);
}

function* deleteFirst(k: Kubectl, infos: readonly Info[]): Body<void> {
  const grace = k.flags.int('grace-period');
  const request = { gracePeriod: grace, propagation: 'Background', dryRun: 'none' as const, force: grace === 0 };
  const deleted: Info[] = [];
  for (const info of infos) {
    try {
      const answer = yield* sendDelete(k, info, request);
      deleted.push({ ...info, object: { metadata: { uid: answer?.kind === 'Status' ? answer.details?.uid : answer?.metadata?.uid } } });
      yield* k.out(deletedLine(info, request));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  yield* waitAll(k, deleted, k.flags.duration('timeout'));
}
