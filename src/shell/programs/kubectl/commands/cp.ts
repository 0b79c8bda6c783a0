// kubectl cp: files in and out of a container, by the tar program inside it.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cp/cp.go
import { formatTarEntry, parseTar, tarEnd, type TarEntry } from '../../../../posix/programs/tar.ts';
import { type Body, type FileStat, SystemError } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool, text, whole } from '../flags.ts';
import { oneContainer } from '../pods.ts';
import { endOfSession, runSession } from '../terminal.ts';

export const cp = defineCommand({
  name: 'cp',
  short: 'Copy files and directories to and from containers',
  use: '<file-spec-src> <file-spec-dest>',
  long: 'Copy files and directories to and from containers.',
  flags: [
    text(
      'container',
      'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
      { short: 'c' },
    ),
    bool('no-preserve', "The copied file/directory's ownership and permissions will not be preserved in the container"),
    whole(
      'retries',
      'Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying.',
      {
        value: '0',
      },
    ),
  ],
  *run(k) {
    if (k.args.length !== 2) throw k.usage('source and destination are required');
    const source = fileSpec(k.args[0]!);
    const destination = fileSpec(k.args[1]!);
    if (source.pod !== '' && destination.pod !== '') throw new Failure('one of src or dest must be a local file specification');
    if (source.path === '' || destination.path === '') throw new Failure('filepath can not be empty');
    if (source.pod !== '') return yield* fromPod(k, source, destination.path);
    if (destination.pod !== '') return yield* toPod(k, source.path, destination);
    throw new Failure('one of src or dest must be a remote file specification');
  },
});

interface FileSpec {
  readonly namespace: string;
  /** Empty: a file of this machine. */
  readonly pod: string;
  readonly path: string;
}

function fileSpec(word: string): FileSpec {
  const colon = word.indexOf(':');
  const wrong = () => new Failure('filespec must match the canonical format: [[namespace/]pod:]file/path');
  if (colon === 0) throw wrong();
  if (colon < 0) return { namespace: '', pod: '', path: word };
  const path = word.slice(colon + 1);
  const parts = word.slice(0, colon).split('/');
  if (parts.length === 1) return { namespace: '', pod: parts[0]!, path };
  if (parts.length === 2) return { namespace: parts[0]!, pod: parts[1]!, path };
  throw wrong();
}

interface Remote {
  readonly path: string;
  readonly container: string;
}

function* remoteOf(k: Kubectl, spec: FileSpec): Body<Remote> {
  const namespace = spec.namespace || (yield* k.namespace()).namespace;
  const path = `/api/v1/namespaces/${namespace}/pods/${spec.pod}`;
  const pod = yield* (yield* k.client()).get(path);
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new Failure(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = yield* oneContainer(k, pod, k.flags.text('container'));
  return { path: `${path}/exec`, container: container.name };
}

const query = (remote: Remote, command: readonly string[]) => ({
  command,
  container: remote.container,
  stdout: 'true',
  stderr: 'true',
});

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);
const baseName = (path: string): string => withoutSlash(path).replace(/^.*\//, '');

function* toPod(k: Kubectl, local: string, spec: FileSpec): Body<number> {
  const stat = yield* statOf(k, local);
  if (stat === undefined) throw new Failure(`${local} doesn't exist in local filesystem`);
  const remote = yield* remoteOf(k, spec);
  // A directory that is there already takes the file under its own name.
  let target = withoutSlash(spec.path);
  const isFolder = yield* runSession(k, {
    path: remote.path,
    query: query(remote, ['test', '-d', target]),
    stdin: false,
    tty: false,
    capture: true,
  });
  if (isFolder.code === 0) target = `${target === '/' ? '' : target}/${baseName(local)}`;
  const folder = target.includes('/') ? target.replace(/\/[^/]*$/, '') : '';
  const archive = (yield* packed(k, withoutSlash(local), baseName(target), stat)) + tarEnd;
  const options = k.flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : [];
  const result = yield* runSession(k, {
    path: remote.path,
    query: {
      ...query(remote, ['tar', ...options, '-xmf', '-', ...(target.includes('/') ? ['-C', folder === '' ? '/' : folder] : [])]),
      stdin: 'true',
    },
    stdin: true,
    tty: false,
    input: archive,
  });
  return yield* endOfSession(k, result);
}

function* statOf(k: Kubectl, path: string): Body<FileStat | undefined> {
  try {
    return yield* k.os.stat(path, false);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function* packed(k: Kubectl, path: string, name: string, stat: FileStat): Body<string> {
  const entry: TarEntry = {
    name: stat.type === 'directory' ? `${name}/` : name,
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    mtime: Math.floor(stat.mtime / 1000),
    type: stat.type,
    target: stat.target ?? '',
    text: stat.type === 'file' ? yield* k.os.readFile(path) : '',
  };
  if (stat.type !== 'directory') return formatTarEntry(entry);
  const children = yield* k.os.readDirectory(path);
  let out = children.length === 0 ? formatTarEntry(entry) : '';
  for (const child of children) {
    out += yield* packed(k, `${path}/${child}`, `${name}/${child}`, yield* k.os.stat(`${path}/${child}`, false));
  }
  return out;
}

function* fromPod(k: Kubectl, spec: FileSpec, local: string): Body<number> {
  const remote = yield* remoteOf(k, spec);
  const result = yield* runSession(k, {
    path: remote.path,
    query: query(remote, ['tar', 'cf', '-', spec.path]),
    stdin: false,
    tty: false,
    capture: true,
    errorsToOutput: true,
  });
  if (result.code < 0) throw new Failure(result.status?.message ?? 'unknown error');
  const prefix = withoutSlash(spec.path).replace(/^\/+/, '');
  for (const entry of parseTar(result.text) ?? []) {
    const name = withoutSlash(entry.name);
    if (name !== prefix && !name.startsWith(`${prefix}/`)) throw new Failure('tar contents corrupted');
    yield* place(k, entry, withoutSlash(local) + name.slice(prefix.length));
  }
  return 0;
}

function* place(k: Kubectl, entry: TarEntry, path: string): Body<void> {
  if (entry.type === 'directory') return yield* makeFolders(k, path);
  if (entry.type === 'symlink') {
    yield* k.err(`warning: skipping symlink: ${JSON.stringify(path)} -> ${JSON.stringify(entry.target)}\n`);
    return;
  }
  if (path.includes('/')) yield* makeFolders(k, path.replace(/\/[^/]*$/, ''));
  try {
    yield* k.os.writeFile(path, entry.text);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Failure(`open ${path}: ${error.errno === 'EISDIR' ? 'is a directory' : 'permission denied'}`);
  }
}

function* makeFolders(k: Kubectl, path: string): Body<void> {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/');
    if (folder === '' || (yield* statOf(k, folder)) !== undefined) continue;
    yield* k.os.makeDirectory(folder, 0o755);
  }
}
