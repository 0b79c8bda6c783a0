// What bash, dash and busybox ash print when something is wrong. Checked against the recorded pods where they show it.
import { errorMessage } from '../errno.ts';
import type { Body, SystemError } from '../program.ts';
import type { ShellState } from './state.ts';
import { isDirectory } from './pattern.ts';
import type { ShellSyntaxError } from './syntax.ts';

/** `bash: line 1: `, `sh: 1: `, `sh: `, then the builtin. */
export function prefix(shell: ShellState, builtin?: string): string {
  const command = builtin === undefined ? '' : `${builtin}: `;
  if (shell.dialect === 'bash')
    return shell.interactive ? `${shellName(shell)}: ${command}` : `${shell.name}: line ${shell.line}: ${command}`;
  if (shell.dialect === 'dash') return `${shell.name}: ${shell.line}: ${command}`;
  // These are applets that the shell calls: they know nothing of lines.
  if (builtin !== undefined && /^(?:kill|test|\[|printf)$/.test(builtin)) return `${shell.name}: `;
  const line = shell.scriptName !== undefined || (builtin !== undefined && !shell.interactive) ? `line ${shell.line}: ` : '';
  return `${shell.name}: ${builtin === undefined ? '' : command}${line}`;
}

function shellName(shell: ShellState): string {
  return shell.name.replace(/^-/, '').replace(/.*\//, '') || 'bash';
}

/** The whole line for a command that cannot be run. */
export function* notFound(shell: ShellState, name: string, error: SystemError, exec: boolean): Body<string> {
  const start = prefix(shell, exec && shell.dialect === 'bash' && !shell.subshell && !shell.commandString ? 'exec' : undefined);
  if (shell.dialect !== 'bash') {
    const text = error.errno === 'ENOENT' ? 'not found' : error.errno === 'ENOEXEC' ? 'Exec format error' : errorMessage(error.errno);
    return `${start}${name}: ${text}\n`;
  }
  if (error.errno === 'ENOENT') {
    const missing = name.includes('/') ? 'No such file or directory' : 'command not found';
    return `${start}${name}: ${missing}\n`;
  }
  if (error.errno === 'ENOEXEC') return `${start}${name}: cannot execute binary file: Exec format error\n`;
  const directory = error.errno === 'EACCES' && (yield* isDirectory(shell.os, name));
  return `${start}${name}: ${directory ? 'Is a directory' : errorMessage(error.errno)}\n`;
}

/** Why a redirection could not be opened. */
export function redirectError(shell: ShellState, error: SystemError, path: string, how: 'read' | 'write' | 'append'): string {
  const { errno } = error;
  if (shell.dialect === 'bash') return `${path}: ${errorMessage(errno)}`;
  if (shell.dialect === 'dash') {
    if (how === 'read') return `cannot open ${path}: ${errno === 'ENOENT' ? 'No such file' : errorMessage(errno)}`;
    return `cannot create ${path}: ${errno === 'ENOENT' ? 'Directory nonexistent' : errorMessage(errno)}`;
  }
  if (how === 'read') return `can't open ${path}: ${errno === 'ENOENT' ? 'no such file' : errorMessage(errno)}`;
  return `can't create ${path}: ${errno === 'ENOENT' ? 'nonexistent directory' : errorMessage(errno)}`;
}

/** All lines for a syntax error in `text`. */
export function syntaxMessage(shell: ShellState, error: ShellSyntaxError, text: string, source?: string): string {
  const { found, expected, line } = error;
  if (shell.dialect !== 'bash') return plainSyntax(shell, error);
  const start = shell.interactive
    ? `${shellName(shell)}: `
    : shell.commandString || source !== undefined
      ? `${shell.name}: ${source ?? '-c'}: line ${line}: `
      : `${shell.name}: line ${line}: `;
  if (found.startsWith('bad substitution')) return `${start.replace(/-c: /, '')}${found.slice(18)}: bad substitution\n`;
  if (found === 'end of file') {
    const quote =
      expected !== undefined &&
      ['"', "'", '`', ')', '}'].includes(expected) &&
      expected.length === 1 &&
      !/^(?:fi|done|esac)$/.test(expected);
    if (quote) return `${start}unexpected EOF while looking for matching \`${expected}'\n`;
    const next = shell.interactive ? start : start.replace(/line \d+/, `line ${line + 1}`);
    return `${next}syntax error: unexpected end of file\n`;
  }
  const rows = text.split('\n');
  const quoted = shell.interactive ? '' : `${start}\`${rows[line - 1] ?? ''}'\n`;
  return `${start}syntax error near unexpected token \`${found}'\n${quoted}`;
}

function plainSyntax(shell: ShellState, error: ShellSyntaxError): string {
  const { found, expected, line } = error;
  const dash = shell.dialect === 'dash';
  const start = dash ? `${shell.name}: ${line}: ` : `${shell.name}: ${shell.scriptName !== undefined ? `line ${line}: ` : ''}`;
  if (found.startsWith('bad substitution')) return `${start}${dash ? 'Bad substitution' : 'syntax error: bad substitution'}\n`;
  const head = dash ? 'Syntax error: ' : 'syntax error: ';
  const wanted = expected !== undefined && !expected.startsWith('heredoc') ? ` (expecting "${expected}")` : '';
  if (found === 'end of file' && (expected === '"' || expected === "'"))
    return `${start}${head}${dash ? 'Unterminated' : 'unterminated'} quoted string\n`;
  if (found === 'end of file' && expected === '`')
    return `${start}${head}${dash ? 'EOF in backquote substitution' : 'unexpected EOF in backquote substitution'}\n`;
  const token =
    found === 'newline' || found === 'end of file' ? found : /^[;&|<>()]/.test(found) || isKeyword(found) ? `"${found}"` : 'word';
  return dash ? `${start}${head}${token} unexpected${wanted}\n` : `${start}${head}unexpected ${token}${wanted}\n`;
}

function isKeyword(word: string): boolean {
  return /^(?:if|then|elif|else|fi|while|until|for|do|done|case|esac|in|\{|\}|!)$/.test(word);
}
