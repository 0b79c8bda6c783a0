// The kubeconfig file: loading (`--kubeconfig`, $KUBECONFIG with merging, ~/.kube/config), editing, and what the context resolves to.
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/tools/clientcmd
import { parseYaml, printYaml } from '../../../cluster/apimachinery/yaml.ts';
import { goQuote } from '../../../cluster/apimachinery/go-text.ts';
import { type Body, type Os, SystemError } from '../../../posix/program.ts';
import { Failure, VerbatimFailure } from './errors.ts';
import type { Flags } from './flags.ts';

export type Entry = Record<string, any>;

export interface Kubeconfig {
  /** Where edits go. */
  readonly path: string;
  clusters: Map<string, Entry>;
  contexts: Map<string, Entry>;
  users: Map<string, Entry>;
  currentContext: string;
  preferences: Entry;
}

export interface Target {
  readonly server: string;
  readonly namespace: string;
  readonly explicitNamespace: boolean;
  readonly user: Entry;
  readonly userName: string;
}

/** The files to read, in order, and whether each must exist. */
function filesOf(os: Os, flags: Flags): { readonly paths: readonly string[]; readonly explicit: boolean } {
  const flag = flags.text('kubeconfig');
  if (flag !== '') return { paths: [flag], explicit: true };
  const variable = (os.env['KUBECONFIG'] ?? '').split(':').filter((one) => one !== '');
  return { paths: variable.length > 0 ? variable : [`${os.env['HOME'] ?? '/home/user'}/.kube/config`], explicit: false };
}

export function* loadKubeconfig(os: Os, flags: Flags): Body<Kubeconfig> {
  const { paths, explicit } = filesOf(os, flags);
  const config: Kubeconfig = {
    path: paths[0]!,
    clusters: new Map(),
    contexts: new Map(),
    users: new Map(),
    currentContext: '',
    preferences: {},
  };
  for (const path of paths) {
    let text: string;
    try {
      text = yield* os.readFile(path);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (explicit) throw new Failure(`stat ${path}: no such file or directory`);
      continue;
    }
    let document: any;
    try {
      document = parseYaml(text)[0] ?? {};
    } catch (error) {
      throw new Failure(`error loading config file "${path}": ${(error as Error).message}`);
    }
    merge(config.clusters, document.clusters, 'cluster');
    merge(config.contexts, document.contexts, 'context');
    merge(config.users, document.users, 'user');
    if (config.currentContext === '') config.currentContext = document['current-context'] ?? '';
    config.preferences = { ...document.preferences, ...config.preferences };
  }
  return config;
}

function merge(into: Map<string, Entry>, list: readonly any[] | undefined | null, field: string): void {
  for (const one of list ?? []) if (!into.has(one.name)) into.set(one.name, one[field] ?? {});
}

/** The document of a kubeconfig file. */
export function kubeconfigDocument(config: Kubeconfig): Entry {
  const list = (map: Map<string, Entry>, field: string) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => ({ [field]: entry, name }));
  const orNull = (items: Entry[]) => (items.length === 0 ? null : items);
  return {
    apiVersion: 'v1',
    clusters: orNull(list(config.clusters, 'cluster')),
    contexts: orNull(list(config.contexts, 'context')),
    'current-context': config.currentContext,
    kind: 'Config',
    ...(Object.keys(config.preferences).length > 0 ? { preferences: config.preferences } : {}),
    users: orNull(list(config.users, 'user')),
  };
}

export function* saveKubeconfig(os: Os, config: Kubeconfig): Body<void> {
  const folder = config.path.slice(0, config.path.lastIndexOf('/'));
  if (folder !== '') {
    try {
      yield* os.stat(folder);
    } catch {
      yield* os.makeDirectory(folder);
    }
  }
  yield* os.writeFile(config.path, printYaml(kubeconfigDocument(config)));
}

/** Which server, namespace and user the flags and the current context name; `own` flags of the command mean something else. @throws Failure */
export function resolveTarget(config: Kubeconfig, flags: Flags, own: ReadonlySet<string>): Target {
  const global = (name: string) => (own.has(name) ? '' : flags.text(name));
  const contextName = global('context') || config.currentContext;
  const context = config.contexts.get(contextName);
  if (context === undefined && global('context') !== '') {
    throw new VerbatimFailure(`Error in configuration: context was not found for specified context: ${contextName}`);
  }
  const clusterName = global('cluster') || context?.['cluster'] || '';
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined && global('cluster') !== '') throw new Failure(`no server found for cluster ${goQuote(clusterName)}`);
  const userName = global('user') || context?.['user'] || '';
  if (global('user') !== '' && !config.users.has(userName)) throw new Failure(`auth info ${goQuote(userName)} does not exist`);
  const impersonates = flags.list('as-group').length > 0 || flags.text('as-uid') !== '' || flags.list('as-user-extra').length > 0;
  if (impersonates && flags.text('as') === '') {
    throw new Failure(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  }
  const server = global('server') || cluster?.['server'] || 'http://localhost:8080';
  return {
    server: server.includes('://') ? server : `http://${server}`,
    namespace: flags.text('namespace') || context?.['namespace'] || 'default',
    explicitNamespace: flags.changed('namespace'),
    user: config.users.get(userName) ?? {},
    userName,
  };
}
