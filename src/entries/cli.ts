// The command line: `kubarium run SCRIPT`, `kubarium parity PATH…`, `kubarium bench`.
import { readFileSync } from 'node:fs';
import { bench } from '../parity/bench.ts';
import { parity } from '../parity/parity.ts';
import { recordedWorld } from '../world/presets.ts';
import { World } from '../world/world.ts';

const USAGE = `Usage: kubarium COMMAND

Commands:
  run SCRIPT [--seed N]     runs a shell script in a fresh world and prints its transcript (- = standard input)
  parity PATH... [--json]   replays recorded runs of real programs and says what differs
  bench [--json]            measures, each figure beside its budget
`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function fail(message: string): never {
  process.stderr.write(`kubarium: ${message}\n`);
  process.exit(2);
}

/** Takes `name value` or `name=value` out of the arguments. */
function option(args: string[], name: string): string | undefined {
  for (let i = 0; i < args.length; i++) {
    if (args[i] === name) return args.splice(i, 2)[1] ?? fail(`${name} needs a value`);
    if (args[i].startsWith(`${name}=`)) return args.splice(i, 1)[0].slice(name.length + 1);
  }
  return undefined;
}

function takeFlag(args: string[], name: string): boolean {
  const at = args.indexOf(name);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function refuseUnknown(args: readonly string[]): void {
  const unknown = args.find((arg) => arg.startsWith('--'));
  if (unknown !== undefined) fail(`unknown flag: ${unknown}`);
}

/** Each line of the script is typed and answered; lines that belong together (here-documents, loops) are run as one. */
function run(args: string[]): number {
  const seed = Number(option(args, '--seed') ?? 1);
  if (!Number.isInteger(seed)) fail('--seed needs a whole number');
  refuseUnknown(args);
  if (args.length !== 1) fail('run takes one script');
  let script: string;
  try {
    script = readFileSync(args[0] === '-' ? 0 : args[0], 'utf8');
  } catch {
    fail(`${args[0]}: no such file`);
  }
  const world = new World({ seed });
  let last = 0;
  for (const command of commandsOf(script)) {
    print(`$ ${command.replaceAll('\n', '\n> ')}`);
    const { exit, out, err } = world.run(command);
    process.stdout.write(out);
    process.stdout.write(err);
    last = exit;
  }
  return last;
}

/** Splits at line ends outside quotes, here-documents and compound commands; comments and empty lines fall away. */
export function commandsOf(script: string): readonly string[] {
  const commands: string[] = [];
  let pending: string[] = [];
  let until: string | undefined;
  for (const line of script.split('\n')) {
    if (pending.length === 0 && (line.trim() === '' || line.trimStart().startsWith('#'))) continue;
    pending.push(line);
    if (until !== undefined) {
      if (line.trim() !== until) continue;
      until = undefined;
    } else {
      const heredoc = /<<-?\s*(['"]?)(\w+)\1/.exec(line);
      if (heredoc !== null) {
        until = heredoc[2];
        continue;
      }
    }
    if (line.endsWith('\\') || isOpen(pending.join('\n'))) continue;
    commands.push(pending.join('\n'));
    pending = [];
  }
  if (pending.length > 0) commands.push(pending.join('\n'));
  return commands;
}

function isOpen(text: string): boolean {
  const bare = text
    .replace(/\\./g, '')
    .replace(/'[^']*'/g, '')
    .replace(/"[^"]*"/g, '');
  if (/['"]/.test(bare)) return true;
  const count = (words: RegExp): number => (bare.match(words) ?? []).length;
  return count(/\b(do|then|case)\b/g) > count(/\b(done|fi|esac)\b/g);
}

function main([command, ...args]: string[]): number {
  switch (command) {
    case 'run':
      return run(args);
    case 'parity': {
      const json = takeFlag(args, '--json');
      refuseUnknown(args);
      if (args.length === 0) fail('parity takes at least one file or folder');
      try {
        return parity(args, { json, terminal: () => recordedWorld(), print }) ? 0 : 1;
      } catch (error) {
        return fail(error instanceof Error ? error.message : String(error));
      }
    }
    case 'bench': {
      const json = takeFlag(args, '--json');
      refuseUnknown(args);
      return bench({ json, print }) ? 0 : 1;
    }
    case undefined:
    case 'help':
    case '--help':
      process.stdout.write(USAGE);
      return 0;
    default:
      return fail(`unknown command ${JSON.stringify(command)}`);
  }
}

process.exitCode = main(process.argv.slice(2));
