// The kubelet of one node: registers it, watches the pods bound to it, and gives them to the world's machines (fleet.ts).
// Models: kubernetes v1.37 pkg/kubelet/kubelet.go syncLoop, HandlePod{Additions,Updates,Removes}, config sources
import type { TreeFileSystem } from '../../posix/tree.ts';
import type { Device, Machine, Processes } from '../../posix/machine.ts';
import type { Program } from '../../posix/program.ts';
import type { RandomStream } from '../../sim/random.ts';
import type { Sim } from '../../sim/sim.ts';
import type { NodeProxy } from '../apimachinery/node-proxy.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import type { Client } from '../client/client.ts';
import { type Informer, InformerFactory } from '../client/informer.ts';
import { createRecorder, type Recorder, subjectOf } from '../client/recorder.ts';
import type { ImageDefinition } from '../images/image.ts';
import type { Labels, Pod, ResourceList } from '../kinds/pod/types.ts';
import type { NodeNetwork } from '../network/network.ts';
import { amountOf } from './admission.ts';
import type { EnvSources } from './env.ts';
import { adoptHistory } from './history.ts';
import { type Fleet, fleetOf } from './fleet.ts';
import type { DnsSettings } from './network-files.ts';
import { NodeHeart } from './node-heart.ts';
import { nodeFilesOf, nodeMachineOf } from './node-machine.ts';
import { DEFAULT_CAPACITY, type NodeSettings } from './node-object.ts';
import { createNodeProxy } from './node-proxy.ts';
import { ObjectCache, type ObjectResource } from './object-cache.ts';
import { PodVolumes, type VolumeProblem } from './pod-volumes.ts';
import { Puller, type Registry } from './puller.ts';
import { considerResize } from './resize.ts';
import type { ContainerRow, PodRow } from './rows.ts';
import type { ServiceView } from './service-env.ts';
import { StaticPods } from './static-pods.ts';
import { allocatedSpec, podResources } from './status.ts';
import { referencedObjects } from './volumes.ts';

export interface KubeletOptions {
  readonly sim: Sim;
  /** As user `system:node:<name>`. */
  readonly client: Client;
  readonly node: NodeSettings;
  readonly network: NodeNetwork;
  readonly processes: Processes;
  /** What the registries hold. */
  readonly registry: Registry;
  /** Images on the node before anything is pulled, as in `nginx:1.27`. */
  readonly preloaded?: readonly string[];
  /** Manifests of /etc/kubernetes/manifests: pods that run without the API and are mirrored into it. */
  readonly staticPods?: readonly Pod[];
  readonly dns?: Partial<DnsSettings>;
  /** Ports to something outside the container, for images that need one (CoreDNS sees the cluster). */
  readonly devices?: (image: ImageDefinition) => Readonly<Record<string, Device>> | undefined;
  /** Devices and programs of the node's own system beside what every node has. Asked when the node is logged in to. */
  readonly hostDevices?: () => Readonly<Record<string, Device>>;
  readonly hostPrograms?: Readonly<Record<string, Program>>;
}

export interface Kubelet {
  readonly name: string;
  /** Registers the node and begins to work. */
  start(): void;
  /** The machine is off: processes are gone, nothing is renewed or written. */
  stop(): void;
  readonly proxy: NodeProxy;
  /** The node's own system: files, network, the place of `minikube ssh`. */
  readonly machine: Machine;
  /** The pods it knows, in the order it met them, for pictures and tests. */
  readonly pods: Iterable<PodRow>;
}

export function createKubelet(options: KubeletOptions): Kubelet {
  return new NodeKubelet(options);
}

const NO_REQUESTS: ResourceList = {};
const NO_PROGRAMS: Readonly<Record<string, Program>> = {};
const DNS: DnsSettings = { clusterDns: '10.96.0.10', clusterDomain: 'cluster.local', nodeNameservers: ['192.168.49.1'], nodeSearches: [] };

