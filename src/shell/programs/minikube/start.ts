// minikube start: a new cluster, a stopped one, a running one; one node or several. Step lines in the order of the real ones.
// Models: kubernetes/minikube v1.38.1 cmd/minikube/cmd/start.go, pkg/minikube/node/start.go
import type { Body } from '../../../posix/program.ts';
import { type ClusterSpec, type DriverName, MINIKUBE, type NodeAddress, type Phase } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import type { Out } from './output.ts';
import {
  addToKubeconfig,
  DEFAULT_KUBERNETES,
  loadProfile,
  machineName,
  MINIKUBE_VERSION,
  type NodeConfig,
  type Profile,
  saveProfile,
  saveSettings,
  loadSettings,
  statusOf,
} from './profiles.ts';
import { chooseVersion } from './versions.ts';

export const startFlags: FlagTable = {
  'd,driver': 'string',
  'vm-driver': 'string',
  'n,nodes': 'int',
  cpus: 'string',
  'm,memory': 'string',
  'disk-size': 'string',
  'kubernetes-version': 'string',
  'c,container-runtime': 'string',
  cni: 'string',
  addons: 'list',
  ha: 'bool',
  wait: 'list',
  'wait-timeout': 'string',
  'extra-config': 'list',
  'feature-gates': 'string',
  'service-cluster-ip-range': 'string',
  'dns-domain': 'string',
  'apiserver-port': 'int',
  'apiserver-ips': 'list',
  'apiserver-name': 'string',
  'apiserver-names': 'list',
  namespace: 'string',
  'static-ip': 'string',
  subnet: 'string',
  network: 'string',
  ports: 'list',
  'install-addons': 'bool',
  preload: 'bool',
  'no-kubernetes': 'bool',
  'dry-run': 'bool',
  force: 'bool',
  'delete-on-failure': 'bool',
  'disable-optimizations': 'bool',
  'disable-metrics': 'bool',
  'keep-context': 'bool',
  'embed-certs': 'bool',
  mount: 'bool',
  'mount-string': 'string',
  'o,output': 'string',
  'g,gpus': 'string',
  'listen-address': 'string',
  'insecure-registry': 'list',
  'registry-mirror': 'list',
  'image-mirror-country': 'string',
  'image-repository': 'string',
  interactive: 'bool',
  'base-image': 'string',
  'cache-images': 'bool',
  'auto-update-drivers': 'bool',
  'download-only': 'bool',
  'docker-env': 'list',
  'docker-opt': 'list',
  'host-only-cidr': 'string',
  'cert-expiration': 'string',
  'native-ssh': 'bool',
};

const drivers: readonly DriverName[] = ['docker', 'podman', 'kvm2', 'virtualbox', 'qemu2', 'none', 'ssh'];
const hostMemoryMiB = 15989;
const hostCpus = 8;

function* chooseDriver(out: Out, flags: Flags, existing: Profile | undefined): Body<DriverName> {
  const wanted = flags.text('driver') ?? flags.text('vm-driver') ?? (yield* loadSettings(out.os))['driver'];
  if (flags.has('driver') && flags.has('vm-driver')) {
    yield* out.error(
      'warning',
      `Both driver=${flags.text('driver')} and vm-driver=${flags.text('vm-driver')} have been set.\n\n    Since vm-driver is deprecated, minikube will default to driver=${flags.text('driver')}.\n\n    If vm-driver is set in the global config, please run "minikube config unset vm-driver" to resolve this warning.\n`,
    );
  }
  if (existing !== undefined) {
    if (wanted !== undefined && wanted !== existing.driver) {
      const old = existing.driver;
      const name = existing.profile;
      yield* out.fail({
        id: 'GUEST_DRIVER_MISMATCH',
        code: 81,
        style: 'conflict',
        message: `The existing "${name}" cluster was created using the "${old}" driver, which is incompatible with requested "${wanted}" driver.`,
        advice: `Delete the existing '${name}' cluster using: 'minikube delete', or start the existing '${name}' cluster using: 'minikube start --driver=${old}'`,
      });
    }
    yield* out.step('sparkle', `Using the ${existing.driver} driver based on existing profile`);
    return existing.driver;
  }
  if (wanted === undefined) {
    yield* out.step('sparkle', 'Automatically selected the docker driver. Other choices: none, ssh');
    return 'docker';
  }
  const driver = drivers.find(
    (name) => name === wanted || (wanted === 'qemu' && name === 'qemu2') || (wanted === 'kvm' && name === 'kvm2'),
  );
  if (driver === undefined)
    return yield* out.fail({ id: 'DRV_UNSUPPORTED_OS', code: 56, message: `The driver '${wanted}' is not supported on linux/amd64` });
  yield* out.step('sparkle', `Using the ${driver} driver based on user configuration`);
  return driver;
}

