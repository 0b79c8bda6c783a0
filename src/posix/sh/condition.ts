// `[[ … ]]`: tests without splitting, with patterns and regular expressions.
import type { Body } from '../program.ts';
import { binaryTest, isUnaryTest, unaryTest } from '../programs/test.ts';
import { evaluate } from './arithmetic.ts';
import { ShellError } from './control.ts';
import { expandPattern, expandText } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { matches } from './pattern.ts';
import type { Word } from './syntax.ts';

type Token = Word | string;

/** 0 when it holds, 1 when not. */
export function* condition(shell: Interpreter, words: readonly Token[]): Body<number> {
  const reader = { words, at: 0 };
  const held = yield* either(shell, reader, true);
  if (reader.at < words.length) throw new ShellError('syntax error in conditional expression', 2, true);
  return Number(!held);
}

interface Reader {
  readonly words: readonly Token[];
  at: number;
}

function* either(shell: Interpreter, reader: Reader, live: boolean): Body<boolean> {
  let value = yield* both(shell, reader, live);
  while (reader.words[reader.at] === '||') {
    reader.at++;
    const right = yield* both(shell, reader, live && !value);
    value ||= right;
  }
  return value;
}

function* both(shell: Interpreter, reader: Reader, live: boolean): Body<boolean> {
  let value = yield* single(shell, reader, live);
  while (reader.words[reader.at] === '&&') {
    reader.at++;
    const right = yield* single(shell, reader, live && value);
    value &&= right;
  }
  return value;
}

function literal(token: Token | undefined): string | undefined {
  if (token === undefined || typeof token === 'string') return token;
  const only = token.length === 1 ? token[0] : undefined;
  return only?.kind === 'text' && !only.quoted ? only.text : undefined;
}

function* single(shell: Interpreter, reader: Reader, live: boolean): Body<boolean> {
  const first = reader.words[reader.at++];
  if (first === undefined) throw new ShellError('syntax error in conditional expression', 2, true);
  if (literal(first) === '!') return !(yield* single(shell, reader, live));
  if (first === '(') {
    const value = yield* either(shell, reader, live);
    reader.at++;
    return value;
  }
  const flag = literal(first);
  const next = reader.words[reader.at];
  if (flag !== undefined && isUnaryTest(flag) && next !== undefined && next !== '&&' && next !== '||' && next !== ')') {
    reader.at++;
    const operand = yield* expandText(shell, next as Word);
    if (!live) return false;
    if (flag === '-v') return shell.parameter(operand) !== undefined;
    return yield* unaryTest(shell.os, flag, operand, (fd) => shell.fds.get(fd) ?? -1);
  }
  const left = typeof first === 'string' ? first : yield* expandText(shell, first);
  const operator = literal(next);
  if (operator === undefined || operator === '&&' || operator === '||' || operator === ')') return left !== '';
  reader.at++;
  const right = reader.words[reader.at++];
  if (right === undefined || typeof right === 'string') throw new ShellError('syntax error in conditional expression', 2, true);
  if (!live) return false;
  return yield* compare(shell, left, operator, right);
}

function* compare(shell: Interpreter, left: string, operator: string, right: Word): Body<boolean> {
  switch (operator) {
    case '=':
    case '==':
      return matches(yield* expandPattern(shell, right), left);
    case '!=':
      return !matches(yield* expandPattern(shell, right), left);
    case '=~': {
      const parts = yield* expandPattern(shell, right);
      const source = parts.map((part) => (part.quoted ? part.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : part.text)).join('');
      const match = new RegExp(source.replace(/\[\[:space:\]\]/g, '\\s').replace(/\[\[:digit:\]\]/g, '\\d')).exec(left);
      const groups = [...(match ?? [])].map((text, index): [string, string] => [String(index), text ?? '']);
      shell.values.set('BASH_REMATCH', { value: undefined, array: new Map(groups), exported: false, readonly: false });
      return match !== null;
    }
    case '-eq':
    case '-ne':
    case '-lt':
    case '-le':
    case '-gt':
    case '-ge': {
      // Both sides are arithmetic expressions here.
      const numbers = [left, yield* expandText(shell, right)].map((text) => String(evaluate(text, shell.variables())));
      return yield* binaryTest(shell.os, numbers[0] as string, operator, numbers[1] as string);
    }
    default:
      return yield* binaryTest(shell.os, left, operator, yield* expandText(shell, right));
  }
}
