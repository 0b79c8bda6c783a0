// Deployment: a ReplicaSet for each version of the template, and the rolling change from one to the next.
// Models: kubernetes v1.37 pkg/registry/apps/deployment, pkg/apis/apps/{v1/defaults.go,validation}
import { sameData } from '../../apimachinery/equality.ts';
import { type FieldError, type FieldErrors, FieldPath, forbidden, invalid, notSupported, required } from '../../apimachinery/field.ts';
import { FIELD_IS_IMMUTABLE, NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { templateDefaults } from '../pod/defaults.ts';
import { containerCells, selectorText, validateSelectorAndTemplate } from '../pod/template.ts';
import type { Condition, IntOrString, LabelSelector, PodTemplate } from '../pod/types.ts';
import { validateTemplate } from '../pod/validation.ts';
import { templateSpecWarnings } from '../pod/warnings.ts';

export interface DeploymentStrategy {
  readonly type?: 'RollingUpdate' | 'Recreate';
  readonly rollingUpdate?: { readonly maxUnavailable?: IntOrString; readonly maxSurge?: IntOrString };
}

export interface Deployment extends KubeObject {
  readonly kind: 'Deployment';
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy: DeploymentStrategy;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[];
  };
}

const spec = FieldPath.root('spec');

function strategyDefaults(strategy: DeploymentStrategy | undefined): DeploymentStrategy {
  const type = strategy?.type ?? 'RollingUpdate';
  if (type !== 'RollingUpdate') return strategy as DeploymentStrategy;
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type !== undefined && rolling?.maxUnavailable !== undefined && rolling.maxSurge !== undefined) return strategy;
  return { type, rollingUpdate: { maxUnavailable: rolling?.maxUnavailable ?? '25%', maxSurge: rolling?.maxSurge ?? '25%' } };
}

function defaults(object: Deployment): Deployment {
  const old = object.spec;
  const template = old.template === undefined ? undefined : templateDefaults(old.template);
  const strategy = strategyDefaults(old.strategy);
  const complete =
    old.replicas !== undefined &&
    template === old.template &&
    strategy === old.strategy &&
    old.revisionHistoryLimit !== undefined &&
    old.progressDeadlineSeconds !== undefined;
  if (complete) return object;
  return {
    ...object,
    spec: {
      ...old,
      replicas: old.replicas ?? 1,
      ...(template === undefined ? {} : { template }),
      strategy,
      revisionHistoryLimit: old.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: old.progressDeadlineSeconds ?? 600,
    },
  };
}

const PERCENT_FAULT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function validateIntOrPercent(value: IntOrString | undefined, path: FieldPath, errors: FieldError[]): void {
  if (typeof value === 'number') {
    if (value < 0) errors.push(invalid(path, value, NOT_NEGATIVE));
  } else if (value !== undefined && !/^[0-9]+%$/.test(value)) errors.push(invalid(path, value, PERCENT_FAULT));
}

const percentOf = (value: IntOrString | undefined): number =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number.parseInt(value, 10) : 0;
const isZero = (value: IntOrString | undefined): boolean => (typeof value === 'number' ? value === 0 : percentOf(value) === 0);

function validateStrategy(strategy: DeploymentStrategy, path: FieldPath): FieldErrors {
  const errors: FieldError[] = [];
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'Recreate') {
    if (rolling !== undefined)
      errors.push(forbidden(path.child('rollingUpdate'), "may not be specified when strategy `type` is 'Recreate'"));
    return errors;
  }
  if (strategy.type !== 'RollingUpdate') return [notSupported(path, strategy, ['Recreate', 'RollingUpdate'])];
  if (rolling === undefined) return [required(path.child('rollingUpdate'), 'this should be defaulted and never be nil')];
  const at = path.child('rollingUpdate');
  validateIntOrPercent(rolling.maxUnavailable, at.child('maxUnavailable'), errors);
  validateIntOrPercent(rolling.maxSurge, at.child('maxSurge'), errors);
  if (isZero(rolling.maxUnavailable) && isZero(rolling.maxSurge)) {
    errors.push(invalid(at.child('maxUnavailable'), rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  if (percentOf(rolling.maxUnavailable) > 100)
    errors.push(invalid(at.child('maxUnavailable'), rolling.maxUnavailable, 'must not be greater than 100%'));
  return errors;
}

function validate(object: Deployment): FieldErrors {
  const { replicas, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds } = object.spec;
  const errors: FieldError[] = [];
  if (replicas < 0) errors.push(invalid(spec.child('replicas'), replicas, NOT_NEGATIVE));
  errors.push(...validateSelectorAndTemplate(object.spec, spec, validateTemplate));
  errors.push(...validateStrategy(object.spec.strategy, spec.child('strategy')));
  if (minReadySeconds < 0) errors.push(invalid(spec.child('minReadySeconds'), minReadySeconds, NOT_NEGATIVE));
  if (revisionHistoryLimit !== undefined && revisionHistoryLimit < 0) {
    errors.push(invalid(spec.child('revisionHistoryLimit'), revisionHistoryLimit, NOT_NEGATIVE));
  }
  if (progressDeadlineSeconds !== undefined) {
    const path = spec.child('progressDeadlineSeconds');
    if (progressDeadlineSeconds < 0) errors.push(invalid(path, progressDeadlineSeconds, NOT_NEGATIVE));
    if (progressDeadlineSeconds <= minReadySeconds)
      errors.push(invalid(path, progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

export const deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  type: 'io.k8s.api.apps.v1.Deployment',
  defaults,
  generation: (next, old) => !sameData(next.spec, old.spec) || !sameData(next.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  validate,
  warningsOnCreate: (object) => templateSpecWarnings(object.spec.template.spec),
  warningsOnUpdate: (next, old) => (next.spec.template === old.spec.template ? [] : templateSpecWarnings(next.spec.template.spec)),
  validateUpdate: (next, old) =>
    sameData(next.spec.selector, old.spec.selector)
      ? validate(next)
      : [...validate(next), invalid(spec.child('selector'), next.spec.selector ?? null, FIELD_IS_IMMUTABLE)],
  subresources: {
    status: { type: 'status' },
    scale: {
      type: 'scale',
      replicas: (object) => object.spec.replicas,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: (object) => object.status.replicas ?? 0,
      selector: (object) => selectorText(object.spec.selector),
    },
  },
  columns: columnsOf('Deployment'),
  row: (object, clock) => ({
    cells: [
      object.metadata.name,
      `${object.status.readyReplicas ?? 0}/${object.spec.replicas}`,
      object.status.updatedReplicas ?? 0,
      object.status.availableReplicas ?? 0,
      ageCell(object.metadata.creationTimestamp, clock),
      ...containerCells(object.spec.template),
      selectorText(object.spec.selector),
    ],
  }),
});
