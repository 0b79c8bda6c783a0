// Volumes of a pod as trees of files: emptyDir, configMap, secret, downwardAPI, projected, hostPath. Data volumes have the atomic
// writer's shape (`..data` → `..<timestamp>`, names are links), so an update changes one link.
// Models: kubernetes v1.37 pkg/volume/{configmap,secret,downwardapi,projected,emptydir,hostpath}, pkg/volume/util/atomic_writer.go
import type { FileSystem } from '../../posix/filesystem.ts';
import { buildTree, type FileDefinition, TreeFileSystem } from '../../posix/tree.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import { quantity, quantityValue } from '../apimachinery/quantity.ts';
import type { KeyToPath, Pod, Volume } from '../kinds/pod/types.ts';
import { decodeBase64 } from './env.ts';
import { type FieldContext, fieldValue, resourceValue } from './fields.ts';

export interface VolumeSources {
  readonly fields: FieldContext;
  configMap(name: string): AnyObject | undefined;
  secret(name: string): AnyObject | undefined;
  /** A bound token of the pod's service account. */
  token(audience: string | undefined, expirationSeconds: number): string;
  readonly hostFiles: FileSystem;
  readonly now: number;
  /** RFC 3339 of now. */
  readonly timestamp: string;
}

export interface MountedVolume {
  readonly files: FileSystem;
  readonly subPath?: string;
  readonly readOnly: boolean;
  readonly entry: { readonly source: string; readonly type: string; readonly options?: string; readonly size?: number };
}

/** Thrown where a volume cannot be set up: what FailedMount says after the colon. */
export class MountError extends Error {}

interface Payload {
  readonly [path: string]: { readonly text: string; readonly mode: number };
}

/** The files of a data volume; undefined for volumes that have no payload. Throws {@link MountError}. */
export function payloadOf(volume: Volume, sources: VolumeSources): Payload | undefined {
  if (volume.configMap !== undefined) {
    const { name = '', items, defaultMode = 0o644, optional } = volume.configMap;
    return dataPayload('configmap', name, sources.configMap(name), items, defaultMode, optional === true);
  }
  if (volume.secret !== undefined) {
    const { secretName = '', items, defaultMode = 0o644, optional } = volume.secret;
    return dataPayload('secret', secretName, sources.secret(secretName), items, defaultMode, optional === true);
  }
  if (volume.downwardAPI !== undefined) return downwardPayload(volume.downwardAPI.items, volume.downwardAPI.defaultMode ?? 0o644, sources);
  if (volume.projected === undefined) return undefined;
  const mode = volume.projected.defaultMode ?? 0o644;
  let payload: Payload = {};
  for (const source of volume.projected.sources ?? []) {
    if (source.configMap !== undefined) {
      const { name = '', items, optional } = source.configMap;
      payload = { ...payload, ...dataPayload('configmap', name, sources.configMap(name), items, mode, optional === true) };
    } else if (source.secret !== undefined) {
      const { name = '', items, optional } = source.secret;
      payload = { ...payload, ...dataPayload('secret', name, sources.secret(name), items, mode, optional === true) };
    } else if (source.downwardAPI !== undefined) payload = { ...payload, ...downwardPayload(source.downwardAPI.items, mode, sources) };
    else if (source.serviceAccountToken !== undefined) {
      const { path, audience, expirationSeconds = 3600 } = source.serviceAccountToken;
      payload = { ...payload, [path]: { text: sources.token(audience, expirationSeconds), mode } };
    }
  }
  return payload;
}

function dataPayload(
  kind: 'configmap' | 'secret',
  name: string,
  object: AnyObject | undefined,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
): Payload {
  if (object === undefined) {
    if (optional) return {};
    throw new MountError(`${kind} "${name}" not found`);
  }
  const data: Record<string, string> = object['data'] ?? {};
  const binary: Record<string, string> = object['binaryData'] ?? {};
  const text = (key: string): string | undefined => {
    if (key in data) return kind === 'secret' ? decodeBase64(data[key]!) : data[key]!;
    return key in binary ? decodeBase64(binary[key]!) : undefined;
  };
  const payload: Record<string, { text: string; mode: number }> = {};
  if (items === undefined) {
    for (const key of [...Object.keys(data), ...Object.keys(binary)]) payload[key] = { text: text(key)!, mode };
    return payload;
  }
  for (const item of items) {
    const value = text(item.key);
    if (value === undefined) {
      if (optional) continue;
      throw new MountError(
        kind === 'configmap'
          ? `configmap references non-existent config key: ${item.key}`
          : `references non-existent secret key: ${item.key}`,
      );
    }
    payload[item.path] = { text: value, mode: item.mode ?? mode };
  }
  return payload;
}

function downwardPayload(
  items: readonly { path: string; fieldRef?: any; resourceFieldRef?: any; mode?: number }[] | undefined,
  mode: number,
  sources: VolumeSources,
): Payload {
  const payload: Record<string, { text: string; mode: number }> = {};
  for (const item of items ?? []) {
    let text = '';
    if (item.fieldRef !== undefined) text = fieldValue(sources.fields, item.fieldRef.fieldPath) ?? '';
    else if (item.resourceFieldRef !== undefined) {
      const container = sources.fields.pod.spec.containers.find((one) => one.name === item.resourceFieldRef.containerName);
      if (container !== undefined) text = resourceValue(sources.fields, container, item.resourceFieldRef);
    }
    payload[item.path] = { text, mode: item.mode ?? mode };
  }
  return payload;
}

