// tar: archives in ustar form on standard output and input or in a file; what `kubectl cp` needs, and listing.
import { parseArguments } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { byteLength, splitBytes } from '../http.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { modeText } from './ls.ts';
import { formatTime } from './date.ts';

export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly target: string;
  readonly text: string;
}

const typeFlags = { file: '0', directory: '5', symlink: '2' } as const;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

export function formatTarEntry(entry: TarEntry): string {
  const size = entry.type === 'file' ? byteLength(entry.text) : 0;
  const split = entry.name.length > 100 ? entry.name.lastIndexOf('/', 154) : -1;
  const [prefix, name] = split > 0 ? [entry.name.slice(0, split), entry.name.slice(split + 1)] : ['', entry.name];
  const head = [
    name.padEnd(100, '\0'),
    octal(entry.mode, 8),
    octal(entry.uid, 8),
    octal(entry.gid, 8),
    octal(size, 12),
    octal(entry.mtime, 12),
    '        ',
    typeFlags[entry.type],
    entry.target.padEnd(100, '\0'),
    'ustar\x0000',
    'root'.padEnd(32, '\0'),
    'root'.padEnd(32, '\0'),
    octal(0, 8),
    octal(0, 8),
    prefix.padEnd(155, '\0'),
  ].join('');
  const block = head.padEnd(512, '\0');
  let sum = 0;
  for (let index = 0; index < 512; index++) sum += block.charCodeAt(index);
  const summed = `${block.slice(0, 148)}${sum.toString(8).padStart(6, '0')}\0 ${block.slice(156)}`;
  const body = entry.type === 'file' ? entry.text + '\0'.repeat((512 - (size % 512)) % 512) : '';
  return summed + body;
}

/** The end of an archive: two empty blocks. */
export const tarEnd = '\0'.repeat(1024);

