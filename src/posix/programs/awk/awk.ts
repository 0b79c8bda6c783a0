// awk: patterns and actions over records and fields. Models: POSIX awk; what mawk 1.3.4 and busybox print.
import { type Flavour, parseArguments } from '../../arguments.ts';
import { errorMessage } from '../../errno.ts';
import { LineReader } from '../../input.ts';
import { type Body, defineProgram, type Os, SystemError } from '../../program.ts';
import { translateRegex } from '../../regex.ts';
import { formatDirective } from '../printf.ts';
import { type AwkProgram, AwkSyntaxError, type Expression, parseAwk, type Statement } from './syntax.ts';

/** A string that came from input counts as a number when it looks like one. */
class Numeric {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Value = string | number | Numeric | undefined;
type AwkArray = Map<string, Value>;

class Control extends Error {
  readonly kind: 'break' | 'continue' | 'next' | 'exit' | 'return';
  readonly value: Value;
  constructor(kind: Control['kind'], value?: Value) {
    super(kind);
    this.kind = kind;
    this.value = value;
  }
}

class AwkError extends Error {}

const looksNumeric = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  const text = value instanceof Numeric ? value.text : (value ?? '');
  return Number(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(text)?.[0] ?? 0);
}

function formatNumber(value: number, format: string): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return String(value);
  const match = /^%([-+ #0]*)(\d*)(?:\.(\d+))?([a-zA-Z])$/.exec(format);
  return match === null
    ? String(value)
    : formatDirective(
        match[4] as string,
        match[1] as string,
        Number(match[2] || 0),
        match[3] === undefined ? undefined : Number(match[3]),
        String(value),
        [],
      );
}

const regexCache = new Map<string, RegExp>();

function regexOf(source: string): RegExp {
  let regex = regexCache.get(source);
  if (regex === undefined) {
    if (regexCache.size > 500) regexCache.clear();
    regex = new RegExp(translateRegex(source, 'extended'));
    regexCache.set(source, regex);
  }
  return regex;
}

class Machine {
  readonly os: Os;
  readonly #program: AwkProgram;
  readonly #globals = new Map<string, Value | AwkArray>();
  #locals: Map<string, Value | AwkArray> | undefined;
  #record = '';
  #fields: string[] | undefined;
  #count = 0;
  #output = '';
  readonly #files = new Map<string, number>();
  readonly #pipes = new Map<string, { readonly fd: number; readonly pid: number }>();
  readonly #readers = new Map<string, LineReader>();
  readonly #ranges = new Set<number>();
  readonly #arguments: string[];
  #argument = 0;
  #reader: LineReader | undefined;
  #readsInput = false;
  #seed = 0;

  constructor(os: Os, program: AwkProgram, args: readonly string[]) {
    this.os = os;
    this.#program = program;
    this.#arguments = [...args];
    const defaults = {
      FS: ' ',
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      NR: 0,
      FNR: 0,
      SUBSEP: '\x1c',
      CONVFMT: '%.6g',
      OFMT: '%.6g',
      RSTART: 0,
      RLENGTH: -1,
      FILENAME: '',
    };
    for (const [name, value] of Object.entries(defaults)) this.#globals.set(name, value);
    this.#globals.set('ARGC', args.length + 1);
    this.#globals.set(
      'ARGV',
      new Map<string, Value>([['0', 'awk'], ...args.map((word, index): [string, Value] => [String(index + 1), new Numeric(word)])]),
    );
    this.#globals.set('ENVIRON', new Map(Object.entries(os.env).map(([name, value]): [string, Value] => [name, new Numeric(value)])));
  }

  // ---- variables, fields

  #text(value: Value): string {
    if (typeof value === 'number') return formatNumber(value, this.#scalar('CONVFMT') as string);
    return value instanceof Numeric ? value.text : (value ?? '');
  }

  #scope(name: string): Map<string, Value | AwkArray> {
    return this.#locals?.has(name) ? this.#locals : this.#globals;
  }

  #scalar(name: string): Value {
    if (name === 'NF') {
      this.#split();
      return this.#count;
    }
    const value = this.#scope(name).get(name);
    return value instanceof Map ? '' : value;
  }

  set(name: string, value: Value): void {
    this.#scope(name).set(name, value);
    if (name !== 'NF') return;
    this.#split();
    this.#resize(toNumber(value));
    this.#join();
  }

  #array(name: string): AwkArray {
    const scope = this.#scope(name);
    const found = scope.get(name);
    if (found instanceof Map) return found;
    if (found !== undefined) throw new AwkError(`can't use scalar ${name} as array`);
    const array: AwkArray = new Map();
    scope.set(name, array);
    return array;
  }

  #setRecord(text: string): void {
    this.#record = text;
    this.#fields = undefined;
  }

  #split(): void {
    if (this.#fields !== undefined) return;
    this.#fields = this.#splitText(this.#record, this.#text(this.#scalar('FS')));
    this.#count = this.#fields.length;
  }

  #splitText(text: string, separator: string | RegExp): string[] {
    if (text === '') return [];
    if (separator === ' ')
      return text
        .trim()
        .split(/[ \t\n]+/)
        .filter((field) => field !== '');
    if (separator === '') return [...text];
    if (separator === '\t' || (typeof separator === 'string' && separator.length === 1 && !/[.*+?^${}()|[\]\\]/.test(separator)))
      return text.split(separator);
    return text.split(typeof separator === 'string' ? regexOf(separator.length === 1 ? `\\${separator}` : separator) : separator);
  }

  #resize(count: number): void {
    const fields = this.#fields as string[];
    while (fields.length < count) fields.push('');
    fields.length = count;
    this.#count = count;
  }

  #join(): void {
    this.#record = (this.#fields as string[]).join(this.#text(this.#scalar('OFS')));
  }

  #field(index: number): Value {
    if (index < 0) throw new AwkError(`attempt to access field ${index}`);
    if (index === 0) return new Numeric(this.#record);
    this.#split();
    const field = (this.#fields as string[])[index - 1];
    return field === undefined ? undefined : new Numeric(field);
  }

  #setField(index: number, value: Value): void {
    if (index === 0) {
      this.#setRecord(this.#text(value));
      return;
    }
    this.#split();
    if (index > this.#count) this.#resize(index);
    (this.#fields as string[])[index - 1] = this.#text(value);
    this.#join();
  }

  // ---- input and output

  *#write(text: string): Body<void> {
    this.#output += text;
    if (this.#output.length > 8192 || !(this.#reader?.hasLine ?? false)) yield* this.flush();
  }

  *flush(): Body<void> {
    const text = this.#output;
    this.#output = '';
    if (text !== '') yield* this.os.write(1, text);
  }

  *#readRecord(reader: LineReader): Body<string | undefined> {
    const separator = this.#text(this.#scalar('RS'));
    if (separator === '\n') {
      const line = yield* reader.next();
      return line?.replace(/\n$/, '');
    }
    let text = '';
    for (;;) {
      const line = yield* reader.next();
      if (line === undefined) return text === '' ? undefined : text.replace(/\n$/, '');
      if (separator === '') {
        if (line !== '\n') text += line;
        else if (text !== '') return text.replace(/\n$/, '');
        continue;
      }
      text += line;
      const end = text.indexOf(separator[0] as string);
      if (end < 0) continue;
      this.#pushBack(reader, text.slice(end + 1));
      return text.slice(0, end);
    }
  }

  readonly #pushed = new WeakMap<LineReader, string>();

  #pushBack(reader: LineReader, rest: string): void {
    this.#pushed.set(reader, rest);
    const original = reader.next.bind(reader);
    const pushed = this.#pushed;
    reader.next = function* () {
      const text = pushed.get(reader);
      reader.next = original;
      if (text === undefined || text === '') return yield* original();
      return text;
    };
  }

  /** The next record of the input files; assignments among the arguments take effect on the way. */
  *#nextRecord(): Body<string | undefined> {
    for (;;) {
      if (this.#reader === undefined) {
        const file = this.#nextFile();
        if (file === undefined) return undefined;
        try {
          this.#reader = new LineReader(this.os, file === '-' ? 0 : yield* this.os.open(file, 'read'));
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* this.flush();
          yield* this.os.write(2, `awk: cannot open "${file}" (${errorMessage(error.errno)})\n`);
          throw new Control('exit', 2);
        }
        this.#globals.set('FILENAME', file === '-' ? '' : file);
        this.#globals.set('FNR', 0);
      }
      const record = yield* this.#readRecord(this.#reader);
      if (record === undefined) {
        this.#reader = undefined;
        continue;
      }
      this.#globals.set('NR', toNumber(this.#scalar('NR')) + 1);
      this.#globals.set('FNR', toNumber(this.#scalar('FNR')) + 1);
      return record;
    }
  }

  #nextFile(): string | undefined {
    while (this.#argument < this.#arguments.length) {
      const word = this.#arguments[this.#argument++] as string;
      const assigned = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word);
      if (assigned !== null) this.set(assigned[1] as string, new Numeric(assigned[2] as string));
      else if (word !== '') {
        this.#readsInput = true;
        return word;
      }
    }
    if (this.#readsInput) return undefined;
    this.#readsInput = true;
    return '-';
  }

  *#destination(operator: '>' | '>>' | '|', name: string): Body<number> {
    if (operator === '|') {
      const known = this.#pipes.get(name);
      if (known !== undefined) return known.fd;
      yield* this.flush();
      const [reading, writing] = yield* this.os.pipe();
      const pid = yield* this.os.spawn(['sh', '-c', name], { fds: { 0: reading, 1: 1, 2: 2 } });
      yield* this.os.close(reading);
      this.#pipes.set(name, { fd: writing, pid });
      return writing;
    }
    if (name === '/dev/stdout' || name === '/dev/stderr') {
      yield* this.flush();
      return name === '/dev/stdout' ? 1 : 2;
    }
    let fd = this.#files.get(name);
    if (fd === undefined) {
      fd = yield* this.os.open(name, operator === '>' ? 'write' : 'append');
      this.#files.set(name, fd);
    }
    return fd;
  }

  *#close(name: string): Body<number> {
    const pipe = this.#pipes.get(name);
    if (pipe !== undefined) {
      this.#pipes.delete(name);
      yield* this.os.close(pipe.fd);
      return (yield* this.os.wait(pipe.pid)).code;
    }
    this.#readers.delete(name);
    const fd = this.#files.get(name);
    if (fd === undefined) return -1;
    this.#files.delete(name);
    yield* this.os.close(fd);
    return 0;
  }

  *#getline(expression: Extract<Expression, { kind: 'getline' }>): Body<number> {
    let record: string | undefined;
    if (expression.source === undefined) record = yield* this.#nextRecord();
    else {
      const name = this.#text(yield* this.#evaluate(expression.source));
      let reader = this.#readers.get(name);
      if (reader === undefined) {
        try {
          reader = new LineReader(this.os, yield* expression.command ? this.#commandOutput(name) : this.os.open(name, 'read'));
        } catch (error) {
          if (error instanceof SystemError) return -1;
          throw error;
        }
        this.#readers.set(name, reader);
      }
      record = yield* this.#readRecord(reader);
      if (record !== undefined && expression.command) this.#globals.set('NR', toNumber(this.#scalar('NR')) + 1);
    }
    if (record === undefined) return 0;
    if (expression.target === undefined) this.#setRecord(record);
    else yield* this.#assign(expression.target, new Numeric(record));
    return 1;
  }

  *#commandOutput(command: string): Body<number> {
    yield* this.flush();
    const [reading, writing] = yield* this.os.pipe();
    yield* this.os.spawn(['sh', '-c', command], { fds: { 0: 0, 1: writing, 2: 2 } });
    yield* this.os.close(writing);
    return reading;
  }

  // ---- running

  *run(): Body<number> {
    let code = 0;
    const { rules } = this.#program;
    const ends = rules.filter((rule) => rule.pattern === 'END');
    const mains = rules.filter((rule) => rule.pattern !== 'BEGIN' && rule.pattern !== 'END');
    let exited = false;
    try {
      for (const rule of rules) if (rule.pattern === 'BEGIN' && rule.body) yield* this.#execute(rule.body);
      if (mains.length + ends.length > 0) {
        for (let record = yield* this.#nextRecord(); record !== undefined; record = yield* this.#nextRecord()) {
          this.#setRecord(record);
          yield* this.#applyRules(mains);
        }
      }
    } catch (error) {
      if (!(error instanceof Control) || error.kind !== 'exit') throw error;
      code = toNumber(error.value);
      exited = true;
    }
    try {
      if (!exited || mains.length + ends.length > 0) for (const rule of ends) if (rule.body) yield* this.#execute(rule.body);
    } catch (error) {
      if (!(error instanceof Control) || error.kind !== 'exit') throw error;
      if (error.value !== undefined) code = toNumber(error.value);
    }
    yield* this.flush();
    for (const name of [...this.#pipes.keys()]) yield* this.#close(name);
    return code & 255;
  }

  *#applyRules(rules: AwkProgram['rules']): Body<void> {
    yield* this.os.step();
    try {
      for (const [index, rule] of rules.entries()) {
        if (!(yield* this.#selected(rule, index))) continue;
        if (rule.body) yield* this.#execute(rule.body);
        else yield* this.#write(this.#record + this.#text(this.#scalar('ORS')));
      }
    } catch (error) {
      if (!(error instanceof Control) || error.kind !== 'next') throw error;
    }
  }

  *#selected(rule: AwkProgram['rules'][number], index: number): Body<boolean> {
    if (rule.pattern === undefined) return true;
    const pattern = rule.pattern as Expression;
    if (rule.until === undefined) return yield* this.#test(pattern);
    if (!this.#ranges.has(index)) {
      if (!(yield* this.#test(pattern))) return false;
      this.#ranges.add(index);
    }
    if (yield* this.#test(rule.until)) this.#ranges.delete(index);
    return true;
  }

  *#test(expression: Expression): Body<boolean> {
    const value = yield* this.#evaluate(expression);
    if (typeof value === 'number') return value !== 0;
    if (value instanceof Numeric) return looksNumeric.test(value.text) ? toNumber(value) !== 0 : value.text !== '';
    return value !== undefined && value !== '';
  }

  /** One turn of a loop; false when it has to end. */
  *#turn(body: Statement): Body<boolean> {
    yield* this.os.step();
    try {
      yield* this.#execute(body);
    } catch (error) {
      if (!(error instanceof Control)) throw error;
      if (error.kind === 'break') return false;
      if (error.kind !== 'continue') throw error;
    }
    return true;
  }

  *#execute(statement: Statement): Body<void> {
    switch (statement.kind) {
      case 'block':
        for (const inner of statement.body) yield* this.#execute(inner);
        return;
      case 'expression':
        yield* this.#evaluate(statement.expression);
        return;
      case 'print':
      case 'printf':
        yield* this.#print(statement);
        return;
      case 'if':
        if (yield* this.#test(statement.test)) yield* this.#execute(statement.yes);
        else if (statement.no) yield* this.#execute(statement.no);
        return;
      case 'while':
        if (statement.after && !(yield* this.#turn(statement.body))) return;
        while (yield* this.#test(statement.test)) if (!(yield* this.#turn(statement.body))) return;
        return;
      case 'for':
        if (statement.start) yield* this.#execute(statement.start);
        while (statement.test === undefined || (yield* this.#test(statement.test))) {
          if (!(yield* this.#turn(statement.body))) return;
          if (statement.step) yield* this.#execute(statement.step);
        }
        return;
      case 'for-in':
        for (const key of [...this.#array(statement.array).keys()]) {
          this.set(statement.variable, new Numeric(key));
          if (!(yield* this.#turn(statement.body))) return;
        }
        return;
      case 'break':
      case 'continue':
      case 'next':
        throw new Control(statement.kind);
      case 'exit':
      case 'return':
        throw new Control(statement.kind, statement.value === undefined ? undefined : yield* this.#evaluate(statement.value));
      case 'delete':
        if (statement.keys === undefined) this.#array(statement.name).clear();
        else this.#array(statement.name).delete(yield* this.#key(statement.keys));
    }
  }

  *#print(statement: Extract<Statement, { kind: 'print' | 'printf' }>): Body<void> {
    const values: Value[] = [];
    for (const arg of statement.args) values.push(yield* this.#evaluate(arg));
    let text: string;
    if (statement.kind === 'printf') text = this.#format(values);
    else {
      const format = this.#text(this.#scalar('OFMT'));
      const shown = values.map((value) => (typeof value === 'number' ? formatNumber(value, format) : this.#text(value)));
      text = (values.length === 0 ? this.#record : shown.join(this.#text(this.#scalar('OFS')))) + this.#text(this.#scalar('ORS'));
    }
    if (statement.redirect === undefined) {
      yield* this.#write(text);
      return;
    }
    const name = this.#text(yield* this.#evaluate(statement.redirect.target));
    yield* this.os.write(yield* this.#destination(statement.redirect.operator, name), text);
  }

  #format(values: readonly Value[]): string {
    const format = this.#text(values[0]);
    let next = 1;
    return format.replace(
      /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([a-zA-Z%])/g,
      (_all, flags: string, width: string | undefined, precision: string | undefined, conversion: string) => {
        if (conversion === '%') return '%';
        const size = width === '*' ? toNumber(values[next++]) : Number(width ?? 0);
        const digits = precision === undefined ? undefined : precision === '*' ? toNumber(values[next++]) : Number(precision || 0);
        const value = values[next++];
        if (conversion === 'c') {
          const char = typeof value === 'number' ? String.fromCodePoint(Math.trunc(value)) : this.#text(value).slice(0, 1);
          return formatDirective('c', flags, size, undefined, char, []);
        }
        const argument = conversion === 's' ? this.#text(value) : String(toNumber(value));
        return formatDirective(conversion, flags, size, digits, argument, []);
      },
    );
  }

  // ---- expressions

  *#key(keys: readonly Expression[]): Body<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(this.#text(yield* this.#evaluate(key)));
    return parts.join(this.#text(this.#scalar('SUBSEP')));
  }

  *#assign(target: Expression, value: Value): Body<void> {
    if (target.kind === 'variable') this.set(target.name, value);
    else if (target.kind === 'field') this.#setField(Math.trunc(toNumber(yield* this.#evaluate(target.index))), value);
    else if (target.kind === 'element') this.#array(target.name).set(yield* this.#key(target.keys), value);
    else if (target.kind === 'group') yield* this.#assign(target.inner, value);
  }

  *#evaluate(expression: Expression): Body<Value> {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return Number(regexOf(expression.source).test(this.#record));
      case 'group':
        return yield* this.#evaluate(expression.inner);
      case 'variable':
        return this.#scalar(expression.name);
      case 'field':
        return this.#field(Math.trunc(toNumber(yield* this.#evaluate(expression.index))));
      case 'element': {
        const array = this.#array(expression.name);
        const key = yield* this.#key(expression.keys);
        // Looking an element up makes it.
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'in':
        return Number(this.#array(expression.name).has(yield* this.#key(expression.keys)));
      case 'assign': {
        const right = yield* this.#evaluate(expression.value);
        const value =
          expression.operator === '='
            ? right
            : arithmetic(expression.operator.slice(0, -1), toNumber(yield* this.#evaluate(expression.target)), toNumber(right));
        yield* this.#assign(expression.target, value);
        return value;
      }
      case 'step': {
        const before = toNumber(yield* this.#evaluate(expression.target));
        const after = expression.operator === '++' ? before + 1 : before - 1;
        yield* this.#assign(expression.target, after);
        return expression.prefix ? after : before;
      }
      case 'unary': {
        if (expression.operator === '!') return Number(!(yield* this.#test(expression.operand)));
        const value = toNumber(yield* this.#evaluate(expression.operand));
        return expression.operator === '-' ? -value : value;
      }
      case 'choice':
        return yield* this.#evaluate((yield* this.#test(expression.test)) ? expression.yes : expression.no);
      case 'binary':
        return yield* this.#binary(expression);
      case 'getline':
        return yield* this.#getline(expression);
      case 'call':
        return yield* this.#call(expression);
    }
  }

  *#binary(expression: Extract<Expression, { kind: 'binary' }>): Body<Value> {
    const { operator, left, right } = expression;
    if (operator === '&&') return Number((yield* this.#test(left)) && (yield* this.#test(right)));
    if (operator === '||') return Number((yield* this.#test(left)) || (yield* this.#test(right)));
    const first = yield* this.#evaluate(left);
    if (operator === '~' || operator === '!~') {
      const source = right.kind === 'regex' ? right.source : this.#text(yield* this.#evaluate(right));
      return Number(regexOf(source).test(this.#text(first)) === (operator === '~'));
    }
    const second = yield* this.#evaluate(right);
    if (operator === ' ') return this.#text(first) + this.#text(second);
    if (/[<>=!]/.test(operator)) return Number(this.#compare(operator, first, second));
    if ((operator === '/' || operator === '%') && toNumber(second) === 0)
      throw new AwkError(operator === '/' ? 'division by zero' : 'division by zero in %');
    return arithmetic(operator, toNumber(first), toNumber(second));
  }

  #compare(operator: string, first: Value, second: Value): boolean {
    const numeric = (value: Value) =>
      typeof value === 'number' || value === undefined || (value instanceof Numeric && looksNumeric.test(value.text));
    let order: number;
    if (numeric(first) && numeric(second)) order = toNumber(first) - toNumber(second);
    else {
      const [a, b] = [this.#text(first), this.#text(second)];
      order = a < b ? -1 : a > b ? 1 : 0;
    }
    return operator === '<'
      ? order < 0
      : operator === '<='
        ? order <= 0
        : operator === '=='
          ? order === 0
          : operator === '!='
            ? order !== 0
            : operator === '>'
              ? order > 0
              : order >= 0;
  }

  *#call(expression: Extract<Expression, { kind: 'call' }>): Body<Value> {
    const { name, args } = expression;
    const defined = this.#program.functions.get(name);
    if (defined !== undefined) return yield* this.#callFunction(defined, args);
    if (name === '(') return yield* this.#key(args);
    return yield* this.#builtin(name, args);
  }

  *#callFunction(defined: { readonly parameters: readonly string[]; readonly body: Statement }, args: readonly Expression[]): Body<Value> {
    const locals = new Map<string, Value | AwkArray>();
    for (const [index, parameter] of defined.parameters.entries()) {
      const arg = args[index];
      // Arrays are passed by reference.
      const array = arg?.kind === 'variable' ? this.#scope(arg.name).get(arg.name) : undefined;
      locals.set(parameter, array instanceof Map ? array : arg === undefined ? undefined : yield* this.#evaluate(arg));
    }
    const saved = this.#locals;
    this.#locals = locals;
    try {
      yield* this.os.step();
      yield* this.#execute(defined.body);
      return undefined;
    } catch (error) {
      if (error instanceof Control && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.#locals = saved;
    }
  }

  *#builtin(name: string, args: readonly Expression[]): Body<Value> {
    const arg = (index: number) => this.#argumentText(args[index]);
    switch (name) {
      case 'length': {
        const only = args[0];
        if (only === undefined) return [...this.#record].length;
        const array = only.kind === 'variable' ? this.#scope(only.name).get(only.name) : undefined;
        return array instanceof Map ? array.size : [...(yield* arg(0))].length;
      }
      case 'substr': {
        const text = [...(yield* arg(0))];
        const start = Math.round(toNumber(yield* this.#evaluate(args[1] as Expression)));
        const count = args[2] === undefined ? Number.POSITIVE_INFINITY : Math.round(toNumber(yield* this.#evaluate(args[2])));
        return text.slice(Math.max(0, start - 1), Math.max(0, start - 1 + count)).join('');
      }
      case 'index':
        return (yield* arg(0)).indexOf(yield* arg(1)) + 1;
      case 'tolower':
        return (yield* arg(0)).toLowerCase();
      case 'toupper':
        return (yield* arg(0)).toUpperCase();
      case 'split':
        return yield* this.#splitInto(args);
      case 'sub':
      case 'gsub':
        return yield* this.#substitute(name, args);
      case 'match': {
        const pattern = args[1] as Expression;
        const found = regexOf(pattern.kind === 'regex' ? pattern.source : yield* arg(1)).exec(yield* arg(0));
        this.#globals.set('RSTART', found === null ? 0 : found.index + 1);
        this.#globals.set('RLENGTH', found === null ? -1 : found[0].length);
        return found === null ? 0 : found.index + 1;
      }
      case 'sprintf': {
        const values: Value[] = [];
        for (const each of args) values.push(yield* this.#evaluate(each));
        return this.#format(values);
      }
      case 'int':
        return Math.trunc(toNumber(yield* this.#evaluate(args[0] as Expression)));
      case 'sqrt':
      case 'exp':
      case 'log':
      case 'sin':
      case 'cos':
        return Math[name](toNumber(yield* this.#evaluate(args[0] as Expression)));
      case 'atan2':
        return Math.atan2(toNumber(yield* this.#evaluate(args[0] as Expression)), toNumber(yield* this.#evaluate(args[1] as Expression)));
      case 'rand':
        return (yield* this.os.random(1_000_000)) / 1_000_000;
      case 'srand': {
        const before = this.#seed;
        this.#seed = args[0] === undefined ? Math.floor((yield* this.os.time()) / 1000) : toNumber(yield* this.#evaluate(args[0]));
        return before;
      }
      case 'systime':
        return Math.floor((yield* this.os.time()) / 1000);
      case 'system': {
        yield* this.flush();
        const pid = yield* this.os.spawn(['sh', '-c', yield* arg(0)]);
        return (yield* this.os.wait(pid)).code;
      }
      case 'close':
        return yield* this.#close(yield* arg(0));
      case 'fflush':
        yield* this.flush();
        return 0;
      default:
        throw new AwkError(`function ${name} never defined`);
    }
  }

  *#argumentText(expression: Expression | undefined): Body<string> {
    return expression === undefined ? '' : this.#text(yield* this.#evaluate(expression));
  }

  *#splitInto(args: readonly Expression[]): Body<number> {
    const text = yield* this.#argumentText(args[0]);
    const target = args[1];
    if (target?.kind !== 'variable') throw new AwkError('split needs an array');
    const by = args[2];
    const separator =
      by === undefined ? this.#text(this.#scalar('FS')) : by.kind === 'regex' ? regexOf(by.source) : yield* this.#argumentText(by);
    const parts = this.#splitText(text, separator);
    const array = this.#array(target.name);
    array.clear();
    for (const [index, part] of parts.entries()) array.set(String(index + 1), new Numeric(part));
    return parts.length;
  }

  *#substitute(name: 'sub' | 'gsub', args: readonly Expression[]): Body<number> {
    const pattern = args[0] as Expression;
    const regex = regexOf(pattern.kind === 'regex' ? pattern.source : yield* this.#argumentText(pattern));
    const replacement = yield* this.#argumentText(args[1]);
    const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
    const text = this.#text(yield* this.#evaluate(target));
    let count = 0;
    const result = text.replace(new RegExp(regex.source, name === 'gsub' ? 'g' : ''), (found) => {
      count++;
      return replacement.replace(/\\\\&|\\&|&/g, (mark) => (mark === '&' ? found : mark === '\\&' ? '&' : `\\${found}`));
    });
    if (count > 0) yield* this.#assign(target, result);
    return count;
  }
}

function arithmetic(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default:
      return left ** right;
  }
}

export const awk = (flavour: Flavour) =>
  defineProgram({
    name: 'awk',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'F:v:f:',
        long: { 'field-separator=': 'F', 'assign=': 'v', 'file=': 'f', version: 'V' },
        ordered: true,
      });
      if (args.error !== undefined) {
        yield* os.write(2, flavour === 'gnu' ? `awk: not an option: ${os.argv[1]}\n` : `awk: ${args.error}\n`);
        return 2;
      }
      let source = '';
      for (const file of args.values('f')) source += `${yield* os.readFile(file)}\n`;
      const operands = [...args.operands];
      if (!args.has('f')) {
        const program = operands.shift();
        if (program === undefined) {
          yield* os.write(
            2,
            flavour === 'gnu'
              ? 'Usage: mawk [Options] [Program] [file ...]\n'
              : 'BusyBox v1.35.0 multi-call binary.\n\nUsage: awk [OPTIONS] [AWK_PROGRAM] [FILE]...\n',
          );
          return flavour === 'gnu' ? 0 : 1;
        }
        source = program;
      }
      try {
        const machine = new Machine(os, parseAwk(source), operands);
        for (const assigned of args.values('v')) {
          const equals = assigned.indexOf('=');
          machine.set(assigned.slice(0, equals), new Numeric(unescapeText(assigned.slice(equals + 1))));
        }
        const separator = args.value('F');
        if (separator !== undefined) machine.set('FS', separator === 't' ? '\t' : unescapeText(separator));
        return yield* machine.run();
      } catch (error) {
        if (error instanceof AwkSyntaxError) {
          yield* os.write(
            2,
            flavour === 'gnu' ? `awk: line ${error.line}: ${error.message}\n` : `awk: cmd. line:${error.line}: Unexpected token\n`,
          );
          return flavour === 'gnu' ? 2 : 1;
        }
        if (!(error instanceof AwkError)) throw error;
        yield* os.write(2, `awk: ${error.message}\n`);
        return 2;
      }
    },
  });

function unescapeText(text: string): string {
  return text.replace(/\\([nt\\])/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\'));
}
