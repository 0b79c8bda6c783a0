// The proxy modes, in the order of their history.
import { iptablesMode } from './iptables/iptables.ts';
import type { ProxyMode } from './mode.ts';

export const proxyModes: readonly ProxyMode[] = [iptablesMode];

/** The mode of kube-proxy's configuration; empty means the default. */
export function proxyMode(name: string): ProxyMode | undefined {
  return proxyModes.find((mode) => mode.name === (name === '' ? 'iptables' : name));
}