function* checkNone(out: Out, flags: Flags, nodes: number, name: string): Body<void> {
  if (nodes > 1)
    yield* out.fail({ id: 'DRV_UNSUPPORTED_MULTINODE', code: 51, message: 'The none driver is not compatible with multi-node clusters.' });
  if (name !== 'minikube') {
    yield* out.fail({
      id: 'DRV_UNSUPPORTED_PROFILE',
      code: 56,
      message: "The 'none driver does not support multiple profiles: https://minikube.sigs.k8s.io/docs/reference/drivers/none/",
    });
  }
  if (flags.has('cpus')) yield* out.error('warning', "The 'none' driver does not respect the --cpus flag");
  if (flags.has('memory')) yield* out.error('warning', "The 'none' driver does not respect the --memory flag");
}

/** `4096`, `4g`, `4096mb` in MiB; undefined when it is no size. */
function parseMemory(text: string): number | undefined {
  if (text === 'max' || text === 'no-limit') return hostMemoryMiB;
  const match = /^(\d+(?:\.\d+)?)\s*(b|k|kb|m|mb|mib|g|gb|gib)?$/i.exec(text);
  if (match === null) return undefined;
  const unit = (match[2] ?? 'm').toLowerCase();
  const factor = unit.startsWith('g') ? 1024 : unit.startsWith('k') ? 1 / 1024 : unit === 'b' ? 1 / 1048576 : 1;
  return Math.floor(Number(match[1]) * factor);
}

function* resources(out: Out, flags: Flags, nodes: number): Body<{ readonly cpus: number; readonly memoryMiB: number }> {
  const cpusText = flags.text('cpus') ?? '2';
  const cpus = cpusText === 'max' || cpusText === 'no-limit' ? hostCpus : Number(cpusText);
  if (!Number.isInteger(cpus)) yield* out.usage(`Sorry, please set the --cpus flag to a positive integer, "max" or "no-limit"`);
  if (cpus < 2)
    yield* out.fail({
      id: 'RSRC_INSUFFICIENT_CORES',
      code: 29,
      style: 'unmet',
      message: `Requested cpu count ${cpus} is less than the minimum allowed of 2`,
    });
  if (cpus > hostCpus) {
    yield* out.fail({
      id: 'RSRC_INSUFFICIENT_CORES',
      code: 29,
      style: 'unmet',
      message: `Requested cpu count ${cpus} is greater than the available cpus of ${hostCpus}`,
    });
  }
  const text = flags.text('memory');
  // A quarter of the host, divided among the nodes, between 3072 and 6144 MB.
  const auto = Math.max(3072, Math.min(6144, Math.floor(Math.floor((hostMemoryMiB * 0.25) / 100) * (100 / nodes))));
  const memoryMiB = text === undefined ? auto : parseMemory(text);
  if (memoryMiB === undefined)
    return yield* out.usage(`Unable to parse memory '${text}': invalid suffix: '${(text ?? '').replace(/^[\d.]+/, '')}'`);
  if (memoryMiB < 1800) {
    yield* out.fail({
      id: 'RSRC_INSUFFICIENT_REQ_MEMORY',
      code: 23,
      style: 'unmet',
      message: `Requested memory allocation ${memoryMiB}MiB is less than the usable minimum of 1800MB`,
    });
  }
  if (memoryMiB < 1900)
    yield* out.error(
      'unmet',
      `Requested memory allocation (${memoryMiB}MB) is less than the recommended minimum 1900MB. Deployments may fail.`,
    );
  if (memoryMiB > hostMemoryMiB) {
    yield* out.fail({
      id: 'RSRC_OVER_ALLOC_MEM',
      code: 10,
      message: `Requested memory allocation ${memoryMiB}MB is more than your system limit ${hostMemoryMiB}MB.`,
      advice: "Start minikube with less memory allocated: 'minikube start --memory=3900mb'",
    });
  }
  return { cpus, memoryMiB };
}

