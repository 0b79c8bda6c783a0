// Sending objects: the parameters every write carries.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/resource/helper.go
import { goJson } from '../../../cluster/apimachinery/go-text.ts';
import type { Body } from '../../../posix/program.ts';
import type { Query } from './client.ts';
import type { Kubectl } from './command.ts';
import { type ApiResource, resourcePath } from './discovery.ts';
import { Failure } from './errors.ts';
import { sortedDeep } from './printers/jsonpath.ts';
import { type DryRun, dryRunOf } from './printers/printer.ts';
import { typedObject } from './typed.ts';
import { markTyped } from './printers/printer.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Parameters of a write by this command. */
export function writeQuery(k: Kubectl, manager: string, dryRun: DryRun = 'none'): Query {
  const query: Query = {};
  const name = k.flags.has('field-manager') ? k.flags.text('field-manager') || manager : manager;
  if (name !== '') query['fieldManager'] = name;
  query['fieldValidation'] = validation(k);
  if (dryRun === 'server') query['dryRun'] = 'All';
  return query;
}

function validation(k: Kubectl): string {
  if (!k.flags.has('validate')) return 'Strict';
  const value = k.flags.text('validate');
  if (value === 'strict' || value === 'true' || value === '') return 'Strict';
  if (value === 'warn') return 'Warn';
  if (value === 'ignore' || value === 'false') return 'Ignore';
  throw new Failure(`invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`);
}

/** The annotation of client-side apply: the object itself without it, keys sorted, with a newline. */
export function lastAppliedText(object: any): string {
  return `${goJson(sortedDeep(withoutLastApplied(object)))}\n`;
}

/** The object as the file wishes it, always with annotations, be they none. */
export function withoutLastApplied(object: any): any {
  const { [LAST_APPLIED]: _applied, ...annotations } = object.metadata?.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export function withLastApplied(object: any): any {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, [LAST_APPLIED]: lastAppliedText(object) } },
  };
}

/** POST, or only what would be sent. Answers the object as it now is. */
export function* createObject(k: Kubectl, resource: ApiResource, namespace: string, object: any, manager: string): Body<any> {
  const dryRun = dryRunOf(k);
  const saved = k.flags.has('save-config') && k.flags.bool('save-config') ? withLastApplied(object) : object;
  if (dryRun === 'client') return saved;
  const client = yield* k.client();
  return yield* client.post(resourcePath(resource, namespace), unversioned(saved), writeQuery(k, manager, dryRun));
}

/** An object a generator made, printed in Go's order. */
export const generated = (object: any): any => markTyped(typedObject(object));

/** What is created has no version yet, whatever the file says. */
export function unversioned(object: any): any {
  if (object.metadata?.resourceVersion === undefined) return object;
  const { resourceVersion: _old, ...metadata } = object.metadata;
  return { ...object, metadata };
}
