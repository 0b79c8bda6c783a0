// Tab completion of the shell: commands, files, variables, and what a program offers for its own arguments.
import type { Completion } from '../lineeditor.ts';
import { type Body, type Os, SystemError } from '../program.ts';
import { builtins } from './builtins.ts';
import type { Interpreter } from './interpreter.ts';

interface Typed {
  /** Words of the command the cursor is in, up to the cursor. */
  readonly words: readonly string[];
  /** Where the last word begins in the line. */
  readonly start: number;
  /** The last word is the target of a redirection. */
  readonly redirected: boolean;
}

/** Splits the line up to the cursor; quotes keep blanks together. */
export function typedWords(line: string): Typed {
  let words: string[] = [];
  let word = '';
  let start = 0;
  let open = false;
  let quote = '';
  let redirected = false;
  const close = () => {
    if (open && !redirected) words.push(word);
    if (open) redirected = false;
    word = '';
    open = false;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (!open && !' \t\n|;&()<>'.includes(char)) {
      open = true;
      start = at;
    }
    if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '\\') word += line[++at] ?? '';
    else if (' \t\n'.includes(char)) close();
    else if ('|;&()'.includes(char)) {
      close();
      words = [];
      redirected = false;
    } else if ('<>'.includes(char)) {
      if (/^\d$/.test(word)) {
        word = '';
        open = false;
      }
      close();
      redirected = true;
    } else word += char;
  }
  if (!open) start = line.length;
  return { words: redirected ? [word] : [...words, word], start, redirected };
}

export function* completeLine(shell: Interpreter, line: string, cursor: number): Body<Completion> {
  const typed = typedWords(line.slice(0, cursor));
  const { words, start } = typed;
  const word = words[words.length - 1] as string;
  if (typed.redirected) return { start, candidates: yield* files(shell.os, word) };
  const variable = /\$\{?(\w*)$/.exec(word);
  if (variable !== null) {
    const head = word.slice(0, word.length - (variable[1] as string).length);
    const names = [...shell.values.keys()].filter((name) => name.startsWith(variable[1] as string)).sort();
    return { start, candidates: names.map((name) => head + name) };
  }
  if (words.length === 1 && !word.includes('/')) return { start, candidates: yield* commands(shell, word) };
  const name = shell.aliases.get(words[0] as string)?.split(' ')[0] ?? (words[0] as string);
  const complete = words.length > 1 ? yield* shell.os.completer(name) : undefined;
  if (complete !== undefined) {
    const offered = yield* complete(shell.os, words, words.length - 1);
    if (offered.length > 0) return { start, candidates: [...offered].sort() };
  }
  const onlyFolders = words[0] === 'cd';
  const found = yield* files(shell.os, word);
  return { start, candidates: onlyFolders ? found.filter((path) => path.endsWith('/')) : found };
}

function* commands(shell: Interpreter, prefix: string): Body<readonly string[]> {
  const names = new Set([...shell.aliases.keys(), ...shell.functions.keys(), ...builtins.keys()]);
  for (const folder of (shell.get('PATH') ?? '').split(':')) {
    for (const name of yield* list(shell.os, folder)) names.add(name);
  }
  return [...names].filter((name) => name.startsWith(prefix) && /^\w/.test(name)).sort();
}

function* list(os: Os, folder: string): Body<readonly string[]> {
  try {
    return yield* os.readDirectory(folder);
  } catch (error) {
    if (error instanceof SystemError) return [];
    throw error;
  }
}

/** Paths that begin with the word; folders end in a slash. */
export function* files(os: Os, word: string): Body<readonly string[]> {
  const slash = word.lastIndexOf('/');
  const head = word.slice(0, slash + 1);
  const tail = word.slice(slash + 1);
  const home = os.env['HOME'] ?? '/root';
  const folder = head === '' ? '.' : head.startsWith('~/') ? home + head.slice(1) : head;
  const found: string[] = [];
  for (const name of yield* list(os, folder)) {
    if (!name.startsWith(tail) || (name.startsWith('.') && !tail.startsWith('.'))) continue;
    let mark = '';
    try {
      if ((yield* os.stat(`${folder}/${name}`)).type === 'directory') mark = '/';
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    found.push(head + name.replace(/[ ()&;'"$]/g, '\\$&') + mark);
  }
  return found;
}
