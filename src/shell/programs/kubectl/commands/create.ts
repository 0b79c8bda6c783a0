// kubectl create: from files, or by a generator for a kind.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, throwAll, withSource } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, SAVE_CONFIG_FLAG, SELECTOR_FLAG, VALIDATE_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../printers/printer.ts';
import { build } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { createObject } from '../writes.ts';
import { GENERATORS } from './create/generators.ts';

export const create = defineCommand({
  name: 'create',
  short: 'Create a resource from a file or from stdin',
  use: '-f FILENAME',
  long: 'Create a resource from a file or from stdin.\n\n JSON and YAML formats are accepted.',
  examples: `  # Create a pod using the data in pod.json
  kubectl create -f ./pod.json
  
  # Create a pod based on the JSON passed into stdin
  cat pod.json | kubectl create -f -`,
  subcommands: GENERATORS,
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    FIELD_MANAGER('kubectl-create'),
    bool('edit', 'Edit the API resource before creating'),
    bool('windows-line-endings', 'Only relevant if --edit=true. Defaults to the line ending native to your platform.'),
    text('raw', 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.'),
  ],
  *run(k) {
    if (k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') {
      if (k.args.length > 0) throw k.usage(`Unexpected args: [${k.args.join(' ')}]`);
      throw new Failure('must specify one of -f and -k');
    }
    if (k.args.length > 0) throw k.usage(`Unexpected args: [${k.args.join(' ')}]`);
    yield* createFiles(k);
  },
});

function* createFiles(k: Kubectl): Body<void> {
  const dryRun = dryRunOf(k);
  const printer = yield* objectPrinter(k);
  if (k.flags.text('raw') !== '') return yield* createRaw(k);
  const built = yield* build(k, { ...flagOptions(k), latest: false, requireNamespace: true });
  const errors: Failure[] = [...built.errors];
  if (built.infos.length === 0 && errors.length === 0) throw new Failure('no objects passed to create');
  for (const info of built.infos) {
    try {
      const object = yield* createObject(k, info.resource, info.namespace, info.object, 'kubectl-create');
      yield* report(k, printer, info.resource, object, 'created', dryRun);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(withSource('creating', info.source, error) as Failure);
    }
  }
  throwAll(errors);
}

function* createRaw(k: Kubectl): Body<void> {
  const client = yield* k.client();
  const file = k.flags.list('filename')[0]!;
  const body = file === '-' ? yield* k.os.readAll(0) : yield* k.os.readFile(file);
  yield* k.out(`${JSON.stringify(yield* client.post(k.flags.text('raw'), body))}\n`);
}
