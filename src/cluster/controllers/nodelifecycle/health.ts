// Has a node's kubelet been heard of lately? Judged by its Lease and status; a silent node's conditions become Unknown.
// Models: kubernetes v1.37 pkg/controller/nodelifecycle (tryUpdateNodeHealth), pkg/controller/util/node (MarkPodsNotReady)
// Simplified: renewals are compared with the clock of the control plane, which all machines here share; the live GET of the Lease
// before a node is declared dead is left out, as the watch is never that late.
import type { Lease } from '../../kinds/lease/lease.ts';
import type { Node } from '../../kinds/node/node.ts';
import { podIsReady } from '../../kinds/pod/facts.ts';
import type { Condition, Pod } from '../../kinds/pod/types.ts';
import { subjectOf } from '../../client/recorder.ts';
import type { Write } from '../controller.ts';
import { NODE_MONITOR_GRACE_MS, NODE_STARTUP_GRACE_MS } from '../timings.ts';
import { patch, updateStatus } from '../writes.ts';

/** What a kubelet reports. NetworkUnavailable belongs to the control plane and stays. */
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

const millis = (time: string | null | undefined): number => (time ? Date.parse(time) : 0);

/** `since`: nobody listened before, so nothing counts as missed. Times in milliseconds since 1970. */
export function isSilent(node: Node, lease: Lease | undefined, since: number, wallNow: number): boolean {
  const ready = node.status.conditions?.find((one) => one.type === 'Ready');
  const renewed = millis(lease?.spec.renewTime);
  if (ready === undefined) return wallNow > Math.max(renewed, millis(node.metadata.creationTimestamp)) + NODE_STARTUP_GRACE_MS;
  return wallNow > Math.max(renewed, millis(ready.lastHeartbeatTime), since) + NODE_MONITOR_GRACE_MS;
}

/** The node with conditions Unknown. */
export function unknownNode(node: Node, timestamp: string): Node {
  const conditions: Condition[] = [...(node.status.conditions ?? [])];
  for (const type of REPORTED) {
    const at = conditions.findIndex((one) => one.type === type);
    if (at < 0) {
      conditions.push({
        type,
        status: 'Unknown',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: timestamp,
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
      });
    } else if (conditions[at]!.status !== 'Unknown') {
      conditions[at] = {
        ...conditions[at]!,
        status: 'Unknown',
        lastTransitionTime: timestamp,
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      };
    }
  }
  return { ...node, status: { ...node.status, conditions } };
}

/** Events about a node carry no namespace, version or resourceVersion of their own: the reference is made by hand there. */
export function nodeSubject(name: string, uid: string) {
  return { kind: 'Node', name, uid, apiVersion: 'v1' } as const;
}

/** Declares a silent node; somebody who changed it meanwhile (409) may be its kubelet, so the next pass looks again. */
export function declareUnknown(node: Node, timestamp: string): Write {
  const { name, uid } = node.metadata;
  const wasReady = node.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return updateStatus('nodes', unknownNode(node, timestamp), {
    accept: [404, 409],
    ...(wasReady
      ? {
          done: {
            subject: nodeSubject(name, uid),
            type: 'Normal',
            reason: 'NodeNotReady',
            message: `Node ${name} status is now: NodeNotReady`,
          },
        }
      : {}),
  });
}

/** Its pods take no traffic any more. */
export function podsNotReady(pods: readonly Pod[], timestamp: string): readonly Write[] {
  return pods.filter(podIsReady).map((pod) => {
    const change = {
      metadata: { uid: pod.metadata.uid },
      status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: timestamp }] },
    };
    return patch('pods', pod, change, {
      subresource: 'status',
      accept: [404, 409],
      done: { subject: subjectOf(pod), type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
    });
  });
}
