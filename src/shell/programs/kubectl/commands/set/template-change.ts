// Changing the pod template of objects: what set image, env, resources and serviceaccount share.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set/helper.go, polymorphichelpers/updatepodspec.go
import { sameData } from '../../../../../cluster/apimachinery/equality.ts';
import type { Body } from '../../../../../posix/program.ts';
import { changePatch, isEmptyPatch } from '../../apply.ts';
import type { Kubectl } from '../../command.ts';
import { kindPrefix, qualifiedName, resourcePath } from '../../discovery.ts';
import { Failure, StatusFailure } from '../../errors.ts';
import { bool, type FlagSpec } from '../../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, RECORD_FLAG, SELECTOR_FLAG } from '../../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf, markTyped, objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget, flagOptions } from '../../targets.ts';
import { typedObject } from '../../typed.ts';

export const SET_FLAGS: readonly FlagSpec[] = [
  ...FILENAME_FLAGS,
  ...PRINT_FLAGS,
  SELECTOR_FLAG,
  DRY_RUN_FLAG,
  RECORD_FLAG,
  FIELD_MANAGER('kubectl-set'),
  bool('all', 'Select all resources, in the namespace of the specified resource types'),
  bool('local', 'If true, set image will NOT contact api-server but run locally.'),
];

/** Where the pod spec of a kind is. @throws Failure for kinds without one */
export function podSpecPath(info: Info, plural = false): readonly string[] {
  const { object } = info;
  if (object.kind === 'Pod') return ['spec'];
  if (object.kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  if (object.spec?.template?.spec !== undefined) return ['spec', 'template', 'spec'];
  const name = plural ? qualifiedName(info.resource) : kindPrefix(info.resource);
  throw new Failure(`${name}/${info.name} the object is not a pod or does not have a pod template: *v1.${object.kind}`);
}

export function readPath(object: any, path: readonly string[]): any {
  return path.reduce((value, name) => value?.[name], object);
}

export function writePath(object: any, path: readonly string[], value: unknown): any {
  if (path.length === 0) return value;
  return { ...object, [path[0]!]: writePath(object?.[path[0]!], path.slice(1), value) };
}

/** Changes every target's pod spec and sends what differs. `wraps`: words before a refusal. */
export function* changeTemplates(
  k: Kubectl,
  args: readonly string[],
  done: string,
  change: (spec: any, info: Info) => Body<any>,
  options: { readonly wraps?: string; readonly plural?: boolean; readonly always?: boolean } = {},
): Body<void> {
  const dryRun = dryRunOf(k);
  const printer = yield* objectPrinter(k);
  const local = k.flags.bool('local');
  yield* eachTarget(k, flagOptions(k, args), function* (info) {
    const path = podSpecPath(info, options.plural);
    const before = readPath(info.object, path);
    const after = yield* change(before, info);
    if (after === undefined) return;
    const object = writePath(info.object, path, after);
    if (local || dryRun === 'client') {
      const shown = local ? markTyped(typedObject(object)) : object;
      return yield* k.out(printer === undefined ? doneLine(info.resource, info.name, done, dryRun) : printer.print(shown, info.resource));
    }
    const patch = changePatch(info.object, object);
    if ((isEmptyPatch(patch) || sameData(before, after)) && !options.always) return;
    const client = yield* k.client();
    try {
      const result = yield* client.patch(resourcePath(info.resource, info.namespace, info.name), patch.type, patch.body, {
        fieldManager: k.flags.text('field-manager') || 'kubectl-set',
        ...(dryRun === 'server' ? { dryRun: 'All' } : {}),
      });
      yield* k.out(printer === undefined ? doneLine(info.resource, info.name, done, dryRun) : printer.print(result, info.resource));
    } catch (error) {
      if (!(error instanceof StatusFailure) || options.wraps === undefined) throw error;
      throw new Failure(`${options.wraps}${error.message}`);
    }
  });
}

/** Containers whose name matches a pattern with `*`. */
export function selectContainers(containers: readonly any[], pattern: string): readonly any[] {
  const expression = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
  return containers.filter((one) => expression.test(one.name));
}
