// kubectl: finds the command, parses its flags, runs it, prints its failure.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cmd.go
import type { Body, Os, Program } from '../../../posix/program.ts';
import { Kubectl, type Command } from './command.ts';
import { COMMAND_GROUPS, COMMANDS } from './commands.ts';
import { Failure, failureText, VerbatimFailure } from './errors.ts';
import { type FlagSpec, parseFlags } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { helpText, rootHelp, suggestions } from './help.ts';

const ROOT: Command = { name: 'kubectl', short: 'kubectl controls the Kubernetes cluster manager', subcommands: COMMANDS };

export const kubectl: Program = {
  name: 'kubectl',
  *run(os) {
    try {
      return yield* main(os);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const text = failureText(error);
      if (text !== undefined && text !== '') yield* os.write(2, text.endsWith('\n') ? text : `${text}\n`);
      return error.exit;
    }
  },
};

interface Found {
  readonly command: Command;
  readonly path: string;
  readonly line: readonly string[];
}

function* main(os: Os): Body<number> {
  const line = os.argv.slice(1);
  const found = findCommand(line);
  const specs = allFlags(found.command);
  if (found.line[0] === 'help' && found.command === ROOT) {
    const wanted = findCommand(found.line.slice(1));
    yield* os.write(1, wanted.command === ROOT ? rootHelp(COMMANDS, COMMAND_GROUPS) : helpText(wanted.path, wanted.command));
    return 0;
  }
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(specs, found.line, found.command.stopAtFirst);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.message !== 'help') throw new Failure(`${error.message}\nSee '${found.path} --help' for usage.`);
    yield* os.write(1, found.command === ROOT ? rootHelp(COMMANDS, COMMAND_GROUPS) : helpText(found.path, found.command));
    return 0;
  }
  if (found.command === ROOT) return yield* noCommand(os, parsed.args);
  const k = new Kubectl(os, found.path, found.command, parsed.flags, parsed.args, parsed.dash);
  const kuberc = parsed.flags.text('kuberc');
  if (kuberc !== '')
    throw new VerbatimFailure(`error occurred while applying preferences kuberc error kuberc: open ${kuberc}: no such file or directory`);
  for (const spec of specs) {
    if (spec.deprecated !== undefined && parsed.flags.changed(spec.name))
      yield* os.write(2, `Flag --${spec.name} has been deprecated, ${spec.deprecated}\n`);
  }
  const timeout = parsed.flags.text('request-timeout');
  if (!/^(\d+|(\d+(ms|s|m|h))+)$/.test(timeout)) {
    throw new Failure(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  }
  const missing = specs.filter((spec) => spec.required && !parsed.flags.changed(spec.name)).map((spec) => `"${spec.name}"`);
  if (missing.length > 0) throw new Failure(`required flag(s) ${missing.sort().join(', ')} not set`);
  if (found.command.run === undefined) {
    if (parsed.args.length > 0) throw k.usage(`unknown command ${JSON.stringify(parsed.args.join(' '))}`);
    yield* os.write(found.command.name === 'rollout' || found.command.name === 'certificate' ? 1 : 2, helpText(found.path, found.command));
    return 1;
  }
  return (yield* found.command.run(k)) ?? 0;
}

function* noCommand(os: Os, args: readonly string[]): Body<number> {
  const word = args[0];
  if (word === undefined) {
    yield* os.write(1, rootHelp(COMMANDS, COMMAND_GROUPS));
    return 0;
  }
  const near = suggestions(word, COMMANDS);
  const hint = near.length === 0 ? '' : `\n\nDid you mean this?\n${near.map((one) => `\t${one}`).join('\n')}`;
  throw new Failure(`unknown command ${JSON.stringify(word)} for "kubectl"${hint}`);
}

export const allFlags = (command: Command): readonly FlagSpec[] => {
  const own = command.flags ?? [];
  return [
    ...own,
    ...GLOBAL_FLAGS.filter((global) => !own.some((one) => one.name === global.name)).map((global) =>
      own.some((one) => one.short === global.short) ? { ...global, short: undefined } : global,
    ),
  ] as FlagSpec[];
};

/** Follows command words, which flags may stand between. */
export function findCommand(line: readonly string[]): Found {
  let command = ROOT;
  let path = 'kubectl';
  let rest = [...line];
  for (;;) {
    const at = firstArgument(rest, allFlags(command));
    const word = at < 0 ? undefined : rest[at];
    const next = command.subcommands?.find((one) => one.name === word || one.aliases?.includes(word!));
    if (next === undefined) return { command, path, line: rest };
    command = next;
    path += ` ${next.name}`;
    rest = [...rest.slice(0, at), ...rest.slice(at + 1)];
  }
}

function firstArgument(line: readonly string[], specs: readonly FlagSpec[]): number {
  for (let at = 0; at < line.length; at++) {
    const word = line[at]!;
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return at;
    if (word.includes('=')) continue;
    const spec = word.startsWith('--') ? specs.find((one) => one.name === word.slice(2)) : specs.find((one) => one.short === word[1]);
    // A flag nobody knows here is taken for one with a value.
    const takesValue = spec === undefined || (spec.type !== 'bool' && spec.bare === undefined);
    if (takesValue && (word.startsWith('--') || word.length === 2)) at++;
  }
  return -1;
}
