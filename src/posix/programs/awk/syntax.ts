// awk's program as a tree, and its parser. Models: POSIX awk; mawk 1.3.4 and busybox where they agree.

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'regex'; readonly source: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly index: Expression }
  | { readonly kind: 'element'; readonly name: string; readonly keys: readonly Expression[] }
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'step'; readonly operator: '++' | '--'; readonly prefix: boolean; readonly target: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'in'; readonly keys: readonly Expression[]; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'getline';
      readonly target: Expression | undefined;
      readonly source: Expression | undefined;
      readonly command: boolean;
    }
  | { readonly kind: 'group'; readonly inner: Expression };

export type Statement =
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | {
      readonly kind: 'print' | 'printf';
      readonly args: readonly Expression[];
      readonly redirect?: { readonly operator: '>' | '>>' | '|'; readonly target: Expression };
    }
  | { readonly kind: 'if'; readonly test: Expression; readonly yes: Statement; readonly no: Statement | undefined }
  | { readonly kind: 'while'; readonly test: Expression; readonly body: Statement; readonly after: boolean }
  | {
      readonly kind: 'for';
      readonly start: Statement | undefined;
      readonly test: Expression | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    }
  | { readonly kind: 'for-in'; readonly variable: string; readonly array: string; readonly body: Statement }
  | { readonly kind: 'break' | 'continue' | 'next' }
  | { readonly kind: 'exit' | 'return'; readonly value: Expression | undefined }
  | { readonly kind: 'delete'; readonly name: string; readonly keys: readonly Expression[] | undefined };

export interface Rule {
  readonly pattern: 'BEGIN' | 'END' | Expression | undefined;
  readonly until: Expression | undefined;
  readonly body: Statement | undefined;
}

export interface AwkProgram {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, { readonly parameters: readonly string[]; readonly body: Statement }>;
}

export class AwkSyntaxError extends Error {
  readonly line: number;
  readonly near: string;
  constructor(line: number, near: string) {
    super(`syntax error at or near ${near}`);
    this.line = line;
    this.near = near;
  }
}

interface Token {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'function' | 'symbol' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}

const symbols = [
  '**=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '==',
  '<=',
  '>=',
  '!=',
  '!~',
  '>>',
  '**',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '>',
  '<',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
];
const keywords = new Set([
  'BEGIN',
  'END',
  'function',
  'func',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
]);
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const push = (kind: Token['kind'], value: string) => tokens.push({ kind, text: value, line });
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '\\' && text[at + 1] === '\n') {
      at += 2;
      line++;
    } else if (char === '\n') {
      push('newline', '\n');
      line++;
      at++;
    } else if (/\s/.test(char)) at++;
    else if (char === '#') while (at < text.length && text[at] !== '\n') at++;
    else if (char === '"') {
      let value = '';
      at++;
      while (text[at] !== '"') {
        if (at >= text.length || text[at] === '\n') throw new AwkSyntaxError(line, 'unexpected newline or end of string');
        if (text[at] === '\\') {
          const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
          if (octal !== undefined) {
            value += String.fromCharCode(Number.parseInt(octal, 8));
            at += 1 + octal.length;
          } else {
            const next = text[at + 1] ?? '';
            value += escapes[next] ?? `\\${next}`;
            at += 2;
          }
        } else value += text[at++];
      }
      at++;
      push('string', value);
    } else if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
      const match = /^(?:0[xX][0-9a-fA-F]+|\d*\.?\d*(?:[eE][-+]?\d+)?)/.exec(text.slice(at))?.[0] ?? char;
      push('number', match);
      at += match.length;
    } else if (/[A-Za-z_]/.test(char)) {
      const name = /^\w+/.exec(text.slice(at))?.[0] ?? char;
      at += name.length;
      push(text[at] === '(' && !keywords.has(name) ? 'function' : 'name', name);
    } else if (char === '/' && regexAllowed(tokens[tokens.length - 1])) {
      let source = '';
      let bracket = false;
      at++;
      while (text[at] !== '/' || bracket) {
        if (at >= text.length) throw new AwkSyntaxError(line, 'unterminated regular expression');
        if (text[at] === '[') bracket = true;
        if (text[at] === ']') bracket = false;
        if (text[at] === '\\') source += text[at++];
        source += text[at++];
      }
      at++;
      push('regex', source);
    } else {
      const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
      if (symbol === undefined) throw new AwkSyntaxError(line, char);
      push('symbol', symbol === '**' ? '^' : symbol === '**=' ? '^=' : symbol);
      at += symbol.length;
    }
  }
  tokens.push({ kind: 'end', text: 'end of file', line });
  return tokens;
}

