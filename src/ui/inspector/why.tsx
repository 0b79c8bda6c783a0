// Why is it here: the journal's causes, from the effect back to whoever asked. Each step leads back to its moment.
import { sayTime } from '../clock.ts';
import { MarkIcon, ServiceIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';

export function Why({ subject }: { readonly subject: string }) {
  const page = usePage();
  const why = usePageState((state) => state.model.why);
  if (!why || why.subject !== subject) return <p style={{ marginTop: 14, color: 'var(--ink-2)' }}>Asking the journal.</p>;
  return (
    <>
      <h2>
        {why.question}
        <span>click to rewind there</span>
      </h2>
      <ol className="steps">
        {why.steps.map((step) => (
          <li key={step.seq}>
            {step.mark === 'service' ? <ServiceIcon size={18} /> : <MarkIcon mark={step.mark} size={18} />}
            <button type="button" onClick={() => page.send({ kind: 'seek', to: step.at })}>
              <b>{step.title}</b>
              <p>{step.detail}</p>
              <code>
                {sayTime(step.at)} {step.source}
              </code>
            </button>
          </li>
        ))}
      </ol>
      {why.next && (
        <div className="next" style={{ margin: 0 }}>
          <b>{why.next.title}</b>
          <p>{why.next.detail}</p>
        </div>
      )}
    </>
  );
}
