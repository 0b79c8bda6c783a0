// kubectl debug: an ephemeral container in a pod, a changed copy of a pod, or a pod in a node's own namespaces.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/debug/debug.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { array, bool, strings, text } from '../flags.ts';
import { FILENAME_FLAGS } from '../global-flags.ts';
import { allContainers } from '../pods.ts';
import { build } from '../resource-builder.ts';
import { watchObject } from '../waiting.ts';
import { attachOrLogs } from './attach.ts';
import { applyProfile, PROFILES, type Style } from './debug/profiles.ts';
import { REFERENCE } from './run.ts';

export const debug = defineCommand({
  name: 'debug',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  use: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  flags: [
    array('annotations', 'Annotations to apply to the debug pod.', { hidden: true }),
    bool('arguments-only', 'If specified, everything after -- will be passed to the new container as Args instead of Command.'),
    bool('attach', "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called."),
    text('container', 'Container name to use for debug container.', { short: 'c' }),
    text('copy-to', 'Create a copy of the target Pod with this name.'),
    array('env', 'Environment variables to set in the container.'),
    ...FILENAME_FLAGS.filter((flag) => flag.name === 'filename'),
    text('image', 'Container image to use for debug container.'),
    text('image-pull-policy', 'The image pull policy for the container.'),
    bool('keep-annotations', 'If true, keep the original pod annotations.(This flag only works when used with --copy-to)'),
    bool('keep-init-containers', 'Run the init containers for the pod. Defaults to true.', { value: 'true' }),
    bool('keep-labels', 'If true, keep the original pod labels.(This flag only works when used with --copy-to)'),
    bool('keep-liveness', 'If true, keep the original pod liveness probes.'),
    bool('keep-readiness', 'If true, keep the original pod readiness probes.'),
    bool('keep-startup', 'If true, keep the original startup probes.'),
    text('profile', 'Options are "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin".', { value: 'general' }),
    bool('quiet', 'If true, suppress informational messages.', { short: 'q' }),
    bool('replace', "When used with '--copy-to', delete the original Pod."),
    bool('same-node', "When used with '--copy-to', schedule the copy of target Pod on the same node."),
    strings('set-image', "When used with '--copy-to', a list of name=image pairs for changing container images."),
    bool('share-processes', "When used with '--copy-to', enable process namespace sharing in the copy.", { value: 'true' }),
    bool('stdin', 'Keep stdin open on the container(s) in the pod, even if nothing is attached.', { short: 'i' }),
    text('target', 'When using an ephemeral container, target processes in this container name.'),
    bool('tty', 'Allocate a TTY for the debugging container.', { short: 't' }),
  ],
  *run(k) {
    const options = checked(k);
    if (k.flags.text('target') !== '' && !k.flags.bool('quiet')) {
      yield* k.out(
        `Targeting container ${JSON.stringify(k.flags.text('target'))}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
    }
    if (k.flags.text('profile') === 'legacy') {
      yield* k.err(
        '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
      );
    }
    const filenames = k.flags.list('filename');
    const built = yield* build(k, { args: options.names, filenames, defaultType: 'pods', flatten: true, latest: true });
    if (built.errors.length > 0) throw built.errors[0]!;
    for (const info of built.infos) {
      const { kind } = info.resource;
      let made: { pod: any; container: string };
      if (kind === 'Node') made = yield* nodePod(k, info.object, options.command);
      else if (kind !== 'Pod') throw new Failure(`"${info.resource.name}" not supported by debug`);
      else if (k.flags.text('copy-to') !== '') made = yield* copiedPod(k, info.object, options.command);
      else made = yield* ephemeral(k, info.object, options.command);
      if (options.attach) yield* attachWhenBegun(k, made.pod, made.container);
    }
  },
});

interface DebugOptions {
  readonly names: readonly string[];
  readonly command: readonly string[];
  readonly attach: boolean;
}

function checked(k: Kubectl): DebugOptions {
  const { flags } = k;
  const names = k.dash < 0 ? k.args : k.args.slice(0, k.dash);
  const command = k.dash < 0 ? [] : k.args.slice(k.dash);
  const image = flags.text('image');
  const setImages = flags.list('set-image');
  if (names.length === 0 && flags.list('filename').length === 0) throw new Failure('NAME or filename is required for debug');
  if (flags.text('copy-to') !== '') {
    if (image === '' && setImages.length === 0 && command.length === 0)
      throw new Failure('you must specify --image, --set-image or command arguments.');
    if (command.length > 0 && flags.text('container') === '' && image === '')
      throw new Failure('you must specify an existing container or a new image when specifying args.');
  } else {
    if (flags.bool('replace')) throw new Failure('--replace may only be used with --copy-to.');
    if (flags.bool('same-node')) throw new Failure('--same-node may only be used with --copy-to.');
    if (setImages.length > 0) throw new Failure('--set-image may only be used with --copy-to.');
    if (image === '') throw new Failure('you must specify --image when not using --copy-to.');
  }
  if (image !== '' && !REFERENCE.test(image)) throw new Failure(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  const policy = flags.text('image-pull-policy');
  if (policy !== '' && !['Always', 'IfNotPresent', 'Never'].includes(policy)) throw new Failure(`invalid image pull policy: ${policy}`);
  for (const pair of setImages) {
    const [name, reference, ...more] = pair.split('=');
    if (name === '' || reference === undefined || more.length > 0)
      throw new Failure(`invalid argument ${JSON.stringify(pair)}, must be in the form NAME=IMAGE`);
  }
  if (flags.text('target') !== '' && flags.text('copy-to') !== '')
    throw new Failure('--target is incompatible with --copy-to. Use --share-processes instead.');
  if (flags.bool('tty') && !flags.bool('stdin')) throw new Failure('-i/--stdin is required for containers with -t/--tty=true');
  const profile = flags.text('profile');
  if (!PROFILES.includes(profile)) throw new Failure(`unknown profile: ${profile}`);
  return { names, command, attach: flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin') };
}

/** The container the flags describe. */
function container(k: Kubectl, name: string, command: readonly string[]): any {
  const { flags } = k;
  const env = flags.list('env').map((one) => ({ name: one.slice(0, one.indexOf('=')), value: one.slice(one.indexOf('=') + 1) }));
  return {
    ...(command.length === 0 ? {} : flags.bool('arguments-only') ? { args: command } : { command }),
    ...(env.length === 0 ? {} : { env }),
    image: flags.text('image'),
    ...(flags.text('image-pull-policy') === '' ? {} : { imagePullPolicy: flags.text('image-pull-policy') }),
    name,
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    terminationMessagePolicy: 'File',
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function* suffix(k: Kubectl): Body<string> {
  let out = '';
  while (out.length < 5) out += LETTERS[yield* k.os.random(LETTERS.length)];
  return out;
}

/** `-c`, or a name no container has yet, which is said. */
function* containerName(k: Kubectl, pod: any): Body<string> {
  const given = k.flags.text('container');
  if (given !== '') return given;
  if (k.flags.text('copy-to') !== '' && k.flags.text('image') === '') return pod.spec.containers[0].name;
  const taken = new Set(allContainers(pod).map((one) => one.name));
  let name: string;
  do name = `debugger-${yield* suffix(k)}`;
  while (taken.has(name));
  if (!k.flags.bool('quiet')) yield* k.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

function* ephemeral(k: Kubectl, pod: any, command: readonly string[]): Body<{ pod: any; container: string }> {
  const name = yield* containerName(k, pod);
  const target = k.flags.text('target');
  const added = { ...container(k, name, command), ...(target === '' ? {} : { targetContainerName: target }) };
  const before = pod.spec.ephemeralContainers ?? [];
  const known = before.find((one: any) => one.name === name);
  const style: Style = { kind: 'ephemeral', profile: k.flags.text('profile'), containerName: name };
  const changed = applyProfile({ ...pod, spec: { ...pod.spec, ephemeralContainers: [...before, added] } }, style);
  // The profile meets every container of that name; of two of one name the patch carries the first.
  const sent = changed.spec.ephemeralContainers.find((one: any) => one.name === name);
  const body = known === undefined ? sent : { name, securityContext: sent.securityContext };
  const client = yield* k.client();
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/ephemeralcontainers`;
  const order = [...before.filter((one: any) => one.name !== name), sent].map((one: any) => ({ name: one.name }));
  const patch = { spec: { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [body] } };
  const answer = yield* client.patch(path, 'strategic', patch as never);
  return { pod: answer, container: name };
}

function* copiedPod(k: Kubectl, pod: any, command: readonly string[]): Body<{ pod: any; container: string }> {
  const { flags } = k;
  const name = yield* containerName(k, pod);
  const image = flags.text('image');
  let containers: any[] = pod.spec.containers.map((one: any) => withoutProbes(k, one));
  const images = new Map(flags.list('set-image').map((pair) => pair.split('=') as [string, string]));
  const replaced = (one: any) => {
    const wanted = images.get(one.name) ?? images.get('*');
    return wanted === undefined ? one : { ...one, image: wanted };
  };
  containers = containers.map(replaced);
  const known = containers.findIndex((one) => one.name === name);
  if (known >= 0) containers[known] = overlaid(k, containers[known], image, command);
  else {
    if (image === '') throw new Failure('you must specify image when creating new container');
    containers.push(container(k, name, command));
  }
  const { nodeName, ephemeralContainers: _ephemeral, initContainers, ...spec } = pod.spec;
  const inits = flags.bool('keep-init-containers') && initContainers !== undefined ? { initContainers: initContainers.map(replaced) } : {};
  const copy = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(flags.bool('keep-annotations') && pod.metadata.annotations ? { annotations: pod.metadata.annotations } : {}),
      ...(flags.bool('keep-labels') && pod.metadata.labels ? { labels: pod.metadata.labels } : {}),
      name: flags.text('copy-to'),
      namespace: pod.metadata.namespace,
    },
    spec: {
      ...spec,
      ...inits,
      containers,
      ...(flags.bool('same-node') && nodeName !== undefined ? { nodeName } : {}),
      ...(flags.changed('share-processes') ? { shareProcessNamespace: flags.bool('share-processes') } : {}),
    },
  };
  const client = yield* k.client();
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
  if (flags.bool('replace')) yield* client.delete(`${path}/${pod.metadata.name}`);
  const style: Style = { kind: 'copy', profile: flags.text('profile'), containerName: name };
  return { pod: yield* client.post(path, applyProfile(copy, style)), container: name };
}

function withoutProbes(k: Kubectl, one: any): any {
  const { livenessProbe, readinessProbe, startupProbe, ...rest } = one;
  return {
    ...rest,
    ...(k.flags.bool('keep-liveness') && livenessProbe ? { livenessProbe } : {}),
    ...(k.flags.bool('keep-readiness') && readinessProbe ? { readinessProbe } : {}),
    ...(k.flags.bool('keep-startup') && startupProbe ? { startupProbe } : {}),
  };
}

/** An existing container with what the flags change. */
function overlaid(k: Kubectl, one: any, image: string, command: readonly string[]): any {
  const { flags } = k;
  const wanted = container(k, one.name, []);
  let out = {
    ...one,
    ...(image === '' ? {} : { image }),
    ...(wanted.env === undefined ? {} : { env: wanted.env }),
    ...(wanted.imagePullPolicy === undefined ? {} : { imagePullPolicy: wanted.imagePullPolicy }),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
  if (command.length > 0) {
    if (flags.bool('arguments-only')) out = { ...out, args: command };
    else {
      const { args: _args, ...rest } = out;
      out = { ...rest, command };
    }
  }
  return out;
}

function* nodePod(k: Kubectl, node: any, command: readonly string[]): Body<{ pod: any; container: string }> {
  const name = k.flags.text('container') || 'debugger';
  const podName = `node-debugger-${node.metadata.name}-${yield* suffix(k)}`;
  if (!k.flags.bool('quiet')) {
    yield* k.out(`Creating debugging pod ${podName} with container ${name} on node ${node.metadata.name}.\n`);
  }
  const { namespace } = yield* k.namespace();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' }, name: podName, namespace },
    spec: {
      containers: [container(k, name, command)],
      nodeName: node.metadata.name,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  };
  const style: Style = { kind: 'node', profile: k.flags.text('profile'), containerName: name };
  const client = yield* k.client();
  return { pod: yield* client.post(`/api/v1/namespaces/${namespace}/pods`, applyProfile(pod, style)), container: name };
}

function* attachWhenBegun(k: Kubectl, pod: any, name: string): Body<void> {
  const pods = yield* (yield* k.discovery()).forKind('v1', 'Pod');
  const { namespace } = pod.metadata;
  let found: any;
  let ended = false;
  yield* watchObject(k, pods, namespace, pod.metadata.name, 24 * 3_600_000, function* (sighting) {
    if (sighting.type === 'SYNCED') return false;
    if (sighting.type === 'DELETED') throw new Failure(`pods ${JSON.stringify(pod.metadata.name)} not found`);
    const status = sighting.object.status ?? {};
    const all = [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ];
    const state = all.find((one: any) => one.name === name)?.state ?? {};
    ended = state.terminated !== undefined;
    if (!ended && state.running === undefined) return false;
    found = sighting.object;
    return true;
  });
  if (ended) {
    const client = yield* k.client();
    const path = resourcePath(pods, namespace, pod.metadata.name, 'log');
    return yield* k.out(String((yield* client.get(path, { query: { container: name } })) ?? ''));
  }
  yield* attachOrLogs(k, found, name, k.flags.bool('stdin'), k.flags.bool('tty'), k.flags.bool('quiet'));
}
