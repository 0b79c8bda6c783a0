// The page fed by a scripted recording instead of a worker: for screenshots and for tests of the page alone. Never part of the build.
import type { FeedSource } from '../../src/feed/commands.ts';
import { recordedSource } from '../../src/feed/recording.ts';
import type { FeedBatch } from '../../src/feed/records.ts';
import { crashLoop, firstScreen, fleetOf, guestbook, inspectedFrontend } from '../../src/feed/testdata/scripted.ts';
import { startPage } from '../../src/ui/start.tsx';

const wanted = new URLSearchParams(window.location.search);
const recordings: Readonly<Record<string, () => readonly FeedBatch[]>> = {
  first: () => firstScreen,
  guestbook: () => guestbook,
  crashloop: () => crashLoop,
  fleet: () => fleetOf(Number(wanted.get('nodes') ?? 5000)),
};
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
