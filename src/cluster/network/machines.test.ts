import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toMermaid, unreachableLeaves } from '../../sim/shape.ts';
import { connectionMachine } from './connection.machine.ts';
import { conntrackMachine } from './conntrack.machine.ts';

test.each([
  ['connection', connectionMachine],
  ['conntrack', conntrackMachine],
] as const)('every state of the %s machine is reached, and its diagram is current', (name, machine) => {
  expect(unreachableLeaves(machine)).toEqual([]);
  expect(toMermaid(machine)).toBe(readFileSync(new URL(`${name}.machine.mmd`, import.meta.url), 'utf8'));
});
