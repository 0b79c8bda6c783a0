// ps, pgrep, pkill, id, uname, timeout, watch, xargs, uptime, free, df, mount, sudo, time limits of processes.
import { type Flavour, missingOperand, parseArguments, usageError } from '../arguments.ts';
import { errorMessage, parseSignal, signalNumbers } from '../errno.ts';
import { type Body, defineProgram, type ExitStatus, type Os, type ProcessEntry, SystemError } from '../program.ts';
import { groupName, primaryGroup, userId, userName } from '../users.ts';
import { formatTime } from './date.ts';
import { humanSize } from './ls.ts';
import { parseDuration } from './sleep.ts';

const command = (entry: ProcessEntry) => entry.argv.join(' ');
const shortName = (entry: ProcessEntry) => (entry.argv[0] ?? '').replace(/.*\//, '').replace(/:$/, '');

function started(ms: number, now: number): string {
  return now - ms < 86_400_000 ? formatTime(ms, '%H:%M') : formatTime(ms, '%b%d');
}

function* user(os: Os, uid: number): Body<string> {
  return (yield* userName(os, uid)) ?? String(uid);
}

export const ps = (flavour: Flavour) =>
  defineProgram({
    name: 'ps',
    *run(os) {
      const words = os.argv.slice(1).join(' ');
      const entries = yield* os.processes();
      const now = yield* os.time();
      if (flavour === 'busybox') {
        yield* os.write(1, 'PID   USER     COMMAND\n');
        for (const entry of entries)
          yield* os.write(1, `${String(entry.pid).padStart(5)} ${(yield* user(os, entry.uid)).slice(0, 8).padEnd(8)} ${command(entry)}\n`);
        return 0;
      }
      const aux = /(?:^|\s)-?[aux]*[au][aux]*(?:\s|$)/.test(words) && !/-e|-f/.test(words);
      const full = /-[a-zA-Z]*f/.test(words);
      const every = /-[a-zA-Z]*[eA]/.test(words) || aux;
      const shown = every ? entries : entries.filter((entry) => entry.tty === (yieldlessTty(entries, os) ?? false));
      if (aux) {
        yield* os.write(1, 'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
        for (const entry of shown) {
          const name = (yield* user(os, entry.uid)).padEnd(8);
          const own = entry.pid === os.pid;
          const state = `${own ? 'R' : 'S'}${entry.parent === 0 ? 's' : ''}${own && entry.tty ? '+' : ''}`;
          yield* os.write(
            1,
            `${name} ${String(entry.pid).padStart(7)}  0.0  0.0   2500  1364 ${(entry.tty ? 'pts/0' : '?').padEnd(8)} ${state.padEnd(4)} ${started(entry.started, now)}   0:00 ${command(entry)}\n`,
          );
        }
        return 0;
      }
      if (full) {
        yield* os.write(1, 'UID          PID    PPID  C STIME TTY          TIME CMD\n');
        for (const entry of shown) {
          yield* os.write(
            1,
            `${(yield* user(os, entry.uid)).padEnd(8)} ${String(entry.pid).padStart(7)} ${String(entry.parent).padStart(7)}  0 ${started(entry.started, now)} ${(entry.tty ? 'pts/0' : '?').padEnd(8)} 00:00:00 ${command(entry)}\n`,
          );
        }
        return 0;
      }
      yield* os.write(1, '    PID TTY          TIME CMD\n');
      for (const entry of shown)
        yield* os.write(1, `${String(entry.pid).padStart(7)} ${(entry.tty ? 'pts/0' : '?').padEnd(8)} 00:00:00 ${shortName(entry)}\n`);
      return 0;
    },
  });

/** Whether this ps sits at a terminal. */
function yieldlessTty(entries: readonly ProcessEntry[], os: Os): boolean | undefined {
  return entries.find((entry) => entry.pid === os.pid)?.tty;
}

const matching = (name: 'pgrep' | 'pkill') => (flavour: Flavour) =>
  defineProgram({
    name,
    *run(os) {
      const signalWord = os.argv
        .slice(1)
        .find((word) => /^-(?:SIG)?[A-Z]+\d*$|^-\d+$/.test(word) && parseSignal(word.slice(1)) !== undefined);
      const args = parseArguments(
        os.argv.slice(1).filter((word) => word !== signalWord),
        { short: 'fxlonvaP:u:s:', long: { full: 'f', exact: 'x', oldest: 'o', newest: 'n', 'signal=': 's' } },
      );
      if (args.error !== undefined) return yield* usageError(os, name, flavour, args.error, 2);
      const pattern = args.operands[0];
      if (pattern === undefined) {
        yield* os.write(2, `${name}: no matching criteria specified\nTry \`${name} --help' for more information.\n`);
        return 2;
      }
      const regex = new RegExp(args.has('x') ? `^(?:${pattern})$` : pattern);
      let found = (yield* os.processes()).filter(
        (entry) => entry.pid !== os.pid && regex.test(args.has('f') ? command(entry) : shortName(entry)),
      );
      if (args.has('o')) found = found.slice(0, 1);
      if (args.has('n')) found = found.slice(-1);
      const signal = parseSignal(args.value('s') ?? signalWord?.slice(1) ?? 'TERM') ?? 'TERM';
      for (const entry of found) {
        if (name === 'pkill') yield* os.kill(entry.pid, signal);
        else yield* os.write(1, `${entry.pid}${args.has('l') ? ` ${shortName(entry)}` : args.has('a') ? ` ${command(entry)}` : ''}\n`);
      }
      return found.length > 0 ? 0 : 1;
    },
  });

export const pgrep = matching('pgrep');
export const pkill = matching('pkill');

export const id = (flavour: Flavour) =>
  defineProgram({
    name: 'id',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'ugnGr', long: { user: 'u', group: 'g', name: 'n', groups: 'G' } });
      if (args.error !== undefined) return yield* usageError(os, 'id', flavour, args.error);
      const who = args.operands[0];
      const uid = who === undefined ? os.uid : yield* userId(os, who);
      if (uid === undefined) {
        yield* os.write(2, flavour === 'gnu' ? `id: ‘${who}’: no such user\n` : `id: unknown user ${who}\n`);
        return 1;
      }
      const gid = yield* primaryGroup(os, uid);
      const userText = yield* userName(os, uid);
      const groupText = yield* groupName(os, gid);
      const named = (number: number, name: string | undefined) => `${number}${name === undefined ? '' : `(${name})`}`;
      if (args.has('u')) yield* os.write(1, `${args.has('n') ? (userText ?? uid) : uid}\n`);
      else if (args.has('g') || args.has('G')) yield* os.write(1, `${args.has('n') ? (groupText ?? gid) : gid}\n`);
      else
        yield* os.write(
          1,
          `uid=${named(uid, userText)} gid=${named(gid, groupText)}${flavour === 'gnu' || uid !== 0 ? ` groups=${named(gid, groupText)}` : ''}\n`,
        );
      return 0;
    },
  });

