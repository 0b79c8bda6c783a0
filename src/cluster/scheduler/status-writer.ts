// What the scheduler writes into pods: the condition PodScheduled, the nominated node, and the farewell to victims.
// Models: kubernetes v1.37 pkg/scheduler/schedule_one.go updatePod, framework/preemption/executor.go
import type { Sim } from '../../sim/sim.ts';
import type { Client } from '../client/client.ts';
import { podCondition } from '../kinds/pod/facts.ts';
import type { Pod } from '../kinds/pod/types.ts';

const GATED = 'Scheduling is blocked due to non-empty scheduling gates';

export class StatusWriter {
  readonly #sim: Sim;
  readonly #client: Client;
  readonly #scheduler: string;

  constructor(sim: Sim, client: Client, scheduler: string) {
    this.#sim = sim;
    this.#client = client;
    this.#scheduler = scheduler;
  }

  unschedulable(pod: Pod, message: string, nominatedNodeName: string | undefined): void {
    const condition = this.#scheduled(pod, 'Unschedulable', message);
    const nominates = nominatedNodeName !== undefined && nominatedNodeName !== pod.status.nominatedNodeName;
    if (condition === undefined && !nominates) return;
    this.#patch(pod, {
      ...(condition === undefined ? {} : { conditions: [condition] }),
      ...(nominates ? { nominatedNodeName } : {}),
    });
  }

  gated(pod: Pod): void {
    const condition = this.#scheduled(pod, 'SchedulingGated', GATED);
    if (condition !== undefined) this.#patch(pod, { conditions: [condition] });
  }

  /** A victim learns why, then is deleted with its own grace. */
  evict(victim: Pod): void {
    const { namespace, name } = victim.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      observedGeneration: victim.metadata.generation,
      lastProbeTime: null,
      lastTransitionTime: this.#sim.timestamp(),
      reason: 'PreemptionByScheduler',
      message: `${this.#scheduler}: preempting to accommodate a higher priority pod`,
    };
    this.#patch(victim, { conditions: [condition] });
    this.#client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}/pods/${name}` });
  }

  /** Undefined when the pod says so already. */
  #scheduled(pod: Pod, reason: string, message: string): object | undefined {
    const known = podCondition(pod, 'PodScheduled');
    if (known?.status === 'False' && known.reason === reason && known.message === message) return undefined;
    return {
      type: 'PodScheduled',
      status: 'False',
      observedGeneration: pod.metadata.generation,
      lastProbeTime: null,
      lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : this.#sim.timestamp(),
      reason,
      message,
    };
  }

  #patch(pod: Pod, status: object): void {
    this.#client.send({
      method: 'PATCH',
      path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`,
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: { status } as never,
    });
  }
}
