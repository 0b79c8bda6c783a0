// How a machine is owned and run: the example to start from. Its machine file is testdata/pod-light.machine.ts.
import { expect, test } from 'vitest';
import { createSim } from './sim.ts';
import { TableRunner } from './table-runner.ts';
import { podLightMachine } from './testdata/pod-light.machine.ts';

test('an owner answers the names of its machine, and the machine moves in virtual time', () => {
  const sim = createSim();
  const restarts = new Uint16Array(10);
  const asked: string[] = [];
  const lights: TableRunner<typeof podLightMachine> = new TableRunner(
    sim,
    podLightMachine,
    {
      guards: {
        imageCached: (row) => row === 1,
        exitedWithSuccess: (_row, event) => event.type === 'EXITED' && event.code === 0,
      },
      actions: {
        pullImage: (row) => asked.push(`pull for ${row}`),
        countRestart: (row) => restarts[row]!++,
        // The row stands in its new state already.
        publishStatus: (row) => asked.push(`${row} is ${lights.stateName(row)}`),
      },
      delays: {
        imagePullBackOff: () => 10_000,
        // Asked when the timer is set: countRestart came before.
        crashLoopBackOff: (row) => Math.min(300_000, 10_000 * 2 ** (restarts[row]! - 1)),
        terminationGracePeriod: () => 30_000,
      },
    },
    { journal: { source: 'kubelet', subject: (row) => `pods/default/web-${row}` } },
  );
  const green = lights.table.active.get('Green')!;

  lights.start(0);
  lights.send(0, { type: 'START' });
  lights.send(0, { type: 'PULL_FAILED', reason: 'ErrImagePull' });
  expect(lights.value(0)).toEqual({ Amber: 'ImagePullBackOff' });
  expect(lights.timers(0)).toEqual([{ name: 'imagePullBackOff', state: 'Amber.ImagePullBackOff', due: 10_000 }]);
  sim.runUntil(10_000);
  lights.send(0, { type: 'IMAGE_PULLED' });
  expect([lights.matches(0, 'Green'), lights.matches(0, 'Amber'), green[lights.stateIndex(0)]]).toEqual([true, false, 1]);
  lights.send(0, { type: 'EXITED', code: 1 });
  sim.runUntil(20_000);
  lights.send(0, { type: 'EXITED', code: 137 });
  expect(lights.timers(0)).toEqual([{ name: 'crashLoopBackOff', state: 'CrashLoopBackOff', due: 40_000 }]);
  expect(asked).toEqual(['pull for 0', 'pull for 0', '0 is Green', '0 is CrashLoopBackOff', '0 is Green', '0 is CrashLoopBackOff']);

  lights.start(1);
  lights.send(1, { type: 'START' });
  lights.send(1, { type: 'EXITED', code: 0 });
  expect([lights.done(1), lights.send(1, { type: 'START' })]).toEqual([true, false]);
  const moves = [...sim.journal.since(0)].filter(({ subject }) => subject === 'pods/default/web-1');
  expect(moves.map(({ type, data }) => ({ type, data }))).toEqual([
    { type: 'Moved', data: { machine: 'podLight', from: '', to: 'Red', event: '' } },
    { type: 'Moved', data: { machine: 'podLight', from: 'Red', to: 'Green', event: 'START' } },
    { type: 'Moved', data: { machine: 'podLight', from: 'Green', to: 'Off', event: 'EXITED' } },
  ]);
});
