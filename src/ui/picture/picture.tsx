// The canvas and what floats over it as text: legend, counts at the fleet's distance, the name under the pointer.
import { useEffect, useMemo, useRef, useState } from 'react';
import { type Mark, marks, type Subject } from '../../feed/records.ts';
import { census, countMarks } from '../../scene/layout/census.ts';
import { Stage } from '../../scene/stage.ts';
import { readTheme } from '../../scene/theme.ts';
import { MarkIcon, PacketIcon } from '../icons.tsx';
import { type Page, shownNow, usePage, usePageState } from '../store.ts';

interface Tip {
  readonly subject: Subject;
  readonly x: number;
  readonly y: number;
}

export function Picture() {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [tip, setTip] = useState<Tip>();
  const cluster = usePageState((state) => state.model.world?.cluster === true);
  const distance = usePageState((state) => state.distance);
  useEffect(() => mount(page, canvas.current!, setTip), [page]);
  return (
    <>
      <canvas ref={canvas} role="img" aria-label="The cluster as an aquarium; the same is told in the list of nodes and pods" />
      {cluster && distance === 'node' && <Legend />}
      {cluster && (distance === 'fleet' || distance === 'rack') && <Counts />}
      {tip && <TipBox tip={tip} />}
    </>
  );
}

/** Connects a stage to the page's state; returns what undoes it. */
function mount(page: Page, canvas: HTMLCanvasElement, setTip: (tip: Tip | undefined) => void): () => void {
  const theme = () => readTheme((name) => getComputedStyle(document.documentElement).getPropertyValue(name));
  const stage = new Stage(canvas, theme(), {
    select: (subject) => page.select(subject),
    hover: (subject, x, y) => setTip(subject === undefined ? undefined : { subject, x, y }),
    look(distance, nodes) {
      page.store.setState({ distance });
      page.send({ kind: 'look', distance, nodes });
    },
  });
  page.stage = stage;
  const state = page.store.getState();
  stage.setModel(state.model);
  stage.setSelected(state.selected);
  stage.setStill(state.still);
  const stop = page.store.subscribe((now, before) => {
    stage.setModel(now.model);
    if (now.selected !== before.selected) stage.setSelected(now.selected);
    if (now.still !== before.still) stage.setStill(now.still);
    if (now.theme !== before.theme || now.contrast !== before.contrast) requestAnimationFrame(() => stage.setTheme(theme()));
  });
  const size = new ResizeObserver(() => stage.resize(canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio));
  size.observe(canvas);
  document.fonts.ready.then(() => stage.setTheme(theme()));
  let frame = requestAnimationFrame(function draw(wallMs) {
    stage.frame(wallMs, shownNow(page.store.getState(), performance.now()));
    frame = requestAnimationFrame(draw);
  });
  return () => {
    cancelAnimationFrame(frame);
    size.disconnect();
    stop();
    page.stage = undefined;
  };
}

function Legend() {
  const network = usePageState((state) => state.model.world?.nodeNetwork);
  return (
    <div className="legend">
      <span>{network === undefined ? '' : `node network ${network}`}</span>
      <span>
        <PacketIcon purpose="request" /> request
      </span>
      <span>
        <PacketIcon purpose="reply" /> reply
      </span>
      <span>
        <PacketIcon purpose="dns" /> DNS
      </span>
      <span>
        <PacketIcon purpose="probe" /> probe
      </span>
      <span>
        <PacketIcon purpose="control" /> control
      </span>
      <span>
        <PacketIcon purpose="reset" /> reset
      </span>
      <span>
        <PacketIcon purpose="request" notch /> notch: address rewritten
      </span>
    </div>
  );
}

const counted: readonly Mark[] = [
  'ready',
  'running',
  'creating',
  'pending',
  'restarting',
  'failed',
  'unreachable',
  'terminating',
  'succeeded',
];
const words: Partial<Record<Mark, string>> = { running: 'not ready' };

function Counts() {
  const model = usePageState((state) => state.model);
  const { fleetVersion, pods, nodes } = model;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only these three parts of the model decide the count
  const { all, counts, many } = useMemo(() => {
    const its = census(model);
    const counts = countMarks(its.mark);
    return { all: its.mark.length - counts[0]! + its.unscheduled, counts, many: its.nodes.length };
  }, [fleetVersion, pods, nodes]);
  return (
    <div className="counts">
      <div className="big">
        {all.toLocaleString('en-US')} pods <span>on {many.toLocaleString('en-US')} nodes</span>
      </div>
      {counted.map((mark) => {
        const count = counts[marks.indexOf(mark)]!;
        return count === 0 ? null : (
          <div key={mark} className="one">
            <MarkIcon mark={mark} />
            {count.toLocaleString('en-US')} <em>{words[mark] ?? mark}</em>
          </div>
        );
      })}
    </div>
  );
}

function TipBox({ tip }: { readonly tip: Tip }) {
  const text = usePageState((state) => tipText(state.model, tip.subject));
  if (text === undefined) return null;
  const [title, ...lines] = text.split('\n');
  return (
    <div className="tip" style={{ left: tip.x + 16, top: tip.y + 14 }}>
      <b>{title}</b>
      {lines.map((line) => (
        <span key={line}>
          {line}
          <br />
        </span>
      ))}
    </div>
  );
}

/** One line of title, then what one would ask first. */
function tipText(model: Page['store'] extends { getState(): { model: infer M } } ? M : never, subject: Subject): string | undefined {
  const key = subject.slice(subject.indexOf('/') + 1);
  if (subject.startsWith('pods/')) {
    const pod = model.pods.get(key);
    return (
      pod &&
      `${pod.name}\n${pod.status}${pod.restarts > 0 ? `, ${pod.restarts} restarts` : ''}${pod.ip ? `, ${pod.ip}` : ''}\n${pod.containers.map((each) => each.image).join(', ')}`
    );
  }
  if (subject.startsWith('services/')) {
    const service = model.services.get(key);
    return (
      service &&
      `Service ${service.name}\n${service.clusterIP} ${service.ports.map((port) => port.port).join(', ')}\n${service.endpoints.filter((each) => each.ready).length} of ${service.endpoints.length} endpoints ready`
    );
  }
  const node = model.nodes.get(key);
  return node ? `${node.name}\n${node.ip}, ${node.ready === 'True' ? 'Ready' : 'NotReady'}` : key;
}
