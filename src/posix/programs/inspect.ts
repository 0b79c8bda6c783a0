// stat, readlink, realpath, find, mktemp, du: what is where.
import { type Flavour, missingOperand, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { type Body, defineProgram, type FileStat, type Os, SystemError } from '../program.ts';
import { absolutePath } from '../executable.ts';
import { groupName, userName } from '../users.ts';
import { formatTime } from './date.ts';
import { statOrNothing } from './files.ts';
import { humanSize, modeText } from './ls.ts';

const kinds = { file: 'regular file', directory: 'directory', symlink: 'symbolic link' } as const;

function* statField(os: Os, letter: string, path: string, stat: FileStat): Body<string> {
  switch (letter) {
    case 'n':
      return path;
    case 'N':
      return stat.type === 'symlink' ? `'${path}' -> '${stat.target}'` : `'${path}'`;
    case 's':
      return String(stat.size);
    case 'a':
      return (stat.mode & 0o7777).toString(8);
    case 'A':
      return modeText(stat);
    case 'f':
      return ((stat.type === 'directory' ? 0o40000 : stat.type === 'symlink' ? 0o120000 : 0o100000) | stat.mode).toString(16);
    case 'F':
      return stat.type === 'file' && stat.size === 0 ? 'regular empty file' : kinds[stat.type];
    case 'u':
      return String(stat.uid);
    case 'g':
      return String(stat.gid);
    case 'U':
      return (yield* userName(os, stat.uid)) ?? 'UNKNOWN';
    case 'G':
      return (yield* groupName(os, stat.gid)) ?? 'UNKNOWN';
    case 'h':
      return stat.type === 'directory' ? '2' : '1';
    case 'i':
      return '1049';
    case 'b':
      return String(Math.ceil(stat.size / 4096) * 8);
    case 'B':
      return '512';
    case 'o':
      return '4096';
    case 'x':
    case 'y':
    case 'z':
      return formatTime(stat.mtime, '%F %T.000000000 +0000');
    case 'X':
    case 'Y':
    case 'Z':
      return String(Math.floor(stat.mtime / 1000));
    case 'w':
      return '-';
    case 'W':
      return '0';
    default:
      return '?';
  }
}

const defaultFormat = `  File: %n
  Size: %s\tBlocks: %b IO Block: %o %F
Device: 254,0\tInode: %i Links: %h
Access: (0%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)
Access: %x
Modify: %y
Change: %z
 Birth: %w
`;

export const stat = (flavour: Flavour) =>
  defineProgram({
    name: 'stat',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'Lc:ft',
        long: { dereference: 'L', 'format=': 'c', 'printf=': 'printf', terse: 't' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'stat', flavour, args.error);
      if (args.operands.length === 0) return yield* missingOperand(os, 'stat', flavour);
      const printf = args.value('printf');
      const format = printf?.replace(/\\n/g, '\n').replace(/\\t/g, '\t') ?? (args.has('c') ? `${args.value('c')}\n` : defaultFormat);
      let status = 0;
      for (const path of args.operands) {
        try {
          const found = yield* os.stat(path, args.has('L'));
          let text = '';
          for (const piece of format.split(/(%[a-zA-Z])/))
            text += piece.length === 2 && piece.startsWith('%') ? yield* statField(os, piece[1] as string, path, found) : piece;
          yield* os.write(1, text);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `stat: cannot statx '${path}': ${errorMessage(error.errno)}\n`
              : `stat: can't stat '${path}': ${errorMessage(error.errno)}\n`,
          );
          status = 1;
        }
      }
      return status;
    },
  });

/** Follows links part by part; the last name may be missing. */
function* realPath(os: Os, path: string, mustExist: boolean): Body<string> {
  let parts = absolutePath(os.cwd, path)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
  let at = '';
  for (let links = 0; parts.length > 0; ) {
    const part = parts.pop() as string;
    if (part === '..') {
      at = at.replace(/\/[^/]*$/, '');
      continue;
    }
    const next = `${at}/${part}`;
    const found = yield* statOrNothing(os, next, false);
    if (found === undefined && (mustExist || parts.length > 0)) throw new SystemError('ENOENT', path);
    if (found?.type !== 'symlink') {
      at = next;
      continue;
    }
    if (++links > 40) throw new SystemError('ELOOP', path);
    const target = found.target ?? '';
    if (target.startsWith('/')) at = '';
    parts = [
      ...parts,
      ...target
        .split('/')
        .filter((step) => step !== '' && step !== '.')
        .reverse(),
    ];
  }
  return at === '' ? '/' : at;
}

