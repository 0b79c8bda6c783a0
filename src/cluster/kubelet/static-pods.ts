// Static pods: manifests on the node's disk that the kubelet runs by itself, and their mirrors in the API.
// Models: kubernetes v1.37 pkg/kubelet/config/file.go, pkg/kubelet/pod/mirror_client.go
import type { ApiResponse } from '../apimachinery/rest.ts';
import { oncePerSim } from '../client/once-per-sim.ts';
import type { Pod } from '../kinds/pod/types.ts';
import { fleetOf } from './fleet.ts';
import type { NodeKubelet } from './kubelet.ts';
import { digestOf } from './puller.ts';
import type { PodRow } from './rows.ts';

/** Wait before a refused mirror is tried again (housekeeping of the sync loop). */
const MIRROR_RETRY_MS = 1_000;
/** Wait for the node's registration. */
const MIRROR_WAIT_MS = 20;
const retryOf = oncePerSim((sim) =>
  sim.handler<{ node: string }>('kubelet/mirror-retry', ({ node }) => fleetOf(sim).nodes.get(node)?.retryMirrors()),
);
const MIRROR = 'kubernetes.io/config.mirror';

export class StaticPods {
  readonly #node: NodeKubelet;
  readonly #manifests: readonly Pod[];
  readonly #rows = new Map<string, PodRow>();
  #retry = 0;

  constructor(node: NodeKubelet, manifests: readonly Pod[]) {
    this.#node = node;
    this.#manifests = manifests;
  }

  stop(): void {
    this.#rows.clear();
    this.#node.sim.cancel(this.#retry);
    this.#retry = 0;
  }

  isMirror(pod: Pod): boolean {
    return pod.metadata.annotations?.[MIRROR] !== undefined;
  }

  start(): void {
    for (const manifest of this.#manifests) {
      const pod = this.#complete(manifest);
      const row = this.#node.addRow(pod, true);
      row.mirrorMissing = true;
      this.#rows.set(`${pod.metadata.namespace}/${pod.metadata.name}`, row);
      this.#mirror(pod);
    }
  }

  /** What the file source adds: name, node, hash, source. */
  #complete(manifest: Pod): Pod {
    const { name, sim } = this.#node;
    const hash = digestOf(`${manifest.metadata.name} ${name}`).slice(0, 32);
    const annotations = {
      ...manifest.metadata.annotations,
      'kubernetes.io/config.hash': hash,
      'kubernetes.io/config.seen': `${sim.timestamp(sim.now, 'micro').slice(0, 26)}000Z`,
      'kubernetes.io/config.source': 'file',
    };
    return {
      ...manifest,
      metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-${name}`, uid: hash, annotations },
      spec: { ...manifest.spec, nodeName: name, enableServiceLinks: manifest.spec.enableServiceLinks ?? true },
      status: { phase: 'Pending' },
    };
  }

  #mirror(pod: Pod): void {
    const { client, fleet, name, uid } = this.#node;
    // The mirror is owned by its Node, which may not be registered yet.
    if (uid === '') {
      this.#retryLater(MIRROR_WAIT_MS);
      return;
    }
    const annotations = { ...pod.metadata.annotations, [MIRROR]: pod.metadata.annotations!['kubernetes.io/config.hash']! };
    const { namespace, labels } = pod.metadata;
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid, controller: true };
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod.metadata.name, namespace, labels, annotations, ownerReferences: [owner] },
      spec: pod.spec,
    };
    client.send({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body: body as never }, fleet.replied, {
      node: name,
      what: 'mirror',
    });
  }

  created(response: ApiResponse): void {
    // Refused while the namespace or the priority class is missing.
    if (response.status === 201 || response.status === 409) return;
    this.#retryLater(MIRROR_RETRY_MS);
  }

  #retryLater(delayMs: number): void {
    const { sim, name } = this.#node;
    if (sim.due(this.#retry) === undefined) this.#retry = sim.after(delayMs, retryOf(sim), { node: name });
  }

  retry(): void {
    for (const row of this.#rows.values()) if (row.mirrorMissing) this.#mirror(row.pod);
  }

  seen(mirror: Pod): void {
    const row = this.#rows.get(`${mirror.metadata.namespace}/${mirror.metadata.name}`);
    if (row === undefined) return;
    this.#node.adopt(row, mirror);
    row.mirrorMissing = false;
    this.#node.fleet.status.publish(row);
    this.#node.fleet.status.flush(row);
  }

  /** Somebody deleted the mirror: the pod runs on, its mirror is made again. */
  gone(mirror: Pod): void {
    const row = this.#rows.get(`${mirror.metadata.namespace}/${mirror.metadata.name}`);
    if (row === undefined) return;
    row.mirrorMissing = true;
    row.sent = undefined;
    row.status = undefined;
    this.#mirror(row.pod);
  }
}
