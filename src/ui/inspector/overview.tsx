// Nothing is selected: what there is, as short lists one can click.
import { useMemo } from 'react';
import type { Model } from '../../feed/model.ts';
import type { Mark, PodRecord } from '../../feed/records.ts';
import { orderNodes } from '../../scene/layout/layout.ts';
import { MarkIcon, ServiceIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';

const rowsAtMost = 24;

export function Overview() {
  const page = usePage();
  const nodes = usePageState((state) => state.model.nodes);
  const pods = usePageState((state) => state.model.pods);
  const services = usePageState((state) => state.model.services);
  const fleet = usePageState((state) => state.model.fleet !== undefined);
  const workloads = useMemo(() => countWorkloads(pods), [pods]);
  const names = orderNodes(nodes.values());
  return (
    <>
      <div className="head">
        <div>
          <h1>What is here</h1>
          <div className="sub">click anything to look into it</div>
        </div>
      </div>
      <h2>
        Workloads<span>ready</span>
      </h2>
      {workloads.slice(0, rowsAtMost).map((workload) => (
        <button key={workload.key} type="button" className="row" onClick={() => page.select(workload.first)}>
          <MarkIcon mark={workload.mark} />
          <span>{workload.name}</span>
          <code>{`${workload.ready}/${workload.all}`}</code>
        </button>
      ))}
      {workloads.length === 0 && fleet && <p style={{ color: 'var(--ink-2)' }}>Too many to list. Come closer to see pods one by one.</p>}
      {workloads.length === 0 && !fleet && <p style={{ color: 'var(--ink-2)' }}>None yet: kubectl create deployment web --image=nginx</p>}
      <h2>
        Services<span>cluster IP</span>
      </h2>
      {[...services.values()]
        .sort((a, b) => a.order - b.order)
        .slice(0, rowsAtMost)
        .map((service) => (
          <button
            key={`${service.namespace}/${service.name}`}
            type="button"
            className="row"
            onClick={() => page.select(`services/${service.namespace}/${service.name}`)}
          >
            <ServiceIcon />
            <span>{service.name}</span>
            <code>{service.clusterIP}</code>
          </button>
        ))}
      <h2>
        Nodes<span>{names.length > rowsAtMost ? names.length.toLocaleString('en-US') : 'address'}</span>
      </h2>
      {names.slice(0, rowsAtMost).map((name) => {
        const node = nodes.get(name)!;
        return (
          <button key={name} type="button" className="row" onClick={() => page.select(`nodes/${name}`)}>
            <MarkIcon mark={node.ready === 'True' ? 'ready' : 'failed'} />
            <span>{name}</span>
            <code>{node.ip}</code>
          </button>
        );
      })}
    </>
  );
}

interface Workload {
  readonly key: string;
  readonly name: string;
  readonly first: string;
  ready: number;
  all: number;
  mark: Mark;
}

/** Worst first within a workload: its mark is the one to look at. */
const gravity: readonly Mark[] = [
  'failed',
  'unreachable',
  'restarting',
  'pending',
  'creating',
  'running',
  'terminating',
  'unknown',
  'succeeded',
  'ready',
  'none',
];

function countWorkloads(pods: Model['pods']): readonly Workload[] {
  const its = new Map<string, Workload>();
  const worst = (a: Mark, b: Mark): Mark => (gravity.indexOf(a) <= gravity.indexOf(b) ? a : b);
  for (const pod of [...pods.values()].sort(byUse)) {
    const key = `${pod.namespace}/${pod.workload}`;
    const workload = its.get(key);
    if (!workload)
      its.set(key, {
        key,
        name: pod.workload,
        first: `pods/${pod.namespace}/${pod.name}`,
        ready: pod.mark === 'ready' ? 1 : 0,
        all: 1,
        mark: pod.mark,
      });
    else {
      workload.all++;
      if (pod.mark === 'ready') workload.ready++;
      workload.mark = worst(workload.mark, pod.mark);
    }
  }
  return [...its.values()];
}

/** The user's own first, the cluster's after. */
const byUse = (a: PodRecord, b: PodRecord): number =>
  Number(a.quiet) - Number(b.quiet) || (a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : 0);