function* extraConfig(out: Out, flags: Flags): Body<ClusterSpec['extraConfig']> {
  const options: { component: string; key: string; value: string }[] = [];
  for (const text of flags.list('extra-config')) {
    const match = /^([^.=]+)\.([^=]+)=(.*)$/.exec(text);
    if (match === null)
      return yield* out.usage(
        `invalid argument "${text}" for "--extra-config" flag: invalid value: must contain at least one period: ${JSON.stringify(text)}`,
      );
    const [, component = '', key = '', value = ''] = match;
    if (!/^(?:kubelet|kubeadm|apiserver|controller-manager|etcd|proxy|kube-proxy|scheduler)$/.test(component)) {
      yield* out.fail({ id: 'MK_USAGE', code: 14, message: `Sorry, the component "${component}" is not known to --extra-config` });
    }
    options.push({ component, key, value });
  }
  return options;
}

function cniOf(flags: Flags, nodes: number, runtime: string): string {
  const wanted = flags.text('cni') ?? 'auto';
  if (wanted === 'true' || wanted === 'false') return wanted === 'true' ? 'bridge' : 'none';
  if (wanted !== 'auto' && wanted !== '') return wanted;
  return nodes > 1 || runtime !== 'docker' ? 'kindnet' : 'bridge';
}

const cniNames: Readonly<Record<string, string>> = {
  bridge: 'bridge CNI',
  kindnet: 'CNI',
  calico: 'Calico',
  cilium: 'Cilium',
  flannel: 'Flannel',
};
const runtimeNames: Readonly<Record<string, string>> = { docker: 'Docker 29.2.1', containerd: 'containerd 2.2.1', 'cri-o': 'CRI-O 1.35.0' };

function preparing(out: Out, profile: Profile): Body<void> {
  const style = profile.containerRuntime === 'containerd' ? 'containerd' : profile.containerRuntime === 'cri-o' ? 'crio' : 'docker';
  return out.step(
    style,
    `Preparing Kubernetes ${profile.kubernetesVersion} on ${runtimeNames[profile.containerRuntime] ?? profile.containerRuntime} ...`,
  );
}

function phase(out: Out, profile: string, node: string, name: Phase): Body<any> {
  return out.os.device(MINIKUBE, 'phase', { profile, node, phase: name });
}

/** `minikube start`. */
export function* start(out: Out, flags: Flags, name: string): Body<number> {
  const { os } = out;
  const output = flags.text('output') ?? 'text';
  if (output !== 'text' && output !== 'json')
    yield* out.usage(`Sorry, please set the --output flag to one of the following valid options: [text,json]`);
  out.json = output === 'json';
  const tag = name === 'minikube' ? '' : `[${name}] `;
  yield* out.step('happy', `${tag}minikube ${MINIKUBE_VERSION} on Ubuntu 24.04`);
  for (const [key, value] of Object.entries(os.env))
    if (/^(?:MINIKUBE_|KUBECONFIG$)/.test(key)) yield* out.step('option', `${key}=${value}`);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9-]+$/.test(name)) {
    yield* out.error('warning', `Profile name '${name}' is not valid`);
    yield* out.usage("Only alphanumeric and dashes '-' are permitted. Minimum 2 characters, starting with alphanumeric.");
  }
  const existing = yield* loadProfile(os, name);
  const nodes = Number(flags.text('nodes') ?? 1);
  if (nodes < 1) yield* out.usage(`Sorry, please set the --nodes flag to a positive integer`);
  const version = yield* chooseVersion(out, flags, existing);
  const driver = yield* chooseDriver(out, flags, existing);
  if (driver === 'none') yield* checkNone(out, flags, nodes, name);
  const profile =
    existing === undefined
      ? yield* newProfile(out, flags, name, driver, version, nodes)
      : yield* changedProfile(out, flags, existing, version);
  if (flags.bool('dry-run', false)) {
    yield* out.step('dryRun', 'dry-run validation complete!');
    return 0;
  }
  return existing === undefined ? yield* create(out, flags, profile, nodes) : yield* resume(out, flags, profile);
}

