// The scheduler: takes one waiting pod after the other, asks the plugins, and binds it to the best node, or says why there is none.
// Models: kubernetes v1.37 pkg/scheduler/{scheduler,schedule_one,eventhandlers}.go
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import { memoByIdentity } from '../apimachinery/memo.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { byNamespace, keyOf } from '../client/cache.ts';
import type { Client, Reply } from '../client/client.ts';
import { type Informer, InformerFactory } from '../client/informer.ts';
import { createRecorder, type Recorder, subjectOf } from '../client/recorder.ts';
import type { Namespace } from '../kinds/namespace/namespace.ts';
import type { Node } from '../kinds/node/node.ts';
import type { LabelSelector, Pod } from '../kinds/pod/types.ts';
import type { Service } from '../kinds/service/types.ts';
import { chooseNode, filterNodes, histogram, type Verdicts } from './cycle.ts';
import { NodeInfo, type PodTest } from './node-info.ts';
import type { Cycle } from './plugin.ts';
import { plugins } from './plugins.ts';
import { preempt } from './preemption.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { SpreadTests } from './spread-tests.ts';

/** One scheduling cycle on an idle machine. */
const CYCLE_MS = 1;
const NAME = 'default-scheduler';

const asLabelSelector = memoByIdentity((matchLabels: Labels): LabelSelector => ({ matchLabels }));

/** Are all of the pairs, and there is at least one, in the labels? */
function isSubset(pairs: Labels, labels: Labels): boolean {
  let some = false;
  for (const key in pairs) {
    if (labels[key] !== pairs[key]) return false;
    some = true;
  }
  return some;
}

type Labels = Readonly<Record<string, string>>;

type Selecting = {
  readonly metadata: { readonly namespace?: string; readonly name: string };
  readonly spec: { readonly selector?: LabelSelector };
} & Pod;

export class Scheduler {
  readonly #sim: Sim;
  readonly #client: Client;
  readonly #recorder: Recorder;
  readonly #factory: InformerFactory;
  readonly #pods: Informer<Pod>;
  readonly #namespaces: Informer<Namespace>;
  readonly #services: Informer<Service>;
  readonly #workloads: readonly Informer<Selecting>[];
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods of nodes not (yet) known. */
  readonly #stray = new Map<string, Map<string, Pod>>();
  #order: NodeInfo[] | undefined;
  readonly #queue: SchedulingQueue;
  readonly #spreadTests = new SpreadTests();
  /** Bound in our books, not yet by the API server: pod key → node. */
  readonly #assumed = new Map<string, string>();
  #start = 0;
  #busy = false;
  readonly #turn: Handler<any>;
  readonly #bound: Handler<any>;

