// Expansion of words: braces, tilde, parameters, commands, arithmetic, field splitting, file names, quote removal.
import { type Body, SystemError } from '../program.ts';
import { ArithmeticError, evaluate } from './arithmetic.ts';
import { expandBraces } from './braces.ts';
import type { Interpreter } from './interpreter.ts';
import { expandGlob, hasGlob, type PatternPart, patternSource } from './pattern.ts';
import { ShellError } from './control.ts';
import type { Parameter, Part, Word } from './syntax.ts';

/** Text after expansion; `split`: unquoted result of an expansion, to be split into fields. `cut`: the field ends here (`"$@"`). */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  readonly split: boolean;
  readonly cut?: boolean;
}

/** The fields a list of words becomes: arguments of a command, words of `for`. */
export function* expandWords(shell: Interpreter, words: readonly Word[]): Body<string[]> {
  const fields: string[] = [];
  for (const word of words) {
    for (const single of shell.dialect === 'bash' ? expandBraces(word) : [word]) {
      const only = single.length === 1 ? single[0] : undefined;
      if (only?.kind === 'text' && (only.quoted || !/[*?[~(]/.test(only.text))) fields.push(only.text);
      else fields.push(...(yield* expandFields(shell, single)));
    }
  }
  return fields;
}

function* expandFields(shell: Interpreter, word: Word): Body<string[]> {
  const pieces = yield* expandParts(shell, tilde(shell, word, false));
  const fields: string[] = [];
  for (const field of splitFields(pieces, shell.get('IFS') ?? ' \t\n')) {
    if (!shell.options.has('f') && hasGlob(field)) {
      const found = yield* expandGlob(shell.os, field);
      if (found.length > 0) {
        fields.push(...found);
        continue;
      }
    }
    fields.push(field.map((part) => part.text).join(''));
  }
  return fields;
}

/** One string, neither split nor globbed: assignments, `case` words, redirection targets, here-documents. */
export function* expandText(shell: Interpreter, word: Word, assignment = false): Body<string> {
  const only = word.length === 1 ? word[0] : undefined;
  if (only?.kind === 'text' && (only.quoted || !only.text.includes('~'))) return only.text;
  const pieces = yield* expandParts(shell, tilde(shell, word, assignment));
  return pieces.map((piece) => (piece.cut ? `${piece.text} ` : piece.text)).join('');
}

/** A pattern of `case`, `[[ == ]]`, `%`, `#`: quoted parts lose their special meaning. */
export function* expandPattern(shell: Interpreter, word: Word): Body<readonly PatternPart[]> {
  return yield* expandParts(shell, tilde(shell, word, false));
}

function tilde(shell: Interpreter, word: Word, assignment: boolean): Word {
  const first = word[0];
  if (first?.kind !== 'text' || first.quoted || !first.text.includes('~')) return word;
  const home = shell.get('HOME') ?? '';
  const replace = (text: string) =>
    text.replace(/^~(\+|-|[a-z_][a-z0-9_-]*)?(?=\/|$)/, (all, who?: string) => {
      if (who === undefined) return home;
      if (who === '+') return shell.os.cwd;
      if (who === '-') return shell.get('OLDPWD') ?? all;
      return who === 'root' ? '/root' : who === 'user' ? '/home/user' : all;
    });
  const text = assignment ? first.text.split(':').map(replace).join(':') : replace(first.text);
  if (text === first.text) return word;
  return [{ kind: 'text', text, quoted: true }, ...word.slice(1)];
}

function* expandParts(shell: Interpreter, word: Word): Body<Piece[]> {
  const pieces: Piece[] = [];
  for (const part of word) {
    if (part.kind === 'text') pieces.push({ text: part.text, quoted: part.quoted, split: false });
    else if (part.kind === 'parameter') yield* expandParameter(shell, part, pieces);
    else pieces.push({ text: yield* expandOther(shell, part), quoted: part.quoted, split: !part.quoted });
  }
  return pieces;
}

function* expandOther(shell: Interpreter, part: Extract<Part, { kind: 'command' | 'arithmetic' }>): Body<string> {
  if (part.kind === 'command') return yield* shell.substitute(part.script);
  return String(yield* arithmetic(shell, part.expression));
}

export function* arithmetic(shell: Interpreter, expression: Word): Body<number> {
  const text = yield* expandText(shell, expression);
  try {
    return evaluate(text, shell.variables());
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    if (shell.dialect === 'bash') throw new ShellError(error.message, 1);
    const division = error.message.includes('division by 0');
    throw new ShellError(
      division
        ? 'divide by zero'
        : shell.dialect === 'ash'
          ? 'arithmetic syntax error'
          : `arithmetic expression: expecting primary: "${text}"`,
      2,
    );
  }
}

function* expandParameter(shell: Interpreter, part: Parameter, pieces: Piece[]): Body<void> {
  const list = yield* listOf(shell, part);
  if (list !== undefined && part.length) {
    pieces.push({ text: String(list.length), quoted: part.quoted, split: !part.quoted });
    return;
  }
  if (list !== undefined) {
    yield* expandList(shell, part, list, pieces);
    return;
  }
  const index = part.index === undefined ? undefined : yield* indexText(shell, part.index);
  let value = shell.parameter(part.name, index);
  if (part.indirect && value !== undefined) value = shell.parameter(value);
  if (part.operator === undefined) {
    if (value === undefined && shell.options.has('u')) throw unbound(shell, part);
    const text = part.length ? String([...(value ?? '')].length) : (value ?? '');
    pieces.push({ text, quoted: part.quoted, split: !part.quoted });
    return;
  }
  yield* applyOperator(shell, part, value, pieces);
}

function unbound(shell: Interpreter, part: Parameter): ShellError {
  const text = shell.dialect === 'bash' ? 'unbound variable' : 'parameter not set';
  return new ShellError(`${part.name}: ${text}`, shell.dialect === 'bash' ? (shell.commandString ? 127 : 1) : 2, true);
}

function* indexText(shell: Interpreter, index: Word): Body<string> {
  const text = yield* expandText(shell, index);
  return /^\d+$/.test(text) ? text : String(evaluate(text, shell.variables()));
}

/** The elements that `$@`, `$*`, `${a[@]}`, `${!a[@]}` stand for; undefined for a single value. */
function* listOf(shell: Interpreter, part: Parameter): Body<readonly string[] | undefined> {
  if (part.name === '@' || part.name === '*') return shell.positional;
  if (part.index === undefined) return undefined;
  const index = yield* expandText(shell, part.index);
  if (index !== '@' && index !== '*') return undefined;
  const elements = shell.elements(part.name);
  return part.indirect ? elements.map(([key]) => key) : elements.map(([, value]) => value);
}

function* expandList(shell: Interpreter, part: Parameter, all: readonly string[], pieces: Piece[]): Body<void> {
  let list = all;
  const { operator } = part;
  if (operator !== undefined && /^:?[-=?+]$/.test(operator)) {
    const joined = list.join(' ');
    const value = list.length === 0 || (operator.startsWith(':') && joined === '') ? undefined : joined;
    if (value === undefined || operator.endsWith('+')) {
      yield* applyOperator(shell, part, value, pieces);
      return;
    }
  } else if (operator === ':') {
    const offset = yield* arithmetic(shell, part.argument ?? []);
    const length = part.second === undefined ? undefined : yield* arithmetic(shell, part.second);
    // `${@:0}` begins with $0.
    const base = part.name === '@' || part.name === '*' ? [shell.name, ...list] : list;
    const start = offset < 0 ? base.length + offset : offset;
    list = base.slice(start, length === undefined ? undefined : start + length);
  } else if (operator !== undefined) {
    const changed: string[] = [];
    for (const value of list) changed.push(yield* transform(shell, part, value));
    list = changed;
  }
  const starred = part.name === '*' || (part.index !== undefined && (yield* expandText(shell, part.index)) === '*');
  if (part.quoted && starred) {
    const separator = (shell.get('IFS') ?? ' \t\n').slice(0, 1);
    pieces.push({ text: list.join(separator), quoted: true, split: false });
    return;
  }
  for (const [index, text] of list.entries())
    pieces.push({ text, quoted: part.quoted, split: !part.quoted, ...(index < list.length - 1 ? { cut: true } : {}) });
  // `"$@"` without parameters is no field at all.
  if (list.length === 0 && part.quoted) pieces.push({ text: '', quoted: false, split: true });
}

function* applyOperator(shell: Interpreter, part: Parameter, value: string | undefined, pieces: Piece[]): Body<void> {
  const operator = part.operator as string;
  const kind = operator.slice(-1);
  if (!/^:?[-=?+]$/.test(operator)) {
    if (value === undefined && shell.options.has('u')) throw unbound(shell, part);
    pieces.push({ text: yield* transform(shell, part, value ?? ''), quoted: part.quoted, split: !part.quoted });
    return;
  }
  const missing = value === undefined || (operator.startsWith(':') && value === '');
  if (kind === '+' ? missing : !missing) {
    pieces.push({ text: kind === '+' ? '' : (value ?? ''), quoted: part.quoted, split: !part.quoted });
    return;
  }
  if (kind === '-' || kind === '+') {
    const inner = yield* expandParts(shell, part.argument ?? []);
    for (const piece of inner) pieces.push(part.quoted ? piece : { ...piece, split: !piece.quoted });
    return;
  }
  const text = yield* expandText(shell, part.argument ?? []);
  if (kind === '=') {
    shell.set(part.name, text);
    pieces.push({ text, quoted: part.quoted, split: !part.quoted });
    return;
  }
  const missingText =
    shell.dialect === 'bash'
      ? `parameter ${operator === ':?' ? 'null or not set' : 'not set'}`
      : operator === ':?'
        ? 'parameter not set or null'
        : 'parameter not set';
  throw new ShellError(
    `${part.name}: ${text === '' ? missingText : text}`,
    shell.dialect === 'bash' ? (shell.commandString ? 127 : 1) : 2,
    true,
  );
}

function* transform(shell: Interpreter, part: Parameter, value: string): Body<string> {
  const operator = part.operator as string;
  if (operator === ':') {
    const offset = yield* arithmetic(shell, part.argument ?? []);
    const start = offset < 0 ? Math.max(0, value.length + offset) : offset;
    if (part.second === undefined) return value.slice(start);
    const length = yield* arithmetic(shell, part.second);
    return value.slice(start, length < 0 ? value.length + length : start + length);
  }
  if (operator.startsWith('^') || operator.startsWith(',')) {
    const change = (text: string) => (operator.startsWith('^') ? text.toUpperCase() : text.toLowerCase());
    return operator.length === 2 ? change(value) : change(value.slice(0, 1)) + value.slice(1);
  }
  const pattern = yield* expandPattern(shell, part.argument ?? []);
  if (operator.startsWith('/')) {
    const replacement = part.second === undefined ? '' : yield* expandText(shell, part.second);
    return replace(value, pattern, replacement, operator === '//');
  }
  return trim(value, patternSource(pattern), operator);
}

function replace(value: string, pattern: readonly PatternPart[], replacement: string, all: boolean): string {
  const first = pattern[0];
  const anchor = first !== undefined && !first.quoted && /^[#%]/.test(first.text) && !all ? first.text[0] : '';
  const parts = anchor === '' ? pattern : [{ ...(first as PatternPart), text: (first as PatternPart).text.slice(1) }, ...pattern.slice(1)];
  const source = patternSource(parts);
  if (source === '' && anchor === '') return value;
  const regex = new RegExp(`${anchor === '#' ? '^' : ''}(?:${source})${anchor === '%' ? '$' : ''}`, all ? 'gu' : 'u');
  return value.replace(regex, () => replacement);
}

function trim(value: string, source: string, operator: string): string {
  const regex = new RegExp(`^(?:${source})$`, 'u');
  const greedy = operator.length === 2;
  if (operator.startsWith('#')) {
    for (let step = 0; step <= value.length; step++) {
      const length = greedy ? value.length - step : step;
      if (regex.test(value.slice(0, length))) return value.slice(length);
    }
    return value;
  }
  for (let step = 0; step <= value.length; step++) {
    const start = greedy ? step : value.length - step;
    if (regex.test(value.slice(start))) return value.slice(0, start);
  }
  return value;
}

/** Splits the unquoted results of expansions at IFS; quoted pieces keep a field alive even when empty. */
function splitFields(pieces: readonly Piece[], separators: string): PatternPart[][] {
  const fields: PatternPart[][] = [];
  let field: PatternPart[] = [];
  let open = false;
  const close = () => {
    if (open) fields.push(field);
    field = [];
    open = false;
  };
  const blank = [...separators].filter((char) => ' \t\n'.includes(char)).join('');
  for (const piece of pieces) {
    if (!piece.split || separators === '') {
      if (piece.text !== '' || piece.quoted) {
        field.push({ text: piece.text, quoted: piece.quoted });
        open = true;
      }
    } else {
      let text = '';
      const add = () => {
        if (text === '') return;
        field.push({ text, quoted: false });
        open = true;
        text = '';
      };
      for (let index = 0; index < piece.text.length; index++) {
        const char = piece.text[index] as string;
        if (!separators.includes(char)) {
          text += char;
          continue;
        }
        add();
        // A visible separator ends a field even when it is empty; blanks around it belong to it.
        let visible = !blank.includes(char);
        while (index + 1 < piece.text.length && separators.includes(piece.text[index + 1] as string)) {
          const next = piece.text[index + 1] as string;
          if (!blank.includes(next)) {
            if (visible) break;
            visible = true;
          }
          index++;
        }
        if (visible) open = true;
        close();
      }
      add();
    }
    if (piece.cut) close();
  }
  close();
  return fields;
}

/** The error of a redirection or command in the dialect's words. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof SystemError;
}
