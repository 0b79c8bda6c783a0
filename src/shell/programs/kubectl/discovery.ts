// What the server serves, and how a user's word for a kind becomes a resource: plurals, singulars, short names, groups, categories.
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/{discovery,restmapper}
import type { Body, Os } from '../../../posix/program.ts';
import { goQuote } from '../../../cluster/apimachinery/go-text.ts';
import { type Client, hostOf } from './client.ts';
import { ConnectionFailure, Failure, VerbatimFailure } from './errors.ts';

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

export const groupVersion = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** `deployments.apps`, `pods`. */
export const qualifiedName = (resource: { readonly group: string; readonly name: string }): string =>
  resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;

/** `deployment.apps`, `pod`: how results name a kind. */
export function kindPrefix(resource: { readonly group: string; readonly kind: string }): string {
  const kind = resource.kind.toLowerCase();
  return resource.group === '' ? kind : `${kind}.${resource.group}`;
}

/** Path of a collection or of one object, with a subresource. */
export function resourcePath(resource: ApiResource, namespace: string, name = '', subresource = ''): string {
  let path = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (resource.namespaced && namespace !== '') path += `/namespaces/${namespace}`;
  path += `/${resource.name}`;
  if (name !== '') path += `/${encodeURIComponent(name).replaceAll('%3A', ':')}`;
  return subresource === '' ? path : `${path}/${subresource}`;
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const CACHE_MS = 6 * 3_600_000;

export class Discovery {
  readonly #os: Os;
  readonly #client: Client;
  #resources: readonly ApiResource[] | undefined;
  #fresh = false;

  constructor(os: Os, client: Client) {
    this.#os = os;
    this.#client = client;
  }

  /** Every served resource, core first, versions of a group in the server's order. `fresh`: ask the server again. */
  *resources(fresh = false): Body<readonly ApiResource[]> {
    if (this.#resources !== undefined && (!fresh || this.#fresh)) return this.#resources;
    if (!fresh) {
      const kept = yield* this.#kept();
      if (kept !== undefined) {
        this.#resources = kept;
        return kept;
      }
    }
    this.#resources = yield* this.#ask();
    this.#fresh = true;
    return this.#resources;
  }

  get #cachePath(): string {
    const home = this.#os.env['HOME'] ?? '/home/user';
    return `${home}/.kube/cache/discovery/${hostOf(this.#client.server).replaceAll(/[^\w.-]/g, '_')}`;
  }

  *#kept(): Body<readonly ApiResource[] | undefined> {
    try {
      const stat = yield* this.#os.stat(`${this.#cachePath}/servergroups.json`);
      if ((yield* this.#os.time()) - stat.mtime > CACHE_MS) return undefined;
      return JSON.parse(yield* this.#os.readFile(`${this.#cachePath}/servergroups.json`)) as readonly ApiResource[];
    } catch {
      return undefined;
    }
  }

  *#keep(resources: readonly ApiResource[]): Body<void> {
    let path = '';
    try {
      for (const part of this.#cachePath.split('/').slice(1)) {
        path += `/${part}`;
        try {
          yield* this.#os.stat(path);
        } catch {
          yield* this.#os.makeDirectory(path, 0o750);
        }
      }
      yield* this.#os.writeFile(`${path}/servergroups.json`, JSON.stringify(resources));
    } catch {
      // A home that cannot be written only costs the next command its time.
    }
  }

  *#ask(): Body<readonly ApiResource[]> {
    const resources: ApiResource[] = [];
    for (const path of ['/api', '/apis']) {
      let body: any;
      try {
        body = yield* this.#client.get(path, { accept: AGGREGATED });
      } catch (error) {
        if (error instanceof ConnectionFailure) yield* this.#complain(error);
        throw error;
      }
      if (body?.kind === 'APIGroupDiscoveryList') resources.push(...aggregated(body));
      else resources.push(...(yield* this.#separate(body)));
    }
    yield* this.#keep(resources);
    return resources;
  }

  /** A server without aggregated discovery. */
  *#separate(body: any): Body<ApiResource[]> {
    const versions: string[] = [];
    if (body?.kind === 'APIVersions') versions.push(...body.versions);
    for (const group of body?.groups ?? []) versions.push(...group.versions.map((one: any) => one.groupVersion));
    const out: ApiResource[] = [];
    for (const version of versions) {
      const list = yield* this.#client.get(version.includes('/') ? `/apis/${version}` : `/api/${version}`);
      out.push(...resourceList(version, list?.resources ?? []));
    }
    return out;
  }

  /** What client-go's cache logs for each of its five tries. */
  *#complain(error: ConnectionFailure): Body<void> {
    const url = `${this.#client.server}/api?timeout=32s`;
    const address = hostOf(this.#client.server).replace('localhost', '127.0.0.1');
    const reason = / was refused - /.test(error.message)
      ? `dial tcp ${address}: connect: connection refused`
      : error.message.replace('Unable to connect to the server: ', '');
    for (let tries = 0; tries < 5; tries++) {
      const now = new Date(yield* this.#os.time());
      const two = (value: number) => String(value).padStart(2, '0');
      const stamp = `${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())} ${now.toISOString().slice(11, 23)}000`;
      const pid = String(this.#os.pid).padStart(7);
      yield* this.#os.write(
        2,
        `E${stamp} ${pid} memcache.go:381] "Couldn't get current server API group list" err="Get \\"${url}\\": ${reason}"\n`,
      );
    }
  }

  /** The resource a word means: `po`, `pods`, `Pod`, `deployments.apps`, `deploy.v1.apps`. @throws Failure */
  *find(word: string): Body<ApiResource> {
    for (const fresh of [false, true]) {
      const found = match(yield* this.resources(fresh), word);
      if (found !== undefined) return found;
    }
    const dot = word.indexOf('.');
    if (dot < 0) throw new Failure(`the server doesn't have a resource type ${goQuote(word)}`);
    throw new Failure(`the server doesn't have a resource type ${goQuote(word.slice(0, dot))} in group ${goQuote(word.slice(dot + 1))}`);
  }

  /** Comma-separated words, with categories (`all`) unfolded. */
  *findAll(words: string): Body<readonly ApiResource[]> {
    const out: ApiResource[] = [];
    for (const word of words.split(',').filter((one) => one !== '')) {
      const members = category(yield* this.resources(), word);
      const found = members.length > 0 ? members : [yield* this.find(word)];
      for (const one of found) if (!out.some((other) => sameResource(other, one))) out.push(one);
    }
    return out;
  }

  /** @throws Failure `no matches for kind "Foo" in version "v1"` */
  *forKind(apiVersion: string, kind: string): Body<ApiResource> {
    for (const fresh of [false, true]) {
      const found = (yield* this.resources(fresh)).find((one) => one.kind === kind && groupVersion(one) === apiVersion);
      if (found !== undefined) return found;
    }
    throw new Failure(`no matches for kind ${goQuote(kind)} in version ${goQuote(apiVersion)}`);
  }
}

/** Failure words of commands that print an unknown type without `error: `. */
export const asVerbatim = (error: Failure): VerbatimFailure => new VerbatimFailure(error.message);

export const sameResource = (a: ApiResource, b: ApiResource): boolean => a.group === b.group && a.name === b.name;

function category(resources: readonly ApiResource[], word: string): readonly ApiResource[] {
  const members = resources.filter((one) => one.categories.includes(word));
  return members.filter((one, index) => members.findIndex((other) => sameResource(one, other)) === index);
}

/** First resource (in the order of groups and versions) that goes by the word. */
export function match(resources: readonly ApiResource[], word: string): ApiResource | undefined {
  const [name, ...rest] = word.toLowerCase().split('.');
  const called = (one: ApiResource) => one.name === name || one.singular === name || one.kind.toLowerCase() === name;
  const short = (one: ApiResource) => one.shortNames.includes(name!);
  const pick = (among: readonly ApiResource[]) => among.find(called) ?? among.find(short);
  if (rest.length === 0) return pick(resources);
  const group = rest.join('.');
  const versioned = resources.filter((one) => one.version === rest[0] && one.group === rest.slice(1).join('.'));
  return (
    pick(versioned) ??
    pick(resources.filter((one) => one.group === group)) ??
    pick(resources.filter((one) => one.group.startsWith(`${group}.`)))
  );
}

function aggregated(list: any): ApiResource[] {
  const out: ApiResource[] = [];
  for (const group of list.items ?? []) {
    for (const version of group.versions ?? []) {
      for (const one of version.resources ?? []) {
        out.push({
          group: group.metadata?.name ?? '',
          version: version.version,
          name: one.resource,
          singular: one.singularResource ?? '',
          kind: one.responseKind?.kind ?? '',
          namespaced: one.scope === 'Namespaced',
          verbs: one.verbs ?? [],
          shortNames: one.shortNames ?? [],
          categories: one.categories ?? [],
          subresources: (one.subresources ?? []).map((sub: any) => ({
            name: sub.subresource,
            kind: sub.responseKind?.kind ?? '',
            group: sub.responseKind?.group ?? '',
            version: sub.responseKind?.version ?? '',
            verbs: sub.verbs ?? [],
          })),
        });
      }
    }
  }
  return out;
}

function resourceList(apiVersion: string, list: readonly any[]): ApiResource[] {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return list
    .filter((one) => !one.name.includes('/'))
    .map((one) => ({
      group,
      version,
      name: one.name,
      singular: one.singularName ?? '',
      kind: one.kind,
      namespaced: one.namespaced,
      verbs: one.verbs ?? [],
      shortNames: one.shortNames ?? [],
      categories: one.categories ?? [],
      subresources: list
        .filter((sub) => sub.name.startsWith(`${one.name}/`))
        .map((sub) => ({
          name: sub.name.slice(one.name.length + 1),
          kind: sub.kind,
          group: sub.group ?? group,
          version: sub.version ?? version,
          verbs: sub.verbs ?? [],
        })),
    }));
}
