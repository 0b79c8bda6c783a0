// What two runs of the same request may differ in: identities, times, addresses nobody asked for, revisions. Replaced on both sides
// before they are compared.

export interface Difference {
  readonly path: string;
  readonly recorded: unknown;
  readonly ours: unknown;
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TOKEN_VOLUME = /kube-api-access-[a-z0-9]{5}/g;
const CLUSTER_IP = /\b10\.(9[6-9]|10\d|11[01])\.\d+\.\d+\b/g;
const REVISION_TEXT = /(current: |record \(|version: )\d+/g;

export interface Masks {
  /** Everything the request said: addresses and ports in it are not masked. */
  readonly given: string;
  readonly keepManagedFields?: boolean;
  /** Base of a generated name. */
  readonly generateName?: string;
}

/** Plain data with everything incidental replaced by its kind in angle brackets. */
export function normal(value: unknown, masks: Masks, key = ''): unknown {
  if (typeof value === 'string') return normalText(value, masks, key);
  if (typeof value === 'number') {
    if (key === 'nodePort' || key === 'healthCheckNodePort') return masks.given.includes(String(value)) || value === 0 ? value : '<port>';
    return value;
  }
  if (Array.isArray(value)) return value.map((one) => normal(one, masks, key));
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || (name === 'managedFields' && !masks.keepManagedFields)) continue;
    out[name] = normal(field, masks, name);
  }
  return out;
}

function normalText(value: string, masks: Masks, key: string): string {
  if (key === 'resourceVersion' && value !== '') return '<revision>';
  if (key === 'continue') return '<token>';
  if (key === 'ca.crt') return '<certificate>';
  if (key === 'cells' && /^(\d+[ydhms])+$/.test(value)) return '<age>';
  let text = withoutManagedFields(value)
    .replace(TIME, '<time>')
    .replace(UUID, '<uid>')
    .replace(TOKEN_VOLUME, 'kube-api-access-<suffix>')
    .replace(REVISION_TEXT, '$1<revision>')
    .replace(/resourceVersion\\*":\\*"\d+/g, 'resourceVersion <revision>')

    .replace(/:3[0-2]\d{3}\//g, (port) => (masks.given.includes(port.slice(1, -1)) ? port : ':<port>/'))
    .replace(CLUSTER_IP, (ip) => (masks.given.includes(ip) ? ip : '<ip>'));
  if (masks.generateName) {
    const base = masks.generateName.slice(0, 58).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    text = text.replace(new RegExp(`${base}[a-z0-9]{5}(?![a-z0-9])`, 'g'), `${masks.generateName}<suffix>`);
  }
  return text;
}

const MAX_DIFFERENCES = 12;

/** Where two normalised values differ. */
export function differences(recorded: unknown, ours: unknown, path = '', found: Difference[] = []): Difference[] {
  if (found.length >= MAX_DIFFERENCES || Object.is(recorded, ours)) return found;
  const bothObjects = typeof recorded === 'object' && typeof ours === 'object' && recorded !== null && ours !== null;
  if (!bothObjects || Array.isArray(recorded) !== Array.isArray(ours)) {
    found.push({ path, recorded, ours });
    return found;
  }
  const left = recorded as Record<string, unknown>;
  const right = ours as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) differences(left[key], right[key], `${path}/${key}`, found);
  return found;
}

/** Drops `"managedFields":[…]` from JSON inside a text, however often that is quoted. */
function withoutManagedFields(text: string): string {
  const start = /,\\*"managedFields\\*":\[/.exec(text);
  if (start === null) return text;
  let depth = 1;
  let at = start.index + start[0].length;
  for (; at < text.length && depth > 0; at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']') depth--;
  }
  return withoutManagedFields(text.slice(0, start.index) + text.slice(at));
}
