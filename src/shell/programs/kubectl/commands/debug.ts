// kubectl debug: an ephemeral container in a pod, a copy of a pod, a pod on a node.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/debug
import type { Body } from '../../../../posix/program.ts';
import { changePatch } from '../apply.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { array, bool, strings, text } from '../flags.ts';
import { FILENAME_FLAGS } from '../global-flags.ts';
import { build } from '../resource-builder.ts';
import { watchObject } from '../waiting.ts';
import { attachOrLogs } from './attach.ts';

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

export const debug = defineCommand({
  name: 'debug',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  use: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  flags: [
    ...FILENAME_FLAGS.filter((flag) => flag.name === 'filename'),
    bool('arguments-only', 'If specified, everything after -- will be passed to the new container as Args instead of Command.'),
    bool('attach', "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called."),
    text('container', 'Container name to use for debug container.', { short: 'c' }),
    text('copy-to', 'Create a copy of the target Pod with this name.'),
    array('env', 'Environment variables to set in the container.'),
    text('image', 'Container image to use for debug container.'),
    text('image-pull-policy', 'The image pull policy for the container.'),
    bool('keep-annotations', 'If true, keep the original pod annotations.'),
    bool('keep-labels', 'If true, keep the original pod labels.'),
    text('profile', 'Options are "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin". Defaults to "general"', {
      value: 'general',
    }),
    bool('quiet', 'If true, suppress informational messages.', { short: 'q' }),
    bool('replace', "When used with '--copy-to', delete the original Pod."),
    bool('same-node', "When used with '--copy-to', schedule the copy of target Pod on the same node."),
    strings('set-image', "When used with '--copy-to', a list of name=image pairs for changing container images"),
    bool('share-processes', "When used with '--copy-to', enable process namespace sharing in the copy.", { value: 'true' }),
    bool('stdin', 'Keep stdin open on the container(s) in the pod, even if nothing is attached.', { short: 'i' }),
    text('target', 'When using an ephemeral container, target processes in this container name.'),
    bool('tty', 'Allocate a TTY for the debugging container.', { short: 't' }),
  ],
  *run(k) {
    const names = k.dash < 0 ? k.args : k.args.slice(0, k.dash);
    const command = k.dash < 0 ? [] : k.args.slice(k.dash);
    if (names.length === 0 && k.flags.list('filename').length === 0) throw new Failure('NAME or TYPE/NAME must be specified');
    if (k.flags.text('copy-to') === '' && k.flags.text('image') === '')
      throw new Failure('you must specify --image when not using --copy-to.');
    const profile = k.flags.text('profile');
    if (!PROFILES.includes(profile)) throw new Failure(`unknown profile: ${profile}`);
    if (profile === 'legacy')
      yield* k.err(
        '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
      );
    const built = yield* build(k, { args: names, filenames: k.flags.list('filename'), defaultType: 'pods', flatten: true });
    if (built.errors.length > 0) throw built.errors[0]!;
    for (const info of built.infos) {
      const made =
        info.resource.kind === 'Node'
          ? yield* onNode(k, info.object, command)
          : k.flags.text('copy-to') !== ''
            ? yield* copyOf(k, info.object, command)
            : yield* ephemeral(k, info.object, command);
      const attach = k.flags.changed('attach') ? k.flags.bool('attach') : k.flags.bool('stdin');
      if (attach && made.container !== '') yield* attachWhenBegun(k, made.pod, made.container);
    }
  },
});

const PROFILES = ['legacy', 'general', 'baseline', 'restricted', 'netadmin', 'sysadmin'];

interface Made {
  readonly pod: any;
  readonly container: string;
}

function* randomName(k: Kubectl, prefix: string): Body<string> {
  let name = `${prefix}-`;
  for (let at = 0; at < 5; at++) name += SUFFIX[yield* k.os.random(SUFFIX.length)];
  return name;
}

function securityOf(profile: string, kind: 'ephemeral' | 'copy' | 'node'): any {
  switch (profile) {
    case 'general':
      return kind === 'node' ? undefined : { capabilities: { add: ['SYS_PTRACE'] } };
    case 'netadmin':
      return kind === 'node'
        ? { privileged: true, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }
        : { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } };
    case 'sysadmin':
      return { privileged: true };
    case 'restricted':
      return {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      };
    default:
      return undefined;
  }
}

