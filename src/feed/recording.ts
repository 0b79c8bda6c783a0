// A feed on paper: one batch per line of JSON. Tests and screenshots play it; a shared moment can be looked at without an engine.
import type { FeedCommand, FeedSource } from './commands.ts';
import { emptyModel, type Model, reduce } from './model.ts';
import type { FeedBatch } from './records.ts';

/** Typed arrays are written as `{"u8": [...]}` and `{"u32": [...]}`. */
export function writeRecording(batches: readonly FeedBatch[]): string {
  return batches.map((batch) => `${JSON.stringify(batch, writeColumn)}\n`).join('');
}

function writeColumn(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { u8: [...value] };
  if (value instanceof Uint32Array) return { u32: [...value] };
  return value;
}

export function readRecording(text: string): readonly FeedBatch[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line, readColumn) as FeedBatch);
}

function readColumn(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const column = value as { u8?: number[]; u32?: number[] };
  if (column.u8) return Uint8Array.from(column.u8);
  if (column.u32) return Uint32Array.from(column.u32);
  return value;
}

/** The model after every batch up to and including virtual time `until`. */
export function modelAt(batches: readonly FeedBatch[], until = Number.POSITIVE_INFINITY): Model {
  return batches.filter((batch) => batch.now <= until).reduce(reduce, emptyModel);
}

/** Plays a recording as if a worker told it: everything up to `until` at once, then nothing. Commands are kept for whoever asks. */
export function recordedSource(
  batches: readonly FeedBatch[],
  until = Number.POSITIVE_INFINITY,
): FeedSource & { readonly sent: FeedCommand[] } {
  const sent: FeedCommand[] = [];
  let closed = false;
  return {
    sent,
    open(sink) {
      queueMicrotask(() => {
        for (const batch of batches) if (!closed && batch.now <= until) sink(batch);
      });
    },
    send(command) {
      sent.push(command);
    },
    close() {
      closed = true;
    },
  };
}
