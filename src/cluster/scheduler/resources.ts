// What a pod asks for and what a node has, as numbers the scheduler adds up: milli-CPU, bytes, whole pieces.
// Models: kubernetes v1.37 pkg/scheduler/framework/types.go Resource, component-helpers resource.PodRequests
import { memoByIdentity } from '../apimachinery/memo.ts';
import { parseQuantity } from '../apimachinery/quantity.ts';
import type { Container, PodSpec, ResourceList } from '../kinds/pod/types.ts';

export interface Amounts {
  /** By resource name; cpu in milli-CPU, everything else in whole units. */
  readonly [resource: string]: number;
}

/** For scoring only, a container that asks for nothing counts as if it asked for this. */
export const DEFAULT_CPU_MILLI = 100;
export const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

/** Milli for cpu, rounded up; whole units for the rest. */
export function amount(resource: string, text: string): number {
  const value = parseQuantity(text);
  if (typeof value === 'string') return 0;
  const unit = resource === 'cpu' ? 1_000_000n : 1_000_000_000n;
  return Number((value.nano + unit - 1n) / unit);
}

export const amountsOf = memoByIdentity((list: ResourceList): Amounts => {
  const amounts: Record<string, number> = {};
  for (const [resource, text] of Object.entries(list)) amounts[resource] = amount(resource, text);
  return amounts;
});

function add(into: Record<string, number>, more: Amounts): void {
  for (const resource in more) into[resource] = (into[resource] ?? 0) + more[resource];
}

function atLeast(into: Record<string, number>, floor: Amounts): void {
  for (const resource in floor) into[resource] = Math.max(into[resource] ?? 0, floor[resource]);
}

type Ask = (container: Container) => Amounts;

/** Containers and sidecars run together; each other init container runs alone beside the sidecars started before it. */
function total(spec: PodSpec, ask: Ask): Amounts {
  const running: Record<string, number> = {};
  for (const container of spec.containers) add(running, ask(container));
  const sidecars: Record<string, number> = {};
  const initPeak: Record<string, number> = {};
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(running, ask(container));
      add(sidecars, ask(container));
      atLeast(initPeak, sidecars);
    } else {
      const alone: Record<string, number> = { ...sidecars };
      add(alone, ask(container));
      atLeast(initPeak, alone);
    }
  }
  atLeast(running, initPeak);
  if (spec.resources?.requests !== undefined) Object.assign(running, amountsOf(spec.resources.requests));
  if (spec.overhead !== undefined) add(running, amountsOf(spec.overhead));
  return running;
}

const NOTHING: Amounts = {};

/** What the pod needs on a node. */
export const podRequests = memoByIdentity(
  (spec: PodSpec): Amounts =>
    total(spec, (container) => (container.resources?.requests === undefined ? NOTHING : amountsOf(container.resources.requests))),
);

/** The same with a floor of 100m and 200Mi per container. */
export const podScoringRequests = memoByIdentity(
  (spec: PodSpec): Amounts =>
    total(spec, (container) => {
      const asked = container.resources?.requests === undefined ? NOTHING : amountsOf(container.resources.requests);
      return { cpu: asked['cpu'] ?? DEFAULT_CPU_MILLI, memory: asked['memory'] ?? DEFAULT_MEMORY_BYTES };
    }),
);
