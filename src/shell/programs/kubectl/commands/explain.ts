// kubectl explain: the fields of a kind, from the type schema.
// Simplified: the published descriptions are not part of this world, so fields have none; structure, types, enums and what is required are real.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/explain,explain/v2}
import { type FieldSchema, structOf, type StructSchema, type TypeSchema } from '../../../../cluster/apimachinery/schema.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { type ApiResource, groupVersion } from '../discovery.ts';
import { Failure, VerbatimFailure } from '../errors.ts';
import { bool, text, whole } from '../flags.ts';
import { schemaOfKind } from '../typed.ts';

export const explain = defineCommand({
  name: 'explain',
  short: 'Get documentation for a resource',
  use: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  flags: [
    text('api-version', 'Use given api-version (group/version) of the resource.'),
    whole('max-depth', 'Maximum depth of fields to print with --recursive.'),
    text('output', 'Format in which to render the schema. Valid values are: (plaintext, plaintext-openapiv2).', { value: 'plaintext' }),
    bool(
      'recursive',
      'When true, print the name of all the fields recursively. Otherwise, print the available fields with their description.',
      { short: 'R' },
    ),
  ],
  *run(k) {
    if (k.args.length === 0)
      throw new Failure(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    if (k.args.length > 1) throw new Failure('We accept only this format: explain RESOURCE');
    if (k.flags.changed('max-depth') && !k.flags.bool('recursive')) throw new Failure('--max-depth requires --recursive');
    const { resource, path } = yield* target(k, k.args[0]!);
    yield* explainPath(k, resource, path);
  },
});

/** `pods.spec.containers`, `deployments.apps.spec`: the resource and the fields after it. */
function* target(k: Kubectl, word: string): Body<{ resource: ApiResource; path: readonly string[] }> {
  const parts = word.replace(/\.$/, '').split('.');
  const discovery = yield* k.discovery();
  const wanted = k.flags.text('api-version');
  if (wanted !== '') {
    const found = yield* discovery.find(parts[0]!);
    const exact = (yield* discovery.resources()).find((one) => one.name === found.name && groupVersion(one) === wanted);
    if (exact === undefined) throw new Failure(`couldn't find resource for "${wanted}, Kind=${found.kind}"`);
    return { resource: exact, path: parts.slice(1) };
  }
  try {
    return { resource: yield* discovery.find(parts[0]!), path: parts.slice(1) };
  } catch (error) {
    if (!(error instanceof Failure) || !error.message.startsWith("the server doesn't have")) throw error;
    throw new VerbatimFailure(error.message);
  }
}

function typeName(type: TypeSchema): string {
  switch (type.kind) {
    case 'list':
      return `[]${typeName(type.items)}`;
    case 'map':
      return `map[string]${typeName(type.values)}`;
    case 'struct':
      return type.struct.shortName;
    case 'int32':
    case 'int64':
      return 'integer';
    case 'float':
      return 'number';
    case 'bool':
      return 'boolean';
    case 'quantity':
      return 'Quantity';
    case 'intOrString':
      return 'IntOrString';
    case 'time':
      return 'Time';
    case 'microTime':
      return 'MicroTime';
    case 'raw':
    case 'any':
      return 'Object';
    default:
      return 'string';
  }
}

function* explainPath(k: Kubectl, resource: ApiResource, path: readonly string[]): Body<void> {
  const root = schemaOfKind(groupVersion(resource), resource.kind);
  const head = `${resource.group === '' ? '' : `GROUP:      ${resource.group}\n`}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`;
  if (root === undefined) throw new Failure(`no schema found for ${resource.kind}`);
  let struct: StructSchema | undefined = root;
  let field: FieldSchema | undefined;
  for (const name of path) {
    field = struct?.fields.get(name);
    if (field === undefined) {
      yield* k.out(head);
      throw new Failure(`field ${JSON.stringify(name)} does not exist`);
    }
    struct = structOf(field.type);
  }
  let text = head;
  if (field !== undefined) {
    text += `FIELD: ${field.name} <${typeName(field.type)}>${field.required ? ' -required-' : ''}\n`;
    if (field.enum !== undefined)
      text += `ENUM:\n${[...field.enum]
        .sort()
        .map((one) => `    ${one}\n`)
        .join('')}`;
    text += field.enum === undefined ? '\n\n' : '\n';
  }
  text += 'DESCRIPTION:\n    <empty>\n    \n';
  if (struct !== undefined && struct.fields.size > 0) {
    text += 'FIELDS:\n';
    text += k.flags.bool('recursive') ? recursive(struct, 1, k.flags.int('max-depth') || 100, [struct.name]) : fieldList(struct);
  }
  yield* k.out(`${text}\n`);
}

function fieldHead(field: FieldSchema, pad: string): string {
  return `${pad}${field.name}\t<${typeName(field.type)}>${field.required ? ' -required-' : ''}\n`;
}

const byName = (struct: StructSchema): readonly FieldSchema[] => [...struct.fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

function enumLine(field: FieldSchema, pad: string): string {
  if (field.enum === undefined) return '';
  const values = [...field.enum].sort();
  return `${pad}enum: ${values.slice(0, 4).join(', ')}${values.length > 4 ? ', ....' : ''}\n`;
}

function fieldList(struct: StructSchema): string {
  return byName(struct)
    .map((field) => `${fieldHead(field, '  ')}${enumLine(field, '  ')}    <no description>\n\n`)
    .join('');
}

function recursive(struct: StructSchema, level: number, depth: number, seen: readonly string[]): string {
  const pad = '  '.repeat(level);
  return byName(struct)
    .map((field) => {
      const inner = structOf(field.type);
      const deeper =
        inner !== undefined && level < depth && !seen.includes(inner.name) ? recursive(inner, level + 1, depth, [...seen, inner.name]) : '';
      return fieldHead(field, pad) + enumLine(field, pad) + deeper;
    })
    .join('');
}
