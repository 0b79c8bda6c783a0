// Keys and values of ConfigMaps and Secrets from literals, files, folders and env files.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/util/{util,env_file}.go
import { configMapKey, envVarName } from '../../../../../cluster/apimachinery/names.ts';
import { type Body, SystemError } from '../../../../../posix/program.ts';
import type { Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { array, type FlagSpec } from '../../flags.ts';
import { parseLiteral } from './generator.ts';

export const DATA_FLAGS: readonly FlagSpec[] = [
  array(
    'from-file',
    'Key file can be specified using its file path, in which case file basename will be used as key, or optionally with a key and file path, in which case the given key will be used.',
  ),
  array('from-literal', 'Specify a key and literal value to insert (i.e. mykey=somevalue)'),
  array('from-env-file', 'Specify the path to a file to read lines of key=val pairs to create a configmap.'),
];

export function* dataOf(k: Kubectl, kind: 'ConfigMap' | 'Secret'): Body<Record<string, string>> {
  const data: Record<string, string> = {};
  if (k.flags.list('from-env-file').length > 0 && (k.flags.list('from-file').length > 0 || k.flags.list('from-literal').length > 0)) {
    throw new Failure(`from-env-file cannot be combined with from-file or from-literal`);
  }
  const add = (key: string, value: string) => {
    const faults = configMapKey(key);
    if (faults.length > 0) {
      throw new Failure(
        kind === 'Secret'
          ? `"${key}" is not valid key name for a Secret ${faults.join(';')}`
          : `"${key}" is not a valid key name for a ConfigMap: ${faults.join(',')}`,
      );
    }
    if (key in data)
      throw new Failure(
        kind === 'Secret'
          ? `cannot add key ${key}, another key by that name already exists`
          : `cannot add key "${key}", another key by that name already exists in Data for ConfigMap "${k.args[0]}"`,
      );
    data[key] = value;
  };
  for (const literal of k.flags.list('from-literal')) {
    const [key, value] = parseLiteral(literal);
    add(key, value);
  }
  for (const source of k.flags.list('from-file')) yield* addFile(k, source, add);
  for (const path of k.flags.list('from-env-file')) {
    const text = yield* fileText(k, path);
    for (const [key, value] of envLines(text, path)) add(key, value ?? k.os.env[key] ?? '');
  }
  return data;
}

function* addFile(k: Kubectl, source: string, add: (key: string, value: string) => void): Body<void> {
  const equals = source.indexOf('=');
  if (equals === 0) throw new Failure(`key name for file path ${source.slice(1)} missing`);
  if (equals > 0 && equals === source.length - 1) throw new Failure(`file path for key name ${source.slice(0, -1)} missing`);
  const key = equals > 0 ? source.slice(0, equals) : undefined;
  const path = equals > 0 ? source.slice(equals + 1) : source;
  let stat: { readonly type: string };
  try {
    stat = yield* k.os.stat(path);
  } catch (error) {
    if (error instanceof SystemError) throw new Failure(`error reading ${path}: no such file or directory`);
    throw error;
  }
  const base = (one: string) => one.slice(one.lastIndexOf('/') + 1);
  if (stat.type !== 'directory') return add(key ?? base(path), yield* k.os.readFile(path));
  if (key !== undefined) throw new Failure('cannot give a key name for a directory path');
  const folder = path.replace(/\/$/, '');
  for (const name of [...(yield* k.os.readDirectory(folder))].sort()) {
    const one = yield* k.os.stat(`${folder}/${name}`);
    if (one.type === 'file') add(name, yield* k.os.readFile(`${folder}/${name}`));
  }
}

function* fileText(k: Kubectl, path: string): Body<string> {
  try {
    return yield* k.os.readFile(path);
  } catch (error) {
    if (error instanceof SystemError) throw new Failure(`error reading ${path}: no such file or directory`);
    throw error;
  }
}

/** A key without `=` takes its value from the environment. */
function envLines(text: string, path: string): [string, string | undefined][] {
  const out: [string, string | undefined][] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) return;
    const equals = line.indexOf('=');
    const key = equals < 0 ? line.trimEnd() : line.slice(0, equals);
    const faults = envVarName(key);
    if (faults.length > 0)
      throw new Failure(`error parsing env file ${path}, line ${index + 1}: "${key}" is not a valid key name: ${faults.join(';')}`);
    out.push([key, equals < 0 ? undefined : line.slice(equals + 1)]);
  });
  return out;
}

/** UTF-8 bytes in base 64. */
export function base64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
