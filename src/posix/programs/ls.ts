// ls: names in columns or lines, long form. Models: GNU coreutils 9.1, busybox 1.35.
import { type Arguments, type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { columnsOf } from '../lineeditor.ts';
import { type Body, defineProgram, type FileStat, type Os, SystemError } from '../program.ts';
import { groupName, userName } from '../users.ts';
import { formatTime } from './date.ts';

interface Item {
  readonly name: string;
  readonly stat: FileStat;
}

const long = {
  all: 'a',
  'almost-all': 'A',
  directory: 'd',
  'human-readable': 'h',
  inode: 'i',
  reverse: 'r',
  recursive: 'R',
  size: 's',
  classify: 'F',
  'color=?': 'color',
  'full-time': 'full',
  dereference: 'L',
  'group-directories-first': 'first',
  'no-group': 'G',
  'numeric-uid-gid': 'n',
  'sort=': 'sort',
  'time-style=': 'style',
};

/** `drwxr-xr-x`. */
export function modeText(stat: FileStat): string {
  const kind = stat.type === 'directory' ? 'd' : stat.type === 'symlink' ? 'l' : '-';
  const bits = [...'rwxrwxrwx'].map((letter, index) => (stat.mode & (1 << (8 - index)) ? letter : '-'));
  if (stat.mode & 0o1000) bits[8] = bits[8] === 'x' ? 't' : 'T';
  if (stat.mode & 0o4000) bits[2] = bits[2] === 'x' ? 's' : 'S';
  if (stat.mode & 0o2000) bits[5] = bits[5] === 'x' ? 's' : 'S';
  return kind + bits.join('');
}

/** `4.0K`, `12M`, as ls -h, du -h and df -h round up. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  const units = 'KMGTP';
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return value < 10 ? `${(Math.ceil(value * 10) / 10).toFixed(1)}${units[unit]}` : `${Math.ceil(value)}${units[unit]}`;
}

export const ls = (flavour: Flavour) =>
  defineProgram({
    name: 'ls',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'aAdhilrRsSt1FpnLCGgoUXkxvcuHqQN', long });
      if (args.error !== undefined) return yield* usageError(os, 'ls', flavour, args.error, flavour === 'gnu' ? 2 : 1);
      const operands = args.operands.length === 0 ? ['.'] : args.operands;
      const files: Item[] = [];
      const folders: string[] = [];
      let status = 0;
      for (const path of operands) {
        const follow = args.has('L') || (!args.has('l') && !args.has('d')) || path.endsWith('/');
        try {
          const stat = yield* os.stat(path, follow);
          if (stat.type === 'directory' && !args.has('d')) folders.push(path);
          else files.push({ name: path, stat });
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          const reason = errorMessage(error.errno);
          yield* os.write(2, flavour === 'gnu' ? `ls: cannot access '${path}': ${reason}\n` : `ls: ${path}: ${reason}\n`);
          status = flavour === 'gnu' ? 2 : 1;
        }
      }
      if (files.length > 0) yield* print(os, flavour, args, sorted(args, files), false);
      folders.sort();
      const titles = operands.length > 1 || args.has('R');
      let first = files.length === 0;
      for (let index = 0; index < folders.length; index++) {
        const folder = folders[index] as string;
        if (titles) yield* os.write(1, `${first ? '' : '\n'}${folder}:\n`);
        first = false;
        const items = yield* itemsOf(os, args, folder);
        yield* print(os, flavour, args, items, true);
        if (!args.has('R')) continue;
        const below = items.filter((item) => item.stat.type === 'directory' && item.name !== '.' && item.name !== '..');
        folders.splice(index + 1, 0, ...below.map((item) => `${folder.replace(/\/$/, '')}/${item.name}`));
      }
      return status;
    },
  });

function* itemsOf(os: Os, args: Arguments, folder: string): Body<Item[]> {
  const names = [...(yield* os.readDirectory(folder))].filter((name) => args.has('a') || args.has('A') || !name.startsWith('.'));
  if (args.has('a')) names.push('.', '..');
  const items: Item[] = [];
  for (const name of names) {
    try {
      items.push({ name, stat: yield* os.stat(`${folder}/${name}`, args.has('L')) });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  return sorted(args, items);
}

function sorted(args: Arguments, items: readonly Item[]): Item[] {
  const byName = (a: Item, b: Item) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const result = [...items].sort((a, b) => {
    if (args.has('S')) return b.stat.size - a.stat.size || byName(a, b);
    if (args.has('t')) return b.stat.mtime - a.stat.mtime || byName(a, b);
    return byName(a, b);
  });
  if (args.has('r')) result.reverse();
  return args.has('first')
    ? [...result.filter((item) => item.stat.type === 'directory'), ...result.filter((item) => item.stat.type !== 'directory')]
    : result;
}

function mark(args: Arguments, stat: FileStat): string {
  if (stat.type === 'directory' && (args.has('F') || args.has('p'))) return '/';
  if (!args.has('F')) return '';
  return stat.type === 'symlink' ? '@' : stat.mode & 0o111 ? '*' : '';
}

function* print(os: Os, flavour: Flavour, args: Arguments, items: readonly Item[], folder: boolean): Body<void> {
  if (args.has('l') || args.has('n') || args.has('g') || args.has('o') || args.has('full')) {
    yield* printLong(os, flavour, args, items, folder);
    return;
  }
  const names = items.map((item) => item.name + mark(args, item.stat));
  if (names.length === 0) return;
  const terminal = !args.has('1') && ((yield* os.isTty(1)) || args.has('C'));
  const width = (yield* os.terminalSize())?.columns ?? 80;
  yield* os.write(1, terminal ? columnsOf(names, width, '\n') : names.map((name) => `${name}\n`).join(''));
}

const blocks = (size: number) => Math.ceil(size / 4096) * 4;

function* printLong(os: Os, flavour: Flavour, args: Arguments, items: readonly Item[], folder: boolean): Body<void> {
  const now = yield* os.time();
  const rows: string[][] = [];
  for (const { name, stat } of items) {
    const user = args.has('n') ? String(stat.uid) : ((yield* userName(os, stat.uid)) ?? String(stat.uid));
    const group = args.has('n') ? String(stat.gid) : ((yield* groupName(os, stat.gid)) ?? String(stat.gid));
    const links = String(stat.links ?? (stat.type === 'directory' ? 2 : 1));
    const size = args.has('h') ? humanSize(stat.size) : String(stat.size);
    const target = stat.type === 'symlink' ? ` -> ${stat.target ?? ''}` : '';
    rows.push([modeText(stat), links, user, group, size, timeText(args, stat.mtime, now), name + mark(args, stat) + target]);
  }
  const total = items.reduce((sum, { stat }) => sum + (stat.type === 'symlink' ? 0 : blocks(stat.size)), 0);
  if (folder) yield* os.write(1, `total ${args.has('h') ? humanSize(total * 1024) : total}\n`);
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] as string).length), 0);
  const widths = [0, 1, 2, 3, 4].map(width);
  for (const [mode = '', links = '', user = '', group = '', size = '', time = '', name = ''] of rows) {
    // busybox has fixed columns, GNU fits them.
    const owner =
      flavour === 'busybox'
        ? `${links.padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${size.padStart(9)}`
        : `${links.padStart(widths[1] as number)}${args.has('g') ? '' : ` ${user.padEnd(widths[2] as number)}`}${args.has('o') || args.has('G') ? '' : ` ${group.padEnd(widths[3] as number)}`} ${size.padStart(widths[4] as number)}`;
    yield* os.write(1, `${mode} ${owner} ${time} ${name}\n`);
  }
}

function timeText(args: Arguments, ms: number, now: number): string {
  if (args.has('full') || args.value('style') === 'full-iso') return formatTime(ms, '%F %T.000000000 +0000');
  const recent = ms > now - 15_778_476_000 && ms <= now + 1000;
  return formatTime(ms, recent ? '%b %e %H:%M' : '%b %e  %Y');
}
