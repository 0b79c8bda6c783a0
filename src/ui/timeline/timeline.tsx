// The time bar: play, step, speed, what happened when, and where we stand. Dragging the playhead puts the whole world there.
import { useEffect, useRef, useState } from 'react';
import { sayTime, useNow } from '../clock.ts';
import { usePage, usePageState } from '../store.ts';
import { barPath, flagsToShow, spanOf } from './bars.ts';

export function TimeBar() {
  return (
    <section className="time" aria-label="Time">
      <Buttons />
      <Speed />
      <Track />
      <Clock />
    </section>
  );
}

function Buttons() {
  const page = usePage();
  const running = usePageState((state) => state.model.clock.running);
  const icon = (path: string) => (
    <svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">
      <path d={path} fill="currentColor" />
    </svg>
  );
  return (
    <div className="buttons">
      <button type="button" aria-label="To the beginning" title="To the beginning" onClick={() => page.send({ kind: 'seek', to: 0 })}>
        {icon('M-6 -7h2.5v14h-2.5zM7 -7v14L-2 0z')}
      </button>
      <button
        type="button"
        aria-label="One event back"
        title="One event back (comma)"
        onClick={() => page.send({ kind: 'step', steps: -1 })}
      >
        {icon('M5 -6v12L-4 0zM-6.5 -6h2v12h-2z')}
      </button>
      <button
        type="button"
        className="play"
        aria-label={running ? 'Pause' : 'Play'}
        title={`${running ? 'Pause' : 'Play'} (space)`}
        onClick={() => page.send({ kind: 'pace', running: !running })}
      >
        {icon(running ? 'M-6 -7h4v14h-4zM2 -7h4v14h-4z' : 'M-5 -8L8 0L-5 8Z')}
      </button>
      <button
        type="button"
        aria-label="One event on"
        title="One event on (full stop)"
        onClick={() => page.send({ kind: 'step', steps: 1 })}
      >
        {icon('M-5 -6v12L4 0zM4.5 -6h2v12h-2z')}
      </button>
    </div>
  );
}

const saySpeed = (speed: number): string =>
  `${speed < 1 ? speed.toFixed(1) : speed < 10 && speed % 1 !== 0 ? speed.toFixed(1) : Math.round(speed).toLocaleString('en-US')}×`;

function Speed() {
  const page = usePage();
  const told = usePageState((state) => state.model.clock.speed);
  // The hand is ahead of the worker's answer: what it chose is shown until another speed is told.
  const [chosen, setChosen] = useState(told);
  const [answered, setAnswered] = useState(told);
  const [changedAt, setChangedAt] = useState(Number.NEGATIVE_INFINITY);
  if (told !== answered) {
    setAnswered(told);
    // An answer to an earlier step of the same gesture must not pull the thumb back.
    if (performance.now() - changedAt > 400) setChosen(told);
  }
  const speed = chosen;
  return (
    <div className="speed">
      <label htmlFor="speed">
        <output>{saySpeed(speed)}</output>
        <span>0.1–1000</span>
      </label>
      <input
        id="speed"
        type="range"
        min={-1}
        max={3}
        step={0.1}
        value={Math.log10(speed)}
        aria-valuetext={saySpeed(speed)}
        onChange={(change) => {
          const raw = 10 ** Number(change.currentTarget.value);
          const next = raw < 10 ? Math.round(raw * 10) / 10 : Math.round(raw);
          setChosen(next);
          setChangedAt(performance.now());
          page.send({ kind: 'pace', speed: next });
        }}
      />
    </div>
  );
}

