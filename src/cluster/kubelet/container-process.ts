// A running container: its machine (files, programs, network) and its first process. Files are put together when somebody looks.
// Models: containerd's runtime (OCI process, mounts), kubernetes v1.37 pkg/kubelet/kuberuntime GetRunContainerOptions
import type { FileSystem } from '../../posix/filesystem.ts';
import { lookupIn, buildRoot } from '../../posix/installed.ts';
import type { Device, Machine } from '../../posix/machine.ts';
import type { ExitStatus, Program } from '../../posix/program.ts';
import { SystemError } from '../../posix/program.ts';
import type { NetworkStack } from '../../posix/stack.ts';
import { type DirectoryNode, TreeFileSystem } from '../../posix/tree.ts';
import type { ImageDefinition } from '../images/image.ts';
import type { VolumeMount } from '../kinds/pod/types.ts';
import { expand } from './expansion.ts';
import { hostsFile, resolvConf } from './network-files.ts';
import type { ContainerRow } from './rows.ts';
import { makeFolders } from './volumes.ts';

const roots = new WeakMap<ImageDefinition, DirectoryNode>();
const SHM = { source: 'shm', type: 'tmpfs', size: 67_108_864 };
const NO_DEVICES: Readonly<Record<string, Device>> = {};

const FOLDERS = ['proc', 'sys', 'run', 'home', 'var/run'];
const DEBIAN_FOLDERS = ['boot', 'lib', 'lib64', 'media', 'mnt', 'opt', 'srv'];

function rootOf(image: ImageDefinition): DirectoryNode {
  let root = roots.get(image);
  if (root === undefined) {
    const names = '/etc/debian_version' in image.files ? [...FOLDERS, ...DEBIAN_FOLDERS] : FOLDERS;
    const folders = Object.fromEntries(names.map((name) => [`/${name}/`, {}]));
    root = buildRoot(image.programs, { ...folders, '/etc/': {}, '/tmp/': { mode: 0o1777 }, '/root/': { mode: 0o700 }, ...image.files });
    roots.set(image, root);
  }
  return root;
}

/** One start of a container: implements what the process kernel asks of a machine and tells of a process. */
export class ContainerProcess implements Machine {
  readonly hostname: string;
  readonly container: ContainerRow;
  readonly image: ImageDefinition;
  /** Unique in the world; names the container's sockets and processes. */
  readonly owner: number;
  readonly devices: Readonly<Record<string, Device>>;
  readonly pidNamespace: object | undefined;
  handle = 0;
  /** The first process is one that only waits for a signal: no process is run for it. */
  idle = false;
  #files: TreeFileSystem | undefined;
  #lookup: ((command: string, path: string) => Program | undefined) | undefined;
  readonly #ended: (container: ContainerRow, process: ContainerProcess, status: ExitStatus) => void;

  constructor(
    container: ContainerRow,
    image: ImageDefinition,
    owner: number,
    hostname: string,
    ended: (container: ContainerRow, process: ContainerProcess, status: ExitStatus) => void,
  ) {
    this.container = container;
    this.image = image;
    this.owner = owner;
    this.hostname = hostname;
    this.pidNamespace = container.pod.pidNamespace ?? targetNamespace(container);
    this.devices = container.pod.node.devices?.(image) ?? NO_DEVICES;
    this.#ended = ended;
  }

  get network(): NetworkStack | undefined {
    return this.container.pod.stack;
  }

  get files(): FileSystem {
    this.#files ??= this.#build();
    return this.#files;
  }

