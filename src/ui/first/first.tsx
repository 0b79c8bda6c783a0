// The first screen: what this is in ten seconds, and three things to try. The picture beside it is its legend.
import { useEffect, useRef } from 'react';
import { usePage, usePageState } from '../store.ts';

interface Trial {
  readonly title: string;
  readonly detail: string;
  readonly shown: string;
  readonly line: string;
}

const trials: readonly Trial[] = [
  { title: 'Fill the tank', detail: 'a cluster boots while you watch', shown: 'minikube start', line: 'minikube start' },
  {
    title: 'Break something',
    detail: 'three nodes, one goes away',
    shown: 'minikube node stop m02',
    line: 'minikube start --nodes 3 && minikube node stop minikube-m02',
  },
  {
    title: 'Follow the packets',
    detail: 'apps talk through Services',
    shown: 'kubectl apply -f guestbook/',
    line: 'minikube start --nodes 3 && kubectl apply -f guestbook/',
  },
];

export function First() {
  const page = usePage();
  const idle = usePageState((state) => state.model.terminals.get('main')?.idle === true);
  // The terminal tells its size by itself; only keys are somebody's.
  const fresh = usePageState(({ model }) => !model.inputs.some(({ command }) => (command as { kind?: string }).kind === 'keys'));
  const typed = useRef(false);
  useEffect(() => {
    if (!idle || !fresh || typed.current) return;
    typed.current = true;
    page.type(trials[0]!.line, false);
  }, [page, idle, fresh]);
  return (
    <section className="hero">
      <h1>
        An aquarium
        <br />
        for Kubernetes
      </h1>
      <p>A whole cluster, simulated in this tab. Drive it from the terminal, watch every packet, stop time and rewind.</p>
      <ol>
        {trials.map((trial, i) => (
          <li key={trial.title}>
            <button type="button" onClick={() => page.type(trial.line, true)} title={trial.line}>
              <kbd>{i + 1}</kbd>
              <div>
                <b>{trial.title}</b>
                <span>{trial.detail}</span>
              </div>
              <code>{trial.shown}</code>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
