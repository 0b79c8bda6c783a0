// UDP has no connections, so a flow to an endpoint that is gone would go on for ever: after each sync kube-proxy deletes the entries
// of its Services whose answers do not come from a serving endpoint. Models: kubernetes v1.37 pkg/proxy/conntrack/cleanup.go
import type { NodeNetwork } from '../network/network.ts';
import type { ServicePort } from './service-port.ts';

/** Returns how many entries were deleted. */
export function cleanUdpFlows(network: NodeNetwork, ports: ReadonlyMap<string, ServicePort>): number {
  const serving = new Map<string, ReadonlySet<string>>();
  const byNodePort = new Map<number, ReadonlySet<string>>();
  for (const port of ports.values()) {
    if (port.protocol !== 'UDP') continue;
    const names = new Set(
      port
        .backends()
        .filter((backend) => backend.serving)
        .map(({ name }) => name),
    );
    for (const ip of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]) serving.set(`${ip}:${port.port}`, names);
    // A NodePort without any serving endpoint keeps its entries.
    if (port.nodePort !== 0 && names.size > 0) byNodePort.set(port.nodePort, names);
  }
  if (serving.size === 0) return 0;
  return network.conntrack.delete(({ protocol, original, reply }) => {
    if (protocol !== 'UDP') return false;
    const names = serving.get(`${original.destination}:${original.destinationPort}`) ?? byNodePort.get(original.destinationPort);
    return names !== undefined && !names.has(`${reply.source}:${reply.sourcePort}`);
  }).length;
}
