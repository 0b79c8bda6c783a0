// What a pod spec may say. Models: kubernetes v1.37 pkg/apis/core/validation/validation.go ValidatePodSpec
import { type FieldError, type FieldErrors, type FieldPath, required } from '../../apimachinery/field.ts';
import type { PodSpec, PodTemplate } from './types.ts';

export function validatePodSpec(spec: PodSpec, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  if (spec.containers.length === 0) errors.push(required(path.child('containers')));
  spec.containers.forEach((container, i) => {
    const at = path.child('containers').index(i);
    if (!container.name) errors.push(required(at.child('name')));
    if (!container.image) errors.push(required(at.child('image')));
  });
  return errors;
}

export function validateTemplate(template: PodTemplate, path: FieldPath): FieldErrors {
  return validatePodSpec(template.spec, path.child('spec'));
}
