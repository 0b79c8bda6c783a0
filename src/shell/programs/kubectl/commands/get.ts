// kubectl get: tables the server prints, or whole objects.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/get/get.go
import type { Body } from '../../../../posix/program.ts';
import { TABLE_ACCEPT } from '../client.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { type ApiResource, resourcePath } from '../discovery.ts';
import { Failure, isNotFound, StatusFailure, throwAll, VerbatimFailure } from '../errors.ts';
import { bool, strings, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, CHUNK_FLAG, FIELD_SELECTOR_FLAG, FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { type ObjectPrinter, objectPrinter, outputOf, PRINT_FLAGS } from '../printers/printer.ts';
import { TablePrinter } from '../printers/table.ts';
import { type BuildOptions, type Built, build, type Info, isList, withKind } from '../resource-builder.ts';
import { sortObjects, sortRows, sortPath } from '../sorting.ts';
import { flagOptions } from '../targets.ts';

export const get = defineCommand({
  name: 'get',
  suggestFor: ['list', 'ls'],
  short: 'Display one or many resources',
  use: '[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  long: `Display one or many resources.

 Prints a table of the most important information about the specified resources. You can filter the list using a label selector and the --selector flag. If the desired resource type is namespaced you will only see results in the current namespace if you don't specify any namespace.

 By specifying the output as 'template' and providing a Go template as the value of the --template flag, you can filter the attributes of the fetched resources.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: `  # List all pods in ps output format
  kubectl get pods
  
  # List all pods in ps output format with more information (such as node name)
  kubectl get pods -o wide
  
  # List a single replication controller with specified NAME in ps output format
  kubectl get replicationcontroller web
  
  # List deployments in JSON output format, in the "v1" version of the "apps" API group
  kubectl get deployments.v1.apps -o json
  
  # List a single pod in JSON output format
  kubectl get -o json pod web-pod-13je7`,
  flags: [
    ...PRINT_FLAGS.filter((flag) => flag.name !== 'output'),
    text(
      'output',
      'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide).',
      { short: 'o' },
    ),
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    CHUNK_FLAG,
    bool('ignore-not-found', 'If the requested object does not exist the command will return exit code 0.'),
    strings(
      'label-columns',
      'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...',
      { short: 'L' },
    ),
    bool('no-headers', "When using the default or custom-column output format, don't print headers (default print headers)."),
    bool(
      'output-watch-events',
      'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.',
    ),
    text('raw', 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.'),
    bool('server-print', 'If true, have the server return the appropriate table output. Supports extension APIs and CRDs.', {
      value: 'true',
    }),
    bool('show-kind', 'If present, list the resource type for the requested object(s).'),
    bool('show-labels', 'When printing, show all labels as the last column (default hide labels column)'),
    text(
      'sort-by',
      "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string.",
    ),
    text('subresource', 'If specified, gets the subresource of the requested object.'),
    bool('watch', 'After listing/getting the requested object, watch for changes.', { short: 'w' }),
    bool('watch-only', 'Watch for changes to the requested object(s), without listing/getting first.'),
  ],
  *run(k) {
    const raw = k.flags.text('raw');
    if (raw !== '') return yield* getRaw(k, raw);
    if (k.args.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') {
      throw new VerbatimFailure(
        `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
      );
    }
    const { format } = outputOf(k);
    const human = format === '' || format === 'wide';
    const columns = format.startsWith('custom-columns');
    if (k.flags.bool('show-labels') && !human) throw new Failure('--show-labels option cannot be used with ' + format + ' printer');
    if (k.flags.list('label-columns').length > 0 && columns)
      throw new Failure('--label-columns option cannot be used with custom-columns printer');
    const printer = human ? undefined : yield* objectPrinter(k, ['custom-columns', 'custom-columns-file', 'wide']);
    const options = getOptions(k, human);
    if (k.flags.bool('watch') || k.flags.bool('watch-only')) return yield* watch(k, options, printer);
    const built = yield* build(k, options);
    if (printer === undefined) yield* printTables(k, built);
    else yield* printObjects(k, built, printer);
    return 0;
  },
});

function* getRaw(k: Kubectl, path: string): Body<number> {
  const client = yield* k.client();
  const [bare, search = ''] = path.split('?') as [string, string?];
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(search)) query[key] = value;
  const body = yield* client.get(bare, { query });
  // The server writes this one document for people.
  if (bare === '/version') {
    yield* k.out(JSON.stringify(body, null, 2));
    return 0;
  }
  yield* k.out(typeof body === 'string' ? body : `${JSON.stringify(body)}${typeof body === 'object' ? '\n' : ''}`);
  return 0;
}

function getOptions(k: Kubectl, human: boolean): BuildOptions {
  const subresource = k.flags.text('subresource');
  return {
    ...flagOptions(k),
    typeAlone: true,
    flatten: !human,
    subresource,
    chunk: k.flags.int('chunk-size'),
    ...(human ? { accept: TABLE_ACCEPT, ...(k.flags.text('sort-by') === '' ? {} : { query: { includeObject: 'Object' } }) } : {}),
  };
}

/** Failures that `--ignore-not-found` does not hide. */
function remaining(k: Kubectl, built: Built): readonly Failure[] {
  return k.flags.bool('ignore-not-found') ? built.errors.filter((error) => !isNotFound(error)) : built.errors;
}

function tablePrinter(k: Kubectl, resource: ApiResource, withKindPrefix: boolean, events = false): TablePrinter {
  return new TablePrinter(resource, {
    noHeaders: k.flags.bool('no-headers'),
    wide: k.flags.text('output') === 'wide',
    withNamespace: k.flags.bool('all-namespaces') && resource.namespaced,
    withKind: withKindPrefix,
    showLabels: k.flags.bool('show-labels'),
    columnLabels: k.flags.list('label-columns'),
    events,
  });
}

function* printTables(k: Kubectl, built: Built): Body<void> {
  const several = new Set(built.infos.map((info) => `${info.resource.group}/${info.resource.name}`)).size > 1;
  const sortBy = k.flags.text('sort-by');
  let printer: TablePrinter | undefined;
  let last: ApiResource | undefined;
  let written = false;
  const errors = [...remaining(k, built)];
  for (const info of built.infos) {
    let table = info.object?.kind === 'Table' ? info.object : asTable(info);
    if (sortBy !== '' && table.rows.length > 0) table = { ...table, rows: sortRows(table.rows, sortBy) };
    if (printer === undefined || last !== info.resource) {
      printer = tablePrinter(k, info.resource, several || k.flags.bool('show-kind'));
      last = info.resource;
      if (written && table.rows.length > 0) yield* k.out('\n');
    }
    const text = printer.print(table);
    written ||= text !== '';
    yield* k.out(text);
  }
  if (!written && !k.flags.bool('ignore-not-found') && errors.length === 0) yield* nothingFound(k, built.infos);
  throwAll(errors);
}

function* nothingFound(k: Kubectl, infos: readonly Info[]): Body<void> {
  const { namespace } = yield* k.namespace();
  const clusterWide = k.flags.bool('all-namespaces') || infos.every((info) => !info.resource.namespaced);
  yield* k.err(clusterWide ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
}

/** A server that sent no Table: name and age. */
function asTable(info: Info): any {
  const objects = isList(info.object) ? info.object.items : [info.object];
  return {
    columnDefinitions: [
      { name: 'Name', format: 'name', priority: 0 },
      { name: 'Created At', priority: 0 },
    ],
    rows: objects.map((object: any) => ({ cells: [object.metadata.name, object.metadata.creationTimestamp], object })),
  };
}

function* printObjects(k: Kubectl, built: Built, printer: ObjectPrinter): Body<void> {
  const errors = [...remaining(k, built)];
  let objects = built.infos.map((info) => info.object);
  const sortBy = k.flags.text('sort-by');
  if (sortBy !== '') objects = sortObjects(objects, sortPath(sortBy));
  if (built.single && objects.length === 0) throwAll(errors);
  else if (printer.columns !== undefined) {
    const { text, error } = printer.columns.print(objects);
    yield* k.out(text);
    if (error !== undefined) errors.push(error);
  } else if (printer.each) {
    for (const object of objects) yield* k.out(printer.print(object, built.infos[0]!.resource));
  } else if (built.single && objects.length === 1) {
    yield* k.out(printer.print(objects[0]));
  } else if (objects.length > 0 || errors.length === 0 || built.infos.length > 0) {
    yield* k.out(printer.print({ apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }));
  }
  throwAll(errors);
}

/** Prints what is there, then every change until interrupted. */
function* watch(k: Kubectl, options: BuildOptions, printer: ObjectPrinter | undefined): Body<number> {
  const built = yield* build(k, { ...options, flatten: false });
  if (built.errors.length > 0) throw built.errors[0]!;
  if (built.infos.length !== 1) throw new Failure('you may only specify a single resource type when watching');
  const info = built.infos[0]!;
  const events = k.flags.bool('output-watch-events');
  const table = printer === undefined ? tablePrinter(k, info.resource, k.flags.bool('show-kind'), events) : undefined;
  const show = function* (object: any, event: string): Body<void> {
    if (table !== undefined) yield* k.out(table.print(object, events ? event.padEnd(0) : ''));
    else if (printer!.columns !== undefined) yield* k.out(printer!.columns.print([object]).text);
    else yield* k.out(printer!.print(events ? { type: event, object } : object, info.resource));
  };
  if (!k.flags.bool('watch-only')) {
    const first = info.object;
    if (table !== undefined) {
      if (first.rows.length > 0) yield* show(first, 'ADDED');
    } else for (const object of isList(first) ? first.items : [first]) yield* show(withKind(object, info.resource), 'ADDED');
  }
  yield* follow(k, info, options, show);
  return 0;
}

function* follow(k: Kubectl, info: Info, options: BuildOptions, show: (object: any, event: string) => Body<void>): Body<void> {
  const client = yield* k.client();
  let version = info.object.metadata?.resourceVersion ?? '0';
  if (info.object.kind === 'Table' && info.name !== '') version = info.object.rows[0]?.object?.metadata?.resourceVersion ?? version;
  const query: Record<string, string> = { watch: 'true', resourceVersion: version };
  if (info.name !== '') query['fieldSelector'] = `metadata.name=${info.name}`;
  else if (options.fieldSelector) query['fieldSelector'] = options.fieldSelector;
  if (options.selector) query['labelSelector'] = options.selector;
  const stream = yield* client.open(
    resourcePath(info.resource, info.namespace),
    query,
    options.accept === undefined ? {} : { accept: options.accept },
  );
  for (;;) {
    const next = yield* client.next([stream]);
    if (next.kind !== 'frame') return;
    if (next.frame.kind !== 'watch') continue;
    const { type, object } = next.frame.event;
    if (type === 'ERROR') throw new StatusFailure(object as never);
    if (type !== 'BOOKMARK') yield* show(object, type);
  }
}
