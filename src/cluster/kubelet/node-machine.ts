// The node's own operating system: where the kubelet's requests start and what `minikube ssh` enters.
import { lookupIn } from '../../posix/installed.ts';
import type { Device, Machine } from '../../posix/machine.ts';
import type { Program } from '../../posix/program.ts';
import { kubeProbe } from './kube-probe.ts';
import type { NodeKubelet } from './kubelet.ts';

/** A machine's first number after what the system has started before us. */
const FIRST_PID = 2000;

export function nodeMachineOf(
  node: NodeKubelet,
  programs: Readonly<Record<string, Program>> = {},
  devices: () => Readonly<Record<string, Device>> = () => ({}),
): Machine {
  const installed = { ...programs, '/usr/bin/kube-probe': kubeProbe };
  const lookup = lookupIn(installed, node.hostFiles);
  return {
    hostname: node.name,
    files: node.hostFiles,
    lookup: (command, path) => (command === 'kube-probe' ? kubeProbe : (hostProgram(programs, command) ?? lookup(command, path))),
    network: node.network.stack,
    get devices() {
      return devices();
    },
    firstPid: FIRST_PID,
  };
}

/** A program of the host by path or name, whether or not its file was ever looked at. */
function hostProgram(programs: Readonly<Record<string, Program>>, command: string): Program | undefined {
  if (command.includes('/')) return programs[command];
  return Object.entries(programs).find(([path]) => path.endsWith(`/${command}`))?.[1];
}
