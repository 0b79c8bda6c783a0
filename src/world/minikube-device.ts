// The machine maker behind `minikube`: implements the calls of the device `minikube` on this world's clusters, in virtual time.
// Simplified: the stages of a start take fixed times; pausing stops nothing but what `minikube status` says.
import type { ClusterNode } from '../cluster/cluster-node.ts';
import type { Device } from '../posix/machine.ts';
import type { Plain } from '../sim/plain.ts';
import type { Handler } from '../sim/sim.ts';
import type {
  AddonArgs,
  ClusterSpec,
  ComponentState,
  NodeArgs,
  NodeSpec,
  NodeStatus,
  Phase,
  PhaseArgs,
  ProfileArgs,
} from '../shell/programs/minikube/driver.ts';
import type { Running, World } from './world.ts';

/** What the stages of a start take with images already on the disk. */
const PHASE_MS: Readonly<Record<Phase, number>> = {
  runtime: 1500,
  certificates: 800,
  controlPlane: 2500,
  rbac: 300,
  cni: 200,
  verify: 0,
  addons: 400,
  join: 1500,
  restart: 3000,
};
const CREATE_NODE_MS = 2000;
const POLL_MS = 100;
const VERIFY_LIMIT_MS = 120_000;

type Waiting = { readonly ticket: number; readonly profile: string; readonly node: string; readonly until: number };

export class MinikubeDevice implements Device {
  readonly #world: World;
  readonly #done: Handler<any>;
  readonly #poll: Handler<any>;
  readonly #paused = new Set<string>();

  constructor({ world, answer }: { readonly world: World; readonly answer: (ticket: number, result: unknown) => void }) {
    this.#world = world;
    this.#done = world.sim.handler<any>('minikube/done', ({ ticket, result }) => answer(ticket, result));
    this.#poll = world.sim.handler<any>('minikube/verify', (waiting: Waiting) => this.#verify(waiting));
  }

  call(ticket: number, call: string, args: Plain): { readonly now: unknown } | 'later' {
    const given = args as any;
    switch (call) {
      case 'create':
        return this.#create(given as ClusterSpec);
      case 'createNode':
        return this.#createNode(ticket, given as NodeSpec);
      case 'phase':
        return this.#phase(ticket, given as PhaseArgs);
      case 'powerOn':
        this.#node(given as NodeArgs)?.powerOn();
        return this.#later(ticket, 500, null);
      case 'powerOff':
        this.#powerOff(given as NodeArgs);
        return this.#later(ticket, 500, null);
      case 'removeNode':
        this.#world.clusters.get(given.profile)?.cluster.removeNode(given.node);
        return this.#later(ticket, 500, null);
      case 'removeCluster':
        this.#world.removeCluster((given as ProfileArgs).profile);
        return this.#later(ticket, 500, null);
      case 'machine':
        return { now: this.#node(given as NodeArgs)?.machine };
      case 'pause':
        this.#paused.add(given.profile);
        return this.#later(ticket, 300, null);
      case 'unpause':
        this.#paused.delete(given.profile);
        return this.#later(ticket, 300, null);
      case 'status':
        return { now: this.#status(given as ProfileArgs) };
      case 'addon':
        return { now: addonAnswer(given as AddonArgs) };
      default:
        throw new Error(`the minikube device has no call ${call}`);
    }
  }

  #later(ticket: number, ms: number, result: Plain): 'later' {
    this.#world.sim.after(ms, this.#done, { ticket, result });
    return 'later';
  }

  #node({ profile, node }: NodeArgs): ClusterNode | undefined {
    return this.#world.clusters.get(profile)?.cluster.nodes.get(node);
  }

  #create(spec: ClusterSpec): { readonly now: unknown } {
    const mode = spec.extraConfig.find(({ component, key }) => component === 'kube-proxy' && key === 'mode')?.value ?? 'iptables';
    this.#world.createCluster(spec.profile, {
      kubernetesVersion: spec.kubernetesVersion,
      apiPort: spec.apiServerPort,
      proxyMode: mode === '' ? 'iptables' : mode,
      kindnet: spec.cni === 'kindnet',
      dnsReplicas: 1,
      preloadedImages: this.#world.options.preloadedImages ?? [],
      podMasquerade: spec.cni !== 'kindnet',
      cpus: 2,
      memory: '8025424Ki',
      podsPerNode: 110,
    });
    return { now: undefined };
  }

  #createNode(ticket: number, spec: NodeSpec): 'later' {
    const node = this.#running(spec.profile).cluster.addNode(spec.node, spec.controlPlane);
    return this.#later(ticket, CREATE_NODE_MS, { ip: node.ip });
  }

  #running(profile: string): Running {
    const running = this.#world.clusters.get(profile);
    if (running === undefined) throw new Error(`no cluster for profile ${profile}`);
    return running;
  }

  #phase(ticket: number, { profile, node: name, phase }: PhaseArgs): 'later' {
    const { cluster } = this.#running(profile);
    const node = cluster.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    if (phase === 'controlPlane') {
      cluster.startControlPlane(node);
      node.join();
    } else if (phase === 'join') node.join();
    else if (phase === 'restart') {
      if (node.controlPlane) cluster.up = true;
      node.join();
    } else if (phase === 'verify') {
      this.#verify({ ticket, profile, node: name, until: this.#world.sim.now + VERIFY_LIMIT_MS });
      return 'later';
    }
    return this.#later(ticket, PHASE_MS[phase], null);
  }

  /** Over when the node is Ready, and on a control plane when the pods of the system are. */
  #verify(waiting: Waiting): void {
    const { sim, clusters } = this.#world;
    const running = clusters.get(waiting.profile);
    const ready = running === undefined || isReady(running, waiting.node) || sim.now >= waiting.until;
    if (ready) sim.after(0, this.#done, { ticket: waiting.ticket, result: null });
    else sim.after(POLL_MS, this.#poll, waiting as never);
  }

  #powerOff({ profile, node: name }: NodeArgs): void {
    const running = this.#world.clusters.get(profile);
    const node = running?.cluster.nodes.get(name);
    node?.powerOff();
    if (running !== undefined && node?.controlPlane === true) running.cluster.up = false;
  }

  #status({ profile }: ProfileArgs): readonly NodeStatus[] {
    const cluster = this.#world.clusters.get(profile)?.cluster;
    return [...(cluster?.nodes.values() ?? [])].map((node) => {
      const runs: ComponentState = node.joined ? 'Running' : 'Stopped';
      const paused = this.#paused.has(profile);
      return {
        node: node.name,
        ip: node.ip,
        controlPlane: node.controlPlane,
        host: node.powered ? 'Running' : 'Stopped',
        kubelet: paused && node.joined ? 'Stopped' : runs,
        apiServer: !node.controlPlane ? 'Nonexistent' : paused ? 'Paused' : cluster!.up && node.powered ? 'Running' : 'Stopped',
      };
    });
  }
}

function isReady({ cluster }: Running, node: string): boolean {
  const { status, body } = cluster.api.handle({ method: 'GET', path: `/api/v1/nodes/${node}` });
  if (status !== 200) return false;
  const conditions = (body as any).status?.conditions ?? [];
  return conditions.some((one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True');
}

/** Addons change nothing in the simulated cluster yet, except those that are always there. */
function addonAnswer({ addon, enabled }: AddonArgs): string | undefined {
  const builtIn = addon === 'storage-provisioner' || addon === 'default-storageclass';
  return builtIn || !enabled ? undefined : `Simplified: the addon ${addon} is not simulated`;
}
