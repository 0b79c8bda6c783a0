// Cluster IPs and node ports of Services: what is asked for, what is chosen, and what an update changes or gives back.
// Models: kubernetes v1.37 pkg/registry/core/service/storage/alloc.go, pkg/registry/core/service/ipallocator
// Simplified: one IPv4 range, 10.96.0.0/12.
import { type FieldError, FieldPath, internalError, invalid } from '../../apimachinery/field.ts';
import type { KindContext } from '../kind.ts';
import type { Service, ServicePort, ServiceSpec } from './types.ts';

export const SERVICE_CIDR = { base: '10.96.0.0', bits: 12 };
/** Offsets into the range; the lowest 256 stay for fixed requests. */
export const CLUSTER_IPS = { low: 1, high: 2 ** (32 - SERVICE_CIDR.bits) - 2, staticBand: 256 };
export const NODE_PORTS = { low: 30000, high: 32767, staticBand: 86 };

const spec = FieldPath.root('spec');

export function ipToNumber(ip: string): number {
  return ip.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

export function numberToIp(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

const base = ipToNumber(SERVICE_CIDR.base);

/** Offset of an address in the Service range, or undefined outside it. */
export function clusterIpOffset(ip: string): number | undefined {
  const offset = ipToNumber(ip) - base;
  return offset >= CLUSTER_IPS.low && offset <= CLUSTER_IPS.high ? offset : undefined;
}

export const needsClusterIp = (service: ServiceSpec): boolean => service.type !== 'ExternalName';
export const needsNodePort = (service: ServiceSpec): boolean =>
  service.type === 'NodePort' || (service.type === 'LoadBalancer' && service.allocateLoadBalancerNodePorts !== false);

/** What went wrong while allocating; the strategy reports it as a validation error. */
export interface Allocation {
  readonly spec: ServiceSpec;
  readonly errors: readonly FieldError[];
}

function takeClusterIp(asked: string | undefined, context: KindContext, errors: FieldError[]): string | undefined {
  const ips = context.allocator('clusterIPs');
  if (asked === undefined || asked === '') {
    const offset = ips.takeNext();
    if (offset === undefined) errors.push(internalError(spec.child('clusterIPs'), 'failed to allocate a serviceIP: range is full'));
    return offset === undefined ? undefined : numberToIp(base + offset);
  }
  const offset = /^\d+(\.\d+){3}$/.test(asked) ? clusterIpOffset(asked) : undefined;
  if (offset === undefined) {
    if (/^\d+(\.\d+){3}$/.test(asked)) {
      errors.push(
        invalid(spec.child('clusterIPs'), [asked], `failed to allocate IP ${asked}: the provided network does not match the current range`),
      );
    }
    return asked;
  }
  if (!ips.take(offset))
    errors.push(invalid(spec.child('clusterIPs'), [asked], `failed to allocate IP ${asked}: provided IP is already allocated`));
  return asked;
}

/** Ports of one number under different protocols share one node port, as in Kubernetes. */
function takeNodePorts(
  ports: readonly ServicePort[],
  context: KindContext,
  held: ReadonlySet<number>,
  errors: FieldError[],
): readonly ServicePort[] {
  const allocator = context.allocator('nodePorts');
  const taken = new Map<number, { protocols: Set<string>; nodePort: number }[]>();
  const seen = new Map<number, Set<string>>();
  return ports.map((port, i) => {
    const at = spec.child('ports').index(i).child('nodePort');
    if (port.nodePort !== undefined && port.nodePort !== 0) {
      const protocols = seen.get(port.nodePort) ?? new Set();
      const again = protocols.size > 0 && !protocols.has(port.protocol);
      seen.set(port.nodePort, protocols.add(port.protocol));
      if (again || held.has(port.nodePort)) return port;
      if (port.nodePort < NODE_PORTS.low || port.nodePort > NODE_PORTS.high) {
        errors.push(invalid(at, port.nodePort, 'provided port is not in the valid range. The range of valid ports is 30000-32767'));
      } else if (!allocator.take(port.nodePort)) errors.push(invalid(at, port.nodePort, 'provided port is already allocated'));
      return port;
    }
    const sibling = taken.get(port.port)?.find((one) => !one.protocols.has(port.protocol));
    if (sibling !== undefined) {
      sibling.protocols.add(port.protocol);
      return { ...port, nodePort: sibling.nodePort };
    }
    const nodePort = allocator.takeNext();
    if (nodePort === undefined) {
      errors.push(internalError(at, 'failed to allocate a nodePort: range is full'));
      return port;
    }
    const list = taken.get(port.port) ?? [];
    list.push({ protocols: new Set([port.protocol]), nodePort });
    taken.set(port.port, list);
    return { ...port, nodePort };
  });
}

export function allocateForCreate(service: ServiceSpec, context: KindContext): Allocation {
  const errors: FieldError[] = [];
  let next = service;
  if (needsClusterIp(next) && next.clusterIP !== 'None') {
    const ip = takeClusterIp(next.clusterIP, context, errors);
    if (ip !== undefined) next = { ...next, clusterIP: ip, clusterIPs: next.clusterIPs?.length ? next.clusterIPs : [ip] };
  }
  if (needsNodePort(next) && next.ports !== undefined) next = { ...next, ports: takeNodePorts(next.ports, context, new Set(), errors) };
  return { spec: next, errors };
}

const nodePortsOf = (service: ServiceSpec): number[] => (service.ports ?? []).flatMap((port) => (port.nodePort ? [port.nodePort] : []));

export function allocateForUpdate(next: ServiceSpec, old: ServiceSpec, context: KindContext): Allocation {
  const errors: FieldError[] = [];
  let result = next;
  const oldIp = needsClusterIp(old) && old.clusterIP !== 'None' ? old.clusterIP : undefined;
  if (needsClusterIp(result) && result.clusterIP !== 'None' && oldIp === undefined && old.clusterIP !== 'None') {
    const ip = takeClusterIp(result.clusterIP, context, errors);
    if (ip !== undefined) result = { ...result, clusterIP: ip, clusterIPs: [ip] };
  }
  if (!needsClusterIp(result) && oldIp !== undefined) releaseIp(oldIp, context);
  const held = new Set(nodePortsOf(old));
  if (needsNodePort(result) && result.ports !== undefined)
    result = { ...result, ports: takeNodePorts(result.ports, context, held, errors) };
  const kept = new Set(nodePortsOf(result));
  if (errors.length === 0) for (const port of held) if (!kept.has(port)) context.allocator('nodePorts').release(port);
  return { spec: result, errors };
}

function releaseIp(ip: string, context: KindContext): void {
  const offset = clusterIpOffset(ip);
  if (offset !== undefined) context.allocator('clusterIPs').release(offset);
}

export function releaseAll(service: Service, context: KindContext): void {
  const ip = service.spec.clusterIP;
  if (ip !== undefined && ip !== 'None' && ip !== '') releaseIp(ip, context);
  for (const port of nodePortsOf(service.spec)) context.allocator('nodePorts').release(port);
}
