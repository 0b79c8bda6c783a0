// NamespaceLifecycle: nothing new in a namespace that is missing or going away; some namespaces stay for ever.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle
import { notFound, StatusError } from '../../apimachinery/status-error.ts';
import { defineAdmission, refusal } from './plugin.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export const namespaceLifecycle = defineAdmission({
  name: 'NamespaceLifecycle',
  operations: ['CREATE', 'DELETE'],
  admit(object, admission) {
    const { scope, operation } = admission;
    const { namespace } = scope.route;
    if (operation !== 'CREATE' || namespace === undefined || !scope.route.kind.namespaced) return object;
    const stored = scope.read('namespaces', undefined, namespace);
    if (stored === undefined) throw notFound('', 'namespaces', namespace);
    if (stored.metadata.deletionTimestamp !== undefined) {
      const { status } = refusal(
        object,
        admission,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      throw new StatusError({
        ...status,
        details: {
          ...status.details,
          causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
        },
      });
    }
    return object;
  },
  judge(object, admission) {
    if (admission.operation === 'DELETE' && admission.scope.route.kind.resource === 'namespaces' && IMMORTAL.has(object.metadata.name)) {
      throw refusal(object, admission, 'this namespace may not be deleted');
    }
  },
});
