// Go templates over decoded JSON: parser and evaluator of the part of the language templates of kubectl use.
// Models: Go text/template, kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/printers/template.go
import { goJson, goQuote, goValue } from '../../../../cluster/apimachinery/go-text.ts';
import { Failure } from '../errors.ts';

type Operand =
  | { readonly op: 'value'; readonly value: unknown }
  | { readonly op: 'dot' }
  | { readonly op: 'variable'; readonly name: string }
  | { readonly op: 'function'; readonly name: string }
  | { readonly op: 'fields'; readonly base: Operand; readonly path: readonly string[] }
  | { readonly op: 'pipeline'; readonly pipeline: Pipeline };

interface Pipeline {
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | { readonly kind: 'if' | 'with' | 'range'; readonly pipeline: Pipeline; readonly body: readonly Node[]; readonly other: readonly Node[] }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined };

class TemplateError extends Error {}

const TOKEN =
  /\s+|"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])'|:=|[|(),=]|\$[\w]*|\.[\p{L}_][\p{L}\p{N}_]*|\.|[+-]?(?:0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|[\p{L}_][\p{L}\p{N}_]*/uy;

class Lexed {
  readonly tokens: readonly string[];
  at = 0;
  constructor(action: string, fail: (why: string) => never) {
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < action.length) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(action);
      if (match === null) {
        const char = action[start]!;
        fail(char === '"' ? 'unterminated quoted string' : `unexpected ${goQuote(char)} in operand`);
      } else tokens.push(/^\s/.test(match[0]) ? ' ' : match[0]);
    }
    this.tokens = tokens;
  }
  skip(): void {
    while (this.tokens[this.at] === ' ') this.at++;
  }
  peek(): string | undefined {
    this.skip();
    return this.tokens[this.at];
  }
  take(): string | undefined {
    this.skip();
    return this.tokens[this.at++];
  }
}

