// A running machine drawn: active states lit, the last edge in the state's colour, the next timed edge as dots with its time left.
import { useMemo, useState } from 'react';
import type { ChartRecord, ShapeRecord } from '../../feed/records.ts';
import { sayWait } from '../clock.ts';
import { type EdgeLine, edgesAtMost, layChart, type StateBox } from './layout.ts';

interface ChartProps {
  readonly shape: ShapeRecord;
  readonly chart: ChartRecord;
  readonly now: number;
  readonly width: number;
}

/** Colour of a state by what its name says. */
export function colourOfState(path: string): string {
  if (/BackOff|Err|Failed|Error|OOM|Lost|Unreachable/i.test(path)) return 'var(--failed)';
  if (/NotReady|Starting|Unhealthy/i.test(path)) return 'var(--pending)';
  if (/Terminating|Stopping|Killing|Draining/i.test(path)) return 'var(--terminating)';
  if (/Ready|Running|Started|Healthy|Succeeded$/i.test(path)) return 'var(--ready)';
  if (/Completed|Terminated|Gone/i.test(path)) return 'var(--succeeded)';
  return 'var(--creating)';
}

const covers = (state: string, leaf: string): boolean => leaf === state || leaf.startsWith(`${state}.`);

export function Chart({ shape, chart, now, width }: ChartProps) {
  const layout = useMemo(() => layChart(shape, width), [shape, width]);
  const last = chart.moves[0];
  const colour = colourOfState(chart.active[0] ?? '');
  const timers = chart.timers.filter((timer) => timer.dueAt >= now);
  const isLast = (edge: EdgeLine): boolean =>
    last !== undefined &&
    edge.labels.some((label, i) => label === last.event || (edge.after[i] === true && last.event.includes(label))) &&
    covers(edge.from, last.from) &&
    covers(edge.to, last.to);
  const isNext = (edge: EdgeLine) =>
    timers.find((timer) => edge.after.some((after, i) => after && edge.labels[i] === timer.delay) && covers(edge.from, timer.state));
  const scale = Math.min(1.15, width / layout.width);
  const [hovered, setHovered] = useState<string>();
  const few = shape.edges.length <= edgesAtMost;
  // Of many edges only those that matter now are drawn: the last one, those that wait for time, and those of the state pointed at.
  const shown = layout.edges.filter(
    (edge) =>
      few ||
      isLast(edge) ||
      isNext(edge) ||
      edge.from === hovered ||
      (hovered === undefined && !isNext(edge) && chart.active.includes(edge.from)),
  );
  return (
    <svg
      width="100%"
      viewBox={`-2 -2 ${layout.width + 4} ${layout.height + 4}`}
      style={{ maxHeight: 400, width: (layout.width + 4) * scale }}
      role="img"
      aria-label={`${chart.title}: ${chart.active.join(', ')}`}
    >
      <defs>
        {[
          ['idle', 'var(--ink-3)'],
          ['last', colour],
          ['next', 'var(--ink)'],
        ].map(([id, fill]) => (
          <marker
            key={id}
            id={`tip-${id}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth={id === 'idle' ? 7 : 5}
            markerHeight={id === 'idle' ? 7 : 5}
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" fill={fill} />
          </marker>
        ))}
      </defs>
      {layout.states.map((state) => (
        <State
          key={state.path}
          state={state}
          active={chart.active.some((leaf) => covers(state.path, leaf))}
          previous={last?.from === state.path}
          colour={colour}
          chart={chart}
          now={now}
          timers={timers}
          point={setHovered}
        />
      ))}
      {shown.map((edge) => (
        <Edge key={`${edge.from} ${edge.to}`} edge={edge} last={isLast(edge)} due={isNext(edge)?.dueAt} now={now} colour={colour} />
      ))}
    </svg>
  );
}

interface StateProps {
  readonly state: StateBox;
  readonly active: boolean;
  readonly previous: boolean;
  readonly colour: string;
  readonly chart: ChartRecord;
  readonly now: number;
  readonly timers: ChartRecord['timers'];
  point(path: string | undefined): void;
}

function State({ state, active, previous, colour, now, timers, point }: StateProps) {
  const { x, y, w, h, leaf, name } = state;
  const timer = leaf && active ? timers.find((each) => covers(each.state, state.path) || covers(state.path, each.state)) : undefined;
  const done = timer ? Math.min(1, Math.max(0, (now - timer.setAt) / Math.max(1, timer.dueAt - timer.setAt))) : 0;
  return (
    <g onPointerEnter={() => leaf && point(state.path)} onPointerLeave={() => leaf && point(undefined)}>
      <rect
        x={x}
        y={y}
        width={w}
        height={h}
        rx={leaf ? 9 : 12}
        fill={active ? colour : 'none'}
        fillOpacity={leaf ? 1 : 0.07}
        stroke={active || previous ? colour : 'var(--glass-edge)'}
        strokeWidth={active ? 2 : 1.4}
        strokeDasharray={previous && !active ? '5 4' : undefined}
      />
      {timer && <rect x={x + 8} y={y + h - 7} width={(w - 16) * done} height="3" rx="1.5" fill="var(--water-0)" />}
      {state.initial && <circle cx={x - 7} cy={y + Math.min(h, leafTitle) / 2} r="3.5" fill="var(--ink-3)" />}
      <text
        x={leaf ? x + w / 2 : x + 16}
        y={leaf ? y + h / 2 + (timer ? 2 : 5) : y + 23}
        textAnchor={leaf ? 'middle' : 'start'}
        style={{
          font: `${active ? 700 : 600} ${leaf ? 13.5 : 15}px var(--font-ui)`,
          fill: active ? (leaf ? 'var(--water-0)' : 'var(--ink)') : 'var(--ink-2)',
        }}
      >
        {name}
      </text>
    </g>
  );
}

const leafTitle = 36;

interface EdgeProps {
  readonly edge: EdgeLine;
  readonly last: boolean;
  /** Virtual time at which a timer takes it. */
  readonly due: number | undefined;
  readonly now: number;
  readonly colour: string;
}

function Edge({ edge, last, due, now, colour }: EdgeProps) {
  const path = edge.points.map((point, i) => `${i === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('');
  const kind = due !== undefined ? 'next' : last ? 'last' : 'idle';
  const stroke = { next: 'var(--ink)', last: colour, idle: 'var(--ink-3)' }[kind];
  const words = edge.labels.map((label, i) => (edge.after[i] ? `after ${label}` : label));
  const timed = words.filter((_, i) => edge.after[i]);
  const shown = due !== undefined ? timed : words.length > 2 ? [...words.slice(0, 2), `and ${words.length - 2} more`] : words;
  return (
    <g opacity={kind === 'idle' ? 0.75 : 1}>
      <path
        d={path}
        fill="none"
        stroke={stroke}
        strokeWidth={kind === 'idle' ? 1.4 : 2.6}
        strokeDasharray={kind === 'next' ? '1 6' : undefined}
        strokeLinecap="round"
        strokeLinejoin="round"
        markerEnd={`url(#tip-${kind})`}
      />
      <g
        style={{
          font: '500 11.5px var(--font-mono)',
          paintOrder: 'stroke',
          stroke: 'var(--water-1)',
          strokeWidth: 5,
          strokeLinejoin: 'round',
        }}
        textAnchor={edge.label.anchor}
      >
        {due !== undefined && (
          <text x={edge.label.x} y={edge.label.y - 14 * shown.length} style={{ fill: 'var(--ink)', fontWeight: 650 }}>
            {`next, in ${sayWait(due - now)}`}
          </text>
        )}
        {shown.map((word, i) => (
          <text
            key={word}
            x={edge.label.x}
            y={edge.label.y - 13 * (shown.length - 1 - i)}
            style={{ fill: kind === 'last' ? colour : 'var(--ink-2)', fontWeight: kind === 'last' ? 650 : 500 }}
          >
            {word}
          </text>
        ))}
      </g>
    </g>
  );
}
