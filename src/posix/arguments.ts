// Command-line options as getopt_long takes them, and the errors GNU tools and busybox print.
import type { Body, Os } from './program.ts';

/** Which implementation of a tool: coreutils and friends of Debian, or the busybox applets. */
export type Flavour = 'gnu' | 'busybox';

export interface OptionSpec {
  /** Letters; a colon after one that takes a value. */
  readonly short: string;
  /** Long name to its letter (or a name of its own); `=` at the end of the name takes a value, `=?` may take one. */
  readonly long?: Readonly<Record<string, string>>;
  /** `-5` as a value of this letter. */
  readonly number?: string;
  /** Options end at the first operand. */
  readonly ordered?: boolean;
}

export interface Arguments {
  has(option: string): boolean;
  /** Value of the last occurrence. */
  value(option: string): string | undefined;
  values(option: string): readonly string[];
  /** All options in order of appearance. */
  readonly given: readonly (readonly [option: string, value: string])[];
  readonly operands: readonly string[];
  /** What is wrong, without the program's name. */
  readonly error: string | undefined;
}

export function parseArguments(words: readonly string[], spec: OptionSpec): Arguments {
  const given: [string, string][] = [];
  const operands: string[] = [];
  let error: string | undefined;
  for (let index = 0; index < words.length && error === undefined; index++) {
    const word = words[index] as string;
    if (word === '--') {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (word.startsWith('--')) {
      const result = longOption(word, words[index + 1], spec.long ?? {});
      if (typeof result === 'string') error = result;
      else {
        given.push([result.option, result.value]);
        if (result.usedNext) index++;
      }
    } else if (spec.number !== undefined && /^-\d+$/.test(word)) given.push([spec.number, word.slice(1)]);
    else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        const known = spec.short.indexOf(letter);
        if (known < 0 || letter === ':') {
          error = `invalid option -- '${letter}'`;
          break;
        }
        if (spec.short[known + 1] !== ':') {
          given.push([letter, '']);
          continue;
        }
        const value = at + 1 < word.length ? word.slice(at + 1) : words[++index];
        if (value === undefined) error = `option requires an argument -- '${letter}'`;
        else given.push([letter, value]);
        break;
      }
    } else {
      operands.push(word);
      if (spec.ordered) {
        operands.push(...words.slice(index + 1));
        break;
      }
    }
  }
  return {
    given,
    operands,
    error,
    has: (option) => given.some(([name]) => name === option),
    value: (option) => given.findLast(([name]) => name === option)?.[1],
    values: (option) => given.filter(([name]) => name === option).map(([, value]) => value),
  };
}

function longOption(
  word: string,
  next: string | undefined,
  long: Readonly<Record<string, string>>,
): { readonly option: string; readonly value: string; readonly usedNext: boolean } | string {
  const [name = '', ...rest] = word.slice(2).split('=');
  const given = rest.length > 0 ? rest.join('=') : undefined;
  const candidates = Object.keys(long).filter((key) => key.replace(/=\??$/, '').startsWith(name));
  const exact = candidates.find((key) => key.replace(/=\??$/, '') === name) ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (exact === undefined) return candidates.length > 1 ? `option '--${name}' is ambiguous` : `unrecognized option '--${name}'`;
  const option = long[exact] as string;
  if (exact.endsWith('=')) {
    const value = given ?? next;
    return value === undefined ? `option '--${name}' requires an argument` : { option, value, usedNext: given === undefined };
  }
  if (given !== undefined && !exact.endsWith('=?')) return `option '--${name}' doesn't allow an argument`;
  return { option, value: given ?? '', usedNext: false };
}

/** Prints a usage error and returns the status. Simplified: busybox's usage text is cut to its head. */
export function* usageError(os: Os, name: string, flavour: Flavour, error: string, status = 1): Body<number> {
  const help =
    flavour === 'gnu' ? `Try '${name} --help' for more information.\n` : `BusyBox v1.35.0 multi-call binary.\n\nUsage: ${name} [OPTIONS]\n`;
  yield* os.write(2, `${name}: ${error}\n${help}`);
  return status;
}

/** The message of a GNU tool without operands, and busybox's usage. */
export function* missingOperand(os: Os, name: string, flavour: Flavour, after?: string): Body<number> {
  if (flavour === 'busybox') {
    yield* os.write(2, `BusyBox v1.35.0 multi-call binary.\n\nUsage: ${name} [OPTIONS]\n`);
    return 1;
  }
  return yield* usageError(os, name, flavour, after === undefined ? 'missing operand' : `missing file operand after '${after}'`);
}