function* newProfile(out: Out, flags: Flags, name: string, driver: DriverName, version: string, nodes: number): Body<Profile> {
  const runtime = flags.text('container-runtime') ?? 'docker';
  if (!/^(?:docker|cri-o|crio|containerd)$/.test(runtime))
    yield* out.usage(`Invalid Container Runtime: ${runtime}. Valid runtimes are: [docker cri-o containerd]`);
  if (runtime === 'docker') {
    yield* out.error('warning', 'Starting v1.39.0, minikube will default to "containerd" container runtime. See #21973 for more info.');
  }
  if (runtime !== 'docker' && flags.text('cni') === 'false') yield* out.usage(`The "${runtime}" container runtime requires CNI`);
  const cni = cniOf(flags, nodes, runtime);
  if (cni === 'bridge' && nodes > 1) yield* out.usage('bridge CNI is incompatible with multi-node clusters');
  const { cpus, memoryMiB } = yield* resources(out, flags, nodes);
  if (driver === 'docker' || driver === 'podman')
    yield* out.step('notice', `Using ${driver === 'docker' ? 'Docker' : 'Podman'} driver with root privileges`);
  return {
    profile: name,
    driver,
    kubernetesVersion: version,
    containerRuntime: runtime === 'crio' ? 'cri-o' : runtime,
    cni,
    serviceCidr: flags.text('service-cluster-ip-range') ?? '10.96.0.0/12',
    dnsDomain: flags.text('dns-domain') ?? 'cluster.local',
    apiServerPort: Number(flags.text('apiserver-port') ?? 8443),
    extraConfig: yield* extraConfig(out, flags),
    featureGates: flags.text('feature-gates') ?? '',
    cpus,
    memoryMiB,
    nodes: [],
    multiNode: nodes > 1,
    addons: ['storage-provisioner', 'default-storageclass'],
  };
}

function* changedProfile(out: Out, flags: Flags, existing: Profile, version: string): Body<Profile> {
  if (flags.has('nodes') && Number(flags.text('nodes')) !== existing.nodes.length) {
    yield* out.error(
      'warning',
      "You cannot change the number of nodes for an existing minikube cluster. Please use 'minikube node add' to add nodes to an existing cluster.",
    );
  }
  const fixed = [
    ['memory', 'memory size'],
    ['cpus', 'CPUs'],
    ['disk-size', 'disk size'],
  ] as const;
  for (const [flag, words] of fixed) {
    if (flags.has(flag))
      yield* out.error('warning', `You cannot change the ${words} for an existing minikube cluster. Please first delete the cluster.`);
  }
  return { ...existing, kubernetesVersion: version };
}

function* create(out: Out, flags: Flags, planned: Profile, nodes: number): Body<number> {
  const { os } = out;
  const none = planned.driver === 'none';
  const first = none ? yield* os.hostname() : planned.profile;
  yield* out.step('thumbsUp', `Starting "${planned.profile}" primary control-plane node in "${planned.profile}" cluster`);
  yield* os.device(MINIKUBE, 'create', specOf(planned));
  if (none) {
    yield* out.step('startingNone', `Running on localhost (CPUs=${hostCpus}, Memory=${hostMemoryMiB}MB, Disk=29587MB) ...`);
  } else yield* creatingLines(out, planned, planned.memoryMiB);
  const { ip } = (yield* os.device(MINIKUBE, 'createNode', {
    profile: planned.profile,
    node: first,
    controlPlane: true,
    cpus: planned.cpus,
    memoryMiB: planned.memoryMiB,
  })) as NodeAddress;
  let profile: Profile = { ...planned, nodes: [{ name: '', ip, controlPlane: true }] };
  yield* saveProfile(os, profile);
  if (none) yield* out.step('provisioner', 'OS release is Ubuntu 24.04.2 LTS');
  yield* phase(out, profile.profile, first, 'runtime');
  yield* preparing(out, profile);
  for (const { component, key, value } of profile.extraConfig) yield* out.step('option', `${component}.${key}=${value}`);
  yield* out.subStep('Generating certificates and keys ...');
  yield* phase(out, profile.profile, first, 'certificates');
  yield* out.subStep('Booting up control plane ...');
  yield* phase(out, profile.profile, first, 'controlPlane');
  yield* out.subStep('Configuring RBAC rules ...');
  yield* phase(out, profile.profile, first, 'rbac');
  yield* addToKubeconfig(os, profile, ip, flags.text('namespace') ?? 'default', !flags.bool('keep-context', false));
  yield* out.step('cni', `Configuring ${cniNames[profile.cni] ?? profile.cni} (Container Networking Interface) ...`);
  yield* phase(out, profile.profile, first, 'cni');
  if (none) yield* noneNotes(out);
  yield* verify(out, profile, first);
  for (let number = 2; number <= nodes; number++) {
    yield* out.line('');
    profile = yield* addWorker(out, profile, `m${String(number).padStart(2, '0')}`, profile.memoryMiB);
  }
  yield* rememberActive(out, profile.profile);
  yield* done(out, flags, profile);
  return 0;
}

