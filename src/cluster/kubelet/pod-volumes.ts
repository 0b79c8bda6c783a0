// Volumes of the pods on one node: what hinders them, setting them up, and bringing changed data into running pods.
// Models: kubernetes v1.37 pkg/kubelet/volumemanager
import type { FileSystem } from '../../posix/filesystem.ts';
import { TreeFileSystem } from '../../posix/tree.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import { oncePerSim } from '../client/once-per-sim.ts';
import type { Volume } from '../kinds/pod/types.ts';
import { type Fleet, fleetOf, type RowReference } from './fleet.ts';
import type { NodeKubelet } from './kubelet.ts';
import type { ObjectResource } from './object-cache.ts';
import type { PodRow } from './rows.ts';
import { POD_RESYNC_MS, SYNC_JITTER } from './timings.ts';
import { serviceAccountToken } from './token.ts';
import { checkVolume, type MountedVolume, MountError, payloadOf, payloadTree, setUpVolume, type VolumeSources } from './volumes.ts';

export interface VolumeProblem {
  readonly volume: string;
  readonly message: string;
  /** The object may simply not have arrived yet. */
  readonly pending: boolean;
}

/** Set up when somebody looks into it: most pods never look. */
class LazyVolume implements MountedVolume {
  readonly readOnly = true;
  readonly entry = TMPFS;
  readonly #owner: PodVolumes;
  readonly #pod: PodRow;
  readonly #volume: Volume;
  #made: LiveTree | undefined;

  constructor(owner: PodVolumes, pod: PodRow, volume: Volume) {
    this.#owner = owner;
    this.#pod = pod;
    this.#volume = volume;
  }

  get files(): FileSystem {
    this.#made ??= new LiveTree(this.#owner.tree(this.#pod, this.#volume));
    return this.#made;
  }

  /** Replaces the contents if they have been looked at. */
  refresh(): void {
    if (this.#made !== undefined) this.#made.tree = this.#owner.tree(this.#pod, this.#volume);
  }
}

const TMPFS = { source: 'tmpfs', type: 'tmpfs' };

/** A tree that is exchanged as a whole while it is mounted. */
class LiveTree implements FileSystem {
  tree: TreeFileSystem;
  constructor(tree: TreeFileSystem) {
    this.tree = tree;
  }
  read = (path: string) => this.tree.read(path);
  write: FileSystem['write'] = (path, text, how, now) => this.tree.write(path, text, how, now);
  stat: FileSystem['stat'] = (path, follow) => this.tree.stat(path, follow);
  list = (path: string) => this.tree.list(path);
  makeDirectory: FileSystem['makeDirectory'] = (path, mode, now) => this.tree.makeDirectory(path, mode, now);
  remove = (path: string) => this.tree.remove(path);
  rename = (from: string, to: string) => this.tree.rename(from, to);
  symlink: FileSystem['symlink'] = (target, path, now) => this.tree.symlink(target, path, now);
  chmod = (path: string, mode: number) => this.tree.chmod(path, mode);
  chown: FileSystem['chown'] = (path, uid, gid) => this.tree.chown(path, uid, gid);
  canonical = (path: string) => this.tree.canonical(path);
  mounts = () => this.tree.mounts();
  mount: FileSystem['mount'] = (path, files, options) => this.tree.mount(path, files, options);
}

class Resync {
  readonly handler: Handler<RowReference>;
  constructor(sim: Sim) {
    const fleet: Fleet = fleetOf(sim);
    this.handler = sim.handler<RowReference>('kubelet/volume-resync', (reference) => {
      const pod = fleet.podAt(reference);
      if (pod === undefined) return;
      pod.resyncTimer = 0;
      refresh(pod, false);
    });
  }
}
const resyncOf = oncePerSim((sim) => new Resync(sim));

function refresh(pod: PodRow, onlyFields: boolean): void {
  for (const volume of pod.pod.spec.volumes ?? []) {
    const mounted = pod.volumes?.get(volume.name);
    if (!(mounted instanceof LazyVolume)) continue;
    const usesFields =
      volume.downwardAPI !== undefined || volume.projected?.sources?.some(({ downwardAPI }) => downwardAPI !== undefined) === true;
    if (!onlyFields || usesFields) mounted.refresh();
  }
}

export class PodVolumes {
  readonly #node: NodeKubelet;
  readonly #resync: Handler<RowReference>;
  readonly #claims = new Map<string, MountedVolume>();

