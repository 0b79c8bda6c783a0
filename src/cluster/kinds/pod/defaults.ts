// What the server adds to a pod or a pod template that says less than everything.
// Models: kubernetes v1.37 pkg/apis/core/v1/defaults.go SetDefaults_{PodSpec,Container,Probe,…}
import { memoCompletion } from '../../apimachinery/memo.ts';
import { addQuantities, formatQuantity, quantity } from '../../apimachinery/quantity.ts';
import type { Container, EnvVar, Handlers, Pod, PodSpec, PodTemplate, Probe, Volume } from './types.ts';

/** `{…added, …object}`, or the object itself when it has all of them. */
function complete<T extends object>(object: T, added: Partial<T>): T {
  let out: T | undefined;
  for (const field in added) if (object[field] === undefined || object[field] === null) out = { ...(out ?? object), [field]: added[field] };
  return out ?? object;
}

/** Maps a list, and answers the list itself when no item changed. */
export function mapShared<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  let changed = false;
  const mapped = items.map((item) => {
    const next = map(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? mapped : items;
}

/** Replaces one field when the mapped value differs. */
function withField<T extends object, F extends keyof T>(object: T, field: F, map: (value: NonNullable<T[F]>) => T[F]): T {
  const value = object[field];
  if (value === undefined || value === null) return object;
  const next = map(value);
  return next === value ? object : { ...object, [field]: next };
}

/** `nginx`, `nginx:latest`, `nginx@sha256:…`: what stands behind the last colon after the last slash, without a digest. */
export function imageTag(image: string): string {
  const bare = image.split('@')[0];
  const name = bare.slice(bare.lastIndexOf('/') + 1);
  return name.includes(':') ? name.slice(name.indexOf(':') + 1) : image.includes('@') ? '' : 'latest';
}

function handlerDefaults<H extends Handlers>(handlers: H): H {
  return withField(handlers, 'httpGet', (get) => complete<any>(get, { path: '/', scheme: 'HTTP' }));
}

function probeDefaults(probe: Probe): Probe {
  const withHandlers = withField(handlerDefaults(probe), 'grpc', (grpc) => complete(grpc, { service: '' }));
  return complete(withHandlers, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
}

function envDefaults(variable: EnvVar): EnvVar {
  return withField(variable, 'valueFrom', (source) =>
    withField(
      withField(source, 'fieldRef', (ref) => complete(ref, { apiVersion: 'v1' })),
      'resourceFieldRef',
      (ref) => complete(ref, { divisor: '0' }),
    ),
  );
}

function containerDefaults(container: Container): Container {
  let next = complete(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  next = withField(next, 'ports', (ports) => mapShared(ports, (port) => complete(port, { protocol: 'TCP' })));
  next = withField(next, 'env', (env) => mapShared(env, envDefaults));
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) next = withField(next, name, probeDefaults);
  return withField(next, 'lifecycle', (lifecycle) =>
    withField(withField(lifecycle, 'postStart', handlerDefaults), 'preStop', handlerDefaults),
  );
}

/** Requests default to limits: pods only, not templates. */
function requestDefaults(container: Container): Container {
  const limits = container.resources?.limits;
  if (limits === undefined) return container;
  const requests = complete(container.resources?.requests ?? {}, limits);
  return requests === container.resources?.requests ? container : { ...container, resources: { ...container.resources, requests } };
}

function downwardItems<T extends { readonly items?: readonly any[] }>(source: T): T {
  return withField(source, 'items', (items: readonly any[]) => mapShared(items, envItemDefaults) as any);
}

function envItemDefaults(item: any): any {
  return withField(
    withField(item, 'fieldRef', (ref: any) => complete(ref, { apiVersion: 'v1' })),
    'resourceFieldRef',
    (ref: any) => complete(ref, { divisor: '0' }),
  );
}

function volumeDefaults(volume: Volume): Volume {
  const sources = Object.keys(volume).filter((field) => field !== 'name');
  if (sources.length === 0) return { ...volume, emptyDir: {} };
  let next = withField(volume, 'configMap', (source) => complete(source, { defaultMode: 420 }));
  next = withField(next, 'secret', (source) => complete(source, { defaultMode: 420 }));
  next = withField(next, 'downwardAPI', (source) => complete(downwardItems(source), { defaultMode: 420 }));
  next = withField(next, 'hostPath', (source) => complete(source, { type: '' }));
  next = withField(next, 'iscsi', (source: any) => complete(source, { iscsiInterface: 'default' }));
  next = withField(next, 'rbd', (source: any) => complete(source, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }));
  next = withField(next, 'azureDisk', (source: any) =>
    complete(source, { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' }),
  );
  next = withField(next, 'scaleIO', (source: any) => complete(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' }));
  next = withField(next, 'ephemeral', (source: any) =>
    withField(source, 'volumeClaimTemplate', (template: any) =>
      withField(template, 'spec', (spec: any) => complete(spec, { volumeMode: 'Filesystem' })),
    ),
  );
  return withField(next, 'projected', (source) =>
    complete(
      withField(source, 'sources', (list) =>
        mapShared(list, (one) =>
          withField(
            withField(one, 'serviceAccountToken', (token) => complete(token, { expirationSeconds: 3600 })),
            'downwardAPI',
            downwardItems,
          ),
        ),
      ),
      { defaultMode: 420 },
    ),
  );
}

function hostPorts(container: Container): Container {
  return withField(container, 'ports', (ports) =>
    mapShared(ports, (port) => (port.hostPort === undefined || port.hostPort === 0 ? { ...port, hostPort: port.containerPort } : port)),
  );
}

/** Of a template's spec; also the first half of a pod's. */
export const templateSpecDefaults = memoCompletion((spec: PodSpec): PodSpec => {
  let next = complete(spec, {
    containers: [],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (next.serviceAccountName && next.serviceAccount !== next.serviceAccountName)
    next = { ...next, serviceAccount: next.serviceAccountName };
  if (next.serviceAccount !== undefined && next.serviceAccountName === undefined)
    next = { ...next, serviceAccountName: next.serviceAccount };
  next = withField(next, 'volumes', (volumes) => mapShared(volumes, volumeDefaults));
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    next = withField(next, list, (containers) => mapShared(containers, containerDefaults) as any);
  }
  return next;
});

/** Pod-level requests not given: what the containers ask for together, else the pod's limit. Models: SetDefaults_PodRequests. */
function podRequests(spec: PodSpec, limits: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, limit] of Object.entries(limits)) {
    const asked = (spec.containers ?? []).flatMap((one) => one.resources?.requests?.[name] ?? []);
    out[name] = asked.length === 0 ? limit : formatQuantity(asked.map((one) => quantity(one)).reduce(addQuantities));
  }
  return out;
}

const podSpecDefaults = memoCompletion((spec: PodSpec): PodSpec => {
  let next = templateSpecDefaults(spec);
  next = withField(next, 'initContainers', (containers) => mapShared(containers, requestDefaults));
  next = withField(next, 'containers', (containers) => mapShared(containers, requestDefaults));
  if (next.hostNetwork === true) {
    next = withField(next, 'containers', (containers) => mapShared(containers, hostPorts));
    next = withField(next, 'initContainers', (containers) => mapShared(containers, hostPorts));
  }
  if (next.resources?.limits !== undefined) {
    const requests = complete(next.resources.requests ?? {}, podRequests(next, next.resources.limits));
    next = { ...next, resources: { ...next.resources, requests } };
  }
  return complete(next, { enableServiceLinks: true });
});

export function podDefaults(pod: Pod): Pod {
  const spec = podSpecDefaults(pod.spec ?? { containers: [] });
  return spec === pod.spec ? pod : { ...pod, spec };
}

export const templateDefaults = memoCompletion((template: PodTemplate): PodTemplate => {
  const spec = templateSpecDefaults(template.spec ?? { containers: [] });
  return spec === template.spec ? template : { ...template, spec };
});
