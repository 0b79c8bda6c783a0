// From `deploy/web`, `svc/web` or a pod's name to one pod, and from a pod to one container.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{polymorphichelpers,cmd/util/podcmd,util/podutils}
import { formatSelector } from '../../../cluster/apimachinery/labels.ts';
import type { Body } from '../../../posix/program.ts';
import type { Kubectl } from './command.ts';
import { Failure } from './errors.ts';
import { type Info, read1 } from './resource-builder.ts';

/** Label query of the pods an object stands for; undefined = it is a pod. @throws Failure */
export function podSelector(object: any, verb: string): string | undefined {
  if (object.kind === 'Pod') return undefined;
  const selector = object.spec?.selector;
  if (object.kind === 'Service' || object.kind === 'ReplicationController') {
    const keys = Object.keys(selector ?? {}).sort();
    if (object.kind === 'Service' && keys.length === 0)
      throw new Failure(`invalid service '${object.metadata.name}': Service is defined without a selector`);
    return keys.map((key) => `${key}=${selector[key]}`).join(',');
  }
  if (['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind)) return formatSelector(selector);
  throw new Failure(
    verb === 'logs'
      ? `cannot get the logs from *v1.${object.kind}`
      : `cannot attach to *v1.${object.kind}: selector for *v1.${object.kind} not implemented`,
  );
}

const PHASES: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };

const readySince = (pod: any): string | undefined => {
  const condition = (pod.status?.conditions ?? []).find((one: any) => one.type === 'Ready');
  return condition?.status === 'True' ? condition.lastTransitionTime : undefined;
};

const restarts = (pod: any): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((one: any) => one.restartCount ?? 0));

/** Best pod first: on a node, running, ready for longest, and so on. `moreRestarts`: the order of logs. */
export function comparePods(a: any, b: any, moreRestarts: boolean): number {
  const assigned = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName));
  if (assigned !== 0) return assigned;
  const phase = (PHASES[a.status?.phase] ?? 0) - (PHASES[b.status?.phase] ?? 0);
  if (phase !== 0) return phase;
  const left = readySince(a);
  const right = readySince(b);
  if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1;
  if (left !== undefined && left !== right) return left < right! ? -1 : 1;
  if (restarts(a) !== restarts(b)) return (restarts(a) - restarts(b)) * (moreRestarts ? -1 : 1);
  const made =
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? 1 : 0;
  return made;
}

/** Pods of a selector, waiting for the first one. @throws Failure `timed out waiting for the condition` */
export function* podsOf(k: Kubectl, namespace: string, selector: string, timeoutMs: number): Body<readonly any[]> {
  const client = yield* k.client();
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const end = (yield* k.os.time()) + timeoutMs;
  for (;;) {
    const list = yield* client.get(path, { query: { labelSelector: selector } });
    if (list.items.length > 0) return list.items;
    if ((yield* k.os.time()) >= end) throw new Failure('timed out waiting for the condition');
    yield* k.os.sleep(Math.min(500, Math.max(1, end - (yield* k.os.time()))));
  }
}

/** The pod a `POD | TYPE/NAME` argument means. */
export function* onePod(k: Kubectl, info: Info, timeoutMs: number, verb: string): Body<any> {
  const object = info.object ?? (yield* read1(k, info));
  const selector = podSelector(object, verb);
  if (selector === undefined) return { apiVersion: 'v1', kind: 'Pod', ...object };
  const pods = [...(yield* podsOf(k, info.namespace, selector, timeoutMs))].sort((a, b) => comparePods(a, b, verb === 'logs'));
  if (pods.length > 1 && verb === 'logs') yield* k.err(`Found ${pods.length} pods, using pod/${pods[0].metadata.name}\n`);
  return pods[0];
}

/** Containers in the order of `Defaulted container "web" out of: …`. */
export function containerNames(pod: any): string {
  return [
    ...(pod.spec.containers ?? []).map((one: any) => one.name),
    ...(pod.spec.ephemeralContainers ?? []).map((one: any) => `${one.name} (ephem)`),
    ...(pod.spec.initContainers ?? []).map((one: any) => `${one.name} (init)`),
  ].join(', ');
}

export const allContainers = (pod: any): readonly any[] => [
  ...(pod.spec.containers ?? []),
  ...(pod.spec.ephemeralContainers ?? []),
  ...(pod.spec.initContainers ?? []),
];

/** The container of `-c`, of the annotation, or the first one, which is said when there are others. @throws Failure */
export function* oneContainer(k: Kubectl, pod: any, name: string, quiet = false): Body<any> {
  if (name !== '') {
    const found = allContainers(pod).find((one) => one.name === name);
    if (found === undefined)
      throw new Failure(`container ${name} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);
    return found;
  }
  const preset = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (preset !== undefined) {
    const found = allContainers(pod).find((one) => one.name === preset);
    if (found !== undefined) return found;
    yield* k.err(`Default container name "${preset}" not found in pod ${pod.metadata.name}\n`);
  }
  const first = pod.spec.containers?.[0];
  if (!quiet && allContainers(pod).length > 1) yield* k.err(`Defaulted container "${first.name}" out of: ${containerNames(pod)}\n`);
  return first;
}
