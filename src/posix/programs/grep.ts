// grep: lines that match. Models: GNU grep 3.8; busybox 1.35 where its words differ.
import { type Arguments, type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { LineReader, splitLines } from '../input.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { RegexError, translateRegex } from '../regex.ts';

const long = {
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'basic-regexp': 'G',
  'perl-regexp': 'P',
  'ignore-case': 'i',
  'invert-match': 'v',
  'word-regexp': 'w',
  'line-regexp': 'x',
  count: 'c',
  'line-number': 'n',
  'only-matching': 'o',
  quiet: 'q',
  silent: 'q',
  'files-with-matches': 'l',
  'files-without-match': 'L',
  'no-filename': 'h',
  'with-filename': 'H',
  'no-messages': 's',
  recursive: 'r',
  'max-count=': 'm',
  'after-context=': 'A',
  'before-context=': 'B',
  'context=': 'C',
  'regexp=': 'e',
  'file=': 'f',
  'color=?': 'color',
  'colour=?': 'color',
  'include=': 'include',
  'exclude=': 'exclude',
};

function* patternsOf(os: Os, args: Arguments): Body<{ readonly patterns: string[]; readonly files: readonly string[] } | undefined> {
  const patterns = args.values('e').flatMap((text) => text.split('\n'));
  for (const file of args.values('f')) patterns.push(...splitLines(yield* file === '-' ? os.readAll(0) : os.readFile(file)));
  if (args.has('e') || args.has('f')) return { patterns, files: args.operands };
  const [first, ...files] = args.operands;
  return first === undefined ? undefined : { patterns: first.split('\n'), files };
}

function compile(args: Arguments, patterns: readonly string[], name: string): RegExp {
  const kind =
    args.has('F') || name === 'fgrep' ? 'fixed' : args.has('P') ? 'perl' : args.has('E') || name === 'egrep' ? 'extended' : 'basic';
  let source = patterns.map((pattern) => `(?:${translateRegex(pattern, kind)})`).join('|');
  if (args.has('x')) source = `^(?:${source})$`;
  else if (args.has('w')) source = `(?<![A-Za-z0-9_])(?:${source})(?![A-Za-z0-9_])`;
  return new RegExp(patterns.length === 0 ? '(?!)' : source, args.has('i') ? 'gi' : 'g');
}

interface Job {
  readonly args: Arguments;
  readonly regex: RegExp;
  readonly named: boolean;
  readonly before: number;
  readonly after: number;
  readonly limit: number;
}

/** Searches one input; returns how many lines were selected. */
function* search(os: Os, fd: number, file: string, job: Job): Body<number> {
  const { args, regex, named } = job;
  const reader = new LineReader(os, fd);
  const label = named ? `${file}` : '';
  const quiet = args.has('q') || args.has('l') || args.has('L') || args.has('c');
  let kept: string[] = [];
  let lastPrinted = 0;
  let owed = 0;
  let count = 0;
  let output = '';
  const line = (text: string, number: number, mark: string) =>
    `${label === '' ? '' : label + mark}${args.has('n') ? number + mark : ''}${text}\n`;
  for (let number = 1; ; number++) {
    if (output !== '' && !reader.hasLine) {
      yield* os.write(1, output);
      output = '';
    }
    const raw = yield* reader.next();
    if (raw === undefined) break;
    const text = raw.endsWith('\n') ? raw.slice(0, -1) : raw;
    regex.lastIndex = 0;
    if (regex.test(text) !== args.has('v')) {
      count++;
      if (args.has('q') || args.has('l')) return count;
      if (!quiet) {
        const first = number - kept.length;
        if ((job.before > 0 || job.after > 0) && lastPrinted > 0 && first > lastPrinted + 1) output += '--\n';
        for (const [index, earlier] of kept.entries()) output += line(earlier, first + index, '-');
        regex.lastIndex = 0;
        if (!args.has('o')) output += line(text, number, ':');
        else if (!args.has('v')) for (const match of text.matchAll(regex)) if (match[0] !== '') output += line(match[0], number, ':');
        lastPrinted = number;
      }
      kept = [];
      owed = job.after;
      if (count >= job.limit) break;
    } else if (owed > 0 && !quiet) {
      owed--;
      if (!args.has('o')) output += line(text, number, '-');
      lastPrinted = number;
    } else if (job.before > 0) {
      kept.push(text);
      if (kept.length > job.before) kept.shift();
    }
  }
  if (output !== '') yield* os.write(1, output);
  return count;
}

function* walk(os: Os, path: string): Body<string[]> {
  const stat = yield* os.stat(path, false);
  if (stat.type !== 'directory') return stat.type === 'file' ? [path] : [];
  const found: string[] = [];
  for (const name of yield* os.readDirectory(path)) found.push(...(yield* walk(os, `${path.replace(/\/$/, '')}/${name}`)));
  return found;
}

const grepProgram = (name: string) => (flavour: Flavour) =>
  defineProgram({
    name,
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'EFGPivwxcnoqlLhHsrRm:A:B:C:e:f:ayUz', long, number: 'C' });
      if (args.error !== undefined) {
        const usage = `Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n`;
        if (flavour === 'busybox') return yield* usageError(os, 'grep', flavour, args.error, 2);
        yield* os.write(2, `${name}: ${args.error}\n${usage}`);
        return 2;
      }
      let regex: RegExp;
      const found = yield* patternsOf(os, args);
      if (found === undefined) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n`
            : 'BusyBox v1.35.0 multi-call binary.\n\nUsage: grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n',
        );
        return 2;
      }
      try {
        regex = compile(args, found.patterns, name);
      } catch (error) {
        if (!(error instanceof RegexError) && !(error instanceof SyntaxError)) throw error;
        yield* os.write(2, `${name}: ${error instanceof RegexError ? error.message : 'Invalid regular expression'}\n`);
        return 2;
      }
      return yield* grepFiles(os, name, args, regex, found.files);
    },
  });

function* grepFiles(os: Os, name: string, args: Arguments, regex: RegExp, operands: readonly string[]): Body<number> {
  const recursive = args.has('r') || args.has('R');
  const files = operands.length > 0 ? operands : [recursive ? '.' : '-'];
  const context = Number(args.value('C') ?? 0);
  const job: Job = {
    args,
    regex,
    named: args.has('H') || ((files.length > 1 || recursive) && !args.has('h')),
    before: Number(args.value('B') ?? context),
    after: Number(args.value('A') ?? context),
    limit: Number(args.value('m') ?? Number.POSITIVE_INFINITY),
  };
  let selected = false;
  let failed = false;
  for (const operand of files) {
    try {
      for (const file of recursive && operand !== '-' ? yield* walk(os, operand) : [operand]) {
        const fd = file === '-' ? 0 : yield* os.open(file, 'read');
        const count = yield* search(os, fd, file === '-' ? '(standard input)' : file, job);
        if (fd !== 0) yield* os.close(fd);
        if (count > 0) selected = true;
        if (args.has('q') && selected) return 0;
        if (args.has('l') ? count > 0 : args.has('L') && count === 0) yield* os.write(1, `${file === '-' ? '(standard input)' : file}\n`);
        else if (args.has('c')) yield* os.write(1, `${job.named ? `${file}:` : ''}${count}\n`);
      }
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno === 'EPIPE') throw error;
      failed = true;
      if (!args.has('s')) yield* os.write(2, `${name}: ${operand}: ${errorMessage(error.errno)}\n`);
    }
  }
  return failed && !(args.has('q') && selected) ? 2 : selected ? 0 : 1;
}

export const grep = grepProgram('grep');
export const egrep = grepProgram('egrep');
export const fgrep = grepProgram('fgrep');
