// What all kinds with a pod template share: selector text, template validation, wide cells.
// Models: kubernetes v1.37 pkg/apis/apps/validation, pkg/printers/internalversion layoutContainerCells
import type { FieldError, FieldErrors, FieldPath } from '../../apimachinery/field.ts';
import { forbidden, invalid, notSupported, required } from '../../apimachinery/field.ts';
import { labelValue, qualifiedName } from '../../apimachinery/names.ts';
import type { Labels, LabelSelector, PodTemplate } from './types.ts';

/** As metav1.FormatLabelSelector prints it: `<none>` when empty. */
export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>';
  const parts: { key: string; text: string }[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`;
    if (operator === 'In') parts.push({ key, text: `${key} in ${list}` });
    else if (operator === 'NotIn') parts.push({ key, text: `${key} notin ${list}` });
    else parts.push({ key, text: operator === 'Exists' ? key : `!${key}` });
  }
  if (parts.length === 0) return '<none>';
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((part) => part.text)
    .join(',');
}

export function selectorMatches(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels?.[key] !== value) return false;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = labels?.[key];
    if (operator === 'Exists' ? value === undefined : operator === 'DoesNotExist' ? value !== undefined : false) return false;
    if (operator === 'In' && (value === undefined || !values.includes(value))) return false;
    if (operator === 'NotIn' && value !== undefined && values.includes(value)) return false;
  }
  return true;
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** Names and images of the containers: the first wide cells. */
export function containerCells(template: PodTemplate): readonly [string, string] {
  const containers = template.spec.containers;
  return [containers.map((one) => one.name).join(','), containers.map((one) => one.image ?? '').join(',')];
}

/** Models: meta/v1/validation ValidateLabelSelector. */
export function validateSelector(selector: LabelSelector, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const labels = path.child('matchLabels');
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    for (const fault of qualifiedName(key)) errors.push(invalid(labels, key, fault));
    for (const fault of labelValue(value)) errors.push(invalid(labels, value, fault));
  }
  (selector.matchExpressions ?? []).forEach((expression, i) => {
    const at = path.child('matchExpressions').index(i);
    const values = expression.values ?? [];
    if (expression.operator === 'In' || expression.operator === 'NotIn') {
      if (values.length === 0) errors.push(required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (expression.operator === 'Exists' || expression.operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(forbidden(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else errors.push(invalid(at.child('operator'), expression.operator, 'not a valid selector operator'));
    for (const fault of qualifiedName(expression.key)) errors.push(invalid(at.child('key'), expression.key, fault));
    values.forEach((value, j) => {
      for (const fault of labelValue(value)) errors.push(invalid(at.child('values').index(j), value, fault));
    });
  });
  return errors;
}

/** Selector and template of a workload, which must fit each other. `validateTemplate` judges the template itself. */
export function validateSelectorAndTemplate(
  spec: { readonly selector?: LabelSelector; readonly template?: PodTemplate },
  path: FieldPath,
  validateTemplate: (template: PodTemplate, path: FieldPath) => FieldErrors,
  workload: 'deployment' | 'daemonset' = 'deployment',
): FieldErrors {
  const errors: FieldError[] = [];
  const template = spec.template ?? EMPTY_TEMPLATE;
  const at = path.child('template');
  let usable = true;
  if (spec.selector === undefined) {
    // A DaemonSet without one fails by its labels alone.
    if (workload === 'deployment') errors.push(required(path.child('selector')));
  } else {
    const faults = validateSelector(spec.selector, path.child('selector'));
    errors.push(...faults);
    usable = faults.length === 0;
    if (isEmptySelector(spec.selector))
      errors.push(invalid(path.child('selector'), spec.selector, `empty selector is invalid for ${workload}`));
  }
  if (!usable) {
    if (workload === 'deployment') {
      errors.push(invalid(path.child('selector'), spec.selector, 'invalid label selector'));
      return errors;
    }
  }
  const labels = template.metadata?.labels;
  if (usable && (!isEmptySelector(spec.selector) || spec.selector === undefined)) {
    if (!selectorMatches(spec.selector, labels)) {
      errors.push(invalid(at.child('metadata', 'labels'), labels ?? null, '`selector` does not match template `labels`'));
    }
  }
  errors.push(...validateTemplate(template, at));
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== undefined && restartPolicy !== 'Always')
    errors.push(notSupported(at.child('spec', 'restartPolicy'), restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined) {
    errors.push(
      forbidden(
        at.child('spec', 'activeDeadlineSeconds'),
        `activeDeadlineSeconds in ${workload === 'deployment' ? 'ReplicaSet' : 'DaemonSet'} is not Supported`,
      ),
    );
  }
  return errors;
}

/** A workload without a template: what the defaults make of nothing. */
const EMPTY_TEMPLATE: PodTemplate = {
  spec: { containers: [], restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 },
};
