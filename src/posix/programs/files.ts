// mkdir, rmdir, rm, cp, mv, ln, touch, chmod, chown: changes of the tree. Models: GNU coreutils 9.1, busybox 1.35.
import { type Flavour, missingOperand, parseArguments, usageError } from '../arguments.ts';
import { attempt } from '../input.ts';
import { type Body, defineProgram, type FileStat, type Os, SystemError } from '../program.ts';
import { groupId, userId } from '../users.ts';

export function* statOrNothing(os: Os, path: string, follow = true): Body<FileStat | undefined> {
  try {
    return yield* os.stat(path, follow);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function* isFolder(os: Os, path: string): Body<boolean> {
  return (yield* statOrNothing(os, path))?.type === 'directory';
}

const nameOf = (path: string) => path.replace(/\/+$/, '').replace(/.*\//, '');

/** `755`, `u+x`, `go-w`, `a=r` applied to a mode; undefined when it is no mode. */
export function applyMode(text: string, mode: number, isDirectory: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let result = mode;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (match === null) return undefined;
    const [, who = '', operator, letters = ''] = match;
    const groups = who === '' || who.includes('a') ? 'ugo' : who;
    let bits = 0;
    let cleared = 0;
    for (const [index, group] of [...'ugo'].entries()) {
      if (!groups.includes(group)) continue;
      const shift = 6 - index * 3;
      cleared |= 7 << shift;
      for (const letter of letters) {
        if (letter === 'r') bits |= 4 << shift;
        if (letter === 'w') bits |= 2 << shift;
        if (letter === 'x' || (letter === 'X' && (isDirectory || (mode & 0o111) !== 0))) bits |= 1 << shift;
      }
    }
    if (letters.includes('t')) bits |= 0o1000;
    result = operator === '+' ? result | bits : operator === '-' ? result & ~bits : (result & ~cleared) | bits;
  }
  return result;
}

export const mkdir = (flavour: Flavour) =>
  defineProgram({
    name: 'mkdir',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'pvm:', long: { parents: 'p', verbose: 'v', 'mode=': 'm' } });
      if (args.error !== undefined) return yield* usageError(os, 'mkdir', flavour, args.error);
      if (args.operands.length === 0) return yield* missingOperand(os, 'mkdir', flavour);
      const mode = args.has('m') ? (applyMode(args.value('m') ?? '', 0o777, true) ?? 0o755) : 0o755;
      let status = 0;
      for (const path of args.operands) {
        const message = (reason: string) =>
          flavour === 'gnu' ? `mkdir: cannot create directory ‘${path}’: ${reason}` : `mkdir: can't create directory '${path}': ${reason}`;
        const made = yield* attempt(os, message, function* () {
          if (args.has('p')) yield* makeParents(os, path, mode);
          else yield* os.makeDirectory(path, mode);
          if (args.has('v')) yield* os.write(1, `mkdir: created directory '${path}'\n`);
        });
        if (!made) status = 1;
      }
      return status;
    },
  });

function* makeParents(os: Os, path: string, mode: number): Body<void> {
  let at = path.startsWith('/') ? '' : '.';
  for (const part of path.split('/').filter((name) => name !== '')) {
    at += `/${part}`;
    if (!(yield* isFolder(os, at))) yield* os.makeDirectory(at, mode);
  }
}

export const rmdir = (flavour: Flavour) =>
  defineProgram({
    name: 'rmdir',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'pv', long: { parents: 'p', verbose: 'v', 'ignore-fail-on-non-empty': 'i' } });
      if (args.error !== undefined) return yield* usageError(os, 'rmdir', flavour, args.error);
      if (args.operands.length === 0) return yield* missingOperand(os, 'rmdir', flavour);
      let status = 0;
      for (const path of args.operands) {
        const message = (reason: string) =>
          flavour === 'gnu' ? `rmdir: failed to remove '${path}': ${reason}` : `rmdir: '${path}': ${reason}`;
        const removed = yield* attempt(os, message, function* () {
          if ((yield* os.stat(path, false)).type !== 'directory') throw new SystemError('ENOTDIR', path);
          yield* os.remove(path);
        });
        if (!removed) status = 1;
      }
      return status;
    },
  });

function* removeAll(os: Os, flavour: Flavour, path: string, force: boolean): Body<boolean> {
  const stat = yield* statOrNothing(os, path, false);
  let well = true;
  if (stat?.type === 'directory')
    for (const name of yield* os.readDirectory(path))
      well = (yield* removeAll(os, flavour, `${path.replace(/\/+$/, '')}/${name}`, force)) && well;
  const message = (reason: string) =>
    flavour === 'gnu' ? `rm: cannot remove '${path}': ${reason}` : `rm: can't remove '${path}': ${reason}`;
  return (yield* attempt(os, message, () => os.remove(path))) && well;
}

