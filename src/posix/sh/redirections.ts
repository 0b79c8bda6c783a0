// Redirections: files, descriptors, here-documents. Opened in order; put back when the command is over.
import { type Body, SystemError } from '../program.ts';
import { ShellError } from './control.ts';
import { expandText } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { redirectError } from './messages.ts';
import type { Redirect } from './syntax.ts';

export function* openAll(shell: Interpreter, redirects: readonly Redirect[]): Body<() => Body<void>> {
  const saved = new Map(shell.fds);
  const opened: number[] = [];
  const os = shell.os;
  const undo = function* (): Body<void> {
    shell.fds = saved;
    for (const fd of opened) yield* os.close(fd);
  };
  try {
    for (const redirect of redirects) yield* openOne(shell, redirect, opened);
  } catch (error) {
    yield* undo();
    throw error;
  }
  return undo;
}

function* openOne(shell: Interpreter, redirect: Redirect, opened: number[]): Body<void> {
  const { operator, fd } = redirect;
  const text = yield* expandText(shell, redirect.target);
  if (operator === '<<' || operator === '<<<') {
    const reading = yield* feed(shell, operator === '<<<' ? `${text}\n` : text);
    opened.push(reading);
    shell.fds.set(fd, reading);
    return;
  }
  if ((operator === '>&' || operator === '<&') && /^(?:\d+|-)$/.test(text)) {
    if (text === '-') {
      shell.fds.delete(fd);
      return;
    }
    const real = shell.fds.get(Number(text));
    if (real === undefined)
      throw new ShellError(
        shell.dialect === 'ash'
          ? `dup2(${text},${fd}): Bad file descriptor`
          : `${text}: ${shell.dialect === 'bash' ? 'Bad file descriptor' : 'Bad file descriptor'}`,
        shell.dialect === 'bash' ? 1 : 2,
      );
    shell.fds.set(fd, real);
    return;
  }
  const how =
    operator === '<' || operator === '<&' ? 'read' : operator === '>>' || operator === '&>>' || operator === '<>' ? 'append' : 'write';
  try {
    const real = yield* shell.os.open(shellFile(shell, text), how);
    opened.push(real);
    shell.fds.set(operator.startsWith('&') || operator === '>&' ? 1 : fd, real);
    if (operator.startsWith('&') || operator === '>&') shell.fds.set(2, real);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ShellError(redirectError(shell, error, text, how), shell.dialect === 'dash' ? 2 : 1);
  }
}

/** `/dev/stdout` and friends mean the shell's own descriptors. */
export function shellFile(shell: Interpreter, path: string): string {
  const name =
    path === '/dev/stdin' ? '0' : path === '/dev/stdout' ? '1' : path === '/dev/stderr' ? '2' : /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
  const real = name === undefined ? undefined : shell.fds.get(Number(name));
  return real === undefined ? path : `/dev/fd/${real}`;
}

/** A descriptor that reads the text. */
function* feed(shell: Interpreter, text: string): Body<number> {
  const [reading, writing] = yield* shell.os.pipe();
  if (text.length < 60_000) yield* shell.os.write(writing, text);
  else {
    yield* shell.os.spawn(['sh'], {
      fds: { 1: writing },
      body: function* (os) {
        yield* os.write(1, text);
        return 0;
      },
    });
  }
  yield* shell.os.close(writing);
  return reading;
}