export class NodeKubelet implements Kubelet {
  readonly sim: Sim;
  readonly fleet: Fleet;
  readonly client: Client;
  readonly name: string;
  readonly ip: string;
  readonly hostIPs: readonly { readonly ip: string }[];
  readonly settings: NodeSettings;
  readonly network: NodeNetwork;
  readonly processes: Processes;
  readonly machine: Machine;
  readonly puller: Puller;
  readonly recorder: Recorder;
  readonly random: RandomStream;
  readonly dns: DnsSettings;
  readonly devices: KubeletOptions['devices'];
  readonly allocatable: ResourceList;
  readonly proxy: NodeProxy;
  /** Where in each second this node's PLEG looks. */
  readonly relistOffsetMs: number;
  readonly hostFiles: TreeFileSystem;
  readonly #informers: InformerFactory;
  readonly #podInformer: Informer<Pod>;
  readonly #services: Informer<ServiceView>;
  readonly #nodeInformer: Informer;
  readonly #objects: ObjectCache;
  readonly #volumes: PodVolumes;
  readonly #heart: NodeHeart;
  readonly #static: StaticPods;
  readonly #byUid = new Map<string, PodRow>();

  constructor(options: KubeletOptions) {
    const { sim, node } = options;
    this.sim = sim;
    this.fleet = fleetOf(sim);
    this.fleet.nodes.set(node.name, this);
    this.client = options.client;
    this.settings = node;
    this.name = node.name;
    this.ip = node.ip;
    this.hostIPs = [{ ip: node.ip }];
    this.network = options.network;
    this.processes = options.processes;
    this.dns = { ...DNS, ...options.dns };
    this.devices = options.devices;
    this.allocatable = node.allocatable ?? node.capacity ?? DEFAULT_CAPACITY;
    this.random = sim.random(`kubelet/${node.name}`);
    this.relistOffsetMs = this.random.below(1000);
    this.puller = new Puller(sim, options.registry, options.preloaded ?? []);
    this.recorder = createRecorder({ client: options.client, component: 'kubelet', host: node.name });
    this.hostFiles = nodeFilesOf(this, options.hostPrograms ?? NO_PROGRAMS);
    this.machine = nodeMachineOf(this, options.hostPrograms ?? NO_PROGRAMS, options.hostDevices);
    this.#informers = new InformerFactory(options.client);
    this.#podInformer = this.#informers.informer<Pod>({ path: '/api/v1/pods', query: { fieldSelector: `spec.nodeName=${node.name}` } });
    this.#services = this.#informers.informer<ServiceView>({ path: '/api/v1/services' });
    this.#nodeInformer = this.#informers.informer({ path: '/api/v1/nodes', query: { fieldSelector: `metadata.name=${node.name}` } });
    this.#podInformer.handle({
      added: (pod) => this.#seen(pod),
      updated: (pod) => this.#seen(pod),
      deleted: (pod) => this.#gone(pod),
    });
    this.#volumes = new PodVolumes(this);
    this.#objects = new ObjectCache(new InformerFactory(options.client), (resource, namespace, name) =>
      this.#volumes.objectChanged(this.#byUid.values(), resource, namespace, name),
    );
    this.#heart = new NodeHeart(this);
    this.#static = new StaticPods(this, options.staticPods ?? []);
    this.proxy = createNodeProxy(this);
  }

  get pods(): Iterable<PodRow> {
    return this.#byUid.values();
  }

  /** Labels of the Node object; what the settings say until it has been seen. */
  get labels(): Labels {
    return this.#nodeInformer.get(this.name)?.metadata.labels ?? { 'kubernetes.io/hostname': this.name, ...this.settings.labels };
  }

  /** uid of the Node object, empty before it has been seen. */
  get uid(): string {
    return this.#nodeInformer.get(this.name)?.metadata.uid ?? '';
  }

  /** A static pod is known in the API under its mirror's uid from now on. */
  adopt(row: PodRow, mirror: Pod): void {
    this.#byUid.delete(row.pod.metadata.uid);
    row.pod = mirror;
    for (const container of row.containers) container.subject = undefined;
    this.#byUid.set(mirror.metadata.uid, row);
  }

  start(): void {
    this.#informers.start();
    this.#static.start();
    this.#heart.start();
    for (const pod of this.#byUid.values()) this.fleet.status.flush(pod);
  }

  stop(): void {
    this.#heart.stop();
    this.#informers.stop();
    for (const row of [...this.#byUid.values()]) this.#powerOff(row);
    this.#static.stop();
    this.used.clear();
  }

  /** The machine went dark under the pod: its processes and sandbox are gone, nobody tells the API. */
  #powerOff(row: PodRow): void {
    const { sim, fleet } = this;
    row.removed = true;
    for (const timer of [row.publishTimer, row.deadlineTimer, row.resyncTimer]) sim.cancel(timer);
    for (const container of row.containers) {
      const { process, log } = container;
      container.process = undefined;
      if (process === undefined) continue;
      for (const owner of container.execs ?? []) this.processes.killOwner(owner);
      if (container.hook !== undefined) this.processes.killOwner(container.hook);
      this.processes.killOwner(process.owner);
      log?.end();
    }
    if (row.networkId !== undefined && row.networkId >= 0) this.network.removePod(row.networkId);
    this.released(row);
    fleet.removePod(row);
  }

  // ---- pods from the API

  #seen(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.#static.isMirror(pod)) {
      this.#static.seen(pod);
      return;
    }
    const row = this.#byUid.get(uid);
    if (row === undefined) this.#add(pod);
    else this.#update(row, pod);
  }

  #add(pod: Pod): void {
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return;
    this.addRow(pod, false);
  }

  addRow(pod: Pod, isStatic: boolean): PodRow {
    const row = this.fleet.addPod(this, pod, `${pod.metadata.namespace}/${pod.metadata.name}`, isStatic);
    this.#byUid.set(pod.metadata.uid, row);
    if (adoptHistory(row))
      this.recorder.event(subjectOf(pod), 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    const namespace = pod.metadata.namespace!;
    row.held = referencedObjects(pod);
    for (const [resource, name] of row.held) this.#objects.hold(resource, namespace, name);
    this.fleet.podMachine.start(row.row);
    if (pod.metadata.deletionTimestamp !== undefined) this.fleet.podMachine.send(row.row, { type: 'TERMINATE' });
    return row;
  }

  #update(row: PodRow, pod: Pod): void {
    const before = row.pod;
    row.pod = pod;
    const { podMachine, status, podOwner } = this.fleet;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const wasDeleted = before.metadata.deletionTimestamp !== undefined;
      const isShorter = pod.metadata.deletionGracePeriodSeconds !== before.metadata.deletionGracePeriodSeconds;
      if (!wasDeleted || isShorter) podMachine.send(row.row, { type: 'TERMINATE' });
      return;
    }
    if (pod.metadata.labels !== before.metadata.labels || pod.metadata.annotations !== before.metadata.annotations) {
      this.#volumes.fieldsChanged(row);
    }
    if (pod.metadata.generation !== before.metadata.generation) this.#specChanged(row);
    else if (pod.status.conditions !== before.status.conditions && (pod.spec.readinessGates?.length ?? 0) > 0 && !row.terminating)
      status.publish(row);
    if (pod.spec.activeDeadlineSeconds !== before.spec.activeDeadlineSeconds) podOwner.setDeadline(row);
  }

  #specChanged(row: PodRow): void {
    const { fleet } = this;
    const { spec } = row.pod;
    const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
    for (const next of all) {
      const container = row.containers.find((one) => one.spec.name === next.name);
      if (container === undefined) {
        fleet.addContainer(row, 'ephemeral', next);
        continue;
      }
      const isChanged = container.spec.image !== next.image;
      container.spec = next;
      if (isChanged) this.#imageChanged(container);
    }
    if (row.counted) considerResize(fleet, row);
    if (row.initialized && !row.terminating) fleet.podMachine.send(row.row, { type: 'SYNC' });
    if (!row.terminating) fleet.status.publish(row);
  }

  #imageChanged(container: ContainerRow): void {
    const { containerMachine } = this.fleet;
    if (!containerMachine.matches(container.row, 'Running')) {
      containerMachine.send(container.row, { type: 'SYNC' });
      return;
    }
    container.stopMessage = `Container ${container.spec.name} definition changed, will be restarted`;
    container.restartWanted = true;
    container.stopGraceMs = (container.pod.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    containerMachine.send(container.row, { type: 'STOP' });
  }

  #gone(pod: Pod): void {
    if (this.#static.isMirror(pod)) {
      this.#static.gone(pod);
      return;
    }
    const row = this.#byUid.get(pod.metadata.uid);
    if (row === undefined) return;
    row.removed = true;
    const { podMachine } = this.fleet;
    if (podMachine.matches(row.row, 'Deleted')) this.fleet.removePod(row);
    else podMachine.send(row.row, { type: 'TERMINATE' });
  }

  // ---- what the owners of the machines ask for

  envSources(row: PodRow): EnvSources {
    const namespace = row.pod.metadata.namespace!;
    return {
      fields: this.fieldContext(row),
      services: this.#services.all(),
      servicesSynced: row.isStatic || this.#services.synced,
      configMap: (name) => this.#objects.get('configmaps', namespace, name),
      secret: (name) => this.#objects.get('secrets', namespace, name),
    };
  }

  fieldContext(row: PodRow): EnvSources['fields'] {
    return { pod: row.pod, nodeName: this.name, hostIP: this.ip, podIP: row.ip, allocatable: this.allocatable };
  }

  object(resource: ObjectResource, namespace: string, name: string): ReturnType<ObjectCache['get']> {
    return this.#objects.get(resource, namespace, name);
  }

  volumeError(row: PodRow): VolumeProblem | undefined {
    return this.#volumes.problem(row);
  }

  mountVolumes(row: PodRow): void {
    this.#volumes.mount(row);
  }

  /** The pod's address is known: what tells it must be told again. */
  volumesChanged(row: PodRow): void {
    this.#volumes.fieldsChanged(row);
  }

  imagesChanged(): void {
    this.#heart.statusChanged();
  }

  replied(what: string, response: ApiResponse): void {
    if (what === 'mirror') this.#static.created(response);
    else this.#heart.replied(what, response);
  }

  retryMirrors(): void {
    this.#static.retry();
  }

  /** What the admitted pods hold: pods, millicores, bytes. */
  readonly used = new Map<string, number>();

  /** Counts the pod's requests in (1) or out (-1). */
  count(row: PodRow, sign: 1 | -1): void {
    const add = (resource: string, amount: number): void => void this.used.set(resource, (this.used.get(resource) ?? 0) + sign * amount);
    add('pods', 1);
    if (sign === 1) row.counts = podResources(allocatedSpec(row)).requests ?? NO_REQUESTS;
    for (const resource in row.counts) add(resource, amountOf(resource, row.counts[resource]!));
    row.counted = sign === 1;
  }

  /** Room has become free: deferred resizes get their turn. */
  retryResizes(): void {
    for (const row of this.#byUid.values()) if (row.resizeDeferred !== undefined) considerResize(this.fleet, row);
  }

  /** The sandbox is gone; volumes go with it. */
  released(row: PodRow): void {
    row.volumes = undefined;
    const held = row.held;
    row.held = [];
    for (const [resource, name] of held) this.#objects.release(resource, row.pod.metadata.namespace!, name);
  }

  forget(row: PodRow): void {
    this.#byUid.delete(row.pod.metadata.uid);
  }
}
