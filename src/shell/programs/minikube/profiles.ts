// What minikube remembers on the user's machine: a profile's configuration, the chosen profile, settings, and the kubeconfig entry.
// Models: kubernetes/minikube v1.38.1 pkg/minikube/{config,kubeconfig}
import { parseYaml, printYaml } from '../../../cluster/apimachinery/yaml.ts';
import { type Body, type Os, SystemError } from '../../../posix/program.ts';
import { formatTime } from '../../../posix/programs/date.ts';
import { type ClusterSpec, MINIKUBE, type NodeStatus } from './driver.ts';
import { MinikubeExit, type Out } from './output.ts';

export const MINIKUBE_VERSION = 'v1.38.1';
export const DEFAULT_KUBERNETES = 'v1.37.2';

export interface NodeConfig {
  /** Short: empty for the first, then `m02`, … */
  readonly name: string;
  readonly ip: string;
  readonly controlPlane: boolean;
}

export interface Profile extends ClusterSpec {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly nodes: readonly NodeConfig[];
  /** Started with several nodes, so that a CNI is there for more. */
  readonly multiNode: boolean;
  readonly addons: readonly string[];
}

const root = (os: Os) => `${os.env['HOME'] ?? '/root'}/.minikube`;
const configPath = (os: Os, profile: string) => `${root(os)}/profiles/${profile}/config.json`;

export function machineName(profile: string, node: string): string {
  return node === '' ? profile : `${profile}-${node}`;
}

