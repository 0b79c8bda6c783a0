// The file system of a machine: an immutable tree, copied along the path of each write, so that all containers of one image share
// its files until they write. Mounts put other trees at paths.
// Simplified: links inside a mounted tree are followed inside that tree only.
import type { FileSystem, MountOptions } from './filesystem.ts';
import { byteLength } from './http.ts';
import { type Errno, type FileStat, type MountEntry, SystemError } from './program.ts';

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}
interface FileNode extends Owned {
  readonly type: 'file';
  readonly text: string;
}
export interface DirectoryNode extends Owned {
  readonly type: 'directory';
  readonly entries: ReadonlyMap<string, TreeNode>;
}
interface LinkNode extends Owned {
  readonly type: 'symlink';
  readonly target: string;
}
export type TreeNode = FileNode | DirectoryNode | LinkNode;

export interface TreeOptions {
  /** Bytes that fit; a write beyond throws ENOSPC. */
  readonly limit?: number;
  /** How `mount` and `df` show its root. */
  readonly entry?: Partial<MountEntry>;
  /** Mode of the root directory; default 0755. */
  readonly mode?: number;
}

interface Mount {
  readonly path: string;
  readonly files: FileSystem;
  readonly subPath: string;
  readonly readOnly: boolean;
  readonly entry: Partial<MountEntry>;
}

/** Where a path leads: a place of this tree, or a path of a mounted one. */
interface Place {
  /** Canonical, `/` for the root. */
  readonly path: string;
  readonly node: TreeNode | undefined;
  readonly mount: Mount | undefined;
  readonly inner: string;
}

const emptyRoot: DirectoryNode = { type: 'directory', entries: new Map(), mode: 0o755, uid: 0, gid: 0, mtime: 0 };

export class TreeFileSystem implements FileSystem {
  #root: DirectoryNode;
  #mounts: Mount[] | undefined;
  #used = -1;
  readonly #options: TreeOptions | undefined;

  /** `base`: the tree to start from, shared and never changed. */
  constructor(base?: DirectoryNode, options?: TreeOptions) {
    this.#root = base ?? (options?.mode === undefined ? emptyRoot : { ...emptyRoot, mode: options.mode });
    this.#options = options;
  }

  /** The tree as it is now, to start others from. Mounted trees are not in it. */
  get root(): DirectoryNode {
    return this.#root;
  }

  /** Bytes of all files. */
  used(): number {
    if (this.#used < 0) this.#used = sizeOf(this.#root);
    return this.#used;
  }

  read(path: string): string {
    const place = this.#find(path, true);
    if (place.mount) return place.mount.files.read(place.inner);
    const node = existing(place, path);
    if (node.type !== 'file') throw new SystemError('EISDIR', path);
    return node.text;
  }

  write(path: string, text: string, how: 'truncate' | 'append', now: number): void {
    if (path.endsWith('/')) throw new SystemError('EISDIR', path);
    const place = this.#find(path, true);
    if (place.mount) {
      writable(place.mount, path);
      place.mount.files.write(place.inner, text, how, now);
      return;
    }
    const old = place.node;
    if (old?.type === 'directory') throw new SystemError('EISDIR', path);
    const before = old?.type === 'file' ? old : undefined;
    const full = how === 'append' && before ? before.text + text : text;
    this.#account(full, before, path, now, place.path);
  }

  #account(text: string, before: FileNode | undefined, path: string, now: number, canonical: string): void {
    const limit = this.#options?.limit;
    let kept = text;
    if (limit !== undefined || this.#used >= 0) {
      const others = this.used() - (before ? byteLength(before.text) : 0);
      const size = byteLength(text);
      const over = limit === undefined ? 0 : others + size - limit;
      if (over > 0) kept = text.slice(0, Math.max(0, text.length - over));
      this.#used = others + byteLength(kept);
    }
    const owned = before ?? { mode: 0o644, uid: 0, gid: 0 };
    this.#put(canonical, { type: 'file', text: kept, mode: owned.mode, uid: owned.uid, gid: owned.gid, mtime: now }, now);
    if (kept !== text) throw new SystemError('ENOSPC', path);
  }

