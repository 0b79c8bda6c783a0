// kubectl auth reconcile.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth/reconcile.go
import { defineCommand } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { Failure, isNotFound } from '../../errors.ts';
import { bool } from '../../flags.ts';
import { FILENAME_FLAGS } from '../../global-flags.ts';
import { DRY_RUN_FLAG, doneLine, dryRunOf, PRINT_FLAGS } from '../../printers/printer.ts';
import { eachTarget, flagOptions } from '../../targets.ts';

export const reconcile = defineCommand({
  name: 'reconcile',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  use: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    bool('remove-extra-permissions', 'If true, removes extra permissions added to roles'),
    bool('remove-extra-subjects', 'If true, removes extra subjects added to rolebindings'),
  ],
  *run(k) {
    const dryRun = dryRunOf(k);
    yield* eachTarget(k, { ...flagOptions(k), latest: false }, function* (info) {
      if (info.resource.group !== 'rbac.authorization.k8s.io') return;
      if (info.name === '' || (info.object.metadata.namespace === undefined && info.resource.namespaced))
        throw new Failure('resource name may not be empty');
      const client = yield* k.client();
      try {
        const live = yield* client.get(resourcePath(info.resource, info.namespace, info.name));
        if (dryRun !== 'client')
          yield* client.put(resourcePath(info.resource, info.namespace, info.name), {
            ...live,
            rules: info.object.rules ?? live.rules,
            subjects: info.object.subjects ?? live.subjects,
          });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (dryRun !== 'client') yield* client.post(resourcePath(info.resource, info.namespace), info.object);
      }
      yield* k.out(doneLine(info.resource, info.name, 'reconciled', dryRun));
    });
  },
});
