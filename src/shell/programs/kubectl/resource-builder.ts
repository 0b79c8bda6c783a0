// From a command's arguments, selectors and files to the objects they mean.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/resource/{builder,visitor,selector}.go
import { matchesTerms, parseSelector } from '../../../cluster/apimachinery/labels.ts';
import type { AnyObject } from '../../../cluster/apimachinery/object.ts';
import type { Body } from '../../../posix/program.ts';
import type { Query } from './client.ts';
import type { Kubectl } from './command.ts';
import { type ApiResource, resourcePath } from './discovery.ts';
import { Failure, Failures, StatusFailure } from './errors.ts';
import { type Manifest, readManifests, type ReadOptions } from './manifests.ts';

/** One thing a command works on. */
export interface Info {
  readonly resource: ApiResource;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** Empty for a list. */
  readonly name: string;
  /** As read from the server or from the file; absent when the caller asked not to read. */
  object?: any;
  /** File it came from. */
  readonly source?: string;
}

export interface BuildOptions {
  readonly args?: readonly string[];
  readonly filenames?: readonly string[];
  readonly kustomize?: string;
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  /** Type alone means all of it (`get pods`). */
  readonly typeAlone?: boolean;
  /** Lists are taken apart into their items. */
  readonly flatten?: boolean;
  /** Do not read objects given by name. */
  readonly noRead?: boolean;
  /** Read objects of files from the server. */
  readonly latest?: boolean;
  /** Objects of files carry on as they are; nothing is asked of the server. */
  readonly local?: boolean;
  readonly subresource?: string;
  readonly accept?: string;
  readonly query?: Query;
  /** Type of names that come without one. */
  readonly defaultType?: string;
  /** Objects of files must be in the namespace of `-n` when it is given. */
  readonly requireNamespace?: boolean;
  readonly chunk?: number;
}

export interface Built {
  readonly infos: readonly Info[];
  readonly errors: readonly Failure[];
  /** One object was named, not a list of them. */
  readonly single: boolean;
}

const MISSING = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

