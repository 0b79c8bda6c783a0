// What a Service may say. Models: kubernetes v1.37 pkg/apis/core/validation ValidateService, ValidateServiceUpdate
import { type FieldError, type FieldErrors, FieldPath, invalid, required } from '../../apimachinery/field.ts';
import { portNumber } from '../../apimachinery/names.ts';
import type { Service } from './types.ts';

const spec = FieldPath.root('spec');

export function validateService(object: Service): FieldErrors {
  const errors: FieldError[] = [];
  const headless = object.spec.clusterIP === 'None';
  if ((object.spec.ports ?? []).length === 0 && !headless && object.spec.type !== 'ExternalName')
    errors.push(required(spec.child('ports')));
  (object.spec.ports ?? []).forEach((port, i) => {
    for (const fault of portNumber(port.port)) errors.push(invalid(spec.child('ports').index(i).child('port'), port.port, fault));
  });
  return errors;
}

export function validateServiceUpdate(next: Service, old: Service): FieldErrors {
  const errors: FieldError[] = [];
  if (
    old.spec.type !== 'ExternalName' &&
    next.spec.type !== 'ExternalName' &&
    old.spec.clusterIP &&
    next.spec.clusterIP !== old.spec.clusterIP
  ) {
    errors.push(invalid(spec.child('clusterIPs').index(0), next.spec.clusterIPs, 'may not change once set'));
  }
  return [...errors, ...validateService(next)];
}
