// seq: numbers in order.
import { type Flavour, missingOperand, parseArguments, usageError } from '../arguments.ts';
import { Output } from '../input.ts';
import { defineProgram } from '../program.ts';
import { formatPrintf } from './printf.ts';

export const seq = (flavour: Flavour) =>
  defineProgram({
    name: 'seq',
    *run(os) {
      // Negative numbers are operands.
      const words = os.argv.slice(1);
      const options = words.findIndex((word) => !/^-[a-zA-Z]|^--/.test(word) && !/^-[swf]/.test(words[words.indexOf(word) - 1] ?? ''));
      const args = parseArguments(options < 0 ? words : [...words.slice(0, options), '--', ...words.slice(options)], {
        short: 's:wf:',
        long: { 'separator=': 's', 'equal-width': 'w', 'format=': 'f' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'seq', flavour, args.error);
      if (args.operands.length === 0) return yield* missingOperand(os, 'seq', flavour);
      const wrong = args.operands.find((word) => Number.isNaN(Number(word)) || word.trim() === '');
      if (wrong !== undefined) return yield* usageError(os, 'seq', flavour, `invalid floating point argument: ‘${wrong}’`);
      const numbers = args.operands.map(Number);
      const [first, step, last] =
        numbers.length === 1
          ? [1, 1, numbers[0] as number]
          : numbers.length === 2
            ? [numbers[0] as number, 1, numbers[1] as number]
            : (numbers as [number, number, number]);
      if (step === 0) return yield* usageError(os, 'seq', flavour, `invalid Zero increment value: ‘${args.operands[1]}’`);
      const decimals = Math.max(
        ...args.operands.slice(0, Math.max(1, args.operands.length - 1)).map((word) => /\.(\d+)/.exec(word)?.[1]?.length ?? 0),
      );
      const separator = args.value('s') ?? '\n';
      const width = args.has('w') ? Math.max(first.toFixed(decimals).length, last.toFixed(decimals).length) : 0;
      const output = new Output(os);
      let any = false;
      for (let index = 0; ; index++) {
        const value = first + index * step;
        if (step > 0 ? value > last + 1e-10 : value < last - 1e-10) break;
        const format = args.value('f');
        const text = format === undefined ? value.toFixed(decimals).padStart(width, '0') : formatPrintf([format, String(value)]).text;
        yield* output.write((any ? separator : '') + text);
        any = true;
      }
      if (any) yield* output.write('\n');
      yield* output.flush();
      return 0;
    },
  });
