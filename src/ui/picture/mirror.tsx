// The picture for the keyboard and for screen readers: a tree of nodes and their pods, and a live region that says what changed.
import { useEffect, useMemo, useState } from 'react';
import type { PodRecord } from '../../feed/records.ts';
import { orderNodes } from '../../scene/layout/layout.ts';
import { usePage, usePageState } from '../store.ts';

const podsAtMost = 400;
const sayEveryMs = 1500;

export function Mirror() {
  const page = usePage();
  const nodes = usePageState((state) => state.model.nodes);
  const pods = usePageState((state) => state.model.pods);
  const selected = usePageState((state) => state.selected);
  const byNode = useMemo(() => {
    const its = new Map<string, PodRecord[]>();
    if (pods.size > podsAtMost) return its;
    for (const pod of pods.values()) its.set(pod.node ?? '', [...(its.get(pod.node ?? '') ?? []), pod]);
    return its;
  }, [pods]);
  const item = (subject: string, text: string) => (
    <button type="button" aria-pressed={selected === subject} onClick={() => page.select(subject)}>
      {text}
    </button>
  );
  return (
    <div className="unseen">
      <ul aria-label="Nodes and pods">
        {orderNodes(nodes.values()).map((name) => {
          const node = nodes.get(name)!;
          return (
            <li key={name}>
              {item(
                `nodes/${name}`,
                `Node ${name}, ${node.ready === 'True' ? 'Ready' : 'NotReady'}, CPU ${Math.round(node.cpu * 100)} percent`,
              )}
              <ul>
                {(byNode.get(name) ?? []).map((pod) => (
                  <li key={pod.uid}>{item(`pods/${pod.namespace}/${pod.name}`, `Pod ${pod.name}, ${pod.status}`)}</li>
                ))}
              </ul>
            </li>
          );
        })}
        {(byNode.get('') ?? []).map((pod) => (
          <li key={pod.uid}>{item(`pods/${pod.namespace}/${pod.name}`, `Pod ${pod.name}, no node yet, ${pod.status}`)}</li>
        ))}
      </ul>
      <Sayings />
    </div>
  );
}

/** Says changes of state, a few at a time. */
function Sayings() {
  const page = usePage();
  const [text, setText] = useState('');
  useEffect(() => {
    let before = page.store.getState().model.pods;
    const telling = setInterval(() => {
      const now = page.store.getState().model.pods;
      if (now === before) return;
      const changed = [...now].filter(([key, pod]) => before.get(key)?.status !== pod.status);
      before = now;
      if (changed.length > 0)
        setText(
          changed.length > 4 ? `${changed.length} pods changed state` : changed.map(([, pod]) => `${pod.name} ${pod.status}`).join(', '),
        );
    }, sayEveryMs);
    return () => clearInterval(telling);
  }, [page]);
  return (
    <p aria-live="polite" role="status">
      {text}
    </p>
  );
}