function containerOf(k: Kubectl, name: string, command: readonly string[], kind: 'ephemeral' | 'copy' | 'node'): any {
  const { flags } = k;
  const security = securityOf(flags.text('profile'), kind);
  const env = flags.list('env').map((one) => ({ name: one.slice(0, one.indexOf('=')), value: one.slice(one.indexOf('=') + 1) }));
  return {
    ...(command.length === 0 ? {} : flags.bool('arguments-only') ? { args: command } : { command }),
    ...(env.length > 0 ? { env } : {}),
    image: flags.text('image'),
    imagePullPolicy: flags.text('image-pull-policy') || 'IfNotPresent',
    name,
    ...(security === undefined ? {} : { securityContext: security }),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    terminationMessagePolicy: 'File',
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
}

function* debuggerName(k: Kubectl): Body<string> {
  const given = k.flags.text('container');
  if (given !== '') return given;
  const name = yield* randomName(k, 'debugger');
  if (!k.flags.bool('quiet')) yield* k.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

function* ephemeral(k: Kubectl, pod: any, command: readonly string[]): Body<Made> {
  const target = k.flags.text('target');
  if (target !== '' && !k.flags.bool('quiet')) {
    yield* k.out(
      `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  }
  const name = yield* debuggerName(k);
  const container = { ...containerOf(k, name, command, 'ephemeral'), ...(target === '' ? {} : { targetContainerName: target }) };
  const client = yield* k.client();
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/ephemeralcontainers`;
  const after = {
    ...pod,
    spec: {
      ...pod.spec,
      ephemeralContainers: [...(pod.spec.ephemeralContainers ?? []).filter((one: any) => one.name !== name), container],
    },
  };
  const change = changePatch(pod, after);
  const made = yield* client.patch(path, change.type, change.body);
  return { pod: made, container: name };
}

function* copyOf(k: Kubectl, pod: any, command: readonly string[]): Body<Made> {
  const { flags } = k;
  const { nodeName, ephemeralContainers: _none, ...spec } = pod.spec;
  let containers: any[] = spec.containers.map((one: any) => ({ ...one }));
  const named = flags.text('container');
  const existing = containers.find((one) => one.name === named);
  for (const pair of flags.list('set-image')) {
    const [name, image] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    containers = containers.map((one) => (name === '*' || one.name === name ? { ...one, image } : one));
  }
  let container = '';
  if (existing !== undefined) {
    container = named;
    containers = containers.map((one) =>
      one.name === named
        ? {
            ...one,
            ...(flags.text('image') === '' ? {} : { image: flags.text('image') }),
            ...(command.length === 0 ? {} : { command, args: undefined }),
            ...(flags.bool('stdin') ? { stdin: true } : {}),
            ...(flags.bool('tty') ? { tty: true } : {}),
          }
        : one,
    );
  } else if (flags.text('image') !== '') {
    container = yield* debuggerName(k);
    containers.push(containerOf(k, container, command, 'copy'));
  } else if (flags.list('set-image').length === 0)
    throw new Failure('you must specify an existing container or a new image when specifying args.');
  const client = yield* k.client();
  const metadata = {
    name: flags.text('copy-to'),
    namespace: pod.metadata.namespace,
    ...(flags.bool('keep-labels') && pod.metadata.labels ? { labels: pod.metadata.labels } : {}),
    ...(flags.bool('keep-annotations') && pod.metadata.annotations ? { annotations: pod.metadata.annotations } : {}),
  };
  const shares = flags.changed('share-processes') ? flags.bool('share-processes') : existing === undefined;
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { ...spec, containers, ...(flags.bool('same-node') ? { nodeName } : {}), ...(shares ? { shareProcessNamespace: true } : {}) },
  };
  if (flags.bool('replace')) yield* client.delete(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`);
  const made = yield* client.post(`/api/v1/namespaces/${pod.metadata.namespace}/pods`, body as never);
  return { pod: made, container };
}

function* onNode(k: Kubectl, node: any, command: readonly string[]): Body<Made> {
  const { namespace } = yield* k.namespace();
  const name = yield* randomName(k, `node-debugger-${node.metadata.name}`);
  const container = k.flags.text('container') || 'debugger';
  if (!k.flags.bool('quiet')) yield* k.out(`Creating debugging pod ${name} with container ${container} on node ${node.metadata.name}.\n`);
  const restricted = k.flags.text('profile') === 'restricted' || k.flags.text('profile') === 'baseline';
  const one = containerOf(k, container, command, 'node');
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      containers: [{ ...one, ...(restricted ? {} : { volumeMounts: [{ mountPath: '/host', name: 'host-root' }] }) }],
      ...(restricted ? {} : { hostIPC: true, hostNetwork: true, hostPID: true }),
      nodeName: node.metadata.name,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      ...(restricted ? {} : { volumes: [{ hostPath: { path: '/' }, name: 'host-root' }] }),
    },
  };
  const client = yield* k.client();
  return { pod: yield* client.post(`/api/v1/namespaces/${namespace}/pods`, body as never), container };
}

/** Waits until the container runs or has run. */
function* attachWhenBegun(k: Kubectl, pod: any, container: string): Body<void> {
  const pods = yield* (yield* k.discovery()).forKind('v1', 'Pod');
  let seen = pod;
  let ended = false;
  yield* watchObject(k, pods, pod.metadata.namespace, pod.metadata.name, 3_600_000, function* (sighting) {
    if (sighting.type === 'SYNCED') return false;
    if (sighting.type === 'DELETED') return true;
    seen = sighting.object;
    const all = [
      ...(seen.status?.ephemeralContainerStatuses ?? []),
      ...(seen.status?.containerStatuses ?? []),
      ...(seen.status?.initContainerStatuses ?? []),
    ];
    const state = all.find((one: any) => one.name === container)?.state;
    ended = state?.terminated !== undefined;
    return state?.running !== undefined || ended;
  });
  if (ended) {
    const client = yield* k.client();
    yield* k.out(
      String(
        (yield* client.get(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/log`, { query: { container } })) ?? '',
      ),
    );
    return;
  }
  yield* attachOrLogs(k, seen, container, k.flags.bool('stdin'), k.flags.bool('tty'), k.flags.bool('quiet'));
}
