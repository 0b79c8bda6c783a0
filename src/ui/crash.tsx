// The worker is gone: say so, offer its save file, and bring the world back from seed and inputs.
import { sayTime } from './clock.ts';
import { usePage, usePageState } from './store.ts';

export function Crash() {
  const page = usePage();
  const crash = usePageState((state) => state.model.crash)!;
  const seed = usePageState((state) => state.model.world?.seed ?? 0);
  const inputs = usePageState((state) => state.model.inputs);
  const download = (): void => {
    const text = JSON.stringify({ seed, inputs: inputs.map(({ at, command }) => ({ at, command })), crash }, undefined, 2);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    link.download = `kubarium-seed-${seed}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="crash" role="alertdialog" aria-labelledby="crash-title">
      <h1 id="crash-title">The world stopped</h1>
      <p>
        The simulation failed at {sayTime(crash.at)}. Nothing you did is lost: the same seed and the same {inputs.length} inputs make the
        same world again.
      </p>
      <pre>{crash.stack ?? crash.message}</pre>
      <nav>
        {/* biome-ignore lint/a11y/noAutofocus: the one thing to do next */}
        <button type="button" autoFocus onClick={() => page.restore()}>
          Restore the world
        </button>
        <button type="button" onClick={download}>
          Download its log
        </button>
      </nav>
    </div>
  );
}
