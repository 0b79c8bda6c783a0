// Exec and attach: this terminal and a container's streams joined, and how it ended.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go, client-go/tools/remotecommand
import type { Status } from '../../../cluster/apimachinery/object.ts';
import type { Body, Os } from '../../../posix/program.ts';
import type { Query } from './client.ts';
import type { Kubectl } from './command.ts';
import { Failure, SilentExit } from './errors.ts';

export interface Session {
  readonly path: string;
  readonly query: Query;
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Do not print stdout (a command wants the text). */
  readonly capture?: boolean;
  /** Text to send instead of standard input. */
  readonly input?: string;
}

/** Runs the session until the other side has ended. Answers the exit code; with `capture` also the text. */
export function* runSession(
  k: Kubectl,
  session: Session,
): Body<{ readonly code: number; readonly text: string; readonly status: Status | undefined }> {
  const client = yield* k.client();
  const stream = yield* client.open(session.path, session.query);
  let pump: number | undefined;
  if (session.tty) {
    const size = yield* k.os.terminalSize();
    if (size !== undefined) yield* client.resize(stream, size.columns, size.rows);
  }
  if (session.input !== undefined) {
    yield* client.send(stream, session.input);
    yield* client.send(stream, undefined);
  } else if (session.stdin) {
    pump = yield* k.os.spawn(['kubectl'], { body: (os) => pumpInput(os, stream) });
  }
  let status: Status | undefined;
  let text = '';
  try {
    for (;;) {
      const next = yield* client.next([stream]);
      if (next.kind !== 'frame') break;
      const frame = next.frame;
      if (frame.kind === 'status') {
        status = frame.status;
        break;
      }
      if (frame.kind === 'stderr') yield* k.err(frame.text);
      else if (frame.kind === 'stdout' || frame.kind === 'text') {
        if (session.capture) text += frame.text;
        else yield* k.out(frame.text);
      }
    }
  } finally {
    yield* client.close(stream);
    if (pump !== undefined) yield* stop(k.os, pump);
  }
  return { code: exitCode(status), text, status };
}

function* stop(os: Os, pid: number): Body<void> {
  try {
    yield* os.kill(pid, 'KILL');
    yield* os.wait(pid);
  } catch {
    // It ended by itself.
  }
}

/** The child process that carries standard input; it shares nothing but the stream's number. */
function* pumpInput(os: Os, stream: number): Body<number> {
  for (;;) {
    const chunk = yield* os.read(0);
    yield* os.device('kubernetes-api', 'send', chunk === undefined ? { stream } : { stream, text: chunk });
    if (chunk === undefined) return 0;
  }
}

function exitCode(status: Status | undefined): number {
  if (status === undefined || status.status === 'Success') return 0;
  const cause = status.details?.causes?.find((one) => one.reason === 'ExitCode');
  return cause === undefined ? -1 : Number(cause.message);
}

/** Prints how a command ended and answers kubectl's own exit code. @throws Failure */
export function* endOfSession(k: Kubectl, result: { readonly code: number; readonly status: Status | undefined }): Body<number> {
  if (result.code === 0) return 0;
  if (result.code < 0) throw new Failure(result.status?.message ?? 'unknown error');
  yield* k.err(`command terminated with exit code ${result.code}\n`);
  throw new SilentExit(result.code);
}
