// The revisions an object has had: ReplicaSets of a Deployment, ControllerRevisions of the others.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/polymorphichelpers/history.go
import { formatSelector } from '../../../../../cluster/apimachinery/labels.ts';
import { applyStrategicMergePatch } from '../../../../../cluster/apimachinery/strategic-merge.ts';
import type { Body } from '../../../../../posix/program.ts';
import type { Kubectl } from '../../command.ts';
import type { Info } from '../../resource-builder.ts';
import { schemaOfKind } from '../../typed.ts';

export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  /** Pod template of it. */
  readonly template: any;
  /** ReplicaSet or ControllerRevision. */
  readonly source: any;
}

const CHANGE_CAUSE = 'kubernetes.io/change-cause';
export const REVISION = 'deployment.kubernetes.io/revision';

/** Oldest first. */
export function* revisionsOf(k: Kubectl, info: Info): Body<readonly Revision[]> {
  const client = yield* k.client();
  const owned = (one: any) =>
    (one.metadata.ownerReferences ?? []).some((owner: any) => owner.controller && owner.uid === info.object.metadata.uid);
  const query = { labelSelector: formatSelector(info.object.spec.selector) };
  if (info.resource.kind === 'Deployment') {
    const list = yield* client.get(`/apis/apps/v1/namespaces/${info.namespace}/replicasets`, { query });
    return list.items
      .filter(owned)
      .map((one: any) => {
        const template = one.spec.template;
        const cause = one.metadata.annotations?.[CHANGE_CAUSE] ?? '';
        const shown =
          cause === ''
            ? template
            : {
                ...template,
                metadata: { ...template.metadata, annotations: { ...template.metadata?.annotations, [CHANGE_CAUSE]: cause } },
              };
        return {
          number: Number(one.metadata.annotations?.[REVISION] ?? 0),
          changeCause: cause,
          template: shown,
          source: { apiVersion: 'apps/v1', kind: 'ReplicaSet', ...one },
        };
      })
      .filter((one: Revision) => one.number > 0)
      .sort((a: Revision, b: Revision) => a.number - b.number);
  }
  const list = yield* client.get(`/apis/apps/v1/namespaces/${info.namespace}/controllerrevisions`, { query });
  return list.items
    .filter(owned)
    .map((one: any) => {
      const object = applyStrategicMergePatch(info.object, one.data, schemaOfKind(info.object.apiVersion, info.object.kind));
      return {
        number: one.revision,
        changeCause: one.metadata.annotations?.[CHANGE_CAUSE] ?? '',
        template: object.spec.template,
        source: { apiVersion: 'apps/v1', kind: 'ControllerRevision', ...one },
      };
    })
    .sort((a: Revision, b: Revision) => a.number - b.number);
}
