// What a describer is: one kind's way of telling everything about an object.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import type { Body } from '../../../../posix/program.ts';
import { eventAge, eventTime } from '../event-times.ts';
import { StatusFailure } from '../errors.ts';
import type { Kubectl } from '../command.ts';
import type { Info } from '../resource-builder.ts';
import type { Lines } from './lines.ts';

export interface Describing {
  readonly k: Kubectl;
  readonly info: Info;
  readonly object: any;
  readonly nowMs: number;
  readonly showEvents: boolean;
}

export interface Describer {
  /** `Pod`, `Deployment.apps`. */
  readonly kinds: readonly string[];
  describe(d: Describing, lines: Lines): Body<void>;
}

export const defineDescriber = (describer: Describer): Describer => describer;

/** GET that a describer can do without. */
export function* getOr<T>(d: Describing, path: string, query: Record<string, string>, fallback: T): Body<any> {
  const client = yield* d.k.client();
  try {
    return yield* client.get(path, { query });
  } catch (error) {
    if (error instanceof StatusFailure) return fallback;
    throw error;
  }
}

/** Events about the object. */
export function* eventsOf(d: Describing, uid: string = d.object.metadata.uid): Body<readonly any[]> {
  if (!d.showEvents) return [];
  const { name, namespace = '' } = d.object.metadata;
  const terms = [
    `involvedObject.name=${name}`,
    `involvedObject.namespace=${namespace}`,
    `involvedObject.kind=${d.info.resource.kind}`,
    `involvedObject.uid=${uid}`,
  ];
  const path = namespace === '' ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;
  const list = yield* getOr(d, path, { fieldSelector: terms.join(','), limit: '500' }, { items: [] });
  return list.items;
}

/** The block every description ends in. */
export function* describeEvents(d: Describing, lines: Lines, more: readonly any[] = []): Body<void> {
  if (!d.showEvents) return;
  const events = [...(yield* eventsOf(d)), ...more];
  if (events.length === 0) return lines.put(0, 'Events:\t<none>');
  lines.flush();
  events.sort((a, b) =>
    (a.lastTimestamp ?? eventTime(a)) < (b.lastTimestamp ?? eventTime(b))
      ? -1
      : (a.lastTimestamp ?? eventTime(a)) > (b.lastTimestamp ?? eventTime(b))
        ? 1
        : 0,
  );
  lines.put(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage');
  lines.put(1, '----\t------\t----\t----\t-------');
  for (const event of events) {
    const source = event.source?.component || event.reportingComponent || '';
    const message = String(event.message ?? '').trim();
    const field = event.involvedObject?.fieldPath;
    lines.put(1, `${event.type}\t${event.reason}\t${eventAge(event, d.nowMs)}\t${source}\t${field ? `${field}: ` : ''}${message}`);
  }
}

/** Name and Namespace lines most kinds begin with. */
export function heading(lines: Lines, object: any): void {
  lines.put(0, `Name:\t${object.metadata.name}`);
  if (object.metadata.namespace !== undefined) lines.put(0, `Namespace:\t${object.metadata.namespace}`);
}
