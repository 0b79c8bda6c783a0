// Which kind and which object a path means.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/endpoints/{installer.go,request/requestinfo.go}
import type { ApiRequest } from '../apimachinery/rest.ts';
import type { Kind, ServedVersion } from '../kinds/kind.ts';

export interface Route {
  readonly kind: Kind;
  /** Set when the path asks for another version than the stored one. */
  readonly served: ServedVersion | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string;
  /** The old `/api/v1/watch/…` form. */
  readonly watchPath: boolean;
}

/** `none` = no such group (text/plain 404); `unknown` = a known group, but nothing there (Status 404). */
export type Resolved = Route | 'none' | 'unknown';

interface GroupVersionRoutes {
  readonly byPlural: ReadonlyMap<string, { readonly kind: Kind; readonly served: ServedVersion | undefined }>;
}

export class RouteTable {
  readonly #groups = new Map<string, Map<string, Map<string, { kind: Kind; served: ServedVersion | undefined }>>>();
  readonly #byResource = new Map<string, Kind>();

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) {
      if (this.#byResource.has(kind.resource)) throw new Error(`kind ${kind.resource} is registered twice`);
      this.#byResource.set(kind.resource, kind);
      this.#add(kind.group, kind.version, kind, undefined);
      for (const served of kind.alsoServedAs ?? []) this.#add(served.group, served.version, kind, served);
    }
  }

  /** By `pods`, `deployments.apps`. */
  kind(resource: string): Kind | undefined {
    return this.#byResource.get(resource);
  }

  /** Any kind serving this group, version and Kind; for bodies of the wrong kind. */
  findKind(apiVersion: string, kindName: string): Kind | undefined {
    const slash = apiVersion.indexOf('/');
    const versions = this.#groups.get(slash < 0 ? '' : apiVersion.slice(0, slash));
    const plurals = versions?.get(slash < 0 ? apiVersion : apiVersion.slice(slash + 1));
    for (const { kind } of plurals?.values() ?? []) if (kind.kind === kindName) return kind;
    return undefined;
  }

  #add(group: string, version: string, kind: Kind, served: ServedVersion | undefined): void {
    let versions = this.#groups.get(group);
    if (versions === undefined) this.#groups.set(group, (versions = new Map()));
    let plurals = versions.get(version);
    if (plurals === undefined) versions.set(version, (plurals = new Map()));
    plurals.set(kind.plural, { kind, served });
  }

  resolve(path: string): Resolved {
    const parts = path.split('/');
    if (parts.at(-1) === '') parts.pop();
    // ['', 'api', 'v1', …] or ['', 'apis', 'apps', 'v1', …]
    const core = parts[1] === 'api';
    if (!core && parts[1] !== 'apis') return 'none';
    const versions = this.#groups.get(core ? '' : (parts[2] ?? ''));
    if (versions === undefined) return 'none';
    const plurals = versions.get(parts[core ? 2 : 3] ?? '');
    if (plurals === undefined) return 'unknown';
    let at = core ? 3 : 4;
    const watchPath = parts[at] === 'watch';
    if (watchPath) at++;
    return resolveRest(parts, at, plurals, watchPath);
  }
}

function resolveRest(parts: readonly string[], start: number, plurals: GroupVersionRoutes['byPlural'], watchPath: boolean): Resolved {
  let at = start;
  let namespace: string | undefined;
  // `namespaces/x/pods` is a namespaced list, `namespaces/x` and `namespaces/x/status` are the namespace itself.
  if (parts[at] === 'namespaces' && parts.length > at + 2 && plurals.get(parts[at + 2]!)?.kind.namespaced) {
    namespace = decoded(parts[at + 1]!);
    at += 2;
  }
  const found = plurals.get(parts[at] ?? '');
  if (found === undefined) return 'unknown';
  const name = parts[at + 1] === undefined ? undefined : decoded(parts[at + 1]!);
  const subresource = parts.length <= at + 2 ? '' : parts.length === at + 3 ? parts[at + 2]! : parts.slice(at + 2).join('/');
  const { kind, served } = found;
  if (kind.namespaced && namespace === undefined && name !== undefined) return 'unknown';
  if (subresource !== '' && kind.subresources[parts[at + 2]!] === undefined) return 'unknown';
  return { kind, served, namespace, name, subresource, watchPath };
}

const decoded = (part: string): string => (part.includes('%') ? decodeURIComponent(part) : part);

/** Last value of a query parameter. */
export function queryValue(request: ApiRequest, name: string): string | undefined {
  const value = request.query?.[name];
  return typeof value === 'string' || value === undefined ? value : value.at(-1);
}

export function queryValues(request: ApiRequest, name: string): readonly string[] {
  const value = request.query?.[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
