// Input of filters: files or standard input, whole or line by line, with the errors of the tools.
import type { Flavour } from './arguments.ts';
import { errorMessage } from './errno.ts';
import { type Body, type Os, SystemError } from './program.ts';

/** Reads lines from a descriptor in the pieces in which they come. */
export class LineReader {
  readonly #os: Os;
  readonly #fd: number;
  #buffer = '';
  #at = 0;
  #ended = false;

  constructor(os: Os, fd: number) {
    this.#os = os;
    this.#fd = fd;
  }

  /** With its newline, unless the input ends without one; undefined at the end. */
  *next(): Body<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf('\n', this.#at);
      if (end >= 0) {
        const line = this.#buffer.slice(this.#at, end + 1);
        this.#at = end + 1;
        return line;
      }
      if (this.#ended) {
        const rest = this.#buffer.slice(this.#at);
        this.#buffer = '';
        this.#at = 0;
        return rest === '' ? undefined : rest;
      }
      const chunk = yield* this.#os.read(this.#fd);
      if (chunk === undefined) this.#ended = true;
      else {
        this.#buffer = this.#buffer.slice(this.#at) + chunk;
        this.#at = 0;
      }
    }
  }

  /** Whether a line is there without waiting: output may be held back until then. */
  get hasLine(): boolean {
    return this.#buffer.indexOf('\n', this.#at) >= 0;
  }
}

/** The tool's words for a file that cannot be opened. */
export function openError(name: string, flavour: Flavour, file: string, error: SystemError): string {
  const text = errorMessage(error.errno);
  if (flavour === 'busybox') return error.errno === 'EISDIR' ? `${name}: read error: ${text}` : `${name}: can't open '${file}': ${text}`;
  return `${name}: ${file}: ${text}`;
}

/** Opens a file (`-`: standard input); prints the error and returns undefined when it cannot be read. */
export function* openInput(os: Os, name: string, flavour: Flavour, file: string): Body<number | undefined> {
  if (file === '-') return 0;
  try {
    return yield* os.open(file, 'read');
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* os.write(2, `${openError(name, flavour, file, error)}\n`);
    return undefined;
  }
}

/** Text of a file or of standard input; prints the error and returns undefined. */
export function* readInput(os: Os, name: string, flavour: Flavour, file: string): Body<string | undefined> {
  const fd = yield* openInput(os, name, flavour, file);
  if (fd === undefined) return undefined;
  const text = yield* os.readAll(fd);
  if (fd !== 0) yield* os.close(fd);
  return text;
}

/** Lines without newlines. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

/** Collects output and writes it in large pieces. */
export class Output {
  readonly #os: Os;
  readonly #fd: number;
  #text = '';
  constructor(os: Os, fd = 1) {
    this.#os = os;
    this.#fd = fd;
  }
  *write(text: string): Body<void> {
    this.#text += text;
    if (this.#text.length > 32768) yield* this.flush();
  }
  *flush(): Body<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') yield* this.#os.write(this.#fd, text);
  }
}

/** Errors of file operations as a status: runs `body`, prints `message` of a failed call. */
export function* attempt(os: Os, message: (reason: string, error: SystemError) => string, body: () => Body<void>): Body<boolean> {
  try {
    yield* body();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* os.write(2, `${message(errorMessage(error.errno), error)}\n`);
    return false;
  }
}
