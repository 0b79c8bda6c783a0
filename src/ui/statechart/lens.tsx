// The lens: the statechart that runs the selected pod's container, alive; guards and last transitions; why, from effect to cause.
import { useEffect, useRef, useState } from 'react';
import type { ChartRecord, PodRecord, WhyRecord } from '../../feed/records.ts';
import type { Pen } from '../../scene/canvas.ts';
import { glyphsByName } from '../../scene/glyphs.ts';
import { readTheme } from '../../scene/theme.ts';
import { sayTime, sayWait, useNow } from '../clock.ts';
import { inspectedOf } from '../inspector/object.ts';
import { MarkIcon, ServiceIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';
import { Chart, colourOfState } from './chart.tsx';

export function Lens() {
  const page = usePage();
  const selected = usePageState((state) => state.selected) ?? '';
  const charts = usePageState((state) => state.model.charts);
  const pod = usePageState((state) => state.model.pods.get(selected.slice(5)));
  const [instance, setInstance] = useState<string>();
  const its = [...charts.values()].filter((chart) => chart.subject === selected);
  const worst =
    its.find((chart) => chart.active.some((leaf) => colourOfState(leaf) === 'var(--failed)')) ??
    its.find((chart) => chart.instance.includes('/containers/')) ??
    its[0];
  const chart = its.find((each) => each.instance === instance) ?? worst;
  useEffect(() => {
    if (selected !== '') page.send({ kind: 'why', subject: selected });
  }, [page, selected]);
  return (
    <>
      {pod && <Seen pod={pod} subject={selected} />}
      <section className="lens" aria-label="Statechart">
        <header>
          <h1>{chart?.title ?? pod?.name ?? 'Nothing to see'}</h1>
          <p>
            {chart
              ? `${pod && pod.restarts > 0 ? `${pod.restarts} restarts. ` : ''}This is the statechart that runs it.`
              : 'No statechart runs this object now.'}
          </p>
          <button type="button" className="close" onClick={() => page.store.setState({ lens: false })}>
            close <span className="key">Esc</span>
          </button>
        </header>
        {its.length > 1 && (
          <div className="charts" role="tablist" aria-label="Statecharts">
            {its.map((each) => (
              <button
                key={each.instance}
                type="button"
                role="tab"
                aria-selected={each === chart}
                onClick={() => setInstance(each.instance)}
              >
                {each.title}
              </button>
            ))}
          </div>
        )}
        {chart && <Running chart={chart} />}
        <WhyChain subject={selected} />
      </section>
    </>
  );
}

function Running({ chart }: { readonly chart: ChartRecord }) {
  const shape = usePageState((state) => state.model.shapes.get(chart.machine));
  const now = useNow(12);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(990);
  useEffect(() => {
    const size = new ResizeObserver(() => setWidth(Math.max(320, (box.current?.clientWidth ?? 1038) - 48)));
    size.observe(box.current!);
    return () => size.disconnect();
  }, []);
  return (
    <>
      <div className="chart" ref={box}>
        {shape ? <Chart shape={shape} chart={chart} now={now} width={width} /> : <p>{chart.active.join(', ')}</p>}
      </div>
      <section className="two">
        <div>
          <h2>Guards at this moment</h2>
          {chart.guards.length === 0 && <p style={{ color: 'var(--ink-2)' }}>No guard decides here.</p>}
          {chart.guards.map((guard) => (
            <div key={guard.text} className={`guard${guard.holds ? '' : ' not'}`}>
              {guard.holds ? <MarkIcon mark="ready" /> : <NotIcon />}
              <span>{guard.text}</span>
              <code>{guard.value}</code>
            </div>
          ))}
        </div>
        <div>
          <h2>Last transitions</h2>
          {chart.moves.slice(0, 5).map((move, i) => (
            <div key={`${move.at} ${move.from} ${move.event}`} className="move" style={{ opacity: 1 - i * 0.08 }}>
              <code>{sayTime(move.at, 1)}</code>
              <span>{move.from === '' ? 'made' : shortPath(move.from)}</span>
              <svg width="18" height="10" viewBox="0 0 18 10" style={{ justifySelf: 'center' }} aria-hidden="true">
                <path d="M0 5h18m-5 -4l5 4l-5 4" fill="none" stroke={i === 0 ? colourOfState(move.to) : 'var(--ink-2)'} strokeWidth="1.8" />
              </svg>
              <span>{shortPath(move.to)}</span>
              <code>{move.event}</code>
            </div>
          ))}
          {chart.moves.length === 0 && <p style={{ color: 'var(--ink-2)' }}>It has not moved since it was made.</p>}
        </div>
      </section>
    </>
  );
}

function NotIcon() {
  return (
    <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
      <circle r="7.2" fill="none" stroke="var(--ink-3)" strokeWidth="1.6" />
      <path d="M-2.5 -2.5L2.5 2.5M2.5 -2.5L-2.5 2.5" stroke="var(--ink-2)" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}

/** The last two names of a path say enough. */
const shortPath = (path: string): string => path.split('.').slice(-2).join('.');

function WhyChain({ subject }: { readonly subject: string }) {
  const page = usePage();
  const why: WhyRecord | undefined = usePageState((state) => (state.model.why?.subject === subject ? state.model.why : undefined));
  if (!why) return null;
  return (
    <>
      <section>
        <h2>
          {why.question}
          <span>each step is a record in the journal; click to rewind there</span>
        </h2>
        <div className="chain">
          {why.steps.slice(0, 5).map((step, i, all) => (
            <button key={step.seq} type="button" onClick={() => page.send({ kind: 'seek', to: step.at })}>
              <svg width="100%" height="24" aria-hidden="true" style={{ overflow: 'visible' }}>
                <line
                  x1="0"
                  y1="12"
                  x2="96%"
                  y2="12"
                  stroke="var(--glass-edge)"
                  strokeWidth="2"
                  strokeDasharray={i === all.length - 1 ? '1 5' : undefined}
                />
                {i > 0 && <path d="M-9 7l-6 5l6 5" fill="none" stroke="var(--ink-2)" strokeWidth="1.8" />}
                <g transform="translate(0 1)">
                  {step.mark === 'service' ? <ServiceIcon size={22} /> : <MarkIcon mark={step.mark} size={22} />}
                </g>
              </svg>
              <b>{step.title}</b>
              <span>{step.detail}</span>
              <code>{sayTime(step.at, 1)}</code>
            </button>
          ))}
        </div>
      </section>
      {why.next && (
        <div className="next">
          <b>{why.next.title}</b>
          <p>{why.next.detail}</p>
        </div>
      )}
    </>
  );
}

/** The pod itself stays visible at the left, large, with its log's last words. */
function Seen({ pod, subject }: { readonly pod: PodRecord; readonly subject: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useNow(12);
  const theme = usePageState((state) => `${state.theme} ${state.contrast}`);
  const inspected = usePageState((state) => inspectedOf(state.model.inspected, subject));
  const waiting = pod.containers.find((container) => container.backOff !== undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the page's custom properties
  useEffect(() => {
    const element = canvas.current!;
    const ratio = window.devicePixelRatio;
    const [w, h] = [element.clientWidth, element.clientHeight];
    element.width = w * ratio;
    element.height = h * ratio;
    const pen = element.getContext('2d')!;
    pen.scale(ratio, ratio);
    const colours = readTheme((name) => getComputedStyle(document.documentElement).getPropertyValue(name));
    pen.clearRect(0, 0, w, h);
    glyphsByName.get('pod')!.draw(
      pen as unknown as Pen,
      {
        key: '',
        glyph: 'pod',
        x: w / 2,
        y: h / 2,
        w: Math.min(w, h) - 20,
        h: Math.min(w, h) - 20,
        look: { pod, quiet: false },
        grow: 1,
        leaving: false,
        flash: 0,
        fade: 1,
      },
      { theme: colours, zoom: 1, now, ranMs: 0, still: true },
    );
  }, [pod, now, theme]);
  return (
    <div className="seen">
      <h1>{pod.name}</h1>
      <p className="mono">
        {pod.ip ? `${pod.ip} ` : ''}in {pod.namespace}
        {pod.node === undefined ? '' : ` on ${pod.node}`}
      </p>
      <canvas ref={canvas} style={{ width: '100%', height: 300, marginTop: 12 }} role="img" aria-label={`Pod ${pod.name}, ${pod.status}`} />
      {waiting && <Exits restarts={waiting.restarts} backOff={waiting.backOff!} now={now} />}
      {inspected?.lastLines !== undefined && inspected.lastLines.length > 0 && (
        <>
          <h2>Last lines of its log</h2>
          <pre>{inspected.lastLines.slice(-6).join('\n')}</pre>
        </>
      )}
    </div>
  );
}

const waits = [0, 10, 20, 40, 80, 160, 300];

/** How long the kubelet waits after each exit. Models: kubernetes v1.37 pkg/kubelet (MaxContainerBackOff 300 s, doubling from 10 s). */
function Exits({
  restarts,
  backOff,
  now,
}: {
  readonly restarts: number;
  readonly backOff: { readonly from: number; readonly until: number };
  readonly now: number;
}) {
  const waitS = Math.round((backOff.until - backOff.from) / 1000);
  const current = Math.max(0, waits.indexOf(waitS) >= 0 ? waits.indexOf(waitS) : Math.min(waits.length - 1, restarts));
  const done = Math.min(1, Math.max(0, (now - backOff.from) / Math.max(1, backOff.until - backOff.from)));
  return (
    <>
      <h2>Each exit doubles the wait</h2>
      {waits.map((wait, i) => {
        const w = 2 + (wait / 300) * 170;
        const style =
          i < current
            ? { width: w, background: 'color-mix(in srgb, var(--failed) 45%, transparent)' }
            : i === current
              ? {
                  width: w,
                  borderColor: 'var(--failed)',
                  background: `linear-gradient(90deg, var(--failed) ${done * 100}%, transparent 0)`,
                }
              : { width: w, borderColor: 'var(--glass-edge)', borderStyle: 'dashed' };
        return (
          <div key={wait} className={`exit${i === current ? ' now' : ''}`}>
            <span>exit {i + 1}</span>
            <div>
              <i style={style} />
              {wait === 0
                ? 'at once'
                : `${wait} s${i === current ? `, now: ${sayWait(backOff.until - now)} left` : i === waits.length - 1 ? ', the most' : ''}`}
            </div>
          </div>
        );
      })}
    </>
  );
}
