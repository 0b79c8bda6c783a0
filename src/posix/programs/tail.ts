// tail: the last lines or bytes, and what is added to a file (-f, -F).
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { splitLines } from '../input.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { openForReading, parseSize } from './head.ts';

export const tail = (flavour: Flavour) =>
  defineProgram({
    name: 'tail',
    *run(os) {
      const long = { 'lines=': 'n', 'bytes=': 'c', 'follow=?': 'f', quiet: 'q', verbose: 'v', retry: 'retry', 'sleep-interval=': 's' };
      // `tail +3` is old style, `-n +3` the new one.
      const words = os.argv.slice(1).map((word, index) => (index === 0 && /^\+\d+$/.test(word) ? `-n${word}` : word));
      const args = parseArguments(words, { short: 'n:c:fFqvs:', long, number: 'n' });
      if (args.error !== undefined) return yield* usageError(os, 'tail', flavour, args.error);
      const bytes = args.value('c');
      const text = bytes ?? args.value('n') ?? '10';
      const count = parseSize(text);
      if (count === undefined) {
        const what = bytes === undefined ? 'lines' : 'bytes';
        yield* os.write(2, flavour === 'gnu' ? `tail: invalid number of ${what}: ‘${text}’\n` : `tail: invalid number '${text}'\n`);
        return 1;
      }
      const cut = (all: string) => (bytes === undefined ? lastLines(all, text, Math.abs(count)) : lastBytes(all, text, Math.abs(count)));
      const files = args.operands.length === 0 ? ['-'] : args.operands;
      const follow = args.has('f') || args.has('F');
      const titles = args.has('v') || (files.length > 1 && !args.has('q'));
      const followed: Followed[] = [];
      let status = 0;
      for (const [index, file] of files.entries()) {
        const fd = yield* openForReading(os, 'tail', flavour, file);
        if (fd === undefined) {
          status = 1;
          if (args.has('F') || args.has('retry')) followed.push({ file, fd: undefined, length: 0 });
          continue;
        }
        if (titles) yield* os.write(1, `${index > 0 ? '\n' : ''}==> ${file === '-' ? 'standard input' : file} <==\n`);
        const all = yield* os.readAll(fd);
        yield* os.write(1, cut(all));
        if (file !== '-') followed.push({ file, fd, length: all.length });
      }
      if (follow && followed.length > 0)
        yield* followFiles(os, flavour, followed, titles, args.has('F'), Number(args.value('s') ?? 1) * 1000);
      return status;
    },
  });

interface Followed {
  readonly file: string;
  fd: number | undefined;
  length: number;
}

function lastLines(all: string, text: string, count: number): string {
  const lines = splitLines(all);
  const kept = text.startsWith('+') ? lines.slice(Math.max(0, count - 1)) : count === 0 ? [] : lines.slice(-count);
  if (kept.length === 0) return '';
  return kept.join('\n') + (all.endsWith('\n') ? '\n' : '');
}

function lastBytes(all: string, text: string, count: number): string {
  return text.startsWith('+') ? all.slice(Math.max(0, count - 1)) : count === 0 ? '' : all.slice(-count);
}

/** Simplified: looks once a second instead of being told by inotify. */
function* followFiles(
  os: Os,
  flavour: Flavour,
  files: readonly Followed[],
  titles: boolean,
  byName: boolean,
  everyMs: number,
): Body<never> {
  let last = files[files.length - 1]?.file;
  for (;;) {
    yield* os.sleep(everyMs);
    for (const followed of files) {
      if (byName && followed.fd === undefined) {
        followed.fd = yield* reopen(os, followed.file);
        if (followed.fd === undefined) continue;
        if (flavour === 'gnu') yield* os.write(2, `tail: '${followed.file}' has appeared;  following new file\n`);
      }
      if (followed.fd === undefined) continue;
      let added: string | undefined;
      try {
        added = yield* os.read(followed.fd);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* os.close(followed.fd);
        followed.fd = undefined;
        continue;
      }
      if (added === undefined) {
        followed.length = yield* sizeOf(os, followed, byName);
        continue;
      }
      if (titles && last !== followed.file) yield* os.write(1, `\n==> ${followed.file} <==\n`);
      last = followed.file;
      yield* os.write(1, added);
    }
  }
}

function* reopen(os: Os, file: string): Body<number | undefined> {
  try {
    return yield* os.open(file, 'read');
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** A file that became shorter was cut: it is read again from its beginning. */
function* sizeOf(os: Os, followed: Followed, byName: boolean): Body<number> {
  try {
    const { size } = yield* os.stat(followed.file);
    if (size < followed.length && followed.fd !== undefined) {
      yield* os.close(followed.fd);
      followed.fd = yield* reopen(os, followed.file);
    }
    return size;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (byName && followed.fd !== undefined) {
      yield* os.close(followed.fd);
      followed.fd = undefined;
    }
    return 0;
  }
}