  stat(path: string, followLinks: boolean): FileStat {
    const place = this.#find(path, followLinks || path.endsWith('/'));
    if (place.mount) return place.mount.files.stat(place.inner, followLinks);
    const node = existing(place, path);
    if (path.endsWith('/') && node.type !== 'directory') throw new SystemError('ENOTDIR', path);
    return statOf(node, this.#options === undefined || (this.#options.entry?.type ?? 'overlay') === 'overlay');
  }

  list(path: string): readonly string[] {
    const place = this.#find(path, true);
    if (place.mount) return place.mount.files.list(place.inner);
    const node = existing(place, path);
    if (node.type !== 'directory') throw new SystemError('ENOTDIR', path);
    return [...node.entries.keys()].sort();
  }

  canonical(path: string): string {
    const place = this.#find(path, true);
    if (place.mount) {
      const inner = place.mount.files.canonical(place.inner);
      const rest = place.mount.subPath === '' ? inner : inner.slice(place.mount.subPath.length + 1);
      return place.mount.path + (rest === '/' ? '' : rest.startsWith('/') || rest === '' ? rest : `/${rest}`);
    }
    existing(place, path);
    return place.path;
  }

  makeDirectory(path: string, mode: number, now: number): void {
    const place = this.#find(path.replace(/\/+$/, '') || '/', false);
    if (place.mount) {
      if (place.inner !== '/') writable(place.mount, path);
      place.mount.files.makeDirectory(place.inner, mode, now);
      return;
    }
    if (place.node) throw new SystemError('EEXIST', path);
    this.#put(place.path, { ...emptyRoot, mode, mtime: now }, now);
  }

  symlink(target: string, path: string, now: number): void {
    const place = this.#find(path, false);
    if (place.mount) {
      writable(place.mount, path);
      place.mount.files.symlink(target, place.inner, now);
      return;
    }
    if (place.node) throw new SystemError('EEXIST', path);
    this.#put(place.path, { type: 'symlink', target, mode: 0o777, uid: 0, gid: 0, mtime: now }, now);
  }

  remove(path: string): void {
    const place = this.#find(path, false);
    if (place.mount) {
      writable(place.mount, path);
      place.mount.files.remove(place.inner);
      return;
    }
    const node = existing(place, path);
    if (node.type === 'directory' && node.entries.size > 0) throw new SystemError('ENOTEMPTY', path);
    this.#put(place.path, undefined, undefined);
    if (this.#used >= 0 && node.type === 'file') this.#used -= byteLength(node.text);
  }

  rename(from: string, to: string): void {
    const source = this.#find(from, false);
    const target = this.#find(to, false);
    if (source.mount || target.mount) {
      if (source.mount !== target.mount || !source.mount) throw new SystemError('EINVAL', to);
      writable(source.mount, to);
      source.mount.files.rename(source.inner, target.inner);
      return;
    }
    const node = existing(source, from);
    if (target.node?.type === 'directory') {
      if (node.type !== 'directory') throw new SystemError('EISDIR', to);
      if (target.node.entries.size > 0) throw new SystemError('ENOTEMPTY', to);
    }
    if (target.path.startsWith(`${source.path}/`)) throw new SystemError('EINVAL', to);
    this.#put(source.path, undefined, undefined);
    this.#put(target.path, node, undefined);
  }

  chmod(path: string, mode: number): void {
    this.#change(path, (files, inner) => files.chmod(inner, mode), { mode });
  }

  chown(path: string, uid: number, gid: number): void {
    this.#change(path, (files, inner) => files.chown(inner, uid, gid), { uid, gid });
  }

  #change(path: string, inside: (files: FileSystem, inner: string) => void, change: Partial<Owned>): void {
    const place = this.#find(path, true);
    if (place.mount) {
      writable(place.mount, path);
      inside(place.mount.files, place.inner);
      return;
    }
    const node = existing(place, path);
    if (place.path === '/') this.#root = { ...this.#root, ...change };
    else this.#put(place.path, { ...node, ...change } as TreeNode, undefined);
  }

  mount(path: string, files: FileSystem, options: MountOptions = {}): void {
    const subPath = (options.subPath ?? '').replace(/^\/+|\/+$/g, '');
    const directory = subPath === '' || files.stat(`/${subPath}`, true).type === 'directory';
    const place = this.#makeMountPoint(path, directory);
    const entry: Partial<MountEntry> = { ...options.entry, target: place };
    this.#mounts = [...(this.#mounts ?? []), { path: place, files, subPath, readOnly: options.readOnly ?? false, entry }];
  }

  /** The runtime makes what is missing of the path; links on the way are followed. */
  #makeMountPoint(path: string, directory: boolean): string {
    const parts = path.split('/').filter((part) => part !== '');
    let at = '';
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      const place = this.#find(`${at}/${part}`, true);
      at = place.path === '/' ? '' : place.path;
      if (place.mount || place.node) continue;
      if (last && !directory) this.#put(place.path, { type: 'file', text: '', mode: 0o644, uid: 0, gid: 0, mtime: 0 }, undefined);
      else this.#put(place.path, emptyRoot, undefined);
    }
    return at === '' ? '/' : at;
  }

  mounts(): readonly MountEntry[] {
    const root: MountEntry = {
      source: 'overlay',
      target: '/',
      type: 'overlay',
      options: 'rw,relatime',
      ...(this.#options?.limit === undefined ? {} : { size: this.#options.limit, used: blocksOf(this.#root) }),
      ...this.#options?.entry,
    };
    return [
      root,
      ...(this.#mounts ?? []).map((mount) => {
        const own = mount.files.mounts()[0];
        const size = own?.size === undefined ? {} : { size: own.size, used: own.used };
        const options = mount.readOnly ? 'ro,relatime' : 'rw,relatime';
        return {
          source: '/dev/vda1',
          type: 'ext4',
          ...(own?.type === 'overlay' ? {} : { source: own?.source, type: own?.type }),
          ...size,
          options,
          ...mount.entry,
          target: mount.path,
        } as MountEntry;
      }),
    ];
  }

  /** Follows a path from the root. Throws ENOENT when a folder on the way is missing; the last name may be. */
  #find(path: string, followLast: boolean): Place {
    const parts = split(path);
    let node: TreeNode | undefined = this.#root;
    let names: string[] = [];
    let nodes: DirectoryNode[] = [this.#root];
    let links = 0;
    while (parts.length > 0) {
      const part = parts.pop() as string;
      const directory: TreeNode | undefined = nodes[nodes.length - 1];
      if (part === '..') {
        if (names.length > 0) {
          names.pop();
          nodes.pop();
        }
        node = nodes[nodes.length - 1];
        continue;
      }
      const mount = this.#mounts === undefined ? undefined : this.#mountAt(names, part);
      if (mount !== undefined) {
        const rest = parts.reverse().join('/');
        return insideMount(mount, rest, path);
      }
      const child: TreeNode | undefined = directory?.entries.get(part);
      if (child?.type === 'symlink' && (parts.length > 0 || followLast)) {
        if (++links > 40) throw new SystemError('ELOOP', path);
        if (child.target.startsWith('/')) {
          names = [];
          nodes = [this.#root];
        }
        for (const step of split(child.target)) parts.push(step);
        node = nodes[nodes.length - 1];
        continue;
      }
      names.push(part);
      node = child;
      if (parts.length === 0) break;
      if (child === undefined) throw new SystemError('ENOENT', path);
      if (child.type !== 'directory') throw new SystemError('ENOTDIR', path);
      nodes.push(child);
    }
    return { path: `/${names.join('/')}`, node, mount: undefined, inner: '' };
  }

  #mountAt(names: readonly string[], part: string): Mount | undefined {
    const path = names.length === 0 ? `/${part}` : `/${names.join('/')}/${part}`;
    // The last mount at a path hides earlier ones.
    for (let index = (this.#mounts as Mount[]).length - 1; index >= 0; index--) {
      const mount = (this.#mounts as Mount[])[index] as Mount;
      if (mount.path === path) return mount;
    }
    return undefined;
  }

  /** Replaces what stands at a canonical path (undefined removes it), copying the folders on the way. */
  #put(path: string, node: TreeNode | undefined, now: number | undefined): void {
    const parts = path.split('/').filter((part) => part !== '');
    const replace = (directory: DirectoryNode, depth: number): DirectoryNode => {
      const name = parts[depth] as string;
      const entries = new Map(directory.entries);
      if (depth === parts.length - 1) {
        const isNew = !entries.has(name);
        if (node === undefined) entries.delete(name);
        else entries.set(name, node);
        return { ...directory, entries, mtime: isNew && now !== undefined ? now : directory.mtime };
      }
      const child = entries.get(name);
      if (child?.type !== 'directory') throw new SystemError('ENOTDIR', path);
      entries.set(name, replace(child, depth + 1));
      return { ...directory, entries };
    };
    this.#root = replace(this.#root, 0);
  }
}

