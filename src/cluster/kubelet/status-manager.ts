// Writes statuses: only what changed, one write per pod at a time, the newest when it is free again; then the last deletion.
// Models: kubernetes v1.37 pkg/kubelet/status/status_manager.go
import type { Handler } from '../../sim/sim.ts';
import type { Reply } from '../client/client.ts';
import type { Fleet, RowReference } from './fleet.ts';
import type { PodRow } from './rows.ts';
import { projectStatus, sameStatus } from './status.ts';
import { STATUS_SETTLE_MS } from './timings.ts';

const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' } as const;
/** Fields that come and go. */
const PASSING = [
  'message',
  'reason',
  'podIP',
  'podIPs',
  'allocatedResources',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
] as const;

export class StatusManager {
  readonly #fleet: Fleet;
  readonly #written: Handler<any>;
  readonly #deleted: Handler<any>;
  readonly #settled: Handler<RowReference>;

  constructor(fleet: Fleet) {
    const { sim } = fleet;
    this.#fleet = fleet;
    this.#written = sim.handler<any>('kubelet/status-written', ({ context, response }: Reply<RowReference>) => {
      const pod = fleet.podAt(context);
      if (pod === undefined) return;
      pod.inFlight = false;
      if (response.status === 404) pod.removed = true;
      if (response.status >= 500) {
        // Nobody was reached: everything is written again with the next change, or when the machine is back.
        pod.sent = undefined;
        return;
      }
      this.#write(pod);
    });
    this.#deleted = sim.handler<any>('kubelet/pod-deleted', ({ context, response }: Reply<RowReference>) => {
      const pod = fleet.podAt(context);
      if (pod !== undefined && response.status >= 500) pod.deleteWanted = true;
    });
    this.#settled = sim.handler<RowReference>('kubelet/status-settled', (reference) => {
      const pod = fleet.podAt(reference);
      if (pod === undefined) return;
      pod.publishTimer = 0;
      this.publish(pod);
      if (!pod.syncAfterPublish) return;
      pod.syncAfterPublish = false;
      if (!pod.terminating) fleet.podMachine.send(pod.row, { type: 'SYNC' });
    });
  }

  /** Projects now and writes what changed. */
  publish(pod: PodRow): void {
    if (pod.publishTimer !== 0 && !pod.syncAfterPublish) {
      this.#fleet.sim.cancel(pod.publishTimer);
      pod.publishTimer = 0;
    }
    const status = projectStatus(pod);
    if (sameStatus(pod.status, status)) return;
    pod.status = status;
    this.#write(pod);
  }

  /** Writes what could not be written before: the mirror of a static pod has just appeared. */
  flush(pod: PodRow): void {
    this.#write(pod);
  }

  /** Projects when the sync that is ending has been looked at. */
  publishSoon(pod: PodRow): void {
    if (pod.publishTimer !== 0) return;
    pod.publishTimer = this.#fleet.sim.after(STATUS_SETTLE_MS, this.#settled, { row: pod.row, uid: pod.pod.metadata.uid });
  }

  /** Removes the object once all statuses are written. */
  delete(pod: PodRow): void {
    pod.deleteWanted = true;
    this.#write(pod);
  }

  #write(pod: PodRow): void {
    if (pod.inFlight || pod.removed || pod.mirrorMissing) return;
    const { namespace, name, uid } = pod.pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const context: RowReference = { row: pod.row, uid };
    const { status } = pod;
    if (status !== undefined && status !== pod.sent) {
      const before = (pod.sent ?? pod.pod.status) as Readonly<Record<string, unknown>>;
      const change: Record<string, unknown> = { ...status };
      for (const field of PASSING) if (!(field in change) && before[field] !== undefined) change[field] = null;
      pod.sent = status;
      pod.inFlight = true;
      pod.node.client.send(
        { method: 'PATCH', path: `${path}/status`, headers: MERGE_PATCH, body: { metadata: { uid }, status: change } as never },
        this.#written,
        context,
      );
      return;
    }
    if (!pod.deleteWanted) return;
    pod.deleteWanted = false;
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
    pod.node.client.send({ method: 'DELETE', path, body: options as never }, this.#deleted, context);
  }
}
