// The page's state: the model the feed makes, and what the hand has chosen. Components read slices; the canvas reads it whole per frame.
import { createContext, useContext } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { Distance, FeedCommand, FeedSource } from '../feed/commands.ts';
import { emptyModel, type Model, reduce } from '../feed/model.ts';
import type { FeedBatch, Subject } from '../feed/records.ts';
import type { Stage } from '../scene/stage.ts';
import { tail } from './terminal/tail.ts';

export type ThemeName = 'deep' | 'paper';

export interface PageState {
  readonly model: Model;
  /** Wall time of the last batch, to carry the clock on between batches. */
  readonly receivedAt: number;
  readonly selected: Subject | undefined;
  readonly lens: boolean;
  readonly view: 'summary' | 'yaml' | 'why';
  readonly distance: Distance;
  readonly theme: ThemeName;
  readonly contrast: 'normal' | 'more';
  readonly still: boolean;
  readonly side: 'stage' | 'term';
  readonly terminal: string;
}

export interface Page {
  readonly store: StoreApi<PageState>;
  /** The picture, once it is mounted. */
  stage: Stage | undefined;
  send(command: FeedCommand): void;
  select(subject: Subject | undefined): void;
  why(subject: Subject): void;
  /** Types a line for the user, key by key, and presses Enter when `run`. The user's own keys take over at once. */
  type(line: string, run: boolean): void;
  /** Keys of the user. */
  keys(terminal: string, data: string): void;
  /** Output of a terminal from its beginning; later parts follow. */
  output(terminal: string, write: (text: string) => void): () => void;
  /** Starts a new world after a crash: same seed, same inputs. */
  restore(): void;
}

export interface PageOptions {
  readonly seed: number;
  readonly theme: ThemeName;
  readonly contrast: PageState['contrast'];
  readonly still: boolean;
  connect(): FeedSource;
}

const outputKept = 400_000;
const keyMs = 16;

export function createPage(options: PageOptions): Page {
  const store = createStore<PageState>(() => ({
    model: emptyModel,
    receivedAt: 0,
    selected: undefined,
    lens: false,
    view: 'summary',
    distance: 'node',
    theme: options.theme,
    contrast: options.contrast,
    still: options.still,
    side: 'stage',
    terminal: 'main',
  }));
  const written = new Map<string, { text: string; readonly readers: Set<(text: string) => void> }>();
  const paper = (terminal: string) => {
    let its = written.get(terminal);
    if (!its) written.set(terminal, (its = { text: '', readers: new Set() }));
    return its;
  };
  let source = options.connect();
  let typing: ReturnType<typeof setTimeout> | undefined;

  function receive(batch: FeedBatch): void {
    for (const record of batch.records) {
      if (record.kind !== 'output') continue;
      const its = paper(record.terminal);
      its.text = tail(its.text + record.text, outputKept);
      for (const write of its.readers) write(record.text);
    }
    store.setState((state) => ({ model: reduce(state.model, batch), receivedAt: performance.now() }));
  }

  source.open(receive);
  source.send({ kind: 'open', seed: options.seed });

  const page: Page = {
    store,
    stage: undefined,
    send: (command) => source.send(command),
    select(subject) {
      if (subject === store.getState().selected) return;
      store.setState({
        selected: subject,
        view: 'summary',
        lens: subject === undefined ? false : store.getState().lens && subject.startsWith('pods/'),
      });
      source.send({ kind: 'select', subject });
    },
    why(subject) {
      page.select(subject);
      store.setState({ view: 'why' });
      source.send({ kind: 'why', subject });
    },
    type(line, run) {
      clearTimeout(typing);
      const terminal = store.getState().terminal;
      source.send({ kind: 'keys', terminal, data: '\x15' });
      const keys = [...line, ...(run ? ['\r'] : [])];
      const next = (i: number): void => {
        if (i >= keys.length) return;
        source.send({ kind: 'keys', terminal, data: keys[i]! });
        typing = setTimeout(() => next(i + 1), keyMs);
      };
      next(0);
    },
    keys(terminal, data) {
      clearTimeout(typing);
      source.send({ kind: 'keys', terminal, data });
    },
    output(terminal, write) {
      const its = paper(terminal);
      if (its.text !== '') write(its.text);
      its.readers.add(write);
      return () => its.readers.delete(write);
    },
    restore() {
      const { inputs, clock } = store.getState().model;
      source.close();
      source = options.connect();
      store.setState({ model: emptyModel, selected: undefined, lens: false });
      source.open(receive);
      source.send({ kind: 'open', seed: options.seed, inputs: inputs.map(({ at, command }) => ({ at, command })), until: clock.now });
    },
  };
  return page;
}

/** The virtual time to show at a wall time: the clock runs on between two batches, but never far. */
export function shownNow(state: Pick<PageState, 'model' | 'receivedAt'>, wallMs: number): number {
  const { clock } = state.model;
  if (!clock.running) return clock.now;
  return clock.now + Math.min(50, Math.max(0, wallMs - state.receivedAt)) * clock.speed;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('a component of the page stands outside of <App>');
  return page;
}

export function usePageState<T>(pick: (state: PageState) => T): T {
  return useStore(usePage().store, pick);
}
