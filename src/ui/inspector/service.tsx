// A Service: an address that exists only as a rule on every node, and the pods it may lead to.
import { MarkIcon } from '../icons.tsx';
import { usePage, usePageState } from '../store.ts';
import { inspectedOf, pairsAt } from './object.ts';

export function ServiceParts({ name }: { readonly name: string }) {
  const page = usePage();
  const service = usePageState((state) => state.model.services.get(name));
  const object = usePageState((state) => inspectedOf(state.model.inspected, `services/${name}`)?.object);
  if (!service) return <p style={{ marginTop: 14, color: 'var(--ink-2)' }}>This Service no longer exists.</p>;
  const ready = service.endpoints.filter((endpoint) => endpoint.ready).length;
  const selector = pairsAt(object, 'spec', 'selector')
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  return (
    <>
      <h2>Address</h2>
      <dl className="kv">
        <dt>type</dt>
        <dd>{service.type}</dd>
        <dt>cluster IP</dt>
        <dd>{service.clusterIP}</dd>
        {service.ports.map((port) => (
          <div key={`${port.protocol} ${port.port}`} style={{ display: 'contents' }}>
            <dt>{port.name ?? 'port'}</dt>
            <dd>
              {port.port}/{port.protocol} to {port.target}
              {port.nodePort === undefined ? '' : `, on every node at ${port.nodePort}`}
            </dd>
          </div>
        ))}
        {selector !== '' && (
          <>
            <dt>selector</dt>
            <dd title={selector}>{selector}</dd>
          </>
        )}
      </dl>
      <h2>
        Endpoints<span>{`${ready} of ${service.endpoints.length} ready`}</span>
      </h2>
      {service.endpoints.length === 0 && <p style={{ color: 'var(--ink-2)' }}>No pod matches, so connections to it are refused.</p>}
      {service.endpoints.map((endpoint) => (
        <button
          key={`${endpoint.ip}:${endpoint.port}`}
          type="button"
          className="row"
          disabled={endpoint.pod === undefined}
          onClick={() => endpoint.pod !== undefined && page.select(`pods/${endpoint.pod}`)}
        >
          <MarkIcon mark={endpoint.ready ? 'ready' : 'running'} />
          <span>{endpoint.pod?.split('/')[1] ?? endpoint.ip}</span>
          <code>
            {endpoint.ip}:{endpoint.port}
          </code>
        </button>
      ))}
    </>
  );
}
