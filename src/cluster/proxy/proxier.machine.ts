// When kube-proxy writes its rules: at once after a quiet second, otherwise not before minSyncPeriod after the last write ended; what
// changes meanwhile is collected. Models: kubernetes v1.37 pkg/proxy/runner/bounded_frequency_runner.go
import { setup } from 'xstate';
import { actions, delays, guards } from '../../sim/machines.ts';

export type ProxierEvent =
  /** Services, EndpointSlices and Nodes are listed. */
  | { readonly type: 'CACHES_SYNCED' }
  /** A Service, an EndpointSlice or the node's topology changed. */
  | { readonly type: 'CHANGED' }
  | { readonly type: 'STOPPED' };

export const proxierMachine = setup({
  types: { events: {} as ProxierEvent },
  guards: guards('changesPending'),
  actions: actions('collectChanges', 'collectEverything', 'writeRules'),
  delays: delays('syncDuration', 'minSyncPeriod', 'fullSyncPeriod'),
}).createMachine({
  id: 'proxier',
  initial: 'WaitingForCaches',
  on: { STOPPED: '.Stopped' },
  states: {
    WaitingForCaches: { on: { CACHES_SYNCED: { target: 'Syncing', actions: 'collectEverything' } } },
    Syncing: { after: { syncDuration: { target: 'Holding', actions: 'writeRules' } } },
    Holding: {
      after: {
        minSyncPeriod: [{ guard: 'changesPending', target: 'Syncing', actions: 'collectChanges' }, { target: 'Idle' }],
      },
    },
    Idle: {
      on: { CHANGED: { target: 'Syncing', actions: 'collectChanges' } },
      after: { fullSyncPeriod: { target: 'Syncing', actions: 'collectEverything' } },
    },
    Stopped: { type: 'final' },
  },
});
