// What volumes may say. Models: kubernetes v1.37 pkg/apis/core/validation validateVolumeSource
import {
  duplicate,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../apimachinery/field.ts';
import { dns1123Label, NOT_NEGATIVE } from '../../apimachinery/names.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { DownwardItem, KeyToPath, Volume } from './types.ts';
import { validateFieldRef, validateResourceRef } from './validation-container.ts';

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
const DOWNWARD_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

function validatePath(target: string, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  if (target.startsWith('/')) errors.push(invalid(path, target, 'must be a relative path'));
  if (target.split('/').includes('..')) errors.push(invalid(path, target, "must not contain '..'"));
  else if (target.startsWith('..')) errors.push(invalid(path, target, "must not start with '..'"));
  return errors;
}

function validateItems(items: readonly KeyToPath[] | undefined, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  (items ?? []).forEach((item, i) => {
    const at = path.index(i);
    if (!item.key) errors.push(required(at.child('key')));
    if (!item.path) errors.push(required(at.child('path')));
    else errors.push(...validatePath(item.path, at.child('path')));
    if (item.mode !== undefined && (item.mode < 0 || item.mode > 0o777))
      errors.push(invalid(at.child('mode'), item.mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
  });
  return errors;
}

function validateMode(mode: number | undefined, path: FieldPath): FieldErrors {
  return mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
}

function validateDownward(items: readonly DownwardItem[] | undefined, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  for (const item of items ?? []) {
    if (!item.path) errors.push(required(path.child('path')));
    else errors.push(...validatePath(item.path, path.child('path')));
    if (item.fieldRef !== undefined) {
      errors.push(...validateFieldRef(item.fieldRef, DOWNWARD_FIELDS, path.child('fieldRef')));
      if (item.resourceFieldRef !== undefined)
        errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    } else if (item.resourceFieldRef !== undefined)
      errors.push(...validateResourceRef(item.resourceFieldRef, path.child('resourceFieldRef'), true));
    else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  return errors;
}

function validateProjected(projected: NonNullable<Volume['projected']>, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [...validateMode(projected.defaultMode, path.child('defaultMode'))];
  const taken = new Set<string>();
  const claim = (target: string, name: string): void => {
    if (taken.has(target)) errors.push(invalid(path, name, 'conflicting duplicate paths'));
    taken.add(target);
  };
  (projected.sources ?? []).forEach((source, i) => {
    const at = path.child('sources').index(i);
    const kinds = Object.keys(source);
    if (kinds.length > 1) errors.push(forbidden(at.child(kinds[1]!), 'may not specify more than 1 volume type'));
    for (const kind of ['secret', 'configMap'] as const) {
      const from = source[kind];
      if (from === undefined) continue;
      if (!from.name) errors.push(required(at.child(kind, 'name')));
      errors.push(...validateItems(from.items, at.child(kind, 'items')));
      for (const item of from.items ?? []) claim(item.path, from.name ?? '');
    }
    if (source.downwardAPI !== undefined) {
      errors.push(...validateDownward(source.downwardAPI.items, at.child('downwardAPI')));
      for (const item of source.downwardAPI.items ?? []) claim(item.path, item.path);
    }
    const token = source.serviceAccountToken;
    if (token === undefined) return;
    const where = at.child('serviceAccountToken');
    if (token.expirationSeconds !== undefined && token.expirationSeconds < 600) {
      errors.push(invalid(where.child('expirationSeconds'), token.expirationSeconds, 'may not specify a duration less than 10 minutes'));
    }
    if (token.expirationSeconds !== undefined && token.expirationSeconds > 2 ** 32) {
      errors.push(
        invalid(where.child('expirationSeconds'), token.expirationSeconds, 'may not specify a duration larger than 2^32 seconds'),
      );
    }
    if (!token.path) errors.push(required(where.child('path')));
    else {
      errors.push(...validatePath(token.path, where.child('path')));
      claim(token.path, token.path);
    }
  });
  return errors;
}

function validateSource(kind: string, volume: Volume, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  switch (kind) {
    case 'emptyDir': {
      const limit = volume.emptyDir?.sizeLimit === undefined ? undefined : parseQuantity(volume.emptyDir.sizeLimit);
      if (limit !== undefined && typeof limit !== 'string' && limit.nano < 0n)
        errors.push(forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
      break;
    }
    case 'hostPath': {
      const host = volume.hostPath!;
      if (!host.path) errors.push(required(path.child('path')));
      else if (host.path.split('/').includes('..')) errors.push(invalid(path.child('path'), host.path, "must not contain '..'"));
      if (host.type !== undefined && !HOST_PATH_TYPES.includes(host.type))
        errors.push(notSupported(path.child('type'), host.type, HOST_PATH_TYPES));
      break;
    }
    case 'configMap':
      if (!volume.configMap!.name) errors.push(required(path.child('name')));
      errors.push(
        ...validateMode(volume.configMap!.defaultMode, path.child('defaultMode')),
        ...validateItems(volume.configMap!.items, path.child('items')),
      );
      break;
    case 'secret':
      if (!volume.secret!.secretName) errors.push(required(path.child('secretName')));
      errors.push(
        ...validateMode(volume.secret!.defaultMode, path.child('defaultMode')),
        ...validateItems(volume.secret!.items, path.child('items')),
      );
      break;
    case 'downwardAPI':
      errors.push(
        ...validateMode(volume.downwardAPI!.defaultMode, path.child('defaultMode')),
        ...validateDownward(volume.downwardAPI!.items, path),
      );
      break;
    case 'projected':
      errors.push(...validateProjected(volume.projected!, path));
      break;
    case 'persistentVolumeClaim':
      if (!volume.persistentVolumeClaim!.claimName) errors.push(required(path.child('claimName')));
      break;
    case 'csi':
      if (!volume['csi'].driver) errors.push(required(path.child('driver')));
      break;
    case 'nfs':
      if (!volume['nfs'].server) errors.push(required(path.child('server')));
      if (!volume['nfs'].path) errors.push(required(path.child('path')));
      else if (!volume['nfs'].path.startsWith('/'))
        errors.push(invalid(path.child('path'), volume['nfs'].path, 'must be an absolute path'));
      break;
    case 'gcePersistentDisk':
      if ((volume['gcePersistentDisk'].partition ?? 0) < 0)
        errors.push(invalid(path.child('partition'), volume['gcePersistentDisk'].partition, NOT_NEGATIVE));
      break;
    default:
      break;
  }
  return errors;
}

export function validateVolumes(volumes: readonly Volume[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const at = path.index(i);
    // The real server looks at emptyDir first, then in the order of the type.
    const given = Object.keys(volume).filter((field) => field !== 'name' && volume[field] !== undefined);
    const sources = given.includes('emptyDir') ? ['emptyDir', ...given.filter((field) => field !== 'emptyDir')] : given;
    sources.forEach((kind, n) => {
      if (n > 0) errors.push(forbidden(at.child(kind), 'may not specify more than 1 volume type'));
      else errors.push(...validateSource(kind, volume, at.child(kind)));
    });
    if (sources.length === 0) errors.push(required(at, 'must specify a volume type'));
    if (!volume.name) errors.push(required(at.child('name')));
    else {
      const faults = dns1123Label(volume.name);
      for (const fault of faults) errors.push(invalid(at.child('name'), volume.name, fault));
      if (names.has(volume.name)) errors.push(duplicate(at.child('name'), volume.name));
      names.add(volume.name);
    }
  });
  return errors;
}
