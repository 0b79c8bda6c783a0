// Flags as cobra takes them: `--name value`, `--name=value`, `-n value`, `-n3`, bundled booleans; errors in cobra's words.

export interface FlagTable {
  /** Long name to kind; a short letter before a comma: `n,nodes`. */
  readonly [name: string]: 'string' | 'bool' | 'int' | 'list';
}

export interface Flags {
  readonly operands: readonly string[];
  /** Everything after `--`. */
  readonly rest: readonly string[];
  readonly error: string | undefined;
  has(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  bool(name: string, otherwise: boolean): boolean;
}

export const globalFlags: FlagTable = {
  'p,profile': 'string',
  'b,bootstrapper': 'string',
  'h,help': 'bool',
  alsologtostderr: 'bool',
  logtostderr: 'bool',
  log_dir: 'string',
  log_file: 'string',
  rootless: 'bool',
  'skip-audit': 'bool',
  stderrthreshold: 'int',
  user: 'string',
  'v,v': 'int',
  vmodule: 'string',
};

export function parseFlags(words: readonly string[], tables: readonly FlagTable[]): Flags {
  const kinds = new Map<string, string>();
  const letters = new Map<string, string>();
  for (const table of tables) {
    for (const [key, kind] of Object.entries(table)) {
      const [first = '', long = first] = key.split(',');
      kinds.set(long, kind);
      if (key.includes(',')) letters.set(first, long);
    }
  }
  const given: [string, string][] = [];
  const operands: string[] = [];
  let rest: readonly string[] = [];
  let error: string | undefined;
  for (let index = 0; index < words.length && error === undefined; index++) {
    const word = words[index] as string;
    if (word === '--') {
      rest = words.slice(index + 1);
      break;
    }
    if (word.startsWith('--')) {
      const [name = '', ...parts] = word.slice(2).split('=');
      const kind = kinds.get(name);
      const inline = parts.length > 0 ? parts.join('=') : undefined;
      if (kind === undefined) error = `unknown flag: --${name}`;
      else if (inline !== undefined) given.push([name, inline]);
      else if (kind === 'bool') given.push([name, 'true']);
      else if (words[index + 1] === undefined) error = `flag needs an argument: --${name}`;
      else given.push([name, words[++index] as string]);
      error ??= invalidValue(given[given.length - 1], kinds, undefined);
    } else if (/^-./.test(word)) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        const name = letters.get(letter);
        if (name === undefined) {
          error = `unknown shorthand flag: '${letter}' in ${word}`;
          break;
        }
        if (kinds.get(name) === 'bool') {
          given.push([name, 'true']);
          continue;
        }
        const value = at + 1 < word.length ? word.slice(at + 1).replace(/^=/, '') : words[++index];
        if (value === undefined) error = `flag needs an argument: '${letter}' in ${word}`;
        else given.push([name, value]);
        error ??= invalidValue(given[given.length - 1], kinds, letter);
        break;
      }
    } else operands.push(word);
  }
  const last = (name: string) => given.findLast(([key]) => key === name)?.[1];
  return {
    operands,
    rest,
    error,
    has: (name) => last(name) !== undefined,
    text: last,
    list: (name) => given.filter(([key]) => key === name).flatMap(([, value]) => value.split(',')),
    bool: (name, otherwise) => (last(name) === undefined ? otherwise : /^(?:1|t|true)$/i.test(last(name) as string)),
  };
}

function invalidValue(
  flag: readonly [string, string] | undefined,
  kinds: ReadonlyMap<string, string>,
  letter: string | undefined,
): string | undefined {
  if (flag === undefined) return undefined;
  const [name, value] = flag;
  const kind = kinds.get(name);
  const shown = letter === undefined ? `--${name}` : `-${letter}, --${name}`;
  if (kind === 'int' && !/^[-+]?\d+$/.test(value))
    return `invalid argument "${value}" for "${shown}" flag: strconv.ParseInt: parsing "${value}": invalid syntax`;
  if (kind === 'bool' && !/^(?:1|0|t|f|true|false)$/i.test(value))
    return `invalid argument "${value}" for "${shown}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`;
  return undefined;
}
