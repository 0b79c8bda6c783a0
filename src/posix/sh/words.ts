// Words of the shell: quotes, `$` forms and backticks, up to the next operator or blank.
import { type Parameter, type Part, type Script, ShellSyntaxError, type Word } from './syntax.ts';

/** Text being parsed and where; shared by the word reader and the grammar. */
export interface Source {
  text: string;
  at: number;
  line: number;
  readonly dialect: 'bash' | 'dash' | 'ash';
}

export type ParseScript = (source: Source, closing: string) => Script;

const metacharacters = ' \t\n;&|<>()';

/** Reads one word; an empty list when none begins here. `stop`: further characters that end it. */
export function readWord(source: Source, parse: ParseScript, stop = metacharacters): Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push({ kind: 'text', text: plain, quoted: false });
    plain = '';
  };
  while (source.at < source.text.length) {
    const char = source.text[source.at] as string;
    if (stop.includes(char)) {
      // Extended globs keep their parentheses: `@(a|b)`.
      if (
        char === '(' &&
        source.dialect === 'bash' &&
        /[@?*+!]$/.test(plain) &&
        stop === metacharacters &&
        !/^\(\s*\)/.test(source.text.slice(source.at))
      ) {
        plain += readExtendedGlob(source);
        continue;
      }
      break;
    }
    if (char === '\\') {
      const next = source.text[source.at + 1];
      if (next === '\n') {
        source.at += 2;
        source.line++;
        if (source.at >= source.text.length) throw new ShellSyntaxError('end of file', source.line, { incomplete: true });
        continue;
      }
      if (next === undefined) {
        plain += '\\';
        source.at++;
        continue;
      }
      flush();
      parts.push({ kind: 'text', text: next, quoted: true });
      source.at += 2;
      continue;
    }
    if (char === "'" || char === '"' || char === '`' || char === '$') {
      const read = readQuotedOrDollar(source, parse, char);
      if (read === undefined) {
        plain += char;
        source.at++;
        continue;
      }
      flush();
      parts.push(...read);
      continue;
    }
    if (char === '\n') source.line++;
    plain += char;
    source.at++;
  }
  flush();
  return parts;
}

function readExtendedGlob(source: Source): string {
  let depth = 0;
  let text = '';
  while (source.at < source.text.length) {
    const char = source.text[source.at++] as string;
    text += char;
    if (char === '(') depth++;
    if (char === ')' && --depth === 0) return text;
  }
  throw new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: ')' });
}

function readQuotedOrDollar(source: Source, parse: ParseScript, char: string): Part[] | undefined {
  if (char === "'") return [{ kind: 'text', text: readSingle(source), quoted: true }];
  if (char === '"') return readDouble(source, parse);
  if (char === '`') return [readBackticks(source, parse, false)];
  if (source.dialect !== 'dash' && source.text.startsWith("$'", source.at)) return [{ kind: 'text', text: readAnsi(source), quoted: true }];
  if (source.dialect === 'bash' && source.text.startsWith('$"', source.at)) {
    source.at++;
    return readDouble(source, parse);
  }
  const dollar = readDollar(source, parse, false);
  return dollar === undefined ? undefined : [dollar];
}

function readSingle(source: Source): string {
  const end = source.text.indexOf("'", source.at + 1);
  if (end < 0) throw new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: "'" });
  const text = source.text.slice(source.at + 1, end);
  source.line += text.split('\n').length - 1;
  source.at = end + 1;
  return text;
}

function readDouble(source: Source, parse: ParseScript): Part[] {
  source.at++;
  const parts = readUntilQuote(source, parse, '"');
  // `""` is a word of its own.
  return parts.length === 0 ? [{ kind: 'text', text: '', quoted: true }] : parts;
}

/** The inside of double quotes (closing `"`) or of a here-document (closing undefined, to the end). */
export function readUntilQuote(source: Source, parse: ParseScript, closing: '"' | undefined): Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push({ kind: 'text', text: plain, quoted: true });
    plain = '';
  };
  for (;;) {
    const char = source.text[source.at];
    if (char === undefined) {
      if (closing === undefined) break;
      throw new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: closing });
    }
    if (char === closing) {
      source.at++;
      break;
    }
    if (char === '\\') {
      const next = source.text[source.at + 1];
      if (next === '\n') source.line++;
      else if (next !== undefined && ('$`\\'.includes(next) || next === closing)) plain += next;
      else {
        plain += `\\${next ?? ''}`;
      }
      source.at += 2;
      continue;
    }
    if (char === '`' || char === '$') {
      const part = char === '`' ? readBackticks(source, parse, true) : readDollar(source, parse, true);
      if (part !== undefined) {
        flush();
        parts.push(part);
        continue;
      }
    }
    if (char === '\n') source.line++;
    plain += char;
    source.at++;
  }
  flush();
  return parts;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  E: '\x1b',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function readAnsi(source: Source): string {
  source.at += 2;
  let text = '';
  for (;;) {
    const char = source.text[source.at];
    if (char === undefined) throw new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: "'" });
    source.at++;
    if (char === "'") return text;
    if (char !== '\\') {
      text += char;
      continue;
    }
    const rest = source.text.slice(source.at);
    const numeric = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3}))/.exec(rest);
    if (numeric !== null) {
      const code = numeric[3] === undefined ? Number.parseInt((numeric[1] ?? numeric[2]) as string, 16) : Number.parseInt(numeric[3], 8);
      text += String.fromCharCode(code);
      source.at += numeric[0].length;
    } else {
      const next = rest[0] ?? '';
      text += escapes[next] ?? `\\${next}`;
      source.at++;
    }
  }
}

