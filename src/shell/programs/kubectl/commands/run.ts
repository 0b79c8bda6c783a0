// kubectl run: one pod from an image, attached or not.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/run/run.go
import { applyMergePatch, applyJsonPatch } from '../../../../cluster/apimachinery/json-patch.ts';
import { applyStrategicMergePatch } from '../../../../cluster/apimachinery/strategic-merge.ts';
import { parseYaml } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { array, bool, duration, strings, text, whole } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, RECORD_FLAG, SAVE_CONFIG_FLAG } from '../global-flags.ts';
import { parseLabelPairs } from '../label-arguments.ts';
import { DRY_RUN_FLAG, type DryRun, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../printers/printer.ts';
import { schemaOfKind } from '../typed.ts';
import { watchObject } from '../waiting.ts';
import { createObject, generated } from '../writes.ts';
import { attachOrLogs } from './attach.ts';
import { deletedLine, sendDelete, waitAll } from './delete.ts';

export const REFERENCE =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

export const run = defineCommand({
  name: 'run',
  short: 'Run a particular image on the cluster',
  use: 'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  long: 'Create and run a particular image in a pod.',
  examples: `  # Start a nginx pod
  kubectl run nginx --image=nginx
  
  # Start a hazelcast pod and let the container expose port 5701
  kubectl run hazelcast --image=hazelcast/hazelcast --port=5701
  
  # Start a hazelcast pod and set environment variables "DNS_DOMAIN=cluster" and "POD_NAMESPACE=default" in the container
  kubectl run hazelcast --image=hazelcast/hazelcast --env="DNS_DOMAIN=cluster" --env="POD_NAMESPACE=default"`,
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    FIELD_MANAGER('kubectl-run'),
    strings('annotations', 'Annotations to apply to the pod.'),
    bool('attach', "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called."),
    text('cascade', 'Must be "background", "orphan", or "foreground".', { value: 'background', bare: 'background' }),
    bool(
      'command',
      "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    ),
    array('env', 'Environment variables to set in the container.'),
    bool('expose', 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.'),
    bool('force', 'If true, immediately remove resources from API and bypass graceful deletion.'),
    whole('grace-period', 'Period of time in seconds given to the resource to terminate gracefully.', { value: '-1' }),
    text('image', 'The image for the container to run.', { required: true }),
    text('image-pull-policy', 'The image pull policy for the container.'),
    text('labels', 'Comma separated labels to apply to the pod. Will override previous values.', { short: 'l' }),
    bool('leave-stdin-open', 'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.'),
    text('override-type', 'The method used to override the generated object: json, merge, or strategic.', { value: 'merge' }),
    text(
      'overrides',
      'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object.',
    ),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '1m0s',
    }),
    text('port', 'The port that this container exposes.'),
    bool('privileged', 'If true, run the container in privileged mode.'),
    bool('quiet', 'If true, suppress prompt messages.', { short: 'q' }),
    text('restart', 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].', { value: 'Always' }),
    bool(
      'rm',
      "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    ),
    bool('stdin', 'Keep stdin open on the container in the pod, even if nothing is attached.', { short: 'i' }),
    duration(
      'timeout',
      'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
      { value: '0s' },
    ),
    bool('tty', 'Allocate a TTY for the container in the pod.', { short: 't' }),
    bool('wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.'),
  ],
  *run(k) {
    const options = checked(k);
    const printer = yield* objectPrinter(k);
    const { namespace, explicit } = yield* k.namespace();
    const pod = yield* overridden(k, podOf(k, options.name, options.args));
    const dryRun = options.dryRun;
    const placed =
      explicit || dryRun !== 'client' ? { ...pod, metadata: { ...pod.metadata, namespace: pod.metadata.namespace ?? namespace } } : pod;
    const discovery = yield* k.discovery();
    const pods = yield* discovery.forKind('v1', 'Pod');
    const made = yield* createObject(k, pods, placed.metadata.namespace ?? namespace, generated(placed), 'kubectl-run');
    if (options.attach) return yield* attached(k, made, options.remove);
    yield* report(k, printer, pods, made, 'created', dryRun);
    if (k.flags.bool('expose')) {
      const services = yield* discovery.forKind('v1', 'Service');
      const service = serviceOf(options.name, placed, k.flags.int('port'), namespace, explicit || dryRun !== 'client');
      const created = yield* createObject(k, services, namespace, generated(service), 'kubectl-run');
      if (printer !== undefined && !printer.each) yield* k.out('---\n');
      yield* report(k, printer, services, created, 'created', dryRun);
    }
    return 0;
  },
});

interface RunOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly dryRun: DryRun;
  readonly attach: boolean;
  readonly remove: boolean;
}

