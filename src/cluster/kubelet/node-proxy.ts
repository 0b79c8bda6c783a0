// The kubelet's own door: logs, commands, attach and port-forwards of its pods, as the API server asks for them.
// Models: kubernetes v1.37 pkg/kubelet/server/server.go, pkg/kubelet/kubelet_pods.go GetKubeletContainerLogs, RunInContainer
import type { ProcessEvents } from '../../posix/machine.ts';
import type { ExitStatus } from '../../posix/program.ts';
import { SystemError } from '../../posix/program.ts';
import type { ExecRequest, LogRequest, NodeProxy, NodeRefusal } from '../apimachinery/node-proxy.ts';
import type { AnyObject, Status } from '../apimachinery/object.ts';
import type { ServerStream, StreamFrame } from '../apimachinery/rest.ts';
import { startError } from './container-process.ts';
import type { NodeKubelet } from './kubelet.ts';
import { closedSandbox, forwardPort } from './port-forward.ts';
import { processEnvironmentOf, userOf } from './process-spec.ts';
import type { ContainerRow, PodRow } from './rows.ts';

const refusal = (code: number, message: string): NodeRefusal => ({ refused: { code, message } });

export function createNodeProxy(node: NodeKubelet): NodeProxy {
  const podOf = (pod: AnyObject): PodRow | undefined => {
    for (const row of node.pods) if (row.pod.metadata.uid === pod.metadata.uid) return row;
    return undefined;
  };
  const find = (pod: AnyObject, name: string): ContainerRow | undefined => podOf(pod)?.containers.find(({ spec }) => spec.name === name);
  return {
    log: (request) => readLog(node, find(request.pod, request.container), request),
    exec: (request) => exec(node, find(request.pod, request.container), request),
    attach: (request) => attach(node, find(request.pod, request.container), request),
    portForward: (pod, port) => {
      const row = podOf(pod);
      if (row !== undefined && row.stack === undefined) return closedSandbox(row, port);
      if (row?.stack === undefined) return refusal(404, `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`);
      return forwardPort(node, row, port);
    },
  };
}

/** What the API server answers for a container that has no log yet or any more. */
function readLog(node: NodeKubelet, container: ContainerRow | undefined, request: LogRequest): string | ServerStream | NodeRefusal {
  const { name } = request.pod.metadata;
  if (container === undefined) return refusal(400, `container "${request.container}" in pod "${name}" is not available`);
  if (request.previous) {
    if (container.lastTermination === undefined && !(container.display === 'waiting' && container.termination !== undefined)) {
      return refusal(400, `previous terminated container "${request.container}" in pod "${name}" not found`);
    }
    // The container before the one that is dead now has been removed with its log.
    const isDead = container.process === undefined;
    if (isDead && container.display === 'terminated') {
      return `unable to retrieve container logs for ${container.lastTermination!.containerID}`;
    }
    const log = isDead ? container.log : container.previousLog;
    return log?.read(request, node.sim) ?? '';
  }
  if (container.log === undefined || (container.display === 'waiting' && container.termination === undefined)) {
    const reason = container.reason || ((container.pod.pod.spec.initContainers?.length ?? 0) > 0 ? 'PodInitializing' : 'ContainerCreating');
    const why = whyNoLog(container, reason);
    return refusal(400, `container "${request.container}" in pod "${name}" is waiting to start: ${why}`);
  }
  return request.follow ? container.log.follow(request, node.sim) : container.log.read(request, node.sim);
}

function whyNoLog(container: ContainerRow, reason: string): string {
  switch (reason) {
    case 'ErrImagePull':
      return "image can't be pulled";
    case 'ImagePullBackOff':
      return 'trying and failing to pull image';
    case 'ErrImageNeverPull':
    case 'InvalidImageName':
    case 'CreateContainerConfigError':
    case 'ContainerCreating':
    case 'PodInitializing':
      return reason;
    default:
      return container.message ?? reason;
  }
}

class Session implements ProcessEvents {
  readonly #tty: boolean;
  #sink: { frame(frame: StreamFrame): void; end(): void } | undefined;
  #waiting: StreamFrame[] = [];
  #ended = false;

  constructor(tty: boolean) {
    this.#tty = tty;
  }

  open(sink: { frame(frame: StreamFrame): void; end(): void }): void {
    this.#sink = sink;
    for (const frame of this.#waiting) sink.frame(frame);
    this.#waiting = [];
    if (this.#ended) sink.end();
  }

  output(fd: 1 | 2, text: string): void {
    this.#send({ kind: fd === 2 && !this.#tty ? 'stderr' : 'stdout', text });
  }

  exit(status: ExitStatus): void {
    this.#send({ kind: 'status', status: exitStatus(status.code) });
    this.end();
  }

  fail(status: Status): void {
    this.#send({ kind: 'status', status });
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#sink?.end();
  }

  #send(frame: StreamFrame): void {
    if (this.#sink === undefined) this.#waiting.push(frame);
    else this.#sink.frame(frame);
  }
}

/** As the error channel of v4.channel.k8s.io says it. */
function exitStatus(code: number): Status {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function internalError(message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}

function exec(node: NodeKubelet, container: ContainerRow | undefined, request: ExecRequest): ServerStream | NodeRefusal {
  if (container?.process === undefined) {
    return refusal(500, `container not found ("${request.container}")`);
  }
  const { process, spec, image } = container;
  const session = new Session(request.tty);
  const owner = node.fleet.takeOwner();
  let handle = 0;
  const tty = request.tty ? { tty: { columns: 80, rows: 24 } } : {};
  const stdin = request.stdin ? ({ stdin: 'open' } as const) : {};
  const terminal: Readonly<Record<string, string>> = request.tty ? { TERM: 'xterm' } : {};
  try {
    handle = node.processes.start(
      {
        machine: process,
        argv: request.command,
        env: { ...processEnvironmentOf(container, process.hostname), ...terminal },
        cwd: spec.workingDir ?? image!.definition.workingDir ?? '/',
        uid: userOf(container),
        owner,
        ...tty,
        ...stdin,
      },
      session,
    );
    container.execs ??= new Set();
    container.execs.add(owner);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const message = `Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${node.random.hex(64)}": OCI runtime exec failed: exec failed: ${startError(error, request.command[0] ?? '')}`;
    session.fail(internalError(message));
  }
  return {
    open: (sink) => session.open(sink),
    send: (text) => {
      if (handle !== 0) node.processes.input(handle, text);
    },
    resize: (columns, rows) => {
      if (handle !== 0) node.processes.resize(handle, columns, rows);
    },
    // Hanging up closes the streams; the command itself runs on until it notices.
    close: () => {
      if (handle !== 0) node.processes.signal(handle, 'HUP');
    },
  };
}

function attach(node: NodeKubelet, container: ContainerRow | undefined, request: ExecRequest): ServerStream | NodeRefusal {
  if (container?.process === undefined || container.log === undefined) {
    return refusal(400, `container ${request.container} not found in pod ${request.pod.metadata.name}_${request.pod.metadata.namespace}`);
  }
  const { process, log } = container;
  const session = new Session(request.tty);
  const follower = {
    text: (text: string) => session.output(1, text),
    end: () => session.fail(exitStatus(0)),
  };
  log.followers ??= new Set();
  log.followers.add(follower);
  return {
    open: (sink) => session.open(sink),
    send: (text) => {
      if (process.handle === 0) return;
      if (text !== undefined || container.spec.stdinOnce === true) node.processes.input(process.handle, text);
    },
    resize: (columns, rows) => node.processes.resize(process.handle, columns, rows),
    close: () => {
      log.followers?.delete(follower);
    },
  };
}
