// kubectl describe of every other kind: metadata, then every field with its name in words.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go genericDescriber, printUnstructuredContent
import type { Body } from '../../../../posix/program.ts';
import { type Describing, describeEvents } from './describer.ts';
import type { Lines } from './lines.ts';

const SKIPPED = ['apiVersion', 'kind'];
const SKIPPED_METADATA = ['name', 'namespace', 'labels', 'annotations', 'managedFields'];

export function* describeGeneric(d: Describing, lines: Lines): Body<void> {
  const { object } = d;
  lines.put(0, `Name:\t${object.metadata.name}`);
  lines.put(0, `Namespace:\t${object.metadata.namespace ?? ''}`);
  lines.labels('Labels', object.metadata.labels);
  lines.annotations('Annotations', object.metadata.annotations);
  content(lines, 0, { 'API Version': object.apiVersion, ...object }, '');
  yield* describeEvents(d, lines);
}

/** `creationTimestamp` → `Creation Timestamp`, `podCIDR` → `Pod CIDR`. */
function words(name: string): string {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  const capital = spaced[0]!.toUpperCase() + spaced.slice(1);
  return capital.replace(/\b(Api|Uid|Url|Ip|Ttl|Id|Http|Dns)\b/g, (word) => word.toUpperCase());
}

function content(lines: Lines, level: number, map: Record<string, unknown>, path: string): void {
  const keys = Object.keys(map).filter(
    (key) =>
      !(path === '' && SKIPPED.includes(key) && key !== 'kind') &&
      !(path === '.metadata' && SKIPPED_METADATA.includes(key)) &&
      map[key] !== undefined,
  );
  for (const key of keys.sort()) {
    const value = map[key];
    const title = key === 'API Version' ? key : words(key);
    if (Array.isArray(value)) {
      lines.put(level, `${title}:`);
      for (const one of value) {
        if (typeof one === 'object' && one !== null && !Array.isArray(one))
          content(lines, level + 1, one as Record<string, unknown>, `${path}.${key}[]`);
        else lines.put(level + 1, String(one));
      }
    } else if (typeof value === 'object' && value !== null) {
      lines.put(level, `${title}:`);
      content(lines, level + 1, value as Record<string, unknown>, `${path}.${key}`);
    } else lines.put(level, `${title}:\t${value === null ? '<nil>' : String(value)}`);
  }
}