export const uname = (flavour: Flavour) =>
  defineProgram({
    name: 'uname',
    *run(os) {
      const long = {
        all: 'a',
        'kernel-name': 's',
        nodename: 'n',
        'kernel-release': 'r',
        'kernel-version': 'v',
        machine: 'm',
        processor: 'p',
        'operating-system': 'o',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'asnrvmpio', long });
      if (args.error !== undefined) return yield* usageError(os, 'uname', flavour, args.error);
      const fields: Readonly<Record<string, string>> = {
        s: 'Linux',
        n: yield* os.hostname(),
        r: '6.18.44',
        v: '#1 SMP PREEMPT_DYNAMIC',
        m: 'x86_64',
        o: 'GNU/Linux',
      };
      const wanted =
        args.given.length === 0
          ? ['s']
          : args.has('a')
            ? ['s', 'n', 'r', 'v', 'm', 'o']
            : ['s', 'n', 'r', 'v', 'm', 'p', 'i', 'o'].filter((option) => args.has(option));
      yield* os.write(1, `${wanted.map((option) => fields[option] ?? 'unknown').join(' ')}\n`);
      return 0;
    },
  });

export const timeout = (flavour: Flavour) =>
  defineProgram({
    name: 'timeout',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 's:k:vfp',
        long: { 'signal=': 's', 'kill-after=': 'k', 'preserve-status': 'p', foreground: 'f', verbose: 'v' },
        ordered: true,
      });
      if (args.error !== undefined) return yield* usageError(os, 'timeout', flavour, args.error, 125);
      const [limitText, ...argv] = args.operands;
      if (limitText === undefined || argv.length === 0) return (yield* missingOperand(os, 'timeout', flavour)) && 125;
      const limit = parseDuration(limitText);
      if (limit === undefined) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `timeout: invalid time interval ‘${limitText}’\nTry 'timeout --help' for more information.\n`
            : `timeout: invalid number '${limitText}'\n`,
        );
        return 125;
      }
      const signal = parseSignal(args.value('s') ?? 'TERM') ?? 'TERM';
      let child: number;
      try {
        child = yield* os.spawn(argv);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        const reason = errorMessage(error.errno);
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `timeout: failed to run command ‘${argv[0]}’: ${reason}\n`
            : `timeout: can't execute '${argv[0]}': ${reason}\n`,
        );
        return error.errno === 'ENOENT' ? 127 : 126;
      }
      const killAfter = args.value('k') === undefined ? undefined : parseDuration(args.value('k') ?? '');
      const timer = yield* os.spawn(['timeout'], {
        background: true,
        *body(self) {
          if (limit === 0) return 0;
          yield* self.sleep(limit);
          return 1;
        },
      });
      return yield* supervise(os, child, timer, { signal, killAfter, limit, preserve: args.has('p'), busybox: flavour === 'busybox' });
    },
  });

