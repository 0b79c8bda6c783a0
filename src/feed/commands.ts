// The contract page → worker: everything a hand can do. What changes the world is written into its input log with its virtual time;
// what only looks (select, look, why) is not.
import type { FeedBatch, Place, Plain, Subject } from './records.ts';

export type FeedCommand =
  /** First command: makes the world. `inputs` = `command`s of earlier `input` records with their times, replayed at top speed up to
   *  the virtual time `until` (default: the last of them). */
  | {
      readonly kind: 'open';
      readonly seed: number;
      readonly inputs?: readonly { readonly at: number; readonly command: Plain }[];
      readonly until?: number;
    }
  /** Key presses as xterm gives them, for the worker's line editor. */
  | { readonly kind: 'keys'; readonly terminal: string; readonly data: string }
  | { readonly kind: 'resize'; readonly terminal: string; readonly columns: number; readonly rows: number }
  /** A second prompt, or a tab that follows a pod's log. */
  | { readonly kind: 'openTerminal'; readonly terminal: string; readonly title: string; readonly line?: string }
  | { readonly kind: 'closeTerminal'; readonly terminal: string }
  | { readonly kind: 'pace'; readonly speed?: number; readonly running?: boolean }
  /** Runs the next queued event and stands still. Negative: back to the event before. */
  | { readonly kind: 'step'; readonly steps: number }
  /** Puts the whole world at a virtual time; `now` = the latest ever reached. */
  | { readonly kind: 'seek'; readonly to: number | 'now' }
  /** Starts `inspected`, `chart`, `move` and `timers` records for the object; undefined ends them. */
  | { readonly kind: 'select'; readonly subject: Subject | undefined }
  | { readonly kind: 'why'; readonly subject: Subject }
  /** What is on the screen: pods are told one by one only for these nodes once the cluster is large. */
  | { readonly kind: 'look'; readonly distance: Distance; readonly nodes?: readonly string[] }
  /** Follow one packet: its tickets and captions are wanted, also above 10×. */
  | { readonly kind: 'follow'; readonly flow: number | undefined; readonly place?: Place }
  /** Asks for the save file. */
  | { readonly kind: 'log' };

export const distances = ['fleet', 'rack', 'node', 'pod', 'container'] as const;
export type Distance = (typeof distances)[number];

/** Where records come from and commands go to: a worker today, a WebSocket later, a recording in tests. */
export interface FeedSource {
  /** Called once. Batches arrive in order, never during the call itself. */
  open(sink: (batch: FeedBatch) => void): void;
  send(command: FeedCommand): void;
  close(): void;
}
