// minikube stop, delete, pause, unpause.
import type { Body } from '../../../posix/program.ts';
import { MINIKUBE } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import type { Out } from './output.ts';
import {
  existingProfile,
  listProfiles,
  loadProfile,
  machineName,
  removeFromKubeconfig,
  removeProfile,
  removeTree,
  runningProfile,
  statusOf,
} from './profiles.ts';

export const stopFlags: FlagTable = {
  all: 'bool',
  'keep-context-active': 'bool',
  schedule: 'string',
  'cancel-scheduled': 'bool',
  'o,output': 'string',
};
export const deleteFlags: FlagTable = { all: 'bool', purge: 'bool', 'o,output': 'string' };
export const pauseFlags: FlagTable = { 'A,all-namespaces': 'bool', 'n,namespaces': 'list', 'o,output': 'string' };

export function* stop(out: Out, flags: Flags, name: string): Body<number> {
  if (flags.bool('cancel-scheduled', false)) {
    yield* out.step('stopped', 'All existing scheduled stops cancelled');
    return 0;
  }
  const names = flags.bool('all', false) ? (yield* listProfiles(out.os)).map((profile) => profile.profile) : [name];
  let stopped = 0;
  for (const profileName of names) {
    const profile = yield* existingProfile(out, profileName);
    const states = yield* statusOf(out.os, profileName);
    for (const node of [...profile.nodes].reverse()) {
      const machine = machineName(profileName, node.name);
      const state = states.find((status) => status.node === machine || (profile.driver === 'none' && status.controlPlane));
      if (state === undefined || state.host === 'Nonexistent') {
        yield* out.step('meh', `"${machine}" does not exist, nothing to stop`);
        continue;
      }
      yield* out.step('stopping', `Stopping node "${machine}"  ...`);
      if (state.host === 'Running') {
        if (profile.driver === 'docker' || profile.driver === 'podman') yield* out.step('stopped', `Powering off "${machine}" via SSH ...`);
        yield* out.os.device(MINIKUBE, 'powerOff', { profile: profileName, node: state.node });
      }
      stopped++;
    }
    if (!flags.bool('keep-context-active', false)) yield* removeFromKubeconfig(out.os, profileName);
  }
  yield* out.step('stopped', stopped === 1 ? '1 node stopped.' : `${stopped} nodes stopped.`);
  return 0;
}

export function* deleteCluster(out: Out, flags: Flags, name: string): Body<number> {
  if (flags.operands.length > 0) yield* out.usage('Usage: minikube delete');
  const all = flags.bool('all', false);
  if (flags.bool('purge', false) && !all && (yield* listProfiles(out.os)).length > 1) {
    yield* out.fail({ id: 'MK_USAGE', code: 14, message: 'Usage: minikube delete --all --purge' });
  }
  const names = all ? (yield* listProfiles(out.os)).map((profile) => profile.profile) : [name];
  for (const profileName of names) yield* deleteProfile(out, profileName);
  if (all) yield* out.step('deletingHost', 'Successfully deleted all profiles');
  if (flags.bool('purge', false)) {
    const home = `${out.os.env['HOME'] ?? '/root'}/.minikube`;
    yield* removeTree(out.os, home);
    yield* out.step('deleted', `Successfully purged minikube directory located at - [${home}]`);
    yield* out.step('notice', 'Kicbase images have not been deleted. To delete images run:');
    yield* out.step('option', 'docker rmi gcr.io/k8s-minikube/kicbase:v0.0.50');
  }
  return 0;
}

function* deleteProfile(out: Out, name: string): Body<void> {
  const { os } = out;
  const profile = yield* loadProfile(os, name);
  if (profile === undefined) yield* out.step('meh', `"${name}" profile does not exist, trying anyways.`);
  else {
    const machines = profile.nodes.map((node) => machineName(name, node.name));
    if (profile.driver === 'none') yield* out.step('restarting', `Uninstalling Kubernetes ${profile.kubernetesVersion} using kubeadm ...`);
    yield* out.step('deletingHost', `Deleting "${name}" in ${profile.driver} ...`);
    const container = profile.driver === 'docker' || profile.driver === 'podman';
    if (container) for (const machine of machines) yield* out.step('deletingHost', `Deleting container "${machine}" ...`);
    yield* os.device(MINIKUBE, 'removeCluster', { profile: name });
    if (container)
      for (const machine of machines)
        yield* out.step('deletingHost', `Removing ${os.env['HOME'] ?? '/root'}/.minikube/machines/${machine} ...`);
  }
  yield* removeProfile(os, name);
  yield* removeFromKubeconfig(os, name);
  yield* out.step('deleted', `Removed all traces of the "${name}" cluster.`);
}

export function* pause(out: Out, flags: Flags, name: string, pausing: boolean): Body<number> {
  const profile = pausing ? yield* runningProfile(out, name) : yield* existingProfile(out, name);
  let count = 0;
  for (const node of profile.nodes) {
    const machine = machineName(name, node.name);
    yield* out.step('pause', `${pausing ? 'Pausing' : 'Unpausing'} node ${node.name === '' ? name : node.name} ... `);
    const answer = (yield* out.os.device(MINIKUBE, pausing ? 'pause' : 'unpause', { profile: name, node: machine })) as
      | { readonly containers?: number }
      | undefined;
    count += answer?.containers ?? 0;
  }
  const where = flags.bool('all-namespaces', false)
    ? ''
    : ` in: ${flags.has('namespaces') ? flags.list('namespaces').join(', ') : 'kube-system, kubernetes-dashboard, istio-operator'}`;
  yield* out.step(pausing ? 'unpause' : 'pause', `${pausing ? 'Paused' : 'Unpaused'} ${count} containers${where}`);
  return 0;
}
