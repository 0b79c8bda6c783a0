// kubectl describe of Namespace, ConfigMap, Secret, ServiceAccount, ResourceQuota and LimitRange.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import { formatQuantity, quantity } from '../../../../cluster/apimachinery/quantity.ts';
import { defineDescriber, describeEvents, getOr, heading } from './describer.ts';
import { type Lines, longTime } from './lines.ts';

const decodedBytes = (base64: string): number => Math.trunc((base64.replace(/=+$/, '').length * 3) / 4);

export const configMapDescriber = defineDescriber({
  kinds: ['ConfigMap'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.raw('\nData\n====\n');
    for (const key of Object.keys(object.data ?? {}).sort()) lines.raw(`${key}:\n----\n${object.data[key]}\n\n`);
    lines.raw('\nBinaryData\n====\n');
    for (const key of Object.keys(object.binaryData ?? {}).sort()) lines.raw(`${key}: ${decodedBytes(object.binaryData[key])} bytes\n`);
    lines.raw('\n');
    yield* describeEvents(d, lines);
  },
});

export const secretDescriber = defineDescriber({
  kinds: ['Secret'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.raw(`\nType:\t${object.type ?? ''}\n\nData\n====\n`);
    for (const key of Object.keys(object.data ?? {}).sort()) {
      const token = object.type === 'kubernetes.io/service-account-token' && key === 'token';
      lines.raw(token ? `${key}:\t${atob(object.data[key])}\n` : `${key}:\t${decodedBytes(object.data[key])} bytes\n`);
    }
  },
});

export const serviceAccountDescriber = defineDescriber({
  kinds: ['ServiceAccount'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    const names: readonly string[] = (object.imagePullSecrets ?? []).map((one: any) => one.name);
    if (names.length === 0) lines.put(0, 'Image pull secrets:\t<none>');
    for (const [index, name] of names.entries()) lines.put(0, `${index === 0 ? 'Image pull secrets:' : ''}\t${name}`);
    yield* describeEvents(d, lines);
  },
});

export const namespaceDescriber = defineDescriber({
  kinds: ['Namespace'],
  *describe(d, lines) {
    const { object } = d;
    const { name } = object.metadata;
    lines.put(0, `Name:\t${name}`);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.put(0, `Status:\t${object.status?.phase ?? ''}`);
    if ((object.status?.conditions ?? []).length > 0) {
      lines.put(0, 'Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage');
      lines.put(1, '----\t------\t------------------\t------\t-------');
      for (const one of object.status.conditions)
        lines.put(1, `${one.type}\t${one.status}\t${longTime(one.lastTransitionTime)}\t${one.reason ?? ''}\t${one.message ?? ''}`);
    }
    const quotas = (yield* getOr(d, `/api/v1/namespaces/${name}/resourcequotas`, {}, { items: [] })).items;
    const ranges = (yield* getOr(d, `/api/v1/namespaces/${name}/limitranges`, {}, { items: [] })).items;
    lines.raw('\n');
    if (quotas.length === 0) lines.raw('No resource quota.\n');
    else namespaceQuotas(lines, quotas);
    lines.raw('\n');
    if (ranges.length === 0) lines.raw('No LimitRange resource.\n');
    else {
      lines.raw('Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n');
      lines.raw(' ----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n');
      for (const range of ranges) limitRows(lines, range.spec, ' ');
    }
  },
});

function namespaceQuotas(lines: Lines, quotas: readonly any[]): void {
  lines.raw('Resource Quotas');
  for (const quota of quotas) {
    lines.raw(`\n  Name:\t${quota.metadata.name}\n`);
    scopeRows(lines, quota.spec.scopes ?? []);
    lines.raw('  Resource\tUsed\tHard\n  --------\t---\t---\n');
    for (const name of Object.keys(quota.status?.hard ?? {}).sort()) {
      lines.raw(
        `  ${name}\t${formatQuantity(quantity(quota.status.used?.[name] ?? '0'))}\t${formatQuantity(quantity(quota.status.hard[name]))}\n`,
      );
    }
  }
}

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

function scopeRows(lines: Lines, scopes: readonly string[]): void {
  if (scopes.length === 0) return;
  const sorted = [...scopes].sort();
  lines.raw(`Scopes:\t${sorted.join(', ')}\n`);
  for (const scope of sorted) if (SCOPES[scope] !== undefined) lines.raw(` * ${SCOPES[scope]}\n`);
}

export const quotaDescriber = defineDescriber({
  kinds: ['ResourceQuota'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    scopeRows(lines, object.spec.scopes ?? []);
    lines.raw('Resource\tUsed\tHard\n--------\t----\t----\n');
    const hard = object.status?.hard ?? {};
    for (const name of Object.keys(hard).sort()) {
      lines.raw(`${name}\t${formatQuantity(quantity(object.status.used?.[name] ?? '0'))}\t${formatQuantity(quantity(hard[name]))}\n`);
    }
  },
});

export const limitRangeDescriber = defineDescriber({
  kinds: ['LimitRange'],
  *describe(d, lines) {
    heading(lines, d.object);
    lines.raw('Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n');
    lines.raw('----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n');
    limitRows(lines, d.object.spec, '');
  },
});

function limitRows(lines: Lines, spec: any, pad: string): void {
  for (const limit of spec.limits ?? []) {
    const fields = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'];
    const names = [...new Set(fields.flatMap((field) => Object.keys(limit[field] ?? {})))].sort();
    for (const name of names) {
      const cells = fields.map((field) => (limit[field]?.[name] === undefined ? '-' : formatQuantity(quantity(limit[field][name]))));
      lines.raw(`${pad}${limit.type}\t${name}\t${cells.join('\t')}\n`);
    }
  }
}
