// The interactive loop: prompt, a line (more while a command is unfinished), run, again. Keys are edited by the line editor.
import { type Body, SystemError } from '../program.ts';
import { Exit, ShellError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { parseScript } from './parser.ts';
import { ShellSyntaxError } from './syntax.ts';

export function* interact(shell: Interpreter): Body<number> {
  shell.interactive = true;
  for (;;) {
    yield* shell.os.write(2, prompt(shell));
    let text = '';
    for (;;) {
      const line = yield* shell.os.readLine(0, true);
      if (line === undefined) {
        if (text === '') return shell.status;
        break;
      }
      text += line;
      if (!unfinished(shell, text)) break;
      yield* shell.os.write(2, '> ');
    }
    try {
      yield* shell.runText(text);
    } catch (error) {
      if (error instanceof ShellError) {
        yield* shell.complain(error.message);
        shell.status = error.status;
      } else if (error instanceof Exit) return error.status;
      else if (!(error instanceof SystemError)) throw error;
    }
  }
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
