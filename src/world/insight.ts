// What only the kubelets know of a selected pod: its running machines, its variables and the last lines it wrote.
import type { Cluster } from '../cluster/cluster.ts';
import { fleetOf } from '../cluster/kubelet/fleet.ts';
import type { ContainerRow, PodRow } from '../cluster/kubelet/rows.ts';
import type { GuardValue, VariableSummary } from '../feed/records.ts';
import { shapeOf } from '../sim/shape.ts';
import type { TableRunner } from '../sim/table-runner.ts';
import type { Insight, RunningMachine } from './publish.ts';

const LOG_LINES = 4;
const LOG_BYTES = 2000;

/** `Waiting.Pulling, Probe.Ready` → its parts. */
const activeOf = (runner: TableRunner<any>, row: number): readonly string[] => runner.stateName(row).split(', ');

function machine(
  runner: TableRunner<any>,
  row: number,
  instance: string,
  title: string,
  subject: string,
  guards: readonly GuardValue[],
): RunningMachine[] {
  if (!runner.has(row)) return [];
  return [
    {
      instance,
      title,
      shape: shapeOf(runner.machine),
      name: runner.name,
      subject,
      active: activeOf(runner, row),
      timers: runner.timers(row),
      guards,
    },
  ];
}

/** Facts the container's chart decides by, as they stand. */
function containerGuards(container: ContainerRow): readonly GuardValue[] {
  const policy = container.pod.pod.spec.restartPolicy ?? 'Always';
  const last = container.termination ?? container.lastTermination;
  return [
    { text: 'restartPolicy is not Never', value: policy, holds: policy !== 'Never' },
    ...(last === undefined ? [] : [{ text: 'exit code is not 0', value: String(last.exitCode), holds: last.exitCode !== 0 }]),
    ...(container.backOffMs === 0
      ? []
      : [{ text: 'back-off before the next start', value: `${container.backOffMs / 1000} s`, holds: true }]),
    { text: 'readiness', value: container.ready ? 'ready' : 'not ready', holds: container.ready },
  ];
}

function variablesOf(container: ContainerRow): readonly VariableSummary[] {
  const written = new Map((container.spec.env ?? []).map((variable) => [variable.name, variable]));
  return Object.entries(container.environment?.variables ?? {}).map(([name, value]) => {
    const own = written.get(name);
    const origin =
      own === undefined
        ? /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)*)$/.test(name)
          ? 'service'
          : 'config'
        : own.valueFrom === undefined
          ? 'spec'
          : 'config';
    return { container: container.spec.name, name, value, origin };
  });
}

export function insightOf(cluster: () => Cluster | undefined): Insight {
  const podRow = (subject: string): PodRow | undefined => {
    const current = cluster();
    if (current === undefined || !subject.startsWith('pods/')) return undefined;
    const key = subject.slice('pods/'.length);
    for (const node of current.nodes.values()) for (const row of node.kubelet.pods) if (row.key === key) return row;
    return undefined;
  };
  return {
    machines(subject) {
      const row = podRow(subject);
      const current = cluster();
      if (row === undefined || current === undefined) return [];
      const fleet = fleetOf(current.options.sim);
      const machines = machine(fleet.podMachine, row.row, subject, 'Pod', subject, []);
      for (const container of row.containers) {
        const name = container.spec.name;
        machines.push(
          ...machine(
            fleet.containerMachine,
            container.row,
            `${subject}/containers/${name}`,
            `Container ${name}`,
            `containers/${row.key}/${name}`,
            containerGuards(container),
          ),
        );
        for (const probe of container.probes) {
          machines.push(
            ...machine(
              fleet.probeMachine,
              probe.row,
              `${subject}/containers/${name}/${probe.kind}`,
              `Probe ${probe.kind} of ${name}`,
              `probes/${row.key}/${name}/${probe.kind}`,
              [],
            ),
          );
        }
      }
      return machines;
    },
    variables: (subject) => podRow(subject)?.containers.flatMap(variablesOf),
    lastLines(subject) {
      const text = podRow(subject)
        ?.containers.map((container) => container.log?.tail(LOG_LINES, LOG_BYTES) ?? '')
        .join('');
      return text === undefined || text === '' ? undefined : text.trimEnd().split('\n').slice(-LOG_LINES);
    },
  };
}
