// The scheduler: takes one waiting pod after the other, asks the plugins, and binds it to the best node, or says why there is none.
// Models: kubernetes v1.37 pkg/scheduler/{scheduler,schedule_one,eventhandlers}.go
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import { sameData } from '../apimachinery/equality.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { byLabel, byNamespace, keyOf } from '../client/cache.ts';
import type { Client, Reply } from '../client/client.ts';
import { type Informer, InformerFactory } from '../client/informer.ts';
import { createSeriesRecorder, type SeriesRecorder, subjectOf } from '../client/recorder.ts';
import type { Namespace } from '../kinds/namespace/namespace.ts';
import type { Node } from '../kinds/node/node.ts';
import { podIsTerminal } from '../kinds/pod/facts.ts';
import type { Pod } from '../kinds/pod/types.ts';
import type { Service } from '../kinds/service/types.ts';
import { ClusterState } from './cluster-state.ts';
import { type Choice, chooseNode, filterNodes, freshMemo, histogram, priorityOf, type Verdicts } from './cycle.ts';
import type { ClusterChange, Cycle } from './plugin.ts';
import { plugins } from './plugins.ts';
import { preempt } from './preemption.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { Spreading, type Selecting } from './spreading.ts';
import { StatusWriter } from './status-writer.ts';

/** One scheduling cycle on an idle machine. */
const CYCLE_MS = 1;
const NAME = 'default-scheduler';
/** Nodes named one by one in the journal; beyond, refusals are counted. */
const NODES_TOLD = 20;
const WORKLOADS = ['/apis/apps/v1/replicasets'];

export class Scheduler {
  readonly #sim: Sim;
  readonly #client: Client;
  readonly #recorder: SeriesRecorder;
  readonly #factory: InformerFactory;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #namespaces: Informer<Namespace>;
  readonly #state = new ClusterState();
  readonly #spreading: Spreading;
  readonly #writer: StatusWriter;
  readonly #queue: SchedulingQueue;
  /** Bound in our books, not yet by the API server: pod key → node. */
  readonly #assumed = new Map<string, string>();
  /** Pods that preempted others: node → key → pod. */
  readonly #nominations = new Map<string, Map<string, Pod>>();
  readonly #nominated = new Map<string, string>();
  #start = 0;
  #busy = false;
  readonly #turn: Handler<any>;
  readonly #bound: Handler<any>;

