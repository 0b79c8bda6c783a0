// What a Service may say. Models: kubernetes v1.37 pkg/apis/core/validation ValidateService, ValidateServiceUpdate
import { sameData } from '../../apimachinery/equality.ts';
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  FieldPath,
  forbidden,
  invalid,
  notSupported,
  Rendered,
  required,
} from '../../apimachinery/field.ts';
import { dns1123Label, dns1123Subdomain, labelValue, portName, portNumber, qualifiedName } from '../../apimachinery/names.ts';
import { nonSpecialIp } from '../special-ip.ts';
import { IP_FAULT, isIp } from '../pod/validation-resources.ts';
import { isExternallyReachable } from './defaults.ts';
import type { Service, ServicePort, ServiceSpec } from './types.ts';

const spec = FieldPath.root('spec');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const POLICIES = ['Cluster', 'Local'];
const MAX_AFFINITY_SECONDS = 86400;

function validatePort(port: ServicePort, requireName: boolean, names: Set<string>, at: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const name = port.name ?? '';
  if (requireName && name === '') errors.push(required(at.child('name')));
  else if (name !== '') {
    for (const fault of dns1123Label(name)) errors.push(invalid(at.child('name'), name, fault));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    else names.add(name);
  }
  for (const fault of portNumber(port.port ?? 0)) errors.push(invalid(at.child('port'), port.port ?? 0, fault));
  if (!port.protocol) errors.push(required(at.child('protocol')));
  else if (!PROTOCOLS.includes(port.protocol)) errors.push(notSupported(at.child('protocol'), port.protocol, PROTOCOLS));
  const target = port.targetPort ?? 0;
  for (const fault of typeof target === 'number' ? portNumber(target) : portName(target))
    errors.push(invalid(at.child('targetPort'), target, fault));
  if (port.appProtocol !== undefined)
    for (const fault of qualifiedName(port.appProtocol)) errors.push(invalid(at.child('appProtocol'), port.appProtocol, fault));

  return errors;
}

function validatePorts(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [];
  const ports = service.ports ?? [];
  const path = spec.child('ports');
  const headless = service.clusterIP === 'None';
  if (ports.length === 0 && !headless && service.type !== 'ExternalName') errors.push(required(path));
  const names = new Set<string>();
  ports.forEach((port, i) => void errors.push(...validatePort(port, ports.length > 1, names, path.index(i))));
  if (service.type === 'ClusterIP') {
    ports.forEach((port, i) => {
      if (port.nodePort) errors.push(forbidden(path.index(i).child('nodePort'), "may not be used when `type` is 'ClusterIP'"));
    });
  }
  const nodePorts = new Set<string>();
  const pairs = new Set<string>();
  ports.forEach((port, i) => {
    if (port.nodePort) {
      const key = `${port.protocol}/${port.nodePort}`;
      // Two ports of one Service on one node port are refused by the allocator's words.
      if (nodePorts.has(key)) errors.push(invalid(path.index(i).child('nodePort'), port.nodePort, 'provided port is already allocated'));
      nodePorts.add(key);
    }
    const pair = `${port.protocol}/${port.port}`;
    if (pairs.has(pair)) {
      errors.push(
        duplicate(
          path.index(i),
          new Rendered(`{"Name":"","Protocol":"${port.protocol}","AppProtocol":null,"Port":${port.port},"TargetPort":0,"NodePort":0}`),
        ),
      );
    }
    pairs.add(pair);
  });
  return errors;
}

