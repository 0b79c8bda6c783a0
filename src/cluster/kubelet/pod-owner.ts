// Answers the pod machine: admission, volumes, sandbox, the order in which containers start and stop, and the object's end.
// Models: kubernetes v1.37 pkg/kubelet/kubelet.go SyncPod…, pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions
import type { Owner } from '../../sim/machines.ts';
import type { Handler } from '../../sim/sim.ts';
import { subjectOf } from '../client/recorder.ts';
import { admissionError } from './admission.ts';
import type { Fleet, RowReference } from './fleet.ts';
import type { podMachine } from './pod.machine.ts';
import type { ContainerRow, PodRow } from './rows.ts';
import { StorageWatch } from './storage.ts';
import {
  MINIMUM_GRACE_MS,
  MOUNT_RETRY_MAX_MS,
  MOUNT_RETRY_MIN_MS,
  POD_CLEANUP_MS,
  POD_KILL_JITTER_MS,
  POD_KILL_MS,
  SANDBOX_CREATION_MS,
  SANDBOX_JITTER_MS,
  VOLUME_MOUNT_MS,
} from './timings.ts';

export class PodOwner {
  readonly #fleet: Fleet;
  readonly #deadline: Handler<RowReference>;
  readonly #storage: StorageWatch;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#storage = new StorageWatch(fleet);
    this.#deadline = fleet.sim.handler<RowReference>('kubelet/active-deadline', (reference) => {
      const pod = fleet.podAt(reference);
      if (pod === undefined || pod.terminating) return;
      pod.deadlineTimer = 0;
      this.fail(pod, 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
      pod.node.recorder.event(
        subjectOf(pod.pod),
        'Normal',
        'DeadlineExceeded',
        'Pod was active on the node longer than the specified deadline',
      );
    });
  }

  get answers(): Owner<typeof podMachine> {
    const at = (row: number): PodRow => this.#fleet.pods[row]!;
    const { status } = this.#fleet;
    return {
      guards: {
        volumesReady: (row) => at(row).node.volumeError(at(row)) === undefined,
        deleted: (row) => at(row).removed || at(row).pod.metadata.deletionTimestamp !== undefined,
      },
      actions: {
        admit: (row) => this.#admit(at(row)),
        mountVolumes: (row) => at(row).node.mountVolumes(at(row)),
        reportFailedMount: (row) => this.#reportFailedMount(at(row)),
        createSandbox: (row) => this.#createSandbox(at(row)),
        syncContainers: (row) => this.#sync(at(row)),
        stopContainers: (row) => this.#stopContainers(at(row)),
        shortenGrace: (row) => this.#shortenGrace(at(row)),
        publishStatus: (row) => {
          if (!at(row).rejected) status.publish(at(row));
        },
        publishTerminalStatus: (row) => this.#publishTerminal(at(row)),
        releaseSandbox: (row) => this.#releaseSandbox(at(row)),
        deleteObject: (row) => this.#deleteObject(at(row)),
      },
      delays: {
        volumeMount: (row) => ((at(row).pod.spec.volumes?.length ?? 0) === 0 ? 1 : VOLUME_MOUNT_MS),
        mountRetry: (row) => this.#mountRetry(at(row)),
        sandboxCreation: (row) => SANDBOX_CREATION_MS - SANDBOX_JITTER_MS / 2 + at(row).node.random.below(SANDBOX_JITTER_MS),
        podKill: (row) => (at(row).sandboxReady ? POD_KILL_MS + at(row).node.random.below(POD_KILL_JITTER_MS) : POD_CLEANUP_MS),
        podCleanup: () => POD_CLEANUP_MS,
      },
    };
  }

  /** Ends the pod as failed, for a reason of the kubelet's own. */
  fail(pod: PodRow, reason: string, message: string): void {
    pod.statusReason = reason;
    pod.statusMessage = message;
    this.#fleet.podMachine.send(pod.row, { type: 'TERMINATE' });
  }

  /** The deadline counts from the pod's start; called again when it was changed. */
  setDeadline(pod: PodRow): void {
    const { sim } = this.#fleet;
    sim.cancel(pod.deadlineTimer);
    pod.deadlineTimer = 0;
    const seconds = pod.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || pod.terminating) return;
    const start = Date.parse(pod.startTime) - sim.epoch;
    pod.deadlineTimer = sim.at(start + seconds * 1000, this.#deadline, { row: pod.row, uid: pod.pod.metadata.uid });
  }

  #admit(pod: PodRow): void {
    const refusal = pod.isStatic ? undefined : admissionError(pod);
    if (refusal === undefined) {
      pod.node.count(pod, 1);
      if (pod.pod.spec.activeDeadlineSeconds !== undefined) this.setDeadline(pod);
      return;
    }
    pod.rejected = true;
    pod.statusReason = refusal.reason;
    pod.statusMessage = `Pod was rejected: ${refusal.message}`;
    pod.node.recorder.event(subjectOf(pod.pod), 'Warning', refusal.reason, refusal.message);
    this.#fleet.podMachine.send(pod.row, { type: 'REJECT' });
  }

  #mountRetry(pod: PodRow): number {
    pod.mountRetryMs = pod.mountRetryMs === 0 ? MOUNT_RETRY_MIN_MS : Math.min(pod.mountRetryMs * 2, MOUNT_RETRY_MAX_MS);
    return pod.mountRetryMs;
  }

  #reportFailedMount(pod: PodRow): void {
    const error = pod.node.volumeError(pod);
    // The first looks may come before the watch has answered.
    if (error === undefined || (error.pending && pod.mountRetryMs < MOUNT_RETRY_MAX_MS)) return;
    pod.node.recorder.event(
      subjectOf(pod.pod),
      'Warning',
      'FailedMount',
      `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`,
    );
  }

  #createSandbox(pod: PodRow): void {
    const { node } = pod;
    if (pod.pod.spec.hostNetwork === true) {
      pod.ip = node.ip;
      pod.stack = node.network.stack;
      pod.networkId = -1;
    } else {
      const { ip, stack, id } = node.network.addPod(pod.key);
      pod.ip = ip;
      pod.stack = stack;
      pod.networkId = id;
    }
    if (pod.pod.spec.shareProcessNamespace === true) pod.pidNamespace = {};
    pod.sandboxReady = true;
    pod.relistPending = true;
    node.volumesChanged(pod);
    this.#storage.watch(pod);
  }

  /** Starts whatever may start now: init containers one after the other, then the others in order. */
  #sync(pod: PodRow): void {
    const { containerMachine } = this.#fleet;
    if (!pod.initialized && !this.#syncInit(pod)) return;
    if (!pod.initialized) {
      pod.initialized = true;
      this.#fleet.podMachine.send(pod.row, { type: 'CONTAINERS_INITIALIZED' });
      return;
    }
    let finished = true;
    for (const container of pod.containers) {
      if (container.role === 'init' || container.role === 'sidecar') continue;
      if (containerMachine.matches(container.row, 'Waiting.ContainerCreating')) containerMachine.send(container.row, { type: 'START' });
      if (this.isBusy(container)) return;
      if (container.role === 'app' && !containerMachine.matches(container.row, 'Terminated')) finished = false;
    }
    if (finished) this.#fleet.podMachine.send(pod.row, { type: 'CONTAINERS_FINISHED' });
  }

  /** True when every init container has done its part. */
  #syncInit(pod: PodRow): boolean {
    const { containerMachine, podMachine } = this.#fleet;
    for (const container of pod.containers) {
      if (container.role !== 'init' && container.role !== 'sidecar') continue;
      if (containerMachine.matches(container.row, 'Waiting.ContainerCreating')) containerMachine.send(container.row, { type: 'START' });
      if (container.role === 'sidecar' && containerMachine.matches(container.row, 'Running') && container.started) continue;
      if (!containerMachine.matches(container.row, 'Terminated')) return false;
      if (container.termination?.exitCode === 0 && container.role === 'init') continue;
      container.failed = true;
      podMachine.send(pod.row, { type: 'CONTAINERS_FINISHED' });
      return false;
    }
    return true;
  }

  /** Holds up the sync: pulling, creating, starting, or in its postStart hook. */
  isBusy(container: ContainerRow): boolean {
    return this.#fleet.containerOwner.busy(container);
  }

  isSyncing(pod: PodRow): boolean {
    for (const container of pod.containers) if (this.isBusy(container)) return true;
    return false;
  }

  #stopContainers(pod: PodRow): void {
    const { sim } = this.#fleet;
    pod.terminating = true;
    sim.cancel(pod.deadlineTimer);
    pod.stopStartedMs = sim.now;
    pod.graceMs = this.#graceOf(pod);
    // Its generation was raised by the deletion; the API is told that it was seen.
    if (!pod.removed) this.#fleet.status.publish(pod);
    for (const container of pod.containers) if (container.role !== 'sidecar') this.#stop(container);
    this.stopNext(pod);
  }

  #graceOf(pod: PodRow): number {
    if (pod.removed) return MINIMUM_GRACE_MS;
    if (pod.graceOverrideMs !== undefined) return pod.graceOverrideMs;
    const { deletionGracePeriodSeconds } = pod.pod.metadata;
    const seconds = deletionGracePeriodSeconds ?? pod.pod.spec.terminationGracePeriodSeconds ?? 30;
    return seconds * 1000;
  }

  #stop(container: ContainerRow): void {
    container.stopMessage = `Stopping container ${container.spec.name}`;
    container.restartWanted = false;
    const spent = this.#fleet.sim.now - container.pod.stopStartedMs;
    container.stopGraceMs = Math.max(container.pod.graceMs - spent, 0);
    this.#fleet.containerMachine.send(container.row, { type: 'STOP' });
  }

  /** After a container of a terminating pod has ended: the sidecars' turn, in reverse order, then the pod's. */
  stopNext(pod: PodRow): void {
    const { containerMachine, podMachine } = this.#fleet;
    for (const container of pod.containers) {
      if (container.role !== 'sidecar' && !containerMachine.matches(container.row, 'Terminated')) return;
    }
    for (let at = pod.containers.length - 1; at >= 0; at--) {
      const container = pod.containers[at]!;
      if (container.role !== 'sidecar' || containerMachine.matches(container.row, 'Terminated')) continue;
      if (!containerMachine.matches(container.row, 'Running.Stopping') && !containerMachine.matches(container.row, 'Exited'))
        this.#stop(container);
      if (!containerMachine.matches(container.row, 'Terminated')) return;
    }
    podMachine.send(pod.row, { type: 'CONTAINERS_STOPPED' });
  }

  #shortenGrace(pod: PodRow): void {
    const grace = this.#graceOf(pod);
    if (grace >= pod.graceMs && !pod.removed) return;
    pod.graceMs = Math.min(grace, pod.graceMs);
    for (const container of pod.containers) {
      if (this.#fleet.containerMachine.matches(container.row, 'Running.Stopping')) this.#stop(container);
    }
  }

  #publishTerminal(pod: PodRow): void {
    pod.terminal = true;
    pod.sandboxReady = false;
    if (pod.counted) {
      pod.node.count(pod, -1);
      pod.node.retryResizes();
    }
    if (!pod.removed) this.#fleet.status.publish(pod);
  }

  #releaseSandbox(pod: PodRow): void {
    if (pod.networkId !== undefined && pod.networkId >= 0) pod.node.network.removePod(pod.networkId);
    if (pod.networkId !== undefined) pod.networkId = -1;
    pod.sandboxReady = false;
    pod.stack = undefined;
    pod.node.released(pod);
  }

  #deleteObject(pod: PodRow): void {
    if (pod.removed) this.#fleet.removePod(pod);
    else this.#fleet.status.delete(pod);
  }
}
