// Answers the container machine: images, configuration, start, stop, back-off, and what people are told about it.
// Models: kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_{container,manager}.go, pkg/kubelet/images/image_manager.go
import type { Owner } from '../../sim/machines.ts';
import type { ExitStatus } from '../../posix/program.ts';
import { SystemError } from '../../posix/program.ts';
import type { Handler } from '../../sim/sim.ts';
import { parseImage } from '../images/reference.ts';
import type { Container } from '../kinds/pod/types.ts';
import type { ContainerEvent, containerMachine } from './container.machine.ts';
import { ContainerProcess, startError } from './container-process.ts';
import { ConfigError, type Environment, makeEnvironment } from './env.ts';
import { reporterOf } from './events.ts';
import { expand } from './expansion.ts';
import type { Fleet } from './fleet.ts';
import { runHandler } from './handlers.ts';
import { ContainerLog } from './logs.ts';
import { hostnameOf } from './network-files.ts';
import type { ContainerRow, Termination } from './rows.ts';
import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  BACKOFF_SYNC_MAX_MS,
  CONTAINER_CREATE_MS,
  CONTAINER_START_MS,
  ERROR_SYNC_MS,
  MINIMUM_GRACE_MS,
  PLEG_RELIST_MS,
  SYNC_JITTER,
} from './timings.ts';
import { commandOf, processEnvironmentOf, userOf } from './process-spec.ts';

type PullPayload = { readonly row: number; readonly uid: string; readonly image: string; readonly started: number; readonly from: number };

