// TaintNodesByCondition: a new node takes no pods until its kubelet has reported it ready.
// Models: kubernetes v1.37 plugin/pkg/admission/nodetaint/admission.go
import { defineAdmission } from './plugin.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

export const taintNodesByCondition = defineAdmission({
  name: 'TaintNodesByCondition',
  resources: ['nodes'],
  operations: ['CREATE'],
  admit(node) {
    const taints: readonly { readonly key: string; readonly effect: string }[] = node['spec']?.taints ?? [];
    if (taints.some((taint) => taint.key === NOT_READY.key && taint.effect === NOT_READY.effect)) return node;
    return { ...node, spec: { ...node['spec'], taints: [...taints, NOT_READY] } };
  },
});
