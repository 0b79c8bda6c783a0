// kubectl config: contexts, clusters and users, their listing and removal.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/config
import type { Body } from '../../../../../posix/program.ts';
import { type Command, defineCommand, type Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { bool, text } from '../../flags.ts';
import { helpText } from '../../help.ts';
import { type Entry, type Kubeconfig, saveKubeconfig } from '../../kubeconfig.ts';
import { TableWriter } from '../../printers/tabwriter.ts';

/** Wrong number of arguments: the help, then the failure. */
export function* wrongArguments(k: Kubectl, message: string): Body<never> {
  yield* k.out(helpText(k.path, k.command));
  throw new Failure(message);
}

export const currentContext = defineCommand({
  name: 'current-context',
  short: 'Display the current-context',
  *run(k) {
    const config = yield* k.config();
    if (config.currentContext === '') throw new Failure('current-context is not set');
    yield* k.out(`${config.currentContext}\n`);
  },
});

export const useContext = defineCommand({
  name: 'use-context',
  aliases: ['use'],
  short: 'Set the current-context in a kubeconfig file',
  long: 'Set the current-context in a kubeconfig file.',
  use: 'CONTEXT_NAME',
  examples: '  # Use the context for the minikube cluster\n  kubectl config use-context minikube',
  *run(k) {
    if (k.args.length !== 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    const config = yield* k.config();
    const name = k.args[0]!;
    if (name === '') throw new Failure('empty context names are not allowed');
    if (!config.contexts.has(name)) throw new Failure(`no context exists with the name: ${JSON.stringify(name)}`);
    config.currentContext = name;
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Switched to context ${JSON.stringify(name)}.\n`);
    return 0;
  },
});

export const getContexts = defineCommand({
  name: 'get-contexts',
  short: 'Describe one or many contexts',
  use: '[(-o|--output=)name)]',
  flags: [
    bool('no-headers', "When using the default or custom-column output format, don't print headers (default print headers)."),
    text('output', 'Output format. One of: (name).', { short: 'o' }),
  ],
  *run(k) {
    const config = yield* k.config();
    const output = k.flags.text('output');
    if (output !== '' && output !== 'name') throw new Failure(`output must be one of '' or 'name': ${output}`);
    const names = k.args.length > 0 ? k.args : [...config.contexts.keys()].sort();
    const missing = names.filter((one) => !config.contexts.has(one));
    const found = names.filter((one) => config.contexts.has(one));
    if (output === 'name') yield* k.out(found.map((one) => `${one}\n`).join(''));
    else {
      const rows = found.map((name) => {
        const one = config.contexts.get(name)!;
        return [name === config.currentContext ? '*' : '', name, one['cluster'] ?? '', one['user'] ?? '', one['namespace'] ?? ''];
      });
      yield* k.out(
        new TableWriter().rows([...(k.flags.bool('no-headers') ? [] : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']]), ...rows]),
      );
    }
    if (missing.length > 0) throw new Failure(missing.map((one) => `context ${one} not found`).join(', '));
  },
});

function listing(name: string, short: string, entries: (config: Kubeconfig) => ReadonlyMap<string, Entry>): Command {
  return defineCommand({
    name,
    short,
    *run(k) {
      const names = [...entries(yield* k.config()).keys()].sort();
      yield* k.out(`NAME\n${names.map((one) => `${one}\n`).join('')}`);
    },
  });
}

export const getClusters = listing('get-clusters', 'Display clusters defined in the kubeconfig', (config) => config.clusters);
export const getUsers = listing('get-users', 'Display users defined in the kubeconfig', (config) => config.users);

function removal(name: string, short: string, what: string, entries: (config: Kubeconfig) => Map<string, Entry>): Command {
  return defineCommand({
    name,
    short,
    use: 'NAME',
    *run(k) {
      if (k.args.length !== 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
      const config = yield* k.config();
      const one = k.args[0]!;
      if (!entries(config).delete(one)) throw new Failure(`cannot delete ${what} ${one}, not in ${config.path}`);
      if (what === 'context' && config.currentContext === one) {
        yield* k.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
      }
      yield* saveKubeconfig(k.os, config);
      yield* k.out(`deleted ${what} ${one} from ${config.path}\n`);
      return 0;
    },
  });
}

export const deleteContext = removal(
  'delete-context',
  'Delete the specified context from the kubeconfig',
  'context',
  (config) => config.contexts,
);
export const deleteCluster = removal(
  'delete-cluster',
  'Delete the specified cluster from the kubeconfig',
  'cluster',
  (config) => config.clusters,
);
export const deleteUser = removal('delete-user', 'Delete the specified user from the kubeconfig', 'user', (config) => config.users);

export const renameContext = defineCommand({
  name: 'rename-context',
  short: 'Rename a context from the kubeconfig file',
  use: 'CONTEXT_NAME NEW_NAME',
  *run(k) {
    if (k.args.length !== 2) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    const [from, to] = k.args as [string, string];
    const config = yield* k.config();
    const entry = config.contexts.get(from);
    if (entry === undefined) throw new Failure(`cannot rename the context ${JSON.stringify(from)}, it's not in ${config.path}`);
    if (config.contexts.has(to))
      throw new Failure(
        `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${config.path}`,
      );
    config.contexts.set(to, entry);
    config.contexts.delete(from);
    if (config.currentContext === from) config.currentContext = to;
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
    return 0;
  },
});

export const setContext = defineCommand({
  name: 'set-context',
  short: 'Set a context entry in kubeconfig',
  use: '[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  flags: [
    bool('current', 'Modify the current context'),
    text('cluster', 'cluster for the context entry in kubeconfig'),
    text('user', 'user for the context entry in kubeconfig'),
    text('namespace', 'namespace for the context entry in kubeconfig', { short: 'n' }),
  ],
  *run(k) {
    const current = k.flags.bool('current');
    if (k.args.length > 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    if (k.args.length === 1 && current) throw new Failure('you cannot specify both a context name and --current');
    if (k.args.length === 0 && !current) throw new Failure('you must specify a non-empty context name or --current');
    const config = yield* k.config();
    const name = current ? config.currentContext : k.args[0]!;
    if (current && name === '') throw new Failure('no current context is set');
    const before = config.contexts.get(name);
    const entry: Entry = { ...before };
    for (const field of ['cluster', 'user', 'namespace']) if (k.flags.changed(field)) entry[field] = k.flags.text(field);
    config.contexts.set(name, entry);
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Context ${JSON.stringify(name)} ${before === undefined ? 'created' : 'modified'}.\n`);
    return 0;
  },
});
