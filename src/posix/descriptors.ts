// What a descriptor refers to: pipes, files, the terminal, the streams of a process started from outside. Shared by reference and
// counted, as open file descriptions are.
import type { FileSystem } from './filesystem.ts';
import type { ProcessEvents } from './machine.ts';
import type { Signal } from './program.ts';

/** Who waits to be told that a stream changed; the kernel's process. */
export interface Waiter {
  readonly handle: number;
}

export interface OpenFile {
  references: number;
  readonly tty?: Terminal;
  /** `text` = something read, `end` = end of input, `wait` = nothing yet. `line`: at most one line, kept whole. */
  take(line: boolean): { readonly text: string } | 'end' | 'wait';
  /** How much of the text was accepted, or why none is. */
  give(text: string, now: number): number | 'broken';
  /** Processes that wait for `take` or `give` to succeed. */
  readonly readers: Set<Waiter>;
  readonly writers: Set<Waiter>;
  closed(): void;
  /** What stat says when asked for the descriptor: `pipe`, `file`, … */
  readonly kind: 'pipe' | 'file' | 'null' | 'zero' | 'random' | 'stream' | 'terminal' | 'closed';
}

/** One reference less; the last one closes. */
export function release(file: OpenFile): void {
  if (--file.references === 0) file.closed();
}

const nobody: ReadonlySet<Waiter> = new Set<Waiter>();

/** A queue of text with line reading; a line longer than the queue's limit is still given whole. */
class TextQueue {
  #chunks: string[] = [];
  length = 0;

  push(text: string): void {
    this.#chunks.push(text);
    this.length += text.length;
  }
  takeAll(): string {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as string) : this.#chunks.join('');
    this.#chunks = [];
    this.length = 0;
    return all;
  }
  /** Up to and with the first newline; undefined when there is none. */
  takeLine(): string | undefined {
    if (this.length === 0) return undefined;
    const all = this.takeAll();
    const end = all.indexOf('\n');
    if (end < 0) {
      this.push(all);
      return undefined;
    }
    if (end + 1 < all.length) this.push(all.slice(end + 1));
    return all.slice(0, end + 1);
  }
}

const pipeCapacity = 65536;

class Pipe {
  readonly queue = new TextQueue();
  readonly readers = new Set<Waiter>();
  readonly writers = new Set<Waiter>();
  readable = true;
  writable = true;
  /** A reader waits for a whole line: the pipe takes more than its capacity rather than block both. */
  wantsLine = false;
}

export type Wake = (waiters: Set<Waiter>) => void;

/** [reading end, writing end]. */
export function createPipe(wake: Wake): readonly [OpenFile, OpenFile] {
  const pipe = new Pipe();
  const reading: OpenFile = {
    kind: 'pipe',
    references: 0,
    readers: pipe.readers,
    writers: pipe.writers,
    take(line) {
      const text = line ? pipe.queue.takeLine() : pipe.queue.length > 0 ? pipe.queue.takeAll() : undefined;
      pipe.wantsLine = line && text === undefined;
      if (text !== undefined) {
        wake(pipe.writers);
        return { text };
      }
      if (!pipe.writable) return pipe.queue.length > 0 ? { text: pipe.queue.takeAll() } : 'end';
      if (pipe.wantsLine) wake(pipe.writers);
      return 'wait';
    },
    give: () => 'broken',
    closed() {
      pipe.readable = false;
      wake(pipe.writers);
    },
  };
  const writing: OpenFile = {
    kind: 'pipe',
    references: 0,
    readers: pipe.readers,
    writers: pipe.writers,
    take: () => 'end',
    give(text) {
      if (!pipe.readable) return 'broken';
      const room = pipe.wantsLine ? pipeCapacity : pipeCapacity - pipe.queue.length;
      if (room <= 0) return 0;
      const part = text.length <= room ? text : text.slice(0, room);
      pipe.queue.push(part);
      wake(pipe.readers);
      return part.length;
    },
    closed() {
      pipe.writable = false;
      wake(pipe.readers);
    },
  };
  return [reading, writing];
}