  lookup(command: string, path: string): Program | undefined {
    // Simplified: a program of the image is found without its files as long as nobody has looked at them.
    if (this.#files === undefined && command.startsWith('/') && command in this.image.programs) return this.image.programs[command];
    this.#lookup ??= lookupIn(this.image.programs, this.files);
    return this.#lookup(command, path);
  }

  output(fd: 1 | 2, text: string): void {
    const { container } = this;
    container.log!.write(container.pod.node.sim.now, fd, text);
  }

  exit(status: ExitStatus): void {
    this.#ended(this.container, this, status);
  }

  /** What stands in a file now, empty when there is none. */
  textOf(path: string): string {
    if (this.#files === undefined) return '';
    try {
      return this.#files.read(path);
    } catch {
      return '';
    }
  }

  /** Bytes written beyond the image. */
  writtenBytes(): number {
    return this.#files === undefined ? 0 : Math.max(0, this.#files.used() - new TreeFileSystem(rootOf(this.image)).used());
  }

  #build(): TreeFileSystem {
    const { container } = this;
    const { pod, spec } = container;
    const { sim, dns } = pod.node;
    const { now } = sim;
    const files = new TreeFileSystem(rootOf(this.image), { entry: { source: 'overlay', type: 'overlay' } });
    const namespace = pod.pod.metadata.namespace ?? '';
    files.write('/etc/hostname', `${this.hostname}\n`, 'truncate', now);
    files.write(
      '/etc/hosts',
      hostsFile(pod.pod.spec, this.hostname, pod.ip, namespace, dns.clusterDomain, pod.node.hostFiles.read('/etc/hosts')),
      'truncate',
      now,
    );
    files.write('/etc/resolv.conf', resolvConf(pod.pod.spec, namespace, dns), 'truncate', now);
    const message = spec.terminationMessagePath ?? '/dev/termination-log';
    makeFolders(files, message.slice(0, message.lastIndexOf('/')), now);
    files.write(message, '', 'truncate', now);
    const mounts = [...(spec.volumeMounts ?? [])].sort((a, b) => depthOf(a.mountPath) - depthOf(b.mountPath));
    for (const mount of mounts) this.#mount(files, mount);
    // Simplified: readOnlyRootFilesystem is not enforced.
    makeFolders(files, '/dev/shm', now);
    files.mount('/dev/shm', pod.sharedMemory(), { entry: SHM });
    return files;
  }

  #mount(files: TreeFileSystem, mount: VolumeMount): void {
    const volume = this.container.pod.volumes?.get(mount.name);
    if (volume === undefined) return;
    const { now } = this.container.pod.node.sim;
    const path = mount.mountPath.replace(/(.)\/+$/, '$1');
    const environment = this.container.environment ?? {};
    const sub = mount.subPathExpr !== undefined ? expand(mount.subPathExpr, (name) => environment[name]) : (mount.subPath ?? '');
    if (sub !== '' && !volume.readOnly) {
      const inner = `${volume.subPath === undefined ? '' : `/${volume.subPath}`}/${sub}`;
      if (!exists(volume.files, inner)) makeFolders(volume.files, inner, now);
    }
    // A file of a data volume is the version of now: later updates do not reach it.
    const target = sub === '' ? (volume.subPath ?? '') : [volume.subPath, sub].filter(Boolean).join('/');
    const isFile = target !== '' && fileType(volume.files, `/${target}`) === 'file';
    const source = isFile && volume.readOnly ? frozen(volume.files, `/${target}`, now) : volume.files;
    const subPath = isFile && volume.readOnly ? 'file' : target;
    if (isFile) {
      makeFolders(files, path.slice(0, path.lastIndexOf('/')), now);
      if (!exists(files, path)) files.write(path, '', 'truncate', now);
    } else makeFolders(files, path, now);
    files.mount(path, source, {
      readOnly: mount.readOnly === true || volume.readOnly,
      ...(subPath === '' ? {} : { subPath }),
      entry: volume.entry,
    });
  }
}

/** An ephemeral container sees the processes of the container it is for. */
function targetNamespace({ pod, spec }: ContainerRow): object | undefined {
  if (spec.targetContainerName === undefined) return undefined;
  return pod.containers.find((one) => one.spec.name === spec.targetContainerName)?.process;
}

/** Outer places are mounted before inner ones. */
function depthOf(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}

function frozen(files: FileSystem, path: string, now: number): TreeFileSystem {
  const copy = new TreeFileSystem();
  copy.write('/file', files.read(path), 'truncate', now);
  return copy;
}

function exists(files: FileSystem, path: string): boolean {
  return fileType(files, path) !== undefined;
}

function fileType(files: FileSystem, path: string): 'file' | 'directory' | 'symlink' | undefined {
  try {
    return files.stat(path, true).type;
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** What `runc` says when the first program cannot be started. */
export function startError(error: SystemError, command: string): string {
  const name = JSON.stringify(command);
  const why =
    error.errno === 'EACCES'
      ? `exec: ${name}: permission denied`
      : error.errno === 'ENOEXEC'
        ? `exec ${command}: exec format error`
        : command.includes('/')
          ? `exec: ${name}: stat ${command}: no such file or directory`
          : `exec: ${name}: executable file not found in $PATH`;
  return `unable to start container process: ${why}: unknown`;
}
