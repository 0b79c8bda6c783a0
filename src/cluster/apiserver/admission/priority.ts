// Priority: the number behind a pod's priority class, and its preemption policy.
// Models: kubernetes v1.37 plugin/pkg/admission/priority/admission.go
import type { AnyObject } from '../../apimachinery/object.ts';
import { type Admission, defineAdmission, refusal } from './plugin.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';
/** Classes the server makes at start; used until they are stored. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

interface PriorityChoice {
  readonly name: string;
  readonly value: number;
  readonly policy: string;
}

const NO_CLASS: PriorityChoice = { name: '', value: 0, policy: 'PreemptLowerPriority' };

const completed = new WeakMap<object, { readonly choice: PriorityChoice; readonly spec: any }>();
const choices = new WeakMap<AnyObject, PriorityChoice>();

export const priority = defineAdmission({
  name: 'Priority',
  resources: ['pods'],
  operations: ['CREATE', 'UPDATE'],
  admit(pod, admission) {
    const spec = pod['spec'] ?? {};
    if (admission.operation === 'UPDATE') {
      const old = admission.old!['spec'];
      if (spec === old || spec.priority !== undefined || old.priority === undefined) return pod;
      return {
        ...pod,
        spec: { ...spec, priority: old.priority, ...(spec.preemptionPolicy ? {} : { preemptionPolicy: old.preemptionPolicy }) },
      };
    }
    const choice = choose(pod, spec, admission);
    const known = completed.get(spec);
    if (known?.choice === choice) return { ...pod, spec: known.spec };
    if (spec.priority !== undefined && spec.priority !== choice.value) {
      throw refusal(
        pod,
        admission,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${choice.value} from the given PriorityClass name`,
      );
    }
    if (spec.preemptionPolicy && spec.preemptionPolicy !== choice.policy) {
      throw refusal(
        pod,
        admission,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${choice.policy} from the given PriorityClass name`,
      );
    }
    const result = {
      ...spec,
      ...(choice.name === '' ? {} : { priorityClassName: choice.name }),
      priority: choice.value,
      preemptionPolicy: choice.policy,
    };
    completed.set(spec, { choice, spec: result });
    return { ...pod, spec: result };
  },
});

function choiceOf(object: AnyObject): PriorityChoice {
  let choice = choices.get(object);
  if (choice === undefined) {
    choice = { name: object.metadata.name, value: object['value'] ?? 0, policy: object['preemptionPolicy'] ?? 'PreemptLowerPriority' };
    choices.set(object, choice);
  }
  return choice;
}

const SYSTEM_CHOICES = new Map(
  Object.entries(SYSTEM_CLASSES).map(([name, value]) => [name, { name, value, policy: 'PreemptLowerPriority' } as PriorityChoice]),
);

function choose(pod: AnyObject, spec: any, admission: Admission): PriorityChoice {
  const { scope } = admission;
  if (!spec.priorityClassName) {
    let best: PriorityChoice | undefined;
    for (const object of scope.list(CLASSES)) {
      if (object['globalDefault'] !== true) continue;
      const choice = choiceOf(object);
      if (best === undefined || choice.value < best.value) best = choice;
    }
    return best ?? NO_CLASS;
  }
  const stored = scope.read(CLASSES, undefined, spec.priorityClassName);
  const choice = stored === undefined ? SYSTEM_CHOICES.get(spec.priorityClassName) : choiceOf(stored);
  if (choice === undefined) throw refusal(pod, admission, `no PriorityClass with name ${spec.priorityClassName} was found`);
  return choice;
}
