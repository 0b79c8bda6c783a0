// A container's environment, computed anew whenever it is created: image, envFrom, env, Services, `$(VAR)`.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_pods.go makeEnvironmentVariables; order as containerd's processes show it
import type { AnyObject } from '../apimachinery/object.ts';
import type { Container, EnvVar } from '../kinds/pod/types.ts';
import { expand } from './expansion.ts';
import { type FieldContext, fieldValue, resourceValue } from './fields.ts';
import { type ServiceView, variablesOf, visibleServices } from './service-env.ts';

/** Thrown where a container cannot be configured: the message of CreateContainerConfigError. */
export class ConfigError extends Error {}

export interface EnvSources {
  readonly fields: FieldContext;
  readonly services: Iterable<ServiceView>;
  /** The informer of Services has listed once. */
  readonly servicesSynced: boolean;
  configMap(name: string): AnyObject | undefined;
  secret(name: string): AnyObject | undefined;
}

export type Environment = Readonly<Record<string, string>>;

/** The pod's own variables in declared order, then those of Services. Throws {@link ConfigError}. */
export function makeEnvironment(container: Container, sources: EnvSources): Environment {
  const { pod } = sources.fields;
  if (pod.spec.enableServiceLinks === undefined) {
    throw new ConfigError('nil pod.spec.enableServiceLinks encountered, cannot construct envvars');
  }
  if (!sources.servicesSynced) throw new ConfigError('services have not yet been read at least once, cannot construct envvars');
  const result: Record<string, string> = {};
  const serviceEnv: Record<string, string> = {};
  for (const service of visibleServices(sources.services, pod.metadata.namespace ?? '', pod.spec.enableServiceLinks)) {
    for (const [name, value] of variablesOf(service)) serviceEnv[name] = value;
  }
  addEnvFrom(result, container, sources);
  const lookup = (name: string): string | undefined => result[name] ?? serviceEnv[name];
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, container, sources, lookup);
    if (value !== undefined) result[variable.name] = value;
  }
  for (const name in serviceEnv) if (!(name in result)) result[name] = serviceEnv[name]!;
  return result;
}

function addEnvFrom(result: Record<string, string>, container: Container, sources: EnvSources): void {
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef;
    if (reference === undefined) continue;
    const isMap = source.configMapRef !== undefined;
    const name = reference.name ?? '';
    const object = isMap ? sources.configMap(name) : sources.secret(name);
    if (object === undefined) {
      if (reference.optional === true) continue;
      throw new ConfigError(`${isMap ? 'configmap' : 'secret'} "${name}" not found`);
    }
    const data: Record<string, string> = object['data'] ?? {};
    for (const key of Object.keys(data).sort()) result[(source.prefix ?? '') + key] = isMap ? data[key]! : decodeBase64(data[key]!);
  }
}

function variableValue(
  variable: EnvVar,
  container: Container,
  sources: EnvSources,
  lookup: (name: string) => string | undefined,
): string | undefined {
  const from = variable.valueFrom;
  if (from === undefined) return expand(variable.value ?? '', lookup);
  if (from.fieldRef !== undefined) {
    const value = fieldValue(sources.fields, from.fieldRef.fieldPath);
    if (value === undefined) throw new ConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef !== undefined) {
    const named = from.resourceFieldRef.containerName;
    const all = [...(sources.fields.pod.spec.containers ?? []), ...(sources.fields.pod.spec.initContainers ?? [])];
    const target = named ? all.find((one) => one.name === named) : container;
    if (target === undefined) throw new ConfigError(`container ${named} not found`);
    return resourceValue(sources.fields, target, from.resourceFieldRef);
  }
  const isMap = from.configMapKeyRef !== undefined;
  const reference = from.configMapKeyRef ?? from.secretKeyRef;
  if (reference === undefined) return '';
  const name = reference.name ?? '';
  const object = isMap ? sources.configMap(name) : sources.secret(name);
  const namespace = sources.fields.pod.metadata.namespace;
  if (object === undefined) {
    if (reference.optional === true) return undefined;
    throw new ConfigError(`${isMap ? 'configmap' : 'secret'} "${name}" not found`);
  }
  const value = (object['data'] as Record<string, string> | undefined)?.[reference.key];
  if (value === undefined) {
    if (reference.optional === true) return undefined;
    throw new ConfigError(`couldn't find key ${reference.key} in ${isMap ? 'ConfigMap' : 'Secret'} ${namespace}/${name}`);
  }
  return isMap ? value : decodeBase64(value);
}

/** Text of base64; bytes that are no UTF-8 become replacement characters. */
export function decodeBase64(text: string): string {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** What the first process gets: image's PATH, HOSTNAME, the pod's own, the image's other variables, HOME. */
export function processEnvironment(image: Environment, hostname: string, own: Environment, home: string): Environment {
  const path = own['PATH'] ?? image['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const result: Record<string, string> = { PATH: path, HOSTNAME: hostname };
  for (const name in image) if (!(name in result)) result[name] = image[name]!;
  for (const name in own) result[name] = own[name]!;
  if (!('HOME' in result)) result['HOME'] = home;
  return result;
}
