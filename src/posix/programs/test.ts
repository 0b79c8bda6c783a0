// test and [: conditions on files, strings and numbers. Models: POSIX test; bash 5.2, dash 0.5.12
import { errorMessage } from '../errno.ts';
import { type Body, defineProgram, type FileStat, type Os, SystemError } from '../program.ts';

export class TestError extends Error {
  readonly kind: 'integer' | 'unary' | 'binary' | 'many';
  readonly word: string;
  constructor(kind: TestError['kind'], word: string) {
    super(`${kind}: ${word}`);
    this.kind = kind;
    this.word = word;
  }
}

const unary = new Set([
  '-a',
  '-b',
  '-c',
  '-d',
  '-e',
  '-f',
  '-g',
  '-h',
  '-k',
  '-n',
  '-o',
  '-p',
  '-r',
  '-s',
  '-t',
  '-u',
  '-v',
  '-w',
  '-x',
  '-z',
  '-G',
  '-L',
  '-N',
  '-O',
  '-S',
]);
const binary = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']);

export function isUnaryTest(word: string): boolean {
  return unary.has(word);
}

function* statOf(os: Os, path: string, follow: boolean): Body<FileStat | undefined> {
  try {
    return yield* os.stat(path, follow);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** `realFd`: the process's descriptor of a shell's number. */
export function* unaryTest(os: Os, flag: string, operand: string, realFd: (fd: number) => number = (fd) => fd): Body<boolean> {
  if (flag === '-n') return operand !== '';
  if (flag === '-z') return operand === '';
  if (flag === '-t') return yield* os.isTty(realFd(Number(operand)));
  if (flag === '-h' || flag === '-L') return (yield* statOf(os, operand, false))?.type === 'symlink';
  const stat = yield* statOf(os, operand, true);
  if (stat === undefined) return false;
  const device = /^\/dev\/(?:null|zero|tty|random|urandom|full|std(?:in|out|err))$/.test(operand);
  switch (flag) {
    case '-f':
      return stat.type === 'file' && !device;
    case '-d':
      return stat.type === 'directory';
    case '-s':
      return stat.size > 0;
    case '-c':
      return device;
    case '-x':
      return stat.type === 'directory' || (stat.mode & 0o111) !== 0;
    case '-w':
      return os.uid === 0 || stat.uid === os.uid ? (stat.mode & 0o222) !== 0 : (stat.mode & 0o002) !== 0;
    case '-r':
      return os.uid === 0 || (stat.uid === os.uid ? (stat.mode & 0o400) !== 0 : (stat.mode & 0o044) !== 0);
    case '-O':
      return stat.uid === os.uid;
    case '-e':
    case '-a':
    case '-G':
    case '-N':
      return true;
    default:
      return false;
  }
}

function integer(word: string): number {
  if (!/^\s*[-+]?\d+\s*$/.test(word)) throw new TestError('integer', word);
  return Number(word);
}

export function* binaryTest(os: Os, left: string, operator: string, right: string): Body<boolean> {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-eq':
      return integer(left) === integer(right);
    case '-ne':
      return integer(left) !== integer(right);
    case '-lt':
      return integer(left) < integer(right);
    case '-le':
      return integer(left) <= integer(right);
    case '-gt':
      return integer(left) > integer(right);
    case '-ge':
      return integer(left) >= integer(right);
    case '-ef':
      return left === right && (yield* statOf(os, left, true)) !== undefined;
    case '-nt':
    case '-ot': {
      const times = [(yield* statOf(os, left, true))?.mtime ?? -1, (yield* statOf(os, right, true))?.mtime ?? -1] as const;
      return operator === '-nt' ? times[0] > times[1] : times[0] < times[1];
    }
    default:
      throw new TestError('binary', operator);
  }
}

/** Throws TestError. */
export function* evaluateTest(os: Os, args: readonly string[], realFd?: (fd: number) => number): Body<boolean> {
  const [a = '', b = '', c = '', d = ''] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return a !== '';
    case 2:
      if (a === '!') return b === '';
      if (unary.has(a)) return yield* unaryTest(os, a, b, realFd);
      throw new TestError('unary', a);
    case 3:
      if (binary.has(b)) return yield* binaryTest(os, a, b, c);
      if (b === '-a') return a !== '' && c !== '';
      if (b === '-o') return a !== '' || c !== '';
      if (a === '!') return !(yield* evaluateTest(os, [b, c], realFd));
      if (a === '(' && c === ')') return b !== '';
      throw new TestError('binary', b);
    case 4:
      if (a === '!') return !(yield* evaluateTest(os, [b, c, d], realFd));
      if (a === '(' && d === ')') return yield* evaluateTest(os, [b, c], realFd);
  }
  return yield* expression(os, args, realFd);
}

/** The long forms with `-a`, `-o` and parentheses. */
function* expression(os: Os, args: readonly string[], realFd?: (fd: number) => number): Body<boolean> {
  let at = 0;
  function* or(): Body<boolean> {
    let value = yield* and();
    while (args[at] === '-o') {
      at++;
      const right = yield* and();
      value ||= right;
    }
    return value;
  }
  function* and(): Body<boolean> {
    let value = yield* primary();
    while (args[at] === '-a') {
      at++;
      const right = yield* primary();
      value &&= right;
    }
    return value;
  }
  function* primary(): Body<boolean> {
    const word = args[at];
    if (word === undefined) throw new TestError('many', '');
    if (word === '!') {
      at++;
      return !(yield* primary());
    }
    if (word === '(') {
      at++;
      const value = yield* or();
      if (args[at] !== ')') throw new TestError('many', word);
      at++;
      return value;
    }
    const operator = args[at + 1];
    if (operator !== undefined && binary.has(operator) && args[at + 2] !== undefined) {
      at += 3;
      return yield* binaryTest(os, word, operator, args[at - 1] as string);
    }
    if (unary.has(word) && operator !== undefined) {
      at += 2;
      return yield* unaryTest(os, word, operator, realFd);
    }
    at++;
    return word !== '';
  }
  const value = yield* or();
  if (at < args.length) throw new TestError('many', args[at] as string);
  return value;
}

const messages: Readonly<Record<TestError['kind'], string>> = {
  integer: 'invalid integer',
  unary: 'missing argument after',
  binary: 'binary operator expected',
  many: 'extra argument',
};

function testProgram(name: 'test' | '[') {
  return defineProgram({
    name,
    *run(os) {
      const args = os.argv.slice(1);
      if (name === '[' && args.pop() !== ']') {
        yield* os.write(2, `[: missing ‘]’\n`);
        return 2;
      }
      try {
        return Number(!(yield* evaluateTest(os, args)));
      } catch (error) {
        if (!(error instanceof TestError)) throw error;
        yield* os.write(2, `${name}: ${messages[error.kind]} ‘${error.word}’\n`);
        return 2;
      }
    },
  });
}

export const test = testProgram('test');
export const bracket = testProgram('[');
/** For messages of programs that fail on a file. */
export function reason(error: SystemError): string {
  return errorMessage(error.errno);
}
