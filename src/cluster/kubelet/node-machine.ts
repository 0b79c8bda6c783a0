// The node's own operating system: where the kubelet's requests start and what `minikube ssh` enters.
// Models: the kicbase image of minikube (Debian 12)
import { buildRoot, lookupIn } from '../../posix/installed.ts';
import type { Machine } from '../../posix/machine.ts';
import { gnuPrograms } from '../../posix/programs.ts';
import { TreeFileSystem } from '../../posix/tree.ts';
import { kubeProbe } from './kube-probe.ts';
import type { NodeKubelet } from './kubelet.ts';
import type { DnsSettings } from './network-files.ts';

/** A machine's first number after what the system has started before us. */
const FIRST_PID = 2000;
const installed = { ...gnuPrograms, '/usr/bin/kube-probe': kubeProbe };
const base = buildRoot(installed, {
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
});

/** The node's disk as it is when the machine was made. */
export function nodeFilesOf(name: string, ip: string, dns: DnsSettings): TreeFileSystem {
  const files = new TreeFileSystem(base, { entry: { source: 'overlay', type: 'overlay' } });
  const local =
    '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n';
  files.write(
    '/etc/hosts',
    `${local}${ip}\t${name}\n192.168.49.1\thost.minikube.internal\n192.168.49.2\tcontrol-plane.minikube.internal\n`,
    'truncate',
    0,
  );
  files.write('/etc/hostname', `${name}\n`, 'truncate', 0);
  const servers = dns.nodeNameservers.map((server) => `nameserver ${server}\n`).join('');
  files.write('/etc/resolv.conf', `${servers}options edns0 trust-ad ndots:0\n`, 'truncate', 0);
  return files;
}

export function nodeMachineOf(node: NodeKubelet): Machine {
  const lookup = lookupIn(installed, node.hostFiles);
  return {
    hostname: node.name,
    files: node.hostFiles,
    lookup: (command, path) => (command === 'kube-probe' ? kubeProbe : lookup(command, path)),
    network: node.network.stack,
    devices: {},
    firstPid: FIRST_PID,
  };
}
