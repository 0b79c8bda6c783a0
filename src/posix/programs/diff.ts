// diff: normal and unified output, by the longest common subsequence. Models: GNU diffutils 3.8.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { formatTime } from './date.ts';

/** A run of lines: kept, or removed from the first and added in the second. */
export interface Change {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Shortest edit by Myers' method. */
export function compareLines(left: readonly string[], right: readonly string[]): Change[] {
  const [n, m] = [left.length, right.length];
  const trace: Map<number, number>[] = [];
  let reached = new Map<number, number>([[1, 0]]);
  outer: for (let d = 0; d <= n + m; d++) {
    trace.push(new Map(reached));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1));
      let x = down ? (reached.get(k + 1) ?? 0) : (reached.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && left[x] === right[x - k]) x++;
      reached = reached.set(k, x);
      if (x >= n && x - k >= m) break outer;
    }
  }
  const changes: Change[] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0; d--) {
    const before = trace[d] as Map<number, number>;
    const k = x - y;
    const down = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = before.get(previousK) ?? 0;
    const previousY = previousX - previousK;
    while (x > previousX && y > previousY && x > 0 && y > 0) {
      changes.push({ kind: 'same', text: left[--x] as string });
      y--;
    }
    if (d === 0) break;
    if (down) changes.push({ kind: 'added', text: right[--y] as string });
    else changes.push({ kind: 'removed', text: left[--x] as string });
  }
  return changes.reverse();
}

interface Hunk {
  leftStart: number;
  rightStart: number;
  readonly rows: Change[];
}

function hunks(changes: readonly Change[], context: number): Hunk[] {
  const result: Hunk[] = [];
  let [left, right] = [1, 1];
  let current: Hunk | undefined;
  let trailing = 0;
  const recent: Change[] = [];
  for (const change of changes) {
    if (change.kind === 'same') {
      if (current !== undefined) {
        current.rows.push(change);
        if (++trailing > context * 2) {
          current.rows.splice(current.rows.length - (trailing - context));
          current = undefined;
        }
      }
      recent.push(change);
      if (recent.length > context) recent.shift();
      left++;
      right++;
      continue;
    }
    if (current === undefined) {
      current = { leftStart: left - recent.length, rightStart: right - recent.length, rows: [...recent] };
      result.push(current);
    }
    trailing = 0;
    recent.length = 0;
    current.rows.push(change);
    if (change.kind === 'removed') left++;
    else right++;
  }
  if (current !== undefined && trailing > context) current.rows.splice(current.rows.length - (trailing - context));
  return result;
}

const count = (hunk: Hunk, kind: Change['kind']) => hunk.rows.filter((row) => row.kind === 'same' || row.kind === kind).length;
const withEnd = (text: string) => (text.endsWith('\n') ? text : `${text}\n\\ No newline at end of file\n`);

export function unified(changes: readonly Change[], context = 3): string {
  let text = '';
  for (const hunk of hunks(changes, context)) {
    const range = (start: number, size: number) => (size === 1 ? String(start) : `${size === 0 ? start - 1 : start},${size}`);
    text += `@@ -${range(hunk.leftStart, count(hunk, 'removed'))} +${range(hunk.rightStart, count(hunk, 'added'))} @@\n`;
    for (const row of hunk.rows) text += (row.kind === 'same' ? ' ' : row.kind === 'removed' ? '-' : '+') + withEnd(row.text);
  }
  return text;
}

function normal(changes: readonly Change[]): string {
  let text = '';
  for (const hunk of hunks(changes, 0)) {
    const removed = hunk.rows.filter((row) => row.kind === 'removed');
    const added = hunk.rows.filter((row) => row.kind === 'added');
    const range = (start: number, size: number) => (size <= 1 ? String(size === 0 ? start - 1 : start) : `${start},${start + size - 1}`);
    const letter = removed.length === 0 ? 'a' : added.length === 0 ? 'd' : 'c';
    text += `${range(hunk.leftStart, removed.length)}${letter}${range(hunk.rightStart, added.length)}\n`;
    text += removed.map((row) => `< ${withEnd(row.text)}`).join('');
    if (letter === 'c') text += '---\n';
    text += added.map((row) => `> ${withEnd(row.text)}`).join('');
  }
  return text;
}

const linesOf = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function* content(os: Os, path: string): Body<string> {
  return yield* path === '-' ? os.readAll(0) : os.readFile(path);
}

