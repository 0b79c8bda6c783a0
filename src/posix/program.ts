// A program as the simulated operating systems run it: a generator that yields system calls and is resumed with their results.
// It has no other effect and reads nothing else, so a process can be stopped at any call, killed, and rebuilt by feeding a fresh
// generator the results it had already been given. The same programs run in the user's terminal and in containers.
import type { Plain } from '../sim/plain.ts';
import type { Machine } from './machine.ts';

/** One system call; only the process kernel makes and answers these. Programs use the typed methods of `Os`. */
export interface Syscall {
  readonly call: string;
  readonly args: readonly unknown[];
}

export type Body<T> = Generator<Syscall, T, any>;

export type Signal =
  | 'HUP'
  | 'INT'
  | 'QUIT'
  | 'KILL'
  | 'USR1'
  | 'SEGV'
  | 'USR2'
  | 'PIPE'
  | 'ALRM'
  | 'TERM'
  | 'CHLD'
  | 'CONT'
  | 'STOP'
  | 'WINCH';

/** How a process ended. A signal's `code` is 128 + its number, as shells and container runtimes report it. */
export interface ExitStatus {
  readonly code: number;
  readonly signal?: Signal;
}

export interface Program {
  /** The name it is called by, as in `ls`. */
  readonly name: string;
  /** Runs with `os.argv[0]` = name; returns the exit code. */
  run(os: Os): Body<number>;
  /** Tab completion: candidates for `words[index]`, of which the text before the cursor is already there. */
  complete?(os: Os, words: readonly string[], index: number): Body<readonly string[]>;
}

/** Declares a program; checks nothing but types, so that a file reads as data. */
export function defineProgram(program: Program): Program {
  return program;
}

/** Errno names of failed calls; messages as strerror says them are in `errno.ts`. */
export type Errno =
  | 'ENOENT'
  | 'EACCES'
  | 'EEXIST'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'EROFS'
  | 'ENOTEMPTY'
  | 'EINVAL'
  | 'EPIPE'
  | 'EINTR'
  | 'EBADF'
  | 'ENOEXEC'
  | 'E2BIG'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EADDRINUSE'
  | 'ENOSPC'
  | 'ELOOP'
  | 'ESRCH'
  | 'ECHILD'
  | 'ENAMETOOLONG'
  | 'ENOTCONN'
  | 'ENODEV'
  | 'EPERM';

/** Thrown into a program by a failed call; a program that does not catch it dies with its own message. */
export class SystemError extends Error {
  readonly errno: Errno;
  readonly path: string | undefined;
  constructor(errno: Errno, path?: string) {
    super(path === undefined ? errno : `${errno}: ${path}`);
    this.errno = errno;
    this.path = path;
  }
}

export interface FileStat {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly size: number;
  /** Permission bits, as in 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds: virtual in a FileSystem, since 1970 as `os.stat` gives it. */
  readonly mtime: number;
  readonly target?: string;
  /** Names it has; absent = 1, or 2 for a folder. */
  readonly links?: number;
}

/** What a program can ask of its operating system. Every method is one or more system calls: `yield*` it. */
export interface Os {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The number it has in its own machine: a container's first process is 1. */
  readonly pid: number;
  readonly uid: number;

  /** Next chunk of a descriptor; undefined at end of input. */
  read(fd: number): Body<string | undefined>;
  /** Next line without its newline (or with it: `keepNewline`); takes nothing beyond it; undefined at end of input.
   *  Throws ETIMEDOUT after `timeoutMs`. */
  readLine(fd: number, keepNewline?: boolean, timeoutMs?: number): Body<string | undefined>;
  /** Everything up to end of input. */
  readAll(fd: number): Body<string>;
  /** Blocks while a pipe is full; ends the process by SIGPIPE when nobody reads. */
  write(fd: number, text: string): Body<void>;
  close(fd: number): Body<void>;
  isTty(fd: number): Body<boolean>;
  /** Columns and rows of the terminal, or undefined. */
  terminalSize(): Body<{ readonly columns: number; readonly rows: number } | undefined>;
  /** `raw`: keys come as typed, nothing is echoed, Ctrl-C is a character. `cooked`: whole lines, echo, Ctrl-C is a signal. */
  terminalMode(mode: 'raw' | 'cooked'): Body<void>;

  readFile(path: string): Body<string>;
  writeFile(path: string, text: string, how?: 'truncate' | 'append'): Body<void>;
  stat(path: string, followLinks?: boolean): Body<FileStat>;
  readDirectory(path: string): Body<readonly string[]>;
  makeDirectory(path: string, mode?: number): Body<void>;
  /** Removes a file, link or empty directory. */
  remove(path: string): Body<void>;
  rename(from: string, to: string): Body<void>;
  symlink(target: string, path: string): Body<void>;
  chmod(path: string, mode: number): Body<void>;
  chown(path: string, uid: number, gid: number): Body<void>;
  /** What is mounted, as `mount` and `df` list it; the root first. */
  mounts(): Body<readonly MountEntry[]>;
  hostname(): Body<string>;

