// head: the first lines or bytes.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { LineReader, openInput, Output, splitLines } from '../input.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';

/** `10`, `5k`, `2M`; undefined when it is no number. */
export function parseSize(text: string): number | undefined {
  const match = /^([-+]?\d+)(b|kB|[KkMmG]i?B?|MB|GB)?$/.exec(text);
  if (match === null) return undefined;
  const unit = match[2] ?? '';
  if (unit === '') return Number(match[1]);
  if (unit === 'b') return Number(match[1]) * 512;
  const power = /^[Kk]/.test(unit) ? 1 : /^[Mm]/.test(unit) ? 2 : 3;
  return Number(match[1]) * (/^[kMG]B$/.test(unit) ? 1000 : 1024) ** power;
}

/** Opens for head and tail, which say `cannot open 'x' for reading`. */
export function* openForReading(os: Os, name: string, flavour: Flavour, file: string): Body<number | undefined> {
  if (flavour === 'busybox' || file === '-') return yield* openInput(os, name, flavour, file);
  try {
    return yield* os.open(file, 'read');
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const text = errorMessage(error.errno);
    yield* os.write(
      2,
      error.errno === 'EISDIR' ? `${name}: error reading '${file}': ${text}\n` : `${name}: cannot open '${file}' for reading: ${text}\n`,
    );
    return undefined;
  }
}

export const head = (flavour: Flavour) =>
  defineProgram({
    name: 'head',
    *run(os) {
      const long = { 'lines=': 'n', 'bytes=': 'c', quiet: 'q', silent: 'q', verbose: 'v' };
      const args = parseArguments(os.argv.slice(1), { short: 'n:c:qv', long, number: 'n' });
      if (args.error !== undefined) return yield* usageError(os, 'head', flavour, args.error);
      const bytes = args.value('c');
      const text = bytes ?? args.value('n') ?? '10';
      const count = parseSize(text);
      if (count === undefined) {
        const what = bytes === undefined ? 'lines' : 'bytes';
        yield* os.write(2, flavour === 'gnu' ? `head: invalid number of ${what}: ‘${text}’\n` : `head: invalid number '${text}'\n`);
        return 1;
      }
      const files = args.operands.length === 0 ? ['-'] : args.operands;
      const titles = args.has('v') || (files.length > 1 && !args.has('q'));
      let status = 0;
      for (const [index, file] of files.entries()) {
        const fd = yield* openForReading(os, 'head', flavour, file);
        if (fd === undefined) {
          status = 1;
          continue;
        }
        if (titles) yield* os.write(1, `${index > 0 ? '\n' : ''}==> ${file === '-' ? 'standard input' : file} <==\n`);
        try {
          yield* bytes === undefined ? firstLines(os, fd, count) : firstBytes(os, fd, count);
        } catch (error) {
          if (!(error instanceof SystemError) || error.errno !== 'ENOSPC') throw error;
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `head: error writing 'standard output': ${errorMessage(error.errno)}\n`
              : 'head: standard output: I/O error\n',
          );
          return 1;
        }
        if (fd !== 0) yield* os.close(fd);
      }
      return status;
    },
  });

function* firstLines(os: Os, fd: number, count: number): Body<void> {
  const output = new Output(os);
  if (count < 0) {
    const lines = splitLines(yield* os.readAll(fd));
    for (const line of lines.slice(0, count)) yield* output.write(`${line}\n`);
    yield* output.flush();
    return;
  }
  const reader = new LineReader(os, fd);
  for (let number = 0; number < count; number++) {
    const line = yield* reader.next();
    if (line === undefined) break;
    yield* output.write(line);
    if (!reader.hasLine) yield* output.flush();
  }
  yield* output.flush();
}

function* firstBytes(os: Os, fd: number, count: number): Body<void> {
  if (count < 0) {
    yield* os.write(1, (yield* os.readAll(fd)).slice(0, count));
    return;
  }
  for (let left = count; left > 0; ) {
    const chunk = yield* os.read(fd);
    if (chunk === undefined) return;
    const part = chunk.slice(0, left);
    left -= part.length;
    yield* os.write(1, part);
  }
}
