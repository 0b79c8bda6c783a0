// sed: a script of commands over each line. Models: GNU sed 4.9 in what scripts use: s, d, p, q, Q, n, N, a, i, c, y, h, H, g, G, x, b, t, =, {}, w.
import { type Flavour, parseArguments } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { LineReader } from '../input.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { RegexError, translateRegex } from '../regex.ts';

class SedError extends Error {}

type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'regex'; readonly regex: RegExp }
  | { readonly kind: 'step'; readonly first: number; readonly step: number };
type End = Address | { readonly kind: 'plus'; readonly count: number };

interface Command {
  readonly from: Address | undefined;
  readonly to: End | undefined;
  readonly negated: boolean;
  readonly name: string;
  readonly text: string;
  readonly substitution?: {
    readonly regex: RegExp;
    readonly replacement: string;
    readonly global: boolean;
    readonly print: boolean;
    readonly nth: number;
    readonly file: string | undefined;
  };
  readonly map?: ReadonlyMap<string, string>;
  /** Index after the matching brace, for `{`. */
  end: number;
  active: boolean;
  until: number;
}

class ScriptReader {
  readonly #text: string;
  readonly #extended: boolean;
  #at = 0;
  readonly commands: Command[] = [];
  readonly labels = new Map<string, number>();
  #lastRegex: RegExp | undefined;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
    const open: number[] = [];
    for (;;) {
      this.#skip(/[\s;]/);
      if (this.#at >= text.length) break;
      if (text[this.#at] === '#') {
        this.#skip(/[^\n]/);
        continue;
      }
      this.#command(open);
    }
    if (open.length > 0) throw new SedError("unmatched `{'");
  }

  #skip(pattern: RegExp): void {
    while (this.#at < this.#text.length && pattern.test(this.#text[this.#at] as string)) this.#at++;
  }

  #fail(text: string): SedError {
    return new SedError(`-e expression #1, char ${this.#at}: ${text}`);
  }

