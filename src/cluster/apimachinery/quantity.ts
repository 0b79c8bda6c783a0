// Amounts of resources: `500m`, `1.5Gi`, `2e3`. Exact decimal arithmetic, Kubernetes' canonical text, parsed once per text.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/api/resource/{quantity,suffix}.go

/** Exact value in units of 10^-9 (nano), as Kubernetes caps precision there, and the suffix family it was written in. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

const NANO = 1_000_000_000n;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_BY_EXPONENT = new Map(Object.entries(DECIMAL_SUFFIXES).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_BY_EXPONENT = new Map(Object.entries(BINARY_SUFFIXES).map(([suffix, exponent]) => [exponent, suffix]));
const MAX_INTEGER = 2n ** 63n - 1n;

const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([^\d.+-].*)?$/;

export const QUANTITY_FORMAT_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_ERROR = 'unable to parse quantity\u0027s suffix';

const parsed = new Map<string, Quantity | string>();
const PARSED_LIMIT = 20_000;

/** Answers the error text instead of a quantity. Results are kept per text. */
export function parseQuantity(text: string | number): Quantity | string {
  const key = String(text);
  let result = parsed.get(key);
  if (result === undefined) {
    result = parse(key);
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    parsed.set(key, result);
  }
  return result;
}

/** For values the server has validated before. Throws on anything else. */
export function quantity(text: string | number): Quantity {
  const result = parseQuantity(text);
  if (typeof result === 'string') throw new Error(`${result}: ${text}`);
  return result;
}

function parse(text: string): Quantity | string {
  if (text === '') return QUANTITY_FORMAT_ERROR;
  const match = SYNTAX.exec(text);
  if (match === null) return QUANTITY_FORMAT_ERROR;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return QUANTITY_FORMAT_ERROR;
  if (!/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix)) return QUANTITY_FORMAT_ERROR;
  const scale = parseSuffix(suffix);
  if (scale === undefined) return SUFFIX_ERROR;
  // nano = digits × 10^(9 - fraction digits) × scale, rounded away from zero like Kubernetes does below nano.
  let numerator = BigInt(whole + fraction || '0') * NANO;
  let denominator = 10n ** BigInt(fraction.length);
  if (scale.binary !== undefined) numerator <<= BigInt(scale.binary);
  else if (scale.decimal! >= 0) numerator *= 10n ** BigInt(scale.decimal!);
  else denominator *= 10n ** BigInt(-scale.decimal!);
  let nano = numerator / denominator;
  if (numerator % denominator !== 0n) nano += 1n;
  if (nano > MAX_INTEGER * NANO) nano = MAX_INTEGER * NANO;
  // Fractions of bytes turn a binary amount decimal only when it is small; the format is kept as written otherwise.
  let format = scale.format;
  if (format === 'BinarySI' && nano > 0n && nano < 1024n * NANO) format = 'DecimalSI';
  return { nano: sign === '-' ? -nano : nano, format };
}

function parseSuffix(suffix: string): { binary?: number; decimal?: number; format: Quantity['format'] } | undefined {
  if (BINARY_SUFFIXES[suffix] !== undefined) return { binary: BINARY_SUFFIXES[suffix], format: 'BinarySI' };
  if (DECIMAL_SUFFIXES[suffix] !== undefined) return { decimal: DECIMAL_SUFFIXES[suffix], format: 'DecimalSI' };
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
  if (exponent === null) return undefined;
  const power = Number(exponent[1]);
  return power > 400 ? undefined : { decimal: power, format: 'DecimalExponent' };
}

/** The text Kubernetes stores: no fraction, the largest suffix that keeps it exact. */
export function formatQuantity(value: Quantity): string {
  if (value.nano === 0n) return '0';
  const negative = value.nano < 0n;
  const nano = negative ? -value.nano : value.nano;
  const sign = negative ? '-' : '';
  // An amount below 1024 or with a fraction is never binary.
  if (value.format === 'BinarySI' && nano % NANO === 0n && nano >= 1024n * NANO) {
    let mantissa = nano / NANO;
    let exponent = 0;
    while (exponent < 60 && mantissa % 1024n === 0n) {
      mantissa /= 1024n;
      exponent += 10;
    }
    return sign + mantissa + (BINARY_BY_EXPONENT.get(exponent) ?? '');
  }
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 1000n === 0n && (value.format === 'DecimalExponent' || exponent < 18)) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (value.format === 'DecimalExponent') return sign + mantissa + (exponent === 0 ? '' : `e${exponent}`);
  return sign + mantissa + DECIMAL_BY_EXPONENT.get(exponent)!;
}

/** Canonical text of a text or number that parses; the argument itself when it already is canonical. */
export function canonicalQuantity(text: string | number): string {
  const result = parseQuantity(text);
  if (typeof result === 'string') return String(text);
  return formatQuantity(result);
}

export const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' };

/** Keeps the format of `a`, unless `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Negative, zero or positive. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** Whole units, rounded up: bytes, pods. */
export function quantityValue(value: Quantity): number {
  return Number(divideUp(value.nano, NANO));
}

/** Thousandths, rounded up: millicores. */
export function quantityMilliValue(value: Quantity): number {
  return Number(divideUp(value.nano, 1_000_000n));
}

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value > 0n && value % by !== 0n ? quotient + 1n : quotient;
}

/** A quantity of whole millicores or of bytes. */
export function milliQuantity(milli: number): Quantity {
  return { nano: BigInt(Math.round(milli)) * 1_000_000n, format: 'DecimalSI' };
}

export function wholeQuantity(value: number, format: Quantity['format'] = 'DecimalSI'): Quantity {
  return { nano: BigInt(Math.round(value)) * NANO, format };
}
