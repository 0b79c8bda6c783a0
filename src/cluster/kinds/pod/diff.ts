// The diff that a refused pod update prints: both specs as Go dumps the internal struct, compared line by line, three lines around.
// Models: kubernetes v1.37 pkg/apis/core/validation (diff of the internal PodSpec), apimachinery pkg/util/diff
import { internalJson } from '../../apimachinery/schema.ts';
import type { PodSpec } from './types.ts';

const CONTEXT = 3;

/** One line per field or bracket, indented by one blank per level. */
function dump(spec: PodSpec): readonly string[] {
  return JSON.stringify(JSON.parse(internalJson('core.v1.PodSpec', spec)), undefined, 1)
    .replace(/[<>&\u2028\u2029]/g, escaped)
    .split('\n');
}

/** Go's JSON keeps what HTML would take for markup out of texts. */
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** Longest common subsequence, from both ends towards the few lines that differ. */
function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail++;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: ' ' as const, line }));
  const middle = middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...same(before.slice(0, head)), ...middle, ...same(before.slice(before.length - tail))];
}

function middleEdits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const columns = after.length + 1;
  const lengths = new Int32Array((before.length + 1) * columns);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * columns + j] =
        before[i] === after[j]
          ? lengths[(i + 1) * columns + j + 1]! + 1
          : Math.max(lengths[(i + 1) * columns + j]!, lengths[i * columns + j + 1]!);
    }
  }
  const script: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      script.push({ sign: ' ', line: before[i++]! });
      j++;
    } else if (i < before.length && (j >= after.length || lengths[(i + 1) * columns + j]! >= lengths[i * columns + j + 1]!))
      script.push({ sign: '-', line: before[i++]! });
    else script.push({ sign: '+', line: after[j++]! });
  }
  return script;
}

/** Unified diff from the spec that exists to the wanted one, as the API server prints it. */
export function specDiff(next: PodSpec, old: PodSpec): string {
  const script = edits(dump(old), dump(next));
  const lines: string[] = [];
  let at = 0;
  while (at < script.length) {
    while (at < script.length && script[at]!.sign === ' ') at++;
    if (at >= script.length) break;
    const start = Math.max(0, at - CONTEXT);
    let end = at;
    let quiet = 0;
    while (end < script.length && quiet <= CONTEXT * 2) quiet = script[end++]!.sign === ' ' ? quiet + 1 : 0;
    end -= Math.max(0, quiet - CONTEXT);
    const hunk = script.slice(start, end);
    const before = script.slice(0, start);
    const count = (list: readonly Edit[], sign: '-' | '+'): number => list.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
    lines.push(`@@ -${count(before, '-') + 1},${count(hunk, '-')} +${count(before, '+') + 1},${count(hunk, '+')} @@`);
    for (const { sign, line } of hunk) lines.push(sign + line);
    at = end;
  }
  return `${lines.join('\n')}\n`;
}