  #command(open: number[]): void {
    const from = this.#address();
    let to: End | undefined;
    this.#skip(/[ \t]/);
    if (from !== undefined && this.#text[this.#at] === ',') {
      this.#at++;
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] === '+') {
        this.#at++;
        to = { kind: 'plus', count: this.#number() };
      } else to = this.#address();
      if (to === undefined) throw this.#fail("unexpected `,'");
    }
    this.#skip(/[ \t]/);
    let negated = false;
    while (this.#text[this.#at] === '!') {
      negated = true;
      this.#at++;
      this.#skip(/[ \t]/);
    }
    const name = this.#text[this.#at++];
    if (name === undefined) throw this.#fail('missing command');
    const base = { from, to, negated, name, end: 0, active: false, until: 0 };
    if (name === '{') {
      open.push(this.commands.length);
      this.commands.push({ ...base, text: '' });
    } else if (name === '}') {
      const start = open.pop();
      if (start === undefined) throw this.#fail("unexpected `}'");
      (this.commands[start] as Command).end = this.commands.length;
    } else if (name === 's') this.commands.push({ ...base, text: '', substitution: this.#substitution() });
    else if (name === 'y') this.commands.push({ ...base, text: '', map: this.#transliteration() });
    else if (name === ':') this.labels.set(this.#word(), this.commands.length);
    else if ('aic'.includes(name)) this.commands.push({ ...base, text: this.#textArgument() });
    else if ('bt'.includes(name)) this.commands.push({ ...base, text: this.#word() });
    else if ('wr'.includes(name)) this.commands.push({ ...base, text: this.#rest() });
    else if ('dDpPnNqQhHgGx=lz'.includes(name)) {
      this.#skip(/[ \t]/);
      const code = /[qQ]/.test(name) && /\d/.test(this.#text[this.#at] ?? '') ? String(this.#number()) : '';
      this.commands.push({ ...base, text: code });
      this.#skip(/[ \t]/);
      const next = this.#text[this.#at];
      if (next !== undefined && !/[;\n}#]/.test(next)) throw this.#fail('extra characters after command');
    } else throw this.#fail(`unknown command: \`${name}'`);
  }

  #number(): number {
    const digits = /^\d+/.exec(this.#text.slice(this.#at))?.[0] ?? '0';
    this.#at += digits.length;
    return Number(digits);
  }

  #address(): Address | undefined {
    const char = this.#text[this.#at];
    if (char === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (char !== undefined && /\d/.test(char)) {
      const first = this.#number();
      if (this.#text[this.#at] !== '~') return { kind: 'line', line: first };
      this.#at++;
      return { kind: 'step', first, step: this.#number() };
    }
    if (char === '/' || char === '\\') {
      if (char === '\\') this.#at++;
      const delimiter = this.#text[this.#at++] as string;
      const source = this.#delimited(delimiter, true);
      const flags = this.#text[this.#at] === 'I' ? 'i' : '';
      if (flags !== '') this.#at++;
      return { kind: 'regex', regex: this.#regex(source, flags) };
    }
    return undefined;
  }

  /** An empty expression means the last one. */
  #regex(source: string, flags: string): RegExp {
    if (source === '') {
      if (this.#lastRegex === undefined) throw this.#fail('no previous regular expression');
      return this.#lastRegex;
    }
    try {
      this.#lastRegex = new RegExp(translateRegex(source, this.#extended ? 'extended' : 'basic'), flags);
      return this.#lastRegex;
    } catch (error) {
      throw this.#fail(error instanceof RegexError ? error.message : 'Invalid preceding regular expression');
    }
  }

  #delimited(delimiter: string, regex: boolean): string {
    let text = '';
    let bracket = false;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at++] as string;
      if (char === '\\') {
        const next = this.#text[this.#at++] ?? '';
        if (next === delimiter) text += regex && /[.*[\]^$+?(){}|]/.test(next) ? `\\${next}` : next;
        else text += `\\${next}`;
        continue;
      }
      if (regex && char === '[') bracket = true;
      if (regex && char === ']') bracket = false;
      if (char === delimiter && !bracket) return text;
      text += char;
    }
    throw this.#fail(regex ? 'unterminated address regex' : "unterminated `s' command");
  }

  #substitution(): NonNullable<Command['substitution']> {
    const delimiter = this.#text[this.#at++];
    if (delimiter === undefined) throw this.#fail("unterminated `s' command");
    let source: string;
    try {
      source = this.#delimited(delimiter, true);
    } catch {
      throw this.#fail("unterminated `s' command");
    }
    const replacement = this.#delimited(delimiter, false);
    const flags = /^[gpiI0-9e]*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += flags.length;
    let file: string | undefined;
    if (this.#text[this.#at] === 'w') {
      this.#at++;
      file = this.#rest();
    }
    this.#skip(/[ \t]/);
    const next = this.#text[this.#at];
    if (next !== undefined && !/[;\n}#]/.test(next)) throw this.#fail("unknown option to `s'");
    const nth = /\d+/.exec(flags)?.[0];
    return {
      regex: this.#regex(source, /i/i.test(flags) ? 'i' : ''),
      replacement,
      global: flags.includes('g'),
      print: flags.includes('p'),
      nth: nth === undefined ? 1 : Number(nth),
      file,
    };
  }

  #transliteration(): ReadonlyMap<string, string> {
    const delimiter = this.#text[this.#at++] as string;
    const clean = (text: string) => [...text.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1')];
    const from = clean(this.#delimited(delimiter, false));
    const to = clean(this.#delimited(delimiter, false));
    if (from.length !== to.length) throw this.#fail("strings for `y' command are different lengths");
    return new Map(from.map((char, index) => [char, to[index] as string]));
  }

  #word(): string {
    this.#skip(/[ \t]/);
    const word = /^[^\s;}]*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += word.length;
    return word;
  }

  #rest(): string {
    this.#skip(/[ \t]/);
    const end = this.#text.indexOf('\n', this.#at);
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at += text.length;
    return text;
  }

  /** Text of a, i, c: one-line form or after a backslash and newline; a trailing backslash goes on. */
  #textArgument(): string {
    this.#skip(/[ \t]/);
    if (this.#text[this.#at] === '\\') {
      this.#at++;
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] === '\n') this.#at++;
    }
    let text = '';
    while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') {
      if (this.#text[this.#at] === '\\') {
        this.#at++;
        const char = this.#text[this.#at++] ?? '';
        text += char === 't' ? '\t' : char;
      } else text += this.#text[this.#at++];
    }
    if (text === '') throw this.#fail("expected \\ after `a', `c' or `i'");
    return text;
  }
}

function replaceIn(
  text: string,
  { regex, replacement, global, nth }: NonNullable<Command['substitution']>,
): { readonly text: string; readonly changed: boolean } {
  let count = 0;
  let changed = false;
  const result = text.replace(new RegExp(regex.source, `${regex.flags}g`), (...match: any[]) => {
    const groups = match.slice(
      0,
      match.findIndex((part) => typeof part === 'number'),
    ) as (string | undefined)[];
    count++;
    if (count < nth || (!global && count > nth)) return groups[0] as string;
    changed = true;
    return expandReplacement(replacement, groups);
  });
  return { text: result, changed };
}

function expandReplacement(replacement: string, groups: readonly (string | undefined)[]): string {
  let text = '';
  // \U, \L and \E hold on, \u and \l for one character.
  let mode = '';
  let once = '';
  const add = (piece: string) => {
    if (piece === '') return;
    let result = mode === 'U' ? piece.toUpperCase() : mode === 'L' ? piece.toLowerCase() : piece;
    if (once !== '') result = (once === 'u' ? result[0]!.toUpperCase() : result[0]!.toLowerCase()) + result.slice(1);
    once = '';
    text += result;
  };
  for (let at = 0; at < replacement.length; at++) {
    const char = replacement[at] as string;
    if (char === '&') add(groups[0] ?? '');
    else if (char === '\\') {
      const next = replacement[++at] ?? '';
      if (/\d/.test(next)) add(groups[Number(next)] ?? '');
      else if (next === 'U' || next === 'L') mode = next;
      else if (next === 'E') mode = '';
      else if (next === 'u' || next === 'l') once = next;
      else add(next === 'n' ? '\n' : next === 't' ? '\t' : next);
    } else add(char);
  }
  return text;
}

/** Input lines, one ahead so that the last is known. */
class Input {
  readonly #os: Os;
  readonly #flavour: Flavour;
  readonly #files: readonly string[];
  #index = 0;
  #reader: LineReader | undefined;
  #fd = 0;
  #next: string | undefined;
  #filled = false;
  status = 0;
  endsWithNewline = true;

  constructor(os: Os, flavour: Flavour, files: readonly string[]) {
    this.#os = os;
    this.#flavour = flavour;
    this.#files = files;
  }

  *#fill(): Body<void> {
    if (this.#filled) return;
    this.#filled = true;
    for (;;) {
      if (this.#reader === undefined) {
        const file = this.#files[this.#index++];
        if (file === undefined) {
          this.#next = undefined;
          return;
        }
        try {
          if (file !== '-' && (yield* this.#os.stat(file)).type === 'directory') {
            yield* this.#os.write(
              2,
              this.#flavour === 'gnu' ? `sed: couldn't edit ${file}: not a regular file\n` : `sed: ${file}: Is a directory\n`,
            );
            this.status = this.#flavour === 'gnu' ? 4 : 1;
            continue;
          }
          this.#fd = file === '-' ? 0 : yield* this.#os.open(file, 'read');
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* this.#os.write(
            2,
            this.#flavour === 'gnu'
              ? `sed: can't read ${file}: ${errorMessage(error.errno)}\n`
              : `sed: ${file}: ${errorMessage(error.errno)}\n`,
          );
          this.status = this.#flavour === 'gnu' ? 2 : 1;
          continue;
        }
        this.#reader = new LineReader(this.#os, this.#fd);
      }
      this.#next = yield* this.#reader.next();
      if (this.#next !== undefined) return;
      if (this.#fd !== 0) yield* this.#os.close(this.#fd);
      this.#reader = undefined;
    }
  }

  *take(): Body<string | undefined> {
    yield* this.#fill();
    this.#filled = false;
    const line = this.#next;
    if (line === undefined) return undefined;
    this.endsWithNewline = line.endsWith('\n');
    return this.endsWithNewline ? line.slice(0, -1) : line;
  }

  *last(): Body<boolean> {
    yield* this.#fill();
    return this.#next === undefined;
  }
}

interface Run {
  readonly os: Os;
  readonly commands: readonly Command[];
  readonly labels: ReadonlyMap<string, number>;
  readonly quiet: boolean;
  readonly input: Input;
  write(text: string): Body<void>;
}

function* matchesAddress(address: Address, line: number, space: string, input: Input): Body<boolean> {
  if (address.kind === 'line') return address.line === line;
  if (address.kind === 'step')
    return address.step === 0 ? line === address.first : line >= address.first && (line - address.first) % address.step === 0;
  if (address.kind === 'last') return yield* input.last();
  return address.regex.test(space);
}

function* selected(command: Command, line: number, space: string, input: Input): Body<boolean> {
  const { from, to } = command;
  if (from === undefined) return !command.negated;
  let result: boolean;
  if (to === undefined) result = yield* matchesAddress(from, line, space, input);
  else if (command.active) {
    result = true;
    const ends = to.kind === 'plus' || to.kind === 'line' ? line >= command.until : yield* matchesAddress(to, line, space, input);
    if (ends) command.active = false;
    if (to.kind === 'line' && line > command.until) result = yield* matchesAddress(from, line, space, input);
  } else {
    result = yield* matchesAddress(from, line, space, input);
    if (result) {
      command.until = to.kind === 'plus' ? line + to.count : to.kind === 'line' ? to.line : Number.POSITIVE_INFINITY;
      command.active = command.until > line;
    }
  }
  return result !== command.negated;
}

/** Runs the script over the input; returns the exit code of `q`. */
function* execute(run: Run): Body<number> {
  const { os, commands, input } = run;
  let hold = '';
  for (let line = 1; ; line++) {
    const first = yield* input.take();
    if (first === undefined) return 0;
    let space = first;
    let appended = '';
    let substituted = false;
    let deleted = false;
    let quit: number | undefined;
    yield* os.step();
    for (let at = 0; at < commands.length; at++) {
      const command = commands[at] as Command;
      if (!(yield* selected(command, line, space, input))) {
        if (command.name === '{') at = command.end - 1;
        continue;
      }
      switch (command.name) {
        case 's': {
          const substitution = command.substitution as NonNullable<Command['substitution']>;
          const result = replaceIn(space, substitution);
          space = result.text;
          if (!result.changed) break;
          substituted = true;
          if (substitution.print) yield* run.write(`${space}\n`);
          if (substitution.file !== undefined) yield* os.writeFile(substitution.file, `${space}\n`, 'append');
          break;
        }
        case 'y':
          space = [...space].map((char) => command.map?.get(char) ?? char).join('');
          break;
        case 'p':
          yield* run.write(`${space}\n`);
          break;
        case 'P':
          yield* run.write(`${space.split('\n')[0]}\n`);
          break;
        case '=':
          yield* run.write(`${line}\n`);
          break;
        case 'd':
          deleted = true;
          break;
        case 'D':
          deleted = true;
          break;
        case 'z':
          space = '';
          break;
        case 'h':
          hold = space;
          break;
        case 'H':
          hold += `\n${space}`;
          break;
        case 'g':
          space = hold;
          break;
        case 'G':
          space += `\n${hold}`;
          break;
        case 'x':
          [space, hold] = [hold, space];
          break;
        case 'a':
          appended += `${command.text}\n`;
          break;
        case 'i':
          yield* run.write(`${command.text}\n`);
          break;
        case 'c':
          // A range is changed once, at its end.
          if (command.to === undefined || !command.active || command.negated) yield* run.write(`${command.text}\n`);
          deleted = true;
          break;
        case 'r':
          try {
            appended += yield* os.readFile(command.text);
          } catch (error) {
            if (!(error instanceof SystemError)) throw error;
          }
          break;
        case 'w':
          yield* os.writeFile(command.text, `${space}\n`, 'append');
          break;
        case 'n':
        case 'N': {
          if (command.name === 'n' && !run.quiet) yield* run.write(`${space}\n`);
          const next = yield* input.take();
          if (next === undefined) {
            if (command.name === 'N' && !run.quiet) yield* run.write(`${space}\n`);
            return 0;
          }
          line++;
          space = command.name === 'n' ? next : `${space}\n${next}`;
          break;
        }
        case 'q':
        case 'Q':
          quit = Number(command.text || 0);
          if (command.name === 'Q') return quit;
          break;
        case 'b':
        case 't':
          if (command.name === 't' && !substituted) break;
          if (command.name === 't') substituted = false;
          at = (command.text === '' ? commands.length : (run.labels.get(command.text) ?? commands.length)) - 1;
          yield* os.step();
          break;
      }
      if (deleted || quit !== undefined) break;
    }
    if (!deleted && !run.quiet) yield* run.write(space + (input.endsWithNewline || appended !== '' ? '\n' : ''));
    if (appended !== '') yield* run.write(appended);
    if (quit !== undefined) return quit;
  }
}

export const sed = (flavour: Flavour) =>
  defineProgram({
    name: 'sed',
    *run(os) {
      // -i takes its suffix attached only.
      let inPlace: string | undefined;
      const words = os.argv.slice(1).map((word) => {
        const match = /^-([nEr]*)i(.*)$|^--in-place(?:=(.*))?$/.exec(word);
        if (match === null || word.startsWith('--') !== (match[1] === undefined)) return word;
        inPlace = match[2] ?? match[3] ?? '';
        return match[1] ? `-${match[1]}` : '--in-place-seen';
      });
      const long = {
        expression: 'e',
        'expression=': 'e',
        'file=': 'f',
        quiet: 'n',
        silent: 'n',
        'regexp-extended': 'E',
        'in-place-seen': 'I',
        unbuffered: 'u',
        'null-data': 'z',
      };
      const args = parseArguments(words, { short: 'ne:f:Ersuz', long });
      if (args.error !== undefined) {
        yield* os.write(2, `sed: ${args.error}\nUsage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n`);
        return 1;
      }
      const scripts = [...args.values('e')];
      for (const file of args.values('f')) scripts.push(yield* os.readFile(file));
      const files = [...args.operands];
      if (!args.has('e') && !args.has('f')) {
        const script = files.shift();
        if (script === undefined) {
          yield* os.write(2, 'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n');
          return 1;
        }
        scripts.push(script);
      }
      const extended = args.has('E') || args.has('r');
      const parse = () => new ScriptReader(scripts.join('\n'), extended);
      try {
        parse();
      } catch (error) {
        if (!(error instanceof SedError)) throw error;
        yield* os.write(2, `sed: ${flavour === 'gnu' ? error.message : error.message.replace(/^.*?: /, '')}\n`);
        return 1;
      }
      const quiet = args.has('n');
      if (inPlace === undefined) {
        const input = new Input(os, flavour, files.length === 0 ? ['-'] : files);
        const { commands, labels } = parse();
        const code = yield* execute({ os, commands, labels, quiet, input, write: (text) => os.write(1, text) });
        return code || input.status;
      }
      return yield* editInPlace(os, flavour, parse, quiet, files, inPlace);
    },
  });

function* editInPlace(
  os: Os,
  flavour: Flavour,
  parse: () => ScriptReader,
  quiet: boolean,
  files: readonly string[],
  suffix: string,
): Body<number> {
  let status = 0;
  for (const file of files) {
    const input = new Input(os, flavour, [file]);
    const { commands, labels } = parse();
    let result = '';
    const code = yield* execute({
      os,
      commands,
      labels,
      quiet,
      input,
      *write(text) {
        result += text;
      },
    });
    if (input.status !== 0) {
      status = input.status;
      continue;
    }
    if (suffix !== '') yield* os.writeFile(suffix.includes('*') ? suffix.replace('*', file) : file + suffix, yield* os.readFile(file));
    yield* os.writeFile(file, result);
    status ||= code;
  }
  return status;
}
