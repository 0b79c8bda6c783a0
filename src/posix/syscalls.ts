// The system calls: what each call of `Os` does in the kernel. A call either returns, throws what the program catches, or returns
// `later` and is tried again (streams, waits) or answered by ticket (network, devices).
import type { FileSystem } from './filesystem.ts';
import { createPipe, EndlessDevice, FileHandle, type OpenFile, release } from './descriptors.ts';
import { absolutePath, findProgram } from './executable.ts';
import type { Kernel } from './kernel.ts';
import { childNumber, later, Process } from './process.ts';
import { procFile, procList } from './proc.ts';
import { type ExitStatus, type FileStat, type MountEntry, type Signal, SystemError, type SpawnOptions } from './program.ts';
import type { NetworkStack } from './stack.ts';
import type { Plain } from '../sim/plain.ts';

type Spawning = readonly [readonly string[], SpawnOptions];
type Perform = (kernel: Kernel, process: Process, args: any) => unknown;

function fileOf(process: Process, fd: number): OpenFile {
  const file = process.fds[fd];
  if (file === undefined) throw new SystemError('EBADF');
  return file;
}

function install(process: Process, file: OpenFile): number {
  file.references++;
  // 0, 1 and 2 are never given out for files of one's own; shells number theirs from 10 on.
  let fd = 3;
  while (process.fds[fd] !== undefined) fd++;
  process.fds[fd] = file;
  return fd;
}

function waitIn(process: Process, waiters: OpenFile['readers']): typeof later {
  waiters.add(process);
  process.waitingIn = waiters;
  return later;
}

const streams: Record<string, Perform> = {
  read: (_kernel, process, [fd]) => {
    const file = fileOf(process, fd);
    const taken = file.take(false);
    if (taken === 'wait') return waitIn(process, file.readers);
    return taken === 'end' ? undefined : taken.text;
  },
  readLine: (_kernel, process, [fd, keepNewline]) => {
    const file = fileOf(process, fd);
    const taken = file.take(true);
    if (taken === 'wait') return waitIn(process, file.readers);
    if (taken === 'end') return undefined;
    return !keepNewline && taken.text.endsWith('\n') ? taken.text.slice(0, -1) : taken.text;
  },
  /** With a limit: the absolute time replaces it in the call that is tried again. */
  readLineUntil: (kernel, process, [fd, keepNewline, timeoutMs, deadline = kernel.sim.now + timeoutMs]) => {
    kernel.stopTimer(process);
    const result = streams['readLine']!(kernel, process, [fd, keepNewline]);
    if (result !== later) return result;
    if (kernel.sim.now >= deadline) {
      process.waitingIn?.delete(process);
      throw new SystemError('ETIMEDOUT');
    }
    process.call = { call: 'readLineUntil', args: [fd, keepNewline, timeoutMs, deadline] };
    kernel.timerFor(process, deadline - kernel.sim.now);
    return later;
  },
  write: (kernel, process, [fd, text]) => {
    const file = fileOf(process, fd);
    // Whoever floods a terminal or a log lets time pass sooner.
    if (file.kind === 'stream' || file.kind === 'terminal') process.steps += text.length >> 8;
    const given = file.give(text, kernel.sim.now);
    if (given === 'broken') {
      kernel.deliver(process, 'PIPE', false);
      throw new SystemError('EPIPE');
    }
    if (given === text.length) return undefined;
    process.call = { call: 'write', args: [fd, text.slice(given)] };
    return waitIn(process, file.writers);
  },
  close: (_kernel, process, [fd]) => {
    const file = process.fds[fd];
    if (file === undefined) return;
    process.fds[fd] = undefined;
    release(file);
  },
  pipe: (kernel, process) => {
    const [reading, writing] = createPipe((waiters) => kernel.wake(waiters));
    return [install(process, reading), install(process, writing)];
  },
  open: (kernel, process, [path, how]) => install(process, openPath(kernel, process, path, how)),
  isTty: (_kernel, process, [fd]) => process.fds[fd]?.tty !== undefined,
  terminalSize: (_kernel, process) => {
    const terminal = process.fds.find((file) => file?.tty !== undefined)?.tty;
    return terminal && { columns: terminal.columns, rows: terminal.rows };
  },
  terminalMode: (_kernel, process, [mode]) => process.fds.find((file) => file?.tty !== undefined)?.tty?.setMode(mode),
};

