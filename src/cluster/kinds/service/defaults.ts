// What the server adds to a Service. Models: kubernetes v1.37 pkg/apis/core/v1/defaults.go SetDefaults_Service,
// pkg/registry/core/service/storage (ipFamilies)
import type { Service, ServicePort, ServiceSpec } from './types.ts';

function portDefaults(port: ServicePort): ServicePort {
  const targetPort = port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '' ? port.port : port.targetPort;
  if (port.protocol !== undefined && targetPort === port.targetPort) return port;
  return { ...port, protocol: port.protocol ?? 'TCP', targetPort };
}

export const isExternallyReachable = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);

export function serviceDefaults(object: Service): Service {
  const old: Partial<ServiceSpec> = object.spec ?? {};
  const type = old.type ?? 'ClusterIP';
  const ports = old.ports?.map(portDefaults);
  const sessionAffinity = old.sessionAffinity ?? 'None';
  let next: ServiceSpec = { ...old, type, sessionAffinity, ...(ports === undefined ? {} : { ports }) };
  if (sessionAffinity === 'None' && next.sessionAffinityConfig !== undefined) next = { ...next, sessionAffinityConfig: undefined };
  if (sessionAffinity === 'ClientIP' && next.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    next = { ...next, sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } };
  }
  if (isExternallyReachable(next) && !next.externalTrafficPolicy) next = { ...next, externalTrafficPolicy: 'Cluster' };
  if (type !== 'ExternalName' && next.internalTrafficPolicy === undefined) next = { ...next, internalTrafficPolicy: 'Cluster' };
  if (type === 'LoadBalancer' && next.allocateLoadBalancerNodePorts === undefined) next = { ...next, allocateLoadBalancerNodePorts: true };
  return {
    ...object,
    spec: next,
    status: object.status?.loadBalancer === undefined ? { ...object.status, loadBalancer: {} } : object.status,
  };
}

/** Address families, which the registry fills in once it knows the cluster's: IPv4 only. */
export function familyDefaults(spec: ServiceSpec): ServiceSpec {
  if (spec.type === 'ExternalName') return spec;
  const headlessWithoutSelector = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  const clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : spec.clusterIPs;
  const clusterIP = spec.clusterIP || spec.clusterIPs?.[0];
  const policy = spec.ipFamilyPolicy ?? (headlessWithoutSelector && spec.ipFamilies === undefined ? 'RequireDualStack' : 'SingleStack');
  const families = spec.ipFamilies?.length
    ? spec.ipFamilies
    : policy === 'RequireDualStack' && headlessWithoutSelector
      ? ['IPv4', 'IPv6']
      : ['IPv4'];
  return {
    ...spec,
    ...(clusterIPs === undefined ? {} : { clusterIPs }),
    ...(clusterIP === undefined ? {} : { clusterIP }),
    ipFamilies: families,
    ipFamilyPolicy: policy,
  };
}