const pathProgram = (name: 'readlink' | 'realpath') => (flavour: Flavour) =>
  defineProgram({
    name,
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'femnqsz',
        long: { canonicalize: 'f', 'canonicalize-existing': 'e', 'canonicalize-missing': 'm', 'no-newline': 'n' },
      });
      if (args.error !== undefined) return yield* usageError(os, name, flavour, args.error);
      if (args.operands.length === 0) return yield* missingOperand(os, name, flavour);
      let status = 0;
      for (const path of args.operands) {
        try {
          let text: string;
          if (name === 'realpath' || args.has('f') || args.has('e') || args.has('m')) text = yield* realPath(os, path, args.has('e'));
          else {
            const found = yield* os.stat(path, false);
            if (found.type !== 'symlink') throw new SystemError('EINVAL', path);
            text = found.target ?? '';
          }
          yield* os.write(1, args.has('n') ? text : `${text}\n`);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          if (name === 'realpath' && !args.has('q')) yield* os.write(2, `realpath: ${path}: ${errorMessage(error.errno)}\n`);
          status = 1;
        }
      }
      return status;
    },
  });

export const readlink = pathProgram('readlink');
export const realpath = pathProgram('realpath');

export const mktemp = (flavour: Flavour) =>
  defineProgram({
    name: 'mktemp',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'dqtp:u',
        long: { directory: 'd', 'tmpdir=?': 'p', quiet: 'q', 'dry-run': 'u', 'suffix=': 'suffix' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'mktemp', flavour, args.error);
      const template = args.operands[0] ?? 'tmp.XXXXXXXXXX';
      if (!/XXX+/.test(template)) {
        yield* os.write(2, flavour === 'gnu' ? `mktemp: too few X's in template ‘${template}’\n` : `mktemp: Invalid argument\n`);
        return 1;
      }
      const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
      let name = '';
      for (const char of template) name += char === 'X' ? letters[yield* os.random(letters.length)] : char;
      const folder =
        args.operands[0] === undefined || args.has('p') || args.has('t') ? `${args.value('p') || os.env['TMPDIR'] || '/tmp'}/` : '';
      const path = `${folder}${name}${args.value('suffix') ?? ''}`;
      try {
        if (args.has('d')) yield* os.makeDirectory(path, 0o700);
        else if (!args.has('u')) {
          yield* os.writeFile(path, '');
          yield* os.chmod(path, 0o600);
        }
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* os.write(
          2,
          `mktemp: failed to create ${args.has('d') ? 'directory' : 'file'} via template ‘${folder}${template}’: ${errorMessage(error.errno)}\n`,
        );
        return 1;
      }
      yield* os.write(1, `${path}\n`);
      return 0;
    },
  });

export const du = (flavour: Flavour) =>
  defineProgram({
    name: 'du',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'shakmcd:bx',
        long: { summarize: 's', 'human-readable': 'h', all: 'a', total: 'c', 'max-depth=': 'd', bytes: 'b', 'apparent-size': 'A' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'du', flavour, args.error);
      const limit = args.has('s') ? 0 : Number(args.value('d') ?? Number.POSITIVE_INFINITY);
      const show = (bytes: number) =>
        args.has('h')
          ? humanSize(bytes)
          : args.has('b')
            ? String(bytes)
            : args.has('m')
              ? String(Math.ceil(bytes / 1048576))
              : String(Math.ceil(bytes / 1024));
      function* walk(path: string, depth: number): Body<number> {
        const found = yield* os.stat(path, false);
        let size = args.has('b') ? found.size : Math.ceil(found.size / 4096) * 4096;
        if (found.type === 'symlink') size = 0;
        if (found.type === 'directory')
          for (const name of yield* os.readDirectory(path)) size += yield* walk(`${path.replace(/\/+$/, '')}/${name}`, depth + 1);
        if (depth <= limit && (found.type === 'directory' || args.has('a') || depth === 0)) yield* os.write(1, `${show(size)}\t${path}\n`);
        return size;
      }
      let status = 0;
      let total = 0;
      for (const path of args.operands.length === 0 ? ['.'] : args.operands) {
        try {
          total += yield* walk(path, 0);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `du: cannot access '${path}': ${errorMessage(error.errno)}\n`
              : `du: ${path}: ${errorMessage(error.errno)}\n`,
          );
          status = 1;
        }
      }
      if (args.has('c')) yield* os.write(1, `${show(total)}\ttotal\n`);
      return status;
    },
  });
