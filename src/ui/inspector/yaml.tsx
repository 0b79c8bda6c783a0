// The object as `kubectl get -o yaml` prints it; keys stand out a little.
import { usePageState } from '../store.ts';

export function Yaml() {
  const subject = usePageState((state) => state.selected);
  const inspected = usePageState((state) => state.model.inspected);
  if (!inspected || inspected.subject !== subject || inspected.yaml === undefined)
    return <p style={{ marginTop: 14, color: 'var(--ink-2)' }}>No object to show.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <pre className="yaml" tabIndex={0}>
      {inspected.yaml.split('\n').map((line, i) => {
        const key = /^(\s*(?:- )?)([\w./-]+:)(.*)$/.exec(line);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          <span key={i}>
            {key ? (
              <>
                {key[1]}
                <b>{key[2]}</b>
                {key[3]}
              </>
            ) : (
              line
            )}
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}
