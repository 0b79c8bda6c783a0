// What the server serves: the plain lists of groups and resources, and the aggregated ones kubectl asks for.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/endpoints/discovery, api/discovery
import type { Plain } from '../apimachinery/object.ts';
import type { Kind, ServedVersion, Subresource } from '../kinds/kind.ts';

/** Groups in the order the real server lists them; others follow in the order of their kinds. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'storagemigration.k8s.io',
];

const SERVER_ADDRESS = '192.168.49.2:8443';

interface Served {
  readonly kind: Kind;
  readonly served: ServedVersion | undefined;
}

type Versions = Map<string, Served[]>;

export class Discovery {
  /** Group → version (preferred first) → kinds by plural. */
  readonly #groups = new Map<string, Versions>();

  constructor(kinds: readonly Kind[]) {
    const found = new Map<string, Versions>();
    const add = (group: string, version: string, one: Served) => {
      const versions = found.get(group) ?? new Map<string, Served[]>();
      found.set(group, versions);
      versions.set(version, [...(versions.get(version) ?? []), one]);
    };
    for (const kind of kinds) {
      add(kind.group, kind.version, { kind, served: undefined });
      for (const served of kind.alsoServedAs ?? []) add(served.group, served.version, { kind, served });
    }
    const place = (group: string) => (GROUP_ORDER.indexOf(group) + 1 || GROUP_ORDER.length + 1) - 1;
    for (const group of [...found.keys()].sort((a, b) => place(a) - place(b))) {
      const versions = found.get(group)!;
      for (const list of versions.values()) list.sort((a, b) => (a.kind.plural < b.kind.plural ? -1 : 1));
      this.#groups.set(group, new Map([...versions].sort(([a], [b]) => (a > b ? -1 : 1))));
    }
  }

  /** Answers `undefined` for a path that is none of discovery's. `aggregated`: the client accepts APIGroupDiscoveryList. */
  answer(path: string, aggregated: boolean): Plain | undefined {
    const parts = path.split('/').filter((part) => part !== '');
    if (parts[0] === 'api') {
      if (parts.length === 1) return aggregated ? this.#aggregated(true) : apiVersions();
      if (parts.length === 2 && this.#groups.get('')?.has(parts[1]!)) return this.#resources('', parts[1]!);
      return undefined;
    }
    if (parts[0] !== 'apis') return undefined;
    if (parts.length === 1) return aggregated ? this.#aggregated(false) : this.#groupList();
    const versions = parts[1] === '' ? undefined : this.#groups.get(parts[1]!);
    if (versions === undefined) return undefined;
    if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(parts[1]!, versions) };
    if (parts.length === 3 && versions.has(parts[2]!)) return this.#resources(parts[1]!, parts[2]!);
    return undefined;
  }

  #groupList(): Plain {
    const groups = [...this.#groups].filter(([group]) => group !== '').map(([group, versions]) => groupOf(group, versions));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }

  #resources(group: string, version: string): Plain {
    const resources = this.#groups
      .get(group)!
      .get(version)!
      .flatMap(({ kind }) => resourceEntries(kind));
    return {
      kind: 'APIResourceList',
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: group === '' ? version : `${group}/${version}`,
      resources,
    };
  }

  #aggregated(core: boolean): Plain {
    const items = [...this.#groups]
      .filter(([group]) => (group === '') === core)
      .map(([group, versions]) => ({
        metadata: group === '' ? {} : { name: group },
        versions: [...versions].map(([version, list]) => ({
          version,
          resources: list.map(({ kind, served }) => aggregatedEntry(kind, served)),
          freshness: 'Current',
        })),
      }));
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }
}

function apiVersions(): Plain {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: SERVER_ADDRESS }],
  };
}

function groupOf(name: string, versions: Versions): { readonly [field: string]: Plain } {
  const list = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0]! };
}

const STATUS_VERBS = ['get', 'patch', 'update'];

function subresourceVerbs(subresource: Subresource<any>): readonly string[] {
  return subresource.type === 'status' || subresource.type === 'scale' ? STATUS_VERBS : subresource.verbs;
}

function subresourceKind(kind: Kind, subresource: Subresource<any>): { group: string; version: string; kind: string; own: boolean } {
  if (subresource.type === 'scale') return { group: 'autoscaling', version: 'v1', kind: 'Scale', own: false };
  if (subresource.type === 'action' && (subresource.kind !== kind.kind || subresource.group !== undefined)) {
    return { group: subresource.group ?? '', version: subresource.version ?? '', kind: subresource.kind, own: false };
  }
  return { group: '', version: '', kind: kind.kind, own: true };
}

function resourceEntries(kind: Kind): Plain[] {
  const entries: Plain[] = [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    },
  ];
  for (const name of Object.keys(kind.subresources).sort()) {
    const subresource = kind.subresources[name]!;
    const answers = subresourceKind(kind, subresource);
    entries.push({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(answers.group === '' ? {} : { group: answers.group }),
      ...(answers.version === '' ? {} : { version: answers.version }),
      kind: answers.kind,
      verbs: subresourceVerbs(subresource),
    });
  }
  return entries;
}

function aggregatedEntry(kind: Kind, served: ServedVersion | undefined): Plain {
  const own = { group: '', version: '', kind: kind.kind };
  const names = Object.keys(kind.subresources).sort();
  return {
    resource: kind.plural,
    responseKind: own,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(names.length === 0 || served !== undefined
      ? {}
      : {
          subresources: names.map((name) => {
            const subresource = kind.subresources[name]!;
            const answers = subresourceKind(kind, subresource);
            return {
              subresource: name,
              responseKind: { group: answers.group, version: answers.version, kind: answers.kind },
              verbs: subresourceVerbs(subresource),
            };
          }),
        }),
  };
}
