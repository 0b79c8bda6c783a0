// kubectl diff: what apply would change.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/diff/diff.go
import { printYaml } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import { applyPatch, isEmptyPatch } from '../apply.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { Failure, failureText, isNotFound } from '../errors.ts';
import { array, bool, text, whole } from '../flags.ts';
import { FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { buildAll, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { unifiedHunks } from '../unified-diff.ts';

export const diff = defineCommand({
  name: 'diff',
  short: 'Diff the live version against a would-be applied version',
  use: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    whole(
      'concurrency',
      'Number of objects to process in parallel when diffing against the live version. Larger number = faster, but more memory, I/O and CPU over that shorter period of time.',
      { value: '1' },
    ),
    text('field-manager', 'Name of the manager used to track field ownership.', { value: 'kubectl-client-side-apply' }),
    bool('force-conflicts', 'If true, server-side apply will force the changes against conflicts.'),
    bool(
      'prune',
      'Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned',
    ),
    array('prune-allowlist', 'Overwrite the default allowlist with <group/version/kind> for --prune'),
    bool('server-side', 'If true, apply runs in the server instead of the client.'),
    bool('show-managed-fields', 'If true, include managed fields in the diff.'),
    bool('show-secrets', 'If true, do not mask the values of Secrets.'),
  ],
  *run(k) {
    try {
      if (k.args.length > 0) throw k.usage(`Unexpected args: [${k.args.join(' ')}]`);
      if (k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') throw new Failure('must specify one of -f and -k');
      return yield* diffAll(k);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Exit code 1 means a difference, so failures have another.
      const words = failureText(error);
      if (words !== undefined) yield* k.err(`${words}\n`);
      return error.exit > 1 ? error.exit : 2;
    }
  },
});

interface Pair {
  readonly file: string;
  readonly live: string;
  readonly merged: string;
}

function* diffAll(k: Kubectl): Body<number> {
  const infos = yield* buildAll(k, { ...flagOptions(k), latest: false });
  const pairs: Pair[] = [];
  for (const info of infos) {
    const { live, merged } = yield* states(k, info);
    const gv = info.resource.group === '' ? info.resource.version : `${info.resource.group}.${info.resource.version}`;
    const file = [gv, info.resource.kind, info.namespace, info.name].join('.');
    pairs.push({ file, ...masked(k, info, shown(k, live), shown(k, merged)) });
  }
  const live = `/tmp/LIVE-${yield* k.os.random(4_000_000_000)}`;
  const merged = `/tmp/MERGED-${yield* k.os.random(4_000_000_000)}`;
  const external = k.os.env['KUBECTL_EXTERNAL_DIFF'] ?? '';
  if (external !== '') return yield* externally(k, external, live, merged, pairs);
  let different = 0;
  const now = `${new Date(yield* k.os.time()).toISOString().replace('T', ' ').replace('Z', '000000')} +0000`;
  for (const pair of [...pairs].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    const hunks = unifiedHunks(pair.live, pair.merged);
    if (hunks === '') continue;
    different = 1;
    yield* k.out(
      `diff -u -N ${live}/${pair.file} ${merged}/${pair.file}\n--- ${live}/${pair.file}\t${now}\n+++ ${merged}/${pair.file}\t${now}\n${hunks}`,
    );
  }
  return different;
}

/** The object as it is and as it would be; the server works the second one out. */
function* states(k: Kubectl, info: Info): Body<{ live: any; merged: any }> {
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name);
  const query = { dryRun: 'All', fieldManager: k.flags.text('field-manager') };
  if (k.flags.bool('server-side')) {
    let live: any;
    try {
      live = yield* client.get(path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const manager = k.flags.changed('field-manager') ? k.flags.text('field-manager') : 'kubectl';
    return {
      live,
      merged: yield* client.patch(path, 'apply', info.object, {
        ...query,
        fieldManager: manager,
        force: String(k.flags.bool('force-conflicts')),
      }),
    };
  }
  let live: any;
  try {
    live = yield* client.get(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return {
      live: undefined,
      merged: yield* client.post(resourcePath(info.resource, info.namespace), info.object, query),
    };
  }
  const patch = applyPatch(info, live, false);
  if (isEmptyPatch(patch)) return { live, merged: live };
  return { live, merged: yield* client.patch(path, patch.type, patch.body, query) };
}

function shown(k: Kubectl, object: any): any {
  if (object === undefined || k.flags.bool('show-managed-fields')) return object;
  const { managedFields: _hidden, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

/** Values of Secrets are not shown, only whether they differ. */
function masked(k: Kubectl, info: Info, live: any, merged: any): { live: string; merged: string } {
  let one = live;
  let other = merged;
  if (info.resource.kind === 'Secret' && info.resource.group === '' && !k.flags.bool('show-secrets')) {
    const mask = (object: any, against: any, word: string) => {
      if (object?.data === undefined) return object;
      const data: Record<string, string> = {};
      for (const key of Object.keys(object.data))
        data[key] = against?.data?.[key] === undefined || against.data[key] === object.data[key] ? '***' : `*** (${word})`;
      return { ...object, data };
    };
    one = mask(live, merged, 'before');
    other = mask(merged, live, 'after');
  }
  return { live: one === undefined ? '' : printYaml(one), merged: other === undefined ? '' : printYaml(other) };
}

function* externally(k: Kubectl, command: string, live: string, merged: string, pairs: readonly Pair[]): Body<number> {
  yield* k.os.makeDirectory(live);
  yield* k.os.makeDirectory(merged);
  for (const pair of pairs) {
    yield* k.os.writeFile(`${live}/${pair.file}`, pair.live);
    yield* k.os.writeFile(`${merged}/${pair.file}`, pair.merged);
  }
  const pid = yield* k.os.spawn([...command.split(/\s+/).filter((one) => /^[a-zA-Z0-9-=]+$/.test(one)), live, merged]);
  const { code } = yield* k.os.wait(pid);
  for (const pair of pairs) {
    yield* k.os.remove(`${live}/${pair.file}`);
    yield* k.os.remove(`${merged}/${pair.file}`);
  }
  yield* k.os.remove(live);
  yield* k.os.remove(merged);
  return code;
}