/** Components in reverse order, so that the next one is popped. */
function split(path: string): string[] {
  const parts: string[] = [];
  let end = path.length;
  for (let index = path.length - 1; index >= -1; index--) {
    if (index >= 0 && path.charCodeAt(index) !== 47) continue;
    if (end - index > 1) {
      const part = path.slice(index + 1, end);
      if (part !== '.') parts.push(part);
    }
    end = index;
  }
  return parts;
}

function insideMount(mount: Mount, rest: string, path: string): Place {
  const inner = `/${mount.subPath}${mount.subPath !== '' && rest !== '' ? '/' : ''}${rest}`;
  const tail = path.endsWith('/') && rest !== '' ? '/' : '';
  return { path: rest === '' ? mount.path : `${mount.path}/${rest}`, node: undefined, mount, inner: inner + tail };
}

function existing(place: Place, path: string): TreeNode {
  if (place.node === undefined) throw new SystemError('ENOENT', path);
  return place.node;
}

function writable(mount: Mount, path: string): void {
  if (mount.readOnly) throw new SystemError('EROFS' satisfies Errno, path);
}

/** `overlay`: folders of a container's root have one link, others two and one more for each folder in them. */
function statOf(node: TreeNode, overlay: boolean): FileStat {
  const { mode, uid, gid, mtime } = node;
  if (node.type === 'file') return { type: 'file', size: byteLength(node.text), mode, uid, gid, mtime };
  if (node.type === 'symlink') return { type: 'symlink', size: node.target.length, mode, uid, gid, mtime, target: node.target };
  let links = overlay ? 1 : 2;
  if (!overlay) for (const child of node.entries.values()) if (child.type === 'directory') links++;
  return { type: 'directory', size: 4096, mode, uid, gid, mtime, links };
}

