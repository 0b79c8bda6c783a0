// kubectl label.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/label/label.go
import { labelValue, qualifiedName as checkName } from '../../../../cluster/apimachinery/names.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FIELD_MANAGER, FIELD_SELECTOR_FLAG, FILENAME_FLAGS, RECORD_FLAG, SELECTOR_FLAG } from '../global-flags.ts';
import { splitChanges } from '../label-arguments.ts';
import { DRY_RUN_FLAG, doneLine, type DryRun, dryRunOf, objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { writeQuery } from '../writes.ts';

/** Flags label and annotate share. */
export const METADATA_FLAGS = [
  ...FILENAME_FLAGS,
  ...PRINT_FLAGS,
  SELECTOR_FLAG,
  FIELD_SELECTOR_FLAG,
  ALL_NAMESPACES_FLAG,
  DRY_RUN_FLAG,
  RECORD_FLAG,
  bool('all', 'Select all resources, in the namespace of the specified resource types'),
  bool('list', 'If true, display the labels for a given resource.'),
  bool('local', 'If true, label will NOT contact api-server but run locally.'),
  bool('overwrite', 'If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels.'),
  text(
    'resource-version',
    'If non-empty, the labels update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
  ),
];

export interface MetadataChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

export const label = defineCommand({
  name: 'label',
  short: 'Update the labels on a resource',
  use: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  flags: [...METADATA_FLAGS, FIELD_MANAGER('kubectl-label')],
  *run(k) {
    const { resources, changes } = splitChanges(k.args, (arg) =>
      !arg.includes('/') || arg.includes('=') ? arg.includes('=') || arg.endsWith('-') : arg.endsWith('-'),
    );
    if (resources.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') {
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    }
    if (changes.length === 0 && !k.flags.bool('list')) throw new Failure('at least one label update is required');
    yield* labelAll(k, resources, parseChanges(changes), dryRunOf(k));
  },
});

function parseChanges(changes: readonly string[]): MetadataChange {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf('=');
    if (equals >= 0) {
      const value = change.slice(equals + 1);
      const faults = labelValue(value);
      if (change.split('=').length !== 2 || faults.length > 0)
        throw new Failure(`invalid label value: ${JSON.stringify(change)}: ${faults.join(';')}`);
      set.set(change.slice(0, equals), value);
    } else if (change.endsWith('-')) remove.push(change.slice(0, -1));
    else throw new Failure(`unknown label spec: ${change}`);
  }
  for (const key of remove) if (set.has(key)) throw new Failure('can not both modify and remove a label in the same command');
  return { set, remove };
}

function* labelAll(k: Kubectl, resources: readonly string[], change: MetadataChange, dryRun: DryRun): Body<void> {
  const printer = yield* objectPrinter(k);
  const listing = k.flags.bool('list');
  yield* eachTarget(k, flagOptions(k, resources), function* (info) {
    if (listing && change.set.size === 0 && change.remove.length === 0) {
      for (const key of Object.keys(info.object.metadata?.labels ?? {}).sort())
        yield* k.out(`${key}=${info.object.metadata.labels[key]}\n`);
      return;
    }
    const { object, operation } = yield* labelOne(k, info, change, dryRun);
    if (listing)
      for (const key of Object.keys(object.metadata?.labels ?? {}).sort()) yield* k.out(`${key}=${object.metadata.labels[key]}\n`);
    else if (printer !== undefined) yield* k.out(printer.print(object, info.resource));
    else yield* k.out(doneLine(info.resource, info.name, operation, dryRun));
  });
}

function* labelOne(k: Kubectl, info: Info, change: MetadataChange, dryRun: DryRun): Body<{ object: any; operation: string }> {
  const before: Record<string, string> = info.object.metadata?.labels ?? {};
  const taken = [...change.set].filter(([key, value]) => before[key] !== undefined && before[key] !== value);
  if (!k.flags.bool('overwrite') && taken.length > 0) {
    throw new Failure(taken.map(([key]) => `'${key}' already has a value (${before[key]}), and --overwrite is false`).join('\n'));
  }
  for (const [key] of change.set) {
    const faults = checkName(key);
    if (faults.length > 0) throw new Failure(`invalid label key ${JSON.stringify(key)}: ${faults.join(';')}`);
  }
  const after = { ...before };
  let removed = 0;
  for (const key of change.remove) {
    if (before[key] === undefined) yield* k.out(`label ${JSON.stringify(key)} not found.\n`);
    else removed++;
    delete after[key];
  }
  for (const [key, value] of change.set) after[key] = value;
  const added = [...change.set].some(([key, value]) => before[key] !== value);
  const operation = added && removed > 0 ? 'modified' : added ? 'labeled' : removed > 0 ? 'unlabeled' : 'not labeled';
  const object = { ...info.object, metadata: { ...info.object.metadata, labels: after } };
  if (dryRun === 'client' || k.flags.bool('local') || operation === 'not labeled') return { object, operation };
  const labels: Record<string, string | null> = {};
  for (const [key, value] of change.set) if (before[key] !== value) labels[key] = value;
  for (const key of change.remove) if (before[key] !== undefined) labels[key] = null;
  const version = k.flags.text('resource-version');
  const client = yield* k.client();
  const body = { metadata: { labels, ...(version === '' ? {} : { resourceVersion: version }) } };
  return {
    object: yield* client.patch(
      resourcePath(info.resource, info.namespace, info.name),
      'merge',
      body as never,
      writeQuery(k, 'kubectl-label', dryRun),
    ),
    operation,
  };
}
