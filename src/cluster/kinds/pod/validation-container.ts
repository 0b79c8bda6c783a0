// What containers may say: names, images, ports, variables, mounts, probes, hooks.
// Models: kubernetes v1.37 pkg/apis/core/validation validateContainers, validateInitContainers, validateContainerCommon
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  forbidden,
  invalid,
  notFoundValue,
  notSupported,
  Rendered,
  required,
} from '../../apimachinery/field.ts';
import { configMapKey, dns1123Label, dns1123Subdomain, envVarName, NOT_NEGATIVE, portName, portNumber } from '../../apimachinery/names.ts';
import type {
  Container,
  ContainerPort,
  EnvFrom,
  EnvVar,
  FieldRef,
  Handlers,
  IntOrString,
  PodSpec,
  Probe,
  ResourceFieldRef,
  Volume,
} from './types.ts';
import { validateResources } from './validation-resources.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const ENV_RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

export const portFaults = (port: IntOrString): readonly string[] => (typeof port === 'number' ? portNumber(port) : portName(port));

function validatePorts(ports: readonly ContainerPort[], hostNetwork: boolean, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const at = path.index(i);
    if (port.name) {
      const faults = portName(port.name);
      for (const fault of faults) errors.push(invalid(at.child('name'), port.name, fault));
      if (faults.length === 0 && names.has(port.name)) errors.push(duplicate(at.child('name'), port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(at.child('containerPort')));
    else for (const fault of portNumber(port.containerPort)) errors.push(invalid(at.child('containerPort'), port.containerPort, fault));
    if (port.hostPort) {
      for (const fault of portNumber(port.hostPort)) errors.push(invalid(at.child('hostPort'), port.hostPort, fault));
      if (hostNetwork && port.hostPort !== port.containerPort) {
        errors.push(invalid(at.child('hostPort'), port.hostPort, 'must match `containerPort` when `hostNetwork` is true'));
      }
    }
    if (port.protocol === undefined) errors.push(required(at.child('protocol')));
    else if (!PROTOCOLS.includes(port.protocol)) errors.push(notSupported(at.child('protocol'), port.protocol, PROTOCOLS));
  });
  return errors;
}

