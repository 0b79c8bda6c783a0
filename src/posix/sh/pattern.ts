// Shell patterns: `*`, `?`, `[…]` and bash's extended globs, as regular expressions; matching of files and of `case`, `%`, `#`, `/`.
import { type Body, type Os, SystemError } from '../program.ts';

/** A piece of a pattern: quoted text has no special characters. */
export interface PatternPart {
  readonly text: string;
  readonly quoted: boolean;
}

/** The source of a regular expression, without anchors. `path`: `*`, `?` do not match a slash. */
export function patternSource(parts: readonly PatternPart[], path = false): string {
  let source = '';
  for (const part of parts) source += part.quoted ? part.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : unquoted(part.text, path);
  return source;
}

function unquoted(text: string, path: boolean): string {
  const any = path ? '[^/]' : '[\\s\\S]';
  let source = '';
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    const extended = '@?*+!'.includes(char) && text[index + 1] === '(' ? text.indexOf(')', index) : -1;
    if (extended > 0) {
      const choices = text
        .slice(index + 2, extended)
        .split('|')
        .map((choice) => unquoted(choice, path))
        .join('|');
      source += char === '!' ? `(?!(?:${choices})$)${any}*` : `(?:${choices})${char === '@' ? '' : char}`;
      index = extended;
    } else if (char === '*') source += `${any}*`;
    else if (char === '?') source += any;
    else if (char === '\\' && index + 1 < text.length) source += escapeChar(text[++index] as string);
    else if (char === '[') {
      const bracket = bracketSource(text, index);
      if (bracket === undefined) source += '\\[';
      else {
        source += bracket.source;
        index = bracket.end;
      }
    } else source += escapeChar(char);
  }
  return source;
}

function escapeChar(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

const classes: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
};

/** Bracket expressions of patterns and of POSIX regular expressions: `[^[:alpha:]_-]`. */
export function bracketSource(text: string, start: number): { readonly source: string; readonly end: number } | undefined {
  let at = start + 1;
  let source = '[';
  if (text[at] === '!' || text[at] === '^') {
    source += '^';
    at++;
  }
  const first = at;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === ']' && at > first) return { source: `${source}]`, end: at };
    const named = /^\[:([a-z]+):\]/.exec(text.slice(at, at + 12));
    if (named !== null && classes[named[1] as string] !== undefined) {
      source += classes[named[1] as string];
      at += named[0].length - 1;
    } else if (char === '\\' || char === ']' || char === '[' || char === '^') source += `\\${char}`;
    else if (char === '-' && (at === first || text[at + 1] === ']')) source += '\\-';
    else source += char;
  }
  return undefined;
}

export function matches(parts: readonly PatternPart[], text: string): boolean {
  return new RegExp(`^(?:${patternSource(parts)})$`, 'u').test(text);
}

export function hasGlob(parts: readonly PatternPart[]): boolean {
  return parts.some((part) => !part.quoted && /[*?[]|[@+!]\(/.test(part.text));
}

/** Files that match, sorted; empty when none does. Hidden files only match a pattern that begins with a dot. */
export function* expandGlob(os: Os, parts: readonly PatternPart[]): Body<readonly string[]> {
  const segments: PatternPart[][] = [[]];
  for (const part of parts) {
    for (const [index, piece] of part.text.split('/').entries()) {
      if (index > 0) segments.push([]);
      if (piece !== '') (segments[segments.length - 1] as PatternPart[]).push({ text: piece, quoted: part.quoted });
    }
  }
  let found: string[] = [''];
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    const next: string[] = [];
    for (const prefix of found) {
      if (segment.length === 0) next.push(last ? prefix : `${prefix}/`);
      else if (!hasGlob(segment)) {
        const path = prefix + segment.map((part) => (part.quoted ? part.text : part.text.replace(/\\(.)/g, '$1'))).join('');
        if (!last) next.push(`${path}/`);
        else if (yield* exists(os, path)) next.push(path);
      } else {
        const regex = new RegExp(`^(?:${patternSource(segment, true)})$`, 'u');
        const hidden = segment[0]?.text.startsWith('.') ?? false;
        for (const name of yield* entries(os, prefix === '' ? '.' : prefix)) {
          if ((hidden || !name.startsWith('.')) && regex.test(name)) {
            if (last) next.push(prefix + name);
            else if (yield* isDirectory(os, prefix + name)) next.push(`${prefix}${name}/`);
          }
        }
      }
    }
    found = next;
  }
  return found.filter((path) => path !== '').sort();
}

function* entries(os: Os, path: string): Body<readonly string[]> {
  try {
    return yield* os.readDirectory(path);
  } catch (error) {
    if (error instanceof SystemError) return [];
    throw error;
  }
}

export function* exists(os: Os, path: string): Body<boolean> {
  try {
    yield* os.stat(path, false);
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

export function* isDirectory(os: Os, path: string): Body<boolean> {
  try {
    return (yield* os.stat(path)).type === 'directory';
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}
