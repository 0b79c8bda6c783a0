// kubectl drain: cordon, then evict what may be evicted.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/drain,drain}
import { matchesTerms, parseSelector } from '../../../../cluster/apimachinery/labels.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, isNotFound, StatusFailure, throwAll } from '../errors.ts';
import { bool, duration, text, whole } from '../flags.ts';
import { CHUNK_FLAG, SELECTOR_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, type DryRun, dryRunOf, dryRunSuffix } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { markNode, nodesOf } from './cordon.ts';

const LOCAL_STORAGE = 'Pods with local storage (use --delete-emptydir-data to override)';
const UNMANAGED = 'Pods that declare no controller (use --force to override)';
const DAEMONS = 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)';

export const drain = defineCommand({
  name: 'drain',
  short: 'Drain node in preparation for maintenance',
  use: 'NODE',
  flags: [
    CHUNK_FLAG,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    bool(
      'delete-emptydir-data',
      'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).',
    ),
    bool(
      'disable-eviction',
      'Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.',
    ),
    bool('force', 'Continue even if there are pods that do not declare a controller.'),
    whole(
      'grace-period',
      'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.',
      { value: '-1' },
    ),
    bool('ignore-daemonsets', 'Ignore DaemonSet-managed pods.'),
    text('pod-selector', 'Label selector to filter pods on the node'),
    whole(
      'skip-wait-for-delete-timeout',
      'If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.',
    ),
    duration('timeout', 'The length of time to wait before giving up, zero means infinite', { value: '0s' }),
  ],
  *run(k) {
    const dryRun = dryRunOf(k);
    const nodes = yield* nodesOf(k);
    for (const node of nodes) yield* markNode(k, node, true, dryRun);
    const failed: string[] = [];
    const errors: Failure[] = [];
    for (const node of nodes) {
      try {
        yield* drainNode(k, node, dryRun);
        yield* k.out(doneLine(node.resource, node.name, 'drained', dryRun));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        yield* k.err(`error: unable to drain node ${JSON.stringify(node.name)} due to error: ${error.message}, continuing command...\n`);
        failed.push(node.name);
        errors.push(...((error as { errors?: Failure[] }).errors ?? [error]));
      }
    }
    if (failed.length === 0) return;
    yield* k.err(`There are pending nodes to be drained:\n${failed.map((name) => ` ${name}\n`).join('')}`);
    for (const error of errors) yield* k.err(`${error.message}\n`);
    return 1;
  },
});

interface Verdict {
  readonly kind: 'evict' | 'skip' | 'warn' | 'refuse';
  readonly text?: string;
  readonly evict: boolean;
}

/** The first filter with something to say decides. */
function* verdictOf(k: Kubectl, pod: any): Body<Verdict> {
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const owner = (pod.metadata.ownerReferences ?? []).find((one: any) => one.controller);
  const skip = k.flags.int('skip-wait-for-delete-timeout');
  if (skip > 0 && pod.metadata.deletionTimestamp !== undefined) {
    const age = ((yield* k.os.time()) - Date.parse(pod.metadata.deletionTimestamp)) / 1000;
    if (age > skip) return { kind: 'skip', evict: false };
  }
  if (owner?.kind === 'DaemonSet' && !ended) {
    if (k.flags.bool('ignore-daemonsets')) return { kind: 'warn', text: 'ignoring DaemonSet-managed Pods', evict: false };
    return { kind: 'refuse', text: DAEMONS, evict: false };
  }
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { kind: 'skip', evict: false };
  const local = (pod.spec.volumes ?? []).some((one: any) => one.emptyDir !== undefined);
  if (local && !ended) {
    if (!k.flags.bool('delete-emptydir-data')) return { kind: 'refuse', text: LOCAL_STORAGE, evict: false };
    if (owner !== undefined) return { kind: 'evict', evict: true };
  }
  if (owner === undefined && !ended) {
    if (k.flags.bool('force')) return { kind: 'warn', text: 'deleting Pods that declare no controller', evict: true };
    return { kind: 'refuse', text: UNMANAGED, evict: false };
  }
  return { kind: 'evict', evict: true };
}

