// kubectl describe of HorizontalPodAutoscaler, PodDisruptionBudget, NetworkPolicy, roles and bindings.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import { formatSelector } from '../../../../cluster/apimachinery/labels.ts';
import { canonicalQuantity } from '../../../../cluster/apimachinery/quantity.ts';
import { defineDescriber, describeEvents, heading } from './describer.ts';
import { type Lines, longTime } from './lines.ts';

export const pdbDescriber = defineDescriber({
  kinds: ['PodDisruptionBudget.policy'],
  *describe(d, lines) {
    const { object } = d;
    const { spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    if (spec.minAvailable != null) lines.put(0, `Min available:\t${spec.minAvailable}`);
    else if (spec.maxUnavailable != null) lines.put(0, `Max unavailable:\t${spec.maxUnavailable}`);
    lines.put(0, `Selector:\t${spec.selector == null ? '<unset>' : formatSelector(spec.selector)}`);
    lines.put(0, 'Status:');
    lines.put(2, `Allowed disruptions:\t${status.disruptionsAllowed ?? 0}`);
    lines.put(2, `Current:\t${status.currentHealthy ?? 0}`);
    lines.put(2, `Desired:\t${status.desiredHealthy ?? 0}`);
    lines.put(2, `Total:\t${status.expectedPods ?? 0}`);
    yield* describeEvents(d, lines);
  },
});

export const roleDescriber = defineDescriber({
  kinds: ['Role.rbac.authorization.k8s.io', 'ClusterRole.rbac.authorization.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    lines.put(0, `Name:\t${object.metadata.name}`);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.put(0, 'PolicyRule:');
    lines.put(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs');
    lines.put(1, '---------\t-----------------\t--------------\t-----');
    for (const row of ruleRows(object.rules ?? [])) lines.put(1, row.join('\t'));
  },
});

/** One row per resource, rules of the same resource joined, sorted as the real one does. */
export function ruleRows(rules: readonly any[]): string[][] {
  const rows: { resource: string; urls: string[]; names: string[]; verbs: string[] }[] = [];
  for (const rule of rules) {
    const names: string[] = rule.resourceNames ?? [];
    if ((rule.nonResourceURLs ?? []).length > 0) rows.push({ resource: '', urls: rule.nonResourceURLs, names: [], verbs: rule.verbs });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const full = group === '' ? resource : resource.includes('/') ? `${resource.replace('/', `.${group}/`)}` : `${resource}.${group}`;
        const same = rows.find((one) => one.resource === full && one.names.join() === names.join() && one.urls.length === 0);
        if (same !== undefined) same.verbs = [...new Set([...same.verbs, ...rule.verbs])];
        else rows.push({ resource: full, urls: [], names, verbs: [...rule.verbs] });
      }
    }
  }
  const key = (one: (typeof rows)[number]) => `{${one.resource} ${one.names.join()} ${one.urls.join()}`;
  rows.sort(
    (a, b) =>
      (a.names.length > 0 ? 0 : 1) - (b.names.length > 0 ? 0 : 1) ||
      (b.resource.includes('/') ? 1 : 0) - (a.resource.includes('/') ? 1 : 0) ||
      (key(a) < key(b) ? -1 : 1),
  );
  const list = (values: readonly string[]) => `[${values.join(' ')}]`;
  return rows.map((one) => [one.resource, list(one.urls), list(one.names), list(one.verbs)]);
}

export const bindingDescriber = defineDescriber({
  kinds: ['RoleBinding.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    lines.put(0, `Name:\t${object.metadata.name}`);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.put(0, 'Role:');
    lines.put(1, `Kind:\t${object.roleRef.kind}`);
    lines.put(1, `Name:\t${object.roleRef.name}`);
    lines.put(0, 'Subjects:');
    lines.put(1, 'Kind\tName\tNamespace');
    lines.put(1, '----\t----\t---------');
    for (const one of object.subjects ?? []) lines.put(1, `${one.kind}\t${one.name}\t${one.namespace ?? ''}`);
  },
});

export const autoscalerDescriber = defineDescriber({
  kinds: ['HorizontalPodAutoscaler.autoscaling'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
    lines.put(0, `Reference:\t${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`);
    lines.put(0, 'Metrics:\t( current / target )');
    for (const [index, metric] of (spec.metrics ?? []).entries()) metricRow(lines, metric, status.currentMetrics?.[index]);
    lines.put(0, `Min replicas:\t${spec.minReplicas ?? '<unset>'}`);
    lines.put(0, `Max replicas:\t${spec.maxReplicas}`);
    if (spec.behavior != null) {
      lines.put(0, 'Behavior:');
      direction(lines, 'Scale Up', spec.behavior.scaleUp);
      direction(lines, 'Scale Down', spec.behavior.scaleDown);
    }
    lines.put(0, `${spec.scaleTargetRef.kind} pods:\t${status.currentReplicas ?? 0} current / ${status.desiredReplicas ?? 0} desired`);
    if ((status.conditions ?? []).length > 0) {
      lines.put(0, 'Conditions:');
      lines.put(1, 'Type\tStatus\tReason\tMessage');
      lines.put(1, '----\t------\t------\t-------');
      for (const one of status.conditions) lines.put(1, `${one.type}\t${one.status}\t${one.reason ?? ''}\t${one.message ?? ''}`);
    }
    yield* describeEvents(d, lines);
  },
});

