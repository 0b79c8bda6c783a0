// kubectl diff: what apply would change, asked of the server as a dry run and shown by a diff program.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/diff/diff.go
// Simplified: --prune is not offered.
import { printYaml } from '../../../../cluster/apimachinery/yaml-print.ts';
import { type Body, SystemError } from '../../../../posix/program.ts';
import { applyPatch, isEmptyPatch } from '../apply.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure, failureText, isNotFound, throwAll } from '../errors.ts';
import { bool, whole } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { build, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';

export const diff = defineCommand({
  name: 'diff',
  short: 'Diff the live version against a would-be applied version',
  use: '-f FILENAME',
  long: `Diff configurations specified by file name or stdin between the current online configuration, and the configuration as it would be if applied.

 The output is always YAML.

 KUBECTL_EXTERNAL_DIFF environment variable can be used to select your own diff command. Users can use external commands with params too, example: KUBECTL_EXTERNAL_DIFF="colordiff -N -u"

 By default, the "diff" command available in your path will be run with the "-u" (unified diff) and "-N" (treat absent files as empty) options.

 Exit status: 0 No differences were found. 1 Differences were found. >1 Kubectl or diff failed with an error.

 Note: KUBECTL_EXTERNAL_DIFF, if used, is expected to follow that convention.`,
  examples: `  # Diff resources included in pod.json
  kubectl diff -f pod.json
  
  # Diff file read from stdin
  cat service.yaml | kubectl diff -f -`,
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    FIELD_MANAGER('kubectl-client-side-apply'),
    whole('concurrency', 'Number of objects to process in parallel when diffing against the live version.', { value: '1' }),
    bool('force-conflicts', 'If true, server-side apply will force the changes against conflicts.'),
    bool('server-side', 'If true, apply runs in the server instead of the client.'),
    bool('show-managed-fields', 'If true, include managed fields in the diff.'),
  ],
  *run(k) {
    try {
      return yield* diffAll(k);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // One means a difference here, so a failure is two.
      yield* k.err(`${(failureText(error) ?? '').replace(/\n$/, '')}\n`);
      return 2;
    }
  },
});

interface Pair {
  readonly name: string;
  readonly live: any;
  readonly merged: any;
}

function* diffAll(k: Kubectl): Body<number> {
  if (k.args.length > 0) throw k.usage(`Unexpected args: [${k.args.join(' ')}]`);
  if (k.flags.bool('force-conflicts') && !k.flags.bool('server-side')) throw new Failure('--force-conflicts only works with --server-side');
  if (k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') throw new Failure('must specify one of -f and -k');
  const built = yield* build(k, { ...flagOptions(k), latest: false });
  const pairs: Pair[] = [];
  throwAll(built.errors);
  for (const info of built.infos) pairs.push(yield* pairOf(k, info));
  return yield* show(k, pairs);
}

function* pairOf(k: Kubectl, info: Info): Body<Pair> {
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name);
  let live: any;
  try {
    live = yield* client.get(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const { group, version, kind } = info.resource;
  const name = [...(group === '' ? [] : [group]), version, kind, info.namespace, info.name].join('.').replaceAll('/', '');
  let merged = yield* mergedObject(k, info, live, path);
  if (!k.flags.bool('show-managed-fields')) {
    live = withoutManaged(live);
    merged = withoutManaged(merged);
  }
  if (group !== '' || kind !== 'Secret') return { name, live, merged };
  return { name, live: masked(live, merged, 'before') ?? null, merged: masked(merged, live, 'after') };
}

function* mergedObject(k: Kubectl, info: Info, live: any, path: string): Body<any> {
  const client = yield* k.client();
  const query = { fieldManager: k.flags.text('field-manager'), dryRun: 'All' };
  if (k.flags.bool('server-side')) {
    const manager = k.flags.changed('field-manager') ? query.fieldManager : 'kubectl';
    const force = String(k.flags.bool('force-conflicts'));
    return yield* client.patch(path, 'apply', info.object, { ...query, fieldManager: manager, force });
  }
  if (live === undefined) return yield* client.post(resourcePath(info.resource, info.namespace), info.object, query);
  const patch = applyPatch(info, live, false);
  return isEmptyPatch(patch) ? live : yield* client.patch(path, patch.type, patch.body, query);
}

function withoutManaged(object: any): any {
  if (object?.metadata?.managedFields === undefined) return object;
  const { managedFields: _hidden, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A secret's values hidden, so that only whether they differ is seen. */
function masked(object: any, other: any, side: 'before' | 'after'): any {
  if (object?.data === undefined || object.data === null) return object;
  const data: Record<string, string> = {};
  for (const key of Object.keys(object.data)) {
    const there = other?.data?.[key];
    data[key] = there !== undefined && there !== object.data[key] ? `*** (${side})` : '***';
  }
  return { ...object, data };
}

/** Writes both sides into folders of their own and runs the diff program on them. */
function* show(k: Kubectl, pairs: readonly Pair[]): Body<number> {
  const live = yield* temporaryFolder(k, 'LIVE');
  const merged = yield* temporaryFolder(k, 'MERGED');
  for (const pair of pairs) {
    yield* k.os.writeFile(`${live}/${pair.name}`, pair.live === undefined ? '' : printYaml(pair.live));
    yield* k.os.writeFile(`${merged}/${pair.name}`, pair.merged === undefined ? '' : printYaml(pair.merged));
  }
  try {
    return yield* runDiff(k, live, merged);
  } finally {
    for (const folder of [live, merged]) {
      for (const name of yield* k.os.readDirectory(folder)) yield* k.os.remove(`${folder}/${name}`);
      yield* k.os.remove(folder);
    }
  }
}

function* runDiff(k: Kubectl, live: string, merged: string): Body<number> {
  const chosen = (k.os.env['KUBECTL_EXTERNAL_DIFF'] ?? '').split(' ').filter((one) => one !== '');
  // Of the user's words only plain ones pass.
  const command = chosen.length === 0 ? ['diff', '-u', '-N'] : chosen.filter((one, index) => index === 0 || /^[a-zA-Z0-9-=]+$/.test(one));
  try {
    const status = yield* k.os.wait(yield* k.os.spawn([...command, live, merged]));
    if (status.code <= 1) return status.code;
    throw new Failure(`failed to run "${command[0]}": exit status ${status.code}`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Failure(`failed to run "${command[0]}": exec: "${command[0]}": executable file not found in $PATH`);
  }
}

function* temporaryFolder(k: Kubectl, prefix: string): Body<string> {
  const path = `/tmp/${prefix}-${yield* k.os.random(4_294_967_296)}`;
  yield* k.os.makeDirectory(path, 0o700);
  return path;
}