function Track() {
  const page = usePage();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(888);
  const [dragged, setDragged] = useState<number>();
  const now = useNow(8);
  const bars = usePageState((state) => state.model.bars);
  const flags = usePageState((state) => state.model.flags);
  const reached = usePageState((state) => state.model.clock.reached);
  const blank = usePageState((state) => state.model.flags.length === 0 && state.model.world?.cluster !== true);
  useEffect(() => {
    const size = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 888));
    size.observe(box.current!);
    return () => size.disconnect();
  }, []);
  const span = spanOf(Math.max(reached, now));
  const at = dragged ?? now;
  const x = (ms: number): number => (ms / span) * width;
  const timeAt = (clientX: number): number => {
    const rect = box.current!.getBoundingClientRect();
    return Math.max(0, Math.min(Math.max(reached, now), ((clientX - rect.left) / rect.width) * span));
  };
  return (
    <div
      className="track"
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label="Moment"
      aria-valuemin={0}
      aria-valuemax={Math.round(reached)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={sayTime(at, 0)}
      onPointerDown={(gesture) => {
        gesture.currentTarget.setPointerCapture(gesture.pointerId);
        setDragged(timeAt(gesture.clientX));
      }}
      onPointerMove={(gesture) => dragged !== undefined && setDragged(timeAt(gesture.clientX))}
      onPointerUp={(gesture) => {
        setDragged(undefined);
        page.send({ kind: 'seek', to: Math.round(timeAt(gesture.clientX)) });
      }}
      onKeyDown={(gesture) => {
        const step = gesture.shiftKey ? 10_000 : 1000;
        const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: reached }[gesture.key];
        if (to === undefined) return;
        page.send({ kind: 'seek', to: Math.max(0, Math.min(reached, Math.round(to))) });
        gesture.preventDefault();
        gesture.stopPropagation();
      }}
    >
      <svg viewBox={`0 0 ${width} 63`} preserveAspectRatio="none" aria-hidden="true">
        <path d={barPath(bars, span, width)} stroke="var(--accent)" strokeOpacity=".8" strokeWidth="1.6" />
        <path
          d={`M${x(Math.max(reached, now)) + 3} 43.2H${width}`}
          stroke="var(--glass-edge)"
          strokeWidth="1.6"
          strokeDasharray="1.6 1.4"
        />
        <path d={`M0 46.5H${width}`} stroke="var(--glass-edge)" strokeWidth="1.2" />
        <path d={Array.from({ length: 11 }, (_, i) => `M${(i * width) / 10} 46.5v4`).join('')} stroke="var(--glass-edge)" />
        {flagsToShow(flags, span, width).map((flag) => (
          <g key={`${flag.at} ${flag.text}`} transform={`translate(${x(flag.at)} 0)`}>
            <path d="M0 46.5V13" stroke="var(--ink-2)" />
            <path d="M0 9.5l4 3.5l-4 3.5z" fill="var(--ink)" />
            {flag.shown !== '' && (
              <text x="8" y="17" style={{ font: '500 11.5px var(--font-mono)', fill: 'var(--ink-2)' }}>
                {flag.shown}
              </text>
            )}
          </g>
        ))}
        <g transform={`translate(${x(at)} 0)`}>
          <path d="M0 8V54" stroke="var(--focus)" strokeWidth="2" />
          <path d="M-6 60h12v-5l-6 -5l-6 5z" fill="var(--focus)" />
        </g>
        {blank && (
          <text x="22" y="36" style={{ font: '400 14px var(--font-ui)', fill: 'var(--ink-2)' }}>
            Time will be recorded here. Drag to rewind the whole world.
          </text>
        )}
      </svg>
    </div>
  );
}

function Clock() {
  const page = usePage();
  const now = useNow(15);
  const seed = usePageState((state) => state.model.world?.seed ?? 0);
  const behind = usePageState((state) => state.model.clock.reached > state.model.clock.now + 500);
  return (
    <div className="clock">
      <b>{sayTime(now)}</b>
      {behind ? (
        <button type="button" onClick={() => page.send({ kind: 'seek', to: 'now' })}>
          back to now
        </button>
      ) : (
        <span>virtual time · seed {seed}</span>
      )}
    </div>
  );
}