/** A file opened for reading at an offset, or for writing at its end. */
export class FileHandle implements OpenFile {
  references = 0;
  readonly kind = 'file';
  readonly readers = nobody as Set<Waiter>;
  readonly writers = nobody as Set<Waiter>;
  #offset = 0;
  readonly #files: FileSystem;
  readonly #path: string;

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }
  take(line: boolean): { readonly text: string } | 'end' {
    const all = this.#files.read(this.#path);
    if (this.#offset >= all.length) return 'end';
    const newline = line ? all.indexOf('\n', this.#offset) : -1;
    const text = all.slice(this.#offset, newline < 0 ? undefined : newline + 1);
    this.#offset += text.length;
    return { text };
  }
  give(text: string, now: number): number {
    this.#files.write(this.#path, text, 'append', now);
    return text.length;
  }
  closed(): void {}
}

/** `/dev/null`, `/dev/zero`, `/dev/urandom` and an input that has ended. */
export class EndlessDevice implements OpenFile {
  references = 0;
  readonly readers = nobody as Set<Waiter>;
  readonly writers = nobody as Set<Waiter>;
  readonly kind: 'null' | 'zero' | 'random';
  readonly #random: (() => string) | undefined;
  constructor(kind: 'null' | 'zero' | 'random', random?: () => string) {
    this.kind = kind;
    this.#random = random;
  }
  take(): { readonly text: string } | 'end' {
    if (this.kind === 'null') return 'end';
    return { text: this.kind === 'zero' ? '\0'.repeat(pipeCapacity) : (this.#random?.() ?? '') };
  }
  give(text: string): number {
    return text.length;
  }
  closed(): void {}
}

/** Standard output or error of a process started from outside: what is written goes to whoever started it. */
export class OutputStream implements OpenFile {
  references = 0;
  readonly #events: ProcessEvents;
  readonly #fd: 1 | 2;
  // Fields of the class, not of each of very many streams.
  get kind(): 'stream' {
    return 'stream';
  }
  get readers(): Set<Waiter> {
    return nobody as Set<Waiter>;
  }
  get writers(): Set<Waiter> {
    return nobody as Set<Waiter>;
  }
  constructor(events: ProcessEvents, fd: 1 | 2) {
    this.#events = events;
    this.#fd = fd;
  }
  take(): 'end' {
    return 'end';
  }
  give(text: string): number {
    this.#events.output(this.#fd, text);
    return text.length;
  }
  closed(): void {}
}

/** Standard input that comes piece by piece from outside. */
export class InputStream implements OpenFile {
  references = 0;
  readonly kind = 'stream';
  readonly readers = new Set<Waiter>();
  readonly writers = nobody as Set<Waiter>;
  readonly #queue = new TextQueue();
  readonly #wake: Wake;
  #ended = false;
  constructor(wake: Wake, text: string | undefined, ended: boolean) {
    this.#wake = wake;
    if (text !== undefined && text !== '') this.#queue.push(text);
    this.#ended = ended;
  }
  feed(text: string | undefined): void {
    if (text === undefined) this.#ended = true;
    else if (text !== '') this.#queue.push(text);
    this.#wake(this.readers);
  }
  take(line: boolean): { readonly text: string } | 'end' | 'wait' {
    const text = line ? this.#queue.takeLine() : this.#queue.length > 0 ? this.#queue.takeAll() : undefined;
    if (text !== undefined) return { text };
    if (!this.#ended) return 'wait';
    return this.#queue.length > 0 ? { text: this.#queue.takeAll() } : 'end';
  }
  give(): 'broken' {
    return 'broken';
  }
  closed(): void {}
}

/**
 * A terminal: the line discipline between the keys someone types and the processes that read. Cooked mode edits a line, echoes and
 * turns Ctrl-C into a signal; raw mode hands keys on. Models: linux drivers/tty/n_tty.c
 */
export class Terminal implements OpenFile {
  references = 0;
  readonly kind = 'terminal';
  readonly tty = this;
  readonly readers = new Set<Waiter>();
  readonly writers = nobody as Set<Waiter>;
  columns: number;
  rows: number;
  mode: 'raw' | 'cooked' = 'cooked';
  readonly #ready = new TextQueue();
  readonly #wake: Wake;
  readonly #events: ProcessEvents;
  readonly #interrupt: (signal: Signal) => void;
  #line = '';
  #ends = 0;
  #hungUp = false;

  constructor(
    size: { readonly columns: number; readonly rows: number },
    events: ProcessEvents,
    wake: Wake,
    interrupt: (signal: Signal) => void,
  ) {
    this.columns = size.columns;
    this.rows = size.rows;
    this.#events = events;
    this.#wake = wake;
    this.#interrupt = interrupt;
  }

  /** Keys typed; undefined hangs up. */
  feed(text: string | undefined): void {
    if (text === undefined) this.#hungUp = true;
    else if (this.mode === 'raw') this.#ready.push(text);
    else for (const key of text) this.#cook(key);
    this.#wake(this.readers);
  }

  #cook(key: string): void {
    if (key === '\x03' || key === '\x1c') {
      this.#echo(key === '\x03' ? '^C' : '^\\');
      this.#line = '';
      this.#interrupt(key === '\x03' ? 'INT' : 'QUIT');
    } else if (key === '\x04') {
      if (this.#line === '') this.#ends++;
      else this.#flush('');
    } else if (key === '\r' || key === '\n') {
      this.#echo('\n');
      this.#flush('\n');
    } else if (key === '\x7f' || key === '\b') {
      if (this.#line !== '') this.#echo('\b \b');
      this.#line = this.#line.slice(0, -1);
    } else if (key === '\x15') {
      this.#echo('\b \b'.repeat(this.#line.length));
      this.#line = '';
    } else {
      this.#echo(key < ' ' && key !== '\t' ? `^${String.fromCharCode(key.charCodeAt(0) + 64)}` : key);
      this.#line += key;
    }
  }

  #flush(ending: string): void {
    this.#ready.push(this.#line + ending);
    this.#line = '';
  }

  #echo(text: string): void {
    this.#events.output(1, text.replace(/\n/g, '\r\n'));
  }

  setMode(mode: 'raw' | 'cooked'): void {
    if (mode === this.mode) return;
    this.mode = mode;
    // What was typed ahead waits for whoever reads next, in its way.
    if (mode === 'raw' && this.#line !== '') this.#flush('');
    else if (mode === 'cooked' && this.#ready.length > 0) {
      const ahead = this.#ready.takeAll();
      for (const key of ahead) this.#cook(key);
    }
  }

  take(line: boolean): { readonly text: string } | 'end' | 'wait' {
    // Cooked input is handed out a line at a time.
    const text = line || this.mode === 'cooked' ? this.#ready.takeLine() : this.#ready.length > 0 ? this.#ready.takeAll() : undefined;
    if (text !== undefined) return { text };
    if (this.#ready.length > 0) return { text: this.#ready.takeAll() };
    if (this.#ends > 0) {
      this.#ends--;
      return 'end';
    }
    return this.#hungUp ? 'end' : 'wait';
  }

  /** Newlines get their carriage return here, as the driver's ONLCR does. */
  give(text: string): number {
    this.#events.output(1, text.includes('\n') ? text.replace(/\r?\n/g, '\r\n') : text);
    return text.length;
  }

  closed(): void {}
}
