// Node IPAM controller: every node gets the lowest free /24 of the cluster's pod addresses.
// Models: kubernetes v1.37 pkg/controller/nodeipam/ipam/range_allocator.go
import { subjectOf } from '../../client/recorder.ts';
import type { Node } from '../../kinds/node/node.ts';
import { defineController, NOTHING, type Outcome, ownKey, type View } from '../controller.ts';
import { patch } from '../writes.ts';

/** `--node-cidr-mask-size`. */
const NODE_MASK = 24;

const byCidr = {
  name: 'pod-cidr',
  values: (node: Node): readonly string[] => (node.spec.podCIDR === undefined ? [] : [node.spec.podCIDR]),
  same: (next: Node, old: Node) => next.spec === old.spec,
};

function reconcile(key: string, view: View): Outcome {
  const nodes = view.list<Node>('nodes');
  const node = nodes.get(key);
  if (node === undefined || (node.spec.podCIDR ?? '') !== '') return NOTHING;
  const [base, mask] = view.options.clusterCidr.split('/') as [string, string];
  const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - NODE_MASK);
  const count = 2 ** (NODE_MASK - Number(mask));
  for (let i = 0; i < count; i++) {
    const cidr = `${addressOf(first + i * size)}/${NODE_MASK}`;
    if (nodes.keysBy('pod-cidr', cidr).size > 0) continue;
    return { batches: [[patch('nodes', node, { spec: { podCIDR: cidr, podCIDRs: [cidr] } })]] };
  }
  const message = `Node ${key} status is now: CIDRNotAvailable`;
  return { events: [{ subject: subjectOf(node), type: 'Normal', reason: 'CIDRNotAvailable', message }], error: 'no free range' };
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

export const nodeIpamController = defineController({
  name: 'node-ipam-controller',
  component: 'cidrAllocator',
  workers: 1,
  watches: [{ resource: 'nodes', indexes: [byCidr], keys: (change) => (change.type === 'deleted' ? [] : ownKey(change)) }],
  reconcile,
});
