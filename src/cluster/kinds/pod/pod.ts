// Pod: containers that share an address, volumes and a fate, on one node.
// Models: kubernetes v1.37 pkg/registry/core/pod/strategy.go, pkg/apis/core/helper/qos
import { memoByIdentity } from '../../apimachinery/memo.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import { columnsOf } from '../columns.ts';
import { defineKind, specChanged } from '../kind.ts';
import { podDefaults } from './defaults.ts';
import { withMatchLabelKeys } from './match-label-keys.ts';
import { podRow } from './row.ts';
import { podSpecWarnings } from './warnings.ts';
import type { Container, Pod, PodSpec, PodStatus } from './types.ts';
import { validateEphemeralUpdate, validatePodUpdate, validateResize, validateStatusUpdate } from './update.ts';
import { validatePodCreate } from './validation.ts';

const isZero = (text: string | undefined): boolean => {
  if (text === undefined) return true;
  const value = parseQuantity(text);
  return typeof value === 'string' || value.nano === 0n;
};

/** Guaranteed: every container limits cpu and memory and requests just that. Burstable: anything asked for at all. */
export const qosClass = memoByIdentity((spec: PodSpec): NonNullable<PodStatus['qosClass']> => {
  const parts: readonly Pick<Container, 'resources'>[] =
    spec.resources !== undefined && Object.keys(spec.resources).length > 0
      ? [{ resources: spec.resources }]
      : [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let asked = false;
  let guaranteed = true;
  for (const { resources } of parts) {
    for (const name of ['cpu', 'memory']) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name];
      if (!isZero(limit) || !isZero(request)) asked = true;
      if (isZero(limit) || request !== limit) guaranteed = false;
    }
  }
  return !asked ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable';
});

/** Only resources may change through `resize`; everything else of the request is ignored. */
function resizedContainers(next: Pod, old: Pod): readonly Container[] {
  return old.spec.containers.map((container) => {
    const asked = next.spec.containers.find((one) => one.name === container.name);
    return asked === undefined ? container : { ...container, resources: asked.resources, resizePolicy: asked.resizePolicy };
  });
}

export const pod = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  type: 'io.k8s.api.core.v1.Pod',
  statusOnCreate: 'keep',
  defaults: podDefaults,
  prepareForCreate(object) {
    const spec = withMatchLabelKeys(object);
    return { ...object, spec, status: { phase: 'Pending', qosClass: qosClass(spec) } };
  },
  warningsOnCreate: (object) => podSpecWarnings(object.spec),
  prepareForUpdate: (next, old) => (next.status === old.status ? next : { ...next, status: old.status }),
  generation: specChanged,
  returnsDeletedObject: true,
  validate: validatePodCreate,
  validateUpdate: validatePodUpdate,
  deletionGracePeriodSeconds(object, requested) {
    const phase = object.status.phase;
    if (!object.spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
    const seconds = requested ?? object.spec.terminationGracePeriodSeconds ?? 30;
    return seconds < 0 ? 1 : seconds;
  },
  subresources: {
    status: { type: 'status', validateUpdate: validateStatusUpdate },
    attach: { type: 'action', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    binding: { type: 'action', kind: 'Binding', verbs: ['create'] },
    ephemeralcontainers: {
      type: 'update',
      verbs: ['get', 'patch', 'update'],
      prepareForUpdate: (next, old) => ({ ...old, spec: { ...old.spec, ephemeralContainers: next.spec.ephemeralContainers } }),
      validateUpdate: validateEphemeralUpdate,
    },
    eviction: { type: 'action', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    exec: { type: 'action', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    log: { type: 'action', kind: 'Pod', verbs: ['get'] },
    portforward: { type: 'action', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    proxy: { type: 'action', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    resize: {
      type: 'update',
      verbs: ['get', 'patch', 'update'],
      prepareForUpdate: (next, old) => ({ ...old, spec: { ...old.spec, containers: resizedContainers(next, old) } }),
      validateUpdate: (next, old) => validateResize(next, old, qosClass),
    },
  },
  selectableFields: {
    'spec.nodeName': (object) => object.spec.nodeName ?? '',
    'spec.restartPolicy': (object) => object.spec.restartPolicy ?? '',
    'spec.schedulerName': (object) => object.spec.schedulerName ?? '',
    'spec.serviceAccountName': (object) => object.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (object) => String(object.spec.hostNetwork ?? false),
    'status.phase': (object) => object.status.phase ?? '',
    'status.podIP': (object) => object.status.podIPs?.[0]?.ip ?? '',
    'status.podIPs': (object) => object.status.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': (object) => object.status.nominatedNodeName ?? '',
  },
  columns: columnsOf('Pod'),
  row: podRow,
});