export class ContainerOwner {
  readonly #fleet: Fleet;
  readonly #pulled: Handler<PullPayload>;
  readonly #idleExit: Handler<{ readonly owner: number; readonly row: number; readonly code: number }>;
  /** By state of the machine: does it hold up the pod's sync? */
  #busy: Uint8Array | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#pulled = fleet.sim.handler<PullPayload>('kubelet/pulled', (payload) => this.#finishPull(payload));
    this.#idleExit = fleet.sim.handler('kubelet/idle-exit', ({ owner, row, code }) => {
      const process = fleet.containers[row]?.process;
      if (process?.owner === owner) process.exit({ code });
    });
  }

  get answers(): Owner<typeof containerMachine> {
    const at = (row: number): ContainerRow => this.#fleet.containers[row]!;
    const send = (row: number, event: ContainerEvent): void => void this.#fleet.containerMachine.send(row, event);
    const tell = reporterOf;
    const { sim } = this.#fleet;
    return {
      guards: {
        imageNameInvalid: (row) => parseImage(at(row).spec.image ?? '') === undefined,
        imagePresent: (row) => at(row).pod.node.puller.get(at(row).spec.image!) !== undefined,
        pullForbidden: (row) => at(row).spec.imagePullPolicy === 'Never',
        pullAlways: (row) => at(row).spec.imagePullPolicy === 'Always',
        pullBackOffOver: (row) => this.#pullBackOffOver(at(row)),
        restartBackOffOver: (row) => this.#restartBackOffOver(at(row)),
        staysDown: (row) => !this.#mustRestart(at(row)),
        killedBySync: (row) => at(row).killed,
        hasPostStart: (row) => at(row).spec.lifecycle?.postStart !== undefined,
        hasPreStop: (row) => at(row).spec.lifecycle?.preStop !== undefined && at(row).stopGraceMs > 0,
      },
      actions: {
        show: (row, _event, { reason }) => this.#show(at(row), reason),
        reportInvalidName: (row) => this.#reportInvalidName(at(row)),
        reportNeverPull: (row) => {
          const container = at(row);
          const message = `Container image "${container.spec.image}" is not present with pull policy of Never`;
          this.#remember(container, 'ErrImageNeverPull', message);
          tell(container).warning('ErrImageNeverPull', message);
          tell(container).warning('Failed', 'Error: ErrImageNeverPull');
        },
        reportImagePresent: (row) => {
          const container = at(row);
          container.image = container.pod.node.puller.get(container.spec.image!);
          tell(container).normal(
            'Pulled',
            `Container image "${container.spec.image}" already present on machine and can be accessed by the pod`,
          );
        },
        pullImage: (row) => {
          const { pod, spec } = at(row);
          tell(at(row)).normal('Pulling', `Pulling image "${spec.image}"`);
          pod.node.puller.pull<PullPayload>(spec.image!, this.#pulled, { row, uid: pod.pod.metadata.uid, image: spec.image! });
        },
        reportPulled: () => {},
        reportPullFailed: () => {},
        reportPullBackOff: (row) => {
          const container = at(row);
          const message = `Back-off pulling image "${container.spec.image}"`;
          this.#remember(container, 'ImagePullBackOff', `${message}: ErrImagePull: ${container.pullError}`);
          tell(container).normal('BackOff', message);
          tell(container).warning('Failed', 'Error: ImagePullBackOff');
        },
        configure: (row) => this.#configure(at(row)),
        reportConfigError: (row) => tell(at(row)).warning('Failed', `Error: ${at(row).nextMessage}`),
        reportCreated: (row) => {
          const container = at(row);
          container.containerID = `containerd://${container.pod.node.random.hex(64)}`;
          tell(container).normal('Created', 'Container created');
        },
        startProcess: (row) => this.#start(at(row)),
        reportStarted: (row) => {
          tell(at(row)).normal('Started', 'Container started');
          at(row).pod.relistPending = true;
        },
        reportStartFailed: (row) => tell(at(row)).warning('Failed', `Error: ${at(row).nextMessage}`),
        runPostStart: (row) => {
          const { postStart } = at(row).spec.lifecycle!;
          const container = at(row);
          container.hook = runHandler(this.#fleet, container, postStart!, undefined, 'postStart', (failure) =>
            send(row, { type: failure === undefined ? 'POST_START_DONE' : 'POST_START_FAILED' }),
          );
        },
        reportPostStartFailed: (row) => {
          const container = at(row);
          this.#remember(container, 'PostStartHookError', 'PostStart hook failed');
          tell(container).warning('FailedPostStartHook', 'PostStartHook failed');
          container.stopMessage = 'FailedPostStartHook';
          container.stopGraceMs = (container.pod.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
          container.restartWanted = true;
        },
        beginProbing: (row) => this.#beginProbing(at(row)),
        endProbing: (row) => this.#fleet.removeProbes(at(row)),
        finishSync: (row) => this.#finishSync(at(row)),
        leaveSync: (row) => void this.#fleet.podMachine.send(at(row).pod.row, { type: 'SYNC' }),
        beginStop: (row) => {
          const container = at(row);
          container.stopStarted = sim.now;
          container.killed = true;
          tell(container).normal('Killing', container.stopMessage);
          this.#fleet.probeOwner.holdForStop(container);
        },
        runPreStop: (row) => {
          const container = at(row);
          container.hook = runHandler(this.#fleet, container, container.spec.lifecycle!.preStop!, undefined, 'preStop', (failure) => {
            if (failure !== undefined) tell(container).warning('FailedPreStopHook', 'PreStopHook failed');
            send(row, { type: 'PRE_STOP_DONE' });
          });
        },
        abandonPreStop: (row) => {
          const container = at(row);
          if (container.hook !== undefined) container.pod.node.processes.killOwner(container.hook);
          container.hook = undefined;
        },
        sendStopSignal: (row) => this.#signal(at(row), 'stop'),
        sendKill: (row) => this.#signal(at(row), 'KILL'),
        noticeExit: (row) => this.#noticeExit(at(row)),
        countRestart: (row) => this.#countRestart(at(row)),
        reportRestartBackOff: (row) => {
          const container = at(row);
          const { pod, spec } = container;
          const { name, namespace, uid } = pod.pod.metadata;
          const message = `back-off ${goSeconds(container.backOffMs)} restarting failed container=${spec.name} pod=${name}_${namespace}(${uid})`;
          this.#remember(container, 'CrashLoopBackOff', message);
          tell(container).warning('BackOff', `Back-off restarting failed container ${spec.name} in pod ${name}_${namespace}(${uid})`);
          if (!container.killed) return;
          // The sync that killed it has remembered the back-off: the next one, when the end is seen, shows it.
          container.display = 'waiting';
          container.reason = container.nextReason;
          container.message = message;
          this.#fleet.status.publishSoon(pod);
        },
        containerStopped: (row) => this.#stopped(at(row)),
      },
      delays: {
        imageBackOffSync: (row) => this.#errorSync(at(row)),
        errorSync: (row) => this.#errorSync(at(row)),
        containerCreate: () => CONTAINER_CREATE_MS,
        containerStart: () => CONTAINER_START_MS,
        crashLoopSync: (row) => {
          const container = at(row);
          const remaining = container.termination!.finishedMs + container.backOffMs - sim.now;
          return this.#jittered(container, Math.min(Math.max(remaining, 0), BACKOFF_SYNC_MAX_MS));
        },
        plegRelist: (row) => this.#untilRelist(at(row)),
        terminationGracePeriod: (row) => at(row).stopGraceMs,
        remainingGracePeriod: (row) => Math.max(at(row).stopStarted + at(row).stopGraceMs - sim.now, MINIMUM_GRACE_MS),
      },
    };
  }

  /** Holds up the pod's sync. */
  busy({ row }: ContainerRow): boolean {
    const machine = this.#fleet.containerMachine;
    if (this.#busy === undefined) {
      const states = [
        'Waiting.Pulling',
        'Waiting.Configuring',
        'Waiting.Creating',
        'Waiting.Starting',
        'Waiting.Launching',
        'Running.PostStart',
      ];
      const bytes = states.map((path) => machine.table.active.get(path)!);
      this.#busy = bytes[0]!.map((_, state) => (bytes.some((active) => active[state] === 1) ? 1 : 0));
    }
    return this.#busy[machine.stateIndex(row)] === 1;
  }

  #remember(container: ContainerRow, reason: string, message: string): void {
    container.nextReason = reason;
    container.nextMessage = message;
  }

  /** A sync begins: the status it writes shows what the sync before found. */
  #show(container: ContainerRow, reason: string): void {
    container.display = 'waiting';
    container.reason = reason;
    container.message = container.nextMessage;
    this.#fleet.status.publish(container.pod);
  }

  #jittered(container: ContainerRow, ms: number): number {
    return ms * (1 + SYNC_JITTER * container.pod.node.random.next());
  }

  #untilRelist({ pod }: ContainerRow): number {
    const { sim } = this.#fleet;
    return PLEG_RELIST_MS - ((sim.now + pod.node.relistOffsetMs) % PLEG_RELIST_MS) + 15;
  }

  #errorSync(container: ContainerRow): number {
    if (!container.pod.relistPending) return this.#jittered(container, ERROR_SYNC_MS);
    container.pod.relistPending = false;
    return this.#untilRelist(container);
  }

  // ---- images

  #pullBackOffOver(container: ContainerRow): boolean {
    const { sim } = this.#fleet;
    return container.pullBackOffImage !== container.spec.image || sim.now - container.pullBackOffAt >= container.pullBackOffMs;
  }

  #finishPull({ row, uid, image, started, from }: PullPayload): void {
    const container = this.#fleet.containers[row];
    if (container === undefined || container.pod.pod.metadata.uid !== uid) return;
    const { image: found, error, tookMs, waitedMs } = container.pod.node.puller.finish(image, started, from);
    if (!this.#fleet.containerMachine.matches(row, 'Waiting.Pulling')) return;
    const tell = reporterOf(container);
    if (found !== undefined) {
      container.image = found;
      container.pod.node.imagesChanged();
      const took = `${goDuration(tookMs)} (${goDuration(waitedMs)} including waiting)`;
      tell.normal('Pulled', `Successfully pulled image "${image}" in ${took}. Image size: ${found.sizeBytes} bytes.`);
      this.#fleet.containerMachine.send(row, { type: 'IMAGE_PULLED' });
      return;
    }
    const { sim } = this.#fleet;
    const isFresh = container.pullBackOffImage !== image || sim.now - container.pullBackOffAt > 2 * BACKOFF_MAX_MS;
    container.pullBackOffMs = isFresh ? BACKOFF_BASE_MS : Math.min(container.pullBackOffMs * 2, BACKOFF_MAX_MS);
    container.pullBackOffAt = sim.now;
    container.pullBackOffImage = image;
    container.pullError = error!;
    this.#remember(container, 'ErrImagePull', error!);
    tell.warning('Failed', `Failed to pull image "${image}": ${error}`);
    tell.warning('Failed', 'Error: ErrImagePull');
    this.#fleet.containerMachine.send(row, { type: 'PULL_FAILED' });
  }

  #reportInvalidName(container: ContainerRow): void {
    const image = container.spec.image ?? '';
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    this.#remember(container, 'InvalidImageName', message);
    reporterOf(container).warning('InspectFailed', message);
    reporterOf(container).warning('Failed', 'Error: InvalidImageName');
  }

  // ---- start

  #configure(container: ContainerRow): void {
    const { pod, row, spec } = container;
    const { containerMachine } = this.#fleet;
    try {
      // Static pods start before there are Services to know.
      container.environment = makeEnvironment(spec, pod.node.envSources(pod));
      checkMounts(spec, container.environment);
      const user = userOf(container);
      if (user === 0 && (spec.securityContext?.runAsNonRoot ?? pod.pod.spec.securityContext?.['runAsNonRoot']) === true) {
        const { name, namespace, uid } = pod.pod.metadata;
        throw new ConfigError(
          `container has runAsNonRoot and image will run as root (pod: "${name}_${namespace}(${uid})", container: ${spec.name})`,
        );
      }
      containerMachine.send(row, { type: 'CONFIGURED' });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#remember(container, 'CreateContainerConfigError', error.message);
      containerMachine.send(row, { type: 'CONFIG_FAILED' });
    }
  }

  #start(container: ContainerRow): void {
    const { pod, spec, row } = container;
    const { node } = pod;
    const { sim, containerMachine } = this.#fleet;
    const image = container.image!.definition;
    const hostname = hostnameOf(pod.pod.spec, pod.pod.metadata.name, node.name);
    const process = new ContainerProcess(container, image, this.#fleet.takeOwner(), hostname, (...args) => this.#ended(...args));
    container.previousLog = container.log;
    container.log = new ContainerLog();
    container.process = process;
    container.killed = false;
    container.startedMs = sim.now;
    const argv = commandOf(container);
    try {
      process.idle = image.idle !== undefined && argv[0] !== undefined && image.idle[argv[0]] !== undefined && argv.length === 1;
      if (!process.idle) {
        const env = processEnvironmentOf(container, hostname);
        const stdin = spec.stdin === true ? ({ stdin: 'open' } as const) : {};
        const tty = spec.tty === true ? ({ tty: { columns: 80, rows: 24 } } as const) : {};
        process.handle = node.processes.start(
          {
            machine: process,
            argv,
            env,
            cwd: spec.workingDir ?? image.workingDir ?? '/',
            uid: userOf(container),
            owner: process.owner,
            ...stdin,
            ...tty,
          },
          process,
        );
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#startFailed(container, startError(error, argv[0] ?? ''));
      return;
    }
    container.startedAt = sim.timestamp();
    container.display = 'running';
    container.reason = '';
    container.message = undefined;
    container.nextReason = '';
    container.nextMessage = undefined;
    if (container.termination !== undefined) container.lastTermination = container.termination;
    container.termination = undefined;
    containerMachine.send(row, { type: 'STARTED' });
  }

  #startFailed(container: ContainerRow, why: string): void {
    const { sim, containerMachine } = this.#fleet;
    const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ${why}`;
    container.process = undefined;
    container.log!.end();
    if (container.termination !== undefined) container.lastTermination = container.termination;
    container.termination = {
      exitCode: 128,
      reason: 'StartError',
      message,
      startedAt: '1970-01-01T00:00:00Z',
      finishedAt: sim.timestamp(),
      finishedMs: sim.now,
      containerID: container.containerID,
    };
    this.#remember(container, 'RunContainerError', message);
    containerMachine.send(container.row, { type: 'START_FAILED' });
  }

  #beginProbing(container: ContainerRow): void {
    const { startupProbe, readinessProbe, livenessProbe } = container.spec;
    container.started = startupProbe === undefined;
    container.ready = container.started && readinessProbe === undefined && container.role !== 'ephemeral';
    if (startupProbe !== undefined) this.#fleet.addProbe(container, 'startup', startupProbe);
    if (livenessProbe !== undefined) this.#fleet.addProbe(container, 'liveness', livenessProbe);
    if (readinessProbe !== undefined) this.#fleet.addProbe(container, 'readiness', readinessProbe);
  }

  /** This container's part of the pod's sync is over: the next one's turn; the status when all have had theirs. */
  #finishSync({ pod, role }: ContainerRow): void {
    if (pod.terminating) return;
    // A sync starts one init container and ends; what comes after it belongs to the next.
    if (role === 'sidecar' && !pod.initialized) {
      pod.syncAfterPublish = true;
      this.#fleet.status.publishSoon(pod);
      return;
    }
    this.#fleet.podMachine.send(pod.row, { type: 'SYNC' });
    if (!this.#fleet.podOwner.isSyncing(pod)) this.#fleet.status.publishSoon(pod);
  }

  // ---- stop and end

  #signal(container: ContainerRow, which: 'stop' | 'KILL'): void {
    const { process } = container;
    if (process === undefined) return;
    const signal = which === 'KILL' ? 'KILL' : (process.image.stopSignal ?? 'TERM');
    if (process.idle) {
      const code = which === 'KILL' ? 137 : process.image.idle![commandOf(container)[0]!]!;
      this.#fleet.sim.after(2, this.#idleExit, { owner: process.owner, row: container.row, code });
      return;
    }
    if (which === 'KILL') container.pod.node.processes.killOwner(process.owner);
    else container.pod.node.processes.signal(process.handle, signal);
  }

  #ended(container: ContainerRow, process: ContainerProcess, status: ExitStatus): void {
    if (container.process !== process) return;
    const { sim } = this.#fleet;
    const { spec, log } = container;
    container.process = undefined;
    container.hook = undefined;
    container.pod.node.processes.killOwner(process.owner);
    for (const owner of container.execs ?? []) container.pod.node.processes.killOwner(owner);
    container.execs = undefined;
    log!.end();
    const termination: Termination = {
      exitCode: status.code,
      reason: status.code === 0 ? 'Completed' : 'Error',
      message: terminationMessage(
        process,
        spec.terminationMessagePath ?? '/dev/termination-log',
        spec.terminationMessagePolicy,
        status.code,
        log!,
      ),
      startedAt: container.startedAt!,
      finishedAt: sim.timestamp(),
      finishedMs: sim.now,
      containerID: container.containerID,
    };
    if (container.termination !== undefined) container.lastTermination = container.termination;
    container.termination = termination;
    this.#fleet.containerMachine.send(container.row, { type: 'EXITED' });
  }

  #mustRestart(container: ContainerRow): boolean {
    const { pod, role, spec, termination } = container;
    if (pod.terminating || role === 'ephemeral') return false;
    if (container.restartWanted && pod.pod.spec.restartPolicy !== 'Never') return true;
    if (role === 'sidecar') return true;
    if (matchesRestartRule(spec, termination!.exitCode)) return true;
    const policy = spec.restartPolicy ?? pod.pod.spec.restartPolicy ?? 'Always';
    if (role === 'init') return termination!.exitCode !== 0 && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && termination!.exitCode !== 0);
  }

  #restartBackOffOver(container: ContainerRow): boolean {
    const { sim } = this.#fleet;
    // A container the sync itself ended is judged by the end before: the sync's view of the runtime is that old.
    const since = container.killed
      ? (container.lastTermination?.finishedMs ?? Number.NEGATIVE_INFINITY)
      : container.termination!.finishedMs;
    if (container.backOffMs === 0 || since - container.backOffAt > 2 * BACKOFF_MAX_MS) return true;
    return sim.now - since >= container.backOffMs;
  }

  #noticeExit(container: ContainerRow): void {
    const { pod } = container;
    const staysDown = !this.#mustRestart(container);
    container.ready = false;
    container.started = false;
    const waits = container.nextReason !== '' && !staysDown;
    container.display = waits ? 'waiting' : 'terminated';
    container.reason = waits ? container.nextReason : '';
    container.message = waits ? container.nextMessage : undefined;
    container.restartWanted = false;
    if (pod.terminating || container.killed) return;
    this.#fleet.status.publish(pod);
  }

  #countRestart(container: ContainerRow): void {
    const { sim } = this.#fleet;
    container.restartCount++;
    // The sync that ended the first container saw no dead one: no back-off begins.
    if (container.killed && container.lastTermination === undefined) return;
    const isFresh = container.backOffMs === 0 || sim.now - container.backOffAt > 2 * BACKOFF_MAX_MS;
    container.backOffMs = isFresh ? BACKOFF_BASE_MS : Math.min(container.backOffMs * 2, BACKOFF_MAX_MS);
    container.backOffAt = sim.now;
  }

  #stopped(container: ContainerRow): void {
    const { pod } = container;
    container.ready = false;
    if (pod.terminating) this.#fleet.podOwner.stopNext(pod);
    else this.#finishSync(container);
  }
}

/** A subPathExpr must not come out empty. */
function checkMounts({ volumeMounts = [] }: Container, environment: Environment): void {
  for (const { subPathExpr } of volumeMounts) {
    if (subPathExpr === undefined) continue;
    let missing: string | undefined;
    expand(subPathExpr, (name) => {
      if (!environment[name]) missing ??= name;
      return environment[name];
    });
    if (missing !== undefined) throw new ConfigError(`missing value for ${missing}`);
  }
}

/** Simplified: of the actions of restart rules only `Restart` is known. */
function matchesRestartRule({ restartPolicyRules = [] }: Container, code: number): boolean {
  return restartPolicyRules.some(({ action, exitCodes }) => {
    if (action !== 'Restart' || exitCodes === undefined) return false;
    return (exitCodes.values ?? []).includes(code) === (exitCodes.operator === 'In');
  });
}

function terminationMessage(
  process: ContainerProcess,
  path: string,
  policy: string | undefined,
  code: number,
  log: ContainerLog,
): string | undefined {
  const text = process.textOf(path).slice(-4096);
  if (text === '' && policy === 'FallbackToLogsOnError' && code !== 0) return log.tail(80, 2048);
  return text === '' ? undefined : text;
}

/** Go's Duration of whole milliseconds: `512ms`, `3.201s`, `1m2.345s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}

function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
