// The kernel of every simulated operating system of a world: runs processes in turns on the simulated queue, delivers signals, answers
// tickets of network and devices. Its system calls are in `syscalls.ts`. Nothing runs inside a caller's call: all of it happens in
// events of the queue, in the order in which processes became ready.
import type { Handler, Sim } from '../sim/sim.ts';
import { InputStream, type OpenFile, OutputStream, release, Terminal, type Waiter } from './descriptors.ts';
import { errorMessage, signalNumbers } from './errno.ts';
import type { Machine, Processes, ProcessEvents, ProcessSpec } from './machine.ts';
import { findProgram } from './executable.ts';
import { childNumber, later, PidNamespace, Process } from './process.ts';
import { type Body, type ExitStatus, type Signal, type SpawnOptions, SystemError, type Syscall } from './program.ts';
import type { StackCallbacks, StackResult, Ticket } from './stack.ts';
import { syscalls } from './syscalls.ts';

/** Calls of one process at one virtual moment before it has to let time pass. */
const stepsPerSlice = 20_000;
/** Processes of one machine, as a pid limit; more refuse to start. */
const processLimit = 4096;
/** Steps a new process costs whoever starts it, so that loops of short programs let time pass sooner. */
const spawnSteps = 20;

export type ProcessKernel = Processes & StackCallbacks;

export function createProcesses(sim: Sim): ProcessKernel {
  return new Kernel(sim);
}

export class Kernel implements Processes, StackCallbacks {
  readonly sim: Sim;
  readonly #processes = new Map<number, Process>();
  readonly #owners = new Map<number, Process | Set<Process>>();
  readonly #namespaces = new Map<object, PidNamespace>();
  readonly #tickets = new Map<Ticket, Process>();
  readonly #run: Handler<null>;
  readonly #wakeTimer: Handler<number>;
  #ready: Process[] = [];
  #scheduled = false;
  #running = false;
  #nextHandle = 1;
  #nextTicket = 1;