/** Entries of a whole archive. Undefined when it is none. */
export function parseTar(archive: string): readonly TarEntry[] | undefined {
  const entries: TarEntry[] = [];
  let rest = archive;
  while (rest.length >= 512 && rest[0] !== '\0') {
    const block = rest.slice(0, 512);
    const field = (from: number, length: number) => block.slice(from, from + length).replace(/\0[\s\S]*$/, '');
    if (!/^ustar/.test(block.slice(257))) return undefined;
    const number = (from: number, length: number) => Number.parseInt(field(from, length).trim() || '0', 8);
    const size = number(124, 12);
    const parts = splitBytes(rest.slice(512), size);
    if (parts === undefined) return undefined;
    const prefix = field(345, 155);
    const flag = block[156];
    entries.push({
      name: prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`,
      mode: number(100, 8),
      uid: number(108, 8),
      gid: number(116, 8),
      mtime: number(136, 12),
      type: flag === '5' ? 'directory' : flag === '2' ? 'symlink' : 'file',
      target: field(157, 100),
      text: parts.body,
    });
    rest = parts.rest.slice((512 - (size % 512)) % 512);
  }
  return rest === '' && entries.length === 0 ? undefined : entries;
}

function* pack(os: Os, path: string, write: (text: string) => Body<void>, verbose: (name: string) => Body<void>): Body<void> {
  const stat = yield* os.stat(path, false);
  const name = path.replace(/^\/+/, '') + (stat.type === 'directory' && !path.endsWith('/') ? '/' : '');
  yield* verbose(name);
  const text = stat.type === 'file' ? yield* os.readFile(path) : '';
  yield* write(
    formatTarEntry({
      name,
      mode: stat.mode,
      uid: stat.uid,
      gid: stat.gid,
      mtime: Math.floor(stat.mtime / 1000),
      type: stat.type,
      target: stat.target ?? '',
      text,
    }),
  );
  if (stat.type !== 'directory') return;
  for (const child of yield* os.readDirectory(path)) yield* pack(os, `${path.replace(/\/+$/, '')}/${child}`, write, verbose);
}

function* makeParents(os: Os, path: string): Body<void> {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/');
    if (folder === '') continue;
    try {
      yield* os.makeDirectory(folder);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EEXIST') throw error;
    }
  }
}

function* unpack(os: Os, entry: TarEntry, folder: string, strip: number): Body<void> {
  const name = entry.name.replace(/\/+$/, '').split('/').slice(strip).join('/');
  if (name === '') return;
  const path = folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`;
  yield* makeParents(os, path);
  try {
    if (entry.type === 'directory') yield* os.makeDirectory(path, entry.mode);
    else if (entry.type === 'symlink') yield* os.symlink(entry.target, path);
    else {
      yield* os.writeFile(path, entry.text);
      yield* os.chmod(path, entry.mode);
    }
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'EEXIST') throw error;
  }
}

export const tar = () =>
  defineProgram({
    name: 'tar',
    *run(os) {
      // The first word may be options without a dash.
      const words = os.argv.slice(1);
      if (words[0] !== undefined && /^[a-zA-Z]+$/.test(words[0])) words[0] = `-${words[0]}`;
      const long = {
        create: 'c',
        extract: 'x',
        list: 't',
        'file=': 'f',
        'directory=': 'C',
        verbose: 'v',
        gzip: 'z',
        'strip-components=': 'strip',
        'no-same-owner': 'o',
        'no-same-permissions': 'M',
        touch: 'm',
        version: 'V',
      };
      const args = parseArguments(words, { short: 'cxtf:C:vzmopOk', long });
      if (args.has('V')) {
        yield* os.write(
          1,
          'tar (GNU tar) 1.34\nCopyright (C) 2021 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\nThis is free software: you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n\nWritten by John Gilmore and Jay Fenlason.\n',
        );
        return 0;
      }
      if (args.error !== undefined) {
        yield* os.write(2, `tar: ${args.error}\nTry 'tar --help' or 'tar --usage' for more information.\n`);
        return 64;
      }
      const file = args.value('f') ?? '-';
      const folder = args.value('C') ?? '';
      try {
        if (args.has('c')) return yield* create(os, file, folder, args.operands, args.has('v'));
        if (!args.has('x') && !args.has('t')) {
          yield* os.write(
            2,
            "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.\n",
          );
          return 2;
        }
        const archive = yield* file === '-' ? os.readAll(0) : os.readFile(file);
        const entries = archive === '' ? undefined : parseTar(archive);
        if (entries === undefined) {
          yield* os.write(2, 'tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n');
          return 2;
        }
        for (const entry of entries) {
          if (
            args.operands.length > 0 &&
            !args.operands.some((name) => entry.name === name || entry.name.startsWith(`${name.replace(/\/$/, '')}/`))
          )
            continue;
          if (args.has('t') && args.has('v')) {
            const mode = modeText({ type: entry.type, mode: entry.mode, size: 0, uid: 0, gid: 0, mtime: 0 });
            yield* os.write(
              1,
              `${mode} root/root ${String(byteLength(entry.text)).padStart(9)} ${formatTime(entry.mtime * 1000, '%F %H:%M')} ${entry.name}\n`,
            );
          } else if (args.has('t') || args.has('v')) yield* os.write(1, `${entry.name}\n`);
          if (!args.has('x')) continue;
          if (args.has('O')) yield* os.write(1, entry.text);
          else yield* unpack(os, entry, folder, Number(args.value('strip') ?? 0));
        }
        return 0;
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno === 'EPIPE') throw error;
        yield* os.write(
          2,
          `tar: ${error.path ?? file}: Cannot ${args.has('c') ? 'stat' : 'open'}: ${errorMessage(error.errno)}\ntar: Exiting with failure status due to previous errors\n`,
        );
        return 2;
      }
    },
  });

function* create(os: Os, file: string, folder: string, operands: readonly string[], verbose: boolean): Body<number> {
  if (operands.length === 0) {
    yield* os.write(2, "tar: Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information.\n");
    return 2;
  }
  let whole = '';
  let warned = false;
  const write = function* (text: string): Body<void> {
    if (file === '-') yield* os.write(1, text);
    else whole += text;
  };
  if (folder !== '') yield* os.chdir(folder);
  for (const path of operands) {
    if (path.startsWith('/') && !warned) {
      warned = true;
      yield* os.write(2, "tar: Removing leading `/' from member names\n");
    }
    yield* pack(os, path, write, function* (name) {
      if (verbose) yield* os.write(file === '-' ? 2 : 1, `${name}\n`);
    });
  }
  yield* write(tarEnd);
  if (file !== '-') yield* os.writeFile(file, whole);
  return 0;
}
