// The builtin commands of the shell, in the words of each dialect.
import { parseSignal, signalNumbers } from '../errno.ts';
import { type Body, type Signal, SystemError } from '../program.ts';
import { echoText } from '../programs/echo.ts';
import { killArguments } from '../programs/kill.ts';
import { formatPrintf } from '../programs/printf.ts';
import { evaluateTest, TestError } from '../programs/test.ts';
import { findInPath } from '../programs/which.ts';
import { evaluate } from './arithmetic.ts';
import { Break, Exit, Return, ShellError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import type { Dialect } from './parser.ts';
import { readBuiltin } from './read.ts';

export interface Builtin {
  /** A POSIX special builtin: its errors end a dash or ash script. */
  readonly special?: boolean;
  /** Only in these dialects; absent = all. */
  readonly dialects?: readonly Dialect[];
  run(shell: Interpreter, words: readonly string[]): Body<number>;
}

const bashOnly: readonly Dialect[] = ['bash'];
const notDash: readonly Dialect[] = ['bash', 'ash'];

function* test(shell: Interpreter, words: readonly string[]): Body<number> {
  const [name = 'test', ...args] = words;
  if (name === '[' && args.pop() !== ']') throw new ShellError(shell.dialect === 'bash' ? "missing `]'" : 'missing ]', 2);
  try {
    const real = new Map(shell.fds);
    return Number(!(yield* evaluateTest(shell.os, args, (fd) => real.get(fd) ?? -1)));
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    throw new ShellError(testMessage(shell, error), 2);
  }
}

function testMessage(shell: Interpreter, error: TestError): string {
  if (error.kind === 'integer') {
    return shell.dialect === 'bash'
      ? `${error.word}: integer expression expected`
      : shell.dialect === 'dash'
        ? `Illegal number: ${error.word}`
        : `${error.word}: bad number`;
  }
  if (error.kind === 'many') return shell.dialect === 'bash' ? 'too many arguments' : `${error.word}: unexpected operator`;
  if (error.kind === 'binary')
    return shell.dialect === 'bash' ? `${error.word}: binary operator expected` : `${error.word}: unexpected operator`;
  return shell.dialect === 'bash' ? `${error.word}: unary operator expected` : `${error.word}: unexpected operator`;
}

function* cd(shell: Interpreter, words: readonly string[]): Body<number> {
  const args = words.slice(1).filter((word) => !/^-[LPe]+$/.test(word) && word !== '--');
  if (args.length > 1 && shell.dialect === 'bash') throw new ShellError('too many arguments', 1);
  const back = args[0] === '-';
  const target = back ? shell.get('OLDPWD') : (args[0] ?? shell.get('HOME'));
  if (target === undefined) throw new ShellError(back ? 'OLDPWD not set' : 'HOME not set', 1);
  const from = shell.os.cwd;
  if (target !== '') {
    try {
      yield* shell.os.chdir(target);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const reason =
        error.errno === 'ENOTDIR' ? 'Not a directory' : error.errno === 'EACCES' ? 'Permission denied' : 'No such file or directory';
      if (shell.dialect === 'bash') throw new ShellError(`${target}: ${reason}`, 1);
      throw new ShellError(`can't cd to ${target}${shell.dialect === 'ash' ? `: ${reason}` : ''}`, shell.dialect === 'dash' ? 2 : 1);
    }
  }
  shell.set('OLDPWD', from);
  shell.set('PWD', shell.os.cwd);
  if (back) yield* shell.write(1, `${shell.os.cwd}\n`);
  return 0;
}

function exitStatus(shell: Interpreter, word: string | undefined): number {
  if (word === undefined) return shell.status;
  if (/^-?\d+$/.test(word)) return Number(word) & 255;
  throw new ShellError(shell.dialect === 'bash' ? `${word}: numeric argument required` : `Illegal number: ${word}`, 2, true);
}

function* declare(shell: Interpreter, words: readonly string[], change: (name: string) => void): Body<number> {
  for (const word of words) {
    const equals = word.indexOf('=');
    const append = equals > 0 && word[equals - 1] === '+';
    const name = equals < 0 ? word : word.slice(0, append ? equals - 1 : equals);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new ShellError(
        shell.dialect === 'bash' ? `\`${word}': not a valid identifier` : `${name}: bad variable name`,
        shell.dialect === 'bash' ? 1 : 2,
      );
    }
    if (equals >= 0) shell.set(name, (append ? (shell.get(name) ?? '') : '') + word.slice(equals + 1));
    change(name);
  }
  return 0;
}

