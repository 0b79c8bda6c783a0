// What a kube-proxy container's process talks to: the proxier of its node, by the calls of `images/kube-proxy`.
import type { Plain } from '../../sim/plain.ts';
import type { Sim } from '../../sim/sim.ts';
import type { Device } from '../../posix/machine.ts';
import { proxyMode, proxyModes } from './modes.ts';
import type { KubeProxy } from './proxy.ts';

/** The device `kube-proxy` of the containers of one node. `answer` is the process kernel's, for calls that wait for a change. */
export function createProxyDevice(sim: Sim, proxy: KubeProxy, answer: (ticket: number, result: unknown) => void = () => {}): Device {
  proxy.answerHealthPorts = answer;
  return {
    abandon: (ticket) => proxy.forgetHealthPorts(ticket),
    call(ticket: number, call: string, args: Plain): { readonly now: unknown } | 'later' {
      if (call === 'healthPorts') return proxy.waitForHealthPorts(ticket, (args as { known?: string }).known ?? '');
      if (call === 'serviceHealth') return { now: proxy.serviceHealth((args as { port: number }).port) ?? null };
      if (call === 'start') return { now: start(proxy, (args as { mode?: string }).mode ?? '') };
      if (call === 'stop') {
        proxy.stop();
        return { now: null };
      }
      if (call !== 'health') throw new Error(`device kube-proxy has no call ${call}`);
      const now = sim.timestamp(undefined, 'micro');
      return { now: { healthy: proxy.running && proxy.syncs > 0, lastUpdated: now, currentTime: now, mode: proxy.mode.name } };
    },
  };
}

/** Modes kube-proxy 1.37 accepts in its configuration. */
const CONFIGURABLE = ['iptables', 'ipvs', 'nftables'];

function start(proxy: KubeProxy, name: string) {
  const answer = (error: string) => ({ error, mode: proxy.mode.name, nodeIp: proxy.node.ip, log: proxy.mode.startLog });
  const mode = proxyMode(name);
  if (mode === undefined) {
    const known = proxyModes.some((each) => each.name === name);
    if (known || !CONFIGURABLE.includes(name)) {
      return answer(
        `KubeProxyConfiguration.Mode: Invalid value: "${name}": must be ${CONFIGURABLE.join(',')} or blank (blank means the best-available proxy [currently iptables])`,
      );
    }
    return answer(`can't use the ${name === 'ipvs' ? 'IPVS' : name} proxier: ${name} not supported`);
  }
  proxy.stop();
  proxy.start(mode);
  return answer('');
}