interface Supervision {
  readonly signal: ReturnType<typeof parseSignal> & string;
  readonly killAfter: number | undefined;
  readonly limit: number;
  readonly preserve: boolean;
  readonly busybox: boolean;
}

function* supervise(os: Os, child: number, timer: number, how: Supervision): Body<number> {
  let late = false;
  for (;;) {
    let ended: { readonly pid: number; readonly status: ExitStatus } | undefined;
    try {
      ended = yield* os.waitAny();
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      continue;
    }
    if (ended === undefined) return 125;
    if (ended.pid === child) {
      yield* quietKill(os, timer, 'KILL');
      if (!late || how.preserve) return ended.status.code;
      return how.busybox
        ? 128 + signalNumbers[how.signal as 'TERM']
        : how.signal === 'KILL'
          ? 137
          : ended.status.signal === 'KILL'
            ? 137
            : 124;
    }
    if (how.limit === 0 || late) continue;
    late = true;
    yield* quietKill(os, child, how.signal as 'TERM');
    if (how.killAfter === undefined) continue;
    const { killAfter } = how;
    yield* os.spawn(['timeout'], {
      background: true,
      *body(self) {
        yield* self.sleep(killAfter);
        yield* quietKill(self, child, 'KILL');
        return 0;
      },
    });
  }
}

function* quietKill(os: Os, pid: number, signal: 'TERM' | 'KILL'): Body<void> {
  try {
    yield* os.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** Output of a command line, both streams, as watch shows it. */
function* outputOf(os: Os, argv: readonly string[]): Body<string> {
  const [reading, writing] = yield* os.pipe();
  const pid = yield* os.spawn(argv, { fds: { 0: 0, 1: writing, 2: writing } });
  yield* os.close(writing);
  const text = yield* os.readAll(reading);
  yield* os.close(reading);
  yield* os.wait(pid);
  return text;
}

export const watch = (flavour: Flavour) =>
  defineProgram({
    name: 'watch',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'n:dtegxbc',
        long: { 'interval=': 'n', differences: 'd', 'no-title': 't', errexit: 'e', chgexit: 'g', exec: 'x', color: 'c' },
        ordered: true,
      });
      if (args.error !== undefined) return yield* usageError(os, 'watch', flavour, args.error);
      if (args.operands.length === 0) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? '\nUsage:\n watch [options] command\n'
            : 'BusyBox v1.35.0 multi-call binary.\n\nUsage: watch [-n SEC] [-t] PROG ARGS\n',
        );
        return 1;
      }
      const everyMs = Math.max(100, Number(args.value('n') ?? 2) * 1000);
      const line = args.operands.join(' ');
      let before: string | undefined;
      for (;;) {
        const text = yield* outputOf(os, args.has('x') ? args.operands : ['sh', '-c', line]);
        if (args.has('g') && before !== undefined && before !== text) return 0;
        before = text;
        const size = (yield* os.terminalSize()) ?? { columns: 80, rows: 24 };
        const title = `Every ${(everyMs / 1000).toFixed(1)}s: ${line}`;
        const right = `${yield* os.hostname()}: ${formatTime(yield* os.time(), '%a %b %e %H:%M:%S %Y')}`;
        const head = args.has('t')
          ? ''
          : `${title.slice(0, Math.max(0, size.columns - right.length - 1)).padEnd(size.columns - right.length)}${right}\n\n`;
        const rows = text.split('\n').slice(0, size.rows - (args.has('t') ? 0 : 2));
        yield* os.write(1, `\x1b[H\x1b[2J${head}${rows.map((row) => row.slice(0, size.columns)).join('\n')}`);
        yield* os.sleep(everyMs);
      }
    },
  });

