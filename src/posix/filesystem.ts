// A tree of files in memory, with mounts: a container's root is its image's files (shared, copied on write) with volumes mounted in.
// Simplified: no hard links, no devices; owners and modes are kept and checked only for the root/non-root difference.
import type { FileStat } from './program.ts';

export interface FileSystem {
  /** Throws SystemError ENOENT, EISDIR, EACCES. A path is absolute. */
  read(path: string): string;
  write(path: string, text: string, how: 'truncate' | 'append', now: number): void;
  stat(path: string, followLinks: boolean): FileStat;
  list(path: string): readonly string[];
  makeDirectory(path: string, mode: number, now: number): void;
  remove(path: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string, now: number): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  /** Puts another tree at a path; a read-only mount refuses writes with EROFS. */
  mount(path: string, files: FileSystem, options?: { readonly readOnly?: boolean; readonly subPath?: string }): void;
}