/** A slash begins a regular expression unless a value stands before it. */
function regexAllowed(last: Token | undefined): boolean {
  if (last === undefined) return true;
  if (last.kind === 'number' || last.kind === 'string' || last.kind === 'regex') return false;
  if (last.kind === 'name') return keywords.has(last.text);
  return !(
    last.kind === 'symbol' &&
    (last.text === ')' || last.text === ']' || last.text === '$' || last.text === '++' || last.text === '--')
  );
}

export function parseAwk(text: string): AwkProgram {
  return new Parser(tokenize(text)).program();
}

const comparison = ['<', '<=', '==', '!=', '>', '>='];
const assignment = ['=', '+=', '-=', '*=', '/=', '%=', '^='];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** In the list of `print`, `>` redirects. */
  #printing = 0;
  /** In the head of `for`, `in` does not belong to an expression. */
  #noIn = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #is(text: string): boolean {
    const { kind, text: found } = this.#token;
    return found === text && (kind === 'symbol' || kind === 'name' || kind === 'newline');
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#error();
  }

  #error(): AwkSyntaxError {
    return new AwkSyntaxError(this.#token.line, this.#token.text);
  }

  #newlines(): void {
    while (this.#token.kind === 'newline') this.#at++;
  }

  #separators(): void {
    while (this.#token.kind === 'newline' || this.#is(';')) this.#at++;
  }

  program(): AwkProgram {
    const rules: Rule[] = [];
    const functions = new Map<string, { parameters: string[]; body: Statement }>();
    this.#separators();
    while (this.#token.kind !== 'end') {
      if (this.#take('function') || this.#take('func')) {
        const name = this.#name();
        this.#expect('(');
        const parameters: string[] = [];
        while (!this.#take(')')) {
          parameters.push(this.#name());
          if (!this.#is(')')) this.#expect(',');
          this.#newlines();
        }
        this.#newlines();
        functions.set(name, { parameters, body: this.#block() });
      } else rules.push(this.#rule());
      this.#separators();
    }
    return { rules, functions };
  }

  #name(): string {
    const { kind, text } = this.#token;
    if ((kind !== 'name' && kind !== 'function') || keywords.has(text)) throw this.#error();
    this.#at++;
    return text;
  }

  #rule(): Rule {
    if (this.#is('BEGIN') || this.#is('END')) {
      const pattern = this.#token.text as 'BEGIN' | 'END';
      this.#at++;
      this.#newlines();
      return { pattern, until: undefined, body: this.#block() };
    }
    if (this.#is('{')) return { pattern: undefined, until: undefined, body: this.#block() };
    const pattern = this.#expression();
    let until: Expression | undefined;
    if (this.#take(',')) {
      this.#newlines();
      until = this.#expression();
    }
    return { pattern, until, body: this.#is('{') ? this.#block() : undefined };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    this.#separators();
    while (!this.#take('}')) {
      body.push(this.#statement());
      this.#separators();
    }
    return { kind: 'block', body };
  }

  #body(): Statement {
    this.#newlines();
    if (this.#take(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block();
    if (this.#take('if')) return this.#if();
    if (this.#take('while')) {
      this.#expect('(');
      const test = this.#expression();
      this.#expect(')');
      return { kind: 'while', test, body: this.#body(), after: false };
    }
    if (this.#take('do')) {
      const body = this.#body();
      this.#separators();
      this.#expect('while');
      this.#expect('(');
      const test = this.#expression();
      this.#expect(')');
      return { kind: 'while', test, body, after: true };
    }
    if (this.#take('for')) return this.#for();
    const simple = this.#simple();
    if (!this.#is(';') && !this.#is('}') && this.#token.kind !== 'newline' && this.#token.kind !== 'end') throw this.#error();
    return simple;
  }

  #if(): Statement {
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    const yes = this.#body();
    const mark = this.#at;
    this.#separators();
    if (this.#take('else')) return { kind: 'if', test, yes, no: this.#body() };
    this.#at = mark;
    return { kind: 'if', test, yes, no: undefined };
  }

  #for(): Statement {
    this.#expect('(');
    const [variable, keyword, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (variable?.kind === 'name' && keyword?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
      this.#at += 4;
      return { kind: 'for-in', variable: variable.text, array: array.text, body: this.#body() };
    }
    const start = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    this.#newlines();
    const test = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    this.#newlines();
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    return { kind: 'for', start, test, step, body: this.#body() };
  }

  #ends(): boolean {
    return this.#is(';') || this.#is('}') || this.#token.kind === 'newline' || this.#token.kind === 'end';
  }

  #simple(): Statement {
    const { text } = this.#token;
    if (this.#is('print') || this.#is('printf')) return this.#print(text as 'print');
    if (this.#is('break') || this.#is('continue') || this.#is('next')) {
      this.#at++;
      return { kind: text as 'break' };
    }
    if (this.#is('exit') || this.#is('return')) {
      this.#at++;
      return { kind: text as 'exit', value: this.#ends() ? undefined : this.#expression() };
    }
    if (this.#take('delete')) {
      const name = this.#name();
      return { kind: 'delete', name, keys: this.#take('[') ? this.#list(']') : undefined };
    }
    return { kind: 'expression', expression: this.#expression() };
  }

  #print(kind: 'print' | 'printf'): Statement {
    this.#at++;
    this.#printing++;
    let args: Expression[] = [];
    if (!this.#ends() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      args = [this.#expression()];
      while (this.#take(',')) {
        this.#newlines();
        args.push(this.#expression());
      }
    }
    // `print (a, b)` is a list in parentheses.
    const only = args.length === 1 ? args[0] : undefined;
    if (only?.kind === 'call' && only.name === '(') args = [...only.args];
    let redirect: { operator: '>' | '>>' | '|'; target: Expression } | undefined;
    for (const operator of ['>', '>>', '|'] as const) {
      if (redirect === undefined && this.#take(operator)) redirect = { operator, target: this.#concatenation() };
    }
    this.#printing--;
    return { kind, args, ...(redirect ? { redirect } : {}) };
  }

  #list(closing: string): Expression[] {
    const list: Expression[] = [];
    const printing = this.#printing;
    this.#printing = 0;
    this.#newlines();
    while (!this.#take(closing)) {
      list.push(this.#expression());
      this.#newlines();
      if (!this.#is(closing)) this.#expect(',');
      this.#newlines();
    }
    this.#printing = printing;
    return list;
  }

  // ---- expressions, lowest binding first

  #expression(): Expression {
    const left = this.#choice();
    const operator = this.#token.text;
    if (this.#token.kind !== 'symbol' || !assignment.includes(operator)) return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') throw this.#error();
    this.#at++;
    this.#newlines();
    return { kind: 'assign', operator, target: left, value: this.#expression() };
  }

  #choice(): Expression {
    const test = this.#or();
    if (!this.#take('?')) return test;
    this.#newlines();
    const yes = this.#expression();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    return { kind: 'choice', test, yes, no: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||')) {
      this.#newlines();
      left = { kind: 'binary', operator: '||', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#in();
    while (this.#take('&&')) {
      this.#newlines();
      left = { kind: 'binary', operator: '&&', left, right: this.#in() };
    }
    return left;
  }

  #in(): Expression {
    let left = this.#match();
    while (this.#noIn === 0 && this.#is('in')) {
      this.#at++;
      left = { kind: 'in', keys: left.kind === 'call' && left.name === '(' ? left.args : [left], name: this.#name() };
    }
    return left;
  }

  #match(): Expression {
    let left = this.#compare();
    while (this.#is('~') || this.#is('!~')) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#compare() };
    }
    return left;
  }

  #compare(): Expression {
    const left = this.#concatenation();
    const operator = this.#token.text;
    if (this.#token.kind !== 'symbol' || !comparison.includes(operator) || (operator === '>' && this.#printing > 0))
      return this.#pipedGetline(left);
    this.#at++;
    return { kind: 'binary', operator, left, right: this.#concatenation() };
  }

  /** `command | getline [variable]`. */
  #pipedGetline(left: Expression): Expression {
    let result = left;
    while (this.#is('|') && this.#tokens[this.#at + 1]?.text === 'getline') {
      this.#at += 2;
      result = { kind: 'getline', target: this.#getlineTarget(), source: result, command: true };
    }
    return result;
  }

  #getlineTarget(): Expression | undefined {
    if (this.#is('$') || (this.#token.kind === 'name' && !keywords.has(this.#token.text))) return this.#primary();
    return undefined;
  }

  #concatenation(): Expression {
    let left = this.#additive();
    while (this.#startsOperand()) left = { kind: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    if (kind === 'number' || kind === 'string' || kind === 'regex' || kind === 'function') return true;
    if (kind === 'name') return !keywords.has(text) || text === 'getline';
    return kind === 'symbol' && ['$', '!', '(', '-', '+', '++', '--'].includes(text);
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const operator = this.#token.text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    if (this.#is('!') || this.#is('-') || this.#is('+')) {
      const operator = this.#token.text;
      this.#at++;
      return { kind: 'unary', operator, operand: this.#unary() };
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take('^')) return left;
    return { kind: 'binary', operator: '^', left, right: this.#unaryPower() };
  }

  #unaryPower(): Expression {
    if (this.#take('-')) return { kind: 'unary', operator: '-', operand: this.#unaryPower() };
    return this.#power();
  }

  #postfix(): Expression {
    if (this.#is('++') || this.#is('--')) {
      const operator = this.#token.text as '++';
      this.#at++;
      return { kind: 'step', operator, prefix: true, target: this.#primary() };
    }
    const target = this.#primary();
    const assignable = target.kind === 'variable' || target.kind === 'field' || target.kind === 'element';
    if (assignable && (this.#is('++') || this.#is('--'))) {
      const operator = this.#token.text as '++';
      this.#at++;
      return { kind: 'step', operator, prefix: false, target };
    }
    return target;
  }

  #primary(): Expression {
    const { kind, text } = this.#token;
    this.#at++;
    switch (kind) {
      case 'number':
        return { kind: 'number', value: Number(text) };
      case 'string':
        return { kind: 'string', value: text };
      case 'regex':
        return { kind: 'regex', source: text };
      case 'function':
        this.#expect('(');
        return { kind: 'call', name: text, args: this.#list(')') };
      case 'name':
        if (text === 'getline') return this.#getline();
        if (keywords.has(text)) break;
        if (this.#take('[')) return { kind: 'element', name: text, keys: this.#list(']') };
        // Builtins without parentheses: `length`.
        return text === 'length' ? { kind: 'call', name: 'length', args: [] } : { kind: 'variable', name: text };
      case 'symbol':
        if (text === '$') {
          if (this.#is('++') || this.#is('--')) return { kind: 'field', index: this.#postfix() };
          return { kind: 'field', index: this.#is('-') ? this.#unary() : this.#primary() };
        }
        if (text === '(') {
          const list = this.#list(')');
          return list.length === 1 ? { kind: 'group', inner: list[0] as Expression } : { kind: 'call', name: '(', args: list };
        }
    }
    this.#at--;
    throw this.#error();
  }

  #getline(): Expression {
    const target = this.#getlineTarget();
    return { kind: 'getline', target, source: this.#take('<') ? this.#primary() : undefined, command: false };
  }
}
