// A node: what it offers and who lives on it.
import { useMemo } from 'react';
import { MarkIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';
import { inspectedOf, listAt, textAt } from './object.ts';

export function NodeParts({ name }: { readonly name: string }) {
  const page = usePage();
  const node = usePageState((state) => state.model.nodes.get(name));
  const pods = usePageState((state) => state.model.pods);
  const object = usePageState((state) => inspectedOf(state.model.inspected, `nodes/${name}`)?.object);
  const its = useMemo(() => [...pods.values()].filter((pod) => pod.node === name), [pods, name]);
  if (!node) return <p style={{ marginTop: 14, color: 'var(--ink-2)' }}>This node no longer exists.</p>;
  const facts: [string, string | undefined][] = [
    ['internal IP', node.ip],
    ['pod CIDR', node.podCIDR],
    ['cpu', `${Math.round(node.cpu * 100)}% of ${textAt(object, 'status', 'allocatable', 'cpu') ?? 'allocatable'}`],
    ['memory', `${Math.round(node.memory * 100)}% of ${textAt(object, 'status', 'allocatable', 'memory') ?? 'allocatable'}`],
    ['kubelet', textAt(object, 'status', 'nodeInfo', 'kubeletVersion')],
    [
      'taints',
      listAt(object, 'spec', 'taints')
        .map((taint) => `${textAt(taint, 'key')}:${textAt(taint, 'effect')}`)
        .join(' ') || undefined,
    ],
  ];
  return (
    <>
      <h2>
        Capacity<span>{node.ready === 'True' ? (node.schedulable ? 'Ready' : 'Ready, cordoned') : 'NotReady'}</span>
      </h2>
      <dl className="kv">
        {facts.map(([key, value]) =>
          value === undefined ? null : (
            <div key={key} style={{ display: 'contents' }}>
              <dt>{key}</dt>
              <dd title={value}>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <NodeConditions conditions={listAt(object, 'status', 'conditions')} />
      <h2>
        Pods<span>{its.length}</span>
      </h2>
      {its.map((pod) => (
        <button key={pod.uid} type="button" className="row" onClick={() => page.select(`pods/${pod.namespace}/${pod.name}`)}>
          <MarkIcon mark={pod.mark} />
          <span>{pod.name}</span>
          <code>{pod.status}</code>
        </button>
      ))}
    </>
  );
}

function NodeConditions({ conditions }: { readonly conditions: ReturnType<typeof listAt> }) {
  if (conditions.length === 0) return null;
  return (
    <>
      <h2>Conditions</h2>
      {conditions.map((condition) => {
        const type = textAt(condition, 'type') ?? '';
        const status = textAt(condition, 'status') ?? '';
        const good = type === 'Ready' ? status === 'True' : status === 'False';
        return (
          <div key={type} className="row">
            <MarkIcon mark={good ? 'ready' : 'failed'} />
            <span>{type}</span>
            <code>{status}</code>
          </div>
        );
      })}
    </>
  );
}
