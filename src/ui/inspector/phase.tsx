// The phase of a pod as nested boxes: Pending, Running with its containers, Succeeded, Failed. The active ones are lit.
import type { ContainerSummary, PodRecord } from '../../feed/records.ts';
import { colourOfMark } from '../../scene/shapes.ts';
import { MarkShape } from '../icons.tsx';

const row = 26;
const shown = 3;

export function Phase({ pod }: { readonly pod: PodRecord }) {
  const containers = pod.containers.filter((each) => !each.init).slice(0, shown);
  const inner = 26 + Math.max(1, containers.length) * row + 6;
  const height = Math.max(88, inner + 2);
  const running = pod.phase === 'Running';
  const lit = `var(--${colourOfMark[pod.mark]})`;
  return (
    <svg width="100%" viewBox={`0 0 304 ${height + 2}`} role="img" aria-label={`Phase ${pod.phase}, ${pod.status}`}>
      <Leaf x={0.8} y={22} w={62} name="Pending" on={pod.phase === 'Pending'} colour={lit} />
      <Leaf x={230} y={4} w={73.2} name="Succeeded" on={pod.phase === 'Succeeded'} colour={lit} />
      <Leaf x={230} y={56} w={73.2} name="Failed" on={pod.phase === 'Failed'} colour={lit} />
      <Arrow d="M63 37H78" on={running} colour={lit} />
      <Arrow d="M214 19H228" on={pod.phase === 'Succeeded'} colour={lit} />
      <Arrow d="M214 71H228" on={pod.phase === 'Failed'} colour={lit} />
      <rect
        x="80"
        y="0.8"
        width="134"
        height={inner}
        rx="7"
        fill={running ? lit : 'none'}
        fillOpacity="0.12"
        stroke={running ? lit : 'var(--glass-edge)'}
        strokeWidth={running ? 1.8 : 1.2}
      />
      <text x="89" y="17" style={{ font: `${running ? 650 : 500} 12.5px var(--font-ui)`, fill: running ? 'var(--ink)' : 'var(--ink-2)' }}>
        Running
      </text>
      {containers.map((container, i) => (
        <Container key={container.name} container={container} y={26 + i * row} />
      ))}
    </svg>
  );
}

function Container({ container, y }: { readonly container: ContainerSummary; readonly y: number }) {
  const colour = `var(--${colourOfMark[container.mark]})`;
  const on = container.state === 'running';
  const name = container.name.length > 14 ? `${container.name.slice(0, 13)}…` : container.name;
  return (
    <g>
      <rect
        x="88"
        y={y}
        width="118"
        height="22"
        rx="6"
        fill={on ? colour : 'none'}
        stroke={container.mark === 'none' ? 'var(--glass-edge)' : colour}
        strokeWidth="1.5"
        strokeDasharray={on ? undefined : '4 3'}
      />
      <g transform={`translate(101 ${y + 11})`}>
        <MarkShape mark={container.mark} r={9} fill={on ? 'var(--water-0)' : colour} />
      </g>
      <text x="114" y={y + 15} style={{ font: '650 12px var(--font-ui)', fill: on ? 'var(--water-0)' : 'var(--ink)' }}>
        {name}
      </text>
    </g>
  );
}

function Leaf({
  x,
  y,
  w,
  name,
  on,
  colour,
}: {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly name: string;
  readonly on: boolean;
  readonly colour: string;
}) {
  return (
    <g>
      <rect
        x={x}
        y={y}
        width={w}
        height="30"
        rx="7"
        fill={on ? colour : 'none'}
        stroke={on ? colour : 'var(--glass-edge)'}
        strokeWidth={on ? 1.8 : 1.2}
      />
      <text
        x={x + w / 2}
        y={y + 19}
        textAnchor="middle"
        style={{ font: `${on ? 700 : 500} 12.5px var(--font-ui)`, fill: on ? 'var(--water-0)' : 'var(--ink-2)' }}
      >
        {name}
      </text>
    </g>
  );
}

function Arrow({ d, on, colour }: { readonly d: string; readonly on: boolean; readonly colour: string }) {
  const [, x, y] = /H(\d+)/.exec(d) ? [0, Number(/H(\d+)/.exec(d)![1]), Number(/M\d+ (\d+)/.exec(d)![1])] : [0, 0, 0];
  const stroke = on ? colour : 'var(--glass-edge)';
  return (
    <g>
      <path d={d} stroke={stroke} strokeWidth={on ? 2.2 : 1.3} />
      <path d={`M${x - 5} ${y - 4}L${x + 1} ${y}L${x - 5} ${y + 4}z`} fill={stroke} />
    </g>
  );
}
