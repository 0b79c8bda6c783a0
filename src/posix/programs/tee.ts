// tee: standard input to standard output and files.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { attempt } from '../input.ts';
import { defineProgram } from '../program.ts';

export const tee = (flavour: Flavour) =>
  defineProgram({
    name: 'tee',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'aip', long: { append: 'a' } });
      if (args.error !== undefined) return yield* usageError(os, 'tee', flavour, args.error);
      const files: number[] = [];
      let status = 0;
      for (const file of args.operands) {
        const opened = yield* attempt(
          os,
          (reason) => `tee: ${file}: ${reason}`,
          function* () {
            files.push(yield* os.open(file, args.has('a') ? 'append' : 'write'));
          },
        );
        if (!opened) status = 1;
      }
      for (;;) {
        const chunk = yield* os.read(0);
        if (chunk === undefined) return status;
        yield* os.write(1, chunk);
        for (const file of files) yield* os.write(file, chunk);
      }
    },
  });