  /** One turn of a loop that makes no other call: lets virtual time pass when there are very many. */
  step(): Body<void>;
  sleep(ms: number): Body<void>;
  /** Until a signal: a queued one throws EINTR. */
  pause(): Body<void>;
  /** Milliseconds since 1970 in the simulated world. */
  time(): Body<number>;
  /** Whole number in [0, bound), from the process's own stream. */
  random(bound: number): Body<number>;

  /** Starts a program; `fds` maps the child's descriptors to ours (default 0, 1, 2 inherited). Throws ENOENT, EACCES. */
  spawn(argv: readonly string[], options?: SpawnOptions): Body<number>;
  /** Becomes another program in the same process; returns only by throwing ENOENT, EACCES, ENOEXEC. */
  exec(argv: readonly string[], options?: SpawnOptions): Body<void>;
  wait(pid: number): Body<ExitStatus>;
  /** The next child to end; undefined when there are none. */
  waitAny(): Body<{ readonly pid: number; readonly status: ExitStatus } | undefined>;
  /** How a child ended, without waiting: undefined while it runs. */
  waitNow(pid: number): Body<ExitStatus | undefined>;
  /** Throws ESRCH when there is no such process. Signal 0 only asks. */
  kill(pid: number, signal: Signal | 0): Body<void>;
  /** A pipe: [reading end, writing end]. */
  pipe(): Body<readonly [number, number]>;
  open(path: string, how: 'read' | 'write' | 'append'): Body<number>;
  /** The completion of a program found as `spawn` finds it. */
  completer(name: string): Body<Program['complete'] | undefined>;
  /** From now on the signal is queued for `pendingSignals` and interrupts blocking calls with EINTR instead of ending the process. */
  trap(signal: Signal, handling: 'default' | 'ignore' | 'queue'): Body<void>;
  pendingSignals(): Body<readonly Signal[]>;
  processes(): Body<readonly ProcessEntry[]>;
  chdir(path: string): Body<void>;

  readonly net: Sockets;

  /** A port to something outside the simulated operating system, by name (`kubernetes-api`, `minikube-driver`): what it is and
   *  answers is agreed between the program and whoever composed the machine. Undefined `call` results are not an error. */
  device(name: string, call: string, args: Plain): Body<any>;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
  readonly uid: number;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly tty: boolean;
}

export interface MountEntry {
  readonly source: string;
  readonly target: string;
  /** `overlay`, `tmpfs`, `ext4`. */
  readonly type: string;
  readonly options: string;
  /** Bytes; absent where it is the node's disk. */
  readonly size?: number;
  readonly used?: number;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly fds?: Readonly<Record<number, number>>;
  /** Keys of the terminal do not reach it: a job of `&`. */
  readonly background?: boolean;
  /** Another operating system to run it in, with our descriptors: what ssh does. */
  readonly machine?: Machine;
  readonly uid?: number;
  /** Runs this body instead of looking argv[0] up: subshells and shell functions. */
  readonly body?: (os: Os) => Body<number>;
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export type ConnectionId = number;

/** The socket calls. TCP carries text chunks in order; UDP carries whole datagrams. */
export interface Sockets {
  /** Throws ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH. `timeoutMs`: the program's own limit (ETIMEDOUT), else the kernel's. */
  connect(
    to: Endpoint,
    options?: {
      readonly timeoutMs?: number;
      readonly from?: number;
      /** As a plain blocking connect() (bash /dev/tcp, wget, nc): it learns of a rule's refusal only a second later. curl polls instead. */
      readonly blocking?: boolean;
    },
  ): Body<ConnectionId>;
  /** `ip` undefined = all addresses. Throws EADDRINUSE. */
  listen(port: number, options?: { readonly ip?: string }): Body<number>;
  accept(listener: number): Body<{ readonly connection: ConnectionId; readonly from: Endpoint; readonly to: Endpoint }>;
  send(connection: ConnectionId, text: string): Body<void>;
  /** Undefined once the peer closed. Throws ECONNRESET, ETIMEDOUT (after `timeoutMs`). */
  receive(connection: ConnectionId, timeoutMs?: number): Body<string | undefined>;
  close(connection: ConnectionId): Body<void>;
  /** Binds a UDP port (0 = any). */
  bindUdp(port: number): Body<number>;
  sendTo(socket: number, to: Endpoint, datagram: Plain): Body<void>;
  /** Throws ETIMEDOUT; ECONNREFUSED when an ICMP port-unreachable came back. */
  receiveFrom(socket: number, timeoutMs?: number): Body<{ readonly from: Endpoint; readonly datagram: Plain }>;
  /** Round-trip milliseconds, or undefined when nothing came back in time. */
  ping(ip: string, timeoutMs: number): Body<number | undefined>;
  /** getaddrinfo: /etc/hosts, then /etc/resolv.conf with search list and ndots over UDP. Empty = name not known. */
  resolve(name: string, family?: 4 | 6): Body<readonly string[]>;
  /** Addresses of this network namespace, as `ip addr` lists them. */
  interfaces(): Body<readonly { readonly name: string; readonly ip: string; readonly prefix: number }[]>;
}
