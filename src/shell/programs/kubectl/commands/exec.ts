// kubectl exec.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, isNotFound } from '../errors.ts';
import { bool, duration, text } from '../flags.ts';
import { FILENAME_FLAGS } from '../global-flags.ts';
import { oneContainer, onePod } from '../pods.ts';
import { build } from '../resource-builder.ts';
import { endOfSession, runSession } from '../terminal.ts';

export const exec = defineCommand({
  name: 'exec',
  short: 'Execute a command in a container',
  use: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  flags: [
    text(
      'container',
      'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
      { short: 'c' },
    ),
    ...FILENAME_FLAGS.filter((flag) => flag.name === 'filename'),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '1m0s',
    }),
    bool('quiet', 'Only print output from the remote session', { short: 'q' }),
    bool('stdin', 'Pass stdin to the container', { short: 'i' }),
    bool('tty', 'Stdin is a TTY', { short: 't' }),
  ],
  *run(k) {
    const before = k.dash < 0 ? k.args.length : k.dash;
    const command = k.args.slice(before);
    const filenames = k.flags.list('filename');
    if (k.dash < 0 && k.args.length > 1)
      throw k.usage('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (before === 0 && filenames.length === 0) throw k.usage('pod, type/name or --filename must be specified');
    if (before > 1) throw k.usage('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (command.length === 0) throw new Failure('you must specify at least one command for the container');
    const pod = yield* podArgument(k, k.args.slice(0, before), 'exec');
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
      throw new Failure(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
    }
    const container = yield* oneContainer(k, pod, k.flags.text('container'), k.flags.bool('quiet'));
    const stdin = k.flags.bool('stdin');
    const tty = yield* terminalAllowed(k, k.flags.bool('tty'), stdin);
    const result = yield* runSession(k, {
      path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/exec`,
      query: {
        command,
        container: container.name,
        stdout: 'true',
        ...(tty ? { tty: 'true' } : { stderr: 'true' }),
        ...(stdin ? { stdin: 'true' } : {}),
      },
      stdin,
      tty,
    });
    return yield* endOfSession(k, result);
  },
});

/** The pod of the first argument or of `-f`. */
export function* podArgument(k: Kubectl, args: readonly string[], verb: string): Body<any> {
  const filenames = k.flags.has('filename') ? k.flags.list('filename') : [];
  const built = yield* build(k, { args, filenames, defaultType: 'pods', flatten: true, latest: true });
  if (built.errors.length > 0) {
    // As recorded: `exec` looks whether it is the namespace that is missing.
    if (verb === 'exec' && isNotFound(built.errors[0])) {
      const client = yield* k.client();
      const { namespace } = yield* k.namespace();
      yield* client.get(`/api/v1/namespaces/${namespace}`);
    }
    throw built.errors[0]!;
  }
  return yield* onePod(k, built.infos[0]!, k.flags.duration('pod-running-timeout'), verb);
}

/** A TTY needs a terminal at standard input; without one this is said and the session goes on without. */
export function* terminalAllowed(k: Kubectl, tty: boolean, stdin: boolean): Body<boolean> {
  if (!tty || !stdin) return tty && stdin;
  if (yield* k.os.isTty(0)) return true;
  yield* k.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return false;
}
