// Which command a line is about, and the flags it takes.
// Models: github.com/spf13/cobra's Find
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { FlagSpec } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

export const ROOT: Command = { name: 'kubectl', short: 'kubectl controls the Kubernetes cluster manager', subcommands: COMMANDS };

export interface Found {
  readonly command: Command;
  /** `kubectl rollout undo`. */
  readonly path: string;
  /** Everything but the words of the path. */
  readonly line: readonly string[];
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
