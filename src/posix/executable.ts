// From argv[0] to a program: installed programs, scripts with `#!`, and the errors execve gives.
import type { Machine } from './machine.ts';
import { type Program, SystemError } from './program.ts';

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Executable {
  readonly program: Program;
  /** With the interpreter in front for a script. */
  readonly argv: readonly string[];
}

/** Throws SystemError ENOENT, EACCES, ENOEXEC. */
export function findProgram(machine: Machine, argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Executable {
  const name = argv[0] ?? '';
  const path = env['PATH'] ?? defaultPath;
  if (name === '') throw new SystemError('ENOENT', name);
  const target = name.includes('/') ? absolutePath(cwd, name) : name;
  const program = machine.lookup(target, path);
  if (program !== undefined) return { program, argv };
  if (name.includes('/')) return script(machine, target, name, argv, path, 0);
  let refused: SystemError | undefined;
  for (const folder of path.split(':')) {
    const candidate = absolutePath(cwd, `${folder === '' ? '.' : folder}/${name}`);
    try {
      return script(machine, candidate, name, [candidate, ...argv.slice(1)], path, 0);
    } catch (error) {
      if (error instanceof SystemError && error.errno !== 'ENOENT' && error.errno !== 'ENOTDIR') refused = error;
    }
  }
  throw refused ?? new SystemError('ENOENT', name);
}

function script(machine: Machine, file: string, name: string, argv: readonly string[], path: string, depth: number): Executable {
  const stat = machine.files.stat(file, true);
  if (stat.type === 'directory' || (stat.mode & 0o111) === 0) throw new SystemError('EACCES', name);
  const text = machine.files.read(file);
  const line = /^#!\s*(\S+)(?:[ \t]+([^\n]*\S))?/.exec(text);
  if (line === null || depth > 3) throw new SystemError('ENOEXEC', name);
  const interpreter = line[1] as string;
  const args = [interpreter, ...(line[2] === undefined ? [] : [line[2]]), ...argv];
  const program = machine.lookup(interpreter, path);
  if (program !== undefined) return { program, argv: args };
  return script(machine, interpreter, name, args, path, depth + 1);
}

/** Absolute, without `.`, `..` and doubled slashes; a trailing slash stays. Links are not followed. */
export function absolutePath(cwd: string, path: string): string {
  const full = path.startsWith('/') ? path : `${cwd}/${path}`;
  if (!/\/\/|\/\.\.?(\/|$)/.test(full)) return full;
  const parts: string[] = [];
  for (const part of full.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}${parts.length > 0 && full.endsWith('/') ? '/' : ''}`;
}
