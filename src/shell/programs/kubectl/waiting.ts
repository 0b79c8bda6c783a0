// Watching objects until something holds: what `wait`, `delete` and `rollout status` share.
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/tools/watch, kubectl/pkg/cmd/wait
import type { Body } from '../../../posix/program.ts';
import type { Kubectl } from './command.ts';
import { type ApiResource, resourcePath } from './discovery.ts';
import { Failure, isNotFound } from './errors.ts';
import type { Info } from './resource-builder.ts';

/** What one object went through: present with its state, or gone. */
export type Sighting = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: any } | { readonly type: 'SYNCED' };

/**
 * Calls `see` with the object's present state and every change, until it answers true (then true) or time is over (then false).
 * `SYNCED` comes once the present state has been told, so that absence is known.
 */
export function* watchObject(
  k: Kubectl,
  resource: ApiResource,
  namespace: string,
  name: string,
  timeoutMs: number,
  see: (sighting: Sighting) => Body<boolean>,
): Body<boolean> {
  const client = yield* k.client();
  const end = (yield* k.os.time()) + timeoutMs;
  const query = {
    watch: 'true',
    fieldSelector: `metadata.name=${name}`,
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '480',
  };
  for (;;) {
    const stream = yield* client.open(resourcePath(resource, namespace), query);
    let synced = false;
    try {
      for (;;) {
        const left = end - (yield* k.os.time());
        const next = yield* client.next([stream], left);
        if (next.kind === 'timeout') return false;
        if (next.kind === 'end') break;
        if (next.frame.kind !== 'watch') continue;
        const { type, object } = next.frame.event;
        if (type === 'ERROR') break;
        if (type === 'BOOKMARK') {
          if (synced || (object as any).metadata?.annotations?.['k8s.io/initial-events-end'] !== 'true') continue;
          synced = true;
          if (yield* see({ type: 'SYNCED' })) return true;
        } else if (yield* see({ type, object })) return true;
      }
    } finally {
      yield* client.close(stream);
    }
    if ((yield* k.os.time()) >= end) return false;
    // A closed watch is opened again after a moment.
    yield* k.os.sleep(1000);
  }
}

/** Waits until the object has gone or is another one of the name; false when time is over. */
export function* untilGone(k: Kubectl, info: Info, timeoutMs: number): Body<boolean> {
  const client = yield* k.client();
  const uid = info.object?.metadata?.uid;
  try {
    const now = yield* client.get(resourcePath(info.resource, info.namespace, info.name));
    if (uid !== undefined && now.metadata.uid !== uid) return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
  let present = false;
  return yield* watchObject(k, info.resource, info.namespace, info.name, timeoutMs, function* (sighting) {
    if (sighting.type === 'SYNCED') return !present;
    if (sighting.type === 'DELETED') return uid === undefined || sighting.object.metadata.uid === uid;
    present = true;
    return uid !== undefined && sighting.object.metadata.uid !== uid;
  });
}

export const TIMED_OUT = 'timed out waiting for the condition';
export const timedOut = (): Failure => new Failure(TIMED_OUT);
