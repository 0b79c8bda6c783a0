// Where in an object something is wrong, and in what words: the field errors of every refused object.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/validation/field/{path,errors}.go
import { goJson, goQuote } from './go-text.ts';

/** A path such as `spec.containers[0].env[1].name`. Immutable. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #segment: string;
  private constructor(parent: FieldPath | undefined, segment: string) {
    this.#parent = parent;
    this.#segment = segment;
  }
  static root(name: string): FieldPath {
    return new FieldPath(undefined, name);
  }
  child(...names: readonly string[]): FieldPath {
    let path: FieldPath = this;
    for (const name of names) path = new FieldPath(path, (path === NO_PATH ? '' : '.') + name);
    return path;
  }
  index(position: number): FieldPath {
    return new FieldPath(this, `[${position}]`);
  }
  key(key: string): FieldPath {
    return new FieldPath(this, `[${key}]`);
  }
  toString(): string {
    return (this.#parent?.toString() ?? '') + this.#segment;
  }
}

/** The empty path: `NO_PATH.child('spec')` is `spec`. */
export const NO_PATH = FieldPath.root('');

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueDuplicate'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueNotFound: 'Not found',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
]);

/** One thing wrong with one field. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  /** `Invalid value: -1: must be …`: what stands after `<field>: ` and in `causes[].message`. */
  readonly body: string;
}

export type FieldErrors = readonly FieldError[];

/** The usual answer of a validator; shared so that a valid object costs nothing. */
export const NO_ERRORS: FieldErrors = [];

/**
 * Wraps text that already is what Go would print for the value (the JSON of an internal type with capital keys), so that it is
 * not quoted again.
 */
export class Rendered {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function renderValue(value: unknown): string {
  if (value instanceof Rendered) return value.text;
  if (typeof value === 'string') return goQuote(value);
  return goJson(value);
}

function fieldError(type: FieldErrorType, path: FieldPath | string, value: unknown, detail: string): FieldError {
  const title = WITHOUT_VALUE.has(type) ? TITLES[type] : `${TITLES[type]}: ${renderValue(value)}`;
  return { type, field: String(path), body: detail === '' ? title : `${title}: ${detail}` };
}

export const required = (path: FieldPath | string, detail = ''): FieldError => fieldError('FieldValueRequired', path, '', detail);
/** Strings are quoted, numbers and booleans bare, everything else JSON; undefined and null print `null`. */
export const invalid = (path: FieldPath | string, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueInvalid', path, value, detail);
export const typeInvalid = (path: FieldPath | string, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueTypeInvalid', path, value, detail);
export const duplicate = (path: FieldPath | string, value: unknown): FieldError => fieldError('FieldValueDuplicate', path, value, '');
export const forbidden = (path: FieldPath | string, detail: string): FieldError => fieldError('FieldValueForbidden', path, '', detail);
export const notFoundValue = (path: FieldPath | string, value: unknown): FieldError => fieldError('FieldValueNotFound', path, value, '');
export const internalError = (path: FieldPath | string, detail: string): FieldError => fieldError('InternalError', path, '', detail);
/** The supported values print in the order given. */
export const notSupported = (path: FieldPath | string, value: unknown, supported: readonly string[]): FieldError =>
  fieldError(
    'FieldValueNotSupported',
    path,
    value,
    supported.length === 0 ? '' : 'supported values: ' + supported.map((one) => goQuote(one)).join(', '),
  );
/** `Too long: may not be more than 63 bytes`. */
export const tooLong = (path: FieldPath | string, maxLength: number): FieldError =>
  fieldError('FieldValueTooLong', path, '', maxLength < 0 ? 'value is too long' : `may not be more than ${maxLength} bytes`);
/** `Too long: may not be more than 63 characters`, of declarative validation. */
export const tooLongCharacters = (path: FieldPath | string, maxLength: number): FieldError =>
  fieldError('FieldValueTooLong', path, '', `may not be more than ${maxLength} characters`);
/** `Too many: 3: must have at most 1 item`. */
export const tooMany = (path: FieldPath | string, actual: number, max: number): FieldError =>
  fieldError(
    'FieldValueTooMany',
    path,
    actual,
    max < 0 ? 'has too many items' : `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  );

/** `spec.replicas: Invalid value: -1: must be …`. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${error.body}`;
}

/** Several errors as one text: alone bare, else `[a, b]`; equal texts once. */
export function fieldErrorsText(errors: FieldErrors): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
