// What a shell knows: variables, parameters, functions, traps, options, descriptors. A subshell begins with a copy.
import { type Body, type Os, SystemError } from '../program.ts';
import type { Variables } from './arithmetic.ts';
import { ShellError } from './control.ts';
import { prefix } from './messages.ts';
import type { Dialect } from './parser.ts';
import type { Command } from './syntax.ts';

export interface Variable {
  value: string | undefined;
  /** Elements of an array by index, in order. */
  array?: Map<string, string>;
  exported: boolean;
  readonly: boolean;
  integer?: boolean;
}

export class ShellState {
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
  tested = 0;
  depth = 0;
  loops = 0;
  /** The command that runs, as it was written. */
  text = '';
  readonly shellPid: number;
  /** In a subshell, so that errors of expansion end only it. */
  readonly subshell: boolean;
  startedAt = 0;

  constructor(os: Os, dialect: Dialect, name: string, parent?: ShellState) {
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
    this.loops = parent.loops;
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
}