export const xargs = (flavour: Flavour) =>
  defineProgram({
    name: 'xargs',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'n:I:i0rtL:d:P:ps:E:',
        long: {
          null: '0',
          'max-args=': 'n',
          'replace=?': 'I',
          'no-run-if-empty': 'r',
          verbose: 't',
          'max-lines=': 'L',
          'delimiter=': 'd',
          'max-procs=': 'P',
        },
        ordered: true,
      });
      if (args.error !== undefined) return yield* usageError(os, 'xargs', flavour, args.error);
      const text = yield* os.readAll(0);
      const mark = args.value('I') === '' ? '{}' : (args.value('I') ?? (args.has('i') ? '{}' : undefined));
      const separator = args.has('0') ? '\0' : args.value('d')?.replace('\\n', '\n');
      const lines = args.has('L') || mark !== undefined;
      const items =
        separator !== undefined
          ? text.split(separator).filter((item, index, all) => index < all.length - 1 || (item !== '' && item !== '\n'))
          : lines
            ? text
                .split('\n')
                .map((line) => line.trim())
                .filter((line) => line !== '')
            : shellWords(text);
      const base = args.operands.length === 0 ? ['echo'] : args.operands;
      const size = mark !== undefined ? 1 : Number(args.value('L') ?? args.value('n') ?? Number.POSITIVE_INFINITY);
      const batches: (readonly string[])[] = [];
      for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size));
      if (batches.length === 0 && !args.has('r') && mark === undefined) batches.push([]);
      const parallel = Math.max(1, Number(args.value('P') ?? 1));
      let status = 0;
      let running = 0;
      const collect = function* (): Body<void> {
        const ended = yield* os.waitAny();
        running--;
        const code = ended?.status.code ?? 0;
        if (code !== 0) status = code === 255 ? 124 : code >= 126 ? code : 123;
      };
      for (const batch of batches) {
        const argv =
          mark === undefined
            ? [...base, ...(args.has('L') ? batch.flatMap(shellWords) : batch)]
            : base.map((word) => word.replaceAll(mark, batch[0] ?? ''));
        if (args.has('t')) yield* os.write(2, `${argv.join(' ')}\n`);
        if (running >= parallel) yield* collect();
        try {
          const nothing = yield* os.open('/dev/null', 'read');
          yield* os.spawn(argv, { fds: { 0: nothing, 1: 1, 2: 2 } });
          yield* os.close(nothing);
          running++;
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* os.write(2, `xargs: ${argv[0]}: ${errorMessage(error.errno)}\n`);
          return error.errno === 'ENOENT' ? 127 : 126;
        }
      }
      while (running > 0) yield* collect();
      return status;
    },
  });

/** Words at blanks and newlines; quotes and backslashes keep them together. */
function shellWords(text: string): string[] {
  return (text.match(/(?:'[^']*'|"[^"]*"|\\[\s\S]|[^\s'"\\])+/g) ?? []).map((word) =>
    word.replace(
      /'([^']*)'|"([^"]*)"|\\([\s\S])/g,
      (_all, single?: string, double?: string, char?: string) => single ?? double ?? char ?? '',
    ),
  );
}

const diskBytes = 252 * 1024 ** 3;
const diskUsed = 24.5 * 1024 ** 3;
const diskFree = 66.6 * 1024 ** 3;
const memoryKiB = 24683620;

