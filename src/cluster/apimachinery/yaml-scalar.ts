// What a plain scalar means in YAML 1.1: `yes` is true, `0777` is 511.
// Models: goyaml.v2 resolve.go

const TRUE = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const FALSE = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const NULL = new Set(['', '~', 'null', 'Null', 'NULL']);
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const SPECIAL_FLOATS: Readonly<Record<string, number>> = {
  '.inf': Number.POSITIVE_INFINITY,
  '.Inf': Number.POSITIVE_INFINITY,
  '.INF': Number.POSITIVE_INFINITY,
  '+.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
  '-.Inf': Number.NEGATIVE_INFINITY,
  '.nan': Number.NaN,
  '.NaN': Number.NaN,
  '.NAN': Number.NaN,
};

/** What a plain scalar means in YAML 1.1. */
export function resolveScalar(text: string): string | number | boolean | null {
  if (NULL.has(text)) return null;
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  const first = text[0]!;
  if (!/[-+.0-9]/.test(first)) return text;
  if (SPECIAL_FLOATS[text] !== undefined) return SPECIAL_FLOATS[text];
  const plain = text.replaceAll('_', '');
  const integer = parseInteger(plain);
  if (integer !== undefined) return integer;
  return FLOAT.test(plain) ? Number(plain) : text;
}

/** Go's ParseInt with base 0, and YAML's binary. */
function parseInteger(text: string): number | undefined {
  const match = /^([-+]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2]!;
  let value: number;
  if (/^0[0-7]/.test(digits)) value = Number.parseInt(digits, 8);
  else value = Number(digits.replace(/^0[oO]/, '0o').replace(/^0[bB]/, '0b'));
  return match[1] === '-' ? -value : value;
}