function readBackticks(source: Source, parse: ParseScript, quoted: boolean): Part {
  let inner = '';
  let at = source.at + 1;
  for (;;) {
    const char = source.text[at];
    if (char === undefined) throw new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: '`' });
    if (char === '`') break;
    const next = source.text[at + 1];
    if (char === '\\' && next !== undefined && ('$`\\'.includes(next) || (quoted && next === '"'))) {
      inner += next;
      at += 2;
      continue;
    }
    inner += char;
    at++;
  }
  source.at = at + 1;
  const script = parse({ text: inner, at: 0, line: source.line, dialect: source.dialect }, '');
  return { kind: 'command', script, quoted };
}

/** `$name`, `${…}`, `$(…)`, `$((…))`; undefined when the `$` stands for itself. */
function readDollar(source: Source, parse: ParseScript, quoted: boolean): Part | undefined {
  const rest = source.text.slice(source.at + 1, source.at + 64);
  if (rest.startsWith('((')) {
    const arithmetic = readArithmetic(source, parse, quoted);
    if (arithmetic !== undefined) return arithmetic;
  }
  if (rest.startsWith('(')) {
    source.at += 2;
    const script = parse(source, ')');
    source.at++;
    return { kind: 'command', script, quoted };
  }
  if (rest.startsWith('{')) return readBraced(source, parse, quoted);
  const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(rest);
  if (name === null) return undefined;
  // A name longer than the window is read again from the whole text.
  const full = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(source.text.slice(source.at + 1)) as RegExpExecArray;
  source.at += 1 + full[0].length;
  return { kind: 'parameter', name: full[0], quoted };
}

function readArithmetic(source: Source, parse: ParseScript, quoted: boolean): Part | undefined {
  const end = closingArithmetic(source.text, source.at + 3);
  if (end === undefined) return undefined;
  const inner: Source = { text: source.text.slice(source.at + 3, end), at: 0, line: source.line, dialect: source.dialect };
  const expression = readUntilQuote(inner, parse, undefined);
  source.at = end + 2;
  return { kind: 'arithmetic', expression, quoted };
}

/** Where `))` closes an arithmetic expression that began before `at`. */
export function closingArithmetic(text: string, at: number): number | undefined {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const char = text[index];
    if (char === '(') depth++;
    if (char !== ')') continue;
    if (depth === 0) return text[index + 1] === ')' ? index : undefined;
    depth--;
  }
  return undefined;
}

const operators = /^(?::[-=?+]|[-=?+]|%%|%|##|#|\/\/|\/|\^\^|\^|,,|,|:)/;

function readBraced(source: Source, parse: ParseScript, quoted: boolean): Parameter {
  const start = source.at;
  const bad = () => new ShellSyntaxError(`bad substitution: ${source.text.slice(start, source.text.indexOf('}', start) + 1)}`, source.line);
  source.at += 2;
  const unfinished = () => new ShellSyntaxError('end of file', source.line, { incomplete: true, expected: '}' });
  const rest = source.text.slice(source.at);
  const length = /^#(?=[A-Za-z_0-9@*#?$!-])(?!#?\})/.test(rest) && !/^#[%#:=?+-](?!\})/.test(rest);
  if (length) source.at++;
  const indirect = !length && /^![A-Za-z_]/.test(rest);
  if (indirect) source.at++;
  const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])/.exec(source.text.slice(source.at));
  if (name === null) throw source.at >= source.text.length ? unfinished() : bad();
  source.at += name[0].length;
  let index: Word | undefined;
  if (source.text[source.at] === '[') {
    source.at++;
    index = readWord(source, parse, ']');
    if (source.text[source.at] !== ']') throw unfinished();
    source.at++;
  }
  const head = {
    kind: 'parameter',
    name: name[0],
    quoted,
    ...(length ? { length } : {}),
    ...(indirect ? { indirect } : {}),
    ...(index ? { index } : {}),
  } as const;
  if (source.text[source.at] === '}') {
    source.at++;
    return head;
  }
  if (source.at >= source.text.length) throw unfinished();
  const operator = operators.exec(source.text.slice(source.at));
  if (operator === null || length) throw bad();
  source.at += operator[0].length;
  const pattern = operator[0].startsWith('/');
  const slice = operator[0] === ':';
  const argument = readBracedWord(source, parse, quoted, pattern ? '/}' : slice ? ':}' : '}');
  let second: Word | undefined;
  if ((pattern && source.text[source.at] === '/') || (slice && source.text[source.at] === ':')) {
    source.at++;
    second = readBracedWord(source, parse, quoted, '}');
  }
  if (source.text[source.at] !== '}') throw unfinished();
  source.at++;
  return { ...head, operator: operator[0], argument, ...(second ? { second } : {}) };
}

/** The word of `${name-word}`: blanks belong to it; inside double quotes single quotes are literal. */
function readBracedWord(source: Source, parse: ParseScript, quoted: boolean, stop: string): Word {
  if (!quoted) return readWord(source, parse, stop);
  const parts: Part[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push({ kind: 'text', text: plain, quoted: true });
    plain = '';
  };
  for (;;) {
    const char = source.text[source.at];
    if (char === undefined || stop.includes(char)) break;
    if (char === '\\' && source.text[source.at + 1] !== undefined) {
      const next = source.text[source.at + 1] as string;
      plain += '$`\\"}'.includes(next) ? next : `\\${next}`;
      source.at += 2;
      continue;
    }
    if (char === '"') {
      flush();
      parts.push(...readDouble(source, parse));
      continue;
    }
    if (char === '`' || char === '$') {
      const part = char === '`' ? readBackticks(source, parse, true) : readDollar(source, parse, true);
      if (part !== undefined) {
        flush();
        parts.push(part);
        continue;
      }
    }
    plain += char;
    source.at++;
  }
  flush();
  return parts;
}
