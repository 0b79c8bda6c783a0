// The terminal's frame: tabs, search, and the screen, which comes as its own chunk so that the picture does not wait for it.
import { useEffect, useRef, useState } from 'react';
import { usePage, usePageState } from '../store.ts';
import type { Screen } from './screen.ts';

export function Terminal() {
  const page = usePage();
  const terminals = usePageState((state) => state.model.terminals);
  const current = usePageState((state) => state.terminal);
  const cluster = usePageState((state) => state.model.world?.cluster === true);
  const context = usePageState((state) => contextOf(state.model.world?.context, state.model.world?.version));
  const screen = useRef<Screen>(undefined);
  const [searching, setSearching] = useState(false);
  const tabs = terminals.size > 0 ? [...terminals.values()] : [{ terminal: 'main', title: 'Terminal' }];
  return (
    <>
      <div className="tabs" role="tablist" aria-label="Terminals">
        {tabs.map((tab) => (
          <button
            key={tab.terminal}
            type="button"
            role="tab"
            aria-selected={tab.terminal === current}
            onClick={() => page.store.setState({ terminal: tab.terminal })}
          >
            {tab.title}
          </button>
        ))}
        {searching && (
          <input
            aria-label="Search the terminal"
            placeholder="search, Enter for the next"
            // biome-ignore lint/a11y/noAutofocus: opened by the user's own key press to be typed into
            autoFocus
            onKeyDown={(gesture) => {
              if (gesture.key === 'Enter') screen.current?.find(gesture.currentTarget.value, gesture.shiftKey);
              if (gesture.key === 'Escape') {
                setSearching(false);
                screen.current?.focus();
              }
            }}
          />
        )}
        <em>{cluster ? context : 'nothing to install, nothing leaves this tab'}</em>
      </div>
      <ScreenBox key={current} terminal={current} held={screen} search={() => setSearching(true)} />
    </>
  );
}

const contextOf = (context = 'minikube', version?: string): string =>
  `context ${context}${version === undefined ? '' : `, Kubernetes ${version}`}`;

interface ScreenBoxProps {
  readonly terminal: string;
  readonly held: { current: Screen | undefined };
  search(): void;
}

function ScreenBox({ terminal, held, search }: ScreenBoxProps) {
  const page = usePage();
  const box = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const first = usePageState((state) => state.model.world?.cluster !== true);
  const theme = usePageState((state) => `${state.theme} ${state.contrast}`);
  const searchRef = useRef(search);
  searchRef.current = search;
  useEffect(() => {
    let gone = false;
    let undo = (): void => {};
    import('./screen.ts').then(async ({ openScreen }) => {
      await document.fonts.load('12px "JetBrains Mono Variable"').catch(() => undefined);
      if (gone || !box.current) return;
      const screen = openScreen(box.current, {
        keys: (data) => page.keys(terminal, data),
        resized: (columns, rows) => page.send({ kind: 'resize', terminal, columns, rows }),
        search: () => searchRef.current(),
      });
      held.current = screen;
      const stop = page.output(terminal, (text) => screen.write(text));
      undo = () => {
        stop();
        screen.close();
        held.current = undefined;
      };
      setReady(true);
      screen.focus();
    });
    return () => {
      gone = true;
      undo();
    };
  }, [page, terminal, held]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the page's custom properties when it changes
  useEffect(() => {
    // One frame later than the page: laying out both at once would take longer than a frame should.
    requestAnimationFrame(() => requestAnimationFrame(() => held.current?.restyle(first)));
  }, [held, first, theme, ready]);
  const selected = usePageState((state) => state.selected?.split('/').at(-1));
  useEffect(() => {
    if (ready) held.current?.mark(selected);
  }, [held, selected, ready]);
  return (
    <div className="screen" ref={box}>
      {!ready && <p className="wait">The terminal is on its way.</p>}
      {ready && first && <EnterHint held={held} terminal={terminal} />}
    </div>
  );
}

/** Beside the cursor while a line waits to be run on the first screen. */
function EnterHint({ held, terminal }: { readonly held: { current: Screen | undefined }; readonly terminal: string }) {
  const idle = usePageState((state) => state.model.terminals.get(terminal)?.idle === true);
  const [place, setPlace] = useState<{ readonly left: number; readonly top: number }>();
  useEffect(() => {
    if (!idle) return setPlace(undefined);
    let last: string | undefined;
    // Only beside a cursor that rests: while a line is being typed the hint would lie on it.
    const looking = setInterval(() => {
      const found = held.current?.cursor();
      const text = JSON.stringify(found);
      setPlace(text === last ? found : undefined);
      last = text;
    }, 150);
    return () => clearInterval(looking);
  }, [idle, held]);
  if (!place) return null;
  return (
    <span className="enter" style={place} aria-hidden="true">
      Enter
    </span>
  );
}
