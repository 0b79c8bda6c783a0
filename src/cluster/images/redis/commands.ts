// What the server answers to a command. Models: redis 7.0 command reference
import { array, bulk, failure, integer, status } from './resp.ts';

export type Store = Map<string, string | string[]>;

/** Commands that change data and are passed on to followers. */
export const WRITES: ReadonlySet<string> = new Set([
  'SET',
  'DEL',
  'INCR',
  'DECR',
  'INCRBY',
  'APPEND',
  'RPUSH',
  'LPUSH',
  'FLUSHALL',
  'FLUSHDB',
]);

export interface Role {
  readonly role: 'master' | 'slave';
  readonly followers: number;
}

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n';

function increment(store: Store, key: string, by: number): string {
  const old = store.get(key) ?? '0';
  if (typeof old !== 'string' || !/^-?\d+$/.test(old)) return failure('value is not an integer or out of range');
  store.set(key, String(Number(old) + by));
  return integer(Number(old) + by);
}

function push(store: Store, key: string, items: readonly string[], left: boolean): string {
  const old = store.get(key) ?? [];
  if (typeof old === 'string') return WRONG_TYPE;
  const next = left ? [...[...items].reverse(), ...old] : [...old, ...items];
  store.set(key, next);
  return integer(next.length);
}

function range(store: Store, key: string, from: number, to: number): string {
  const list = store.get(key) ?? [];
  if (typeof list === 'string') return WRONG_TYPE;
  const end = to < 0 ? list.length + to : to;
  return array(list.slice(from < 0 ? Math.max(0, list.length + from) : from, end + 1));
}

export function runCommand(store: Store, command: string, args: readonly string[], role: Role): string {
  const [key = '', value] = args;
  const needs = (count: number): string | undefined =>
    args.length < count ? failure(`wrong number of arguments for '${command.toLowerCase()}' command`) : undefined;
  switch (command) {
    case 'PING':
      return args.length > 0 ? bulk(key) : status('PONG');
    case 'ECHO':
      return needs(1) ?? bulk(key);
    case 'SET':
      if (args.length >= 2) store.set(key, value);
      return needs(2) ?? status('OK');
    case 'GET': {
      const held = store.get(key);
      return needs(1) ?? (Array.isArray(held) ? WRONG_TYPE : bulk(held));
    }
    case 'DEL':
      return needs(1) ?? integer(args.filter((one) => store.delete(one)).length);
    case 'EXISTS':
      return needs(1) ?? integer(args.filter((one) => store.has(one)).length);
    case 'KEYS': {
      const pattern = new RegExp(
        `^${key
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
      return needs(1) ?? array([...store.keys()].filter((one) => pattern.test(one)));
    }
    case 'APPEND': {
      const next = String(store.get(key) ?? '') + value;
      if (args.length >= 2) store.set(key, next);
      return needs(2) ?? integer(next.length);
    }
    case 'INCR':
      return needs(1) ?? increment(store, key, 1);
    case 'DECR':
      return needs(1) ?? increment(store, key, -1);
    case 'INCRBY':
      return needs(2) ?? increment(store, key, Number(value));
    case 'RPUSH':
    case 'LPUSH':
      return needs(2) ?? push(store, key, args.slice(1), command === 'LPUSH');
    case 'LRANGE':
      return needs(3) ?? range(store, key, Number(value), Number(args[2]));
    case 'LLEN':
      return needs(1) ?? integer((store.get(key) ?? []).length);
    case 'DBSIZE':
      return integer(store.size);
    case 'FLUSHALL':
    case 'FLUSHDB':
      store.clear();
      return status('OK');
    case 'INFO':
      return bulk(`# Server\r\nredis_version:7.0.15\r\n# Replication\r\nrole:${role.role}\r\nconnected_slaves:${role.followers}\r\n`);
    case 'CONFIG':
      return key.toUpperCase() === 'GET' ? configuration(value ?? '') : status('OK');
    case 'SELECT':
      return status('OK');
    case 'COMMAND':
      return array([]);
    default:
      return failure(`unknown command '${command.toLowerCase()}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`);
  }
}

/** Simplified: defaults only. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  maxmemory: '0',
  'maxmemory-policy': 'noeviction',
  appendonly: 'no',
  port: '6379',
};

function configuration(name: string): string {
  return CONFIGURATION[name] === undefined ? array([]) : array([name, CONFIGURATION[name]]);
}
