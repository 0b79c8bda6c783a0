// The `read` builtin: one line, split at IFS into variables.
import { type Body, SystemError } from '../program.ts';
import { ShellError } from './control.ts';
import type { Interpreter } from './interpreter.ts';

interface ReadOptions {
  readonly raw: boolean;
  readonly prompt: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly array: string | undefined;
  readonly names: readonly string[];
}

function parse(shell: Interpreter, words: readonly string[]): ReadOptions {
  let raw = false;
  let prompt: string | undefined;
  let timeoutMs: number | undefined;
  let array: string | undefined;
  const names: string[] = [];
  for (let index = 1; index < words.length; index++) {
    const word = words[index] as string;
    if (!/^-[a-zA-Z]/.test(word)) {
      names.push(word);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string;
      if (letter === 'r') raw = true;
      else if (letter === 's' || letter === 'e') continue;
      else if ('ptand'.includes(letter)) {
        const value = at + 1 < word.length ? word.slice(at + 1) : (words[++index] ?? '');
        if (letter === 'p') prompt = value;
        if (letter === 't') timeoutMs = Number(value) * 1000;
        if (letter === 'a') array = value;
        break;
      } else throw new ShellError(shell.dialect === 'bash' ? `-${letter}: invalid option` : `Illegal option -${letter}`, 2);
    }
  }
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new ShellError(
        shell.dialect === 'bash' ? `\`${name}': not a valid identifier` : `${name}: bad variable name`,
        shell.dialect === 'bash' ? 1 : 2,
      );
  }
  return { raw, prompt, timeoutMs, array, names };
}

export function* readBuiltin(shell: Interpreter, words: readonly string[]): Body<number> {
  const options = parse(shell, words);
  if (options.names.length === 0 && shell.dialect === 'dash') throw new ShellError('arg count', 2);
  const input = shell.fd(0);
  if (options.prompt !== undefined && (yield* shell.os.isTty(input))) yield* shell.write(2, options.prompt);
  let text = '';
  let ended = false;
  for (;;) {
    let line: string | undefined;
    try {
      line = yield* shell.os.readLine(input, true, options.timeoutMs);
    } catch (error) {
      if (error instanceof SystemError && error.errno === 'ETIMEDOUT') return 142;
      if (error instanceof SystemError && error.errno === 'EISDIR') throw new ShellError('read error: 0: Is a directory', 1);
      throw error;
    }
    if (line === undefined) {
      ended = true;
      break;
    }
    ended = !line.endsWith('\n');
    const body = ended ? line : line.slice(0, -1);
    const continued = !options.raw && /(?:^|[^\\])(?:\\\\)*\\$/.test(body) && !ended;
    text += continued ? body.slice(0, -1) : body;
    if (!continued) break;
  }
  assign(shell, options, text);
  return ended ? 1 : 0;
}

function assign(shell: Interpreter, options: ReadOptions, text: string): void {
  const separators = shell.get('IFS') ?? ' \t\n';
  if (options.array !== undefined) {
    const fields = split(text, separators, Number.POSITIVE_INFINITY, options.raw);
    shell.values.set(options.array, {
      value: undefined,
      array: new Map(fields.map((field, index) => [String(index), field])),
      exported: false,
      readonly: false,
    });
    return;
  }
  if (options.names.length === 0) {
    shell.set('REPLY', options.raw ? text : text.replace(/\\(.)/g, '$1'));
    return;
  }
  const fields = split(text, separators, options.names.length, options.raw);
  for (const [index, name] of options.names.entries()) shell.set(name, fields[index] ?? '');
}

/** Fields, the last one taking the rest of the line. */
function split(text: string, separators: string, limit: number, raw: boolean): string[] {
  const isBlank = (char: string | undefined) => char !== undefined && ' \t\n'.includes(char) && separators.includes(char);
  const fields: string[] = [];
  let at = 0;
  while (isBlank(text[at])) at++;
  while (at < text.length) {
    const last = fields.length === limit - 1;
    let field = '';
    let end = at;
    for (; at < text.length; at++) {
      const char = text[at] as string;
      if (char === '\\' && !raw && at + 1 < text.length) {
        field += text[++at];
        end = field.length;
        continue;
      }
      if (separators.includes(char) && !last) break;
      field += char;
      if (!isBlank(char)) end = field.length;
    }
    fields.push(last ? field.slice(0, end) : field);
    if (last) break;
    while (isBlank(text[at])) at++;
    if (at < text.length && separators.includes(text[at] as string)) {
      at++;
      while (isBlank(text[at])) at++;
    }
  }
  return fields;
}
