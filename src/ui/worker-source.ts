// The feed from a worker: commands out, batches in. When the worker fails it says so itself, in the feed's own words.
import type { FeedCommand, FeedSource } from '../feed/commands.ts';
import type { FeedBatch } from '../feed/records.ts';

export function workerSource(make: () => Worker): FeedSource {
  const worker = make();
  let last = 0;
  return {
    open(sink) {
      worker.onmessage = (message: MessageEvent<FeedBatch>) => {
        last = message.data.now;
        sink(message.data);
      };
      const crash = (text: string, stack?: string): void =>
        sink({ now: last, records: [{ kind: 'crash', message: text, stack, at: last }] });
      worker.onerror = (failure) => crash(failure.message || 'the worker could not be started', failure.error?.stack);
      worker.onmessageerror = () => crash('a message from the worker could not be read');
    },
    send: (command: FeedCommand) => worker.postMessage(command),
    close: () => worker.terminate(),
  };
}