function* readJson<T>(os: Os, path: string): Body<T | undefined> {
  try {
    return JSON.parse(yield* os.readFile(path)) as T;
  } catch (error) {
    if (error instanceof SystemError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function* makeFolders(os: Os, path: string): Body<void> {
  let at = '';
  for (const part of path.split('/').filter((name) => name !== '')) {
    at += `/${part}`;
    try {
      yield* os.makeDirectory(at);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
}

function* writeJson(os: Os, path: string, value: unknown): Body<void> {
  yield* makeFolders(os, path.replace(/\/[^/]*$/, ''));
  yield* os.writeFile(path, `${JSON.stringify(value, undefined, '\t')}\n`);
}

export function loadProfile(os: Os, profile: string): Body<Profile | undefined> {
  return readJson<Profile>(os, configPath(os, profile));
}

export function saveProfile(os: Os, profile: Profile): Body<void> {
  return writeJson(os, configPath(os, profile.profile), profile);
}

export function* listProfiles(os: Os): Body<readonly Profile[]> {
  let names: readonly string[] = [];
  try {
    names = yield* os.readDirectory(`${root(os)}/profiles`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  const profiles: Profile[] = [];
  for (const name of names) {
    const profile = yield* loadProfile(os, name);
    if (profile !== undefined) profiles.push(profile);
  }
  return profiles;
}

export function* removeTree(os: Os, path: string): Body<void> {
  try {
    if ((yield* os.stat(path, false)).type === 'directory') {
      for (const name of yield* os.readDirectory(path)) yield* removeTree(os, `${path}/${name}`);
    }
    yield* os.remove(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

export function* removeProfile(os: Os, profile: string): Body<void> {
  yield* removeTree(os, `${root(os)}/profiles/${profile}`);
  yield* removeTree(os, `${root(os)}/machines/${profile}`);
}

/** Settings of `minikube config set`, and the active profile among them. */
export function* loadSettings(os: Os): Body<Record<string, string>> {
  return (yield* readJson<Record<string, string>>(os, `${root(os)}/config/config.json`)) ?? {};
}

export function saveSettings(os: Os, settings: Readonly<Record<string, string>>): Body<void> {
  return writeJson(os, `${root(os)}/config/config.json`, settings);
}

export function* statusOf(os: Os, profile: string): Body<readonly NodeStatus[]> {
  return ((yield* os.device(MINIKUBE, 'status', { profile })) as readonly NodeStatus[] | undefined) ?? [];
}

const suffix = (profile: string) => (profile === 'minikube' ? '' : ` -p ${profile}`);

/** The profile of a command that needs a cluster; prints the shrug and ends when there is none. */
export function* existingProfile(out: Out, name: string): Body<Profile> {
  const profile = yield* loadProfile(out.os, name);
  if (profile !== undefined) return profile;
  yield* out.step('shrug', `Profile "${name}" not found. Run "minikube profile list" to view all profiles.`);
  yield* out.step('workaround', `To start a cluster, run: "minikube start${suffix(name)}"`);
  throw new MinikubeExit(85);
}

/** As {@link existingProfile}, and its control plane must run. */
export function* runningProfile(out: Out, name: string): Body<Profile> {
  const profile = yield* existingProfile(out, name);
  const [first] = yield* statusOf(out.os, name);
  if (first?.host !== 'Running') {
    yield* out.step('shrug', `The control-plane node ${name} host is not running: state=${first?.host ?? 'Nonexistent'}`);
    yield* out.step('workaround', `To start a cluster, run: "minikube start${suffix(name)}"`);
    throw new MinikubeExit(83);
  }
  if (first.apiServer !== 'Running') {
    const paused = first.apiServer === 'Paused';
    yield* out.step(
      'shrug',
      `The control-plane node ${name} apiserver is ${paused ? 'paused' : `not running: (state=${first.apiServer})`}`,
    );
    yield* out.step('workaround', `To start a cluster, run: "minikube ${paused ? 'unpause' : 'start'}${suffix(name)}"`);
    throw new MinikubeExit(103);
  }
  return profile;
}

// ---- kubeconfig

interface Named {
  readonly name: string;
  readonly [field: string]: unknown;
}

interface KubeConfig {
  apiVersion: string;
  clusters: Named[];
  contexts: Named[];
  'current-context': string;
  kind: string;
  users: Named[];
}

export function kubeconfigPath(os: Os): string {
  const given = os.env['KUBECONFIG']?.split(':')[0];
  return given === undefined || given === '' ? `${os.env['HOME'] ?? '/root'}/.kube/config` : given;
}

export function* loadKubeconfig(os: Os): Body<KubeConfig> {
  const empty: KubeConfig = { apiVersion: 'v1', clusters: [], contexts: [], 'current-context': '', kind: 'Config', users: [] };
  try {
    const found = parseYaml(yield* os.readFile(kubeconfigPath(os)))[0] as Partial<KubeConfig> | null | undefined;
    return {
      ...empty,
      ...found,
      clusters: [...(found?.clusters ?? [])],
      contexts: [...(found?.contexts ?? [])],
      users: [...(found?.users ?? [])],
    };
  } catch (error) {
    if (error instanceof SystemError) return empty;
    throw error;
  }
}

function* saveKubeconfig(os: Os, config: KubeConfig): Body<void> {
  const path = kubeconfigPath(os);
  yield* makeFolders(os, path.replace(/\/[^/]*$/, ''));
  yield* os.writeFile(path, printYaml(config));
  yield* os.chmod(path, 0o600);
}

const without = (entries: readonly Named[], name: string) => entries.filter((entry) => entry.name !== name);
const sorted = (entries: readonly Named[]) => [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Adds the cluster, its user and context; `current` switches to it. */
export function* addToKubeconfig(os: Os, profile: Profile, ip: string, namespace: string, current: boolean): Body<void> {
  const config = yield* loadKubeconfig(os);
  const name = profile.profile;
  const home = root(os);
  const info = {
    'last-update': formatTime(yield* os.time(), '%a, %d %b %Y %H:%M:%S UTC'),
    provider: 'minikube.sigs.k8s.io',
    version: MINIKUBE_VERSION,
  };
  const cluster = {
    cluster: {
      'certificate-authority': `${home}/ca.crt`,
      extensions: [{ extension: info, name: 'cluster_info' }],
      server: `https://${ip}:${profile.apiServerPort}`,
    },
    name,
  };
  const context = { context: { cluster: name, extensions: [{ extension: info, name: 'context_info' }], namespace, user: name }, name };
  const user = {
    name,
    user: { 'client-certificate': `${home}/profiles/${name}/client.crt`, 'client-key': `${home}/profiles/${name}/client.key` },
  };
  yield* saveKubeconfig(os, {
    apiVersion: 'v1',
    clusters: sorted([...without(config.clusters, name), cluster]),
    contexts: sorted([...without(config.contexts, name), context]),
    'current-context': current ? name : config['current-context'],
    kind: 'Config',
    users: sorted([...without(config.users, name), user]),
  });
}

/** Takes the cluster out; the context in use is emptied when it was this one. */
export function* removeFromKubeconfig(os: Os, name: string): Body<void> {
  const config = yield* loadKubeconfig(os);
  if (!config.contexts.some((entry) => entry.name === name) && !config.clusters.some((entry) => entry.name === name)) return;
  yield* saveKubeconfig(os, {
    ...config,
    clusters: without(config.clusters, name),
    contexts: without(config.contexts, name),
    users: without(config.users, name),
    'current-context': config['current-context'] === name ? '' : config['current-context'],
  });
}
