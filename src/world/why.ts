// "Why is it here?": from the newest record about an object back along `cause` to whoever asked from outside, in sentences.
import type { WhyRecord, WhyStep } from '../feed/records.ts';
import type { Journal, JournalRecord } from '../sim/journal.ts';

const stepsAtMost = 12;

interface Sentence {
  readonly title: string;
  readonly detail: string;
  readonly mark: WhyStep['mark'];
}

const field = (record: JournalRecord, name: string): string => {
  const value = (record.data as Record<string, unknown> | undefined)?.[name];
  return value === undefined || value === null ? '' : String(value);
};

/** `pods/default/web-1` → `Pod web-1`. */
export function sayObject(subject: string): string {
  const [resource, ...names] = subject.split('/');
  const parts = [resource!, names.length > 2 ? names[1]! : names.at(-1)!];
  const subresource = names.length > 2 ? `, ${names[2]}` : '';
  const kind = parts[0]!.replace(/ies$/, 'y').replace(/s$/, '');
  const words: Readonly<Record<string, string>> = {
    replicaset: 'ReplicaSet',
    endpointslice: 'EndpointSlice',
    daemonset: 'DaemonSet',
    configmap: 'ConfigMap',
    serviceaccount: 'ServiceAccount',
  };
  return `${words[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1)} ${parts[1]}${subresource}`;
}

const verbs: Readonly<Record<string, string>> = { POST: 'created', PUT: 'replaced', PATCH: 'changed', DELETE: 'deleted' };

const sentences: Readonly<Record<string, (record: JournalRecord) => Sentence | undefined>> = {
  Requested: (record) => {
    const method = field(record, 'method');
    if (method === 'GET') return undefined;
    const who = field(record, 'userAgent').split('/')[0] || field(record, 'user') || 'a client';
    const [object, subresource] = sayObject(record.subject).split(', ');
    const detail = `${method} ${field(record, 'path')}`.trim();
    return {
      title:
        subresource === undefined ? `${who} ${verbs[method] ?? 'asked for'} ${object}` : `${who} wrote the ${subresource} of ${object}`,
      detail,
      mark: 'running',
    };
  },
  Stored: (record) => {
    const type = field(record, 'type');
    const done = type === 'ADDED' ? 'was stored' : type === 'DELETED' ? 'was removed' : 'was changed';
    return {
      title: `${sayObject(record.subject)} ${done}`,
      detail: `revision ${field(record, 'revision')} of the store`,
      mark: type === 'DELETED' ? 'terminating' : 'ready',
    };
  },
  Reconciled: (record) => ({ title: `${record.source} compared wish and state`, detail: `for ${record.subject}`, mark: 'running' }),
  Filtered: (record) => ({
    title: 'the scheduler ruled nodes out',
    detail: Object.keys((record.data as object) ?? {}).join(', '),
    mark: 'pending',
  }),
  Scored: (record) => ({ title: `the scheduler chose ${field(record, 'node')}`, detail: 'highest score of its plugins', mark: 'running' }),
  Bound: (record) => ({ title: `bound to ${field(record, 'node')}`, detail: 'the scheduler wrote the binding', mark: 'ready' }),
  Moved: (record) => ({
    title: field(record, 'to').split('.').at(-1) || 'began',
    detail: `the ${field(record, 'machine')}'s statechart, on ${field(record, 'event') || 'its start'}`,
    mark: /Back|Err|Fail|Exited/.test(field(record, 'to')) ? 'failed' : 'running',
  }),
  Reported: (record) => ({
    title: field(record, 'reason'),
    detail: field(record, 'message'),
    mark: field(record, 'type') === 'Warning' ? 'failed' : 'running',
  }),
  Synced: (record) => ({ title: 'kube-proxy rewrote its rules', detail: record.subject.replace('nodes/', 'on '), mark: 'service' }),
  Typed: (record) => ({ title: 'you typed a command', detail: field(record, 'line'), mark: 'ready' }),
};

function stepOf(record: JournalRecord): WhyStep | undefined {
  const sentence = sentences[record.type]?.(record);
  return sentence && { seq: record.seq, at: record.at, source: record.source, subject: record.subject, ...sentence };
}

/** The newest record about a subject that a sentence exists for. */
function newestAbout(journal: Journal, subject: string): JournalRecord | undefined {
  let newest: JournalRecord | undefined;
  for (const record of journal.since(0)) {
    if (record.subject !== subject && !record.subject.startsWith(`${subject}/`)) continue;
    // A change is a better answer than a report about it.
    if (sentences[record.type]?.(record) && record.type !== 'Reported') newest = record;
  }
  return newest;
}

/** One move of a machine stands for the run of moves before it. */
const repeats = (record: JournalRecord, moved: string | undefined): boolean =>
  record.type === 'Moved' && field(record, 'machine') === moved;

export function whyOf(journal: Journal, subject: string): WhyRecord {
  const steps: WhyStep[] = [];
  let record = newestAbout(journal, subject);
  let moved: string | undefined;
  while (record && steps.length < stepsAtMost) {
    const found = stepOf(record);
    const step = found && { ...found, title: found.title.replace(sayObject(subject), 'it') };
    // The request and the transaction it became say the same thing; the request says who.
    if (step && steps.at(-1)?.title !== step.title && !repeats(record, moved)) steps.push(step);
    moved =
      record.type === 'Moved' ? field(record, 'machine') : record.type === 'Requested' || record.type === 'Stored' ? undefined : moved;
    record = record.cause === 0 ? undefined : journal.get(record.cause);
  }
  return { kind: 'why', subject, question: 'Why is it here?', steps };
}
