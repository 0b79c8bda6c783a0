// kubectl describe of Job and CronJob.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go describeJob, describeCronJob
import { formatSelector } from '../../../../cluster/apimachinery/labels.ts';
import { humanDuration } from '../../../../cluster/apimachinery/table.ts';
import { defineDescriber, describeEvents, heading } from './describer.ts';
import { controllerOf, type Lines, longTime } from './lines.ts';
import { describeTemplate } from './pod-parts.ts';

export const jobDescriber = defineDescriber({
  kinds: ['Job.batch'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    if (spec.selector != null) lines.put(0, `Selector:\t${formatSelector(spec.selector)}`);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    const owner = controllerOf(object);
    if (owner !== '') lines.put(0, `Controlled By:\t${owner}`);
    if (spec.parallelism != null) lines.put(0, `Parallelism:\t${spec.parallelism}`);
    lines.put(0, `Completions:\t${spec.completions ?? '<unset>'}`);
    if (spec.completionMode != null) lines.put(0, `Completion Mode:\t${spec.completionMode}`);
    if (spec.suspend != null) lines.put(0, `Suspend:\t${spec.suspend}`);
    if (spec.backoffLimit != null) lines.put(0, `Backoff Limit:\t${spec.backoffLimit}`);
    if (spec.ttlSecondsAfterFinished != null) lines.put(0, `TTL Seconds After Finished:\t${spec.ttlSecondsAfterFinished}`);
    if (status.startTime != null) lines.put(0, `Start Time:\t${longTime(status.startTime)}`);
    if (status.completionTime != null) lines.put(0, `Completed At:\t${longTime(status.completionTime)}`);
    if (status.startTime != null && status.completionTime != null) {
      lines.put(0, `Duration:\t${humanDuration((Date.parse(status.completionTime) - Date.parse(status.startTime)) / 1000)}`);
    }
    if (spec.activeDeadlineSeconds != null) lines.put(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`);
    const ready = status.ready == null ? '' : ` (${status.ready} Ready)`;
    lines.put(
      0,
      `Pods Statuses:\t${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
    );
    if (spec.completionMode === 'Indexed') lines.put(0, `Completed Indexes:\t${capped(status.completedIndexes ?? '')}`);
    describeTemplate(lines, spec.template);
    yield* describeEvents(d, lines);
  },
});

/** Long lists of indexes are cut after 50 characters. */
function capped(text: string): string {
  if (text === '') return '<none>';
  if (text.length <= 50) return text;
  return `${text.slice(0, text.slice(0, 50).lastIndexOf(',') + 1)}...`;
}

export const cronJobDescriber = defineDescriber({
  kinds: ['CronJob.batch'],
  *describe(d, lines) {
    const { object } = d;
    const { metadata, spec } = object;
    const status = object.status ?? {};
    heading(lines, object);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    lines.put(0, `Schedule:\t${spec.schedule}`);
    lines.put(0, `Concurrency Policy:\t${spec.concurrencyPolicy ?? ''}`);
    lines.put(0, `Suspend:\t${spec.suspend == null ? '<unset>' : spec.suspend ? 'True' : 'False'}`);
    lines.put(0, `Time Zone:\t${spec.timeZone ?? '<unset>'}`);
    lines.put(0, `Successful Job History Limit:\t${spec.successfulJobsHistoryLimit ?? '<unset>'}`);
    lines.put(0, `Failed Job History Limit:\t${spec.failedJobsHistoryLimit ?? '<unset>'}`);
    lines.put(0, `Starting Deadline Seconds:\t${spec.startingDeadlineSeconds == null ? '<unset>' : `${spec.startingDeadlineSeconds}s`}`);
    jobTemplate(lines, spec.jobTemplate);
    if (status.lastScheduleTime != null) lines.put(0, `Last Schedule Time:\t${longTime(status.lastScheduleTime)}`);
    else lines.put(0, 'Last Schedule Time:\t<unset>');
    const active: readonly any[] = status.active ?? [];
    lines.put(0, `Active Jobs:\t${active.length === 0 ? '<none>' : active.map((one) => one.name).join(', ')}`);
    yield* describeEvents(d, lines);
  },
});

function jobTemplate(lines: Lines, template: any): void {
  const spec = template.spec ?? {};
  lines.put(0, `Selector:\t${spec.selector == null ? '<unset>' : formatSelector(spec.selector)}`);
  lines.put(0, `Parallelism:\t${spec.parallelism ?? '<unset>'}`);
  lines.put(0, `Completions:\t${spec.completions ?? '<unset>'}`);
  if (spec.activeDeadlineSeconds != null) lines.put(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`);
  describeTemplate(lines, spec.template);
}
