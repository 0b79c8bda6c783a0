// PodStatus: a pure projection of what the machines' owners have put into the rows. Nowhere else is a phase decided.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_pods.go getPhase, pkg/kubelet/status/generate.go
import { sameData } from '../apimachinery/equality.ts';
import type { Condition, Container, ContainerState, ContainerStatus, Pod, PodStatus, ResourceList } from '../kinds/pod/types.ts';
import { addQuantities, compareQuantities, formatQuantity, quantity } from '../apimachinery/quantity.ts';
import { imageIdOf } from './puller.ts';
import type { ContainerRow, PodRow, Termination } from './rows.ts';

type Phase = NonNullable<PodStatus['phase']>;

const UNKNOWN_END: ContainerState = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
    finishedAt: null,
    startedAt: null,
  },
};

function terminated(end: Termination): ContainerState {
  const { exitCode, reason, message, startedAt, finishedAt, containerID } = end;
  return {
    terminated: { containerID, exitCode, finishedAt, ...(message === undefined || message === '' ? {} : { message }), reason, startedAt },
  };
}

/** The state of a container as the API shows it. */
export function stateOf(container: ContainerRow): ContainerState {
  const { pod } = container;
  if (container.display === 'running') return { running: { startedAt: container.startedAt! } };
  if (container.display === 'terminated') return terminated(container.termination!);
  if (pod.terminal && container.role !== 'ephemeral') {
    if (container.termination !== undefined) return terminated(container.termination);
    // Once a pod has initialized, any missing status is a failure.
    if (container.role === 'app' && (pod.initialized || !hasInit(pod))) return UNKNOWN_END;
  }
  if (container.reason !== '') {
    return { waiting: { ...(container.message === undefined ? {} : { message: container.message }), reason: container.reason } };
  }
  return { waiting: { reason: hasInit(pod) ? 'PodInitializing' : 'ContainerCreating' } };
}

function hasInit(pod: PodRow): boolean {
  return (pod.pod.spec.initContainers?.length ?? 0) > 0;
}

const mountStatuses = new WeakMap<object, NonNullable<ContainerStatus['volumeMounts']>>();

function volumeMountsOf(spec: Container): ContainerStatus['volumeMounts'] {
  if (spec.volumeMounts === undefined || spec.volumeMounts.length === 0) return undefined;
  let mounts = mountStatuses.get(spec.volumeMounts);
  if (mounts === undefined) {
    mounts = spec.volumeMounts.map(({ mountPath, name, readOnly }) =>
      readOnly === true ? { mountPath, name, readOnly, recursiveReadOnly: 'Disabled' } : { mountPath, name },
    );
    mountStatuses.set(spec.volumeMounts, mounts);
  }
  return mounts;
}

function statusOf(container: ContainerRow): ContainerStatus {
  const { spec, image, containerID, lastTermination, display } = container;
  const isRun = containerID !== '';
  const state = stateOf(container);
  // A container waiting to be restarted shows its end as the last state.
  const last = state.waiting !== undefined && container.termination !== undefined ? container.termination : lastTermination;
  const volumeMounts = volumeMountsOf(spec);
  const requests = container.allocated?.requests;
  return {
    ...(isRun && requests !== undefined ? { allocatedResources: requests } : {}),
    ...(isRun ? { containerID } : {}),
    image: isRun && image !== undefined ? image.reference.full : (spec.image ?? ''),
    imageID: isRun && image !== undefined ? imageIdOf(image) : '',
    lastState: last === undefined ? {} : terminated(last),
    name: spec.name,
    ready:
      container.role === 'init'
        ? display === 'terminated' && container.termination!.exitCode === 0
        : container.ready && display === 'running',
    ...(isRun ? { resources: resourcesOf(container) } : {}),
    restartCount: container.restartCount,
    ...(container.role === 'ephemeral' ? {} : { started: display === 'running' && container.started }),
    state,
    ...(volumeMounts === undefined ? {} : { volumeMounts }),
  };
}

