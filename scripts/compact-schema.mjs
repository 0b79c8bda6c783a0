// Compacts the recorded type schema (e2e/recorded/api/schema.json) together with the facts of its Go types (go-fields.txt) into
// src/cluster/apimachinery/schema.generated.ts, one line per type. Run after either changes: node scripts/compact-schema.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const root = new URL('..', import.meta.url);
const types = JSON.parse(readFileSync(new URL('e2e/recorded/api/schema.json', root), 'utf8')).types;
const facts = new Map();
const scalars = new Map();
for (const line of readFileSync(new URL('scripts/go-fields.txt', root), 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue;
  const [name, ...fields] = line.split(' ');
  if (name.startsWith('=')) {
    scalars.set(name.slice(1), fields[0]);
    continue;
  }
  const order = new Map();
  for (const field of fields) {
    const [, json, flags, goType, , goName] = /^([\w$-]+?)([*!0]*):([^=]+)(=(\w+))?$/.exec(field);
    order.set(json, { flags, goType, goName });
  }
  facts.set(name, order);
}

/** `io.k8s.api.core.v1.Pod` → `core.v1.Pod`; meta and the rest likewise. */
function short(name) {
  return name
    .replace('io.k8s.api.', '')
    .replace('io.k8s.apimachinery.pkg.apis.', '')
    .replace('io.k8s.apiextensions-apiserver.pkg.apis.', '')
    .replace('io.k8s.kube-aggregator.pkg.apis.', '')
    .replace('io.k8s.apimachinery.pkg.', '');
}

const SPECIAL = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'Q',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'T',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'M',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'I',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'R',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'R',
};

function typeCode(schema, pkg) {
  if (schema.ref !== undefined) {
    if (SPECIAL[schema.ref]) return SPECIAL[schema.ref];
    if (types[schema.ref]?.properties === undefined) return 'J';
    const name = short(schema.ref);
    return name.startsWith(pkg) && !name.slice(pkg.length).includes('.') ? name.slice(pkg.length) : name;
  }
  switch (schema.type) {
    case 'string':
      return schema.format === 'byte' ? 'y' : 's';
    case 'integer':
      return schema.format === 'int64' ? 'l' : 'i';
    case 'boolean':
      return 'b';
    case 'number':
      return 'f';
    case 'array':
      return `[]${typeCode(schema.items ?? {}, pkg)}`;
    case 'object':
      return schema.values === undefined ? 'J' : `{}${typeCode(schema.values, pkg)}`;
    default:
      return 'J';
  }
}

/** Go's name of a scalar type where it is not the plain one: `v1.RestartPolicy`. */
function goScalar(goType, pkg) {
  const bare = goType.replace(/^(\[\]|map\[[\w.]+\])+/, '').replace(/^\*/, '');
  if (/^(string|int32|int64|bool|byte|float64|int|uint8)$/.test(bare)) return '';
  if (bare.includes('.')) return /^(types|v1|metav1|autoscalingv1|corev1)\./.test(bare) ? bare.replace(/^metav1|^corev1/, 'v1') : '';
  const version = pkg.split('.').at(-2);
  return `${version}.${bare}`;
}

const lines = [];
for (const [full, type] of Object.entries(types)) {
  if (type.properties === undefined) continue;
  const name = short(full);
  const pkg = name.slice(0, name.lastIndexOf('.') + 1);
  const order = facts.get(full);
  const known = order === undefined ? [] : [...order.keys()].filter((key) => type.properties[key] !== undefined);
  const names = [...known, ...Object.keys(type.properties).filter((key) => !known.includes(key))];
  const required = new Set(type.required ?? []);
  const fields = names.map((key) => {
    const schema = type.properties[key];
    const fact = order?.get(key);
    const code = typeCode(schema, pkg);
    const pointer = fact ? fact.flags.includes('*') : schema.default === undefined && /^[silbf]$/.test(code) === false;
    const structLike = /^[QTMIR]$/.test(code) || /^[A-Za-z][\w.-]{2,}$/.test(code);
    const printed = fact
      ? fact.flags.includes('!') || (structLike && !fact.flags.includes('*') && !fact.flags.includes('0'))
      : schema.default !== undefined || (required.has(key) && !pointer);
    let text = (pointer ? '*' : '') + (printed ? '!' : '') + (required.has(key) ? '+' : '') + key + ':' + code;
    if (fact && /^(\[\]|\{\})*[silb]$/.test(code)) {
      const named = goScalar(fact.goType, pkg);
      if (named !== '') text += ` @${named}`;
    }
    if (schema.enum) text += ` =${schema.enum.join(',')}`;
    if (schema.listMapKeys) text += ` ~${schema.listMapKeys.join(',')}`;
    if (schema.listType === 'set') text += ' #';
    if (schema.listType === 'atomic' || schema.mapType === 'atomic') text += ' &';
    if (schema.patchMergeKey) text += ` ^${schema.patchMergeKey}`;
    else if (schema.patchStrategy?.includes('merge')) text += ' ^';
    if (schema.patchStrategy?.includes('retainKeys')) text += ' $';
    if (schema.default !== undefined && schema.default !== '' && schema.default !== 0 && JSON.stringify(schema.default) !== '{}')
      text += ` d${JSON.stringify(schema.default)}`;
    if (fact?.goName) text += ` n${fact.goName}`;
    return text;
  });
  const head = type.gvk ? `${name} ${type.gvk.length > 1 ? '' : (type.gvk[0].group ?? '')}` : name;
  lines.push(`${head}|${fields.join(';')}${type.mapType === 'atomic' ? '|&' : ''}`);
}

const text = `// Generated by scripts/compact-schema.mjs from the recorded type schema of Kubernetes v1.37.2. Do not edit.
export const SCHEMA_LINES = ${JSON.stringify(lines.join('\n'))};
`;
writeFileSync(new URL('src/cluster/apimachinery/schema.generated.ts', root), text);
process.stdout.write(`${lines.length} types, ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} gzip\n`);