export const diff = (flavour: Flavour) =>
  defineProgram({
    name: 'diff',
    *run(os) {
      const long = {
        unified: 'u',
        'unified=': 'U',
        brief: 'q',
        recursive: 'r',
        'new-file': 'N',
        'ignore-all-space': 'w',
        'ignore-case': 'i',
        'label=': 'L',
        'report-identical-files': 's',
        'color=?': 'color',
      };
      // `-u0` is an old way to say `-U 0`.
      const words = os.argv.slice(1).map((word) => word.replace(/^-u(\d+)$/, '-U$1'));
      const args = parseArguments(words, { short: 'uU:qrNwbBiL:sa', long });
      if (args.error !== undefined) return yield* usageError(os, 'diff', flavour, args.error, 2);
      const [first, second] = args.operands;
      if (first === undefined || second === undefined)
        return yield* usageError(
          os,
          'diff',
          flavour,
          first === undefined ? "missing operand after 'diff'" : `missing operand after '${first}'`,
          2,
        );
      const unifiedForm = args.has('u') || args.has('U') || flavour === 'busybox';
      function* pair(left: string, right: string, titled: boolean): Body<number> {
        let [a, b] = ['', ''];
        try {
          a = yield* content(os, left);
          b = yield* content(os, right);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          const missing = error.path ?? left;
          if (!(args.has('N') && error.errno === 'ENOENT')) {
            yield* os.write(
              2,
              flavour === 'gnu'
                ? `diff: ${missing}: ${errorMessage(error.errno)}\n`
                : `diff: can't stat '${missing}': ${errorMessage(error.errno)}\n`,
            );
            return 2;
          }
          if (missing === left) b = yield* content(os, right);
        }
        const fold = (text: string) => {
          let result = args.has('w') ? text.replace(/[ \t]+/g, '') : args.has('b') ? text.replace(/[ \t]+/g, ' ') : text;
          if (args.has('i')) result = result.toLowerCase();
          return result;
        };
        if (fold(a) === fold(b)) {
          if (args.has('s')) yield* os.write(1, `Files ${left} and ${right} are identical\n`);
          return 0;
        }
        if (args.has('q')) {
          yield* os.write(1, `Files ${left} and ${right} differ\n`);
          return 1;
        }
        if (titled) yield* os.write(1, `diff ${os.argv.slice(1, -2).join(' ')} ${left} ${right}\n`);
        const changes = compareLines(linesOf(a), linesOf(b));
        const labels = args.values('L');
        if (unifiedForm) {
          const stamp = function* (path: string, label: string | undefined): Body<string> {
            if (label !== undefined) return label;
            if (flavour === 'busybox') return path;
            const ms = path === '-' ? yield* os.time() : yield* mtimeOf(os, path);
            return `${path}\t${formatTime(ms, '%F %T.000000000 +0000')}`;
          };
          yield* os.write(1, `--- ${yield* stamp(left, labels[0])}\n+++ ${yield* stamp(right, labels[1])}\n`);
          yield* os.write(1, unified(changes, Number(args.value('U') ?? 3)));
        } else yield* os.write(1, normal(changes));
        return 1;
      }
      return yield* compareTrees(os, args.has('r'), first, second, pair);
    },
  });

function* mtimeOf(os: Os, path: string): Body<number> {
  try {
    return (yield* os.stat(path)).mtime;
  } catch (error) {
    if (error instanceof SystemError) return 0;
    throw error;
  }
}

function* isFolder(os: Os, path: string): Body<boolean> {
  try {
    return path !== '-' && (yield* os.stat(path)).type === 'directory';
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

function* compareTrees(
  os: Os,
  recursive: boolean,
  left: string,
  right: string,
  pair: (left: string, right: string, titled: boolean) => Body<number>,
): Body<number> {
  const [leftFolder, rightFolder] = [yield* isFolder(os, left), yield* isFolder(os, right)];
  if (!leftFolder && !rightFolder) return yield* pair(left, right, false);
  if (leftFolder !== rightFolder)
    return yield* leftFolder
      ? pair(`${left}/${right.replace(/.*\//, '')}`, right, false)
      : pair(left, `${right}/${left.replace(/.*\//, '')}`, false);
  let status = 0;
  const names = new Set([...(yield* os.readDirectory(left)), ...(yield* os.readDirectory(right))]);
  const there = { left: new Set(yield* os.readDirectory(left)), right: new Set(yield* os.readDirectory(right)) };
  for (const name of [...names].sort()) {
    if (!there.left.has(name) || !there.right.has(name)) {
      yield* os.write(1, `Only in ${there.left.has(name) ? left : right}: ${name}\n`);
      status = Math.max(status, 1);
      continue;
    }
    const [a, b] = [`${left}/${name}`, `${right}/${name}`];
    if (yield* isFolder(os, a)) {
      if (recursive) status = Math.max(status, yield* compareTrees(os, recursive, a, b, pair));
      else yield* os.write(1, `Common subdirectories: ${a} and ${b}\n`);
    } else status = Math.max(status, yield* pair(a, b, true));
  }
  return status;
}
