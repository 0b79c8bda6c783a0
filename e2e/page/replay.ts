// The page fed by a scripted recording instead of a worker: for screenshots and for tests of the page alone. Never part of the build.
import type { FeedSource } from '../../src/feed/commands.ts';
import { recordedSource } from '../../src/feed/recording.ts';
import type { FeedBatch, FeedRecord } from '../../src/feed/records.ts';
import { crashLoop, firstScreen, fleetOf, guestbook, inspectedFrontend, pod } from '../../src/feed/testdata/scripted.ts';
import { containerMachine } from '../../src/cluster/kubelet/container.machine.ts';
import { podMachine } from '../../src/cluster/kubelet/pod.machine.ts';
import { probeMachine } from '../../src/cluster/kubelet/probe.machine.ts';
import { shapeOf } from '../../src/sim/shape.ts';
import { shapeRecord } from '../../src/world/publish.ts';
import { startPage } from '../../src/ui/start.tsx';

const wanted = new URLSearchParams(window.location.search);
const recordings: Readonly<Record<string, () => readonly FeedBatch[]>> = {
  first: () => firstScreen,
  guestbook: () => guestbook,
  crashloop: () => crashLoop,
  machines: () => realMachines(),
  many: () => manyPods(Number(wanted.get('nodes') ?? 1), Number(wanted.get('pods') ?? 24)),
  fleet: () => fleetOf(Number(wanted.get('nodes') ?? 5000)),
};
/** A small cluster with many pods in every state. */
function manyPods(nodes: number, pods: number): readonly FeedBatch[] {
  const base = guestbook[0]!.records
    .filter((record) => record.kind !== 'pod' || record.node === 'minikube')
    .filter((record) => record.kind !== 'node' || record.name === 'minikube');
  const first = base.find((record) => record.kind === 'node')!;
  const states = [
    'ready',
    'ready',
    'ready',
    'creating',
    'ready',
    'restarting',
    'failed',
    'terminating',
    'ready',
    'running',
    'succeeded',
  ] as const;
  const names = Array.from({ length: nodes }, (_, i) => (i === 0 ? 'minikube' : `minikube-m${String(i + 1).padStart(2, '0')}`));
  return [
    {
      now: 252_384,
      records: [
        ...base.filter((record) => record.kind !== 'pod' || record.quiet),
        ...names.map(
          (name, i) =>
            ({
              ...first,
              name,
              ip: `192.168.49.${i + 2}`,
              createdAt: i,
              ready: i === 3 ? 'Unknown' : 'True',
              role: i === 0 ? 'control plane' : 'worker',
            }) as FeedRecord,
        ),
        ...Array.from({ length: pods }, (_, i) =>
          pod({
            name: `web-5d4f-${(i * 7919 + 10_000).toString(36)}x`,
            workload: 'web',
            mark: states[i % states.length]!,
            node: names[i % nodes]!,
            ip: `10.244.0.${i + 10}`,
            createdAt: 100_000 + i,
          }),
        ),
        pod({ name: 'big-5d4f-aaaaa', workload: 'big', mark: 'pending', node: undefined }),
      ],
    },
  ];
}

/** The crash loop with the machines the kubelet really runs. */
function realMachines(): readonly FeedBatch[] {
  const [batch] = crashLoop;
  const records = batch!.records.flatMap((record): FeedBatch['records'] => {
    if (record.kind === 'shape') return [containerMachine, podMachine, probeMachine].map((machine) => shapeRecord(shapeOf(machine)));
    if (record.kind !== 'chart') return [record];
    const timers = record.timers.map((timer) => ({ ...timer, delay: 'crashLoopSync' }));
    const chart = {
      ...record,
      timers,
      moves: [{ at: 148_600, event: 'after plegRelist', from: 'Exited', to: 'Waiting.CrashLoopBackOff' }],
    };
    return [
      chart,
      { ...chart, instance: record.subject, machine: 'pod', title: 'Pod', active: ['Running'], timers: [], guards: [], moves: [] },
      {
        ...chart,
        instance: `${record.subject}/probe`,
        machine: probeMachine.id,
        title: 'Probe',
        active: [],
        timers: [],
        guards: [],
        moves: [],
      },
    ];
  });
  return [{ ...batch!, records }];
}

const batches = recordings[wanted.get('play') ?? 'guestbook']!();

function connect(): FeedSource {
  const source = recordedSource(batches);
  let deliver: ((batch: FeedBatch) => void) | undefined;
  return {
    ...source,
    open(sink) {
      deliver = sink;
      source.open(sink);
    },
    send(command) {
      source.send(command);
      if (command.kind === 'select' && command.subject?.includes('frontend')) setTimeout(() => deliver?.(inspectedFrontend), 0);
      if (command.kind === 'pace') {
        const clock = page.store.getState().model.clock;
        deliver?.({
          now: clock.now,
          records: [{ ...clock, running: command.running ?? clock.running, speed: command.speed ?? clock.speed }],
        });
      }
    },
  };
}

const page = startPage(document.getElementById('page')!, window.location.search, connect);
Object.assign(window, { page });