export const rm = (flavour: Flavour) =>
  defineProgram({
    name: 'rm',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'rRfivdI',
        long: { recursive: 'r', force: 'f', verbose: 'v', dir: 'd', interactive: 'i', 'no-preserve-root': 'n', 'one-file-system': 'o' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'rm', flavour, args.error);
      const force = args.has('f');
      if (args.operands.length === 0) return force ? 0 : yield* missingOperand(os, 'rm', flavour);
      let status = 0;
      for (const path of args.operands) {
        const stat = yield* statOrNothing(os, path, false);
        if (/^(?:.*\/)?\.\.?\/?$/.test(path) && (args.has('r') || args.has('R'))) {
          yield* os.write(2, `rm: refusing to remove '.' or '..' directory: skipping '${path}'\n`);
          status = 1;
        } else if (stat === undefined) {
          if (force) continue;
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `rm: cannot remove '${path}': No such file or directory\n`
              : `rm: can't remove '${path}': No such file or directory\n`,
          );
          status = 1;
        } else if (stat.type === 'directory' && !args.has('r') && !args.has('R') && !args.has('d')) {
          yield* os.write(2, flavour === 'gnu' ? `rm: cannot remove '${path}': Is a directory\n` : `rm: '${path}' is a directory\n`);
          status = 1;
        } else if (!(yield* removeAll(os, flavour, path, force))) status = 1;
        else if (args.has('v')) yield* os.write(1, `removed ${stat.type === 'directory' ? 'directory ' : ''}'${path}'\n`);
      }
      return status;
    },
  });

/** Copies a file, link or tree. */
export function* copyTree(
  os: Os,
  from: string,
  to: string,
  options: { readonly recursive: boolean; readonly keepLinks: boolean; readonly keepOwner: boolean },
): Body<void> {
  const stat = yield* os.stat(from, !options.keepLinks);
  if (stat.type === 'directory') {
    if (!(yield* isFolder(os, to))) yield* os.makeDirectory(to, stat.mode);
    for (const name of yield* os.readDirectory(from)) yield* copyTree(os, `${from.replace(/\/+$/, '')}/${name}`, `${to}/${name}`, options);
    return;
  }
  if (stat.type === 'symlink') {
    if ((yield* statOrNothing(os, to, false)) !== undefined) yield* os.remove(to);
    yield* os.symlink(stat.target ?? '', to);
    return;
  }
  const isNew = (yield* statOrNothing(os, to)) === undefined;
  yield* os.writeFile(to, yield* os.readFile(from));
  if (isNew) yield* os.chmod(to, stat.mode);
  if (options.keepOwner && os.uid === 0) yield* os.chown(to, stat.uid, stat.gid);
}

/** Sources and the place of each; prints the usual errors of cp, mv and ln. */
function* targets(
  os: Os,
  name: string,
  flavour: Flavour,
  operands: readonly string[],
  folder: string | undefined,
): Body<readonly (readonly [string, string])[] | undefined> {
  if (operands.length === 0) return (yield* fail(os, name, flavour, 'missing file operand')) ?? undefined;
  if (operands.length === 1 && folder === undefined)
    return (yield* fail(os, name, flavour, `missing destination file operand after '${operands[0]}'`)) ?? undefined;
  const last = folder ?? (operands[operands.length - 1] as string);
  const sources = folder === undefined ? operands.slice(0, -1) : operands;
  const into = yield* isFolder(os, last);
  if (!into && sources.length > 1) {
    yield* os.write(
      2,
      flavour === 'gnu' ? `${name}: target '${last}' is not a directory\n` : `${name}: target '${last}' is not a directory\n`,
    );
    return undefined;
  }
  return sources.map((source) => [source, into ? `${last.replace(/\/+$/, '')}/${nameOf(source)}` : last] as const);
}

function* fail(os: Os, name: string, flavour: Flavour, text: string): Body<undefined> {
  yield* flavour === 'gnu' ? usageError(os, name, flavour, text) : missingOperand(os, name, flavour);
  return undefined;
}