function variableOf(shell: Interpreter, name: string) {
  let variable = shell.values.get(name);
  if (variable === undefined) {
    variable = { value: undefined, exported: false, readonly: false };
    shell.values.set(name, variable);
  }
  return variable;
}

export function shellQuote(value: string, dialect: Dialect): string {
  return dialect === 'bash' ? `"${value.replace(/["\\$`]/g, '\\$&')}"` : `'${value.replace(/'/g, `'"'"'`)}'`;
}

function* listVariables(shell: Interpreter, keyword: string, bashKeyword: string, wanted: (name: string) => boolean): Body<number> {
  let text = '';
  for (const name of [...shell.values.keys()].sort()) {
    if (!wanted(name)) continue;
    const value = shell.get(name);
    text += `${shell.dialect === 'bash' ? bashKeyword : keyword} ${name}${value === undefined ? '' : `=${shellQuote(value, shell.dialect)}`}\n`;
  }
  yield* shell.write(1, text);
  return 0;
}

function* exportBuiltin(shell: Interpreter, words: readonly string[]): Body<number> {
  const options = words.slice(1).filter((word) => /^-[pnf]+$/.test(word));
  const rest = words.slice(1).filter((word) => !/^-[pnf]+$/.test(word) && word !== '--');
  if (rest.length === 0) return yield* listVariables(shell, 'export', 'declare -x', (name) => shell.values.get(name)?.exported ?? false);
  const off = options.some((option) => option.includes('n'));
  return yield* declare(shell, rest, (name) => {
    variableOf(shell, name).exported = !off;
  });
}

function* local(shell: Interpreter, words: readonly string[]): Body<number> {
  const scope = shell.locals[shell.locals.length - 1];
  if (scope === undefined)
    throw new ShellError(
      shell.dialect === 'bash' ? 'can only be used in a function' : 'not in a function',
      shell.dialect === 'bash' ? 1 : 2,
    );
  const flags = words
    .slice(1)
    .filter((word) => /^-[a-zA-Z]+$/.test(word))
    .join('');
  for (const word of words.slice(1).filter((other) => !/^-[a-zA-Z]+$/.test(other))) {
    const name = word.replace(/\+?=[\s\S]*/, '');
    if (!scope.has(name)) {
      const old = shell.values.get(name);
      scope.set(name, old);
      if (word.includes('=') || shell.dialect === 'bash')
        shell.values.set(name, {
          value: undefined,
          exported: old?.exported ?? false,
          readonly: false,
          ...(flags.includes('a') ? { array: new Map() } : {}),
        });
      else if (old !== undefined) shell.values.set(name, { ...old });
    }
    yield* declare(shell, [word], () => {});
  }
  return 0;
}

function* declareBuiltin(shell: Interpreter, words: readonly string[]): Body<number> {
  if (shell.inFunction && !words.includes('-g')) return yield* local(shell, words);
  const flags = words
    .slice(1)
    .filter((word) => /^[-+][a-zA-Z]+$/.test(word))
    .join('');
  const rest = words.slice(1).filter((word) => !/^[-+][a-zA-Z]+$/.test(word));
  if (rest.length === 0) return yield* listVariables(shell, 'declare', 'declare --', () => true);
  if (flags.includes('p')) {
    for (const name of rest) if (shell.values.get(name) === undefined) throw new ShellError(`${name}: not found`, 1);
    return yield* listVariables(shell, 'declare', 'declare --', (name) => rest.includes(name));
  }
  return yield* declare(shell, rest, (name) => {
    const variable = variableOf(shell, name);
    if (flags.includes('x')) variable.exported = true;
    if (flags.includes('r')) variable.readonly = true;
    if (flags.includes('a') || flags.includes('A')) variable.array ??= new Map();
    if (flags.includes('i') && variable.value !== undefined) variable.value = String(evaluate(variable.value, shell.variables()));
  });
}

const longOptions: Readonly<Record<string, string>> = {
  errexit: 'e',
  nounset: 'u',
  xtrace: 'x',
  noglob: 'f',
  allexport: 'a',
  noexec: 'n',
  verbose: 'v',
  noclobber: 'C',
  pipefail: 'pipefail',
  monitor: 'm',
  emacs: 'emacs',
  vi: 'vi',
  posix: 'posix',
};