export const LOCAL_NEEDS_FILES = `you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

/** Collects what can be read; failures of single objects are in `errors`. @throws Failure when the arguments make no sense. */
export function* build(k: Kubectl, options: BuildOptions): Body<Built> {
  const filenames = options.filenames ?? [];
  let built: Built;
  if (filenames.length > 0 || (options.kustomize ?? '') !== '') built = yield* fromFiles(k, options);
  else if (options.local) throw new Failure(LOCAL_NEEDS_FILES);
  else built = yield* fromArguments(k, options);
  return options.flatten ? { ...built, infos: yield* flattened(k, built.infos) } : built;
}

/** Everything, or the failures as one. */
export function* buildAll(k: Kubectl, options: BuildOptions): Body<readonly Info[]> {
  const built = yield* build(k, options);
  if (built.errors.length > 0) throw built.errors.length === 1 ? built.errors[0]! : new Failures(built.errors);
  return built.infos;
}

function* fromFiles(k: Kubectl, options: BuildOptions): Body<Built> {
  if ((options.args ?? []).length > 0) {
    const slash = options.args!.some((one) => one.includes('/'));
    throw new Failure(
      slash || options.args!.length === 1
        ? 'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well'
        : 'name cannot be provided when a path, URL, or stdin is provided as input',
    );
  }
  const read: ReadOptions = {
    filenames: options.filenames ?? [],
    recursive: options.recursive ?? false,
    kustomize: options.kustomize ?? '',
  };
  const { manifests, errors } = yield* readManifests(k, read);
  const infos: Info[] = [];
  const all: Failure[] = [...errors];
  for (const manifest of manifests) {
    try {
      const info = yield* infoOf(k, manifest, options);
      if (options.selector !== undefined && options.selector !== '' && !options.local) {
        if (!matchesTerms(parseSelector(options.selector), info.object.metadata?.labels)) continue;
      }
      if (options.latest && !options.local) info.object = yield* read1(k, info, options);
      infos.push(info);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      all.push(error);
    }
  }
  return { infos, errors: all, single: manifests.length === 1 && all.length === 0 && !isList(manifests[0]!.object) };
}

/** Kind, scope and namespace of an object of a file. @throws Failure */
export function* infoOf(k: Kubectl, manifest: Manifest, options: BuildOptions = {}): Body<Info> {
  const object = manifest.object;
  let resource: ApiResource;
  try {
    const discovery = yield* k.discovery();
    resource = yield* discovery.forKind(object.apiVersion, object.kind);
  } catch (error) {
    if (!(error instanceof Failure) || !error.message.startsWith('no matches')) throw error;
    const name = object.metadata?.name ?? '';
    const namespace = object.metadata?.namespace ?? '';
    throw new Failure(
      `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${manifest.source}": ${error.message}\nensure CRDs are installed first`,
    );
  }
  const { namespace, explicit } = yield* k.namespace();
  const own = object.metadata?.namespace ?? '';
  if (resource.namespaced && own !== '' && explicit && own !== namespace && (options.requireNamespace ?? true)) {
    throw new Failure(
      `the namespace from the provided object "${own}" does not match the namespace "${namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  const used = resource.namespaced ? own || namespace : '';
  const placed =
    resource.namespaced && own === '' && !options.local ? { ...object, metadata: { ...object.metadata, namespace: used } } : object;
  return { resource, namespace: used, name: object.metadata?.name ?? '', object: placed, source: manifest.source };
}

function* fromArguments(k: Kubectl, options: BuildOptions): Body<Built> {
  const args = [...(options.args ?? [])];
  const selector = options.all ? '' : options.selector;
  const bySelector = options.all === true || (selector ?? '') !== '' || (options.fieldSelector ?? '') !== '';
  const tuples = splitTuples(args, options.defaultType);
  const discovery = yield* k.discovery();
  if (tuples !== undefined) {
    if (bySelector) throw new Failure('selectors and the all flag cannot be used when passing resource/name arguments');
    const wanted: { resource: ApiResource; name: string }[] = [];
    for (const [type, name] of tuples) wanted.push({ resource: yield* discovery.find(type), name });
    return yield* byName(k, wanted, options);
  }
  if (args.length === 0) {
    if (bySelector) throw new Failure('at least one resource must be specified to use a selector');
    throw new Failure(MISSING);
  }
  const [types, ...names] = options.defaultType !== undefined && args.length === 1 ? [options.defaultType, args[0]!] : args;
  if (names.length > 0 && bySelector) throw new Failure('name cannot be provided when a selector is specified');
  const resources = yield* discovery.findAll(types!);
  if (names.length > 0) {
    return yield* byName(
      k,
      resources.flatMap((resource) => names.map((name) => ({ resource, name }))),
      options,
    );
  }
  if (bySelector || options.typeAlone) return yield* byList(k, resources, options);
  throw new Failure('resource(s) were provided, but no name was specified');
}

/** `type/name` arguments; undefined when none has a slash. @throws Failure when only some have. */
function splitTuples(args: readonly string[], defaultType: string | undefined): readonly (readonly [string, string])[] | undefined {
  const slashes = args.filter((one) => one.includes('/')).length;
  if (slashes === 0) return undefined;
  if (slashes !== args.length && defaultType === undefined) {
    throw new Failure(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  return args.map((one) => {
    const parts = one.split('/');
    if (parts.length === 1) return [defaultType!, one] as const;
    if (parts.length !== 2) throw new Failure('arguments in resource/name form may not have more than one slash');
    if (parts[0] === '' || parts[1] === '' || parts[0]!.includes(',')) {
      throw new Failure('arguments in resource/name form must have a single resource and name');
    }
    return [parts[0]!, parts[1]!] as const;
  });
}

function* byName(k: Kubectl, wanted: readonly { resource: ApiResource; name: string }[], options: BuildOptions): Body<Built> {
  const { namespace } = yield* k.namespace();
  const infos: Info[] = [];
  const errors: Failure[] = [];
  for (const { resource, name } of wanted) {
    if (resource.namespaced && options.allNamespaces) throw new Failure('a resource cannot be retrieved by name across all namespaces');
    const info: Info = { resource, name, namespace: resource.namespaced ? namespace : '' };
    try {
      if (!options.noRead) info.object = yield* read1(k, info, options);
      infos.push(info);
    } catch (error) {
      if (!(error instanceof StatusFailure)) throw error;
      errors.push(error);
    }
  }
  return { infos, errors, single: wanted.length === 1 };
}

/** Reads one object again. @throws StatusFailure */
export function* read1(k: Kubectl, info: Info, options: BuildOptions = {}): Body<any> {
  if (info.name === '') throw new Failure('resource name may not be empty');
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name, options.subresource ?? '');
  return yield* client.get(path, {
    ...(options.accept === undefined ? {} : { accept: options.accept }),
    ...(options.query === undefined ? {} : { query: options.query }),
  });
}

function* byList(k: Kubectl, resources: readonly ApiResource[], options: BuildOptions): Body<Built> {
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const infos: Info[] = [];
  const errors: Failure[] = [];
  for (const resource of resources) {
    const inNamespace = resource.namespaced && !options.allNamespaces ? namespace : '';
    const query: Query = { ...options.query };
    if (!options.all && options.selector) query['labelSelector'] = options.selector;
    if (options.fieldSelector) query['fieldSelector'] = options.fieldSelector;
    const limit = options.chunk ?? 500;
    if (limit > 0) query['limit'] = String(limit);
    try {
      const list = yield* wholeList(client, resourcePath(resource, inNamespace), query, options.accept);
      infos.push({ resource, name: '', namespace: inNamespace, object: list });
    } catch (error) {
      if (!(error instanceof StatusFailure)) throw error;
      errors.push(error);
    }
  }
  return { infos, errors, single: false };
}

/** All pages of a list joined. */
export function* wholeList(
  client: { get(path: string, options: object): Body<any> },
  path: string,
  query: Query,
  accept?: string,
): Body<any> {
  let whole: any;
  let more = '';
  do {
    const page: any = yield* client.get(path, {
      query: more === '' ? query : { ...query, continue: more },
      ...(accept === undefined ? {} : { accept }),
    });
    more = page?.metadata?.continue ?? '';
    if (whole === undefined) whole = page;
    else if (page.rows !== undefined) whole = { ...whole, rows: [...whole.rows, ...page.rows] };
    else whole = { ...whole, items: [...whole.items, ...page.items] };
  } while (more !== '');
  return whole;
}

export const isList = (object: any): boolean =>
  Array.isArray(object?.items) && typeof object.kind === 'string' && object.kind.endsWith('List');

/** Items of lists one by one; the server leaves kind and version out of items. */
function* flattened(k: Kubectl, infos: readonly Info[]): Body<readonly Info[]> {
  const out: Info[] = [];
  for (const info of infos) {
    if (!isList(info.object) || info.object.kind === 'Table') {
      out.push(info);
      continue;
    }
    for (const item of info.object.items as AnyObject[]) {
      const object = withKind(item, info.resource);
      const resource =
        object.kind === info.resource.kind ? info.resource : yield* (yield* k.discovery()).forKind(object.apiVersion, object.kind);
      out.push({
        resource,
        name: object.metadata.name,
        namespace: object.metadata.namespace ?? '',
        object,
        ...(info.source === undefined ? {} : { source: info.source }),
      });
    }
  }
  return out;
}

/** An item with the kind and version its list has. */
export function withKind(item: any, resource: ApiResource): any {
  if (item.kind !== undefined && item.apiVersion !== undefined) return item;
  return { apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind, ...item };
}
