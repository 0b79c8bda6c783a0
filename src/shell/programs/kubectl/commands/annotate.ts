// kubectl annotate.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/annotate/annotate.go
import { qualifiedName as checkName } from '../../../../cluster/apimachinery/names.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { FIELD_MANAGER } from '../global-flags.ts';
import { splitChanges } from '../label-arguments.ts';
import { doneLine, type DryRun, dryRunOf, objectPrinter } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { writeQuery } from '../writes.ts';
import { METADATA_FLAGS, type MetadataChange } from './label.ts';

const isChange = (arg: string): boolean => arg.includes('=') || arg.endsWith('-');

export const annotate = defineCommand({
  name: 'annotate',
  short: 'Update the annotations on a resource',
  use: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  flags: [...METADATA_FLAGS, FIELD_MANAGER('kubectl-annotate')],
  *run(k) {
    const { resources, changes } = splitChanges(k.args, isChange);
    if (resources.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') {
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    }
    const dryRun = dryRunOf(k);
    const change = parseChanges(changes);
    if (change.set.size + change.remove.length === 0 && !k.flags.bool('list'))
      throw new Failure('at least one annotation update is required');
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, flagOptions(k, resources), function* (info) {
      const object = change.set.size + change.remove.length === 0 ? info.object : yield* annotateOne(k, info, change, dryRun);
      if (k.flags.bool('list')) {
        const annotations = object.metadata?.annotations ?? {};
        for (const key of Object.keys(annotations).sort()) yield* k.out(`${key}=${annotations[key]}\n`);
      } else if (printer !== undefined) yield* k.out(printer.print(object, info.resource));
      else yield* k.out(doneLine(info.resource, info.name, 'annotated', dryRun));
    });
  },
});

function parseChanges(changes: readonly string[]): MetadataChange {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf('=');
    if (equals > 0) set.set(change.slice(0, equals), change.slice(equals + 1));
    else if (equals < 0 && change.endsWith('-')) remove.push(change.slice(0, -1));
    else throw new Failure(`invalid annotation format: ${change}`);
  }
  for (const key of remove)
    if (set.has(key)) throw new Failure('can not both modify and remove the following annotation(s) in the same command: ' + key);
  return { set, remove };
}

function* annotateOne(k: Kubectl, info: Info, change: MetadataChange, dryRun: DryRun): Body<any> {
  const before: Record<string, string> = info.object.metadata?.annotations ?? {};
  if (!k.flags.bool('overwrite')) {
    const taken = [...change.set].filter(([key, value]) => before[key] !== undefined && before[key] !== value);
    if (taken.length > 0) {
      throw new Failure(
        `--overwrite is false but found the following declared annotation(s): ${taken.map(([key]) => `'${key}' already has a value (${before[key]})`).join('; ')}`,
      );
    }
  }
  for (const [key] of change.set) {
    const faults = checkName(key.toLowerCase());
    if (faults.length > 0) throw new Failure(`metadata.annotations: Invalid value: ${JSON.stringify(key)}: ${faults.join(';')}`);
  }
  const after = { ...before };
  for (const key of change.remove) delete after[key];
  for (const [key, value] of change.set) after[key] = value;
  if (dryRun === 'client' || k.flags.bool('local')) return { ...info.object, metadata: { ...info.object.metadata, annotations: after } };
  const annotations: Record<string, string | null> = {};
  for (const [key, value] of change.set) if (before[key] !== value) annotations[key] = value;
  for (const key of change.remove) if (before[key] !== undefined) annotations[key] = null;
  const client = yield* k.client();
  const body = Object.keys(annotations).length === 0 ? {} : { metadata: { annotations } };
  return yield* client.patch(
    resourcePath(info.resource, info.namespace, info.name),
    'merge',
    body as never,
    writeQuery(k, 'kubectl-annotate', dryRun),
  );
}
