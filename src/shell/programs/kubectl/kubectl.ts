// kubectl: finds the command, parses its flags, runs it, prints its failure.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cmd.go
import type { Body, Os, Program } from '../../../posix/program.ts';
import { Kubectl } from './command.ts';
import { COMMAND_GROUPS, COMMANDS } from './commands.ts';
import { complete } from './complete.ts';
import { Failure, failureText, VerbatimFailure } from './errors.ts';
import { allFlags, findCommand, ROOT } from './find-command.ts';
import { parseFlags } from './flags.ts';
import { helpText, rootHelp, suggestions } from './help.ts';

export const kubectl: Program = {
  name: 'kubectl',
  complete,
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
