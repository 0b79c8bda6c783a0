// `-o` of every command: which printer, and the objects it is given.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/genericclioptions/print_flags.go
import { printYaml } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import type { Kubectl } from '../command.ts';
import { type ApiResource, kindPrefix } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool, type FlagSpec, text } from '../flags.ts';
import { readText } from '../manifests.ts';
import { columnsFromFile, columnsFromSpec, type CustomColumns } from './custom-columns.ts';
import { parseGoTemplate } from './go-template.ts';
import { orderedJson, printKyaml } from './json.ts';
import { indentedJson, parseJsonPath } from './jsonpath.ts';

const FORMATS = [
  'go-template',
  'go-template-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'kyaml',
  'name',
  'template',
  'templatefile',
  'yaml',
];

export const PRINT_FLAGS: readonly FlagSpec[] = [
  text(
    'output',
    `Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).`,
    { short: 'o' },
  ),
  text(
    'template',
    'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
  ),
  bool(
    'allow-missing-template-keys',
    'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    { value: 'true' },
  ),
  bool('show-managed-fields', 'If true, keep the managedFields when printing objects in JSON or YAML format.'),
];

/** A printer of whole objects. */
export interface ObjectPrinter {
  /** Text of one object; `resource` names its kind for `-o name`. */
  print(object: any, resource?: ApiResource): string;
  /** Objects are given one by one, not as a List. */
  readonly each: boolean;
  readonly columns?: CustomColumns;
}

const PREFIXED = [
  'jsonpath-as-json',
  'jsonpath-file',
  'jsonpath',
  'go-template-file',
  'go-template',
  'templatefile',
  'template',
  'custom-columns-file',
  'custom-columns',
];

/** Splits `jsonpath={.a}` and joins `--template`. */
export function outputOf(k: Kubectl): { readonly format: string; readonly argument: string } {
  const output = k.flags.text('output');
  const template = k.flags.has('template') ? k.flags.text('template') : '';
  const prefix = PREFIXED.find((one) => output.startsWith(`${one}=`));
  if (prefix !== undefined) return { format: prefix, argument: output.slice(prefix.length + 1) };
  if (output === '' && template !== '') return { format: 'go-template', argument: template };
  return { format: output, argument: template };
}

export function unknownFormat(format: string, allowed: readonly string[]): Failure {
  return new Failure(
    `unable to match a printer suitable for the output format "${format}", allowed formats are: ${[...allowed].sort().join(',')}`,
  );
}

/** The printer of `-o`; undefined without one. `extra`: formats of this command besides. @throws Failure */
export function* objectPrinter(k: Kubectl, extra: readonly string[] = []): Body<ObjectPrinter | undefined> {
  const { format, argument } = outputOf(k);
  const managed = k.flags.has('show-managed-fields') && k.flags.bool('show-managed-fields');
  const bare = (object: any) => (managed ? object : withoutManagedFields(object));
  switch (format) {
    case '':
      return undefined;
    case 'json':
      return { each: false, print: (object) => `${jsonText(bare(object))}\n` };
    case 'yaml': {
      let count = 0;
      return { each: false, print: (object) => (count++ > 0 ? '---\n' : '') + printYaml(bare(object)) };
    }
    case 'kyaml':
      return { each: false, print: (object) => printKyaml(bare(object)) };
    case 'name':
      return { each: true, print: nameLine };
    case 'jsonpath':
    case 'jsonpath-as-json':
    case 'jsonpath-file': {
      if (argument === '') throw new Failure('template format specified but no template given');
      const path = parseJsonPath(format === 'jsonpath-file' ? yield* templateFile(k, argument) : argument);
      return { each: false, print: (object) => path.print(bare(object), format === 'jsonpath-as-json') };
    }
    case 'go-template':
    case 'template':
    case 'go-template-file':
    case 'templatefile': {
      if (argument === '') throw new Failure('template format specified but no template given');
      const template = parseGoTemplate(format.endsWith('file') ? yield* templateFile(k, argument) : argument);
      return { each: false, print: (object) => template.print(bare(object)) };
    }
    case 'custom-columns':
    case 'custom-columns-file': {
      if (!extra.includes(format)) break;
      const noHeaders = k.flags.has('no-headers') && k.flags.bool('no-headers');
      if (format === 'custom-columns-file' && argument === '')
        throw new Failure('custom-columns format specified but no custom columns given');
      const columns =
        format === 'custom-columns' ? columnsFromSpec(argument, noHeaders) : columnsFromFile(yield* templateFile(k, argument), noHeaders);
      return { each: false, columns, print: () => '' };
    }
  }
  throw unknownFormat(format, [...FORMATS, ...extra]);
}

function* templateFile(k: Kubectl, path: string): Body<string> {
  try {
    return yield* readText(k, path);
  } catch (error) {
    throw new Failure(`error reading template ${path}, ${(error as Error).message}`);
  }
}

const TYPED = new WeakSet<object>();
/** Marks an object whose key order is Go's: it was made by the command, not read from a server. */
export function markTyped<T extends object>(object: T): T {
  TYPED.add(object);
  return object;
}

function jsonText(object: any): string {
  return TYPED.has(object) ? orderedJson(object) : indentedJson(object);
}

function withoutManagedFields(object: any): any {
  if (object === null || typeof object !== 'object') return object;
  let out = object;
  if (object.metadata?.managedFields !== undefined) {
    const { managedFields: _hidden, ...metadata } = object.metadata;
    out = { ...object, metadata };
  }
  if (Array.isArray(out.items)) out = { ...out, items: out.items.map(withoutManagedFields) };
  if (TYPED.has(object)) TYPED.add(out);
  return out;
}

function nameLine(object: any, resource?: ApiResource): string {
  const group = String(object.apiVersion ?? '').includes('/') ? String(object.apiVersion).split('/')[0]! : '';
  const prefix =
    object.kind === undefined && resource !== undefined ? kindPrefix(resource) : kindPrefix({ group, kind: object.kind ?? '<unknown>' });
  return `${prefix}/${object.metadata?.name ?? ''}\n`;
}

/** `deployment.apps/web created (dry run)`. */
export function doneLine(
  resource: { readonly group: string; readonly kind: string },
  name: string,
  operation: string,
  dryRun: DryRun = 'none',
): string {
  return `${kindPrefix(resource)}/${name} ${operation}${dryRunSuffix(dryRun)}\n`;
}

export type DryRun = 'none' | 'client' | 'server';
export const dryRunSuffix = (dryRun: DryRun): string =>
  dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';

export const DRY_RUN_FLAG: FlagSpec = text(
  'dry-run',
  'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
  { value: 'none', bare: 'unchanged' },
);

/** @throws Failure on anything else. */
export function dryRunOf(k: Kubectl): DryRun {
  const value = k.flags.text('dry-run');
  if (value === 'client' || value === 'server' || value === 'none' || value === '') return value === '' ? 'none' : value;
  // The flag alone and the booleans of old.
  if (value === 'unchanged') throw new Failure(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  throw new Failure(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** Prints the object with `-o`, or the line of what was done. */
export function* report(
  k: Kubectl,
  printer: ObjectPrinter | undefined,
  resource: ApiResource,
  object: any,
  operation: string,
  dryRun: DryRun = 'none',
): Body<void> {
  if (printer === undefined) yield* k.out(doneLine(resource, object.metadata?.name ?? '', operation, dryRun));
  else yield* k.out(printer.print(object, resource));
}
