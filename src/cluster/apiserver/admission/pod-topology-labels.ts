// PodTopologyLabels: a pod on a node carries the node's zone and region.
// Models: kubernetes v1.37 plugin/pkg/admission/podtopologylabels/admission.go
import type { AnyObject } from '../../apimachinery/object.ts';
import { defineAdmission } from './plugin.ts';

const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** The pod with the labels of the node it is bound to; itself when the node has none. */
export function withTopologyLabels(pod: AnyObject, node: AnyObject | undefined): AnyObject {
  let labels: Record<string, string> | undefined;
  for (const name of TOPOLOGY_LABELS) {
    const value = node?.metadata.labels?.[name];
    if (value === undefined || pod.metadata.labels?.[name] === value) continue;
    labels ??= { ...pod.metadata.labels };
    labels[name] = value;
  }
  return labels === undefined ? pod : { ...pod, metadata: { ...pod.metadata, labels } };
}

export const podTopologyLabels = defineAdmission({
  name: 'PodTopologyLabels',
  resources: ['pods'],
  operations: ['CREATE'],
  admit(pod, { scope }) {
    const nodeName = pod['spec']?.nodeName;
    return nodeName ? withTopologyLabels(pod, scope.read('nodes', undefined, nodeName)) : pod;
  },
});
