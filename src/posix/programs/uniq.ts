// uniq: runs of equal lines.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { readInput, splitLines } from '../input.ts';
import { defineProgram } from '../program.ts';

export const uniq = (flavour: Flavour) =>
  defineProgram({
    name: 'uniq',
    *run(os) {
      const long = {
        count: 'c',
        repeated: 'd',
        unique: 'u',
        'ignore-case': 'i',
        'skip-fields=': 'f',
        'skip-chars=': 's',
        'check-chars=': 'w',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'cduif:s:w:', long });
      if (args.error !== undefined) return yield* usageError(os, 'uniq', flavour, args.error);
      const text = yield* readInput(os, 'uniq', flavour, args.operands[0] ?? '-');
      if (text === undefined) return 1;
      const keyOf = (line: string) => {
        let key = line;
        for (let skip = Number(args.value('f') ?? 0); skip > 0; skip--) key = key.replace(/^[ \t]*[^ \t]*/, '');
        key = key.slice(Number(args.value('s') ?? 0), args.has('w') ? Number(args.value('s') ?? 0) + Number(args.value('w')) : undefined);
        return args.has('i') ? key.toLowerCase() : key;
      };
      const runs: { readonly line: string; readonly key: string; count: number }[] = [];
      for (const line of splitLines(text)) {
        const key = keyOf(line);
        const last = runs[runs.length - 1];
        if (last?.key === key) last.count++;
        else runs.push({ line, key, count: 1 });
      }
      const shown = runs.filter(({ count }) => (args.has('d') ? count > 1 : true) && (args.has('u') ? count === 1 : true));
      const result = shown.map(({ line, count }) => (args.has('c') ? `${String(count).padStart(7)} ${line}\n` : `${line}\n`)).join('');
      if (args.operands[1] === undefined) yield* os.write(1, result);
      else yield* os.writeFile(args.operands[1], result);
      return 0;
    },
  });
