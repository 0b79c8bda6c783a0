// The objects a command's flags and arguments name, in the way most commands ask for them.
import type { Body } from '../../../posix/program.ts';
import type { Kubectl } from './command.ts';
import { type BuildOptions, type Built, build, type Info } from './resource-builder.ts';
import { Failure, throwAll } from './errors.ts';

/** Options of the builder that the flags of the command give. */
export function flagOptions(k: Kubectl, args: readonly string[] = k.args): BuildOptions {
  const { flags } = k;
  return {
    args,
    filenames: flags.has('filename') ? flags.list('filename') : [],
    kustomize: flags.has('kustomize') ? flags.text('kustomize') : '',
    recursive: flags.has('recursive') && flags.bool('recursive'),
    selector: flags.has('selector') ? flags.text('selector') : '',
    fieldSelector: flags.has('field-selector') ? flags.text('field-selector') : '',
    all: flags.has('all') && flags.bool('all'),
    allNamespaces: flags.has('all-namespaces') && flags.bool('all-namespaces'),
    local: flags.has('local') && flags.bool('local'),
    flatten: true,
    latest: true,
  };
}

/** Reads the targets; what could not be read is thrown after `each` has seen the rest. */
export function* eachTarget(k: Kubectl, options: BuildOptions, each: (info: Info) => Body<void>): Body<Built> {
  const built = yield* build(k, options);
  const errors = [...built.errors];
  for (const info of built.infos) {
    try {
      yield* each(info);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
  return built;
}
