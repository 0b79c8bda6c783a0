// The command line of the user's own machine: its files, its programs, and sessions in which bash runs. A client of the cluster like
// any other: what it knows comes through the devices its machine is given.
import type { FileSystem } from '../posix/filesystem.ts';
import { buildRoot, lookupIn } from '../posix/installed.ts';
import type { Device, Machine, Processes, ProcessEvents } from '../posix/machine.ts';
import type { NetworkStack } from '../posix/stack.ts';
import type { Program } from '../posix/program.ts';
import { gnuPrograms } from '../posix/programs.ts';
import { buildTree, type FileDefinition, TreeFileSystem } from '../posix/tree.ts';
import { guestbook } from './home/guestbook.ts';
import { web } from './home/web.ts';
import { shellPrograms } from './programs.ts';

export const HOME = '/home/user';
const userId = 1000;

export interface UserMachineOptions {
  /** `kubernetes-api`, `minikube`, … */
  readonly devices: Readonly<Record<string, Device>>;
  /** The host's network; absent = no network. */
  readonly network?: NetworkStack;
  /** Further programs by absolute path. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** Files below the home folder; default the sample manifests. */
  readonly home?: Readonly<Record<string, string>>;
  /** Virtual milliseconds at which the files were made. */
  readonly now?: number;
}

const system: Readonly<Record<string, string | FileDefinition>> = {
  '/etc/hostname': 'kubarium\n',
  '/etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\tkubarium\n::1\tlocalhost ip6-localhost ip6-loopback\n',
  '/etc/resolv.conf': 'nameserver 192.168.49.1\n',
  '/etc/os-release':
    'PRETTY_NAME="Ubuntu 24.04 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04 LTS (Noble Numbat)"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000:User:/home/user:/bin/bash\n',
  '/etc/group': 'root:x:0:\nuser:x:1000:\n',
  '/root/': { mode: 0o700 },
  '/tmp/': { mode: 0o1777 },
  '/var/log/': '',
  '/dev/': '',
  [`${HOME}/`]: { uid: userId, gid: userId },
};

/** The machine in front of which the user sits. */
export function createUserMachine(options: UserMachineOptions): Machine & { readonly files: FileSystem } {
  const programs = { ...gnuPrograms, ...shellPrograms, ...options.programs };
  const home: Record<string, FileDefinition> = {};
  const folders = new Set<string>();
  for (const [path, text] of Object.entries(options.home ?? { ...guestbook, ...web })) {
    const parts = path.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) folders.add(`${HOME}/${parts.slice(0, depth).join('/')}/`);
    home[`${HOME}/${path}`] = { text, uid: userId, gid: userId };
  }
  const folderEntries = Object.fromEntries([...folders].map((folder) => [folder, { uid: userId, gid: userId }]));
  const now = options.now ?? 0;
  const root = buildTree({ ...folderEntries, ...home }, now, buildRoot(programs, system, now));
  const files = new TreeFileSystem(root, { entry: { source: '/dev/vda1', type: 'ext4' } });
  return {
    hostname: 'kubarium',
    files,
    lookup: lookupIn(programs, files),
    network: options.network,
    devices: options.devices,
    // The machine has been running for a while.
    firstPid: 2101,
  };
}

/** The environment in which the user's programs start, in the order in which `env` prints it. */
export const userEnvironment: Readonly<Record<string, string>> = {
  SHELL: '/bin/bash',
  PWD: HOME,
  LOGNAME: 'user',
  HOME,
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
  USER: 'user',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

export interface SessionOptions {
  readonly processes: Processes;
  readonly machine: Machine;
  /** Groups the processes of this session, unique among all owners. */
  readonly owner: number;
  readonly columns: number;
  readonly rows: number;
  /** What the terminal shows, in VT sequences. */
  onOutput(text: string): void;
  /** The shell has ended (`exit`, Ctrl-D). */
  onExit?(code: number): void;
}

/** How a line run without a terminal ended. */
export interface LineEvents extends ProcessEvents {}

/** A terminal with bash in it. */
export class Session {
  readonly #options: SessionOptions;
  readonly #pid: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { processes, machine, owner, columns, rows } = options;
    this.#pid = processes.start(
      {
        machine,
        argv: ['bash', '-i'],
        env: { ...userEnvironment, PS1: '$ ' },
        cwd: HOME,
        uid: userId,
        gid: userId,
        owner,
        tty: { columns, rows },
        stdin: 'open',
      },
      { output: (_fd, text) => options.onOutput(text), exit: ({ code }) => options.onExit?.(code) },
    );
  }

  /** Keys as xterm.js gives them (`onData`). */
  key(data: string): void {
    this.#options.processes.input(this.#pid, data);
  }

  resize(columns: number, rows: number): void {
    this.#options.processes.resize(this.#pid, columns, rows);
  }

  /** Ends the shell and all that runs in it. */
  close(): void {
    this.#options.processes.killOwner(this.#options.owner);
  }
}

export interface LineOptions {
  readonly processes: Processes;
  readonly machine: Machine;
  /** Unique among all owners that run at the same time. */
  readonly owner: number;
  readonly line: string;
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one line with `bash -c` and no terminal, as scripts and the replay of recordings do. Returns the process's handle. */
export function runLine(options: LineOptions, events: LineEvents): number {
  const { processes, machine, owner, line, stdin, cwd = HOME, env = userEnvironment } = options;
  return processes.start(
    {
      machine,
      argv: ['bash', '-c', line],
      env: { ...env, PWD: cwd },
      cwd,
      uid: userId,
      gid: userId,
      owner,
      ...(stdin === undefined ? {} : { stdin }),
    },
    events,
  );
}
