// What a pod may say about nodes and neighbours. Models: kubernetes v1.37 pkg/apis/core/validation (affinity, tolerations, spread)
import { duplicate, type FieldError, type FieldErrors, type FieldPath, invalid, notSupported, required } from '../../apimachinery/field.ts';
import { labelValue, qualifiedName } from '../../apimachinery/names.ts';
import { validateSelector } from './template.ts';
import type { Affinity, NodeSelectorTerm, PodAffinityRules, PodAffinityTerm, Toleration, TopologySpreadConstraint } from './types.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateTolerations(tolerations: readonly Toleration[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  tolerations.forEach((toleration, i) => {
    const at = path.index(i);
    const { key = '', operator, value = '', effect } = toleration;
    if (key !== '') for (const fault of qualifiedName(key)) errors.push(invalid(at.child('key'), key, fault));
    if (key === '' && operator !== 'Exists') {
      errors.push(
        invalid(
          at.child('operator'),
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(at.child('effect'), effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === 'Equal' || operator === undefined) {
      const faults = labelValue(value);
      if (faults.length > 0) errors.push(invalid(at.child('operator'), value, faults.join(';')));
    } else if (operator === 'Exists') {
      if (value !== '') errors.push(invalid(at.child('operator'), value, "value must be empty when `operator` is 'Exists'"));
    } else if (operator !== 'Lt' && operator !== 'Gt') errors.push(notSupported(at.child('operator'), operator, ['Equal', 'Exists']));
    if (effect !== undefined && !EFFECTS.includes(effect)) errors.push(notSupported(at.child('effect'), effect, EFFECTS));
  });
  return errors;
}

const NODE_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

function validateTerm(term: NodeSelectorTerm, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  (term.matchExpressions ?? []).forEach((expression, i) => {
    const at = path.child('matchExpressions').index(i);
    const values = expression.values ?? [];
    if (!NODE_OPERATORS.includes(expression.operator))
      errors.push(invalid(at.child('operator'), expression.operator, 'not a valid selector operator'));
    else if (['In', 'NotIn'].includes(expression.operator) && values.length === 0) {
      errors.push(required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (['Exists', 'DoesNotExist'].includes(expression.operator) && values.length > 0) {
      errors.push({
        type: 'FieldValueForbidden',
        field: String(at.child('values')),
        body: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      });
    } else if (['Gt', 'Lt'].includes(expression.operator) && values.length !== 1) {
      errors.push(required(at.child('values'), "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
    for (const fault of qualifiedName(expression.key)) errors.push(invalid(at.child('key'), expression.key, fault));
  });
  return errors;
}

function validatePodTerm(term: PodAffinityTerm, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  if (term.labelSelector !== undefined) errors.push(...validateSelector(term.labelSelector, path.child('labelSelector')));
  if (term.namespaceSelector !== undefined) errors.push(...validateSelector(term.namespaceSelector, path.child('namespaceSelector')));
  const key = term.topologyKey ?? '';
  if (key === '') errors.push(required(path.child('topologyKey'), 'can not be empty'));
  for (const fault of qualifiedName(key)) errors.push(invalid(path.child('topologyKey'), key, fault));
  return errors;
}

function validatePodRules(rules: PodAffinityRules | undefined, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  (rules?.[REQUIRED] ?? []).forEach((term, i) => void errors.push(...validatePodTerm(term, path.child(REQUIRED).index(i))));
  (rules?.[PREFERRED] ?? []).forEach((preference, i) => {
    const at = path.child(PREFERRED).index(i);
    if (preference.weight < 1 || preference.weight > 100)
      errors.push(invalid(at.child('weight'), preference.weight, 'must be in the range 1-100'));
    errors.push(...validatePodTerm(preference.podAffinityTerm, at.child('podAffinityTerm')));
  });
  return errors;
}

export function validateAffinity(affinity: Affinity | undefined, path: FieldPath): FieldErrors {
  if (affinity === undefined) return [];
  const errors: FieldError[] = [];
  const node = path.child('nodeAffinity');
  const must = affinity.nodeAffinity?.[REQUIRED];
  if (must !== undefined) {
    const terms = must.nodeSelectorTerms ?? [];
    const at = node.child(REQUIRED, 'nodeSelectorTerms');
    if (terms.length === 0) errors.push(required(at, 'must have at least one node selector term'));
    terms.forEach((term, i) => void errors.push(...validateTerm(term, at.index(i))));
  }
  (affinity.nodeAffinity?.[PREFERRED] ?? []).forEach((preference, i) => {
    const at = node.child(PREFERRED).index(i);
    if (preference.weight < 1 || preference.weight > 100)
      errors.push(invalid(at.child('weight'), preference.weight, 'must be in the range 1-100'));
    errors.push(...validateTerm(preference.preference, at.child('preference')));
  });
  errors.push(...validatePodRules(affinity.podAffinity, path.child('podAffinity')));
  errors.push(...validatePodRules(affinity.podAntiAffinity, path.child('podAntiAffinity')));
  return errors;
}

export function validateSpread(constraints: readonly TopologySpreadConstraint[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const reasons = ['DoNotSchedule', 'ScheduleAnyway'];
  constraints.forEach((constraint, i) => {
    const at = path.index(i);
    if (!(constraint.maxSkew > 0)) errors.push(invalid(at.child('maxSkew'), constraint.maxSkew ?? 0, 'must be greater than zero'));
    if (!constraint.topologyKey) errors.push(required(at.child('topologyKey'), 'can not be empty'));
    if (!reasons.includes(constraint.whenUnsatisfiable))
      errors.push(notSupported(at.child('whenUnsatisfiable'), constraint.whenUnsatisfiable ?? '', reasons));
    const twin = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === constraint.topologyKey && other.whenUnsatisfiable === constraint.whenUnsatisfiable);
    if (twin)
      errors.push(duplicate(at.child('{topologyKey, whenUnsatisfiable}'), `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`));
    if (constraint.minDomains !== undefined) {
      if (constraint.minDomains <= 0) errors.push(invalid(at.child('minDomains'), constraint.minDomains, 'must be greater than zero'));
      if (constraint.whenUnsatisfiable !== 'DoNotSchedule') {
        errors.push(
          invalid(
            at.child('minDomains'),
            constraint.minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${constraint.whenUnsatisfiable}`,
          ),
        );
      }
    }
    if (constraint.labelSelector !== undefined) errors.push(...validateSelector(constraint.labelSelector, at.child('labelSelector')));
  });
  return errors;
}

export function validateGates(gates: readonly { readonly name: string }[], path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  gates.forEach((gate, i) => {
    for (const fault of qualifiedName(gate.name)) errors.push(invalid(path.index(i), gate.name, fault));
    if (names.has(gate.name)) errors.push(duplicate(path.index(i), gate.name));
    names.add(gate.name);
  });
  return errors;
}
