// `-o json`, `-o yaml`, `-o kyaml` and `-o name`.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/printers/{json,yaml,kyaml,name}.go
import { goJson } from '../../../../cluster/apimachinery/go-text.ts';
import { naturalOrder } from '../../../../cluster/apimachinery/yaml.ts';

/** JSON of a typed object: keys in the order they stand. */
export function orderedJson(value: unknown, pad = ''): string {
  const inner = `${pad}    `;
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : `[\n${value.map((one) => inner + orderedJson(one, inner)).join(',\n')}\n${pad}]`;
  if (typeof value !== 'object' || value === null) return goJson(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  if (entries.length === 0) return '{}';
  return `{\n${entries.map(([key, one]) => `${inner}${goJson(key)}: ${orderedJson(one, inner)}`).join(',\n')}\n${pad}}`;
}

/** One KYAML document with its `---`. */
export function printKyaml(value: unknown): string {
  return `---\n${kyaml(value, '')}\n`;
}

function kyaml(value: unknown, pad: string): string {
  if (typeof value === 'string') return kyamlString(value, pad);
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : String(value);
  const inner = `${pad}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    if (value.every((one) => typeof one === 'object' && one !== null)) return `[${value.map((one) => kyaml(one, pad)).join(', ')}]`;
    return `[\n${value.map((one) => `${inner}${kyaml(one, inner)},\n`).join('')}${pad}]`;
  }
  const map = value as Record<string, unknown>;
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort(naturalOrder);
  if (keys.length === 0) return '{}';
  return `{\n${keys.map((key) => `${inner}${kyamlKey(key)}: ${kyaml(map[key], inner)},\n`).join('')}${pad}}`;
}

const kyamlKey = (key: string): string =>
  /^[A-Za-z_][\w./-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key) ? key : JSON.stringify(key);

function kyamlString(text: string, pad: string): string {
  const quoted = (part: string) => JSON.stringify(part).slice(1, -1);
  if (!text.includes('\n')) return `"${quoted(text)}"`;
  const lines = text.split('\n');
  const last = lines.pop()!;
  const body = lines.map((line) => `${pad}   ${quoted(line)}\\n\\\n`).join('');
  return `"\\\n${body}${pad}  ${last === '' ? '' : ` ${quoted(last)}\\\n${pad}  `}"`;
}
