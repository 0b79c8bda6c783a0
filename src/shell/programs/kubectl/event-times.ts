// When an event was last seen, in the words of `events` and `describe`.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/events/event_printer.go, kubectl/pkg/describe DescribeEvents
import { humanDuration } from '../../../cluster/apimachinery/table.ts';

/** The time events are ordered by. */
export function eventTime(event: any): string {
  return event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '';
}

const since = (time: string | undefined | null, nowMs: number): string =>
  time === undefined || time === null || time === '' ? '<unknown>' : humanDuration((nowMs - Date.parse(time)) / 1000);

/** `6s (x7 over 3m21s)`, or the age alone. */
export function eventAge(event: any, nowMs: number): string {
  const first = event.firstTimestamp ? since(event.firstTimestamp, nowMs) : since(event.eventTime, nowMs);
  if (event.series) return `${since(event.series.lastObservedTime, nowMs)} (x${event.series.count} over ${first})`;
  if ((event.count ?? 0) > 1) return `${since(event.lastTimestamp, nowMs)} (x${event.count} over ${first})`;
  return first;
}
