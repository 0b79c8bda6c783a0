// cat: files one after another.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { openError, openInput } from '../input.ts';
import { defineProgram, SystemError } from '../program.ts';

export const cat = (flavour: Flavour) =>
  defineProgram({
    name: 'cat',
    *run(os) {
      const long = {
        number: 'n',
        'number-nonblank': 'b',
        'show-all': 'A',
        'show-ends': 'E',
        'show-tabs': 'T',
        'squeeze-blank': 's',
        'show-nonprinting': 'v',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'nbAETsveut', long });
      if (args.error !== undefined) return yield* usageError(os, 'cat', flavour, args.error);
      const decorate = ['n', 'b', 'A', 'E', 'T', 's', 'e', 't', 'v'].some((option) => args.has(option));
      let status = 0;
      let number = 0;
      let blank = false;
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const fd = yield* openInput(os, 'cat', flavour, file);
        if (fd === undefined) {
          status = 1;
          continue;
        }
        try {
          for (;;) {
            const chunk = decorate ? yield* os.readLine(fd, true) : yield* os.read(fd);
            if (chunk === undefined) break;
            if (!decorate) {
              yield* os.write(1, chunk);
              continue;
            }
            if (args.has('s') && chunk === '\n' && blank) continue;
            blank = chunk === '\n';
            let text = args.has('T') || args.has('A') || args.has('t') ? chunk.replace(/\t/g, '^I') : chunk;
            if (args.has('E') || args.has('A') || args.has('e')) text = text.replace(/\n$/, '$\n');
            const numbered = args.has('b') ? chunk !== '\n' : args.has('n');
            yield* os.write(1, numbered ? `${String(++number).padStart(6)}\t${text}` : text);
          }
        } catch (error) {
          if (!(error instanceof SystemError) || error.errno === 'EPIPE') throw error;
          yield* os.write(2, `${openError('cat', flavour, file, error)}\n`);
          status = 1;
        }
        if (fd !== 0) yield* os.close(fd);
      }
      return status;
    },
  });
