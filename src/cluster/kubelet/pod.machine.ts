// A pod on its node: volumes, sandbox, containers, and the way out. Which container starts when is a function of the containers'
// own machines (sync.ts); here stands what the pod as a whole waits for.
// Models: kubernetes v1.37 pkg/kubelet/{kubelet,pod_workers}.go SyncPod, SyncTerminatingPod, SyncTerminatedPod
import { setup } from 'xstate';
import { actions, delays, guards } from '../../sim/machines.ts';

export type PodEvent =
  /** Admission at the node said no. */
  | { readonly type: 'REJECT' }
  /** Every init container has done its part. */
  | { readonly type: 'CONTAINERS_INITIALIZED' }
  /** No container will run again. */
  | { readonly type: 'CONTAINERS_FINISHED' }
  /** Ordered by the API (deletion), by eviction or a deadline. */
  | { readonly type: 'TERMINATE' }
  | { readonly type: 'CONTAINERS_STOPPED' }
  /** Something a sync looks at has changed: spec, labels, a volume's source. */
  | { readonly type: 'SYNC' };

const mounted = [
  { guard: 'volumesReady', target: '#pod.Pending.CreatingSandbox', actions: 'mountVolumes' },
  { target: '#pod.Pending.FailedMount', reenter: true, actions: 'reportFailedMount' },
] as const;

export const podMachine = setup({
  types: { events: {} as PodEvent },
  guards: guards('volumesReady', 'deleted'),
  actions: actions(
    'admit',
    'mountVolumes',
    'reportFailedMount',
    'createSandbox',
    'syncContainers',
    'stopContainers',
    'shortenGrace',
    'publishStatus',
    'publishTerminalStatus',
    'releaseSandbox',
    'deleteObject',
  ),
  delays: delays('volumeMount', 'mountRetry', 'sandboxCreation', 'podKill', 'podCleanup'),
}).createMachine({
  id: 'pod',
  initial: 'Pending',
  states: {
    Pending: {
      initial: 'MountingVolumes',
      on: { TERMINATE: 'Terminating', CONTAINERS_FINISHED: 'Terminating' },
      states: {
        MountingVolumes: { entry: ['admit', 'publishStatus'], on: { REJECT: '#pod.Rejected' }, after: { volumeMount: mounted } },
        FailedMount: { after: { mountRetry: mounted } },
        CreatingSandbox: { after: { sandboxCreation: { target: 'Initializing', actions: ['createSandbox', 'publishStatus'] } } },
        Initializing: { entry: 'syncContainers', on: { CONTAINERS_INITIALIZED: '#pod.Running', SYNC: { actions: 'syncContainers' } } },
      },
    },
    Running: {
      entry: 'syncContainers',
      on: { SYNC: { actions: 'syncContainers' }, CONTAINERS_FINISHED: 'Terminating', TERMINATE: 'Terminating' },
    },
    Terminating: {
      initial: 'StoppingContainers',
      states: {
        StoppingContainers: { entry: 'stopContainers', on: { CONTAINERS_STOPPED: 'Stopped', TERMINATE: { actions: 'shortenGrace' } } },
        Stopped: { after: { podKill: 'CleaningUp' } },
        CleaningUp: {
          entry: 'publishTerminalStatus',
          after: { podCleanup: [{ guard: 'deleted', target: '#pod.Deleted' }, { target: '#pod.Finished' }] },
        },
      },
    },
    Finished: { entry: ['releaseSandbox', 'publishTerminalStatus'], on: { TERMINATE: 'Deleted' } },
    Rejected: { entry: 'publishTerminalStatus', on: { TERMINATE: 'Deleted' } },
    Deleted: { type: 'final', entry: ['releaseSandbox', 'publishTerminalStatus', 'deleteObject'] },
  },
});
