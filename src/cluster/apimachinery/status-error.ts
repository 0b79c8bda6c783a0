// A refused request: the Status object with Kubernetes' exact texts, thrown inside the server and answered by it.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go
import { type FieldErrors, fieldErrorsText } from './field.ts';
import { goQuote } from './go-text.ts';
import type { Status } from './object.ts';

export class StatusError extends Error {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** `pods`, `deployments.apps`. */
export function qualified(group: string, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

export function failure(code: number, reason: string, message: string, details?: Status['details']): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    ...(message === '' ? {} : { message }),
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

/** Details as Go's omitempty leaves them. */
function details(name: string, group: string, kind: string, more?: Partial<NonNullable<Status['details']>>): Status['details'] {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), ...(kind === '' ? {} : { kind }), ...more };
}

export const notFound = (group: string, resource: string, name: string): StatusError =>
  failure(404, 'NotFound', `${qualified(group, resource)} ${goQuote(name)} not found`, details(name, group, resource));
export const noSuchResource = (): StatusError => failure(404, 'NotFound', 'the server could not find the requested resource', {});
export const alreadyExists = (group: string, resource: string, name: string): StatusError =>
  failure(409, 'AlreadyExists', `${qualified(group, resource)} ${goQuote(name)} already exists`, details(name, group, resource));
export const conflict = (group: string, resource: string, name: string, why: string): StatusError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(group, resource)} ${goQuote(name)}: ${why}`,
    details(name, group, resource),
  );
export const OBJECT_MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';
export const badRequest = (message: string): StatusError => failure(400, 'BadRequest', message);
export const methodNotAllowed = (): StatusError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const unsupportedMediaType = (message: string): StatusError => failure(415, 'UnsupportedMediaType', message);
export const notAcceptable = (message: string): StatusError => failure(406, 'NotAcceptable', message);
export const expired = (message: string): StatusError => failure(410, 'Expired', message);
/** Admission and authorization: `pods "x" is forbidden: why`. */
export const forbiddenRequest = (group: string, resource: string, name: string, why: string): StatusError =>
  failure(
    403,
    'Forbidden',
    name === ''
      ? `${qualified(group, resource)} is forbidden: ${why}`
      : `${qualified(group, resource)} ${goQuote(name)} is forbidden: ${why}`,
    details(name, group, resource),
  );
export const tooManyRequests = (message: string, retryAfterSeconds: number, more?: Status['details']): StatusError =>
  failure(429, 'TooManyRequests', message, { ...more, ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}) });
/** `Internal error occurred: why`, with the reason as a cause. */
export const internalFailure = (why: string): StatusError =>
  failure(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });

/** 422: `Deployment.apps "web" is invalid: [a, b]` with one cause per error. Takes the Kind, not the resource. */
export function invalidObject(group: string, kind: string, name: string, errors: FieldErrors): StatusError {
  return failure(
    422,
    'Invalid',
    `${qualified(group, kind)} ${goQuote(name)} is invalid: ${fieldErrorsText(errors)}`,
    details(name, group, kind, {
      causes: errors.map((error) => ({ reason: error.type, message: error.body, field: error.field })),
    }),
  );
}