function sizeOf(node: TreeNode): number {
  if (node.type === 'file') return byteLength(node.text);
  if (node.type === 'symlink') return 0;
  let total = 0;
  for (const child of node.entries.values()) total += sizeOf(child);
  return total;
}

/** Bytes of whole blocks. */
function blocksOf(node: TreeNode): number {
  if (node.type === 'file') return Math.ceil(byteLength(node.text) / 4096) * 4096;
  if (node.type === 'symlink') return 0;
  let total = 0;
  for (const child of node.entries.values()) total += blocksOf(child);
  return total;
}

export interface FileDefinition {
  readonly text?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** A link to there instead of a file. */
  readonly link?: string;
}

/** A tree from files by absolute path; a path that ends in `/` is an empty folder. Missing folders are made. */
export function buildTree(files: Readonly<Record<string, string | FileDefinition>>, mtime = 0, base?: DirectoryNode): DirectoryNode {
  interface Draft {
    readonly children: Map<string, Draft | TreeNode>;
    readonly node: DirectoryNode;
  }
  const draft = (node: DirectoryNode): Draft => ({ children: new Map(node.entries), node });
  const root = draft(base ?? { ...emptyRoot, mtime });
  for (const [path, definition] of Object.entries(files)) {
    const parts = path.split('/').filter((part) => part !== '');
    const { text = '', mode, uid = 0, gid = 0, link } = typeof definition === 'string' ? { text: definition } : definition;
    const depth = path.endsWith('/') ? parts.length : parts.length - 1;
    let at = root;
    for (const [index, part] of parts.slice(0, depth).entries()) {
      const child = at.children.get(part);
      const own = index === depth - 1 && path.endsWith('/') ? { mode: mode ?? 0o755, uid, gid } : {};
      const next: Draft =
        child === undefined
          ? draft({ ...emptyRoot, mtime, ...own })
          : 'children' in child
            ? child
            : child.type === 'directory'
              ? draft(child)
              : draft({ ...emptyRoot, mtime });
      at.children.set(part, next);
      at = next;
    }
    if (path.endsWith('/')) continue;
    const owned = { uid, gid, mtime };
    const name = parts[parts.length - 1] as string;
    at.children.set(
      name,
      link === undefined ? { type: 'file', text, mode: mode ?? 0o644, ...owned } : { type: 'symlink', target: link, mode: 0o777, ...owned },
    );
  }
  const seal = (from: Draft): DirectoryNode => {
    const entries = new Map<string, TreeNode>();
    for (const [name, child] of from.children) entries.set(name, 'children' in child ? seal(child) : child);
    return { ...from.node, entries };
  };
  return seal(root);
}