  constructor(sim: Sim) {
    this.sim = sim;
    this.#run = sim.handler<null>('processes.run', () => this.#drain());
    this.#wakeTimer = sim.handler<number>('processes.wake', (handle) => {
      const process = this.#processes.get(handle);
      if (process === undefined) return;
      process.timer = 0;
      this.ready(process);
    });
  }

  // ---- started and driven from outside

  start(spec: ProcessSpec, events: ProcessEvents): number {
    const { machine } = spec;
    const found = findProgram(machine, spec.argv, spec.env, spec.cwd);
    const process = this.#create(
      machine,
      spec.owner,
      { uid: spec.uid ?? 0, gid: spec.gid ?? spec.uid ?? 0 },
      found.argv,
      spec.env,
      spec.cwd,
      events,
    );
    process.group = process.handle;
    process.generator = found.program.run(process);
    if (spec.tty !== undefined || spec.stdin !== undefined) process.fds = this.#standardStreams(spec, events, process);
    this.#processes.set(process.handle, process);
    this.ready(process);
    return process.handle;
  }

  #standardStreams(spec: ProcessSpec, events: ProcessEvents, process: Process): OpenFile[] {
    if (spec.tty !== undefined) {
      const terminal = new Terminal(
        spec.tty,
        events,
        (waiters) => this.wake(waiters),
        (signal) => this.#signalGroup(process, signal),
      );
      terminal.references = 3;
      if (spec.stdin !== undefined && spec.stdin !== 'open') terminal.feed(spec.stdin);
      return [terminal, terminal, terminal];
    }
    const input = new InputStream((waiters) => this.wake(waiters), spec.stdin === 'open' ? '' : spec.stdin, spec.stdin !== 'open');
    const fds = [input, new OutputStream(events, 1), new OutputStream(events, 2)];
    for (const file of fds) file.references++;
    return fds;
  }

  #create(
    machine: Machine,
    owner: number,
    user: { readonly uid: number; readonly gid: number },
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd: string,
    events: ProcessEvents | undefined,
  ): Process {
    const key = machine.pidNamespace ?? machine;
    let namespace = this.#namespaces.get(key);
    if (namespace === undefined) {
      namespace = new PidNamespace(key, machine.firstPid ?? 1);
      this.#namespaces.set(key, namespace);
    }
    const process = new Process(this.#nextHandle++, namespace, machine, owner, user, this.sim.now, argv, env, cwd, events);
    if (process.pid === 1) namespace.init = process;
    namespace.add(process);
    const others = this.#owners.get(owner);
    if (others === undefined) this.#owners.set(owner, process);
    else if (others instanceof Set) others.add(process);
    else this.#owners.set(owner, new Set([others, process]));
    return process;
  }

  pidOf(handle: number): number | undefined {
    return this.#processes.get(handle)?.pid;
  }

  input(handle: number, text: string | undefined): void {
    const stdin = this.#processes.get(handle)?.fds[0];
    if (stdin instanceof InputStream || stdin instanceof Terminal) stdin.feed(text);
  }

  resize(handle: number, columns: number, rows: number): void {
    const process = this.#processes.get(handle);
    const terminal = process?.fds.find((file) => file?.tty !== undefined)?.tty;
    if (process === undefined || terminal === undefined) return;
    terminal.columns = columns;
    terminal.rows = rows;
    this.#signalGroup(process, 'WINCH');
  }

  signal(handle: number, signal: Signal): void {
    const process = this.#processes.get(handle);
    if (process === undefined) return;
    if (signal === 'INT' && process.fds[0]?.tty !== undefined) this.#signalGroup(process, 'INT');
    else this.deliver(process, signal, true);
  }

  #signalGroup(process: Process, signal: Signal): void {
    const owned = this.#owners.get(process.owner);
    const members = [...(owned instanceof Set ? owned : [process])].filter((other) => other.group === process.group);
    for (const member of members) this.deliver(member, signal, true);
  }

  killOwner(owner: number): void {
    const found = this.#owners.get(owner);
    if (found === undefined) return;
    for (const process of found instanceof Set ? [...found] : [found]) this.end(process, killed('KILL'));
  }

  answer(ticket: Ticket, result: unknown): void {
    this.#resolve(ticket, result, undefined);
  }

  fail(ticket: Ticket, error: Error): void {
    this.#resolve(ticket, undefined, error);
  }

  complete(ticket: Ticket, result: StackResult): void {
    if ('errno' in result) this.#resolve(ticket, undefined, new SystemError(result.errno));
    else this.#resolve(ticket, result.ok, undefined);
  }

  #resolve(ticket: Ticket, value: unknown, error: Error | undefined): void {
    const process = this.#tickets.get(ticket);
    if (process === undefined) return;
    this.#tickets.delete(ticket);
    if (process.ticket === ticket) process.ticket = 0;
    const call = process.call;
    process.call = undefined;
    // A new connection belongs to whoever asked for it, and closes with it.
    if (call !== undefined && error === undefined) {
      if (call.call === 'connect') (process.sockets ??= new Set()).add(value as number);
      else if (call.call === 'accept') (process.sockets ??= new Set()).add((value as { connection: number }).connection);
    }
    process.value = value ?? undefined;
    process.error = error;
    this.ready(process);
  }

  // ---- turns

  ready(process: Process): void {
    if (process.queued || process.dead) return;
    process.queued = true;
    process.blocked = false;
    this.#ready.push(process);
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    this.sim.after(0, this.#run, null);
  }

  wake(waiters: Set<Waiter>): void {
    if (waiters.size === 0) return;
    const all = [...waiters];
    waiters.clear();
    for (const waiter of all) {
      const process = waiter as Process;
      process.waitingIn = undefined;
      this.ready(process);
    }
  }

  #drain(): void {
    this.#scheduled = false;
    this.#running = true;
    try {
      // Processes that become ready meanwhile run in the same event, after those that already were.
      for (let index = 0; index < this.#ready.length; index++) {
        const process = this.#ready[index] as Process;
        process.queued = false;
        if (!process.dead) this.#turn(process);
      }
    } finally {
      this.#ready = [];
      this.#running = false;
    }
  }

  #turn(process: Process): void {
    this.#openSlice(process);
    for (;;) {
      if (process.call !== undefined) {
        const call = process.call;
        process.call = undefined;
        if (!this.#perform(process, call)) return;
      }
      if (++process.steps > stepsPerSlice) {
        this.#letTimePass(process);
        return;
      }
      const next = this.#resume(process);
      if (next === undefined || process.dead) return;
      process.call = next;
    }
  }

  #openSlice(process: Process): void {
    const { now } = this.sim;
    if (now === process.sliceAt) return;
    // Whoever rested for a while is no endless loop.
    if (now - process.sliceAt > 2 * spinDelayMs(process.spins)) process.spins = 0;
    process.sliceAt = now;
    process.steps = 0;
  }

  /** Simplified: computing takes no virtual time until a process has made very many calls at one moment; endless loops get slower. */
  #letTimePass(process: Process): void {
    process.spins++;
    process.blocked = true;
    process.timer = this.sim.after(spinDelayMs(process.spins), this.#wakeTimer, process.handle);
  }

  /** Performs one call; false when the process now waits or is gone. */
  #perform(process: Process, call: Syscall): boolean {
    const perform = syscalls[call.call];
    try {
      if (perform === undefined) throw new Error(`no system call ${call.call}`);
      const result = perform(this, process, call.args);
      if (result === later) {
        process.call ??= call;
        process.blocked = true;
        return false;
      }
      process.value = result;
    } catch (error) {
      process.error = error as Error;
    }
    return !process.dead;
  }

  #resume(process: Process): Syscall | undefined {
    const { value, error } = process;
    process.value = undefined;
    process.error = undefined;
    const generator = process.generator as Body<number>;
    try {
      const step = error === undefined ? generator.next(value) : generator.throw(error);
      if (process.dead) return undefined;
      if (!step.done) return step.value;
      // Replaced by `exec` meanwhile: the new program goes on.
      this.end(process, { code: step.value & 255 });
    } catch (thrown) {
      this.#crash(process, thrown);
    }
    return undefined;
  }

  /** A program died of an error it did not catch. */
  #crash(process: Process, thrown: unknown): void {
    if (process.dead) return;
    if (thrown instanceof RangeError) {
      this.end(process, killed('SEGV'));
      return;
    }
    if (thrown instanceof SystemError) {
      if (thrown.errno === 'EPIPE') {
        this.end(process, killed('PIPE'));
        return;
      }
      const stderr = process.fds[2];
      stderr?.give(`${process.argv[0] ?? ''}: ${errorMessage(thrown.errno)}\n`, this.sim.now);
      this.end(process, { code: 1 });
      return;
    }
    this.end(process, { code: 1 });
    throw thrown;
  }

  // ---- for system calls

  timerFor(process: Process, ms: number): void {
    process.timer = this.sim.after(Math.max(0, ms), this.#wakeTimer, process.handle);
  }

  stopTimer(process: Process): void {
    if (process.timer !== 0) this.sim.cancel(process.timer);
    process.timer = 0;
  }

  ticketFor(process: Process): Ticket {
    const ticket = this.#nextTicket++;
    process.ticket = ticket;
    this.#tickets.set(ticket, process);
    return ticket;
  }

  forget(ticket: Ticket): void {
    this.#tickets.delete(ticket);
  }

  spawn(parent: Process, argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string, options: SpawnOptions): Process {
    if (parent.namespace.size >= processLimit) throw new SystemError('ENOSPC', 'fork');
    const user = options.uid === undefined ? parent : { uid: options.uid, gid: options.uid };
    const child = this.#create(options.machine ?? parent.machine, parent.owner, user, argv, env, cwd, undefined);
    child.parent = parent;
    child.group = options.background ? child.handle : parent.group;
    parent.steps += spawnSteps;
    child.steps = parent.steps;
    child.sliceAt = parent.sliceAt;
    if (parent.traps !== undefined) {
      const ignored = [...parent.traps].filter(([, handling]) => handling === 'ignore');
      if (ignored.length > 0) child.traps = new Map(ignored);
    }
    (parent.children ??= new Map()).set(childNumber(parent, child), child);
    this.#processes.set(child.handle, child);
    this.ready(child);
    return child;
  }

  /** `outside`: sent by the container runtime or the terminal, not by a process of the same machine. */
  deliver(process: Process, signal: Signal, outside: boolean): void {
    if (process.dead) return;
    const isInit = process.namespace.init === process;
    const handling = process.traps?.get(signal);
    if (signal === 'KILL') {
      if (!isInit || outside) this.end(process, killed('KILL'));
      return;
    }
    if (handling === 'ignore') return;
    if (handling === 'queue') {
      (process.pending ??= []).push(signal);
      if (process.blocked) {
        // Who only computes finds the signal when it looks; a call that waits is interrupted.
        if (process.call !== undefined) process.error = new SystemError('EINTR');
        this.#unblock(process);
        this.ready(process);
      }
      return;
    }
    if (isInit || signal === 'CHLD' || signal === 'WINCH' || signal === 'CONT' || signal === 'STOP') return;
    this.end(process, killed(signal));
  }

  #unblock(process: Process): void {
    process.call = undefined;
    process.waitingIn?.delete(process);
    process.waitingIn = undefined;
    this.stopTimer(process);
    if (process.ticket === 0) return;
    this.#tickets.delete(process.ticket);
    process.machine.network?.abandon(process.ticket);
    for (const device of Object.values(process.machine.devices)) device.abandon?.(process.ticket);
    process.ticket = 0;
  }

  end(process: Process, status: ExitStatus): void {
    if (process.dead) return;
    process.dead = true;
    this.#unblock(process);
    if (process.hasFiles) for (const file of process.fds) if (file !== undefined) release(file);
    process.fds = [];
    for (const id of process.sockets ?? []) process.machine.network?.close(id);
    process.generator = undefined;
    this.#processes.delete(process.handle);
    this.#leave(process);
    for (const child of process.children?.values() ?? []) {
      if (child instanceof Process) child.parent = undefined;
    }
    const { parent, namespace } = process;
    if (parent !== undefined && !parent.dead) {
      parent.children?.set(childNumber(parent, process), status);
      if (parent.blocked && (parent.call?.call === 'wait' || parent.call?.call === 'waitAny')) this.ready(parent);
      if (parent.traps?.has('CHLD')) this.deliver(parent, 'CHLD', false);
    }
    if (namespace.init === process) for (const other of namespace.list()) this.end(other, killed('KILL'));
    if (namespace.size === 0) this.#namespaces.delete(namespace.key);
    process.events?.exit(status);
  }

  #leave(process: Process): void {
    process.namespace.remove(process);
    const owned = this.#owners.get(process.owner);
    if (owned instanceof Set) owned.delete(process);
    if (owned !== process && !(owned instanceof Set && owned.size === 0)) return;
    this.#owners.delete(process.owner);
    process.machine.network?.closeOwner(process.owner);
  }
}

function killed(signal: Signal): ExitStatus {
  return { code: 128 + signalNumbers[signal], signal };
}

/** The n-th time in a row that a process used its whole slice: 1 ms at first, at most a second. */
function spinDelayMs(spins: number): number {
  return spins <= 16 ? 1 : Math.min(1000, 2 ** Math.min(10, spins - 16));
}
