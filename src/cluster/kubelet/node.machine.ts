// A node's heartbeats: registration, then a Lease every ten seconds and a status whenever it changed, at least every five minutes.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_node_status.go, component-helpers lease controller
import { setup } from 'xstate';
import { actions, delays } from '../../sim/machines.ts';

export type NodeEvent =
  | { readonly type: 'REGISTERED' }
  | { readonly type: 'REGISTRATION_FAILED' }
  | { readonly type: 'STATUS_CHANGED' }
  /** The machine was switched off or unplugged, or came back. */
  | { readonly type: 'STOPPED' }
  | { readonly type: 'STARTED' };

export const nodeMachine = setup({
  types: { events: {} as NodeEvent },
  actions: actions('register', 'renewLease', 'postStatus'),
  delays: delays('registrationRetry', 'leaseRenewInterval', 'nodeStatusReportFrequency'),
}).createMachine({
  id: 'node',
  initial: 'Registering',
  states: {
    Registering: {
      entry: 'register',
      on: { REGISTERED: 'Registered', REGISTRATION_FAILED: 'Waiting', STOPPED: 'Stopped' },
    },
    Waiting: { after: { registrationRetry: 'Registering' }, on: { STOPPED: 'Stopped' } },
    Registered: {
      type: 'parallel',
      on: { STOPPED: 'Stopped' },
      states: {
        Lease: {
          initial: 'Held',
          states: { Held: { entry: 'renewLease', after: { leaseRenewInterval: { target: 'Held', reenter: true } } } },
        },
        Status: {
          initial: 'Posted',
          states: {
            Posted: {
              entry: 'postStatus',
              after: { nodeStatusReportFrequency: { target: 'Posted', reenter: true } },
              on: { STATUS_CHANGED: { target: 'Posted', reenter: true } },
            },
          },
        },
      },
    },
    Stopped: { on: { STARTED: 'Registering' } },
  },
});
