// Endpoints: the old, single list of a Service's addresses. Models: kubernetes v1.37 pkg/registry/core/endpoint, printEndpoints
import { type FieldError, type FieldErrors, FieldPath, invalid, required } from '../../apimachinery/field.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { nonSpecialIp } from '../special-ip.ts';
import { defineKind } from '../kind.ts';
import { IP_FAULT, isIp } from '../pod/validation-resources.ts';

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[];
  readonly notReadyAddresses?: readonly EndpointAddress[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly port: number;
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly appProtocol?: string;
  }[];
}

export interface Endpoints extends KubeObject {
  readonly kind: 'Endpoints';
  readonly subsets?: readonly EndpointSubset[];
}

function validate(object: Endpoints): FieldErrors {
  const errors: FieldError[] = [];
  (object.subsets ?? []).forEach((subset, i) => {
    const at = FieldPath.root('subsets').index(i);
    if ((subset.addresses ?? []).length === 0 && (subset.notReadyAddresses ?? []).length === 0) {
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      (subset[list] ?? []).forEach((address, j) => {
        const path = at.child(list).index(j).child('ip');
        if (!isIp(address.ip)) errors.push(invalid(path, address.ip, IP_FAULT), invalid(path, address.ip, 'must be a valid IP address'));
        else errors.push(...nonSpecialIp(path, address.ip));
      });
    }
    (subset.ports ?? []).forEach((port, j) => {
      const path = at.child('ports').index(j);
      if (port.port < 1 || port.port > 65535) errors.push(invalid(path.child('port'), port.port, 'must be between 1 and 65535, inclusive'));
    });
  });
  return errors;
}

function text(object: Endpoints): string {
  if ((object.subsets ?? []).length === 0) return '<none>';
  const all: string[] = [];
  for (const { ports = [], addresses = [] } of object.subsets!) {
    if (ports.length === 0) all.push(...addresses.map((one) => one.ip));
    else for (const port of ports) all.push(...addresses.map((one) => `${one.ip}:${port.port}`));
  }
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

export const endpoints = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  type: 'io.k8s.api.core.v1.Endpoints',
  allowCreateOnUpdate: true,
  defaults(object) {
    const complete = (object.subsets ?? []).every((subset) => (subset.ports ?? []).every((port) => port.protocol !== undefined));
    if (complete) return object;
    return {
      ...object,
      subsets: object.subsets?.map((subset) => ({
        ...subset,
        ports: subset.ports?.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })),
      })),
    };
  },
  validate,
  validateUpdate: validate,
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: columnsOf('Endpoints'),
  row: (object, clock) => ({ cells: [object.metadata.name, text(object), ageCell(object.metadata.creationTimestamp, clock)] }),
});
