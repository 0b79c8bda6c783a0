import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { setup } from 'xstate';
import { eventsTo, leavesOf, shapeOf, toMermaid, unreachableLeaves } from './shape.ts';
import { everythingMachine } from './testdata/everything.machine.ts';
import { podLightMachine } from './testdata/pod-light.machine.ts';

test('the shape of a machine is plain data with every state and transition', () => {
  const shape = shapeOf(podLightMachine);
  expect(JSON.parse(JSON.stringify(shape))).toEqual(shape);
  expect([shape.id, shape.root.initial, shape.root.states.map(({ key }) => key)]).toEqual([
    'podLight',
    'Red',
    ['Red', 'Amber', 'Green', 'CrashLoopBackOff', 'Terminating', 'Off'],
  ]);
  expect(shape.root.states[1]).toEqual({
    key: 'Amber',
    path: 'Amber',
    type: 'compound',
    initial: 'Amber.Pulling',
    entry: [],
    exit: [],
    transitions: [{ event: 'STOP', targets: ['Off'], actions: [] }],
    states: [
      {
        key: 'Pulling',
        path: 'Amber.Pulling',
        type: 'atomic',
        entry: ['pullImage'],
        exit: [],
        transitions: [
          { event: 'IMAGE_PULLED', targets: ['Green'], actions: [] },
          { event: 'PULL_FAILED', targets: ['Amber.ImagePullBackOff'], actions: [] },
        ],
        states: [],
      },
      {
        key: 'ImagePullBackOff',
        path: 'Amber.ImagePullBackOff',
        type: 'atomic',
        entry: [],
        exit: [],
        transitions: [{ event: 'after imagePullBackOff', delay: 'imagePullBackOff', targets: ['Amber.Pulling'], actions: [] }],
        states: [],
      },
    ],
  });
});

test.each([
  ['pod-light', podLightMachine],
  ['everything', everythingMachine],
] as const)('the Mermaid diagram of %s is the one beside it', (name, machine) => {
  expect(toMermaid(machine)).toBe(readFileSync(new URL(`testdata/${name}.machine.mmd`, import.meta.url), 'utf8'));
});

test('every innermost state of both machines is reachable, and there is a shortest way to where it rests', () => {
  for (const machine of [podLightMachine, everythingMachine]) {
    expect(unreachableLeaves(machine)).toEqual([]);
  }
  // `choose` is left at once, and the end of `steps` leads back to it.
  expect(leavesOf(everythingMachine).filter((leaf) => eventsTo(everythingMachine, leaf) === undefined)).toEqual(['choose', 'steps.last']);
  expect(eventsTo(everythingMachine, 'end')).toEqual(['GO', 'PAUSE', 'FINISH']);
  expect(eventsTo(podLightMachine, 'CrashLoopBackOff')).toEqual(['START', 'EXITED']);
  expect(eventsTo(podLightMachine, 'Amber.ImagePullBackOff')).toEqual(['START', 'PULL_FAILED']);
});

test('a state that nothing enters is found', () => {
  const island = setup({}).createMachine({ id: 'island', initial: 'shore', states: { shore: {}, reef: { on: { SWIM: 'shore' } } } });
  expect(unreachableLeaves(island)).toEqual(['reef']);
  expect(eventsTo(island, 'reef')).toBeUndefined();
});