export const df = (flavour: Flavour) =>
  defineProgram({
    name: 'df',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'hkTPim',
        long: { 'human-readable': 'h', 'print-type': 'T', portability: 'P', inodes: 'i' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'df', flavour, args.error);
      const all = yield* os.mounts();
      let shown = [...all];
      let status = 0;
      if (args.operands.length > 0) {
        shown = [];
        for (const path of args.operands) {
          try {
            yield* os.stat(path);
          } catch (error) {
            if (!(error instanceof SystemError)) throw error;
            yield* os.write(2, flavour === 'gnu' ? `df: ${path}: ${errorMessage(error.errno)}\n` : `df: ${path}: can't find mount point\n`);
            status = 1;
            continue;
          }
          const full = path.startsWith('/') ? path : `${os.cwd}/${path}`;
          const mount = all
            .filter(({ target }) => full === target || full.startsWith(target === '/' ? '/' : `${target}/`))
            .sort((a, b) => b.target.length - a.target.length)[0];
          if (mount !== undefined) shown.push(mount);
        }
        if (shown.length === 0) return status;
      }
      const human = args.has('h');
      const sizeText = (bytes: number) =>
        !human
          ? String(Math.ceil(bytes / 1024))
          : flavour === 'gnu'
            ? bytes === 0
              ? '0'
              : humanSize(bytes)
            : bytes === 0
              ? '0'
              : busyboxSize(bytes);
      const rows = shown.map(({ source, target, type, size = diskBytes, used = diskUsed }) => {
        // Ext4 keeps some blocks for root: what is free is less than what is not used.
        const left = size === diskBytes ? diskFree : Math.max(0, size - used);
        const percent = used + left === 0 ? 0 : Math.ceil((used / (used + left)) * 100);
        return [source, ...(args.has('T') ? [type] : []), sizeText(size), sizeText(used), sizeText(left), `${percent}%`, target];
      });
      const head = [
        'Filesystem',
        ...(args.has('T') ? ['Type'] : []),
        human ? 'Size' : '1K-blocks',
        'Used',
        human && flavour === 'gnu' ? 'Avail' : 'Available',
        'Use%',
        'Mounted on',
      ];
      yield* os.write(1, flavour === 'busybox' ? busyboxTable(head, rows) : alignedTable(head, rows));
      return status;
    },
  });

function busyboxSize(bytes: number): string {
  const units = 'KMGT';
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)}${units[unit]}`;
}

function busyboxTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `${(cells[0] as string).padEnd(20)} ${cells
      .slice(1, -2)
      .map((cell) => cell.padStart(9))
      .join(' ')} ${(cells[cells.length - 2] as string).padStart(4)} ${cells[cells.length - 1]}\n`;
  return [head, ...rows].map(line).join('');
}

function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(
      index === 0 ? 14 : title.length,
      index > 0 && index < head.length - 2 ? 5 : 0,
      ...rows.map((row) => (row[index] as string).length),
    ),
  );
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] as number) : index === cells.length - 1 ? cell : cell.padStart(widths[index] as number))).join(' ')}\n`;
  return [head, ...rows].map(line).join('');
}

export const mount = (flavour: Flavour) =>
  defineProgram({
    name: 'mount',
    *run(os) {
      if (os.argv.length > 1 && os.argv[1] !== '-l') {
        yield* os.write(2, flavour === 'gnu' ? 'mount: only root can do that\n' : 'mount: permission denied (are you root?)\n');
        return 1;
      }
      const entries = yield* os.mounts();
      const system = [
        'proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)',
        'sysfs on /sys type sysfs (ro,nosuid,nodev,noexec,relatime)',
      ];
      const lines = entries.map(({ source, target, type, options }) => `${source} on ${target} type ${type} (${options})`);
      yield* os.write(1, [...lines.slice(0, 1), ...system, ...lines.slice(1)].map((line) => `${line}\n`).join(''));
      return 0;
    },
  });

