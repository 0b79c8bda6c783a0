// kubectl attach, and the attaching part of `run -i` and `debug -i`.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/attach/attach.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, StatusFailure, UpgradeFailure } from '../errors.ts';
import { bool, duration, text } from '../flags.ts';
import { oneContainer } from '../pods.ts';
import { endOfSession, runSession } from '../terminal.ts';
import { podArgument, terminalAllowed } from './exec.ts';

const NOTICE =
  "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n";

export const attach = defineCommand({
  name: 'attach',
  short: 'Attach to a running container',
  use: '(POD | TYPE/NAME) -c CONTAINER',
  flags: [
    text('container', 'Container name.', { short: 'c' }),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '1m0s',
    }),
    bool('quiet', 'Only print output from the remote session', { short: 'q' }),
    bool('stdin', 'Pass stdin to the container', { short: 'i' }),
    bool('tty', 'Stdin is a TTY', { short: 't' }),
  ],
  *run(k) {
    if (k.args.length === 0) throw new Failure('at least 1 argument is required for attach');
    if (k.args.length > 2)
      throw k.usage(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${k.args.length}: ${k.args.join(' ')}`);
    const pod = yield* podArgument(k, k.args, 'attach');
    const result = yield* attachTo(k, pod, k.flags.text('container'), k.flags.bool('stdin'), k.flags.bool('tty'), k.flags.bool('quiet'));
    return yield* endOfSession(k, result);
  },
});

/** Attaches to a pod that has begun. @throws StatusFailure */
export function* attachTo(
  k: Kubectl,
  pod: any,
  containerName: string,
  stdin: boolean,
  tty: boolean,
  quiet: boolean,
): Body<{ code: number; status: any }> {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new Failure(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const container = yield* oneContainer(k, pod, containerName, quiet);
  if (tty && !container.tty) {
    yield* k.err(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  }
  const useTty = yield* terminalAllowed(k, tty && Boolean(container.tty), stdin);
  if (!quiet) yield* k.err(NOTICE);
  return yield* runSession(k, {
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/attach`,
    query: {
      container: container.name,
      stdout: 'true',
      ...(useTty ? { tty: 'true' } : { stderr: 'true' }),
      ...(stdin ? { stdin: 'true' } : {}),
    },
    stdin,
    tty: useTty,
  });
}

/** Attaches, and shows the log when the container has ended meanwhile, as `run` and `debug` do. */
export function* attachOrLogs(k: Kubectl, pod: any, container: string, stdin: boolean, tty: boolean, quiet: boolean): Body<void> {
  const client = yield* k.client();
  const logs = function* (): Body<void> {
    const body = yield* client.get(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/log`, { query: { container } });
    yield* k.out(String(body ?? ''));
  };
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (ended) return yield* logs();
  try {
    yield* attachTo(k, pod, container, stdin, tty, quiet);
  } catch (error) {
    if (!(error instanceof StatusFailure || error instanceof UpgradeFailure)) throw error;
    yield* k.err(`warning: couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${error.message}\n`);
    yield* logs();
  }
}
