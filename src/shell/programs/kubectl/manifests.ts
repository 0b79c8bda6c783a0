// Objects written in files: YAML and JSON, several to a file, folders, standard input, lists.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/resource/visitor.go, kubectl/pkg/validation
import { DecodeError, decode } from '../../../cluster/apimachinery/decode.ts';
import { structSchema } from '../../../cluster/apimachinery/schema.ts';
import { parseYaml, YamlError } from '../../../cluster/apimachinery/yaml.ts';
import { goJson } from '../../../cluster/apimachinery/go-text.ts';
import { type Body, SystemError } from '../../../posix/program.ts';
import type { Kubectl } from './command.ts';
import { ConnectionFailure, Failure } from './errors.ts';

export interface Manifest {
  readonly object: any;
  readonly source: string;
}

export interface ReadOptions {
  readonly filenames: readonly string[];
  readonly recursive: boolean;
  readonly kustomize: string;
}

const EXTENSIONS = ['.json', '.yaml', '.yml'];

export function* readManifests(k: Kubectl, options: ReadOptions): Body<{ manifests: readonly Manifest[]; errors: readonly Failure[] }> {
  if (options.kustomize !== '' && options.filenames.length > 0) throw new Failure('only one of -f or -k can be specified');
  if (options.kustomize !== '') throw yield* kustomizeFailure(k, options.kustomize);
  const manifests: Manifest[] = [];
  const errors: Failure[] = [];
  for (const filename of options.filenames) {
    try {
      for (const { text, source } of yield* contents(k, filename, options.recursive))
        manifests.push(...parseManifests(text, source, validates(k)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
    }
  }
  return { manifests, errors };
}

const validates = (k: Kubectl): boolean => k.flags.has('validate') && !['false', 'ignore'].includes(k.flags.text('validate'));

/** Simplified: kustomizations are not built; folders without one fail in the real words. */
function* kustomizeFailure(k: Kubectl, folder: string): Body<Failure> {
  const path = absolute(k, folder);
  let entries: readonly string[];
  try {
    entries = yield* k.os.readDirectory(path);
  } catch {
    return new Failure(
      `must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${path}: no such file or directory`,
    );
  }
  if (!entries.some((one) => ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(one))) {
    return new Failure(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${path}'`);
  }
  return new Failure(`kustomize is not part of this simulation: apply the files of '${folder}' with -f`);
}

export function absolute(k: Kubectl, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${k.os.cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function* contents(k: Kubectl, filename: string, recursive: boolean): Body<readonly { text: string; source: string }[]> {
  if (filename === '-') return [{ text: yield* k.os.readAll(0), source: 'STDIN' }];
  if (/^https?:\/\//.test(filename)) {
    // Simplified: the simulated world has no internet.
    const host = filename.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
    if (/^[\d.]+(:\d+)?$/.test(host))
      throw new ConnectionFailure(`The connection to the server ${host} was refused - did you specify the right host or port?`);
    throw new ConnectionFailure(`Unable to connect to the server: dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`);
  }
  let stat: { readonly type: string };
  try {
    stat = yield* k.os.stat(filename);
  } catch {
    throw new Failure(`the path "${filename}" does not exist`);
  }
  if (stat.type !== 'directory') return [{ text: yield* readText(k, filename), source: filename }];
  const files = yield* filesIn(k, filename.replace(/\/$/, ''), recursive);
  if (files.length === 0) throw new Failure(`error reading [${filename}]: recognized file extensions are [.json .yaml .yml]`);
  const out: { text: string; source: string }[] = [];
  for (const path of files) out.push({ text: yield* readText(k, path), source: path });
  return out;
}

/** A file's text. @throws Failure with the system's words. */
export function* readText(k: Kubectl, path: string): Body<string> {
  try {
    return yield* k.os.readFile(path);
  } catch (error) {
    if (error instanceof SystemError)
      throw new Failure(`open ${path}: ${error.errno === 'EACCES' ? 'permission denied' : 'no such file or directory'}`);
    throw error;
  }
}

function* filesIn(k: Kubectl, folder: string, recursive: boolean): Body<string[]> {
  const out: string[] = [];
  for (const name of [...(yield* k.os.readDirectory(folder))].sort()) {
    const path = `${folder}/${name}`;
    const stat = yield* k.os.stat(path);
    if (stat.type === 'directory') {
      if (recursive) out.push(...(yield* filesIn(k, path, recursive)));
    } else if (EXTENSIONS.some((extension) => name.endsWith(extension))) out.push(path);
  }
  return out;
}

/** @throws Failure in the words of the real decoder. `validate`: kind and version are asked for first. */
export function parseManifests(text: string, source: string, validate = true): Manifest[] {
  let documents: unknown[];
  try {
    documents = parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Failure(`error parsing ${source}: error converting YAML to JSON: ${error.message}`);
  }
  const out: Manifest[] = [];
  for (const document of documents) {
    if (document === undefined || document === null) continue;
    if (typeof document !== 'object' || Array.isArray(document)) {
      if (validate) throw invalidData(source, 'invalid object to validate');
      throw new Failure(
        `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${Array.isArray(document) ? 'array' : typeof document} into Go value of type struct`,
      );
    }
    out.push(...unfold(inKeyOrder(document), source, validate));
  }
  return out;
}

const invalidData = (source: string, why: string): Failure =>
  new Failure(
    `error validating "${source}": error validating data: ${why}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );

function unfold(object: any, source: string, validate: boolean): Manifest[] {
  const missing = [...(object.apiVersion ? [] : ['apiVersion not set']), ...(object.kind ? [] : ['kind not set'])];
  if (missing.length > 0) {
    if (validate) throw invalidData(source, missing.length === 1 ? missing[0]! : `[${missing.join(', ')}]`);
    const field = object.kind ? 'apiVersion' : 'Kind';
    throw new Failure(`unable to decode "${source}": Object '${field}' is missing in '${goJson(object)}'`);
  }
  // Any kind that ends in List and holds items is taken apart.
  if (/List$/.test(object.kind) && Array.isArray(object.items)) return object.items.flatMap((item: any) => unfold(item, source, validate));
  checkMetadata(object, source);
  return [{ object, source }];
}

/** Whatever its kind, an object's metadata has to fit before it is sent. */
function checkMetadata(object: any, source: string): void {
  if (object.metadata === undefined || object.metadata === null) return;
  try {
    // Any kind will do: all have the same metadata.
    decode({ metadata: object.metadata }, structSchema('core.v1.ConfigMap'));
  } catch (error) {
    if (error instanceof DecodeError) throw new Failure(`unable to decode ${JSON.stringify(source)}: ${error.message}`);
    throw error;
  }
}

/** Go keeps objects in maps and writes their keys in order; strict decoding complains in the order it reads. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, inKeyOrder(fields[key])]),
  );
}
