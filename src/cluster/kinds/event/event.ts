// Event: what a component did or met, for people. Models: kubernetes v1.37 pkg/registry/core/event, printEvent
// Simplified: events.k8s.io/v1 is not served yet; core/v1 holds everything.
import { type FieldErrors, FieldPath, invalid, NO_ERRORS } from '../../apimachinery/field.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell, type TableClock, type TableRow } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';

export interface ObjectReference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

export interface Event extends KubeObject {
  readonly kind: 'Event';
  readonly involvedObject: ObjectReference;
  readonly reason?: string;
  readonly message?: string;
  readonly source: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly count?: number;
  readonly type?: string;
  readonly eventTime: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly action?: string;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

const CLUSTER_KINDS = new Set(['Node', 'Namespace', 'PersistentVolume', '']);

function validate(object: Event): FieldErrors {
  const inside = object.involvedObject?.namespace ?? '';
  const outside = object.metadata.namespace ?? '';
  const clusterScoped = inside === '' && (outside === 'default' || outside === 'kube-system');
  if (inside === outside || clusterScoped) return NO_ERRORS;
  if (inside === '' && CLUSTER_KINDS.has(object.involvedObject?.kind ?? '')) return NO_ERRORS;
  return [invalid(FieldPath.root('involvedObject').child('namespace'), inside, 'does not match event.namespace')];
}

function row(event: Event, clock: TableClock): TableRow {
  const first = event.firstTimestamp || event.eventTime;
  const last = event.series !== undefined ? event.series.lastObservedTime : event.lastTimestamp || event.firstTimestamp || event.eventTime;
  const count = event.series !== undefined ? event.series.count : event.count || 1;
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  const target = event.involvedObject;
  return {
    cells: [
      ageCell(last, clock),
      event.type ?? '',
      event.reason ?? '',
      target.name ? `${(target.kind ?? '').toLowerCase()}/${target.name}` : (target.kind ?? '').toLowerCase(),
      target.fieldPath ?? '',
      host === '' ? component : `${component}, ${host}`,
      (event.message ?? '').trim(),
      ageCell(first, clock),
      count,
      event.metadata.name,
    ],
  };
}

export const event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  type: 'io.k8s.api.core.v1.Event',
  allowCreateOnUpdate: true,
  validate,
  validateUpdate: validate,
  selectableFields: {
    'involvedObject.kind': (object) => object.involvedObject?.kind ?? '',
    'involvedObject.namespace': (object) => object.involvedObject?.namespace ?? '',
    'involvedObject.name': (object) => object.involvedObject?.name ?? '',
    'involvedObject.uid': (object) => object.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': (object) => object.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': (object) => object.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': (object) => object.involvedObject?.fieldPath ?? '',
    reason: (object) => object.reason ?? '',
    reportingComponent: (object) => object.reportingComponent || object.source?.component || '',
    source: (object) => object.source?.component || object.reportingComponent || '',
    type: (object) => object.type ?? '',
  },
  columns: columnsOf('Event'),
  row,
});
