// tr: translates, squeezes, deletes characters.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { defineProgram } from '../program.ts';

const classes: Readonly<Record<string, string>> = {
  upper: range('A', 'Z'),
  lower: range('a', 'z'),
  digit: range('0', '9'),
  alpha: range('A', 'Z') + range('a', 'z'),
  alnum: range('0', '9') + range('A', 'Z') + range('a', 'z'),
  space: '\t\n\v\f\r ',
  blank: '\t ',
  punct: range('!', '/') + range(':', '@') + range('[', '`') + range('{', '~'),
  xdigit: `${range('0', '9')}ABCDEFabcdef`,
  cntrl: range('\0', '\x1f') + '\x7f',
  print: range(' ', '~'),
};

function range(from: string, to: string): string {
  let text = '';
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) text += String.fromCharCode(code);
  return text;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', a: '\x07', b: '\b', f: '\f', v: '\v' };

function expandSet(text: string): string {
  let set = '';
  for (let at = 0; at < text.length; at++) {
    const named = /^\[:([a-z]+):\]/.exec(text.slice(at));
    if (named !== null) {
      set += classes[named[1] as string] ?? '';
      at += named[0].length - 1;
      continue;
    }
    let char = text[at] as string;
    if (char === '\\' && at + 1 < text.length) {
      const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1));
      if (octal !== null) {
        char = String.fromCharCode(Number.parseInt(octal[0], 8));
        at += octal[0].length;
      } else {
        at++;
        char = escapes[text[at] as string] ?? (text[at] as string);
      }
    }
    if (text[at + 1] === '-' && at + 2 < text.length) {
      set += range(char, text[at + 2] as string);
      at += 2;
    } else set += char;
  }
  return set;
}

export const tr = (flavour: Flavour) =>
  defineProgram({
    name: 'tr',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'cCdst',
        long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
        ordered: true,
      });
      if (args.error !== undefined) return yield* usageError(os, 'tr', flavour, args.error);
      const [first, second] = args.operands;
      if (first === undefined) return yield* usageError(os, 'tr', flavour, 'missing operand');
      if (second === undefined && !args.has('d') && !args.has('s'))
        return yield* usageError(os, 'tr', flavour, `missing operand after ‘${first}’\nTwo strings must be given when translating.`);
      const complement = args.has('c') || args.has('C');
      const from = expandSet(first);
      const to = second === undefined ? '' : expandSet(second);
      const inFirst = (char: string) => from.includes(char) !== complement;
      const map = new Map([...from].map((char, index) => [char, to[index] ?? to[to.length - 1] ?? '']));
      const squeezed = args.has('s') ? (second === undefined ? undefined : to) : '';
      let last = '';
      for (;;) {
        const chunk = yield* os.read(0);
        if (chunk === undefined) return 0;
        let output = '';
        for (const char of chunk) {
          if (args.has('d') && inFirst(char)) continue;
          let result = char;
          if (!args.has('d') && second !== undefined && inFirst(char))
            result = complement ? (to[to.length - 1] as string) : (map.get(char) as string);
          const squeeze = squeezed === undefined ? inFirst(result) : squeezed.includes(result);
          if (squeeze && result === last) continue;
          last = result;
          output += result;
        }
        if (output !== '') yield* os.write(1, output);
      }
    },
  });
