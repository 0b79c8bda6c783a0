// What every rollout command takes, and how it finds its objects.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/rollout
import type { Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { FILENAME_FLAGS, SELECTOR_FLAG } from '../../global-flags.ts';
import type { BuildOptions } from '../../resource-builder.ts';
import { flagOptions } from '../../targets.ts';

export const ROLLOUT_FLAGS = [...FILENAME_FLAGS, SELECTOR_FLAG];

/** @throws Failure `required resource not specified` */
export function rolloutTargets(k: Kubectl): BuildOptions {
  if (k.args.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '')
    throw new Failure('required resource not specified');
  return { ...flagOptions(k), typeAlone: true };
}

/** `ReplicaSet.apps`, `Pod`. */
export const groupKind = (info: { readonly resource: { readonly group: string; readonly kind: string } }): string =>
  info.resource.group === '' ? info.resource.kind : `${info.resource.kind}.${info.resource.group}`;