  constructor(sim: Sim, client: Client) {
    this.#sim = sim;
    this.#client = client;
    this.#recorder = createRecorder({ client, component: NAME });
    this.#factory = new InformerFactory(client);
    this.#queue = new SchedulingQueue(sim, () => this.#arrange());
    this.#turn = sim.handler<any>('scheduler/cycle', () => this.#runCycle());
    this.#bound = sim.handler<any>('scheduler/bound', (reply: Reply<{ readonly key: string }>) => this.#bindingAnswered(reply));
    this.#pods = this.#factory.informer<Pod>({ path: '/api/v1/pods' });
    this.#namespaces = this.#factory.informer<Namespace>({ path: '/api/v1/namespaces' });
    this.#services = this.#factory.informer<Service>({ path: '/api/v1/services' });
    this.#services.index(byNamespace);
    this.#workloads = ['/apis/apps/v1/replicasets'].map((path) => this.#factory.informer<Selecting>({ path }));
    this.#factory.informer<Node>({ path: '/api/v1/nodes' }).handle({
      added: (node) => this.#nodeChanged(node),
      updated: (node) => this.#nodeChanged(node),
      deleted: (node) => this.#nodeGone(node),
    });
    this.#pods.handle({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, old) => this.#podChanged(pod, old),
      deleted: (pod) => this.#podGone(pod),
    });
    sim.keep('scheduler', {
      save: () => ({ start: this.#start, busy: this.#busy, assumed: [...this.#assumed] }) as unknown as Plain,
      restore: (state) => {
        const saved = state as unknown as { start: number; busy: boolean; assumed: [string, string][] };
        this.#start = saved.start;
        this.#busy = saved.busy;
        this.#assumed.clear();
        for (const [key, node] of saved.assumed) this.#assumed.set(key, node);
      },
    });
  }

  start(): void {
    this.#factory.start();
    this.#queue.start();
  }

  #arrange(): void {
    if (this.#busy || this.#queue.length === 0) return;
    this.#busy = true;
    this.#sim.after(CYCLE_MS, this.#turn, null);
  }

  #nodeChanged(node: Node): void {
    const name = node.metadata.name;
    const info = this.#nodes.get(name);
    if (info !== undefined) {
      const helps =
        info.node.spec !== node.spec ||
        info.node.metadata.labels !== node.metadata.labels ||
        info.node.status.allocatable !== node.status.allocatable;
      const { images } = info;
      info.setNode(node);
      if (info.images !== images) this.#order = undefined;
      if (helps) this.#queue.somethingChanged();
      return;
    }
    const fresh = new NodeInfo(node);
    for (const [key, pod] of this.#stray.get(name) ?? []) fresh.add(key, pod);
    this.#stray.delete(name);
    this.#nodes.set(name, fresh);
    this.#order = undefined;
    this.#queue.somethingChanged();
  }

  #nodeGone(node: Node): void {
    const name = node.metadata.name;
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    this.#stray.set(name, new Map(info.pods));
    this.#nodes.delete(name);
    this.#order = undefined;
  }

  #place(key: string, node: string, pod: Pod | undefined): void {
    const info = this.#nodes.get(node);
    if (info !== undefined) {
      if (pod === undefined) info.remove(key);
      else info.add(key, pod);
      return;
    }
    const strays = this.#stray.get(node) ?? new Map<string, Pod>();
    if (pod === undefined) strays.delete(key);
    else strays.set(key, pod);
    this.#stray.set(node, strays);
  }

  #podChanged(pod: Pod, old: Pod | undefined): void {
    const key = keyOf(pod);
    const node = pod.spec.nodeName;
    const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
    if (node) {
      this.#queue.delete(key);
      this.#assumed.delete(key);
      if (ended) {
        if (old === undefined || (old.status.phase !== 'Succeeded' && old.status.phase !== 'Failed')) {
          this.#place(key, node, undefined);
          this.#queue.somethingChanged();
        }
      } else if (old?.spec !== pod.spec || old?.metadata !== pod.metadata) {
        this.#place(key, node, pod);
        if (old !== undefined && old.metadata.labels !== pod.metadata.labels) this.#queue.somethingChanged();
      }
      return;
    }
    if (ended || pod.metadata.deletionTimestamp !== undefined || pod.spec.schedulerName !== NAME) {
      this.#queue.delete(key);
      return;
    }
    if (this.#assumed.has(key)) return;
    const gate = plugins.map((plugin) => plugin.preEnqueue?.(pod)).find((text) => text !== undefined);
    if (gate !== undefined) {
      if (old === undefined) this.#gated(pod, gate);
      return;
    }
    if (!this.#queue.has(key)) this.#queue.add(key, pod.spec.priority ?? 0);
    else if (old !== undefined && (old.spec !== pod.spec || old.metadata.labels !== pod.metadata.labels)) this.#queue.changed(key);
  }

  #podGone(pod: Pod): void {
    const key = keyOf(pod);
    this.#queue.delete(key);
    const assumed = this.#assumed.get(key);
    this.#assumed.delete(key);
    const node = pod.spec.nodeName || assumed;
    if (node === undefined) return;
    this.#place(key, node, undefined);
    this.#queue.somethingChanged();
  }

  #cycle(pod: Pod): Cycle {
    this.#order ??= [...this.#nodes.values()];
    return {
      pod,
      nodes: this.#order,
      namespaceLabels: (namespace) => this.#namespaces.get(namespace)?.metadata.labels,
      defaultSpreadSelector: (of) => this.#spreadSelector(of),
    };
  }

  /** Everything that selects the pod, together: its Services and its controlling workload. */
  #spreadSelector(pod: Pod): PodTest | undefined {
    const namespace = pod.metadata.namespace ?? '';
    const labels = pod.metadata.labels ?? {};
    const selectors: LabelSelector[] = [];
    for (const service of this.#services.by('namespace', namespace)) {
      const selector = service.spec.selector;
      if (selector !== undefined && isSubset(selector, labels)) selectors.push(asLabelSelector(selector));
    }
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
    for (const informer of owner === undefined ? [] : this.#workloads) {
      const workload = informer.get(`${namespace}/${owner!.name}`);
      if (workload?.metadata.uid === owner!.uid && workload.spec.selector !== undefined) selectors.push(workload.spec.selector);
    }
    return selectors.length === 0 ? undefined : this.#spreadTests.of(namespace, selectors);
  }

  #runCycle(): void {
    this.#busy = false;
    const next = this.#queue.pop();
    if (next === undefined) return;
    const pod = this.#pods.get(next.key);
    if (pod !== undefined && !pod.spec.nodeName && pod.metadata.deletionTimestamp === undefined)
      this.#schedule(pod, next.key, next.attempts);
    this.#arrange();
  }

  #schedule(pod: Pod, key: string, attempts: number): void {
    const cycle = this.#cycle(pod);
    const verdicts = filterNodes(cycle, plugins, cycle.nodes.length === 0 ? 0 : this.#start % cycle.nodes.length);
    this.#start = cycle.nodes.length === 0 ? 0 : (this.#start + verdicts.looked) % cycle.nodes.length;
    const subject = `pods/${key}`;
    if (verdicts.rejected.size > 0) {
      const refusals: Record<string, string> = {};
      for (const [node, { plugin, rejection }] of verdicts.rejected) refusals[node] = `${plugin}: ${rejection.reasons.join(', ')}`;
      this.#sim.journal.record('scheduler', 'Filtered', subject, refusals);
    }
    if (verdicts.feasible.length === 0) {
      this.#fail(pod, key, attempts, cycle, verdicts);
      return;
    }
    const choice = chooseNode(cycle, plugins, verdicts.feasible, this.#sim.random('scheduler'));
    const node = choice.node.node.metadata.name;
    this.#sim.journal.record('scheduler', 'Scored', subject, {
      node,
      totals: choice.totals.slice(0, 20),
      plugins: Object.keys(choice.scores),
    });
    this.#assumed.set(key, node);
    this.#place(key, node, pod);
    this.#bind(pod, key, node);
  }

  #bind(pod: Pod, key: string, node: string): void {
    const { namespace, name, uid } = pod.metadata;
    const request: ApiRequest = {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } } as never,
    };
    this.#client.send(request, this.#bound, { key });
  }

  #bindingAnswered({ context, response }: Reply<{ readonly key: string }>): void {
    const { key } = context;
    const pod = this.#pods.get(key);
    if (response.status < 300) {
      const node = this.#assumed.get(key) ?? pod?.spec.nodeName;
      if (pod !== undefined) this.#recorder.event(subjectOf(pod), 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node}`);
      this.#sim.journal.record('scheduler', 'Bound', `pods/${key}`, { node: node ?? '' });
      return;
    }
    const node = this.#assumed.get(key);
    this.#assumed.delete(key);
    if (node !== undefined) this.#place(key, node, undefined);
    if (pod !== undefined && !pod.spec.nodeName) this.#queue.add(key, pod.spec.priority ?? 0);
  }

  #fail(pod: Pod, key: string, attempts: number, cycle: Cycle, verdicts: Verdicts): void {
    const total = cycle.nodes.length;
    let message = 'no nodes available to schedule pods';
    if (total > 0) {
      const reasons = [...verdicts.rejected.values()].flatMap(({ rejection }) => rejection.reasons);
      const { message: second, nominated, victims } = preempt(cycle, plugins, verdicts);
      message = `0/${total} nodes are available: ${histogram(reasons)}. ${second}`;
      if (nominated !== undefined) this.#preempt(pod, nominated, victims);
    }
    this.#recorder.event(subjectOf(pod), 'Warning', 'FailedScheduling', message);
    this.#setCondition(pod, 'Unschedulable', message);
    this.#queue.park(key, pod.spec.priority ?? 0, attempts);
  }

  #gated(pod: Pod, message: string): void {
    this.#setCondition(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates');
    this.#sim.journal.record('scheduler', 'Gated', `pods/${keyOf(pod)}`, { message });
  }

  #setCondition(pod: Pod, reason: string, message: string): void {
    const known = pod.status.conditions?.find((condition) => condition.type === 'PodScheduled');
    if (known?.status === 'False' && known.reason === reason && known.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      observedGeneration: pod.metadata.generation,
      lastProbeTime: null,
      lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : this.#sim.timestamp(),
      reason,
      message,
    };
    this.#patchStatus(pod, { conditions: [condition] });
  }

  #patchStatus(pod: Pod, status: object): void {
    this.#client.send({
      method: 'PATCH',
      path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`,
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: { status } as never,
    });
  }

  #preempt(pod: Pod, nominated: NodeInfo, victims: readonly Pod[]): void {
    const node = nominated.node.metadata.name;
    for (const victim of victims) {
      const { namespace, name } = victim.metadata;
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        observedGeneration: victim.metadata.generation,
        lastProbeTime: null,
        lastTransitionTime: this.#sim.timestamp(),
        reason: 'PreemptionByScheduler',
        message: `${NAME}: preempting to accommodate a higher priority pod`,
      };
      this.#patchStatus(victim, { conditions: [condition] });
      this.#client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}/pods/${name}` });
      this.#recorder.event(subjectOf(victim), 'Normal', 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${node}`);
    }
    this.#patchStatus(pod, { nominatedNodeName: node });
  }
}
