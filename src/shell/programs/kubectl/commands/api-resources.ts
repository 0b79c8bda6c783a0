// kubectl api-resources and api-versions.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/apiresources
import { defineCommand } from '../command.ts';
import { type ApiResource, groupVersion, qualifiedName } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool, strings, text } from '../flags.ts';
import { TableWriter } from '../printers/tabwriter.ts';

export const apiResources = defineCommand({
  name: 'api-resources',
  short: 'Print the supported API resources on the server',
  flags: [
    text('api-group', 'Limit to resources in the specified API group.'),
    bool('cached', 'Use the cached list of resources if available.'),
    strings('categories', 'Limit to resources that belong to the specified categories.'),
    bool('namespaced', 'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.', {
      value: 'true',
    }),
    bool('no-headers', "When using the default or custom-column output format, don't print headers (default print headers)."),
    text('output', 'Output format. One of: (json, yaml, kyaml, name, wide).', { short: 'o' }),
    text('sort-by', "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'."),
    strings('verbs', 'Limit to resources that support the specified verbs.'),
  ],
  *run(k) {
    const { flags } = k;
    if (k.args.length > 0) throw k.usage(`unexpected arguments: [${k.args.join(' ')}]`);
    const output = flags.text('output');
    if (!['', 'name', 'wide'].includes(output)) throw new Failure(`--output ${output} is not available`);
    const sortBy = flags.text('sort-by');
    if (!['', 'name', 'kind'].includes(sortBy)) throw new Failure('--sort-by accepts only name or kind');
    const all = yield* (yield* k.discovery()).resources(!flags.bool('cached'));
    const chosen = preferred(all).filter((one) => {
      if (flags.changed('api-group') && one.group !== flags.text('api-group')) return false;
      if (flags.changed('namespaced') && one.namespaced !== flags.bool('namespaced')) return false;
      if (!flags.list('verbs').every((verb) => one.verbs.includes(verb))) return false;
      return flags.list('categories').every((category) => one.categories.includes(category));
    });
    const key = (one: ApiResource) => (sortBy === 'kind' ? one.kind : sortBy === 'name' ? one.name : `${one.group}\u0000${one.name}`);
    chosen.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
    if (output === 'name') {
      yield* k.out(chosen.map((one) => `${qualifiedName(one)}\n`).join(''));
      return;
    }
    const wide = output === 'wide';
    const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
    const rows = chosen.map((one) => [
      one.name,
      one.shortNames.join(','),
      groupVersion(one),
      String(one.namespaced),
      one.kind,
      ...(wide ? [one.verbs.join(','), one.categories.join(',')] : []),
    ]);
    yield* k.out(new TableWriter().rows([...(flags.bool('no-headers') ? [] : [header]), ...rows]));
  },
});

/** A resource served in several versions is listed in the one its group prefers. */
function preferred(all: readonly ApiResource[]): ApiResource[] {
  return all.filter(
    (one, index) => all.findIndex((other) => other.group === one.group && other.name === one.name) === index && one.verbs.length > 0,
  );
}

export const apiVersions = defineCommand({
  name: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  *run(k) {
    const all = yield* (yield* k.discovery()).resources(true);
    yield* k.out(
      [...new Set(all.map(groupVersion))]
        .sort()
        .map((one) => `${one}\n`)
        .join(''),
    );
  },
});
