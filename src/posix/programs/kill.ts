// kill: sends signals; also the shells' builtin.
import { errorMessage, parseSignal, signalNumbers } from '../errno.ts';
import { type Body, defineProgram, type Os, type Signal, SystemError } from '../program.ts';

export interface KillResult {
  readonly output: string;
  /** Without the command's name. */
  readonly errors: readonly string[];
  readonly status: number;
}

/** `kill [-SIGNAL | -s SIGNAL | -n N] pid…`, `kill -l`. */
export function* killArguments(os: Os, args: readonly string[], flavour: 'bash' | 'dash' | 'ash' | 'procps'): Body<KillResult> {
  const [first = '', second = ''] = args;
  if (first === '-l' || first === '-L') return list(args.slice(1));
  let signal: Signal | 0 | undefined = 'TERM';
  let rest = args;
  if (first === '-s' || first === '-n') {
    signal = second === '0' ? 0 : parseSignal(second);
    rest = args.slice(2);
    if (signal === undefined) return { output: '', errors: [invalid(second, flavour)], status: 1 };
  } else if (/^-./.test(first) && first !== '--') {
    signal = first === '-0' ? 0 : parseSignal(first.slice(1));
    rest = args.slice(1);
    if (signal === undefined) return { output: '', errors: [invalid(first.slice(1), flavour)], status: 1 };
  }
  if (rest[0] === '--') rest = rest.slice(1);
  if (rest.length === 0) return { output: '', errors: [usage[flavour]], status: flavour === 'bash' || flavour === 'dash' ? 2 : 1 };
  const errors: string[] = [];
  for (const word of rest) {
    if (!/^-?\d+$/.test(word)) {
      errors.push(
        flavour === 'bash'
          ? `${word}: arguments must be process or job IDs`
          : flavour === 'dash'
            ? `Illegal number: ${word}`
            : `invalid number '${word}'`,
      );
      continue;
    }
    try {
      yield* os.kill(Number(word), signal);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const text = errorMessage(error.errno);
      errors.push(
        flavour === 'bash'
          ? `(${word}) - ${text}`
          : flavour === 'dash'
            ? text
            : flavour === 'ash'
              ? `can't kill pid ${word}: ${text}`
              : `(${word}) - ${text}`,
      );
    }
  }
  return { output: '', errors, status: errors.length > 0 ? 1 : 0 };
}

function invalid(word: string, flavour: string): string {
  if (flavour === 'bash') return `${word}: invalid signal specification`;
  if (flavour === 'dash') return `Illegal option -${word[0] ?? ''}`;
  return flavour === 'ash' ? `bad signal name '${word}'` : `unknown signal name ${word}`;
}

const usage = {
  bash: 'usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
  dash: 'Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]',
  ash: 'you need to specify whom to kill',
  procps: 'not enough arguments',
} as const;

function list(words: readonly string[]): KillResult {
  const [word] = words;
  if (word === undefined) return { output: `${Object.keys(signalNumbers).join(' ')}\n`, errors: [], status: 0 };
  const number = Number(word) > 128 ? Number(word) - 128 : word;
  const signal = parseSignal(String(number));
  if (signal === undefined) return { output: '', errors: [`${word}: invalid signal specification`], status: 1 };
  return { output: /^\d+$/.test(word) ? `${signal}\n` : `${signalNumbers[signal]}\n`, errors: [], status: 0 };
}

export function killProgram(flavour: 'procps' | 'ash') {
  return defineProgram({
    name: 'kill',
    *run(os) {
      const { output, errors, status } = yield* killArguments(os, os.argv.slice(1), flavour);
      yield* os.write(1, output);
      for (const error of errors) yield* os.write(2, `kill: ${error}\n`);
      return status;
    },
  });
}
