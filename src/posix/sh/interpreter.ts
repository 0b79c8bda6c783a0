// The interpreter of the shell language: variables, redirections, pipelines, jobs, functions, traps. One instance per shell process;
// a subshell is a copy in a child process. Dialects differ in texts and in what bash adds.
import { signalTexts } from '../errno.ts';
import { type Body, type ExitStatus, type Os, type Signal, SystemError } from '../program.ts';
import { builtins } from './builtins.ts';
import { condition } from './condition.ts';
import { Break, Exit, Interrupted, Return, ShellError } from './control.ts';
import { arithmetic, expandPattern, expandText, expandWords } from './expand.ts';
import { notFound, prefix, redirectError, syntaxMessage } from './messages.ts';
import { type Dialect, parseNext } from './parser.ts';
import { matches } from './pattern.ts';
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
} from './syntax.ts';
import type { Variables } from './arithmetic.ts';

export interface Variable {
  value: string | undefined;
  /** Elements of an array by index, in order. */
  array?: Map<string, string>;
  exported: boolean;
  readonly: boolean;
  integer?: boolean;
}

type Simple = Extract<Command, { kind: 'simple' }>;

export class Interpreter {
  readonly os: Os;
  readonly dialect: Dialect;
  /** `$0`. */
  name: string;
  positional: readonly string[] = [];
  status = 0;
  lastBackground = 0;
  /** Line of the command that runs. */
  line = 1;
  interactive = false;
  /** Started with `-c`. */
  commandString = false;
  /** The script file being read, for messages. */
  scriptName: string | undefined;
  readonly options = new Set<string>();
  readonly values = new Map<string, Variable>();
  functions = new Map<string, Command>();
  aliases = new Map<string, string>();
  traps = new Map<string, string>();
  /** The shell's descriptor numbers to those of its process. */
  fds = new Map<number, number>([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  locals: Map<string, Variable | undefined>[] = [];
  jobs: { readonly pid: number; readonly text: string; readonly number: number }[] = [];
  /** Exit codes of background children that were waited for. */
  readonly ended = new Map<number, number>();
  /** Where `getopts` stands: word and letter. */
  getoptsAt: readonly [number, number] = [1, 1];
  /** Lines typed, for `history`. */
  history: string[] = [];
  /** Depth of contexts in which `set -e` does not count: tests of `if`, left sides of `&&`. */
  #tested = 0;
  #depth = 0;
  #loops = 0;
  /** The command that runs, as it was written. */
  #text = '';
  readonly shellPid: number;
  /** In a subshell, so that errors of expansion end only it. */
  readonly subshell: boolean;
  #startedAt = 0;

  constructor(os: Os, dialect: Dialect, name: string, parent?: Interpreter) {
    this.os = os;
    this.dialect = dialect;
    this.name = name;
    this.subshell = parent !== undefined;
    this.shellPid = parent?.shellPid ?? os.pid;
    if (parent === undefined) {
      for (const [key, value] of Object.entries(os.env)) {
        // dash and ash forget what cannot be a variable; bash hands it on.
        if (dialect === 'bash' || /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) this.values.set(key, { value, exported: true, readonly: false });
      }
      return;
    }
    this.positional = parent.positional;
    this.status = parent.status;
    this.line = parent.line;
    this.lastBackground = parent.lastBackground;
    this.commandString = parent.commandString;
    this.scriptName = parent.scriptName;
    this.#loops = parent.#loops;
    for (const option of parent.options) this.options.add(option);
    for (const [key, variable] of parent.values) {
      this.values.set(key, { ...variable, ...(variable.array ? { array: new Map(variable.array) } : {}) });
    }
    this.functions = new Map(parent.functions);
    this.aliases = new Map(parent.aliases);
    for (const [signal, action] of parent.traps) if (action === '') this.traps.set(signal, '');
    this.fds = new Map([...parent.fds.keys()].map((fd) => [fd, fd]));
  }

  // ---- variables

  get(name: string): string | undefined {
    const variable = this.values.get(name);
    return variable?.array === undefined ? variable?.value : variable.array.get('0');
  }

  set(name: string, value: string, index?: string): void {
    const variable = this.values.get(name);
    if (variable?.readonly)
      throw new ShellError(
        this.dialect === 'bash' ? `${name}: readonly variable` : `${name}: is read only`,
        this.dialect === 'bash' ? 1 : 2,
        true,
      );
    if (variable === undefined) {
      const exported = this.options.has('a');
      if (index === undefined) this.values.set(name, { value, exported, readonly: false });
      else this.values.set(name, { value: undefined, array: new Map([[index, value]]), exported, readonly: false });
      return;
    }
    if (index !== undefined || variable.array !== undefined) {
      variable.array ??= new Map(variable.value === undefined ? [] : [['0', variable.value]]);
      variable.array.set(index ?? '0', value);
    } else variable.value = value;
  }

  unset(name: string, index?: string): void {
    const variable = this.values.get(name);
    if (variable?.readonly)
      throw new ShellError(this.dialect === 'bash' ? `unset: ${name}: cannot unset: readonly variable` : `unset: ${name}: is read only`, 1);
    if (index === undefined) this.values.delete(name);
    else variable?.array?.delete(index);
  }

  elements(name: string): readonly (readonly [string, string])[] {
    const variable = this.values.get(name);
    if (variable?.array !== undefined) return [...variable.array].sort(([a], [b]) => Number(a) - Number(b));
    return variable?.value === undefined ? [] : [['0', variable.value]];
  }

  variables(): Variables {
    return {
      get: (name, index) => this.parameter(name, index),
      set: (name, value, index) => this.set(name, value, index),
    };
  }

  /** A parameter by its name in `$name`; undefined when unset. */
  parameter(name: string, index?: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.shellPid);
      case '!':
        return this.lastBackground === 0 ? undefined : String(this.lastBackground);
      case '#':
        return String(this.positional.length);
      case '-':
        return (
          [...this.options].filter((option) => option.length === 1).join('') +
          (this.interactive ? 'i' : '') +
          (this.commandString ? 'c' : '')
        );
      case '@':
      case '*':
        return this.positional.length === 0 ? undefined : this.positional.join(' ');
      case '0':
        return this.name;
      case 'LINENO':
        return String(this.line);
      case 'PPID':
        return this.values.get('PPID')?.value ?? '0';
    }
    if (/^\d+$/.test(name)) return this.positional[Number(name) - 1];
    const variable = this.values.get(name);
    if (variable === undefined) {
      if (name === 'RANDOM' || name === 'SECONDS') return this.special(name);
      return name === 'PWD' ? this.os.cwd : undefined;
    }
    if (index !== undefined) return variable.array === undefined ? (index === '0' ? variable.value : undefined) : variable.array.get(index);
    return variable.array === undefined ? variable.value : variable.array.get('0');
  }

