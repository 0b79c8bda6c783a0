// kubectl edit: the object in an editor, the change as a patch.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go
import { sameData } from '../../../../cluster/apimachinery/equality.ts';
import { parseYaml, printYaml, YamlError } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import { changePatch, isEmptyPatch } from '../apply.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { qualifiedName, resourcePath } from '../discovery.ts';
import { Failure, failureText, StatusFailure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, SAVE_CONFIG_FLAG, VALIDATE_FLAG } from '../global-flags.ts';
import { indentedJson } from '../printers/jsonpath.ts';
import { doneLine, PRINT_FLAGS } from '../printers/printer.ts';
import { buildAll, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { writeQuery } from '../writes.ts';

export const EDIT_HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const edit = defineCommand({
  name: 'edit',
  short: 'Edit a resource on the server',
  use: '(RESOURCE/NAME | -f FILENAME)',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    FIELD_MANAGER('kubectl-edit'),
    bool('output-patch', 'Output the patch if the resource is edited.'),
    text('subresource', 'If specified, edit will operate on the subresource of the requested object.'),
    bool('windows-line-endings', 'Defaults to the line ending native to your platform.'),
  ],
  *run(k) {
    const infos = yield* buildAll(k, { ...flagOptions(k), typeAlone: true, subresource: k.flags.text('subresource') });
    if (infos.length === 0) throw new Failure('edit cancelled, no objects found.');
    // Simplified: several objects are edited one after the other, not in one List.
    for (const info of infos) yield* editOne(k, info);
  },
});

function withoutManagedFields(object: any): any {
  const { managedFields: _hidden, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

function* editOne(k: Kubectl, info: Info): Body<void> {
  const before = withoutManagedFields(info.object);
  const json = k.flags.text('output') === 'json';
  const plain = json ? `${indentedJson(before)}\n` : printYaml(before);
  const path = `/tmp/kubectl-edit-${yield* k.os.random(4_000_000_000)}.${json ? 'json' : 'yaml'}`;
  let shown = plain;
  let reasons = '';
  for (;;) {
    const written = EDIT_HEADER + reasons + shown;
    yield* k.os.writeFile(path, written);
    yield* openEditor(k, path);
    const edited = yield* k.os.readFile(path);
    const bare = stripComments(edited);
    if (reasons !== '' && bare === stripComments(written)) {
      const failure = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)} is invalid`;
      yield* k.err(`error: ${failure}\nA copy of your changes has been stored to "${path}"\n`);
      throw new Failure('Edit cancelled, no valid changes were saved.');
    }
    if (reasons === '' && bare === stripComments(written)) {
      yield* k.os.remove(path);
      yield* k.err('Edit cancelled, no changes made.\n');
      return;
    }
    if (bare.trim() === '') {
      yield* k.os.remove(path);
      yield* k.err('Edit cancelled, saved file was empty.\n');
      return;
    }
    const failure = yield* save(k, info, before, bare);
    if (failure === undefined) {
      yield* k.os.remove(path);
      return;
    }
    shown = bare;
    reasons = failure;
  }
}

const stripComments = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');

/** Runs the user's editor on a file. @throws Failure */
export function* openEditor(k: Kubectl, path: string): Body<void> {
  const editor = k.os.env['KUBE_EDITOR'] || k.os.env['EDITOR'] || 'vi';
  const argv = /[ '"]/.test(editor) ? ['sh', '-c', `${editor} ${path}`] : [editor, path];
  let code: number;
  try {
    const pid = yield* k.os.spawn(argv);
    code = (yield* k.os.wait(pid)).code;
  } catch {
    throw new Failure(`unable to launch the editor "${editor}"`);
  }
  if (code !== 0) throw new Failure(`there was a problem with the editor "${editor}"`);
}

/** Sends the change. Answers the comment lines to reopen the file with, when it was refused. */
function* save(k: Kubectl, info: Info, before: any, text: string): Body<string | undefined> {
  const name = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)}`;
  let after: any;
  try {
    after = parseYaml(text)[0];
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return `# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: ${error.message}\n#\n`;
  }
  if (sameData(before, after)) {
    yield* k.err('Edit cancelled, no changes made.\n');
    return undefined;
  }
  if (after.metadata?.name !== info.name || after.kind !== before.kind)
    throw new Failure('At least one of apiVersion, kind and name was changed');
  const patch = changePatch(before, after);
  try {
    if (!isEmptyPatch(patch)) {
      const client = yield* k.client();
      yield* client.patch(
        resourcePath(info.resource, info.namespace, info.name, k.flags.text('subresource')),
        patch.type,
        patch.body,
        writeQuery(k, 'kubectl-edit'),
      );
    }
    if (k.flags.bool('output-patch')) yield* k.out(`Patch: ${JSON.stringify(patch.body)}\n`);
    yield* k.out(doneLine(info.resource, info.name, 'edited'));
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error;
    if (error.reason === 'NotFound') throw error;
    if (error.reason !== 'Invalid' && error.reason !== 'BadRequest') throw new Failure(`${name} could not be patched: ${error.message}`);
    const causes = error.status.details?.causes ?? [];
    const lines =
      causes.length > 0
        ? causes.map((cause) => `# * ${cause.field}: ${cause.message}\n`).join('')
        : `# ${failureText(error) ?? error.message}\n`;
    return `# ${name.replace(/ .*/, '')} ${JSON.stringify(info.name)} was not valid:\n${lines}#\n`;
  }
}
