// The typed system calls: each method of `Os` yields a call and returns what the kernel resumes it with. Nothing here knows the
// kernel or keeps state, so one set of methods and one socket object serve every process.
import type {
  Body,
  ConnectionId,
  Endpoint,
  ExitStatus,
  FileStat,
  MountEntry,
  Os,
  ProcessEntry,
  Program,
  Signal,
  Sockets,
  SpawnOptions,
} from './program.ts';
import type { Plain } from '../sim/plain.ts';
import { resolveName } from './resolver.ts';

const pauseCall = { call: 'pause', args: [] };

function* ask(call: string, ...args: readonly unknown[]): Body<any> {
  return yield { call, args };
}

/** The methods of `Os` for a process whose fields the kernel keeps. */
export abstract class OsCalls implements Os {
  abstract readonly argv: readonly string[];
  abstract readonly env: Readonly<Record<string, string>>;
  abstract readonly cwd: string;
  abstract readonly pid: number;
  abstract readonly uid: number;

  read(fd: number): Body<string | undefined> {
    return ask('read', fd);
  }
  readLine(fd: number, keepNewline = false, timeoutMs?: number): Body<string | undefined> {
    return timeoutMs === undefined ? ask('readLine', fd, keepNewline) : ask('readLineUntil', fd, keepNewline, timeoutMs);
  }
  *readAll(fd: number): Body<string> {
    let all = '';
    for (;;) {
      const chunk: string | undefined = yield { call: 'read', args: [fd] };
      if (chunk === undefined) return all;
      all += chunk;
    }
  }
  write(fd: number, text: string): Body<void> {
    return ask('write', fd, text);
  }
  close(fd: number): Body<void> {
    return ask('close', fd);
  }
  isTty(fd: number): Body<boolean> {
    return ask('isTty', fd);
  }
  terminalSize(): Body<{ readonly columns: number; readonly rows: number } | undefined> {
    return ask('terminalSize');
  }
  terminalMode(mode: 'raw' | 'cooked'): Body<void> {
    return ask('terminalMode', mode);
  }
  *readFile(path: string): Body<string> {
    return yield { call: 'readFile', args: [path] };
  }
  writeFile(path: string, text: string, how: 'truncate' | 'append' = 'truncate'): Body<void> {
    return ask('writeFile', path, text, how);
  }
  stat(path: string, followLinks = true): Body<FileStat> {
    return ask('stat', path, followLinks);
  }
  readDirectory(path: string): Body<readonly string[]> {
    return ask('readDirectory', path);
  }
  makeDirectory(path: string, mode = 0o755): Body<void> {
    return ask('makeDirectory', path, mode);
  }
  remove(path: string): Body<void> {
    return ask('remove', path);
  }
  rename(from: string, to: string): Body<void> {
    return ask('rename', from, to);
  }
  symlink(target: string, path: string): Body<void> {
    return ask('symlink', target, path);
  }
  chmod(path: string, mode: number): Body<void> {
    return ask('chmod', path, mode);
  }
  chown(path: string, uid: number, gid: number): Body<void> {
    return ask('chown', path, uid, gid);
  }
  mounts(): Body<readonly MountEntry[]> {
    return ask('mounts');
  }
  hostname(): Body<string> {
    return ask('hostname');
  }
  *step(): Body<void> {
    yield { call: 'step', args: [] };
  }
  *sleep(ms: number): Body<void> {
    yield { call: 'sleep', args: [ms] };
  }
  *pause(): Body<void> {
    yield pauseCall;
  }
  time(): Body<number> {
    return ask('time');
  }
  random(bound: number): Body<number> {
    return ask('random', bound);
  }
  spawn(argv: readonly string[], options: SpawnOptions = {}): Body<number> {
    return ask('spawn', argv, options);
  }
  exec(argv: readonly string[], options: SpawnOptions = {}): Body<void> {
    return ask('exec', argv, options);
  }
  wait(pid: number): Body<ExitStatus> {
    return ask('wait', pid);
  }
  waitAny(): Body<{ readonly pid: number; readonly status: ExitStatus } | undefined> {
    return ask('waitAny');
  }
  waitNow(pid: number): Body<ExitStatus | undefined> {
    return ask('waitNow', pid);
  }
  kill(pid: number, signal: Signal | 0): Body<void> {
    return ask('kill', pid, signal);
  }
  pipe(): Body<readonly [number, number]> {
    return ask('pipe');
  }
  open(path: string, how: 'read' | 'write' | 'append'): Body<number> {
    return ask('open', path, how);
  }
  completer(name: string): Body<Program['complete'] | undefined> {
    return ask('completer', name);
  }
  trap(signal: Signal, handling: 'default' | 'ignore' | 'queue'): Body<void> {
    return ask('trap', signal, handling);
  }
  pendingSignals(): Body<readonly Signal[]> {
    return ask('pendingSignals');
  }
  processes(): Body<readonly ProcessEntry[]> {
    return ask('processes');
  }
  chdir(path: string): Body<void> {
    return ask('chdir', path);
  }
  device(name: string, call: string, args: Plain): Body<any> {
    return ask('device', name, call, args);
  }
  get net(): Sockets {
    return new SocketCalls(this);
  }
}

class SocketCalls implements Sockets {
  readonly #os: Os;
  constructor(os: Os) {
    this.#os = os;
  }
  connect(
    to: Endpoint,
    options: { readonly timeoutMs?: number; readonly from?: number; readonly blocking?: boolean } = {},
  ): Body<ConnectionId> {
    return ask('connect', to, options.timeoutMs, options.from, options.blocking);
  }
  listen(port: number, options: { readonly ip?: string } = {}): Body<number> {
    return ask('listen', port, options.ip);
  }
  accept(listener: number): Body<{ readonly connection: ConnectionId; readonly from: Endpoint; readonly to: Endpoint }> {
    return ask('accept', listener);
  }
  send(connection: ConnectionId, text: string): Body<void> {
    return ask('send', connection, text);
  }
  receive(connection: ConnectionId, timeoutMs?: number): Body<string | undefined> {
    return ask('receive', connection, timeoutMs);
  }
  close(connection: ConnectionId): Body<void> {
    return ask('closeSocket', connection);
  }
  bindUdp(port: number): Body<number> {
    return ask('bindUdp', port);
  }
  sendTo(socket: number, to: Endpoint, datagram: Plain): Body<void> {
    return ask('sendTo', socket, to, datagram);
  }
  receiveFrom(socket: number, timeoutMs?: number): Body<{ readonly from: Endpoint; readonly datagram: Plain }> {
    return ask('receiveFrom', socket, timeoutMs);
  }
  ping(ip: string, timeoutMs: number): Body<number | undefined> {
    return ask('ping', ip, timeoutMs);
  }
  *resolve(name: string, family?: 4 | 6): Body<readonly string[]> {
    return (yield* resolveName(this.#os, name, family)).addresses;
  }
  interfaces(): Body<readonly { readonly name: string; readonly ip: string; readonly prefix: number }[]> {
    return ask('interfaces');
  }
}
