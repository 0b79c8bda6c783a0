import { describe, expect, test } from 'vitest';
import { createSim } from '../../sim/sim.ts';
import type { ApiRequest, ApiResponse, WatchEvent } from '../apimachinery/rest.ts';
import { kinds } from '../kinds/kinds.ts';
import { createApiServer } from './apiserver.ts';

function server() {
  const sim = createSim({ seed: 1 });
  const api = createApiServer({ sim, kinds });
  const call = (method: ApiRequest['method'], path: string, body?: unknown, more: Partial<ApiRequest> = {}) =>
    api.handle({ method, path, body: body as never, ...more });
  call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  return { sim, api, call };
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const body = (response: ApiResponse) => response.body as any;

function collect(response: ApiResponse): { events: WatchEvent[]; ended: () => boolean } {
  const events: WatchEvent[] = [];
  let ended = false;
  response.stream!.open({
    frame: (frame) => {
      if (frame.kind === 'watch') events.push(frame.event);
    },
    end: () => {
      ended = true;
    },
  });
  return { events, ended: () => ended };
}

describe('apiserver', () => {
  test('a created object comes back complete, and a second of its name is refused', () => {
    const { call } = server();
    const created = call('POST', MAPS, { metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } });
    expect(created.status).toBe(201);
    expect(body(created)).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: body(created).metadata.uid,
        resourceVersion: '3',
        creationTimestamp: body(created).metadata.creationTimestamp,
        labels: { x: 'y' },
      },
      data: { k: 'v' },
    });
    const again = call('POST', MAPS, { metadata: { name: 'a' } });
    expect([again.status, body(again).message]).toEqual([409, 'configmaps "a" already exists']);
  });

  test('an update that changes nothing keeps the revision and tells no watcher', () => {
    const { call, api } = server();
    const created = body(call('POST', MAPS, { metadata: { name: 'a' }, data: { k: 'v' } }));
    const { events } = collect(call('GET', MAPS, undefined, { query: { watch: 'true', resourceVersion: String(api.revision) } }));
    const same = body(call('PUT', `${MAPS}/a`, { ...created, data: { k: 'v' } }));
    expect(same).toBe(created);
    const changed = body(call('PATCH', `${MAPS}/a`, { data: { k: 'w' } }, { headers: { 'content-type': 'application/merge-patch+json' } }));
    expect(changed.data).toEqual({ k: 'w' });
    expect(events).toEqual([{ type: 'MODIFIED', object: changed }]);
    const stale = call('PUT', `${MAPS}/a`, { ...created, data: {} });
    expect([stale.status, body(stale).reason]).toEqual([409, 'Conflict']);
  });

  test('an object with a finalizer is marked and goes when the finalizer does', () => {
    const { call } = server();
    call('POST', MAPS, { metadata: { name: 'a', finalizers: ['example.com/hold'] } });
    const { events } = collect(call('GET', MAPS, undefined, { query: { watch: 'true' } }));
    expect(body(call('DELETE', `${MAPS}/a`)).metadata.deletionGracePeriodSeconds).toBe(0);
    call('PATCH', `${MAPS}/a`, { metadata: { finalizers: null } }, { headers: { 'content-type': 'application/merge-patch+json' } });
    expect(call('GET', `${MAPS}/a`).status).toBe(404);
    expect(events.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  test('pages of a list show one revision, whatever happens between them', () => {
    const { call } = server();
    for (const name of ['a', 'b', 'c']) call('POST', MAPS, { metadata: { name } });
    const first = body(call('GET', MAPS, undefined, { query: { limit: '2' } }));
    expect(first.metadata.remainingItemCount).toBe(1);
    call('DELETE', `${MAPS}/c`);
    call('POST', MAPS, { metadata: { name: 'd' } });
    const second = body(call('GET', MAPS, undefined, { query: { limit: '2', continue: first.metadata.continue } }));
    expect(second.items.map((item: any) => item.metadata.name)).toEqual(['c']);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  test('a selector watch sees objects come into and leave its selection', () => {
    const { call } = server();
    call('POST', MAPS, { metadata: { name: 'a', labels: { app: 'x' } } });
    const { events } = collect(call('GET', MAPS, undefined, { query: { watch: '1', labelSelector: 'app=x', resourceVersion: '3' } }));
    const headers = { 'content-type': 'application/merge-patch+json' };
    const left = body(call('PATCH', `${MAPS}/a`, { metadata: { labels: { app: 'y' } } }, { headers }));
    const back = body(call('PATCH', `${MAPS}/a`, { metadata: { labels: { app: 'x' } } }, { headers }));
    expect(events.map((event) => [event.type, (event.object as any).metadata.resourceVersion])).toEqual([
      ['DELETED', left.metadata.resourceVersion],
      ['ADDED', back.metadata.resourceVersion],
    ]);
    expect((events[0]!.object as any).metadata.labels).toEqual({ app: 'x' });
  });

  test('a watch ends at its timeout with a last bookmark', () => {
    const { call, sim } = server();
    const query = { watch: 'true', timeoutSeconds: '90', allowWatchBookmarks: 'true', resourceVersion: '2' };
    const watched = collect(call('GET', MAPS, undefined, { query }));
    sim.runUntil(89_000);
    expect([watched.events.length, watched.ended()]).toEqual([1, false]);
    sim.runUntil(91_000);
    expect([watched.events.map((event) => event.type), watched.ended()]).toEqual([['BOOKMARK', 'BOOKMARK'], true]);
  });

  test('a dry run answers what would be and stores nothing', () => {
    const { call, api } = server();
    const before = api.revision;
    expect(call('POST', MAPS, { metadata: { name: 'a' } }, { query: { dryRun: 'All' } }).status).toBe(201);
    expect([api.revision, call('GET', `${MAPS}/a`).status]).toEqual([before, 404]);
  });

  test('unknown fields are warned of, or refused when the client is strict', () => {
    const { call } = server();
    const warned = call('POST', MAPS, { metadata: { name: 'a' }, dta: {} });
    expect([warned.status, warned.headers!['warning']]).toEqual([201, '299 - "unknown field \\"dta\\""']);
    const refused = call('POST', MAPS, { metadata: { name: 'b' }, dta: {} }, { query: { fieldValidation: 'Strict' } });
    expect([refused.status, body(refused).message]).toEqual([
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"',
    ]);
  });
});