/** `metadata.labels['key']` and annotations count as their own paths. */
export function validateFieldRef(ref: FieldRef, supported: readonly string[], path: FieldPath): FieldErrors {
  if (!ref.fieldPath) return [required(path.child('fieldPath'))];
  if (/^metadata\.(annotations|labels)\['[^']*'\]$/.test(ref.fieldPath)) return [];
  return supported.includes(ref.fieldPath) ? [] : [notSupported(path.child('fieldPath'), ref.fieldPath, supported)];
}

export function validateResourceRef(ref: ResourceFieldRef, path: FieldPath, isVolume: boolean): FieldErrors {
  if (isVolume && !ref.containerName) return [required(path.child('containerName'))];
  if (!ref.resource) return [required(path.child('resource'))];
  if (!ENV_RESOURCES.includes(ref.resource) && !/^(limits|requests)\.hugepages-/.test(ref.resource))
    return [notSupported(path.child('resource'), ref.resource, ENV_RESOURCES)];
  return [];
}

function validateEnv(env: readonly EnvVar[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  env.forEach((variable, i) => {
    const at = path.index(i);
    if (!variable.name) errors.push(required(at.child('name')));
    else for (const fault of envVarName(variable.name)) errors.push(invalid(at.child('name'), variable.name, fault));
    const source = variable.valueFrom;
    if (source === undefined) return;
    const where = at.child('valueFrom');
    const count = Object.keys(source).length;
    if (source.fieldRef !== undefined) errors.push(...validateFieldRef(source.fieldRef, ENV_FIELDS, where.child('fieldRef')));
    if (source.resourceFieldRef !== undefined)
      errors.push(...validateResourceRef(source.resourceFieldRef, where.child('resourceFieldRef'), false));
    for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
      const ref = source[name];
      if (ref === undefined) continue;
      if (!ref.name) errors.push(required(where.child(name, 'name')));
      if (!ref.key) errors.push(required(where.child(name, 'key')));
      else for (const fault of configMapKey(ref.key)) errors.push(invalid(where.child(name, 'key'), ref.key, fault));
    }
    if (count === 0)
      errors.push(invalid(where, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'));
    else if (variable.value) errors.push(invalid(where, '', 'may not be specified when `value` is not empty'));
    else if (count > 1) errors.push(invalid(where, '', 'may not have more than one field specified at a time'));
  });
  return errors;
}

function validateEnvFrom(list: readonly EnvFrom[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  list.forEach((source, i) => {
    const at = path.index(i);
    if (source.prefix) for (const fault of envVarName(source.prefix)) errors.push(invalid(at.child('prefix'), source.prefix, fault));
    let count = 0;
    for (const name of ['configMapRef', 'secretRef'] as const) {
      const ref = source[name];
      if (ref === undefined) continue;
      count += 1;
      if (!ref.name) errors.push(required(at.child(name, 'name')));
      else for (const fault of dns1123Subdomain(ref.name)) errors.push(invalid(at.child(name, 'name'), ref.name, fault));
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  });
  return errors;
}

function validateMounts(container: Container, volumes: readonly Volume[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  (container.volumeMounts ?? []).forEach((mount, i) => {
    const at = path.index(i);
    if (!mount.name) errors.push(required(at.child('name')));
    else if (!volumes.some((volume) => volume.name === mount.name)) errors.push(notFoundValue(at.child('name'), mount.name));
    if (!mount.mountPath) errors.push(required(at.child('mountPath')));
    if (paths.has(mount.mountPath)) errors.push(invalid(at.child('mountPath'), mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    for (const field of ['subPath', 'subPathExpr'] as const) {
      const sub = mount[field];
      if (!sub) continue;
      if (sub.startsWith('/')) errors.push(invalid(at.child(field), sub, 'must be a relative path'));
      if (sub.split('/').includes('..')) errors.push(invalid(at.child(field), sub, "must not contain '..'"));
    }
    if (mount.subPath && mount.subPathExpr)
      errors.push(invalid(at.child('subPathExpr'), mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    const propagation = mount.mountPropagation;
    if (propagation !== undefined && !['Bidirectional', 'HostToContainer', 'None'].includes(propagation)) {
      errors.push(notSupported(path.child('mountPropagation'), propagation, ['Bidirectional', 'HostToContainer', 'None']));
    } else if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
      errors.push(forbidden(path.child('mountPropagation'), 'Bidirectional mount propagation is available only to privileged containers'));
    }
  });
  return errors;
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function validateHandler(
  handler: Handlers,
  kinds: readonly (typeof HANDLERS)[number][],
  gracePeriod: number,
  path: FieldPath,
): FieldErrors {
  const errors: FieldError[] = [];
  let count = 0;
  for (const kind of kinds) {
    if (handler[kind] === undefined) continue;
    count += 1;
    const at = path.child(kind);
    if (count > 1) errors.push(forbidden(at, 'may not specify more than 1 handler type'));
    else if (kind === 'exec') {
      if ((handler.exec!.command ?? []).length === 0) errors.push(required(at.child('command')));
    } else if (kind === 'httpGet') {
      const get = handler.httpGet!;
      if (!get.path) errors.push(required(at.child('path')));
      for (const fault of portFaults(get.port)) errors.push(invalid(at.child('port'), get.port, fault));
      if (get.scheme !== undefined && !['HTTP', 'HTTPS'].includes(get.scheme))
        errors.push(notSupported(at.child('scheme'), get.scheme, ['HTTP', 'HTTPS']));
      (get.httpHeaders ?? []).forEach((header, i) => {
        if (!/^[-A-Za-z0-9]+$/.test(header.name)) {
          const fault =
            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
          errors.push(invalid(at.child('httpHeaders').index(i).child('name'), header.name, fault));
        }
      });
    } else if (kind === 'tcpSocket') {
      for (const fault of portFaults(handler.tcpSocket!.port)) errors.push(invalid(at.child('port'), handler.tcpSocket!.port, fault));
    } else if (kind === 'grpc') {
      for (const fault of portNumber(handler.grpc!.port)) errors.push(invalid(at.child('port'), handler.grpc!.port, fault));
    } else if (handler.sleep!.seconds < 0 || handler.sleep!.seconds > gracePeriod) {
      errors.push(
        invalid(
          at,
          handler.sleep!.seconds,
          `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod}). Enable AllowSleepZero gate for zero sleep.`,
        ),
      );
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

function validateProbe(
  probe: Probe | undefined,
  kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  gracePeriod: number,
  path: FieldPath,
): FieldErrors {
  if (probe === undefined) return [];
  const errors: FieldError[] = [...validateHandler(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], gracePeriod, path)];
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    if ((probe[field] ?? 0) < 0) errors.push(invalid(path.child(field), probe[field], NOT_NEGATIVE));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (kind === 'readinessProbe') {
    if (grace !== undefined)
      errors.push(invalid(path.child('terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes'));
    return errors;
  }
  if (grace !== undefined && grace <= 0) errors.push(invalid(path.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  if (probe.successThreshold !== undefined && probe.successThreshold !== 1)
    errors.push(invalid(path.child('successThreshold'), probe.successThreshold, 'must be 1'));
  return errors;
}

/** Of a pod and of a container. */
export function validateSeccomp(profile: { type?: string; localhostProfile?: string } | undefined, path: FieldPath): FieldErrors {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  if (type === undefined || type === '') return [required(path.child('type'), 'type is required when seccompProfile is set')];
  if (!['Localhost', 'RuntimeDefault', 'Unconfined'].includes(type))
    return [notSupported(path.child('type'), type, ['Localhost', 'RuntimeDefault', 'Unconfined'])];
  if (type === 'Localhost')
    return localhostProfile ? [] : [required(path.child('localhostProfile'), 'must be set when seccomp type is Localhost')];
  return localhostProfile === undefined
    ? []
    : [invalid(path.child('localhostProfile'), localhostProfile, 'can only be set when seccomp type is Localhost')];
}

function validateSecurityContext(container: Container, path: FieldPath): FieldErrors {
  const context = container.securityContext;
  if (context === undefined) return [];
  const errors: FieldError[] = [];
  for (const field of ['runAsUser', 'runAsGroup']) {
    const id = context[field];
    if (id !== undefined && (id < 0 || id > 2147483647))
      errors.push(invalid(path.child(field), id, 'must be between 0 and 2147483647, inclusive'));
  }
  if (context['procMount'] !== undefined && !['Default', 'Unmasked'].includes(context['procMount'])) {
    errors.push(notSupported(path.child('procMount'), context['procMount'], ['Default', 'Unmasked']));
  }
  errors.push(...validateSeccomp(context['seccompProfile'], path.child('seccompProfile')));
  if (context['allowPrivilegeEscalation'] === false && context.privileged === true) {
    errors.push(invalid(path, internalSecurityContext(context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  if (context['allowPrivilegeEscalation'] === false && (context['capabilities']?.add ?? []).includes('CAP_SYS_ADMIN')) {
    errors.push(
      invalid(
        path,
        internalSecurityContext(context),
        'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
      ),
    );
  }
  return errors;
}

/** As Go prints the internal struct: capital keys, every pointer. */
function internalSecurityContext(context: Record<string, any>): Rendered {
  const fields = [
    'capabilities',
    'privileged',
    'seLinuxOptions',
    'windowsOptions',
    'runAsUser',
    'runAsGroup',
    'runAsNonRoot',
    'readOnlyRootFilesystem',
    'allowPrivilegeEscalation',
    'procMount',
    'seccompProfile',
    'appArmorProfile',
  ];
  const name = (field: string): string => (field === 'seLinuxOptions' ? 'SELinuxOptions' : field[0]!.toUpperCase() + field.slice(1));
  return new Rendered(`{${fields.map((field) => `"${name(field)}":${JSON.stringify(context[field] ?? null)}`).join(',')}}`);
}

function validateCommon(container: Container, spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(path.child('name')));
  else for (const fault of dns1123Label(container.name)) errors.push(invalid(path.child('name'), container.name, fault));
  if (!container.image) errors.push(required(path.child('image')));
  else if (container.image.trim() !== container.image)
    errors.push(invalid(path.child('image'), container.image, 'must not have leading or trailing whitespace'));
  if (container.terminationMessagePolicy !== undefined && !MESSAGE_POLICIES.includes(container.terminationMessagePolicy)) {
    errors.push(
      notSupported(path.child('terminationMessagePolicy'), container.terminationMessagePolicy, ['FallbackToLogsOnError', 'File']),
    );
  }
  errors.push(...validatePorts(container.ports ?? [], spec.hostNetwork === true, path.child('ports')));
  errors.push(...validateEnv(container.env ?? [], path.child('env')));
  errors.push(...validateEnvFrom(container.envFrom ?? [], path.child('envFrom')));
  errors.push(...validateMounts(container, spec.volumes ?? [], path.child('volumeMounts')));
  if (container.imagePullPolicy === undefined) errors.push(required(path.child('imagePullPolicy')));
  else if (!PULL_POLICIES.includes(container.imagePullPolicy))
    errors.push(notSupported(path.child('imagePullPolicy'), container.imagePullPolicy, PULL_POLICIES));
  errors.push(...validateResources(container.resources, (spec as any).resourceClaims ?? [], path.child('resources')));
  errors.push(...validateSecurityContext(container, path.child('securityContext')));
  return errors;
}

function validateHooks(container: Container, spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = container.lifecycle?.[hook];
    if (handler !== undefined)
      errors.push(...validateHandler(handler, ['exec', 'httpGet', 'tcpSocket', 'sleep'], grace, path.child('lifecycle', hook)));
  }
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    errors.push(...validateProbe(container[kind], kind, grace, path.child(kind)));
  return errors;
}

function validateHostPortsUnique(containers: readonly Container[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  containers.forEach((container, i) => {
    (container.ports ?? []).forEach((port, j) => {
      if (!port.hostPort) return;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (seen.has(key)) errors.push(duplicate(path.index(i).child('ports').index(j).child('hostPort'), key));
      seen.add(key);
    });
  });
  return errors;
}

/** Application containers, then init containers, whose names must differ from all others. */
export function validateContainers(spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  if (spec.containers.length === 0) errors.push(required(path.child('containers')));
  spec.containers.forEach((container, i) => {
    const at = path.child('containers').index(i);
    errors.push(...validateCommon(container, spec, at));
    if (container.name && names.has(container.name)) errors.push(duplicate(at.child('name'), container.name));
    names.add(container.name);
    errors.push(...validateHooks(container, spec, at));
  });
  errors.push(...validateHostPortsUnique(spec.containers, path.child('containers')));
  (spec.initContainers ?? []).forEach((container, i) => {
    const at = path.child('initContainers').index(i);
    errors.push(...validateCommon(container, spec, at));
    if (container.name && names.has(container.name)) errors.push(duplicate(at.child('name'), container.name));
    names.add(container.name);
    if (container.restartPolicy === 'Always') {
      errors.push(...validateHooks(container, spec, at));
      return;
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field] !== undefined)
        errors.push(forbidden(at.child(field), 'may not be set for init containers without restartPolicy=Always'));
    }
  });
  return errors;
}
