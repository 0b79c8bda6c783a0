// All kubelets of one world share their machines: one table of pods, one of containers, one of probes. A kubelet adds rows; the owners
// of the machines (pod-owner, container-owner, probe-owner) answer them. Handlers of the queue are registered here, once.
import type { Handler, Sim } from '../../sim/sim.ts';
import { TableRunner } from '../../sim/table-runner.ts';
import type { Reply } from '../client/client.ts';
import { oncePerSim } from '../client/once-per-sim.ts';
import type { Container, Pod } from '../kinds/pod/types.ts';
import { containerMachine } from './container.machine.ts';
import { ContainerOwner } from './container-owner.ts';
import type { NodeKubelet } from './kubelet.ts';
import { podMachine } from './pod.machine.ts';
import { PodOwner } from './pod-owner.ts';
import { probeMachine } from './probe.machine.ts';
import { ProbeOwner } from './probe-owner.ts';
import { ContainerRow, type ContainerRole, PodRow, ProbeRow, RowNumbers } from './rows.ts';
import { StatusManager } from './status-manager.ts';

/** Refers to a row that may have been given to another pod since. */
export type RowReference = { readonly row: number; readonly uid: string };

export class Fleet {
  readonly sim: Sim;
  readonly pods: (PodRow | undefined)[] = [];
  readonly containers: (ContainerRow | undefined)[] = [];
  readonly probes: (ProbeRow | undefined)[] = [];
  readonly podMachine: TableRunner<typeof podMachine>;
  readonly containerMachine: TableRunner<typeof containerMachine>;
  readonly probeMachine: TableRunner<typeof probeMachine>;
  readonly podOwner: PodOwner;
  readonly containerOwner: ContainerOwner;
  readonly probeOwner: ProbeOwner;
  readonly status: StatusManager;
  readonly replied: Handler<any>;
  readonly #podRows = new RowNumbers();
  readonly #containerRows = new RowNumbers();
  readonly #probeRows = new RowNumbers();
  #nextOwner = 1;

  constructor(sim: Sim) {
    this.sim = sim;
    this.status = new StatusManager(this);
    this.podOwner = new PodOwner(this);
    this.containerOwner = new ContainerOwner(this);
    this.probeOwner = new ProbeOwner(this);
    const podSubject = (row: number): string => this.pods[row]!.journalSubject;
    this.podMachine = new TableRunner(sim, podMachine, this.podOwner.answers, { journal: { source: 'kubelet', subject: podSubject } });
    this.containerMachine = new TableRunner(sim, containerMachine, this.containerOwner.answers, {
      journal: { source: 'kubelet', subject: (row) => this.#containerSubject(this.containers[row]!) },
    });
    this.probeMachine = new TableRunner(sim, probeMachine, this.probeOwner.answers, {
      journal: {
        source: 'kubelet',
        subject: (row) =>
          `probes/${this.#containerSubject(this.probes[row]!.container).slice('containers/'.length)}/${this.probes[row]!.kind}`,
      },
    });
    this.replied = sim.handler<any>('kubelet/replied', ({ context, response }: Reply<{ node: string; what: string }>) => {
      this.nodes.get(context.node)?.replied(context.what, response);
    });
  }

  readonly nodes = new Map<string, NodeKubelet>();

  #containerSubject(container: ContainerRow): string {
    return container.journalSubject;
  }

  /** Names processes and sockets of one container start, one exec or one probe. */
  takeOwner(): number {
    return this.#nextOwner++;
  }

  addPod(node: NodeKubelet, pod: Pod, key: string, isStatic: boolean): PodRow {
    const row = new PodRow(this.#podRows.take(), node, pod, key, pod.status.startTime ?? this.sim.timestamp(), isStatic);
    row.mirrorMissing = isStatic;
    this.pods[row.row] = row;
    for (const spec of pod.spec.initContainers ?? []) this.addContainer(row, spec.restartPolicy === 'Always' ? 'sidecar' : 'init', spec);
    for (const spec of pod.spec.containers) this.addContainer(row, 'app', spec);
    for (const spec of pod.spec.ephemeralContainers ?? []) this.addContainer(row, 'ephemeral', spec);
    return row;
  }

  addContainer(pod: PodRow, role: ContainerRole, spec: Container): ContainerRow {
    const container = new ContainerRow(this.#containerRows.take(), pod, role, spec);
    this.containers[container.row] = container;
    pod.containers.push(container);
    this.containerMachine.start(container.row);
    return container;
  }

  addProbe(container: ContainerRow, kind: ProbeRow['kind'], spec: ProbeRow['spec']): ProbeRow {
    const probe = new ProbeRow(this.#probeRows.take(), container, kind, spec);
    this.probes[probe.row] = probe;
    container.probes.push(probe);
    this.probeMachine.start(probe.row);
    return probe;
  }

  removeProbes(container: ContainerRow): void {
    for (const probe of container.probes) {
      this.probeOwner.abandon(probe);
      this.probeMachine.remove(probe.row);
      this.probes[probe.row] = undefined;
      this.#probeRows.give(probe.row);
    }
    container.probes.length = 0;
  }

  removePod(pod: PodRow): void {
    for (const container of pod.containers) {
      this.removeProbes(container);
      this.containerMachine.remove(container.row);
      this.containers[container.row] = undefined;
      this.#containerRows.give(container.row);
    }
    this.podMachine.remove(pod.row);
    this.pods[pod.row] = undefined;
    this.#podRows.give(pod.row);
    pod.node.forget(pod);
  }

  podAt({ row, uid }: RowReference): PodRow | undefined {
    const pod = this.pods[row];
    return pod !== undefined && pod.pod.metadata.uid === uid ? pod : undefined;
  }
}

export const fleetOf = oncePerSim((sim) => new Fleet(sim));