class Parser {
  readonly #source: string;
  readonly #functions: ReadonlySet<string>;
  readonly defined = new Map<string, readonly Node[]>();
  #at = 0;

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source;
    this.#functions = functions;
  }

  #fail(why: string): never {
    const line = this.#source.slice(0, Math.min(this.#at, this.#source.length)).split('\n').length;
    throw new TemplateError(`template: output:${line}: ${why}`);
  }

  parse(): readonly Node[] {
    const { nodes, end } = this.#nodes();
    if (end !== undefined) this.#fail(`unexpected {{${end}}}`);
    return nodes;
  }

  /** Nodes up to `end`, `else…` or the end of the text. */
  #nodes(): { nodes: Node[]; end?: string } {
    const nodes: Node[] = [];
    for (;;) {
      const open = this.#source.indexOf('{{', this.#at);
      let text = this.#source.slice(this.#at, open < 0 ? undefined : open);
      if (this.#trimNext) text = text.trimStart();
      this.#trimNext = false;
      if (open >= 0 && /^\{\{- /.test(this.#source.slice(open, open + 4))) text = text.trimEnd();
      if (text !== '') nodes.push({ kind: 'text', text });
      if (open < 0) {
        this.#at = this.#source.length;
        return { nodes };
      }
      const action = this.#action(open);
      if (action === undefined) continue;
      const word = /^[a-z]+/.exec(action)?.[0] ?? '';
      const rest = action.slice(word.length);
      if (word === 'end' || word === 'else') return { nodes, end: action };
      if (word === 'if' || word === 'with' || word === 'range') nodes.push(this.#block(word, rest));
      else if ((word === 'break' || word === 'continue') && rest.trim() === '') nodes.push({ kind: word });
      else if (word === 'define') {
        const name = JSON.parse(rest.trim()) as string;
        this.defined.set(name, this.#until('define'));
      } else if (word === 'template') {
        const match = /^\s*("(?:\\.|[^"\\])*")\s*(.*)$/s.exec(rest);
        if (match === null) this.#fail('unexpected "}}" in template clause');
        nodes.push({
          kind: 'template',
          name: JSON.parse(match![1]!) as string,
          pipeline: match![2] === '' ? undefined : this.#pipeline(match![2]!),
        });
      } else nodes.push({ kind: 'print', pipeline: this.#pipeline(action) });
    }
  }

  #trimNext = false;

  /** The words between the braces; undefined for a comment. */
  #action(open: number): string | undefined {
    this.#at = open;
    const inner = /^\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/.exec(this.#source.slice(open));
    if (inner !== null) {
      this.#trimNext = inner[0].endsWith('-}}');
      this.#at = open + inner[0].length;
      return undefined;
    }
    let at = open + 2;
    let quote = '';
    for (; ; at++) {
      const char = this.#source[at];
      if (char === undefined) this.#fail('unclosed action');
      if (quote !== '') {
        if (char === '\\' && quote === '"') at++;
        else if (char === quote) quote = '';
      } else if (char === '"' || char === '`') quote = char;
      else if (char === '}' && this.#source[at + 1] === '}') break;
    }
    let action = this.#source.slice(open + 2, at);
    if (/^-\s/.test(action)) action = action.slice(1);
    if (/\s-$/.test(action)) {
      action = action.slice(0, -1);
      this.#trimNext = true;
    }
    this.#at = at + 2;
    return action.trim();
  }

  #until(what: string): Node[] {
    const { nodes, end } = this.#nodes();
    if (end === undefined) this.#fail('unexpected EOF');
    if (end !== 'end') this.#fail(`unexpected {{${end}}} in ${what}`);
    return nodes;
  }

  #block(kind: 'if' | 'with' | 'range', head: string): Node {
    const pipeline = this.#pipeline(head.trim());
    const { nodes: body, end } = this.#nodes();
    if (end === undefined) this.#fail('unexpected EOF');
    if (end === 'end') return { kind, pipeline, body, other: [] };
    const chained = /^else\s+(if|with)\b(.*)$/s.exec(end!);
    const other = chained === null ? this.#until(kind) : [this.#block(chained[1] as 'if', chained[2]!)];
    return { kind, pipeline, body, other };
  }

  #pipeline(text: string): Pipeline {
    if (text === '') this.#fail('missing value for command');
    const lexed = new Lexed(text, (why) => this.#fail(why));
    const pipeline = this.#pipe(lexed);
    if (lexed.peek() !== undefined) this.#fail(`unexpected ${goQuote(lexed.peek()!)} in operand`);
    return pipeline;
  }

  #pipe(lexed: Lexed): Pipeline {
    const declares: string[] = [];
    let assigns = false;
    const start = lexed.at;
    if (lexed.peek()?.startsWith('$')) {
      const names = [lexed.take()!];
      if (lexed.peek() === ',') {
        lexed.take();
        names.push(lexed.take() ?? '');
      }
      const sign = lexed.peek();
      if (sign === ':=' || sign === '=') {
        lexed.take();
        assigns = sign === '=';
        declares.push(...names);
      } else lexed.at = start;
    }
    const commands: Operand[][] = [];
    for (;;) {
      const operands: Operand[] = [];
      for (let next = lexed.peek(); next !== undefined && next !== '|' && next !== ')'; next = lexed.peek())
        operands.push(this.#operand(lexed));
      if (operands.length === 0) this.#fail('missing value for command');
      commands.push(operands);
      if (lexed.peek() !== '|') return { declares, assigns, commands };
      lexed.take();
    }
  }

  #operand(lexed: Lexed): Operand {
    const token = lexed.take()!;
    let base: Operand;
    let path: string[] = [];
    if (token === '(') {
      base = { op: 'pipeline', pipeline: this.#pipe(lexed) };
      if (lexed.take() !== ')') this.#fail('unclosed left paren');
    } else if (token === '.') base = { op: 'dot' };
    else if (token.startsWith('.')) {
      base = { op: 'dot' };
      path = [token.slice(1)];
    } else if (token.startsWith('$')) base = { op: 'variable', name: token };
    else if (token.startsWith('"')) base = { op: 'value', value: unquote(token) };
    else if (token.startsWith('`')) base = { op: 'value', value: token.slice(1, -1) };
    else if (token.startsWith("'")) base = { op: 'value', value: unquote(`"${token.slice(1, -1)}"`).codePointAt(0) };
    else if (/^[+-]?\d/.test(token)) base = { op: 'value', value: Number(token) };
    else if (token === 'true' || token === 'false') base = { op: 'value', value: token === 'true' };
    else if (token === 'nil') base = { op: 'value', value: undefined };
    else if (this.#functions.has(token)) base = { op: 'function', name: token };
    else if (/^[\p{L}_]/u.test(token)) this.#fail(`function ${goQuote(token)} not defined`);
    else this.#fail(`unexpected ${goQuote(token)} in operand`);
    // A chain of fields follows without a blank.
    while (/^\.[\p{L}_]/u.test(lexed.tokens[lexed.at] ?? '')) path.push(lexed.tokens[lexed.at++]!.slice(1));
    return path.length === 0 ? base! : { op: 'fields', base: base!, path };
  }
}

function unquote(token: string): string {
  try {
    return JSON.parse(
      token
        .replace(/\\([av'])/g, (_all, char: string) => (char === 'a' ? '\\u0007' : char === 'v' ? '\\u000b' : "'"))
        .replace(/\n/g, '\\n'),
    ) as string;
  } catch {
    return token.slice(1, -1);
  }
}

const NO_VALUE = Symbol('<no value>');
class Stop extends Error {
  readonly how: 'break' | 'continue';
  constructor(how: 'break' | 'continue') {
    super(how);
    this.how = how;
  }
}

function truth(value: unknown): boolean {
  if (value === NO_VALUE || value === undefined || value === null) return false;
  if (Array.isArray(value) || typeof value === 'string') return value.length > 0;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

const shown = (value: unknown): string => (value === NO_VALUE || value === undefined || value === null ? '<no value>' : goValue(value));

function utf8Base64(text: string): string {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** Go's Sprintf for the verbs templates use. */
export function goSprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_all, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const value = args[next++];
      let out: string;
      if (verb === 'q') out = goQuote(String(value));
      else if (verb === 'd')
        out =
          typeof value === 'number' ? String(Math.trunc(value)) : `%!d(${typeof value === 'string' ? 'string' : 'bool'}=${String(value)})`;
      else if (verb === 'f') out = Number(value).toFixed(precision === undefined ? 6 : Number(precision));
      else if (verb === 'x')
        out =
          typeof value === 'number'
            ? value.toString(16)
            : [...new TextEncoder().encode(String(value))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      else if (verb === 'T') out = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int64' : 'interface {}';
      else out = value === NO_VALUE ? '<no value>' : goValue(value);
      if (verb === 's' && precision !== undefined) out = out.slice(0, Number(precision));
      if (width === undefined) return out;
      if (flags.includes('-')) return out.padEnd(Number(width));
      return out.padStart(Number(width), flags.includes('0') && verb === 'd' ? '0' : ' ');
    },
  );
  if (next >= args.length) return text;
  return `${text}%!(EXTRA ${args
    .slice(next)
    .map((one) => `${typeof one === 'string' ? 'string' : 'int'}=${goValue(one)}`)
    .join(', ')})`;
}

function index(value: unknown, keys: readonly unknown[]): unknown {
  let current = value;
  for (const key of keys) {
    if (current === undefined || current === null || current === NO_VALUE) throw new TemplateError('index of untyped nil');
    if (Array.isArray(current)) {
      if (typeof key !== 'number') throw new TemplateError(`cannot index slice/array with type ${typeof key}`);
      if (key < 0 || key >= current.length) throw new TemplateError(`error calling index: index out of range: ${key}`);
      current = current[key];
    } else if (typeof current === 'object') current = (current as Record<string, unknown>)[String(key)] ?? NO_VALUE;
    else throw new TemplateError(`error calling index: can't index item of type ${typeof current}`);
  }
  return current;
}

function compare(name: string, a: unknown, b: unknown): number {
  if (typeof a !== typeof b) throw new TemplateError(`error calling ${name}: incompatible types for comparison`);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

function printAll(args: readonly unknown[]): string {
  return args.map((one, at) => (at > 0 && typeof one !== 'string' && typeof args[at - 1] !== 'string' ? ' ' : '') + shown(one)).join('');
}

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  and: (args) => args.find((one) => !truth(one)) ?? args.at(-1),
  or: (args) => args.find(truth) ?? args.at(-1),
  not: ([one]) => !truth(one),
  len: ([one]) => {
    if (typeof one === 'string' || Array.isArray(one)) return one.length;
    if (typeof one === 'object' && one !== null) return Object.keys(one).length;
    throw new TemplateError(`error calling len: len of ${one === undefined || one === NO_VALUE ? 'nil pointer' : `type ${typeof one}`}`);
  },
  index: ([value, ...keys]) => index(value, keys),
  slice: ([value, from, to]) => (value as string).slice(from as number, to as number | undefined),
  print: printAll,
  println: (args) => `${args.map(shown).join(' ')}\n`,
  printf: ([format, ...args]) => goSprintf(String(format), args),
  html: (args) => printAll(args).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`),
  js: (args) => JSON.stringify(printAll(args)).slice(1, -1),
  urlquery: (args) => encodeURIComponent(printAll(args)).replaceAll('%20', '+'),
  eq: ([first, ...rest]) => rest.some((one) => (one === NO_VALUE || first === NO_VALUE ? one === first : one === first)),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => compare('lt', a, b) < 0,
  le: ([a, b]) => compare('le', a, b) <= 0,
  gt: ([a, b]) => compare('gt', a, b) > 0,
  ge: ([a, b]) => compare('ge', a, b) >= 0,
  exists: ([value, ...keys]) => {
    try {
      const found = index(value, keys);
      return found !== NO_VALUE && found !== undefined && found !== null;
    } catch {
      return false;
    }
  },
  base64decode: ([text]) => utf8Base64(String(text)),
  json: ([value]) => goJson(value),
};

class Run {
  readonly #defined: ReadonlyMap<string, readonly Node[]>;
  #scopes: Map<string, unknown>[];
  #out = '';

  constructor(defined: ReadonlyMap<string, readonly Node[]>, data: unknown) {
    this.#defined = defined;
    this.#scopes = [new Map([['$', data]])];
  }

  run(nodes: readonly Node[], data: unknown): string {
    this.#nodes(nodes, data);
    return this.#out;
  }

  get written(): string {
    return this.#out;
  }

  #nodes(nodes: readonly Node[], dot: unknown): void {
    this.#scopes.push(new Map());
    try {
      for (const node of nodes) this.#node(node, dot);
    } finally {
      this.#scopes.pop();
    }
  }

  #node(node: Node, dot: unknown): void {
    switch (node.kind) {
      case 'text':
        this.#out += node.text;
        break;
      case 'print': {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.declares.length === 0) this.#out += shown(value);
        break;
      }
      case 'break':
      case 'continue':
        throw new Stop(node.kind);
      case 'template': {
        const body = this.#defined.get(node.name);
        if (body === undefined) throw new TemplateError(`template ${goQuote(node.name)} not defined`);
        const data = node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot);
        const scopes = this.#scopes;
        this.#scopes = [new Map([['$', data]])];
        this.#nodes(body, data);
        this.#scopes = scopes;
        break;
      }
      default:
        this.#scopes.push(new Map());
        if (node.kind === 'range') this.#range(node, dot);
        else {
          const value = this.#pipeline(node.pipeline, dot);
          if (truth(value)) this.#nodes(node.body, node.kind === 'with' ? value : dot);
          else this.#nodes(node.other, dot);
        }
        this.#scopes.pop();
    }
  }

  #range(node: Extract<Node, { pipeline: Pipeline; body: readonly Node[] }>, dot: unknown): void {
    const names = node.pipeline.declares;
    const value = this.#pipeline({ ...node.pipeline, declares: [] }, dot);
    let entries: [unknown, unknown][];
    if (Array.isArray(value)) entries = value.map((one, at) => [at, one]);
    else if (typeof value === 'number') entries = Array.from({ length: value }, (_one, at) => [at, at]);
    else if (typeof value === 'object' && value !== null) {
      const map = value as Record<string, unknown>;
      entries = Object.keys(map)
        .filter((key) => map[key] !== undefined)
        .sort()
        .map((key) => [key, map[key]]);
    } else if (value === NO_VALUE || value === undefined || value === null) entries = [];
    else throw new TemplateError(`range can't iterate over ${shown(value)}`);
    if (entries.length === 0) {
      this.#nodes(node.other, dot);
      return;
    }
    for (const [key, one] of entries) {
      const scope = this.#scopes.at(-1)!;
      if (names.length === 1) scope.set(names[0]!, one);
      if (names.length === 2) {
        scope.set(names[0]!, key);
        scope.set(names[1]!, one);
      }
      const depth = this.#scopes.length;
      try {
        this.#nodes(node.body, one);
      } catch (stop) {
        if (!(stop instanceof Stop)) throw stop;
        this.#scopes.length = depth;
        if (stop.how === 'break') return;
      }
    }
  }

  #pipeline(pipeline: Pipeline, dot: unknown): unknown {
    let value: unknown = NO_VALUE;
    pipeline.commands.forEach((command, at) => {
      value = this.#command(command, dot, at === 0 ? [] : [value]);
    });
    for (const name of pipeline.declares) {
      const scope = pipeline.assigns ? [...this.#scopes].reverse().find((one) => one.has(name)) : this.#scopes.at(-1);
      scope?.set(name, value);
    }
    return value;
  }

  #command(command: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    if (first.op !== 'function') {
      if (rest.length > 0 || piped.length > 0)
        throw new TemplateError(`can't give argument to non-function ${first.op === 'fields' ? `.${first.path.join('.')}` : 'value'}`);
      return this.#value(first, dot);
    }
    if (first.name === 'and' || first.name === 'or') {
      let value: unknown = NO_VALUE;
      for (const operand of rest) {
        value = this.#value(operand, dot);
        if (truth(value) === (first.name === 'or')) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    return FUNCTIONS[first.name]!([...rest.map((operand) => this.#value(operand, dot)), ...piped]);
  }

  #value(operand: Operand, dot: unknown): unknown {
    switch (operand.op) {
      case 'value':
        return operand.value;
      case 'dot':
        return dot;
      case 'variable':
        for (let at = this.#scopes.length - 1; at >= 0; at--)
          if (this.#scopes[at]!.has(operand.name)) return this.#scopes[at]!.get(operand.name);
        throw new TemplateError(`undefined variable: ${operand.name}`);
      case 'pipeline':
        return this.#pipeline(operand.pipeline, dot);
      case 'function':
        return FUNCTIONS[operand.name]!([]);
      default: {
        let value = this.#value(operand.base, dot);
        for (const name of operand.path) {
          if (value === NO_VALUE || value === undefined || value === null) return NO_VALUE;
          if (typeof value !== 'object' || Array.isArray(value)) {
            const type = Array.isArray(value)
              ? '[]interface {}'
              : typeof value === 'number'
                ? 'int64'
                : typeof value === 'boolean'
                  ? 'bool'
                  : 'string';
            throw new TemplateError(`can't evaluate field ${name} in type ${type === 'string' ? 'interface {}' : type}`);
          }
          value = (value as Record<string, unknown>)[name] ?? NO_VALUE;
        }
        return value;
      }
    }
  }
}

export interface GoTemplate {
  /** @throws Failure after what was written before it failed is lost, as in kubectl. */
  print(data: unknown): string;
}

/** @throws Failure `error parsing template {{.items, template: output:1: unclosed action` */
export function parseGoTemplate(source: string): GoTemplate {
  const parser = new Parser(source, new Set(Object.keys(FUNCTIONS)));
  let nodes: readonly Node[];
  try {
    nodes = parser.parse();
  } catch (error) {
    throw new Failure(`error parsing template ${source}, ${(error as Error).message}`);
  }
  return {
    print(data) {
      const run = new Run(parser.defined, data);
      try {
        return run.run(nodes, data);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        throw new Failure(`error executing template ${goQuote(source)}: template: output:1: ${error.message}`);
      }
    },
  };
}