function validateAddresses(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [];
  (service.externalIPs ?? []).forEach((ip, i) => {
    const at = spec.child('externalIPs').index(i);
    if (!isIp(ip)) errors.push(invalid(at, ip, IP_FAULT));
    else errors.push(...nonSpecialIp(at, ip));
  });
  if (!TYPES.includes(service.type)) errors.push(notSupported(spec.child('type'), service.type, TYPES));
  (service.loadBalancerSourceRanges ?? []).forEach((range, i) => {
    const at = spec.child('loadBalancerSourceRanges').index(i);
    if (service.type !== 'LoadBalancer')
      errors.push(forbidden(spec.child('loadBalancerSourceRanges'), "may only be used when `type` is 'LoadBalancer'"));
    else if (!/^\d+(\.\d+){3}\/\d+$/.test(range.trim()))
      errors.push(invalid(at, range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
  });
  return errors;
}

function validateAffinity(service: ServiceSpec): FieldErrors {
  const affinity = service.sessionAffinity as string;
  if (!affinity) return [required(spec.child('sessionAffinity'))];
  if (affinity !== 'None' && affinity !== 'ClientIP') return [notSupported(spec.child('sessionAffinity'), affinity, ['ClientIP', 'None'])];
  const seconds = service.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const path = spec.child('sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
  if (affinity === 'ClientIP' && seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)) {
    return [invalid(path, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`)];
  }
  return [];
}

function validatePolicies(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [];
  const external = service.externalTrafficPolicy as string | undefined;
  const reachable = isExternallyReachable(service);
  if (external !== undefined && external !== '') {
    if (!reachable)
      errors.push(invalid(spec.child('externalTrafficPolicy'), external, 'may only be set for externally-accessible services'));
    else if (!POLICIES.includes(external)) errors.push(notSupported(spec.child('externalTrafficPolicy'), external, POLICIES));
  } else if (reachable) errors.push(required(spec.child('externalTrafficPolicy')));
  const health = service.healthCheckNodePort;
  if (health && !(service.type === 'LoadBalancer' && external === 'Local')) {
    errors.push(
      invalid(
        spec.child('healthCheckNodePort'),
        health,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  const internal = service.internalTrafficPolicy as string | undefined;
  if (service.type !== 'ExternalName') {
    if (internal === undefined) errors.push(required(spec.child('internalTrafficPolicy')));
    else if (!POLICIES.includes(internal)) errors.push(notSupported(spec.child('internalTrafficPolicy'), internal, POLICIES));
  }
  const distribution = service.trafficDistribution;
  if (distribution !== undefined && !['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(distribution)) {
    errors.push(notSupported(spec.child('trafficDistribution'), distribution, ['PreferClose', 'PreferSameZone', 'PreferSameNode']));
  }
  return errors;
}

function validateLoadBalancer(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [];
  if (service.allocateLoadBalancerNodePorts !== undefined && service.type !== 'LoadBalancer') {
    errors.push(forbidden(spec.child('allocateLoadBalancerNodePorts'), "may only be used when `type` is 'LoadBalancer'"));
  }
  if (service.loadBalancerClass !== undefined) {
    if (service.type !== 'LoadBalancer')
      errors.push(forbidden(spec.child('loadBalancerClass'), "may only be used when `type` is 'LoadBalancer'"));
    else
      for (const fault of qualifiedName(service.loadBalancerClass))
        errors.push(invalid(spec.child('loadBalancerClass'), service.loadBalancerClass, fault));
  }
  return errors;
}

function validateClusterIps(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [];
  const ips = service.clusterIPs ?? [];
  const path = spec.child('clusterIPs');
  if (service.type === 'ExternalName') {
    if (ips.length > 0 || service.clusterIP) errors.push(forbidden(path, 'may not be set for ExternalName services'));
    if ((service.ipFamilies ?? []).length > 0) errors.push(forbidden(spec.child('ipFamilies'), 'may not be set for ExternalName services'));
    if (service.ipFamilyPolicy !== undefined)
      errors.push(forbidden(spec.child('ipFamilyPolicy'), 'may not be set for ExternalName services'));
    return errors;
  }
  if (ips.length > 0 && service.clusterIP && ips[0] !== service.clusterIP)
    errors.push(invalid(path, ips, 'first value must match `clusterIP`'));
  (service.ipFamilies ?? []).forEach((family, i) => {
    const at = spec.child('ipFamilies').index(i);
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(at, family, ['IPv4', 'IPv6']));
    else if ((service.ipFamilies ?? []).indexOf(family) !== i) errors.push(duplicate(at, family));
  });
  const policy = service.ipFamilyPolicy;
  if (policy !== undefined && !['SingleStack', 'PreferDualStack', 'RequireDualStack'].includes(policy)) {
    errors.push(notSupported(spec.child('ipFamilyPolicy'), policy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']));
  }
  ips.forEach((ip, i) => {
    if (i === 0 && ip === 'None') return;
    if (!isIp(ip)) errors.push(invalid(path.index(i), ip, IP_FAULT));
    else {
      const family = service.ipFamilies?.[i];
      const actual = ip.includes(':') ? 'IPv6' : 'IPv4';
      if (family !== undefined && family !== actual)
        errors.push(invalid(path.index(i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``));
    }
  });
  if (ips.length > 2) errors.push(invalid(path, ips, 'may only hold up to 2 values'));
  return errors;
}

function validateSpec(service: ServiceSpec): FieldErrors {
  const errors: FieldError[] = [...validatePorts(service)];
  if (service.type === 'LoadBalancer' && service.clusterIP === 'None') {
    errors.push(invalid(spec.child('clusterIPs').index(0), 'None', "may not be set to 'None' for LoadBalancer services"));
  }
  if (service.type === 'NodePort' && service.clusterIP === 'None') {
    errors.push(invalid(spec.child('clusterIPs').index(0), 'None', "may not be set to 'None' for NodePort services"));
  }
  if (service.type === 'ExternalName') {
    const name = (service.externalName ?? '').replace(/\.$/, '');
    if (name === '') errors.push(required(spec.child('externalName')));
    else for (const fault of dns1123Subdomain(name)) errors.push(invalid(spec.child('externalName'), service.externalName, fault));
  }
  for (const [key, value] of Object.entries(service.selector ?? {})) {
    for (const fault of qualifiedName(key)) errors.push(invalid(spec.child('selector'), key, fault));
    for (const fault of labelValue(value)) errors.push(invalid(spec.child('selector'), value, fault));
  }
  errors.push(
    ...validateAffinity(service),
    ...validateClusterIps(service),
    ...validateAddresses(service),
    ...validateLoadBalancer(service),
    ...validatePolicies(service),
  );
  return errors;
}

/** What a cluster of IPv4 only refuses, before it chooses addresses: once these are found nothing else is looked at. */
export function validateFamilies(service: ServiceSpec): FieldErrors {
  if (service.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  const selectorless = service.clusterIP === 'None' && Object.keys(service.selector ?? {}).length === 0;
  if (service.ipFamilyPolicy === 'RequireDualStack' && !selectorless)
    errors.push(invalid(spec.child('ipFamilyPolicy'), service.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  (service.ipFamilies ?? []).forEach((family, i) => {
    if (family === 'IPv6' && !selectorless)
      errors.push(invalid(spec.child('ipFamilies').index(i), family, 'not configured on this cluster'));
  });
  return errors;
}

export function validateService(object: Service): FieldErrors {
  return validateSpec(object.spec);
}

export function validateServiceUpdate(next: Service, old: Service): FieldErrors {
  const errors: FieldError[] = [];
  const before = old.spec;
  const after = next.spec;
  if (before.type !== 'ExternalName' && after.type !== 'ExternalName') {
    const primary = before.clusterIP;
    if (primary && after.clusterIP !== primary)
      errors.push(invalid(spec.child('clusterIPs').index(0), [after.clusterIP ?? ''], 'may not change once set'));
  }
  if (before.type === 'LoadBalancer' && after.type === 'LoadBalancer' && !sameData(before.loadBalancerClass, after.loadBalancerClass)) {
    errors.push(invalid(spec.child('loadBalancerClass'), after.loadBalancerClass ?? null, 'may not change once set'));
  }
  return errors.length > 0 ? errors : validateSpec(after);
}
