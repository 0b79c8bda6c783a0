// TTL controller: tells kubelets by an annotation how long they may keep Secrets and ConfigMaps, by the size of the cluster.
// Models: kubernetes v1.37 pkg/controller/ttl/ttl_controller.go
// Simplified: the steps up and down are at the same size; the real ones leave a gap so that the value does not swing.
import type { Node } from '../../kinds/node/node.ts';
import { defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import { patch } from '../writes.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';
/** Up to so many nodes: so many seconds. */
const STEPS = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
] as const;
const MOST_SECONDS = 300;

function reconcile(key: string, view: View): Outcome {
  const nodes = view.list<Node>('nodes');
  const node = nodes.get(key);
  if (node === undefined) return NOTHING;
  const seconds = String(STEPS.find(([size]) => nodes.size <= size)?.[1] ?? MOST_SECONDS);
  if (node.metadata.annotations?.[ANNOTATION] === seconds) return NOTHING;
  return { batches: [[patch('nodes', node, { metadata: { annotations: { [ANNOTATION]: seconds } } }, { accept: [404] })]] };
}

export const ttlController = defineController({
  name: 'ttl-controller',
  workers: 5,
  watches: [{ resource: 'nodes', keys: (change) => (change.type === 'deleted' ? [] : ownKey(change)) }],
  reconcile,
});
