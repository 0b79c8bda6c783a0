// find: walks trees with tests and actions. Models: GNU findutils 4.9.
import type { Flavour } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { type Body, defineProgram, type FileStat, type Os, SystemError } from '../program.ts';
import { matches } from '../sh/pattern.ts';
import { userId } from '../users.ts';

interface Found {
  readonly path: string;
  readonly stat: FileStat;
  readonly depth: number;
}

type Test = (os: Os, found: Found) => Body<boolean>;

class FindError extends Error {}

interface Settings {
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
  acted: boolean;
  readonly pruned: Set<string>;
  /** Waiting `-exec … +`. */
  readonly batches: { readonly command: readonly string[]; readonly paths: string[] }[];
}

function compare(text: string, value: number): boolean {
  const number = Number(text.replace(/^[-+]/, ''));
  return text.startsWith('+') ? value > number : text.startsWith('-') ? value < number : value === number;
}

class Parser {
  readonly #words: readonly string[];
  readonly settings: Settings = {
    minDepth: 0,
    maxDepth: Number.POSITIVE_INFINITY,
    depthFirst: false,
    acted: false,
    pruned: new Set(),
    batches: [],
  };
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  parse(): Test {
    const test = this.#words.length === 0 ? truly : this.#or();
    if (this.#at < this.#words.length) throw new FindError(`paths must precede expression: \`${this.#words[this.#at]}'`);
    return test;
  }

  #or(): Test {
    let left = this.#and();
    while (this.#words[this.#at] === '-o' || this.#words[this.#at] === '-or') {
      this.#at++;
      const [first, second] = [left, this.#and()];
      left = function* (os, found) {
        return (yield* first(os, found)) || (yield* second(os, found));
      };
    }
    return left;
  }

  #and(): Test {
    let left = this.#primary();
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined || word === ')' || word === '-o' || word === '-or') return left;
      if (word === '-a' || word === '-and') this.#at++;
      const [first, second] = [left, this.#primary()];
      left = function* (os, found) {
        return (yield* first(os, found)) && (yield* second(os, found));
      };
    }
  }

  #argument(name: string): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new FindError(`missing argument to \`${name}'`);
    return word;
  }

  #primary(): Test {
    const word = this.#words[this.#at++] ?? '';
    if (word === '!' || word === '-not') {
      const inner = this.#primary();
      return function* (os, found) {
        return !(yield* inner(os, found));
      };
    }
    if (word === '(') {
      const inner = this.#or();
      if (this.#words[this.#at++] !== ')')
        throw new FindError("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      return inner;
    }
    const test = this.#test(word) ?? this.#action(word);
    if (test === undefined)
      throw new FindError(word.startsWith('-') ? `unknown predicate \`${word}'` : `paths must precede expression: \`${word}'`);
    return test;
  }

  #test(word: string): Test | undefined {
    const { settings } = this;
    switch (word) {
      case '-name':
      case '-iname': {
        const pattern = this.#argument(word);
        const fold = (text: string) => (word === '-iname' ? text.toLowerCase() : text);
        return plain((found) =>
          matches([{ text: fold(pattern), quoted: false }], fold(found.path.replace(/\/+$/, '').replace(/.*\//, '') || '/')),
        );
      }
      case '-path':
      case '-wholename': {
        const pattern = this.#argument(word);
        return plain((found) => matches([{ text: pattern, quoted: false }], found.path));
      }
      case '-type': {
        const kind = this.#argument(word);
        return plain(({ stat }) =>
          kind
            .split(',')
            .some((letter) =>
              letter === 'f'
                ? stat.type === 'file'
                : letter === 'd'
                  ? stat.type === 'directory'
                  : letter === 'l' && stat.type === 'symlink',
            ),
        );
      }
      case '-maxdepth':
        settings.maxDepth = Number(this.#argument(word));
        return truly;
      case '-mindepth':
        settings.minDepth = Number(this.#argument(word));
        return truly;
      case '-depth':
        settings.depthFirst = true;
        return truly;
      case '-empty':
        return function* (os, { path, stat }) {
          return stat.type === 'directory' ? (yield* os.readDirectory(path)).length === 0 : stat.type === 'file' && stat.size === 0;
        };
      case '-size': {
        const text = this.#argument(word);
        const unit = ({ c: 1, w: 2, k: 1024, M: 1048576, G: 1073741824 } as Record<string, number>)[text.slice(-1)] ?? 512;
        return plain(({ stat }) => compare(text.replace(/[bcwkMG]$/, ''), Math.ceil(stat.size / unit)));
      }
      case '-mtime':
      case '-mmin': {
        const text = this.#argument(word);
        return function* (os, { stat }) {
          return compare(text, Math.floor(((yield* os.time()) - stat.mtime) / (word === '-mmin' ? 60_000 : 86_400_000)));
        };
      }
      case '-newer': {
        const path = this.#argument(word);
        return function* (os, { stat }) {
          return stat.mtime > (yield* os.stat(path)).mtime;
        };
      }
      case '-perm': {
        const text = this.#argument(word);
        const mode = Number.parseInt(text.replace(/^[-/]/, ''), 8);
        return plain(({ stat }) =>
          text.startsWith('-')
            ? (stat.mode & mode) === mode
            : text.startsWith('/')
              ? (stat.mode & mode) !== 0
              : (stat.mode & 0o7777) === mode,
        );
      }
      case '-user': {
        const name = this.#argument(word);
        return function* (os, { stat }) {
          return stat.uid === (yield* userId(os, name));
        };
      }
      case '-true':
        return truly;
      case '-false':
        return plain(() => false);
      case '-follow':
      case '-xdev':
      case '-mount':
        return truly;
    }
    return undefined;
  }

  #action(word: string): Test | undefined {
    const { settings } = this;
    switch (word) {
      case '-print':
      case '-print0':
        settings.acted = true;
        return function* (os, { path }) {
          yield* os.write(1, path + (word === '-print' ? '\n' : '\0'));
          return true;
        };
      case '-prune':
        return plain(({ path }) => {
          settings.pruned.add(path);
          return true;
        });
      case '-quit':
        return function* () {
          throw new Quit();
        };
      case '-delete':
        settings.acted = true;
        settings.depthFirst = true;
        return function* (os, { path }) {
          yield* os.remove(path);
          return true;
        };
      case '-printf': {
        const format = this.#argument(word).replace(/\\n/g, '\n').replace(/\\t/g, '\t');
        settings.acted = true;
        return function* (os, { path, stat, depth }) {
          const fields: Readonly<Record<string, string>> = {
            p: path,
            f: path.replace(/.*\/(?=.)/, ''),
            s: String(stat.size),
            m: (stat.mode & 0o7777).toString(8),
            d: String(depth),
            y: stat.type === 'directory' ? 'd' : stat.type === 'symlink' ? 'l' : 'f',
            l: stat.target ?? '',
            '%': '%',
          };
          yield* os.write(
            1,
            format.replace(/%(.)/g, (all, letter: string) => fields[letter] ?? all),
          );
          return true;
        };
      }
      case '-exec':
      case '-ok':
        return this.#exec(word);
    }
    return undefined;
  }

  #exec(word: string): Test {
    this.settings.acted = true;
    const command: string[] = [];
    for (;;) {
      const next = this.#argument(word);
      if (next === ';') break;
      if (next === '+' && command[command.length - 1] === '{}') {
        const batch = { command: command.slice(0, -1), paths: [] as string[] };
        this.settings.batches.push(batch);
        return plain(({ path }) => {
          batch.paths.push(path);
          return true;
        });
      }
      command.push(next);
    }
    return function* (os, { path }) {
      const pid = yield* os.spawn(command.map((part) => part.replaceAll('{}', path)));
      return (yield* os.wait(pid)).code === 0;
    };
  }
}

class Quit extends Error {}

const truly: Test = function* () {
  return true;
};

function plain(test: (found: Found) => boolean): Test {
  return function* (_os, found) {
    return test(found);
  };
}

function* walk(os: Os, found: Found, test: Test, settings: Settings): Body<void> {
  const visit = function* (): Body<void> {
    if (found.depth < settings.minDepth) return;
    if ((yield* test(os, found)) && !settings.acted) yield* os.write(1, `${found.path}\n`);
  };
  if (!settings.depthFirst) yield* visit();
  if (found.stat.type === 'directory' && found.depth < settings.maxDepth && !settings.pruned.has(found.path)) {
    for (const name of yield* os.readDirectory(found.path)) {
      const path = `${found.path.replace(/\/+$/, '')}/${name}`;
      try {
        yield* walk(os, { path, stat: yield* os.stat(path, false), depth: found.depth + 1 }, test, settings);
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== 'ENOENT') throw error;
      }
    }
  }
  if (settings.depthFirst) yield* visit();
}

export const find = (flavour: Flavour) =>
  defineProgram({
    name: 'find',
    *run(os) {
      const words = os.argv.slice(1).filter((word) => word !== '-L' && word !== '-H' && word !== '-P');
      const split = words.findIndex((word) => /^[-(!]/.test(word));
      const roots = split < 0 ? words : words.slice(0, split);
      const parser = new Parser(split < 0 ? [] : words.slice(split));
      let test: Test;
      try {
        test = parser.parse();
      } catch (error) {
        if (!(error instanceof FindError)) throw error;
        yield* os.write(
          2,
          flavour === 'gnu' ? `find: ${error.message}\n` : `find: unrecognized: ${error.message.replace(/.*`(.*)'/, '$1')}\n`,
        );
        return 1;
      }
      let status = 0;
      for (const path of roots.length === 0 ? ['.'] : roots) {
        try {
          yield* walk(os, { path, stat: yield* os.stat(path, false), depth: 0 }, test, parser.settings);
        } catch (error) {
          if (error instanceof Quit) break;
          if (!(error instanceof SystemError) || error.errno === 'EPIPE') throw error;
          yield* os.write(
            2,
            flavour === 'gnu' ? `find: ‘${path}’: ${errorMessage(error.errno)}\n` : `find: ${path}: ${errorMessage(error.errno)}\n`,
          );
          status = 1;
        }
      }
      for (const { command, paths } of parser.settings.batches) {
        if (paths.length === 0) continue;
        const pid = yield* os.spawn([...command, ...paths]);
        if ((yield* os.wait(pid)).code !== 0) status = 1;
      }
      return status;
    },
  });