const NO_RESOURCES = {};

function resourcesOf({ allocated: resources }: ContainerRow): NonNullable<ContainerStatus['resources']> {
  if (resources?.limits === undefined && resources?.requests === undefined) return NO_RESOURCES;
  const { limits, requests } = resources;
  return { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
}

/** Models: getPhase. `terminal`: the pod is being or has been ended as a whole. */
export function phaseOf(pod: PodRow): Phase {
  const { restartPolicy = 'Always' } = pod.pod.spec;
  if (pod.statusReason !== undefined && (pod.terminal || pod.terminating))
    return pod.terminal ? 'Failed' : (pod.status?.phase ?? 'Pending');
  let pendingInit = false;
  let failedInit = false;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const container of pod.containers) {
    const state = stateOf(container);
    if (container.role === 'ephemeral') continue;
    if (container.role === 'init') {
      if (state.terminated !== undefined) {
        if (state.terminated.exitCode !== 0) {
          if (restartPolicy === 'Never' || container.failed) failedInit = true;
          else pendingInit = true;
        }
      } else if (!pod.terminal) pendingInit = true;
      continue;
    }
    if (container.role === 'sidecar') {
      if (!container.started && !pod.initialized && !pod.terminal) pendingInit = true;
      continue;
    }
    if (state.running !== undefined) running++;
    else if (state.terminated !== undefined) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (container.termination !== undefined || container.lastTermination !== undefined) stopped++;
    else waiting++;
  }
  if (failedInit) return 'Failed';
  if ((pendingInit || waiting > 0) && !pod.terminal) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped > 0) {
    if (pod.terminal) return stopped === succeeded && !failedInit && !pendingInit ? 'Succeeded' : 'Failed';
    if (restartPolicy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return pod.terminal ? 'Failed' : 'Pending';
}

/** A pod's end is told only when none of its containers can be running any more. Models: status manager mergePodStatus. */
function shownPhase(pod: PodRow, phase: Phase): Phase {
  if (pod.terminal || (phase !== 'Succeeded' && phase !== 'Failed')) return phase;
  return pod.status?.phase ?? 'Pending';
}

/** Init containers keep their order; the others are listed by name. */
function sorted(containers: ContainerRow[]): ContainerRow[] {
  return containers.length < 2 ? containers : containers.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

/** What a pod the node refused shows. Models: kubelet.go rejectPod */
function rejectedStatus(pod: PodRow): PodStatus {
  const observedGeneration = pod.pod.metadata.generation ?? 0;
  const lastTransitionTime = pod.node.sim.timestamp();
  const condition = (type: string): Condition => ({
    lastProbeTime: null,
    lastTransitionTime,
    observedGeneration,
    reason: 'PodFailed',
    status: 'False',
    type,
  });
  return {
    conditions: [condition('Ready'), condition('ContainersReady')],
    message: pod.statusMessage,
    observedGeneration,
    phase: 'Failed',
    qosClass: pod.pod.status.qosClass,
    reason: pod.statusReason,
    startTime: pod.startTime,
  } as PodStatus;
}

/**
 * The address stands in the status from the first sync after the sandbox is ready, when a first container was tried; the condition
 * PodReadyToStartContainers is told before that, alone (recorded: the slice of a new pod changes once, when the pod is ready).
 */
function showsIp(pod: PodRow): boolean {
  if (pod.ip === '') return false;
  if (pod.pod.spec.hostNetwork === true || pod.status?.podIP !== undefined || pod.pod.status.podIP !== undefined) return true;
  return pod.containers.some(
    ({ display, reason }) => display !== 'waiting' || !['', 'ContainerCreating', 'PodInitializing'].includes(reason),
  );
}

/** Computes the status; conditions that others own and transition times are taken over from `pod.pod` and the status before. */
export function projectStatus(pod: PodRow): PodStatus {
  if (pod.rejected) return pod.status ?? rejectedStatus(pod);
  const { node } = pod;
  const phase = phaseOf(pod);
  const inits = pod.containers.filter(({ role }) => role === 'init' || role === 'sidecar').map(statusOf);
  const apps = sorted(pod.containers.filter(({ role }) => role === 'app')).map(statusOf);
  const ephemerals = sorted(pod.containers.filter(({ role }) => role === 'ephemeral')).map(statusOf);
  const resources = podResources(allocatedSpec(pod));
  const hostIP = node.ip;
  return {
    ...(pod.networkId !== undefined && resources.requests !== undefined ? { allocatedResources: resources.requests } : {}),
    conditions: conditionsOf(pod, phase, inits, apps),
    ...(apps.length > 0 ? { containerStatuses: apps } : {}),
    ...(ephemerals.length > 0 ? { ephemeralContainerStatuses: ephemerals } : {}),
    hostIP,
    hostIPs: node.hostIPs,
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    ...(pod.statusMessage === undefined ? {} : { message: pod.statusMessage }),
    observedGeneration: pod.pod.metadata.generation ?? 0,
    phase: shownPhase(pod, phase),
    ...(showsIp(pod) ? { podIP: pod.ip, podIPs: [{ ip: pod.ip }] } : {}),
    qosClass: pod.pod.status.qosClass,
    ...(pod.statusReason === undefined ? {} : { reason: pod.statusReason }),
    ...(pod.networkId !== undefined ? { resources } : {}),
    startTime: pod.startTime,
  } as PodStatus;
}

function conditionsOf(
  pod: PodRow,
  phase: Phase,
  inits: readonly ContainerStatus[],
  apps: readonly ContainerStatus[],
): readonly Condition[] {
  const before = pod.status?.conditions ?? pod.pod.status.conditions ?? [];
  const observed = pod.pod.metadata.generation ?? 0;
  const now = pod.node.sim.timestamp();
  const make = (type: string, status: Condition['status'], reason?: string, message?: string): Condition => {
    const old = before.find((one) => one.type === type);
    return {
      lastProbeTime: null,
      lastTransitionTime: old !== undefined && old.status === status ? (old.lastTransitionTime ?? now) : now,
      ...(message === undefined || message === '' ? {} : { message }),
      observedGeneration: observed,
      ...(reason === undefined ? {} : { reason }),
      status,
      type,
    };
  };
  const ready = containersReady(pod, phase, apps, inits);
  const gates = ready.status === 'True' ? gatesOf(pod) : undefined;
  const sandbox = pod.sandboxReady
    ? make('PodReadyToStartContainers', 'True')
    : make(
        'PodReadyToStartContainers',
        'False',
        'PodSandboxNotReady',
        pod.networkId === undefined && !pod.terminal ? 'no pod sandbox exists' : 'pod sandbox is not ready',
      );
  const scheduled = before.find(({ type }) => type === 'PodScheduled');
  const own = [
    ...(pod.resizeDeferred === undefined ? [] : [make('PodResizePending', 'True', 'Deferred', pod.resizeDeferred)]),
    sandbox,
    initialized(pod, phase, inits, make),
    gates === undefined
      ? make('Ready', ready.status, ready.reason, ready.message)
      : make('Ready', 'False', 'ReadinessGatesNotReady', gates),
    make('ContainersReady', ready.status, ready.reason, ready.message),
    scheduled !== undefined && scheduled.status === 'True' && scheduled.observedGeneration === observed
      ? scheduled
      : make('PodScheduled', 'True'),
  ];
  const others = (pod.pod.status.conditions ?? []).filter(
    ({ type }) => type !== 'PodResizePending' && own.every((one) => one.type !== type),
  );
  if (others.length === 0) return own;
  return [...others.filter(({ type }) => type === 'DisruptionTarget'), ...own, ...others.filter(({ type }) => type !== 'DisruptionTarget')];
}

type Make = (type: string, status: Condition['status'], reason?: string, message?: string) => Condition;

function initialized(pod: PodRow, phase: Phase, inits: readonly ContainerStatus[], make: Make): Condition {
  if (inits.length === 0 && phase !== 'Succeeded') return make('Initialized', 'True');
  if (phase === 'Succeeded') return make('Initialized', 'True', 'PodCompleted');
  const names: string[] = [];
  for (const container of pod.containers) {
    if (container.role === 'init' && !(container.display === 'terminated' && container.termination!.exitCode === 0))
      names.push(container.spec.name);
    if (container.role === 'sidecar' && !pod.initialized && !(container.display === 'running' && container.started))
      names.push(container.spec.name);
  }
  if (names.length === 0 || pod.initialized) return make('Initialized', 'True');
  return make('Initialized', 'False', 'ContainersNotInitialized', `containers with incomplete status: [${names.join(' ')}]`);
}

function containersReady(
  pod: PodRow,
  phase: Phase,
  apps: readonly ContainerStatus[],
  inits: readonly ContainerStatus[],
): { status: 'True' | 'False'; reason?: string; message?: string } {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready: string[] = [];
  pod.containers
    .filter(({ role }) => role === 'init' || role === 'sidecar')
    .forEach((container, at) => {
      if (container.role === 'sidecar' && !inits[at]!.ready) unready.push(container.spec.name);
    });
  for (const status of apps) if (!status.ready) unready.push(status.name);
  if (unready.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

function gatesOf(pod: PodRow): string | undefined {
  const messages: string[] = [];
  for (const { conditionType } of pod.pod.spec.readinessGates ?? []) {
    const condition = pod.pod.status.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== 'True')
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  return messages.length === 0 ? undefined : messages.join(', ');
}

/** The spec with the resources that are allocated, which a resize may not have reached yet. */
export function allocatedSpec({ pod, containers }: PodRow): Pod['spec'] {
  const { spec } = pod;
  if (containers.every((container) => container.role === 'ephemeral' || container.allocated === container.spec.resources)) return spec;
  const allocated = (one: Container): Container => {
    const container = containers.find((row) => row.spec.name === one.name);
    return container === undefined ? one : { ...one, resources: container.allocated };
  };
  return {
    ...spec,
    containers: spec.containers.map(allocated),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(allocated) }),
  };
}

interface PodResources {
  readonly limits?: ResourceList;
  readonly requests?: ResourceList;
}

const EMPTY: PodResources = {};

/** Sums of the containers, at least the largest init container; what the pod itself asks for counts instead. */
export function podResources(spec: {
  readonly resources?: PodResources;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}): PodResources {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (spec.resources !== undefined) {
    const limits = { ...sum(spec, 'limits'), ...spec.resources.limits };
    const requests = { ...sum(spec, 'requests'), ...spec.resources.requests };
    return { ...(Object.keys(limits).length === 0 ? {} : { limits }), ...(Object.keys(requests).length === 0 ? {} : { requests }) };
  }
  if (!all.some(({ resources }) => resources?.requests !== undefined || resources?.limits !== undefined)) return EMPTY;
  const requests = sum(spec, 'requests');
  const limits = sum(spec, 'limits');
  return { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
}

function sum(
  spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] },
  which: 'requests' | 'limits',
): ResourceList | undefined {
  const totals: Record<string, string> = {};
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { resources } of [...spec.containers, ...sidecars]) {
    for (const [name, amount] of Object.entries(resources?.[which] ?? {})) {
      totals[name] = totals[name] === undefined ? amount : formatQuantity(addQuantities(quantity(totals[name]!), quantity(amount)));
    }
  }
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy === 'Always') continue;
    for (const [name, amount] of Object.entries(resources?.[which] ?? {})) {
      if (totals[name] === undefined || compareQuantities(quantity(amount), quantity(totals[name]!)) > 0) totals[name] = amount;
    }
  }
  return Object.keys(totals).length === 0 ? undefined : totals;
}

/** Would writing it change anything? */
export function sameStatus(a: PodStatus | undefined, b: PodStatus): boolean {
  return a !== undefined && sameData(a, b);
}
