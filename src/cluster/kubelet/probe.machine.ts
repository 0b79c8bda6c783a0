// One probe of one container: startup, readiness or liveness. Thresholds are counted in the owner's columns.
// Models: kubernetes v1.37 pkg/kubelet/prober/worker.go
import { setup } from 'xstate';
import { actions, delays, guards } from '../../sim/machines.ts';

export type ProbeEvent =
  | { readonly type: 'SUCCEEDED' }
  | { readonly type: 'FAILED' }
  /** The probe could not be run; it says nothing about the container. */
  | { readonly type: 'ERRORED' }
  /** The startup probe has succeeded (or there is none): liveness and readiness may begin. */
  | { readonly type: 'CONTAINER_STARTED' }
  | { readonly type: 'HOLD' };

export const probeMachine = setup({
  types: { events: {} as ProbeEvent },
  guards: guards('held', 'successThresholdMet', 'failureThresholdMet', 'onceOnly'),
  actions: actions('runProbe', 'abandonProbe', 'countSuccess', 'countFailure', 'reportError', 'setSuccess', 'setFailure'),
  delays: delays('initialDelaySeconds', 'periodSeconds'),
}).createMachine({
  id: 'probe',
  initial: 'Created',
  states: {
    Created: { always: [{ guard: 'held', target: 'Held' }, { target: 'InitialDelay' }] },
    Held: { on: { CONTAINER_STARTED: 'InitialDelay' } },
    InitialDelay: { after: { initialDelaySeconds: 'Probing' }, on: { HOLD: 'OnHold' } },
    Probing: {
      entry: 'runProbe',
      on: {
        SUCCEEDED: { target: 'Success', actions: 'countSuccess' },
        FAILED: { target: 'Failure', actions: 'countFailure' },
        ERRORED: { target: 'Resting', actions: 'reportError' },
        HOLD: { target: 'OnHold', actions: 'abandonProbe' },
      },
    },
    Success: {
      always: [{ guard: 'successThresholdMet', target: 'Verdict', actions: 'setSuccess' }, { target: 'Resting' }],
    },
    Failure: { always: [{ guard: 'failureThresholdMet', target: 'Resting', actions: 'setFailure' }, { target: 'Resting' }] },
    Verdict: { always: [{ guard: 'onceOnly', target: 'OnHold' }, { target: 'Resting' }] },
    Resting: { after: { periodSeconds: 'Probing' }, on: { HOLD: 'OnHold' } },
    /** A startup probe that succeeded, or a container that is being stopped. */
    OnHold: {},
  },
});
