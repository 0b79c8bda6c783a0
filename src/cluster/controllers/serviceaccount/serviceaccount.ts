// ServiceAccount controller: the account `default` in every active namespace, again when somebody deletes it.
// Models: kubernetes v1.37 pkg/controller/serviceaccount/serviceaccounts_controller.go
import type { Namespace } from '../../kinds/namespace/namespace.ts';
import type { ServiceAccount } from '../../kinds/serviceaccount/serviceaccount.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import { create } from '../writes.ts';

const RESOURCE = 'serviceaccounts';
const ACCOUNT = 'default';

function reconcile(name: string, view: View): Outcome {
  const namespace = view.list<Namespace>('namespaces').get(name);
  if (namespace?.status.phase !== 'Active' || view.list(RESOURCE).get(`${name}/${ACCOUNT}`) !== undefined) return NOTHING;
  // 409: somebody made it first. 403 and 404: the namespace began to end in the meantime.
  return { batches: [[create(RESOURCE, name, { metadata: { name: ACCOUNT, namespace: name } }, { accept: [403, 404, 409] })]] };
}

export const serviceAccountController = defineController({
  name: 'service-account-controller',
  workers: 1,
  watches: [
    {
      resource: 'namespaces',
      keys: (change: Change<Namespace>) => (change.type === 'deleted' ? [] : ownKey(change)),
    },
    {
      resource: RESOURCE,
      keys: ({ type, object }: Change<ServiceAccount>) =>
        type === 'deleted' && object.metadata.name === ACCOUNT ? [object.metadata.namespace!] : [],
    },
  ],
  reconcile,
});
