// sort and its order: by fields, numbers, human sizes, versions. Models: GNU coreutils 9.1 in the C locale.
import { type Arguments, type Flavour, parseArguments, usageError } from '../arguments.ts';
import { readInput, splitLines } from '../input.ts';
import { defineProgram } from '../program.ts';

interface Key {
  readonly startField: number;
  readonly startChar: number;
  readonly endField: number | undefined;
  readonly endChar: number;
  readonly flags: string;
}

function parseKey(text: string, globals: string): Key | undefined {
  const match = /^(\d+)(?:\.(\d+))?([bdfghiMnrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnrV]*))?$/.exec(text);
  if (match === null) return undefined;
  const flags = (match[3] ?? '') + (match[6] ?? '');
  return {
    startField: Number(match[1]),
    startChar: Number(match[2] ?? 1),
    endField: match[4] === undefined ? undefined : Number(match[4]),
    endChar: Number(match[5] ?? 0),
    flags: flags === '' ? globals : flags,
  };
}

function extract(line: string, key: Key, separator: string | undefined): string {
  // Without -t a field begins with the blanks before it.
  const fields = separator === undefined ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(separator);
  const glue = separator ?? '';
  const last = key.endField === undefined ? fields.length : key.endField;
  const chosen = fields.slice(key.startField - 1, last).map((field) => field);
  if (chosen.length === 0) return '';
  if (key.endField !== undefined && key.endChar > 0 && last <= fields.length)
    chosen[chosen.length - 1] = (chosen[chosen.length - 1] as string).slice(0, key.endChar);
  const text = chosen.join(glue);
  const skipped = key.flags.includes('b') ? text.replace(/^[ \t]+/, '') : text;
  return skipped.slice(key.startChar - 1);
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function numeric(text: string): number {
  return Number(/^\s*(-?\d*\.?\d+)/.exec(text.replace(/(\d),(?=\d)/g, '$1'))?.[1] ?? 0);
}

function human(text: string): number {
  const match = /^\s*(-?[\d.]+)\s*([KMGTPE]?)/i.exec(text);
  return match === null ? 0 : Number(match[1]) * 1024 ** ('KMGTPE'.indexOf((match[2] ?? '').toUpperCase()) + 1 || 0);
}

export function compareVersions(a: string, b: string): number {
  const parts = (text: string) => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x, y] = [left[index] ?? '', right[index] ?? ''];
    const order = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : plain(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function plain(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBy(a: string, b: string, flags: string): number {
  let order: number;
  if (flags.includes('n') || flags.includes('g')) order = numeric(a) - numeric(b);
  else if (flags.includes('h')) order = human(a) - human(b);
  else if (flags.includes('V')) order = compareVersions(a, b);
  else if (flags.includes('M'))
    order = months.indexOf(a.trim().slice(0, 3).toUpperCase()) - months.indexOf(b.trim().slice(0, 3).toUpperCase());
  else {
    const fold = (text: string) => {
      let result = flags.includes('b') ? text.replace(/^[ \t]+/, '') : text;
      if (flags.includes('f')) result = result.toUpperCase();
      if (flags.includes('d')) result = result.replace(/[^A-Za-z0-9 \t]/g, '');
      return result;
    };
    order = plain(fold(a), fold(b));
  }
  return flags.includes('r') ? -order : order;
}

export const sort = (flavour: Flavour) =>
  defineProgram({
    name: 'sort',
    *run(os) {
      const long = {
        reverse: 'r',
        'numeric-sort': 'n',
        unique: 'u',
        'key=': 'k',
        'field-separator=': 't',
        'output=': 'o',
        'ignore-case': 'f',
        'human-numeric-sort': 'h',
        'version-sort': 'V',
        'check=?': 'c',
        stable: 's',
        'ignore-leading-blanks': 'b',
        'dictionary-order': 'd',
        'month-sort': 'M',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'rnuk:t:o:fhVcCsbdMgimS:T:z', long });
      if (args.error !== undefined) return yield* usageError(os, 'sort', flavour, args.error, flavour === 'gnu' ? 2 : 1);
      const globals = ['b', 'd', 'f', 'g', 'h', 'M', 'n', 'r', 'V'].filter((option) => args.has(option)).join('');
      const keys: Key[] = [];
      for (const text of args.values('k')) {
        const key = parseKey(text, globals);
        if (key === undefined || key.startField === 0) {
          yield* os.write(
            2,
            key === undefined
              ? `sort: invalid number at field start: invalid count at start of ‘${text}’\n`
              : `sort: -: invalid field specification ‘${text}’\n`,
          );
          return 2;
        }
        keys.push(key);
      }
      let lines: string[] = [];
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const text = yield* readInput(os, flavour === 'gnu' ? 'sort: cannot read' : 'sort', flavour, file);
        if (text === undefined) return flavour === 'gnu' ? 2 : 1;
        lines.push(...splitLines(text));
      }
      const compare = comparator(args, keys, globals);
      if (args.has('c') || args.has('C')) {
        const wrong = lines.findIndex((line, index) => index > 0 && compare(lines[index - 1] as string, line) > 0);
        if (wrong < 0) return 0;
        if (!args.has('C')) yield* os.write(2, `sort: ${args.operands[0] ?? '-'}:${wrong + 1}: disorder: ${lines[wrong]}\n`);
        return 1;
      }
      lines.sort(compare);
      if (args.has('u')) {
        const same = comparator(args, keys, globals, true);
        lines = lines.filter((line, index) => index === 0 || same(lines[index - 1] as string, line) !== 0);
      }
      const text = lines.map((line) => `${line}\n`).join('');
      const output = args.value('o');
      if (output === undefined) yield* os.write(1, text);
      else yield* os.writeFile(output, text);
      return 0;
    },
  });

function comparator(args: Arguments, keys: readonly Key[], globals: string, keysOnly = false): (a: string, b: string) => number {
  const separator = args.value('t');
  return (a, b) => {
    for (const key of keys) {
      const order = compareBy(extract(a, key, separator), extract(b, key, separator), key.flags);
      if (order !== 0) return order;
    }
    if (keys.length === 0) {
      const order = compareBy(a, b, globals);
      if (order !== 0) return order;
    }
    if (keysOnly || args.has('s') || args.has('u')) return 0;
    // The last resort compares whole lines.
    return globals.includes('r') ? plain(b, a) : plain(a, b);
  };
}
