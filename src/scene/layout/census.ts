// Every node and pod as columns, whatever the worker sent: large clusters come as columns, small ones are counted from summaries.
import type { Model } from '../../feed/model.ts';
import { marks } from '../../feed/records.ts';

export interface Census {
  readonly nodes: readonly string[];
  readonly zones: readonly string[];
  readonly zone: Uint8Array;
  readonly start: Uint32Array;
  readonly cpu: Uint8Array;
  readonly state: Uint8Array;
  readonly mark: Uint8Array;
  /** Key of the pod in each row, when known. */
  readonly pods?: readonly string[];
  readonly unscheduled: number;
  readonly version: number;
}

const markNumber = new Map(marks.map((mark, i) => [mark, i]));

/** Orders names as people count: `minikube`, `minikube-m02`, `node-2`, `node-10`. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const x = a.split(/(\d+)/);
  const y = b.split(/(\d+)/);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] === y[i]) continue;
    return i % 2 === 1 ? Number(x[i]) - Number(y[i]) : x[i]! < y[i]! ? -1 : 1;
  }
  return x.length - y.length;
}

export function census(model: Model): Census {
  if (model.fleet) return { ...model.fleet, version: model.fleetVersion };
  const nodes = [...model.nodes.values()].sort((a, b) => compareNames(a.zone ?? '', b.zone ?? '') || compareNames(a.name, b.name));
  const zones = [...new Set(nodes.map((node) => node.zone ?? ''))];
  const byNode = new Map<string, [string, number][]>(nodes.map((node) => [node.name, []]));
  let unscheduled = 0;
  for (const [key, pod] of model.pods) {
    const rows = pod.node === undefined ? undefined : byNode.get(pod.node);
    if (rows) rows.push([key, markNumber.get(pod.mark)!]);
    else unscheduled++;
  }
  const start = new Uint32Array(nodes.length + 1);
  nodes.forEach((node, i) => {
    start[i + 1] = start[i]! + byNode.get(node.name)!.length;
  });
  const rows = nodes.flatMap((node) => byNode.get(node.name)!);
  return {
    nodes: nodes.map((node) => node.name),
    zones,
    zone: Uint8Array.from(nodes, (node) => zones.indexOf(node.zone ?? '')),
    start,
    cpu: Uint8Array.from(nodes, (node) => Math.round(255 * Math.min(1, node.cpu))),
    state: Uint8Array.from(nodes, (node) => (node.ready === 'True' ? (node.schedulable ? 0 : 3) : node.ready === 'False' ? 1 : 2)),
    mark: Uint8Array.from(rows, (row) => row[1]),
    pods: rows.map((row) => row[0]),
    unscheduled,
    version: 0,
  };
}

/** How many pods are in each state. */
export function countMarks(mark: Uint8Array): Uint32Array {
  const counts = new Uint32Array(marks.length);
  for (let i = 0; i < mark.length; i++) counts[mark[i]!]!++;
  return counts;
}
