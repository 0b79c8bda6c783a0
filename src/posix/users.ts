// Users and groups from /etc/passwd and /etc/group.
import { type Body, type Os, SystemError } from './program.ts';

function* rows(os: Os, path: string): Body<readonly (readonly string[])[]> {
  try {
    return (yield* os.readFile(path)).split('\n').map((line) => line.split(':'));
  } catch (error) {
    if (error instanceof SystemError) return [];
    throw error;
  }
}

function* find(os: Os, path: string, column: number, value: string): Body<readonly string[] | undefined> {
  return (yield* rows(os, path)).find((row) => row[column] === value);
}

/** Root is known even without the file. */
export function* userName(os: Os, uid: number): Body<string | undefined> {
  return (yield* find(os, '/etc/passwd', 2, String(uid)))?.[0] ?? (uid === 0 ? 'root' : undefined);
}

export function* groupName(os: Os, gid: number): Body<string | undefined> {
  return (yield* find(os, '/etc/group', 2, String(gid)))?.[0] ?? (gid === 0 ? 'root' : undefined);
}

/** A name or number as a user's number; undefined when nobody is called so. */
export function* userId(os: Os, name: string): Body<number | undefined> {
  if (/^\d+$/.test(name)) return Number(name);
  const row = yield* find(os, '/etc/passwd', 0, name);
  return row === undefined ? (name === 'root' ? 0 : undefined) : Number(row[2]);
}

export function* groupId(os: Os, name: string): Body<number | undefined> {
  if (/^\d+$/.test(name)) return Number(name);
  const row = yield* find(os, '/etc/group', 0, name);
  return row === undefined ? (name === 'root' ? 0 : undefined) : Number(row[2]);
}

/** The group a user logs in with. */
export function* primaryGroup(os: Os, uid: number): Body<number> {
  return Number((yield* find(os, '/etc/passwd', 2, String(uid)))?.[3] ?? uid);
}
