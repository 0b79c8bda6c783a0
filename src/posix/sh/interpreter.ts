// The interpreter of the shell language: variables, redirections, pipelines, jobs, functions, traps. One instance per shell process;
// a subshell is a copy in a child process. Dialects differ in texts and in what bash adds.
import { signalTexts } from '../errno.ts';
import { type Body, type ExitStatus, type Signal, SystemError } from '../program.ts';
import { builtins } from './builtins.ts';
import { condition } from './condition.ts';
import { runCase, runFor, runForArithmetic, runLoop } from './compounds.ts';
import { Break, Exit, Interrupted, Return, ShellError } from './control.ts';
import { arithmetic, expandText, expandWords } from './expand.ts';
import { notFound, redirectError, syntaxMessage } from './messages.ts';
import { parseNext } from './parser.ts';
import { openAll } from './redirections.ts';
import { ShellState } from './state.ts';
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

type Simple = Extract<Command, { kind: 'simple' }>;

export class Interpreter extends ShellState {
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
      this.text = item.text;
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
    let status = yield* this.counted(list.rest.length > 0, () => this.#pipeline(list.first, replace && list.rest.length === 0));
    for (const [index, { operator, pipeline }] of list.rest.entries()) {
      if ((operator === '&&') !== (status === 0)) continue;
      const last = index === list.rest.length - 1;
      status = yield* this.counted(!last, () => this.#pipeline(pipeline, replace && last));
    }
    return status;
  }

  /** Runs with `set -e` suspended when the result is tested. */
  *counted<T>(tested: boolean, run: () => Body<T>): Body<T> {
    if (!tested) return yield* run();
    this.tested++;
    try {
      return yield* run();
    } finally {
      this.tested--;
    }
  }

  *#pipeline(pipeline: Pipeline, replace: boolean): Body<number> {
    const began = pipeline.timed ? yield* this.os.time() : 0;
    const [only] = pipeline.commands;
    const simple = pipeline.commands.length === 1 && only !== undefined;
    const run = () => (simple ? this.command(only, replace && !pipeline.negated && !pipeline.timed) : this.#pipe(pipeline.commands));
    const status = yield* this.counted(pipeline.negated, run);
    this.status = pipeline.negated ? Number(status === 0) : status;
    if (pipeline.timed) yield* this.#reportTime((yield* this.os.time()) - began);
    const failing = this.status !== 0 && !pipeline.negated && this.options.has('e') && this.tested === 0;
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
      const command = this.jobs.find((job) => job.pid === pid)?.text ?? this.text;
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
          if ((yield* this.counted(true, () => this.runScript(test))) === 0) return yield* this.runScript(body);
        }
        this.status = 0;
        return command.otherwise === undefined ? 0 : yield* this.runScript(command.otherwise);
      case 'loop':
        return yield* runLoop(this, command);
      case 'for':
        return yield* runFor(this, command);
      case 'for-arithmetic':
        return yield* runForArithmetic(this, command);
      case 'case':
        return yield* runCase(this, command);
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
      if (this.startedAt === 0) this.startedAt = now;
      this.dynamic.SECONDS = Math.floor((now - this.startedAt) / 1000);
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
    if (++this.depth > 500) {
      this.depth--;
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
      this.depth--;
    }
  }

  get inFunction(): boolean {
    return this.locals.length > 0;
  }
  get inLoop(): boolean {
    return this.loops > 0;
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
      yield* openAll(this, command.redirects);
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
      undo = yield* openAll(this, command.redirects);
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
      undo = yield* openAll(this, redirects);
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
