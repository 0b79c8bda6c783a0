// wc: lines, words, bytes, characters.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { byteLength } from '../http.ts';
import { readInput } from '../input.ts';
import { defineProgram } from '../program.ts';

export const wc = (flavour: Flavour) =>
  defineProgram({
    name: 'wc',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'lwcmL',
        long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'wc', flavour, args.error);
      const columns = ['l', 'w', 'm', 'c', 'L'].filter((option) => args.has(option));
      const shown = columns.length === 0 ? ['l', 'w', 'c'] : columns;
      const files = args.operands.length === 0 ? ['-'] : args.operands;
      const rows: { readonly counts: readonly number[]; readonly file: string }[] = [];
      let status = 0;
      for (const file of files) {
        const text = yield* readInput(os, 'wc', flavour, file);
        if (text === undefined) {
          status = 1;
          continue;
        }
        const all: Readonly<Record<string, () => number>> = {
          l: () => text.split('\n').length - 1,
          w: () => text.split(/\s+/).filter((word) => word !== '').length,
          m: () => [...text].length,
          c: () => byteLength(text),
          L: () => Math.max(...text.split('\n').map((line) => line.length)),
        };
        rows.push({ counts: shown.map((column) => (all[column] as () => number)()), file: args.operands.length === 0 ? '' : file });
      }
      if (files.length > 1) {
        const counts = shown.map((column, index) =>
          column === 'L'
            ? Math.max(...rows.map((row) => row.counts[index] as number))
            : rows.reduce((sum, row) => sum + (row.counts[index] as number), 0),
        );
        rows.push({ counts, file: 'total' });
      }
      const largest = Math.max(0, ...rows.flatMap((row) => row.counts));
      // GNU pads to the size of the largest number; to 7 when it cannot know the size of its input beforehand.
      const single = shown.length === 1 && files.length === 1;
      const width =
        flavour === 'busybox' ? (shown.length === 1 ? 0 : 9) : single ? 0 : args.operands.length === 0 ? 7 : String(largest).length;
      for (const { counts, file } of rows) {
        const cells = counts.map((count) => String(count).padStart(width));
        yield* os.write(1, `${cells.join(' ')}${file === '' ? '' : ` ${file}`}\n`);
      }
      return status;
    },
  });