export const cp = (flavour: Flavour) =>
  defineProgram({
    name: 'cp',
    *run(os) {
      const long = {
        recursive: 'r',
        archive: 'a',
        force: 'f',
        verbose: 'v',
        'no-clobber': 'n',
        'target-directory=': 't',
        'no-dereference': 'P',
        dereference: 'L',
        'preserve=?': 'p',
        update: 'u',
        interactive: 'i',
      };
      const args = parseArguments(os.argv.slice(1), { short: 'rRafvnpPLHdt:uiT', long });
      if (args.error !== undefined) return yield* usageError(os, 'cp', flavour, args.error);
      const recursive = args.has('r') || args.has('R') || args.has('a');
      const pairs = yield* targets(os, 'cp', flavour, args.operands, args.value('t'));
      if (pairs === undefined) return 1;
      let status = 0;
      for (const [from, to] of pairs) {
        const stat = yield* statOrNothing(os, from, true);
        if (stat === undefined) {
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `cp: cannot stat '${from}': No such file or directory\n`
              : `cp: can't stat '${from}': No such file or directory\n`,
          );
          status = 1;
        } else if (stat.type === 'directory' && !recursive) {
          yield* os.write(
            2,
            flavour === 'gnu' ? `cp: -r not specified; omitting directory '${from}'\n` : `cp: omitting directory '${from}'\n`,
          );
          status = 1;
        } else if (args.has('n') && (yield* statOrNothing(os, to)) !== undefined) continue;
        else {
          const message = (reason: string, error: SystemError) => copyError('cp', flavour, from, to, reason, error);
          const options = {
            recursive,
            keepLinks: args.has('a') || args.has('P') || args.has('d') || recursive,
            keepOwner: args.has('a') || args.has('p'),
          };
          if (!(yield* attempt(os, message, () => copyTree(os, from, to, options)))) status = 1;
          else if (args.has('v')) yield* os.write(1, `'${from}' -> '${to}'\n`);
        }
      }
      return status;
    },
  });

function copyError(name: string, flavour: Flavour, from: string, to: string, reason: string, error: SystemError): string {
  const source = error.path?.startsWith(from) ?? false;
  if (flavour === 'busybox') return source ? `${name}: can't open '${from}': ${reason}` : `${name}: can't create '${to}': ${reason}`;
  return source ? `${name}: cannot open '${from}' for reading: ${reason}` : `${name}: cannot create regular file '${to}': ${reason}`;
}

export const mv = (flavour: Flavour) =>
  defineProgram({
    name: 'mv',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'fvnit:uT',
        long: { force: 'f', verbose: 'v', 'no-clobber': 'n', interactive: 'i', 'target-directory=': 't' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'mv', flavour, args.error);
      const pairs = yield* targets(os, 'mv', flavour, args.operands, args.value('t'));
      if (pairs === undefined) return 1;
      let status = 0;
      for (const [from, to] of pairs) {
        if ((yield* statOrNothing(os, from, false)) === undefined) {
          yield* os.write(
            2,
            flavour === 'gnu'
              ? `mv: cannot stat '${from}': No such file or directory\n`
              : `mv: can't rename '${from}': No such file or directory\n`,
          );
          status = 1;
          continue;
        }
        if (args.has('n') && (yield* statOrNothing(os, to)) !== undefined) continue;
        const message = (reason: string) =>
          flavour === 'gnu' ? `mv: cannot move '${from}' to '${to}': ${reason}` : `mv: can't rename '${from}': ${reason}`;
        const moved = yield* attempt(os, message, () => move(os, from, to));
        if (!moved) status = 1;
        else if (args.has('v')) yield* os.write(1, `renamed '${from}' -> '${to}'\n`);
      }
      return status;
    },
  });

/** Across mounts a move is a copy and a removal. */
function* move(os: Os, from: string, to: string): Body<void> {
  try {
    yield* os.rename(from, to);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'EINVAL' || to.startsWith(`${from}/`)) throw error;
    yield* copyTree(os, from, to, { recursive: true, keepLinks: true, keepOwner: true });
    yield* removeAll(os, 'gnu', from, true);
  }
}

/** Simplified: hard links are copies. */
export const ln = (flavour: Flavour) =>
  defineProgram({
    name: 'ln',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'sfnvrT',
        long: { symbolic: 's', force: 'f', 'no-dereference': 'n', verbose: 'v' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'ln', flavour, args.error);
      const operands = args.operands.length === 1 ? [...args.operands, nameOf(args.operands[0] as string)] : args.operands;
      const pairs =
        args.has('n') && operands.length === 2
          ? [[operands[0] as string, operands[1] as string] as const]
          : yield* targets(os, 'ln', flavour, operands, undefined);
      if (pairs === undefined) return 1;
      let status = 0;
      for (const [from, to] of pairs) {
        const message = (reason: string) =>
          flavour === 'gnu'
            ? `ln: failed to create ${args.has('s') ? 'symbolic' : 'hard'} link '${to}': ${reason}`
            : `ln: ${to}: ${reason}`;
        const linked = yield* attempt(os, message, function* () {
          const there = yield* statOrNothing(os, to, false);
          if (there !== undefined) {
            if (!args.has('f')) throw new SystemError('EEXIST', to);
            yield* os.remove(to);
          }
          if (args.has('s')) yield* os.symlink(from, to);
          else yield* os.writeFile(to, yield* os.readFile(from));
        });
        if (!linked) status = 1;
      }
      return status;
    },
  });