function* drainNode(k: Kubectl, node: Info, dryRun: DryRun): Body<void> {
  const client = yield* k.client();
  const list = yield* client.get('/api/v1/pods', { query: { fieldSelector: `spec.nodeName=${node.name}`, limit: '500' } });
  const selector = k.flags.text('pod-selector');
  const terms = selector === '' ? undefined : parseSelector(selector);
  const evict: any[] = [];
  const warnings = new Map<string, string[]>();
  const refusals = new Map<string, string[]>();
  for (const pod of list.items) {
    if (terms !== undefined && !matchesTerms(terms, pod.metadata.labels)) continue;
    const verdict = yield* verdictOf(k, pod);
    const into = verdict.kind === 'warn' ? warnings : verdict.kind === 'refuse' ? refusals : undefined;
    into?.set(verdict.text!, [...(into.get(verdict.text!) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
    if (verdict.evict) evict.push(pod);
  }
  throwAll([...refusals].map(([text, pods]) => new Failure(`cannot delete ${text}: ${pods.join(', ')}`)));
  if (warnings.size > 0) yield* k.err(`Warning: ${[...warnings].map(([text, pods]) => `${text}: ${pods.join(', ')}`).join('; ')}\n`);
  if (dryRun === 'client') {
    for (const pod of evict) yield* k.out(`evicting pod ${pod.metadata.namespace}/${pod.metadata.name}${dryRunSuffix(dryRun)}\n`);
    return;
  }
  yield* evictAll(k, node, evict, dryRun);
}

interface Eviction {
  readonly pod: any;
  state: 'waiting' | 'evicted' | 'gone';
  nextMs: number;
}

/** All evictions at once: refused ones again every five seconds, accepted ones watched until the pod is gone. */
function* evictAll(k: Kubectl, node: Info, pods: readonly any[], dryRun: DryRun): Body<void> {
  const start = yield* k.os.time();
  const timeout = k.flags.duration('timeout');
  const end = timeout === 0 ? Number.POSITIVE_INFINITY : start + timeout;
  const evictions: Eviction[] = pods.map((pod) => ({ pod, state: 'waiting', nextMs: start }));
  for (const one of evictions) yield* k.out(`evicting pod ${one.pod.metadata.namespace}/${one.pod.metadata.name}${dryRunSuffix(dryRun)}\n`);
  let first = true;
  for (;;) {
    for (const one of evictions) {
      const now = yield* k.os.time();
      if (one.state === 'waiting' && now >= one.nextMs) {
        if (!first) yield* k.out(`evicting pod ${one.pod.metadata.namespace}/${one.pod.metadata.name}${dryRunSuffix(dryRun)}\n`);
        yield* tryEvict(k, one, dryRun);
      } else if (one.state === 'evicted') yield* look(k, one);
    }
    first = false;
    const left = evictions.filter((one) => one.state !== 'gone');
    if (left.length === 0) return;
    const now = yield* k.os.time();
    if (now >= end) {
      const error = new Failure(
        `error when evicting pods/${JSON.stringify(left[0]!.pod.metadata.name)} -n ${JSON.stringify(left[0]!.pod.metadata.namespace)}: global timeout reached: ${seconds(timeout)}`,
      );
      yield* k.err(
        `There are pending pods in node ${JSON.stringify(node.name)} when an error occurred: ${error.message}\n${left.map((one) => `pod/${one.pod.metadata.name}\n`).join('')}`,
      );
      throw error;
    }
    const next = Math.min(end, ...left.map((one) => (one.state === 'evicted' ? now + 1000 : one.nextMs)));
    yield* k.os.sleep(Math.max(1, next - now));
  }
}

const seconds = (ms: number): string => {
  const minutes = Math.trunc(ms / 60_000);
  return minutes > 0 ? `${minutes}m${(ms % 60_000) / 1000}s` : `${ms / 1000}s`;
};

function* tryEvict(k: Kubectl, one: Eviction, dryRun: DryRun): Body<void> {
  const client = yield* k.client();
  const { namespace, name } = one.pod.metadata;
  const grace = k.flags.int('grace-period');
  const options = grace >= 0 ? { gracePeriodSeconds: grace } : {};
  try {
    if (k.flags.bool('disable-eviction')) yield* client.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, options as never);
    else {
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        ...(grace >= 0 || dryRun === 'server' ? { deleteOptions: options } : {}),
      };
      yield* client.post(
        `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        body as never,
        dryRun === 'server' ? { dryRun: 'All' } : {},
      );
    }
    one.state = 'evicted';
    if (dryRun === 'server') one.state = 'gone';
    else yield* look(k, one);
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error;
    const refusal: StatusFailure = error;
    if (isNotFound(error)) {
      one.state = 'gone';
      return;
    }
    if (refusal.reason !== 'TooManyRequests')
      throw new Failure(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${refusal.message}`);
    yield* k.err(
      `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${refusal.message}\n`,
    );
    one.nextMs = (yield* k.os.time()) + 5000;
  }
}

function* look(k: Kubectl, one: Eviction): Body<void> {
  const client = yield* k.client();
  const { namespace, name, uid } = one.pod.metadata;
  try {
    const now = yield* client.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    if (now.metadata.uid === uid) return;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  one.state = 'gone';
  yield* k.out(`pod/${name} ${k.flags.bool('disable-eviction') ? 'deleted' : 'evicted'}\n`);
}
