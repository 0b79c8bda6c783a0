// kubectl taint.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/taint/{taint,utils}.go
import { labelValue, qualifiedName as checkName } from '../../../../cluster/apimachinery/names.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool } from '../flags.ts';
import { FIELD_MANAGER, SELECTOR_FLAG, VALIDATE_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf, objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget } from '../targets.ts';
import { writeQuery } from '../writes.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect?: string;
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const taint = defineCommand({
  name: 'taint',
  short: 'Update the taints on one or more nodes',
  use: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  flags: [
    ...PRINT_FLAGS,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    FIELD_MANAGER('kubectl-taint'),
    bool('all', 'Select all nodes in the cluster'),
    bool('overwrite', 'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.'),
  ],
  *run(k) {
    const isTaint = (arg: string) =>
      arg.includes('=') || arg.endsWith('-') || /:(NoSchedule|PreferNoSchedule|NoExecute)/.test(arg) || arg.includes(':');
    const first = k.args.findIndex(isTaint);
    const resources = first < 0 ? k.args : k.args.slice(0, first);
    const specs = first < 0 ? [] : k.args.slice(first);
    if (resources.length === 0) throw new Failure('one or more resources must be specified as <resource> <name>');
    if (specs.length === 0) throw k.usage('at least one taint update is required');
    const { add, remove } = parseTaints(k, specs);
    if (!['node', 'nodes', 'no'].includes(resources[0]!.split('/')[0]!))
      throw new Failure(`invalid resource type ${resources[0]}, only node(s) is supported`);
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(
      k,
      { args: resources, selector: k.flags.text('selector'), all: k.flags.bool('all'), flatten: true },
      function* (info) {
        const { taints, operation } = taintsOf(k, info, add, remove);
        const object = dryRun === 'client' ? { ...info.object, spec: { ...info.object.spec, taints } } : yield* send(k, info, taints);
        if (printer === undefined) yield* k.out(doneLine(info.resource, info.name, operation, dryRun));
        else yield* k.out(printer.print(object, info.resource));
      },
    );
  },
});

function parseTaints(k: Kubectl, specs: readonly string[]): { readonly add: readonly Taint[]; readonly remove: readonly Taint[] } {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const spec of specs) {
    const removing = spec.endsWith('-');
    const parsed = parseTaint(k, removing ? spec.slice(0, -1) : spec);
    if (removing) remove.push(parsed);
    else if (parsed.effect === undefined) throw k.usage(`invalid taint spec: ${spec}`);
    else {
      if (add.some((one) => one.key === parsed.key && one.effect === parsed.effect))
        throw k.usage(`duplicated taints with the same key and effect: ${JSON.stringify(parsed)}`);
      add.push(parsed);
    }
  }
  return { add, remove };
}

function parseTaint(k: Kubectl, spec: string): Taint {
  const parts = spec.split(':');
  if (parts.length > 2) throw k.usage(`invalid taint spec: ${spec}`);
  const [pair = '', effect] = parts;
  if (effect !== undefined && !EFFECTS.includes(effect)) throw k.usage(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key = '', value, ...rest] = pair.split('=');
  if (rest.length > 0) throw k.usage(`invalid taint spec: ${spec}`);
  if (value !== undefined && labelValue(value).length > 0) throw k.usage(`invalid taint spec: ${spec}, ${labelValue(value).join('; ')}`);
  if (checkName(key).length > 0) throw k.usage(`invalid taint spec: ${spec}, ${checkName(key).join('; ')}`);
  return { key, ...(value === undefined || value === '' ? {} : { value }), ...(effect === undefined ? {} : { effect }) };
}

function taintsOf(
  k: Kubectl,
  info: Info,
  add: readonly Taint[],
  remove: readonly Taint[],
): { readonly taints: readonly Taint[]; readonly operation: string } {
  const before: readonly Taint[] = info.object.spec?.taints ?? [];
  const same = (a: Taint, b: Taint) => a.key === b.key && (a.effect === undefined || b.effect === undefined || a.effect === b.effect);
  if (!k.flags.bool('overwrite')) {
    const taken = add.filter((one) => before.some((other) => other.key === one.key && other.effect === one.effect));
    if (taken.length > 0) {
      throw new Failure(
        `node ${info.name} already has ${taken.map((one) => one.key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
      );
    }
  }
  const missing = remove.filter((one) => !before.some((other) => same(one, other)));
  if (missing.length > 0)
    throw new Failure(
      missing.map((one) => `taint ${JSON.stringify(`${one.key}${one.effect === undefined ? '' : `:${one.effect}`}`)} not found`).join('\n'),
    );
  const kept = before.filter(
    (one) => !remove.some((other) => same(other, one)) && !add.some((other) => other.key === one.key && other.effect === one.effect),
  );
  const operation =
    add.length > 0 && remove.length > 0
      ? 'modified'
      : add.length > 0
        ? before.some((one) => add.some((other) => other.key === one.key && other.effect === one.effect))
          ? 'modified'
          : 'tainted'
        : 'untainted';
  return { taints: [...add, ...kept], operation };
}

function* send(k: Kubectl, info: Info, taints: readonly Taint[]): Body<any> {
  const client = yield* k.client();
  return yield* client.patch(
    resourcePath(info.resource, '', info.name),
    'strategic',
    { spec: { taints: taints.length === 0 ? null : [...taints] } } as never,
    writeQuery(k, 'kubectl-taint', dryRunOf(k)),
  );
}
