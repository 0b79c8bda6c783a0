// sleep: virtual time.
import { type Flavour, missingOperand, usageError } from '../arguments.ts';
import { defineProgram } from '../program.ts';

const unitMs: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `5`, `0.5`, `2m`, `infinity`; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === 'infinity' || text === 'inf') return Number.POSITIVE_INFINITY;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMs[match[2] ?? ''] as number);
}

export const sleep = (flavour: Flavour) =>
  defineProgram({
    name: 'sleep',
    *run(os) {
      const words = os.argv.slice(1);
      if (words.length === 0) return yield* missingOperand(os, 'sleep', flavour);
      let ms = 0;
      for (const word of words) {
        const duration = parseDuration(word);
        if (duration === undefined) {
          if (word.startsWith('-')) return yield* usageError(os, 'sleep', flavour, `invalid option -- '${word[1]}'`);
          return yield* flavour === 'gnu'
            ? usageError(os, 'sleep', flavour, `invalid time interval ‘${word}’`)
            : failed(`sleep: invalid number '${word}'\n`);
        }
        ms += duration;
      }
      function* failed(text: string) {
        yield* os.write(2, text);
        return 1;
      }
      if (ms === Number.POSITIVE_INFINITY) for (;;) yield* os.pause();
      yield* os.sleep(Math.round(ms));
      return 0;
    },
  });
