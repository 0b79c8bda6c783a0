// The top bar: what is being played, how far away the eye is, light or dark.
import { distances } from '../feed/commands.ts';
import { goTo, offered } from './distance.ts';
import { Logo } from './icons.tsx';
import { usePage, usePageState } from './store.ts';

export function TopBar() {
  const page = usePage();
  const theme = usePageState((state) => state.theme);
  const contrast = usePageState((state) => state.contrast);
  return (
    <header className="top">
      <div className="brand">
        <Logo />
        Kubarium
      </div>
      <Scenario />
      <Depth />
      <button
        type="button"
        className="link wide"
        aria-pressed={contrast === 'more'}
        onClick={() => page.store.setState({ contrast: contrast === 'more' ? 'normal' : 'more' })}
      >
        {contrast === 'more' ? 'Less contrast' : 'More contrast'}
      </button>
      <button type="button" className="link" onClick={() => page.store.setState({ theme: theme === 'deep' ? 'paper' : 'deep' })}>
        {theme === 'deep' ? 'Light' : 'Dark'}
      </button>
    </header>
  );
}

function Scenario() {
  const cluster = usePageState((state) => state.model.world?.cluster);
  const nodes = usePageState((state) => state.model.fleet?.nodes.length ?? state.model.nodes.size);
  const name = usePageState((state) => state.model.world?.scenario ?? state.model.world?.context ?? 'minikube');
  if (!cluster) return <div className="scenario">no cluster yet</div>;
  return (
    <div className="scenario">
      <b>{name}</b> on {nodes === 1 ? '1 node' : `${nodes.toLocaleString('en-US')} nodes`}
    </div>
  );
}

function Depth() {
  const page = usePage();
  const cluster = usePageState((state) => state.model.world?.cluster);
  const distance = usePageState((state) => (state.lens ? 'container' : state.distance));
  const open = usePageState((state) => distances.filter((each) => offered(state, each)).join(' '));
  if (!cluster) return <div className="depth" />;
  return (
    <nav className="depth" aria-label="Distance">
      {distances.map((each, i) => (
        <span key={each} style={{ display: 'contents' }}>
          {i > 0 && <i />}
          <button
            type="button"
            aria-current={each === distance}
            disabled={!open.split(' ').includes(each)}
            title={whyNot(each, open.split(' ').includes(each))}
            onClick={() => goTo(page, each)}
          >
            {each}
          </button>
        </span>
      ))}
    </nav>
  );
}

function whyNot(distance: string, open: boolean): string | undefined {
  if (open) return undefined;
  return distance === 'container' ? 'Select a pod first' : 'From five nodes on';
}
