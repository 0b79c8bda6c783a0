// The tools that look into a node's packet filter, by path, and the device they ask. The device is answered by `proxy/netfilter-device.ts`.
import type { Program } from '../../../posix/program.ts';
import { conntrack } from './conntrack.ts';
import { iptables } from './iptables.ts';
import { iptablesSave } from './iptables-save.ts';

export { NETFILTER_DEVICE } from './device.ts';

/** As Debian installs them on a minikube node. */
export const netfilterPrograms: Readonly<Record<string, Program>> = {
  '/usr/sbin/iptables': iptables,
  '/usr/sbin/iptables-save': iptablesSave,
  '/usr/sbin/conntrack': conntrack,
};
