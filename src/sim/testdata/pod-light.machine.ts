// An example of how a machine is written: a pod as a traffic light. Real ones follow the same three parts.
// 1. The vocabulary: events (orders imperative, reports past tense), and the names that the owner answers.
// 2. setup: types, guards, actions, delays; names only.
// 3. The definition: plain data.
import { setup } from 'xstate';
import { actions, delays, guards } from '../machines.ts';

export type PodLightEvent =
  | { readonly type: 'START' }
  | { readonly type: 'STOP' }
  | { readonly type: 'IMAGE_PULLED' }
  | { readonly type: 'PULL_FAILED'; readonly reason: string }
  | { readonly type: 'EXITED'; readonly code: number };

export const podLightMachine = setup({
  types: { events: {} as PodLightEvent },
  guards: guards('imageCached', 'exitedWithSuccess'),
  actions: actions('pullImage', 'countRestart', 'publishStatus'),
  delays: delays('imagePullBackOff', 'crashLoopBackOff', 'terminationGracePeriod'),
}).createMachine({
  id: 'podLight',
  initial: 'Red',
  states: {
    Red: { on: { START: [{ target: 'Green', guard: 'imageCached' }, { target: 'Amber' }] } },
    Amber: {
      initial: 'Pulling',
      on: { STOP: 'Off' },
      states: {
        Pulling: { entry: 'pullImage', on: { IMAGE_PULLED: '#podLight.Green', PULL_FAILED: 'ImagePullBackOff' } },
        ImagePullBackOff: { after: { imagePullBackOff: 'Pulling' } },
      },
    },
    Green: {
      entry: 'publishStatus',
      on: { EXITED: [{ target: 'Off', guard: 'exitedWithSuccess' }, { target: 'CrashLoopBackOff', actions: 'countRestart' }], STOP: 'Terminating' },
    },
    CrashLoopBackOff: { entry: 'publishStatus', after: { crashLoopBackOff: 'Green' }, on: { STOP: 'Off' } },
    Terminating: { after: { terminationGracePeriod: 'Off' }, on: { EXITED: 'Off' } },
    Off: { type: 'final', entry: 'publishStatus' },
  },
});