function specOf(profile: Profile) {
  const {
    driver,
    kubernetesVersion,
    containerRuntime,
    cni,
    serviceCidr,
    dnsDomain,
    apiServerPort,
    extraConfig: extra,
    featureGates,
  } = profile;
  return {
    profile: profile.profile,
    driver,
    kubernetesVersion,
    containerRuntime,
    cni,
    serviceCidr,
    dnsDomain,
    apiServerPort,
    extraConfig: extra,
    featureGates,
  };
}

function* creatingLines(out: Out, profile: Profile, memoryMiB: number): Body<void> {
  if (profile.driver === 'docker' || profile.driver === 'podman') {
    yield* out.step('pulling', 'Pulling base image v0.0.50 ...');
    yield* out.step('startingVm', `Creating ${profile.driver} container (CPUs=${profile.cpus}, Memory=${memoryMiB}MB) ...`);
  } else yield* out.step('startingVm', `Creating ${profile.driver} VM (CPUs=${profile.cpus}, Memory=${memoryMiB}MB, Disk=20000MB) ...`);
}

function* verify(out: Out, profile: Profile, node: string): Body<void> {
  yield* out.step('healthCheck', 'Verifying Kubernetes components...');
  yield* phase(out, profile.profile, node, 'verify');
  if (profile.addons.includes('storage-provisioner')) yield* out.step('option', 'Using image gcr.io/k8s-minikube/storage-provisioner:v5');
  yield* phase(out, profile.profile, node, 'addons');
  yield* out.step('addonEnable', `Enabled addons: ${profile.addons.join(', ')}`);
}

function* noneNotes(out: Out): Body<void> {
  const home = out.os.env['HOME'] ?? '/root';
  yield* out.step('startingNone', 'Configuring local host environment ...');
  yield* out.line('');
  yield* out.error('warning', "The 'none' driver is designed for experts who need to integrate with an existing VM");
  yield* out.error('tip', "Most users should use the newer 'docker' driver instead, which does not require root!");
  yield* out.error('documentation', 'For more information, see: https://minikube.sigs.k8s.io/docs/reference/drivers/none/');
  yield* out.line('');
  yield* out.error('warning', `kubectl and minikube configuration will be stored in ${home}`);
  yield* out.error(
    'warning',
    'To use kubectl or minikube commands as your own user, you may need to relocate them. For example, to overwrite your own settings, run:',
  );
  yield* out.line('');
  yield* out.step('option', `sudo mv ${home}/.kube ${home}/.minikube $HOME`);
  yield* out.step('option', 'sudo chown -R $USER $HOME/.kube $HOME/.minikube');
  yield* out.line('');
  yield* out.step('tip', 'This can also be done automatically by setting the env var CHANGE_MINIKUBE_NONE_USER=true');
}

