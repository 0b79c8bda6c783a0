// What runs processes: one kernel serves every simulated operating system of a world (containers, nodes, the user's own machine).
import type { Plain } from '../sim/plain.ts';
import type { ExitStatus, Program, Signal } from './program.ts';
import type { NetworkStack } from './stack.ts';
import type { FileSystem } from './filesystem.ts';

/** One simulated operating system, or one container of it: files, installed programs, a network, devices. */
export interface Machine {
  readonly hostname: string;
  readonly files: FileSystem;
  /** Finds an installed program by absolute path or, without a slash, through PATH. */
  lookup(command: string, path: string): Program | undefined;
  readonly network: NetworkStack | undefined;
  readonly devices: Readonly<Record<string, Device>>;
  /** Machines with the same one see each other's processes and share numbers (`shareProcessNamespace`); absent = its own. */
  readonly pidNamespace?: object;
  /** First process number; default 1, whose process is the init of a container. A machine that runs already starts higher. */
  readonly firstPid?: number;
}

/** Answers a program's `os.device(name, call, args)`: at once, or later through `processes.answer(ticket, …)`. */
export interface Device {
  /** Returns the answer, or `'later'` when `processes.answer(ticket, result)` or `processes.fail(ticket, error)` will give it. */
  call(ticket: number, call: string, args: Plain): { readonly now: unknown } | 'later';
  /** The caller no longer waits. */
  abandon?(ticket: number): void;
}

export interface ProcessSpec {
  readonly machine: Machine;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number;
  /** Groups processes that end together and own sockets together: a container's main process and all execs have their own group each. */
  readonly owner: number;
  readonly gid?: number;
  readonly tty?: { readonly columns: number; readonly rows: number };
  /** Standard input: whole text given at once, `open` = more comes through `input`, absent = end of input at once. */
  readonly stdin?: string | 'open';
}

export interface ProcessEvents {
  /** Called as output is written. */
  output(fd: 1 | 2, text: string): void;
  exit(status: ExitStatus): void;
}

export interface Processes {
  /** Starts a process and returns its handle, unique in the world. It runs from the next queued event on: never inside this call.
   *  Throws SystemError ENOENT, EACCES, ENOEXEC when argv[0] cannot be run. */
  start(spec: ProcessSpec, events: ProcessEvents): number;
  /** The number the process has in its own machine; undefined once it ended. */
  pidOf(handle: number): number | undefined;
  /** Text to standard input; undefined = end of input. */
  input(pid: number, text: string | undefined): void;
  resize(pid: number, columns: number, rows: number): void;
  /** To the process and, for INT from a terminal, to its foreground children. */
  signal(pid: number, signal: Signal): void;
  /** Ends every process of the owner at once (the container is gone). */
  killOwner(owner: number): void;
  answer(ticket: number, result: unknown): void;
  fail(ticket: number, error: Error): void;
}