  /** Refreshed before each command, because reading them is a system call. */
  readonly dynamic = { RANDOM: 0, SECONDS: 0 };

  special(name: 'RANDOM' | 'SECONDS'): string | undefined {
    return this.dialect === 'dash' ? undefined : String(this.dynamic[name]);
  }

  environment(extra?: Readonly<Record<string, string>>): Record<string, string> {
    const env: Record<string, string> = {};
    for (const [name, variable] of this.values) {
      const value = variable.array === undefined ? variable.value : undefined;
      if (variable.exported && value !== undefined) env[name] = value;
    }
    return extra === undefined ? env : { ...env, ...extra };
  }

  // ---- output

  fd(number: number): number {
    const real = this.fds.get(number);
    if (real === undefined) throw new SystemError('EBADF');
    return real;
  }

  *write(number: 1 | 2, text: string): Body<void> {
    const real = this.fds.get(number);
    if (real !== undefined && text !== '') yield* this.os.write(real, text);
  }

  /** Writes a message to standard error with the shell's prefix. `builtin`: the command that complains. */
  *complain(message: string, builtin?: string): Body<void> {
    yield* this.write(2, `${prefix(this, builtin)}${message}\n`);
  }

  // ---- running text

  /** Runs text line by line; a syntax error stops it with status 2. */
  *runText(text: string, source?: string): Body<number> {
    let at = 0;
    let line = 1;
    while (at < text.length) {
      let script: Script;
      try {
        const options = { dialect: this.dialect, ...(this.interactive || this.dialect !== 'bash' ? { aliases: this.aliases } : {}) };
        const next = parseNext(text, at, line, options);
        ({ script, at, line } = next);
      } catch (error) {
        if (!(error instanceof ShellSyntaxError)) throw error;
        yield* this.write(2, syntaxMessage(this, error, text, source));
        this.status = 2;
        return 2;
      }
      if (this.options.has('n')) continue;
      // The last command of `-c` takes the shell's place, as all three shells do.
      const last =
        this.commandString &&
        !this.subshell &&
        at >= text.length &&
        source === undefined &&
        this.traps.size === 0 &&
        this.locals.length === 0;
      yield* this.runScript(script, last);
    }
    return this.status;
  }

