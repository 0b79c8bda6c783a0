// kubectl wait.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/wait/{wait,condition,json,delete,create}.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure, Failures, isNotFound, throwAll } from '../errors.ts';
import { array, bool, duration } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FIELD_SELECTOR_FLAG, FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { type JsonPath, parseJsonPath, relaxedPath, resultText } from '../printers/jsonpath.ts';
import { doneLine, objectPrinter, type ObjectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import { type BuildOptions, build, type Info, read1 } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { untilGone, watchObject } from '../waiting.ts';

type Condition = { readonly kind: 'delete' | 'create' } | { readonly kind: 'object'; readonly holds: (object: any) => boolean };

export const wait = defineCommand({
  name: 'wait',
  short: 'Experimental: Wait for a specific condition on one or many resources',
  use: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    bool('all', 'Select all resources in the namespace of the specified resource types'),
    array('for', 'The condition to wait on'),
    bool('local', 'If true, annotation will NOT contact api-server but run locally.'),
    duration(
      'timeout',
      "The length of time to wait before giving up.  Zero means check once and don't wait, negative means wait for a week.",
      { value: '30s' },
    ),
  ],
  *run(k) {
    const wanted = k.flags.list('for');
    if (wanted.length === 0) throw new Failure('unrecognized condition: []');
    const conditions = wanted.map(parseCondition);
    const printer = yield* objectPrinter(k);
    const given = k.flags.duration('timeout');
    const timeout = given < 0 ? 7 * 24 * 3_600_000 : given;
    const end = (yield* k.os.time()) + timeout;
    for (const condition of conditions) yield* waitFor(k, condition, end, timeout === 0, printer);
  },
});

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'delete' };
  if (lower === 'create') return { kind: 'create' };
  if (text.startsWith('condition=')) {
    const [name = '', status = 'True'] = text.slice('condition='.length).split('=');
    return { kind: 'object', holds: (object) => hasCondition(object, name.toLowerCase(), status.toLowerCase()) };
  }
  if (text.startsWith('jsonpath=')) return jsonPathCondition(text.slice('jsonpath='.length));
  throw new Failure(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** A condition of an older generation than the object does not count. */
function hasCondition(object: any, name: string, status: string): boolean {
  for (const condition of object.status?.conditions ?? []) {
    if (String(condition.type).toLowerCase() !== name) continue;
    const observed = condition.observedGeneration ?? object.status?.observedGeneration;
    if (observed !== undefined && object.metadata.generation !== undefined && observed < object.metadata.generation) return false;
    return String(condition.status).toLowerCase() === status;
  }
  return false;
}

function jsonPathCondition(text: string): Condition {
  const match = /^(\{.*\}|[^{}=]*)(?:=(.*))?$/s.exec(text.replace(/^'|'$/g, ''));
  const braces = /^\{.*\}/s.exec(text);
  let path: string;
  let value: string | undefined;
  if (braces !== null) {
    path = braces[0];
    const rest = text.slice(path.length);
    value = rest.startsWith('=') ? rest.slice(1) : undefined;
  } else {
    path = match?.[1] ?? text;
    value = match?.[2];
    if (match === null) {
      relaxedPath(text.replace(/=.*$/, ''));
    }
  }
  if (value === '') throw new Failure('jsonpath wait value cannot be empty');
  const parsed: JsonPath = parseJsonPath(relaxedPathOrFilter(path));
  const expected = value?.replace(/^(['"])(.*)\1$/, '$2');
  return {
    kind: 'object',
    holds: (object) => {
      let results: unknown[];
      try {
        results = parsed.values(object);
      } catch {
        return false;
      }
      if (results.length === 0) return false;
      if (expected === undefined) return true;
      if (results.length > 1) throw new Failure('given jsonpath expression matches more than one value');
      const result = results[0];
      if (typeof result === 'object' && result !== null)
        throw new Failure(`jsonpath leads to a nested object or list which is not supported`);
      return resultText(result).trim() === expected.trim();
    },
  };
}

/** A whole template stays as it is; braces with filters inside are no relaxed path. */
const relaxedPathOrFilter = (path: string): string => (/^\{.*[[(].*\}$/s.test(path) ? path : relaxedPath(path));

function* waitFor(k: Kubectl, condition: Condition, end: number, once: boolean, printer: ObjectPrinter | undefined): Body<void> {
  const options: BuildOptions = { ...flagOptions(k), typeAlone: false };
  const infos = yield* targets(k, condition, options, end, once);
  const errors: Failure[] = [];
  for (const info of infos) {
    try {
      if (!(yield* holdsFor(k, info, condition, end, once))) {
        const what = `${info.resource.name}/${info.name}`;
        errors.push(new Failure(once ? `condition not met for ${what}` : `timed out waiting for the condition on ${what}`));
        continue;
      }
      if (printer === undefined) yield* k.out(doneLine(info.resource, info.name, 'condition met'));
      else yield* k.out(printer.print(info.object, info.resource));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** The objects, which for create may have yet to come and for delete may have gone already. */
function* targets(k: Kubectl, condition: Condition, options: BuildOptions, end: number, once: boolean): Body<readonly Info[]> {
  for (;;) {
    const built = yield* build(k, options);
    const errors = condition.kind === 'delete' ? built.errors.filter((error) => !isNotFound(error)) : built.errors;
    const missing = errors.length > 0 || (built.infos.length === 0 && built.errors.length === 0);
    if (condition.kind === 'create' && missing && (errors.length === 0 || errors.every(isNotFound))) {
      if (once || (yield* k.os.time()) >= end) throw new Failure('timed out waiting for the condition');
      yield* k.os.sleep(500);
      continue;
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0]! : new Failures(errors);
    if (built.infos.length === 0 && condition.kind !== 'delete') throw new Failure('no matching resources found');
    if (built.infos.length === 0 && built.errors.length === 0 && condition.kind === 'delete') return [];
    return built.infos;
  }
}

function* holdsFor(k: Kubectl, info: Info, condition: Condition, end: number, once: boolean): Body<boolean> {
  const left = Math.max(0, end - (yield* k.os.time()));
  if (condition.kind !== 'object') return condition.kind === 'create' || (!once && (yield* untilGone(k, info, left)));
  if (condition.holds(info.object)) return true;
  if (once) return false;
  return yield* watchObject(k, info.resource, info.namespace, info.name, left, function* (sighting) {
    if (sighting.type === 'SYNCED') return false;
    if (sighting.type === 'DELETED') {
      yield* read1(k, info);
      return false;
    }
    info.object = sighting.object;
    return condition.holds(sighting.object);
  });
}
