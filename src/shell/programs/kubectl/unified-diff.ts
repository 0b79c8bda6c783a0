// Two texts as `diff -u` shows them.
// Models: GNU diffutils, unified format with three lines of context

const CONTEXT = 3;

/** Hunks without the two header lines; empty when the texts are the same. */
export function unifiedHunks(before: string, after: string): string {
  const a = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const b = after === '' ? [] : after.replace(/\n$/, '').split('\n');
  const edits = editsOf(a, b);
  const out: string[] = [];
  let at = 0;
  while (at < edits.length) {
    if (edits[at]!.mark === ' ') {
      at++;
      continue;
    }
    const start = Math.max(0, at - CONTEXT);
    let end = at;
    for (let seen = at; seen < edits.length && seen <= end + CONTEXT * 2 + 1; seen++) if (edits[seen]!.mark !== ' ') end = seen;
    const stop = Math.min(edits.length, end + CONTEXT + 1);
    const hunk = edits.slice(start, stop);
    const range = (side: 'a' | 'b', skip: string) => {
      const lines = hunk.filter((one) => one.mark !== skip).length;
      const first = hunk[0]![side] + 1;
      return lines === 1 ? `${first}` : `${lines === 0 ? first - 1 : first},${lines}`;
    };
    out.push(`@@ -${range('a', '+')} +${range('b', '-')} @@`, ...hunk.map((one) => one.mark + one.text));
    at = stop;
  }
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

interface Edit {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
  /** Lines of each side before this one. */
  readonly a: number;
  readonly b: number;
}

/** Longest common subsequence, deletions before insertions. */
function editsOf(a: readonly string[], b: readonly string[]): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  const longest: Uint32Array[] = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      longest[i]![j] = a[head + i] === b[head + j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
    }
  }
  const out: Edit[] = [];
  for (let at = 0; at < head; at++) out.push({ mark: ' ', text: a[at]!, a: at, b: at });
  let i = 0;
  let j = 0;
  while (i < rows || j < columns) {
    const place = { a: head + i, b: head + j };
    if (i < rows && j < columns && a[head + i] === b[head + j]) {
      out.push({ mark: ' ', text: a[head + i]!, ...place });
      i++;
      j++;
    } else if (i < rows && (j >= columns || longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      out.push({ mark: '-', text: a[head + i]!, ...place });
      i++;
    } else {
      out.push({ mark: '+', text: b[head + j]!, ...place });
      j++;
    }
  }
  for (let at = 0; at < tail; at++)
    out.push({ mark: ' ', text: a[a.length - tail + at]!, a: a.length - tail + at, b: b.length - tail + at });
  return out;
}