function openPath(kernel: Kernel, process: Process, path: string, how: 'read' | 'write' | 'append'): OpenFile {
  const full = absolutePath(process.cwd, path);
  const special = specialFile(kernel, process, full);
  if (special !== undefined) return special;
  const { files } = process.machine;
  if (how === 'read') {
    const proc = procFile(kernel, process, full);
    if (proc !== undefined) return textFile(proc);
    const place = placeOf(process, full);
    if (place.files.stat(place.path, true).type === 'directory') throw new SystemError('EISDIR', path);
    if (place.files === files) allow(process, full, path, 'read');
    return new FileHandle(place.files, place.files.canonical(place.path));
  }
  allow(process, full, path, 'write');
  writeOwned(kernel, process, full, '', how === 'write' ? 'truncate' : 'append');
  return new FileHandle(files, files.canonical(full));
}

/** What a read of generated text is opened as. */
function textFile(text: string): OpenFile {
  let rest = text;
  const nobody: OpenFile['readers'] = new Set();
  return {
    kind: 'file',
    references: 0,
    readers: nobody,
    writers: nobody,
    take(line) {
      if (rest === '') return 'end';
      const end = line ? rest.indexOf('\n') + 1 : 0;
      const part = end === 0 ? rest : rest.slice(0, end);
      rest = rest.slice(part.length);
      return { text: part };
    },
    give: () => 'broken',
    closed() {},
  };
}

const nullDevice = new EndlessDevice('null');
const zeroDevice = new EndlessDevice('zero');
nullDevice.references = 1;
zeroDevice.references = 1;

function specialFile(kernel: Kernel, process: Process, path: string): OpenFile | undefined {
  if (path.startsWith('/dev/')) {
    switch (path) {
      case '/dev/null':
        return nullDevice;
      case '/dev/zero':
      case '/dev/full':
        return zeroDevice;
      case '/dev/random':
      case '/dev/urandom':
        return new EndlessDevice('random', () => {
          const stream = kernel.sim.random('posix.urandom');
          return String.fromCharCode(...Array.from({ length: 256 }, () => stream.below(256)));
        });
      case '/dev/stdin':
        return fileOf(process, 0);
      case '/dev/stdout':
        return fileOf(process, 1);
      case '/dev/stderr':
        return fileOf(process, 2);
      case '/dev/tty':
        return process.fds.find((file) => file?.tty !== undefined)?.tty;
    }
    const fd = /^\/dev\/fd\/(\d+)$/.exec(path);
    return fd === null ? undefined : fileOf(process, Number(fd[1]));
  }
  // Another process's output, as in `echo … > /proc/1/fd/1`.
  const other = /^\/proc\/(self|\d+)\/fd\/(\d+)$/.exec(path);
  if (other === null) return undefined;
  const target = other[1] === 'self' ? process : process.namespace.get(Number(other[1]));
  if (target === undefined) throw new SystemError('ENOENT', path);
  return fileOf(target, Number(other[2]));
}

/** Simplified: permissions are checked for users other than root, by owner, group and others, of the file or its folder. */
function allow(process: Process, full: string, path: string, what: 'read' | 'write' | 'change'): void {
  if (process.uid === 0) return;
  const { files } = process.machine;
  let stat: FileStat | undefined;
  try {
    stat = files.stat(full, true);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'ENOENT') throw error;
  }
  const folder = full.replace(/\/[^/]*\/?$/, '') || '/';
  const judged = what === 'change' || stat === undefined ? files.stat(folder, true) : stat;
  const shift = judged.uid === process.uid ? 6 : judged.gid === process.gid ? 3 : 0;
  if (((judged.mode >> shift) & (what === 'read' ? 4 : 2)) === 0) throw new SystemError('EACCES', path);
}

function isDevice(path: string): boolean {
  return /^\/dev\/(null|zero|full|random|urandom|stdin|stdout|stderr|tty)$/.test(path);
}