function* set(shell: Interpreter, words: readonly string[]): Body<number> {
  const args = words.slice(1);
  if (args.length === 0) {
    const rows = [...shell.values.keys()].sort().map((name) => `${name}=${quoteSet(shell.get(name) ?? '', shell.dialect)}\n`);
    yield* shell.write(1, rows.join(''));
    return 0;
  }
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] as string;
    if (word === '--') {
      shell.positional = args.slice(index + 1);
      return 0;
    }
    if (!/^[-+]./.test(word)) break;
    const on = word.startsWith('-');
    for (const letter of word.slice(1)) {
      if (letter === 'o') {
        const name = args[++index];
        if (name === undefined) {
          const rows = Object.entries(longOptions).map(
            ([long, short]) => `${long.padEnd(15)}\t${shell.options.has(short) ? 'on' : 'off'}\n`,
          );
          yield* shell.write(1, rows.join(''));
          return 0;
        }
        const option = longOptions[name];
        if (option === undefined)
          throw new ShellError(shell.dialect === 'bash' ? `${name}: invalid option name` : `Illegal option -o ${name}`, 2);
        toggle(shell, option, on);
      } else if (!'euxfanvCmhbBEHPT'.includes(letter)) {
        const usage = 'set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]';
        throw new ShellError(
          shell.dialect === 'bash' ? `-${letter}: invalid option\n${usage}` : `Illegal option -${letter}`,
          2,
          shell.dialect !== 'bash',
        );
      } else toggle(shell, letter, on);
    }
  }
  if (index < args.length) shell.positional = args.slice(index);
  return 0;
}

function toggle(shell: Interpreter, option: string, on: boolean): void {
  if (on) shell.options.add(option);
  else shell.options.delete(option);
}

function quoteSet(value: string, dialect: Dialect): string {
  if (dialect === 'bash' && /^[\w@%+=:,./-]*$/.test(value)) return value;
  return `'${value.replace(/'/g, dialect === 'bash' ? `'\\''` : `'"'"'`)}'`;
}

function* source(shell: Interpreter, words: readonly string[]): Body<number> {
  const path = words[1];
  if (path === undefined)
    throw new ShellError(
      shell.dialect === 'bash' ? `filename argument required\n${words[0]}: usage: ${words[0]} filename [arguments]` : 'usage: . filename',
      2,
    );
  const found = path.includes('/') ? path : ((yield* findInPath(shell.os, shell.get('PATH') ?? '', path, false)) ?? path);
  let text: string;
  try {
    text = yield* shell.os.readFile(found);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const missing = error.errno === 'ENOENT';
    if (shell.dialect === 'bash') throw new ShellError(`${path}: ${missing ? 'No such file or directory' : 'Is a directory'}`, 1);
    throw new ShellError(
      shell.dialect === 'dash' ? `cannot open ${path}: No such file` : `can't open '${path}': No such file or directory`,
      2,
      true,
    );
  }
  const saved = shell.positional;
  if (words.length > 2) shell.positional = words.slice(2);
  try {
    return yield* shell.runText(text, path);
  } catch (error) {
    if (error instanceof Return) return error.status;
    throw error;
  } finally {
    shell.positional = saved;
  }
}

