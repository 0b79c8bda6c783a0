// Node: a machine of the cluster. Models: kubernetes v1.37 pkg/registry/core/node, pkg/apis/core/validation ValidateNode, printNode
import {
  type FieldError,
  type FieldErrors,
  FieldPath,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../apimachinery/field.ts';
import { labelValue, qualifiedName } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell, type TableClock, type TableRow } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';
import type { Condition, ResourceList } from '../pod/types.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly timeAdded?: string;
}

export interface NodeInfo {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly containerRuntimeVersion: string;
  readonly kubeletVersion: string;
  readonly kubeProxyVersion: string;
  readonly operatingSystem: string;
  readonly architecture: string;
}

export interface Node extends KubeObject {
  readonly kind: 'Node';
  readonly spec: {
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
  };
  readonly status: {
    readonly capacity?: ResourceList;
    readonly allocatable?: ResourceList;
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port: number } };
    readonly nodeInfo?: NodeInfo;
    readonly images?: readonly { readonly names?: readonly string[]; readonly sizeBytes?: number }[];
    readonly [field: string]: any;
  };
}

const CIDR_FAULT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateTaints(taints: readonly Taint[]): FieldErrors {
  const errors: FieldError[] = [];
  const path = FieldPath.root('metadata').child('taints');
  const seen = new Set<string>();
  taints.forEach((taint, i) => {
    const at = path.index(i);
    for (const fault of qualifiedName(taint.key ?? '')) errors.push(invalid(at.child('key'), taint.key ?? '', fault));
    for (const fault of labelValue(taint.value ?? '')) errors.push(invalid(at.child('value'), taint.value, fault));
    if (!taint.effect) errors.push(required(at.child('effect')));
    else if (!EFFECTS.includes(taint.effect)) errors.push(notSupported(at.child('effect'), taint.effect, EFFECTS));
    const key = `${taint.effect}/${taint.key}`;
    if (seen.has(key))
      errors.push({ ...duplicate(at, taint), body: `${duplicate(at, taint).body}: taints must be unique by key and effect pair` });
    seen.add(key);
  });
  return errors;
}

function validate(object: Node): FieldErrors {
  const errors = [...validateTaints(object.spec.taints ?? [])];
  (object.spec.podCIDRs ?? []).forEach((cidr, i) => {
    if (!/^\d+(\.\d+){3}\/\d+$/.test(cidr) && !/^[0-9a-f:]+\/\d+$/i.test(cidr)) {
      errors.push(invalid(FieldPath.root('spec').child('podCIDRs').index(i), cidr, CIDR_FAULT));
    }
  });
  return errors;
}

function validateUpdate(next: Node, old: Node): FieldErrors {
  const errors = [...validate(next)];
  if (old.spec.podCIDR !== undefined && next.spec.podCIDR !== old.spec.podCIDR) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec.providerID !== undefined && next.spec.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

/** Roles by label: `node-role.kubernetes.io/<role>` or `kubernetes.io/role=<role>`. */
export function nodeRoles(node: Node): readonly string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/')) {
      const role = key.slice('node-role.kubernetes.io/'.length);
      if (role !== '') roles.add(role);
    } else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort();
}

function row(node: Node, clock: TableClock): TableRow {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const status = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (node.spec.unschedulable === true) status.push('SchedulingDisabled');
  const address = (type: string): string => node.status?.addresses?.find((one) => one.type === type)?.address ?? '<none>';
  const info = node.status?.nodeInfo;
  const kernel = info?.kernelVersion
    ? info.architecture
      ? `${info.kernelVersion} (${info.architecture})`
      : info.kernelVersion
    : '<unknown>';
  return {
    cells: [
      node.metadata.name,
      status.join(','),
      nodeRoles(node).join(',') || '<none>',
      ageCell(node.metadata.creationTimestamp, clock),
      info?.kubeletVersion ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      info?.osImage || '<unknown>',
      kernel,
      info?.containerRuntimeVersion || '<unknown>',
    ],
  };
}

const EMPTY_INFO: NodeInfo = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
};

function defaults(object: Node): Node {
  const { podCIDR, podCIDRs } = object.spec ?? {};
  const status = object.status ?? {};
  const complete =
    (podCIDR === undefined || podCIDRs !== undefined) &&
    status.nodeInfo !== undefined &&
    status.daemonEndpoints !== undefined &&
    (status.capacity === undefined || status.allocatable !== undefined);
  if (complete) return object;
  return {
    ...object,
    spec: podCIDR !== undefined && podCIDRs === undefined ? { ...object.spec, podCIDRs: [podCIDR] } : object.spec,
    status: {
      ...status,
      ...(status.capacity !== undefined && status.allocatable === undefined ? { allocatable: status.capacity } : {}),
      daemonEndpoints: status.daemonEndpoints ?? { kubeletEndpoint: { Port: 0 } },
      nodeInfo: status.nodeInfo ?? EMPTY_INFO,
    },
  };
}

export const node = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  type: 'io.k8s.api.core.v1.Node',
  statusOnCreate: 'keep',
  defaults,
  validate,
  validateUpdate,
  subresources: {
    status: { type: 'status', validateUpdate: () => [] },
    proxy: { type: 'action', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  },
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec.unschedulable ?? false) },
  columns: columnsOf('Node'),
  row,
});
