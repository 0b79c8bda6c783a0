// Names of finalizers: a qualified name, and either one of Kubernetes' own or with a domain.
// Models: kubernetes v1.37 pkg/apis/core/validation ValidateFinalizerName, pkg/apis/core/helper IsStandardFinalizerName
import { type FieldError, type FieldPath, invalid } from './field.ts';
import { qualifiedName } from './names.ts';

const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export function validateFinalizerName(name: string, path: FieldPath): readonly FieldError[] {
  const errors = qualifiedName(name).map((fault) => invalid(path, name, fault));
  if (!name.includes('/') && !STANDARD.has(name)) {
    return [...errors, invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')];
  }
  return errors;
}
