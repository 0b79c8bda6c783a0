// binding: the scheduler's word on where a pod runs. Said once.
// Models: kubernetes v1.37 pkg/registry/core/pod/storage/storage.go BindingREST, assignPod
import { required } from '../../apimachinery/field.ts';
import type { AnyObject, Status } from '../../apimachinery/object.ts';
import type { ApiResponse } from '../../apimachinery/rest.ts';
import { badRequest, conflict, failure, methodNotAllowed, notFound } from '../../apimachinery/status-error.ts';
import { withTopologyLabels } from '../admission/pod-topology-labels.ts';
import { parseBody } from '../body.ts';
import { storeKey } from '../core.ts';
import { present } from '../present.ts';
import type { Scope } from '../scope.ts';

const CREATED = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const satisfies Status;

export function bind(scope: Scope): ApiResponse {
  if (scope.request.method !== 'POST') throw methodNotAllowed();
  scope.readWriteOptions('CreateOptions');
  const { core, route } = scope;
  const binding = parseBody(scope.request, 'Binding').value as {
    metadata?: { name?: string; uid?: string; annotations?: Record<string, string> };
    target?: { kind?: string; name?: string };
  };
  const name = route.name!;
  if (binding.metadata?.name !== undefined && binding.metadata.name !== name) {
    throw badRequest(`the name of the object (${binding.metadata.name}) does not match the name on the URL (${name})`);
  }
  const target = binding.target?.name;
  if (!target) throw failure(500, '', `target.name: ${required('target.name').body}`);
  const pod = core.store.get('pods', storeKey(route.namespace, name));
  if (pod === undefined) throw notFound('', 'pods', name);
  if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
    throw conflict(
      '',
      'pods/binding',
      name,
      `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  const why = refusal(pod);
  if (why !== undefined) throw conflict('', 'pods/binding', name, why);
  let next: AnyObject = withTopologyLabels(assigned(pod, target, scope.now), core.store.get('nodes', target));
  const annotations = binding.metadata?.annotations;
  if (annotations !== undefined) {
    next = { ...next, metadata: { ...next.metadata, annotations: { ...next.metadata.annotations, ...annotations } } };
  }
  core.write(scope, route.kind, next, pod);
  return present(scope, CREATED as unknown as AnyObject, 201);
}

function refusal(pod: AnyObject): string | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return `pod ${pod.metadata.name} is being deleted, cannot be assigned to a host`;
  if (pod['spec'].nodeName) return `pod ${pod.metadata.name} is already assigned to node ${JSON.stringify(pod['spec'].nodeName)}`;
  if (pod['spec'].schedulingGates?.length > 0) return `pod ${pod.metadata.name} has non-empty .spec.schedulingGates`;
  return undefined;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function assigned(pod: AnyObject, nodeName: string, now: string): AnyObject {
  const { nominatedNodeName: _nominated, ...status } = pod['status'] ?? {};
  const conditions: readonly Condition[] = status.conditions ?? [];
  const old = conditions.find((one) => one.type === 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: old?.status === 'True' ? (old as any).lastTransitionTime : now,
  };
  const next = old === undefined ? [...conditions, scheduled] : conditions.map((one) => (one === old ? scheduled : one));
  return { ...pod, spec: { ...pod['spec'], nodeName }, status: { ...status, conditions: next } };
}