function* trap(shell: Interpreter, words: readonly string[]): Body<number> {
  const args = words.slice(1).filter((word, index) => !(index === 0 && word === '--'));
  if (args.length === 0 || args[0] === '-p') {
    const rows = [...shell.traps].map(
      ([signal, action]) =>
        `trap -- '${action.replace(/'/g, `'\\''`)}' ${shell.dialect === 'bash' && signal !== 'EXIT' ? 'SIG' : ''}${signal}\n`,
    );
    yield* shell.write(1, rows.join(''));
    return 0;
  }
  if (args[0] === '-l') {
    yield* shell.write(
      1,
      `${Object.entries(signalNumbers)
        .map(([name, number]) => `${number}) SIG${name}`)
        .join('\t')}\n`,
    );
    return 0;
  }
  const reset = args.length === 1 || args[0] === '-' || /^\d+$/.test(args[0] as string);
  const action = reset ? undefined : args[0];
  for (const word of args.slice(args.length === 1 || /^\d+$/.test(args[0] as string) ? 0 : 1)) {
    const name = word === '0' || word.toUpperCase() === 'EXIT' ? 'EXIT' : /^(?:ERR|DEBUG|RETURN)$/.test(word) ? word : parseSignal(word);
    if (name === undefined)
      throw new ShellError(
        shell.dialect === 'bash'
          ? `${word}: invalid signal specification`
          : shell.dialect === 'ash'
            ? `${word}: invalid signal specification`
            : `${word}: bad trap`,
        1,
      );
    if (action === undefined) shell.traps.delete(name);
    else shell.traps.set(name, action);
    if (name in signalNumbers) yield* shell.os.trap(name as Signal, action === undefined ? 'default' : action === '' ? 'ignore' : 'queue');
  }
  return 0;
}

function* waitBuiltin(shell: Interpreter, words: readonly string[]): Body<number> {
  const targets = words.slice(1).filter((word) => word !== '-n' && word !== '-f');
  const any = words.includes('-n');
  let status = 0;
  try {
    if (targets.length === 0) {
      for (;;) {
        const ended = yield* shell.os.waitAny();
        shell.jobs = shell.jobs.filter((job) => job.pid !== ended?.pid);
        if (ended === undefined) return any ? 127 : 0;
        if (any) return ended.status.code;
      }
    }
    for (const target of targets) {
      const pid = jobPid(shell, target);
      if (pid === undefined) {
        if (shell.dialect === 'bash')
          throw new ShellError(`${target.startsWith('%') ? `${target}: no such job` : `pid ${target} is not a child of this shell`}`, 127);
        status = 127;
        continue;
      }
      try {
        status = (yield* shell.waitFor(pid)).code;
        shell.ended.set(pid, status);
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== 'ECHILD') throw error;
        const known = shell.ended.get(pid);
        if (known === undefined && shell.dialect === 'bash') throw new ShellError(`pid ${target} is not a child of this shell`, 127);
        status = known ?? 127;
      }
      shell.jobs = shell.jobs.filter((job) => job.pid !== pid);
    }
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
    for (const signal of yield* shell.os.pendingSignals()) {
      status = 128 + signalNumbers[signal];
      yield* shell.runTrap(signal);
    }
  }
  return status;
}

function jobPid(shell: Interpreter, word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  if (word === '%%' || word === '%+' || word === '%') return shell.jobs[shell.jobs.length - 1]?.pid;
  return shell.jobs.find((job) => `%${job.number}` === word)?.pid;
}

function* kill(shell: Interpreter, words: readonly string[]): Body<number> {
  const mapped = words.map((word, index) => (index > 0 && word.startsWith('%') ? String(jobPid(shell, word) ?? word) : word));
  let failed = 0;
  const { output, errors, status } = yield* killArguments(shell.os, mapped.slice(1), shell.dialect === 'bash' ? 'bash' : shell.dialect);
  yield* shell.write(1, output);
  for (const error of errors) yield* shell.complain(error, 'kill');
  failed = status;
  return failed;
}

function* typeBuiltin(shell: Interpreter, words: readonly string[]): Body<number> {
  const terse = words.includes('-t');
  const pathOnly = words.includes('-p') || words.includes('-P');
  let status = 0;
  for (const name of words.slice(1).filter((word) => !/^-[tpPaf]+$/.test(word))) {
    const [kind, text] = yield* describeCommand(shell, name);
    if (kind === undefined) {
      if (!terse && !pathOnly) {
        if (shell.dialect === 'bash') yield* shell.complain(`${name}: not found`, 'type');
        else yield* shell.write(2, `${name}: not found\n`);
      }
      status = shell.dialect === 'bash' ? 1 : 127;
    } else if (terse) yield* shell.write(1, `${kind}\n`);
    else if (pathOnly) yield* shell.write(1, kind === 'file' ? `${text.replace(/.* is /, '')}\n` : '');
    else yield* shell.write(1, `${text}\n`);
  }
  return status;
}

function* describeCommand(shell: Interpreter, name: string): Body<readonly [string | undefined, string]> {
  const alias = shell.aliases.get(name);
  if (alias !== undefined)
    return ['alias', shell.dialect === 'bash' ? `${name} is aliased to \`${alias}'` : `${name} is an alias for ${alias}`];
  if (/^(?:if|then|elif|else|fi|while|until|for|do|done|case|esac|in|\{|\}|!|function|\[\[|\]\])$/.test(name))
    return ['keyword', `${name} is a shell keyword`];
  if (shell.functions.has(name)) return ['function', shell.dialect === 'bash' ? `${name} is a function` : `${name} is a shell function`];
  const builtin = builtins.get(name);
  if (builtin !== undefined && (builtin.dialects === undefined || builtin.dialects.includes(shell.dialect))) {
    return ['builtin', `${name} is a ${builtin.special && shell.dialect !== 'bash' ? 'special ' : ''}shell builtin`];
  }
  const path = yield* findInPath(shell.os, shell.get('PATH') ?? '', name, true);
  return path === undefined ? [undefined, ''] : ['file', `${name} is ${path}`];
}

function* command(shell: Interpreter, words: readonly string[]): Body<number> {
  const flag = words[1];
  if (flag === '-v' || flag === '-V') {
    let status = 0;
    for (const name of words.slice(2)) {
      const [kind, text] = yield* describeCommand(shell, name);
      if (kind === undefined) {
        status = shell.dialect === 'bash' ? 1 : 127;
        if (flag === '-V')
          yield* shell.write(2, `${shell.dialect === 'bash' ? `${shell.name}: line ${shell.line}: command: ` : ''}${name}: not found\n`);
      } else if (flag === '-V') yield* shell.write(1, `${text}\n`);
      else if (kind === 'alias') yield* shell.write(1, `alias ${name}='${shell.aliases.get(name)}'\n`);
      else yield* shell.write(1, `${kind === 'file' ? text.slice(name.length + 4) : name}\n`);
    }
    return status;
  }
  const rest = words.slice(flag === '-p' || flag === '--' ? 2 : 1);
  return rest.length === 0 ? 0 : yield* shell.runCommand(rest, true);
}

function* alias(shell: Interpreter, words: readonly string[]): Body<number> {
  let status = 0;
  const show = (name: string, value: string) => `${shell.dialect === 'bash' ? 'alias ' : ''}${name}='${value.replace(/'/g, `'\\''`)}'\n`;
  if (words.length === 1 || (words.length === 2 && words[1] === '-p')) {
    yield* shell.write(
      1,
      [...shell.aliases]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => show(name, value))
        .join(''),
    );
    return 0;
  }
  for (const word of words.slice(1)) {
    const equals = word.indexOf('=');
    const value = shell.aliases.get(word);
    if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1));
    else if (value !== undefined) yield* shell.write(1, show(word, value));
    else {
      yield* shell.complain(`${word}: not found`, 'alias');
      status = 1;
    }
  }
  return status;
}

function* unalias(shell: Interpreter, words: readonly string[]): Body<number> {
  if (words[1] === '-a') {
    shell.aliases.clear();
    return 0;
  }
  let status = 0;
  for (const word of words.slice(1)) {
    if (shell.aliases.delete(word)) continue;
    yield* shell.complain(`${word}: not found`, 'unalias');
    status = 1;
  }
  return status;
}

function* jobs(shell: Interpreter): Body<number> {
  const left: Interpreter['jobs'] = [];
  for (const job of shell.jobs) {
    const status = yield* shell.os.waitNow(job.pid);
    const current = job === shell.jobs[shell.jobs.length - 1] ? '+' : job === shell.jobs[shell.jobs.length - 2] ? '-' : ' ';
    const state = status === undefined ? 'Running' : status.code === 0 ? 'Done' : `Exit ${status.code}`;
    yield* shell.write(
      1,
      `[${job.number}]${current}  ${state.padEnd(22)}  ${job.text}${status === undefined && job.text !== '' ? ' &' : ''}\n`,
    );
    if (status === undefined) left.push(job);
    else shell.ended.set(job.pid, status.code);
  }
  shell.jobs = left;
  return 0;
}

function* foreground(shell: Interpreter, words: readonly string[]): Body<number> {
  const pid = jobPid(shell, words[1] ?? '%%');
  if (pid === undefined) throw new ShellError(`${words[1] ?? 'current'}: no such job`, 1);
  const job = shell.jobs.find((other) => other.pid === pid);
  if (job !== undefined) yield* shell.write(1, `${job.text}\n`);
  shell.jobs = shell.jobs.filter((other) => other.pid !== pid);
  return (yield* shell.waitFor(pid)).code;
}

function* getopts(shell: Interpreter, words: readonly string[]): Body<number> {
  const [, spec = '', name = 'opt', ...given] = words;
  const args = given.length > 0 ? given : shell.positional;
  const index = Number(shell.get('OPTIND') ?? '1');
  const [at, offset] = shell.getoptsAt[0] === index ? shell.getoptsAt : [index, 1];
  const word = args[at - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    shell.set('OPTIND', String(word === '--' ? at + 1 : at));
    shell.set(name, '?');
    return 1;
  }
  const letter = word[offset] as string;
  const known = spec.indexOf(letter, spec.startsWith(':') ? 1 : 0);
  let next: [number, number] = offset + 1 < word.length ? [at, offset + 1] : [at + 1, 1];
  shell.unset('OPTARG');
  if (known < 0 || letter === ':') {
    if (spec.startsWith(':')) shell.set('OPTARG', letter);
    else yield* shell.write(2, shell.dialect === 'bash' ? `${shell.name}: illegal option -- ${letter}\n` : `Illegal option -${letter}\n`);
    shell.set(name, '?');
  } else {
    shell.set(name, letter);
    if (spec[known + 1] === ':') {
      const value = offset + 1 < word.length ? word.slice(offset + 1) : args[at];
      next = [offset + 1 < word.length ? at + 1 : at + 2, 1];
      if (value === undefined) {
        shell.set(name, spec.startsWith(':') ? ':' : '?');
        if (spec.startsWith(':')) shell.set('OPTARG', letter);
        else
          yield* shell.write(
            2,
            shell.dialect === 'bash' ? `${shell.name}: option requires an argument -- ${letter}\n` : `No arg for -${letter} option\n`,
          );
      } else shell.set('OPTARG', value);
    }
  }
  shell.getoptsAt = next;
  shell.set('OPTIND', String(next[0]));
  return 0;
}

function leave(continues: boolean): Builtin['run'] {
  return function* (shell, words) {
    if (!shell.inLoop) {
      if (shell.dialect === 'bash') yield* shell.complain(`only meaningful in a \`for', \`while', or \`until' loop`, words[0]);
      return 0;
    }
    const levels = words[1] === undefined ? 1 : Number(words[1]);
    if (!(levels >= 1))
      throw new ShellError(shell.dialect === 'bash' ? `${words[1]}: loop count out of range` : `Illegal number: ${words[1]}`, 1, true);
    throw new Break(levels, continues);
  };
}

