// Ways out of the normal order of commands, thrown through the interpreter.

/** A builtin or expansion failed; the message is printed with the shell's prefix. `fatal`: a non-interactive shell ends. */
export class ShellError extends Error {
  readonly status: number;
  readonly fatal: boolean;
  constructor(message: string, status: number, fatal = false) {
    super(message);
    this.status = status;
    this.fatal = fatal;
  }
}

export class Break extends Error {
  levels: number;
  readonly continues: boolean;
  constructor(levels: number, continues: boolean) {
    super(continues ? 'continue' : 'break');
    this.levels = levels;
    this.continues = continues;
  }
}

export class Return extends Error {
  readonly status: number;
  constructor(status: number) {
    super('return');
    this.status = status;
  }
}

/** Ctrl-C came while an interactive shell ran something: back to the prompt. */
export class Interrupted extends Error {}

export class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super('exit');
    this.status = status;
  }
}
