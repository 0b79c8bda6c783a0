// minikube profile, config, ip, version and other small commands.
import { type Body, SystemError } from '../../../posix/program.ts';
import { MINIKUBE } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import { type Out, table } from './output.ts';
import {
  addToKubeconfig,
  existingProfile,
  kubeconfigPath,
  listProfiles,
  loadKubeconfig,
  loadProfile,
  loadSettings,
  machineName,
  MINIKUBE_VERSION,
  runningProfile,
  saveProfile,
  saveSettings,
  statusOf,
} from './profiles.ts';

export const profileFlags: FlagTable = { 'o,output': 'string', 'l,light': 'bool', 'd,detailed': 'bool' };
export const ipFlags: FlagTable = { 'n,node': 'string' };
export const versionFlags: FlagTable = { short: 'bool', components: 'bool', 'o,output': 'string' };

const COMMIT = 'c93a4cb9311efc66b90d33ea03f75f2c4120e9b0';

export function* profile(out: Out, flags: Flags, active: string): Body<number> {
  const [verb] = flags.operands;
  if (verb === 'list') return yield* list(out, flags, active);
  if (verb === undefined) {
    yield* out.line(active);
    return 0;
  }
  if (flags.operands.length > 1) yield* out.usage('usage: minikube profile [MINIKUBE_PROFILE_NAME]');
  if (verb !== 'default' && (yield* loadProfile(out.os, verb)) === undefined) {
    yield* out.error('failure', `profile "${verb}" not found`);
    yield* out.error('tip', `if you want to create a profile you can by this command: minikube start -p ${verb}`);
    return 0;
  }
  const name = verb === 'default' ? 'minikube' : verb;
  yield* saveSettings(out.os, { ...(yield* loadSettings(out.os)), profile: name });
  yield* out.step('success', `minikube profile was successfully set to ${name}`);
  return 0;
}

function* list(out: Out, flags: Flags, active: string): Body<number> {
  const profiles = yield* listProfiles(out.os);
  if (profiles.length === 0) {
    yield* out.fail({
      id: 'MK_USAGE_NO_PROFILE',
      code: 14,
      style: 'startingNone',
      message: 'No minikube profile was found.',
      advice: "You can create one using 'minikube start'.",
    });
  }
  const context = (yield* loadKubeconfig(out.os))['current-context'];
  const rows: string[][] = [];
  for (const entry of profiles) {
    const states = yield* statusOf(out.os, entry.profile);
    const running = states.filter((state) => state.host === 'Running').length;
    const state =
      running === 0 ? 'Stopped' : running < entry.nodes.length ? 'Degraded' : states[0]?.apiServer === 'Paused' ? 'Paused' : 'OK';
    rows.push([
      entry.profile,
      entry.driver,
      entry.containerRuntime,
      entry.nodes[0]?.ip ?? '',
      entry.kubernetesVersion,
      flags.bool('light', false) ? 'Skipped' : state,
      String(entry.nodes.length),
      entry.profile === active ? '*' : '',
      entry.profile === context ? '*' : '',
    ]);
  }
  if (flags.text('output') === 'json') {
    const valid = rows.map(([name, , , , , state]) => ({
      Name: name,
      Status: state,
      Config: profiles.find((entry) => entry.profile === name),
      Active: name === active,
    }));
    yield* out.os.write(1, `${JSON.stringify({ invalid: [], valid })}\n`);
    return 0;
  }
  yield* out.os.write(
    1,
    table(['Profile', 'Driver', 'Runtime', 'IP', 'Version', 'Status', 'Nodes', 'Active Profile', 'Active Kubecontext'], rows),
  );
  return 0;
}

export function* ip(out: Out, flags: Flags, name: string): Body<number> {
  const entry = yield* runningProfile(out, name);
  const target = flags.text('node');
  const node =
    target === undefined ? entry.nodes[0] : entry.nodes.find((other) => other.name === target || machineName(name, other.name) === target);
  if (node === undefined)
    return yield* out.fail({ id: 'GUEST_NODE_RETRIEVE', code: 85, message: `retrieving node: Could not find node ${target}`, box: true });
  yield* out.line(node.ip);
  return 0;
}

export function* version(out: Out, flags: Flags): Body<number> {
  const output = flags.text('output') ?? '';
  if (output === 'json') yield* out.os.write(1, `${JSON.stringify({ commit: COMMIT, minikubeVersion: MINIKUBE_VERSION })}\n`);
  else if (output === 'yaml') yield* out.os.write(1, `commit: ${COMMIT}\nminikubeVersion: ${MINIKUBE_VERSION}\n\n`);
  else if (output !== '') yield* out.usage(`--output must be 'yaml' or 'json'`);
  else if (flags.bool('short', false)) yield* out.line(MINIKUBE_VERSION);
  else yield* out.line(`minikube version: ${MINIKUBE_VERSION}\ncommit: ${COMMIT}`);
  return 0;
}

const settingNames = new Set([
  'driver',
  'vm-driver',
  'container-runtime',
  'feature-gates',
  'v',
  'cpus',
  'disk-size',
  'host-only-cidr',
  'memory',
  'log_dir',
  'kubernetes-version',
  'iso-url',
  'WantUpdateNotification',
  'WantBetaUpdateNotification',
  'ReminderWaitPeriodInHours',
  'WantNoneDriverWarning',
  'WantVirtualBoxDriverWarning',
  'profile',
  'bootstrapper',
  'insecure-registry',
  'hyperv-virtual-switch',
  'disable-driver-mounts',
  'cache',
  'EmbedCerts',
  'native-ssh',
  'rootless',
  'MaxAuditEntries',
]);

