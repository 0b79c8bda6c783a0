// Programs as an image or a host has them: by absolute path, visible as files, found through links and PATH.
import type { FileSystem } from './filesystem.ts';
import { type Program, SystemError } from './program.ts';
import { buildTree, type DirectoryNode, type FileDefinition } from './tree.ts';

export type InstalledPrograms = Readonly<Record<string, Program>>;

/** What a program's file contains, so that it can be copied and is no script. */
export function programText(program: Program): string {
  return `\x7fELF${program.name}\n`;
}

const smallFolders = ['/bin/', '/dev/', '/etc/', '/home/', '/proc/', '/root/', '/sys/', '/tmp/', '/usr/', '/var/'];
const debianFolders = [
  ...smallFolders,
  '/boot/',
  '/lib/',
  '/lib64/',
  '/media/',
  '/mnt/',
  '/opt/',
  '/run/',
  '/sbin/',
  '/srv/',
  '/usr/bin/',
  '/usr/lib/',
  '/usr/share/',
  '/var/lib/',
  '/var/log/',
  '/var/run/',
];

/** A tree of the files plus a file for each program; share one among all containers of an image. */
export function buildRoot(programs: InstalledPrograms, files: Readonly<Record<string, string | FileDefinition>>, mtime = 0): DirectoryNode {
  const all: Record<string, string | FileDefinition> = {};
  for (const folder of programs['/bin/bash'] === undefined ? smallFolders : debianFolders)
    all[folder] = folder === '/tmp/' ? { mode: 0o1777 } : folder === '/root/' ? { mode: 0o700 } : '';
  for (const [path, program] of Object.entries(programs)) all[path] = { text: programText(program), mode: 0o755 };
  return buildTree({ ...all, ...files }, mtime);
}

/** `Machine.lookup` over installed programs: a path leads to the program whose file is there, also through links and copies. */
export function lookupIn(programs: InstalledPrograms, files: FileSystem): (command: string, path: string) => Program | undefined {
  const byText = programsByText(programs);
  const at = (path: string): Program | undefined => {
    try {
      const stat = files.stat(path, true);
      if (stat.type !== 'file' || (stat.mode & 0o111) === 0 || stat.size > 256) return undefined;
      return byText.get(files.read(path));
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  };
  return (command, path) => {
    if (command.includes('/')) return at(command);
    for (const folder of path.split(':')) {
      const found = at(`${folder === '' ? '.' : folder}/${command}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

const textCaches = new WeakMap<InstalledPrograms, ReadonlyMap<string, Program>>();

function programsByText(programs: InstalledPrograms): ReadonlyMap<string, Program> {
  let map = textCaches.get(programs);
  if (map === undefined) {
    map = new Map(Object.values(programs).map((program) => [programText(program), program]));
    textCaches.set(programs, map);
  }
  return map;
}
