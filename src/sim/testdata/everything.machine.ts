// A machine with every construct the compiler takes: nested and parallel states, always, history, ends of regions, raised events,
// combined guards, fixed data, wildcard, reentering, several timers at once. No pod behaves like this.
import { and, not, or, raise, setup, stateIn } from 'xstate';
import { actionWith, actions, delays, guardWith, guards } from '../machines.ts';

export type EverythingEvent =
  | { readonly type: 'GO' }
  | { readonly type: 'BACK' }
  | { readonly type: 'NEXT'; readonly code?: number }
  | { readonly type: 'AGAIN' }
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'RESET' }
  | { readonly type: 'FINISH' }
  | { readonly type: 'BELL' };

export const everythingMachine = setup({
  types: { events: {} as EverythingEvent },
  guards: { ...guards('even', 'lucky', 'rare'), atLeast: guardWith<{ n: number }>('atLeast') },
  actions: { ...actions('enter', 'leave', 'note', 'count'), paint: actionWith<{ colour: string }>('paint') },
  delays: delays('short', 'long', 'tick'),
}).createMachine({
  id: 'everything',
  initial: 'idle',
  entry: 'enter',
  on: { RESET: { target: '.idle', actions: ['note', { type: 'paint', params: { colour: 'grey' } }] } },
  states: {
    idle: {
      exit: 'leave',
      on: {
        GO: [
          { target: 'work', guard: and(['even', not('lucky')]), actions: { type: 'paint', params: { colour: 'green' } } },
          { target: 'choose', guard: { type: 'atLeast', params: { n: 3 } } },
          { target: 'work.b.waiting', guard: or(['lucky', 'rare']) },
          { actions: ['count', 'note'] },
        ],
        BELL: { actions: 'note' },
      },
    },
    choose: {
      entry: ['enter', { type: 'paint', params: { colour: 'amber' } }],
      exit: 'leave',
      always: [{ target: 'idle', guard: 'rare', actions: 'count' }, { target: 'work', guard: 'even' }, { target: 'steps' }],
    },
    work: {
      type: 'parallel',
      entry: 'enter',
      exit: ['leave', 'count'],
      onDone: { target: 'idle', actions: 'note' },
      on: { PAUSE: 'paused', AGAIN: { target: 'work', reenter: true, guard: 'lucky' }, '*': { actions: { type: 'paint', params: { colour: 'wild' } } } },
      states: {
        a: {
          initial: 'one',
          states: {
            one: { entry: 'enter', after: { short: 'two', long: { target: 'three', guard: 'even' } }, on: { NEXT: 'two' } },
            two: { entry: raise({ type: 'BELL' }), after: { tick: [{ target: 'one', guard: 'lucky' }, { target: 'three' }] }, on: { NEXT: 'three', BACK: 'one' } },
            three: { type: 'final', entry: 'note' },
          },
        },
        b: {
          initial: 'waiting',
          states: {
            waiting: { on: { BELL: 'ringing', NEXT: { target: 'ended', guard: stateIn({ work: { a: 'two' } }) } } },
            ringing: { entry: 'note', after: { tick: 'waiting' }, on: { BELL: { target: 'ringing', reenter: true }, NEXT: { target: 'ended', guard: 'even' } } },
            ended: { type: 'final' },
          },
        },
      },
    },
    steps: {
      initial: 'first',
      onDone: 'choose',
      states: {
        first: { on: { NEXT: 'second', BACK: '#everything.idle' } },
        second: { after: { long: 'first' }, on: { NEXT: 'last', PAUSE: '#everything.paused' } },
        last: { type: 'final' },
        past: { type: 'history', history: 'deep' },
      },
    },
    paused: { on: { RESUME: [{ target: 'steps.past', guard: 'even' }, { target: 'work' }], FINISH: 'end' }, after: { long: 'steps.past' } },
    end: { type: 'final', entry: ['enter', 'note'] },
  },
});
