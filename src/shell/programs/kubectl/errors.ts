// Failures of a command and the words kubectl prints for them on standard error.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go checkErr, StandardErrorMessage
import { goQuote } from '../../../cluster/apimachinery/go-text.ts';
import type { Status } from '../../../cluster/apimachinery/object.ts';

/** Any failure that has only a text; printed after `error: `. */
export class Failure extends Error {
  readonly exit: number;
  constructor(message: string, exit = 1) {
    super(message);
    this.exit = exit;
  }
}

/** Printed as it is: cobra's and the loader's own messages. */
export class VerbatimFailure extends Failure {}

/** The kubelet refused a session before it became a stream. */
export class UpgradeFailure extends Failure {
  constructor(message: string) {
    super(`unable to upgrade connection: ${message}`);
  }
}

/** Ends the command with this code and no words. */
export class SilentExit extends Failure {
  constructor(exit: number) {
    super('', exit);
  }
}

/** The server refused. */
export class StatusFailure extends Failure {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message ?? '');
    this.status = status;
  }
  get reason(): string {
    return this.status.reason ?? '';
  }
  /** The same refusal with words before its message. */
  prefixed(words: string): StatusFailure {
    return new StatusFailure({ ...this.status, message: words + (this.status.message ?? '') });
  }
}

/** The server could not be reached; the message is the standard one already. */
export class ConnectionFailure extends Failure {}

/** Several failures, one line each. */
export class Failures extends Failure {
  readonly errors: readonly Failure[];
  constructor(errors: readonly Failure[]) {
    super(errors.length === 1 ? errors[0]!.message : `[${errors.map((one) => one.message).join(', ')}]`);
    this.errors = errors;
  }
}

/** `error: text` and the pointer to the help of the command. */
export function usageFailure(path: string, message: string): Failure {
  return new Failure(`${message}\nSee '${path} -h' for help and examples`);
}

export const isNotFound = (error: unknown): boolean => error instanceof StatusFailure && error.reason === 'NotFound';
export const isConflict = (error: unknown): boolean => error instanceof StatusFailure && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean => error instanceof StatusFailure && error.reason === 'AlreadyExists';

function standardMessage(error: Failure): string | undefined {
  if (error instanceof StatusFailure) {
    if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
    return error.reason === '' ? `Error from server: ${error.message}` : `Error from server (${error.reason}): ${error.message}`;
  }
  return error instanceof ConnectionFailure || error instanceof VerbatimFailure ? error.message : undefined;
}

function invalidMessage(status: Status): string {
  const details = status.details;
  let text = 'The request is invalid';
  if (details === undefined) return status.message ? `${text}: ${status.message}` : text;
  const causes = details.causes ?? [];
  if (details.kind || details.name) text = `The ${details.kind ?? ''} ${goQuote(details.name ?? '')} is invalid`;
  else if (status.message && causes.length === 0) text += `: ${status.message}`;
  if (causes.length === 0) return text;
  const lines = [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`))];
  return lines.length === 1 ? `${text}: ${lines[0]}` : `${text}: \n${lines.map((line) => `* ${line}`).join('\n')}`;
}

/** What is printed for a failure, without the last newline; undefined = nothing. */
export function failureText(error: Failure): string | undefined {
  if (error instanceof SilentExit) return undefined;
  if (error instanceof StatusFailure && error.reason === 'Invalid') return invalidMessage(error.status);
  if (error instanceof Failures) {
    if (error.errors.length === 1) return failureText(error.errors[0]!);
    return error.errors.map((one) => standardMessage(one) ?? one.message).join('\n');
  }
  const standard = standardMessage(error);
  if (standard !== undefined) return standard;
  return error.message.startsWith('error: ') ? error.message : `error: ${error.message}`;
}

/** Throws what has been gathered: nothing, the one, or all. */
export function throwAll(errors: readonly Failure[]): void {
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new Failures(errors);
}

/** The same failure as of `error when creating "f.yaml": …`. */
export function withSource(verb: string, source: string | undefined, error: unknown): unknown {
  if (source === undefined || !(error instanceof Failure)) return error;
  const words = `error when ${verb} ${goQuote(source)}: `;
  return error instanceof StatusFailure ? error.prefixed(words) : new Failure(words + error.message);
}
