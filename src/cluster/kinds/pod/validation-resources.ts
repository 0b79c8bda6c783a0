// Requests and limits. Models: kubernetes v1.37 pkg/apis/core/validation ValidateContainerResourceRequirements
import { type FieldError, type FieldErrors, type FieldPath, forbidden, invalid } from '../../apimachinery/field.ts';
import { NOT_NEGATIVE, qualifiedName } from '../../apimachinery/names.ts';
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../../apimachinery/quantity.ts';
import type { Container, PodSpec, ResourceList } from './types.ts';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
/** Simplified: an IPv6 address is recognised by its colons, not parsed. */
export const isIp = (text: string): boolean => IPV4.test(text) || /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(text);
export const IP_FAULT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.split('/')[0] === 'kubernetes.io';
const isExtended = (name: string): boolean => name.includes('/') && !isNative(name) && !name.startsWith('requests.');
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

const read = (list: ResourceList | undefined, name: string): Quantity | undefined => {
  const text = list?.[name];
  if (text === undefined) return undefined;
  const value = parseQuantity(text);
  return typeof value === 'string' ? undefined : value;
};

function validateNames(list: ResourceList, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  for (const name of Object.keys(list).sort()) {
    const at = path.key(name);
    for (const fault of qualifiedName(name)) errors.push(invalid(at, name, fault));
    if (!name.includes('/') && !STANDARD.has(name) && !isHugePages(name)) {
      errors.push(
        invalid(at, name, 'must be a standard resource type or fully qualified'),
        invalid(at, name, 'must be a standard resource for containers'),
      );
      continue;
    }
    const value = read(list, name);
    if (value === undefined) continue;
    if (value.nano < 0n) errors.push(invalid(at, formatQuantity(value), NOT_NEGATIVE));
    if (isExtended(name) && value.nano % 1_000_000_000n !== 0n) errors.push(invalid(at, formatQuantity(value), 'must be an integer'));
  }
  return errors;
}

export function validateResources(
  resources: Container['resources'],
  claims: readonly { readonly name: string }[],
  path: FieldPath,
): FieldErrors {
  if (resources === undefined) return [];
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [...validateNames(limits, path.child('limits')), ...validateNames(requests, path.child('requests'))];
  for (const name of Object.keys(requests).sort()) {
    const request = read(requests, name);
    const limit = read(limits, name);
    if (request === undefined) continue;
    if (limit !== undefined) {
      if (!mayOvercommit(name) && compareQuantities(request, limit) !== 0) {
        errors.push(invalid(path.child('requests'), formatQuantity(request), `must be equal to ${name} limit of ${formatQuantity(limit)}`));
      } else if (compareQuantities(request, limit) > 0) {
        errors.push(
          invalid(
            path.child('requests'),
            formatQuantity(request),
            `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`,
          ),
        );
      }
    } else if (!mayOvercommit(name) && STANDARD.has(name) === false) {
      errors.push(forbidden(path.child('limits'), `limit must be set for non overcommitable resources`));
    }
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  (resources.claims ?? []).forEach((claim, i) => {
    const name = (claim as { name?: string }).name ?? '';
    if (claims.some((one) => one.name === name)) return;
    const which = claims.length === 0 ? 'which is empty' : claims.map((one) => `"${one.name}"`).join(', ');
    const body =
      claims.length === 0
        ? `must be one of the names in pod.spec.resourceClaims ${which}`
        : 'must be one of the names in pod.spec.resourceClaims';
    errors.push({ type: 'FieldValueNotFound', field: String(path.child('claims').index(i)), body: `Not found: "${name}": ${body}` });
  });
  return errors;
}

/** Requests and limits of the whole pod against those of its containers. */
export function validatePodLevelResources(spec: PodSpec, path: FieldPath): FieldErrors {
  const resources = spec.resources;
  if (resources === undefined || Object.keys(resources).length === 0) return [];
  const at = path.child('resources');
  const errors: FieldError[] = [
    ...validateNames(resources.limits ?? {}, at.child('limits')),
    ...validateNames(resources.requests ?? {}, at.child('requests')),
  ];
  const names = new Set([...Object.keys(resources.limits ?? {}), ...Object.keys(resources.requests ?? {})]);
  for (const name of [...names].sort()) {
    const limit = read(resources.limits, name);
    if (limit === undefined) continue;
    let nano = 0n;
    let format: Quantity['format'] = limit.format;
    for (const container of spec.containers) {
      const request = read(container.resources?.requests, name) ?? read(container.resources?.limits, name);
      if (request !== undefined) {
        nano += request.nano;
        format = request.format;
      }
    }
    const explicit = read(resources.requests, name);
    const request = explicit ?? { nano, format };
    if (compareQuantities(request, limit) > 0) {
      errors.push(
        invalid(at.child('requests'), formatQuantity(request), `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`),
      );
    }
  }
  spec.containers.forEach((container, i) => {
    for (const name of Object.keys(container.resources?.limits ?? {}).sort()) {
      const own = read(container.resources?.limits, name);
      const whole = read(resources.limits, name);
      if (own !== undefined && whole !== undefined && compareQuantities(own, whole) > 0) {
        errors.push(
          invalid(
            `${at.child('containers').index(i).key(name)}.limits`,
            formatQuantity(own),
            `must be less than or equal to pod limits of ${formatQuantity(whole)}`,
          ),
        );
      }
    }
  });
  return errors;
}
