// kubectl apply view-last-applied, set-last-applied, edit-last-applied.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/apply/apply_{view,set,edit}_last_applied.go
import { parseYaml, printYaml } from '../../../../../cluster/apimachinery/yaml.ts';
import { defineCommand } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure, isNotFound, withSource } from '../../errors.ts';
import { bool, text } from '../../flags.ts';
import { FILENAME_FLAGS, SELECTOR_FLAG } from '../../global-flags.ts';
import { indentedJson } from '../../printers/jsonpath.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf } from '../../printers/printer.ts';
import { eachTarget, flagOptions } from '../../targets.ts';
import { lastAppliedText, LAST_APPLIED } from '../../writes.ts';
import { EDIT_HEADER, openEditor } from '../edit.ts';

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
    yield* eachTarget(k, { ...flagOptions(k), typeAlone: true }, function* (info) {
      const annotation = info.object.metadata?.annotations?.[LAST_APPLIED];
      if (annotation === undefined) throw new Failure(`no last-applied-configuration annotation found on resource: ${info.name}`);
      const before = EDIT_HEADER + printYaml(JSON.parse(annotation));
      const path = `/tmp/kubectl-edit-${yield* k.os.random(4_000_000_000)}.yaml`;
      yield* k.os.writeFile(path, before);
      yield* openEditor(k, path);
      const after = yield* k.os.readFile(path);
      yield* k.os.remove(path);
      if (after === before) {
        yield* k.err('Edit cancelled, no changes made.\n');
        return;
      }
      const text = lastAppliedText(parseYaml(after)[0]);
      const client = yield* k.client();
      yield* client.patch(resourcePath(info.resource, info.namespace, info.name), 'merge', {
        metadata: { annotations: { [LAST_APPLIED]: text } },
      });
      yield* k.out(doneLine(info.resource, info.name, 'edited'));
    });
  },
});
