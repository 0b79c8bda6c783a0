// kubectl explain: the fields of a kind, from the type schema.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/explain,explain/v2/templates/plaintext.tmpl}
// Simplified: the schema here holds names, types, enums and what is required, but no prose: where the real tool prints a
// description, this prints what it prints for types that have none.
import { type FieldSchema, type StructSchema, structOf, type TypeSchema } from '../../../../cluster/apimachinery/schema.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { type ApiResource, asVerbatim, groupVersion, match, qualifiedName } from '../discovery.ts';
import { Failure } from '../errors.ts';
import { bool, text, whole } from '../flags.ts';
import { schemaOfKind } from '../typed.ts';

export const explain = defineCommand({
  name: 'explain',
  short: 'Get documentation for a resource',
  use: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  long: `Describe fields and structure of various resources.

 This command describes the fields associated with each supported API resource. Fields are identified via a simple JSONPath identifier:

        <type>.<fieldName>[.<fieldName>]

 Information about each field is retrieved from the server in OpenAPI format.`,
  examples: `  # Get the documentation of the resource and its fields
  kubectl explain pods
  
  # Get all the fields in the resource
  kubectl explain pods --recursive
  
  # Get the explanation for deployment in supported api versions
  kubectl explain deployments --api-version=apps/v1
  
  # Get the documentation of a specific field of a resource
  kubectl explain pods.spec.containers`,
  flags: [
    text('api-version', 'Use given api-version (group/version) of the resource.'),
    whole('max-depth', 'Maximum depth of the fields printed by --recursive.'),
    text('output', 'Format in which to render the schema. Valid values are: (plaintext, plaintext-openapiv2).', {
      short: 'o',
      value: 'plaintext',
    }),
    bool(
      'recursive',
      'When true, print the name of all the fields recursively. Otherwise, print the available fields with their description.',
      {
        short: 'R',
      },
    ),
  ],
  *run(k) {
    if (k.args.length === 0) {
      throw new Failure(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    }
    if (k.args.length > 1) throw new Failure('We accept only this format: explain RESOURCE');
    const recursive = k.flags.bool('recursive');
    if (k.flags.changed('max-depth') && !recursive) throw new Failure('--max-depth requires --recursive');
    const { resource, path } = yield* target(k, k.args[0]!);
    const format = k.flags.text('output');
    if (format !== 'plaintext' && format !== 'plaintext-openapiv2') throw new Failure(`unrecognized format: ${format}`);
    const root = schemaOfKind(groupVersion(resource), resource.kind);
    if (root === undefined) {
      throw new Failure(`GVR (${resource.group}/${resource.version}, Resource=${resource.name}) not found in OpenAPI schema`);
    }
    const depth = k.flags.int('max-depth') || Number.POSITIVE_INFINITY;
    yield* k.out(header(resource));
    yield* k.out(page(root, path, recursive ? depth : 0));
  },
});

/** The kind and the path of fields in it: of `deploy.spec`, `deployments.apps.spec`. */
function* target(k: Kubectl, word: string): Body<{ resource: ApiResource; path: readonly string[] }> {
  const discovery = yield* k.discovery();
  const resources = yield* discovery.resources();
  const qualified = resources.find((one) => one.group !== '' && (word === qualifiedName(one) || word.startsWith(`${qualifiedName(one)}.`)));
  const name = qualified === undefined ? word.split('.')[0]! : qualifiedName(qualified);
  const path = word
    .slice(name.length)
    .split('.')
    .filter((one) => one !== '');
  let resource: ApiResource;
  try {
    resource = qualified ?? (yield* discovery.find(name));
  } catch (error) {
    throw error instanceof Failure ? asVerbatim(error) : error;
  }
  const version = k.flags.text('api-version');
  if (version === '') return { resource, path };
  const found = match(
    resources.filter((one) => groupVersion(one) === version),
    resource.name,
  );
  if (found === undefined) {
    const [group, bare] = version.includes('/') ? version.split('/') : ['', version];
    throw new Failure(`couldn't find resource for "${group}/${bare}, Resource=${resource.name}"`);
  }
  return { resource: found, path };
}

const header = (resource: ApiResource): string =>
  `${resource.group === '' ? '' : `GROUP:      ${resource.group}\n`}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`;

/** @throws Failure for a path that leads nowhere */
function page(root: StructSchema, path: readonly string[], depth: number): string {
  let struct: StructSchema | undefined = root;
  let field: FieldSchema | undefined;
  for (const name of path) {
    field = struct?.fields.get(name);
    if (field === undefined) throw new Failure(`field "${path.at(-1)}" does not exist`);
    struct = structOf(field.type);
  }
  let out = '';
  if (field !== undefined) {
    out += `FIELD: ${field.name} <${typeText(field.type, field)}>\n`;
    out +=
      field.enum === undefined
        ? '\n'
        : `ENUM:\n${[...field.enum]
            .sort()
            .map((one) => `    ${one}\n`)
            .join('')}`;
    out += '\n';
  }
  out += 'DESCRIPTION:\n    <empty>\n';
  if (struct === undefined) return `${out}\n`;
  out += 'FIELDS:\n';
  for (const one of sorted(struct)) {
    if (depth > 0) out += tree(one, '  ', depth, [struct.name]);
    else out += `${fieldLine(one, '  ')}    <no description>\n\n`;
  }
  return `${out}\n`;
}

const sorted = (struct: StructSchema): readonly FieldSchema[] => [...struct.fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

function fieldLine(field: FieldSchema, pad: string): string {
  const line = `${pad}${field.name}\t<${typeText(field.type, field)}>${field.required ? ' -required-' : ''}\n`;
  if (field.enum === undefined) return line;
  const values = [...field.enum].sort();
  return `${line}${pad}enum: ${values.slice(0, 4).join(', ')}${values.length > 4 ? ', ....' : ''}\n`;
}

/** A field and everything in it; a type inside itself is not unfolded again. */
function tree(field: FieldSchema, pad: string, depth: number, inside: readonly string[]): string {
  let out = fieldLine(field, pad);
  const struct = structOf(field.type);
  if (struct === undefined || depth <= 1 || inside.includes(struct.name)) return out;
  for (const one of sorted(struct)) out += tree(one, `${pad}  `, depth - 1, [...inside, struct.name]);
  return out;
}

function typeText(type: TypeSchema, field: FieldSchema): string {
  switch (type.kind) {
    case 'list':
      return `[]${typeText(type.items, field)}`;
    case 'map':
      return `map[string]${typeText(type.values, field)}`;
    case 'struct':
      return type.struct.shortName;
    case 'int32':
    case 'int64':
      return 'integer';
    case 'bool':
      return 'boolean';
    case 'float':
      return 'number';
    case 'quantity':
      return 'Quantity';
    case 'intOrString':
      return 'IntOrString';
    case 'raw':
      return field.name === 'fieldsV1' ? 'FieldsV1' : 'RawExtension';
    case 'any':
      return 'JSON';
    default:
      return 'string';
  }
}
