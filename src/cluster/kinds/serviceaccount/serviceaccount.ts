// ServiceAccount: who a pod is to the API server. Models: kubernetes v1.37 pkg/registry/core/serviceaccount
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';

export interface ServiceAccount extends KubeObject {
  readonly kind: 'ServiceAccount';
  readonly secrets?: readonly { readonly name?: string }[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly automountServiceAccountToken?: boolean;
}

export const serviceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  returnsDeletedObject: true,
  type: 'io.k8s.api.core.v1.ServiceAccount',
  subresources: { token: { type: 'action', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] } },
  columns: columnsOf('ServiceAccount'),
  row: (object, clock) => ({ cells: [object.metadata.name, ageCell(object.metadata.creationTimestamp, clock)] }),
});
