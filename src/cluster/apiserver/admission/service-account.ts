// ServiceAccount: every pod runs as one, and gets its token, the cluster's CA and its namespace mounted.
// Simplified: pods made of one template share the suffix of their kube-api-access volume, so that they can share one spec. It follows
// from the spec and the world's seed: a number drawn only the first time would come out differently in a restored world.
// Models: kubernetes v1.37 plugin/pkg/admission/serviceaccount/admission.go
import { Hasher } from '../../../sim/hash.ts';
import type { AnyObject } from '../../apimachinery/object.ts';
import { type Admission, defineAdmission, refusal } from './plugin.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const TOKEN_EXPIRATION_SECONDS = 3607;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

interface Completed {
  readonly account: AnyObject;
  readonly spec: any;
}

const completed = new WeakMap<object, Completed>();

export const serviceAccount = defineAdmission({
  name: 'ServiceAccount',
  resources: ['pods'],
  operations: ['CREATE'],
  admit(pod, admission) {
    if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return pod;
    const spec = pod['spec'] ?? {};
    const name: string = spec.serviceAccountName || 'default';
    const namespace = admission.scope.route.namespace!;
    const account = admission.scope.read('serviceaccounts', namespace, name);
    if (account === undefined) {
      throw refusal(
        pod,
        admission,
        `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
      );
    }
    const known = completed.get(spec);
    if (known?.account === account) return { ...pod, spec: known.spec };
    const result = complete(spec, name, account, admission);
    completed.set(spec, { account, spec: result });
    return { ...pod, spec: result };
  },
});

function complete(spec: any, name: string, account: AnyObject, admission: Admission): any {
  let result = { ...spec, serviceAccountName: name, serviceAccount: name };
  const automount = spec.automountServiceAccountToken ?? account['automountServiceAccountToken'] ?? true;
  if (automount) result = withToken(result, admission);
  const secrets = account['imagePullSecrets'];
  if ((spec.imagePullSecrets?.length ?? 0) === 0 && secrets?.length > 0) {
    result.imagePullSecrets = secrets.map((secret: { name: string }) => ({ name: secret.name }));
  }
  return result;
}

function withToken(spec: any, admission: Admission): any {
  const existing = spec.volumes?.find((volume: { name: string }) => volume.name.startsWith(VOLUME_PREFIX));
  const volumeName: string = existing?.name ?? VOLUME_PREFIX + suffixOf(spec, admission.scope.core.sim.seed);
  let needed = false;
  const mounted = (container: any) => {
    if (container.volumeMounts?.some((mount: { mountPath: string }) => mount.mountPath === MOUNT_PATH)) return container;
    needed = true;
    const mount = { name: volumeName, readOnly: true, mountPath: MOUNT_PATH };
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] };
  };
  const result = {
    ...spec,
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(mounted) }),
    containers: spec.containers?.map(mounted) ?? spec.containers,
  };
  if (needed && existing === undefined) result.volumes = [...(spec.volumes ?? []), tokenVolume(volumeName)];
  return result;
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const hasher = new Hasher();

/** Five characters that look drawn. */
function suffixOf(spec: any, seed: number): string {
  hasher.plain({ spec, seed });
  let rest = hasher.high >>> 0;
  let text = '';
  for (let i = 0; i < 5; i++) {
    text += ALPHABET[rest % ALPHABET.length];
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

function tokenVolume(name: string) {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_EXPIRATION_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    },
  };
}