/** Where a path leads: `/proc/PID/root/…` is a place in that process's own machine, as in containers that share a process namespace. */
function placeOf(process: Process, full: string): { readonly files: FileSystem; readonly path: string } {
  const other = full.startsWith('/proc/') ? /^\/proc\/(self|\d+)\/root(\/.*)?$/.exec(full) : null;
  if (other === null) return { files: process.machine.files, path: full };
  const target = other[1] === 'self' ? process : process.namespace.get(Number(other[1]));
  if (target === undefined) throw new SystemError('ENOENT', full);
  return { files: target.machine.files, path: other[2] ?? '/' };
}

function at(process: Process, path: string): string {
  if (path === '') throw new SystemError('ENOENT', path);
  return absolutePath(process.cwd, path);
}

/** A change of the tree: permission of the folder, then the change, with the path as the program gave it in the error. */
function changing(process: Process, path: string, change: (full: string) => void): void {
  const full = at(process, path);
  allow(process, full, path, 'change');
  change(full);
}

const files: Record<string, Perform> = {
  readFile: (kernel, process, [path]) => {
    const full = at(process, path);
    const proc = procFile(kernel, process, full);
    if (proc !== undefined) return proc;
    if (isDevice(full)) return '';
    const place = placeOf(process, full);
    if (place.files === process.machine.files) allow(process, full, path, 'read');
    return place.files.read(place.path);
  },
  writeFile: (kernel, process, [path, text, how]) => {
    const full = at(process, path);
    if (isDevice(full)) return;
    allow(process, full, path, 'write');
    writeOwned(kernel, process, full, text, how);
  },
  stat: (kernel, process, [path, followLinks]) => {
    const full = at(process, path);
    const time = kernel.sim.epoch + kernel.sim.now;
    if (isDevice(full)) return { type: 'file', size: 0, mode: 0o666, uid: 0, gid: 0, mtime: 0 } satisfies FileStat;
    const listed = procList(process, full);
    if (listed !== undefined) return { type: 'directory', size: 0, mode: 0o555, uid: 0, gid: 0, mtime: time } satisfies FileStat;
    if (procFile(kernel, process, full) !== undefined) {
      return { type: 'file', size: 0, mode: 0o444, uid: 0, gid: 0, mtime: time } satisfies FileStat;
    }
    const place = placeOf(process, full);
    const stat = place.files.stat(place.path, followLinks);
    return { ...stat, mtime: kernel.sim.epoch + stat.mtime };
  },
  readDirectory: (_kernel, process, [path]) => {
    const full = at(process, path);
    const listed = procList(process, full);
    if (listed !== undefined) return listed;
    const place = placeOf(process, full);
    return place.files.list(place.path);
  },
  makeDirectory: (kernel, process, [path, mode]) =>
    changing(process, path, (full) => {
      process.machine.files.makeDirectory(full, mode, kernel.sim.now);
      own(process, full);
    }),
  remove: (_kernel, process, [path]) => changing(process, path, (full) => process.machine.files.remove(full)),
  rename: (_kernel, process, [from, to]) => {
    allow(process, at(process, to), to, 'change');
    changing(process, from, (full) => process.machine.files.rename(full, at(process, to)));
  },
  symlink: (kernel, process, [target, path]) =>
    changing(process, path, (full) => process.machine.files.symlink(target, full, kernel.sim.now)),
  chmod: (_kernel, process, [path, mode]) => process.machine.files.chmod(at(process, path), mode),
  chown: (_kernel, process, [path, uid, gid]) => {
    if (process.uid !== 0) throw new SystemError('EPERM', path);
    process.machine.files.chown(at(process, path), uid, gid);
  },
  mounts: (_kernel, process): readonly MountEntry[] => process.machine.files.mounts(),
  chdir: (_kernel, process, [path]) => {
    const full = at(process, path).replace(/(.)\/+$/, '$1');
    if (procList(process, full) === undefined && process.machine.files.stat(full, true).type !== 'directory') {
      throw new SystemError('ENOTDIR', path);
    }
    process.cwd = full;
  },
};

