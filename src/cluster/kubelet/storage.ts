// Local storage limits: a pod whose containers or emptyDirs hold more than they may is evicted. Only pods with limits are looked at.
// Models: kubernetes v1.37 pkg/kubelet/eviction/eviction_manager.go localStorageEviction
import type { Handler } from '../../sim/sim.ts';
import { TreeFileSystem } from '../../posix/tree.ts';
import { formatQuantity, quantity, quantityValue, wholeQuantity } from '../apimachinery/quantity.ts';
import { subjectOf } from '../client/recorder.ts';
import type { Fleet, RowReference } from './fleet.ts';
import type { PodRow } from './rows.ts';

/** Period of the eviction manager, and of the volume statistics it uses for emptyDirs. */
const EVICTION_MS = 10_000;
const VOLUME_STATS_MS = 60_000;

export class StorageWatch {
  readonly #fleet: Fleet;
  readonly #check: Handler<RowReference>;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#check = fleet.sim.handler<RowReference>('kubelet/storage-check', (reference) => {
      const pod = fleet.podAt(reference);
      if (pod === undefined || pod.terminating || pod.terminal) return;
      const message = this.#excess(pod);
      if (message === undefined) this.watch(pod);
      else this.#evict(pod, message);
    });
  }

  /** Looks again at the node's next eviction round, if the pod has anything to exceed. */
  watch(pod: PodRow): void {
    if (!hasLimit(pod)) return;
    const { sim, relistOffsetMs } = pod.node;
    const wait = EVICTION_MS - ((sim.now + relistOffsetMs) % EVICTION_MS);
    sim.after(wait, this.#check, { row: pod.row, uid: pod.pod.metadata.uid });
  }

  #evict(pod: PodRow, message: string): void {
    pod.node.recorder.event(subjectOf(pod.pod), 'Warning', 'Evicted', message);
    pod.graceOverrideMs = 0;
    this.#fleet.podOwner.fail(pod, 'Evicted', message);
  }

  #excess(pod: PodRow): string | undefined {
    const { sim } = this.#fleet;
    const isFresh = sim.now % VOLUME_STATS_MS < EVICTION_MS;
    for (const volume of pod.pod.spec.volumes ?? []) {
      const limit = volume.emptyDir?.sizeLimit;
      if (!isFresh || limit === undefined || limit === '0' || volume.emptyDir?.medium === 'Memory') continue;
      if (usedBy(pod, volume.name) > quantityValue(quantity(limit)))
        return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
    }
    let total = 0;
    let used = 0;
    let isLimited = false;
    for (const volume of pod.pod.spec.volumes ?? [])
      if (volume.emptyDir !== undefined && volume.emptyDir.medium !== 'Memory') used += usedBy(pod, volume.name);
    for (const container of pod.containers) {
      const limit = container.spec.resources?.limits?.['ephemeral-storage'];
      used += container.process?.writtenBytes() ?? 0;
      if (limit === undefined) continue;
      isLimited = true;
      total += quantityValue(quantity(limit));
    }
    if (isLimited && used > total) {
      return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(wholeQuantity(total, 'BinarySI'))}. `;
    }
    return undefined;
  }
}

function usedBy(pod: PodRow, volume: string): number {
  const files = pod.volumes?.get(volume)?.files;
  return files instanceof TreeFileSystem ? files.used() : 0;
}

function hasLimit({ pod, containers }: PodRow): boolean {
  return (
    pod.spec.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory') === true ||
    containers.some(({ spec }) => spec.resources?.limits?.['ephemeral-storage'] !== undefined)
  );
}
