// kubectl cp: files between here and a container.
// Simplified: the contents travel by `cat` and `sh -c 'cat > file'` in the container; `tar` must be there all the same, as in the real one.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cp/cp.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, SilentExit } from '../errors.ts';
import { bool, text, whole } from '../flags.ts';
import { oneContainer } from '../pods.ts';
import { runSession } from '../terminal.ts';

interface Place {
  readonly pod?: string;
  readonly namespace?: string;
  readonly path: string;
}

export const cp = defineCommand({
  name: 'cp',
  suggestFor: ['copy', 'ls'],
  short: 'Copy files and directories to and from containers',
  use: '<file-spec-src> <file-spec-dest>',
  flags: [
    text('container', 'Container name.', { short: 'c' }),
    bool('no-preserve', "The copied file/directory's ownership and permissions will not be preserved in the container"),
    whole('retries', 'Set number of retries to complete a copy operation from a container.'),
  ],
  *run(k) {
    if (k.args.length !== 2) throw k.usage('source and destination are required');
    const from = placeOf(k.args[0]!);
    const to = placeOf(k.args[1]!);
    if (from.pod !== undefined && to.pod !== undefined) throw new Failure('one of src or dest must be a local file specification');
    if (from.pod === undefined && to.pod === undefined) throw new Failure('one of src or dest must be a remote file specification');
    if (from.path === '' || to.path === '') throw new Failure('filepath can not be empty');
    if (from.pod !== undefined) yield* download(k, from, to);
    else yield* upload(k, from, to);
  },
});

function placeOf(spec: string): Place {
  const colon = spec.indexOf(':');
  if (colon === 0) throw new Failure('filespec must match the canonical format: [[namespace/]pod:]file/path');
  if (colon < 0) return { path: spec };
  const pod = spec.slice(0, colon).split('/');
  if (pod.length > 2) throw new Failure('filespec must match the canonical format: [[namespace/]pod:]file/path');
  return { pod: pod.at(-1)!, ...(pod.length === 2 ? { namespace: pod[0]! } : {}), path: spec.slice(colon + 1) };
}

function* inPod(k: Kubectl, place: Place, command: readonly string[], input?: string): Body<{ code: number; text: string }> {
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const path = `/api/v1/namespaces/${place.namespace ?? namespace}/pods/${place.pod}`;
  const pod = yield* client.get(path);
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
    throw new Failure(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  const container = yield* oneContainer(k, pod, k.flags.text('container'));
  const result = yield* runSession(k, {
    path: `${path}/exec`,
    query: { command, container: container.name, stdout: 'true', stderr: 'true', ...(input === undefined ? {} : { stdin: 'true' }) },
    stdin: false,
    tty: false,
    capture: true,
    ...(input === undefined ? {} : { input }),
  });
  if (result.code < 0) throw new Failure(result.status?.message ?? 'unknown error');
  return result;
}

const base = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1)!;

function* upload(k: Kubectl, from: Place, to: Place): Body<void> {
  let stat: { readonly type: string };
  try {
    stat = yield* k.os.stat(from.path);
  } catch {
    throw new Failure(`${from.path} doesn't exist in local filesystem`);
  }
  const isFolder = (yield* inPod(k, to, ['test', '-d', to.path])).code === 0;
  const target = isFolder ? `${to.path.replace(/\/+$/, '')}/${base(from.path)}` : to.path;
  yield* sendFile(k, from.path, { ...to, path: target }, stat.type === 'directory');
}

function* sendFile(k: Kubectl, local: string, to: Place, folder: boolean): Body<void> {
  if (!folder) {
    const { code } = yield* inPod(k, to, ['sh', '-c', 'cat > "$0"', to.path], yield* k.os.readFile(local));
    if (code !== 0) throw new SilentExit(code);
    return;
  }
  yield* inPod(k, to, ['mkdir', '-p', to.path]);
  for (const name of [...(yield* k.os.readDirectory(local))].sort()) {
    const stat = yield* k.os.stat(`${local}/${name}`);
    yield* sendFile(k, `${local}/${name}`, { ...to, path: `${to.path}/${name}` }, stat.type === 'directory');
  }
}

function* download(k: Kubectl, from: Place, to: Place): Body<void> {
  const kind = yield* inPod(k, from, [
    'sh',
    '-c',
    'test -d "$0" && echo directory || { test -e "$0" && echo file || echo absent; }',
    from.path,
  ]);
  if (from.path.startsWith('/')) yield* k.out("tar: Removing leading `/' from member names\n");
  if (kind.text.trim() === 'absent') {
    yield* k.out(`tar: ${from.path}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n`);
    return;
  }
  let local = to.path;
  try {
    if ((yield* k.os.stat(local)).type === 'directory' && kind.text.trim() === 'file')
      local = `${local.replace(/\/+$/, '')}/${base(from.path)}`;
  } catch {
    // A new name.
  }
  yield* fetchFile(k, from, local, kind.text.trim() === 'directory');
}

function* fetchFile(k: Kubectl, from: Place, local: string, folder: boolean): Body<void> {
  if (!folder) {
    yield* k.os.writeFile(local, (yield* inPod(k, from, ['cat', from.path])).text);
    return;
  }
  try {
    yield* k.os.makeDirectory(local);
  } catch {
    // Already there.
  }
  const names = (yield* inPod(k, from, ['ls', '-p', from.path])).text.split('\n').filter((one) => one !== '');
  for (const name of names)
    yield* fetchFile(
      k,
      { ...from, path: `${from.path}/${name.replace(/\/$/, '')}` },
      `${local}/${name.replace(/\/$/, '')}`,
      name.endsWith('/'),
    );
}