/** A new file belongs to whoever makes it. */
function writeOwned(kernel: Kernel, process: Process, full: string, text: string, how: 'truncate' | 'append'): void {
  const { files } = process.machine;
  let isNew = false;
  if (process.uid !== 0) {
    try {
      files.stat(full, true);
    } catch {
      isNew = true;
    }
  }
  files.write(full, text, how, kernel.sim.now);
  if (isNew) own(process, full);
}

function own(process: Process, full: string): void {
  if (process.uid !== 0) process.machine.files.chown(full, process.uid, process.gid);
}

const scheduling: Record<string, Perform> = {
  step: () => undefined,
  sleep: (kernel, process, [ms]) => {
    process.call = awake;
    kernel.timerFor(process, ms);
    return later;
  },
  awake: () => undefined,
  pause: () => later,
  time: (kernel) => kernel.sim.epoch + kernel.sim.now,
  random: (kernel, _process, [bound]) => kernel.sim.random('posix.random').below(bound),
  hostname: (_kernel, process) => process.machine.hostname,
};

/** What a sleeper does when its timer rings. */
const awake = { call: 'awake', args: [] } as const;

const control: Record<string, Perform> = {
  spawn: (kernel, process, [argv, options]: Spawning) => {
    const env = options.env ?? process.env;
    const cwd = options.cwd ?? process.cwd;
    const found = options.body === undefined ? findProgram(options.machine ?? process.machine, argv, env, cwd) : undefined;
    const mapping = Object.entries(options.fds ?? { 0: 0, 1: 1, 2: 2 }).map(
      ([child, ours]) => [Number(child), fileOf(process, ours)] as const,
    );
    const child = kernel.spawn(process, found?.argv ?? argv, env, cwd, options);
    for (const [fd, file] of mapping) {
      file.references++;
      child.fds[fd] = file;
    }
    child.generator = options.body === undefined ? found!.program.run(child) : options.body(child);
    return childNumber(process, child);
  },
  exec: (_kernel, process, [argv, options]: Spawning) => {
    const env = options.env ?? process.env;
    const found = findProgram(process.machine, argv, env, process.cwd);
    const mapping = Object.entries(options.fds ?? { 0: 0, 1: 1, 2: 2 }).map(([fd, ours]) => [Number(fd), fileOf(process, ours)] as const);
    for (const [, file] of mapping) file.references++;
    for (const file of process.fds) if (file !== undefined) release(file);
    process.fds = [];
    for (const [fd, file] of mapping) process.fds[fd] = file;
    process.argv = found.argv;
    process.env = env;
    const ignored = [...(process.traps ?? [])].filter(([, handling]) => handling === 'ignore');
    process.traps = ignored.length > 0 ? new Map(ignored) : undefined;
    process.children = undefined;
    process.generator = found.program.run(process);
  },
  wait: (_kernel, process, [pid]) => {
    const child = process.children?.get(pid);
    if (child === undefined) throw new SystemError('ECHILD');
    if (child instanceof Process) return later;
    process.children?.delete(pid);
    return child;
  },
  waitAny: (_kernel, process) => {
    const { children } = process;
    if (children === undefined || children.size === 0) return undefined;
    for (const [pid, child] of children) {
      if (child instanceof Process) continue;
      children.delete(pid);
      return { pid, status: child };
    }
    return later;
  },
  waitNow: (_kernel, process, [pid]): ExitStatus | undefined => {
    const child = process.children?.get(pid);
    if (child === undefined) throw new SystemError('ECHILD');
    if (child instanceof Process) return undefined;
    process.children?.delete(pid);
    return child;
  },
  kill: (kernel, process, [pid, signal]: readonly [number, Signal | 0]) => {
    // A negative number names a group, as `kill -- -1` and `kill 0` do.
    const targets =
      pid > 0
        ? [process.namespace.get(pid)]
        : process.namespace.list().filter((other) => (pid === 0 ? other.group === process.group : other !== process && other.pid !== 1));
    if (targets.length === 0 || targets[0] === undefined) throw new SystemError('ESRCH');
    for (const target of targets as Process[]) {
      if (process.uid !== 0 && target.uid !== process.uid) throw new SystemError('EPERM');
      if (signal !== 0) kernel.deliver(target, signal, false);
    }
  },
  trap: (_kernel, process, [signal, handling]) => {
    if (handling === 'default') process.traps?.delete(signal);
    else (process.traps ??= new Map()).set(signal, handling);
  },
  pendingSignals: (_kernel, process) => {
    const { pending } = process;
    process.pending = undefined;
    return pending ?? [];
  },
  processes: (kernel, process) =>
    process.namespace.list().map((other) => ({
      pid: other.pid,
      parent: other.parent?.pid ?? (other.events === undefined && other.pid !== 1 ? 1 : 0),
      argv: other.argv,
      uid: other.uid,
      started: kernel.sim.epoch + other.started,
      tty: other.fds[0]?.tty !== undefined,
    })),
  completer: (_kernel, process, [name]) => {
    try {
      return findProgram(process.machine, [name], process.env, process.cwd).program.complete;
    } catch {
      return undefined;
    }
  },
};

