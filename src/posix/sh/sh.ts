// sh, bash, dash, ash as programs: options, `-c`, script files, standard input, and the interactive loop at a terminal.
import { type Body, defineProgram, type Os, type Program, SystemError } from '../program.ts';
import { interact } from './interactive.ts';
import { Interpreter } from './interpreter.ts';
import type { Dialect } from './parser.ts';

interface Invocation {
  readonly command: string | undefined;
  readonly options: readonly string[];
  readonly interactive: boolean;
  readonly standardInput: boolean;
  readonly operands: readonly string[];
  readonly bad: string | undefined;
}

function parseArguments(args: readonly string[]): Invocation {
  const options: string[] = [];
  let wantsCommand = false;
  let interactive = false;
  let standardInput = false;
  let bad: string | undefined;
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] as string;
    if (word === '--' || word === '-') {
      index++;
      break;
    }
    if (word.startsWith('--')) {
      if (!/^--(?:login|norc|noprofile|posix|noediting)$/.test(word)) bad = word;
      continue;
    }
    if (!/^[-+]./.test(word)) break;
    for (const letter of word.slice(1)) {
      if (letter === 'c') wantsCommand = true;
      else if (letter === 'i') interactive = true;
      else if (letter === 's') standardInput = true;
      else if (letter === 'l') continue;
      else if (letter === 'o')
        options.push(
          args[++index] === 'pipefail'
            ? 'pipefail'
            : (({ errexit: 'e', nounset: 'u', xtrace: 'x' } as Record<string, string>)[args[index] ?? ''] ?? ''),
        );
      else if ('euxfanvm'.includes(letter)) options.push(letter);
      else bad = `-${letter}`;
    }
  }
  const rest = args.slice(index);
  const command = wantsCommand ? rest[0] : undefined;
  return {
    command,
    options,
    interactive,
    standardInput,
    operands: wantsCommand ? rest.slice(1) : rest,
    bad: wantsCommand && command === undefined ? 'c' : bad,
  };
}

export function shellProgram(name: string, dialect: Dialect): Program {
  return defineProgram({
    name,
    *run(os: Os): Body<number> {
      const argv0 = os.argv[0] ?? name;
      const invocation = parseArguments(os.argv.slice(1));
      if (invocation.bad !== undefined) {
        yield* os.write(2, badOption(argv0, dialect, invocation.bad));
        return 2;
      }
      const shell = new Interpreter(os, dialect, argv0);
      for (const option of invocation.options) if (option !== '') shell.options.add(option);
      if (dialect === 'bash') shell.values.set('BASH_VERSION', { value: '5.2.15(1)-release', exported: false, readonly: false });
      shell.values.set('PWD', { value: os.cwd, exported: true, readonly: false });
      if (dialect !== 'dash')
        shell.values.set('SHLVL', { value: String(Number(os.env['SHLVL'] ?? 0) + 1), exported: true, readonly: false });
      if (shell.get('IFS') !== undefined) shell.values.delete('IFS');
      return yield* shell.toExit(() => begin(shell, invocation));
    },
  });
}

function badOption(argv0: string, dialect: Dialect, option: string): string {
  if (option === 'c')
    return dialect === 'bash'
      ? `${argv0}: -c: option requires an argument\n`
      : dialect === 'dash'
        ? `${argv0}: 0: -c requires an argument\n`
        : `${argv0}: -c requires an argument\n`;
  if (dialect === 'dash') return `${argv0}: 0: Illegal option ${option}\n`;
  if (dialect === 'ash') return `${argv0}: illegal option ${option}\n`;
  return `${argv0}: ${option}: invalid option\n`;
}

function* begin(shell: Interpreter, invocation: Invocation): Body<number> {
  const { os } = shell;
  const { command, operands } = invocation;
  if (command !== undefined) {
    shell.commandString = true;
    if (operands[0] !== undefined) shell.name = operands[0];
    shell.positional = operands.slice(1);
    return yield* shell.runText(command);
  }
  const file = operands[0];
  if (file !== undefined && !invocation.standardInput) {
    shell.positional = operands.slice(1);
    return yield* runFile(shell, file);
  }
  shell.positional = operands;
  if (invocation.interactive || (yield* os.isTty(0))) return yield* interact(shell);
  return yield* runInput(shell);
}

function* runFile(shell: Interpreter, file: string): Body<number> {
  let text: string;
  try {
    text = yield* shell.os.readFile(file);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const missing = error.errno === 'ENOENT';
    const status = missing ? 127 : 126;
    if (shell.dialect === 'bash')
      yield* shell.os.write(2, `${shell.name}: ${file}: ${missing ? 'No such file or directory' : 'Is a directory'}\n`);
    else if (shell.dialect === 'dash')
      yield* shell.os.write(2, `${shell.name}: 0: cannot open ${file}: ${missing ? 'No such file' : 'Is a directory'}\n`);
    else yield* shell.os.write(2, `${shell.name}: can't open '${file}': ${missing ? 'No such file or directory' : 'Is a directory'}\n`);
    return shell.dialect === 'bash' ? status : 2;
  }
  shell.name = file;
  shell.scriptName = file;
  return yield* shell.runText(text);
}

/** Commands from a pipe, line by line, so that a command may read the lines after its own. */
function* runInput(shell: Interpreter): Body<number> {
  const all = yield* shell.os.readAll(0);
  return yield* shell.runText(all);
}

export const bash = shellProgram('bash', 'bash');
export const dash = shellProgram('dash', 'dash');
export const ash = shellProgram('ash', 'ash');
