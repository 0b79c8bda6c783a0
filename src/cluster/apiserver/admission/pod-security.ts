// PodSecurity: the Pod Security Standards a namespace's labels ask for. `enforce` refuses pods, `warn` only says what would be
// refused, for workloads too.
// Models: kubernetes v1.37 staging/src/k8s.io/pod-security-admission
import { type FieldError, invalid } from '../../apimachinery/field.ts';
import type { AnyObject } from '../../apimachinery/object.ts';
import { invalidObject } from '../../apimachinery/status-error.ts';
import { type Admission, defineAdmission, refusal } from './plugin.ts';
import { type Level, violations } from './pod-security-checks.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS = ['privileged', 'baseline', 'restricted'];
const MODES = ['enforce', 'audit', 'warn'];

interface Policy {
  readonly level: Level;
  readonly version: string;
}

function policy(labels: Readonly<Record<string, string>> | undefined, mode: string): Policy {
  return { level: (labels?.[PREFIX + mode] ?? 'privileged') as Level, version: labels?.[`${PREFIX}${mode}-version`] ?? 'latest' };
}

const named = ({ level, version }: Policy) => `${level}:${version}`;

/** Where the pod's metadata and spec stand in each kind that makes pods. */
const TEMPLATES: Readonly<Record<string, (object: AnyObject) => any>> = {
  pods: (object) => object,
  replicationcontrollers: (object) => object['spec']?.template,
  podtemplates: (object) => object['template'],
  'deployments.apps': (object) => object['spec']?.template,
  'replicasets.apps': (object) => object['spec']?.template,
  'daemonsets.apps': (object) => object['spec']?.template,
  'statefulsets.apps': (object) => object['spec']?.template,
  'jobs.batch': (object) => object['spec']?.template,
  'cronjobs.batch': (object) => object['spec']?.jobTemplate?.spec?.template,
};

export const podSecurity = defineAdmission({
  name: 'PodSecurity',
  resources: ['namespaces', ...Object.keys(TEMPLATES)],
  operations: ['CREATE', 'UPDATE'],
  judge(object, admission) {
    const { resource } = admission.scope.route.kind;
    if (resource === 'namespaces') return judgeNamespace(object, admission);
    const template = TEMPLATES[resource]!(object);
    if (template?.spec === undefined) return;
    if (admission.old !== undefined && sameSecurity(template, TEMPLATES[resource]!(admission.old))) return;
    const labels = admission.scope.read('namespaces', undefined, admission.scope.route.namespace!)?.metadata.labels;
    if (labels === undefined) return;
    const enforced = policy(labels, 'enforce');
    if (resource === 'pods' && enforced.level !== 'privileged') {
      const found = violations(template, enforced.level);
      if (found.length > 0)
        throw refusal(object, admission, `violates PodSecurity ${JSON.stringify(named(enforced))}: ${found.join(', ')}`);
    }
    const warned = policy(labels, 'warn');
    if (warned.level === 'privileged') return;
    const found = violations(template, warned.level);
    if (found.length > 0) admission.scope.warn(`would violate PodSecurity ${JSON.stringify(named(warned))}: ${found.join(', ')}`);
  },
});

const sameSecurity = (a: any, b: any) => a?.spec === b?.spec;

function judgeNamespace(object: AnyObject, admission: Admission): void {
  const { labels } = object.metadata;
  const errors: FieldError[] = [];
  for (const mode of MODES) {
    const level = labels?.[PREFIX + mode];
    if (level !== undefined && !LEVELS.includes(level)) {
      errors.push(invalid(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(', ')}`));
    }
    const version = labels?.[`${PREFIX}${mode}-version`];
    if (version !== undefined && version !== 'latest' && !/^v1\.\d+$/.test(version)) {
      errors.push(invalid(`metadata.labels[${PREFIX}${mode}-version]`, version, 'must be "latest" or "v1.x"'));
    }
  }
  if (errors.length > 0) throw invalidObject('', 'Namespace', object.metadata.name, errors);
  if (admission.old !== undefined) warnOfExistingPods(object, admission);
}

/** A stricter level does not touch pods that are there; it tells what is wrong with them. */
function warnOfExistingPods(object: AnyObject, admission: Admission): void {
  const before = policy(admission.old!.metadata.labels, 'enforce');
  const after = policy(object.metadata.labels, 'enforce');
  if (after.level === 'privileged' || (after.level === before.level && after.version === before.version)) return;
  const byViolation = new Map<string, string[]>();
  for (const pod of admission.scope.list('pods', object.metadata.name)) {
    const found = violations(pod, after.level, true);
    if (found.length === 0) continue;
    const key = found.join(', ');
    byViolation.set(key, [...(byViolation.get(key) ?? []), pod.metadata.name]);
  }
  if (byViolation.size === 0) return;
  admission.scope.warn(
    `existing pods in namespace ${JSON.stringify(object.metadata.name)} violate the new PodSecurity enforce level ${JSON.stringify(named(after))}`,
  );
  const lines = [...byViolation].map(([violation, pods]) => {
    const others = pods.length > 1 ? ` (and ${pods.length - 1} other pod${pods.length === 2 ? '' : 's'})` : '';
    return `${pods[0]}${others}: ${violation}`;
  });
  for (const line of lines) admission.scope.warn(line);
}