export function* config(out: Out, flags: Flags): Body<number> {
  const [verb, name = '', value] = flags.operands;
  const settings = yield* loadSettings(out.os);
  switch (verb) {
    case 'set':
      if (flags.operands.length !== 3)
        yield* out.usage('not enough arguments (1).\nusage: minikube config set PROPERTY_NAME PROPERTY_VALUE');
      if (!settingNames.has(name)) {
        yield* out.fail({
          id: 'MK_CONFIG_SET',
          code: 80,
          message: `Set failed: find settings for "${name}" value of "${value}": property name "${name}" not found`,
          box: true,
        });
      }
      yield* saveSettings(out.os, { ...settings, [name]: value as string });
      if (/^(?:driver|vm-driver|cpus|memory|disk-size|kubernetes-version|container-runtime|feature-gates)$/.test(name)) {
        yield* out.error('warning', 'These changes will take effect upon a minikube delete and then a minikube start');
      }
      return 0;
    case 'get':
      if (settings[name] === undefined) {
        yield* out.os.write(2, `\nError: no value for key '${name}'\n`);
        return 1;
      }
      yield* out.line(settings[name]);
      return 0;
    case 'unset': {
      const { [name]: _gone, ...rest } = settings;
      yield* saveSettings(out.os, rest);
      return 0;
    }
    case 'view':
      for (const [key, text] of Object.entries(settings)) yield* out.line(`- ${key}: ${text}`);
      return 0;
    default:
      return yield* out.usage('Usage: minikube config SUBCOMMAND [flags]');
  }
}

export function* updateContext(out: Out, name: string): Body<number> {
  const entry = yield* runningProfile(out, name);
  const address = entry.nodes[0]?.ip ?? '';
  const found = (yield* loadKubeconfig(out.os)).clusters.find((cluster) => cluster.name === name)?.['cluster'] as
    | { readonly server?: string }
    | undefined;
  if (found?.server === `https://${address}:${entry.apiServerPort}`)
    yield* out.step('meh', `No changes required for the "${name}" context`);
  else {
    yield* addToKubeconfig(out.os, entry, address, 'default', true);
    yield* out.step('celebrate', `"${name}" context has been updated to point to ${address}:${entry.apiServerPort}`);
  }
  yield* out.step('kubectl', `Current context is "${name}"`);
  return 0;
}

/** `minikube kubectl -- …`: kubectl with this cluster. */
export function* kubectl(out: Out, words: readonly string[], name: string): Body<number> {
  const entry = yield* loadProfile(out.os, name);
  try {
    yield* out.os.exec(['kubectl', ...(entry === undefined ? [] : [`--cluster=${name}`]), ...words], {
      env: { ...out.os.env, KUBECONFIG: kubeconfigPath(out.os) },
    });
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* out.fail({ id: 'INET_CACHE_KUBECTL', code: 40, message: 'Failed to cache kubectl' });
  }
}

const knownAddons: Readonly<Record<string, string>> = {
  dashboard: 'Kubernetes',
  'default-storageclass': 'Kubernetes',
  ingress: 'Kubernetes',
  'metrics-server': 'Kubernetes',
  'storage-provisioner': 'minikube',
};

/** Simplified: lists and switches the add-ons the simulated cluster knows. */
export function* addons(out: Out, flags: Flags, name: string): Body<number> {
  const [verb, addon] = flags.operands;
  if (verb !== 'list' && verb !== 'enable' && verb !== 'disable') yield* out.usage('Usage: minikube addons SUBCOMMAND [flags]');
  const entry = verb === 'list' ? yield* existingProfile(out, name) : yield* runningProfile(out, name);
  if (verb === 'list') {
    const rows = Object.entries(knownAddons).map(([key, maintainer]) => [
      key,
      name,
      entry.addons.includes(key) ? 'enabled ✅' : 'disabled    ',
      maintainer,
    ]);
    yield* out.os.write(1, table(['ADDON NAME', 'PROFILE', 'STATUS', 'MAINTAINER'], rows));
    return 0;
  }
  if (addon === undefined) yield* out.usage(`usage: minikube addons ${verb} ADDON_NAME`);
  const wanted = addon as string;
  if (knownAddons[wanted] === undefined) {
    if (verb === 'disable')
      yield* out.fail({ id: 'SVC_ADDON_UNSUPPORTED', code: 116, message: `"'${wanted}' is not a valid minikube addon` });
    yield* out.fail({
      id: 'MK_ADDON_ENABLE',
      code: 10,
      message: `enable failed: run callbacks: ${wanted} is not a valid addon`,
      box: true,
    });
  }
  if (verb === 'enable') {
    const maintainer = knownAddons[wanted];
    yield* out.step(
      'tip',
      `${wanted} is an addon maintained by ${maintainer}. For any concerns contact minikube on GitHub.\nYou can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS`,
    );
  }
  const refused = (yield* out.os.device(MINIKUBE, 'addon', { profile: name, addon: wanted, enabled: verb === 'enable' })) as
    | string
    | undefined;
  if (typeof refused === 'string') yield* out.fail({ id: 'MK_ADDON_ENABLE', code: 10, message: `enable failed: ${refused}`, box: true });
  const addonNames = entry.addons.filter((other) => other !== wanted);
  yield* saveProfile(out.os, { ...entry, addons: verb === 'enable' ? [...addonNames, wanted] : addonNames });
  if (verb === 'enable') yield* out.step('addonEnable', `The '${wanted}' addon is enabled`);
  else yield* out.step('addonDisable', `"The '${wanted}' addon is disabled`);
  return 0;
}
