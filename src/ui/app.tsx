// The page: top bar, picture, terminal, inspector or lens, time bar. Panels meet at hairlines and can be dragged.
import { lazy, Suspense, useEffect } from 'react';
import { Boundary } from './boundary.tsx';
import { Crash } from './crash.tsx';
import { First } from './first/first.tsx';
import { useKeys } from './keys.ts';
import { Split } from './panels.tsx';
import { Mirror } from './picture/mirror.tsx';
import { Picture } from './picture/picture.tsx';
import { type Page, PageContext, usePage, usePageState } from './store.ts';
import { Terminal } from './terminal/terminal.tsx';
import { TimeBar } from './timeline/timeline.tsx';
import { TopBar } from './topbar.tsx';

const Inspector = lazy(() => import('./inspector/inspector.tsx').then((module) => ({ default: module.Inspector })));
const Lens = lazy(() => import('./statechart/lens.tsx').then((module) => ({ default: module.Lens })));

export function App({ page }: { readonly page: Page }) {
  return (
    <PageContext.Provider value={page}>
      <Layout />
    </PageContext.Provider>
  );
}

function Layout() {
  const page = usePage();
  const cluster = usePageState((state) => state.model.world?.cluster === true);
  const lens = usePageState((state) => state.lens);
  const side = usePageState((state) => state.side);
  const theme = usePageState((state) => state.theme);
  const contrast = usePageState((state) => state.contrast);
  const crash = usePageState((state) => state.model.crash);
  useKeys();
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.dataset['contrast'] = contrast;
  }, [theme, contrast]);
  return (
    <div className={`page${cluster ? '' : ' first'}${lens ? ' lens-open' : ''}`} data-side={side}>
      <TopBar />
      <div className="sides" role="tablist" aria-label="Parts of the page">
        {(['stage', 'term'] as const).map((each) => (
          <button key={each} type="button" role="tab" aria-selected={side === each} onClick={() => page.store.setState({ side: each })}>
            {each === 'stage' ? 'Picture' : 'Terminal'}
          </button>
        ))}
      </div>
      <main className="stage" aria-label="Picture of the cluster">
        <Picture />
        <Mirror />
        {!cluster && <First />}
      </main>
      <section className="term" aria-label="Terminal">
        <Split variable="--term" edge="top" initial={236} least={96} most={640} label="Height of the terminal" />
        <Boundary part="terminal">
          <Terminal />
        </Boundary>
      </section>
      {lens ? (
        <Suspense fallback={<section className="lens" />}>
          <Boundary part="lens">
            <Lens />
          </Boundary>
        </Suspense>
      ) : (
        cluster && (
          <Suspense fallback={<aside className="insp" />}>
            <Boundary part="inspector">
              <Inspector />
            </Boundary>
          </Suspense>
        )
      )}
      <TimeBar />
      {crash && <Crash />}
    </div>
  );
}
