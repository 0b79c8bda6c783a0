// One admission plugin: may complete an object before it is validated, and may refuse it after.
// Models: kubernetes v1.37 staging/src/k8s.io/apiserver/pkg/admission
import type { AnyObject } from '../../apimachinery/object.ts';
import { forbiddenRequest, type StatusError } from '../../apimachinery/status-error.ts';
import type { Scope } from '../scope.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

export interface Admission {
  readonly scope: Scope;
  readonly operation: Operation;
  /** Stored state, absent on CREATE. */
  readonly old: AnyObject | undefined;
}

export interface AdmissionPlugin {
  readonly name: string;
  /** Resources it looks at (`pods`); absent = all. */
  readonly resources?: readonly string[];
  readonly operations: readonly Operation[];
  /** Returns its argument itself when there is nothing to do. */
  admit?(object: AnyObject, admission: Admission): AnyObject;
  /** Throws to refuse. */
  judge?(object: AnyObject, admission: Admission): void;
}

export function defineAdmission(plugin: AdmissionPlugin): AdmissionPlugin {
  return plugin;
}

/** `pods "x" is forbidden: why`. */
export function refusal(object: AnyObject, admission: Admission, why: string): StatusError {
  const { kind } = admission.scope.route;
  return forbiddenRequest(kind.group, kind.plural, object.metadata.name || object.metadata.generateName || 'Unknown', why);
}
