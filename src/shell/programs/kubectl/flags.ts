// Command-line flags as data, and one parser for them. The same data feeds `--help` and completion.
// Models: github.com/spf13/pflag as kubectl uses it
import { Failure } from './errors.ts';

export type FlagType = 'bool' | 'string' | 'int' | 'duration' | 'strings' | 'array';

export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: FlagType;
  /** Default as text; lists: comma-separated. */
  readonly value?: string;
  /** Value of `--flag` without `=`; else bools take `true` and everything else needs an argument. */
  readonly bare?: string;
  readonly usage: string;
  readonly required?: boolean;
  readonly hidden?: boolean;
  /** Printed to stderr when used: `Flag --x has been deprecated, <text>`. */
  readonly deprecated?: string;
}

type FlagOptions = Partial<Omit<FlagSpec, 'name' | 'type' | 'usage'>>;

export const bool = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({ name, type: 'bool', usage, ...options });
export const text = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({ name, type: 'string', usage, ...options });
export const whole = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({ name, type: 'int', usage, ...options });
export const duration = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({
  name,
  type: 'duration',
  usage,
  ...options,
});
/** May be repeated and holds commas. */
export const strings = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({ name, type: 'strings', usage, ...options });
/** May be repeated; commas are part of the value. */
export const array = (name: string, usage: string, options: FlagOptions = {}): FlagSpec => ({ name, type: 'array', usage, ...options });

const BOOLEANS: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** Milliseconds of Go's `1h2m3.5s`; undefined when it is none. */
export function parseDuration(value: string): number | undefined {
  if (value === '0') return 0;
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(value);
  if (match === null) return undefined;
  const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, number, unit] of value.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) total += Number(number) * units[unit!]!;
  return match[1] === '-' ? -total : total;
}

/** The values of one invocation. */
export class Flags {
  readonly #values = new Map<string, string[]>();
  readonly #specs: ReadonlyMap<string, FlagSpec>;

  constructor(specs: ReadonlyMap<string, FlagSpec>) {
    this.#specs = specs;
  }

  add(name: string, value: string): void {
    const spec = this.#specs.get(name)!;
    const values = spec.type === 'strings' ? splitComma(value) : [value];
    if (spec.type === 'strings' || spec.type === 'array') this.#values.set(name, [...(this.#values.get(name) ?? []), ...values]);
    else this.#values.set(name, values);
  }

  changed(name: string): boolean {
    return this.#values.has(name);
  }

  has(name: string): boolean {
    return this.#specs.has(name);
  }

  text(name: string): string {
    return this.#values.get(name)?.[0] ?? this.#specs.get(name)?.value ?? '';
  }

  bool(name: string): boolean {
    return BOOLEANS[this.text(name)] ?? false;
  }

  int(name: string): number {
    return Number(this.text(name) || '0');
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.text(name) || '0') ?? 0;
  }

  list(name: string): readonly string[] {
    const given = this.#values.get(name);
    if (given !== undefined) return given;
    const preset = this.#specs.get(name)?.value ?? '';
    return preset === '' ? [] : splitComma(preset);
  }

  specs(): readonly FlagSpec[] {
    return [...this.#specs.values()];
  }
}

/** CSV with double quotes, as pflag reads string slices. */
function splitComma(value: string): string[] {
  if (value === '') return [];
  if (!value.includes('"')) return value.split(',');
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (const char of value) {
    if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  parts.push(part);
  return parts;
}

export interface ParsedLine {
  readonly flags: Flags;
  readonly args: readonly string[];
  /** How many arguments stood before `--`; -1 without it. */
  readonly dash: number;
}

const label = (spec: FlagSpec): string => (spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`);

function checkValue(spec: FlagSpec, value: string): void {
  const fail = (why: string) => {
    throw new Failure(`invalid argument ${JSON.stringify(value)} for "${label(spec)}" flag: ${why}`);
  };
  if (spec.type === 'bool' && BOOLEANS[value] === undefined) fail(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  if (spec.type === 'int' && !/^[+-]?(\d+|0x[0-9a-fA-F]+)$/.test(value))
    fail(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  if (spec.type === 'duration' && parseDuration(value) === undefined) {
    fail(
      /^[+-]?[\d.]+$/.test(value)
        ? `time: missing unit in duration ${JSON.stringify(value)}`
        : `time: invalid duration ${JSON.stringify(value)}`,
    );
  }
}

/** @throws Failure in pflag's words. `stopAtFirst`: everything after the first argument is an argument (no interspersing). */
export function parseFlags(specs: readonly FlagSpec[], line: readonly string[], stopAtFirst = false): ParsedLine {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const byShort = new Map(specs.filter((spec) => spec.short !== undefined).map((spec) => [spec.short!, spec]));
  const flags = new Flags(byName);
  const args: string[] = [];
  let dash = -1;
  const set = (spec: FlagSpec, value: string) => {
    checkValue(spec, value);
    flags.add(spec.name, value);
  };
  for (let at = 0; at < line.length; at++) {
    const word = line[at]!;
    if (word === '--') {
      dash = args.length;
      args.push(...line.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      if (stopAtFirst) {
        args.push(...line.slice(at + 1));
        break;
      }
    } else if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = word.slice(2, equals < 0 ? undefined : equals).replaceAll('_', '-');
      const spec = byName.get(name);
      if (spec === undefined) throw new Failure(name === 'help' ? 'help' : `unknown flag: --${name}`);
      if (equals >= 0) set(spec, word.slice(equals + 1));
      else if (spec.bare !== undefined) set(spec, spec.bare);
      else if (spec.type === 'bool') set(spec, 'true');
      else if (at + 1 < line.length) set(spec, line[++at]!);
      else throw new Failure(`flag needs an argument: --${name}`);
    } else {
      at = parseShorts(word, line, at, byShort, set);
    }
  }
  return { flags, args, dash };
}

function parseShorts(
  word: string,
  line: readonly string[],
  at: number,
  byShort: ReadonlyMap<string, FlagSpec>,
  set: (spec: FlagSpec, value: string) => void,
): number {
  for (let index = 1; index < word.length; index++) {
    const short = word[index]!;
    if (short === 'h' && !byShort.has('h')) throw new Failure('help');
    const spec = byShort.get(short);
    if (spec === undefined) throw new Failure(`unknown shorthand flag: '${short}' in ${word}`);
    const rest = word.slice(index + 1);
    if (rest.startsWith('=')) {
      set(spec, rest.slice(1));
      return at;
    }
    if (spec.bare !== undefined || spec.type === 'bool') {
      set(spec, spec.bare ?? 'true');
      continue;
    }
    if (rest !== '') {
      set(spec, rest);
      return at;
    }
    if (at + 1 >= line.length) throw new Failure(`flag needs an argument: '${short}' in ${word}`);
    set(spec, line[at + 1]!);
    return at + 1;
  }
  return at;
}
