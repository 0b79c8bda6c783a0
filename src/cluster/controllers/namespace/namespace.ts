// Namespace controller: empties a namespace that is being deleted, pods first, says what holds it up, and lets it go.
// Models: kubernetes v1.37 pkg/controller/namespace/{namespace_controller,deletion/namespaced_resources_deleter}.go
import { sameData } from '../../apimachinery/equality.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { byNamespace } from '../../client/cache.ts';
import { kinds } from '../../kinds/kinds.ts';
import type { Namespace } from '../../kinds/namespace/namespace.ts';
import type { Pod } from '../../kinds/pod/types.ts';
import { type Change, defineController, NOTHING, type Outcome, type View } from '../controller.ts';
import { NAMESPACE_RETRY_MS } from '../timings.ts';
import { finalize, kindOf, removeCollection, updateStatus } from '../writes.ts';

const FINALIZER = 'kubernetes';
/** How long foreign finalizers are expected to take. */
const FINALIZER_SECONDS = 15;
/** Not watched: there are many, and nothing holds them. */
const EVENTS = 'events';

const contents = kinds
  .filter((kind) => kind.namespaced && kind.resource !== EVENTS && kind.verbs.includes('deletecollection'))
  .map((kind) => kind.resource);
const others = contents.filter((resource) => resource !== 'pods').sort();

type Conditions = NonNullable<Namespace['status']['conditions']>;

const CONTENT_REMOVED = ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'] as const;
const NO_FINALIZERS = ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'] as const;
/** The conditions of a deletion that meets no trouble. */
const CALM = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  ['NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  CONTENT_REMOVED,
  NO_FINALIZERS,
] as const;

function keys({ type, object }: Change<Namespace>): readonly string[] {
  return type !== 'deleted' && object.metadata.deletionTimestamp !== undefined ? [object.metadata.name] : [];
}

function reconcile(key: string, view: View): Outcome {
  const namespace = view.list<Namespace>('namespaces').get(key);
  if (namespace?.metadata.deletionTimestamp === undefined || !namespace.spec.finalizers?.includes(FINALIZER)) return NOTHING;
  const pods = view.list<Pod>('pods').by('namespace', key);
  if (pods.length > 0) return deletePods(namespace, pods, view);
  const remaining = new Map<string, readonly KubeObject[]>();
  for (const resource of others) {
    const objects = view.list(resource).by('namespace', key);
    if (objects.length > 0) remaining.set(resource, objects);
  }
  const unmarked = [...remaining].filter(([, objects]) => objects.some((one) => one.metadata.deletionTimestamp === undefined));
  if (unmarked.length > 0) {
    return {
      batches: [[...unmarked.map(([resource]) => removeCollection(resource, key)), removeCollection(EVENTS, key)]],
      requeueAfterMs: 1,
    };
  }
  const status = withConditions(namespace, remaining, view);
  const tell = status === undefined ? [] : [[updateStatus('namespaces', status)]];
  if (remaining.size > 0) return { batches: tell, requeueAfterMs: retryMs(FINALIZER_SECONDS) };
  const finished = { ...namespace, spec: { finalizers: namespace.spec.finalizers.filter((name) => name !== FINALIZER) } };
  return {
    batches: [
      [removeCollection(EVENTS, key)],
      ...tell,
      [finalize('namespaces', { ...finished, metadata: { ...finished.metadata, resourceVersion: '' } })],
    ],
  };
}

/** Half the expected time and a second. */
const retryMs = (seconds: number): number => (Math.floor(seconds / 2) + 1) * 1000;

function deletePods(namespace: Namespace, pods: readonly Pod[], view: View): Outcome {
  const { name } = namespace.metadata;
  const unmarked = pods.some((pod) => pod.metadata.deletionTimestamp === undefined);
  const status = withConditions(namespace, new Map(), view);
  const grace = pods.reduce((most, pod) => Math.max(most, pod.spec.terminationGracePeriodSeconds ?? 0), 0);
  return {
    batches: [unmarked ? [removeCollection('pods', name)] : [], status === undefined ? [] : [updateStatus('namespaces', status)]],
    requeueAfterMs: retryMs(grace),
  };
}

/** The namespace with its conditions; undefined when they are as they were. */
function withConditions(namespace: Namespace, remaining: ReadonlyMap<string, readonly KubeObject[]>, view: View): Namespace | undefined {
  const old = namespace.status.conditions ?? [];
  const conditions: Conditions = CALM.map(([type, calmReason, calmMessage]) => {
    const trouble = remaining.size === 0 ? undefined : troubleOf(type, remaining);
    const status = trouble === undefined ? 'False' : 'True';
    const [reason, message] = trouble ?? [calmReason, calmMessage];
    const known = old.find((one) => one.type === type);
    return { type, status, lastTransitionTime: known?.status === status ? known.lastTransitionTime : view.timestamp, reason, message };
  });
  return sameData(conditions, old) ? undefined : { ...namespace, status: { ...namespace.status, conditions } };
}

function troubleOf(type: string, remaining: ReadonlyMap<string, readonly KubeObject[]>): readonly [string, string] | undefined {
  if (type === CONTENT_REMOVED[0]) {
    const parts = [...remaining].map(([resource, objects]) => {
      const { plural, group } = kindOf(resource);
      return `${plural}.${group} has ${objects.length} resource instances`;
    });
    return ['SomeResourcesRemain', `Some resources are remaining: ${parts.sort().join(', ')}`];
  }
  if (type !== NO_FINALIZERS[0]) return undefined;
  const counts = new Map<string, number>();
  for (const objects of remaining.values()) {
    for (const object of objects) for (const name of object.metadata.finalizers ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const parts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`);
  return ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${parts.sort().join(', ')}`];
}

export const namespaceController = defineController({
  name: 'namespace-controller',
  workers: 10,
  backoff: { baseMs: 5000, maxMs: 60_000 },
  watches: [
    { resource: 'namespaces', keys, delayMs: () => NAMESPACE_RETRY_MS },
    ...contents.map((resource) => ({ resource, indexes: [byNamespace] })),
  ],
  reconcile,
});
