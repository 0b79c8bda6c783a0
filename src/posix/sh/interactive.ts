// The interactive loop: prompt, a line (more while a command is unfinished), run, again. Keys are edited by the line editor.
import { LineEditor } from '../lineeditor.ts';
import { type Body, SystemError } from '../program.ts';
import { completeLine } from './complete.ts';
import { Exit, Interrupted, Return, ShellError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { parseScript } from './parser.ts';
import { ShellSyntaxError } from './syntax.ts';

const historyLimit = 1000;

export function* interact(shell: Interpreter): Body<number> {
  shell.interactive = true;
  const { os } = shell;
  const editor = (yield* os.isTty(0)) ? new LineEditor((yield* os.terminalSize())?.columns ?? 80, shell.history) : undefined;
  // Keys that end programs do not end the shell that started them.
  for (const signal of ['INT', 'TERM', 'QUIT', 'WINCH'] as const) yield* os.trap(signal, 'queue');
  yield* runStartFile(shell);
  for (;;) {
    yield* reportJobs(shell);
    const text = yield* readCommand(shell, editor);
    if (text === undefined) {
      if (shell.dialect === 'bash' && editor !== undefined) yield* os.write(2, 'exit\n');
      return shell.status;
    }
    if (text.trim() === '') continue;
    const expanded = expandHistory(shell, text.replace(/\n$/, ''));
    if (expanded === undefined) {
      yield* os.write(2, `${shell.name.replace(/^-/, '')}: ${/![^\s]*/.exec(text)?.[0] ?? '!'}: event not found\n`);
      continue;
    }
    if (expanded !== text.replace(/\n$/, '')) yield* os.write(2, `${expanded}\n`);
    remember(shell, expanded);
    const code = yield* runLine(shell, `${expanded}\n`);
    if (code !== undefined) return code;
  }
}

/** Runs what was typed; a number when the shell ends. */
function* runLine(shell: Interpreter, text: string): Body<number | undefined> {
  try {
    yield* shell.runText(text);
    yield* shell.checkSignals();
  } catch (error) {
    if (error instanceof ShellError) {
      yield* shell.complain(error.message);
      shell.status = error.status;
    } else if (error instanceof Interrupted) {
      shell.status = 130;
    } else if (error instanceof Exit) return error.status;
    else if (error instanceof Return) shell.status = error.status;
    else if (error instanceof SystemError) shell.status = 1;
    else throw error;
  }
  return undefined;
}

/** A command with all its lines; undefined at end of input. */
function* readCommand(shell: Interpreter, editor: LineEditor | undefined): Body<string | undefined> {
  let text = '';
  for (;;) {
    const line = yield* readOne(shell, editor, text === '' ? prompt(shell) : (shell.get('PS2') ?? '> '));
    if (line === 'interrupted') {
      shell.status = 130;
      return '';
    }
    if (line === undefined) return text === '' ? undefined : text;
    text += line.text;
    if (!unfinished(shell, text)) return text;
  }
}

function* readOne(
  shell: Interpreter,
  editor: LineEditor | undefined,
  promptText: string,
): Body<{ readonly text: string } | 'interrupted' | undefined> {
  const { os } = shell;
  if (editor === undefined) {
    yield* os.write(2, promptText);
    const line = yield* os.readLine(0, true);
    return line === undefined ? undefined : { text: line };
  }
  yield* os.terminalMode('raw');
  yield* os.write(2, editor.begin(promptText));
  try {
    for (;;) {
      const action = editor.next();
      if (action.output !== '') yield* os.write(2, action.output);
      if (action.kind === 'line') return { text: `${action.text}\n` };
      if (action.kind === 'interrupt') return 'interrupted';
      if (action.kind === 'end') return undefined;
      if (action.kind === 'complete') {
        yield* os.write(2, editor.offer(yield* completeLine(shell, action.text, action.cursor)));
        continue;
      }
      const keys = yield* nextKeys(shell, editor);
      if (keys === undefined) return undefined;
      editor.push(keys);
    }
  } finally {
    yield* os.terminalMode('cooked');
  }
}

function* nextKeys(shell: Interpreter, editor: LineEditor): Body<string | undefined> {
  const { os } = shell;
  for (;;) {
    try {
      return yield* os.read(0);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      for (const signal of yield* os.pendingSignals()) {
        if (signal === 'WINCH') yield* os.write(2, editor.resize((yield* os.terminalSize())?.columns ?? 80));
        else yield* shell.runTrap(signal);
      }
    }
  }
}

function* runStartFile(shell: Interpreter): Body<void> {
  if (shell.dialect !== 'bash') return;
  const home = shell.get('HOME');
  if (home === undefined) return;
  try {
    yield* runLine(shell, yield* shell.os.readFile(`${home}/.bashrc`));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  shell.status = 0;
}

function* reportJobs(shell: Interpreter): Body<void> {
  const left: Interpreter['jobs'] = [];
  for (const job of shell.jobs) {
    const status = yield* shell.os.waitNow(job.pid);
    if (status === undefined) {
      left.push(job);
      continue;
    }
    shell.ended.set(job.pid, status.code);
    const state =
      status.signal === 'TERM' ? 'Terminated' : status.signal === 'KILL' ? 'Killed' : status.code === 0 ? 'Done' : `Exit ${status.code}`;
    yield* shell.os.write(2, `[${job.number}]+  ${state.padEnd(22)}  ${job.text}\n`);
  }
  shell.jobs = left;
}

function remember(shell: Interpreter, line: string): void {
  if (shell.history[shell.history.length - 1] !== line) shell.history.push(line);
  if (shell.history.length > historyLimit) shell.history.shift();
}

/** `!!`, `!$`, `!-2`, `!12`, `!word` outside single quotes; undefined when there is no such line. */
function expandHistory(shell: Interpreter, line: string): string | undefined {
  if (shell.dialect !== 'bash' || !line.includes('!')) return line;
  const { history } = shell;
  let missing = false;
  const expanded = line.replace(
    /('[^']*'|\\!|\$!|\[!|\{!)|!(!|\$|-?\d+|[A-Za-z][\w-]*)/g,
    (all: string, kept: string | undefined, what: string | undefined) => {
      if (kept !== undefined || what === undefined) return all;
      const last = history[history.length - 1];
      const found =
        what === '!'
          ? last
          : what === '$'
            ? /(\S+)\s*$/.exec(last ?? '')?.[1]
            : /^-?\d+$/.test(what)
              ? history[Number(what) < 0 ? history.length + Number(what) : Number(what) - 1]
              : history.findLast((old) => old.startsWith(what));
      if (found === undefined) missing = true;
      return found ?? all;
    },
  );
  return missing ? undefined : expanded;
}

export function unfinished(shell: Interpreter, text: string): boolean {
  try {
    parseScript(text, { dialect: shell.dialect, aliases: shell.aliases });
    return false;
  } catch (error) {
    if (error instanceof ShellSyntaxError) return error.incomplete;
    throw error;
  }
}

/** PS1 with the escapes people use: `\u`, `\h`, `\w`, `\W`, `\$`. */
export function prompt(shell: Interpreter): string {
  const root = shell.os.uid === 0;
  const format =
    shell.get('PS1') ?? (shell.dialect === 'dash' ? (root ? '# ' : '$ ') : shell.dialect === 'ash' ? '\\w \\$ ' : '\\s-5.2\\$ ');
  const home = shell.get('HOME');
  const { cwd } = shell.os;
  const short = home !== undefined && home !== '/' && (cwd === home || cwd.startsWith(`${home}/`)) ? `~${cwd.slice(home.length)}` : cwd;
  return format.replace(/\\([uhwWs$\\n[\]])/g, (_all, letter: string) => {
    switch (letter) {
      case 'u':
        return root ? 'root' : (shell.get('USER') ?? 'user');
      case 'h':
        return (shell.get('HOSTNAME') ?? 'localhost').split('.')[0] as string;
      case 'w':
        return short;
      case 'W':
        return short.split('/').pop() || '/';
      case 's':
        return shell.name.replace(/^-/, '').replace(/.*\//, '');
      case '$':
        return root ? '#' : '$';
      case 'n':
        return '\n';
      case '[':
      case ']':
        return '';
      default:
        return '\\';
    }
  });
}
