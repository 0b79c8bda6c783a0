// cut: fields, characters or bytes of each line.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { LineReader, openInput } from '../input.ts';
import { defineProgram } from '../program.ts';

type Range = readonly [from: number, to: number];

export function parseRanges(text: string): readonly Range[] | undefined {
  const ranges: Range[] = [];
  for (const part of text.split(/[, ]/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (match === null || part === '' || part === '-' || part === '0') return undefined;
    const from = match[1] === '' ? 1 : Number(match[1]);
    const to = match[2] === '' ? from : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (from < 1 || to < from) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

export const cut = (flavour: Flavour) =>
  defineProgram({
    name: 'cut',
    *run(os) {
      const long = {
        'fields=': 'f',
        'characters=': 'c',
        'bytes=': 'b',
        'delimiter=': 'd',
        'only-delimited': 's',
        complement: 'complement',
        'output-delimiter=': 'output',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'f:c:b:d:sn', long });
      if (args.error !== undefined) return yield* usageError(os, 'cut', flavour, args.error);
      const fields = args.value('f');
      const list = fields ?? args.value('c') ?? args.value('b');
      if (list === undefined)
        return yield* usageError(
          os,
          'cut',
          flavour,
          flavour === 'gnu' ? 'you must specify a list of bytes, characters, or fields' : 'expected a list of bytes, characters, or fields',
        );
      const delimiter = args.value('d') ?? '\t';
      if (delimiter.length !== 1 && delimiter !== '')
        return yield* usageError(os, 'cut', flavour, 'the delimiter must be a single character');
      const ranges = parseRanges(list);
      if (ranges === undefined) {
        const what = fields === undefined ? 'byte/character positions' : 'fields';
        return yield* usageError(
          os,
          'cut',
          flavour,
          list === '0' || list === ''
            ? `${what === 'fields' ? 'fields' : 'byte/character positions'} are numbered from 1`
            : `invalid ${fields === undefined ? 'byte or character range' : 'field value'} ‘${list}’`,
        );
      }
      const chosen = (index: number) => ranges.some(([from, to]) => index >= from && index <= to) !== args.has('complement');
      const glue = args.value('output') ?? delimiter;
      let status = 0;
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const fd = yield* openInput(os, 'cut', flavour, file);
        if (fd === undefined) {
          status = 1;
          continue;
        }
        const reader = new LineReader(os, fd);
        let output = '';
        for (;;) {
          if (output !== '' && (!reader.hasLine || output.length > 32768)) {
            yield* os.write(1, output);
            output = '';
          }
          const raw = yield* reader.next();
          if (raw === undefined) break;
          const line = raw.replace(/\n$/, '');
          if (fields === undefined) output += `${[...line].filter((_char, index) => chosen(index + 1)).join('')}\n`;
          else if (!line.includes(delimiter)) output += args.has('s') ? '' : `${line}\n`;
          else
            output += `${line
              .split(delimiter)
              .filter((_field, index) => chosen(index + 1))
              .join(glue)}\n`;
        }
        if (fd !== 0) yield* os.close(fd);
      }
      return status;
    },
  });