/** A further node: its machine, its joining; remembered in the profile. */
export function* addWorker(out: Out, profile: Profile, name: string, memoryMiB: number): Body<Profile> {
  const { os } = out;
  const node = machineName(profile.profile, name);
  yield* out.step('thumbsUp', `Starting "${node}" worker node in "${profile.profile}" cluster`);
  yield* creatingLines(out, profile, memoryMiB);
  const { ip } = (yield* os.device(MINIKUBE, 'createNode', {
    profile: profile.profile,
    node,
    controlPlane: false,
    cpus: profile.cpus,
    memoryMiB,
  })) as NodeAddress;
  const next: Profile = { ...profile, nodes: [...profile.nodes, { name, ip, controlPlane: false }] };
  yield* saveProfile(os, next);
  const others = profile.nodes.map((other) => other.ip);
  yield* out.step('internet', 'Found network options:');
  yield* out.step('option', `NO_PROXY=${others.join(',')}`);
  yield* phase(out, profile.profile, node, 'runtime');
  yield* preparing(out, profile);
  for (let count = 1; count <= others.length; count++) yield* out.step('option', `env NO_PROXY=${others.slice(0, count).join(',')}`);
  yield* phase(out, profile.profile, node, 'join');
  yield* out.step('healthCheck', 'Verifying Kubernetes components...');
  yield* phase(out, profile.profile, node, 'verify');
  return next;
}

/** A cluster that is there: started again, or only looked after. */
function* resume(out: Out, flags: Flags, profile: Profile): Body<number> {
  const { os } = out;
  yield* saveProfile(os, profile);
  for (const [index, node] of profile.nodes.entries()) {
    if (index > 0) yield* out.line('');
    yield* resumeNode(out, profile, node);
    if (index === 0) yield* addToKubeconfig(os, profile, node.ip, flags.text('namespace') ?? 'default', !flags.bool('keep-context', false));
  }
  yield* rememberActive(out, profile.profile);
  yield* done(out, flags, profile);
  return 0;
}

export function* resumeNode(out: Out, profile: Profile, node: NodeConfig): Body<void> {
  const machine = machineName(profile.profile, node.name);
  const role = node.name === '' ? 'primary control-plane' : node.controlPlane ? 'control-plane' : 'worker';
  yield* out.step('thumbsUp', `Starting "${machine}" ${role} node in "${profile.profile}" cluster`);
  const container = profile.driver === 'docker' || profile.driver === 'podman';
  if (container) yield* out.step('pulling', 'Pulling base image v0.0.50 ...');
  const state = (yield* statusOf(out.os, profile.profile)).find((status) => status.node === machine);
  const kind = container ? `${profile.driver} container` : `${profile.driver} VM`;
  if (state?.host === 'Running')
    yield* out.step(
      'running',
      `Updating the running ${container ? `${profile.driver} "${machine}" container` : `${profile.driver} "${machine}" VM`} ...`,
    );
  else {
    yield* out.step('restarting', `Restarting existing ${kind} for "${machine}" ...`);
    yield* out.os.device(MINIKUBE, 'powerOn', { profile: profile.profile, node: machine });
  }
  const others = profile.nodes.slice(0, profile.nodes.indexOf(node)).map((other) => other.ip);
  if (others.length > 0) {
    yield* out.step('internet', 'Found network options:');
    yield* out.step('option', `NO_PROXY=${others.join(',')}`);
  }
  yield* preparing(out, profile);
  for (let count = 1; count <= others.length; count++) yield* out.step('option', `env NO_PROXY=${others.slice(0, count).join(',')}`);
  yield* phase(out, profile.profile, machine, 'restart');
  if (node.name === '') yield* verify(out, profile, machine);
  else {
    yield* out.step('healthCheck', 'Verifying Kubernetes components...');
    yield* phase(out, profile.profile, machine, 'verify');
  }
}

function* rememberActive(out: Out, name: string): Body<void> {
  const settings = yield* loadSettings(out.os);
  if (name === 'minikube' && settings['profile'] === undefined) return;
  if (settings['profile'] !== name && name !== 'minikube') return;
  yield* saveSettings(out.os, { ...settings, profile: name });
}

function* done(out: Out, flags: Flags, profile: Profile): Body<void> {
  if (flags.bool('keep-context', false)) {
    yield* out.step('kubectl', `To connect to this cluster, use:  --context=${profile.profile}`);
    return;
  }
  const namespace = flags.text('namespace') ?? 'default';
  yield* out.step('ready', `Done! kubectl is now configured to use "${profile.profile}" cluster and "${namespace}" namespace by default`);
}

export { DEFAULT_KUBERNETES };