  constructor(node: NodeKubelet) {
    this.#node = node;
    this.#resync = resyncOf(node.sim).handler;
  }

  problem(pod: PodRow): VolumeProblem | undefined {
    const { volumes } = pod.pod.spec;
    if (volumes === undefined) return undefined;
    const sources = this.#sources(pod);
    for (const volume of volumes) {
      try {
        checkVolume(volume, sources);
      } catch (error) {
        if (!(error instanceof MountError)) throw error;
        return { volume: volume.name, message: error.message, pending: false };
      }
    }
    return undefined;
  }

  mount(pod: PodRow): void {
    const { volumes } = pod.pod.spec;
    if (volumes === undefined) return;
    const mounted = new Map<string, MountedVolume>();
    const sources = this.#sources(pod);
    for (const volume of volumes) {
      if (isData(volume)) mounted.set(volume.name, new LazyVolume(this, pod, volume));
      else if (volume.persistentVolumeClaim !== undefined)
        mounted.set(volume.name, this.#claim(pod, volume.persistentVolumeClaim.claimName));
      else mounted.set(volume.name, setUpVolume(volume, sources));
    }
    pod.volumes = mounted;
  }

  /** Simplified: a claim's volume is a directory of the node, the same for all pods here that use the claim. */
  #claim(pod: PodRow, name: string): MountedVolume {
    const key = `${pod.pod.metadata.namespace}/${name}`;
    let volume = this.#claims.get(key);
    if (volume === undefined) {
      volume = { files: new TreeFileSystem(undefined, { mode: 0o777 }), readOnly: false, entry: { source: '/dev/vda1', type: 'ext4' } };
      this.#claims.set(key, volume);
    }
    return volume;
  }

  /** The files of a data volume as they should be now. */
  tree(pod: PodRow, volume: Volume): TreeFileSystem {
    const sources = this.#sources(pod);
    try {
      return payloadTree(payloadOf(volume, sources) ?? {}, sources.now, sources.timestamp);
    } catch (error) {
      if (error instanceof MountError) return new TreeFileSystem();
      throw error;
    }
  }

  /** Labels, annotations or the address changed: downward API files follow at once. */
  fieldsChanged(pod: PodRow): void {
    if (pod.volumes !== undefined) refresh(pod, true);
  }

  /** A ConfigMap or Secret changed: the pods' next periodic sync brings it in. */
  objectChanged(pods: Iterable<PodRow>, resource: ObjectResource, namespace: string, name: string): void {
    const { sim, random } = this.#node;
    for (const pod of pods) {
      if (pod.volumes === undefined || pod.resyncTimer !== 0 || pod.pod.metadata.namespace !== namespace) continue;
      if (!pod.held.some(([kind, held]) => kind === resource && held === name)) continue;
      const delayMs = POD_RESYNC_MS * (1 + SYNC_JITTER * random.next());
      pod.resyncTimer = sim.after(delayMs, this.#resync, { row: pod.row, uid: pod.pod.metadata.uid });
    }
  }

  #sources(pod: PodRow): VolumeSources {
    const node = this.#node;
    const namespace = pod.pod.metadata.namespace!;
    return {
      fields: node.fieldContext(pod),
      configMap: (name) => node.object('configmaps', namespace, name),
      secret: (name) => node.object('secrets', namespace, name),
      token: (audience, seconds) => serviceAccountToken(pod, audience, seconds),
      hostFiles: node.hostFiles,
      now: node.sim.now,
      timestamp: node.sim.timestamp(),
    };
  }
}

function isData({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return (configMap ?? secret ?? downwardAPI ?? projected) !== undefined;
}
