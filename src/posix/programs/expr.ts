// expr: arithmetic, comparison and matching of arguments.
import type { Flavour } from '../arguments.ts';
import { defineProgram } from '../program.ts';
import { translateRegex } from '../regex.ts';

class ExprError extends Error {}

const levels: readonly (readonly string[])[] = [['|'], ['&'], ['=', '==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], [':']];

function evaluate(words: readonly string[]): string {
  let at = 0;
  const isNumber = (text: string) => /^-?\d+$/.test(text);
  const number = (text: string) => {
    if (!isNumber(text)) throw new ExprError('non-integer argument');
    return Number(text);
  };
  const isNull = (text: string) => text === '' || /^-?0+$/.test(text);
  function primary(): string {
    const word = words[at++];
    if (word === undefined)
      throw new ExprError(words.length === 0 ? 'missing operand' : `syntax error: missing argument after ‘${words[words.length - 1]}’`);
    if (word === '(') {
      const value = level(0);
      if (words[at++] !== ')') throw new ExprError(`syntax error: expecting ')' after ‘${words[at - 2]}’`);
      return value;
    }
    if (word === 'length' && at < words.length) return String([...primary()].length);
    if (word === 'substr' && at + 2 < words.length) {
      const [text, from, count] = [primary(), number(primary()), number(primary())];
      return from < 1 ? '' : text.slice(from - 1, from - 1 + count);
    }
    if (word === 'index' && at + 1 < words.length) {
      const [text, chars] = [primary(), primary()];
      return String([...text].findIndex((char) => chars.includes(char)) + 1);
    }
    if (word === 'match' && at + 1 < words.length) return match(primary(), primary());
    return word;
  }
  function match(text: string, pattern: string): string {
    const found = new RegExp(`^(?:${translateRegex(pattern.replace(/^\^/, ''), 'basic')})`).exec(text);
    if (/\\\(/.test(pattern)) return found?.[1] ?? '';
    return String(found?.[0].length ?? 0);
  }
  function level(depth: number): string {
    const operators = levels[depth];
    if (operators === undefined) return primary();
    let left = level(depth + 1);
    for (;;) {
      const operator = words[at];
      if (operator === undefined || !operators.includes(operator)) return left;
      at++;
      left = apply(operator, left, level(depth + 1));
    }
  }
  function apply(operator: string, left: string, right: string): string {
    if (operator === '|') return isNull(left) ? (isNull(right) ? '0' : right) : left;
    if (operator === '&') return isNull(left) || isNull(right) ? '0' : left;
    if (operator === ':') return match(left, right);
    if ('+-*/%'.includes(operator)) {
      const [a, b] = [number(left), number(right)];
      if ((operator === '/' || operator === '%') && b === 0) throw new ExprError('division by zero');
      return String(
        operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? Math.trunc(a / b) : a % b,
      );
    }
    const both = isNumber(left) && isNumber(right);
    const order = both ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
    const held =
      operator === '=' || operator === '=='
        ? order === 0
        : operator === '!='
          ? order !== 0
          : operator === '<'
            ? order < 0
            : operator === '<='
              ? order <= 0
              : operator === '>'
                ? order > 0
                : order >= 0;
    return held ? '1' : '0';
  }
  const value = level(0);
  if (at < words.length) throw new ExprError(`syntax error: unexpected argument ‘${words[at]}’`);
  return value;
}

export const expr = (flavour: Flavour) =>
  defineProgram({
    name: 'expr',
    *run(os) {
      try {
        const value = evaluate(os.argv.slice(1));
        yield* os.write(1, `${value}\n`);
        return value === '' || /^-?0+$/.test(value) ? 1 : 0;
      } catch (error) {
        if (!(error instanceof ExprError)) throw error;
        const text = flavour === 'gnu' ? error.message : error.message.startsWith('syntax') ? 'syntax error' : error.message;
        yield* os.write(
          2,
          `expr: ${text}\n${error.message === 'missing operand' && flavour === 'gnu' ? "Try 'expr --help' for more information.\n" : ''}`,
        );
        return 2;
      }
    },
  });