/** Simplified: the times that -t and -d give are not kept; the file is touched now. */
export const touch = (flavour: Flavour) =>
  defineProgram({
    name: 'touch',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'camt:d:r:h', long: { 'no-create': 'c', 'date=': 'd', 'reference=': 'r' } });
      if (args.error !== undefined) return yield* usageError(os, 'touch', flavour, args.error);
      if (args.operands.length === 0) return yield* usageError(os, 'touch', flavour, 'missing file operand');
      let status = 0;
      for (const path of args.operands) {
        const stat = yield* statOrNothing(os, path);
        if (stat?.type === 'directory' || (stat === undefined && args.has('c'))) continue;
        const message = (reason: string) => (flavour === 'gnu' ? `touch: cannot touch '${path}': ${reason}` : `touch: ${path}: ${reason}`);
        if (!(yield* attempt(os, message, () => os.writeFile(path, '', 'append')))) status = 1;
      }
      return status;
    },
  });

function* everyPath(os: Os, path: string, recursive: boolean): Body<string[]> {
  const stat = yield* os.stat(path, !recursive);
  const paths = [path];
  if (recursive && stat.type === 'directory') {
    for (const name of yield* os.readDirectory(path)) paths.push(...(yield* everyPath(os, `${path.replace(/\/+$/, '')}/${name}`, true)));
  }
  return paths;
}

export const chmod = (flavour: Flavour) =>
  defineProgram({
    name: 'chmod',
    *run(os) {
      // `-x` and `-w` are modes, not options.
      const words = os.argv.slice(1);
      const options = words.filter((word) => /^-[Rcfv]+$|^--/.test(word));
      const [mode, ...paths] = words.filter((word) => !options.includes(word));
      const args = parseArguments(options, { short: 'Rcfv', long: { recursive: 'R', changes: 'c', quiet: 'f', verbose: 'v' } });
      if (args.error !== undefined) return yield* usageError(os, 'chmod', flavour, args.error);
      if (mode === undefined) return yield* missingOperand(os, 'chmod', flavour);
      if (paths.length === 0) return yield* usageError(os, 'chmod', flavour, `missing operand after ‘${mode}’`);
      if (applyMode(mode, 0, false) === undefined) {
        return yield* flavour === 'gnu'
          ? usageError(os, 'chmod', flavour, `invalid mode: ‘${mode}’`)
          : usageError(os, 'chmod', flavour, `invalid mode '${mode}'`);
      }
      let status = 0;
      for (const path of paths) {
        const message = (reason: string, error: SystemError) =>
          flavour === 'gnu'
            ? `chmod: ${error.errno === 'ENOENT' ? 'cannot access' : 'changing permissions of'} '${path}': ${reason}`
            : `chmod: ${path}: ${reason}`;
        const changed = yield* attempt(os, message, function* () {
          for (const each of yield* everyPath(os, path, args.has('R'))) {
            const stat = yield* os.stat(each);
            yield* os.chmod(each, applyMode(mode, stat.mode, stat.type === 'directory') as number);
          }
        });
        if (!changed) status = 1;
      }
      return status;
    },
  });

const ownerProgram = (name: 'chown' | 'chgrp') => (flavour: Flavour) =>
  defineProgram({
    name,
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'Rhfvc', long: { recursive: 'R', verbose: 'v', 'no-dereference': 'h' } });
      if (args.error !== undefined) return yield* usageError(os, name, flavour, args.error);
      const [owner, ...paths] = args.operands;
      if (owner === undefined) return yield* missingOperand(os, name, flavour);
      if (paths.length === 0) return yield* usageError(os, name, flavour, `missing operand after ‘${owner}’`);
      const [userPart = '', groupPart] = name === 'chgrp' ? ['', owner] : owner.split(/[:.]/);
      const user = userPart === '' ? -1 : yield* userId(os, userPart);
      const group = groupPart === undefined || groupPart === '' ? -1 : yield* groupId(os, groupPart);
      if (user === undefined || group === undefined) {
        const what = user === undefined ? 'user' : 'group';
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `${name}: invalid ${what}: ‘${owner}’\n`
            : `${name}: unknown ${what} ${what === 'user' ? userPart : groupPart}\n`,
        );
        return 1;
      }
      let status = 0;
      for (const path of paths) {
        const message = (reason: string, error: SystemError) =>
          flavour === 'gnu'
            ? `${name}: ${error.errno === 'ENOENT' ? 'cannot access' : 'changing ownership of'} '${path}': ${reason}`
            : `${name}: ${path}: ${reason}`;
        const changed = yield* attempt(os, message, function* () {
          for (const each of yield* everyPath(os, path, args.has('R'))) {
            const stat = yield* os.stat(each);
            yield* os.chown(each, user < 0 ? stat.uid : user, group < 0 ? stat.gid : group);
          }
        });
        if (!changed) status = 1;
      }
      return status;
    },
  });

export const chown = ownerProgram('chown');
export const chgrp = ownerProgram('chgrp');