  constructor(sim: Sim, client: Client) {
    this.#sim = sim;
    this.#client = client;
    this.#recorder = createSeriesRecorder({ client, component: NAME, instance: `${NAME}-minikube` });
    this.#writer = new StatusWriter(sim, client, NAME);
    this.#factory = new InformerFactory(client);
    this.#queue = new SchedulingQueue(sim, () => this.#arrange());
    this.#turn = sim.handler<any>('scheduler/cycle', () => this.#runCycle());
    this.#bound = sim.handler<any>('scheduler/bound', (reply: Reply<{ readonly key: string }>) => this.#bindingAnswered(reply));
    this.#pods = this.#factory.informer<Pod>({ path: '/api/v1/pods' });
    this.#pods.index(byLabel);
    this.#pods.index(byNamespace);
    this.#namespaces = this.#factory.informer<Namespace>({ path: '/api/v1/namespaces' });
    const services = this.#factory.informer<Service>({ path: '/api/v1/services' });
    services.index(byNamespace);
    const workloads = WORKLOADS.map((path) => this.#factory.informer<Selecting>({ path }));
    this.#spreading = new Spreading(this.#state, this.#pods, services, workloads, (key) => this.#assumed.get(key));
    this.#nodes = this.#factory.informer<Node>({ path: '/api/v1/nodes' });
    this.#nodes.handle({
      added: (node) => this.#nodeAdded(node),
      updated: (node, old) => this.#nodeUpdated(node, old),
      deleted: (node) => {
        this.#state.removeNode(node.metadata.name);
        this.#announce({ type: 'nodeDeleted', node });
      },
    });
    this.#pods.handle({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, old) => this.#podChanged(pod, old),
      deleted: (pod) => this.#podGone(pod),
    });
    sim.keep('scheduler', { save: () => this.#save(), restore: (state) => this.#restore(state) });
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

  /** Wakes the pods whose refusers say that this helps. */
  #announce(change: ClusterChange): void {
    for (const { name, hints } of plugins) {
      const helps = hints?.[change.type] as ((pod: Pod, change: ClusterChange) => boolean) | undefined;
      if (helps === undefined) continue;
      this.#queue.wake(name, (key) => {
        const pod = this.#pods.get(key);
        return pod !== undefined && helps(pod, change);
      });
    }
  }

  #nodeAdded(node: Node): void {
    this.#state.setNode(node);
    this.#announce({ type: 'nodeAdded', node });
  }

  #nodeUpdated(node: Node, old: Node): void {
    this.#state.setNode(node);
    this.#announce({ type: 'nodeUpdated', node, old });
  }

  #podChanged(pod: Pod, old: Pod | undefined): void {
    const key = keyOf(pod);
    if (pod.spec.nodeName) {
      this.#boundPodChanged(key, pod.spec.nodeName, pod, old);
      return;
    }
    if (podIsTerminal(pod) || pod.metadata.deletionTimestamp !== undefined || pod.spec.schedulerName !== NAME) {
      this.#queue.delete(key);
      this.#nominate(key, pod, undefined);
      return;
    }
    if (pod.status.nominatedNodeName !== undefined) this.#nominate(key, pod, pod.status.nominatedNodeName);
    if (this.#assumed.has(key)) return;
    const gate = plugins.map((plugin) => plugin.preEnqueue?.(pod)).find((text) => text !== undefined);
    if (gate !== undefined) {
      if (old === undefined) this.#gated(pod, gate);
      return;
    }
    if (!this.#queue.has(key)) this.#queue.add(key, priorityOf(pod));
    else if (old !== undefined && differs(old, pod)) this.#queue.changed(key);
  }

  #boundPodChanged(key: string, node: string, pod: Pod, old: Pod | undefined): void {
    this.#queue.delete(key);
    this.#assumed.delete(key);
    this.#nominate(key, pod, undefined);
    if (podIsTerminal(pod)) {
      if (old !== undefined && podIsTerminal(old)) return;
      this.#state.remove(key, node);
      this.#announce({ type: 'podDeleted', pod });
      return;
    }
    this.#state.place(key, node, pod);
    if (old === undefined || !old.spec.nodeName) this.#announce({ type: 'podAdded', pod });
    else if (differs(old, pod)) this.#announce({ type: 'podUpdated', pod, old });
  }

  #podGone(pod: Pod): void {
    const key = keyOf(pod);
    this.#queue.delete(key);
    this.#nominate(key, pod, undefined);
    const node = pod.spec.nodeName || this.#assumed.get(key);
    this.#assumed.delete(key);
    if (node === undefined) return;
    this.#state.remove(key, node);
    if (!podIsTerminal(pod)) this.#announce({ type: 'podDeleted', pod });
  }

  #nominate(key: string, pod: Pod, node: string | undefined): void {
    const before = this.#nominated.get(key);
    if (before !== undefined) {
      const there = this.#nominations.get(before)!;
      there.delete(key);
      if (there.size === 0) this.#nominations.delete(before);
      this.#nominated.delete(key);
    }
    if (node === undefined) return;
    this.#nominated.set(key, node);
    const there = this.#nominations.get(node) ?? new Map<string, Pod>();
    there.set(key, pod);
    this.#nominations.set(node, there);
  }

  #cycle(pod: Pod): Cycle {
    const once = freshMemo();
    return {
      pod,
      state: this.#state,
      nodes: this.#state.order,
      namespaceLabels: (namespace) => this.#namespaces.get(namespace)?.metadata.labels,
      defaultSpread: () => once('defaultSpread', () => this.#spreading.defaultGroup(pod)),
      spread: (selector, name, matches) => this.#spreading.group(pod, selector, name, matches),
      once,
    };
  }

  #runCycle(): void {
    this.#busy = false;
    const next = this.#queue.pop();
    if (next === undefined) return;
    const pod = this.#pods.get(next.key);
    if (pod !== undefined && !pod.spec.nodeName && pod.metadata.deletionTimestamp === undefined) {
      this.#schedule(pod, next.key, next.attempts);
    }
    this.#arrange();
  }

  #schedule(pod: Pod, key: string, attempts: number): void {
    const cycle = this.#cycle(pod);
    const total = cycle.nodes.length;
    const verdicts = filterNodes(cycle, plugins, total === 0 ? 0 : this.#start % total, this.#nominations);
    this.#start = total === 0 ? 0 : (this.#start + verdicts.looked) % total;
    if (verdicts.rejected.size > 0) this.#sim.journal.record('scheduler', 'Filtered', `pods/${key}`, refusals(verdicts));
    if (verdicts.feasible.length === 0) {
      this.#fail(pod, key, attempts, cycle, verdicts);
      return;
    }
    const choice = chooseNode(cycle, plugins, verdicts.feasible, this.#sim.random('scheduler'));
    const node = choice.node.node.metadata.name;
    this.#sim.journal.record('scheduler', 'Scored', `pods/${key}`, verdictOf(choice, verdicts));
    this.#assumed.set(key, node);
    this.#state.place(key, node, pod);
    this.#bind(pod, key, node);
  }

  #bind(pod: Pod, key: string, node: string): void {
    const { namespace, name, uid } = pod.metadata;
    const request: ApiRequest = {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } } as never,
    };
    this.#client.send(request, this.#bound, { key, node });
  }

  #bindingAnswered({ context, response }: Reply<{ readonly key: string; readonly node?: string }>): void {
    const { key, node = '' } = context;
    const pod = this.#pods.get(key);
    if (response.status < 300) {
      if (pod !== undefined) {
        this.#recorder.event(subjectOf(pod), undefined, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${key} to ${node}`);
      }
      this.#sim.journal.record('scheduler', 'Bound', `pods/${key}`, { node });
      return;
    }
    if (!this.#assumed.delete(key)) return;
    this.#state.remove(key, node);
    if (pod !== undefined && !pod.spec.nodeName && pod.metadata.deletionTimestamp === undefined) this.#queue.add(key, priorityOf(pod));
  }

  #fail(pod: Pod, key: string, attempts: number, cycle: Cycle, verdicts: Verdicts): void {
    const total = cycle.nodes.length;
    const refusers = new Set<string>();
    let message = 'no nodes available to schedule pods';
    let nominated: string | undefined;
    if (total > 0) {
      const reasons: string[] = [];
      for (const { plugin, rejection } of verdicts.rejected.values()) {
        refusers.add(plugin);
        reasons.push(...rejection.reasons);
      }
      const second = preempt(cycle, plugins, verdicts);
      message = `0/${total} nodes are available: ${histogram(reasons)}. ${second.message}`;
      nominated = second.nominated?.node.metadata.name;
      if (nominated !== undefined) this.#nominate(key, pod, nominated);
      for (const victim of second.victims) this.#evict(victim, pod, nominated!);
    } else for (const { name, hints } of plugins) if (hints?.nodeAdded !== undefined) refusers.add(name);
    this.#recorder.event(subjectOf(pod), undefined, 'Warning', 'FailedScheduling', 'Scheduling', message);
    this.#writer.unschedulable(pod, message, nominated);
    this.#queue.park(key, priorityOf(pod), attempts, [...refusers]);
  }

  #evict(victim: Pod, preemptor: Pod, node: string): void {
    this.#writer.evict(victim);
    const note = `Preempted by pod ${preemptor.metadata.uid} on node ${node}`;
    this.#recorder.event(subjectOf(victim), subjectOf(preemptor), 'Normal', 'Preempted', 'Preempting', note);
  }

  #gated(pod: Pod, message: string): void {
    this.#writer.gated(pod);
    this.#sim.journal.record('scheduler', 'Gated', `pods/${keyOf(pod)}`, { message });
  }

  #save(): Plain {
    return { start: this.#start, busy: this.#busy, assumed: [...this.#assumed], nominated: [...this.#nominated] } as unknown as Plain;
  }

  /** The books follow from the caches, which are restored before. */
  #restore(state: Plain): void {
    const saved = state as unknown as { start: number; busy: boolean; assumed: [string, string][]; nominated: [string, string][] };
    this.#start = saved.start;
    this.#busy = saved.busy;
    this.#assumed.clear();
    for (const [key, node] of saved.assumed) this.#assumed.set(key, node);
    this.#nominations.clear();
    this.#nominated.clear();
    for (const [key, node] of saved.nominated) {
      const pod = this.#pods.get(key);
      if (pod !== undefined) this.#nominate(key, pod, node);
    }
    this.#state.clear();
    for (const node of this.#nodes.all()) this.#state.setNode(node);
    for (const pod of this.#pods.all()) {
      const key = keyOf(pod);
      const node = pod.spec.nodeName || this.#assumed.get(key);
      if (node !== undefined && !podIsTerminal(pod)) this.#state.place(key, node, pod);
    }
  }
}

