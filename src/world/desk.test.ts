// A page's desk without a page: commands in, batches out.
import { expect, test } from 'vitest';
import type { FeedCommand } from '../feed/commands.ts';
import { emptyModel, type Model, reduce } from '../feed/model.ts';
import type { FeedBatch } from '../feed/records.ts';
import { Desk } from './desk.ts';

/** A desk whose wall clock stands still: the world moves by `seek` only. */
function desk() {
  let model: Model = emptyModel;
  let screen = '';
  const slices: (() => void)[] = [];
  const made = new Desk({
    host: { later: (callback) => void slices.push(callback), wallMs: () => 0 },
    send(batch: FeedBatch) {
      model = reduce(model, batch);
      for (const record of batch.records) if (record.kind === 'output') screen = (screen + record.text).split('\x1bc').at(-1)!;
    },
  });
  return {
    send: (command: FeedCommand) => made.handle(command),
    /** Types a line and lets the world run to a virtual time. */
    line(text: string, until: number) {
      for (const key of `${text}\r`) made.handle({ kind: 'keys', terminal: 'main', data: key });
      made.handle({ kind: 'seek', to: until });
    },
    get model() {
      return model;
    },
    get screen() {
      return screen;
    },
  };
}

function startedDesk() {
  const its = desk();
  its.send({ kind: 'open', seed: 3 });
  its.send({ kind: 'seek', to: 500 });
  its.line('minikube start', 200_000);
  its.line('kubectl create deployment web --image=nginx', 260_000);
  return its;
}

test('a rewound world prints what it printed until then, once', () => {
  const its = startedDesk();
  const before = its.screen;
  expect(before.match(/deployment.apps\/web created/g)).toHaveLength(1);
  its.send({ kind: 'seek', to: 199_000 });
  expect(its.screen).not.toContain('web created');
  expect(its.screen.match(/Done!/g)).toHaveLength(1);
});

test('a world made again from its log is where it was, with all that was in it, and its terminal answers', () => {
  const its = startedDesk();
  const again = desk();
  again.send({
    kind: 'open',
    seed: 3,
    inputs: its.model.inputs.map(({ at, command }) => ({ at, command })),
    until: its.model.clock.now,
  });
  expect(again.model.clock.now).toBe(its.model.clock.now);
  expect([...again.model.pods.keys()].sort()).toEqual([...its.model.pods.keys()].sort());
  expect([...again.model.pods.keys()].filter((name) => name.startsWith('default/web-'))).toHaveLength(1);
  expect(again.screen).toBe(its.screen);
  again.line('kubectl get deployment web', 270_000);
  expect(again.screen).toMatch(/web +1\/1 +1 +1/);
});
