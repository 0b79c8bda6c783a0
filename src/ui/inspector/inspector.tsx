// The inspector: what is selected, or what there is to select.
import type { ReactNode } from 'react';
import { PodIcon, ServiceIcon } from '../icons.tsx';
import { Split } from '../panels.tsx';
import { usePage, usePageState } from '../store.ts';
import { Events } from './events.tsx';
import { NodeParts } from './node.tsx';
import { Overview } from './overview.tsx';
import { PodParts } from './pod.tsx';
import { ServiceParts } from './service.tsx';
import { Why } from './why.tsx';
import { Yaml } from './yaml.tsx';

export function Inspector() {
  const selected = usePageState((state) => state.selected);
  return (
    <aside className={`insp${selected === undefined ? '' : ' open'}`} aria-label="Inspector">
      <Split variable="--insp" edge="left" initial={344} least={260} most={720} label="Width of the inspector" />
      {selected === undefined ? (
        <div className="scroll">
          <Overview />
        </div>
      ) : (
        <Selected subject={selected} />
      )}
    </aside>
  );
}

const views = ['summary', 'yaml', 'why'] as const;
const viewNames = { summary: 'Summary', yaml: 'YAML', why: 'Why' };

function Selected({ subject }: { readonly subject: string }) {
  const page = usePage();
  const view = usePageState((state) => state.view);
  return (
    <>
      <div className="scroll">
        <Head subject={subject} />
        <div className="views" role="tablist" aria-label="Views">
          {views.map((each) => (
            <button
              key={each}
              type="button"
              role="tab"
              aria-selected={each === view}
              onClick={() => (each === 'why' ? page.why(subject) : page.store.setState({ view: each }))}
            >
              {viewNames[each]}
            </button>
          ))}
        </div>
        {view === 'yaml' ? <Yaml /> : view === 'why' ? <Why subject={subject} /> : <Summary subject={subject} />}
      </div>
      {view !== 'why' && (
        <button type="button" className="why" onClick={() => page.why(subject)}>
          Why is it here? <span className="key">W</span>
        </button>
      )}
    </>
  );
}

function Summary({ subject }: { readonly subject: string }) {
  return (
    <>
      {subject.startsWith('pods/') && <PodParts name={subject.slice(5)} />}
      {subject.startsWith('nodes/') && <NodeParts name={subject.slice(6)} />}
      {subject.startsWith('services/') && <ServiceParts name={subject.slice(9)} />}
      <Events />
    </>
  );
}

function Head({ subject }: { readonly subject: string }) {
  const page = usePage();
  const key = subject.slice(subject.indexOf('/') + 1);
  const pod = usePageState((state) => (subject.startsWith('pods/') ? state.model.pods.get(key) : undefined));
  const node = usePageState((state) => (subject.startsWith('nodes/') ? state.model.nodes.get(key) : undefined));
  const [namespace, name] = key.includes('/') ? key.split('/') : ['', key];
  let icon: ReactNode = <ServiceIcon size={40} />;
  let sub = `Service in ${namespace}`;
  if (subject.startsWith('pods/')) {
    icon = <PodIcon mark={pod?.mark ?? 'unknown'} />;
    sub = pod ? `Pod in ${namespace}${pod.node === undefined ? ', no node yet' : ` on ${pod.node}`}` : `Pod in ${namespace}, gone`;
  } else if (subject.startsWith('nodes/')) {
    icon = <TankIcon />;
    sub = node ? `Node ${node.ip}, ${node.role}` : 'Node, gone';
  }
  return (
    <div className="head chosen">
      {icon}
      <div style={{ minWidth: 0 }}>
        <h1 title={name}>{pod && pod.suffix !== '' && name!.length > 22 ? `${pod.workload}-…-${pod.suffix}` : name}</h1>
        <div className="sub">{sub}</div>
      </div>
      <button type="button" className="close" aria-label="Close the inspector" onClick={() => page.select(undefined)}>
        <span className="key">Esc</span>
      </button>
    </div>
  );
}

function TankIcon() {
  return (
    <svg width="40" height="40" viewBox="0 0 40 40" aria-hidden="true" style={{ flex: 'none' }}>
      <path d="M4 18Q8 15 12 18T20 18T28 18T36 18V34H4Z" fill="var(--tank-water)" />
      <path d="M4 18Q8 15 12 18T20 18T28 18T36 18" fill="none" stroke="var(--accent)" strokeWidth="1.6" />
      <rect x="4" y="6" width="32" height="29" rx="5" fill="none" stroke="var(--glass-edge)" strokeWidth="2" />
      <path d="M3 6.5H37" stroke="var(--glass-edge)" strokeWidth="4" strokeLinecap="round" />
    </svg>
  );
}
