// A pod: its phase as boxes, conditions as a line, what was asked and what is, its variables with those that are missing.
import { useState } from 'react';
import type { Mark, PodRecord } from '../../feed/records.ts';
import { sayWait, useNow } from '../clock.ts';
import { MarkIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';
import { inspectedOf, listAt, pairsAt, textAt } from './object.ts';
import { Phase } from './phase.tsx';

export function PodParts({ name }: { readonly name: string }) {
  const pod = usePageState((state) => state.model.pods.get(name));
  if (!pod) return <p style={{ marginTop: 14, color: 'var(--ink-2)' }}>This pod no longer exists.</p>;
  return (
    <>
      <PhasePart pod={pod} />
      <Conditions name={name} />
      <Facts pod={pod} name={name} />
      <Containers pod={pod} />
      <Environment name={name} />
    </>
  );
}

function PhasePart({ pod }: { readonly pod: PodRecord }) {
  const page = usePage();
  const charts = usePageState((state) => state.model.charts);
  const now = useNow(8);
  const its = [...charts.values()];
  const last = its.flatMap((chart) => chart.moves.slice(0, 1)).sort((a, b) => b.at - a.at)[0];
  const timer = its
    .flatMap((chart) => chart.timers)
    .filter((each) => each.dueAt > now)
    .sort((a, b) => a.dueAt - b.dueAt)[0];
  return (
    <>
      <h2>
        Phase
        <span>{pod.status === pod.phase ? pod.phase : `${pod.phase}, ${pod.status}`}</span>
      </h2>
      <button type="button" className="phase" title="Open the statechart that runs it" onClick={() => page.store.setState({ lens: true })}>
        <Phase pod={pod} />
      </button>
      <div style={{ display: 'flex', gap: 8, font: '500 11.5px var(--font-mono)', color: 'var(--ink-2)', marginTop: 4 }}>
        <span style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{last ? `last: ${last.event}` : ''}</span>
        <span style={{ marginLeft: 'auto', whiteSpace: 'nowrap' }}>{timer ? `${timer.delay} in ${sayWait(timer.dueAt - now)}` : ''}</span>
      </div>
    </>
  );
}

const conditionOrder = ['PodScheduled', 'PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'];
const conditionX = [12, 93, 159, 228, 292];
const conditionNames: Readonly<Record<string, string>> = {
  PodScheduled: 'Scheduled',
  PodReadyToStartContainers: 'Sandbox',
  ContainersReady: 'Containers',
};

function Conditions({ name }: { readonly name: string }) {
  const object = usePageState((state) => inspectedOf(state.model.inspected, `pods/${name}`)?.object);
  const conditions = listAt(object, 'status', 'conditions');
  const found = conditionOrder.map((type) => conditions.find((each) => textAt(each, 'type') === type));
  const known = found.filter((each) => each !== undefined);
  if (known.length === 0) return null;
  const held = known.filter((each) => textAt(each, 'status') === 'True').length;
  const broken = known.find((each) => textAt(each, 'status') !== 'True' && textAt(each, 'message') !== undefined);
  return (
    <>
      <h2>
        Conditions
        <span>{held === conditionOrder.length ? 'all five true' : `${held} of ${conditionOrder.length} true`}</span>
      </h2>
      <svg width="100%" viewBox="0 0 304 40" role="img" aria-label={`${held} of 5 conditions true`}>
        <path d="M12 10H292" stroke="var(--line)" strokeWidth="2" />
        {found.map((condition, i) => {
          const good = textAt(condition, 'status') === 'True';
          const next = textAt(found[i + 1], 'status') === 'True';
          const x = conditionX[i]!;
          const anchor = i === 0 ? 'start' : i === 4 ? 'end' : 'middle';
          return (
            <g key={conditionOrder[i]}>
              {good && next && <path d={`M${x} 10H${conditionX[i + 1]}`} stroke="var(--ready)" strokeWidth="2" />}
              <circle
                cx={x}
                cy="10"
                r="8.5"
                fill={good ? 'var(--ready)' : 'var(--water-1)'}
                stroke={good ? 'var(--ready)' : 'var(--ink-3)'}
                strokeWidth="1.4"
              />
              {good ? (
                <path
                  d={`M${x - 4.4} 10.2l3.1 3.1L${x + 4.4} 6.7`}
                  fill="none"
                  stroke="var(--water-0)"
                  strokeWidth="1.8"
                  strokeLinecap="round"
                  strokeLinejoin="round"
                />
              ) : (
                <path d={`M${x - 2.6} 7.4l5.2 5.2m0 -5.2l-5.2 5.2`} stroke="var(--ink-2)" strokeWidth="1.5" strokeLinecap="round" />
              )}
              <text
                x={i === 0 ? 0 : i === 4 ? 304 : x}
                y="34"
                textAnchor={anchor}
                style={{ font: '500 11.5px var(--font-ui)', fill: 'var(--ink-2)' }}
              >
                {conditionNames[conditionOrder[i]!] ?? conditionOrder[i]}
              </text>
            </g>
          );
        })}
      </svg>
      {broken !== undefined && <div className="miss">{textAt(broken, 'message')}</div>}
    </>
  );
}

function Facts({ pod, name }: { readonly pod: PodRecord; readonly name: string }) {
  const object = usePageState((state) => inspectedOf(state.model.inspected, `pods/${name}`)?.object);
  const labels = pairsAt(object, 'metadata', 'labels');
  const facts: [string, string | undefined][] = [
    ['pod IP', pod.ip],
    ['owner', pod.owner && `${pod.owner.kind} ${pod.owner.name}`],
    ['image', pod.containers.length === 1 ? pod.containers[0]!.image.replace(/^docker\.io\/(library\/)?/, '') : undefined],
    ['QoS class', textAt(object, 'status', 'qosClass')],
    ['labels', labels.map(([key, value]) => `${key}=${value}`).join(' ') || undefined],
  ];
  return (
    <>
      <h2>Spec and status</h2>
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
    </>
  );
}

function Containers({ pod }: { readonly pod: PodRecord }) {
  const now = useNow(4);
  if (pod.containers.length === 1 && pod.mark === 'ready' && pod.restarts === 0) return null;
  return (
    <>
      <h2>
        Containers
        <span>{pod.restarts === 0 ? '' : `${pod.restarts} restarts`}</span>
      </h2>
      {pod.containers.map((container) => (
        <div key={container.name} className="row">
          <MarkIcon mark={container.mark === 'none' ? ('unknown' as Mark) : container.mark} />
          <span title={container.image}>
            <b style={{ fontWeight: 600 }}>{container.name}</b> <code>{container.image.replace(/^docker\.io\/(library\/)?/, '')}</code>
          </span>
          <code>
            {container.backOff && container.backOff.until > now
              ? `again in ${sayWait(container.backOff.until - now)}`
              : (container.reason ?? container.state)}
          </code>
        </div>
      ))}
    </>
  );
}

const shownAtFirst = 4;

function Environment({ name }: { readonly name: string }) {
  const inspected = usePageState((state) => inspectedOf(state.model.inspected, `pods/${name}`));
  const [all, setAll] = useState(false);
  const variables = inspected?.variables ?? [];
  const missing = inspected?.missing ?? [];
  if (variables.length === 0 && missing.length === 0) return null;
  const shown = all ? variables : variables.slice(0, shownAtFirst);
  return (
    <>
      <h2>
        Environment
        <span>{shown.length < variables.length ? `${shown.length} of ${variables.length}, ` : ''}set at container start</span>
      </h2>
      <div className="env">
        {shown.map((variable) => (
          <div key={`${variable.container} ${variable.name}`} title={`${variable.name}=${variable.value}`}>
            {variable.name}
            <i>={variable.value}</i>
          </div>
        ))}
      </div>
      {variables.length > shownAtFirst && (
        <button type="button" className="more" onClick={() => setAll(!all)}>
          {all ? 'fewer' : `all ${variables.length}`}
        </button>
      )}
      {missing.map((each) => (
        <div key={each.name} className="miss">
          <code>{each.name}</code> is not set: {each.why}
        </div>
      ))}
    </>
  );
}
