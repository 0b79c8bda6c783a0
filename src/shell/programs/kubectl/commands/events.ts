// kubectl events.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/events/{events,event_printer}.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { groupVersion } from '../discovery.ts';
import { eventAge, eventTime } from '../event-times.ts';
import { Failure, StatusFailure } from '../errors.ts';
import { bool, strings, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, CHUNK_FLAG } from '../global-flags.ts';
import { objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import { TableWriter } from '../printers/tabwriter.ts';
import { wholeList } from '../resource-builder.ts';

export const events = defineCommand({
  name: 'events',
  short: 'List events',
  use: '[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  long: 'Display events.\n\n Prints a table of the most important information about events. You can request events for a namespace, for all namespace, or filtered to only those pertaining to a specified resource.',
  examples: `  # List recent events in the default namespace
  kubectl events
  
  # List recent events in all namespaces
  kubectl events --all-namespaces`,
  flags: [
    ...PRINT_FLAGS,
    ALL_NAMESPACES_FLAG,
    CHUNK_FLAG,
    text('for', 'Filter events to only those pertaining to the specified resource.'),
    bool('no-headers', "When using the default output format, don't print headers."),
    strings('types', 'Output only events of given types.'),
    bool('watch', 'After listing the requested events, watch for more events.', { short: 'w' }),
  ],
  *run(k) {
    for (const type of k.flags.list('types')) {
      if (!['normal', 'warning'].includes(type.toLowerCase())) throw new Failure(`valid --types are Normal or Warning`);
    }
    const printer = yield* objectPrinter(k);
    const client = yield* k.client();
    const { namespace } = yield* k.namespace();
    const all = k.flags.bool('all-namespaces');
    const path = all ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;
    const query: Record<string, string> = { limit: k.flags.text('chunk-size') };
    const about = yield* forQuery(k);
    if (about !== '') query['fieldSelector'] = about;
    const list = yield* wholeList(client, path, query);
    const wanted = (event: any) =>
      k.flags.list('types').length === 0 || k.flags.list('types').some((type) => type.toLowerCase() === event.type.toLowerCase());
    const items = list.items
      .filter(wanted)
      .sort((a: any, b: any) => (eventTime(a) < eventTime(b) ? -1 : eventTime(a) > eventTime(b) ? 1 : 0));
    const watching = k.flags.bool('watch');
    if (items.length === 0 && !watching) {
      yield* k.err(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
      return;
    }
    if (printer !== undefined) {
      if (printer.each) for (const item of items) yield* k.out(printer.print({ apiVersion: 'v1', kind: 'Event', ...item }));
      else
        yield* k.out(
          printer.print({
            apiVersion: 'v1',
            items: items.map((item: any) => ({ apiVersion: 'v1', kind: 'Event', ...item })),
            kind: 'List',
            metadata: { resourceVersion: '' },
          }),
        );
      return;
    }
    const writer = new TableWriter();
    const header = k.flags.bool('no-headers') ? [] : [[...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']];
    const now = yield* k.os.time();
    const row = (event: any, at: number) => [
      ...(all ? [event.metadata.namespace] : []),
      eventAge(event, at),
      event.type,
      event.reason,
      `${event.involvedObject.kind}/${event.involvedObject.name}`,
      String(event.message).trim(),
    ];
    yield* k.out(writer.rows([...header, ...items.map((event: any) => row(event, now))]));
    if (!watching) return;
    const stream = yield* client.open(path, {
      ...(about === '' ? {} : { fieldSelector: about }),
      watch: 'true',
      resourceVersion: list.metadata.resourceVersion,
    });
    for (;;) {
      const next = yield* client.next([stream]);
      if (next.kind !== 'frame') return;
      if (next.frame.kind !== 'watch') continue;
      const { type, object } = next.frame.event;
      if (type === 'ERROR') throw new StatusFailure(object as never);
      if (type === 'DELETED' || type === 'BOOKMARK' || !wanted(object)) continue;
      yield* k.out(writer.rows([row(object, yield* k.os.time())]));
    }
  },
});

function* forQuery(k: Kubectl): Body<string> {
  const target = k.flags.text('for');
  if (target === '') return '';
  const [type, name, ...rest] = target.split('/');
  if (name === undefined || name === '' || rest.length > 0) throw new Failure('--for must be in resource/name form');
  const resource = yield* (yield* k.discovery()).find(type!);
  return `involvedObject.kind=${resource.kind},involvedObject.apiVersion=${groupVersion(resource)},involvedObject.name=${name}`;
}
