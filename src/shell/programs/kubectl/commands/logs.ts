// kubectl logs.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/logs,polymorphichelpers}/logs*.go
import type { Body } from '../../../../posix/program.ts';
import type { Query } from '../client.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, isNotFound, StatusFailure } from '../errors.ts';
import { bool, duration, text, whole } from '../flags.ts';
import { SELECTOR_FLAG } from '../global-flags.ts';
import { oneContainer, onePod, podSelector, podsOf } from '../pods.ts';
import { build } from '../resource-builder.ts';

const USAGE = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export const logs = defineCommand({
  name: 'logs',
  short: 'Print the logs for a container in a pod',
  use: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  flags: [
    SELECTOR_FLAG,
    bool('all-containers', "Get all containers' logs in the pod(s)."),
    bool('all-pods', 'Get logs from all pod(s). Sets prefix to true.'),
    text('container', 'Print the logs of this container', { short: 'c' }),
    bool('follow', 'Specify if the logs should be streamed.', { short: 'f' }),
    bool('ignore-errors', 'If watching / following pod logs, allow for any errors that occur to be non-fatal'),
    bool('insecure-skip-tls-verify-backend', 'Skip verifying the identity of the kubelet that logs are requested from.'),
    whole('limit-bytes', 'Maximum bytes of logs to return. Defaults to no limit.'),
    whole('max-log-requests', 'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.', {
      value: '5',
    }),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '20s',
    }),
    bool('prefix', 'Prefix each log line with the log source (pod name and container name)'),
    bool('previous', 'If true, print the logs for the previous instance of the container in a pod if it exists.', { short: 'p' }),
    duration(
      'since',
      'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
      { value: '0s' },
    ),
    text(
      'since-time',
      'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    ),
    whole(
      'tail',
      'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
      { value: '-1' },
    ),
    bool('timestamps', 'Include timestamps on each line in the log output'),
  ],
  *run(k) {
    const { flags } = k;
    const selector = flags.text('selector');
    if (k.args.length === 0 && selector === '') throw k.usage(USAGE);
    if (k.args.length > 2) throw k.usage(USAGE);
    if (k.args.length > 0 && selector !== '') throw k.usage('only a selector (-l) or a POD name is allowed');
    if (k.args.length === 2 && flags.text('container') !== '' && !k.args[0]!.includes('/'))
      throw k.usage('only one of -c or an inline [CONTAINER] arg is allowed');
    if (flags.changed('since') && flags.text('since-time') !== '')
      throw new Failure('at most one of `sinceTime` or `sinceSeconds` may be specified');
    if (flags.int('tail') < -1) throw new Failure('--tail must be greater than or equal to -1');
    if (flags.bool('all-containers') && containerName(k) !== '')
      throw new Failure('--all-containers=true should not be specified with container name ' + containerName(k));
    const sources = yield* sourcesOf(k, selector);
    const prefix = flags.bool('prefix') || flags.bool('all-pods');
    if (flags.bool('follow') && sources.length > 1) {
      const limit = flags.int('max-log-requests');
      if (sources.length > limit) {
        throw new Failure(
          `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
        );
      }
    }
    if (flags.bool('follow')) yield* followAll(k, sources, prefix);
    else for (const source of sources) yield* printOne(k, source, prefix);
  },
});

interface Source {
  readonly pod: any;
  readonly container: string;
}

/** `logs POD CONTAINER` names the container too. */
const containerName = (k: Kubectl): string => k.flags.text('container') || (k.args.length === 2 ? k.args[1]! : '');

function* sourcesOf(k: Kubectl, selector: string): Body<readonly Source[]> {
  const { flags } = k;
  const { namespace } = yield* k.namespace();
  const timeout = flags.duration('pod-running-timeout');
  if (selector !== '') {
    const client = yield* k.client();
    const pods = (yield* client.get(`/api/v1/namespaces/${namespace}/pods`, { query: { labelSelector: selector } })).items;
    if (pods.length === 0) yield* k.err(`No resources found in ${namespace} namespace.\n`);
    const out: Source[] = [];
    for (const pod of pods) out.push(...(yield* containersOf(k, pod)));
    return out;
  }
  const built = yield* build(k, { args: k.args.slice(0, 1), defaultType: 'pods', flatten: true });
  const failed = built.errors[0];
  if (failed !== undefined) {
    if (isNotFound(failed)) throw new Failure(`error from server (NotFound): ${failed.message} in namespace ${JSON.stringify(namespace)}`);
    throw failed;
  }
  const info = built.infos[0]!;
  if (flags.bool('all-pods')) {
    const query = podSelector(info.object, 'logs');
    const pods = query === undefined ? [info.object] : yield* podsOf(k, info.namespace, query, timeout);
    const out: Source[] = [];
    for (const pod of pods) out.push(...(yield* containersOf(k, pod)));
    return out;
  }
  return yield* containersOf(k, yield* onePod(k, info, timeout, 'logs'));
}

function* containersOf(k: Kubectl, pod: any): Body<readonly Source[]> {
  if (k.flags.bool('all-containers')) {
    const order = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? []), ...(pod.spec.ephemeralContainers ?? [])];
    return order.map((one: any) => ({ pod, container: one.name }));
  }
  const name = containerName(k);
  return [{ pod, container: (yield* oneContainer(k, pod, name)).name }];
}

function logQuery(k: Kubectl, container: string): Query {
  const { flags } = k;
  const query: Query = { container };
  if (flags.bool('follow')) query['follow'] = 'true';
  if (flags.bool('previous')) query['previous'] = 'true';
  if (flags.bool('timestamps')) query['timestamps'] = 'true';
  const since = flags.duration('since');
  if (since > 0) query['sinceSeconds'] = String(Math.ceil(since / 1000));
  if (flags.text('since-time') !== '') query['sinceTime'] = flags.text('since-time');
  if (flags.int('limit-bytes') > 0) query['limitBytes'] = String(flags.int('limit-bytes'));
  if (flags.changed('tail')) {
    if (flags.int('tail') >= 0) query['tailLines'] = String(flags.int('tail'));
  } else if (flags.text('selector') !== '') query['tailLines'] = '10';
  return query;
}

const logPath = (source: Source): string => `/api/v1/namespaces/${source.pod.metadata.namespace}/pods/${source.pod.metadata.name}/log`;

/** Puts the source before each line; keeps an unfinished line. */
function prefixed(source: Source, text: string, prefix: boolean): string {
  if (!prefix || text === '') return text;
  const mark = `[pod/${source.pod.metadata.name}/${source.container}] `;
  return text.replace(/^(?=[\s\S])/gm, mark).replace(new RegExp(`${escaped(mark)}$`), '');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function* printOne(k: Kubectl, source: Source, prefix: boolean): Body<void> {
  const client = yield* k.client();
  try {
    const body = yield* client.get(logPath(source), { query: logQuery(k, source.container) });
    yield* k.out(prefixed(source, String(body ?? ''), prefix));
  } catch (error) {
    if (!k.flags.bool('ignore-errors') || !(error instanceof StatusFailure)) throw error;
    yield* k.err(`error: ${error.message}\n`);
  }
}

function* followAll(k: Kubectl, sources: readonly Source[], prefix: boolean): Body<void> {
  const client = yield* k.client();
  const streams = new Map<number, Source>();
  for (const source of sources) {
    const stream = yield* openLog(k, source);
    if (stream !== undefined) streams.set(stream, source);
  }
  while (streams.size > 0) {
    const next = yield* client.next([...streams.keys()]);
    if (next.kind === 'timeout') continue;
    if (next.kind === 'end') streams.delete(next.stream);
    else if (next.frame.kind === 'text' || next.frame.kind === 'stdout')
      yield* k.out(prefixed(streams.get(next.stream)!, next.frame.text, prefix));
  }
}

/** Follows even a container that has not begun: asked again every second until it may be read. */
function* openLog(k: Kubectl, source: Source): Body<number | undefined> {
  const client = yield* k.client();
  const end = (yield* k.os.time()) + k.flags.duration('pod-running-timeout');
  for (;;) {
    try {
      return yield* client.open(logPath(source), logQuery(k, source.container));
    } catch (error) {
      if (!(error instanceof StatusFailure)) throw error;
      if (error.reason === 'BadRequest' && /waiting to start/.test(error.message) && (yield* k.os.time()) < end) {
        yield* k.os.sleep(1000);
        continue;
      }
      if (!k.flags.bool('ignore-errors')) throw error;
      yield* k.err(`error: ${error.message}\n`);
      return undefined;
    }
  }
}
