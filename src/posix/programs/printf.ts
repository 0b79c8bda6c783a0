// printf: formats with the arguments used up round after round.
import { defineProgram } from '../program.ts';
import { readEscapes } from './echo.ts';

const directive = /%(%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|q|j|z|t)?([diouxXcsbqeEfFgG]))/y;

export function formatPrintf(words: readonly string[]): { readonly text: string; readonly errors: readonly string[] } {
  const [format = '', ...args] = words;
  const errors: string[] = [];
  let text = '';
  let used = 0;
  do {
    const before = used;
    const round = formatOnce(format, args, used, errors);
    text += round.text;
    used = round.used;
    if (round.stop || used === before) break;
  } while (used < args.length);
  return { text, errors };
}

function formatOnce(
  format: string,
  args: readonly string[],
  first: number,
  errors: string[],
): { text: string; used: number; stop: boolean } {
  let text = '';
  let used = first;
  let stop = false;
  const take = () => args[used++];
  for (let at = 0; at < format.length && !stop; ) {
    const char = format[at] as string;
    if (char === '\\') {
      const sequence = /^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|[\s\S])/.exec(format.slice(at, at + 6))?.[0] ?? '\\';
      const result =
        sequence === '\\"' ? { text: '"', stop: false } : readEscapes(/^\\[0-7]/.test(sequence) ? `\\0${sequence.slice(1)}` : sequence);
      text += result.text;
      stop = result.stop;
      at += sequence.length;
      continue;
    }
    directive.lastIndex = at;
    const match = char === '%' ? directive.exec(format) : null;
    if (match === null) {
      if (char === '%') {
        errors.push(`\`${format[at + 1] ?? ''}': invalid format character`);
        return { text, used: args.length, stop: true };
      }
      text += char;
      at++;
      continue;
    }
    at = directive.lastIndex;
    if (match[1] === '%') {
      text += '%';
      continue;
    }
    let flags = match[2] ?? '';
    let width = match[3] === '*' ? Number(take() ?? 0) : Number(match[3] ?? 0);
    if (width < 0) {
      flags += '-';
      width = -width;
    }
    const precision = match[4] === undefined ? undefined : match[4] === '*' ? Number(take() ?? 0) : Number(match[4] === '' ? 0 : match[4]);
    const conversion = match[5] as string;
    const argument = take();
    if (conversion === 'b') {
      const result = readEscapes(argument ?? '');
      text += pad(result.text, flags, width);
      stop = result.stop;
    } else text += formatDirective(conversion, flags, width, precision, argument, errors);
  }
  return { text, used, stop };
}

/** One conversion; also awk's. */
export function formatDirective(
  conversion: string,
  flags: string,
  width: number,
  precision: number | undefined,
  argument: string | undefined,
  errors: string[],
): string {
  switch (conversion) {
    case 's':
      return pad(precision === undefined ? (argument ?? '') : (argument ?? '').slice(0, precision), flags, width);
    case 'c':
      return pad((argument ?? '').slice(0, 1), flags, width);
    case 'q':
      return pad(/^[\w@%+=:,./-]+$/.test(argument ?? '') ? (argument ?? '') : `'${(argument ?? '').replace(/'/g, "'\\''")}'`, flags, width);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      const value = Math.trunc(number(argument, errors));
      const radix = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
      const unsigned = radix !== 10 || conversion === 'u';
      let digits = value < 0 && unsigned ? BigInt.asUintN(64, BigInt(value)).toString(radix) : Math.abs(value).toString(radix);
      if (precision !== undefined) digits = digits.padStart(precision, '0');
      if (flags.includes('#') && radix !== 10) digits = (radix === 16 ? '0x' : '0') + digits;
      return padNumber(
        value < 0 && !unsigned ? '-' : sign(flags),
        conversion === 'X' ? digits.toUpperCase() : digits,
        flags,
        width,
        precision !== undefined,
      );
    }
    default: {
      const value = number(argument, errors);
      return padNumber(
        value < 0 || Object.is(value, -0) ? '-' : sign(flags),
        float(Math.abs(value), conversion, precision ?? 6, flags),
        flags,
        width,
        false,
      );
    }
  }
}

function sign(flags: string): string {
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

function float(value: number, conversion: string, precision: number, flags: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  const lower = conversion.toLowerCase();
  if (lower === 'f') return value.toFixed(precision);
  const exponential = (digits: number) => value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
  let text: string;
  if (lower === 'e') text = exponential(precision);
  else {
    const digits = Math.max(1, precision);
    const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1]);
    text = exponent < -4 || exponent >= digits ? exponential(digits - 1) : value.toFixed(Math.max(0, digits - 1 - exponent));
    if (!flags.includes('#') && text.includes('.')) text = text.replace(/\.?0+(?=e|$)/, '');
  }
  return conversion === lower ? text : text.toUpperCase();
}

function pad(text: string, flags: string, width: number): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

function padNumber(head: string, digits: string, flags: string, width: number, exact: boolean): string {
  if (flags.includes('-')) return (head + digits).padEnd(width);
  if (flags.includes('0') && !exact) return head + digits.padStart(width - head.length, '0');
  return (head + digits).padStart(width);
}

function number(argument: string | undefined, errors: string[]): number {
  if (argument === undefined || argument === '') return 0;
  if (/^['"]/.test(argument)) return argument.codePointAt(1) ?? 0;
  const trimmed = argument.trim();
  if (/^[-+]?0[xX][0-9a-fA-F]+$/.test(trimmed)) return Number.parseInt(trimmed, 16);
  if (/^[-+]?0[0-7]+$/.test(trimmed)) return Number.parseInt(trimmed, 8);
  const value = Number(trimmed);
  if (!Number.isNaN(value)) return value;
  errors.push(`${argument}: invalid number`);
  return Number.parseFloat(trimmed) || 0;
}

export const printf = defineProgram({
  name: 'printf',
  *run(os) {
    const args = os.argv.slice(os.argv[1] === '--' ? 2 : 1);
    if (args.length === 0) {
      yield* os.write(2, "printf: missing operand\nTry 'printf --help' for more information.\n");
      return 1;
    }
    const { text, errors } = formatPrintf(args);
    yield* os.write(1, text);
    for (const error of errors)
      yield* os.write(2, `printf: ${error.replace(/^(.*): invalid number$/, '‘$1’: expected a numeric value')}\n`);
    return errors.length > 0 ? 1 : 0;
  },
});
