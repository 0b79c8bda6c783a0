// Runs what a probe or a lifecycle hook asks for: a command in the container, or a request from the node to the pod. Every run is a
// process of the simulated systems, so it takes the time and the packets it really takes.
// Models: kubernetes v1.37 pkg/kubelet/lifecycle/handlers.go, pkg/probe/{exec,http,tcp,grpc}
import type { ProcessEvents } from '../../posix/machine.ts';
import { type ExitStatus, SystemError } from '../../posix/program.ts';
import type { Handlers, IntOrString } from '../kinds/pod/types.ts';
import { startError } from './container-process.ts';
import type { Fleet } from './fleet.ts';
import { processEnvironmentOf, userOf } from './process-spec.ts';
import type { ContainerRow } from './rows.ts';

/** How a run ended; undefined = well. `isError`: it could not be run and says nothing about the container. */
export interface HandlerFailure {
  readonly output: string;
  readonly isError?: boolean;
}

class Run implements ProcessEvents {
  text = '';
  readonly #done: (failure: HandlerFailure | undefined) => void;

  constructor(done: (failure: HandlerFailure | undefined) => void) {
    this.#done = done;
  }

  output(_fd: 1 | 2, text: string): void {
    if (this.text.length < 10_240) this.text += text;
  }

  exit(status: ExitStatus): void {
    this.#done(
      status.code === 0
        ? undefined
        : {
            output: this.text.replace(/\n$/, ''),
            ...(status.code === 2 && this.text.startsWith('!') ? { isError: true, output: this.text.slice(1) } : {}),
          },
    );
  }
}

/**
 * Starts it and answers the owner number under which it runs (`killOwner` abandons it). `done` may be called before this returns
 * when nothing could be started. `timeoutSeconds` limits requests; a command's limit is the caller's to keep.
 */
export function runHandler(
  fleet: Fleet,
  container: ContainerRow,
  handler: Handlers,
  timeoutSeconds: number | undefined,
  purpose: 'startup' | 'readiness' | 'liveness' | 'postStart' | 'preStop',
  done: (failure: HandlerFailure | undefined) => void,
): number {
  const owner = fleet.takeOwner();
  const run = new Run(done);
  const { node } = container.pod;
  if (handler.exec !== undefined) {
    execIn(container, handler.exec.command ?? [], owner, run, done);
    return owner;
  }
  const argv = requestOf(container, handler, timeoutSeconds ?? 30, purpose);
  if ('failure' in argv) {
    done(argv.failure);
    return owner;
  }
  node.processes.start({ machine: node.machine, argv: argv.argv, env: {}, cwd: '/', owner }, run);
  return owner;
}

function execIn(container: ContainerRow, argv: readonly string[], owner: number, run: Run, done: (failure: HandlerFailure) => void): void {
  const { process, pod, spec, image } = container;
  if (process === undefined) {
    done({ output: 'container not running', isError: true });
    return;
  }
  const env = processEnvironmentOf(container, process.hostname);
  try {
    pod.node.processes.start(
      { machine: process, argv, env, cwd: spec.workingDir ?? image!.definition.workingDir ?? '/', uid: userOf(container), owner },
      run,
    );
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const id = pod.node.random.hex(64);
    const output = `rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: ${startError(error, argv[0] ?? '')}`;
    done({ output, isError: true });
  }
}

function requestOf(
  container: ContainerRow,
  handler: Handlers,
  timeoutSeconds: number,
  purpose: string,
): { readonly argv: readonly string[] } | { readonly failure: HandlerFailure } {
  const timeout = String(timeoutSeconds);
  if (handler.sleep !== undefined) return { argv: ['kube-probe', 'sleep', String(handler.sleep.seconds)] };
  const given = handler.httpGet?.port ?? handler.tcpSocket?.port ?? handler.grpc?.port;
  if (given === undefined) return { failure: { output: `missing ${purpose} handler`, isError: true } };
  const port = portOf(container, given);
  if (port === undefined) return { failure: { output: `port "${given}" not found`, isError: true } };
  const podIP = container.pod.ip;
  if (handler.httpGet !== undefined) {
    const { path = '/', host, scheme = 'HTTP', httpHeaders = [] } = handler.httpGet;
    const headers = httpHeaders.flatMap(({ name, value }) => [name, value]);
    const target = path.startsWith('/') ? path : `/${path}`;
    return { argv: ['kube-probe', 'http', host || podIP, String(port), scheme.toLowerCase(), target, timeout, ...headers] };
  }
  if (handler.tcpSocket !== undefined) return { argv: ['kube-probe', 'tcp', handler.tcpSocket.host || podIP, String(port), timeout] };
  return { argv: ['kube-probe', 'grpc', podIP, String(port), timeout, handler.grpc!.service ?? ''] };
}

/** A number, or the number of a named port of the container. */
function portOf({ spec }: ContainerRow, port: IntOrString): number | undefined {
  if (typeof port === 'number') return port;
  const named = spec.ports?.find(({ name }) => name === port)?.containerPort;
  if (named !== undefined) return named;
  const number = Number(port);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