function metricRow(lines: Lines, metric: any, current: any): void {
  const unknown = '<unknown>';
  const amount = (value: any) => (value === undefined ? unknown : canonicalQuantity(value));
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource': {
      const field = metric.type === 'Resource' ? 'resource' : 'containerResource';
      const one = metric[field];
      const now = current?.[field]?.current;
      const of =
        metric.type === 'Resource'
          ? `resource ${one.name} on pods`
          : `resource ${one.name} of container ${JSON.stringify(one.container)} on pods`;
      if (one.target.averageValue !== undefined)
        lines.put(1, `${of}:\t${amount(now?.averageValue)} / ${canonicalQuantity(one.target.averageValue)}`);
      else {
        const used = now?.averageUtilization === undefined ? unknown : `${now.averageUtilization}% (${amount(now.averageValue)})`;
        lines.put(1, `${of}  (as a percentage of request):\t${used} / ${one.target.averageUtilization ?? '<auto>'}%`);
      }
      return;
    }
    case 'Pods':
      lines.put(
        1,
        `"${metric.pods.metric.name}" on pods:\t${amount(current?.pods?.current?.averageValue)} / ${canonicalQuantity(metric.pods.target.averageValue)}`,
      );
      return;
    case 'Object': {
      const target = metric.object.target;
      const now = current?.object?.current;
      const value = target.type === 'AverageValue' ? [now?.averageValue, target.averageValue] : [now?.value, target.value];
      lines.put(
        1,
        `"${metric.object.metric.name}" on ${metric.object.describedObject.kind}/${metric.object.describedObject.name} (${target.type === 'AverageValue' ? 'target average value' : 'target value'}):\t${amount(value[0])} / ${canonicalQuantity(value[1])}`,
      );
      return;
    }
    case 'External': {
      const target = metric.external.target;
      const now = current?.external?.current;
      if (target.averageValue !== undefined)
        lines.put(
          1,
          `"${metric.external.metric.name}" (target average value):\t${amount(now?.averageValue)} / ${canonicalQuantity(target.averageValue)}`,
        );
      else lines.put(1, `"${metric.external.metric.name}" (target value):\t${amount(now?.value)} / ${canonicalQuantity(target.value)}`);
      return;
    }
    default:
      lines.put(1, `<unknown metric type "${metric.type}">`);
  }
}

function direction(lines: Lines, title: string, rules: any): void {
  if (rules == null) return;
  lines.put(1, `${title}:`);
  if (rules.stabilizationWindowSeconds != null) lines.put(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if ((rules.policies ?? []).length === 0) return;
  if (rules.selectPolicy != null) lines.put(2, `Select Policy: ${rules.selectPolicy}`);
  if (rules.tolerance != null) lines.put(2, `Tolerance: ${canonicalQuantity(rules.tolerance)}`);
  lines.put(2, 'Policies:');
  for (const one of rules.policies) lines.put(3, `- Type: ${one.type}\tValue: ${one.value}\tPeriod: ${one.periodSeconds} seconds`);
}

export const networkPolicyDescriber = defineDescriber({
  kinds: ['NetworkPolicy.networking.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    heading(lines, object);
    lines.put(0, `Created on:\t${metadata.creationTimestamp.replace('T', ' ').replace('Z', '')} +0000 UTC`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, 'Spec:');
    lines.raw('  PodSelector: ');
    const selector = formatSelector(spec.podSelector ?? {});
    lines.raw(
      selector === '<none>' || selector === ''
        ? '    <none> (Allowing the specific traffic to all pods in this namespace)\n'
        : `    ${selector}\n`,
    );
    const types: readonly string[] = spec.policyTypes ?? [];
    for (const [type, word, peers, rules] of [
      ['Ingress', 'ingress', 'from', spec.ingress],
      ['Egress', 'egress', 'to', spec.egress],
    ] as const) {
      if (!types.includes(type)) {
        lines.put(1, `Not affecting ${word} traffic`);
        continue;
      }
      lines.put(1, `Allowing ${word} traffic:`);
      if ((rules ?? []).length === 0) lines.put(2, `<none> (Selected pods are isolated for ${word} connectivity)`);
      (rules ?? []).forEach((rule: any, index: number) => {
        if (index > 0) lines.put(2, '----------');
        policyRule(lines, rule, peers);
      });
    }
    lines.put(1, `Policy Types: ${types.join(', ')}`);
  },
});

function policyRule(lines: Lines, rule: any, peers: 'from' | 'to'): void {
  const ports: readonly any[] = rule.ports ?? [];
  if (ports.length === 0) lines.put(2, 'To Port: <any> (traffic allowed to all ports)');
  for (const one of ports) {
    const protocol = one.protocol ?? 'TCP';
    if (one.endPort != null) lines.put(2, `To Port Range: ${one.port}-${one.endPort}/${protocol}`);
    else lines.put(2, `To Port: ${one.port ?? '<any>'}/${protocol}`);
  }
  const list: readonly any[] = rule[peers] ?? [];
  const title = peers === 'from' ? 'From' : 'To';
  if (list.length === 0) lines.put(2, `${title}: <any> (traffic not restricted by ${peers === 'from' ? 'source' : 'destination'})`);
  for (const peer of list) {
    lines.put(2, `${title}:`);
    if (peer.ipBlock != null) {
      lines.put(3, 'IPBlock:');
      lines.put(4, `CIDR: ${peer.ipBlock.cidr}`);
      lines.put(4, `Except: ${(peer.ipBlock.except ?? []).join(', ')}`);
      continue;
    }
    if (peer.namespaceSelector != null) lines.put(3, `NamespaceSelector: ${formatSelector(peer.namespaceSelector)}`);
    if (peer.podSelector != null) lines.put(3, `PodSelector: ${formatSelector(peer.podSelector)}`);
  }
}