/** By content, not identity: a restored world has other objects. */
const differs = (a: Pod, b: Pod): boolean => !sameData(a.spec, b.spec) || !sameData(a.metadata.labels, b.metadata.labels);

/** Node → why not; of many nodes how often each reason. */
function refusals({ rejected }: Verdicts): Plain {
  if (rejected.size > NODES_TOLD) {
    const counts: Record<string, number> = {};
    for (const { plugin, rejection } of rejected.values()) {
      const text = `${plugin}: ${rejection.reasons.join(', ')}`;
      counts[text] = (counts[text] ?? 0) + 1;
    }
    return counts;
  }
  const texts: Record<string, string> = {};
  for (const [node, { plugin, rejection }] of rejected) texts[node] = `${plugin}: ${rejection.reasons.join(', ')}`;
  return texts;
}

/** The chosen node, its score by each plugin, and the sums of the others. */
function verdictOf({ node, totals, scores }: Choice, { feasible }: Verdicts): Plain {
  const at = feasible.indexOf(node);
  const plugin: Record<string, number> = {};
  for (const name in scores) plugin[name] = scores[name]![at]!;
  const others: Record<string, number> = {};
  for (let i = 0; i < Math.min(feasible.length, NODES_TOLD); i++) others[feasible[i]!.node.metadata.name] = totals[i] ?? 0;
  return { node: node.node.metadata.name, scores: plugin, totals: others };
}
