import { expect, test } from 'vitest';
import { brokenRules } from '../../sim/rules.ts';
import { toMermaid, unreachableLeaves } from '../../sim/shape.ts';
import { containerMachine } from './container.machine.ts';
import { nodeMachine } from './node.machine.ts';
import { podMachine } from './pod.machine.ts';
import { probeMachine } from './probe.machine.ts';

const machines = { pod: podMachine, container: containerMachine, probe: probeMachine, node: nodeMachine };

test.each(Object.entries(machines))(
  'the machine of a %s keeps the rules, reaches every state and equals its diagram',
  async (name, machine) => {
    expect([...brokenRules(machine)]).toEqual([]);
    expect(unreachableLeaves(machine)).toEqual([]);
    await expect(toMermaid(machine)).toMatchFileSnapshot(`./${name}.machine.mmd`);
  },
);
