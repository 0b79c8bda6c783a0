// The admission chain: plugins in the order the real server runs them. A new plugin is one file and one line here.
// Models: kubernetes v1.37 pkg/kubeapiserver/options/plugins.go
import type { AnyObject } from '../../apimachinery/object.ts';
import type { Scope } from '../scope.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import type { AdmissionPlugin, Operation } from './plugin.ts';
import { podSecurity } from './pod-security.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  serviceAccount,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  runtimeClass,
  podTopologyLabels,
];

const chosen = new Map<string, readonly AdmissionPlugin[]>();

function pluginsFor(resource: string, operation: Operation): readonly AdmissionPlugin[] {
  const key = `${operation} ${resource}`;
  let list = chosen.get(key);
  if (list === undefined) {
    list = plugins.filter((one) => one.operations.includes(operation) && (one.resources === undefined || one.resources.includes(resource)));
    chosen.set(key, list);
  }
  return list;
}

/** Completes the object. Subresources are not admitted. */
export function admit(scope: Scope, operation: Operation, object: AnyObject, old: AnyObject | undefined): AnyObject {
  if (scope.subresource !== '') return object;
  let result = object;
  for (const plugin of pluginsFor(scope.route.kind.resource, operation)) {
    if (plugin.admit !== undefined) result = plugin.admit(result, { scope, operation, old });
  }
  return result;
}

/** Refuses what may not be. */
export function judge(scope: Scope, operation: Operation, object: AnyObject, old: AnyObject | undefined): void {
  if (scope.subresource !== '') return;
  for (const plugin of pluginsFor(scope.route.kind.resource, operation)) plugin.judge?.(object, { scope, operation, old });
}
