// echo: GNU and bash need -e for escapes, dash always reads them, busybox is as bash.
import { defineProgram } from '../program.ts';

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** The text after escapes, and whether `\c` ended it. */
export function readEscapes(text: string): { readonly text: string; readonly stop: boolean } {
  let result = '';
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    const next = text[index + 1];
    if (char !== '\\' || next === undefined) {
      result += char;
      continue;
    }
    if (next === 'c') return { text: result, stop: true };
    const numeric = /^(?:0([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([1-7][0-7]{0,2}))/.exec(text.slice(index + 1, index + 6));
    if (numeric !== null) {
      const octal = numeric[1] ?? numeric[4];
      result += String.fromCharCode(
        octal === undefined ? Number.parseInt((numeric[2] ?? numeric[3]) as string, 16) : Number.parseInt(octal, 8),
      );
      index += numeric[0].length;
    } else if (next === '0') {
      result += '\0';
      index++;
    } else {
      result += escapes[next] ?? `\\${next}`;
      index++;
    }
  }
  return { text: result, stop: false };
}

export function echoText(words: readonly string[], dialect: 'bash' | 'dash' | 'ash' | 'gnu'): string {
  let newline = true;
  let interpret = dialect === 'dash';
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index] as string;
    if (dialect === 'dash' ? word !== '-n' : !/^-[neE]+$/.test(word)) break;
    if (word.includes('n')) newline = false;
    if (dialect !== 'dash' && word.includes('e')) interpret = true;
    if (dialect !== 'dash' && word.includes('E')) interpret = false;
  }
  const text = words.slice(index).join(' ');
  if (!interpret) return newline ? `${text}\n` : text;
  const result = readEscapes(text);
  return result.text + (newline && !result.stop ? '\n' : '');
}

export const echo = defineProgram({
  name: 'echo',
  *run(os) {
    yield* os.write(1, echoText(os.argv.slice(1), 'gnu'));
    return 0;
  },
});
