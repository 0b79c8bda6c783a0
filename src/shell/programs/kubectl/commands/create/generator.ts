// What the generators of `kubectl create` share: flags, the POST, the result line.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create
import type { Body } from '../../../../../posix/program.ts';
import { type Command, defineCommand, type Kubectl } from '../../command.ts';
import { Failure, StatusFailure } from '../../errors.ts';
import type { FlagSpec } from '../../flags.ts';
import { FIELD_MANAGER, SAVE_CONFIG_FLAG, VALIDATE_FLAG } from '../../global-flags.ts';
import { DRY_RUN_FLAG, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../../printers/printer.ts';
import { createObject, generated } from '../../writes.ts';

export interface Generator {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short: string;
  readonly use?: string;
  readonly flags: readonly FlagSpec[];
  /** Words before a refusal: `failed to create deployment: `; absent = the refusal as it is. */
  readonly failing?: string;
  /** NAME and whatever else comes before `--`; default 1. */
  readonly namesNothing?: boolean;
  object(k: Kubectl, name: string): Body<any>;
}

export const GENERATOR_FLAGS: readonly FlagSpec[] = [
  ...PRINT_FLAGS,
  DRY_RUN_FLAG,
  VALIDATE_FLAG,
  SAVE_CONFIG_FLAG,
  FIELD_MANAGER('kubectl-create'),
];

/** @throws Failure `exactly one NAME is required, got 0` */
export function nameArgument(k: Kubectl): string {
  const names = k.dash < 0 ? k.args : k.args.slice(0, k.dash);
  if (names.length !== 1) throw k.usage(`exactly one NAME is required, got ${names.length}`);
  return names[0]!;
}

export function defineGenerator(generator: Generator): Command {
  return defineCommand({
    name: generator.name,
    ...(generator.aliases === undefined ? {} : { aliases: generator.aliases }),
    short: generator.short,
    use: generator.use ?? 'NAME',
    flags: [...generator.flags, ...GENERATOR_FLAGS],
    *run(k) {
      const name = nameArgument(k);
      const dryRun = dryRunOf(k);
      const printer = yield* objectPrinter(k);
      const object = yield* generator.object(k, name);
      const discovery = yield* k.discovery();
      const resource = yield* discovery.forKind(object.apiVersion, object.kind);
      const { namespace, explicit } = yield* k.namespace();
      // Only a namespace that was asked for stands in what is printed.
      const placed =
        resource.namespaced && (explicit || dryRun !== 'client') ? { ...object, metadata: { ...object.metadata, namespace } } : object;
      const made = generated(placed);
      try {
        const result = yield* createObject(k, resource, namespace, made, 'kubectl-create');
        yield* report(k, printer, resource, dryRun === 'client' ? (result === made ? made : generated(result)) : result, 'created', dryRun);
      } catch (error) {
        if (!(error instanceof StatusFailure) || generator.failing === undefined) throw error;
        throw new Failure(`${generator.failing}${error.message}`);
      }
    },
  });
}

/** `--from-literal=key=value`. @throws Failure */
export function parseLiteral(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new Failure(`invalid literal source ${text}, expected key=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
