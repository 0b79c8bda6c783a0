// The worker: one world on a desk, its feed to the page, its commands from there.
import type { FeedCommand } from '../feed/commands.ts';
import type { FeedBatch } from '../feed/records.ts';
import { Desk } from '../world/desk.ts';

const FRAME_MS = 16;

/** Typed arrays of a batch travel without a copy. */
function transferables({ records }: FeedBatch): Transferable[] {
  return records.flatMap((record) =>
    Object.values(record).flatMap((value) => (ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [])),
  );
}

const desk = new Desk({
  host: { later: (callback, waitMs) => void setTimeout(callback, waitMs > 0 ? Math.min(waitMs, FRAME_MS) : 0) },
  send: (batch) => self.postMessage(batch, { transfer: transferables(batch) }),
});

self.onmessage = (message: MessageEvent<FeedCommand>) => desk.handle(message.data);