/** A tree in the atomic writer's shape. */
export function payloadTree(payload: Payload, now: number, timestamp: string): TreeFileSystem {
  const folder = `..${timestamp.slice(0, 19).replaceAll(/[-T:]/g, '_')}.${String(1_000_000_000 + ((now * 7919) % 3_000_000_000))}`;
  const files: Record<string, FileDefinition> = { [`/${folder}/`]: { mode: 0o755 }, '/..data': { link: folder } };
  for (const path of Object.keys(payload)) {
    const { text, mode } = payload[path]!;
    files[`/${folder}/${path}`] = { text, mode };
    const first = path.split('/')[0]!;
    files[`/${first}`] = { link: `..data/${first}` };
  }
  return new TreeFileSystem({ ...buildTree(files, now), mode: 0o777 });
}

/** Sets up one volume. Throws {@link MountError}. */
export function setUpVolume(volume: Volume, sources: VolumeSources): MountedVolume {
  const payload = payloadOf(volume, sources);
  if (payload !== undefined) {
    return { files: payloadTree(payload, sources.now, sources.timestamp), readOnly: true, entry: { source: 'tmpfs', type: 'tmpfs' } };
  }
  if (volume.hostPath !== undefined) return setUpHostPath(volume.hostPath, sources);
  const memory = volume.emptyDir?.medium === 'Memory';
  const limit = volume.emptyDir?.sizeLimit;
  const bytes = limit === undefined || limit === '0' ? undefined : quantityValue(quantity(limit));
  const size = memory && bytes !== undefined ? { limit: bytes } : {};
  const entry = memory
    ? {
        source: 'tmpfs',
        type: 'tmpfs',
        ...(bytes === undefined ? {} : { size: bytes, options: `rw,relatime,size=${Math.ceil(bytes / 1024)}k,noswap` }),
      }
    : { source: '/dev/vda1', type: 'ext4' };
  return { files: new TreeFileSystem(undefined, { mode: 0o777, ...size }), readOnly: false, entry };
}

function setUpHostPath({ path, type = '' }: { readonly path: string; readonly type?: string }, sources: VolumeSources): MountedVolume {
  const { hostFiles, now } = sources;
  let found: 'file' | 'directory' | 'symlink' | undefined;
  try {
    found = hostFiles.stat(path, true).type;
  } catch {
    found = undefined;
  }
  const isFile = type === 'File' || type === 'FileOrCreate';
  if (found === undefined) {
    if (type === 'Directory' || type === 'File') {
      const what = type === 'Directory' ? 'a directory' : 'a file';
      throw new MountError(
        `hostPath type check failed, ${path} is not ${what}, unable to determine its type: path "${path}" does not exist`,
      );
    }
    makeFolders(hostFiles, type === 'FileOrCreate' ? path.slice(0, path.lastIndexOf('/')) : path, now);
    if (type === 'FileOrCreate') hostFiles.write(path, '', 'truncate', now);
  } else if (type !== '' && (found === 'file') !== isFile) {
    const what = isFile ? 'a file' : 'a directory';
    throw new MountError(`hostPath type check failed: ${path} is not ${what}, it's a ${found === 'file' ? 'File' : 'Directory'}`);
  }
  return {
    files: hostFiles,
    ...(path === '/' ? {} : { subPath: path.slice(1) }),
    readOnly: false,
    entry: { source: '/dev/vda1', type: 'ext4' },
  };
}

export function makeFolders(files: FileSystem, path: string, now: number): void {
  const parts = path.split('/').filter((part) => part !== '');
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = `/${parts.slice(0, depth).join('/')}`;
    try {
      files.stat(folder, true);
    } catch {
      files.makeDirectory(folder, 0o755, now);
    }
  }
}

/** ConfigMaps and Secrets that a pod needs before or while it runs. */
export function referencedObjects(pod: Pod): readonly (readonly ['configmaps' | 'secrets', string])[] {
  const out: (readonly ['configmaps' | 'secrets', string])[] = [];
  const { spec } = pod;
  for (const volume of spec.volumes ?? []) {
    if (volume.configMap !== undefined) out.push(['configmaps', volume.configMap.name ?? '']);
    else if (volume.secret !== undefined) out.push(['secrets', volume.secret.secretName ?? '']);
    for (const source of volume.projected?.sources ?? []) {
      if (source.configMap !== undefined) out.push(['configmaps', source.configMap.name ?? '']);
      else if (source.secret !== undefined) out.push(['secrets', source.secret.name ?? '']);
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const source of container.envFrom ?? []) {
      if (source.configMapRef !== undefined) out.push(['configmaps', source.configMapRef.name ?? '']);
      if (source.secretRef !== undefined) out.push(['secrets', source.secretRef.name ?? '']);
    }
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.configMapKeyRef !== undefined) out.push(['configmaps', valueFrom.configMapKeyRef.name ?? '']);
      if (valueFrom?.secretKeyRef !== undefined) out.push(['secrets', valueFrom.secretKeyRef.name ?? '']);
    }
  }
  return out;
}

/** Throws {@link MountError} when the volume cannot be set up now; makes nothing. */
export function checkVolume(volume: Volume, sources: VolumeSources): void {
  if (volume.projected !== undefined) {
    for (const { configMap, secret } of volume.projected.sources ?? []) {
      if (configMap !== undefined)
        dataPayload(
          'configmap',
          configMap.name ?? '',
          sources.configMap(configMap.name ?? ''),
          configMap.items,
          0,
          configMap.optional === true,
        );
      if (secret !== undefined)
        dataPayload('secret', secret.name ?? '', sources.secret(secret.name ?? ''), secret.items, 0, secret.optional === true);
    }
    return;
  }
  if (volume.configMap !== undefined || volume.secret !== undefined) payloadOf(volume, sources);
  else if (volume.hostPath !== undefined) setUpHostPath(volume.hostPath, sources);
}
