// DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or not reachable, unless they say otherwise.
// Models: kubernetes v1.37 plugin/pkg/admission/defaulttolerationseconds/admission.go
import { memoCompletion } from '../../apimachinery/memo.ts';
import { defineAdmission } from './plugin.ts';

const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const SECONDS = 300;

interface Toleration {
  readonly key?: string;
  readonly effect?: string;
}

const complete = memoCompletion((spec: { readonly tolerations?: readonly Toleration[] }) => {
  const given = spec.tolerations ?? [];
  const covers = (key: string) => given.some((one) => (!one.key || one.key === key) && (!one.effect || one.effect === 'NoExecute'));
  const missing = KEYS.filter((key) => !covers(key));
  if (missing.length === 0) return spec;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }));
  return { ...spec, tolerations: [...given, ...added] };
});

export const defaultTolerationSeconds = defineAdmission({
  name: 'DefaultTolerationSeconds',
  resources: ['pods'],
  operations: ['CREATE', 'UPDATE'],
  admit(pod) {
    const spec = pod['spec'] ?? {};
    const result = complete(spec);
    return result === spec ? pod : { ...pod, spec: result };
  },
});