const plain = (status: number): Builtin => ({
  *run() {
    return status;
  },
});

const table: Readonly<Record<string, Builtin>> = {
  ':': { special: true, ...plain(0) },
  true: plain(0),
  false: plain(1),
  echo: {
    *run(shell, words) {
      yield* shell.write(1, echoText(words.slice(1), shell.dialect));
      return 0;
    },
  },
  printf: {
    *run(shell, words) {
      const args = words.slice(words[1] === '--' ? 2 : 1);
      if (args[0] === '-v' && shell.dialect === 'bash') {
        shell.set(args[1] ?? '', formatPrintf(args.slice(2)).text);
        return 0;
      }
      if (args.length === 0)
        throw new ShellError(
          shell.dialect === 'bash'
            ? 'usage: printf [-v var] format [arguments]'
            : shell.dialect === 'dash'
              ? 'usage: printf format [arg ...]'
              : 'usage: printf FORMAT [ARG]...',
          2,
        );
      const { text, errors } = formatPrintf(args);
      yield* shell.write(1, text);
      for (const error of errors)
        yield* shell.complain(shell.dialect === 'bash' ? error : error.replace(/: invalid number/, ': expected numeric value'), 'printf');
      return errors.length > 0 ? 1 : 0;
    },
  },
  test: { run: test },
  '[': { run: test },
  cd: { run: cd },
  pwd: {
    *run(shell) {
      yield* shell.write(1, `${shell.os.cwd}\n`);
      return 0;
    },
  },
  exit: {
    special: true,
    *run(shell, words) {
      if (shell.interactive && shell.os.argv[0] !== undefined) yield* shell.write(2, shell.dialect === 'bash' ? 'exit\n' : '');
      throw new Exit(exitStatus(shell, words[1]));
    },
  },
  return: {
    special: true,
    *run(shell, words) {
      if (!shell.inFunction && shell.interactive) throw new ShellError("can only `return' from a function or sourced script", 1);
      throw new Return(exitStatus(shell, words[1]));
    },
  },
  break: { special: true, run: leave(false) },
  continue: { special: true, run: leave(true) },
  export: { special: true, run: exportBuiltin },
  readonly: {
    special: true,
    *run(shell, words) {
      const rest = words.slice(1).filter((word) => word !== '-p');
      if (rest.length === 0)
        return yield* listVariables(shell, 'readonly', 'declare -r', (name) => shell.values.get(name)?.readonly ?? false);
      return yield* declare(shell, rest, (name) => {
        variableOf(shell, name).readonly = true;
      });
    },
  },
  unset: {
    special: true,
    *run(shell, words) {
      for (const word of words.slice(1).filter((other) => !/^-[vf]$/.test(other))) {
        const element = /^(\w+)\[([^\]]+)\]$/.exec(word);
        if (words[1] === '-f') shell.functions.delete(word);
        else if (element !== null) shell.unset(element[1] as string, element[2]);
        else if (shell.values.has(word) || words[1] === '-v') shell.unset(word);
        else shell.functions.delete(word);
      }
      return 0;
    },
  },
  set: { special: true, run: set },
  shift: {
    special: true,
    *run(shell, words) {
      const count = words[1] === undefined ? 1 : Number(words[1]);
      if (Number.isNaN(count))
        throw new ShellError(
          shell.dialect === 'bash' ? `${words[1]}: numeric argument required` : `Illegal number: ${words[1]}`,
          shell.dialect === 'bash' ? 1 : 2,
        );
      if (count > shell.positional.length) {
        if (shell.dialect === 'dash') throw new ShellError("can't shift that many", 2);
        return 1;
      }
      shell.positional = shell.positional.slice(count);
      return 0;
    },
  },
  read: { run: readBuiltin },
  local: { run: local },
  declare: { dialects: bashOnly, run: declareBuiltin },
  typeset: { dialects: bashOnly, run: declareBuiltin },
  eval: {
    special: true,
    *run(shell, words) {
      const text = words.slice(words[1] === '--' ? 2 : 1).join(' ');
      return text.trim() === '' ? 0 : yield* shell.runText(text, 'eval');
    },
  },
  '.': { special: true, run: source },
  source: { dialects: notDash, run: source },
  trap: { special: true, run: trap },
  exec: { special: true, ...plain(0) },
  wait: { run: waitBuiltin },
  kill: { run: kill },
  type: { run: typeBuiltin },
  command: { run: command },
  builtin: {
    dialects: bashOnly,
    *run(shell, words) {
      if (words[1] !== undefined && !builtins.has(words[1])) throw new ShellError(`${words[1]}: not a shell builtin`, 1);
      return words.length < 2 ? 0 : yield* shell.runCommand(words.slice(1), true);
    },
  },
  alias: { run: alias },
  unalias: { run: unalias },
  jobs: { run: jobs },
  fg: { run: foreground },
  bg: plain(0),
  disown: { dialects: bashOnly, ...plain(0) },
  getopts: { run: getopts },
  hash: plain(0),
  shopt: { dialects: bashOnly, ...plain(0) },
  let: {
    dialects: notDash,
    *run(shell, words) {
      let value = 0;
      for (const word of words.slice(1)) value = evaluate(word, shell.variables());
      return Number(value === 0);
    },
  },
  umask: {
    *run(shell, words) {
      if (words.length === 1) yield* shell.write(1, '0022\n');
      if (words[1] === '-S') yield* shell.write(1, 'u=rwx,g=rx,o=rx\n');
      return 0;
    },
  },
  ulimit: {
    *run(shell, words) {
      const value = words.some((word) => /^-[HS]?n$/.test(word)) ? '1048576' : 'unlimited';
      if (words.length < 3) yield* shell.write(1, `${value}\n`);
      return 0;
    },
  },
  times: {
    *run(shell) {
      yield* shell.write(1, '0m0.004s 0m0.002s\n0m0.011s 0m0.006s\n');
      return 0;
    },
  },
  history: {
    dialects: bashOnly,
    *run(shell, words) {
      if (words[1] === '-c') shell.history.length = 0;
      const start = words[1] !== undefined && /^\d+$/.test(words[1]) ? Math.max(0, shell.history.length - Number(words[1])) : 0;
      yield* shell.write(
        1,
        shell.history
          .slice(start)
          .map((line, index) => `${String(start + index + 1).padStart(5)}  ${line}\n`)
          .join(''),
      );
      return 0;
    },
  },
};

export const builtins: ReadonlyMap<string, Builtin> = new Map(Object.entries(table));
