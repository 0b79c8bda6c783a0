// kubectl describe.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/describe/describe.go
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { DESCRIBERS } from '../describers/describers.ts';
import { describeGeneric } from '../describers/generic.ts';
import { Lines } from '../describers/lines.ts';
import { Failure, isNotFound, throwAll } from '../errors.ts';
import { bool } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, CHUNK_FLAG, FILENAME_FLAGS, SELECTOR_FLAG } from '../global-flags.ts';
import { build, type Built, type Info } from '../resource-builder.ts';
import { flagOptions } from '../targets.ts';
import { resourcePath } from '../discovery.ts';
import { withKind } from '../resource-builder.ts';

export const describe = defineCommand({
  name: 'describe',
  short: 'Show details of a specific resource or group of resources',
  use: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    CHUNK_FLAG,
    bool('show-events', 'If true, display events related to the described object.', { value: 'true' }),
  ],
  *run(k) {
    if (k.args.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '') {
      throw new Failure(
        'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    }
    const built = yield* build(k, { ...flagOptions(k), typeAlone: true });
    const infos = built.errors.length > 0 && built.infos.length === 0 ? yield* byPrefix(k, built) : built.infos;
    yield* describeAll(k, infos);
    if (infos === built.infos) throwAll(built.errors);
    if (infos.length === 0 && built.errors.length === 0) {
      const { namespace } = yield* k.namespace();
      yield* k.err(k.flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    }
  },
});

/** `describe pod web` means every pod whose name begins with it, when there is none of that name. */
function* byPrefix(k: Kubectl, built: Built): Body<readonly Info[]> {
  const { args } = k;
  const single = args.length === 2 && !args.some((one) => one.includes('/'));
  if (!single || !built.errors.every(isNotFound)) {
    throwAll(built.errors);
    return [];
  }
  const discovery = yield* k.discovery();
  const resource = yield* discovery.find(args[0]!);
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const list = yield* client.get(resourcePath(resource, namespace), { query: { limit: k.flags.text('chunk-size') } });
  const found = list.items.filter((one: any) => one.metadata.name.startsWith(args[1]!));
  if (found.length === 0) throwAll(built.errors);
  return found.map((one: any) => ({
    resource,
    name: one.metadata.name,
    namespace: one.metadata.namespace ?? '',
    object: withKind(one, resource),
  }));
}

function* describeAll(k: Kubectl, infos: readonly Info[]): Body<void> {
  // Several objects come without their events, unless those were asked for.
  const showEvents = k.flags.changed('show-events') ? k.flags.bool('show-events') : infos.length <= 1;
  let first = true;
  for (const info of infos) {
    const lines = new Lines();
    const kind = info.resource.group === '' ? info.resource.kind : `${info.resource.kind}.${info.resource.group}`;
    const describing = { k, info, object: info.object, nowMs: yield* k.os.time(), showEvents };
    const describer = DESCRIBERS.find((one) => one.kinds.includes(kind));
    if (describer === undefined) yield* describeGeneric(describing, lines);
    else yield* describer.describe(describing, lines);
    yield* k.out(first ? lines.aligned() : `\n\n${lines.aligned()}`);
    first = false;
  }
}
