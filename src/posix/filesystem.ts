// A tree of files in memory, with mounts: a container's root is its image's files (shared, copied on write) with volumes mounted in.
// Simplified: no hard links, no devices; owners and modes are kept and checked only for the root/non-root difference.
import type { FileStat, MountEntry } from './program.ts';

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
  /** The canonical path: links followed, no `.` and `..`. Throws ENOENT, ELOOP, ENOTDIR. */
  canonical(path: string): string;
  /** What is mounted, root first. */
  mounts(): readonly MountEntry[];
  /** Puts another tree at a path; a read-only mount refuses writes with EROFS. */
  mount(path: string, files: FileSystem, options?: MountOptions): void;
}

export interface MountOptions {
  readonly readOnly?: boolean;
  /** A file or folder of the mounted tree that is put there instead of its root. */
  readonly subPath?: string;
  /** How `mount` and `df` show it; default `/dev/vda1`, `ext4`, `rw,relatime`. */
  readonly entry?: Partial<MountEntry>;
}
