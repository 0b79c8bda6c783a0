// The grammar of the shell over words and operators; here-documents are collected when their line ends.
import {
  type AndOr,
  type Assignment,
  type Command,
  type Compound,
  type ListItem,
  type Pipeline,
  type Redirect,
  type Script,
  ShellSyntaxError,
  type Word,
} from './syntax.ts';
import { closingArithmetic, readUntilQuote, readWord, type Source } from './words.ts';

export type Dialect = 'bash' | 'dash' | 'ash';

export interface ParseOptions {
  readonly dialect: Dialect;
  readonly aliases?: ReadonlyMap<string, string>;
}

/** Parses a whole script. Throws ShellSyntaxError. */
export function parseScript(text: string, options: ParseOptions): Script {
  const parser = new Parser({ text, at: 0, line: 1, dialect: options.dialect }, options.aliases);
  return parser.script('');
}

/**
 * Parses as many complete lines as the first command needs and says where it ended, so that a shell runs line by line and a syntax
 * error later in the text does not keep earlier commands from running.
 */
export function parseNext(
  text: string,
  at: number,
  line: number,
  options: ParseOptions,
): { readonly script: Script; readonly at: number; readonly line: number } {
  const parser = new Parser({ text, at, line, dialect: options.dialect }, options.aliases);
  const script = parser.line();
  return { script, at: parser.source.at, line: parser.source.line };
}

const reserved = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'while',
  'until',
  'for',
  'do',
  'done',
  'case',
  'esac',
  'in',
  '{',
  '}',
  '!',
  'function',
  '[[',
  'time',
  'select',
]);
/** Words that close a list when a command could begin. */
const closers = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}']);

interface PendingHeredoc {
  readonly delimiter: string;
  readonly stripTabs: boolean;
  readonly quoted: boolean;
  readonly redirect: { fd: number; operator: '<<'; target: Word };
}

class Parser {
  readonly source: Source;
  readonly #aliases: ReadonlyMap<string, string> | undefined;
  #heredocs: PendingHeredoc[] = [];

  constructor(source: Source, aliases: ReadonlyMap<string, string> | undefined) {
    this.source = source;
    this.#aliases = aliases;
  }

  readonly #nested = (source: Source, closing: string): Script => {
    if (source !== this.source) return new Parser(source, this.#aliases).script(closing);
    const outer = this.#heredocs;
    this.#heredocs = [];
    const script = this.script(closing);
    this.#heredocs = outer;
    return script;
  };

  // ---- lists

  /** Everything up to the closing character (left unread) or the end of the text. */
  script(closing: string): Script {
    const items = this.#list(closing);
    const char = this.source.text[this.source.at];
    if (closing === '') {
      if (char !== undefined) throw this.#unexpected();
    } else if (char !== closing) {
      if (char === undefined) throw new ShellSyntaxError('end of file', this.source.line, { incomplete: true, expected: closing });
      throw this.#unexpected();
    }
    return { items };
  }

