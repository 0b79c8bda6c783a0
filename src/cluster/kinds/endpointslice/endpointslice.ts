// EndpointSlice: up to so many addresses behind a Service, with their conditions.
// Models: kubernetes v1.37 pkg/registry/discovery/endpointslice, pkg/apis/discovery/{v1/defaults.go,validation}
import { sameData } from '../../apimachinery/equality.ts';
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  FieldPath,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../apimachinery/field.ts';
import { dns1123Label, dns1123Subdomain, FIELD_IS_IMMUTABLE } from '../../apimachinery/names.ts';
import { nonSpecialIp } from '../special-ip.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { IP_FAULT, isIp } from '../pod/validation-resources.ts';
import { defineKind } from '../kind.ts';

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  readonly hostname?: string;
  readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string; readonly uid?: string };
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hints?: { readonly forZones?: readonly { readonly name: string }[]; readonly forNodes?: readonly { readonly name: string }[] };
}

export interface EndpointSlice extends KubeObject {
  readonly kind: 'EndpointSlice';
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
    readonly port?: number;
    readonly appProtocol?: string;
  }[];
}

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

function validateEndpoints(object: EndpointSlice): FieldErrors {
  const errors: FieldError[] = [];
  const path = FieldPath.root('endpoints');
  const list = object.endpoints ?? [];
  if (list.length > MAX_ENDPOINTS) return [tooMany(path, list.length, MAX_ENDPOINTS)];
  list.forEach((endpoint, i) => {
    const at = path.index(i);
    const addresses = endpoint.addresses ?? [];
    if (addresses.length === 0) errors.push(required(at.child('addresses')));
    else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(at.child('addresses'), addresses.length, MAX_ADDRESSES));
    addresses.forEach((address, j) => {
      const where = at.child('addresses').index(j);
      if (object.addressType === 'FQDN') for (const fault of dns1123Subdomain(address)) errors.push(invalid(where, address, fault));
      else if (!isIp(address)) errors.push(invalid(where, address, IP_FAULT));
      else errors.push(...nonSpecialIp(where, address));
    });
    if (endpoint.hostname !== undefined)
      for (const fault of dns1123Label(endpoint.hostname)) errors.push(invalid(at.child('hostname'), endpoint.hostname, fault));
  });
  return errors;
}

function validate(object: EndpointSlice): FieldErrors {
  const errors: FieldError[] = [];
  if (!object.addressType) errors.push(required('addressType'));
  else if (!['IPv4', 'IPv6', 'FQDN'].includes(object.addressType))
    errors.push(notSupported('addressType', object.addressType, ['FQDN', 'IPv4', 'IPv6']));
  else errors.push(...validateEndpoints(object));
  const names = new Set<string>();
  const ports = object.ports ?? [];
  if (ports.length > MAX_PORTS) errors.push(tooMany('ports', ports.length, MAX_PORTS));
  ports.forEach((port, i) => {
    const at = FieldPath.root('ports').index(i);
    const name = port.name ?? '';
    if (name !== '') for (const fault of dns1123Label(name)) errors.push(invalid(at.child('name'), name, fault));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
    if (port.protocol !== undefined && !['TCP', 'UDP', 'SCTP'].includes(port.protocol)) {
      errors.push(notSupported(at.child('protocol'), port.protocol, ['SCTP', 'TCP', 'UDP']));
    }
  });
  return errors;
}

const atMost = (items: readonly string[], empty: string): string =>
  items.length === 0 ? empty : items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',');

export const endpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  type: 'io.k8s.api.discovery.v1.EndpointSlice',
  defaults(object) {
    const ports = object.ports ?? [];
    if (ports.every((port) => port.name !== undefined && port.protocol !== undefined)) return object;
    return { ...object, ports: ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })) };
  },
  generation: (next, old) =>
    !sameData(next.endpoints, old.endpoints) ||
    !sameData(next.ports, old.ports) ||
    !sameData(next.metadata.labels ?? {}, old.metadata.labels ?? {}),
  validate,
  validateUpdate: (next, old) =>
    next.addressType === old.addressType ? validate(next) : [...validate(next), invalid('addressType', null, FIELD_IS_IMMUTABLE)],
  columns: columnsOf('EndpointSlice'),
  row: (object, clock) => ({
    cells: [
      object.metadata.name,
      object.addressType,
      atMost(
        (object.ports ?? []).map((port) => (port.port !== undefined ? String(port.port) : port.name || '*')),
        '<unset>',
      ),
      atMost(
        (object.endpoints ?? []).map((endpoint) => endpoint.addresses.join(',')),
        '<unset>',
      ),
      ageCell(object.metadata.creationTimestamp, clock),
    ],
  }),
});
