// minikube node: add, delete, list, start, stop.
import type { Body } from '../../../posix/program.ts';
import { MINIKUBE } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import type { Out } from './output.ts';
import { existingProfile, machineName, type NodeConfig, type Profile, runningProfile, saveProfile, statusOf } from './profiles.ts';
import { addWorker, resumeNode } from './start.ts';

export const nodeFlags: FlagTable = { 'control-plane': 'bool', worker: 'bool', 'delete-on-failure': 'bool', 'l,light': 'bool' };

export function* node(out: Out, flags: Flags, name: string): Body<number> {
  const [verb, target] = flags.operands;
  switch (verb) {
    case 'list': {
      const profile = yield* existingProfile(out, name);
      for (const entry of profile.nodes) yield* out.line(`${machineName(name, entry.name)}\t${entry.ip}`);
      return 0;
    }
    case 'add':
      return yield* add(out, flags, name);
    case 'delete':
      if (target === undefined) yield* out.usage('Usage: minikube node delete [name]');
      return yield* remove(out, name, target as string);
    case 'start':
      if (target === undefined) yield* out.usage('Usage: minikube node start [name]');
      return yield* start(out, name, target as string);
    case 'stop':
      if (target === undefined) yield* out.usage('Usage: minikube node stop [name]');
      return yield* stop(out, name, target as string);
    default:
      return yield* out.usage('Usage: minikube node [add|start|stop|delete|list]');
  }
}

function* find(out: Out, profile: Profile, target: string): Body<NodeConfig> {
  const found = profile.nodes.find((entry) => entry.name === target || machineName(profile.profile, entry.name) === target);
  if (found !== undefined) return found;
  return yield* out.fail({ id: 'GUEST_NODE_RETRIEVE', code: 85, message: `retrieving node: Could not find node ${target}`, box: true });
}

function* add(out: Out, flags: Flags, name: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  if (profile.driver === 'none') {
    yield* out.error('failure', 'none driver does not support multi-node clusters');
    return 14;
  }
  if (flags.bool('control-plane', false)) {
    yield* out.error(
      'failure',
      "Adding a control-plane node to a non-HA (non-multi-control plane) cluster is not currently supported. Please first delete the cluster and use 'minikube start --ha' to create new one.",
    );
    return 14;
  }
  const last = Math.max(1, ...profile.nodes.map((entry) => Number(entry.name.slice(1) || 1)));
  const short = `m${String(last + 1).padStart(2, '0')}`;
  yield* out.step('happy', `Adding node ${short} to cluster ${name} as [worker]`);
  if (!profile.multiNode && profile.nodes.length === 1) {
    yield* out.error('warning', 'Cluster was created without any CNI, adding a node to it might cause broken networking.');
  }
  yield* addWorker(out, profile, short, profile.nodes.length === 1 ? Math.min(profile.memoryMiB, 3072) : profile.memoryMiB);
  yield* out.step('ready', `Successfully added ${short} to ${name}!`);
  return 0;
}

function* remove(out: Out, name: string, target: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  yield* out.step('deletingHost', `Deleting node ${target} from cluster ${name}`);
  const found = yield* find(out, profile, target);
  const machine = machineName(name, found.name);
  yield* out.step('stopping', `Stopping node "${machine}"  ...`);
  if (profile.driver === 'docker') {
    yield* out.step('stopped', `Powering off "${machine}" via SSH ...`);
    yield* out.step('deletingHost', `Deleting "${machine}" in docker ...`);
  }
  yield* out.os.device(MINIKUBE, 'removeNode', { profile: name, node: machine });
  yield* saveProfile(out.os, { ...profile, nodes: profile.nodes.filter((entry) => entry !== found) });
  yield* out.step('deleted', `Node ${target} was successfully deleted.`);
  return 0;
}

function* stop(out: Out, name: string, target: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  const found = yield* find(out, profile, target);
  const machine = machineName(name, found.name);
  yield* out.step('stopping', `Stopping node "${machine}"  ...`);
  if (profile.driver === 'docker' || profile.driver === 'podman') yield* out.step('stopped', `Powering off "${machine}" via SSH ...`);
  yield* out.os.device(MINIKUBE, 'powerOff', { profile: name, node: machine });
  yield* out.step('stopped', `Successfully stopped node ${machine}`);
  return 0;
}

function* start(out: Out, name: string, target: string): Body<number> {
  const profile = yield* existingProfile(out, name);
  const found = yield* find(out, profile, target);
  const machine = machineName(name, found.name);
  const state = (yield* statusOf(out.os, name)).find((status) => status.node === machine);
  if (state?.host === 'Running' && state.kubelet === 'Running') {
    yield* out.step('success', `${target} is already running`);
    return 0;
  }
  yield* resumeNode(out, profile, found);
  yield* out.step('happy', `Successfully started node ${machine}!`);
  return 0;
}
