// Service: one name and one address for a changing set of pods.
// Models: kubernetes v1.37 pkg/registry/core/service/{strategy.go,storage}, pkg/printers printService
import type { FieldErrors } from '../../apimachinery/field.ts';
import { dns1123Label } from '../../apimachinery/names.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind, type KindContext } from '../kind.ts';
import { allocateForCreate, allocateForUpdate, CLUSTER_IPS, NODE_PORTS, needsNodePort, releaseAll } from './allocate.ts';
import { familyDefaults, isExternallyReachable, serviceDefaults } from './defaults.ts';
import type { Service, ServiceSpec } from './types.ts';
import { validateFamilies, validateService, validateServiceUpdate } from './validation.ts';

/** Errors of allocation, found while preparing and reported by validation. */
const allocationErrors = new WeakMap<Service, FieldErrors>();

function remember(service: Service, errors: FieldErrors): Service {
  if (errors.length > 0) allocationErrors.set(service, errors);
  return service;
}

function prepareForCreate(object: Service, context: KindContext): Service {
  const completed = { ...object, spec: familyDefaults(object.spec), status: { loadBalancer: {} } };
  const families = validateFamilies(object.spec);
  if (families.length > 0) return remember(completed, families);
  const faults = validateService(completed);
  if (faults.length > 0) return completed;
  const { spec, errors } = allocateForCreate(completed.spec, context);
  return remember({ ...completed, spec }, errors);
}

/** What a changed type makes meaningless is dropped when the user did not touch it. Models: patchAllocatedValues, dropTypeDependentFields. */
function typeDependent(next: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let spec = next;
  if (old.type !== 'ExternalName' && spec.type !== 'ExternalName') {
    if (!spec.clusterIP && old.clusterIP) spec = { ...spec, clusterIP: old.clusterIP, clusterIPs: old.clusterIPs };
  }
  if (old.type !== 'ExternalName' && spec.type === 'ExternalName' && spec.clusterIP === old.clusterIP) {
    const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ...rest } = spec;
    void [clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy];
    spec = rest;
  }
  if (needsNodePort(old) && needsNodePort(spec) && spec.ports !== undefined) {
    const before = new Map((old.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
    spec = {
      ...spec,
      ports: spec.ports.map((port) => (port.nodePort ? port : { ...port, nodePort: before.get(`${port.protocol}/${port.port}`) })),
    };
  }
  if (needsNodePort(old) && !needsNodePort(spec)) {
    const before = new Set((old.ports ?? []).map((port) => port.nodePort));
    if ((spec.ports ?? []).every((port) => !port.nodePort || before.has(port.nodePort))) {
      spec = {
        ...spec,
        ports: spec.ports?.map(({ nodePort, ...port }) => port),
      };
    }
  }
  if (
    !isExternallyReachable(spec) &&
    spec.externalTrafficPolicy === old.externalTrafficPolicy &&
    spec.externalTrafficPolicy !== undefined
  ) {
    const { externalTrafficPolicy, ...rest } = spec;
    spec = rest;
    // As recorded: a Service that was reachable from outside loses both policies when it becomes a mere name.
    if (spec.type === 'ExternalName' && spec.internalTrafficPolicy === old.internalTrafficPolicy) {
      const { internalTrafficPolicy, ...named } = spec;
      spec = named;
    }
  }
  if (spec.type !== 'LoadBalancer' && old.type === 'LoadBalancer') {
    const { allocateLoadBalancerNodePorts, loadBalancerClass, ...rest } = spec;
    const same = allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts && loadBalancerClass === old.loadBalancerClass;
    if (same) spec = rest;
  }
  return spec;
}

function prepareForUpdate(next: Service, old: Service, context: KindContext): Service {
  const dropped = typeDependent(next.spec, old.spec);
  const completed = { ...next, spec: familyDefaults(dropped), status: old.status };
  const faults = validateServiceUpdate(completed, old);
  if (faults.length > 0) return completed;
  const { spec, errors } = allocateForUpdate(completed.spec, old.spec, context);
  return remember({ ...completed, spec }, errors);
}

const judge = (object: Service, faults: FieldErrors): FieldErrors =>
  faults.length > 0 ? faults : (allocationErrors.get(object) ?? faults);

function externalAddresses({ spec, status }: Service): string {
  const ips = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return ips.length === 0 ? '<none>' : ips.join(',');
  const ingress = (status.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '');
  const all = [...ingress, ...ips];
  return all.length === 0 ? '<pending>' : all.join(',');
}

const portsText = (spec: ServiceSpec): string =>
  (spec.ports ?? []).length === 0
    ? '<none>'
    : spec
        .ports!.map((port) => (port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`))
        .join(',');

const selectorCell = (spec: ServiceSpec): string => {
  const pairs = Object.entries(spec.selector ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
};

function warnings(object: Service): readonly string[] {
  return (object.spec.externalIPs?.length ?? 0) > 0
    ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters']
    : [];
}

export const service = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  type: 'io.k8s.api.core.v1.Service',
  nameRule: dns1123Label,
  allowCreateOnUpdate: true,
  statusOnCreate: 'keep',
  allocators: { clusterIPs: CLUSTER_IPS, nodePorts: NODE_PORTS },
  defaults: serviceDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: (object) => judge(object, validateService(object)),
  validateUpdate: (next, old) => judge(next, validateServiceUpdate(next, old)),
  returnsDeletedObject: true,
  warningsOnCreate: warnings,
  warningsOnUpdate: (next) => warnings(next),
  afterDelete: releaseAll,
  subresources: {
    status: { type: 'status' },
    proxy: { type: 'action', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  },
  selectableFields: { 'spec.clusterIP': (object) => object.spec.clusterIP ?? '', 'spec.type': (object) => object.spec.type },
  columns: columnsOf('Service'),
  row: (object, clock) => ({
    cells: [
      object.metadata.name,
      object.spec.type,
      object.spec.clusterIP || '<none>',
      externalAddresses(object),
      portsText(object.spec),
      ageCell(object.metadata.creationTimestamp, clock),
      selectorCell(object.spec),
    ],
  }),
});