  /** One line (more when a compound command goes on). */
  line(): Script {
    const items: ListItem[] = [];
    this.#skipBlanks();
    while (this.#char() === '\n' || this.#char() === '#') {
      this.#newlines();
      this.#skipBlanks();
    }
    while (this.#char() !== undefined) {
      items.push(this.#item());
      this.#skipBlanks();
      if (this.#char() === '\n') {
        this.#newline();
        break;
      }
      if (this.#char() === undefined) break;
      if (!this.#afterSeparator) throw this.#unexpected();
    }
    this.#finishHeredocs();
    return { items };
  }

  #afterSeparator = false;

  #list(closing: string): ListItem[] {
    const items: ListItem[] = [];
    for (;;) {
      this.#newlines();
      const char = this.#char();
      if (char === undefined || char === closing || char === ')') break;
      if (
        closers.has(this.#peekWord()) ||
        this.source.text.startsWith(';;', this.source.at) ||
        (char === ';' && this.source.text[this.source.at + 1] === '&')
      )
        break;
      items.push(this.#item());
      this.#skipBlanks();
      if (!this.#afterSeparator && this.#char() !== '\n') break;
    }
    if (this.#char() === undefined) this.#finishHeredocs();
    return items;
  }

  #item(): ListItem {
    const { line, at: start } = this.source;
    const command = this.#andOr();
    const written = this.source.text.slice(start, this.source.at).trim();
    this.#skipBlanks();
    this.#afterSeparator = false;
    const { text, at } = this.source;
    if (text[at] === '&' && text[at + 1] !== '&') {
      this.source.at++;
      this.#afterSeparator = true;
      return { command, background: true, line, text: written };
    }
    if (text[at] === ';' && text[at + 1] !== ';' && text[at + 1] !== '&') {
      this.source.at++;
      this.#afterSeparator = true;
    }
    return { command, background: false, line, text: written };
  }

  #andOr(): AndOr {
    const first = this.#pipeline();
    const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = [];
    for (;;) {
      this.#skipBlanks();
      const operator = this.source.text.slice(this.source.at, this.source.at + 2);
      if (operator !== '&&' && operator !== '||') return { first, rest };
      this.source.at += 2;
      this.#newlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    let negated = false;
    let timed = false;
    for (;;) {
      this.#skipBlanks();
      const word = this.#peekWord();
      if (word === '!') {
        negated = !negated;
        this.source.at++;
      } else if (word === 'time' && this.source.dialect === 'bash') {
        timed = true;
        this.source.at += 4;
        this.#skipBlanks();
        if (this.source.text.startsWith('-p', this.source.at)) this.source.at += 2;
      } else break;
    }
    const commands = [this.#command()];
    for (;;) {
      this.#skipBlanks();
      const { text, at } = this.source;
      if (text[at] !== '|' || text[at + 1] === '|') return { negated, timed, commands };
      const both = text[at + 1] === '&' && this.source.dialect === 'bash';
      this.source.at += both ? 2 : 1;
      if (both) {
        const last = commands.pop() as Command;
        commands.push({
          ...last,
          redirects: [...last.redirects, { fd: 2, operator: '>&', target: [{ kind: 'text', text: '1', quoted: false }] }],
        });
      }
      this.#newlines();
      commands.push(this.#command());
    }
  }

  // ---- commands

  #command(): Command {
    this.#skipBlanks();
    this.#expandAlias();
    const word = this.#peekWord();
    const compound = this.#compound(word);
    if (compound !== undefined) {
      const redirects: Redirect[] = [];
      for (let next = this.#redirect(); next !== undefined; next = this.#redirect()) redirects.push(next);
      return redirects.length === 0 ? compound : { ...compound, redirects: [...compound.redirects, ...redirects] };
    }
    if (closers.has(word) || word === 'in') {
      if (word !== 'in') throw this.#unexpected();
    }
    return this.#simple();
  }

  #compound(word: string): Compound | undefined {
    const { line } = this.source;
    const base = { redirects: [], line };
    if (this.#char() === '(') {
      if (this.source.text.startsWith('((', this.source.at) && this.source.dialect === 'bash') {
        const end = closingArithmetic(this.source.text, this.source.at + 2);
        if (end !== undefined) {
          const expression = this.#arithmetic(this.source.text.slice(this.source.at + 2, end));
          this.source.at = end + 2;
          return { kind: 'arithmetic', expression, ...base };
        }
      }
      this.source.at++;
      const body = this.script(')');
      if (body.items.length === 0) throw this.#unexpected();
      this.source.at++;
      return { kind: 'subshell', body, ...base };
    }
    switch (word) {
      case '{': {
        this.source.at++;
        const body = this.#body();
        this.#keyword('}', '{');
        return { kind: 'group', body, ...base };
      }
      case 'if':
        return this.#if(line);
      case 'while':
      case 'until': {
        this.source.at += 5;
        const test = this.#body();
        this.#keyword('do', word);
        const body = this.#body();
        this.#keyword('done', word);
        return { kind: 'loop', until: word === 'until', test, body, ...base };
      }
      case 'for':
        return this.#for(line);
      case 'case':
        return this.#case(line);
      case 'function':
        if (this.source.dialect === 'dash') return undefined;
        this.source.at += 8;
        this.#skipBlanks();
        return this.#function(this.#takeWord(), line);
      case '[[':
        if (this.source.dialect === 'dash') return undefined;
        return this.#condition(line);
    }
    const defined = /^([^\s;&|<>()$`'"\\=]+)[ \t]*\([ \t]*\)/.exec(this.source.text.slice(this.source.at, this.source.at + 200));
    if (defined === null || reserved.has(defined[1] as string)) return undefined;
    this.source.at += defined[0].length;
    return this.#function(defined[1] as string, line);
  }

  #function(name: string, line: number): Compound {
    const parentheses = /^[ \t]*\([ \t]*\)/.exec(this.source.text.slice(this.source.at));
    if (parentheses !== null) this.source.at += parentheses[0].length;
    this.#newlines();
    return { kind: 'function', name, body: this.#command(), redirects: [], line };
  }

  /** A list that must not be empty, ended by a keyword. */
  #body(): Script {
    const items = this.#list('');
    if (items.length === 0) throw this.#unexpected();
    return { items };
  }

  #if(line: number): Compound {
    const branches: { test: Script; body: Script }[] = [];
    this.source.at += 2;
    for (;;) {
      const test = this.#body();
      this.#keyword('then', 'if');
      branches.push({ test, body: this.#body() });
      const word = this.#peekWord();
      if (word === 'elif') {
        this.source.at += 4;
        continue;
      }
      if (word === 'else') {
        this.source.at += 4;
        const otherwise = this.#body();
        this.#keyword('fi', 'if');
        return { kind: 'if', branches, otherwise, redirects: [], line };
      }
      this.#keyword('fi', 'if');
      return { kind: 'if', branches, redirects: [], line };
    }
  }

  #for(line: number): Compound {
    this.source.at += 3;
    this.#skipBlanks();
    if (this.source.dialect === 'bash' && this.source.text.startsWith('((', this.source.at)) return this.#forArithmetic(line);
    const name = this.#takeWord();
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw name === '' ? this.#unexpected() : new ShellSyntaxError(name, line);
    this.#newlines();
    let words: Word[] | undefined;
    if (this.#peekWord() === 'in') {
      this.source.at += 2;
      words = [];
      for (;;) {
        this.#skipBlanks();
        const word = readWord(this.source, this.#nested);
        if (word.length === 0) break;
        words.push(word);
      }
      if (this.#char() === undefined) throw this.#endOfFile('done');
      if (this.#char() !== ';' && this.#char() !== '\n') throw this.#unexpected();
    }
    this.#skipBlanks();
    if (this.#char() === ';') this.source.at++;
    this.#newlines();
    const body = this.#doGroup('for');
    return { kind: 'for', name, ...(words ? { words } : {}), body, redirects: [], line };
  }

  #forArithmetic(line: number): Compound {
    const end = closingArithmetic(this.source.text, this.source.at + 2);
    if (end === undefined) throw this.#endOfFile('))');
    const [init = '', test = '', step = ''] = this.source.text.slice(this.source.at + 2, end).split(';');
    const parts = [this.#arithmetic(init), this.#arithmetic(test), this.#arithmetic(step)] as const;
    this.source.at = end + 2;
    this.#skipBlanks();
    if (this.#char() === ';') this.source.at++;
    this.#newlines();
    return { kind: 'for-arithmetic', parts, body: this.#doGroup('for'), redirects: [], line };
  }

  #doGroup(opener: string): Script {
    if (this.#peekWord() === '{') {
      this.source.at++;
      const body = this.#body();
      this.#keyword('}', '{');
      return body;
    }
    this.#keyword('do', opener);
    const body = this.#body();
    this.#keyword('done', opener);
    return body;
  }

  #arithmetic(text: string): Word {
    return readUntilQuote({ text, at: 0, line: this.source.line, dialect: this.source.dialect }, this.#nested, undefined);
  }

  #case(line: number): Compound {
    this.source.at += 4;
    this.#skipBlanks();
    const word = readWord(this.source, this.#nested);
    if (word.length === 0) throw this.#unexpected();
    this.#newlines();
    this.#keyword('in', 'case');
    const branches: { patterns: Word[]; body: Script; ending: ';;' | ';&' | ';;&' }[] = [];
    for (;;) {
      this.#newlines();
      if (this.#peekWord() === 'esac') {
        this.source.at += 4;
        return { kind: 'case', word, branches, redirects: [], line };
      }
      if (this.#char() === undefined) throw this.#endOfFile('esac');
      if (this.#char() === '(') this.source.at++;
      const patterns: Word[] = [];
      for (;;) {
        this.#skipBlanks();
        const pattern = readWord(this.source, this.#nested);
        if (pattern.length === 0) throw this.#unexpected();
        patterns.push(pattern);
        this.#skipBlanks();
        if (this.#char() !== '|') break;
        this.source.at++;
      }
      if (this.#char() !== ')') throw this.#unexpected();
      this.source.at++;
      const body: Script = { items: this.#list('') };
      const ending = /^(?:;;&|;;|;&)/.exec(this.source.text.slice(this.source.at, this.source.at + 3));
      if (ending !== null) this.source.at += ending[0].length;
      else if (this.#peekWord() !== 'esac') throw this.#unexpected();
      branches.push({ patterns, body, ending: (ending?.[0] ?? ';;') as ';;' });
    }
  }

  /** `[[ … ]]`: words and operators up to the closing brackets; `&&`, `||`, `(`, `)`, `<`, `>` are operators. */
  #condition(line: number): Compound {
    this.source.at += 2;
    const words: (Word | string)[] = [];
    for (;;) {
      this.#newlines();
      const rest = this.source.text.slice(this.source.at, this.source.at + 3);
      if (rest.startsWith(']]')) {
        this.source.at += 2;
        return { kind: 'condition', words, redirects: [], line };
      }
      const operator = /^(?:&&|\|\||[()<>])/.exec(rest);
      if (operator !== null) {
        words.push(operator[0]);
        this.source.at += operator[0].length;
        continue;
      }
      const pattern = words[words.length - 1];
      const regex = Array.isArray(pattern) && pattern.length === 1 && pattern[0]?.kind === 'text' && pattern[0].text === '=~';
      const word = readWord(this.source, this.#nested, regex ? ' \t\n' : undefined);
      if (word.length === 0) throw this.#char() === undefined ? this.#endOfFile(']]') : this.#unexpected();
      words.push(word);
    }
  }

  #simple(): Command {
    const { line } = this.source;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.#skipBlanks();
      const redirect = this.#redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      if (words.length === 0) {
        const assignment = this.#assignment();
        if (assignment !== undefined) {
          assignments.push(assignment);
          continue;
        }
      }
      if (words.length === 0 && redirects.length + assignments.length > 0) this.#expandAlias();
      const word = readWord(this.source, this.#nested);
      if (word.length === 0) break;
      words.push(word);
      // `declare -a x=(…)` and `local x=(…)` take arrays as well.
      if (this.#char() === '(' && words.length > 0 && this.source.dialect === 'bash' && declares(words[0] as Word)) {
        const name = plainText(word);
        if (name?.endsWith('=')) {
          words.pop();
          words.push([{ kind: 'text', text: name.slice(0, -1), quoted: true }]);
          assignments.push({ name: name.slice(0, -1), append: false, value: { array: this.#arrayWords() } });
        }
      }
    }
    if (words.length + assignments.length + redirects.length === 0) throw this.#unexpected();
    if (this.#char() === '(') throw this.#unexpected();
    return { kind: 'simple', assignments, words, redirects, line };
  }

  #assignment(): Assignment | undefined {
    const head = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]\n]*)\])?(\+?)=/.exec(this.source.text.slice(this.source.at, this.source.at + 300));
    if (head === null) return undefined;
    const [all, name = '', index, plus] = head;
    if ((index !== undefined || plus !== '') && this.source.dialect === 'dash') return undefined;
    this.source.at += all.length;
    const base = { name, append: plus === '+', ...(index === undefined ? {} : { index: this.#arithmetic(index) }) };
    if (this.#char() === '(' && this.source.dialect === 'bash') return { ...base, value: { array: this.#arrayWords() } };
    return { ...base, value: readWord(this.source, this.#nested) };
  }

  #arrayWords(): Word[] {
    this.source.at++;
    const words: Word[] = [];
    for (;;) {
      this.#newlines();
      if (this.#char() === ')') {
        this.source.at++;
        return words;
      }
      const word = readWord(this.source, this.#nested);
      if (word.length === 0) throw this.#char() === undefined ? this.#endOfFile(')') : this.#unexpected();
      words.push(word);
    }
  }

  #redirect(): Redirect | undefined {
    this.#skipBlanks();
    const bash = this.source.dialect !== 'dash';
    const pattern = bash ? /^(\d*)(<<<|<<-|<<|<&|<>|<|>>|>&|>\||>)|^()(&>>|&>)/ : /^(\d*)(<<-|<<|<&|<>|<|>>|>&|>\||>)/;
    const match = pattern.exec(this.source.text.slice(this.source.at, this.source.at + 16));
    if (match === null) return undefined;
    const operator = (match[2] ?? match[4]) as string;
    this.source.at += match[0].length;
    const fd = match[1] === undefined || match[1] === '' ? (operator.startsWith('<') ? 0 : 1) : Number(match[1]);
    this.#skipBlanks();
    const start = this.source.at;
    const target = readWord(this.source, this.#nested);
    if (target.length === 0) throw this.#unexpected();
    if (operator !== '<<' && operator !== '<<-') return { fd, operator: operator as Redirect['operator'], target };
    const raw = this.source.text.slice(start, this.source.at);
    const redirect = { fd, operator: '<<' as const, target: [] as Word };
    const quoted = /['"\\]/.test(raw);
    const delimiter = quoted ? raw.replace(/\\(.)/g, '$1').replace(/['"]/g, '') : raw;
    this.#heredocs.push({ delimiter, stripTabs: operator === '<<-', quoted, redirect });
    return redirect;
  }

  // ---- here-documents, blanks, tokens

  /** Reads the bodies of here-documents that the line before began; stands after its newline. */
  #readHeredocs(): void {
    const pending = this.#heredocs;
    this.#heredocs = [];
    for (const heredoc of pending) {
      let body = '';
      for (;;) {
        if (this.source.at >= this.source.text.length) {
          // Interactive shells wait for the delimiter; scripts take what there is with a warning.
          throw new ShellSyntaxError('end of file', this.source.line, { incomplete: true, expected: `heredoc ${heredoc.delimiter}` });
        }
        const end = this.source.text.indexOf('\n', this.source.at);
        const stop = end < 0 ? this.source.text.length : end;
        let row = this.source.text.slice(this.source.at, stop);
        this.source.at = end < 0 ? stop : stop + 1;
        this.source.line++;
        if (heredoc.stripTabs) row = row.replace(/^\t+/, '');
        if (row === heredoc.delimiter) break;
        body += `${row}\n`;
      }
      const target: Word = heredoc.quoted
        ? [{ kind: 'text', text: body, quoted: true }]
        : readUntilQuote({ text: body, at: 0, line: this.source.line, dialect: this.source.dialect }, this.#nested, undefined);
      (heredoc.redirect as { target: Word }).target = target;
    }
  }

  #finishHeredocs(): void {
    if (this.#heredocs.length > 0) this.#readHeredocs();
  }

  #newline(): void {
    this.source.at++;
    this.source.line++;
    if (this.#heredocs.length > 0) this.#readHeredocs();
  }

  #newlines(): void {
    for (;;) {
      this.#skipBlanks();
      const char = this.#char();
      if (char === '\n') this.#newline();
      else if (char === '#') this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const end = this.source.text.indexOf('\n', this.source.at);
    this.source.at = end < 0 ? this.source.text.length : end;
  }

  #skipBlanks(): void {
    const { source } = this;
    for (;;) {
      const char = source.text[source.at];
      if (char === ' ' || char === '\t' || char === '\r') source.at++;
      else if (char === '\\' && source.text[source.at + 1] === '\n') {
        source.at += 2;
        source.line++;
        if (source.at >= source.text.length) throw new ShellSyntaxError('end of file', source.line, { incomplete: true });
      } else break;
    }
    if (source.text[source.at] === '#' && (source.at === 0 || ' \t\n;&|()'.includes(source.text[source.at - 1] as string)))
      this.#skipComment();
  }

  #char(): string | undefined {
    return this.source.text[this.source.at];
  }

  /** The unquoted word that stands here, without reading it; empty when there is none. */
  #peekWord(): string {
    const match = /^[^\s;&|<>()$`'"\\]+(?=[\s;&|<>()]|$)/.exec(this.source.text.slice(this.source.at, this.source.at + 64));
    return match?.[0] ?? '';
  }

  #takeWord(): string {
    const word = /^[^\s;&|<>()]*/.exec(this.source.text.slice(this.source.at))?.[0] ?? '';
    this.source.at += word.length;
    return word;
  }

  #keyword(word: string, opener: string): void {
    this.#newlines();
    if (this.#peekWord() === word) {
      this.source.at += word.length;
      return;
    }
    if (this.#char() === undefined) throw this.#endOfFile(word, opener);
    throw this.#unexpected(word);
  }

  readonly #expandedAt = new Set<number>();

  #expandAlias(): void {
    if (this.#aliases === undefined || this.#aliases.size === 0) return;
    const seen = new Set<string>();
    for (;;) {
      const word = this.#peekWord();
      const value = this.#aliases.get(word);
      if (value === undefined || seen.has(word) || this.#expandedAt.has(this.source.text.length - this.source.at)) return;
      seen.add(word);
      this.source.text = this.source.text.slice(0, this.source.at) + value + this.source.text.slice(this.source.at + word.length);
    }
  }

  #endOfFile(expected: string, opener?: string): ShellSyntaxError {
    void opener;
    return new ShellSyntaxError('end of file', this.source.line, { incomplete: true, expected });
  }

  #unexpected(expected?: string): ShellSyntaxError {
    const rest = this.source.text.slice(this.source.at);
    if (rest === '') return new ShellSyntaxError('end of file', this.source.line, { incomplete: true, ...(expected ? { expected } : {}) });
    const token = /^(?:\n|;;&|;;|;&|&&|\|\||<<-|<<|>>|[;&|<>()]|[^\s;&|<>()]+)/.exec(rest)?.[0] ?? rest[0] ?? '';
    return new ShellSyntaxError(token === '\n' ? 'newline' : token, this.source.line, expected === undefined ? {} : { expected });
  }
}

function plainText(word: Word): string | undefined {
  return word.every((part) => part.kind === 'text') ? word.map((part) => (part.kind === 'text' ? part.text : '')).join('') : undefined;
}

function declares(word: Word): boolean {
  return /^(?:declare|local|typeset|readonly|export)$/.test(plainText(word) ?? '');
}
