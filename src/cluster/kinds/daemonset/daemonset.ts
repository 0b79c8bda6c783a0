// DaemonSet: one pod of a template on every node that fits. Models: kubernetes v1.37 pkg/registry/apps/daemonset, pkg/apis/apps
import { sameData } from '../../apimachinery/equality.ts';
import {
  type FieldError,
  type FieldErrors,
  FieldPath,
  forbidden,
  invalid,
  notSupported,
  Rendered,
  required,
} from '../../apimachinery/field.ts';
import { FIELD_IS_IMMUTABLE, NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { KubeObject } from '../../apimachinery/object.ts';
import { internalJson } from '../../apimachinery/schema.ts';
import { ageCell } from '../../apimachinery/table.ts';
import { columnsOf } from '../columns.ts';
import { defineKind, specChanged } from '../kind.ts';
import { templateDefaults } from '../pod/defaults.ts';
import { containerCells, selectorText, validateSelectorAndTemplate } from '../pod/template.ts';
import type { Condition, IntOrString, LabelSelector, PodTemplate } from '../pod/types.ts';
import { validateTemplate } from '../pod/validation.ts';

export interface DaemonSet extends KubeObject {
  readonly kind: 'DaemonSet';
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly updateStrategy: {
      readonly type: 'RollingUpdate' | 'OnDelete';
      readonly rollingUpdate?: { readonly maxUnavailable?: IntOrString; readonly maxSurge?: IntOrString };
    };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
  };
  readonly status: {
    readonly currentNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly desiredNumberScheduled: number;
    readonly numberReady: number;
    readonly observedGeneration?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[];
  };
}

const spec = FieldPath.root('spec');
const EMPTY_STATUS = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };

/** What spec.templateGeneration became: an annotation that counts changes of the template. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function withTemplateGeneration(object: DaemonSet, generation: number): DaemonSet {
  const value = String(generation);
  if (generation === 0 || object.metadata.annotations?.[TEMPLATE_GENERATION] === value) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [TEMPLATE_GENERATION]: value } } };
}

function defaults(object: DaemonSet): DaemonSet {
  const old = object.spec ?? {};
  const template = old.template === undefined ? undefined : templateDefaults(old.template);
  const strategy = old.updateStrategy as DaemonSet['spec']['updateStrategy'] | undefined;
  const type = strategy?.type ?? 'RollingUpdate';
  const rolling = { maxUnavailable: strategy?.rollingUpdate?.maxUnavailable ?? 1, maxSurge: strategy?.rollingUpdate?.maxSurge ?? 0 };
  return {
    ...object,
    spec: {
      ...old,
      ...(template === undefined ? {} : { template }),
      updateStrategy: type === 'RollingUpdate' ? { type, rollingUpdate: rolling } : { ...strategy, type },
      revisionHistoryLimit: old.revisionHistoryLimit ?? 10,
    },
    status: { ...EMPTY_STATUS, ...object.status },
  };
}

/** The common checks of workloads in the words of this kind: a missing selector is no fault of its own, a bad one is said once. */
function selectorErrors(object: DaemonSet): FieldError[] {
  const selector = String(spec.child('selector'));
  return validateSelectorAndTemplate(object.spec, spec, validateTemplate).flatMap((error) => {
    if (error.field === selector && (error.type === 'FieldValueRequired' || error.body.endsWith('invalid label selector'))) return [];
    if (error.body.endsWith('empty selector is invalid for deployment')) {
      return [invalid(selector, object.spec.selector, 'empty selector is invalid for daemonset')];
    }
    return error.body.endsWith('activeDeadlineSeconds in ReplicaSet is not Supported')
      ? [forbidden(error.field, 'activeDeadlineSeconds in DaemonSet is not Supported')]
      : [error];
  });
}

function validate(object: DaemonSet): FieldErrors {
  const errors: FieldError[] = selectorErrors(object);
  if ((object.spec.minReadySeconds ?? 0) < 0)
    errors.push(invalid(spec.child('minReadySeconds'), object.spec.minReadySeconds, NOT_NEGATIVE));
  const strategy = object.spec.updateStrategy;
  const path = spec.child('updateStrategy');
  if (strategy.type !== 'RollingUpdate' && strategy.type !== 'OnDelete')
    errors.push(notSupported(path, new Rendered(internalJson('apps.v1.DaemonSetUpdateStrategy', strategy)), ['RollingUpdate', 'OnDelete']));
  else if (strategy.type === 'RollingUpdate') {
    const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate ?? {};
    const none = (value: IntOrString): boolean => Number.parseInt(String(value), 10) === 0;
    const at = path.child('rollingUpdate');
    if (none(maxUnavailable) && none(maxSurge)) errors.push(required(at.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
    if (!none(maxUnavailable) && !none(maxSurge))
      errors.push(invalid(at.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if ((object.spec.revisionHistoryLimit ?? 0) < 0)
    errors.push(invalid(spec.child('revisionHistoryLimit'), object.spec.revisionHistoryLimit, NOT_NEGATIVE));
  return errors;
}

export const daemonSet = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  type: 'io.k8s.api.apps.v1.DaemonSet',
  statusOnCreate: 'keep',
  defaults,
  prepareForCreate: (object) => withTemplateGeneration({ ...object, status: EMPTY_STATUS }, 1),
  prepareForUpdate(next, old) {
    const generation = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    return withTemplateGeneration(next, sameData(next.spec.template, old.spec.template) ? generation : generation + 1);
  },
  generation: specChanged,
  validate,
  validateUpdate: (next, old) =>
    sameData(next.spec.selector, old.spec.selector)
      ? validate(next)
      : [...validate(next), invalid(spec.child('selector'), next.spec.selector ?? null, FIELD_IS_IMMUTABLE)],
  subresources: { status: { type: 'status' } },
  columns: columnsOf('DaemonSet'),
  row: ({ metadata, spec: { template, selector }, status }, clock) => ({
    cells: [
      metadata.name,
      status.desiredNumberScheduled,
      status.currentNumberScheduled,
      status.numberReady,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      Object.entries(template.spec.nodeSelector ?? {})
        .sort()
        .map(([key, value]) => `${key}=${value}`)
        .join(',') || '<none>',
      ageCell(metadata.creationTimestamp, clock),
      ...containerCells(template),
      selectorText(selector),
    ],
  }),
});
