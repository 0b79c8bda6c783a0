// The node's own operating system: where the kubelet's requests start and what `minikube ssh` enters.
// Models: the kicbase image of minikube (Debian 12)
import { buildRoot, type InstalledPrograms, lookupIn } from '../../posix/installed.ts';
import type { Device, Machine } from '../../posix/machine.ts';
import { gnuPrograms } from '../../posix/programs.ts';
import { type DirectoryNode, TreeFileSystem } from '../../posix/tree.ts';
import { kubeProbe } from './kube-probe.ts';
import type { NodeKubelet } from './kubelet.ts';

/** A machine's first number after what the system has started before us. */
const FIRST_PID = 2000;

const FILES = {
  '/etc/': {},
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ndocker:x:1000:999::/home/docker:/bin/bash\n',
  '/etc/kubernetes/manifests/': {},
  '/home/docker/': { uid: 1000, gid: 999 },
  '/root/': { mode: 0o700 },
  '/tmp/': { mode: 0o1777 },
  '/var/lib/kubelet/': {},
  '/var/log/': {},
};
const LOCAL_HOSTS =
  '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n';

/** All nodes with the same programs share one tree until they write. */
interface System {
  readonly installed: InstalledPrograms;
  readonly root: DirectoryNode;
}
const systems = new WeakMap<InstalledPrograms, System>();

function systemOf(programs: InstalledPrograms): System {
  let system = systems.get(programs);
  if (system === undefined) {
    const installed = { ...gnuPrograms, ...programs, '/usr/bin/kube-probe': kubeProbe };
    system = { installed, root: buildRoot(installed, FILES) };
    systems.set(programs, system);
  }
  return system;
}

/** The node's disk as it is when the machine was made. `programs`: beside what every node has. */
export function nodeFilesOf({ name, ip, dns }: NodeKubelet, programs: InstalledPrograms): TreeFileSystem {
  const files = new TreeFileSystem(systemOf(programs).root, { entry: { source: 'overlay', type: 'overlay' } });
  const hosts = `${LOCAL_HOSTS}${ip}\t${name}\n192.168.49.1\thost.minikube.internal\n192.168.49.2\tcontrol-plane.minikube.internal\n`;
  files.write('/etc/hosts', hosts, 'truncate', 0);
  files.write('/etc/hostname', `${name}\n`, 'truncate', 0);
  const servers = dns.nodeNameservers.map((server) => `nameserver ${server}\n`).join('');
  files.write('/etc/resolv.conf', `${servers}options edns0 trust-ad ndots:0\n`, 'truncate', 0);
  return files;
}

export function nodeMachineOf(
  node: NodeKubelet,
  programs: InstalledPrograms,
  devices: () => Readonly<Record<string, Device>> = () => ({}),
): Machine {
  const lookup = lookupIn(systemOf(programs).installed, node.hostFiles);
  return {
    hostname: node.name,
    files: node.hostFiles,
    lookup: (command, path) => (command === 'kube-probe' ? kubeProbe : lookup(command, path)),
    network: node.network.stack,
    get devices() {
      return devices();
    },
    firstPid: FIRST_PID,
  };
}
