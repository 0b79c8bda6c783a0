// kubectl patch.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/patch/patch.go
import { sameData } from '../../../../cluster/apimachinery/equality.ts';
import { applyJsonPatch, applyMergePatch } from '../../../../cluster/apimachinery/json-patch.ts';
import { applyStrategicMergePatch } from '../../../../cluster/apimachinery/strategic-merge.ts';
import { parseYaml, YamlError } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { kindPrefix, resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, RECORD_FLAG } from '../global-flags.ts';
import { readText } from '../manifests.ts';
import { DRY_RUN_FLAG, dryRunOf, dryRunSuffix, objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { schemaOfKind } from '../typed.ts';

const TYPES = ['json', 'merge', 'strategic'];

export const patch = defineCommand({
  name: 'patch',
  short: 'Update fields of a resource',
  use: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    FIELD_MANAGER('kubectl-patch'),
    bool('local', 'If true, patch will operate on the content of the file, not the server-side resource.'),
    text('patch', 'The patch to be applied to the resource JSON file.', { short: 'p' }),
    text('patch-file', 'A file containing a patch to be applied to the resource.'),
    text('subresource', 'If specified, patch will operate on the subresource of the requested object.'),
    text('type', 'The type of patch being provided; one of [json merge strategic]', { value: 'strategic' }),
  ],
  *run(k) {
    const { flags } = k;
    const dryRun = dryRunOf(k);
    if (flags.bool('local') && k.args.length !== 0) throw new Failure('cannot specify --local and server resources');
    if (flags.changed('patch') && flags.changed('patch-file')) throw new Failure('cannot specify --patch and --patch-file together');
    if (flags.text('patch') === '' && flags.text('patch-file') === '')
      throw new Failure('must specify --patch or --patch-file containing the contents of the patch');
    const type = flags.text('type').toLowerCase();
    if (!TYPES.includes(type)) throw new Failure(`--type must be one of [${TYPES.join(' ')}], not ${JSON.stringify(type)}`);
    const body = yield* patchBody(k);
    const printer = yield* objectPrinter(k);
    const subresource = flags.text('subresource');
    const built = yield* eachTarget(k, { ...flagOptions(k), subresource }, function* (info) {
      const { object, changed } = yield* patchOne(k, info, type as 'json', body, subresource);
      if (printer !== undefined) return yield* k.out(printer.print(object, info.resource));
      const named =
        subresource === '' || object.kind === info.resource.kind
          ? info.resource
          : { group: String(object.apiVersion).includes('/') ? String(object.apiVersion).split('/')[0]! : '', kind: object.kind };
      yield* k.out(
        `${kindPrefix(named)}/${object.metadata?.name ?? info.name} patched${dryRunSuffix(dryRun)}${changed ? '' : ' (no change)'}\n`,
      );
    });
    if (built.infos.length === 0) throw new Failure('no objects passed to patch');
  },
});

function* patchBody(k: Kubectl): Body<any> {
  const file = k.flags.text('patch-file');
  const text = file === '' ? k.flags.text('patch') : file === '-' ? yield* k.os.readAll(0) : yield* readText(k, file);
  try {
    return parseYaml(text)[0];
  } catch (error) {
    if (error instanceof YamlError) throw new Failure(`unable to parse ${JSON.stringify(text)}: ${error.message}`);
    throw error;
  }
}

function* patchOne(
  k: Kubectl,
  info: { resource: any; namespace: string; name: string; object?: any },
  type: 'json' | 'merge' | 'strategic',
  body: any,
  subresource: string,
): Body<{ object: any; changed: boolean }> {
  const dryRun = dryRunOf(k);
  if (k.flags.bool('local') || dryRun === 'client') {
    const before = info.object;
    const object =
      type === 'json'
        ? applyJsonPatch(before, body)
        : type === 'merge'
          ? applyMergePatch(before, body)
          : applyStrategicMergePatch(before, body, schemaOfKind(before.apiVersion, before.kind));
    return { object, changed: JSON.stringify(object) !== JSON.stringify(before) };
  }
  const client = yield* k.client();
  const query = { fieldManager: k.flags.text('field-manager') || 'kubectl-patch', ...(dryRun === 'server' ? { dryRun: 'All' } : {}) };
  const object = yield* client.patch(resourcePath(info.resource, info.namespace, info.name, subresource), type, body, query);
  // An object read through a subresource is never compared with the answer.
  return { object, changed: subresource !== '' || !sameData(info.object, object) };
}
