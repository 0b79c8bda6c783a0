// kubectl apply view-last-applied, set-last-applied, edit-last-applied.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/apply/apply_{view,set,edit}_last_applied.go
import { printYaml } from '../../../../../cluster/apimachinery/yaml.ts';
import { sameData } from '../../../../../cluster/apimachinery/equality.ts';
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure, isNotFound, withSource } from '../../errors.ts';
import { bool, text } from '../../flags.ts';
import { FILENAME_FLAGS, SELECTOR_FLAG } from '../../global-flags.ts';
import { indentedJson } from '../../printers/jsonpath.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf } from '../../printers/printer.ts';
import { parseManifests } from '../../manifests.ts';
import type { Info } from '../../resource-builder.ts';
import { HEADER, openEditor, stripComments } from '../edit.ts';
import { eachTarget, flagOptions } from '../../targets.ts';
import { lastAppliedText, LAST_APPLIED } from '../../writes.ts';

export const viewLastApplied = defineCommand({
  name: 'view-last-applied',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  use: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    bool('all', 'Select all resources in the namespace of the specified resource types'),
    text('output', 'Output format. Must be one of (yaml, json)', { short: 'o', value: 'yaml' }),
  ],
  *run(k) {
    const format = k.flags.text('output');
    if (format !== 'yaml' && format !== 'json')
      throw k.usage(`Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
    yield* eachTarget(k, { ...flagOptions(k), typeAlone: true }, function* (info) {
      const annotation = info.object.metadata?.annotations?.[LAST_APPLIED];
      // As recorded: an object without the annotation is passed over in silence.
      if (annotation === undefined) return;
      const object = JSON.parse(annotation);
      yield* k.out(
        format === 'yaml' ? printYaml(object) : `${indentedJson(object).replace(/^( {4})+/gm, (pad) => pad.slice(pad.length / 2))}\n`,
      );
    });
  },
});

export const setLastApplied = defineCommand({
  name: 'set-last-applied',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  use: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    text('output', 'Output format.', { short: 'o' }),
    bool('create-annotation', "Will create 'last-applied-configuration' annotations if current objects doesn't have one"),
  ],
  *run(k) {
    const dryRun = dryRunOf(k);
    yield* eachTarget(k, { ...flagOptions(k), latest: false }, function* (info) {
      const client = yield* k.client();
      const path = resourcePath(info.resource, info.namespace, info.name);
      let live: any;
      try {
        live = yield* client.get(path);
      } catch (error) {
        throw isNotFound(error) ? withSource('retrieving current configuration of', info.source, error) : error;
      }
      const annotation = lastAppliedText(info.object);
      if (live.metadata?.annotations?.[LAST_APPLIED] === undefined && !k.flags.bool('create-annotation')) {
        throw new Failure(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      const same = live.metadata?.annotations?.[LAST_APPLIED] === annotation;
      if (!same && dryRun !== 'client') yield* client.patch(path, 'merge', { metadata: { annotations: { [LAST_APPLIED]: annotation } } });
      yield* k.out(doneLine(info.resource, info.name, same ? 'configured' : 'configured', dryRun));
    });
  },
});

export const editLastApplied = defineCommand({
  name: 'edit-last-applied',
  short: 'Edit latest last-applied-configuration annotations of a resource/object',
  use: '(RESOURCE/NAME | -f FILENAME)',
  flags: [...FILENAME_FLAGS],
  *run(k) {
    let found = false;
    yield* eachTarget(k, flagOptions(k), function* (info) {
      const annotation = info.object.metadata?.annotations?.[LAST_APPLIED];
      if (annotation === undefined) return;
      found = true;
      yield* editAnnotation(k, info, annotation);
    });
    if (!found)
      throw new Failure(
        'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
      );
  },
});

// Simplified: a file that is no YAML any more is refused instead of being opened again.
function* editAnnotation(k: Kubectl, info: Info, annotation: string): Body<void> {
  const path = `/tmp/kubectl-edit-${yield* k.os.random(4_000_000_000)}.yaml`;
  const before = JSON.parse(annotation);
  yield* k.os.writeFile(path, HEADER + printYaml(before));
  yield* openEditor(k, path);
  const text = stripComments(yield* k.os.readFile(path));
  yield* k.os.remove(path);
  if (text.trim() === '') return yield* k.err('Edit cancelled, saved file was empty.\n');
  const [edited] = parseManifests(text, 'edited-file');
  if (edited === undefined || sameData(edited.object, before)) return yield* k.err('Edit cancelled, no changes made.\n');
  if (edited.object.metadata?.name !== info.name || edited.object.kind !== before.kind)
    throw new Failure('At least one of apiVersion, kind and name was changed');
  const client = yield* k.client();
  yield* client.patch(resourcePath(info.resource, info.namespace, info.name), 'merge', {
    metadata: { annotations: { [LAST_APPLIED]: lastAppliedText(edited.object) } },
  });
  yield* k.out(doneLine(info.resource, info.name, 'edited'));
}
