// `--help`, `kubectl options`, and the suggestions for mistyped commands.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/util/templates
import type { Command } from './command.ts';
import type { FlagSpec } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

const HINT = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n';

export function helpText(path: string, command: Command, parents: readonly string[] = []): string {
  void parents;
  const parts: string[] = [`${(command.long ?? command.short).trimEnd()}\n`];
  if ((command.aliases ?? []).length > 0) parts.push(`Aliases:\n${[command.name, ...command.aliases!].join(', ')}\n`);
  if (command.examples !== undefined) parts.push(`Examples:\n${command.examples.replace(/^\n|\s+$/g, '')}\n`);
  const subs = command.subcommands ?? [];
  if (subs.length > 0) {
    const width = Math.max(...subs.map((one) => one.name.length), 11) + 1;
    const rows = [...subs]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((one) => `  ${one.name.padEnd(Math.max(width, 13))} ${one.short}\n`);
    parts.push(`Available Commands:\n${rows.join('')}`);
  }
  const flags = optionLines(command.flags ?? []);
  if (flags !== '') parts.push(`Options:\n${flags}`);
  parts.push(
    `Usage:\n  ${path} ${subs.length > 0 && command.use === undefined ? '[flags] [options]' : `${command.use ?? ''} [options]`.trim()}\n`,
  );
  const more = subs.length > 0 ? `Use "${path} <command> --help" for more information about a given command.\n` : '';
  return `${parts.join('\n')}\n${more}${HINT}`;
}

function optionLines(flags: readonly FlagSpec[]): string {
  return [...flags]
    .filter((one) => !one.hidden && one.deprecated === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((one) => `    ${one.short === undefined ? '' : `-${one.short}, `}--${one.name}=${presetText(one)}:\n\t${one.usage}\n`)
    .join('\n');
}

function presetText(flag: FlagSpec): string {
  switch (flag.type) {
    case 'bool':
      return flag.value ?? 'false';
    case 'int':
      return flag.value ?? '0';
    case 'duration':
      return flag.value ?? '0s';
    case 'string':
      return `'${flag.value ?? ''}'`;
    default:
      return `[${flag.value ?? ''}]`;
  }
}

export const optionsText = (): string => `The following options can be passed to any command:\n\n${optionLines(GLOBAL_FLAGS)}`;

/** Edits that turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_one, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Names of the commands that were perhaps meant. */
export function suggestions(word: string, commands: readonly Command[]): readonly string[] {
  const lower = word.toLowerCase();
  return commands
    .filter(
      (one) =>
        distance(lower, one.name) <= 2 ||
        one.name.startsWith(lower) ||
        (one.suggestFor ?? []).some((other) => other.toLowerCase() === lower),
    )
    .map((one) => one.name);
}

export function rootHelp(commands: readonly Command[], groups: readonly (readonly [string, readonly string[]])[]): string {
  const find = (name: string) => commands.find((one) => one.name === name);
  const parts = [
    'kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n',
  ];
  for (const [title, names] of groups) {
    const rows = names.flatMap((name) => {
      const command = find(name);
      return command === undefined ? [] : [`  ${name.padEnd(15)} ${command.short}\n`];
    });
    parts.push(`${title}:\n${rows.join('')}`);
  }
  return `${parts.join('\n')}\nUsage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\n${HINT}`;
}
