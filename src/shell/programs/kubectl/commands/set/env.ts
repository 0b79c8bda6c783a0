// kubectl set env.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set/{set_env,env}
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure } from '../../errors.ts';
import { array, bool, strings, text } from '../../flags.ts';
import type { Info } from '../../resource-builder.ts';
import { eachTarget, flagOptions } from '../../targets.ts';
import { changeTemplates, podSpecPath, readPath, SET_FLAGS, selectContainers } from './template-change.ts';

export const setEnv = defineCommand({
  name: 'env',
  short: 'Update environment variables on a pod template',
  use: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: [
    ...SET_FLAGS,
    text('containers', 'The names of containers in the selected pod templates to change - may use wildcards', { short: 'c', value: '*' }),
    array('env', 'Specify a key-value pair for an environment variable to set into each container.', { short: 'e' }),
    text('from', 'The name of a resource from which to inject environment variables'),
    strings('keys', 'Comma-separated list of keys to import from specified resource'),
    bool(
      'list',
      'If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.',
    ),
    bool('overwrite', 'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.', {
      value: 'true',
    }),
    text('prefix', 'Prefix to append to variable names'),
    bool('resolve', 'If true, show secret or configmap references when listing variables'),
  ],
  *run(k) {
    const isEnv = (arg: string) => arg.includes('=') || (arg.endsWith('-') && !arg.includes('/'));
    const resources = k.args.filter((arg, index) => !isEnv(arg) || (index === 0 && arg.includes('/') && !arg.includes('=')));
    const specs = [...k.args.filter((arg) => !resources.includes(arg)), ...k.flags.list('env')];
    if (k.flags.text('from') !== '' && specs.length > 0) throw new Failure('a resource and key/value pairs cannot both be used');
    if (resources.length === 0 && k.flags.list('filename').length === 0)
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    if (k.flags.bool('list')) return yield* list(k, resources);
    const { set, remove } = parseEnv(specs);
    const imported = yield* importedFrom(k);
    yield* changeTemplates(k, resources, 'env updated', (spec, info) => changed(k, info, spec, [...imported, ...set], remove), {
      wraps: 'failed to patch env update to pod template: ',
      plural: true,
    });
  },
});

function parseEnv(specs: readonly string[]): { readonly set: readonly any[]; readonly remove: readonly string[] } {
  const set: any[] = [];
  const remove: string[] = [];
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    const name = equals < 0 ? spec.replace(/-$/, '') : spec.slice(0, equals);
    if (equals >= 0) {
      const faults = strictName(name);
      if (faults !== '') throw new Failure(`${JSON.stringify(name)} is not a valid key name: ${faults}`);
      set.push({ name, value: spec.slice(equals + 1) });
    } else if (spec.endsWith('-')) remove.push(name);
    else throw new Failure(`unknown environment variable ${spec}`);
  }
  return { set, remove };
}

/** The older, narrower rule this command still goes by. */
function strictName(name: string): string {
  if (/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) return '';
  return "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";
}

function* importedFrom(k: Kubectl): Body<readonly any[]> {
  const from = k.flags.text('from');
  if (from === '') return [];
  const [type = '', name = ''] = from.split('/');
  const resource = yield* (yield* k.discovery()).find(type);
  if (resource.kind !== 'Secret' && resource.kind !== 'ConfigMap') throw new Failure(`unsupported resource specified in --from`);
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const object = yield* client.get(resourcePath(resource, namespace, name));
  const wanted = k.flags.list('keys');
  const out: any[] = [];
  for (const key of Object.keys(object.data ?? {}).sort()) {
    if (wanted.length > 0 && !wanted.includes(key)) continue;
    const variable = key.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
    if (variable !== key) yield* k.err(`Warning: key ${key} transferred to ${variable}\n`);
    out.push({
      name: k.flags.text('prefix') + variable,
      valueFrom: { [resource.kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef']: { key, name } },
    });
  }
  return out;
}

function* changed(k: Kubectl, info: Info, spec: any, set: readonly any[], remove: readonly string[]): Body<any> {
  const pattern = k.flags.text('containers');
  const out = { ...spec };
  let matched = 0;
  for (const field of ['containers', 'initContainers'] as const) {
    if (out[field] === undefined) continue;
    const chosen = selectContainers(out[field], pattern);
    matched += chosen.length;
    out[field] = out[field].map((one: any) => {
      if (!chosen.includes(one)) return one;
      const before: readonly any[] = one.env ?? [];
      if (!k.flags.bool('overwrite')) {
        const taken = set.find((entry) => before.some((other) => other.name === entry.name));
        if (taken !== undefined) {
          const old = before.find((other) => other.name === taken.name)!;
          throw new Failure(
            `${info.resource.name}/${info.name} '${taken.name}' already has a value (${old.value ?? ''}), and --overwrite is false`,
          );
        }
      }
      const kept = before
        .filter((entry) => !remove.includes(entry.name))
        .map((entry) => set.find((other) => other.name === entry.name) ?? entry);
      const added = set.filter((entry) => !before.some((other) => other.name === entry.name));
      const env = [...kept, ...added];
      if (env.length === 0) {
        const { env: _none, ...rest } = one;
        return rest;
      }
      return { ...one, env };
    });
  }
  if (matched === 0)
    yield* k.err(`warning: ${info.resource.name}/${info.name} does not have any containers matching ${JSON.stringify(pattern)}\n`);
  return out;
}

function* list(k: Kubectl, resources: readonly string[]): Body<void> {
  yield* eachTarget(k, flagOptions(k, resources), function* (info) {
    const spec = readPath(info.object, podSpecPath(info, true));
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      if (selectContainers([container], k.flags.text('containers')).length === 0) continue;
      yield* k.out(`# ${info.resource.kind} ${info.name}, container ${container.name}\n`);
      for (const entry of container.env ?? []) yield* k.out(`${yield* envLine(k, info, entry)}\n`);
    }
  });
}

function* envLine(k: Kubectl, info: Info, entry: any): Body<string> {
  const from = entry.valueFrom;
  if (from == null) return `${entry.name}=${entry.value ?? ''}`;
  const ref = from.secretKeyRef ?? from.configMapKeyRef;
  if (ref != null && k.flags.bool('resolve')) {
    const client = yield* k.client();
    const object = yield* client.get(
      `/api/v1/namespaces/${info.namespace}/${from.secretKeyRef != null ? 'secrets' : 'configmaps'}/${ref.name}`,
    );
    const value = object.data?.[ref.key] ?? '';
    return `${entry.name}=${from.secretKeyRef != null ? atob(value) : value}`;
  }
  if (from.secretKeyRef != null) return `# ${entry.name} from secret ${ref.name}, key ${ref.key}`;
  if (from.configMapKeyRef != null) return `# ${entry.name} from configmap ${ref.name}, key ${ref.key}`;
  if (from.fieldRef != null) return `# ${entry.name} from field path ${from.fieldRef.fieldPath}`;
  return `# ${entry.name} from resource field ${from.resourceFieldRef?.resource ?? ''}`;
}