export const free = (flavour: Flavour) =>
  defineProgram({
    name: 'free',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'hmgkbt', long: { human: 'h', mebi: 'm', gibi: 'g', kibi: 'k' } });
      if (args.error !== undefined) return yield* usageError(os, 'free', flavour, args.error);
      const show = (kib: number) =>
        args.has('h')
          ? kib === 0
            ? '0B'
            : `${humanSize(kib * 1024)}i`
          : String(args.has('m') ? Math.floor(kib / 1024) : args.has('g') ? Math.floor(kib / 1048576) : kib);
      const used = 1045256;
      const cache = 917980;
      const figures = [memoryKiB, used, memoryKiB - used - cache, 8872, cache, memoryKiB - used - 318044];
      const cells = (values: readonly string[], width: number) => values.map((value) => value.padStart(width)).join('');
      const titles = ['total', 'used', 'free', 'shared', 'buff/cache', 'available'];
      const width = 12;
      yield* os.write(
        1,
        `${' '.repeat(7)}${cells(titles, width)}\nMem:   ${cells(figures.map(show), width)}\nSwap:  ${cells([0, 0, 0].map(show), width)}\n`,
      );
      return 0;
    },
  });

export const uptime = () =>
  defineProgram({
    name: 'uptime',
    *run(os) {
      const seconds = Number((yield* os.readFile('/proc/uptime')).split(' ')[0]);
      const minutes = Math.floor(seconds / 60);
      const up = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
      yield* os.write(1, ` ${formatTime(yield* os.time(), '%H:%M:%S')} up ${up},  0 users,  load average: 0.12, 0.18, 0.16\n`);
      return 0;
    },
  });

/** Simplified: one picture of top, again every few seconds until it is ended. */
export const top = (flavour: Flavour) =>
  defineProgram({
    name: 'top',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'bn:d:H', long: {} });
      if (args.error !== undefined) return yield* usageError(os, 'top', flavour, args.error);
      const rounds = Number(args.value('n') ?? Number.POSITIVE_INFINITY);
      for (let round = 0; round < rounds; round++) {
        if (round > 0) yield* os.sleep(Number(args.value('d') ?? (flavour === 'busybox' ? 5 : 3)) * 1000);
        const entries = yield* os.processes();
        let text = args.has('b') ? '' : '\x1b[H\x1b[2J';
        text += `Mem: ${memoryKiB - 22720848}K used, 22720848K free, 8872K shrd, 1068K buff, 239312K cached\nCPU:   2% usr   1% sys   0% nic  97% idle   0% io   0% irq   0% sirq\nLoad average: 0.12 0.18 0.16 1/${entries.length} ${os.pid}\n`;
        text += '  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND\n';
        for (const entry of entries)
          text += `${String(entry.pid).padStart(5)} ${String(entry.parent).padStart(5)} ${(yield* user(os, entry.uid)).slice(0, 8).padEnd(8)} ${entry.pid === os.pid ? 'R' : 'S'}     4360   0%   0% ${command(entry)}\n`;
        yield* os.write(1, text);
      }
      return 0;
    },
  });

/** Simplified: everybody may become root without a password. */
export const sudo = () =>
  defineProgram({
    name: 'sudo',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'EHSnu:i', long: { 'user=': 'u', 'preserve-env': 'E' }, ordered: true });
      if (args.error !== undefined || args.operands.length === 0) {
        yield* os.write(
          2,
          'usage: sudo -h | -K | -k | -V\nusage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] [VAR=value] [-i | -s] [command [arg ...]]\n',
        );
        return 1;
      }
      const uid = yield* userId(os, args.value('u') ?? 'root');
      try {
        const pid = yield* os.spawn(args.operands, {
          uid: uid ?? 0,
          env: { ...os.env, USER: args.value('u') ?? 'root', LOGNAME: args.value('u') ?? 'root' },
        });
        return (yield* os.wait(pid)).code;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* os.write(2, `sudo: ${args.operands[0]}: ${error.errno === 'ENOENT' ? 'command not found' : errorMessage(error.errno)}\n`);
        return 1;
      }
    },
  });

export const nohup = (flavour: Flavour) =>
  defineProgram({
    name: 'nohup',
    *run(os) {
      if (os.argv.length < 2) return (yield* missingOperand(os, 'nohup', flavour)) && 125;
      yield* os.trap('HUP', 'ignore');
      try {
        yield* os.exec(os.argv.slice(1));
        return 0;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* os.write(2, `nohup: failed to run command '${os.argv[1]}': ${errorMessage(error.errno)}\n`);
        return error.errno === 'ENOENT' ? 127 : 126;
      }
    },
  });