function stackOf(process: Process): NetworkStack {
  if (process.machine.network === undefined) throw new SystemError('ENETUNREACH');
  return process.machine.network;
}

function byTicket(start: (stack: NetworkStack, ticket: number, args: readonly any[]) => void): Perform {
  return (kernel, process, args) => {
    const stack = stackOf(process);
    start(stack, kernel.ticketFor(process), args);
    return later;
  };
}

function orThrow<T extends object>(result: T | { readonly errno: SystemError['errno'] }): T {
  if ('errno' in result) throw new SystemError(result.errno);
  return result;
}

const network: Record<string, Perform> = {
  interfaces: (_kernel, process) => process.machine.network?.interfaces() ?? [{ name: 'lo', ip: '127.0.0.1', prefix: 8 }],
  connect: (kernel, process, [to, timeoutMs, from, blocking]) => {
    stackOf(process).connect(kernel.ticketFor(process), to, timeoutMs, from, { owner: process.owner, blocking });
    return later;
  },
  accept: byTicket((stack, ticket, [listener]) => stack.accept(ticket, listener)),
  receive: byTicket((stack, ticket, [connection, timeoutMs]) => stack.receive(ticket, connection, timeoutMs)),
  receiveFrom: byTicket((stack, ticket, [socket, timeoutMs]) => stack.receiveFrom(ticket, socket, timeoutMs)),
  ping: byTicket((stack, ticket, [ip, timeoutMs]) => stack.ping(ticket, ip, timeoutMs)),
  listen: (_kernel, process, [port, ip]) => {
    const { id } = orThrow(stackOf(process).listen(process.owner, port, ip));
    (process.sockets ??= new Set()).add(id);
    return id;
  },
  bindUdp: (_kernel, process, [port]) => {
    const { id } = orThrow(stackOf(process).bindUdp(process.owner, port));
    (process.sockets ??= new Set()).add(id);
    return id;
  },
  send: (_kernel, process, [connection, text]) => {
    const errno = stackOf(process).send(connection, text);
    if (errno !== undefined) throw new SystemError(errno);
  },
  sendTo: (_kernel, process, [socket, to, datagram]) => {
    const errno = stackOf(process).sendTo(socket, to, datagram);
    if (errno !== undefined) throw new SystemError(errno);
  },
  closeSocket: (_kernel, process, [id]) => {
    process.sockets?.delete(id);
    process.machine.network?.close(id);
  },
};

const devices: Record<string, Perform> = {
  device: (kernel, process, [name, call, args]: readonly [string, string, Plain]) => {
    const device = process.machine.devices[name];
    if (device === undefined) throw new SystemError('ENODEV', name);
    const ticket = kernel.ticketFor(process);
    const answer = device.call(ticket, call, args);
    if (answer === 'later') return later;
    kernel.forget(ticket);
    process.ticket = 0;
    return answer.now;
  },
};

export const syscalls: Readonly<Record<string, Perform | undefined>> = {
  ...streams,
  ...files,
  ...scheduling,
  ...control,
  ...network,
  ...devices,
};