function checked(k: Kubectl): RunOptions {
  const { flags } = k;
  const names = k.dash < 0 ? k.args : k.args.slice(0, k.dash);
  if (names.length === 0) throw new Failure('NAME is required for run');
  const dryRun = dryRunOf(k);
  const interactive = flags.bool('stdin');
  const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('tty') || interactive;
  if (flags.bool('tty') && !interactive) throw new Failure('-i/--stdin is required for containers with -t/--tty=true');
  const image = flags.text('image');
  if (!REFERENCE.test(image)) throw new Failure(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (flags.bool('expose') && flags.text('port') === '') throw new Failure('--port must be set when exposing a service');
  if (flags.bool('rm') && !attach) throw new Failure('--rm should only be used for attached containers');
  if (attach && dryRun !== 'none')
    throw new Failure("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
  const restart = flags.text('restart');
  if (!['Always', 'OnFailure', 'Never'].includes(restart))
    throw new Failure(`invalid restart policy: ${restart}, valid values are: Always, OnFailure, Never`);
  const policy = flags.text('image-pull-policy');
  if (policy !== '' && !['Always', 'IfNotPresent', 'Never'].includes(policy))
    throw new Failure(`invalid image pull policy: ${policy}, valid values are: Always, IfNotPresent, Never`);
  return {
    name: names[0]!,
    args: [...names.slice(1), ...(k.dash < 0 ? [] : k.args.slice(k.dash))],
    dryRun,
    attach,
    remove: flags.bool('rm'),
  };
}

function podOf(k: Kubectl, name: string, args: readonly string[]): any {
  const { flags } = k;
  const labels = flags.text('labels') === '' ? { run: name } : parseLabelPairs(flags.text('labels'));
  const port = flags.text('port');
  if (port !== '' && !/^\d+$/.test(port)) throw new Failure('--port must be a number');
  const env = flags.list('env').map((one) => {
    const equals = one.indexOf('=');
    if (equals <= 0) throw new Failure(`invalid env: ${one}`);
    return { name: one.slice(0, equals), value: one.slice(equals + 1) };
  });
  const annotations = Object.fromEntries(
    flags.list('annotations').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  const stdin = flags.bool('stdin');
  const container = {
    ...(args.length === 0 ? {} : flags.bool('command') ? { command: args } : { args }),
    ...(env.length > 0 ? { env } : {}),
    image: flags.text('image'),
    ...(flags.text('image-pull-policy') === '' ? {} : { imagePullPolicy: flags.text('image-pull-policy') }),
    name,
    ...(port === '' ? {} : { ports: [{ containerPort: Number(port) }] }),
    ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
    ...(stdin ? { stdin: true, ...(flags.bool('leave-stdin-open') ? {} : { stdinOnce: true }) } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(Object.keys(annotations).length > 0 ? { annotations } : {}), labels, name },
    spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: flags.text('restart') },
  };
}

function* overridden(k: Kubectl, pod: any): Body<any> {
  const text = k.flags.text('overrides');
  if (text === '') return pod;
  let patch: any;
  try {
    patch = parseYaml(text)[0];
  } catch {
    throw new Failure(`error parsing overrides: invalid JSON`);
  }
  switch (k.flags.text('override-type')) {
    case 'merge':
      return applyMergePatch(pod, patch);
    case 'strategic':
      return applyStrategicMergePatch(pod, patch, schemaOfKind('v1', 'Pod'));
    case 'json':
      return applyJsonPatch(pod, patch);
    default:
      throw new Failure(`invalid override type: ${k.flags.text('override-type')}`);
  }
}

function serviceOf(name: string, pod: any, port: number, namespace: string, placed: boolean): any {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...(placed ? { namespace } : {}) },
    spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: pod.metadata.labels },
    status: { loadBalancer: {} },
  };
}

/** Waits for the pod to run or end, attaches, reports its exit code, removes it when told so. */
function* attached(k: Kubectl, pod: any, remove: boolean): Body<number> {
  const { flags } = k;
  const pods = yield* (yield* k.discovery()).forKind('v1', 'Pod');
  const info = { resource: pods, name: pod.metadata.name, namespace: pod.metadata.namespace };
  const quiet = flags.bool('quiet');
  let code = 0;
  try {
    const begun = yield* untilBegun(k, info, flags.duration('pod-running-timeout'));
    if (begun === undefined) throw new Failure('timed out waiting for the condition');
    yield* attachOrLogs(k, begun, pod.spec.containers[0].name, flags.bool('stdin'), flags.bool('tty'), quiet);
    if (flags.text('restart') !== 'Always' && !flags.bool('leave-stdin-open')) code = yield* exitOf(k, info, pod);
  } finally {
    if (remove) {
      const request = {
        gracePeriod: flags.int('grace-period'),
        propagation: 'Background',
        dryRun: 'none' as const,
        force: flags.bool('force'),
      };
      const answer = yield* sendDelete(k, info, request);
      if (!quiet) yield* k.out(deletedLine(info, request));
      yield* waitAll(k, [{ ...info, object: { metadata: { uid: answer?.metadata?.uid } } }], 0);
    }
  }
  return code;
}

function* untilBegun(k: Kubectl, info: { resource: any; name: string; namespace: string }, timeoutMs: number): Body<any> {
  let found: any;
  yield* watchObject(k, info.resource, info.namespace, info.name, timeoutMs, function* (sighting) {
    if (sighting.type === 'DELETED') throw new Failure(`pods ${JSON.stringify(info.name)} not found`);
    if (sighting.type === 'SYNCED') return false;
    const status = sighting.object.status ?? {};
    const ready = (status.conditions ?? []).some((one: any) => one.type === 'Ready' && one.status === 'True');
    const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
    if (!ended && !(status.phase === 'Running' && ready)) return false;
    found = sighting.object;
    return true;
  });
  return found;
}

/** The exit code of the pod's container once the pod has ended. */
function* exitOf(k: Kubectl, info: { resource: any; name: string; namespace: string }, pod: any): Body<number> {
  let last: any;
  yield* watchObject(k, info.resource, info.namespace, info.name, 24 * 3_600_000, function* (sighting) {
    if (sighting.type === 'DELETED') return true;
    if (sighting.type === 'SYNCED') return false;
    last = sighting.object;
    return last.status?.phase === 'Succeeded' || last.status?.phase === 'Failed';
  });
  if (last?.status?.phase !== 'Failed') return 0;
  const ended = (last.status.containerStatuses ?? []).find((one: any) => one.name === pod.spec.containers[0].name)?.state?.terminated;
  if (ended === undefined) throw new Failure(`unable to determine exit code of pod ${info.name}`);
  yield* k.err(`pod ${info.namespace}/${info.name} terminated (${last.status.reason ?? ended.reason})\n`);
  return ended.exitCode || 1;
}
