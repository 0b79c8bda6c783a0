// Messages of failed system calls as strerror of glibc says them, and the numbers of signals.
import type { Errno, Signal } from './program.ts';

const messages: Readonly<Record<Errno, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EROFS: 'Read-only file system',
  ENOTEMPTY: 'Directory not empty',
  EINVAL: 'Invalid argument',
  EPIPE: 'Broken pipe',
  EINTR: 'Interrupted system call',
  EBADF: 'Bad file descriptor',
  ENOEXEC: 'Exec format error',
  E2BIG: 'Argument list too long',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  EADDRINUSE: 'Address already in use',
  ENOSPC: 'No space left on device',
  EPERM: 'Operation not permitted',
  ELOOP: 'Too many levels of symbolic links',
  ESRCH: 'No such process',
  ECHILD: 'No child processes',
  ENAMETOOLONG: 'File name too long',
  ENOTCONN: 'Transport endpoint is not connected',
  ENODEV: 'No such device',
};

export function errorMessage(errno: Errno): string {
  return messages[errno];
}

export const signalNumbers: Readonly<Record<Signal, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  WINCH: 28,
};

/** `TERM`, `SIGTERM`, `15`, `term`; undefined when there is no such signal. */
export function parseSignal(text: string): Signal | undefined {
  const upper = text.toUpperCase().replace(/^SIG/, '');
  for (const [name, number] of Object.entries(signalNumbers)) {
    if (name === upper || String(number) === text) return name as Signal;
  }
  return undefined;
}

/** How a shell tells that a command died by a signal. */
export const signalTexts: Readonly<Partial<Record<Signal, string>>> = {
  HUP: 'Hangup',
  QUIT: 'Quit',
  KILL: 'Killed',
  USR1: 'User defined signal 1',
  SEGV: 'Segmentation fault',
  USR2: 'User defined signal 2',
  ALRM: 'Alarm clock',
  TERM: 'Terminated',
};
