// Downward API: fields of the pod and resources of its containers as text, for env and for volumes.
// Models: kubernetes v1.37 pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go ExtractContainerResourceValue
import { quantity, quantityMilliValue, quantityValue } from '../apimachinery/quantity.ts';
import type { Container, Labels, Pod, ResourceFieldRef } from '../kinds/pod/types.ts';

export interface FieldContext {
  readonly pod: Pod;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly podIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Value of `metadata.name`, `metadata.labels['x']`, `status.podIP`…; undefined for a path the kubelet does not serve. */
export function fieldValue({ pod, nodeName, hostIP, podIP }: FieldContext, path: string): string | undefined {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) return metadata[subscript[1] as 'labels']?.[subscript[2]!] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels ?? {});
    case 'metadata.annotations':
      return formatMap(metadata.annotations ?? {});
    case 'spec.nodeName':
      return nodeName;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    default:
      return undefined;
  }
}

/** One `key="value"` per line, sorted by key, values quoted as Go's %q does. */
export function formatMap(map: Labels): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}

/** `limits.cpu` and its kin divided by `divisor`, rounded up; a missing limit is what the node can give. */
export function resourceValue(context: FieldContext, container: Container, ref: ResourceFieldRef): string {
  const [kind, ...rest] = ref.resource.split('.') as [string, ...string[]];
  const resource = rest.join('.');
  const own = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  const fallback = kind === 'limits' ? context.allocatable[resource] : undefined;
  const amount = own?.[resource] ?? fallback ?? '0';
  const divisor = ref.divisor === undefined || ref.divisor === '0' || ref.divisor === '' ? '1' : ref.divisor;
  if (resource === 'cpu') return String(Math.ceil(quantityMilliValue(quantity(amount)) / quantityMilliValue(quantity(divisor))));
  return String(Math.ceil(quantityValue(quantity(amount)) / quantityValue(quantity(divisor))));
}
