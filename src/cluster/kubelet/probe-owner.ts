// Answers the probe machine: when a probe runs, what its outcome means, and what is told.
// Models: kubernetes v1.37 pkg/kubelet/prober/{prober,worker,prober_manager}.go
import type { Owner } from '../../sim/machines.ts';
import type { Handler } from '../../sim/sim.ts';
import { reporterOf } from './events.ts';
import type { Fleet } from './fleet.ts';
import { type HandlerFailure, runHandler } from './handlers.ts';
import type { probeMachine } from './probe.machine.ts';
import type { ContainerRow, ProbeRow } from './rows.ts';

const TITLES = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const;

export class ProbeOwner {
  readonly #fleet: Fleet;
  readonly #timedOut: Handler<{ readonly row: number; readonly process: number }>;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#timedOut = fleet.sim.handler('kubelet/probe-timeout', ({ row, process }) => {
      const probe = fleet.probes[row];
      if (probe === undefined || probe.process !== process) return;
      const { exec, timeoutSeconds = 1 } = probe.spec;
      this.abandon(probe);
      this.#finish(probe, {
        output: `command timed out: ${JSON.stringify((exec?.command ?? []).join(' '))} timed out after ${timeoutSeconds}s`,
      });
    });
  }

  get answers(): Owner<typeof probeMachine> {
    const at = (row: number): ProbeRow => this.#fleet.probes[row]!;
    return {
      guards: {
        held: (row) => at(row).kind !== 'startup' && !at(row).container.started,
        // Asked before the outcome is counted.
        successThresholdMet: (row) => at(row).successes + 1 >= (at(row).spec.successThreshold ?? 1),
        failureThresholdMet: (row) => at(row).failures + 1 >= (at(row).spec.failureThreshold ?? 3),
        onceOnly: (row) => at(row).kind === 'startup',
      },
      actions: {
        runProbe: (row) => this.#run(at(row)),
        abandonProbe: (row) => this.abandon(at(row)),
        countSuccess: (row) => {
          at(row).successes++;
          at(row).failures = 0;
        },
        countFailure: (row) => {
          const probe = at(row);
          probe.failures++;
          probe.successes = 0;
          reporterOf(probe.container).warning('Unhealthy', `${TITLES[probe.kind]} probe failed: ${probe.output}`);
        },
        reportError: (row) => {
          const probe = at(row);
          reporterOf(probe.container).warning(
            'Unhealthy',
            `${TITLES[probe.kind]} probe errored and resulted in unknown state: ${probe.output}`,
          );
        },
        setSuccess: (row) => this.#succeed(at(row)),
        setFailure: (row) => this.#fail(at(row)),
      },
      delays: {
        initialDelaySeconds: (row) => this.#firstDelay(at(row)),
        periodSeconds: (row) => this.#untilTick(at(row), 1),
      },
    };
  }

  /** Ticks of a probe's worker, which runs since the pod was added. */
  #untilTick(probe: ProbeRow, atLeastMs: number): number {
    const period = Math.max(1, probe.spec.periodSeconds ?? 10) * 1000;
    const { pod } = probe.container;
    const base = Date.parse(pod.startTime) - this.#fleet.sim.epoch + ((pod.row * 37) % 211);
    const since = this.#fleet.sim.now + atLeastMs - base;
    return base + Math.ceil(since / period) * period - this.#fleet.sim.now;
  }

  #firstDelay(probe: ProbeRow): number {
    const { container, spec, kind } = probe;
    const wait = Math.max(0, container.startedMs + (spec.initialDelaySeconds ?? 0) * 1000 - this.#fleet.sim.now);
    // A readiness probe is asked at once when its container starts; the others wait for their worker's tick.
    return kind === 'readiness' && wait === 0 ? 10 : this.#untilTick(probe, wait);
  }

  #run(probe: ProbeRow): void {
    const { sim } = this.#fleet;
    const { spec, container, row } = probe;
    probe.lastStart = sim.now;
    let finished = false;
    const timeout = spec.timeoutSeconds ?? 1;
    let process = 0;
    process = runHandler(this.#fleet, container, spec, timeout, probe.kind, (failure) => {
      finished = true;
      if (this.#fleet.probes[row] !== probe || probe.process !== (process === 0 ? undefined : process)) return;
      sim.cancel(probe.timeout);
      probe.process = undefined;
      this.#finish(probe, failure);
    });
    if (finished) return;
    probe.process = process;
    if (spec.exec !== undefined) probe.timeout = sim.after(timeout * 1000, this.#timedOut, { row, process });
  }

  #finish(probe: ProbeRow, failure: HandlerFailure | undefined): void {
    probe.output = failure?.output ?? '';
    const type = failure === undefined ? 'SUCCEEDED' : failure.isError === true ? 'ERRORED' : 'FAILED';
    this.#fleet.probeMachine.send(probe.row, { type });
  }

  /** Nobody waits for its answer any more. */
  abandon(probe: ProbeRow): void {
    if (probe.process === undefined) return;
    const process = probe.process;
    probe.process = undefined;
    this.#fleet.sim.cancel(probe.timeout);
    probe.container.pod.node.processes.killOwner(process);
  }

  #succeed({ container, kind }: ProbeRow): void {
    const { pod } = container;
    if (kind === 'liveness') return;
    if (kind === 'readiness') {
      if (container.ready) return;
      container.ready = true;
    } else {
      container.started = true;
      container.ready = container.spec.readinessProbe === undefined;
      for (const other of container.probes)
        if (other.kind !== 'startup') this.#fleet.probeMachine.send(other.row, { type: 'CONTAINER_STARTED' });
    }
    this.#fleet.status.publish(pod);
    if (!pod.terminating) this.#fleet.podMachine.send(pod.row, { type: 'SYNC' });
  }

  #fail(probe: ProbeRow): void {
    const { container, kind, spec } = probe;
    const { pod } = container;
    if (kind === 'readiness') {
      if (!container.ready) return;
      container.ready = false;
      this.#fleet.status.publish(pod);
      return;
    }
    if (pod.terminating) return;
    const restarts = pod.pod.spec.restartPolicy !== 'Never' || container.role === 'sidecar';
    container.stopMessage = `Container ${container.spec.name} failed ${kind} probe${restarts ? ', will be restarted' : ''}`;
    container.restartWanted = restarts;
    container.stopGraceMs = (spec.terminationGracePeriodSeconds ?? pod.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    this.#fleet.containerMachine.send(container.row, { type: 'STOP' });
  }

  /** While a container is being stopped only its readiness is still asked for. */
  holdForStop(container: ContainerRow): void {
    for (const probe of container.probes) if (probe.kind !== 'readiness') this.#fleet.probeMachine.send(probe.row, { type: 'HOLD' });
  }
}
