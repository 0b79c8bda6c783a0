import { describe, expect, test } from 'vitest';
import { emptyModel, reduce } from './model.ts';
import { modelAt, readRecording, recordedSource, writeRecording } from './recording.ts';
import type { FeedBatch, FeedRecord } from './records.ts';
import { crashLoop, fleetOf, guestbook, guestbookRoads, hops, inspectedFrontend, pod } from './testdata/scripted.ts';

const batch = (now: number, ...records: FeedRecord[]): FeedBatch => ({ now, records });

describe('the model', () => {
  test('holds what the guestbook feed told', () => {
    const model = modelAt(guestbook);
    expect([...model.nodes.keys()]).toEqual(['minikube', 'minikube-m02', 'minikube-m03']);
    expect(model.pods.size).toBe(19);
    expect(model.services.get('default/redis-leader')?.clusterIP).toBe('10.98.141.7');
    expect(model.roads).toEqual(guestbookRoads);
    expect(model.roadsTold).toBe(guestbookRoads.length);
    expect(model.flags.map((flag) => flag.text)[1]).toBe('kubectl apply -f guestbook/');
  });

  test('keeps a map as it is when a batch does not touch it', () => {
    const before = modelAt(guestbook);
    const after = reduce(before, batch(252_400, { kind: 'gone', what: 'pod', key: 'default/frontend-6b46678c94-2vb8l' }));
    expect(after.nodes).toBe(before.nodes);
    expect(after.pods).not.toBe(before.pods);
    expect(before.pods.has('default/frontend-6b46678c94-2vb8l')).toBe(true);
    expect(after.pods.has('default/frontend-6b46678c94-2vb8l')).toBe(false);
  });

  test('copies a map once for many records of one batch', () => {
    const pods = Array.from({ length: 500 }, (_, i) => pod({ name: `web-${i}`, workload: 'web' }));
    const model = reduce(emptyModel, batch(1, ...pods));
    expect(model.pods.size).toBe(500);
    expect(reduce(model, batch(2, { kind: 'gone', what: 'pod', key: 'default/web-3' })).pods.size).toBe(499);
    expect(model.pods.size).toBe(500);
  });

  test('forgets the hops of a flow some time after its last one', () => {
    const roads = hops(1, 1, 1000, ['pod:default/a', 'node:n', 'pod:default/b'], {});
    const other = hops(2, 2, 1900, ['pod:default/a', 'node:n'], {});
    const told = reduce(emptyModel, batch(1000, ...roads, ...other));
    expect(reduce(told, batch(1300)).roads.length).toBe(3);
    expect(reduce(told, batch(1401)).roads.map((road) => road.flow)).toEqual([2]);
    expect(reduce(told, batch(1401)).roadsTold).toBe(3);
  });

  test('puts moves before the moves of a chart and replaces its timers', () => {
    const model = modelAt(crashLoop);
    const [instance] = [...model.charts.keys()];
    const move = { at: 228_600, event: 'crashLoopBackOff', from: 'Waiting.CrashLoopBackOff', to: 'Running.Starting' };
    const after = reduce(
      model,
      batch(
        228_600,
        { kind: 'move', instance: instance!, active: ['Running.Starting'], move },
        { kind: 'timers', instance: instance!, timers: [] },
      ),
    );
    const chart = after.charts.get(instance!)!;
    expect(chart.active).toEqual(['Running.Starting']);
    expect(chart.moves[0]).toEqual(move);
    expect(chart.moves.length).toBe(5);
    expect(chart.timers).toEqual([]);
    expect(chart.guards.length).toBe(3);
  });

  test('drops the charts of an object when another one is inspected', () => {
    const model = reduce(modelAt(crashLoop), inspectedFrontend);
    expect(model.charts.size).toBe(0);
    expect(model.why).toBeUndefined();
    expect(model.inspected?.subject).toBe('pods/default/frontend-6b46678c94-2vb8l');
  });

  test('replaces bars from the first one told and starts anew when their width changes', () => {
    let model = reduce(emptyModel, batch(0, { kind: 'bars', widthMs: 1000, first: 0, counts: [1, 2, 3] }));
    model = reduce(model, batch(0, { kind: 'bars', widthMs: 1000, first: 2, counts: [9, 4] }));
    expect(model.bars).toEqual({ widthMs: 1000, counts: [1, 2, 9, 4] });
    model = reduce(model, batch(0, { kind: 'bars', widthMs: 2000, first: 0, counts: [3, 13] }));
    expect(model.bars).toEqual({ widthMs: 2000, counts: [3, 13] });
  });

  test('writes changes of the fleet into its columns and raises the version', () => {
    const model = modelAt(fleetOf(100));
    const changed = reduce(
      model,
      batch(1, {
        kind: 'fleetChange',
        rows: Uint32Array.of(5, 7),
        mark: Uint8Array.of(6, 9),
        nodes: Uint32Array.of(2),
        cpu: Uint8Array.of(200),
        unscheduled: 4,
      }),
    );
    expect([changed.fleet!.mark[5], changed.fleet!.mark[7], changed.fleet!.cpu[2], changed.fleet!.unscheduled]).toEqual([6, 9, 200, 4]);
    expect(changed.fleetVersion).toBe(model.fleetVersion + 1);
  });

  test('stops the clock at a crash and keeps inputs, terminals and time bar over a reset', () => {
    const crashed = reduce(
      modelAt(guestbook),
      batch(252_400, { kind: 'input', at: 5, command: 'x' }, { kind: 'crash', message: 'out of memory', at: 252_400 }),
    );
    expect(crashed.clock.running).toBe(false);
    const fresh = reduce(crashed, batch(0, { kind: 'reset' }));
    expect([fresh.pods.size, fresh.inputs.length, fresh.terminals.size, fresh.flags.length, fresh.crash]).toEqual([0, 1, 2, 4, undefined]);
  });
});

describe('a recording', () => {
  test('reads back as it was written, columns included', () => {
    const batches = [...guestbook, ...fleetOf(7)];
    expect(readRecording(writeRecording(batches))).toEqual(batches);
  });

  test('plays what was told up to a moment and remembers the commands', async () => {
    const source = recordedSource(crashLoop, 100);
    const heard: FeedBatch[] = [];
    source.open((each) => heard.push(each));
    source.send({ kind: 'step', steps: 1 });
    await Promise.resolve();
    expect(heard).toEqual([]);
    expect(source.sent).toEqual([{ kind: 'step', steps: 1 }]);
  });
});
