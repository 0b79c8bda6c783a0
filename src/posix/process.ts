// One process as the kernel keeps it: the generator that runs, what it has open, what it waits for. It is also the `Os` that its
// program is given. Kept small: there are as many as containers in the world.
import { EndlessDevice, type OpenFile, OutputStream, type Waiter } from './descriptors.ts';
import type { Machine, ProcessEvents } from './machine.ts';
import { OsCalls } from './os.ts';
import type { Body, ExitStatus, Signal, Syscall } from './program.ts';

/** Returned by a system call that cannot be answered yet. */
export const later: unique symbol = Symbol('later');

/** Never closes: shared by every process without input. */
const noInput = new EndlessDevice('null');
noInput.references = 1;

function outputOnly(events: ProcessEvents): OpenFile[] {
  const fds = [noInput, new OutputStream(events, 1), new OutputStream(events, 2)];
  for (const file of fds) file.references++;
  return fds;
}

/** Numbers of one machine's (or pod's) processes. */
export class PidNamespace {
  next: number;
  readonly key: object;
  /** Process 1 of a container: signals it has no handler for do not reach it, and all others end with it. */
  init: Process | undefined;
  #single: Process | undefined;
  #many: Map<number, Process> | undefined;

  constructor(key: object, first: number) {
    this.key = key;
    this.next = first;
  }
  add(process: Process): void {
    if (this.#many !== undefined) this.#many.set(process.pid, process);
    else if (this.#single === undefined) this.#single = process;
    else {
      this.#many = new Map([
        [this.#single.pid, this.#single],
        [process.pid, process],
      ]);
      this.#single = undefined;
    }
  }
  remove(process: Process): void {
    if (this.#single === process) this.#single = undefined;
    this.#many?.delete(process.pid);
  }
  get(pid: number): Process | undefined {
    return this.#many === undefined ? (this.#single?.pid === pid ? this.#single : undefined) : this.#many.get(pid);
  }
  /** In order of start. */
  list(): readonly Process[] {
    return this.#many === undefined ? (this.#single === undefined ? [] : [this.#single]) : [...this.#many.values()];
  }
  get size(): number {
    return this.#many === undefined ? (this.#single === undefined ? 0 : 1) : this.#many.size;
  }
}

export class Process extends OsCalls implements Waiter {
  readonly handle: number;
  readonly pid: number;
  readonly namespace: PidNamespace;
  readonly machine: Machine;
  readonly owner: number;
  readonly uid: number;
  readonly gid: number;
  /** Virtual milliseconds. */
  readonly started: number;
  readonly events: ProcessEvents | undefined;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  parent: Process | undefined = undefined;
  /** Keys of the terminal reach the processes of one group. */
  group = 0;
  generator: Body<number> | undefined = undefined;
  #fds: (OpenFile | undefined)[] | undefined = undefined;
  /** Descriptors by number; the standard streams of a process started from outside are made when first used. */
  get fds(): (OpenFile | undefined)[] {
    this.#fds ??= this.events === undefined ? [] : outputOnly(this.events);
    return this.#fds;
  }
  set fds(files: (OpenFile | undefined)[]) {
    this.#fds = files;
  }
  get hasFiles(): boolean {
    return this.#fds !== undefined;
  }
  children: Map<number, Process | ExitStatus> | undefined = undefined;
  traps: Map<Signal, 'ignore' | 'queue'> | undefined = undefined;
  pending: Signal[] | undefined = undefined;
  sockets: Set<number> | undefined = undefined;

  /** The call that is tried again when something wakes the process; undefined when its answer is in `value` or `error`. */
  call: Syscall | undefined = undefined;
  value: unknown = undefined;
  error: Error | undefined = undefined;
  blocked = false;
  queued = false;
  dead = false;
  /** What blocks it: a stream's waiters, a timer, a ticket, or nothing but a signal or a child. */
  waitingIn: Set<Waiter> | undefined = undefined;
  timer = 0;
  ticket = 0;

  /** Calls made at the virtual time `sliceAt`, and how often in a row the limit was reached. */
  steps = 0;
  sliceAt = 0;
  spins = 0;

  constructor(
    handle: number,
    namespace: PidNamespace,
    machine: Machine,
    owner: number,
    user: { readonly uid: number; readonly gid: number },
    started: number,
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd: string,
    events: ProcessEvents | undefined,
  ) {
    super();
    this.handle = handle;
    this.pid = namespace.next++;
    this.namespace = namespace;
    this.machine = machine;
    this.owner = owner;
    this.uid = user.uid;
    this.gid = user.gid;
    this.started = started;
    this.argv = argv;
    this.env = env;
    this.cwd = cwd;
    this.events = events;
  }
}

/** How a parent calls its child: by its number, unless it runs in another machine (ssh). */
export function childNumber(parent: Process, child: Process): number {
  return child.namespace === parent.namespace ? child.pid : 1_000_000_000 + child.handle;
}
