// root-ca-cert-publisher: the ConfigMap `kube-root-ca.crt` in every active namespace, which every pod's token volume mounts.
// Models: kubernetes v1.37 pkg/controller/certificates/rootcacertpublisher/publisher.go
import { sameData } from '../../apimachinery/equality.ts';
import type { ConfigMap } from '../../kinds/configmap/configmap.ts';
import type { Namespace } from '../../kinds/namespace/namespace.ts';
import { type Change, defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import { create, update } from '../writes.ts';
import { ROOT_CERTIFICATE } from './certificate.ts';

const RESOURCE = 'configmaps';
const NAME = 'kube-root-ca.crt';
const DESCRIPTION = 'kubernetes.io/description';
const TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Namespace that ended in the meantime, or a ConfigMap somebody else made or changed first: the watch will tell. */
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const CONFLICT = 409;

function reconcile(name: string, view: View): Outcome {
  const namespace = view.list<Namespace>('namespaces').get(name);
  if (namespace?.status.phase !== 'Active') return NOTHING;
  const data = { 'ca.crt': view.options.rootCertificate || ROOT_CERTIFICATE };
  const found = view.list<ConfigMap>(RESOURCE).get(`${name}/${NAME}`);
  if (found === undefined) {
    const metadata = { name: NAME, namespace: name, annotations: { [DESCRIPTION]: TEXT } };
    return { batches: [[create(RESOURCE, name, { metadata, data }, { accept: [FORBIDDEN, NOT_FOUND, CONFLICT] })]] };
  }
  const annotations = found.metadata.annotations;
  if (sameData(found.data, data) && annotations?.[DESCRIPTION] !== undefined) return NOTHING;
  const changed: ConfigMap = {
    ...found,
    metadata: { ...found.metadata, annotations: { ...annotations, [DESCRIPTION]: TEXT } },
    data,
  };
  return { batches: [[update(RESOURCE, changed)]] };
}

export const rootCaController = defineController({
  name: 'root-ca-cert-publisher',
  workers: 1,
  watches: [
    {
      resource: 'namespaces',
      keys: (change: Change<Namespace>) => (change.type === 'deleted' ? [] : ownKey(change)),
    },
    {
      resource: RESOURCE,
      keys: ({ type, object }: Change<ConfigMap>) =>
        type !== 'added' && object.metadata.name === NAME ? [object.metadata.namespace!] : [],
    },
  ],
  reconcile,
});
