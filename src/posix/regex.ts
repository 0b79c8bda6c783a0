// POSIX regular expressions, basic and extended with GNU's additions, as JavaScript's.
import { bracketSource } from './sh/pattern.ts';

export class RegexError extends Error {}

/** The source of an equivalent JavaScript expression. Throws RegexError in GNU's words. */
export function translateRegex(pattern: string, kind: 'basic' | 'extended' | 'fixed' | 'perl'): string {
  if (kind === 'fixed') return pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  if (kind === 'perl') return pattern;
  const basic = kind === 'basic';
  let source = '';
  let depth = 0;
  // Nothing to repeat yet: `*` is literal there in basic expressions.
  let start = true;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === '\\') {
      const next = pattern[++at];
      if (next === undefined) throw new RegexError('Trailing backslash');
      const special = '(){}|+?'.includes(next);
      if (special && basic) {
        if (next === '(') depth++;
        if (next === ')' && --depth < 0) throw new RegexError('Unmatched ) or \\)');
        source += next;
        start = next === '(' || next === '|';
        continue;
      }
      start = false;
      if (next === '<') source += '\\b(?=\\w)';
      else if (next === '>') source += '\\b(?<=\\w)';
      else if (next === '`') source += '^';
      else if (next === "'") source += '$';
      else if (/[bBwWsS1-9]/.test(next)) source += `\\${next}`;
      else if (next === 'n') source += '\\n';
      else if (next === 't') source += '\\t';
      else source += /[\w]/.test(next) ? next : `\\${next}`;
      continue;
    }
    if (char === '[') {
      const bracket = bracketSource(pattern, at);
      if (bracket === undefined) throw new RegexError('Unmatched [, [^, [:, [., or [=');
      source += bracket.source;
      at = bracket.end;
      start = false;
      continue;
    }
    if (char === '*' && start) {
      source += '\\*';
      start = false;
      continue;
    }
    if (basic) {
      if ('(){}|+?'.includes(char)) source += `\\${char}`;
      else if (char === '^') source += start ? '^' : '\\^';
      else if (char === '$')
        source += at === pattern.length - 1 || pattern.startsWith('\\)', at + 1) || pattern.startsWith('\\|', at + 1) ? '$' : '\\$';
      else source += char === '/' ? '\\/' : char;
      if (char !== '^') start = false;
      continue;
    }
    if (char === '(') depth++;
    if (char === ')' && --depth < 0) {
      depth = 0;
      source += '\\)';
      continue;
    }
    if (char === '{' && !/^\{\d*,?\d*\}/.test(pattern.slice(at))) {
      source += '\\{';
      continue;
    }
    if ((char === '+' || char === '?') && start) source += `\\${char}`;
    else source += char === '/' ? '\\/' : char === '}' && !/\{\d*,?\d*$/.test(source) ? '\\}' : char;
    start = char === '(' || char === '|';
  }
  if (depth > 0) throw new RegexError('Unmatched ( or \\(');
  return source;
}
