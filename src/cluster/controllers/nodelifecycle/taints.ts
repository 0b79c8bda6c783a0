// Which taints a node's conditions ask for. NoSchedule follows every condition at once; NoExecute follows Ready, at a limited rate.
// Models: kubernetes v1.37 pkg/controller/nodelifecycle (doNoScheduleTaintingPass, processTaintBaseEviction), pkg/util/taints
import type { Node, Taint } from '../../kinds/node/node.ts';
import type { Write } from '../controller.ts';
import { patch } from '../writes.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Condition and status: key of the taint. */
const BY_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const OWN_KEYS: ReadonlySet<string> = new Set([UNSCHEDULABLE, ...Object.values(BY_CONDITION).flatMap((one) => Object.values(one))]);

const NO_TAINTS: readonly Taint[] = [];

export function readyStatus(node: Node): 'True' | 'False' | 'Unknown' | undefined {
  return node.status.conditions?.find((one) => one.type === 'Ready')?.status;
}

/** The node's taints with those `owned` replaced by one of `effect` for each of `keys`; undefined when nothing changes. */
function replaced(
  node: Node,
  effect: Taint['effect'],
  owned: (key: string) => boolean,
  keys: readonly string[],
  timeAdded: string,
): readonly Taint[] | undefined {
  const taints = node.spec.taints ?? NO_TAINTS;
  const mine = taints.filter((taint) => taint.effect === effect && owned(taint.key));
  const missing = keys.filter((key) => !mine.some((taint) => taint.key === key));
  const surplus = mine.filter((taint) => !keys.includes(taint.key));
  if (missing.length === 0 && surplus.length === 0) return undefined;
  return [...taints.filter((taint) => !surplus.includes(taint)), ...missing.map((key): Taint => ({ key, effect, timeAdded }))];
}

/** Taints after NoSchedule was brought in line with conditions and `spec.unschedulable`; undefined when it is. */
export function withNoSchedule(node: Node, timeAdded: string): readonly Taint[] | undefined {
  const keys: string[] = [];
  for (const { type, status } of node.status.conditions ?? []) {
    const key = BY_CONDITION[type]?.[status];
    if (key !== undefined) keys.push(key);
  }
  if (node.spec.unschedulable === true) keys.push(UNSCHEDULABLE);
  return replaced(node, 'NoSchedule', (key) => OWN_KEYS.has(key), keys, timeAdded);
}

export interface NoExecute {
  readonly taints: readonly Taint[];
  /** A healthy node loses its pods: such taints are set at a limited rate. */
  readonly first: boolean;
}

/** Taints after NoExecute was brought in line with Ready; `none` takes them away whatever Ready says. */
export function withNoExecute(node: Node, timeAdded: string, none = false): NoExecute | undefined {
  const status = readyStatus(node);
  if (status === undefined && !none) return undefined;
  const owned = (key: string): boolean => key === NOT_READY || key === UNREACHABLE;
  const keys = none || status === 'True' ? [] : [status === 'False' ? NOT_READY : UNREACHABLE];
  const taints = replaced(node, 'NoExecute', owned, keys, timeAdded);
  if (taints === undefined) return undefined;
  const had = (node.spec.taints ?? NO_TAINTS).some((taint) => taint.effect === 'NoExecute' && owned(taint.key));
  return { taints, first: !had && keys.length > 0 };
}

/** The list has no merge key, so it is replaced whole, if nobody changed the node meanwhile. */
export function taintPatch(node: Node, taints: readonly Taint[]): Write {
  const change = {
    metadata: { resourceVersion: node.metadata.resourceVersion },
    spec: { taints: taints.length === 0 ? null : taints },
  };
  return patch('nodes', node, change, { accept: [404] });
}
