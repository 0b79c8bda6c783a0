// What the kubelets of one world know of each pod, container and probe beside the states of their machines: one row each, numbers
// shared by machine and columns. A row without time of its own is a plain record; nothing here decides.
import type { NetworkStack } from '../../posix/stack.ts';
import { TreeFileSystem } from '../../posix/tree.ts';
import type { TimerId } from '../../sim/sim.ts';
import type { EventSubject } from '../client/recorder.ts';
import type { Container, Pod, PodStatus, Probe, ResourceList } from '../kinds/pod/types.ts';
import type { Environment } from './env.ts';
import type { ContainerProcess } from './container-process.ts';
import type { ContainerLog } from './logs.ts';
import type { NodeKubelet } from './kubelet.ts';
import type { PresentImage } from './puller.ts';
import type { MountedVolume } from './volumes.ts';

export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';

const SHM_BYTES = 67_108_864;

/** How a container ended. */
export interface Termination {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly finishedMs: number;
  readonly containerID: string;
}

export class ContainerRow {
  readonly row: number;
  readonly pod: PodRow;
  readonly role: ContainerRole;
  readonly journalSubject: string;
  spec: Container;
  /** Resources the node has set aside for it. */
  allocated: Container['resources'];
  /** What the last written status says of it. */
  display: 'waiting' | 'running' | 'terminated' = 'waiting';
  /** Waiting reason and message as the status shows them. */
  reason = '';
  message: string | undefined;
  /** The worker's reason cache: what the next sync will show. */
  nextReason = '';
  nextMessage: string | undefined;
  restartCount = 0;
  image: PresentImage | undefined;
  pulling = false;
  environment: Environment | undefined;
  containerID = '';
  startedAt: string | undefined;
  startedMs = 0;
  termination: Termination | undefined;
  lastTermination: Termination | undefined;
  process: ContainerProcess | undefined;
  log: ContainerLog | undefined;
  previousLog: ContainerLog | undefined;
  /** How many logs have been thrown away: their containers are gone. */
  previousGone = '';
  /** Exit known to the worker at once because it ended the container itself. */
  killed = false;
  /** Why it is being stopped: the Killing event has been told. */
  stopGraceMs = 0;
  stopMessage = '';
  stopStarted = 0;
  restartWanted = false;
  started = false;
  ready = false;
  readonly probes: ProbeRow[] = [];
  /** Restart back-off: its length and when it was last extended. */
  backOffMs = 0;
  backOffAt = 0;
  /** Image back-off, for the image it belongs to. */
  pullBackOffMs = 0;
  pullBackOffAt = 0;
  pullBackOffImage = '';
  pullError = '';
  failed = false;
  subject: EventSubject | undefined;
  hook: number | undefined;
  /** Owners of commands run in it. */
  execs: Set<number> | undefined;

  constructor(row: number, pod: PodRow, role: ContainerRole, spec: Container) {
    this.row = row;
    this.pod = pod;
    this.role = role;
    this.spec = spec;
    this.allocated = spec.resources;
    this.journalSubject = `containers/${pod.key}/${spec.name}`;
  }
}

export class PodRow {
  readonly row: number;
  readonly node: NodeKubelet;
  readonly key: string;
  readonly journalSubject: string;
  /** As last seen. */
  pod: Pod;
  readonly containers: ContainerRow[] = [];
  startTime: string;
  ip = '';
  stack: NetworkStack | undefined;
  networkId: number | undefined;
  sandboxReady = false;
  volumes: Map<string, MountedVolume> | undefined;
  mountRetryMs = 0;
  mountFailures = 0;
  /** The worker's next error sync comes with the next PLEG relist instead of after ten seconds. */
  relistPending = false;
  initialized = false;
  terminating = false;
  /** The API object is gone: nothing is written any more. */
  removed = false;
  /** Set by eviction, deadline, rejection: status.reason and message, phase Failed. */
  statusReason: string | undefined;
  statusMessage: string | undefined;
  terminal = false;
  /** The node refused it. */
  rejected = false;
  /** Its requests count against the node. */
  counted = false;
  /** The requests that count. */
  counts: ResourceList = {};
  /** Why a resize must wait. */
  resizeDeferred: string | undefined;
  stopStartedMs = 0;
  /** Status as last projected, and what the API has been sent. */
  status: PodStatus | undefined;
  sent: PodStatus | undefined;
  inFlight = false;
  publishTimer: TimerId = 0;
  /** The sync goes on when the status has been written. */
  syncAfterPublish = false;
  deadlineTimer: TimerId = 0;
  resyncTimer: TimerId = 0;
  deleteWanted = false;
  /** A static pod whose mirror the API does not have yet. */
  mirrorMissing = false;
  /** Static pods: the manifest's own object; its mirror in the API is `pod`. */
  readonly isStatic: boolean;
  pidNamespace: object | undefined;
  #shm: TreeFileSystem | undefined;
  graceMs = 30_000;
  /** Grace of an eviction, whatever the pod says. */
  graceOverrideMs: number | undefined;
  /** ConfigMaps and Secrets watched for it. */
  held: readonly (readonly ['configmaps' | 'secrets', string])[] = [];

  constructor(row: number, node: NodeKubelet, pod: Pod, key: string, startTime: string, isStatic: boolean) {
    this.row = row;
    this.node = node;
    this.pod = pod;
    this.key = key;
    this.journalSubject = `pods/${key}`;
    this.startTime = startTime;
    this.isStatic = isStatic;
  }

  /** /dev/shm: one for all containers of the pod. */
  sharedMemory(): TreeFileSystem {
    this.#shm ??= new TreeFileSystem(undefined, { mode: 0o1777, limit: SHM_BYTES });
    return this.#shm;
  }
}

export class ProbeRow {
  readonly row: number;
  readonly container: ContainerRow;
  readonly kind: 'startup' | 'readiness' | 'liveness';
  readonly spec: Probe;
  successes = 0;
  failures = 0;
  /** The process that asks, while it asks. */
  process: number | undefined;
  timeout: TimerId = 0;
  output = '';
  lastStart = 0;

  constructor(row: number, container: ContainerRow, kind: ProbeRow['kind'], spec: Probe) {
    this.row = row;
    this.container = container;
    this.kind = kind;
    this.spec = spec;
  }
}

/** Numbers for rows: freed ones are used again, the lowest last. */
export class RowNumbers {
  readonly #free: number[] = [];
  #next = 0;

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  give(row: number): void {
    this.#free.push(row);
  }
}
