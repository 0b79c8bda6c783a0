// kubectl scale.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/scale/scale.go, kubectl/pkg/scale
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import type { Query } from '../client.ts';
import { resourcePath } from '../discovery.ts';
import { Failure, isConflict } from '../errors.ts';
import { bool, duration, text, whole } from '../flags.ts';
import { FILENAME_FLAGS, RECORD_FLAG, SELECTOR_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf, objectPrinter, PRINT_FLAGS } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { watchObject } from '../waiting.ts';

export const scale = defineCommand({
  name: 'scale',
  suggestFor: ['resize'],
  short: 'Set a new size for a deployment, replica set, or replication controller',
  use: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    bool('all', 'Select all resources in the namespace of the specified resource types'),
    whole(
      'current-replicas',
      'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
      { value: '-1' },
    ),
    whole('replicas', 'The new desired number of replicas. Required.', { required: true }),
    text(
      'resource-version',
      'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    ),
    duration(
      'timeout',
      "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
      { value: '0s' },
    ),
  ],
  *run(k) {
    const replicas = k.flags.int('replicas');
    if (replicas < 0) throw new Failure('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    const several = k.args.length > 2 || k.args.filter((one) => one.includes('/')).length > 1;
    if (several && k.flags.text('resource-version') !== '') throw new Failure('cannot use --resource-version with multiple resources');
    let count = 0;
    yield* eachTarget(k, flagOptions(k), function* (info) {
      count++;
      if (dryRun !== 'client') yield* scaleOne(k, info, replicas, dryRun === 'server');
      if (printer === undefined) yield* k.out(doneLine(info.resource, info.name, 'scaled', dryRun));
      else yield* k.out(printer.print(info.object, info.resource));
      const timeout = k.flags.duration('timeout');
      if (timeout !== 0 && dryRun === 'none') yield* untilScaled(k, info, replicas, timeout);
    });
    if (count === 0) throw new Failure('no objects passed to scale');
  },
});

function* scaleOne(k: Kubectl, info: Info, replicas: number, dryRun: boolean): Body<void> {
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name, 'scale');
  const query: Query = dryRun ? { dryRun: 'All' } : {};
  const expected = k.flags.int('current-replicas');
  const version = k.flags.text('resource-version');
  if (expected < 0 && version === '') {
    yield* client.patch(path, 'merge', { spec: { replicas } }, query);
    return;
  }
  for (let tries = 0; ; tries++) {
    const now = yield* client.get(path);
    if (expected >= 0 && (now.spec.replicas ?? 0) !== expected)
      throw new Failure(`Expected replicas to be ${expected}, was ${now.spec.replicas ?? 0}`);
    if (version !== '' && now.metadata.resourceVersion !== version)
      throw new Failure(`Expected resource version to be ${version}, was ${now.metadata.resourceVersion}`);
    try {
      yield* client.put(path, { ...now, spec: { ...now.spec, replicas } }, query);
      return;
    } catch (error) {
      if (!isConflict(error) || tries >= 3) throw error;
    }
  }
}

function* untilScaled(k: Kubectl, info: Info, replicas: number, timeoutMs: number): Body<void> {
  const done = yield* watchObject(k, info.resource, info.namespace, info.name, timeoutMs, function* (sighting) {
    if (sighting.type === 'SYNCED' || sighting.type === 'DELETED') return false;
    const { object } = sighting;
    return object.spec?.replicas === replicas && (object.status?.replicas ?? 0) === replicas;
  });
  if (!done) throw new Failure('timed out waiting for the condition');
}
