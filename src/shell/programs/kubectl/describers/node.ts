// kubectl describe node.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go describeNode
import {
  addQuantities,
  formatQuantity,
  type Quantity,
  quantity,
  quantityMilliValue,
  quantityValue,
  ZERO,
} from '../../../../cluster/apimachinery/quantity.ts';
import { humanDuration } from '../../../../cluster/apimachinery/table.ts';
import { defineDescriber, describeEvents, eventsOf, getOr } from './describer.ts';
import { type Lines, longTime } from './lines.ts';

export const nodeDescriber = defineDescriber({
  kinds: ['Node'],
  *describe(d, lines) {
    const { metadata, spec } = d.object;
    const status = d.object.status ?? {};
    const selector = `spec.nodeName=${metadata.name},status.phase!=Succeeded,status.phase!=Failed`;
    const pods = (yield* getOr(d, '/api/v1/pods', { fieldSelector: selector, limit: '500' }, { items: [] })).items;
    const lease = yield* getOr(d, `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${metadata.name}`, {}, undefined);
    lines.put(0, `Name:\t${metadata.name}`);
    lines.put(0, `Roles:\t${rolesOf(metadata.labels).join(',') || '<none>'}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
    taints(lines, spec?.taints ?? []);
    lines.put(0, `Unschedulable:\t${spec?.unschedulable ?? false}`);
    if (lease !== undefined) {
      lines.put(0, 'Lease:');
      lines.put(1, `HolderIdentity:\t${lease.spec?.holderIdentity ?? '<unset>'}`);
      lines.put(1, `AcquireTime:\t${lease.spec?.acquireTime == null ? '<unset>' : longTime(lease.spec.acquireTime)}`);
      lines.put(1, `RenewTime:\t${lease.spec?.renewTime == null ? '<unset>' : longTime(lease.spec.renewTime)}`);
    }
    if ((status.conditions ?? []).length > 0) {
      lines.put(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage');
      lines.put(1, '----\t------\t-----------------\t------------------\t------\t-------');
      for (const one of status.conditions)
        lines.put(
          1,
          `${one.type} \t${one.status} \t${longTime(one.lastHeartbeatTime)} \t${longTime(one.lastTransitionTime)} \t${one.reason ?? ''} \t${one.message ?? ''}`,
        );
    }
    lines.put(0, 'Addresses:');
    for (const one of status.addresses ?? []) lines.put(1, `${one.type}:\t${one.address}`);
    for (const [title, amounts] of [
      ['Capacity', status.capacity],
      ['Allocatable', status.allocatable],
    ] as const) {
      if (Object.keys(amounts ?? {}).length === 0) continue;
      lines.put(0, `${title}:`);
      for (const name of Object.keys(amounts).sort()) lines.put(1, `${name}:\t${formatQuantity(quantity(amounts[name]))}`);
    }
    systemInfo(lines, status.nodeInfo ?? {});
    if (spec?.podCIDR) lines.put(0, `PodCIDR:\t${spec.podCIDR}`);
    if ((spec?.podCIDRs ?? []).length > 0) lines.put(0, `PodCIDRs:\t${spec.podCIDRs.join(',')}`);
    if (spec?.providerID) lines.put(0, `ProviderID:\t${spec.providerID}`);
    podTable(lines, pods, status, d.nowMs);
    yield* describeEvents(d, lines, yield* eventsOf(d, metadata.name));
  },
});

function rolesOf(labels: Readonly<Record<string, string>> | undefined): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/') && key.length > 24) roles.add(key.slice(24));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort();
}

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

function taints(lines: Lines, list: readonly any[]): void {
  lines.raw('Taints:\t');
  if (list.length === 0) {
    lines.raw('<none>\n');
    return;
  }
  const text = (one: any) => (one.value ? `${one.key}=${one.value}:${one.effect}` : `${one.key}:${one.effect}`);
  [...list]
    .sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .forEach((one, index) => {
      lines.raw(`${index === 0 ? '' : '\t'}${text(one)}\n`);
    });
}

function systemInfo(lines: Lines, info: any): void {
  lines.put(0, 'System Info:');
  const rows = [
    ['Machine ID', info.machineID],
    ['System UUID', info.systemUUID],
    ['Boot ID', info.bootID],
    ['Kernel Version', info.kernelVersion],
    ['OS Image', info.osImage],
    ['Operating System', info.operatingSystem],
    ['Architecture', info.architecture],
    ['Container Runtime Version', info.containerRuntimeVersion],
    ['Kubelet Version', info.kubeletVersion],
  ];
  for (const [title, value] of rows) lines.put(1, `${title}:\t${value ?? ''}`);
}

type Amounts = Record<string, Quantity>;

/** What a pod asks for: the sum of its containers, or the largest init container with the sidecars started before it. */
function podAmounts(pod: any, field: 'requests' | 'limits'): Amounts {
  const total: Amounts = {};
  const add = (into: Amounts, amounts: any) => {
    for (const name of Object.keys(amounts ?? {})) into[name] = addQuantities(into[name] ?? ZERO, quantity(amounts[name]));
  };
  for (const container of pod.spec.containers ?? []) add(total, container.resources?.[field]);
  const sidecars: Amounts = {};
  const largest: Amounts = {};
  for (const container of pod.spec.initContainers ?? []) {
    const amounts: Amounts = {};
    if (container.restartPolicy === 'Always') {
      add(total, container.resources?.[field]);
      add(sidecars, container.resources?.[field]);
      Object.assign(amounts, sidecars);
    } else {
      add(amounts, container.resources?.[field]);
      for (const name of Object.keys(sidecars)) amounts[name] = addQuantities(amounts[name] ?? ZERO, sidecars[name]!);
    }
    for (const name of Object.keys(amounts)) if ((largest[name]?.nano ?? -1n) < amounts[name]!.nano) largest[name] = amounts[name]!;
  }
  for (const name of Object.keys(largest)) if ((total[name]?.nano ?? -1n) < largest[name]!.nano) total[name] = largest[name]!;
  for (const name of Object.keys(pod.spec.overhead ?? {})) {
    if (field === 'requests' || total[name] !== undefined)
      total[name] = addQuantities(total[name] ?? ZERO, quantity(pod.spec.overhead[name]));
  }
  for (const name of Object.keys(pod.spec.resources?.[field] ?? {})) total[name] = quantity(pod.spec.resources[field][name]);
  return total;
}

const percentOf = (part: Quantity, whole: Quantity, milli: boolean): number => {
  const value = milli ? quantityMilliValue : quantityValue;
  const all = value(whole);
  return all === 0 ? 0 : Math.trunc((value(part) / all) * 100);
};

function podTable(lines: Lines, pods: readonly any[], status: any, nowMs: number): void {
  const allocatable: Record<string, string> =
    Object.keys(status.allocatable ?? {}).length > 0 ? status.allocatable : (status.capacity ?? {});
  const of = (name: string) => quantity(allocatable[name] ?? '0');
  lines.put(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  lines.put(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge');
  lines.put(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  const requests: Amounts = {};
  const limits: Amounts = {};
  for (const pod of pods) {
    const asked = podAmounts(pod, 'requests');
    const capped = podAmounts(pod, 'limits');
    for (const name of Object.keys(asked)) requests[name] = addQuantities(requests[name] ?? ZERO, asked[name]!);
    for (const name of Object.keys(capped)) limits[name] = addQuantities(limits[name] ?? ZERO, capped[name]!);
    const cell = (amounts: Amounts, name: string) =>
      `${formatQuantity(amounts[name] ?? ZERO)} (${percentOf(amounts[name] ?? ZERO, of(name), name === 'cpu')}%)`;
    const age = humanDuration((nowMs - Date.parse(pod.metadata.creationTimestamp)) / 1000);
    lines.put(
      1,
      `${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cell(asked, 'cpu')}\t${cell(capped, 'cpu')}\t${cell(asked, 'memory')}\t${cell(capped, 'memory')}\t${age}`,
    );
  }
  lines.put(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)');
  lines.put(1, 'Resource\tRequests\tLimits');
  lines.put(1, '--------\t--------\t------');
  const row = (name: string) => {
    const cell = (amounts: Amounts) =>
      `${formatQuantity(amounts[name] ?? ZERO)} (${percentOf(amounts[name] ?? ZERO, of(name), name === 'cpu')}%)`;
    lines.put(1, `${name}\t${cell(requests)}\t${cell(limits)}`);
  };
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) row(name);
  const standard = ['cpu', 'memory', 'ephemeral-storage', 'pods'];
  for (const name of Object.keys(allocatable)
    .filter((one) => !standard.includes(one))
    .sort()) {
    if (name.startsWith('hugepages-')) row(name);
    else lines.put(1, `${name}\t${formatQuantity(requests[name] ?? ZERO)}\t${formatQuantity(limits[name] ?? ZERO)}`);
  }
}