  *runScript(script: Script, replace = false): Body<number> {
    for (const [index, item] of script.items.entries()) {
      this.line = item.line;
      this.#text = item.text;
      if (item.background) yield* this.#background(item);
      else yield* this.#andOr(item.command, replace && index === script.items.length - 1);
    }
    return this.status;
  }

  *#background(item: ListItem): Body<void> {
    const pid = yield* this.spawnBody(['sh'], (child) => child.#andOr(item.command, true), { background: true, input: !this.interactive });
    this.lastBackground = pid;
    this.status = 0;
    const number = Math.max(0, ...this.jobs.map((job) => job.number)) + 1;
    this.jobs.push({ pid, number, text: item.text });
    if (this.interactive) yield* this.write(2, `[${number}] ${pid}\n`);
  }

  *#andOr(list: AndOr, replace = false): Body<number> {
    let status = yield* this.#counted(list.rest.length > 0, () => this.#pipeline(list.first, replace && list.rest.length === 0));
    for (const [index, { operator, pipeline }] of list.rest.entries()) {
      if ((operator === '&&') !== (status === 0)) continue;
      const last = index === list.rest.length - 1;
      status = yield* this.#counted(!last, () => this.#pipeline(pipeline, replace && last));
    }
    return status;
  }

  /** Runs with `set -e` suspended when the result is tested. */
  *#counted<T>(tested: boolean, run: () => Body<T>): Body<T> {
    if (!tested) return yield* run();
    this.#tested++;
    try {
      return yield* run();
    } finally {
      this.#tested--;
    }
  }

  *#pipeline(pipeline: Pipeline, replace: boolean): Body<number> {
    const began = pipeline.timed ? yield* this.os.time() : 0;
    const [only] = pipeline.commands;
    const simple = pipeline.commands.length === 1 && only !== undefined;
    const run = () => (simple ? this.command(only, replace && !pipeline.negated && !pipeline.timed) : this.#pipe(pipeline.commands));
    const status = yield* this.#counted(pipeline.negated, run);
    this.status = pipeline.negated ? Number(status === 0) : status;
    if (pipeline.timed) yield* this.#reportTime((yield* this.os.time()) - began);
    const failing = this.status !== 0 && !pipeline.negated && this.options.has('e') && this.#tested === 0;
    if (
      failing &&
      !(simple && only.kind !== 'simple' && only.kind !== 'subshell' && only.kind !== 'condition' && only.kind !== 'arithmetic')
    )
      throw new Exit(this.status);
    return this.status;
  }

  *#reportTime(ms: number): Body<void> {
    const minutes = Math.floor(ms / 60000);
    yield* this.write(2, `\nreal\t${minutes}m${((ms % 60000) / 1000).toFixed(3)}s\nuser\t0m0.004s\nsys\t0m0.002s\n`);
  }

  *#pipe(commands: readonly Command[]): Body<number> {
    const pids: number[] = [];
    let input: number | undefined;
    for (const [index, command] of commands.entries()) {
      const last = index === commands.length - 1;
      const pipe = last ? undefined : yield* this.os.pipe();
      const saved = new Map(this.fds);
      if (input !== undefined) this.fds.set(0, input);
      if (pipe !== undefined) this.fds.set(1, pipe[1]);
      pids.push(yield* this.spawnBody([commandName(command)], (child) => child.command(command, true), {}));
      this.fds = saved;
      if (input !== undefined) yield* this.os.close(input);
      if (pipe !== undefined) yield* this.os.close(pipe[1]);
      input = pipe?.[0];
    }
    const statuses: number[] = [];
    for (const [index, pid] of pids.entries()) statuses.push(this.#codeOf(yield* this.waitFor(pid, index === pids.length - 1)));
    yield* this.checkSignals();
    const failed = this.options.has('pipefail') ? statuses.findLast((status) => status !== 0) : undefined;
    this.values.set('PIPESTATUS', {
      value: undefined,
      array: new Map(statuses.map((status, index) => [String(index), String(status)])),
      exported: false,
      readonly: false,
    });
    return failed ?? statuses[statuses.length - 1] ?? 0;
  }

  // ---- children

  /** Runs part of this shell in a child process with a copy of its state. */
  *spawnBody(
    argv: readonly string[],
    run: (child: Interpreter) => Body<number>,
    options: { readonly background?: boolean; readonly input?: boolean },
  ): Body<number> {
    const fds: Record<number, number> = {};
    for (const [fd, real] of this.fds) fds[fd] = real;
    let nothing: number | undefined;
    // A background job of a script reads nothing.
    if (options.background && options.input && !this.subshell) {
      nothing = yield* this.os.open('/dev/null', 'read');
      fds[0] = nothing;
    }
    const pid = yield* this.os.spawn(argv[0] === 'sh' ? this.os.argv : argv, {
      fds,
      env: this.environment(),
      background: options.background ?? false,
      body: (os) => new Interpreter(os, this.dialect, this.name, this).subshellBody(run),
    });
    if (nothing !== undefined) yield* this.os.close(nothing);
    return pid;
  }

  *subshellBody(run: (child: Interpreter) => Body<number>): Body<number> {
    return yield* this.toExit(() => run(this));
  }

  /** Runs to the shell's end: exit, fatal errors, the EXIT trap. Returns the exit code. */
  *toExit(run: () => Body<number>): Body<number> {
    let code: number;
    try {
      code = yield* run();
    } catch (error) {
      if (error instanceof Exit || error instanceof Return) code = error.status;
      else if (error instanceof Break) code = 0;
      else if (error instanceof ShellError) {
        yield* this.complain(error.message);
        code = error.status;
      } else throw error;
    }
    this.status = code;
    const last = this.traps.get('EXIT');
    if (last === undefined || last === '') return code;
    this.traps.delete('EXIT');
    try {
      yield* this.runText(last, 'trap');
    } catch (error) {
      if (error instanceof Exit) return error.status;
      throw error;
    }
    return code;
  }

  /** Waits for a foreground child; traps run only after it has ended. */
  *waitFor(pid: number, reportSignal = true): Body<ExitStatus> {
    for (;;) {
      try {
        const status = yield* this.os.wait(pid);
        if (reportSignal) yield* this.#reportSignal(status, pid);
        return status;
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      }
    }
  }

  *#reportSignal(status: ExitStatus, pid: number): Body<void> {
    const { signal } = status;
    if (signal === undefined || signal === 'PIPE') return;
    if (signal === 'INT') {
      if (this.interactive) yield* this.write(2, '\n');
      return;
    }
    const text = signalTexts[signal];
    if (text === undefined) return;
    if (this.dialect !== 'bash' || this.interactive) yield* this.write(2, `${text}\n`);
    else {
      const command = this.jobs.find((job) => job.pid === pid)?.text ?? this.#text;
      yield* this.complain(`${String(pid).padStart(5)} ${text.padEnd(22)}  ${command}`);
    }
  }

  #codeOf(status: ExitStatus): number {
    return status.code;
  }

  /** Runs the handlers of signals that came; called between commands. */
  *checkSignals(): Body<void> {
    if (this.traps.size === 0 && !this.interactive) return;
    for (const signal of yield* this.os.pendingSignals()) {
      if (signal === 'INT' && this.interactive && !this.traps.has('INT')) throw new Interrupted();
      yield* this.runTrap(signal);
    }
  }

  *runTrap(signal: Signal): Body<void> {
    const action = this.traps.get(signal);
    if (action === undefined || action === '') return;
    const { status } = this;
    const { commandString } = this;
    yield* this.runText(action, 'trap');
    this.commandString = commandString;
    this.status = status;
  }

  /** `$(…)`: the output of a child, without its last newlines. */
  *substitute(script: Script): Body<string> {
    const file = inputOnly(script);
    if (file !== undefined) {
      const path = yield* expandText(this, file);
      try {
        return (yield* this.os.readFile(path)).replace(/\n+$/, '');
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.status = 1;
        yield* this.complain(redirectError(this, error, path, 'read'));
        return '';
      }
    }
    const [reading, writing] = yield* this.os.pipe();
    const saved = this.fds.get(1) as number;
    this.fds.set(1, writing);
    const pid = yield* this.spawnBody(['sh'], (child) => child.runScript(script, true), {});
    this.fds.set(1, saved);
    yield* this.os.close(writing);
    let text = '';
    for (;;) {
      try {
        text += yield* this.os.readAll(reading);
        break;
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      }
    }
    yield* this.os.close(reading);
    this.status = this.#codeOf(yield* this.waitFor(pid));
    return text.replace(/\0/g, '').replace(/\n+$/, '');
  }

  // ---- commands

  *command(command: Command, replace = false): Body<number> {
    if (this.traps.size > 0) yield* this.checkSignals();
    this.line = command.line;
    if (command.kind === 'simple') return (this.status = yield* this.#simple(command, replace));
    return (this.status = yield* this.#redirected(command.redirects, () => this.#compound(command)));
  }

  *#compound(command: Compound): Body<number> {
    switch (command.kind) {
      case 'group':
        return yield* this.runScript(command.body);
      case 'subshell': {
        const pid = yield* this.spawnBody(['sh'], (child) => child.runScript(command.body, true), {});
        return this.#codeOf(yield* this.waitFor(pid));
      }
      case 'if':
        for (const { test, body } of command.branches) {
          if ((yield* this.#counted(true, () => this.runScript(test))) === 0) return yield* this.runScript(body);
        }
        this.status = 0;
        return command.otherwise === undefined ? 0 : yield* this.runScript(command.otherwise);
      case 'loop':
        return yield* this.#loop(command);
      case 'for':
        return yield* this.#for(command);
      case 'for-arithmetic':
        return yield* this.#forArithmetic(command);
      case 'case':
        return yield* this.#case(command);
      case 'function':
        this.functions.set(command.name, command.body);
        return 0;
      case 'condition':
        return yield* condition(this, command.words);
      case 'arithmetic':
        return Number((yield* arithmetic(this, command.expression)) === 0);
    }
  }

  /** One turn of a loop; true when it has to end. */
  *#turn(body: Script): Body<boolean> {
    yield* this.os.step();
    if (this.interactive) yield* this.checkSignals();
    this.#loops++;
    try {
      yield* this.runScript(body);
      return false;
    } catch (error) {
      if (!(error instanceof Break)) throw error;
      this.status = 0;
      if (--error.levels > 0 && this.#loops > 1) throw error;
      return !error.continues;
    } finally {
      this.#loops--;
    }
  }

  *#loop(command: Extract<Compound, { kind: 'loop' }>): Body<number> {
    let status = 0;
    for (;;) {
      this.#loops++;
      let test: number;
      try {
        test = yield* this.#counted(true, () => this.runScript(command.test));
      } catch (error) {
        if (error instanceof Break && error.levels === 1) {
          if (error.continues) continue;
          return 0;
        }
        throw error;
      } finally {
        this.#loops--;
      }
      if ((test === 0) === command.until) return status;
      if (yield* this.#turn(command.body)) return this.status;
      status = this.status;
    }
  }

  *#for(command: Extract<Compound, { kind: 'for' }>): Body<number> {
    const words = command.words === undefined ? this.positional : yield* expandWords(this, command.words);
    this.status = 0;
    for (const word of words) {
      this.set(command.name, word);
      if (yield* this.#turn(command.body)) break;
    }
    return this.status;
  }

  *#forArithmetic(command: Extract<Compound, { kind: 'for-arithmetic' }>): Body<number> {
    const [init, test, step] = command.parts;
    yield* arithmetic(this, init);
    this.status = 0;
    while (test.length === 0 || (yield* arithmetic(this, test)) !== 0) {
      if (yield* this.#turn(command.body)) break;
      yield* arithmetic(this, step);
    }
    return this.status;
  }

  *#case(command: Extract<Compound, { kind: 'case' }>): Body<number> {
    const text = yield* expandText(this, command.word);
    let falling = false;
    this.status = 0;
    for (const { patterns, body, ending } of command.branches) {
      let matched = falling;
      for (const pattern of matched ? [] : patterns) {
        if (matches(yield* expandPattern(this, pattern), text)) matched = true;
        if (matched) break;
      }
      if (!matched) continue;
      yield* this.runScript(body);
      if (ending === ';;') return this.status;
      falling = ending === ';&';
    }
    return this.status;
  }

  // ---- simple commands

  *#simple(command: Simple, replace: boolean): Body<number> {
    if (this.dialect !== 'dash') yield* this.#refreshDynamic(command);
    let words: string[];
    try {
      this.status = command.words.length === 0 ? 0 : this.status;
      words = yield* expandWords(this, command.words);
    } catch (error) {
      return yield* this.#failed(error, undefined);
    }
    const name = words[0];
    if (name === undefined) {
      const before = this.status;
      return yield* this.#redirected(command.redirects, () => this.#assignAll(command.assignments, before));
    }
    if (this.options.has('x')) yield* this.#trace(command, words);
    const fn = this.functions.get(name);
    if (fn !== undefined) return yield* this.#withAssignments(command, () => this.callFunction(fn, words));
    const builtin = builtins.get(name);
    if (builtin !== undefined && (builtin.dialects === undefined || builtin.dialects.includes(this.dialect))) {
      if (name === 'exec') return yield* this.#exec(command, words);
      return yield* this.#withAssignments(command, () => this.#builtin(name, words));
    }
    return yield* this.#external(command, words, replace);
  }

  *#refreshDynamic(command: Simple): Body<void> {
    const wants = (name: string) =>
      command.words.some(
        (word) => word.some((part) => part.kind === 'parameter' && part.name === name) || word.some((part) => part.kind === 'arithmetic'),
      ) ||
      command.assignments.some(
        ({ value }) =>
          Array.isArray(value) && value.some((part) => (part.kind === 'parameter' && part.name === name) || part.kind === 'arithmetic'),
      );
    if (wants('RANDOM')) this.dynamic.RANDOM = yield* this.os.random(32768);
    if (wants('SECONDS')) {
      const now = yield* this.os.time();
      if (this.#startedAt === 0) this.#startedAt = now;
      this.dynamic.SECONDS = Math.floor((now - this.#startedAt) / 1000);
    }
  }

  *#trace(command: Simple, words: readonly string[]): Body<void> {
    const assigned: string[] = [];
    for (const { name, value } of command.assignments) if (Array.isArray(value)) assigned.push(`${name}=${yield* expandText(this, value)}`);
    yield* this.write(2, `+ ${[...assigned, ...words.map(traceQuote)].join(' ')}\n`);
  }

  *#assignAll(assignments: readonly Assignment[], before: number): Body<number> {
    this.status = before;
    for (const assignment of assignments) {
      yield* this.assign(assignment);
      if (this.options.has('x')) yield* this.write(2, `+ ${assignment.name}=${traceQuote(this.get(assignment.name) ?? '')}\n`);
    }
    return this.status;
  }

  *assign(assignment: Assignment): Body<void> {
    const { name, value, append } = assignment;
    const previous = this.values.get(name);
    if (!Array.isArray(value)) {
      const list = yield* expandWords(this, (value as { array: readonly (readonly any[])[] }).array);
      const start = append ? this.elements(name).length : 0;
      const kept = append ? this.elements(name) : [];
      const array = new Map([...kept, ...list.map((text, index): [string, string] => [String(start + index), text])]);
      this.values.set(name, { value: undefined, array, exported: previous?.exported ?? false, readonly: false });
      return;
    }
    const text = yield* expandText(this, value, true);
    const index = assignment.index === undefined ? undefined : String(yield* arithmetic(this, assignment.index));
    const old = append ? (this.parameter(name, index) ?? '') : '';
    this.set(name, old + text, index);
  }

  /** Assignments before a builtin or function last as long as it. Redirections too. */
  *#withAssignments(command: Simple, run: () => Body<number>): Body<number> {
    if (command.assignments.length === 0) return yield* this.#redirected(command.redirects, run);
    const saved = command.assignments.map(({ name }) => [name, this.values.get(name)] as const);
    const keep = command.words.length > 0 && isDeclaration(command.words[0]);
    try {
      for (const assignment of command.assignments) {
        if (!keep) this.values.delete(assignment.name);
        yield* this.assign(assignment);
        const variable = this.values.get(assignment.name);
        if (variable !== undefined && !keep) variable.exported = true;
      }
      return yield* this.#redirected(command.redirects, run);
    } finally {
      for (const [name, variable] of keep ? [] : saved) {
        if (variable === undefined) this.values.delete(name);
        else this.values.set(name, variable);
      }
    }
  }

  *callFunction(body: Command, words: readonly string[]): Body<number> {
    if (++this.#depth > 500) {
      this.#depth--;
      throw new ShellError(`${words[0]}: maximum function nesting level exceeded (500)`, 1, true);
    }
    const saved = this.positional;
    this.positional = words.slice(1);
    this.locals.push(new Map());
    try {
      yield* this.os.step();
      return yield* this.command(body);
    } catch (error) {
      if (error instanceof Return) return error.status;
      throw error;
    } finally {
      this.positional = saved;
      for (const [name, variable] of this.locals.pop() ?? []) {
        if (variable === undefined) this.values.delete(name);
        else this.values.set(name, variable);
      }
      this.#depth--;
    }
  }

  get inFunction(): boolean {
    return this.locals.length > 0;
  }
  get inLoop(): boolean {
    return this.#loops > 0;
  }

  *#builtin(name: string, words: readonly string[]): Body<number> {
    const builtin = builtins.get(name);
    if (builtin === undefined) return 127;
    try {
      return yield* builtin.run(this, words);
    } catch (error) {
      return yield* this.#failed(error, name, builtin.special);
    }
  }

  /** Prints what went wrong; ends the shell where the dialect does. */
  *#failed(error: unknown, builtin: string | undefined, special = false): Body<number> {
    if (error instanceof SystemError && error.errno === 'EINTR') {
      yield* this.checkSignals();
      return 130;
    }
    if (error instanceof SystemError && error.errno === 'EBADF' && builtin !== undefined) {
      yield* this.complain('write error: Bad file descriptor', builtin);
      return 1;
    }
    if (!(error instanceof ShellError)) throw error;
    yield* this.complain(error.message, builtin);
    const ends = error.fatal || builtin === undefined || (special && this.dialect !== 'bash' && error.status > 1);
    if (ends && !this.interactive) throw new Exit(error.status);
    return error.status;
  }

  /** Runs builtin or function `name` regardless of functions of that name. */
  *runCommand(words: readonly string[], skipFunctions: boolean): Body<number> {
    const name = words[0] ?? '';
    const fn = skipFunctions ? undefined : this.functions.get(name);
    if (fn !== undefined) return yield* this.callFunction(fn, words);
    const builtin = builtins.get(name);
    if (builtin !== undefined && (builtin.dialects === undefined || builtin.dialects.includes(this.dialect)))
      return yield* this.#builtin(name, words);
    return yield* this.#external({ kind: 'simple', assignments: [], words: [], redirects: [], line: this.line }, words, false);
  }

  *#exec(command: Simple, words: readonly string[]): Body<number> {
    const rest = words[1] === '--' ? words.slice(2) : words.slice(1);
    try {
      yield* this.#openAll(command.redirects);
    } catch (error) {
      const status = yield* this.#redirectFailed(error);
      if (!this.interactive) throw new Exit(status);
      return status;
    }
    if (rest.length === 0) return 0;
    yield* this.#become(command, rest);
    return this.status;
  }

  *#environmentOf(command: Simple): Body<Record<string, string>> {
    const extra: Record<string, string> = {};
    for (const { name, value } of command.assignments) if (Array.isArray(value)) extra[name] = yield* expandText(this, value, true);
    return this.environment(extra);
  }

  *#fdMap(): Body<Record<number, number>> {
    const fds: Record<number, number> = {};
    for (const [fd, real] of this.fds) fds[fd] = real;
    return fds;
  }

  /** Replaces this process by a program; a failure ends the shell. */
  *#become(command: Simple, words: readonly string[]): Body<never> {
    try {
      yield* this.os.exec(words, { env: yield* this.#environmentOf(command), fds: yield* this.#fdMap() });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new Exit(yield* this.#cannotRun(error, words, true));
    }
    throw new Exit(0);
  }

  *#external(command: Simple, words: readonly string[], replace: boolean): Body<number> {
    let undo: (() => Body<void>) | undefined;
    try {
      undo = yield* this.#openAll(command.redirects);
    } catch (error) {
      return yield* this.#redirectFailed(error);
    }
    try {
      if (replace && this.traps.size === 0 && !this.interactive) return yield* this.#become(command, words);
      const pid = yield* this.os.spawn(words, { env: yield* this.#environmentOf(command), fds: yield* this.#fdMap() });
      const status = yield* this.waitFor(pid);
      yield* this.checkSignals();
      return this.#codeOf(status);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return yield* this.#cannotRun(error, words, false);
    } finally {
      yield* undo();
    }
  }

  /** Says why a program cannot be run; a text file without `#!` is run as a script. */
  *#cannotRun(error: SystemError, words: readonly string[], exec: boolean): Body<number> {
    const name = words[0] ?? '';
    if (error.errno === 'ENOEXEC') {
      const text = yield* this.#scriptText(name);
      if (text !== undefined) {
        const pid = yield* this.spawnBody(
          ['sh'],
          (child) => {
            child.name = name;
            child.scriptName = name;
            child.positional = words.slice(1);
            child.commandString = false;
            return child.runText(text);
          },
          {},
        );
        return this.#codeOf(yield* this.waitFor(pid));
      }
    }
    yield* this.write(2, yield* notFound(this, name, error, exec));
    return error.errno === 'ENOENT' ? 127 : 126;
  }

  *#scriptText(name: string): Body<string | undefined> {
    const folders = name.includes('/') ? [''] : (this.get('PATH') ?? '').split(':').map((folder) => `${folder}/`);
    for (const folder of folders) {
      try {
        const text = yield* this.os.readFile(folder + name);
        return text.startsWith('\x7fELF') ? undefined : text;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
      }
    }
    return undefined;
  }

  // ---- redirections

  *#redirected(redirects: readonly Redirect[], run: () => Body<number>): Body<number> {
    if (redirects.length === 0) return yield* run();
    let undo: () => Body<void>;
    try {
      undo = yield* this.#openAll(redirects);
    } catch (error) {
      return yield* this.#redirectFailed(error);
    }
    try {
      return yield* run();
    } finally {
      yield* undo();
    }
  }

  *#redirectFailed(error: unknown): Body<number> {
    if (!(error instanceof ShellError)) throw error;
    yield* this.complain(error.message);
    return error.status;
  }

  /** Opens redirections in order; the result puts everything back. */
  *#openAll(redirects: readonly Redirect[]): Body<() => Body<void>> {
    const saved = new Map(this.fds);
    const opened: number[] = [];
    const os = this.os;
    const undo = function* (this: Interpreter): Body<void> {
      this.fds = saved;
      for (const fd of opened) yield* os.close(fd);
    }.bind(this);
    try {
      for (const redirect of redirects) yield* this.#open(redirect, opened);
    } catch (error) {
      yield* undo();
      throw error;
    }
    return undo;
  }

  *#open(redirect: Redirect, opened: number[]): Body<void> {
    const { operator, fd } = redirect;
    const text = yield* expandText(this, redirect.target);
    if (operator === '<<' || operator === '<<<') {
      const reading = yield* this.#feed(operator === '<<<' ? `${text}\n` : text);
      opened.push(reading);
      this.fds.set(fd, reading);
      return;
    }
    if ((operator === '>&' || operator === '<&') && /^(?:\d+|-)$/.test(text)) {
      if (text === '-') {
        this.fds.delete(fd);
        return;
      }
      const real = this.fds.get(Number(text));
      if (real === undefined)
        throw new ShellError(
          this.dialect === 'ash'
            ? `dup2(${text},${fd}): Bad file descriptor`
            : `${text}: ${this.dialect === 'bash' ? 'Bad file descriptor' : 'Bad file descriptor'}`,
          this.dialect === 'bash' ? 1 : 2,
        );
      this.fds.set(fd, real);
      return;
    }
    const how =
      operator === '<' || operator === '<&' ? 'read' : operator === '>>' || operator === '&>>' || operator === '<>' ? 'append' : 'write';
    try {
      const real = yield* this.os.open(this.shellFile(text), how);
      opened.push(real);
      this.fds.set(operator.startsWith('&') || operator === '>&' ? 1 : fd, real);
      if (operator.startsWith('&') || operator === '>&') this.fds.set(2, real);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new ShellError(redirectError(this, error, text, how), this.dialect === 'dash' ? 2 : 1);
    }
  }

  /** `/dev/stdout` and friends mean the shell's own descriptors. */
  shellFile(path: string): string {
    const name =
      path === '/dev/stdin' ? '0' : path === '/dev/stdout' ? '1' : path === '/dev/stderr' ? '2' : /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
    const real = name === undefined ? undefined : this.fds.get(Number(name));
    return real === undefined ? path : `/dev/fd/${real}`;
  }

  /** A descriptor that reads the text. */
  *#feed(text: string): Body<number> {
    const [reading, writing] = yield* this.os.pipe();
    if (text.length < 60_000) yield* this.os.write(writing, text);
    else {
      yield* this.os.spawn(['sh'], {
        fds: { 1: writing },
        body: function* (os) {
          yield* os.write(1, text);
          return 0;
        },
      });
    }
    yield* this.os.close(writing);
    return reading;
  }
}

function commandName(command: Command): string {
  const word = command.kind === 'simple' ? command.words[0] : undefined;
  const part = word?.length === 1 ? word[0] : undefined;
  return part?.kind === 'text' ? part.text : 'sh';
}

function isDeclaration(word: Simple['words'][number] | undefined): boolean {
  const part = word?.[0];
  return part?.kind === 'text' && /^(?:export|readonly|declare|local|typeset)$/.test(part.text);
}

/** `$(< file)`. */
function inputOnly(script: Script): Redirect['target'] | undefined {
  const item = script.items.length === 1 ? script.items[0] : undefined;
  const command = item?.command.rest.length === 0 && item.command.first.commands.length === 1 ? item.command.first.commands[0] : undefined;
  if (command?.kind !== 'simple' || command.words.length + command.assignments.length > 0) return undefined;
  const redirect = command.redirects.length === 1 ? command.redirects[0] : undefined;
  return redirect?.operator === '<' ? redirect.target : undefined;
}

function traceQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}
